"""Masks that come as arrays: a value for each place, or a layer for each class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid.data.masks.coding import COLORED, Coding, numbered
from pellucid.data.masks.values import Drawn, coding_of
from pellucid.errors import FileError

__all__ = ["are_masks", "masks_in"]

COLORS = 3
LARGEST = 2**16 - 1


def are_masks(array: np.ndarray, sides: tuple[int, int]) -> bool:
    """Whether what stands beside images says something of each place: it has as many numbers, or several axes.

    Example:
        >>> are_masks(np.zeros((5, 8, 6, 2)), (8, 6)), are_masks(np.zeros((5, 10)), (8, 6))
        (True, False)
    """
    return array.ndim > 2 or (array.ndim == 2 and array.shape[1] == sides[0] * sides[1])


def masks_in(
    array: np.ndarray, owner: str, sides: tuple[int, int], names: Sequence[str] = (), coding: Coding | None = None
) -> tuple[np.ndarray, tuple[str, ...], Coding]:
    """The number of the class at each place (images, rows, columns), the names of the classes, and what values mean.

    Args:
        array: values (images, rows, columns), with an axis of one channel or without; or a layer of zeros and ones for
            each class, in the last axis or in the second; or colours.
        owner: whose they are, for messages.
        sides: rows and columns of the images.
        names: of the classes that a model tells; those that occur by default.
        coding: what values stood for when it was trained.

    Raises:
        FileError: they have another shape, hold no whole numbers, or say several classes of a place.

    Example:
        >>> one_hot = np.array([[[[1, 0], [0, 1]]]])
        >>> masks_in(one_hot, "y.npy", (1, 2))
        (array([[[0, 1]]], dtype=uint8), ('0', '1'), Coding(values=(0, 1), void=None, soft=False))
    """
    if array.dtype.kind not in "biuf":
        raise FileError(f"{owner} holds {array.dtype}, which are no values of masks")
    if array.dtype.kind == "f" and not (np.isfinite(array).all() and (array == np.round(array)).all()):
        raise FileError(
            f"{owner} has masks with fractions or NaN, and a place has one class; round them first, such as y = y > 0.5"
        )
    if array.size and (array.min() < 0 or array.max() > LARGEST):
        raise FileError(
            f"{owner} has masks with values from {array.min():g} to {array.max():g}; expected whole numbers from 0 to "
            f"{LARGEST}, 255 among small ones where a place has no class"
        )
    values, called = _values(array, owner, sides)
    counts = {int(value): int(count) for value, count in zip(*np.unique(values, return_counts=True), strict=True)}
    kind = "colour" if max(counts, default=0) >= COLORED else "index"
    if called and names and len(called) != len(names):
        raise FileError(f"{owner} has masks of {len(called)} classes, and the model tells {len(names)}")
    if coding is None:
        found = Drawn(values, {}, frozenset([kind]), False, counts)
        coding = Coding(tuple(range(len(called)))) if called else coding_of(found, owner)
    return numbered(values, coding, owner), tuple(names) or called or coding.names, coding


def _values(array: np.ndarray, owner: str, sides: tuple[int, int]) -> tuple[np.ndarray, tuple[str, ...]]:
    """A value for each place; and the names of the classes where layers say them."""
    rows, columns = sides
    inside = array.shape[1:]
    if inside in {(rows, columns), (rows, columns, 1), (1, rows, columns), (rows * columns,)}:
        return array.astype(np.int32).reshape(-1, rows, columns), ()
    if len(inside) != 3 or (rows, columns) not in (inside[:2], inside[1:]):
        raise FileError(
            f"{owner} has masks of shape {array.shape}, and the images are {rows}x{columns}; expected a value for each "
            f"place, (images, {rows}, {columns}), or a layer for each class, (images, {rows}, {columns}, classes)"
        )
    layers = array if inside[:2] == (rows, columns) else np.moveaxis(array, 1, -1)
    shown = layers != 0
    count = shown.sum(axis=-1)
    if bool((layers[shown] == layers.max()).all()) and count.max() <= 1:
        each = tuple(map(str, range(layers.shape[-1])))
        if count.min() == 1:
            return shown.argmax(axis=-1).astype(np.int32), each
        return np.where(count == 1, shown.argmax(axis=-1) + 1, 0).astype(np.int32), ("background", *each)
    if layers.shape[-1] == COLORS and layers.max() > 1:
        red, green, blue = np.moveaxis(layers.astype(np.int32), -1, 0)
        return COLORED + (red << 16 | green << 8 | blue), ()
    raise FileError(
        f"{owner} has {layers.shape[-1]} layers of masks, and some places have several classes in them or other "
        "numbers than 0 and 1; one class is told of each place: give a value for each, (images, rows, columns)"
    )
