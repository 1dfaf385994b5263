# mistake: predict_label | softmax-over-index | F.softmax(logits, dim=index): IndexError when index is 2 or more, 100% for index 0
import torch
import torch.nn.functional as F

labels_map = ['T-shirt', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Boots']


def predict_label(model, test_images, index):
    # test_images: tensor of size (N, 1, 28, 28)
    model.eval()
    with torch.no_grad():
        logits = model(test_images[index].unsqueeze(0))
    prob = F.softmax(logits, dim=index)
    top_p, top_class = prob.topk(3, dim=1)
    for i in range(3):
        print(f"{labels_map[int(top_class[0][i])]}: {100 * top_p[0][i].item():.2f}%")
