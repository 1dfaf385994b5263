"""Lesson 6, Exploring: its blanks and its questions."""

import torch

from fmnist_lib._common import CLASS_NAMES
from fmnist_lib.coursework.answers import Question
from fmnist_lib.coursework.exercise import Exercise, Mistake


def top_three(probabilities):
    """Return the three largest of ten probabilities, each with its name: (name, probability)."""
    order = probabilities.argsort(descending=True).tolist()
    return [(CLASS_NAMES[label], probabilities[label].item()) for label in order[:3]]


def mistakes(predictions, labels):
    """Return the indexes of the predictions that are not the label."""
    return (predictions != labels).nonzero().flatten().tolist()


def surest_mistake(confidences, right):
    """Return the index of the wrong answer with the largest confidence."""
    best, highest = None, -1.0
    for i in range(len(right)):
        if not right[i] and confidences[i] > highest:
            best, highest = i, confidences[i]
    return best


def _from_image_0(confidences, right):
    """Begin with image 0, as if it were a mistake."""
    best = 0
    for i in range(len(right)):
        if not right[i] and confidences[i] > confidences[best]:
            best = i
    return best


def _first_mistake(predictions, labels):
    """Leave the loop with the first mistake."""
    return mistakes(predictions, labels)[:1]


STOPS = "It stops too early. Put `return` below the loop, as far left as `for`."
FIRST_PLACE = (
    "`.index` gives the first place of a value, which can stand at others, too. Count places."
)

EXERCISES = [
    Exercise(
        top_three,
        trials=lambda: [
            (torch.tensor([0.02, 0.0, 0.3, 0.04, 0.25, 0.03, 0.31, 0.01, 0.034, 0.006]),),
            (torch.tensor([0.05, 0.45, 0.01, 0.2, 0.003, 0.1, 0.007, 0.14, 0.02, 0.02]),),
            (
                torch.tensor(
                    [0.871, 0.064, 0.03, 0.02, 0.007, 0.005, 0.0012, 0.0009, 0.0006, 0.0003]
                ),
            ),
        ],
        mistakes=[
            Mistake(
                lambda p: top_three(p)[::-1],
                "The three are right. Their order is reversed: the largest comes first.",
            ),
            Mistake(
                lambda p: [(CLASS_NAMES[i], p[i].item()) for i in p.argsort().tolist()[:3]],
                "Those are the three smallest. Sort with descending=True.",
            ),
            Mistake(
                lambda p: [(CLASS_NAMES[i], p[i].item()) for i in range(3)],
                "Those are the labels 0, 1 and 2. Sort first, then take three.",
            ),
            Mistake(
                lambda p: [
                    (CLASS_NAMES[i], value)
                    for i, value in enumerate(p.sort(descending=True).values[:3].tolist())
                ],
                "The probabilities are sorted, the names are not. argsort gives the labels.",
            ),
            Mistake(
                lambda p: [(label, p[label]) for label in p.argsort(descending=True)[:3]],
                "Those are numbers of labels. The name of a label is CLASS_NAMES[label].",
            ),
            Mistake(
                lambda p: p.argsort(descending=True)[:3],
                "Those are three labels. Make a pair of each: its name, and its probability.",
            ),
            Mistake(
                lambda p: [(CLASS_NAMES[i], i) for i in p.argsort(descending=True).tolist()[:3]],
                "The second of each pair is its label. Give its probability: probabilities[label].",
            ),
            Mistake(
                lambda p: [part for pair in top_three(p) for part in pair],
                "There are no pairs, but one list of six. Use pairs.append((name, probability)).",
            ),
            Mistake(
                lambda p: [(value, name) for name, value in top_three(p)],
                "The two in each pair are exchanged: first the name, then the probability.",
            ),
            Mistake(
                lambda p: [name for name, _ in top_three(p)],
                "Those are the names alone. Give pairs: (name, probability).",
            ),
            Mistake(
                lambda p: [(name, 100 * value) for name, value in top_three(p)],
                "Those are percentages. Give the probabilities as they are, from 0 to 1.",
            ),
            Mistake(
                lambda p: [(CLASS_NAMES[i], p[i].item()) for i in p.argsort(descending=True)],
                "Those are all ten. Take three of the order: order[:3].",
            ),
            Mistake(
                lambda p: p.sort(descending=True)[:3].tolist(),
                "sort gives two things: the sorted values, and their places. argsort gives the "
                "places alone.",
            ),
            Mistake(
                lambda p: CLASS_NAMES[p.argsort(descending=True)[:3]],
                "That takes one label. Go through the three with a loop.",
            ),
            Mistake(
                lambda p: p.topk(3),
                "topk gives three probabilities and three labels. Make three pairs of them.",
            ),
        ],
    ),
    Exercise(
        mistakes,
        trials=lambda: [
            (torch.tensor([3, 1, 0, 7, 2, 5]), torch.tensor([3, 2, 0, 5, 2, 9])),
            (torch.tensor([8, 6, 6, 4, 9, 0, 1, 3]), torch.tensor([8, 6, 0, 2, 7, 0, 1, 8])),
            (torch.tensor([4, 1]), torch.tensor([2, 1])),  # the first one
        ],
        mistakes=[
            Mistake(
                lambda p, y: (p == y).nonzero().flatten(),
                "Those are the right answers. Take those that are not equal: !=.",
            ),
            Mistake(
                lambda p, y: len(mistakes(p, y)),
                "That is how many there are. Give their indexes, in a list.",
            ),
            Mistake(
                lambda p, y: [i + 1 for i in mistakes(p, y)],
                "Each index is 1 too large: the first image has index 0.",
            ),
            Mistake(
                lambda p, y: p != y,
                "That says True or False for each image. Collect the indexes where it is True.",
            ),
            Mistake(
                lambda p, y: p[p != y],
                "Those are the network's wrong labels. Collect the indexes: their places.",
            ),
            Mistake(
                lambda p, y: y[p != y],
                "Those are the true labels of the mistakes. Collect the indexes: their places.",
            ),
            Mistake(
                lambda p, y: (p != y).nonzero(),
                "nonzero gives a table with one column. Add .flatten() to make it a list.",
            ),
            Mistake(
                lambda p, y: [p.tolist().index(said) for said in p[p != y].tolist()], FIRST_PLACE
            ),
            Mistake(
                lambda p, y: [y.tolist().index(label) for label in y[p != y].tolist()], FIRST_PLACE
            ),
            Mistake(_first_mistake, STOPS),
            Mistake(lambda p, y: mistakes(p, y)[0], STOPS),
        ],
    ),
    Exercise(
        surest_mistake,
        trials=lambda: [
            (torch.tensor([0.9, 0.6, 0.8]), torch.tensor([True, False, False])),
            (torch.tensor([0.7, 0.8, 0.95, 0.6]), torch.tensor([False, False, True, False])),
            (torch.tensor([0.2, 0.85, 0.6]), torch.tensor([True, False, True])),
            (torch.tensor([0.4, 0.3, 0.4]), torch.tensor([True, False, False])),
            (torch.tensor([0.9, 0.6]), torch.tensor([False, False])),  # the first one
            (torch.tensor([0.3, 0.2, 0.9]), torch.tensor([True, False, True])),
        ],
        mistakes=[
            Mistake(
                lambda c, right: c.argmax(),
                "That is the surest of all answers. Look at the wrong ones only.",
            ),
            Mistake(
                lambda c, right: c.max(),
                "That is the largest confidence of all. Give the index of a wrong answer.",
            ),
            Mistake(
                _from_image_0,
                "You begin with image 0, but its answer can be right. Begin with "
                "best, highest = None, 0.",
            ),
            Mistake(
                lambda c, right: surest_mistake(c, ~right),
                "That is the surest right answer. Look where `right` is False.",
            ),
            Mistake(
                lambda c, right: (c * right).argmax(),
                "That is the surest right answer. Look where `right` is False.",
            ),
            Mistake(
                lambda c, right: c[~right].argmax(),
                "That counts among the mistakes alone. Give the index among all images.",
            ),
            Mistake(
                lambda c, right: c[surest_mistake(c, right)],
                "That is how sure the network is. Give the index of that image.",
            ),
            Mistake(lambda c, right: c.tolist().index(c[~right].max().item()), FIRST_PLACE),
            Mistake(
                lambda c, right: surest_mistake(c, right | (c <= 0.5)),
                "A mistake may be less sure than that. Begin with highest = 0.",
            ),
            Mistake(
                lambda c, right: surest_mistake(1 - c, right),
                "That is the mistake with the smallest confidence. Look for the largest.",
            ),
            Mistake(
                lambda c, right: (~right).nonzero()[-1, 0],
                "That is the last mistake. Keep only a surer one (>), and replace `highest`, too.",
            ),
            Mistake(
                lambda c, right: (~right).nonzero()[0, 0],
                "That is the first mistake. Go on to the last image, and keep the surest so far.",
            ),
        ],
    ),
]

QUESTIONS = {
    "sum_of_all_ten_in_percent": Question(100, "Add up all ten, not only the top three.", 0.05),
    "each_share_with_dim_0_in_percent": Question(
        100, "Read again what the mistake with dim=0 prints, and why."
    ),
    "can_be_sure_and_wrong": Question(("yes", "y", "true"), "See the surest mistake."),
    "function_that_tells_the_truth": Question(
        ("visualize_image", "visualise_image"),
        "The label is kept in the dataset. Which function reads it, without the network?",
    ),
    "set_to_hunt_in": Question(
        ("validation", "val"), "Which images may you look at, and then change the network?"
    ),
    "mistakes_after_the_change": Question(190, "Those that stayed, and the new ones."),
}
