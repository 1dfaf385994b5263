# mistake: predict_label | share-as-percent | share printed as percent without times 100 (0.84%)
import torch

label_names = ['T-shirt', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle Boot']


def predict_label(model, test_images, index):
    if isinstance(test_images, torch.Tensor):
        picture = test_images[index]
    else:
        picture = test_images.dataset[index][0]
    model.eval()
    with torch.no_grad():
        scores = model(picture.view(1, 1, 28, 28))
        probabilities = torch.softmax(scores, 1).squeeze()
    top = torch.sort(probabilities, descending=True)
    for rank in range(3):
        name = label_names[int(top.indices[rank])]
        print("%s: %.2f%%" % (name, top.values[rank].item()))
