"""What a layer is: weights, a `call` that emits operations, and a configuration. Nothing else.

Training, saving and drawing are functions elsewhere. `call` is given tensors of a graph and returns one; from the
operations it emits follow its output shape, its gradient and its computation on every engine.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol, TypedDict, Unpack

import numpy as np
import numpy.typing as npt

from pellucid import activations, initializers
from pellucid.errors import ArgumentError, DataError, ShapeError, unknown_name
from pellucid.graph import Graph, Tensor
from pellucid.graph.ops import Input as InputOp
from pellucid.graph.ops import Shape, check_shape
from pellucid.layers import arguments
from pellucid.layers.symbolic import Call, SymbolicShape, SymbolicTensor
from pellucid.layers.weight import Weight, assign_all
from pellucid.naming import snake_case, unique_name


class LayerOptions(TypedDict, total=False):
    """The keyword arguments that every layer takes.

    name: how the layer is called in summaries, files and messages; made from the class by default.
    trainable: whether training changes its weights.
    weights: initial values, as `get_weights` returns them.
    input_shape: shape of one sample, where the layer is the first of a `Sequential` model.
    """

    name: str | None
    trainable: bool
    weights: Sequence[npt.ArrayLike] | None
    input_shape: Sequence[int | None] | None


class WeightSource(Protocol):
    """Where the first values of a layer's weights come from, if not from its initialisers."""

    def take(self, index: int, shape: Shape) -> npt.ArrayLike:
        """The values of the weight of that number, which has that shape."""
        ...

    def finish(self, count: int) -> None:
        """Called when all `count` weights have been taken; raises if there were more."""
        ...


class _GivenWeights:
    """The arrays of `weights=`."""

    def __init__(self, layer: str, arrays: Sequence[npt.ArrayLike]) -> None:
        if not isinstance(arrays, list | tuple):
            raise ArgumentError(f"{layer}: weights is a list of arrays, as get_weights() returns it, got {arrays!r}")
        self.layer, self.arrays = layer, list(arrays)

    def take(self, index: int, shape: Shape) -> npt.ArrayLike:
        if index >= len(self.arrays):
            raise ArgumentError(f"{self.layer}: weights has {len(self.arrays)} arrays; one of shape {shape} is missing")
        return initializers.ArrayInitializer(self.arrays[index])(shape)

    def finish(self, count: int) -> None:
        if count != len(self.arrays):
            raise ArgumentError(f"{self.layer} has {count} weights, got {len(self.arrays)} arrays in weights=")


class Layer:
    """The base of all layers.

    A subclass sets its options in `__init__` (each under the name of its parameter, from which `get_config` follows),
    creates weights in `build` and emits operations in `call`.

    Args:
        name: unique within a model; made from the class name by default.
        trainable: whether training changes its weights.
        weights: initial values, in the order of `get_weights`; set as soon as the layer is built.
        input_shape: shape of one sample (without the batch), where the layer is the first of a `Sequential` model.

    Example:
        >>> from pellucid import Sequential, layers
        >>> class Double(Layer):
        ...     def call(self, x):
        ...         return x * 2.0
        >>> Sequential([layers.Input((2,)), Double()]).predict([[1.0, 3.0]]).tolist()
        [[2.0, 6.0]]

    Source: keras.layers.Layer, https://keras.io/api/layers/base_layer/
    """

    def __init__(self, **options: Unpack[LayerOptions]) -> None:
        self._check_options(options)
        name, input_shape, weights = options.get("name"), options.get("input_shape"), options.get("weights")
        self.name = check_name(name) if name is not None else unique_name(snake_case(type(self).__name__))
        self.weights: list[Weight] = []
        self.built = False
        self.initial_weights: WeightSource | None = None if weights is None else _GivenWeights(self.label, weights)
        self.batch_input_shape = None if input_shape is None else (None, *check_sample_shape(input_shape, self.label))
        self.input_shapes: list[SymbolicShape] = []
        self.calls: list[Call] = []
        self._trainable = arguments.flag("trainable", options.get("trainable", True), self.label)

    @classmethod
    def _check_options(cls, options: LayerOptions) -> None:
        """A misspelt option fails here, with the nearest that the layer has."""
        for name in options:
            if name not in LayerOptions.__annotations__:
                own = [key for key in inspect.signature(cls.__init__).parameters if key not in ("self", "options")]
                raise unknown_name(f"option of {cls.__name__}", name, [*own, *LayerOptions.__annotations__])

    joins: ClassVar[bool] = False
    """Whether the layer takes a list of tensors."""

    # What a subclass writes.

    def build(self, *input_shapes: SymbolicShape) -> None:
        """Create the weights for inputs of these shapes (batch first, None where open). Nothing by default."""

    def call(self, *inputs: Tensor) -> Tensor:
        """Emit the layer's operations on tensors of a graph and return the result."""
        raise TypeError(f"{type(self).__name__} has no call(): a layer must say what it computes")

    # What a user reads.

    @property
    def label(self) -> str:
        """Class and name, as messages begin: `Conv2D "stem"`."""
        return f'{type(self).__name__} "{self.name}"'

    @property
    def trainable(self) -> bool:
        """Whether training changes the weights; set it to freeze or thaw the layer, then compile the model again."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = arguments.flag("trainable", value, self.label)
        for weight in self.weights:
            weight.trainable = self._trainable

    @property
    def trainable_weights(self) -> list[Weight]:
        """The weights that training changes."""
        return [weight for weight in self.weights if weight.trainable]

    @property
    def non_trainable_weights(self) -> list[Weight]:
        """The weights that training leaves alone."""
        return [weight for weight in self.weights if not weight.trainable]

    @property
    def output(self) -> SymbolicTensor:
        """The symbolic result of the layer's first use, for `Model(inputs, layer.output)`."""
        if not self.calls:
            raise ArgumentError(f"{self.label} has no output before it is called; use it in a model first")
        return SymbolicTensor(self.compute_output_shape(*self.input_shapes), self.calls[0])

    @property
    def input(self) -> SymbolicTensor:
        """The symbolic input of the layer's first use."""
        if not self.calls or len(self.calls[0].inputs) != 1:
            raise ArgumentError(f"{self.label} has no single input; use it in a model on one tensor first")
        return self.calls[0].inputs[0]

    @property
    def output_shape(self) -> SymbolicShape:
        """The shape of the result, batch first, None where open."""
        if not self.built:
            raise ArgumentError(f"{self.label} has no output shape before it knows its input; use it in a model first")
        return self.compute_output_shape(*self.input_shapes)

    def count_params(self) -> int:
        """Number of weights, counted as numbers."""
        return sum(weight.size for weight in self.weights)

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights, in the order in which they were created (kernel, then bias)."""
        return [weight.numpy() for weight in self.weights]

    def set_weights(self, weights: Sequence[npt.ArrayLike]) -> None:
        """Set all weights.

        Args:
            weights: one array per weight, of its shape, in the order of `get_weights`.

        Raises:
            ArgumentError: the number of arrays is wrong.
            ShapeError: a shape is wrong; the message gives the right `transpose` where one fits.
        """
        if len(weights) != len(self.weights):
            expected = ", ".join(f"{weight.name} {weight.shape}" for weight in self.weights) or "none"
            raise ArgumentError(f"{self.label} has {len(self.weights)} weights ({expected}), got {len(weights)} arrays")
        assign_all(self.weights, weights)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make such a layer again, as plain data, in Keras's words."""
        config: dict[str, Any] = {"name": self.name, "trainable": self.trainable}
        for parameter in inspect.signature(type(self).__init__).parameters.values():
            if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.name != "self":
                config[parameter.name] = _plain(getattr(self, parameter.name))
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Layer:
        """A new layer from `get_config`'s result."""
        return cls(**config)

    # How it is used.

    def add_weight(self, name: str, shape: Shape, initializer: initializers.Initializer) -> Weight:
        """Create a weight; called from `build`. Nothing is drawn for a weight whose values are given."""
        try:
            check_shape(shape)
            given = self.initial_weights
            value = initializer(shape) if given is None else given.take(len(self.weights), shape)
        except MemoryError:
            raise ShapeError(f"{self.label}: its {name} of shape {shape} does not fit into memory") from None
        except (ArgumentError, DataError) as error:
            if str(error).startswith(self.label):
                raise
            raise type(error)(f"{self.label}: {name}: {error}") from error
        weight = Weight(name, self.name, value, trainable=self.trainable)
        self.weights.append(weight)
        return weight

    def ensure_built(self, *input_shapes: SymbolicShape) -> None:
        """Create the weights at the first use; a layer that is used again must fit its first input's channels."""
        if self.built:
            return
        try:
            self.build(*input_shapes)
            if self.initial_weights is not None:
                self.initial_weights.finish(len(self.weights))
        except Exception:
            self.unbuild()
            raise
        self.built = True
        self.input_shapes = list(input_shapes)

    def unbuild(self) -> None:
        """Forget weights and uses, as if the layer had never met an input."""
        self.built = False
        self.weights, self.input_shapes, self.calls = [], [], []

    def compute_output_shape(self, *input_shapes: SymbolicShape) -> SymbolicShape:
        """The shape of the result for inputs of these shapes; follows from the operations that `call` emits.

        Open sizes other than the batch cannot be computed with; the message says which.
        """
        self.ensure_built(*input_shapes)
        graph = Graph()
        sizes = [tuple(1 if axis == 0 else size for axis, size in enumerate(shape)) for shape in input_shapes]
        if any(size is None for shape in sizes for size in shape):
            raise ShapeError(
                f"{self.label} needs all sizes except the batch, got {[*input_shapes]}; name them in Input"
            )
        tensors = [graph.add(InputOp(check_shape(shape), str(i))) for i, shape in enumerate(sizes)]  # type: ignore[arg-type]
        return (None, *self.emit(*tensors).shape[1:])

    def emit(self, *inputs: Tensor) -> Tensor:
        """`call` inside the layer's scope: its nodes and errors carry the layer's name."""
        with inputs[0].graph.scope(self.label):
            return self.call(*inputs)

    def __call__(self, inputs: SymbolicTensor | Sequence[SymbolicTensor]) -> SymbolicTensor:
        tensors = tuple(inputs) if isinstance(inputs, list | tuple) else (inputs,)
        if not tensors or (len(tensors) > 1 and not self.joins):
            wanted = "at least one symbolic tensor" if self.joins else "one symbolic tensor"
            raise ArgumentError(f"{self.label} is called on {wanted}, got a list of {len(tensors)}")
        for tensor in tensors:
            if not isinstance(tensor, SymbolicTensor):
                raise ArgumentError(
                    f"{self.label} is called on symbolic tensors to describe a model, got {type(tensor).__name__}; "
                    "start from Input(shape), and run arrays through model.predict(x)"
                )
        shape = self.compute_output_shape(*(tensor.shape for tensor in tensors))
        call = Call(self, tensors, isinstance(inputs, list | tuple), len(self.calls))
        self.calls.append(call)
        return SymbolicTensor(shape, call)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


def check_name(name: str) -> str:
    """Return a layer name that can stand in files and messages; raise `ArgumentError` otherwise."""
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_.-]{1,128}", name):
        raise ArgumentError(f"a name takes 1 to 128 letters, digits, '_', '.' or '-', got {name!r}")
    return name


def check_sample_shape(shape: Sequence[int | None], layer: str) -> SymbolicShape:
    """Check the shape of one sample, as given to `Input` or `input_shape=`."""
    if isinstance(shape, int | np.integer):
        raise ArgumentError(f"{layer}: a shape is a tuple such as (28, 28, 1), got {shape!r}; write ({shape},)")
    if not isinstance(shape, Sequence) or isinstance(shape, str):
        raise ArgumentError(f"{layer}: a shape is a tuple such as (28, 28, 1), got {shape!r}")
    return tuple(None if size is None else arguments.whole_number("a size of the shape", size, layer) for size in shape)


def _plain(value: Any) -> Any:
    """An option of a layer as data that JSON can hold."""
    if isinstance(value, initializers.Initializer):
        return initializers.serialize(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Callable):  # type: ignore[arg-type]
        return activations.serialize(value)
    return value
