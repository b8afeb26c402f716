"""Convolution and pooling to sizes that the stride of a window does not give, under Keras's names (keras.ops)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ShapeError
from pellucid.graph import Tensor
from pellucid.layers import arguments
from pellucid.layers.adaptive_pooling import Cut, average, largest
from pellucid.layers.channels import on_images
from pellucid.layers.transposed import Spreading, below_stride

Numbers = int | Sequence[int]


@anywhere("inputs", "kernel")
def conv_transpose(
    inputs: Operand,
    kernel: Operand,
    strides: Numbers = 1,
    padding: str = "valid",
    output_padding: Numbers | None = None,
    data_format: str | None = None,
    dilation_rate: Numbers = 1,
) -> Any:
    """Transposed convolution: each input value spreads the kernel over the result, where the copies add up.

    Args:
        inputs: (batch, spatial..., channels), or (batch, channels, spatial...).
        kernel: (spatial..., filters, channels) either way.
        strides: between the places of neighbouring inputs in the result [elements].
        padding: "valid" keeps all that any input reaches, "same" inputs * strides elements.
        output_padding: how many elements are added to each axis, below its stride; by the padding if None.
        data_format: "channels_last" or "channels_first"; the process's default if None.
        dilation_rate: distance between neighbouring taps [elements].

    Raises:
        ArgumentError: a setting is out of range.
        ShapeError: inputs and kernel do not fit, or a result would be empty.

    Example:
        >>> import numpy as np
        >>> conv_transpose(np.array([1.0, 2.0]).reshape(1, 2, 1), np.ones((2, 1, 1)), strides=2).ravel().tolist()
        [1.0, 1.0, 2.0, 2.0]
    """
    rank, what = kernel.rank - 2, "conv_transpose"
    if not 1 <= rank <= 3 or inputs.rank < rank + 2:
        raise ShapeError(
            f"{what} takes inputs (batch, spatial..., channels) and a kernel (spatial..., filters, channels) with one "
            f"to three spatial axes, got {inputs.shape} and {kernel.shape}"
        )
    steps = arguments.per_axis("strides", strides, rank, what)
    spreading = Spreading(
        kernel.shape[:-2],
        steps,
        arguments.per_axis("dilation_rate", dilation_rate, rank, what),
        arguments.in_any_case("padding", padding, ("valid", "same"), what),
        below_stride(output_padding, steps, what),
    )

    def spread(x: Tensor) -> Tensor:
        if x.shape[-1] != kernel.shape[-1]:
            raise ShapeError(f"a kernel {kernel.shape} takes {kernel.shape[-1]} channels, got {x.shape[-1]}")
        return spreading.sums(x, kernel, kernel.shape[-2], what)

    return on_images(inputs, rank, arguments.data_format(data_format, what), spread)


@anywhere("inputs")
def adaptive_average_pool(inputs: Operand, output_size: Numbers, data_format: str | None = None) -> Any:
    """The mean of each channel in as many windows as are wanted, however large the inputs are.

    Args:
        inputs: (batch, spatial..., channels), or (batch, channels, spatial...), of one to three spatial axes.
        output_size: windows along each axis, or one number for all.
        data_format: "channels_last" or "channels_first"; the process's default if None.

    Raises:
        ArgumentError: a size is out of range.
        ShapeError: inputs have another number of axes.

    Example:
        >>> import numpy as np
        >>> adaptive_average_pool(np.array([1.0, 3.0, 5.0, 7.0]).reshape(1, 4, 1), 2).ravel().tolist()
        [2.0, 6.0]
    """
    return _adaptive(average, inputs, output_size, data_format, "adaptive_average_pool")


@anywhere("inputs")
def adaptive_max_pool(inputs: Operand, output_size: Numbers, data_format: str | None = None) -> Any:
    """The largest value of each channel in as many windows as are wanted; otherwise as `adaptive_average_pool`.

    Raises:
        ArgumentError: a size is out of range.
        ShapeError: inputs have another number of axes.

    Example:
        >>> import numpy as np
        >>> adaptive_max_pool(np.array([1.0, 3.0, 5.0, 7.0]).reshape(1, 4, 1), 2).ravel().tolist()
        [3.0, 7.0]
    """
    return _adaptive(largest, inputs, output_size, data_format, "adaptive_max_pool")


def _adaptive(
    pool: Callable[[Tensor, list[Cut]], Tensor], x: Tensor, output_size: Numbers, data_format: str | None, what: str
) -> Tensor:
    rank = x.rank - 2
    if not 1 <= rank <= 3:
        raise ShapeError(f"{what} takes inputs (batch, spatial..., channels) with one to three axes, got {x.shape}")
    sizes = arguments.per_axis("output_size", output_size, rank, what)

    def pooled(images: Tensor) -> Tensor:
        return pool(images, [Cut(*pair) for pair in zip(images.shape[1:-1], sizes, strict=True)])

    return on_images(x, rank, arguments.data_format(data_format, what), pooled)
