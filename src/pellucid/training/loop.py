"""The loops over epochs and batches: `Fit` and `evaluate`. They know a source, a stepper and callbacks: no array."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from pellucid import legacy
from pellucid.callbacks import CallbackList, History
from pellucid.data.sources.source import Source, length_of, turn_of
from pellucid.errors import ArgumentError, DataError
from pellucid.frozen import Frozen
from pellucid.training.base import Stepper, Tally
from pellucid.training.portions import Portion, Telling, portions
from pellucid.training.run_state import Resumption
from pellucid.training.whole_steps import WholeSteps
from pellucid.warned import warn

Logs = dict[str, Any]
SPENT = (
    "the data ran out after epoch {epoch}: they can be gone through once; the training ends there. Give "
    "steps_per_epoch and a generator without an end, or data that can be gone through again"
)
COMPILED_WITHIN = (
    "compile() was called while fit trains, and counts from the next fit on; end this one before (model.stop_training "
    "= True), then compile and call fit with initial_epoch. What may change within are model.optimizer.learning_rate "
    "and the trainable of layers"
)
NO_VALIDATION = "the validation data ran out before epoch {epoch}: give data that can be gone through again"


class Watcher(Protocol):
    """Whoever finds out where a loss grows, or stopped being a number (`divergence.Watch`)."""

    def over(self, tally: Any) -> AbstractContextManager[None]:
        """Inside, the pass of that tally is watched."""
        ...

    def begins(self, epoch: int, batch: int) -> None:
        """An epoch begins, or goes on at a batch."""
        ...

    def comes_next(self) -> None:
        """Batches come next; somebody may have changed the learning rate."""
        ...

    def ends(self, epoch: int, loss: float) -> None:
        """An epoch has ended with this loss: warn if it is no number, or grows."""
        ...


class Stoppable(Protocol):
    """Whoever is trained or evaluated; callbacks set these flags to end it."""

    name: str
    stop_training: bool
    stop_evaluating: bool


class Validation(Frozen, eq=False):
    """What is evaluated after epochs, beside the training.

    Args:
        source: of the batches.
        is_due: tells of an epoch, from 0, whether it ends with an evaluation.
    """

    source: Source
    is_due: Callable[[int], bool]


class Fit:
    """One training: epochs over a source, told to callbacks, from its first step or from where a record goes on.

    Args:
        trained: is asked after each batch and epoch whether to stop.
        stepper: makes the steps.
        source: of the batches to train on.
        validation: what is evaluated after epochs, if there is anything.
        callbacks: are told; the history is one of them.
        history: learns whether Ctrl-C ended the training.
        epochs: which ones.
        watcher: warns of a loss that is no number.
    """

    def __init__(
        self,
        trained: Stoppable,
        stepper: Stepper,
        source: Source,
        validation: Validation | None,
        callbacks: CallbackList,
        history: History,
        epochs: range,
        watcher: Watcher,
    ) -> None:
        self.trained, self.stepper, self.source, self.validation = trained, stepper, source, validation
        self.callbacks, self.history, self.epochs, self.watcher = callbacks, history, epochs, watcher
        self._steps = WholeSteps()

    def run(self) -> None:
        """Train.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed; the callbacks have been told that the training has ended.
        """
        resumption = self.stepper.take_resumption()
        if resumption is None and not self.epochs.start:
            self.stepper.begin_training()
        self.stepper.callbacks, self.stepper.batches = self.callbacks, length_of(self.source)
        try:
            with self.stepper.tally(training=True) as tally:
                self.callbacks.on_train_begin()
                under_way = self._go_on_from(resumption)
                self.stepper.epoch = tally
                try:
                    with self._steps.watched(), self.watcher.over(tally):
                        self._train(tally, under_way)
                    self.stepper.finish()
                except KeyboardInterrupt:
                    self.callbacks.on_train_end()
                    raise
                else:
                    self.callbacks.on_train_end()
                finally:
                    self.stepper.epoch = tally.capture()
        except KeyboardInterrupt:
            self.history.interrupted = True
            raise

    def _go_on_from(self, resumption: Resumption | None) -> Resumption | None:
        """Give callbacks what they had noted; the record, if it stopped in the middle of an epoch."""
        restored = self.stepper.take_resumption()
        if restored is not None:  # by a callback, which decides where the training goes on
            resumption = restored
            self.epochs = range(restored.epoch, max(restored.epoch, self.epochs.stop))
        if resumption is None:
            return None
        self.callbacks.restore(resumption.callbacks)
        if not resumption.batch or resumption.epoch != self.epochs.start:
            return None
        self._check_same_batches(resumption)
        return resumption

    def _check_same_batches(self, resumption: Resumption) -> None:
        """An epoch that goes on in its middle has the batches that it had."""
        batches = length_of(self.source)
        if batches is not None and resumption.batches not in (None, batches):
            raise ArgumentError(
                f"{self.trained.name}: the training that is resumed stopped before batch {resumption.batch + 1} of "
                f"{resumption.batches}, but the data makes {batches} batches: pass the same data and batch_size"
            )

    def _train(self, tally: Tally, under_way: Resumption | None) -> None:
        """All epochs, each with its evaluation."""
        for epoch in self.epochs:
            if epoch > self.epochs.start and self.source.is_spent:
                warn(f"{self.trained.name}: {SPENT.format(epoch=epoch)}")
                break
            start = self._begin(epoch, tally, under_way)
            under_way = None
            logs = self._epoch(epoch, start, tally)
            self.stepper.position = (epoch + 1, 0)
            self.watcher.ends(epoch, logs["loss"])
            logs.update(self._validated(epoch))
            self.callbacks.on_epoch_end(epoch, logs)
            if self.trained.stop_training:
                break

    def _begin(self, epoch: int, tally: Tally, under_way: Resumption | None) -> int:
        """Say that an epoch begins; the batch to begin with.

        One that was under way goes on as if nobody had been told that it begins.
        """
        self.stepper.begin_epoch(turn_of(self.source, epoch))
        if under_way is None:
            self.callbacks.on_epoch_begin(epoch)
            return 0
        rate = self.stepper.optimizer.captured_rate()
        self.callbacks.on_epoch_begin(epoch)
        self.stepper.optimizer.restore_rate(rate)
        self.callbacks.restore(under_way.callbacks)
        if under_way.sums is not None:
            tally.restore(under_way.sums)
        return under_way.batch

    def _validated(self, epoch: int) -> Logs:
        """What the evaluation behind an epoch tells, if one is due; warns where there are no data for it any more."""
        validation = self.validation
        if validation is None or not validation.is_due(epoch):
            return {}
        if validation.source.is_spent:
            warn(f"{self.trained.name}: {NO_VALIDATION.format(epoch=epoch + 1)}")
            return {}
        results = evaluate(self.trained, self.stepper, validation.source, self.callbacks)
        return {f"val_{name}": value for name, value in results.items()}

    def _epoch(self, epoch: int, start: int, tally: Tally) -> Logs:
        """The steps of an epoch, from batch `start` on."""
        stepper, steps, callbacks = self.stepper, self._steps, self.callbacks
        if not start:
            stepper.position = (epoch, 0)
            tally.reset()
        self.watcher.begins(epoch, start)
        telling = Telling(
            callbacks.on_train_batch_begin,
            callbacks.on_train_batch_end,
            lambda: _logs(tally),
            each=callbacks.told_of_each_batch,
            now_and_then=callbacks.told_of_batches,
            group=stepper.plan.steps_per_execution,
        )
        portion = None
        for portion in portions(
            self.source, epoch, seed=stepper.seed, start=start, group=telling.group, pace=telling.pace
        ):
            telling.before(portion)
            self._check_compiled_before()
            self.watcher.comes_next()
            steps.inside = True
            portion.train(stepper, tally)
            stepper.position = (epoch, portion.end)
            steps.inside = False
            if steps.pressed:
                raise KeyboardInterrupt
            telling.after(portion)
            if self.trained.stop_training:
                break
        _finish(self.trained, telling, portion, start)
        return _logs(tally)

    def _check_compiled_before(self) -> None:
        """A step is made as `compile` said before the training; it counts anew behind each `compile`."""
        if self.stepper.rests:
            raise ArgumentError(f"{self.trained.name}: {COMPILED_WITHIN}")


def _finish(asking: Stoppable, telling: Telling, last: Portion | None, start: int = 0) -> None:
    """Tell of the last batches; raises `DataError` where not one came."""
    if last is not None:
        telling.finish(last)
    elif not start:
        raise DataError(f"{asking.name}: the data have no batches: nothing came out of them")


def _logs(tally: Tally) -> Logs:
    """What a tally tells, for callbacks: those of older Kerases ask for "acc"."""
    return legacy.Curves("logs", tally.results())


def evaluate(tested: Stoppable, stepper: Stepper, source: Source, callbacks: CallbackList) -> Logs:
    """Loss and metrics over all batches of a source, without training.

    Args:
        tested: is asked after each batch whether to stop.
        stepper: evaluates a batch.
        source: of the batches.
        callbacks: told of `on_test_*`.
    """
    tested.stop_evaluating = False
    with stepper.tally(training=False) as tally:
        telling = Telling(
            callbacks.on_test_batch_begin,
            callbacks.on_test_batch_end,
            lambda: _logs(tally),
            each=callbacks.told_of_each_test,
            now_and_then=callbacks.told_of_tests,
            group=stepper.plan.steps_per_execution,
        )
        callbacks.on_test_begin()
        portion = None
        for portion in portions(source, 0, seed=stepper.seed, group=telling.group, pace=telling.pace):
            telling.before(portion)
            portion.test(stepper, tally)
            telling.after(portion)
            if tested.stop_evaluating:
                break
        _finish(tested, telling, portion)
        logs = _logs(tally)
    callbacks.on_test_end(logs)
    return logs
