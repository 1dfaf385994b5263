# style: walks through model[0]..model[5] by hand in evaluate, whole set predicted at once then indexed, imshow without cmap with colour bar
import torch, torchvision
from torch import nn
import torch.optim as optim
import torch.nn.functional as F
from torchvision import transforms
import matplotlib.pyplot as plt


def get_data_loader(training = True):
    transform=transforms.Compose([
            transforms.ToTensor(),
            transforms.Normalize((0.1307,), (0.3081,))
            ])
    train_set=torchvision.datasets.FashionMNIST('./data',train=True,
                download=True,transform=transform)
    test_set=torchvision.datasets.FashionMNIST('./data', train=False,
                transform=transform)
    if(training):
        return torch.utils.data.DataLoader(train_set, batch_size = 50, shuffle=True)
    return torch.utils.data.DataLoader(test_set, batch_size = 50)


def build_model():
    model = nn.Sequential(
        nn.Flatten(),
        nn.Linear(784,128),
        nn.ReLU(),
        nn.Linear(128,64),
        nn.ReLU(),
        nn.Linear(64,10),
        )
    return model


def train_model(model, train_loader, criterion, T):
    opt = optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    model.train()
    for epoch in range(T):
        total_loss = 0
        correct = 0
        for batch_idx, (data, target) in enumerate(train_loader):
            opt.zero_grad()
            output = model(data)
            loss = criterion(output, target)
            loss.backward()
            opt.step()
            total_loss += loss.item()*data.size(0)
            pred = output.max(1, keepdim=True)[1]
            correct += pred.eq(target.view_as(pred)).sum().item()
        length = len(train_loader.dataset)
        acc = 100.*correct/length
        print('Train Epoch: '+str(epoch)+'  Accuracy: '+str(correct)+'/'+str(length)+'('+'%.2f'%acc+'%)  Loss: '+'%.3f'%(total_loss/length))


def evaluate_model(model, test_loader, criterion, show_loss = True):
    model.eval()
    total_loss = 0
    correct = 0
    with torch.no_grad():
        for data, target in test_loader:
            # go through the net layer by layer
            x = model[0](data)
            x = model[1](x)
            x = model[2](x)
            x = model[3](x)
            x = model[4](x)
            x = model[5](x)
            total_loss += criterion(x, target).item()*data.size(0)
            correct += (x.max(1)[1] == target).sum().item()
    length = len(test_loader.dataset)
    if(show_loss):
        print('Average loss: '+'%.4f'%(total_loss/length))
    print('Accuracy: '+'%.2f'%(100.*correct/length)+'%')


def predict_label(model, test_images, index):
    class_names = ['T-shirt/top','Trouser','Pullover','Dress','Coat','Sandal'
                   ,'Shirt','Sneaker','Bag','Ankle Boot']
    # test_images is a tensor N x 1 x 28 x 28
    logits = model(test_images)
    prob = F.softmax(logits, dim=1)
    mine = prob[index]
    top = torch.topk(mine, 3)
    for i in range(3):
        print(class_names[top[1][i]]+': '+'%.2f'%(top[0][i].item()*100)+'%')


def visualize_image(data_loader, index):
    class_names = ['T-shirt/top','Trouser','Pullover','Dress','Coat','Sandal'
                   ,'Shirt','Sneaker','Bag','Ankle Boot']
    img, lab = data_loader.dataset[index]
    plt.figure()
    plt.imshow(img.squeeze())
    plt.colorbar()
    plt.savefig('image.png')
    plt.close()
    print('Ground Truth Label: '+class_names[lab])


#if __name__ == '__main__':
#    criterion = nn.CrossEntropyLoss()
#    model = build_model()
#    print(model)
