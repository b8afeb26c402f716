"""The arithmetic of windows on an axis: output length, padding, receptive field.

The one place where the words "valid", "same", "full" and "causal" are turned into numbers; below the layers only
explicit amounts exist, so engines cannot disagree. Used by the operations, the layers and the inspection. Knows no
tensor and no layer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pellucid.errors import ArgumentError, ShapeError, unknown_name
from pellucid.frozen import Frozen

__all__ = ["PADDINGS", "Padding", "ReceptiveField", "Window", "output_length", "resolve_padding", "same_padding"]

PADDINGS = ("valid", "same", "full", "causal")
Padding = str | tuple[tuple[int, int], ...]
"""A word of `PADDINGS`, or amounts (before, after) per axis."""
MAX_SIZE = 2**31 - 1  # of one axis, and of every window number: keeps each product of two inside 64 bits


def _check(name: str, value: int, minimum: int) -> None:
    if not minimum <= value <= MAX_SIZE:
        raise ShapeError(f"{name} must be between {minimum} and {MAX_SIZE}, got {value}")


def same_padding(size: int, *, window: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """Zeros to add before and after one axis so that `ceil(size / stride)` windows fit.

    Where the total is odd, the extra zero goes after (Keras, TensorFlow, XLA); PyTorch has no such mode for strides.

    Args:
        size: length of the axis before padding [elements], >= 1.
        window: taps of the kernel along the axis [taps], >= 1.
        stride: step between window starts [elements], >= 1.
        dilation: distance between neighbouring taps [elements], >= 1.

    Returns:
        `(before, after)` [elements], both >= 0.

    Raises:
        ShapeError: an argument is below 1 or above 2^31 - 1; the message names it.

    Example:
        >>> same_padding(5, window=3, stride=2)
        (1, 1)
        >>> same_padding(4, window=2, stride=1)
        (0, 1)

    Source: TensorFlow API, tf.nn, "Notes on padding"; held to Keras in tests/conformance.
    """
    for name, value in (("size", size), ("window", window), ("stride", stride), ("dilation", dilation)):
        _check(name, value, 1)
    outputs = -(-size // stride)
    total = max((outputs - 1) * stride + (window - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def output_length(
    size: int, *, window: int, stride: int = 1, dilation: int = 1, padding: tuple[int, int] = (0, 0)
) -> int:
    """Number of windows that fit on a padded axis: `floor((size + before + after - extent) / stride) + 1`.

    `extent = (window - 1) * dilation + 1` is the length that the taps span.

    Args:
        size: length of the axis before padding [elements], >= 1.
        window: taps of the kernel along the axis [taps], >= 1.
        stride: step between window starts [elements], >= 1.
        dilation: distance between neighbouring taps [elements], >= 1.
        padding: elements added `(before, after)`, each >= 0.

    Returns:
        the number of windows, >= 1.

    Raises:
        ShapeError: an argument is out of range, or the window is longer than the padded axis.

    Example:
        >>> output_length(28, window=3)
        26
        >>> output_length(8, window=3, stride=2, padding=(1, 1))
        4

    Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning, arXiv 1603.07285, section 2.
    """
    for name, value in (("size", size), ("window", window), ("stride", stride), ("dilation", dilation)):
        _check(name, value, 1)
    for value in padding:
        _check("padding", value, 0)
    extent = (window - 1) * dilation + 1
    padded = size + sum(padding)
    if extent > padded:
        raise ShapeError(
            f"a window of {window} taps (it spans {extent}) does not fit on an axis of {size}"
            + (f" padded to {padded}" if padded != size else "")
            + ". Computed output size would be zero or negative; "
            "use a smaller kernel, a larger input, or padding='same'"
        )
    return (padded - extent) // stride + 1


class Window(Frozen):
    """How the windows of a convolution or a pooling lie on its spatial axes; one entry per axis.

    Tap `k` of window `o` reads the input at `o * stride + k * dilation - before`; what lies outside is padding.

    Attributes:
        size: taps per axis [taps].
        strides: step between window starts per axis [elements].
        dilation: distance between neighbouring taps per axis [elements].
        padding: `(before, after)` per axis [elements].

    Example:
        >>> Window((3, 3), (1, 1), (1, 1), ((0, 0), (0, 0))).output_shape((28, 28))
        (26, 26)
    """

    size: tuple[int, ...]
    strides: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]

    @property
    def rank(self) -> int:
        """Number of spatial axes."""
        return len(self.size)

    @property
    def taps(self) -> int:
        """Number of positions in one window."""
        return math.prod(self.size)

    def output_shape(self, spatial: Sequence[int]) -> tuple[int, ...]:
        """Windows per axis for an input of the given spatial shape; raises `ShapeError` as `output_length` does."""
        if len(spatial) != self.rank:
            raise ShapeError(f"expected {self.rank} spatial axes, got {len(spatial)}: {tuple(spatial)}")
        return tuple(
            output_length(size, window=window, stride=stride, dilation=dilation, padding=padding)
            for size, window, stride, dilation, padding in zip(
                spatial, self.size, self.strides, self.dilation, self.padding, strict=True
            )
        )

    def source(self, axis: int, output: int, tap: int) -> int:
        """The input index that `tap` of window `output` reads on `axis`; below 0 or beyond the end is padding."""
        return output * self.strides[axis] + tap * self.dilation[axis] - self.padding[axis][0]


def resolve_padding(
    padding: Padding, spatial: Sequence[int], *, size: Sequence[int], strides: Sequence[int], dilation: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    """Turn a padding word into amounts `(before, after)` per axis.

    "valid" adds nothing; "same" keeps `ceil(size / stride)` windows; "full" adds `extent - 1` on both sides, so that
    each input meets each tap; "causal" (for time) adds `extent - 1` before, so that no output sees its future.

    Args:
        padding: one of `PADDINGS`, or amounts, which are returned as they are.
        spatial: input lengths [elements].
        size: taps per axis.
        strides: step between window starts per axis [elements].
        dilation: distance between neighbouring taps per axis [elements].

    Returns:
        one pair per axis [elements].

    Raises:
        ArgumentError: the word is unknown.
        ShapeError: a number is out of range.

    Example:
        >>> resolve_padding("same", (28, 28), size=(3, 3), strides=(1, 1), dilation=(1, 1))
        ((1, 1), (1, 1))
        >>> resolve_padding("causal", (10,), size=(3,), strides=(1,), dilation=(2,))
        ((4, 0),)
    """
    if isinstance(padding, tuple):
        return padding
    if padding not in PADDINGS:
        raise unknown_name("padding", padding, PADDINGS)
    if padding == "causal" and len(spatial) != 1:
        raise ArgumentError(f"padding='causal' is for one axis (time), got {len(spatial)}; use 'same' or 'valid'")
    pairs = []
    for length, window, stride, step in zip(spatial, size, strides, dilation, strict=True):
        reach = (window - 1) * step
        match padding:
            case "valid":
                pairs.append((0, 0))
            case "same":
                pairs.append(same_padding(length, window=window, stride=stride, dilation=step))
            case "full":
                pairs.append((reach, reach))
            case _:
                pairs.append((reach, 0))
    return tuple(pairs)


class ReceptiveField(Frozen):
    """What one unit of a feature map sees of the input along one axis.

    Attributes:
        size: number of input elements that can influence the unit.
        jump: distance on the input between the fields of neighbouring units [elements].
        start: input index of the first element seen by unit 0; negative where padding is seen.

    Example:
        >>> ReceptiveField().through(window=3).through(window=2, stride=2).through(window=3)
        ReceptiveField(size=8, jump=2, start=0)

    Source: Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks, Distill 2019.
    """

    size: int = 1
    jump: int = 1
    start: int = 0

    def through(self, *, window: int, stride: int = 1, dilation: int = 1, before: int = 0) -> ReceptiveField:
        """The field after one more windowed layer with these numbers (see `output_length`)."""
        return ReceptiveField(
            size=self.size + (window - 1) * dilation * self.jump,
            jump=self.jump * stride,
            start=self.start - before * self.jump,
        )

    def of(self, index: int) -> tuple[int, int]:
        """First and last input index seen by unit `index`; may reach beyond the input, into padding."""
        first = self.start + index * self.jump
        return first, first + self.size - 1


def in_words(size: Sequence[int]) -> str:
    """The size of a kernel as it is said.

    Example:
        >>> in_words((3, 5)), in_words((3,))
        ('3x5', '3 taps')
    """
    return "x".join(map(str, size)) if len(size) > 1 else f"{size[0]} taps"
