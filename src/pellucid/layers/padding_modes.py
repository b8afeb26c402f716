"""Padding with something else than zeros: by taking elements of the input again."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.errors import ShapeError
from pellucid.graph import Tensor, builder

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
        size = x.shape[axis]
        most = {"reflect": size - 1, "circular": size}.get(mode, before + after)
        if max(before, after) > most:
            raise ShapeError(
                f"padding_mode={mode!r} can add at most {most} elements to an axis of {size}, got {(before, after)}"
            )
        if before or after:
            x = builder.gather(x, [_source(i, size, mode) for i in range(-before, size + after)], axis)
    return x


def _source(index: int, size: int, mode: str) -> int:
    """The element of the input that stands at `index`, which may lie outside."""
    if mode == "circular":
        return index % size
    if mode == "replicate":
        return min(max(index, 0), size - 1)
    return -index if index < 0 else 2 * (size - 1) - index if index >= size else index
