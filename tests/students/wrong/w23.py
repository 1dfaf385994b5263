# mistake: get_data_loader | return-missing | return missing (gives None)
import torch
import torchvision
import torchvision.transforms as transforms


def get_data_loader(training = True):
    tf = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5], [0.5])])

    if training == True:
        data = torchvision.datasets.FashionMNIST(root='./data', train=True, transform=tf, download=True)
        loader = torch.utils.data.DataLoader(data, batch_size=32, shuffle=True)
    else:
        data = torchvision.datasets.FashionMNIST(root='./data', train=False, transform=tf, download=True)
        loader = torch.utils.data.DataLoader(data, batch_size=32, shuffle=False)
