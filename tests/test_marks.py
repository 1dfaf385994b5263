"""What a dataset says of itself: the source of its images, and the names of its labels."""

import numpy as np
import pytest
import torch
from torch.utils.data import ConcatDataset, DataLoader, Subset, TensorDataset

from fmnist_lib import CLASS_NAMES
from fmnist_lib._marks import classes_of, source_of
from fmnist_lib.data import FashionDataset

FOREIGN = TensorDataset(torch.zeros(3))


def test_source_of(dataset):
    """Our datasets and their subsets have a source, others have none."""
    assert source_of(dataset) == source_of(Subset(Subset(dataset, [1]), [0])) == "fashion-mnist"
    assert source_of(FOREIGN) == source_of(Subset(FOREIGN, [0])) == source_of(None) == ""
    assert source_of(DataLoader(dataset)) == "fashion-mnist"


@pytest.mark.parametrize("order", [1, -1])
def test_sketches_among_others(order, dataset):
    """A few sketches among other images mark them all."""
    sketches = FashionDataset(dataset.data, dataset.targets, "sketches")
    parts = [dataset, FOREIGN, Subset(sketches, [0])][::order]
    assert source_of(Subset(ConcatDataset(parts), [0])) == "sketches"
    assert source_of(ConcatDataset([FOREIGN, dataset])) == "fashion-mnist"


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        (list("abcdefghij"), list("abcdefghij")),
        (tuple("abcdefghijkl"), list("abcdefghij")),
        (["ankle_boot", "bag"], ["ankle_boot", "bag", *(f"class {i}" for i in range(2, 10))]),
        ([], list(CLASS_NAMES)),
        (np.array(list("abcdefghij")), list("abcdefghij")),
        (["boot"] * 10, list(CLASS_NAMES)),
        (["boot", None], ["boot", *(f"class {i}" for i in range(1, 10))]),
        (list(range(10)), list("0123456789")),
        (np.arange(10), list("0123456789")),
        ({9: "nine", **dict(enumerate("abcdefghi"))}, [*"abcdefghi", "nine"]),
        ({"nine": 9, **{name: i for i, name in enumerate("abcdefghi")}}, [*"abcdefghi", "nine"]),
        ({"boot": [9]}, list(CLASS_NAMES)),
        (10, list(CLASS_NAMES)),
    ],
)
def test_classes_of(classes, expected):
    """A dataset's own names are believed, also below others; without any, the library's are."""
    named = TensorDataset(torch.zeros(3))
    named.classes = classes
    for data in (named, Subset(named, [0]), ConcatDataset([FOREIGN, named])):
        assert list(classes_of(data)) == expected


@pytest.mark.parametrize("name", ["dataset", "datasets"])
def test_a_set_that_holds_no_others(name):
    """An attribute named as in a Subset or a ConcatDataset may be anything, also the set itself."""
    odd = TensorDataset(torch.zeros(3))
    odd.source = "mine"
    for value in (None, 3, odd, [odd]):
        setattr(odd, name, value)
        assert (source_of(odd), classes_of(odd)) == ("mine", CLASS_NAMES)
