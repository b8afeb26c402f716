"""Pixels of images seen at other places: what stands between the pixels, and what lies beyond the edges."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Sequence
from functools import reduce

from pellucid.errors import ShapeError
from pellucid.graph import Tensor, builder

FILL_MODES = ("reflect", "wrap", "constant", "nearest")
INTERPOLATIONS = ("bilinear", "nearest")
FARTHEST = 2.0**22  # pixels, beyond which a place counts as so far away: whole numbers and halves are exact until here
MOST_PIXELS = 2**24  # of an image: the whole numbers that float32 holds


def pixels_at(
    x: Tensor, places: Sequence[Tensor], interpolation: str, fill_mode: str, fill_value: float = 0.0
) -> Tensor:
    """Images whose pixels come from places of x, each from its own: what that costs grows with their number alone.

    Args:
        x: (batch, spatial..., channels).
        places: along each spatial axis where the new pixels come from, (batch, new...) or what broadcasts to it,
            between pixels too.
        interpolation: "bilinear" (along each axis in turn) or "nearest".
        fill_mode: what lies outside: "reflect" (d c b a | a b c d | d c b a), "mirror" (d c b | a b c d | c b a),
            "wrap" (a b c d | a b c d | a b c d), "nearest" (a a a a | a b c d | d d d d) or "constant".
        fill_value: that constant.

    Returns:
        (batch, new..., channels).

    Raises:
        ShapeError: there are more pixels than float32 can number.
    """
    count, *sizes, channels = x.shape
    if math.prod(sizes) > MOST_PIXELS:
        raise ShapeError(f"{math.prod(sizes):,} pixels are too many to be seen elsewhere; the most are {MOST_PIXELS:,}")
    full = tuple(map(max, zip(*(each.shape for each in places), (count, *[1] * (places[0].rank - 1)), strict=True)))
    axes = [
        _beside(builder.broadcast_to(each, full), size, interpolation, fill_mode)
        for each, size in zip(places, sizes, strict=True)
    ]
    moved = x - fill_value if fill_mode == "constant" and fill_value else x
    flat = builder.reshape(moved, (count, math.prod(sizes), channels))
    total = None
    for corner in itertools.product(*axes):
        part = _gathered(flat, [index for index, _ in corner], sizes, fill_mode)
        part = builder.reshape(part, (*full, channels))
        shares = [share for _, share in corner if share is not None]
        if shares:
            part = part * builder.reshape(reduce(operator.mul, shares), (*full, 1))
        total = part if total is None else total + part
    assert total is not None
    return total + fill_value if moved is not x else total


def _gathered(flat: Tensor, corner: Sequence[Tensor], sizes: Sequence[int], fill_mode: str) -> Tensor:
    """The pixels (batch, pixels, channels) with these numbers along each axis; 0 where a constant is to stand."""
    index = corner[0]
    for beside, size in zip(corner[1:], sizes[1:], strict=True):
        index = index * float(size) + beside
    form = (flat.shape[0], math.prod(index.shape[1:]))
    places = builder.reshape(index, form)
    if fill_mode == "constant":
        inside = reduce(operator.mul, (_is_inside(each, size) for each, size in zip(corner, sizes, strict=True)))
        places = builder.where(builder.reshape(inside, form), places, -1.0)
    return builder.gather_at(flat, places)


def _beside(places: Tensor, size: int, interpolation: str, fill_mode: str) -> list[tuple[Tensor, Tensor | None]]:
    """The pixels beside each place along one axis, and how much each counts (None for all of it)."""
    places = builder.clip(places, -FARTHEST, FARTHEST)
    if interpolation == "nearest":
        return [(_brought_inside(builder.floor(places + 0.5), size, fill_mode), None)]
    first = builder.floor(places)
    beyond = places - first
    return [
        (_brought_inside(first, size, fill_mode), 1.0 - beyond),
        (_brought_inside(first + 1.0, size, fill_mode), beyond),
    ]


def _is_inside(index: Tensor, size: int) -> Tensor:
    return builder.greater_equal(index, 0.0) * builder.greater(float(size), index)


def _brought_inside(index: Tensor, size: int, fill_mode: str) -> Tensor:
    """The pixel that is seen at a whole number, which may lie outside; that of "constant" stays there."""
    last = float(size - 1)
    match fill_mode:
        case "nearest":
            return builder.clip(index, 0.0, last)
        case "wrap":
            return _rest(index, float(size))
        case "reflect":
            rest = _rest(index, 2.0 * size)
            return builder.minimum(rest, 2.0 * last + 1.0 - rest)
        case "mirror":
            rest = _rest(index, 2.0 * last) if size > 1 else index * 0.0
            return builder.minimum(rest, 2.0 * last - rest)
    return index


def _rest(index: Tensor, period: float) -> Tensor:
    """The rest of a division of whole numbers; half of one more keeps the quotient off the whole numbers."""
    return index - builder.floor((index + 0.5) / period) * period
