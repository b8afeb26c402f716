"""What a model does with one batch, as its methods: a training step, a test, a prediction."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import legacy
from pellucid.calls import explained
from pellucid.models.compiled import CompiledNetwork
from pellucid.models.own_methods import meets_spec
from pellucid.training import predicting
from pellucid.training.door import Told

# What trains a model is imported at its first use, as in `compiled`.


class BatchwiseNetwork(CompiledNetwork):
    """A network with the methods for one batch; all samples that are given are the batch."""

    @legacy.accepts_old_spelling("train_on_batch")
    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        return_dict: bool = False,
    ) -> Told:
        """One training step on one batch.

        Args:
            x: samples, as in `fit`; all of them are the batch.
            y: their targets.
            sample_weight: how much each sample counts, as in `fit`.
            class_weight: how much samples of a class count, as in `fit`.
            return_dict: whether to return loss and metrics by name.

        Returns:
            the loss before the update; with metrics a list, or a dictionary if asked for.

        Raises:
            ArgumentError: the model is not compiled.
            DataError: the data cannot be used.

        Example:
            >>> from pellucid import Sequential, layers
            >>> model = Sequential([layers.Input((1,)), layers.Dense(1, kernel_initializer="zeros")])
            >>> model.compile("sgd", "mse")
            >>> model.train_on_batch([[1.0]], [[2.0]])
            4.0

        Source: keras.Model.train_on_batch.
        """
        from pellucid.training import commands

        stepper, given = self._ready_for(x, y, sample_weight)
        return self._as_compiled(commands.train_on_batch, stepper, given, class_weight, return_dict)

    @legacy.accepts_old_spelling("test_on_batch")
    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Told:
        """Loss and metrics of one batch, without training.

        Args:
            x: samples, as in `fit`; all of them are the batch.
            y: their targets.
            sample_weight: how much each sample counts, as in `fit`.
            return_dict: whether to return loss and metrics by name.

        Returns:
            the loss; with metrics a list, or a dictionary if asked for.

        Raises:
            ArgumentError: the model is not compiled.
            DataError: the data cannot be used.

        Example:
            >>> from pellucid import Sequential, layers
            >>> model = Sequential([layers.Input((1,)), layers.Dense(1, kernel_initializer="zeros")])
            >>> model.compile("sgd", "mse")
            >>> model.test_on_batch([[1.0]], [[2.0]], return_dict=True)
            {'loss': 4.0}

        Source: keras.Model.test_on_batch.
        """
        from pellucid.training import commands

        stepper, given = self._ready_for(x, y, sample_weight)
        return commands.test_on_batch(stepper, given, return_dict)

    @explained
    def predict_on_batch(self, x: Any) -> np.ndarray | list[np.ndarray]:
        """The model's output for one batch.

        Args:
            x: samples, as in `predict`; all of them are the batch.

        Returns:
            as `predict` does.

        Raises:
            DataError: the data does not fit the model.

        Example:
            >>> from pellucid import Sequential, layers
            >>> model = Sequential([layers.Input((2,)), layers.Dense(1, weights=[[[1.0], [2.0]], [3.0]])])
            >>> model.predict_on_batch([[10.0, 20.0]]).tolist()
            [[53.0]]

        Source: keras.Model.predict_on_batch.
        """
        meets_spec(self, x)
        self.require_built(x)
        try:
            return predicting.predict_batch(self.runtime, x)
        except MemoryError as error:
            from pellucid.training import memory

            raise memory.shortage_of_prediction(self, x, None, error) from error

    def _ready_for(self, x: Any, y: Any, sample_weight: Any, batch_size: int | None = None) -> tuple[Any, Any]:
        """Who trains the model, which is built for these data if it was not; and the data, told apart."""
        from pellucid.training.given import Given, looked_at

        meets_spec(self, x)
        given = Given(x, y, sample_weight)
        if self.stepper is None or self.network is not None:
            return self._compiled(None), given
        samples, given = looked_at(given, batch_size)
        return self._compiled(samples), given
