"""What a model is made of: a network of layers, and whoever runs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from pellucid import checks, random
from pellucid.callbacks import History
from pellucid.calls import explained
from pellucid.checks import whole
from pellucid.dispatch.arrays import RECORDER, Recorder
from pellucid.dispatch.symbolic import InputShape, SymbolicTensor
from pellucid.engines import Engine
from pellucid.errors import ArgumentError, ReservedError, ShapeError, shown
from pellucid.graph import Graph, Tensor, builder
from pellucid.layers import InputLayer, Layer, arguments
from pellucid.legacy import automatic_name
from pellucid.models.layer_names import layer_of_name
from pellucid.models.own_call import inputs_for, network_of_call, takes_one
from pellucid.models.own_methods import OF_PREDICTING, check_attribute, check_methods, meets_spec, only_holds, writes
from pellucid.network import ONE, Arrangement, Network, connect, emit_network, in_a_row, leaves
from pellucid.training import predicting
from pellucid.training.base import Stepper
from pellucid.training.door import LearnedShape, fitting, shape_of_data, without_extras
from pellucid.training.runtime import Runtime
from pellucid.variables import Variable

OF_EVERY_MODEL = ("name", "trainable", "dtype", "layers", "input_layers", "output_layers", "build_input_shape")
"""What the configuration of a model made of layers holds; all else is an argument of its class."""


class NetworkLayer(Layer):
    """A layer that is a network of layers: what `Model` and `Sequential` have in common below training.

    Attributes:
        described: the layers between inputs and outputs, as a record; None where only `call` says what there is.
        network: what is computed: the same, or one use of the model's own `call`; None before the shape is known.
        runtime: runs it.
        stepper: trains it, once it is compiled.
        history: of the last `fit`.
        stop_training: set it in a callback to end `fit`: after the batch if set at its end, else after the epoch.
        stop_evaluating: set it in a callback to end `evaluate` after the batch.
        stop_predicting: set it in a callback to end `predict` after the batch.
    """

    def _start(self, name: str | None, seed: int | None, kind: str = "") -> None:
        """Begin without a network; `kind` is what models are called that were not named, by default as their class."""
        super().__init__(name=name if name is not None else automatic_name(kind or type(self).__name__))
        check_methods(self, OF_PREDICTING)
        self.described: Network | None = None
        self.network: Network | None = None
        self.runtime = Runtime(self.name, random.next_seed() if seed is None else random.check_seed(seed))
        self.stepper: Stepper | None = None
        self.history: History | None = None
        self._called: tuple[list[np.ndarray], bool] | None = None
        self.stop_training = self.stop_evaluating = self.stop_predicting = False

    def _connect(self, inputs: Ends, outputs: Ends) -> None:
        (takes, sources), (gives, results) = Arrangement.of(inputs), Arrangement.of(outputs)
        ends = _checked("inputs", takes, sources), _checked("outputs", gives, results)
        takes = ONE if takes.is_plain and len(sources) == 1 else takes
        self._describe(connect(*ends, takes=takes, gives=gives, name=self.name))

    def _describe(self, network: Network) -> None:
        """Be made like this; it is what is computed, unless the model's own `call` says that."""
        self._use(None if self.has_own_call else network)
        self.described = network  # last: who sees it in another thread may run it
        self.stepper = None if self.stepper is None else self.stepper.anew()

    def _use(self, network: Network | None) -> None:
        """Compute this network from now on; None: it is to be made of the model's own `call`, when it is needed."""
        self.runtime.use(network, self if writes(self, "call") or writes(self, "compute_loss") else None)
        self.network = network  # last, likewise

    @property
    def has_own_call(self) -> bool:
        """Whether the model's class has a `call` of the user's own, which says what is computed."""
        return writes(self, "call")

    @property
    def is_described(self) -> bool:
        """Whether the model is made of symbolic tensors or a chain, so that its inputs and outputs are known."""
        return self.described is not None

    def __setattr__(self, name: str, value: Any) -> None:
        if self._is_made:
            check_attribute(self, name)
        super().__setattr__(name, value)

    is_chain: ClassVar[bool] = False
    _stops: ClassVar[frozenset[str]] = frozenset({"stop_training", "stop_evaluating", "stop_predicting"})
    _kept: ClassVar[frozenset[str]] = frozenset({"runtime", "stepper", "history", "trained_on", "_called"})
    bookkeeping: ClassVar[frozenset[str]] = Layer.bookkeeping | _stops | _kept

    trained_on: Any = None
    """What images the model was trained on, where that is known: a `data.reading.TrainedOn`. Its file keeps it."""

    # What it is made of.

    @property
    def layers(self) -> list[Layer]:
        """In Keras's order, the input layers included; without inputs and outputs its attributes. A copy."""
        if self.described is not None:
            return list(self.described.layers)
        return list(dict.fromkeys(layer for _, held in super().parts() for layer in held))

    @layers.setter
    def layers(self, value: object) -> None:
        raise ReservedError(
            f"{self.name}: the `Model.layers` attribute is reserved for the layers between inputs and outputs; make "
            "another model of them, or use add() and pop() of a Sequential model"
        )

    @property
    def inputs(self) -> list[SymbolicTensor]:
        """The symbolic inputs."""
        network = self.described or self.network
        return list((self.built_network() if network is None else network).inputs)

    @property
    def outputs(self) -> list[SymbolicTensor]:
        """The symbolic outputs."""
        if self.described is not None:
            self.require_built()
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
        return self.network is not None or (self.input_shape_built is not None and not takes_one(self))

    @built.setter
    def built(self, value: bool) -> None:
        """Follows from the inputs."""

    def require_built(self, x: Any = None) -> None:
        """Raise `ArgumentError` if the model does not know its input shape; some learn it from data."""
        if self.built:
            return
        if self.described is not None:
            self._use(network_of_call(self, self.described.inputs))
        elif self.input_shape_built is not None:  # a copy
            self._use(network_of_call(self, inputs_for(self.input_shape_built, self.name)))
        elif x is not None:
            shape = shape_of_data(x, self.name)
            self.ensure_built(shape)
            self.runtime.learned = LearnedShape(self, shape)
        else:
            raise ArgumentError(f"{self.name} does not know its input shape; call it on data, or build((None, ...))")

    def build_again(self, input_shape: InputShape) -> None:
        """Compute the same of inputs of another shape; where layers refuse that, raises and changes nothing."""
        self._use(network_of_call(self, inputs_for(input_shape, self.name)))
        self.input_shape_built = input_shape

    def _build_once(self, input_shape: InputShape, **others: Any) -> None:
        super()._build_once(input_shape, **others)
        if self.network is None and takes_one(self):
            try:
                self._use(network_of_call(self, inputs_for(input_shape, self.name)))
            except Exception:
                self.unbuild()
                raise

    def built_network(self, x: Any = None) -> Network:
        """The network, once the model is built (see `require_built`)."""
        self.require_built(x)
        if self.network is None:
            raise ArgumentError(
                f"{self.label}: call() takes several arguments, and training and prediction give it one: let it take a "
                "list or a dictionary of them"
            )
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
        return shapes if len(shapes) > 1 else shapes[0]

    @property
    def input_names(self) -> list[str]:
        """The names of the input layers."""
        return self.built_network().input_names

    @property
    def output_names(self) -> list[str]:
        """The names of the layers that give the outputs; where one gives several, with their numbers."""
        return self.built_network().output_names

    def parts(self) -> Iterator[tuple[str, list[Layer]]]:
        """The layers; of a class of the user's own also those that it keeps as attributes besides."""
        if not self._is_ours and self.described is None:
            yield from super().parts()
            return
        layers = self.layers
        yield "layers", layers
        if not self._is_ours:
            known = {*layers, *(self.described.layers if self.described is not None else ())}
            for name, held in super().parts():
                others = [layer for layer in held if layer not in known and not isinstance(layer, InputLayer)]
                if others:
                    yield name, others

    @property
    def losses(self) -> list[Any]:
        """The penalties: in `compute_loss` those of the step, elsewhere those of the last call on arrays, with the
        weights that there are when they are first asked for."""
        graph = Graph.current()
        if graph is None:
            if self._called is not None:
                arrays, training = self._called
                self._penalties, self._called = predicting.penalties(self.runtime, arrays, training=training), None
            return super().losses
        weights = [weight for weight in self.trainable_weights if weight.regularizer is not None]
        return [*graph.losses, *(weight.regularizer(weight.tensor(graph)) for weight in weights)]  # type: ignore[misc]

    @property
    def weights(self) -> list[Variable]:
        """All weights, layer by layer."""
        if not only_holds(self):
            self.require_built()
        return super().weights

    @property
    def trainable(self) -> bool:
        """Whether any weight is trained; setting it sets every layer, for the next step on."""
        if self.described is None and (self.has_own_call or only_holds(self)):
            return self._trainable
        if self.network is None:
            return all(layer.trainable for layer in self.layers)
        return any(weight.trainable for weight in self.weights)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        if not self._is_ours:
            self._trainable = arguments.flag("trainable", value, self.label)
            for weight in self.own_weights:
                weight.trainable = weight.learned and self._trainable
        for layer in self.sublayers:
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
        return layer_of_name(self.name, self.layers, name)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Emit all layers; a class of the user's own may write it: then it says what the model computes."""
        if self.described is None and (self.has_own_call or only_holds(self)):
            said = "its call() is all there is" if self.has_own_call else "write call(self, inputs), or call its layers"
            raise ArgumentError(f"{self.label} has no layers between inputs and outputs: {said}")
        network = self.described or self.built_network()
        tensors: list[Tensor] = inputs if isinstance(inputs, list) else [inputs]
        if len(tensors) != len(network.inputs):
            raise ArgumentError(f"{self.label} has {len(network.inputs)} inputs, it was called on {len(tensors)}")
        with tensors[0].graph.mode(training):
            results = emit_network(network, list(map(self._fitted, tensors, network.inputs)))
        return results[0] if network.gives.is_single else results

    def _fitted(self, tensor: Tensor, expected: SymbolicTensor) -> Tensor:
        """A tensor in the shape that an input has."""
        shape = fitting(tensor.shape, expected.shape)
        if shape is None:
            raise ShapeError(f"{self.label} was made for inputs of {expected.shape[1:]}, got {tensor.shape[1:]}")
        return tensor if shape == tensor.shape else builder.reshape(tensor, shape)

    @property
    def takes_lists(self) -> bool:
        """Whether the model has several inputs."""
        return self.network is not None and len(self.network.inputs) > 1

    def __getstate__(self) -> dict[str, Any]:
        """Copies make a network of their own call anew."""
        state = super().__getstate__()
        return state | {"network": None} if self.has_own_call else state

    def __call__(self, inputs: Any = (), *further: Any, training: bool | None = None, **others: Any) -> Any:
        if further or others:
            if self.has_own_call or others or len(further) > 1:
                return super().__call__(inputs, *further, training=training, **others)
            training = further[0]
        if training is not None and not isinstance(training, bool):
            training = checks.flag(self.label, "training", bool(training) if checks.is_whole(training) else training)
        meets_spec(self, inputs)
        if not _describes(inputs):
            self.require_built(inputs)
            training = self.built_network().varies_unasked if training is None else training
            if (recorder := RECORDER.get()) is not None:
                return self._recorded(recorder, inputs, training=training)
            results = predicting.call(self.runtime, inputs, training=training)
            if self.runtime.penalised:  # for `losses`, which few ask for
                self._called = predicting.copies(self.runtime, inputs), training
            return results
        if self.has_own_call:
            return super().__call__(inputs, training=training)
        results = super().__call__(self._in_a_row(inputs), training=training)
        assert self.network is not None
        return self.network.handed_out(results if isinstance(results, list) else [results])

    def _recorded(self, recorder: Recorder, inputs: Any, *, training: bool) -> Any:
        """What a running tape gives for the model's results."""
        network = self.built_network()
        row = leaves(self._in_a_row(inputs) if isinstance(inputs, Mapping | list | tuple) else inputs)
        found = recorder.layer(self, list(row), lambda tensors: tensors if self.takes_lists else tensors[0], training)
        results = found if isinstance(found, list) else [found]
        return found if self.has_own_call else network.handed_out(results)  # its own call arranges what it gives

    def _in_a_row(self, inputs: Any) -> Any:
        """What the model is called on, as its layers' inputs are: one tensor, or a list of them."""
        network = self.network
        if network is None:
            return inputs
        if network.takes.is_plain and not isinstance(inputs, Mapping):
            return in_a_row(inputs, len(network.inputs))
        names = [tensor.call.layer.name for tensor in network.inputs]
        if isinstance(inputs, Mapping) and set(inputs) == set(names) and not isinstance(network.takes.form, dict):
            row = [inputs[name] for name in names]
        else:
            form = network.takes.form
            inputs = without_extras(inputs, form, self.name) if isinstance(form, dict) else inputs
            row = network.takes.unpacked(inputs, f"what {self.label} is called on")
        return row if self.takes_lists else row[0]


def _describes(inputs: Any) -> bool:
    """Whether a model is called on tensors, rather than on numbers."""
    if isinstance(inputs, np.ndarray):
        return False
    kinds, found = (SymbolicTensor, Tensor), leaves(inputs)
    return isinstance(next(found, None), kinds) and all(isinstance(item, kinds) for item in found)


Ends = Any
"""Symbolic tensors: one, or several in lists, tuples and dictionaries, in any nesting."""


def _checked(what: str, arrangement: Arrangement, found: list[Any]) -> list[SymbolicTensor]:
    """The ends of a model in a row, if they are such."""
    for strange in (key for key in arrangement.keys if not isinstance(key, str)):
        raise ArgumentError(f"{what} of a model in a dictionary have text as keys, got {strange!r}")
    wrong = [tensor for tensor in found if not isinstance(tensor, SymbolicTensor)]
    if wrong or not found:
        hint = "; call the layer on a symbolic tensor first" if wrong and isinstance(wrong[0], Layer) else ""
        end = f"{hint}. All `{what}` values must be KerasTensors"
        came = type(wrong[0]).__name__ + end if wrong else "an empty list"
        raise ArgumentError(f"{what} of a model are symbolic tensors, from Input(...) and layers, got {came}")
    return found
