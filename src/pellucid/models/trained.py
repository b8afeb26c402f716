"""What trains and runs a model over many batches, as its methods: `fit`, `evaluate`, `predict`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid import legacy
from pellucid.callbacks import Callback, History
from pellucid.calls import explained
from pellucid.engines import Engine
from pellucid.errors import ArgumentError
from pellucid.models import old_methods
from pellucid.models.batchwise import BatchwiseNetwork
from pellucid.models.own_methods import writes
from pellucid.training import predicting
from pellucid.training.door import Data, Told

# What trains a model is imported at its first use, as in `compiled`.

SILENT = 0


class TrainedNetwork(BatchwiseNetwork):
    """A network with the methods that train, test and run it; how they do it stands in `training`."""

    @legacy.accepts_old_spelling("fit")
    def fit(
        self,
        x: Data,
        y: Data | None = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Callback | Sequence[Callback] | None = None,
        validation_split: float = 0.0,
        validation_data: tuple[Any, Any] | None = None,
        shuffle: bool = True,
        initial_epoch: int = 0,
    ) -> History:
        """Train on arrays for a number of epochs.

        In each epoch the samples come in a new order, decided by the model's seed and the epoch, so the same seed gives
        the same weights to the bit, with any number of threads.

        Ctrl-C ends the training after the batch that is under way: callbacks are told that it has ended, the model
        keeps what it has learned, and `model.history` what was recorded, with `interrupted` set. Then
        `KeyboardInterrupt` is raised, in notebooks too, so that nothing goes on with a model that is half trained.

        Args:
            x: samples (batch, ...); where the model has several inputs a list of such arrays, or arrays by name.
            y: targets, as the loss wants them; where the model has several outputs, likewise.
            batch_size: samples in a step; 32 by default.
            epochs: the number of the last epoch.
            verbose: 0 silent, 1 a live line, 2 one line per epoch; "auto" is live on a terminal.
            callbacks: one, or several in the order in which they are called.
            validation_split: this last part of the data, before shuffling, is held back and evaluated.
            validation_data: (x, y) to evaluate after each epoch.
            shuffle: whether the samples come in a new order in each epoch.
            initial_epoch: the number of the first epoch, from 0.

        Returns:
            the history: `history.history["loss"]`, `["accuracy"]`, `["val_loss"]`, ...: one number per epoch.

        Raises:
            ArgumentError: an option is out of range, or the model is not compiled.
            DataError: the data cannot be used; said before the first step.
            KeyboardInterrupt: Ctrl-C was pressed.

        Example:
            >>> import numpy as np
            >>> from pellucid import Sequential, layers
            >>> model = Sequential([layers.Input((1,)), layers.Dense(1, kernel_initializer="zeros")])
            >>> model.compile("sgd", "mse")
            >>> x = np.linspace(-4, 4, 64)
            >>> history = model.fit(x, 2 * x + 1, epochs=200, verbose=0)
            >>> model.get_weights()[0].round(2).tolist(), len(history.history["loss"])
            ([[2.0]], 200)

        Source: keras.Model.fit, https://keras.io/api/models/model_training_apis/
        """
        from pellucid.training import commands
        from pellucid.training.options import FitOptions

        if writes(self, "evaluate") and (validation_split or validation_data is not None):
            raise ArgumentError(
                f"{self.label}: fit evaluates validation data itself, its class's evaluate() would not be called; "
                "call it in a callback's on_epoch_end"
            )
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

    @legacy.accepts_old_spelling("evaluate")
    def evaluate(
        self,
        x: Data,
        y: Data | None = None,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        callbacks: Callback | Sequence[Callback] | None = None,
        return_dict: bool = False,
    ) -> Told:
        """Loss and metrics on arrays, without training.

        Args:
            x: samples, as in `fit`.
            y: targets, as in `fit`.
            batch_size: samples at a time; 32 by default.
            verbose: 0 silent, 1 a live line, 2 one line; "auto" is live on a terminal.
            callbacks: told of `on_test_*`.
            return_dict: whether to return loss and metrics by name.

        Returns:
            the loss; with metrics a list, or a dictionary if asked for.

        Raises:
            ArgumentError: an option is out of range, or the model is not compiled.
            DataError: the data cannot be used.

        Example:
            >>> from pellucid import Sequential, layers
            >>> model = Sequential([layers.Input((1,)), layers.Dense(1, kernel_initializer="zeros")])
            >>> model.compile("sgd", "mse", metrics=["mse"])
            >>> model.evaluate([[1.0], [2.0]], [[2.0], [4.0]], verbose=0)
            [10.0, 10.0]

        Source: keras.Model.evaluate, https://keras.io/api/models/model_training_apis/
        """
        from pellucid.training import commands

        return commands.evaluate(self, self._compiled(x), x, y, batch_size, verbose, callbacks, return_dict)

    @legacy.accepts_old_spelling("predict")
    def predict(
        self,
        x: Data,
        batch_size: int | None = None,
        verbose: str | int = 0,
        *,
        callbacks: Callback | Sequence[Callback] | None = None,
        engine: str | Engine | None = None,
    ) -> np.ndarray | list[np.ndarray]:
        """The model's output for arrays, batch by batch.

        Args:
            x: samples (batch, ...); where the model has several inputs a list of such arrays, or arrays by name.
            batch_size: samples at a time; 32 by default.
            verbose: 0 silent, 1 a live line, 2 one line; "auto" is live on a terminal.
            callbacks: told of `on_predict_*`.
            engine: the one that the model was compiled for by default ("native" if it was not); "reference" computes
                in float64.

        Returns:
            one array (batch, ...) per output; not in a list if the model was made with a single output.

        Raises:
            ArgumentError: an option is out of range.
            DataError: the data does not fit the model.

        Example:
            >>> from pellucid import Sequential, layers
            >>> model = Sequential([layers.Input((2,)), layers.Dense(1, weights=[[[1.0], [2.0]], [3.0]])])
            >>> model.predict([[10.0, 20.0]]).tolist()
            [[53.0]]

        Source: keras.Model.predict, https://keras.io/api/models/model_training_apis/
        """
        if verbose is SILENT and engine is None and callbacks is None:
            output = predicting.predict_again(self.runtime, x, batch_size)
            if output is not None:
                return output
        self.require_built(x)
        try:
            return predicting.predict(self, x, batch_size, verbose, callbacks, engine)
        except MemoryError as error:
            from pellucid.training import memory

            raise memory.shortage_of_prediction(self, x, batch_size or predicting.DEFAULT_BATCH, error) from error

    @explained
    def predict_classes(self, x: Data, batch_size: int | None = None, verbose: str | int = 0) -> np.ndarray:
        """Keras 1 and 2's `predict(x).argmax(axis=-1)`. See `old_methods.classes`."""
        return old_methods.classes(self.name, self.predict(x, batch_size, verbose))

    @explained
    def predict_proba(
        self, x: Data, batch_size: int | None = None, verbose: str | int = 0
    ) -> np.ndarray | list[np.ndarray]:
        """Keras 1 and 2's `predict`."""
        legacy.tell("predict_proba(x)", "predict(x)")
        return self.predict(x, batch_size, verbose)
