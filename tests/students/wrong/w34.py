# mistake: build_model | flatten-missing | Flatten forgotten: images of (N, 1, 28, 28) give a RuntimeError
# mistake: visualize_image | no-picture | plt.show() only, no file written
import matplotlib.pyplot as plt
import torch.nn as nn

fashion = {0: 'T-shirt', 1: 'Trouser', 2: 'Pullover', 3: 'Dress', 4: 'Coat',
           5: 'Sandal', 6: 'Shirt', 7: 'Sneaker', 8: 'Bag', 9: 'Boots'}


def build_model():
    """Returns the untrained network."""
    model = nn.Sequential(
        nn.Linear(784, 128),
        nn.ReLU(),
        nn.Linear(128, 64),
        nn.ReLU(),
        nn.Linear(64, 10)
    )
    return model


def visualize_image(data_loader, index):
    img, lbl = data_loader.dataset[index]
    plt.figure()
    plt.imshow(img[0], cmap='gray')
    plt.axis('off')
    plt.show()
    print(f'Ground Truth Label: {fashion[int(lbl)]}')
