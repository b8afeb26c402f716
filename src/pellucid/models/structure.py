"""What a model is made of: a network of layers, and whoever runs it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from pellucid import random
from pellucid.callbacks import History
from pellucid.calls import explained
from pellucid.checks import whole
from pellucid.dispatch.symbolic import InputShape, Structure, SymbolicTensor
from pellucid.engines import Engine
from pellucid.errors import ArgumentError, ShapeError, shown, unknown_name
from pellucid.graph import Tensor
from pellucid.layers import Layer
from pellucid.layers.layer_class import refuse_arguments
from pellucid.naming import snake_case, unique_name
from pellucid.network import Network, connect, emit_network
from pellucid.training import predicting
from pellucid.training.base import Stepper
from pellucid.training.door import fits
from pellucid.training.runtime import Runtime
from pellucid.variables import Variable


class NetworkLayer(Layer):
    """A layer that is a network of layers: what `Model` and `Sequential` have in common below training.

    Attributes:
        network: what is computed, as a record; None before the input shape is known.
        runtime: runs it.
        stepper: trains it, once it is compiled.
        history: of the last `fit`.
        stop_training: set it in a callback to end `fit`: after the batch if set at its end, else after the epoch.
    """

    def _start(self, name: str | None, seed: int | None, kind: str = "") -> None:
        """Begin without a network; `kind` is what models are called that were not named, by default as their class."""
        kind = kind or snake_case(type(self).__name__)
        super().__init__(name=name if name is not None else unique_name(kind))
        self.network: Network | None = None
        self.runtime = Runtime(self.name, random.next_seed() if seed is None else random.check_seed(seed))
        self.stepper: Stepper | None = None
        self.history: History | None = None
        self.stop_training = False

    def _connect(
        self,
        inputs: SymbolicTensor | Sequence[SymbolicTensor],
        outputs: SymbolicTensor | Sequence[SymbolicTensor],
    ) -> None:
        gives_list = not isinstance(outputs, SymbolicTensor)
        ends = _several("inputs", inputs), _several("outputs", outputs)
        self.network = connect(*ends, gives_list=gives_list, name=self.name)
        self.runtime.use(self.network)
        self.stepper = None if self.stepper is None else self.stepper.anew()

    bookkeeping: ClassVar[frozenset[str]] = Layer.bookkeeping | {"runtime", "stepper", "history", "stop_training"}

    # What it is made of.

    _builds_once = False  # a Sequential model may be built by hand

    @property
    def layers(self) -> list[Layer]:
        """In Keras's order, the input layers included; the list is a copy."""
        return list(self.network.layers) if self.network is not None else []

    @layers.setter
    def layers(self, value: object) -> None:
        raise ArgumentError(
            f"{self.name}: the layers of a model are those between its inputs and outputs; make another model of them, "
            "or use add() and pop() of a Sequential model"
        )

    @property
    def inputs(self) -> list[SymbolicTensor]:
        """The symbolic inputs."""
        return list(self.network.inputs) if self.network is not None else []

    @property
    def outputs(self) -> list[SymbolicTensor]:
        """The symbolic outputs."""
        return list(self.network.outputs) if self.network is not None else []

    @property
    def seed(self) -> int:
        """Decides shuffling and dropout."""
        return self.runtime.seed

    @property
    def optimizer(self) -> Any:
        """The optimiser that the model is compiled with, or None."""
        return None if self.stepper is None else self.stepper.optimizer

    @property
    def engine(self) -> Engine:
        """What computes the model."""
        return self.runtime.engine

    @property
    def built(self) -> bool:
        """Whether the model knows its input shape, hence has weights."""
        return self.network is not None

    @built.setter
    def built(self, value: bool) -> None:
        """Follows from the inputs."""

    def require_built(self, x: Any = None) -> None:
        """Raise `ArgumentError` if the model does not know its input shape; `Sequential` learns it from data."""

    def built_network(self, x: Any = None) -> Network:
        """The network, once the model is built (see `require_built`)."""
        self.require_built(x)
        assert self.network is not None
        return self.network

    @property
    def input(self) -> Structure[SymbolicTensor]:
        """The symbolic input, or a list of them."""
        inputs = list(self.built_network().inputs)
        return inputs if len(inputs) > 1 else inputs[0]

    @property
    def output(self) -> Structure[SymbolicTensor]:
        """The symbolic output, or a list of them."""
        network = self.built_network()
        return list(network.outputs) if network.gives_list else network.outputs[0]

    @property
    def input_shape(self) -> InputShape:
        """Shape of the input, or a list of shapes."""
        return _shapes(self.input)

    @property
    def output_shape(self) -> InputShape:
        """Shape of the output, or a list of shapes."""
        return _shapes(self.output)

    @property
    def input_names(self) -> list[str]:
        """The names of the input layers."""
        return self.built_network().input_names

    @property
    def output_names(self) -> list[str]:
        """The names of the layers that give the outputs; where one gives several, with their numbers."""
        return self.built_network().output_names

    def parts(self) -> Iterator[tuple[str, list[Layer]]]:
        """The layers."""
        yield "layers", self.layers

    @property
    def weights(self) -> list[Variable]:
        """All weights, layer by layer."""
        self.require_built()
        return super().weights

    @property
    def trainable(self) -> bool:
        """Whether any weight is trained; setting it sets every layer, for the next step on."""
        return any(weight.trainable for weight in self.weights)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self.layers:
            layer.trainable = value

    @explained
    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of a name, or of a place in `layers`.

        Raises:
            ArgumentError: there is none, or neither or both of the arguments are given.
        """
        if (name is None) == (index is None):
            raise ArgumentError("get_layer takes a name or an index, one of the two")
        if index is not None:
            whole(f"{self.name}: get_layer", "index", index)
            if not -len(self.layers) <= index < len(self.layers):
                raise ArgumentError(f"{self.name} has {len(self.layers)} layers, there is none at {shown(index)}")
            return self.layers[index]
        for layer in self.layers:
            if isinstance(name, str) and layer.name == name:
                return layer
        raise unknown_name(f"layer of {self.name}", name, [layer.name for layer in self.layers])

    def call(self, inputs: Any) -> Any:
        """Emit all layers."""
        network = self.built_network()
        tensors: list[Tensor] = inputs if isinstance(inputs, list) else [inputs]
        if len(tensors) != len(network.inputs):
            raise ArgumentError(f"{self.label} has {len(network.inputs)} inputs, it was called on {len(tensors)}")
        for tensor, expected in zip(tensors, network.inputs, strict=True):
            if not fits(tensor.shape, expected.shape):
                raise ShapeError(f"{self.label} was made for inputs of {expected.shape[1:]}, got {tensor.shape[1:]}")
        return network.handed_out(emit_network(network, tensors))

    @property
    def takes_lists(self) -> bool:
        """Whether the model has several inputs."""
        return len(self.inputs) > 1

    def __call__(self, inputs: Any, training: bool | None = None, **others: Any) -> Any:
        if others:
            refuse_arguments(self.label, others)
        items = inputs if isinstance(inputs, list | tuple) else [inputs]
        if items and all(isinstance(item, SymbolicTensor | Tensor) for item in items):
            return super().__call__(inputs, training)
        self.require_built(inputs)
        return predicting.call(self.runtime, inputs, training=bool(training))


def _shapes(tensors: Structure[SymbolicTensor]) -> InputShape:
    return [tensor.shape for tensor in tensors] if isinstance(tensors, list) else tensors.shape


def _several(what: str, tensors: SymbolicTensor | Sequence[SymbolicTensor]) -> list[SymbolicTensor]:
    found: list[Any] = list(tensors) if isinstance(tensors, list | tuple) else [tensors]
    wrong = [tensor for tensor in found if not isinstance(tensor, SymbolicTensor)]
    if wrong or not found:
        came = f"{type(wrong[0]).__name__}" if wrong else "an empty list"
        hint = "; call the layer on a symbolic tensor first" if wrong and isinstance(wrong[0], Layer) else ""
        raise ArgumentError(f"{what} of a model are symbolic tensors, from Input(...) and layers, got {came}{hint}")
    return found
