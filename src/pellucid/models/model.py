"""The model: layers put together, and the functions that train, run, save and describe it as methods.

A model is thin: a `Network` says what is computed, a `Runtime` runs it, a `Stepper` trains it. The work of each method
stands in a room of its own (`network`, `training`, `summary`, `saving`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from pellucid import legacy, optimizers, random
from pellucid.callbacks import Callback, History
from pellucid.dispatch.symbolic import InputShape, Structure, SymbolicTensor
from pellucid.engines import Engine, get_engine
from pellucid.errors import ArgumentError, ShapeError, unknown_name
from pellucid.graph import Tensor
from pellucid.layers import Layer
from pellucid.layers.records import FileForm
from pellucid.layers.weight import Weight
from pellucid.models import config, connecting, old_methods
from pellucid.naming import snake_case, unique_name
from pellucid.network import Network, connect, emit_network
from pellucid.training import commands, predicting
from pellucid.training.door import Data, fits
from pellucid.training.objectives import Losses, Metrics, Weights, objectives
from pellucid.training.options import FitOptions
from pellucid.training.runtime import Runtime
from pellucid.training.stepper import Plan, Stepper


class Model(Layer):
    """A network from symbolic inputs to symbolic outputs; branches and merges are welcome.

    A model is a layer too: call it on a symbolic tensor to make it a part of another model, which then shares its
    weights; call it on arrays to run it.

    Args:
        inputs: a symbolic tensor from `Input`, or a list of them.
        outputs: a symbolic tensor that layers made from the inputs, or a list of them.
        name: of the model.
        seed: decides shuffling and dropout; by default the next of the sequence that `set_random_seed` restarts.

    Attributes:
        layers: in Keras's order, the input layers included.
        inputs: the symbolic inputs.
        outputs: the symbolic outputs.
        network: what the model computes, as a record; None before the input shape is known.
        runtime: runs it.
        stepper: trains it, after `compile`.
        history: of the last `fit`.
        stop_training: set it in a callback to end `fit`: after the batch if set at its end, else after the epoch.

    Raises:
        ArgumentError: an output does not come from the inputs, or two layers bear one name.

    Example:
        >>> from pellucid import Input, Model, layers
        >>> x = Input((8, 8, 1))
        >>> y = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
        >>> model = Model(x, layers.Add()([y, layers.Conv2D(4, 3, padding="same")(y)]))
        >>> model.output_shape, model.count_params()
        ((None, 8, 8, 4), 188)

    Source: keras.Model, https://keras.io/api/models/model/
    """

    def __init__(
        self,
        inputs: SymbolicTensor | Sequence[SymbolicTensor],
        outputs: SymbolicTensor | Sequence[SymbolicTensor],
        name: str | None = None,
        *,
        seed: int | None = None,
    ) -> None:
        self._start(name, seed)
        self._connect(inputs, outputs)

    def _start(self, name: str | None, seed: int | None) -> None:
        kind = "functional" if type(self) is Model else snake_case(type(self).__name__)
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
        if self.stepper is not None:
            self.stepper = Stepper(self.runtime, self.stepper.plan)

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
    def optimizer(self) -> optimizers.Optimizer | None:
        """What the model is compiled with."""
        return None if self.stepper is None else self.stepper.plan.optimizer

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
    def weights(self) -> list[Weight]:
        """All weights, layer by layer."""
        self.require_built()
        return super().weights

    @property
    def trainable(self) -> bool:
        """Whether any weight is trained; setting it sets every layer. Compile again afterwards."""
        return any(weight.trainable for weight in self.weights)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self.layers:
            layer.trainable = value

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

    # What it does.

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

    def __call__(self, inputs: Any, training: bool | None = None) -> Any:
        items = inputs if isinstance(inputs, list | tuple) else [inputs]
        if items and all(isinstance(item, SymbolicTensor | Tensor) for item in items):
            return super().__call__(inputs, training)
        self.require_built(inputs)
        return predicting.call(self.runtime, inputs, training=bool(training))

    @legacy.accepts_old_spelling("compile")
    def compile(
        self,
        optimizer: str | optimizers.Optimizer = "rmsprop",
        loss: Losses = None,
        loss_weights: Weights = None,
        metrics: Metrics = None,
        *,
        engine: str | Engine = "native",
    ) -> None:
        """Say how the model is to be trained.

        Args:
            optimizer: name ("adam", "sgd") or optimiser; what it remembers starts anew.
            loss: name ("sparse_categorical_crossentropy", ...) or loss; where the model has several outputs a list of
                them, or a dictionary by output name.
            loss_weights: factor of each loss in the sum, likewise; 1 by default.
            metrics: names ("accuracy") or metrics that are told besides the loss, likewise.
            engine: what computes the model from now on, in predictions too: "native" (C++, float32) or "reference"
                (NumPy, float64).

        Raises:
            ArgumentError: a name is unknown (the nearest known one is told), or the loss is missing.
        """
        names = self.output_names if self.built else None
        found = objectives(self.name, names, loss, loss_weights, metrics)
        plan = Plan(optimizers.get(optimizer), tuple(found))
        self.runtime.run_on(get_engine(engine))
        self.runtime.step = 0
        self.stepper = Stepper(self.runtime, plan)

    def _compiled(self, x: Any) -> Stepper:
        if self.stepper is None:
            raise ArgumentError(f"{self.name} must be compiled first: model.compile(optimizer=..., loss=...)")
        self.require_built(x)
        return self.stepper

    @legacy.accepts_old_spelling("fit")
    def fit(
        self,
        x: Data,
        y: Data,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Callback | Sequence[Callback] | None = None,
        validation_split: float = 0.0,
        validation_data: tuple[Any, Any] | None = None,
        shuffle: bool = True,
        initial_epoch: int = 0,
    ) -> History:
        """Train on arrays. See `commands.fit`."""
        options = FitOptions(
            batch_size=batch_size,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_split=validation_split,
            validation_data=validation_data,
            shuffle=shuffle,
            initial_epoch=initial_epoch,
        )
        return commands.fit(self, self._compiled(x), x, y, options)

    @legacy.accepts_old_spelling("train_on_batch")
    def train_on_batch(self, x: Data, y: Data, return_dict: bool = False) -> commands.Told:
        """One training step on one batch. See `commands.train_on_batch`."""
        return commands.train_on_batch(self._compiled(x), x, y, return_dict)

    @legacy.accepts_old_spelling("evaluate")
    def evaluate(
        self,
        x: Data,
        y: Data,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        callbacks: Callback | Sequence[Callback] | None = None,
        return_dict: bool = False,
    ) -> commands.Told:
        """Loss and metrics on arrays, without training. See `commands.evaluate`."""
        return commands.evaluate(self, self._compiled(x), x, y, batch_size, verbose, callbacks, return_dict)

    @legacy.accepts_old_spelling("predict")
    def predict(
        self,
        x: Data,
        batch_size: int | None = None,
        verbose: str | int = 0,
        *,
        engine: str | Engine | None = None,
    ) -> np.ndarray | list[np.ndarray]:
        """The model's output for arrays. See `predicting.predict`."""
        if verbose == 0 and engine is None:
            output = predicting.predict_again(self.runtime, x, batch_size)
            if output is not None:
                return output
        self.require_built(x)
        return predicting.predict(self.runtime, x, batch_size, verbose, engine)

    def predict_classes(self, x: Data, batch_size: int | None = None, verbose: str | int = 0) -> np.ndarray:
        """Keras 1 and 2's `predict(x).argmax(axis=-1)`. See `old_methods.classes`."""
        return old_methods.classes(self.name, self.predict(x, batch_size, verbose))

    def predict_proba(
        self, x: Data, batch_size: int | None = None, verbose: str | int = 0
    ) -> np.ndarray | list[np.ndarray]:
        """Keras 1 and 2's `predict`."""
        legacy.tell("predict_proba(x)", "predict(x)")
        return self.predict(x, batch_size, verbose)

    def summary(
        self,
        line_length: int | None = None,
        print_fn: Callable[[str], object] | None = None,
        *,
        expand_nested: bool = False,
        derive: bool = False,
    ) -> None:
        """Print a table of the layers; `derive=True` tells how each number comes about. See `summary.summary`."""
        from pellucid.models import summary  # only now, as in `save`

        self.require_built()
        summary.summary(self, line_length, print_fn, expand_nested=expand_nested, derive=derive)

    def save(self, filepath: str | os.PathLike[str], overwrite: bool = True) -> None:
        """Write the model to a `.keras` file. See `saving.save_model`."""
        from pellucid.models import saving  # only now: whoever trains or predicts need not wait for zip and JSON

        saving.save_model(self, len(self.built_network().outputs), self.stepper, filepath, overwrite)

    def get_config(self) -> dict[str, Any]:
        """The model's structure as plain data, in Keras's words."""
        return config.functional_config(self.name, self.built_network())

    file_form: ClassVar = FileForm("keras.src.models.functional", "Functional", "Functional")

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        """A new model of that structure, with fresh weights. See `reading.from_config`."""
        from pellucid.models import reading  # only now, as in `save`

        return reading.from_config(cls, config, custom_objects)

    @classmethod
    def made_of(cls, config: Mapping[str, Any], layers: Sequence[Layer]) -> Self:
        """A model of these layers, connected as its configuration says."""
        return connecting.model_of(cls, config, layers)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}, {len(self.layers)} layers>"


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
