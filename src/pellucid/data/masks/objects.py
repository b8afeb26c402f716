"""Images of which each has several masks, one for each object: where these lie, and how they become one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pellucid.data.folders.class_folders import photos_in
from pellucid.errors import FileError, escaped

__all__ = ["masks_below", "refuse_classes", "united"]

MOST_NAMED = 10


def masks_below(folder: str) -> list[str]:
    """The masks of one image, which lie in a folder of their own."""
    return list(photos_in(folder, has_classes=False).files)


def united(masks: Sequence[np.ndarray], folder: str) -> np.ndarray:
    """One mask of several, each of one object: the largest value at each place.

    Args:
        masks: values (rows, columns) of each, 0 outside of its object.
        folder: in which they lie.

    Raises:
        FileError: they have several sizes, or lie over each other, so that they are none of one object each.

    Example:
        >>> united([np.array([[0, 7, 0]]), np.array([[0, 0, 7]])], "here").tolist()
        [[0, 7, 7]]
    """
    sizes = sorted({f"{mask.shape[1]}x{mask.shape[0]}" for mask in masks})
    if len(sizes) > 1:
        raise FileError(
            f"{escaped(folder)}: its masks are {' and '.join(sizes[:MOST_NAMED])}; expected all of one size"
        )
    covered = np.sum([mask != 0 for mask in masks], axis=0)
    if 2 * np.count_nonzero(covered > 1) > np.count_nonzero(covered):
        raise FileError(
            f"{escaped(folder)}: its {len(masks)} masks lie over each other, so they cannot be united; expected masks "
            "of one object each, 0 outside of it. Draw what they show in one mask, with a value for each class"
        )
    return np.max(masks, axis=0)


def refuse_classes(folders: Sequence[str], owner: str) -> None:
    """Raise `FileError` where the masks of each image seem to be one for each class, which uniting would mix.

    Words alone that stand for several images say so ("road.png", "car.png"); numbers count objects.

    Args:
        folders: of the masks of an image each.
        owner: of what they are, for the message.
    """
    names = [{Path(path).stem.lower() for path in masks_below(folder)} for folder in folders]
    counts = Counter(name for each in names if len(each) > 1 for name in each if not any(map(str.isdigit, name)))
    common = sorted(name for name, count in counts.items() if count > 1)
    if len(common) > 1:
        listed = escaped(", ".join(common[:MOST_NAMED]))
        raise FileError(
            f"{owner}: several images have masks of the names {listed}, which seem to be classes; uniting them would "
            "lose which is which. Draw them in one mask for each image, with a value for each class"
        )
