"""A fully connected layer along axes that letters choose, as the projections of attention are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Unpack

from pellucid.constraints import Constraint
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.frozen import Frozen
from pellucid.graph import Tensor
from pellucid.graph.einstein import einsum
from pellucid.initializers import Initializer, VarianceScaling
from pellucid.layers import arguments
from pellucid.layers.activating import Activation
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.weighted_sum import Initial, WeightedSum
from pellucid.regularizers import Regularizer
from pellucid.variables import Variable

FORM = re.compile(r"(\.\.\.)?([A-Za-z]+)(\.\.\.)?,([A-Za-z]+)->(\.\.\.)?([A-Za-z]+)(\.\.\.)?")


class Equation(Frozen):
    """An equation, read: the letters of input, kernel and result, and on which side axes without letters stand.

    Attributes:
        inputs, kernel, outputs: a letter for each axis.
        side: "left", "right" or "" (no axes without letters).
    """

    inputs: str
    kernel: str
    outputs: str
    side: str

    @classmethod
    def read(cls, text: object, label: str) -> Equation:
        """Raises `ArgumentError` unless it is "X,Y->Z", "...X,Y->...Z" or "X...,Y->Z...", with letters that fit."""
        found = FORM.fullmatch("".join(text.split())) if isinstance(text, str) else None
        dots = (found[1], found[3], found[5], found[7]) if found else ()
        sides = {(None, None, None, None): "", ("...", None, "...", None): "left", (None, "...", None, "..."): "right"}
        if found is None or dots not in sides:
            raise ArgumentError(
                f'{label}: equation must be such as "ab,bc->ac", "...b,bc->...c" or "ab...,bc->ac...": input, kernel, '
                f"result; got {shown(text)}"
            )
        inputs, kernel, outputs = found[2], found[4], found[6]
        for letter in outputs:
            if letter not in inputs + kernel:
                raise ArgumentError(f"{label}: {letter!r} in the result of {shown(text)} is no letter of what goes in")
        for letter in kernel:
            if letter not in inputs + outputs:
                raise ArgumentError(f"{label}: {letter!r} in the kernel of {shown(text)} has no size: no axis of input")
        return cls(inputs, kernel, outputs, sides[dots])


class EinsumDense(WeightedSum):
    """Weighted sums along axes that an equation names: y = activation(einsum(equation, x, kernel) + bias).

    "abc,cd->abd" is `Dense`; "abc,cde->abde" gives several heads of features each, as attention wants them; and
    "abcd,bce->ade" sums over two axes.

    Args:
        equation: letters for the axes of the input (batch first), of the kernel and of the result. "..." at the
            beginning or the end, of input and result alike, stands for axes that stay as they are.
        output_shape: sizes of the axes that have letters in the result, without the batch where it has one: a whole
            number or several, None where the input says it.
        activation: name, function, or layer; None means linear.
        bias_axes: the letters of the result along which the bias has numbers of its own; None for no bias.
        kernel_initializer: name, initialiser, array of the kernel's shape, or function of a shape; what depends on the
            numbers of inputs and outputs takes them from the equation.
        bias_initializer: likewise, for the bias.
        kernel_regularizer, bias_regularizer: penalties on the weights that are added to the loss.
        kernel_constraint, bias_constraint: what the weights are projected to after each update.
        options: name, trainable, weights, input_shape, activity_regularizer (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown, or letters do not fit together.
        ShapeError: the input does not fit the equation or the shape of the result.

    Example:
        >>> from pellucid import Sequential, layers
        >>> heads = layers.EinsumDense("abc,cde->abde", output_shape=(None, 2, 8), bias_axes="de")
        >>> model = Sequential([layers.Input((5, 6)), heads])
        >>> model.output_shape, heads.kernel.shape, heads.bias.shape
        ((None, 5, 2, 8), (6, 2, 8), (2, 8))

    Source: keras.layers.EinsumDense, https://keras.io/api/layers/core_layers/einsum_dense/
    """

    kernel: Variable
    kernel_initializer: Initializer
    kernel_regularizer: Regularizer | None
    kernel_constraint: Constraint | None
    untold_options = ("output_shape",)  # which a layer knows as that of its result

    def __init__(
        self,
        equation: str,
        output_shape: int | Sequence[int | None],
        activation: str | Activation | None = None,
        bias_axes: str | None = None,
        kernel_initializer: Initial = "glorot_uniform",
        bias_initializer: Initial = "zeros",
        kernel_regularizer: object = None,
        bias_regularizer: object = None,
        kernel_constraint: object = None,
        bias_constraint: object = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.equation = equation
        self.read_equation = Equation.read(equation, self.label)
        self.partial_output_shape = result_sizes(output_shape, self.label)
        if bias_axes is not None and not (
            isinstance(bias_axes, str) and bias_axes and set(bias_axes) <= set(self.read_equation.outputs)
        ):
            raise ArgumentError(
                f"{self.label}: bias_axes are letters of the result {self.read_equation.outputs!r}, got "
                f"{shown(bias_axes)}"
            )
        self.bias_axes = bias_axes
        self._set_end(activation, bias_axes is not None, bias_initializer, bias_regularizer, bias_constraint)
        self._set_kernel("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)

    def build(self, input_shape: SymbolicShape) -> None:
        """Create the kernel, of the sizes of its letters, and the bias, from its first letter on."""
        letters, sizes, elided = self.read_equation, self._sizes(input_shape), len(input_shape)
        elided -= len(letters.inputs)
        shape = [sizes[letter] for letter in letters.kernel]
        if None in shape:
            raise ShapeError(
                f"{self.label}: the axis {letters.kernel[shape.index(None)]!r} of the kernel needs a known size; "
                f"got an input {input_shape} and output_shape={self.partial_output_shape}"
            )
        self.kernel = self.add_weight(
            shape,  # type: ignore[arg-type]
            _with_axes(self.kernel_initializer, letters),
            name="kernel",
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = None
        if self.bias_axes is not None:
            first = min(letters.outputs.index(letter) for letter in self.bias_axes)
            spans = [sizes[letter] if letter in self.bias_axes else 1 for letter in letters.outputs[first:]]
            if None in spans:
                raise ShapeError(f"{self.label}: the bias needs sizes that are known along {self.bias_axes!r}")
            self._add_bias((*spans, *(1,) * (elided if letters.side == "right" else 0)))  # type: ignore[arg-type]

    def _sizes(self, shape: SymbolicShape) -> dict[str, int | None]:
        """The size of each letter for an input of a shape; raises `ShapeError` where it does not fit."""
        letters = self.read_equation
        count = len(letters.inputs)
        if not isinstance(shape, tuple) or len(shape) < count or (len(shape) > count and not letters.side):
            raise ShapeError(f"{self.label}: {shown(self.equation)} is for an input of {count} axes, got {shape}")
        found = dict(zip(letters.inputs, shape[-count:] if letters.side == "left" else shape, strict=False))
        has_batch = letters.side != "left" or len(shape) == count
        outputs = letters.outputs[1:] if has_batch else letters.outputs
        if len(self.partial_output_shape) != len(outputs):
            raise ShapeError(
                f"{self.label}: output_shape has a size for each of {outputs!r} in {shown(self.equation)}, got "
                f"{self.partial_output_shape}"
            )
        for letter, size in zip(outputs, self.partial_output_shape, strict=True):
            if letter in found and size is not None and found[letter] != size:
                raise ShapeError(
                    f"{self.label}: input and output_shape do not match along {letter!r}, which both have: "
                    f"{found[letter]} in {shape}, {size} in {self.partial_output_shape}"
                )
            found.setdefault(letter, size)
        return found

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        """Sum up, add the bias, activate; the same in training, of which Keras tells this layer too."""
        return self.activation(self._with_bias(einsum(self.equation, inputs, self.kernel.tensor(inputs.graph))))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make such a layer again."""
        return super().get_config() | {"output_shape": self.partial_output_shape}


def result_sizes(value: object, label: str) -> tuple[int | None, ...]:
    """Sizes of axes of a result, None where they are open; a whole number is that of one axis."""
    given = value if isinstance(value, list | tuple) else [value]
    return tuple(None if size is None else arguments.whole_number("output_shape", size, label) for size in given)


def _with_axes(initializer: Initializer, letters: Equation) -> Initializer:
    """The initialiser, told which axes of the kernel are inputs: those that the result has not."""
    if not isinstance(initializer, VarianceScaling) or initializer.input_axes is not None:
        return initializer
    inputs = [axis for axis, letter in enumerate(letters.kernel) if letter not in letters.outputs]
    outputs = [axis for axis, letter in enumerate(letters.kernel) if letter in letters.outputs]
    if not inputs or not outputs:
        return initializer
    told: Initializer = type(initializer)(**(initializer.get_config() | {"input_axes": inputs, "output_axes": outputs}))
    return told
