"""Several masks of an image, of its objects or of its classes: what their names say, and how they become one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from pellucid.data.folders.class_folders import photos_in
from pellucid.errors import FileError, escaped
from pellucid.frozen import Frozen

__all__ = ["Objects", "masks_below", "objects_of", "united", "united_classes", "word_in"]

MOST_NAMED = 10
SILENT = ("mask", "masks", "seg", "segmentation", "label", "labels", "gt", "annotation", "attribute")
"""What stands in names of masks and says nothing of what they show."""


class Objects(Frozen):
    """The masks of one image.

    Attributes:
        files: their paths.
        words: the class that each shows; empty where all are objects of one kind.
    """

    files: tuple[str, ...]
    words: tuple[str, ...] = ()


def masks_below(folder: str) -> list[str]:
    """The masks of one image, which lie in a folder of their own."""
    return list(photos_in(folder, has_classes=False).files)


def word_in(name: str) -> str:
    """What a mask shows by its name, without the name of its image; "" where there are but numbers, which count.

    Example:
        >>> [word_in(name) for name in ("0", "mask_3", "Cat", "cat_2", "road_mask", "a3f9c")]
        ['', '', 'cat', 'cat', 'road', '']
    """
    words = [word for word in re.split(r"[\W_]+", name.lower()) if word and word not in SILENT]
    words = words[:-1] if words and words[-1].isdigit() else words
    word = re.sub(r"\d+$", "", "_".join(words))
    return "" if word in SILENT or any(map(str.isdigit, word)) else word


def objects_of(
    masks: Mapping[str, Sequence[tuple[str, str]]], owner: str, *, are_free: bool, classes: Sequence[str] = ()
) -> dict[str, Objects]:
    """The masks of each image, with their classes where names say them.

    Args:
        masks: of each image, by any name: path, and what is in its name beside the name of the image.
        owner: of what they are, for messages.
        are_free: whether names may be of any kind, as those in a folder for each image: what no two images have says
            nothing then.
        classes: that names of masks are known to say, as those did that a model was trained on: then one is enough,
            where else names that all say the same would say nothing.

    Raises:
        FileError: some names seem to be classes, and others do not; or they say another class than the known ones.

    Example:
        >>> found = objects_of({"1": [("1_a.png", "a"), ("1_b.png", "b")], "2": [("2_b.png", "b"), ("2_a.png", "a")]},
        ...                    "here", are_free=False)
        >>> found["2"]
        Objects(files=('2_b.png', '2_a.png'), words=('b', 'a'))
    """
    said = {name: [word_in(rest) for _, rest in each] for name, each in masks.items()}
    counts = Counter(word for each in said.values() for word in set(each) if word)
    common = {word for word, count in counts.items() if count > 1}
    files = {name: tuple(path for path, _ in each) for name, each in masks.items()}
    if counts and set(counts) <= set(classes) and all(map(all, said.values())):
        return {name: Objects(each, tuple(said[name])) for name, each in files.items()}
    if classes and len(counts) == 1 and (common or not are_free):
        raise FileError(
            f"{owner}: its masks say {escaped(next(iter(counts)))} in their names, or nothing; the classes of the "
            f"model are {escaped(', '.join(classes[:MOST_NAMED]))}. Name the class of each "
            f"(1_{escaped(classes[0])}.png), or draw them in one mask for each image (1_mask.png), with the number of "
            "its class at each place"
        )
    if len(counts) < 2 or (are_free and not common):
        return {name: Objects(each) for name, each in files.items()}
    if len(common) < len(counts) or not all(map(all, said.values())):
        listed = escaped(", ".join(sorted(common or counts)[:MOST_NAMED]))
        raise FileError(
            f"{owner}: images have masks of the names {listed}, which seem to be classes, and others whose names say "
            "none or occur once; uniting them would lose which is which. Name the class of each (1_cat.png, "
            "1_dog.png), or draw them in one mask for each image, with a value for each class"
        )
    return {name: Objects(each, tuple(said[name])) for name, each in files.items()}


def _refuse_sizes(masks: Sequence[np.ndarray], name: str) -> None:
    sizes = sorted({f"{mask.shape[1]}x{mask.shape[0]}" for mask in masks})
    if len(sizes) > 1:
        raise FileError(f"{escaped(name)}: its masks are {' and '.join(sizes[:MOST_NAMED])}; expected all of one size")


def united(masks: Sequence[np.ndarray], name: str) -> np.ndarray:
    """One mask of several, each of one object: the largest value at each place.

    Args:
        masks: values (rows, columns) of each, 0 outside of its object.
        name: what they are called together, for messages.

    Raises:
        FileError: they have several sizes, or lie over each other, so that they are none of one object each.

    Example:
        >>> united([np.array([[0, 7, 0]]), np.array([[0, 0, 7]])], "here").tolist()
        [[0, 7, 7]]
    """
    _refuse_sizes(masks, name)
    covered = np.sum([mask != 0 for mask in masks], axis=0)
    if 2 * np.count_nonzero(covered > 1) > np.count_nonzero(covered):
        raise FileError(
            f"{escaped(name)}: its {len(masks)} masks lie over each other, so they cannot be united; expected masks "
            "of one object each, 0 outside of it. Draw what they show in one mask, with a value for each class"
        )
    return np.max(masks, axis=0)


def united_classes(masks: Sequence[np.ndarray], numbers: Sequence[int], name: str) -> np.ndarray:
    """One mask of several, of which each shows a class: its number where the mask is bright, 0 where none is.

    Args:
        masks: values (rows, columns) of each, 0 where its class is not.
        numbers: of the classes that they show.
        name: what they are called together, for messages.

    Raises:
        FileError: they have several sizes, or a place has two classes.

    Example:
        >>> united_classes([np.array([[0, 255, 0]]), np.array([[0, 0, 1]])], [2, 1], "here").tolist()
        [[0, 2, 1]]
    """
    _refuse_sizes(masks, name)
    found = np.zeros(masks[0].shape, np.int32)
    for mask, number in zip(masks, numbers, strict=True):
        shown = 2 * mask > max(int(mask.max()), 1)
        twice = np.count_nonzero((found[shown] != 0) & (found[shown] != number))
        if twice:
            raise FileError(
                f"{escaped(name)}: its masks show two classes at {twice:,} places, and one is told of each; draw them "
                "in one mask, with a value for each class"
            )
        found[shown] = number
    return found
