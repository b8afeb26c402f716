"""Layers that join several tensors into one, where a model branches and meets again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from typing import ClassVar, Unpack

from pellucid.checks import is_whole
from pellucid.dispatch.symbolic import InputShape, SymbolicShape
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError, shown
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.base import Layer
from pellucid.layers.layer_options import LayerOptions


def _several(layer: Layer, shapes: InputShape, exactly: int | None = None) -> list[SymbolicShape]:
    """The shapes of the tensors to be joined, at least two of them."""
    came = f"{len(shapes)} in a list" if isinstance(shapes, list) else "one that is in no list"
    if not isinstance(shapes, list) or len(shapes) < 2 or (exactly and len(shapes) != exactly):
        wanted = f"exactly {exactly}" if exactly else "a list of at least 2"
        raise ArgumentError(f"{layer.label}: the layer should be called on {wanted} inputs, which it joins; got {came}")
    return shapes


def _shapes(inputs: list[Tensor] | Tensor) -> InputShape:
    """Of what a layer is called on, which may be less than what it was built for."""
    return [tensor.shape for tensor in inputs] if isinstance(inputs, list) else inputs.shape


class _Elementwise(Layer):
    """What the layers share that join tensors element by element.

    Axes of size 1 are repeated as need be; a tensor with fewer axes gets axes of size 1 behind its batch, as in Keras.
    """

    joins = True
    exactly: ClassVar[int | None] = None

    def build(self, input_shape: InputShape) -> None:
        """Nothing to learn; checks the shapes."""
        self._check(input_shape)

    def _check(self, input_shape: InputShape) -> None:
        shapes = _several(self, input_shape, self.exactly)
        rank = max(map(len, shapes))
        aligned = [(shape[0], *(1,) * (rank - len(shape)), *shape[1:]) for shape in shapes]
        for sizes in zip(*aligned, strict=True):
            if len({size for size in sizes if size not in (None, 1)}) > 1:
                raise ShapeError(
                    f"{self.label}: tensors to be joined need one shape, or 1 where they differ; got {shapes}"
                )

    def call(self, inputs: list[Tensor]) -> Tensor:
        """Join."""
        self._check(_shapes(inputs))
        rank = max(tensor.rank for tensor in inputs)
        aligned = [builder.reshape(t, (t.shape[0], *(1,) * (rank - t.rank), *t.shape[1:])) for t in inputs]
        return self._merge_function(aligned)

    def _merge_function(self, tensors: Sequence[Tensor]) -> Tensor:
        raise TypeError(f"{type(self).__name__} does not say how it joins")


class Add(_Elementwise):
    """The sum of several tensors, element by element.

    Args:
        options: name, trainable (see `Layer`).

    Raises:
        ArgumentError: called on fewer than two tensors.
        ShapeError: the shapes do not fit together.

    Example:
        >>> from pellucid import Input, Model, layers
        >>> x, z = Input((1,)), Input((1,))
        >>> Model([x, z], layers.Add()([x, z])).predict([[[1.0]], [[3.0]]]).tolist()
        [[4.0]]

    Source: keras.layers.Add, https://keras.io/api/layers/merging_layers/add/
    """

    def _merge_function(self, tensors: Sequence[Tensor]) -> Tensor:
        return reduce(lambda a, b: a + b, tensors)


class Subtract(_Elementwise):
    """The first of two tensors minus the second, element by element.

    Args:
        options: name, trainable (see `Layer`).

    Raises:
        ArgumentError: not called on two tensors.
        ShapeError: the shapes do not fit together.

    Example:
        >>> from pellucid import Input, Model, layers
        >>> x, z = Input((1,)), Input((1,))
        >>> Model([x, z], layers.Subtract()([x, z])).predict([[[1.0]], [[3.0]]]).tolist()
        [[-2.0]]

    Source: keras.layers.Subtract, https://keras.io/api/layers/merging_layers/subtract/
    """

    exactly = 2

    def _merge_function(self, tensors: Sequence[Tensor]) -> Tensor:
        return tensors[0] - tensors[1]


class Multiply(_Elementwise):
    """The product of several tensors, element by element.

    Args:
        options: name, trainable (see `Layer`).

    Raises:
        ArgumentError: called on fewer than two tensors.
        ShapeError: the shapes do not fit together.

    Example:
        >>> from pellucid import Input, Model, layers
        >>> x, z = Input((1,)), Input((1,))
        >>> Model([x, z], layers.Multiply()([x, z])).predict([[[1.0]], [[3.0]]]).tolist()
        [[3.0]]

    Source: keras.layers.Multiply, https://keras.io/api/layers/merging_layers/multiply/
    """

    def _merge_function(self, tensors: Sequence[Tensor]) -> Tensor:
        return reduce(lambda a, b: a * b, tensors)


class Average(_Elementwise):
    """The mean of several tensors, element by element.

    Args:
        options: name, trainable (see `Layer`).

    Raises:
        ArgumentError: called on fewer than two tensors.
        ShapeError: the shapes do not fit together.

    Example:
        >>> from pellucid import Input, Model, layers
        >>> x, z = Input((1,)), Input((1,))
        >>> Model([x, z], layers.Average()([x, z])).predict([[[1.0]], [[3.0]]]).tolist()
        [[2.0]]

    Source: keras.layers.Average, https://keras.io/api/layers/merging_layers/average/
    """

    def _merge_function(self, tensors: Sequence[Tensor]) -> Tensor:
        return reduce(lambda a, b: a + b, tensors) / len(tensors)


class Maximum(_Elementwise):
    """The largest of several tensors, element by element; at a tie the first takes the gradient.

    Args:
        options: name, trainable (see `Layer`).

    Raises:
        ArgumentError: called on fewer than two tensors.
        ShapeError: the shapes do not fit together.

    Example:
        >>> from pellucid import Input, Model, layers
        >>> x, z = Input((1,)), Input((1,))
        >>> Model([x, z], layers.Maximum()([x, z])).predict([[[1.0]], [[3.0]]]).tolist()
        [[3.0]]

    Source: keras.layers.Maximum, https://keras.io/api/layers/merging_layers/maximum/
    """

    def _merge_function(self, tensors: Sequence[Tensor]) -> Tensor:
        return reduce(builder.maximum, tensors)


class Minimum(_Elementwise):
    """The smallest of several tensors, element by element; at a tie the first takes the gradient.

    Args:
        options: name, trainable (see `Layer`).

    Raises:
        ArgumentError: called on fewer than two tensors.
        ShapeError: the shapes do not fit together.

    Example:
        >>> from pellucid import Input, Model, layers
        >>> x, z = Input((1,)), Input((1,))
        >>> Model([x, z], layers.Minimum()([x, z])).predict([[[1.0]], [[3.0]]]).tolist()
        [[1.0]]

    Source: keras.layers.Minimum, https://keras.io/api/layers/merging_layers/minimum/
    """

    def _merge_function(self, tensors: Sequence[Tensor]) -> Tensor:
        return reduce(builder.minimum, tensors)


class Concatenate(Layer):
    """Several tensors one after the other along an axis; by default their channels.

    Args:
        axis: along which to join; not the batch.
        options: name, trainable (see `Layer`).

    Raises:
        ArgumentError: called on fewer than two tensors, or the axis is the batch.
        ShapeError: the shapes differ elsewhere than along the axis.

    Example:
        >>> from pellucid import Input, Model, layers
        >>> x = Input((8, 8, 1))
        >>> small, large = layers.Conv2D(4, 3, padding="same")(x), layers.Conv2D(2, 5, padding="same")(x)
        >>> Model(x, layers.Concatenate()([small, large])).output_shape
        (None, 8, 8, 6)

    Source: keras.layers.Concatenate, https://keras.io/api/layers/merging_layers/concatenate/
    """

    joins = True

    def __init__(self, axis: int = -1, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        if not is_whole(axis):
            raise ArgumentTypeError(f"{self.label}: axis must be a whole number, got {shown(axis)}")
        self.axis = int(axis)

    def build(self, input_shape: InputShape) -> None:
        """Nothing to learn; checks axis and shapes."""
        self._check(input_shape)

    def _check(self, shapes: InputShape) -> None:
        input_shapes = _several(self, shapes)
        if len({len(shape) for shape in input_shapes}) > 1:
            raise ShapeError(f"{self.label}: tensors to be joined need equally many axes, got {input_shapes}")
        rank = len(input_shapes[0])
        if not -rank < self.axis < rank or self.axis == 0:
            raise ArgumentError(
                f"{self.label}: axis={shown(self.axis)} is not an axis of samples of {input_shapes[0][1:]}"
            )

    def call(self, inputs: list[Tensor]) -> Tensor:
        """Join."""
        self._check(_shapes(inputs))
        return self._merge_function(inputs)

    def size_formulas(self, shapes: Sequence[SymbolicShape]) -> dict[int, str]:
        """See `network.windowed.Resizing`."""
        return {self.axis % len(shapes[0]): " + ".join(str(shape[self.axis]) for shape in shapes)}

    def _merge_function(self, inputs: list[Tensor]) -> Tensor:
        return builder.concatenate(inputs, self.axis)


class Dot(Layer):
    """The sums of products of two tensors along one axis of each, sample by sample.

    (batch, n) and (batch, n) give (batch, 1); (batch, a, n) and (batch, n, b) with axes (2, 1) give (batch, a, b).

    Args:
        axes: the axis of both, or one for each, counted with the batch as 0; negative counts from the end.
        normalize: whether both are brought to length 1 along these axes first: the result is then their cosine.
        options: name, trainable (see `Layer`).

    Raises:
        ArgumentError: not two tensors, or an axis that does not exist or is the batch.
        ShapeError: the sizes along the axes differ.

    Example:
        >>> from pellucid import Input, Model, layers
        >>> x, z = Input((2,)), Input((2,))
        >>> Model([x, z], layers.Dot(axes=1)([x, z])).predict([[[1.0, 2.0]], [[3.0, 4.0]]]).tolist()
        [[11.0]]

    Source: keras.layers.Dot, https://keras.io/api/layers/merging_layers/dot/
    """

    joins = True

    def __init__(self, axes: int | Sequence[int], normalize: bool = False, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        pair = list(axes) if isinstance(axes, list | tuple) else [axes, axes]
        if len(pair) != 2 or not all(map(is_whole, pair)):
            raise ArgumentTypeError(f"{self.label}: axes must be a whole number or two of them, got {shown(axes)}")
        first, second = (int(axis) for axis in pair)  # type: ignore[arg-type]
        self.axes = (first, second) if isinstance(axes, list | tuple) else first
        self.normalize = arguments.flag("normalize", normalize, self.label)

    def _places(self, ranks: Sequence[int]) -> list[int]:
        axes = self.axes if isinstance(self.axes, tuple) else (self.axes, self.axes)
        if any(not -rank < axis < rank or axis == 0 for axis, rank in zip(axes, ranks, strict=True)):
            raise ArgumentError(
                f"{self.label}: axes={shown(self.axes)} are not axes of samples of {[r - 1 for r in ranks]} axes"
            )
        return [axis % rank for axis, rank in zip(axes, ranks, strict=True)]

    def build(self, input_shape: InputShape) -> None:
        """Nothing to learn; checks axes and sizes."""
        self._check(input_shape)

    def _check(self, input_shape: InputShape) -> None:
        shapes = _several(self, input_shape, exactly=2)
        first, second = self._places([len(shape) for shape in shapes])
        if shapes[0][first] != shapes[1][second]:
            raise ShapeError(
                f"{self.label}: the axes to be summed over must be equally long, got {shapes[0]} along {first} and "
                f"{shapes[1]} along {second}"
            )

    def call(self, inputs: list[Tensor]) -> Tensor:
        """One product of matrices for each sample: the summed axis last on the left, first on the right."""
        self._check(_shapes(inputs))
        return self._merge_function(inputs)

    def _merge_function(self, inputs: list[Tensor]) -> Tensor:
        x, z = inputs
        first, second = self._places([x.rank, z.rank])
        if self.normalize:
            x, z = _unit(x, first), _unit(z, second)
        x = builder.transpose(x, [*(axis for axis in range(x.rank) if axis != first), first])
        z = builder.transpose(z, [0, second, *(axis for axis in range(1, z.rank) if axis != second)])
        batch, *left, inner = x.shape
        _, _, *right = z.shape
        rows = builder.reshape(x, (batch, math.prod(left), inner))
        columns = builder.reshape(z, (batch, inner, math.prod(right)))
        y = builder.matmul(rows, columns)
        return builder.reshape(y, (batch, *left, *right) if left or right else (batch, 1))


def _unit(x: Tensor, axis: int) -> Tensor:
    """x divided by its length along an axis; Keras takes no square sum for less than 1e-12."""
    return x / builder.sqrt(builder.maximum(builder.reduce_sum(x * x, [axis], keepdims=True), 1e-12))
