# mistake: visualize_image | inverted | picture inverted (cmap gray_r)
import matplotlib.pyplot as plt

fashion = ["T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal",
           "Shirt", "Sneaker", "Bag", "Boots"]


def visualize_image(data_loader, index):
    image, label = data_loader.dataset[index]
    plt.imsave("image.png", image.squeeze().numpy(), cmap="gray_r")
    print(f"Ground Truth Label: {fashion[int(label)]}")
