"""What a model is made of: a network of layers, and whoever runs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from pellucid import random
from pellucid.callbacks import History
from pellucid.dispatch.symbolic import InputShape, SymbolicTensor
from pellucid.engines import Engine
from pellucid.errors import ArgumentError, ShapeError, unknown_name
from pellucid.graph import Tensor
from pellucid.layers import Layer
from pellucid.naming import snake_case, unique_name
from pellucid.network import ONE, Arrangement, Network, connect, emit_network, leaves
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

    def _connect(self, inputs: Ends, outputs: Ends) -> None:
        (takes, sources), (gives, results) = Arrangement.of(inputs), Arrangement.of(outputs)
        ends = _checked("inputs", takes, sources), _checked("outputs", gives, results)
        takes = ONE if takes.is_plain and len(sources) == 1 else takes
        self._use(connect(*ends, takes=takes, gives=gives, name=self.name))

    def _use(self, network: Network) -> None:
        """Compute this from now on."""
        self.runtime.use(network)  # first: who sees the network in another thread may run it
        self.network = network
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
        return list(self.built_network().inputs)

    @property
    def outputs(self) -> list[SymbolicTensor]:
        """The symbolic outputs."""
        return list(self.built_network().outputs)

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
    def input(self) -> Any:
        """The symbolic input, or several, arranged as they were given."""
        network = self.built_network()
        return network.takes.packed(network.inputs)

    @property
    def output(self) -> Any:
        """The symbolic output, or several, arranged as they were given."""
        network = self.built_network()
        return network.gives.packed(network.outputs)

    @property
    def input_shape(self) -> InputShape:
        """Shape of the input, or a list of shapes."""
        network = self.built_network()
        shapes = [tensor.shape for tensor in network.inputs]
        return shapes if len(shapes) > 1 else shapes[0]

    @property
    def output_shape(self) -> InputShape:
        """Shape of the output, or a list of shapes."""
        network = self.built_network()
        shapes = [tensor.shape for tensor in network.outputs]
        return shapes if len(shapes) > 1 or isinstance(network.gives.form, list | tuple) else shapes[0]

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
        if self.network is None:
            return all(layer.trainable for layer in self.layers)
        return any(weight.trainable for weight in self.weights)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self.layers:
            layer.trainable = value

    def check_savable(self) -> None:
        """Nothing: whoever saves it looks at its layers."""

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of a name, or of a place in `layers`.

        Raises:
            ArgumentError: there is none, or neither or both of the arguments are given.
        """
        if (name is None) == (index is None):
            raise ArgumentError("get_layer takes a name or an index, one of the two")
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ArgumentError(f"{self.name} has {len(self.layers)} layers, there is none at {index}")
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
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
        results = emit_network(network, tensors)
        return results[0] if network.gives.is_single else results

    @property
    def takes_lists(self) -> bool:
        """Whether the model has several inputs."""
        return self.network is not None and len(self.network.inputs) > 1

    def __call__(self, inputs: Any, training: bool | None = None) -> Any:
        if not _describes(inputs):
            self.require_built(inputs)
            return predicting.call(self.runtime, inputs, training=bool(training))
        results = super().__call__(self._in_a_row(inputs), training)
        assert self.network is not None
        return self.network.handed_out(results if isinstance(results, list) else [results])

    def _in_a_row(self, inputs: Any) -> Any:
        """What the model is called on, as its layers' inputs are: one tensor, or a list of them."""
        network = self.network
        if network is None or (network.takes.is_plain and not isinstance(inputs, Mapping)):
            return inputs
        names = [tensor.call.layer.name for tensor in network.inputs]
        if isinstance(inputs, Mapping) and set(inputs) == set(names) and not isinstance(network.takes.form, dict):
            row = [inputs[name] for name in names]
        else:
            row = network.takes.unpacked(inputs, f"what {self.label} is called on")
        return row if self.takes_lists else row[0]


def _describes(inputs: Any) -> bool:
    """Whether a model is called on tensors, rather than on numbers."""
    if isinstance(inputs, np.ndarray):
        return False
    found = leaves(inputs)
    return isinstance(next(found, None), SymbolicTensor | Tensor) and all(
        isinstance(item, SymbolicTensor | Tensor) for item in found
    )


Ends = Any
"""Symbolic tensors: one, or several in lists, tuples and dictionaries, in any nesting."""


def _checked(what: str, arrangement: Arrangement, found: list[Any]) -> list[SymbolicTensor]:
    """The ends of a model in a row, if they are such."""
    strange = [key for key in arrangement.keys if not isinstance(key, str)]
    if strange:
        raise ArgumentError(f"{what} of a model in a dictionary have text as keys, got {strange[0]!r}")
    wrong = [tensor for tensor in found if not isinstance(tensor, SymbolicTensor)]
    if wrong or not found:
        came = f"{type(wrong[0]).__name__}" if wrong else "an empty list"
        hint = "; call the layer on a symbolic tensor first" if wrong and isinstance(wrong[0], Layer) else ""
        raise ArgumentError(f"{what} of a model are symbolic tensors, from Input(...) and layers, got {came}{hint}")
    return found
