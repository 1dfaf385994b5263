# mistake: visualize_image | number-not-name | label printed as a number, not as a name
import matplotlib.pyplot as plt


def visualize_image(data_loader, index):
    item = data_loader.dataset[index]
    fig, ax = plt.subplots(figsize=(3, 3))
    ax.imshow(item[0].squeeze(), cmap="gray")
    ax.set_axis_off()
    fig.savefig("image.png")
    plt.close(fig)
    truth = int(item[1])
    print(f"Ground Truth Label: {truth}")
