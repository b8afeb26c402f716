"""Layers that change the shape and no number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Unpack

from pellucid.checks import is_whole, whole
from pellucid.dispatch import shape_inference
from pellucid.dispatch.arrangement import Arrangement
from pellucid.dispatch.symbolic import InputShape, SymbolicShape
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError, shown
from pellucid.geometry import MAX_SIZE
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.base import Layer
from pellucid.layers.channels import to_channels_last
from pellucid.layers.layer_options import LayerOptions


class Flatten(Layer):
    """All numbers of a sample in one row: (batch, rows, columns, channels) gives (batch, rows * columns * channels).

    Args:
        data_format: "channels_last", the default, or "channels_first": then channels are moved last before flattening,
            so that the same weights fit behind either format.
        options: name, trainable, input_shape (see `Layer`).

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((5, 5, 3)), layers.Flatten()]).output_shape
        (None, 75)

    Source: keras.layers.Flatten, https://keras.io/api/layers/reshaping_layers/flatten/
    """

    def __init__(self, data_format: str | None = None, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.data_format = arguments.data_format(data_format, self.label)

    def size_formulas(self, shapes: Sequence[SymbolicShape]) -> dict[int, str]:
        """See `network.windowed.Resizing`."""
        return {1: "·".join(map(str, shapes[0][1:]))} if len(shapes[0]) > 2 else {}

    def call(self, inputs: Tensor) -> Tensor:
        """Put all axes but the batch into one."""
        x = inputs
        if x.rank > 2:
            x = to_channels_last(x, self.data_format)
        return builder.reshape(x, (x.shape[0], math.prod(x.shape[1:])))


class Reshape(Layer):
    """The numbers of a sample in the same order under another shape.

    Args:
        target_shape: of one sample, without the batch; one size may be -1, for what is left.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: a size is neither whole and >= 1 nor the only -1.
        ShapeError: the number of elements differs.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((12,)), layers.Reshape((3, -1))]).output_shape
        (None, 3, 4)

    Source: keras.layers.Reshape, https://keras.io/api/layers/reshaping_layers/reshape/
    """

    def __init__(self, target_shape: Sequence[int], **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        if not isinstance(target_shape, list | tuple):
            raise ArgumentError(f"{self.label}: target_shape is a tuple such as (7, 7, 64), got {shown(target_shape)}")
        came = f"got target_shape={shown(target_shape)}"
        for size in target_shape:
            if not is_whole(size) or not (size == -1 or 1 <= size <= MAX_SIZE):
                kind = ArgumentError if is_whole(size) else ArgumentTypeError
                raise kind(
                    f"{self.label}: a size of target_shape is a non-negative integer from 1 to {MAX_SIZE}, or -1 for "
                    f"what is left; {came}"
                )
        self.target_shape = tuple(map(int, target_shape))
        if self.target_shape.count(-1) > 1:
            raise ArgumentError(f"{self.label}: at most one unknown dimension, -1, can be left open; {came}")

    def _inferred(self, shape: InputShape) -> tuple[Arrangement, list[Any]]:
        if isinstance(shape, list) or None not in shape[1:]:
            return super()._inferred(shape)
        self.ensure_built(shape)  # what is open must fit; that is seen when an input comes
        return Arrangement(), [(shape[0], *(None if size == -1 else size for size in self.target_shape))]

    def trial_shapes(self) -> list[tuple[int, ...]]:
        """An open axis has the size that fits, if there is but one and a whole one fits."""
        (known,) = shape_inference.with_sizes(self.input_shape, 1)
        size, rest = divmod(math.prod(self.target_shape), math.prod(known))
        fits = size > 0 and not rest and list(self.input_shape[1:]).count(None) == 1
        return shape_inference.with_sizes(self.input_shape, size) if fits else super().trial_shapes()

    def call(self, inputs: Tensor) -> Tensor:
        """Give the sample its new shape."""
        count, known = math.prod(inputs.shape[1:]), math.prod(size for size in self.target_shape if size != -1)
        if count % known or (-1 not in self.target_shape and count != known):
            raise ShapeError(f"{count} numbers of {inputs.shape[1:]} cannot be arranged as {self.target_shape}")
        sizes = tuple(count // known if size == -1 else size for size in self.target_shape)
        return builder.reshape(inputs, (inputs.shape[0], *sizes))


class Permute(Layer):
    """The axes of a sample in another order.

    Args:
        dims: for each axis of the result the number of the input's axis, counted from 1 (the batch is not counted).
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: dims is not an order of 1, 2, ..., n.
        ShapeError: the input has another number of axes.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((10, 64)), layers.Permute((2, 1))]).output_shape
        (None, 64, 10)

    Source: keras.layers.Permute, https://keras.io/api/layers/reshaping_layers/permute/
    """

    def __init__(self, dims: Sequence[int], **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        if not isinstance(dims, list | tuple):
            raise ArgumentError(f"{self.label}: dims is a tuple such as (2, 1), got {shown(dims)}")
        self.dims = tuple(whole(self.label, "dims", item) for item in dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ArgumentError(
                f"{self.label}: Invalid permutation of axes: dims must name each axis from 1 on once, "
                f"got {shown(self.dims)}"
            )

    def build(self, input_shape: SymbolicShape) -> None:
        """Nothing to learn; checks the number of axes."""
        if len(input_shape) != len(self.dims) + 1:
            raise ShapeError(f"{self.label}: dims={self.dims} needs {len(self.dims) + 1} axes, got {input_shape}")

    def call(self, inputs: Tensor) -> Tensor:
        """Change the order."""
        return builder.transpose(inputs, (0, *self.dims))


class RepeatVector(Layer):
    """The numbers of a sample several times over: (batch, features) gives (batch, n, features).

    Args:
        n: how often, >= 1.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: n is not a whole number >= 1.
        ShapeError: the input has more than two axes.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((32,)), layers.RepeatVector(3)]).output_shape
        (None, 3, 32)

    Source: keras.layers.RepeatVector, https://keras.io/api/layers/reshaping_layers/repeat_vector/
    """

    def __init__(self, n: int, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.n = arguments.whole_number("n", n, self.label)

    def build(self, input_shape: SymbolicShape) -> None:
        """Nothing to learn; checks the number of axes."""
        self._check(input_shape)

    def _check(self, shape: SymbolicShape) -> None:
        if len(shape) != 2:
            raise ShapeError(f"{self.label}: expected an input (batch, features), got {shape}")

    def call(self, inputs: Tensor) -> Tensor:
        """Repeat."""
        self._check(inputs.shape)
        batch, features = inputs.shape
        return builder.broadcast_to(builder.reshape(inputs, (batch, 1, features)), (batch, self.n, features))


class Identity(Layer):
    """The input as it is.

    Args:
        options: name, trainable, input_shape (see `Layer`).

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((5, 2)), layers.Identity()]).output_shape
        (None, 5, 2)

    Source: keras.layers.Identity.
    """

    def call(self, inputs: Tensor) -> Tensor:
        """Pass on."""
        return inputs
