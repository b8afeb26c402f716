"""Pixels into channels and back, under Keras's names (keras.ops)."""

from __future__ import annotations

from typing import Any

from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ShapeError
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.ops.places import whole


@anywhere("x")
def depth_to_space(x: Operand, block_size: int, data_format: str = "channels_last") -> Any:
    """Channels laid out as blocks of pixels: a larger image of fewer channels ("pixel shuffle").

    y[n, b i + u, b j + v, c] = x[n, i, j, (u b + v) C + c] for blocks of b times b pixels and C channels of the result;
    with the channels first it is x[n, c b^2 + u b + v, i, j], as PyTorch has it.

    Args:
        x: (batch, rows, columns, channels), or (batch, channels, rows, columns).
        block_size: rows and columns of a block, >= 2; the channels are a multiple of its square.
        data_format: "channels_last" or "channels_first".

    Raises:
        ArgumentError: the block is too small.
        ShapeError: the channels do not fit.

    Example:
        >>> import numpy as np
        >>> depth_to_space(np.array([1, 2, 3, 4]).reshape(1, 1, 1, 4), 2)[0, :, :, 0].tolist()
        [[1.0, 2.0], [3.0, 4.0]]

    Source: Shi et al., Real-time single image super-resolution using an efficient sub-pixel convolutional neural
        network, CVPR 2016, section 3.2; tf.nn.depth_to_space; torch.nn.PixelShuffle.
    """
    block, is_last, (count, rows, columns, channels) = _sizes(x, block_size, data_format, "depth_to_space")
    if channels % block**2:
        raise ShapeError(f"blocks of {block}x{block} pixels take a multiple of {block**2} channels, got {channels}")
    rest = channels // block**2
    if is_last:
        apart = builder.reshape(x, (count, rows, columns, block, block, rest))
        moved = builder.transpose(apart, (0, 1, 3, 2, 4, 5))
        return builder.reshape(moved, (count, rows * block, columns * block, rest))
    apart = builder.reshape(x, (count, rest, block, block, rows, columns))
    moved = builder.transpose(apart, (0, 1, 4, 2, 5, 3))
    return builder.reshape(moved, (count, rest, rows * block, columns * block))


@anywhere("x")
def space_to_depth(x: Operand, block_size: int, data_format: str = "channels_last") -> Any:
    """Blocks of pixels laid out as channels: a smaller image of more channels; undoes `depth_to_space`.

    Args:
        x: (batch, rows, columns, channels), or (batch, channels, rows, columns).
        block_size: rows and columns of a block, >= 2, of which both sizes of the image are multiples.
        data_format: "channels_last" or "channels_first".

    Raises:
        ArgumentError: the block is too small.
        ShapeError: rows or columns do not fit.

    Example:
        >>> import numpy as np
        >>> space_to_depth(np.array([[1, 2], [3, 4]]).reshape(1, 2, 2, 1), 2).ravel().tolist()
        [1.0, 2.0, 3.0, 4.0]

    Source: tf.nn.space_to_depth; torch.nn.PixelUnshuffle.
    """
    block, is_last, (count, rows, columns, channels) = _sizes(x, block_size, data_format, "space_to_depth")
    if rows % block or columns % block:
        raise ShapeError(f"blocks of {block}x{block} pixels do not fill an image of {rows}x{columns}")
    high, wide, deep = rows // block, columns // block, channels * block**2
    if is_last:
        apart = builder.reshape(x, (count, high, block, wide, block, channels))
        return builder.reshape(builder.transpose(apart, (0, 1, 3, 2, 4, 5)), (count, high, wide, deep))
    apart = builder.reshape(x, (count, channels, high, block, wide, block))
    return builder.reshape(builder.transpose(apart, (0, 1, 3, 5, 2, 4)), (count, deep, high, wide))


def _sizes(x: Tensor, block_size: int, data_format: str, what: str) -> tuple[int, bool, tuple[int, int, int, int]]:
    """The block, whether the channels are last, and (batch, rows, columns, channels)."""
    block, form = whole("block_size", block_size, 2), arguments.data_format(data_format, what)
    if x.rank != 4:
        raise ShapeError(f"{what} takes images (batch, rows, columns, channels), got {x.shape}")
    count, *middle, last = x.shape
    rows, columns, channels = (*middle, last) if form == "channels_last" else (middle[1], last, middle[0])
    return block, form == "channels_last", (count, rows, columns, channels)
