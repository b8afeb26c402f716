"""What a window sees while it slides over images or signals, and back, under Keras's names (keras.ops).

Of images that is a matrix, and with the kernels as rows of another a convolution is one product of both: "im2col".
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pellucid import checks
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ShapeError
from pellucid.geometry import MAX_SIZE
from pellucid.graph import Tensor, builder
from pellucid.ops.places import table, whole


@anywhere("x")
def unfold(x: Operand, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """What a window sees at each of its places, as a column.

    Args:
        x: images, the channels first (batch, channels, rows, columns).
        kernel_size: rows and columns of the window, or one number for both; so are the others.
        dilation: from one row or column that it sees to the next.
        padding: zeros around the image.
        stride: from one place of the window to the next.

    Returns:
        (batch, channels x rows x columns of the window, places), the places row by row.

    Raises:
        ShapeError: x are no images, or the window is larger than they are.

    Example:
        >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
        >>> unfold(x, 2)[0, :, 0].tolist(), unfold(x, 2).shape
        ([0.0, 1.0, 3.0, 4.0], (1, 4, 4))

    Source: torch.nn.Unfold.
    """
    if x.rank != 4:
        raise ShapeError(f"images (batch, channels, rows, columns), got shape {x.shape}")
    count, channels, *sides = x.shape
    seen = _Sliding(sides, kernel_size, dilation, padding, stride)
    flat = builder.reshape(x, (count, channels, math.prod(sides)))
    found = builder.gather(flat, seen.places.ravel(), -1)
    return builder.reshape(found, (count, channels * seen.places.shape[0], seen.places.shape[1]))


@anywhere("x")
def fold(x: Operand, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """The images to which columns, each what a window sees at one place, add up; what `unfold`'s gradient does.

    Args:
        x: (batch, channels x rows x columns of the window, places).
        output_size: rows and columns of the images.
        kernel_size, dilation, padding, stride: as for `unfold`.

    Returns:
        images (batch, channels, rows, columns).

    Raises:
        ShapeError: the columns are not as long, or not as many, as such images have.

    Example:
        >>> fold(unfold(np.ones((1, 1, 3, 3)), 2), 3, 2)[0, 0].tolist()
        [[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]

    Source: torch.nn.Fold.
    """
    sides = _two("output_size", output_size, 1)
    seen = _Sliding(sides, kernel_size, dilation, padding, stride)
    taps, columns = seen.places.shape
    if x.rank != 3 or x.shape[1] % taps or x.shape[2] != columns:
        raise ShapeError(
            f"images of {sides[0]} x {sides[1]} have {columns} places for a window of {taps} taps: (batch, channels x "
            f"{taps}, {columns}) is expected, got shape {x.shape}"
        )
    count, channels = x.shape[0], x.shape[1] // taps
    each = builder.reshape(x, (count, channels, taps * columns))
    rows = builder.transpose(each, (0, 2, 1))
    places = np.broadcast_to(seen.places.ravel(), (count, taps * columns))
    added = builder.scatter_add_at(rows, builder.literal(x.graph, places), math.prod(sides))
    return builder.reshape(builder.transpose(added, (0, 2, 1)), (count, channels, *sides))


class _Sliding:
    """For each tap of a window and each place of it: which pixel it sees (taps, places); -1 for padding."""

    def __init__(self, sides: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> None:
        window, apart = _two("kernel_size", kernel_size, 1), _two("dilation", dilation, 1)
        around, step = _two("padding", padding, 0), _two("stride", stride, 1)
        counts = [
            (side + 2 * pad - gap * (size - 1) - 1) // move + 1
            for side, size, gap, pad, move in zip(sides, window, apart, around, step, strict=True)
        ]
        for side, size, gap, pad, count in zip(sides, window, apart, around, counts, strict=True):
            if count < 1:
                raise ShapeError(f"a window of {gap * (size - 1) + 1} is larger than {side + 2 * pad} pixels")
        rows, columns = (self._axis(*each) for each in zip(sides, window, apart, around, step, counts, strict=True))
        shape = (*window, *counts)
        self.places = table(shape, lambda: _joined(rows, columns, sides[1])).reshape(math.prod(window), -1)

    @staticmethod
    def _axis(side: int, size: int, gap: int, pad: int, move: int, count: int) -> np.ndarray:
        """For each tap and each place along an axis: which row or column; -1 for padding."""
        at = table((size, count), lambda: gap * np.arange(size)[:, np.newaxis] + move * np.arange(count) - pad)
        return np.where((at >= 0) & (at < side), at, -1)


def _joined(rows: np.ndarray, columns: np.ndarray, width: int) -> np.ndarray:
    """The pixels of rows and columns; -1 where either is none."""
    down, across = rows[:, np.newaxis, :, np.newaxis], columns[np.newaxis, :, np.newaxis, :]
    return np.where((down >= 0) & (across >= 0), down * width + across, -1)


def _two(name: str, value: Any, least: int) -> tuple[int, int]:
    """One number for each side."""
    pair = value if isinstance(value, list | tuple) and len(value) == 2 else (value, value)
    return checks.whole("", name, pair[0], least, MAX_SIZE), checks.whole("", name, pair[1], least, MAX_SIZE)


@anywhere("x")
def extract_sequences(x: Operand, sequence_length: int, sequence_stride: int) -> Any:
    """Pieces of the last axis that begin every so many numbers.

    Args:
        x: of one axis or more.
        sequence_length: of each piece.
        sequence_stride: from where one begins to where the next does.

    Returns:
        a tensor (..., pieces, sequence_length).

    Raises:
        ShapeError: x is shorter than a piece.

    Example:
        >>> extract_sequences([1.0, 2.0, 3.0, 4.0], 2, 1).tolist()
        [[1.0, 2.0], [2.0, 3.0], [3.0, 4.0]]
    """
    return pieces_of(x, whole("sequence_length", sequence_length, 1), whole("sequence_stride", sequence_stride, 1))


def pieces_of(x: Tensor, length: int, stride: int) -> Tensor:
    """`extract_sequences`."""
    if not x.rank or x.shape[-1] < length:
        raise ShapeError(f"pieces of {length} numbers are longer than what they are cut from, of shape {x.shape}")
    count = 1 + (x.shape[-1] - length) // stride
    step = min(stride, x.shape[-1])  # a longer one comes to no second piece
    places = table((count, length), lambda: step * np.arange(count)[:, np.newaxis] + np.arange(length))
    return builder.reshape(builder.gather(x, places.ravel(), -1), (*x.shape[:-1], count, length))
