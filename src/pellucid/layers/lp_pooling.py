"""Pooling layers that take the p-norm of each window or of each feature map, between mean and maximum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Unpack

from pellucid.checks import is_number
from pellucid.errors import ArgumentError, shown
from pellucid.geometry import Padding, Window
from pellucid.graph import Tensor, builder
from pellucid.layers.global_pooling import GlobalPooling
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.windowed_pooling import WindowedPooling

MOST_P = 126  # 2^-126 is the smallest normal float32: beyond, even 0.5^p is none


def _checked(p: object, layer: str) -> float:
    if not is_number(p) or not 1 <= p <= MOST_P:  # type: ignore[operator]
        raise ArgumentError(
            f"{layer}: p must be a number from 1 to {MOST_P} (the larger, the nearer to MaxPooling), got {shown(p)}"
        )
    return float(p)  # type: ignore[arg-type]


def p_norm(x: Tensor, p: float, add_up: Callable[[Tensor], Tensor]) -> Tensor:
    """(sum of |x|^p)^(1/p), where `add_up` takes the sums.

    The slope at a sum of 0, where all that was added up is 0, is 0: of all slopes that the cone has there (its
    subgradients) it is the smallest, and the formula's own, 0 / 0, would be no number.
    """
    if p == 1:
        return add_up(builder.absolute(x))
    total = add_up(builder.square(x) if p == 2 else builder.power(builder.absolute(x), p))
    is_zero = builder.equal(total, 0.0)
    positive = builder.where(is_zero, 1.0, total)
    root = builder.sqrt(positive) if p == 2 else builder.power(positive, 1 / p)
    return builder.where(is_zero, 0.0, root)


def window_sum(x: Tensor, window: Window) -> Tensor:
    """The sum of each channel over each window: its correlation with ones. Padding counts as 0."""
    window = _without_idle_taps(window, x.shape[1:-1])
    ones = builder.broadcast_to(x.graph.constant(1.0), (*window.size, 1, x.shape[-1]))
    return builder.convolution(x, ones, window, groups=x.shape[-1])


def _without_idle_taps(window: Window, spatial: Sequence[int]) -> Window:
    """The same windows without the taps that read padding in all of them: these add nothing to a sum.

    So a window may be far larger than its input, which "same" padding allows.
    """
    size, padding = [], []
    for axis, (n, outputs) in enumerate(zip(spatial, window.output_shape(spatial), strict=True)):
        before, reach = window.padding[axis][0], (outputs - 1) * window.strides[axis]
        first = max(0, before - reach)  # earlier taps lie before the input even in the last window
        last = min(window.size[axis] - 1, before + n - 1)  # later taps lie behind it even in the first window
        size.append(last - first + 1)
        padding.append((before - first, max(0, reach + last + 1 - before - n)))
    return Window(tuple(size), window.strides, window.dilation, tuple(padding))


class _LpPooling(WindowedPooling):
    def __init__(
        self,
        pool_size: int | Sequence[int] = 2,
        strides: int | Sequence[int] | None = None,
        padding: Padding = "valid",
        data_format: str | None = None,
        p: float = 2.0,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, **options)
        self.p = _checked(p, self.label)

    def pooled(self, x: Tensor, window: Window) -> Tensor:
        return p_norm(x, self.p, lambda powers: window_sum(powers, window))


class _GlobalLpPooling(GlobalPooling):
    def __init__(
        self,
        data_format: str | None = None,
        keepdims: bool = False,
        p: float = 2.0,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(data_format, keepdims, **options)
        self.p = _checked(p, self.label)

    def pooled(self, x: Tensor, axes: range) -> Tensor:
        return p_norm(x, self.p, lambda powers: builder.reduce_sum(powers, axes, keepdims=True))


class LpPooling1D(_LpPooling):
    """The p-norm of each window along one axis; by default the root of the sum of squares.

    y[n, o, c] = (sum over taps k of |x[n, o * stride + k - before, c]|^p)^(1/p); p = 1 gives the sum of magnitudes, and
    the larger p is, the nearer y comes to the largest magnitude. Unlike in a mean, padding counts, as 0. The gradient
    x |x|^(p - 2) / y^(p - 1) is taken as 0 where the whole window is 0. |x|^p must be a float32 (for p = 2, |x| from
    1e-19 to 1e19); what is smaller counts as 0.

    Arguments are those of `LpPooling2D`; different are:

    Args:
        pool_size: length of the window [elements], >= 1.
        strides: step of the window [elements], >= 1; the pool size by default.
        data_format: "channels_last" (batch, length, channels), the default, or "channels_first".

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input has too few axes, or is shorter than the window.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> x = np.array([3, -4, 0, 0]).reshape(1, 4, 1)
        >>> for p in (1, 2):
        ...     model = Sequential([layers.Input((4, 1)), layers.LpPooling1D(p=p)])
        ...     model.predict(x, verbose=0).ravel().tolist()
        [7.0, 0.0]
        [5.0, 0.0]

    Source: Gulcehre et al., Learned-Norm Pooling for Deep Feedforward and Recurrent Neural Networks, ECML 2014,
        arXiv 1311.1780, equation 1, without its mean; torch.nn.LPPool1d, which takes no magnitudes.
    """

    rank = 1


class LpPooling2D(_LpPooling):
    """The p-norm of each window over rows and columns; by default the root of the sum of squares.

    y[n, i, j, c] = (sum over taps (k, l) of |x[n, i * stride + k - before, j * stride + l - before, c]|^p)^(1/p), each
    axis with its own stride and padding; see `LpPooling1D` for p, padding and gradient.

    Args:
        pool_size: rows and columns of the window [pixels], >= 1; one number counts for both.
        strides: step of the window [pixels], >= 1; the pool size by default.
        padding: "valid" or "same", or amounts, see `MaxPooling2D`.
        data_format: "channels_last" (batch, rows, columns, channels), the default, or "channels_first".
        p: the norm's power, from 1 to 126.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input has too few axes, or is smaller than the window.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2, 2, 1)), layers.LpPooling2D()])
        >>> model.predict(np.array([1, -5, 3, 1]).reshape(1, 2, 2, 1), verbose=0).ravel().tolist()
        [6.0]

    Source: as `LpPooling1D`; torch.nn.LPPool2d.
    """

    rank = 2


class LpPooling3D(_LpPooling):
    """The p-norm of each window over three axes; by default the root of the sum of squares.

    As `LpPooling2D`, with a depth axis before rows and columns.

    Arguments are those of `LpPooling2D`; different are:

    Args:
        pool_size: size of the window per axis [voxels], >= 1; one number counts for all.
        strides: step of the window [voxels], >= 1; the pool size by default.
        data_format: "channels_last" (batch, depth, rows, columns, channels), the default, or "channels_first".

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input has too few axes, or is smaller than the window.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2, 2, 2, 1)), layers.LpPooling3D(p=3)])
        >>> model.predict(np.ones((1, 2, 2, 2, 1)), verbose=0).ravel().tolist()
        [2.0]

    Source: as `LpPooling1D`; torch.nn.LPPool3d.
    """

    rank = 3


class GlobalLpPooling1D(_GlobalLpPooling):
    """The p-norm of each channel along the axis: (batch, length, channels) gives (batch, channels).

    y[n, c] = (sum over i of |x[n, i, c]|^p)^(1/p); see `LpPooling1D` for p and gradient.

    Arguments are those of `GlobalLpPooling2D`; different are:

    Args:
        keepdims: keep the pooled axis, with size 1.

    Raises:
        ArgumentError: an argument is out of range, unknown or of the wrong type.
        ShapeError: the input has too few axes.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((4, 1)), layers.GlobalLpPooling1D()])
        >>> model.predict(np.array([1, -5, 3, 1]).reshape(1, 4, 1), verbose=0).tolist()
        [[6.0]]

    Source: as `LpPooling1D`, with one window over the whole axis.
    """

    rank = 1


class GlobalLpPooling2D(_GlobalLpPooling):
    """The p-norm of each feature map: (batch, rows, columns, channels) gives (batch, channels).

    y[n, c] = (sum over i, j of |x[n, i, j, c]|^p)^(1/p); see `LpPooling1D` for p and gradient.

    Args:
        data_format: "channels_last", the default, or "channels_first".
        keepdims: keep the pooled axes, with size 1.
        p: the norm's power, from 1 to 126.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range, unknown or of the wrong type.
        ShapeError: the input has too few axes.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2, 2, 1)), layers.GlobalLpPooling2D(p=1)])
        >>> model.predict(np.array([1, -5, 3, 1]).reshape(1, 2, 2, 1), verbose=0).tolist()
        [[10.0]]

    Source: as `LpPooling1D`, with one window over the whole feature map.
    """

    rank = 2


class GlobalLpPooling3D(_GlobalLpPooling):
    """The p-norm of each volume: (batch, depth, rows, columns, channels) gives (batch, channels).

    As `GlobalLpPooling2D`, with a depth axis before rows and columns.

    Arguments are those of `GlobalLpPooling2D`.

    Raises:
        ArgumentError: an argument is out of range, unknown or of the wrong type.
        ShapeError: the input has too few axes.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2, 2, 2, 1)), layers.GlobalLpPooling3D(p=3)])
        >>> model.predict(-np.ones((1, 2, 2, 2, 1)), verbose=0).tolist()
        [[2.0]]

    Source: as `LpPooling1D`, with one window over the whole volume.
    """

    rank = 3
