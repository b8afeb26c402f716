"""The place of the channel and batch axes: below the layers an image is (batch, spatial..., channels)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from pellucid.errors import ShapeError
from pellucid.graph import Tensor, builder


def check_axes(shape: Sequence[int | None], rank: int, data_format: str) -> None:
    """Raise `ShapeError` unless a shape has a batch axis at least, `rank` spatial axes and the channels."""
    if len(shape) >= rank + 2:
        return
    last = data_format == "channels_last"
    axes = "(batch, spatial..., channels)" if last else "(batch, channels, spatial...)"
    hint = ""
    if len(shape) == rank + 1:
        hint = "; is the channel axis missing? A grey image of 28x28 has the shape (28, 28, 1)"
    raise ShapeError(f"expected an input of {rank + 2} axes {axes}, got {tuple(shape)}{hint}")


def spatial_axes(rank: int, data_format: str, axes: int) -> range:
    """Where the spatial axes lie among all axes of a tensor.

    Example:
        >>> list(spatial_axes(2, "channels_last", 4)), list(spatial_axes(2, "channels_first", 4))
        ([1, 2], [2, 3])
    """
    end = axes - (data_format == "channels_last")
    return range(end - rank, end)


def to_channels_last(x: Tensor, data_format: str) -> Tensor:
    """x with its channels moved to the end, if the layer keeps them first."""
    return x if data_format == "channels_last" else builder.transpose(x, (0, *range(2, x.rank), 1))


def to_format(y: Tensor, data_format: str) -> Tensor:
    """A result with channels last, in the layer's format."""
    return y if data_format == "channels_last" else builder.transpose(y, (0, y.rank - 1, *range(1, y.rank - 1)))


def on_images(x: Tensor, rank: int, data_format: str, function: Callable[[Tensor], Tensor]) -> Tensor:
    """Apply a function of (batch, spatial..., channels) to x, whatever its format and number of batch axes.

    Args:
        x: any number (>= 1) of leading batch axes, then `rank` spatial axes and the channels in the layer's order.
        rank: number of spatial axes.
        data_format: the order of x and of the result.
        function: returns (batch, ..., channels) or (batch, channels).

    Raises:
        ShapeError: x has too few axes: a layer may meet another input than the one that it was built for.
    """
    check_axes(x.shape, rank, data_format)
    batch = x.shape[: x.rank - rank - 1]
    y = function(to_channels_last(builder.reshape(x, (math.prod(batch), *x.shape[len(batch) :])), data_format))
    y = to_format(y, data_format)
    return builder.reshape(y, (*batch, *y.shape[1:]))


def on_image_or_batch(
    x: Tensor, rank: int, data_format: str, what: str, function: Callable[[Tensor], Tensor]
) -> Tensor:
    """A function of (batch, spatial..., channels), applied to a batch of images or to one."""
    if x.rank not in (rank + 1, rank + 2):
        raise ShapeError(f"{what} takes one image of {rank + 1} axes, or a batch of {rank + 2}, got {tuple(x.shape)}")
    if x.rank == rank + 2:
        return on_images(x, rank, data_format, function)
    y = on_images(builder.reshape(x, (1, *x.shape)), rank, data_format, function)
    return builder.reshape(y, y.shape[1:])
