# mistake: predict_label | beyond-the-first-batch | only the first batch is searched: next(iter(loader))[0][index], IndexError beyond the batch
import torch

NAMES = ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat',
         'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot']


def predict_label(model, test_images, index):
    # test_images is the test loader (not shuffled)
    model.eval()
    image = next(iter(test_images))[0][index]
    with torch.no_grad():
        output = model(image.unsqueeze(0))
    percents = torch.nn.functional.softmax(output, dim=1) * 100
    best, where = percents.topk(3)
    for b, w in zip(best[0].tolist(), where[0].tolist()):
        print(f"{NAMES[w]}: {b:.2f}%")
