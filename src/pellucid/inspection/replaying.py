"""A recorded training made again, step by step, on a copy of the model: the same batches and draws, the same bits."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pellucid.callbacks.filter_history import FilterHistory
from pellucid.checks import flag, fraction
from pellucid.data.sources.source import Batch, StretchedSource
from pellucid.errors import ArgumentError, ArgumentTypeError
from pellucid.frozen import Frozen
from pellucid.inspection.given import described
from pellucid.inspection.training_step import compiled, copied
from pellucid.models import Model
from pellucid.training.feeds import checked, split, weighed
from pellucid.training.given import Given, Pass, source_of_arrays
from pellucid.training.weights import of_outputs

AGREES = 1e-4
"""How far the numbers of a frame may be from the recorded ones, by the largest of them, on another engine, say."""


class Retold(Frozen, eq=False):
    """How the training was told to go; what `fit` was called with.

    Args:
        sample_weight, batch_size, shuffle, class_weight, validation_split, steps_per_epoch: as there.
    """

    sample_weight: Any = None
    batch_size: int | None = None
    shuffle: bool = True
    class_weight: Mapping[int, float] | None = None
    validation_split: float = 0.0
    steps_per_epoch: int | None = None


class Replay:
    """The recorded training again.

    Args:
        function: who wants it, for messages.
        model: that was trained; it stays as it is.
        history: the record.
        x, y: the data that it was trained on.
        told: what `fit` was told besides.

    Attributes:
        model: a copy of the model, as it was at the step that `batches` has come to.
        stepper: who trains it.
        samples: all that it is trained on, by the names under which a step takes it.
        first, last: how many steps the model had made at the beginning, and at the end.
        changed_at_end: whether, once the last step was made, other filters were recorded than came out: somebody set
            them then, such as an EarlyStopping that restores the best weights. The frames before have been the same.

    Raises:
        ArgumentError: nothing was recorded, or the data cannot be what the training saw.
    """

    def __init__(self, function: str, model: Model, history: FilterHistory, x: Any, y: Any, told: Retold) -> None:
        self.function, self.history = function, recorded(function, history)
        compiled(model, function)
        self.model, self.stepper = copied(model, x)
        self.stepper.restore(history.start)
        self.samples = self._samples(x, y, told)
        how = Pass(
            "fit", told.batch_size, told.steps_per_epoch, flag(function, "shuffle", told.shuffle), told.class_weight
        )
        source = source_of_arrays(self.samples, how)
        assert isinstance(source, StretchedSource)
        self._source, self._agreed, self.changed_at_end = source, 0, False
        self.first, self.last = history.steps[0], history.steps[-1]

    def _samples(self, x: Any, y: Any, told: Retold) -> dict[str, np.ndarray]:
        given, name = Given(x, y, told.sample_weight), self.model.name
        if given.has_batches:
            raise ArgumentError(
                f"{self.function}: a training is made again on arrays, whose samples can be told apart, but x is a "
                f"{type(x).__name__}"
            )
        of_outputs(name, told.class_weight, self.model.built_network().output_names)
        samples = checked(self.stepper, given)
        if share := fraction(self.function, "validation_split", told.validation_split):
            samples, _ = split(samples, share)
        return weighed(self.stepper, samples, told.class_weight)

    def rows(self) -> list[np.ndarray]:
        """Which samples each step sees, from the first to the last."""
        found: list[np.ndarray] = []
        assert self.history.first_batch is not None
        epoch, start = self.history.first_batch
        while len(found) < self.last - self.first:
            found += self._rows_of(epoch, start)
            epoch, start = epoch + 1, 0
        return found[: self.last - self.first]

    def _rows_of(self, epoch: int, start: int) -> list[np.ndarray]:
        """Which samples the batches of an epoch have, from batch `start` on."""
        found: list[np.ndarray] = []
        stretches = self._source.stretches(epoch, seed=self.stepper.seed, start=start)
        with contextlib.suppress(StopIteration):
            stretch = next(stretches)
            while True:
                found += list(stretch.rows)
                stretch = stretches.send(len(self._source))
        return found

    def batch(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Some samples, by the names under which a step takes them."""
        return {name: array.take(rows, axis=0) for name, array in self.samples.items()}

    def steps(self) -> Iterator[tuple[int, np.ndarray]]:
        """Before each step its number and its samples; then the copy makes it.

        Where weights become their moving averages when a training ends, there is one more without samples, before that.

        Raises:
            ArgumentError: the weights come out otherwise than they were recorded.
        """
        rates = dict(self.history.rates)
        with self.stepper.tally(training=True) as tally:
            for number, rows in enumerate(self.rows(), self.first):
                if number in rates:
                    self.stepper.plan.optimizer.restore_rate(rates[number])
                yield number, rows
                self.stepper.train(Batch(self.batch(rows)), tally)
                if number + 1 < self.last:
                    self._compare(number + 1)
        if self.stepper.plan.optimizer.averages:
            yield self.last, np.zeros(0, np.int64)
            self.stepper.finish()
        self._compare(self.last)

    def _compare(self, step: int) -> None:
        """Raise unless the filters are those of the frame that was taken at a step, if one was.

        At the end they may be others, if they have been the same on the way.
        """
        if step not in self.history.steps:
            return
        place, layers = self.history.steps.index(step), self.model.layers_with_filters
        for path, which in self.history.banks:
            mine = layers[path].filter_variables[which].numpy()
            theirs = self.history.frame(place, path, which)
            if not np.allclose(mine, theirs, rtol=0.0, atol=AGREES * float(np.abs(theirs).max()), equal_nan=True):
                if step == self.last and self._agreed:
                    self.changed_at_end = True
                    return
                raise ArgumentError(
                    f"{self.function}: made again, the training does not come to the filters that were recorded "
                    f"({path}, step {step}): pass the data, batch_size, shuffle, sample_weight, class_weight, "
                    "validation_split and steps_per_epoch with which fit was called, and the model as it is compiled "
                    "there; callbacks that change weights, and layers that were frozen meanwhile, cannot be made again"
                )
        self._agreed += 1


def recorded(function: str, history: object) -> FilterHistory:
    """The record of a training; raises for anything else, and for one that recorded nothing."""
    if not isinstance(history, FilterHistory):
        raise ArgumentTypeError(
            f"{function}: the recorded training is a callbacks.FilterHistory that was passed to fit, got "
            f"{described(history)}"
        )
    if history.start is None or len(history.steps) < 2:
        raise ArgumentError(
            f"{function}: this FilterHistory has recorded no training yet; pass it to fit: "
            "model.fit(x, y, callbacks=history)"
        )
    return history
