"""What a model does with one batch, as its methods: a training step, a test, a prediction."""

from __future__ import annotations

import numpy as np

from pellucid import legacy
from pellucid.calls import explained
from pellucid.models.compiled import CompiledNetwork
from pellucid.training import predicting
from pellucid.training.door import Data, Told

# What trains a model is imported at its first use, as in `compiled`.


class BatchwiseNetwork(CompiledNetwork):
    """A network with the methods for one batch; all samples that are given are the batch."""

    @legacy.accepts_old_spelling("train_on_batch")
    def train_on_batch(self, x: Data, y: Data | None = None, return_dict: bool = False) -> Told:
        """One training step on one batch.

        Args:
            x: samples, as in `fit`; all of them are the batch.
            y: their targets.
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

        return commands.train_on_batch(self._compiled(x), x, y, return_dict)

    @explained
    def test_on_batch(self, x: Data, y: Data | None = None, return_dict: bool = False) -> Told:
        """Loss and metrics of one batch, without training.

        Args:
            x: samples, as in `fit`; all of them are the batch.
            y: their targets.
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

        return commands.test_on_batch(self._compiled(x), x, y, return_dict)

    @explained
    def predict_on_batch(self, x: Data) -> np.ndarray | list[np.ndarray]:
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
        self.require_built(x)
        try:
            return predicting.predict_batch(self.runtime, x)
        except MemoryError as error:
            from pellucid.training import memory

            raise memory.shortage_of_prediction(self, x, None, error) from error
