"""Evaluating a model with the moving averages of its weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pellucid.callbacks.base import Callback, Logs
from pellucid.callbacks.learning_rates import optimizers_of
from pellucid.checks import flag
from pellucid.errors import ArgumentError


class SwapEMAWeights(Callback):
    """Gives the model the moving averages of its weights while it is evaluated or predicts; then the weights come back.

    An optimiser that is made with `use_ema=True` keeps them.

    Args:
        swap_on_epoch: whether they are those of the model also from the end of an epoch to the beginning of the next,
            for callbacks that come later in the list, such as `ModelCheckpoint`.

    Raises:
        ArgumentError: the model's optimiser keeps no moving averages.

    Example:
        >>> SwapEMAWeights(swap_on_epoch=True).swap_on_epoch
        True

    Source: keras.callbacks.SwapEMAWeights, https://keras.io/api/callbacks/swap_ema_weights/
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        super().__init__()
        self.swap_on_epoch = flag("SwapEMAWeights", "swap_on_epoch", swap_on_epoch)
        self._swapped = False

    def capture(self) -> dict[str, Any]:
        """Whether the model has the averages now."""
        return {"swapped": self._swapped}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Give the weights back in time."""
        self._swapped = state["swapped"]

    def on_train_begin(self, logs: Logs = None) -> None:
        """See whether there are averages; give back what a training that was broken off has left."""
        self._optimizers()
        self._swap(False)

    def on_train_end(self, logs: Logs = None) -> None:
        """Where the training was broken off in an evaluation the weights come back."""
        if not self.swap_on_epoch:
            self._swap(False)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Train on with the weights."""
        if self.swap_on_epoch:
            self._swap(False)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Show the averages to others; after the last epoch they stay."""
        if self.swap_on_epoch:
            self._swap(True)
            if self.model.stop_training or epoch == self.params.get("epochs", 0) - 1:
                for weight, average in self._pairs():
                    average.assign(weight.numpy())

    def on_test_begin(self, logs: Logs = None) -> None:
        """Evaluate the averages."""
        self._swap(True)

    def on_test_end(self, logs: Logs = None) -> None:
        """Give the weights back."""
        self._swap(False)

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Predict with the averages."""
        self._swap(True)

    def on_predict_end(self, logs: Logs = None) -> None:
        """Give the weights back."""
        self._swap(False)

    def _swap(self, averages: bool) -> None:
        """Let the model have its averages, or its weights; each is kept in the place of the other."""
        if self._swapped == averages:
            return
        for weight, average in self._pairs():
            values = weight.numpy()
            weight.train_to(average.numpy())
            average.assign(values)
        self._swapped = averages

    def _pairs(self) -> Iterator[tuple[Any, Any]]:
        """Each weight and its average."""
        for optimizer in self._optimizers():
            yield from optimizer.moving_averages()

    def _optimizers(self) -> list[Any]:
        found = [each for _, each in optimizers_of(self.model) if getattr(each, "use_ema", False)]
        if not found:
            raise ArgumentError(
                "SwapEMAWeights must be used when `use_ema=True` is set on the optimizer, which then keeps the moving "
                "averages of the weights"
            )
        return found
