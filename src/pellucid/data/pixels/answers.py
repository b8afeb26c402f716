"""What is learned of images that come as arrays: classes by number, by name or as rows with a one; labels; numbers; a
class at each place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.data.masks.arrays import are_masks, masks_in
from pellucid.data.masks.coding import Coding
from pellucid.data.tables.columns import is_missing
from pellucid.errors import FileError, escaped
from pellucid.formats.texts import number_in
from pellucid.frozen import Frozen

__all__ = ["Answers", "answers_of"]

MOST_NAMED = 10
RARE, FEW = 2, 20
"""Whole numbers, of more images than a few, of which the usual one occurs less often than so are no classes."""


class Answers(Frozen, eq=False):
    """What is learned.

    Attributes:
        targets: of each image: the number of its class (images,), labels or numbers (images, columns), or the numbers
            of the classes at each place (images, rows, columns).
        names: of the classes, the labels, or the columns of numbers.
        kind: "classes", "labels", "numbers" or "masks", see `TrainedOn`.
        coding: what the values in masks stand for.
    """

    targets: np.ndarray
    names: tuple[str, ...]
    kind: str
    coding: Coding | None = None


def answers_of(
    given: Any,
    owner: str,
    titles: Sequence[str] = ("value",),
    names: Sequence[str] = (),
    kind: str | None = None,
    sides: tuple[int, int] | None = None,
    coding: Coding | None = None,
) -> Answers:
    """What an array or a column of labels says.

    Args:
        given: texts or numbers (images,); or (images, columns), of which each row has a one in the place of its class.
        owner: whose they are, for messages.
        titles: of the columns, which name numbers and labels.
        names: of the classes, labels or numbers that a model tells; those that occur by default.
        kind: what that model tells.
        sides: rows and columns of the images, which masks have too.
        coding: what the values in masks stand for, for that model.

    Raises:
        FileError: they are none, or none that the model tells.

    Example:
        >>> found = answers_of(np.array([[0, 1], [1, 0], [0, 1]]), "y.npy")
        >>> found.targets.tolist(), found.names, found.kind
        ([1, 0, 1], ('0', '1'), 'classes')
        >>> answers_of(["b", "a", "b"], "y.npy").names, answers_of(np.array([0.5, 2.0]), "y.npy").kind
        (('a', 'b'), 'numbers')
    """
    array = np.asarray(given)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if sides is not None and (are_masks(array, sides) or kind == "masks"):
        if kind not in (None, "masks"):
            raise FileError(f"{owner} has masks of shape {array.shape}, and the model tells {kind} of whole images")
        numbers, called, coding = masks_in(array, owner, sides, names, coding)
        return Answers(numbers, called, "masks", coding)
    if array.ndim not in (1, 2) or array.dtype.kind not in "biufSU":
        raise FileError(
            f"{owner} has labels of shape {array.shape} and type {array.dtype}; expected a number or a name for each "
            "image, or a row with a one in the place of its class"
        )
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8", "replace")
    if array.dtype.kind == "U":
        return _named(array.tolist(), owner, titles, names, kind)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise FileError(f"{owner} has NaN or infinite numbers among its labels; mend them, or leave those images out")
    if array.ndim == 2:
        return _columns(array, owner, titles, names, kind)
    if kind == "numbers" or (kind is None and _are_measured(array)):
        return Answers(array[:, np.newaxis].astype(np.float32), tuple(names) or (titles[0],), "numbers")
    return _classes([f"{value:.15g}" for value in array.tolist()], owner, names)


def _named(words: list[str], owner: str, titles: Sequence[str], names: Sequence[str], kind: str | None) -> Answers:
    """Of texts: numbers that stand there as texts are numbers."""
    words = [word.strip() for word in words]
    if "" in words:
        raise FileError(f"{owner}: the label of {words.count(''):,} images is empty; write it, or leave them out")
    numbers = [number_in(word) for word in words]
    values = np.array([value for value in numbers if value is not None])
    if len(values) < len(words):
        others = [word for word, value in zip(words, numbers, strict=True) if value is None]
        are_slips = kind is None and 2 * len(values) > len(words) and _are_measured(values)
        if kind == "numbers" or are_slips or (len(values) and all(map(is_missing, others))):
            wrong = others[0]
            raise FileError(
                f"{owner} has {escaped(wrong[:40])!r} among labels that are numbers; mend it, or leave those images out"
            )
        return _classes(words, owner, names)
    whole = values.astype(np.int64) if (values == values.round()).all() else values
    return answers_of(whole, owner, titles, names, kind)


def _are_measured(values: np.ndarray) -> bool:
    """Whether numbers are of something that was measured: fractions, or nearly all of them different."""
    if values.dtype.kind != "f" and values.dtype.kind not in "iu":
        return False
    counts = np.unique(values, return_counts=True)[1]
    are_spread = len(values) > FEW and float(np.median(counts)) < RARE
    return bool((values != values.round()).any()) or are_spread


def _columns(array: np.ndarray, owner: str, titles: Sequence[str], names: Sequence[str], kind: str | None) -> Answers:
    """Of rows: with a single one, with any number of ones, or of other numbers."""
    are_titled = len(titles) == array.shape[1]
    called = tuple(names) or tuple(titles if are_titled else map(str, range(array.shape[1])))
    if len(called) != array.shape[1]:
        raise FileError(f"{owner} has {array.shape[1]} columns of labels, and the model tells {len(called)}")
    if not np.isin(array, (0, 1)).all() or kind == "numbers":
        numbered = [f"{titles[0]} {place}" for place in range(array.shape[1])]
        measured = tuple(names) or tuple(titles if are_titled else numbered)
        return Answers(array.astype(np.float32), measured, "numbers")
    if kind == "labels" or (kind is None and not (array.sum(axis=1) == 1).all()):
        return Answers(array.astype(np.float32), called, "labels")
    if not (array.sum(axis=1) == 1).all():
        raise FileError(f"{owner}: in some rows of labels there is not exactly one 1, and the model tells one class")
    return Answers(array.argmax(axis=1).astype(np.int32), called, "classes")


def _place_of(word: str) -> tuple[bool, float, str]:
    """Where a name stands among others: numbers first, by size."""
    value = number_in(word)
    return value is None, value or 0.0, word


def _classes(words: Sequence[str], owner: str, names: Sequence[str]) -> Answers:
    """Of the names of classes, numbers in the order of numbers."""
    there = sorted(set(words), key=_place_of)
    known = tuple(names) or tuple(there)
    strange = [word for word in there if word not in set(known)]
    if strange:
        raise FileError(
            f"{owner}: {escaped(', '.join(strange[:MOST_NAMED]))} is none of the classes that the model tells: "
            f"{escaped(', '.join(known[:MOST_NAMED]))}"
        )
    places = {name: place for place, name in enumerate(known)}
    return Answers(np.array([places[word] for word in words], np.int32), known, "classes")
