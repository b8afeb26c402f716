"""What trains, runs and shows a model at work, as its methods: `fit`, `evaluate`, `predict`, `explore`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from pellucid import legacy, notebooks
from pellucid.callbacks import Callback, History
from pellucid.calls import explained
from pellucid.engines import Engine
from pellucid.errors import ArgumentError
from pellucid.models import old_methods
from pellucid.models.batchwise import BatchwiseNetwork
from pellucid.models.own_methods import meets_spec, writes
from pellucid.training import predicting
from pellucid.training.door import Data, Told

# What trains a model is imported at its first use, as in `compiled`.

SILENT = 0


class TrainedNetwork(BatchwiseNetwork, old_methods.OldMethods):
    """A network with the methods that train, test and run it; how they do it stands in `training`."""

    @legacy.accepts_old_spelling("fit")
    def fit(
        self,
        x: Any,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Callback | Sequence[Callback] | None = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Collection[int] = 1,
    ) -> History:
        """Train on arrays, or on whatever batches come from, for a number of epochs.

        In each epoch of each training the samples come in a new order, which the model's seed decides: the same seed
        gives the same weights to the bit. Batches, (x, y) or (x, y, sample_weight) each, come from generators and all
        else that can be gone through, a `utils.PyDataset`, a `DataLoader` of PyTorch, a `tf.data.Dataset`, or a data
        set of Hugging Face. A generator goes on over the epochs; where it ends, so does `fit`.

        Ctrl-C ends the training after the batch that is under way: callbacks are told that it has ended, the model
        keeps what it has learned, and `model.history` what was recorded, with `interrupted` set; then it is raised.

        Args:
            x: samples (batch, ...); where the model has several inputs a list of such arrays, or arrays by name. Or
                what batches come from; then y and sample_weight are in them.
            y: targets, as the loss wants them; where the model has several outputs, likewise.
            batch_size: samples in a step; 32 by default. Without meaning where batches come as they are.
            epochs: the number of the last epoch; with 0, or less than `initial_epoch`, nothing is trained.
            verbose: 0 silent, 1 a live line, 2 one line per epoch; "auto" is live on a terminal.
            callbacks: one, or several in the order in which they are called.
            validation_split: this last part of the data, before shuffling, is held back and evaluated.
            validation_data: (x, y), (x, y, sample_weight), or what batches come from, to evaluate after each epoch.
            shuffle: whether the samples, or the batches of a `PyDataset`, come in a new order in each epoch.
            class_weight: by class numbers, how much samples count in the loss (else 1); a list, or by name, of outputs.
            sample_weight: how much each sample counts in the loss, (samples,), or each value, (samples, ...); where the
                model has several outputs also a list of arrays, or arrays by name.
            initial_epoch: the number of the first epoch, from 0.
            steps_per_epoch: an epoch of so many goes on in the data where the one before it stopped; all by default.
            validation_steps: batches of validation data that are evaluated; all by default.
            validation_batch_size: that of validation data; `batch_size` by default.
            validation_freq: after how many epochs there is an evaluation; or a list of those epochs, from 1.

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

        options = FitOptions(
            *(batch_size, epochs, verbose, callbacks, validation_split, validation_data, shuffle, class_weight),
            *(initial_epoch, steps_per_epoch, validation_steps, validation_batch_size, validation_freq),
        )
        _check_own_evaluate(self, validates=bool(validation_split) or validation_data is not None)
        stepper, given = self._ready_for(x, y, sample_weight, batch_size)
        self.trained_on = self.trained_on or _images_of(self, x)
        return self._as_compiled(commands.fit, self, stepper, given, options)

    @legacy.accepts_old_spelling("evaluate")
    def evaluate(
        self,
        x: Any,
        y: Any = None,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Callback | Sequence[Callback] | None = None,
        return_dict: bool = False,
    ) -> Told:
        """Loss and metrics on arrays, or on whatever batches come from, without training.

        Args:
            x: samples, or what batches come from, as in `fit`.
            y: targets, as in `fit`.
            batch_size: samples at a time; 32 by default.
            verbose: 0 silent, 1 a live line, 2 one line; "auto" is live on a terminal.
            sample_weight: how much each sample counts, as in `fit`.
            steps: after how many batches to stop; all by default.
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
        from pellucid.training.given import Pass

        stepper, given = self._ready_for(x, y, sample_weight, batch_size)
        how = Pass("evaluate", batch_size, steps)
        return commands.evaluate(self, stepper, given, how, verbose, callbacks, return_dict)

    @legacy.accepts_old_spelling("predict")
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: str | int = 0,
        steps: int | None = None,
        callbacks: Callback | Sequence[Callback] | None = None,
        *,
        engine: str | Engine | None = None,
    ) -> np.ndarray | list[np.ndarray]:
        """The model's output for arrays, or for whatever batches come from, batch by batch.

        Args:
            x: samples (batch, ...); where the model has several inputs a list of such arrays, or arrays by name. Or
                what batches come from, as in `fit`; their targets are left aside.
            batch_size: samples at a time; 32 by default.
            verbose: 0 silent, 1 a live line, 2 one line; "auto" is live on a terminal.
            steps: after how many batches to stop; all by default.
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
        if verbose is SILENT and engine is None and callbacks is None and steps is None:
            output = predicting.predict_again(self.runtime, x, batch_size)
            if output is not None:
                return output
        meets_spec(self, x)
        if steps is not None or not predicting.are_arrays(x):
            from pellucid.training import many_batches

            return many_batches.predict(self, x, batch_size, verbose, steps, callbacks, engine)
        self.require_built(x)
        try:
            return predicting.predict(self, x, batch_size, verbose, callbacks, engine)
        except MemoryError as error:
            from pellucid.training import memory

            raise memory.shortage_of_prediction(self, x, batch_size or predicting.DEFAULT_BATCH, error) from error

    @explained
    def get_state_tree(self, value_format: str = "backend_tensor") -> dict[str, Any]:
        """All that the model keeps, in dictionaries by path: weights, what the optimiser remembers, what metrics count.

        Args:
            value_format: "backend_tensor" for arrays with a `numpy()`, "numpy_array" for NumPy's.

        Returns:
            a dictionary with "trainable_variables", "non_trainable_variables", "optimizer_variables" and
            "metrics_variables", in each of which the parts of paths lead to an array: a copy.

        Raises:
            ArgumentError: another format, or the model does not know its input yet.

        Example:
            >>> from pellucid import Input, Sequential, layers
            >>> model = Sequential([Input((2,)), layers.Dense(1, kernel_initializer="ones", name="last")])
            >>> model.get_state_tree("numpy_array")["trainable_variables"]["last"]["kernel"].tolist()
            [[1.0], [1.0]]

        Source: keras.Model.get_state_tree.
        """
        from pellucid.models import state_tree

        return state_tree.told(self, value_format)

    @explained
    def set_state_tree(self, state_tree: Mapping[str, Any]) -> None:
        """Take values from such a tree, or a part of one: all of them, or none.

        Args:
            state_tree: see `get_state_tree`. Weights and what the optimiser remembers may be in a tree of Keras's.

        Raises:
            ArgumentError: a path that the model has not.
            ShapeError: an array of another shape.

        Example:
            >>> from pellucid import Input, Sequential, layers
            >>> model = Sequential([Input((2,)), layers.Dense(1, name="last")])
            >>> model.set_state_tree({"trainable_variables": {"last": {"kernel": [[2.0], [3.0]]}}})
            >>> model.predict([[1.0, 1.0]]).tolist()
            [[5.0]]

        Source: keras.Model.set_state_tree.
        """
        from pellucid.models import state_tree as trees

        trees.take(self, state_tree)

    @explained
    def explore(
        self, x: Any = None, y: Any = None, *, class_names: Any = (), port: int = 0, browser: bool | None = None
    ) -> Any:
        """Open a page of this machine's own on which the model can be touched: every map, every sum, every weight.

        Args:
            x: samples (samples, ...) to choose the input from, of a model with several inputs an array for each, in a
                list or by name; digits or noise by default.
            y: what is right for each, which the page trains on.
            class_names: of the classes, by number; those that the model was trained on by default.
            port: where the page is; 0 for any that is free.
            browser: whether a browser opens it; by default outside of a notebook, where the page shows itself.

        Returns:
            an `explorer.Served`: its `address`, and `stop()`; the page is there until then, or as long as the program.

        Raises:
            ArgumentError: the samples do not fit the model, or the port is in use.

        Example:
            >>> from pellucid import Sequential, layers
            >>> model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 3)], name="tiny")
            >>> model.explore(browser=False).stop()  # doctest: +ELLIPSIS
            tiny: http://127.0.0.1:.../?token=...
        """
        return notebooks.explored(self, x, y, class_names=class_names, port=port, browser=browser)

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


def _check_own_evaluate(model: TrainedNetwork, *, validates: bool) -> None:
    """Raise `ArgumentError` where the user's own class evaluates in its own way, which `fit` would not call."""
    if validates and writes(model, "evaluate"):
        raise ArgumentError(
            f"{model.label}: fit evaluates validation data itself, its class's evaluate() would not be called; call it "
            "in a callback's on_epoch_end"
        )


def _images_of(model: TrainedNetwork, x: Any) -> Any:
    """How the image files were read that a model was trained on, for whoever shows it others; None for other data."""
    from pellucid.data.folders.image_sets import images_told_by

    told = images_told_by(x)
    shapes = (model.input_shape, model.output_shape) if told is not None and model.built else ()
    if told is None or not shapes or not all(isinstance(shape, tuple) for shape in shapes):
        return None
    fits = shapes[0][1:] == told.reading.shape and len(told.class_names) in (0, shapes[1][-1], 2 * (shapes[1][-1] == 1))
    return told if fits else None
