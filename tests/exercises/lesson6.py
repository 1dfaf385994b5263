"""Right and wrong ways to fill the blanks of lesson 6."""

import numpy as np
import torch

from fmnist_lib import CLASS_NAMES

NAMES = ["T-shirt", "Trouser", "Pullover", "Dress", "Coat"]
NAMES += ["Sandal", "Shirt", "Sneaker", "Bag", "Boots"]


def three_by_loop(probabilities):
    order = probabilities.argsort(descending=True)
    pairs = []
    for label in order[:3]:
        pairs.append((CLASS_NAMES[label], probabilities[label]))
    return pairs


def three_by_topk(probabilities):
    values, labels = probabilities.topk(3)
    return tuple([NAMES[j], v] for v, j in zip(values.tolist(), labels.tolist(), strict=True))


def three_by_sorting(probabilities):
    pairs = list(zip(NAMES, probabilities.tolist(), strict=True))
    return sorted(pairs, key=lambda pair: -pair[1])[:3]


def three_by_numpy(probabilities):
    values = probabilities.numpy()
    return [(NAMES[i], values[i]) for i in np.argsort(-values)[:3]]


def three_smallest(probabilities):
    values, labels = probabilities.topk(3, largest=False)
    return [(NAMES[j], v) for v, j in zip(values.tolist(), labels.tolist(), strict=True)]


def three_upwards(probabilities):
    order = probabilities.argsort()[-3:].tolist()
    return [(NAMES[label], probabilities[label].item()) for label in order]


def three_shifted(probabilities):
    order = probabilities.argsort(descending=True)[:3].tolist()
    return [(NAMES[label - 1], probabilities[label].item()) for label in order]


def three_labels(probabilities):
    order = probabilities.argsort(descending=True)
    return order[:3]


def three_with_labels(probabilities):
    order = probabilities.argsort(descending=True).tolist()
    return [(CLASS_NAMES[label], label) for label in order[:3]]


def three_without_pairs(probabilities):
    pairs = []
    for label in probabilities.argsort(descending=True)[:3]:
        pairs += (CLASS_NAMES[label], probabilities[label])
    return pairs


def three_in_the_loop(probabilities):
    pairs = []
    for label in probabilities.argsort(descending=True)[:3].tolist():
        pairs.append((NAMES[label], probabilities[label].item()))
        return pairs


def three_by_sort(probabilities):
    order = probabilities.sort(descending=True)
    pairs = []
    for label in order[:3].tolist():
        pairs.append((CLASS_NAMES[label], probabilities[label].item()))
    return pairs


def three_names_at_once(probabilities):
    order = probabilities.argsort(descending=True)
    return [(CLASS_NAMES[order[:3]], probabilities[order[:3]])]


def mistakes_by_loop(predictions, labels):
    wrong = []
    for i in range(len(labels)):
        if predictions[i] != labels[i]:
            wrong.append(i)
    return wrong


def mistakes_by_zip(predictions, labels):
    wrong, i = [], 0
    for said, label in zip(predictions, labels, strict=True):
        if not said == label:
            wrong += [i]
        i += 1
    return tuple(wrong)


def mistakes_by_tensor(predictions, labels):
    return torch.where(predictions != labels)[0]


def mistakes_by_numpy(predictions, labels):
    return np.flatnonzero(predictions.numpy() != labels.numpy())


def mistakes_counted(predictions, labels):
    return (predictions != labels).sum().item()


def mistakes_as_words(predictions, labels):
    return [bool(said != label) for said, label in zip(predictions, labels, strict=True)]


def mistakes_by_index(predictions, labels):
    wrong = []
    for said, label in zip(predictions, labels, strict=True):
        if said != label:
            wrong.append(predictions.tolist().index(said))
    return wrong


def mistakes_by_index_of_labels(predictions, labels):
    wrong = []
    for said, label in zip(predictions, labels, strict=True):
        if said != label:
            wrong.append(labels.tolist().index(label))
    return wrong


def mistakes_in_the_loop(predictions, labels):
    wrong = []
    for i in range(len(labels)):
        if predictions[i] != labels[i]:
            wrong.append(i)
        return wrong


def mistakes_in_the_if(predictions, labels):
    wrong = []
    for i in range(len(labels)):
        if predictions[i] != labels[i]:
            wrong.append(i)
            return wrong


def surest_by_product(confidences, right):
    return (confidences * ~right).argmax()


def surest_by_list(confidences, right):
    wrong = [i for i in range(len(right)) if right[i] == False]  # noqa: E712
    return max(wrong, key=lambda i: confidences[i])


def surest_in_place(confidences, right):
    confidences[right] = 0
    return int(confidences.argmax())


def surest_by_numpy(confidences, right):
    return np.where(right.numpy(), 0, confidences.numpy()).argmax()


def surest_of_all(confidences, right):
    best = 0
    for i in range(len(right)):
        if confidences[i] > confidences[best]:
            best = i
    return best


def surest_from_image_0(confidences, right):
    best = 0
    for i in range(len(right)):
        if not right[i] and confidences[i] > confidences[best]:
            best = i
    return best


def surest_without_comparing(confidences, right):
    for i in range(len(right)):
        if not right[i]:
            best = i
    return best


def surest_first(confidences, right):
    for i in range(len(right)):
        if not right[i]:
            return i


def surest_from_half(confidences, right):
    best, highest = None, 0.5
    for i in range(len(right)):
        if not right[i] and confidences[i] > highest:
            best, highest = i, confidences[i]
    return best


def surest_by_index(confidences, right):
    wrong = [confidences[i].item() for i in range(len(right)) if not right[i]]
    return confidences.tolist().index(max(wrong))


def surest_value(confidences, right):
    return confidences[~right].max().item()


def mistakes_but_the_first(predictions, labels):
    return [i for i in range(1, len(labels)) if predictions[i] != labels[i]]


def surest_but_the_first(confidences, right):
    wrong = [i for i in range(1, len(right)) if not right[i]]
    return max(wrong, key=lambda i: confidences[i]) if wrong else None


def three_rounded(probabilities):
    values, labels = probabilities.topk(3)
    return [(NAMES[j], round(v, 2)) for v, j in zip(values.tolist(), labels.tolist(), strict=True)]


EXAMPLES = {
    "top_three": (
        [three_by_loop, three_by_topk, three_by_sorting, three_by_numpy],
        [
            (three_rounded, "not right yet"),
            (three_smallest, "Those are the three smallest"),
            (three_upwards, "Their order is reversed"),
            (three_shifted, "yours      [('Sandal'"),
            (three_labels, "Make a pair of each"),
            (three_with_labels, "Give its probability"),
            (three_without_pairs, "one list of six"),
            (three_in_the_loop, "inside the loop"),
            (three_by_sort, "argsort gives the places alone"),
            (three_names_at_once, "Go through the three with a loop"),
        ],
    ),
    "mistakes": (
        [mistakes_by_loop, mistakes_by_zip, mistakes_by_tensor, mistakes_by_numpy],
        [
            (mistakes_but_the_first, "not right yet"),
            (mistakes_counted, "That is how many there are"),
            (mistakes_as_words, "That says True or False"),
            (mistakes_by_index, "the first place of a value"),
            (mistakes_by_index_of_labels, "the first place of a value"),
            (mistakes_in_the_loop, "inside the loop"),
            (mistakes_in_the_if, "It stops too early"),
        ],
    ),
    "surest_mistake": (
        [surest_by_product, surest_by_list, surest_by_numpy],
        [
            (surest_in_place, "changes `confidences`, the tensor it is given"),
            (surest_but_the_first, "not right yet"),
            (surest_of_all, "the surest of all answers"),
            (lambda confidences, right: max(confidences), "the largest confidence of all"),
            (surest_from_image_0, "its answer can be right"),
            (surest_without_comparing, "That is the last mistake"),
            (surest_first, "That is the first mistake"),
            (surest_from_half, "Begin with highest = 0"),
            (surest_by_index, "the first place of a value"),
            (surest_value, "That is how sure the network is"),
        ],
    ),
}
