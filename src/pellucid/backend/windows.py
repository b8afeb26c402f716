"""Convolution, pooling and padding as Keras's backend module has them: functions of `ops` with arguments of its own.

Source: keras/backend/tensorflow_backend.py of Keras 1.2.2 and 2.2.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid import checks, ops
from pellucid.backend.given import data_format_of, rank_of, several_of, shape_of
from pellucid.config import image_data_format
from pellucid.errors import ArgumentError, shown
from pellucid.legacy import accepts_old_spelling, generation

Operand = Any
Numbers = Any
MOST = 2**31 - 1


@accepts_old_spelling("conv1d")
def conv1d(
    x: Operand,
    kernel: Operand,
    strides: Numbers = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Numbers = 1,
) -> Any:
    """See `ops.conv`, over one axis.

    Example:
        >>> import numpy as np
        >>> conv1d(np.ones((1, 4, 1)), np.ones((2, 1, 1)))[0, :, 0].tolist()
        [2.0, 2.0, 2.0]

    Source: keras.backend.conv1d.
    """
    return ops.conv(x, kernel, strides, padding, data_format_of("conv1d", data_format), dilation_rate)


@accepts_old_spelling("conv2d")
def conv2d(
    x: Operand,
    kernel: Operand,
    strides: Numbers = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Numbers = (1, 1),
) -> Any:
    """See `ops.conv`, over two axes.

    Example:
        >>> import numpy as np
        >>> conv2d(np.ones((1, 3, 3, 1)), np.ones((3, 3, 1, 1))).tolist()
        [[[[9.0]]]]

    Source: keras.backend.conv2d.
    """
    order = data_format_of("conv2d", data_format)
    return ops.conv(x, _turned(kernel, order), strides, padding, order, dilation_rate)


@accepts_old_spelling("conv3d")
def conv3d(
    x: Operand,
    kernel: Operand,
    strides: Numbers = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Numbers = (1, 1, 1),
) -> Any:
    """See `ops.conv`, over three axes.

    Example:
        >>> import numpy as np
        >>> conv3d(np.ones((1, 2, 2, 2, 1)), np.ones((2, 2, 2, 1, 1))).tolist()
        [[[[[8.0]]]]]

    Source: keras.backend.conv3d.
    """
    order = data_format_of("conv3d", data_format)
    return ops.conv(x, _turned(kernel, order), strides, padding, order, dilation_rate)


def _turned(kernel: Operand, data_format: str | None) -> Operand:
    """A kernel as it lies today: Keras 1 had filters and channels first where the images have the channels first."""
    if generation() != 1 or (data_format or image_data_format()) != "channels_first":
        return kernel
    return ops.transpose(kernel, (*range(2, rank_of("kernel", kernel)), 1, 0))


@accepts_old_spelling("pool2d")
def pool2d(
    x: Operand,
    pool_size: Numbers,
    strides: Numbers = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Any:
    """The largest number or the mean ("avg") of each window.

    Example:
        >>> import numpy as np
        >>> pool2d(np.arange(4.0).reshape(1, 2, 2, 1), (2, 2), pool_mode="avg").tolist()
        [[[[1.5]]]]

    Source: keras.backend.pool2d.
    """
    return _pooled("pool2d", x, pool_size, strides, padding, data_format, pool_mode)


@accepts_old_spelling("pool3d")
def pool3d(
    x: Operand,
    pool_size: Numbers,
    strides: Numbers = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Any:
    """The same of volumes.

    Example:
        >>> import numpy as np
        >>> pool3d(np.ones((1, 2, 2, 2, 1)), (2, 2, 2)).shape
        (1, 1, 1, 1, 1)

    Source: keras.backend.pool3d.
    """
    return _pooled("pool3d", x, pool_size, strides, padding, data_format, pool_mode)


def _pooled(
    owner: str, x: Operand, size: Numbers, strides: Numbers, padding: str, data_format: str | None, mode: str
) -> Any:
    is_mean = checks.word(owner, "pool_mode", mode, ("max", "avg")) == "avg"
    pool = ops.average_pool if is_mean else ops.max_pool
    return pool(x, size, strides, padding, data_format_of(owner, data_format))


@accepts_old_spelling("conv2d_transpose")
def conv2d_transpose(
    x: Operand,
    kernel: Operand,
    output_shape: Sequence[Any],
    strides: Numbers = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Numbers = (1, 1),
) -> Any:
    """See `ops.conv_transpose`; the shape that is asked for must be the one that strides and padding give.

    Example:
        >>> import numpy as np
        >>> conv2d_transpose(np.ones((1, 2, 2, 1)), np.ones((2, 2, 3, 1)), (1, 4, 4, 3), (2, 2)).shape
        (1, 4, 4, 3)

    Source: keras.backend.conv2d_transpose.
    """
    return transposed("conv2d_transpose", x, kernel, output_shape, strides, padding, data_format, dilation_rate)


def transposed(
    owner: str,
    x: Operand,
    kernel: Operand,
    output_shape: Sequence[Any],
    strides: Numbers,
    padding: str,
    data_format: str | None,
    dilation_rate: Numbers,
) -> Any:
    """`conv2d_transpose` and its like over other axes."""
    order = data_format_of(owner, data_format)
    found = ops.conv_transpose(x, kernel, strides, padding, None, order, dilation_rate)
    given, wanted = ops.shape(found)[1:], several_of(owner, "output_shape", output_shape, "sizes")[1:]
    if len(wanted) != len(given) or any(
        size is not None and not (checks.is_whole(size) and int(size) == have)
        for size, have in zip(wanted, given, strict=True)
    ):
        raise ArgumentError(f"{owner}: strides and padding give {given}, not output_shape {shown(wanted)}")
    return found


def depthwise_conv2d(
    x: Operand,
    depthwise_kernel: Operand,
    strides: Numbers = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Numbers = (1, 1),
) -> Any:
    """See `ops.depthwise_conv`.

    Example:
        >>> import numpy as np
        >>> depthwise_conv2d(np.ones((1, 3, 3, 2)), np.ones((3, 3, 2, 1)))[0, 0, 0].tolist()
        [9.0, 9.0]

    Source: keras.backend.depthwise_conv2d.
    """
    order = data_format_of("depthwise_conv2d", data_format)
    return ops.depthwise_conv(x, depthwise_kernel, strides, padding, order, dilation_rate)


@accepts_old_spelling("separable_conv2d")
def separable_conv2d(
    x: Operand,
    depthwise_kernel: Operand,
    pointwise_kernel: Operand,
    strides: Numbers = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Numbers = (1, 1),
) -> Any:
    """See `ops.separable_conv`.

    Example:
        >>> import numpy as np
        >>> separable_conv2d(np.ones((1, 2, 2, 1)), np.ones((2, 2, 1, 1)), np.ones((1, 1, 1, 3)))[0, 0, 0].tolist()
        [4.0, 4.0, 4.0]

    Source: keras.backend.separable_conv2d.
    """
    order = data_format_of("separable_conv2d", data_format)
    return ops.separable_conv(x, depthwise_kernel, pointwise_kernel, strides, padding, order, dilation_rate)


@accepts_old_spelling("temporal_padding")
def temporal_padding(x: Operand, padding: Sequence[int] = (1, 1)) -> Any:
    """Steps of zeros before and behind signals (batch, steps, channels).

    Example:
        >>> import numpy as np
        >>> temporal_padding(np.ones((1, 2, 1)), (2, 0))[0, :, 0].tolist()
        [0.0, 0.0, 1.0, 1.0]

    Source: keras.backend.temporal_padding.
    """
    return ops.pad(x, [(0, 0), checks.several("temporal_padding", "padding", padding, "amounts"), (0, 0)])


@accepts_old_spelling("spatial_2d_padding")
def spatial_2d_padding(
    x: Operand, padding: Sequence[Sequence[int]] = ((1, 1), (1, 1)), data_format: str | None = None
) -> Any:
    """Rows and columns of zeros around images.

    Example:
        >>> import numpy as np
        >>> spatial_2d_padding(np.ones((1, 2, 2, 1))).shape
        (1, 4, 4, 1)

    Source: keras.backend.spatial_2d_padding.
    """
    return _padded("spatial_2d_padding", x, padding, data_format)


@accepts_old_spelling("spatial_3d_padding")
def spatial_3d_padding(
    x: Operand, padding: Sequence[Sequence[int]] = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None
) -> Any:
    """Zeros around volumes.

    Example:
        >>> import numpy as np
        >>> spatial_3d_padding(np.ones((1, 2, 2, 2, 1))).shape
        (1, 4, 4, 4, 1)

    Source: keras.backend.spatial_3d_padding.
    """
    return _padded("spatial_3d_padding", x, padding, data_format)


def _padded(owner: str, x: Operand, padding: Sequence[Sequence[int]], data_format: str | None) -> Any:
    pairs = checks.several(owner, "padding", padding, "pairs")
    sides = [checks.several(owner, "padding", pair, "amounts") for pair in pairs]
    is_first = data_format_of(owner, data_format) == "channels_first"
    return ops.pad(x, [(0, 0), (0, 0), *sides] if is_first else [(0, 0), *sides, (0, 0)])


@accepts_old_spelling("resize_images")
def resize_images(
    x: Operand,
    height_factor: int,
    width_factor: int,
    data_format: str | None = None,
    interpolation: str = "nearest",
) -> Any:
    """Images of so many times the rows and columns.

    Args:
        x: (batch, height, width, channels), or as `data_format` says.
        height_factor: how many times the rows.
        width_factor: how many times the columns.
        data_format: "channels_last" or "channels_first".
        interpolation: "nearest", each pixel repeated; or "bilinear".

    Example:
        >>> import numpy as np
        >>> resize_images(np.ones((1, 2, 2, 1)), 2, 3).shape
        (1, 4, 6, 1)

    Source: keras.backend.resize_images.
    """
    factors = [checks.whole("resize_images", "a factor", factor, 1) for factor in (height_factor, width_factor)]
    word = checks.word("resize_images", "interpolation", interpolation, ("nearest", "bilinear"))
    first = 2 if data_format_of("resize_images", data_format) == "channels_first" else 1
    if word == "nearest":
        return ops.repeat(ops.repeat(x, factors[0], axis=first), factors[1], axis=first + 1)
    rows, columns = shape_of("resize_images", x)[first : first + 2]
    if rows is None or columns is None:
        raise ArgumentError("resize_images interpolates between pixels only where rows and columns are known")
    size = rows * factors[0], columns * factors[1]
    place = "channels_first" if first == 2 else "channels_last"
    return ops.image.resize(x, size, interpolation="bilinear", data_format=place)


@accepts_old_spelling("resize_volumes")
def resize_volumes(
    x: Operand, depth_factor: int, height_factor: int, width_factor: int, data_format: str | None = None
) -> Any:
    """Volumes of so many times the planes, rows and columns, each number repeated.

    Example:
        >>> import numpy as np
        >>> resize_volumes(np.ones((1, 2, 2, 2, 1)), 1, 2, 3).shape
        (1, 2, 4, 6, 1)

    Source: keras.backend.resize_volumes.
    """
    first = 2 if data_format_of("resize_volumes", data_format) == "channels_first" else 1
    for axis, factor in enumerate((depth_factor, height_factor, width_factor), first):
        x = ops.repeat(x, factor, axis=axis)
    return x
