"""The rubric: which behaviours of each function are checked, and what they are worth."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Behaviour:
    """One thing that a function must do.

    Attributes
    ----------
    quantity : str
        The quantity of the trial that shows it.
    points : int
        What it is worth.
    name : str
        The behaviour, in words.
    hints : tuple of str
        A short hint and a fuller one, for a fault that is not in the catalogue of mistakes.
    """

    quantity: str
    points: int
    name: str
    hints: tuple[str, str]


_RUNS = (
    "What does the error say, and which line of your code does it name?",
    "Call the function with a small example. Just before that line, print the type of what it "
    "uses, and the shape of tensors.",
)
_FORMAT = (
    "Compare your line with the expected one, character by character. Count the spaces.",
    "N is a number, # a decimal place, NAME a class. Copy the line from the assignment, and "
    "replace only its numbers and names.",
)
_PRINTS = (
    "Which line of your function shows the result on the screen, and does Python reach it?",
    "Show each result with print, in the words of the assignment. Return nothing.",
)
_LOSS = (
    "Over how many images must the loss be averaged?",
    "Multiply each batch loss by the number of images in this batch, and add it up. At the end, "
    "divide by the number of all images.",
)
_PERCENT = (
    "How many answers are correct, of how many?",
    "Add up the correct answers of all batches. Divide by the number of all images, then multiply "
    "by 100.",
)
_CRITERION = (
    "Which of its arguments does your function never use?",
    "Compute the loss with the criterion that you are given: criterion(logits, labels).",
)

RUBRIC = {
    "get_data_loader": (
        Behaviour("error", 1, "it runs", _RUNS),
        Behaviour(
            "kind",
            2,
            "it returns a DataLoader",
            (
                "What does your function give back?",
                "Return torch.utils.data.DataLoader(dataset, batch_size=64).",
            ),
        ),
        Behaviour(
            "size",
            2,
            "60,000 training images, and 10,000 test images with training=False",
            (
                "Which set do you get with training=True, and which one with False?",
                "Pass train=training to datasets.FashionMNIST.",
            ),
        ),
        Behaviour(
            "batch",
            2,
            "batches are images, as tensors of floats, and labels",
            (
                "What does next(iter(loader)) give?",
                "Use transform=transforms.ToTensor(): it turns a picture into a tensor of floats.",
            ),
        ),
        Behaviour(
            "images",
            2,
            "the images are those of Fashion-MNIST",
            (
                "Which dataset of torchvision do you use, and which part of it?",
                "Use datasets.FashionMNIST, and change its images only by ToTensor and Normalize.",
            ),
        ),
        Behaviour(
            "labels",
            2,
            "each image has its own label",
            (
                "Do images and labels still belong together?",
                "Leave the labels as the dataset gives them.",
            ),
        ),
        Behaviour(
            "order",
            1,
            "the test images stay in order",
            (
                "Which of the two sets should be shuffled?",
                "Shuffle the training images only: write shuffle=training in the DataLoader.",
            ),
        ),
    ),
    "build_model": (
        Behaviour("error", 1, "it runs", _RUNS),
        Behaviour(
            "logits",
            3,
            "images (B, 1, 28, 28) go in, logits (B, 10) come out",
            (
                "What shape does an image have, and what shape does each layer need?",
                "The network begins with nn.Flatten() and ends with nn.Linear(64, 10).",
            ),
        ),
        Behaviour(
            "sizes",
            5,
            "the layers are 784 -> 128 -> 64 -> 10",
            (
                "How many numbers go into each layer, and how many come out?",
                "Three dense layers: nn.Linear(784, 128), nn.Linear(128, 64), nn.Linear(64, 10).",
            ),
        ),
        Behaviour(
            "activations",
            5,
            "ReLU after the first two layers, nothing after the last",
            (
                "What stands between the layers, and what after the last one?",
                "Flatten, Linear, ReLU, Linear, ReLU, Linear: in this order, and nothing after it.",
            ),
        ),
    ),
    "train_model": (
        Behaviour("error", 1, "it runs", _RUNS),
        Behaviour("printed", 1, "it prints its results", _PRINTS),
        Behaviour(
            "epochs",
            2,
            "one line for each of the T epochs, numbered from 0",
            (
                "How many lines does your function print for T=3?",
                "Loop with `for epoch in range(T)`, and print once at the end of each epoch.",
            ),
        ),
        Behaviour(
            "passes",
            1,
            "each epoch is one pass over train_loader",
            (
                "How often does your function go through the loader in one epoch?",
                "Use one loop over train_loader in each epoch. Put the training and the counting "
                "inside it, and the print after it.",
            ),
        ),
        Behaviour(
            "count",
            3,
            "the correct answers of each epoch, and its images",
            (
                "When do you set your counters to 0, and when do you add to them?",
                "Set them to 0 at the start of each epoch. For each batch, add the number of "
                "correct answers, and the number of images, len(labels).",
            ),
        ),
        Behaviour("percent", 3, "the accuracy of each epoch, in percent", _PERCENT),
        Behaviour("loss", 5, "the average loss of each epoch", _LOSS),
        Behaviour(
            "weights",
            6,
            "it trains as SGD does, with learning rate 0.001 and momentum 0.9",
            (
                "Look at your optimizer, and at the lines that use it.",
                "Make the optimizer once. For each batch: zero_grad(), logits, loss, backward(), "
                "step(), in this order.",
            ),
        ),
        Behaviour(
            "mode",
            2,
            "it trains in train mode",
            (
                "In which mode is the network?",
                "Call model.train() at the start of each epoch, before its loop over the batches.",
            ),
        ),
        Behaviour("criterion", 1, "it uses the criterion that it is given", _CRITERION),
        Behaviour("format", 1, "the format of the lines", _FORMAT),
    ),
    "evaluate_model": (
        Behaviour("error", 1, "it runs", _RUNS),
        Behaviour(
            "lines",
            1,
            "it prints its results, each once",
            (
                "How many lines with an accuracy does one call print?",
                "Print the accuracy once, after the loop over the batches.",
            ),
        ),
        Behaviour(
            "taken",
            1,
            "it uses test_loader",
            (
                "Which name does your loop use?",
                "Loop over test_loader, the function's own argument.",
            ),
        ),
        Behaviour("loss", 4, "the average loss", _LOSS),
        Behaviour("percent", 4, "the accuracy, in percent", _PERCENT),
        Behaviour(
            "show_loss",
            2,
            "show_loss decides about the loss; without it, the loss is shown",
            (
                "What do you see with show_loss=True, with False, and without it?",
                "Write show_loss=True in the line with def, and print the loss under "
                "`if show_loss:`.",
            ),
        ),
        Behaviour(
            "order",
            1,
            "the loss first, then the accuracy",
            ("Which line comes first?", "Print the average loss, then the accuracy."),
        ),
        Behaviour(
            "mode",
            2,
            "it evaluates in eval mode",
            (
                "In which mode is the network?",
                "Call model.eval() before the loop. Don't call model.train() inside it.",
            ),
        ),
        Behaviour(
            "gradients",
            1,
            "it computes without gradients",
            (
                "Does an evaluation need gradients?",
                "Put the loop over the batches inside `with torch.no_grad():`.",
            ),
        ),
        Behaviour(
            "unchanged",
            1,
            "it leaves the weights as they are",
            (
                "Is the network the same before and after?",
                "Nothing in this function may change the weights: no optimizer, no step().",
            ),
        ),
        Behaviour("criterion", 1, "it uses the criterion that it is given", _CRITERION),
        Behaviour("format", 1, "the format of the lines", _FORMAT),
    ),
    "predict_label": (
        Behaviour("error", 4, "it runs", _RUNS),
        Behaviour("printed", 1, "it prints its results", _PRINTS),
        Behaviour(
            "names",
            4,
            "the three most probable classes, the first one first",
            (
                "Do you look at the right image, and does each label get its own name?",
                "Take the three largest probabilities with topk(3). Its second result holds the "
                "labels: look up their names.",
            ),
        ),
        Behaviour(
            "percent",
            4,
            "their probabilities, in percent",
            (
                "Do the ten probabilities of the image add up to 1?",
                "Apply softmax(dim=-1) to the logits. Multiply by 100 before you print.",
            ),
        ),
        Behaviour(
            "lines",
            2,
            "three lines",
            ("How many classes do you print?", "Print the three most probable classes."),
        ),
        Behaviour("format", 1, "the format of the lines", _FORMAT),
    ),
    "visualize_image": (
        Behaviour("error", 3, "it runs", _RUNS),
        Behaviour("printed", 1, "it prints its results", _PRINTS),
        Behaviour(
            "file",
            1,
            "it writes image.png",
            (
                "Which line of your function writes a file, and what is its name?",
                'Save the picture as "image.png", in the current folder.',
            ),
        ),
        Behaviour(
            "picture",
            4,
            "the picture is the image with this index",
            (
                "Open image.png. Does it show the image that was asked for, and all of it?",
                "Take the image from data_loader.dataset[index], remove the dimension of 1 with "
                'squeeze(), and save it with the colour map "gray".',
            ),
        ),
        Behaviour(
            "label",
            2,
            "the name of its true label",
            (
                "Where does the label of this image stand?",
                "data_loader.dataset[index] gives an image and its label. Look up the label's "
                "name.",
            ),
        ),
        Behaviour("format", 1, "the format of the line", _FORMAT),
    ),
}
