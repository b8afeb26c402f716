"""Slow weights that follow the fast ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from pellucid.callbacks.base import Callback, Logs
from pellucid.callbacks.learning_rates import optimizers_of
from pellucid.checks import flag, number, whole
from pellucid.errors import ArgumentError
from pellucid.variables import Variable


class Lookahead(Callback):
    """Every `steps` steps of training slow weights go a share of the way to the weights, which begin anew from there.

    slow = slow + alpha * (weights - slow); weights = slow. The slow weights begin as those of the model; at the end of
    the training the model has them, after a last such step. Where a weight has a constraint, slow is what it makes of
    the sum. What is evaluated in between are the weights as they are, and what another callback gives back at the end
    of the training, such as the weights of the best epoch, stays.
    Where `compile` has `steps_per_execution`, it is done behind the steps of one call in which it is due. Weights of an
    optimiser with `use_ema` are their moving averages at the end, without that last step.

    Args:
        steps: of the optimiser between two of the slow weights, >= 1.
        alpha: the share of the way, from 0 to 1; or a function (a schedule, say) that is told how many steps were made
            and says it, such as `lambda step: 1 - 0.77 * (step / 1000) ** 3`.
        moving_statistics: whether moving averages of layers (batch normalisation's) are slow too, or trained weights
            alone. Whole numbers, of a layer that counts, are never slow.

    Raises:
        ArgumentError: an argument is out of range; in training, where `alpha` is a function, what it says, or weights
            were frozen or thawed.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers, optimizers
        >>> model = Sequential([layers.Input((1,)), layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
        >>> model.compile(optimizers.SGD(0.5), "mse")  # each step alone makes of w the target, 1
        >>> history = model.fit([[1.0]], [[1.0]], epochs=2, verbose=0, callbacks=[Lookahead(steps=2, alpha=0.5)])
        >>> model.get_weights()[0].tolist()  # half of the way from 0 to 1
        [[0.5]]

    Source: Zhang, Lucas, Hinton and Ba, Lookahead Optimizer: k Steps Forward, 1 Step Back, arXiv 1907.08610,
    algorithm 1; for a share that shrinks as the training goes on, Jordan, arXiv 2404.00498, section 3.4.
    """

    def __init__(
        self, steps: int = 5, alpha: float | Callable[[int], float] = 0.5, moving_statistics: bool = False
    ) -> None:
        super().__init__()
        self.steps = whole("Lookahead", "steps", steps, 1)
        is_told = callable(alpha) and not isinstance(alpha, type)
        self.alpha = alpha if is_told else number("Lookahead", "alpha", alpha, 0.0, 1.0)
        self.moving_statistics = flag("Lookahead", "moving_statistics", moving_statistics)
        self._slow: list[np.ndarray] = []
        self._of: list[Variable] = []  # the weights that they follow
        self._made, self._last = 0, -1  # steps; the batch of the newest one
        self._ended: tuple[int, list[np.ndarray]] = (-1, [])  # steps at the end of an epoch, and the weights then

    def capture(self) -> dict[str, Any]:
        """The slow weights, and how many steps were made."""
        return {"slow": [array.copy() for array in self._slow], "made": self._made, "last": self._last}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them over."""
        self._slow = [np.array(array, np.float32) for array in state["slow"]]
        self._made, self._last = int(state["made"]), int(state["last"])

    def on_train_begin(self, logs: Logs = None) -> None:
        """Begin with the weights of the model."""
        self._of = self._weights()
        self._slow = [weight.numpy() for weight in self._of]
        self._made, self._ended = 0, (-1, [])

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Batches are counted anew."""
        self._last = -1

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Count; let the slow weights follow when it is time."""
        before, self._made, self._last = self._made, self._made + batch - self._last, batch
        if self._made // self.steps > before // self.steps:
            self._follow()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Note what the weights are, should this be the last epoch."""
        self._ended = self._made, [weight.numpy() for weight in self._of] if self._made % self.steps else []

    def on_train_end(self, logs: Logs = None) -> None:
        """What was trained since the last time counts too; what others have put in the place of weights does not."""
        if self._made % self.steps:
            self._follow(self._replaced())

    def _replaced(self) -> set[int]:
        """Weights that are what was trained no more: moving averages, or those of the best epoch."""
        optimizers = [each for _, each in optimizers_of(self.model) if getattr(each, "use_ema", False)]
        found = {id(weight) for each in optimizers for weight, _ in each.moving_averages()}
        made, before = self._ended
        if made == self._made:
            pairs = zip(self._of, before, strict=True)
            found |= {id(weight) for weight, values in pairs if not np.array_equal(weight.numpy(), values)}
        return found

    def _follow(self, left_alone: Collection[int] = ()) -> None:
        said = self.alpha(self._made) if callable(self.alpha) else self.alpha
        share = np.float32(number("Lookahead", f"alpha after {self._made} steps", said, 0.0, 1.0))
        self._check_same(self._weights())
        for weight, slow in zip(self._of, self._slow, strict=True):
            if id(weight) not in left_alone:
                slow[...] = _confined(weight, slow + share * (weight.numpy() - slow))
                weight.train_to(slow)

    def _check_same(self, weights: list[Variable]) -> None:
        """Each slow weight has one that it follows: two of one shape are not to be mistaken for each other."""
        now, before = ({id(each): each.path for each in several} for several in (weights, self._of))
        changed = [path for key, path in {**before, **now}.items() if (key in now) != (key in before)]
        if changed:
            raise ArgumentError(
                f"Lookahead: the model trains other weights now than when the training began ({', '.join(changed)}); "
                "freeze or thaw between two calls of fit, each of which begins with slow weights of its own"
            )

    def _weights(self) -> list[Variable]:
        """Which weights are slow."""
        found: list[Variable] = getattr(self.model, "weights" if self.moving_statistics else "trainable_weights", [])
        return [weight for weight in found if not weight.is_whole]  # there is nothing half-way between two counts


def _confined(weight: Variable, values: np.ndarray) -> np.ndarray:
    """New values of a weight as its constraint wants them: between two filters of length 1 lie shorter ones."""
    if weight.constraint is None:
        return values
    projected = np.asarray(weight.constraint(values))
    return projected if weight.frozen_part is None else np.where(weight.frozen_part, values, projected)
