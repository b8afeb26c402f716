"""A board: what a record shows, as sentences, tiles, curves and tables; figures, terminal and notebooks draw it.

A record is described once, as a board; each way of showing draws boards. Tiles follow the drawing rule, `paint`, or are
photographs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import field
from itertools import zip_longest

import numpy as np

from pellucid.frozen import Frozen
from pellucid.views.colors import color_limits, describe_rule, paint
from pellucid.views.photographs import as_photograph
from pellucid.views.precision import short

__all__ = ["LINE_COLORS", "Board", "Chart", "Part", "Table", "Tile", "Tiles", "plane_tile", "sample_tile"]

LINE_COLORS = ("#1f68bc", "#a74900", "#6a51a3", "#2c7a4b", "#b5179e", "#5c6673", "#8a6d00", "#0f7f8c")


class Tile(Frozen, eq=False):
    """One picture.

    Attributes:
        label: what stands above it.
        plane: numbers (rows, columns), drawn by the drawing rule; None for a photograph.
        limit: the magnitude that is drawn darkest.
        pixels: of a photograph (rows, columns, 3), uint8.
        words: what shows under the pointer.
    """

    label: str
    plane: np.ndarray | None = None
    limit: float = 0.0
    pixels: np.ndarray | None = None
    words: str = ""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        array = self.pixels if self.plane is None else self.plane
        assert array is not None
        return array.shape[0], array.shape[1]

    def colors(self) -> np.ndarray:
        """Red, green, blue (rows, columns, 3), uint8."""
        if self.plane is not None:
            return paint(self.plane, self.limit)
        assert self.pixels is not None
        return self.pixels


class Tiles(Frozen, eq=False):
    """Pictures side by side.

    Attributes:
        heading: above all.
        tiles: in order.
        side: how large one is wished [1/100 inch].
        note: below the heading.
    """

    heading: str
    tiles: Sequence[Tile]
    side: int = 120
    note: str = ""

    @property
    def numbers(self) -> np.ndarray:
        """All that is drawn by the drawing rule; empty where all are photographs."""
        planes = [tile.plane.ravel() for tile in self.tiles if tile.plane is not None]
        return np.concatenate(planes) if planes else np.zeros(0)

    @property
    def darkest(self) -> str:
        """What the darkest colour stands for, in words."""
        limits = {tile.limit for tile in self.tiles if tile.plane is not None}
        return short(limits.pop()) if len(limits) == 1 else "the largest of its picture"

    @property
    def rule(self) -> str:
        """The drawing rule, and what is darkest; "" where all are photographs."""
        return f"{describe_rule(self.numbers)} The darkest is {self.darkest}." if self.numbers.size else ""


class Chart(Frozen, eq=False):
    """Curves over a common axis.

    Attributes:
        heading: above.
        across: what the horizontal axis is.
        curves: points (xs, ys) by the name of the curve.
        dashed: the names of those that are drawn dashed.
        colors: which of `LINE_COLORS` a curve has, by name; by default one after the other.
        note: below the heading.
    """

    heading: str
    across: str
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]]
    dashed: frozenset[str] = frozenset()
    colors: Mapping[str, int] = field(default_factory=dict)
    note: str = ""

    def color(self, name: str) -> str:
        """The colour of a curve."""
        number = self.colors.get(name, list(self.curves).index(name))
        return LINE_COLORS[number % len(LINE_COLORS)]

    @property
    def marks(self) -> list[tuple[float, str]]:
        """The marks of the axis that goes up, round numbers around all that is drawn, and how they are written."""
        low, high = self.ends[2:]
        marks = round_marks(low, high)
        step = marks[1] - marks[0]
        digits = max(3, math.floor(math.log10(max(map(abs, marks)) / step)) + 2) if step > 0 else 3
        return [(mark, short(mark, digits)) for mark in marks]

    @property
    def ends(self) -> tuple[float, float, float, float]:
        """The least and the largest that is drawn, across and up; never equal."""
        xs = np.concatenate([each[0] for each in self.curves.values()]).astype(np.float64)
        ys = np.concatenate([each[1] for each in self.curves.values()]).astype(np.float64)
        ys = ys[np.isfinite(ys)] if np.isfinite(ys).any() else np.zeros(1)
        low, high = float(ys.min()), float(ys.max())
        high = high if high > low else low + (abs(low) or 1.0) * 0.1
        left, right = float(xs.min()), float(xs.max())
        return left, right if right > left else left + 1.0, low, high


def line_by_line(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Rows of a table, those with cells of several lines as several rows.

    Example:
        >>> line_by_line([["conv", "9 + 1 = 10\\nsees 3x3"], ["pool", "0"]])
        [['conv', '9 + 1 = 10'], ['', 'sees 3x3'], ['pool', '0']]
    """
    parts = ([cell.split("\n") for cell in row] for row in rows)
    return [list(line) for row in parts for line in zip_longest(*row, fillvalue="")]


def round_marks(low: float, high: float) -> list[float]:
    """Three to six marks of an axis at round numbers, the first not above the least, the last not below the largest.

    Args:
        low: the least that is drawn.
        high: the largest, above it.

    Example:
        >>> round_marks(4.8e-15, 0.829), round_marks(-0.0011, 0.236)
        ([0.0, 0.25, 0.5, 0.75, 1.0], [-0.1, 0.0, 0.1, 0.2, 0.3])
    """
    span = high - low
    if not math.isfinite(span) or span <= 1e-12 * max(abs(low), abs(high)) or span < 1e-290:
        return [low, high]
    unit = 10.0 ** math.floor(math.log10(span / 4))
    step = next(factor * unit for factor in (1, 2, 2.5, 5, 10) if factor * unit >= span / 4 * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    decimals = max(0, 2 - math.floor(math.log10(unit))) if unit > 1e-300 else 300
    return [round(number * step, min(decimals, 300)) + 0.0 for number in range(first, last + 1)]


class Table(Frozen, eq=False):
    """Rows of text under titles."""

    heading: str
    titles: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


Part = Tiles | Chart | Table


class Board(Frozen, eq=False):
    """What a record shows.

    Attributes:
        title: what it is.
        sentences: what is to be known, numbers included.
        parts: in order.
    """

    title: str
    sentences: Sequence[str]
    parts: Sequence[Part]


def sample_tile(label: str, sample: np.ndarray, words: str = "") -> Tile:
    """A sample (spatial..., channels) as a picture: a photograph where it has 1 or 3 channels, else its mean channel.

    Of three spatial axes the middle of the first is shown, and named; numbers along one axis or none are a row.

    Example:
        >>> sample_tile("a", np.ones((4, 5, 1))).shape, sample_tile("b", np.ones((4, 5, 7))).plane.shape
        ((4, 5), (4, 5))
    """
    values = np.asarray(sample, np.float64)
    if values.ndim == 1:
        return plane_tile(label, values, None, words)
    if values.ndim == 4:
        middle = len(values) // 2
        label = _of_depth(label, f"depth {middle}", len(values))
        values = values[middle]
    values = values[np.newaxis] if values.ndim == 2 else values
    if values.shape[-1] in (1, 3) and values.shape[0] > 1:
        pixels, note = as_photograph(values)
        return Tile(label, pixels=pixels, words=words or note)
    plane = values.mean(axis=-1)
    return plane_tile(label, plane, None, words)


def plane_tile(label: str, values: np.ndarray, limit: float | None = None, words: str = "") -> Tile:
    """Numbers (spatial...) of up to three axes as a picture; by default the largest magnitude is the darkest.

    Of three axes those numbers are shown that are farthest from zero along the first, and that is said.

    Example:
        >>> plane_tile("a", np.array([1.0, -2.0])).shape, plane_tile("a", np.ones((2, 3, 4))).label
        ((1, 2), 'a, largest of all depths')
    """
    plane = np.asarray(values, np.float64)
    if plane.ndim == 3:
        label = _of_depth(label, "largest of all depths", len(plane))
        distance = np.where(np.isfinite(plane), np.abs(plane), -math.inf)
        plane = np.take_along_axis(plane, distance.argmax(axis=0)[np.newaxis], axis=0)[0]
    plane = plane.reshape(1, -1) if plane.ndim < 2 else plane
    largest = float(color_limits(plane[np.newaxis])[0]) if limit is None else limit
    return Tile(label, plane=plane, limit=largest, words=words)


def _of_depth(label: str, shown: str, depth: int) -> str:
    """A label of a picture of a volume, with what of its depth is shown."""
    return ", ".join(part for part in (label, shown) if part) if depth > 1 else label
