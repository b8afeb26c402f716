"""The model: layers put together, and the functions that train, run, save and describe it as methods.

A model is thin: a `Network` says what is computed, a `Runtime` runs it, a `Stepper` trains it. The work of each method
stands in a room of its own (`network`, `training`, `summary`, `saving`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from pellucid import legacy
from pellucid.callbacks import Callback, History
from pellucid.engines import Engine
from pellucid.errors import ArgumentError, ArgumentTypeError
from pellucid.layers import Layer
from pellucid.layers.records import FileForm
from pellucid.models import old_methods
from pellucid.models.structure import NetworkLayer
from pellucid.training import predicting
from pellucid.training.door import Data, Told

# What trains a model, describes it or writes it down is imported by the methods below, at their first use: whoever
# only makes layers, or predicts, does not wait for it.


class Model(NetworkLayer):
    """A network from symbolic inputs to symbolic outputs; branches and merges are welcome.

    A model is a layer too: call it on a symbolic tensor to make it a part of another model, which then shares its
    weights; call it on arrays to run it.

    Args:
        inputs: a symbolic tensor from `Input`, or several in lists, tuples and dictionaries, in any nesting. Where one
            is the result of a layer, the model begins there.
        outputs: a symbolic tensor that layers made from the inputs, or several, likewise: results come so arranged.
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
        inputs: Any = None,
        outputs: Any = None,
        name: str | None = None,
        *,
        seed: int | None = None,
    ) -> None:
        if inputs is None or outputs is None:
            raise ArgumentTypeError(
                f"{type(self).__name__}: a model is made from its inputs and outputs; describe both from Input(...) "
                "on, then call Model(inputs, outputs), or super().__init__(inputs, outputs) in a class of your own"
            )
        self._start(name, seed, "functional" if type(self) is Model else "")
        self._connect(inputs, outputs)

    @legacy.accepts_old_spelling("compile")
    def compile(
        self,
        optimizer: object = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
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
        from pellucid.training import commands

        names = self.output_names if self.network is not None else None
        if self.network is not None and self.network.gives.is_nested:
            loss, loss_weights, metrics = map(self.network.gives.spread, (loss, loss_weights, metrics))
        self.stepper = commands.compile_network(self.runtime, names, optimizer, loss, loss_weights, metrics, engine)

    def _compiled(self, x: Any) -> Any:
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
        from pellucid.training import commands
        from pellucid.training.options import FitOptions

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
    def train_on_batch(self, x: Data, y: Data, return_dict: bool = False) -> Told:
        """One training step on one batch. See `commands.train_on_batch`."""
        from pellucid.training import commands

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
    ) -> Told:
        """Loss and metrics on arrays, without training. See `commands.evaluate`."""
        from pellucid.training import commands

        return commands.evaluate(self, self._compiled(x), x, y, batch_size, verbose, callbacks, return_dict)

    @legacy.accepts_old_spelling("predict")
    def predict(
        self,
        x: Data,
        batch_size: int | None = None,
        verbose: str | int = 0,
        *,
        engine: str | Engine | None = None,
    ) -> Any:
        """The model's output for arrays, arranged as its outputs are. See `predicting.predict`."""
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
        from pellucid.models import summary

        summary.summary(self, line_length, print_fn, expand_nested=expand_nested, derive=derive)

    def save(self, filepath: str | os.PathLike[str], overwrite: bool = True) -> None:
        """Write the model to a `.keras` file. See `saving.save_model`."""
        from pellucid.models import saving

        saving.save_model(self, len(self.built_network().outputs), self.stepper, filepath, overwrite)

    def get_config(self) -> dict[str, Any]:
        """The model's structure as plain data, in Keras's words."""
        from pellucid.models import config

        return config.functional_config(self.name, self.built_network())

    file_form: ClassVar = FileForm("keras.src.models.functional", "Functional", "Functional")

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        """A new model of that structure, with fresh weights. See `reading.from_config`."""
        from pellucid.models import reading

        return reading.from_config(cls, config, custom_objects)

    @classmethod
    def made_of(cls, config: Mapping[str, Any], layers: Sequence[Layer]) -> Self:
        """A model of these layers, connected as its configuration says."""
        from pellucid.models import connecting

        return connecting.model_of(cls, config, layers)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}, {len(self.layers)} layers>"
