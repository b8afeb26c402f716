"""Pixels of images seen at other places: what stands between the pixels, and what lies beyond the edges."""

from __future__ import annotations

from pellucid.graph import Tensor, builder

FILL_MODES = ("reflect", "wrap", "constant", "nearest")
INTERPOLATIONS = ("bilinear", "nearest")
FARTHEST = 2.0**22  # pixels, beyond which a place counts as so far away: whole numbers and halves are exact until here


def pixels_at(
    x: Tensor, rows: Tensor, columns: Tensor, interpolation: str, fill_mode: str, fill_value: float = 0.0
) -> Tensor:
    """Images whose pixels come from places of x, each from its own: what that costs grows with their number alone.

    Args:
        x: (batch, rows, columns, channels).
        rows: the places' rows, (batch, new rows, new columns) or what broadcasts to it, between pixels too.
        columns: their columns, likewise.
        interpolation: "bilinear" or "nearest".
        fill_mode: what lies outside: "reflect" (d c b a | a b c d | d c b a), "mirror" (d c b | a b c d | c b a),
            "wrap" (a b c d | a b c d | a b c d), "nearest" (a a a a | a b c d | d d d d) or "constant".
        fill_value: that constant.

    Returns:
        (batch, new rows, new columns, channels).
    """
    count, height, width, channels = x.shape
    full = tuple(map(max, zip(rows.shape, columns.shape, (count, 1, 1), strict=True)))
    rows, columns = builder.broadcast_to(rows, full), builder.broadcast_to(columns, full)
    moved = x - fill_value if fill_mode == "constant" and fill_value else x
    flat = builder.reshape(moved, (count, height * width, channels))
    total = None
    for row, row_share in _beside(rows, height, interpolation, fill_mode):
        for column, column_share in _beside(columns, width, interpolation, fill_mode):
            places = builder.reshape(row * float(width) + column, (count, rows.shape[1] * rows.shape[2]))
            if fill_mode == "constant":
                inside = _is_inside(row, height) * _is_inside(column, width)
                places = builder.where(builder.reshape(inside, places.shape), places, -1.0)
            part = builder.reshape(builder.gather_at(flat, places), (*rows.shape, channels))
            if row_share is not None and column_share is not None:
                part = part * builder.reshape(row_share * column_share, (*rows.shape, 1))
            total = part if total is None else total + part
    assert total is not None
    return total + fill_value if moved is not x else total


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
