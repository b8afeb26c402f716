"""What the images were like that a model was trained on, and how another one differs from all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from pellucid.checks import is_number
from pellucid.errors import ArgumentError, shown
from pellucid.frozen import Frozen

__all__ = ["Looks", "looks_of", "unlike"]

WHITE = 255.0
MARGIN, LEAST = 0.25, 10.0  # of the width of what was seen; levels of 0..255
SMALLER, LARGER, LONGER = 0.5, 8.0, 1.5
UNSCALED = 2.0
GREY, COLOURED = 1.0, 4.0  # levels between the colours of a pixel, on average
FEWEST = 8
"""Of fewer images than that nothing is said: they are no measure."""
RICH = 0.5
"""What part of the least contrast that was trained on an inverted image has at least."""


class Looks(Frozen):
    """Between which values images lie, of 0..255; each is (least, largest) over the images.

    Attributes:
        light: the mean of all pixels.
        border: the mean of the pixels at the edge.
        contrast: the standard deviation of the pixels.
        sides: the shorter side of the files [pixels].
        shapes: width over height of the files.
        images: how many were looked at.
        colour: the mean over the pixels of how far red, green and blue are apart; None where nobody has looked.

    Raises:
        ArgumentError: a pair is none of numbers in ascending order.
    """

    light: tuple[float, float]
    border: tuple[float, float]
    contrast: tuple[float, float]
    sides: tuple[float, float]
    shapes: tuple[float, float]
    images: int
    colour: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        for name in ("light", "border", "contrast", "sides", "shapes", *["colour"] * (self.colour is not None)):
            pair = getattr(self, name)
            is_pair = isinstance(pair, tuple) and len(pair) == 2 and all(is_number(each) for each in pair)
            if not is_pair or not 0 <= pair[0] <= pair[1] < np.inf:
                raise ArgumentError(f"Looks: {name} must be the least and the largest, got {shown(pair)}")
        if not isinstance(self.images, int) or self.images < 1:
            raise ArgumentError(f"Looks: images must be a whole number >= 1, got {shown(self.images)}")


def _measures(pixels: np.ndarray) -> tuple[float, float, float, float]:
    """Mean, mean at the edge, standard deviation, and distance of the colours of an image of 0..255."""
    values = pixels.astype(np.float64)
    edge = np.concatenate([values[0].ravel(), values[-1].ravel(), values[:, 0].ravel(), values[:, -1].ravel()])
    return float(values.mean()), float(edge.mean()), float(values.std()), float(np.ptp(values, axis=-1).mean())


def looks_of(images: Iterable[np.ndarray], sizes: Sequence[tuple[int, int]]) -> Looks | None:
    """What images are like; None where there are none.

    Args:
        images: of 0..255 (rows, columns, channels), as the model takes them but for its scale.
        sizes: (width, height) of the files [pixels].

    Example:
        >>> found = looks_of([np.full((2, 2, 1), 100), np.full((2, 2, 1), 140)], [(8, 4), (6, 6)])
        >>> found.light, found.sides, found.shapes
        ((100.0, 140.0), (4.0, 6.0), (1.0, 2.0))
    """
    measures = [_measures(each) for each in images]
    if not measures or not sizes:
        return None
    ranges = [(float(each.min()), float(each.max())) for each in np.array(measures).T]
    sides = [float(min(size)) for size in sizes]
    shapes = [width / height for width, height in sizes]
    return Looks(ranges[0], ranges[1], ranges[2], _ends(sides), _ends(shapes), len(measures), ranges[3])


def _ends(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def unlike(looks: Looks, pixels: np.ndarray, size: tuple[int, int]) -> list[str]:
    """How an image differs from those that a model was trained on, in sentences; none where it does not.

    Args:
        looks: what those were like.
        pixels: of 0..255, read as those were.
        size: (width, height) of its file [pixels].

    Example:
        >>> dark = Looks((20.0, 40.0), (0.0, 3.0), (50.0, 80.0), (28.0, 28.0), (1.0, 1.0), 100)
        >>> image = np.full((28, 28, 1), 255); image[10:18, 10:18] = 20
        >>> unlike(dark, image, (28, 28))
        ['it looks inverted: its mean is 236, that of the images trained on 20 to 40, and that of its negative 19']
    """
    if looks.images < FEWEST:
        return []
    return [*_light(looks, pixels), *_colours(looks, pixels), *_size(looks, size)]


def _light(looks: Looks, pixels: np.ndarray) -> list[str]:
    found = _measures(pixels)
    light, border = looks.light, looks.border
    if float(pixels.max()) <= UNSCALED and light[1] > UNSCALED:
        return [f"its pixels are at most {pixels.max():.3g} of 255: it looks as if it had been scaled to 0..1 already"]
    if _is_within(light, found[0]) and _is_within(border, found[1]):
        flat = found[2] < 1.0 <= looks.contrast[0]
        return ["it is of one colour all over, which no image trained on was"] if flat else []
    name, seen, value = ("mean", light, found[0]) if not _is_within(light, found[0]) else ("edge", border, found[1])
    is_as_rich = found[2] >= RICH * looks.contrast[0]  # a negative has the contrast of its image, a dark one less
    if is_as_rich and _is_within(light, WHITE - found[0]) and _is_within(border, WHITE - found[1]):
        return [
            f"it looks inverted: its {name} is {value:.0f}, that of the images trained on {seen[0]:.0f} to "
            f"{seen[1]:.0f}, and that of its negative {WHITE - value:.0f}"
        ]
    if _is_within(light, found[0]):
        return []  # another edge alone says little of a photo
    how = "brighter" if found[0] > light[1] else "darker"
    return [
        f"it is {how} than all that was trained on: its mean is {found[0]:.0f}, theirs {light[0]:.0f} to {light[1]:.0f}"
    ]


def _colours(looks: Looks, pixels: np.ndarray) -> list[str]:
    """What is said of an image without colours where all had some, or with some where none had."""
    found = _measures(pixels)[3]
    if looks.colour is None or pixels.shape[-1] < 3:
        return []
    if found < GREY and looks.colour[0] > COLOURED and pixels.max() > UNSCALED:
        return ["it is without colours, and all images trained on had some"]
    return ["it has colours, and no image trained on had any"] if found > COLOURED and looks.colour[1] < GREY else []


def _is_within(seen: tuple[float, float], value: float) -> bool:
    margin = max(MARGIN * (seen[1] - seen[0]), LEAST)
    return seen[0] - margin <= value <= seen[1] + margin


def _size(looks: Looks, size: tuple[int, int]) -> list[str]:
    told = []
    width, height = size
    side, shape = min(size), width / height
    if not SMALLER * looks.sides[0] <= side <= LARGER * looks.sides[1]:
        how = "smaller" if side < looks.sides[0] else "larger"
        told.append(
            f"its file is much {how}: {width}x{height} pixels, the shorter sides of those trained on were "
            f"{looks.sides[0]:.0f} to {looks.sides[1]:.0f}"
        )
    if not looks.shapes[0] / LONGER <= shape <= looks.shapes[1] * LONGER:
        told.append(
            f"it has other proportions: {width}x{height}, width over height was {looks.shapes[0]:.2f} to "
            f"{looks.shapes[1]:.2f}; it is stretched"
        )
    return told
