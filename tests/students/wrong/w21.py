# mistake: visualize_image | other-file-name | written as out.png in place of image.png
from torchvision.utils import save_image

class_names = ("T-shirt/Top", "Trouser", "Pullover", "Dress", "Coat",
               "Sandal", "Shirt", "Sneaker", "Bag", "Ankle Boot")


def visualize_image(data_loader, index):
    """Saves picture number index of the data set and prints its label."""
    image, label = data_loader.dataset[index]
    save_image(image, "out.png", normalize=True)
    print("Ground Truth Label:", class_names[int(label)])
