"""The model: layers put together, and the functions that train, run, save and describe it as methods.

The class holds the structure; each method's work stands in the file that bears its name (`training`, `prediction`,
`saving`, `summary`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

import numpy as np

from pellucid import legacy, optimizers, random
from pellucid.callbacks import Callback, History
from pellucid.dispatch.symbolic import Call, InputShape, Structure, SymbolicTensor
from pellucid.engines import Engine, get_engine
from pellucid.errors import ArgumentError, ShapeError, unknown_name
from pellucid.graph import Tensor
from pellucid.layers import Layer
from pellucid.layers.weight import Weight, gather
from pellucid.models import config, old_methods, prediction, training
from pellucid.models.data_checks import Data, fits
from pellucid.models.gathered import GatheredWeights
from pellucid.models.network import calls_in_order, emit_calls, layers_in_order
from pellucid.models.objectives import Losses, Metrics, Objective, Weights
from pellucid.models.programs import Programs
from pellucid.models.step import TrainingState
from pellucid.naming import snake_case, unique_name


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
        optimizer: after `compile`; so is `objectives`, the losses and metrics of each output.
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
        self.seed = random.next_seed() if seed is None else random.check_seed(seed)
        self.inputs: list[SymbolicTensor] = []
        self.outputs: list[SymbolicTensor] = []
        self.programs = Programs()
        self.prediction: prediction.Prediction | None = None
        self._gathered: GatheredWeights | None = None
        self.revision = 0
        self.history: History | None = None
        self.stop_training = False
        self.inner_calls: list[Call] = []
        self.gives_list = False
        self.objectives: list[Objective] = []
        self.optimizer: optimizers.Optimizer | None = None
        self.engine: Engine = get_engine()
        self.training_state: TrainingState | None = None
        self.step = 0

    def _connect(
        self,
        inputs: SymbolicTensor | Sequence[SymbolicTensor],
        outputs: SymbolicTensor | Sequence[SymbolicTensor],
    ) -> None:
        self.inputs, self.outputs = _several("inputs", inputs), _several("outputs", outputs)
        self.revision += 1
        self.programs.clear()
        self.training_state = None
        self.gives_list = not isinstance(outputs, SymbolicTensor)
        self.inner_calls = calls_in_order(self.inputs, self.outputs)
        self.layers = layers_in_order(self.inner_calls, self.outputs)
        names = [layer.name for layer in self.layers]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ArgumentError(f"{self.name}: layer names must differ; used twice: {', '.join(sorted(twice))}")

    # What it is made of.

    _builds_once = False  # a Sequential model may be built by hand
    layers: list[Layer]

    @property
    def built(self) -> bool:
        """Whether the model knows its input shape, hence has weights."""
        return bool(self.inputs)

    @built.setter
    def built(self, value: bool) -> None:
        """Follows from the inputs."""

    def require_built(self, x: Any = None) -> None:
        """Raise `ArgumentError` if the model does not know its input shape; `Sequential` learns it from data."""

    @property
    def input(self) -> Structure[SymbolicTensor]:
        """The symbolic input, or a list of them."""
        self.require_built()
        return self.inputs if len(self.inputs) > 1 else self.inputs[0]

    @property
    def output(self) -> Structure[SymbolicTensor]:
        """The symbolic output, or a list of them."""
        self.require_built()
        return self.outputs if self.gives_list else self.outputs[0]

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
        return [tensor.call.layer.name for tensor in self.inputs]

    @property
    def output_names(self) -> list[str]:
        """The names of the layers that give the outputs; where one gives several, with their numbers."""
        names = [tensor.call.layer.name for tensor in self.outputs]
        return [name if names.count(name) == 1 else f"{name}_{number}" for number, name in enumerate(names)]

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

    def _revisions(self) -> tuple[int, ...]:
        """How often the model and the models inside it were changed."""
        inner = [number for layer in self.layers if isinstance(layer, Model) for number in layer._revisions()]
        return (self.revision, *inner)

    def gather_weights(self) -> dict[str, np.ndarray]:
        """Move the weights into one storage, if that has not happened, and return the storages by name."""
        return self.gathered().arrays

    def gathered(self) -> GatheredWeights:
        """Where the weights live; the same object as long as nobody changes the model."""
        kept = self._gathered
        if kept is not None and kept.moment == (Layer.changes, Weight.moves):
            return kept
        weights = self.weights
        gather(weights)
        storages = list(dict.fromkeys(weight.storage for weight in weights))
        arrays = {storage.name: storage.array for storage in storages}
        self._gathered = GatheredWeights(storages, arrays, self._revisions(), (Layer.changes, Weight.moves))
        return self._gathered

    def program_key(self) -> tuple[Hashable, ...]:
        """What programs hold for: a state of the model and of those inside it, and the storages of their weights."""
        gathered = self.gathered()
        return (*gathered.revisions, *gathered.arrays)

    def weights_version(self) -> int:
        """Another number whenever a weight has been written to (see `Program.run`)."""
        return self.gathered().version()

    def count_writes(self) -> None:
        """Say that a program has written to the weights."""
        for storage in self.gathered().storages:
            storage.version += 1

    # What it does.

    def call(self, inputs: Any) -> Any:
        """Emit all layers."""
        tensors: list[Tensor] = inputs if isinstance(inputs, list) else [inputs]
        if len(tensors) != len(self.inputs):
            raise ArgumentError(f"{self.label} has {len(self.inputs)} inputs, it was called on {len(tensors)}")
        for tensor, expected in zip(tensors, self.inputs, strict=True):
            if not fits(tensor.shape, expected.shape):
                raise ShapeError(f"{self.label} was made for inputs of {expected.shape[1:]}, got {tensor.shape[1:]}")
        given = {symbolic.call: [tensor] for symbolic, tensor in zip(self.inputs, tensors, strict=True)}
        results = emit_calls(self.inner_calls, given)
        outputs = [results[tensor.call][tensor.index] for tensor in self.outputs]
        return outputs if self.gives_list else outputs[0]

    @property
    def takes_lists(self) -> bool:
        """Whether the model has several inputs."""
        return len(self.inputs) > 1

    def __call__(self, inputs: Any, training: bool | None = None) -> Any:
        items = inputs if isinstance(inputs, list | tuple) else [inputs]
        if items and all(isinstance(item, SymbolicTensor | Tensor) for item in items):
            return super().__call__(inputs, training)
        return prediction.run(self, inputs, training=bool(training))

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
        """Say how the model is to be trained. See `training.compile_model`."""
        training.compile_model(self, optimizer, loss, loss_weights, metrics, engine)

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
        """Train on arrays. See `training.fit`."""
        return training.fit(
            self,
            x,
            y,
            training.FitOptions(
                batch_size=batch_size,
                epochs=epochs,
                verbose=verbose,
                callbacks=callbacks,
                validation_split=validation_split,
                validation_data=validation_data,
                shuffle=shuffle,
                initial_epoch=initial_epoch,
            ),
        )

    @legacy.accepts_old_spelling("train_on_batch")
    def train_on_batch(self, x: Data, y: Data, return_dict: bool = False) -> float | list[float] | dict[str, float]:
        """One training step on one batch. See `training.train_on_batch`."""
        return training.train_on_batch(self, x, y, return_dict)

    @legacy.accepts_old_spelling("evaluate")
    def evaluate(
        self,
        x: Data,
        y: Data,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        callbacks: Callback | Sequence[Callback] | None = None,
        return_dict: bool = False,
    ) -> float | list[float] | dict[str, float]:
        """Loss and metrics on arrays, without training. See `training.evaluate`."""
        return training.evaluate(self, x, y, batch_size, verbose, callbacks, return_dict)

    @legacy.accepts_old_spelling("predict")
    def predict(
        self,
        x: Data,
        batch_size: int | None = None,
        verbose: str | int = 0,
        *,
        engine: str | Engine | None = None,
    ) -> np.ndarray | list[np.ndarray]:
        """The model's output for arrays. See `prediction.predict`."""
        return prediction.predict(self, x, batch_size, verbose, engine)

    def predict_classes(self, x: Data, batch_size: int | None = None, verbose: str | int = 0) -> np.ndarray:
        """Keras 1 and 2's `predict(x).argmax(axis=-1)`. See `old_methods.predict_classes`."""
        return old_methods.predict_classes(self, x, batch_size, verbose)

    def predict_proba(
        self, x: Data, batch_size: int | None = None, verbose: str | int = 0
    ) -> np.ndarray | list[np.ndarray]:
        """Keras 1 and 2's `predict`. See `old_methods.predict_proba`."""
        return old_methods.predict_proba(self, x, batch_size, verbose)

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

        summary.summary(self, line_length, print_fn, expand_nested=expand_nested, derive=derive)

    def save(self, filepath: str | os.PathLike[str], overwrite: bool = True) -> None:
        """Write the model to a `.keras` file. See `saving.save_model`."""
        from pellucid.models import saving  # only now: whoever trains or predicts need not wait for zip and JSON

        saving.save_model(self, filepath, overwrite)

    def get_config(self) -> dict[str, Any]:
        """The model's structure as plain data, in Keras's words."""
        return config.functional_config(self)

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
