"""Padding with something else than zeros: by taking elements of the input again."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.errors import ShapeError
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import reserve

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


def padded(x: Tensor, amounts: Sequence[tuple[int, int]], mode: str) -> Tensor:
    """x (batch, spatial..., channels) with its spatial axes padded by amounts (before, after).

    Args:
        x: the input.
        amounts: one pair per spatial axis [elements].
        mode: "reflect", "replicate" or "circular".

    Raises:
        ShapeError: "reflect" needs an axis that is longer than the padding, "circular" one that is at least as long.

    Source: torch.nn.Conv2d, padding_mode.
    """
    for axis, (before, after) in enumerate(amounts, start=1):
        if before or after:
            x = _replicated(x, axis, before, after) if mode == "replicate" else _taken(x, axis, before, after, mode)
    return x


def _replicated(x: Tensor, axis: int, before: int, after: int) -> Tensor:
    """x between so many copies of its first and of its last element."""
    size = x.shape[axis]
    edges = [
        (builder.slice_axis(x, axis, place, place + 1), times) for place, times in ((0, before), (size - 1, after))
    ]
    first, last = (
        [builder.broadcast_to(edge, (*x.shape[:axis], times, *x.shape[axis + 1 :]))] if times else []
        for edge, times in edges
    )
    return builder.concatenate([*first, x, *last], axis)


def _taken(x: Tensor, axis: int, before: int, after: int, mode: str) -> Tensor:
    """x with elements of its other end ("circular") or mirrored at its edges ("reflect")."""
    size = x.shape[axis]
    most = size if mode == "circular" else size - 1
    if max(before, after) > most:
        raise ShapeError(
            f"padding_mode={mode!r} can add at most {most} elements to an axis of {size}, got {(before, after)}"
        )
    reserve(32 * (before + size + after))
    return builder.gather(x, [source(i, size, mode) for i in range(-before, size + after)], axis)


def source(index: int, size: int, mode: str) -> int:
    """The element of an axis of `size` elements that stands at `index`, which may lie outside; -1 where a zero does."""
    if 0 <= index < size or mode == "zeros":
        return index if 0 <= index < size else -1
    if mode == "replicate":
        return min(max(index, 0), size - 1)
    return index % size if mode == "circular" else size - 1 - abs(size - 1 - abs(index))
