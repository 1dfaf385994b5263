"""The catalogue of mistakes: what each looks like, why it is one, and the wrong code itself.

A diagnosis is proved: the wrong version, run on the same data, gives the student's very figure.
A version is the right solution with some of its text replaced, so that it shows the mistake alone,
and two mistakes can be made at once. LOADER stands for the function's own loader.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from fmnist_lib.coursework import solution

Edits = dict[str, str]  # text of the right solution -> text instead

LOADERS, MODEL, TRAIN, EVALUATE, PREDICT, VISUALIZE = FUNCTIONS = (
    *("get_data_loader", "build_model", "train_model"),
    *("evaluate_model", "predict_label", "visualize_image"),
)
BOTH = TRAIN, EVALUATE

# Lines of the right solution that many versions replace.
START = "correct, total, loss_sum = 0, 0, 0.0"
STEP = "loss_sum += loss.item() * len(labels)"
COUNT = "correct += (logits.argmax(dim=1) == labels).sum().item()"
TOTAL = "total += len(labels)"
ACCURACY = "accuracy = 100 * correct / total"
AVERAGE = "average = loss_sum / total"
FIRST, SECOND = "        nn.Linear(784, 128),\n", "        nn.Linear(128, 64),\n"
RELU, LAST = "        nn.ReLU(),\n", "        nn.Linear(64, 10),\n"
INSIDE = "\n            "  # the next line in the loop over the batches


@dataclass(frozen=True)
class Mistake:
    """One kind of mistake.

    Attributes
    ----------
    name : str
        Its identifier.
    functions : tuple of str
        The functions in which it is made.
    quantities : tuple of str
        The quantities of a trial that it changes and that it explains.
    symptom : str
        What can be seen of it.
    explanation : str
        What is wrong, and why.
    hints : tuple of str
        A short hint and a fuller one.
    lesson : int
        The lesson to read again; 0 if none deals with it.
    versions : tuple of dict
        The wrong versions: text of the right solution -> text instead.
    """

    name: str
    functions: tuple[str, ...]
    quantities: tuple[str, ...]
    symptom: str
    explanation: str
    hints: tuple[str, str]
    lesson: int
    versions: tuple[Edits, ...]


@cache
def _source(function: str) -> str:
    """Return the text of the right solution, with LOADER for its loader."""
    source = inspect.getsource(getattr(solution, function))
    return source.replace("train_loader", "LOADER").replace("test_loader", "LOADER")


def build(function: str, *edits: Edits) -> Callable[..., Any]:
    """Return the right solution of a function with some of its text replaced."""
    source = _source(function)
    for old, new in (pair for edit in edits for pair in edit.items()):
        if source.count(old) != 1:
            raise ValueError(f"{function} must hold this text exactly once: {old}")
        source = source.replace(old, new)
    names = dict(vars(solution))
    exec(compile(source, f"<a version of {function}>", "exec"), names)
    version: Callable[..., Any] = names[function]
    return version


MISTAKES = (
    # --- the loss and the accuracy, in training and in evaluation --------------------------------
    Mistake(
        "mean-of-batch-losses",
        BOTH,
        ("loss",),
        "The loss is a little off; more so when the last batch is small.",
        "This is the mean of the batch losses. The last batch has fewer images than "
        "the others, but its loss counts as much as theirs.",
        (
            "One batch has 64 images, the last one has 32. How much should each of them count?",
            "Multiply each batch loss by the number of images in this batch, for "
            "example len(labels), before you add it up. At the end, divide by the "
            "number of all images.",
        ),
        5,
        ({STEP: "loss_sum += loss.item()", AVERAGE: "average = loss_sum / len(LOADER)"},),
    ),
    Mistake(
        "mean-of-batch-accuracies",
        BOTH,
        ("percent",),
        "The accuracy is a little off; more so when the last batch is small.",
        "This is the mean of the batches' accuracies. The last batch has fewer images"
        " than the others, but it counts as much as they do.",
        (
            "One batch has 64 images, the last one has 32. How much should each of them count?",
            "Don't compute an accuracy for each batch. Add up the correct answers of "
            "all batches, and the images of all batches. Divide once, at the end.",
        ),
        5,
        (
            {
                START: f"{START}; shares = []",
                TOTAL: f"{TOTAL}{INSIDE}"
                "shares.append((logits.argmax(dim=1) == labels).double().mean().item())",
                ACCURACY: "accuracy = 100 * sum(shares) / len(shares)",
            },
        ),
    ),
    Mistake(
        "fixed-batch-size",
        BOTH,
        ("loss",),
        "The loss is many times too large or too small with another batch size.",
        "Each batch loss is multiplied by a fixed number. It fits one batch size "
        "only, and never the smaller last batch.",
        (
            "Your code contains a fixed batch size. Is it right for every batch of every loader?",
            "Multiply each batch loss by the number of images in this batch, for "
            "example len(labels), before you add it up. At the end, divide by the "
            "number of all images.",
        ),
        5,
        tuple({STEP: f"loss_sum += loss.item() * {size}"} for size in (64, 50, 32, 128)),
    ),
    Mistake(
        "batch-losses-over-images",
        BOTH,
        ("loss",),
        "The loss is about as many times too small as a batch has images.",
        "The batch losses are added up and divided by the number of images. But each "
        "of them is already a mean over its batch.",
        (
            "The criterion gives a mean, so it has already divided by a number. By which one?",
            "The criterion has already divided by the images in the batch. Undo this:"
            " multiply each batch loss by the number of images in this batch before "
            "you add it up.",
        ),
        5,
        ({STEP: "loss_sum += loss.item()"},),
    ),
    Mistake(
        "one-batch-size-for-all",
        BOTH,
        ("loss",),
        "The loss is a little too high or too low.",
        "Each batch loss is multiplied by the loader's batch_size. But the last batch"
        " can be smaller.",
        (
            "A loader has 100 images and batch_size 64. How many images are in its last batch?",
            "Multiply each batch loss by the number of images in this batch, for "
            "example len(labels), before you add it up. At the end, divide by the "
            "number of all images.",
        ),
        5,
        ({STEP: "loss_sum += loss.item() * LOADER.batch_size"},),
    ),
    Mistake(
        "batches-times-size",
        BOTH,
        ("loss", "percent", "count"),
        "The accuracy or the loss is a little too low.",
        "The number of images is taken as batches times batch_size. But the last "
        "batch can be smaller.",
        (
            "A loader has 100 images and batch_size 64. How many images are in its last batch?",
            "Set total = 0 before the loop over the batches. Inside it, add the "
            "number of images of each batch to total. After the loop, divide your sum"
            " by total.",
        ),
        5,
        ({TOTAL: "total = len(LOADER) * LOADER.batch_size"},),
    ),
    Mistake(
        "hard-coded-size",
        BOTH,
        ("loss", "percent", "count"),
        "The accuracy and the loss are far too low with fewer images.",
        "The number of images is written into the code. Another loader has another number.",
        (
            "Your code holds the number of images. Is it right for another loader?",
            "Set total = 0 before the loop over the batches. Inside it, add the "
            "number of images of each batch to total. After the loop, divide your sum"
            " by total.",
        ),
        5,
        tuple(
            {TOTAL: f"total = {size}"} | step
            for size in (60_000, 10_000)
            for step in (
                {},
                {STEP: "loss_sum += loss.item()"},
                {STEP: "loss_sum += loss.item() * 64"},
                {STEP: "loss_sum += loss.item() * LOADER.batch_size"},
            )
        ),
    ),
    Mistake(
        "batches-minus-one",
        BOTH,
        ("loss", "percent"),
        "The loss or the accuracy is too high; more so with few batches.",
        "The sum over the batches is divided by one less than their number. The last "
        "index of enumerate is also one less.",
        (
            "By which number do you divide when there are 4 batches?",
            "For the loss, add loss.item() * len(labels) for each batch. For the "
            "accuracy, add the number of correct answers. At the end, divide by the "
            "number of all images.",
        ),
        5,
        (
            {STEP: "loss_sum += loss.item()", AVERAGE: "average = loss_sum / (len(LOADER) - 1)"},
            {
                START: f"{START}; shares = []",
                TOTAL: f"{TOTAL}{INSIDE}"
                "shares.append((logits.argmax(dim=1) == labels).double().mean().item())",
                ACCURACY: "accuracy = 100 * sum(shares) / (len(shares) - 1)",
            },
        ),
    ),
    Mistake(
        "divided-by-batches",
        BOTH,
        ("loss", "percent"),
        "The figure is about as many times too large as a batch has images.",
        "A sum over images is divided by the number of batches.",
        (
            "len(loader) is the number of batches. What did you add up: something for"
            " each batch, or for each image?",
            "Set total = 0 before the loop over the batches. Inside it, add the "
            "number of images of each batch to total. After the loop, divide your sum"
            " by total.",
        ),
        5,
        (
            {AVERAGE: "average = loss_sum / len(LOADER)"},
            {ACCURACY: "accuracy = 100 * correct / len(LOADER)"},
        ),
    ),
    Mistake(
        "not-divided",
        BOTH,
        ("loss",),
        "The loss is much too large, and grows with the number of images.",
        "This is the sum of the losses. It is not divided by the number of images.",
        (
            "Would the loss stay the same if each image came twice?",
            "Divide the sum by the number of all images at the end. For that, "
            "multiply each batch loss by the number of images in its batch before you"
            " add it up.",
        ),
        5,
        (
            {AVERAGE: "average = loss_sum"},
            {STEP: "loss_sum += loss.item()", AVERAGE: "average = loss_sum"},
        ),
    ),
    Mistake(
        "last-batch-only",
        BOTH,
        ("loss", "percent", "count"),
        "The figures jump about, because they come from few images.",
        "Only the last batch has gone into this sum. The batches before it are lost.",
        (
            "Which batches does your figure come from?",
            "Set each sum to 0 before the loop over the batches. Inside the loop, add"
            " every batch to it with +=.",
        ),
        5,
        (
            {
                STEP: STEP.replace("+=", "="),
                COUNT: COUNT.replace("+=", "="),
                TOTAL: TOTAL.replace("+=", "="),
            },
            {COUNT: COUNT.replace("+=", "=")},
            {STEP: STEP.replace("+=", "=")},
            {STEP: "loss_sum = loss.item()", AVERAGE: "average = loss_sum / len(LOADER)"},
        ),
    ),
    Mistake(
        "first-batch-only",
        BOTH,
        ("loss", "percent", "count", "passes"),
        "The function is very quick, and its figures come from few images.",
        "Only the first batch is used.",
        (
            "How many batches does your function use?",
            "Go through the whole loader with a for loop. Let no return or break end it early.",
        ),
        3,
        ({TOTAL: f"{TOTAL}{INSIDE}break"},),
    ),
    Mistake(
        "counted-twice",
        BOTH,
        ("loss", "percent", "count"),
        "The figure is twice as large as it should be.",
        "The figure is exactly twice as large as it should be. Either each batch is "
        "added twice, or a factor of 2 is left somewhere.",
        (
            "How often is each batch added to your sum?",
            "Add each batch exactly once, and remove any extra factor of 2.",
        ),
        5,
        (
            {STEP: STEP.replace("+= ", "+= 2 * ")},
            {COUNT: COUNT.replace("+= ", "+= 2 * ")},
        ),
    ),
    Mistake(
        "label-anywhere",
        BOTH,
        ("percent", "count"),
        "The accuracy is much too high.",
        "Answers are compared with all labels of the batch. Each must equal the label"
        " of its own image.",
        (
            "With which label must the answer for the third image be compared?",
            "Compare each answer with its own label: predictions == labels gives True"
            " or False for each image, if both have one number for each image. The "
            "sum counts the correct ones.",
        ),
        5,
        (
            {COUNT: "correct += sum(int(y in labels) for y in logits.argmax(dim=1))"},
            {COUNT: "correct += sum(int(y in logits.argmax(dim=1)) for y in labels)"},
        ),
    ),
    Mistake(
        "share-as-percent",
        (*BOTH, PREDICT),
        ("percent",),
        "A percentage is 100 times too small.",
        "A number from 0 to 1 is printed where a percentage should be.",
        (
            "What is one half, in percent?",
            "Multiply the number by 100 before you print it.",
        ),
        5,
        ({"100 * correct": "correct"}, {"100 * value": "value"}),
    ),
    Mistake(
        "argmax-over-the-batch",
        BOTH,
        ("error",),
        "An error says that sizes must match: 10 and the batch size.",
        "argmax runs over the images (dim 0) and gives 10 numbers, one for each "
        "class. You need one number for each image.",
        (
            "The logits have the shape (images, 10). Which of the two dimensions "
            "holds the classes?",
            "Use argmax(dim=1): it goes through the ten logits of each image and "
            "gives one answer for each image.",
        ),
        5,
        (
            {COUNT: COUNT.replace("dim=1", "dim=0")},
            {
                START: f"{START}; answers, truth = [], []",
                COUNT: f"answers.append(logits.argmax(dim=0)){INSIDE}truth.append(labels)",
                ACCURACY: "correct = int((torch.cat(answers) == torch.cat(truth)).sum()); "
                f"{ACCURACY}",
            },
        ),
    ),
    Mistake(
        "criterion-replaced",
        BOTH,
        ("criterion",),
        "The criterion makes no difference.",
        "The criterion that you were given is never called. Perhaps the function uses"
        " a loss of its own, or none.",
        (
            "Which of its arguments does your function never use?",
            "Call the criterion that you were given, with the logits and the labels: "
            "criterion(logits, labels).",
        ),
        3,
        (
            {
                "criterion(logits, labels)": "nn.functional.cross_entropy(logits, labels)",
            },
        ),
    ),
    Mistake(
        "criterion-as-class",
        BOTH,
        ("error",),
        "An error says that forward() lacks two arguments.",
        "The criterion is called with empty brackets. It is made already, and needs "
        "the logits and the labels.",
        (
            "The criterion is ready. What does it need from you?",
            "Call it once, with both: criterion(logits, labels).",
        ),
        3,
        ({"criterion(logits, labels)": "criterion()(logits, labels)"},),
    ),
    Mistake(
        "softmax-before-criterion",
        BOTH,
        ("loss", "weights"),
        "The loss falls slowly and never gets small.",
        "The logits go through a softmax before the criterion. But cross-entropy "
        "applies softmax itself, so it happens twice.",
        (
            "What does nn.CrossEntropyLoss expect: logits or probabilities?",
            "Give the network's output to the criterion as it is. Use softmax only "
            "where you want to show probabilities.",
        ),
        3,
        ({"logits = model(images)": "logits = model(images).softmax(dim=1)"},),
    ),
    Mistake(
        "nothing-printed",
        (*BOTH, PREDICT, VISUALIZE),
        ("printed", "lines"),
        "Nothing is printed.",
        "The function prints none of its results. Perhaps it returns them.",
        (
            "Which line of your function shows the result on the screen, and does Python reach it?",
            "Show each result with print, in the words of the assignment. Return nothing.",
        ),
        0,
        (
            {'print(f"{line}  Loss: {average:.3f}")': "result = line, average"},
            {
                "    if show_loss:\n": "",
                '        print(f"Average loss: {average:.4f}")\n': "",
                'print(f"Accuracy: {accuracy:.2f}%")': "return average, accuracy",
            },
            {'print(f"{names[label]}: {100 * value:.2f}%")': "names[label], 100 * value"},
            {'print(f"Ground Truth Label: {names[label]}")': "return names[label]"},
        ),
    ),
    Mistake(
        "printed-for-each-batch",
        BOTH,
        ("epochs", "lines"),
        "There are as many lines as batches.",
        "A line is printed for each batch. It belongs after the loop over the batches.",
        (
            "How many lines does your function print, and how many should there be?",
            "Move the print to the left, until it starts below the `for` of the loop "
            "over the batches. In train_model, it stays inside the loop over the "
            "epochs.",
        ),
        4,
        (
            {
                TOTAL: f"{TOTAL}{INSIDE}{ACCURACY}{INSIDE}{AVERAGE}{INSIDE}"
                'print(f"Train Epoch: {epoch}  Accuracy: {correct}/{total}({accuracy:.2f}%)'
                '  Loss: {average:.3f}")',
                f"        {ACCURACY}\n        {AVERAGE}\n": "",
                '        line = f"Train Epoch: {epoch}  '
                'Accuracy: {correct}/{total}({accuracy:.2f}%)"\n': "",
                '        print(f"{line}  Loss: {average:.3f}")\n': "",
            },
            {
                TOTAL: f"{TOTAL}{INSIDE}"
                "show_loss and print(f'Average loss: {loss_sum / total:.4f}')"
                f"{INSIDE}print(f'Accuracy: {{100 * correct / total:.2f}}%')",
                '    if show_loss:\n        print(f"Average loss: {average:.4f}")\n': "",
                '    print(f"Accuracy: {accuracy:.2f}%")\n': "",
            },
        ),
    ),
    # --- training --------------------------------------------------------------------------------
    Mistake(
        "zero-grad-missing",
        (TRAIN,),
        ("weights",),
        "Training is unsteady: the steps get larger and larger.",
        "The old gradients are not cleared before each batch. backward() adds the new"
        " ones to them.",
        (
            "Which call clears the gradients, and how often does it run in one epoch?",
            "Call optimizer.zero_grad() once for each batch, before backward(). "
            "Otherwise each step follows the sum of all gradients so far.",
        ),
        3,
        (
            {"            optimizer.zero_grad()\n": ""},
            {
                "            optimizer.zero_grad()\n": "",
                "        for images, labels": "        optimizer.zero_grad()\n"
                "        for images, labels",
            },
        ),
    ),
    Mistake(
        "no-learning",
        (TRAIN,),
        ("weights",),
        "The accuracy stays the same: the weights never change.",
        "The weights are the same before and after training. Either a call is missing"
        " or in the wrong place, or the optimizer works on another model.",
        (
            "Which call computes the gradients, which one changes the weights, and "
            "which one clears the gradients?",
            "Make the optimizer from this model's parameters. For each batch, call "
            "zero_grad(), then backward(), then step(). Between the last two, nothing"
            " may clear the gradients.",
        ),
        3,
        (
            {"            optimizer.step()\n": ""},
            {"            loss.backward()\n": ""},
            {
                "            optimizer.zero_grad()\n": "",
                "optimizer.step()": f"optimizer.zero_grad(){INSIDE}optimizer.step()",
            },
        ),
    ),
    Mistake(
        "one-step-an-epoch",
        (TRAIN,),
        ("weights",),
        "Training is very slow: the accuracy hardly rises.",
        "The weights change once in an epoch and not after each batch.",
        (
            "How often does optimizer.step() run in one epoch?",
            "Put zero_grad(), backward() and step() all inside the loop over the "
            "batches, so that each runs once for each batch.",
        ),
        3,
        (
            {
                "            optimizer.step()\n": "",
                f"        {ACCURACY}": f"        optimizer.step()\n        {ACCURACY}",
            },
        ),
    ),
    Mistake(
        "new-optimizer-each-epoch",
        (TRAIN,),
        ("weights",),
        "Each epoch begins slowly.",
        "A new optimizer is made in each epoch. It forgets the momentum of the one before.",
        (
            "How many optimizers does your function make?",
            "Make the optimizer once, before the loop over the epochs.",
        ),
        4,
        (
            {
                "    optimizer = SGD(model, lr=0.001, momentum=0.9)\n": "",
                "        correct, total": "        optimizer = SGD(model, lr=0.001, momentum=0.9)\n"
                "        correct, total",
            },
        ),
    ),
    Mistake(
        "momentum-missing",
        (TRAIN,),
        ("weights",),
        "Training is slower than it should be.",
        "The steps have no momentum: each one forgets the steps before it.",
        (
            "What does your optimizer remember of the step before?",
            "Make one optimizer, with learning rate 0.001 and momentum=0.9, before both loops.",
        ),
        3,
        ({", momentum=0.9": ", momentum=0.0"},),
    ),
    Mistake(
        "other-learning-rate",
        (TRAIN,),
        ("weights",),
        "Training is faster or slower than it should be.",
        "The optimizer has another learning rate or momentum than the assignment gives.",
        (
            "Compare the numbers of your optimizer with those of the assignment.",
            "The assignment asks for SGD with a learning rate of 0.001 and a momentum of 0.9.",
        ),
        4,
        (
            *({"lr=0.001": f"lr={rate}"} for rate in (0.01, 0.1, 0.0001)),
            *({"lr=0.001, momentum=0.9": f"lr={rate}, momentum=0.0"} for rate in (0.01, 0.1)),
            *({"momentum=0.9": f"momentum={m}"} for m in (0.5, 0.99)),
        ),
    ),
    Mistake(
        "train-mode-missing",
        (TRAIN,),
        ("mode",),
        "Dropout and batch normalisation would not work.",
        "The function does not switch to train mode. After an evaluation, a network "
        "is still in eval mode.",
        (
            "In which mode is the network when it has just been evaluated?",
            "Call model.train() before the loop over the epochs.",
        ),
        4,
        ({"    model.train()\n": ""},),
    ),
    Mistake(
        "second-pass",
        (TRAIN,),
        ("count", "percent", "loss", "passes"),
        "The accuracy is too high, and training takes longer.",
        "Each epoch goes through the images twice. The figures must come from the "
        "training pass, each batch measured just before its step.",
        (
            "How often does your function go through the loader in one epoch?",
            "Add up the loss, the correct answers and the images inside the training "
            "loop. Delete the second loop.",
        ),
        4,
        (
            {
                ACCURACY: """correct = total = 0
        for images, labels in LOADER:
            correct += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
        accuracy = 100 * correct / total""",
            },
            {
                ACCURACY: """correct, total, loss_sum = 0, 0, 0.0
        for images, labels in LOADER:
            logits = model(images)
            loss_sum += criterion(logits, labels).item() * len(labels)
            correct += (logits.argmax(dim=1) == labels).sum().item()
            total += len(labels)
        accuracy = 100 * correct / total""",
            },
        ),
    ),
    Mistake(
        "measured-after-the-step",
        (TRAIN,),
        ("count", "percent", "loss"),
        "The accuracy is too high.",
        "The images go through the network again, after the step that has just learned from them. "
        "The figures must be those from before the step.",
        (
            "Has the network already learned from this batch when you measure?",
            "Count the correct answers, and add up the loss, from the logits that you give to the "
            "criterion. Don't call the network a second time.",
        ),
        4,
        (
            {COUNT: f"logits = model(images){INSIDE}{COUNT}"},
            {STEP: f"logits = model(images){INSIDE}loss = criterion(logits, labels){INSIDE}{STEP}"},
        ),
    ),
    Mistake(
        "counters-not-reset",
        (TRAIN,),
        ("count", "percent", "loss"),
        "The number of images grows with each epoch.",
        "The counters go on from one epoch to the next. This figure holds earlier epochs, too.",
        (
            "What is in your counters when the second epoch begins?",
            "Set the counters to 0 at the beginning of each epoch: inside the loop "
            "over the epochs, before the loop over the batches.",
        ),
        4,
        (
            {
                "    for epoch in range(T):\n": f"    {START}\n    for epoch in range(T):\n",
                f"        {START}\n": "",
            },
            {
                "    for epoch in range(T):\n": "    loss_sum = 0.0\n    for epoch in range(T):\n",
                START: "correct, total = 0, 0",
            },
            {
                "    for epoch in range(T):\n": "    correct = 0\n    for epoch in range(T):\n",
                START: "total, loss_sum = 0, 0.0",
            },
        ),
    ),
    Mistake(
        "epochs-ignored",
        (TRAIN,),
        ("epochs", "passes"),
        "The number of lines does not follow T.",
        "The number of epochs is written into the code. It must be T.",
        (
            "What happens in your function if T changes?",
            "Loop with range(T): it gives the epochs 0 to T - 1.",
        ),
        4,
        tuple({"range(T)": f"range({number})"} for number in (5, 10)),
    ),
    Mistake(
        "one-epoch-only",
        (TRAIN,),
        ("epochs", "passes"),
        "There is one line only.",
        "The function trains for one epoch only, whatever T is.",
        (
            "How many epochs does your function run for T=3?",
            "Put everything for one epoch inside `for epoch in range(T):`, with no "
            "return or break in it.",
        ),
        4,
        (
            {
                '        print(f"{line}  Loss: {average:.3f}")': "        "
                'print(f"{line}  Loss: {average:.3f}")\n        if T > 1:\n            return',
            },
        ),
    ),
    Mistake(
        "epochs-off-by-one",
        (TRAIN,),
        ("epochs", "passes"),
        "There is one line too few, or too many.",
        "The loop over the epochs runs once too few, or once too often.",
        (
            "How many lines does your function print for T=3?",
            "Loop with range(T): it gives T epochs, numbered from 0.",
        ),
        4,
        tuple({"range(T)": f"range({text})"} for text in ("T - 1", "1, T", "T + 1", "1, T + 2")),
    ),
    Mistake(
        "epochs-from-one",
        (TRAIN,),
        ("epochs",),
        "The first line says epoch 1.",
        "The epochs are numbered from 1. The assignment numbers them from 0.",
        (
            "With which number does range(T) begin?",
            "Loop with range(T), and print its number as it is, without adding 1.",
        ),
        4,
        ({"{epoch}": "{epoch + 1}"},),
    ),
    Mistake(
        "other-loader",
        BOTH,
        ("passes", "taken"),
        "The images come from elsewhere.",
        "No image was taken from the loader that you were given. Perhaps your code "
        "uses a variable from outside, or a loader of its own.",
        (
            "Where do the images in your loop come from?",
            "Loop over the loader among the function's arguments: train_loader in "
            "train_model, test_loader in evaluate_model. Don't make another one.",
        ),
        4,
        ({"labels in LOADER:": "labels in [(torch.zeros(7, 784), torch.arange(7))]:"},),
    ),
    # --- evaluation ------------------------------------------------------------------------------
    Mistake(
        "eval-mode-missing",
        (EVALUATE,),
        ("mode",),
        "With dropout, the accuracy would change from call to call.",
        "The network is in train mode while it is evaluated.",
        (
            "In which mode is the network when it has just been trained?",
            "Call model.eval() before the loop over the batches.",
        ),
        5,
        ({"    model.eval()\n": ""},),
    ),
    Mistake(
        "no-grad-missing",
        (EVALUATE,),
        ("gradients",),
        "Evaluation takes more time and memory than it needs.",
        "PyTorch keeps everything that it would need for gradients. An evaluation needs none.",
        (
            "How do you tell PyTorch that you will not call backward()?",
            "Put the loop over the batches inside `with torch.no_grad():`.",
        ),
        0,
        ({"with torch.no_grad():": "if True:"},),
    ),
    Mistake(
        "evaluation-trains",
        (EVALUATE,),
        ("unchanged", "loss", "percent"),
        "Each evaluation gives another result.",
        "The evaluation changes the weights: it trains on the images that it should only judge.",
        (
            "Which lines of this function change the weights?",
            "Delete the optimizer, zero_grad(), backward() and step() from this "
            "function. An evaluation only computes logits and compares.",
        ),
        5,
        (
            {
                "    with torch.no_grad():": "    optimizer = SGD(model)\n    if True:",
                STEP: f"optimizer.zero_grad(){INSIDE}loss.backward(){INSIDE}optimizer.step()"
                f"{INSIDE}{STEP}",
            },
        ),
    ),
    Mistake(
        "loss-after-accuracy",
        (EVALUATE,),
        ("order",),
        "The two lines are exchanged.",
        "The accuracy is printed before the loss.",
        (
            "Which line does the assignment show first?",
            "Print the average loss first, then the accuracy.",
        ),
        5,
        (
            {
                '    print(f"Accuracy: {accuracy:.2f}%")\n': "",
                "    if show_loss:": '    print(f"Accuracy: {accuracy:.2f}%")\n    if show_loss:',
            },
        ),
    ),
    Mistake(
        "show-loss-default",
        (EVALUATE,),
        ("show_loss",),
        "evaluate_model without show_loss prints no loss.",
        "Without show_loss, the loss is not printed. Its default must be True.",
        (
            "What does your function print when show_loss is not given?",
            "Write show_loss=True in the line with def.",
        ),
        5,
        ({"show_loss=True": "show_loss=False"},),
    ),
    Mistake(
        "show-loss-ignored",
        (EVALUATE,),
        ("show_loss",),
        "show_loss makes no difference.",
        "The loss is printed even if show_loss is False.",
        (
            "Which line of your function depends on show_loss?",
            "Indent the print of the loss under `if show_loss:`, and nothing else.",
        ),
        5,
        ({"if show_loss:": "if True:"},),
    ),
    Mistake(
        "show-loss-reversed",
        (EVALUATE,),
        ("show_loss",),
        "The loss is printed just when it should not be.",
        "show_loss works the wrong way round.",
        (
            "What does your function print for show_loss=True, and what for False?",
            "Print the loss under `if show_loss:`. Print the accuracy always.",
        ),
        5,
        ({"if show_loss:": "if not show_loss:"},),
    ),
    # --- prediction ------------------------------------------------------------------------------
    Mistake(
        "softmax-missing",
        (PREDICT,),
        ("percent",),
        "The percentages can be negative, or larger than 100.",
        "These are not probabilities, but logits, or logarithms of probabilities.",
        (
            "What is the sum of your ten numbers?",
            "Take the three largest of logits.softmax(dim=-1), not of the logits, and"
            " not of log_softmax.",
        ),
        2,
        ({".softmax(dim=1)": ""}, {".softmax(dim=1)": ".log_softmax(dim=1)"}),
    ),
    Mistake(
        "softmax-twice",
        (PREDICT,),
        ("percent",),
        "No percentage is above 24 %.",
        "The softmax is applied twice. The second one pulls the ten percentages "
        "together: none can be above 24 %.",
        (
            "What goes into your last softmax: logits or probabilities?",
            "Apply softmax once, to the network's logits.",
        ),
        2,
        ({".softmax(dim=1)": ".softmax(dim=1).softmax(dim=1)"},),
    ),
    Mistake(
        "softmax-over-index",
        (PREDICT,),
        ("error",),
        "It works for some indices; for others an error speaks of a dimension out of range.",
        "The index of the image is used as the dimension of the softmax. That works "
        "only by chance.",
        (
            "What does the dim of a softmax mean?",
            "Use softmax(dim=-1): the last dimension holds the ten classes, with or "
            "without a dimension for the images.",
        ),
        6,
        (
            {"dim=1)": "dim=index)"},
            {"logits.softmax(dim=1)[index]": "logits[index].softmax(dim=index)"},
        ),
    ),
    Mistake(
        "softmax-over-the-batch",
        (PREDICT,),
        ("percent", "names"),
        "The ten percentages of an image don't add up to 100; for a single image, each is 100.",
        "The softmax runs over the images (dim 0), so each class adds up to 1 over "
        "all images. The ten classes of one image should add up to 1.",
        (
            "Which ten numbers must add up to 1?",
            "Use softmax(dim=-1): the last dimension holds the ten classes, with or "
            "without a dimension for the images.",
        ),
        6,
        (
            {"dim=1": "dim=0"},
            {"logits.softmax(dim=1)[index]": "logits[index : index + 1].softmax(dim=0)[0]"},
        ),
    ),
    Mistake(
        "names-by-place",
        (PREDICT,),
        ("names",),
        "It is always the same three names.",
        "These are the first three names of the list, whatever the image. They don't "
        "follow its ten probabilities.",
        (
            "Why does each of your three lines have the name that it has?",
            "Apply softmax over the classes, then topk(3). Its second result holds "
            "three labels: look up their names.",
        ),
        6,
        (
            {
                "for value, label in zip(values.tolist(), labels.tolist(), strict=True):": ""
                "for label, value in enumerate(values.tolist()):",
            },
        ),
    ),
    Mistake(
        "least-likely",
        (PREDICT,),
        ("names", "percent"),
        "The percentages are tiny.",
        "These are the three least probable classes.",
        (
            "Which three of the ten probabilities does your code pick?",
            "Take the three largest with topk(3): it begins with the largest.",
        ),
        6,
        ({"topk(3)": "topk(3, largest=False)"},),
    ),
    Mistake(
        "ascending",
        (PREDICT,),
        ("names", "percent"),
        "The most probable class stands last.",
        "The three classes are right. Their order is reversed: the largest must come first.",
        (
            "Which of your three lines should a reader see first?",
            "Print the largest first. topk(3) already gives the three in this order.",
        ),
        6,
        (
            {
                "zip(values.tolist(), labels.tolist(), strict=True)": ""
                "zip(values.tolist()[::-1], labels.tolist()[::-1], strict=True)",
            },
        ),
    ),
    Mistake(
        "other-number-of-lines",
        (PREDICT,),
        ("lines",),
        "There are more or fewer than three lines.",
        "The function must print the three most probable classes, one on each line.",
        (
            "How many classes does the assignment ask for?",
            "Take the three largest, with topk(3), and print a line for each.",
        ),
        6,
        ({"topk(3)": "topk(1)"}, {"topk(3)": "topk(10)"}, {"topk(3)": "topk(5)"}),
    ),
    Mistake(
        "labels-shifted",
        (PREDICT, VISUALIZE),
        ("names", "label"),
        "Each name is that of the neighbouring class.",
        "Each label gets the name of its neighbour in the list: labels count from 0.",
        (
            "Which label does the first name in your list have?",
            "Look up names[label], without adding or subtracting 1. Then check that "
            "your list begins with the T-shirt.",
        ),
        1,
        ({"names[label]": "names[label - 1]"}, {"names[label]": "names[(label + 1) % 10]"}),
    ),
    Mistake(
        "names-sorted",
        (PREDICT, VISUALIZE),
        ("names", "label"),
        "Most names are wrong.",
        "The class names stand in alphabetical order. A label is a place in the order of the "
        "dataset, which is another one.",
        (
            "Which name has label 0 in the dataset?",
            "Write the ten names in the order of the labels: T-shirt is 0, Trouser is 1, and so on "
            "to Boots, 9.",
        ),
        1,
        ({"names[label]": "sorted(names)[label]"},),
    ),
    Mistake(
        "index-off-by-one",
        (PREDICT, VISUALIZE),
        ("names", "percent", "picture", "label"),
        "Everything belongs to the image next to it.",
        "This is another image: the one before or after the one that was asked for.",
        (
            "Which index does the first image have?",
            "Use the index as it is: the first image has index 0.",
        ),
        6,
        ({"[index]": "[index - 1]"}, {"[index]": "[index + 1]"}),
    ),
    Mistake(
        "beyond-the-first-batch",
        (PREDICT, VISUALIZE),
        ("error",),
        "It works for small indices only.",
        "Your code looks for the image in the first batch only.",
        (
            "How many of the images can your code reach?",
            "Take the image and its label from loader.dataset[index]. In "
            "predict_label, give the network image.unsqueeze(0). The result then has "
            "one row only: use row 0, not the index.",
        ),
        6,
        (
            {
                "images = torch.stack([image for image, _ in test_images.dataset])": ""
                "images = next(iter(test_images))[0]",
            },
            {
                "image, label = data_loader.dataset[index]": ""
                "image, label = [part[index] for part in next(iter(data_loader))]",
            },
        ),
    ),
    # --- the picture -----------------------------------------------------------------------------
    Mistake(
        "inverted",
        (VISUALIZE,),
        ("picture",),
        "The background is white.",
        "The picture is inverted: black and white are exchanged.",
        (
            "Is the background dark or bright in the data? And in your picture?",
            "The smallest value must be the darkest: with matplotlib, use "
            'cmap="gray". Don\'t subtract the pixels from 1 or 255.',
        ),
        6,
        ({"(pixels * 255)": "(255 - pixels * 255)"},),
    ),
    Mistake(
        "transposed",
        (VISUALIZE,),
        ("picture",),
        "The picture lies on its side.",
        "Rows and columns of the picture are exchanged.",
        (
            "Which of the two dimensions of an image is the height?",
            "An image has the shape (height, width). Remove a transpose, .T or permute.",
        ),
        6,
        ({"image.squeeze()": "image.squeeze().T"},),
    ),
    Mistake(
        "no-picture",
        (VISUALIZE,),
        ("file",),
        "There is no image.png.",
        "No picture was saved in the current folder.",
        (
            "Which line of your function writes a file?",
            'Showing is not saving. Write plt.imsave("image.png", '
            'image.squeeze().numpy(), cmap="gray"), and import matplotlib.pyplot as '
            "plt.",
        ),
        6,
        ({'    Image.fromarray((pixels * 255).byte().numpy()).save("image.png")\n': ""},),
    ),
    Mistake(
        "other-file-name",
        (VISUALIZE,),
        ("file",),
        "There is no image.png, but another file.",
        "The picture has another name than the assignment gives.",
        (
            "Under which name is the picture saved?",
            'Save it as "image.png": the same name for every image.',
        ),
        6,
        ({'"image.png"': '"picture.png"'}, {'"image.png"': 'f"image_{index}.png"'}),
    ),
    Mistake(
        "number-not-name",
        (VISUALIZE,),
        ("label",),
        "A number is printed where a name should be.",
        "The label is printed as a number.",
        (
            "Would a reader know which class label 3 is?",
            "Look up the name of the label in the list of the ten class names.",
        ),
        1,
        ({"{names[label]}": "{label}"},),
    ),
    # --- the network -----------------------------------------------------------------------------
    Mistake(
        "flatten-missing",
        (MODEL,),
        ("logits",),
        "An error says that two shapes cannot be multiplied.",
        "The images reach the first layer as squares of 28 x 28. It needs rows of 784 numbers.",
        (
            "What shape does one image have, and what shape does the first layer need?",
            "Put nn.Flatten() first. It turns (images, 1, 28, 28) into (images, 784).",
        ),
        2,
        ({"        nn.Flatten(),\n": ""},),
    ),
    Mistake(
        "relu-missing",
        (MODEL,),
        ("activations",),
        "The network learns less than it could.",
        "A ReLU is missing. Without one between them, two dense layers can do no more"
        " than a single one.",
        (
            "What stands between your dense layers?",
            "Put nn.ReLU() after each of the first two dense layers.",
        ),
        2,
        (
            {FIRST + RELU: FIRST},
            {SECOND + RELU: SECOND},
            {FIRST + RELU: FIRST, SECOND + RELU: SECOND},
        ),
    ),
    Mistake(
        "activation-at-the-end",
        (MODEL,),
        ("activations",),
        "The last numbers are no longer logits.",
        "Something follows the last layer. The network must give its logits "
        "unchanged: cross-entropy applies softmax itself.",
        (
            "Can your network's output be negative, and larger than 1?",
            "End the network with nn.Linear(64, 10), and delete what comes after it.",
        ),
        2,
        tuple(
            {LAST: f"{LAST}        nn.{name},\n"}
            for name in (
                *("ReLU()", "Softmax(dim=1)", "LogSoftmax(dim=1)", "Sigmoid()", "Softmax(dim=0)"),
            )
        ),
    ),
    Mistake(
        "other-activation",
        (MODEL,),
        ("activations",),
        "The network is another one than the assignment asks for.",
        "The functions between the layers are not ReLU.",
        (
            "Which function does the assignment ask for between the layers?",
            "Use nn.ReLU() after each of the first two dense layers.",
        ),
        2,
        tuple(
            {layer + RELU: f"{layer}        nn.{name}(),\n" for layer in (FIRST, SECOND)}
            for name in ("Sigmoid", "Tanh")
        ),
    ),
    Mistake(
        "other-sizes",
        (MODEL,),
        ("sizes",),
        "The number of parameters is not 109,386.",
        "A layer is missing, is too many, or has another size.",
        (
            "How many numbers go into each layer, and how many come out?",
            "The layers are 784 -> 128, 128 -> 64 and 64 -> 10.",
        ),
        2,
        (
            {SECOND + RELU + LAST: "        nn.Linear(128, 10),\n"},
            {LAST: f"        nn.Linear(64, 64),\n{RELU}{LAST}"},
            *(
                {
                    "nn.Linear(784, 128)": f"nn.Linear(784, {a})",
                    "nn.Linear(128, 64)": f"nn.Linear({a}, {b})",
                    "nn.Linear(64, 10)": f"nn.Linear({b}, 10)",
                }
                for a, b in ((64, 32), (128, 128), (256, 128), (512, 512), (64, 64))
            ),
        ),
    ),
    # --- the loaders -----------------------------------------------------------------------------
    Mistake(
        "digits",
        (LOADERS,),
        ("images",),
        "The images are not those of Fashion-MNIST.",
        "These are not the images of Fashion-MNIST. Either it is another dataset "
        "(MNIST holds digits), or a transform changes the images.",
        (
            "Look at a few of your images. What do they show?",
            "Use datasets.FashionMNIST, with no transforms other than ToTensor and Normalize.",
        ),
        1,
        ({"datasets.FashionMNIST": "datasets.MNIST"},),
    ),
    Mistake(
        "sets-exchanged",
        (LOADERS,),
        ("images", "size"),
        "The training set has 10,000 images, the test set 60,000.",
        "Training and test set are exchanged.",
        (
            "Which set do you get with training=True?",
            "Pass train=training to the dataset.",
        ),
        1,
        ({"train=training": "train=not training"},),
    ),
    Mistake(
        "training-ignored",
        (LOADERS,),
        ("images", "size"),
        "Both sets are the same.",
        "The argument `training` makes no difference: it is the same set each time.",
        (
            "Which line of your function depends on training?",
            "Pass train=training to the dataset, and not a fixed True or False.",
        ),
        1,
        ({"train=training": "train=True"}, {"train=training": "train=False"}),
    ),
    Mistake(
        "default-not-training",
        (LOADERS,),
        ("images", "size"),
        "get_data_loader() gives the test set.",
        "The default of `training` is False. The assignment says True.",
        (
            "Which set do you get with get_data_loader()?",
            "Write training=True in the line with def.",
        ),
        1,
        ({"(training=True)": "(training=False)"},),
    ),
    Mistake(
        "test-shuffled",
        (LOADERS,),
        ("order",),
        "The test images come in another order each time.",
        "The test images are shuffled. Their place in the batches no longer tells "
        "which image of the set they are.",
        (
            "Does it help to shuffle where nothing is learned?",
            "Shuffle the training images only: shuffle=training.",
        ),
        1,
        ({"shuffle=training": "shuffle=True"},),
    ),
    Mistake(
        "to-tensor-missing",
        (LOADERS,),
        ("batch",),
        "An error speaks of PIL images.",
        "The images are not turned into tensors.",
        (
            "What type does one image of your dataset have?",
            "Give the dataset a transform: transform=transforms.ToTensor().",
        ),
        1,
        ({", transform=transform": ""},),
    ),
    Mistake(
        "return-missing",
        (LOADERS, MODEL),
        ("kind", "logits"),
        "The function gives None.",
        "The function returns nothing.",
        (
            "Which word makes a Python function give back a value?",
            "End the function with return and its result.",
        ),
        0,
        ({"return DataLoader": "DataLoader"}, {"return nn": "nn"}),
    ),
    Mistake(
        "dataset-returned",
        (LOADERS,),
        ("kind",),
        "There are no batches.",
        "The function returns the dataset. The loader around it is missing.",
        (
            "What makes batches out of a dataset?",
            "Return a torch.utils.data.DataLoader of the dataset.",
        ),
        1,
        ({"return DataLoader(dataset, batch_size=64, shuffle=training)": "return dataset"},),
    ),
    Mistake(
        "both-loaders-returned",
        (LOADERS,),
        ("kind",),
        "The function gives two loaders.",
        "The function returns two loaders at once. It must return the one that was asked for.",
        (
            "How many loaders does a caller ask for?",
            "Return one loader: that of the training set if training is True, else "
            "that of the test set.",
        ),
        1,
        ({"return DataLoader(": "return DataLoader(dataset), DataLoader("},),
    ),
)


def mistakes_in(function: str) -> list[tuple[Mistake, Edits]]:
    """Return each wrong version of a function with its mistake."""
    source = _source(function)
    return [
        (mistake, edits)
        for mistake in MISTAKES
        if function in mistake.functions
        for edits in mistake.versions
        if all(old in source for old in edits)
    ]
