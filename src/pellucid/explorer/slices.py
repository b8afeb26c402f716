"""How the numbers of a filter lie on the page: slices of rows and columns, each cell with its place in the filter."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from pellucid.frozen import Frozen
from pellucid.layers.filter_values import SLIDES
from pellucid.views.slices import shrink

__all__ = ["NO_CELL", "Slice", "picture_of", "slices_of", "strongest_first", "touchable", "turned"]

NO_CELL = -1
_TOUCHED = 1024  # cells that can be touched at once; one slice at least
_LARGEST = 32  # rows or columns of a slice whose cells can be touched; larger ones are cut
_FOLDED = 16  # numbers without an order in space that stand in one row
_SIDE_BY_SIDE = 4  # slices in the small picture of a filter; of more the strongest alone
_STACKED = 16  # rows of one axis in a small picture
_SMALL = 48  # cells along an axis of a small picture


class Slice(Frozen, eq=False):
    """A part of a filter as rows and columns.

    Args:
        title: which part, "channel 3".
        cells: the place of each cell in the filter's numbers, one behind the other; `NO_CELL` where there is none.
    """

    title: str
    cells: np.ndarray

    def values(self, kernel: np.ndarray) -> np.ndarray:
        """The numbers of the cells, NaN where there is none."""
        numbers = kernel.ravel()[np.maximum(self.cells, 0)].astype(np.float64)
        return np.where(self.cells == NO_CELL, np.nan, numbers)


def slices_of(
    shape: Sequence[int],
    axes: Sequence[str],
    channel_names: Sequence[str] | None = None,
    maps: tuple[int, ...] | None = None,
) -> list[Slice]:
    """A filter of a shape in slices, in the order of its numbers.

    Args:
        shape: of the filter.
        axes: what its axes are.
        channel_names: as of an image.
        maps: the shape (rows, columns, maps) of what a dense layer was given before it was made flat.

    Example:
        >>> [(each.title, each.cells.tolist()) for each in slices_of((1, 2, 2), ("rows", "columns", "channels"))]
        [('channel 0', [[0, 2]]), ('channel 1', [[1, 3]])]
        >>> [each.title for each in slices_of((40,), ("inputs",))], slices_of((3,), ("inputs",))[0].cells.tolist()
        (['inputs'], [[0, 1, 2]])
    """
    cells = np.arange(int(np.prod(shape, dtype=int))).reshape(tuple(shape))
    names = list(axes)
    if maps is not None and len(shape) == 1:
        cells = cells.reshape(maps)
        names = [*("depth", "rows", "columns")[4 - len(maps) :], "maps"]
    if cells.ndim == 0:
        return [Slice("the number", cells.reshape(1, 1))]
    spatial = [place for place, name in enumerate(names) if name in SLIDES]
    if len(spatial) >= 2 or (not spatial and cells.ndim >= 2):
        last = spatial[-2:] if spatial else [cells.ndim - 2, cells.ndim - 1]
    elif spatial:
        last = spatial
    else:
        return _cut(names[0], _folded(cells))
    others = [place for place in range(cells.ndim) if place not in last]
    found: list[Slice] = []
    for index in product(*(range(cells.shape[place]) for place in reversed(others))):
        at = dict(zip(reversed(others), index, strict=True))
        part = cells[tuple(at.get(place, slice(None)) for place in range(cells.ndim))]
        titles = [_titled(names[place], number, channel_names) for place, number in at.items()]
        found += _cut(", ".join(titles) or "the filter", np.atleast_2d(part))
    return found


def _titled(axis: str, number: int, channel_names: Sequence[str] | None) -> str:
    name = channel_names[number] if axis == "channels" and channel_names and number < len(channel_names) else ""
    return f"{axis.removesuffix('s')} {number}{f' ({name})' if name else ''}"


def _folded(cells: np.ndarray) -> np.ndarray:
    """Numbers in a row, several rows if they are many."""
    if cells.size <= _FOLDED:
        return cells[None]
    rows = -(-cells.size // _FOLDED)
    folded = np.full(rows * _FOLDED, NO_CELL)
    folded[: cells.size] = cells
    return folded.reshape(rows, _FOLDED)


def _cut(title: str, cells: np.ndarray) -> list[Slice]:
    """Blocks that are not larger than can be touched."""
    found = []
    for row in range(0, cells.shape[0], _LARGEST):
        for column in range(0, cells.shape[1], _LARGEST):
            block = cells[row : row + _LARGEST, column : column + _LARGEST]
            where = f", from row {row}, column {column}" if block.shape != cells.shape else ""
            found.append(Slice(title + where, block))
    return found


def strongest_first(slices: Sequence[Slice], kernel: np.ndarray) -> list[int]:
    """The numbers of slices by the sum of their squares, the largest first."""
    numbers = np.append(np.square(kernel.ravel(), dtype=np.float64), 0.0)  # `NO_CELL` is the last, which weighs nothing
    if len({each.cells.shape for each in slices}) == 1:
        energies = np.nansum(numbers[np.stack([each.cells for each in slices])], axis=(1, 2))
    else:
        energies = np.array([np.nansum(numbers[each.cells]) for each in slices])
    return [int(place) for place in np.argsort(np.negative(energies), kind="stable")]


def touchable(slices: Sequence[Slice], kernel: np.ndarray, first: int = 0) -> list[int]:
    """The numbers of slices whose cells can be touched at once, from the first on: all in order, or the strongest.

    Example:
        >>> slices = slices_of((20, 20, 3), ("rows", "columns", "channels"))
        >>> touchable(slices, np.arange(1200.0)), touchable(slices, np.arange(1200.0), 2)
        ([2, 1], [0])
    """
    order = list(range(len(slices)))
    if sum(each.cells.size for each in slices) > _TOUCHED:
        order = strongest_first(slices, kernel)
    found: list[int] = []
    cells = 0
    for number in order[min(first, len(order) - 1) :]:
        cells += slices[number].cells.size
        if found and cells > _TOUCHED:
            break
        found.append(number)
    return found


def turned(slices: Sequence[Slice]) -> list[Slice]:
    """The same by half a turn: the kernel of the true convolution that gives the same maps."""
    return [Slice(each.title, each.cells[::-1, ::-1]) for each in slices]


def picture_of(slices: Sequence[Slice], kernel: np.ndarray) -> tuple[np.ndarray, str]:
    """A filter as one small picture (rows, columns), NaN between its parts; and what of it is shown, "" for all."""
    said = ""
    if len(slices) > _SIDE_BY_SIDE:
        is_line = slices[0].cells.shape[0] == 1
        most = _STACKED if is_line else 1
        if len(slices) > most:
            ordered = [slices[place] for place in strongest_first(slices, kernel)]
            said = f"{ordered[0].title}, the strongest of {len(slices)}" if most == 1 else f"the {most} strongest"
            slices = ordered[:most]
    parts = [each.values(kernel) for each in slices]
    if len(parts) == 1:
        joined = parts[0]
    elif all(part.shape == parts[0].shape and part.shape[0] == 1 for part in parts):
        joined = np.concatenate(parts)
    else:
        rows = max(part.shape[0] for part in parts)
        padded = [np.pad(part, ((0, rows - part.shape[0]), (0, 1)), constant_values=np.nan) for part in parts]
        joined = np.concatenate(padded, axis=1)[:, :-1]
    small, _ = shrink(joined, _SMALL)
    small = shrink(small.T, _SMALL)[0].T
    return small, said
