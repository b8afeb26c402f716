"""The model: layers put together, and the functions that train, run, save and describe it as methods.

The class holds the structure; each method's work stands in the file that bears its name (`training`, `prediction`,
`saving`, `summary`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid import losses, metrics, optimizers, random
from pellucid.callbacks import Callback, History
from pellucid.engines import Engine, get_engine
from pellucid.errors import ArgumentError, unknown_name
from pellucid.layers import Layer
from pellucid.layers.base import check_name
from pellucid.layers.symbolic import SymbolicShape, SymbolicTensor
from pellucid.layers.weight import Weight, assign_all, gather
from pellucid.models import config, prediction, saving, summary, training
from pellucid.models.network import calls_in_order, layers_in_order
from pellucid.models.programs import Programs
from pellucid.models.step import TrainingState
from pellucid.naming import snake_case, unique_name


class Model:
    """A network from symbolic inputs to symbolic outputs; branches and merges are welcome.

    Args:
        inputs: a symbolic tensor from `Input`, or a list of them.
        outputs: a symbolic tensor that layers made from the inputs, or a list of them.
        name: of the model.
        seed: decides shuffling and dropout; by default the next of the sequence that `set_random_seed` restarts.

    Attributes:
        layers: in Keras's order, the input layers included.
        inputs: the symbolic inputs.
        outputs: the symbolic outputs.
        optimizer: after `compile`.
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
        self.name = check_name(name) if name is not None else unique_name(kind)
        self.seed = random.next_seed() if seed is None else random.check_seed(seed)
        self.inputs: list[SymbolicTensor] = []
        self.outputs: list[SymbolicTensor] = []
        self.programs = Programs()
        self.history: History | None = None
        self.stop_training = False
        self.loss: losses.Loss | None = None
        self.optimizer: optimizers.Optimizer | None = None
        self.metrics: list[metrics.Metric] = []
        self.engine: Engine = get_engine()
        self.training_state: TrainingState | None = None
        self.step = 0

    def _connect(
        self,
        inputs: SymbolicTensor | Sequence[SymbolicTensor],
        outputs: SymbolicTensor | Sequence[SymbolicTensor],
    ) -> None:
        self.inputs, self.outputs = _several("inputs", inputs), _several("outputs", outputs)
        self.programs.clear()
        self.training_state = None
        self.gives_list = not isinstance(outputs, SymbolicTensor)
        self.calls = calls_in_order(self.inputs, self.outputs)
        self.layers = layers_in_order(self.calls, self.outputs)
        names = [layer.name for layer in self.layers]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ArgumentError(f"{self.name}: layer names must differ; used twice: {', '.join(sorted(twice))}")

    # What it is made of.

    @property
    def built(self) -> bool:
        """Whether the model knows its input shape, hence has weights."""
        return bool(self.inputs)

    def ensure_built(self, x: Any = None) -> None:
        """Raise `ArgumentError` if the model does not know its input shape; `Sequential` learns it from data."""

    @property
    def input_shape(self) -> SymbolicShape | list[SymbolicShape]:
        """Shape of the input, or a list of shapes."""
        return self._one_or_all([tensor.shape for tensor in self.inputs], len(self.inputs) > 1)

    @property
    def output_shape(self) -> SymbolicShape | list[SymbolicShape]:
        """Shape of the output, or a list of shapes."""
        self.ensure_built()
        return self._one_or_all([tensor.shape for tensor in self.outputs], self.gives_list)

    @staticmethod
    def _one_or_all(items: list[Any], as_list: bool) -> Any:
        return items if as_list else items[0]

    @property
    def weights(self) -> list[Weight]:
        """All weights, layer by layer."""
        self.ensure_built()
        return [weight for layer in self.layers for weight in layer.weights]

    @property
    def trainable_weights(self) -> list[Weight]:
        """The weights that training changes."""
        return [weight for weight in self.weights if weight.trainable]

    @property
    def non_trainable_weights(self) -> list[Weight]:
        """The weights that training leaves alone."""
        return [weight for weight in self.weights if not weight.trainable]

    @property
    def trainable(self) -> bool:
        """Whether any weight is trained; setting it sets every layer. Compile again afterwards."""
        return any(weight.trainable for weight in self.weights)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self.layers:
            layer.trainable = value

    def count_params(self) -> int:
        """Number of weights, counted as numbers."""
        return sum(weight.size for weight in self.weights)

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

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights, layer by layer."""
        return [weight.numpy() for weight in self.weights]

    def set_weights(self, weights: Sequence[npt.ArrayLike]) -> None:
        """Set all weights; one array per weight, in the order of `get_weights`."""
        mine = self.weights
        if len(weights) != len(mine):
            raise ArgumentError(f"{self.name} has {len(mine)} weights, got {len(weights)} arrays")
        assign_all(mine, weights)

    def gather_weights(self) -> dict[str, np.ndarray]:
        """Move the weights into one storage, if that has not happened, and return the storages by name."""
        gather(self.weights)
        return {weight.storage.name: weight.storage.array for weight in self.weights}

    # What it does.

    def compile(
        self,
        optimizer: str | optimizers.Optimizer = "rmsprop",
        loss: str | losses.Loss | None = None,
        metrics: Sequence[str | metrics.Metric] | None = None,
        *,
        engine: str | Engine = "native",
    ) -> None:
        """Say how the model is to be trained. See `training.compile_model`."""
        training.compile_model(self, optimizer, loss, metrics, engine)

    def fit(
        self,
        x: npt.ArrayLike | Sequence[npt.ArrayLike],
        y: npt.ArrayLike,
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

    def train_on_batch(
        self, x: npt.ArrayLike | Sequence[npt.ArrayLike], y: npt.ArrayLike, return_dict: bool = False
    ) -> float | list[float] | dict[str, float]:
        """One training step on one batch. See `training.train_on_batch`."""
        return training.train_on_batch(self, x, y, return_dict)

    def evaluate(
        self,
        x: npt.ArrayLike | Sequence[npt.ArrayLike],
        y: npt.ArrayLike,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        callbacks: Callback | Sequence[Callback] | None = None,
        return_dict: bool = False,
    ) -> float | list[float] | dict[str, float]:
        """Loss and metrics on arrays, without training. See `training.evaluate`."""
        return training.evaluate(self, x, y, batch_size, verbose, callbacks, return_dict)

    def predict(
        self,
        x: npt.ArrayLike | Sequence[npt.ArrayLike],
        batch_size: int | None = None,
        verbose: str | int = 0,
        *,
        engine: str | Engine | None = None,
    ) -> np.ndarray | list[np.ndarray]:
        """The model's output for arrays. See `prediction.predict`."""
        return prediction.predict(self, x, batch_size, verbose, engine)

    def summary(self, line_length: int | None = None, print_fn: Callable[[str], object] | None = None) -> None:
        """Print a table of the layers. See `summary.summary`."""
        summary.summary(self, line_length, print_fn)

    def save(self, filepath: str | os.PathLike[str], overwrite: bool = True) -> None:
        """Write the model to a `.keras` file. See `saving.save_model`."""
        saving.save_model(self, filepath, overwrite)

    def get_config(self) -> dict[str, Any]:
        """The model's structure as plain data, in Keras's words."""
        return config.functional_config(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}, {len(self.layers)} layers>"


def _several(what: str, tensors: SymbolicTensor | Sequence[SymbolicTensor]) -> list[SymbolicTensor]:
    found: list[Any] = list(tensors) if isinstance(tensors, list | tuple) else [tensors]
    wrong = [tensor for tensor in found if not isinstance(tensor, SymbolicTensor)]
    if wrong or not found:
        came = f"{type(wrong[0]).__name__}" if wrong else "an empty list"
        hint = "; call the layer on a symbolic tensor first" if wrong and isinstance(wrong[0], Layer) else ""
        raise ArgumentError(f"{what} of a model are symbolic tensors, from Input(...) and layers, got {came}{hint}")
    return found
