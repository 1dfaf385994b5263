"""Right and wrong ways to fill the blanks of lesson 1."""

import numpy as np
import torch


def mean_by_hand(numbers):
    total = 0
    for number in numbers:
        total += number
    return total / len(numbers)


def mean_by_library(numbers):
    from statistics import fmean

    return fmean(numbers)


def mean_by_tensor(numbers):
    return torch.tensor(numbers).float().mean()


def mean_rounded(numbers):
    return sum(numbers) // len(numbers)


def mean_in_the_loop(numbers):
    total = 0
    for number in numbers:
        total += number
        return total / len(numbers)


def mean_by_three(numbers):
    total = 0
    for number in numbers:
        total += number
    return total / 3


def mean_overwritten(numbers):
    for number in numbers:
        total = 0
        total += number
    return total / len(numbers)


def mean_of_the_ends(numbers):
    return (min(numbers) + max(numbers)) / 2


def mean_by_the_list(numbers):
    total = 0
    for number in numbers:
        total += number
    return total / numbers


def mean_of_the_divided_list(numbers):
    return sum(numbers / len(numbers))


def mean_from_the_second_on(numbers):
    total = 0
    for i in range(1, len(numbers)):
        total += numbers[i]
    return total / len(numbers)


def mean_but_for_the_last(numbers):
    total = 0
    for i in range(len(numbers) - 1):
        total += numbers[i]
    return total / len(numbers)


def mean_of_different_ones(numbers):
    return sum(numbers) / len(set(numbers))


def mean_of_whole_numbers(numbers):
    return sum(int(number) for number in numbers) / len(numbers)


def mean_of_sorted(numbers):
    numbers.sort()
    return sum(numbers) / len(numbers)


def mean_printed(numbers):
    print(sum(numbers) / len(numbers))


def normalise_in_a_loop(pixels, mean, std):
    result = []
    for pixel in pixels:
        result.append((pixel - mean) / std)
    return result


def normalise_plain(pixels, mean, std):
    return [(float(pixel) - mean) / std for pixel in pixels]


def normalise_in_place(pixels, mean, std):
    pixels -= mean
    pixels /= std
    return pixels


def normalise_with_numpy(pixels, mean, std):
    return (pixels.numpy() - mean) / std


def normalise_without_parentheses(pixels, mean, std):
    return pixels - mean / std


def normalise_own(pixels, mean, std):
    return (pixels - torch.mean(pixels)) / torch.std(pixels)


def normalise_in_the_first_round(pixels, mean, std):
    for pixel in pixels:
        return (pixel - mean) / std


def normalise_the_name_alone(pixels, mean, std):
    for pixel in pixels:
        pixel = (pixel - mean) / std
    return pixels


def normalise_with_one_decimal(pixels, mean, std):
    return [round((float(pixel) - mean) / std, 1) for pixel in pixels]


def normalise_misspelt(pixels, mean, std):
    return (pixels - means) / std  # noqa: F821


def sizes_with_while(images, size):
    sizes = []
    while images > 0:
        sizes.append(min(size, images))
        images = images - size
    return sizes


def sizes_by_range(images, size):
    return tuple(min(size, images - start) for start in range(0, images, size))


def sizes_by_split(images, size):
    return [len(batch) for batch in torch.arange(images).split(size)]


def sizes_as_array(images, size):
    rest = images % size
    return np.array([size] * (images // size) + [rest] * (rest > 0))


def sizes_of_full_batches(images, size):
    sizes = []
    for _ in range(images // size):
        sizes.append(size)
    return sizes


def sizes_with_an_empty_one(images, size):
    return [size] * (images // size) + [images % size]


def sizes_inside_the_if(images, size):
    sizes = [size] * (images // size)
    rest = images % size
    if rest > 0:
        sizes.append(rest)
        return sizes


def sizes_with_a_point(images, size):
    sizes = [size] * (images / size)
    if images % size > 0:
        sizes.append(images % size)
    return sizes


def sizes_without_parentheses(images, size):
    return [size] * images // size


def sizes_added(images, size):
    sizes = [size] * (images // size)
    if images % size > 0:
        sizes = sizes + images % size
    return sizes


def sizes_counted(images, size):
    import math

    return math.ceil(images / size)


def sizes_divided(images, size):
    return images / size


def negative_by_hand(image):
    result = []
    for row in image:
        line = []
        for pixel in row:
            line.append(255 - pixel)
        result.append(line)
    return result


def negative_in_rows(image):
    return [255 - row for row in image]


def negative_with_numpy(image):
    return 255 - image.numpy()


def negative_by_bits(image):
    return ~image


def negative_as_float(image):
    return (1 - image / 255) * 255


def negative_too_short(image):
    return 1 - image


def negative_from_256(image):
    return (256 - image.int()).to(torch.uint8)


def negative_of_the_brightest(image):
    return image.max() - image


def negative_in_28_rows(image):
    result = torch.zeros(28, 28)
    for i in range(28):
        for j in range(28):
            result[i, j] = 255 - image[i, j]
    return result


def negative_of_a_share(image):
    return 1 - image / 255


def index_in_a_loop(labels, wanted):
    for i, label in enumerate(labels):
        if label == wanted:
            return i


def index_with_while(labels, wanted):
    i = 0
    while labels[i] != wanted:
        i += 1
    return i


def index_by_tensor(labels, wanted):
    return (torch.tensor(labels) == wanted).nonzero()[0].item()


def index_in_a_tensor(labels, wanted):
    return (torch.tensor(labels) == wanted).nonzero()[0]


def index_in_the_first_round(labels, wanted):
    for i, label in enumerate(labels):
        if label == wanted:
            return i
        return None


def index_of_the_last(labels, wanted):
    for i in range(len(labels)):
        if labels[i] == wanted:
            found = i
    return found


def index_from_one(labels, wanted):
    count = 0
    for label in labels:
        count += 1
        if label == wanted:
            return count


def index_of_all(labels, wanted):
    return [i for i, label in enumerate(labels) if label == wanted]


def index_from_the_second_on(labels, wanted):
    for i in range(1, len(labels)):
        if labels[i] == wanted:
            return i


def index_but_for_the_last(labels, wanted):
    for i in range(len(labels) - 1):
        if labels[i] == wanted:
            return i


def index_printed(labels, wanted):
    for i in range(len(labels)):
        if labels[i] == wanted:
            print(i)
            break


def index_without_return(labels, wanted):
    for i in range(len(labels)):
        if labels[i] == wanted:
            place = i  # noqa: F841


def index_given_up(labels, wanted):
    for i in range(len(labels)):
        if labels[i] == wanted:
            return i
        else:
            return None


EXAMPLES = {
    "mean_of": (
        [mean_by_hand, mean_by_library, mean_by_tensor],
        [
            (sum, "That is the sum"),
            (mean_rounded, "What comes after the point"),
            (mean_in_the_loop, "inside the loop"),
            (mean_overwritten, "`total` begins anew in each round"),
            (mean_by_three, "always three numbers"),
            (mean_of_the_ends, "difference 0.5"),
            (mean_by_the_list, "That divides by the list"),
            (mean_of_the_divided_list, "That divides the list. Add it up first"),
            (mean_from_the_second_on, "The first number is left out"),
            (mean_but_for_the_last, "The last number is left out"),
            (mean_of_different_ones, "difference"),
            (mean_of_whole_numbers, "difference"),
            (mean_of_sorted, "Right values, but your function changes `numbers`"),
            (mean_printed, "it prints its result"),
        ],
    ),
    "normalise": (
        [normalise_in_a_loop, normalise_plain, normalise_with_numpy],
        [
            (normalise_without_parentheses, "in parentheses"),
            (normalise_own, "that are given"),
            (normalise_in_the_first_round, "`return` stands inside the loop"),
            (normalise_the_name_alone, "That is `pixels`, unchanged"),
            (normalise_in_place, "Right values, but your function changes `pixels`"),
            (normalise_with_one_decimal, "difference"),
            (normalise_misspelt, "NameError"),
        ],
    ),
    "batch_sizes": (
        [sizes_with_while, sizes_by_range, sizes_by_split, sizes_as_array],
        [
            (sizes_of_full_batches, "are missing"),
            (sizes_with_an_empty_one, "a batch of 0 images"),
            (sizes_inside_the_if, "without a value"),
            (sizes_with_a_point, "divide with `//`"),
            (sizes_without_parentheses, "Put `images // size` in parentheses"),
            (sizes_added, "with `append`, not with `+`"),
            (sizes_counted, "how many batches there are"),
            (sizes_divided, "yours      2.5"),
        ],
    ),
    "negative": (
        [
            negative_by_hand,
            negative_in_rows,
            negative_in_28_rows,
            negative_with_numpy,
            negative_by_bits,
            negative_as_float,
        ],
        [
            (negative_too_short, "White is 255"),
            (negative_from_256, "after 255, these numbers begin again"),
            (negative_of_the_brightest, "The largest pixel isn't always 255"),
            (negative_of_a_share, "difference 254"),
        ],
    ),
    "first_index": (
        [index_in_a_loop, index_with_while, index_by_tensor],
        [
            (index_of_the_last, "for the last time"),
            (index_from_the_second_on, "The first label is left out"),
            (index_but_for_the_last, "The last label is left out"),
            (index_printed, "it prints its result"),
            (index_without_return, "It returns nothing. Is the last line a `return`?"),
            (index_given_up, "You give up at the first label that differs"),
            (index_from_one, "one too many"),
            (index_in_a_tensor, "Return the index itself"),
            (index_in_the_first_round, "`return` stands inside the loop"),
            (index_of_all, "yours      [1, 3, 5]"),
        ],
    ),
}
