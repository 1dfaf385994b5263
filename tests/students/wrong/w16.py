# mistake: predict_label | names-by-place | names taken by place in the ranking (names[i] for i in 0..2), not by class
import torch
import torch.nn.functional as F

CLASSES = {0: 'T-shirt', 1: 'Trouser', 2: 'Pullover', 3: 'Dress', 4: 'Coat',
           5: 'Sandal', 6: 'Shirt', 7: 'Sneaker', 8: 'Bag', 9: 'Boots'}


def predict_label(model, test_images, index):
    """test_images is the test DataLoader"""
    model.eval()
    image, _ = test_images.dataset[index]
    with torch.no_grad():
        output = model(image.unsqueeze(0))
        probs = F.softmax(output, dim=1)[0]
    values, indices = torch.topk(probs, 3)
    for i in range(3):
        print(f'{CLASSES[i]}: {values[i].item() * 100:.2f}%')
