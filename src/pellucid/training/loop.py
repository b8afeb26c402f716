"""The loops over epochs and batches: `fit` and `evaluate`. They know a source, a stepper and callbacks: no array."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from pellucid import legacy
from pellucid.callbacks import CallbackList, History
from pellucid.data.source import Source, length_of
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
NO_VALIDATION = "the validation data ran out before epoch {epoch}: give data that can be gone through again"


class Watcher(Protocol):
    """Whoever finds out where a loss stopped being a number (`divergence.Watch`)."""

    def over(self, tally: Any) -> AbstractContextManager[None]:
        """Inside, the pass of that tally is watched."""
        ...

    def begins(self, epoch: int, batch: int) -> None:
        """An epoch begins, or goes on at a batch."""
        ...

    def notes_rate(self) -> bool:
        """Somebody may have changed the learning rate."""
        ...

    def ends(self, epoch: int, loss: float) -> None:
        """An epoch has ended with this loss: warn if it is no number."""
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


def fit(
    trained: Stoppable,
    stepper: Stepper,
    source: Source,
    validation: Validation | None,
    callbacks: CallbackList,
    history: History,
    epochs: range,
    watcher: Watcher,
) -> None:
    """Train for a number of epochs.

    Args:
        trained: is asked after each batch and epoch whether to stop.
        stepper: makes the steps.
        source: of the batches to train on.
        validation: what is evaluated after epochs, if there is anything.
        callbacks: are told; the history is one of them.
        history: learns whether Ctrl-C ended the training.
        epochs: which ones.
        watcher: warns of a loss that is no number.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed; the callbacks have been told that the training has ended.
    """
    resumption = stepper.take_resumption()
    stepper.callbacks, stepper.batches = callbacks, length_of(source)
    steps = WholeSteps()
    try:
        with stepper.tally(training=True) as tally:
            callbacks.on_train_begin()
            restored = stepper.take_resumption()
            if restored is not None:  # by a callback, which decides where the training goes on
                resumption, epochs = restored, range(restored.epoch, max(restored.epoch, epochs.stop))
            if resumption is not None:
                callbacks.restore(resumption.callbacks)
            under_way = None
            if resumption is not None and resumption.batch and resumption.epoch == epochs.start:
                under_way = resumption
                _check_same_batches(trained, source, under_way)
            stepper.epoch = tally
            try:
                with steps.watched(), watcher.over(tally):
                    _train_epochs(
                        trained, stepper, steps, source, validation, callbacks, epochs, under_way, tally, watcher
                    )
            except KeyboardInterrupt:
                callbacks.on_train_end()
                raise
            else:
                callbacks.on_train_end()
            finally:
                stepper.epoch = tally.capture()
    except KeyboardInterrupt:
        history.interrupted = True
        raise


def _train_epochs(
    trained: Stoppable,
    stepper: Stepper,
    steps: WholeSteps,
    source: Source,
    validation: Validation | None,
    callbacks: CallbackList,
    epochs: range,
    under_way: Resumption | None,
    tally: Tally,
    watcher: Watcher,
) -> None:
    start = 0
    for epoch in epochs:
        if epoch > epochs.start and source.is_spent:
            warn(f"{trained.name}: {SPENT.format(epoch=epoch)}")
            break
        rate = stepper.optimizer.learning_rate
        callbacks.on_epoch_begin(epoch)
        if under_way is not None:
            stepper.optimizer.learning_rate = rate
            start, under_way = _go_on(callbacks, under_way, tally), None
        logs = _train_epoch(trained, stepper, steps, source, epoch, start, callbacks, tally, watcher)
        start = 0
        stepper.position = (epoch + 1, 0)
        watcher.ends(epoch, logs["loss"])
        if validation is not None and validation.is_due(epoch) and not _is_spent(trained, validation, epoch):
            results = evaluate(trained, stepper, validation.source, callbacks)
            logs |= {f"val_{name}": value for name, value in results.items()}
        callbacks.on_epoch_end(epoch, logs)
        if trained.stop_training:
            break


def _is_spent(trained: Stoppable, validation: Validation, epoch: int) -> bool:
    """Whether there are no validation data any more; warns then."""
    if validation.source.is_spent:
        warn(f"{trained.name}: {NO_VALIDATION.format(epoch=epoch + 1)}")
        return True
    return False


def _go_on(callbacks: CallbackList, under_way: Resumption, tally: Tally) -> int:
    """Go on in the middle of an epoch, as if nobody had been told that it begins; the next batch."""
    callbacks.restore(under_way.callbacks)
    if under_way.sums is not None:
        tally.restore(under_way.sums)
    return under_way.batch


def _check_same_batches(trained: Stoppable, source: Source, resumption: Resumption) -> None:
    """An epoch that goes on in its middle has the batches that it had."""
    batches = length_of(source)
    if resumption.batch and batches is not None and resumption.batches not in (None, batches):
        raise ArgumentError(
            f"{trained.name}: the training that is resumed stopped before batch {resumption.batch + 1} of "
            f"{resumption.batches}, but the data makes {batches} batches: pass the same data and batch_size"
        )


def _train_epoch(
    trained: Stoppable,
    stepper: Stepper,
    steps: WholeSteps,
    source: Source,
    epoch: int,
    start: int,
    callbacks: CallbackList,
    tally: Tally,
    watcher: Watcher,
) -> Logs:
    """One epoch, or from batch `start` on what is left of one that was under way when the stepper was restored."""
    if not start:
        stepper.position = (epoch, 0)
        tally.reset()
    watcher.begins(epoch, start)
    telling = Telling(
        callbacks.on_train_batch_begin,
        callbacks.on_train_batch_end,
        lambda: _logs(tally),
        each=callbacks.told_of_each_batch,
        now_and_then=callbacks.told_of_batches,
        group=stepper.plan.steps_per_execution,
    )
    portion = None
    for portion in portions(source, epoch, seed=stepper.seed, start=start, group=telling.group):
        telling.before(portion)
        watcher.notes_rate()
        steps.inside = True
        portion.train(stepper, tally)
        stepper.position = (epoch, portion.end)
        steps.inside = False
        if steps.pressed:
            raise KeyboardInterrupt
        telling.after(portion)
        if trained.stop_training:
            break
    _finish(trained, telling, portion, start)
    return _logs(tally)


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
        for portion in portions(source, 0, seed=stepper.seed, group=telling.group):
            telling.before(portion)
            portion.test(stepper, tally)
            telling.after(portion)
            if tested.stop_evaluating:
                break
        _finish(tested, telling, portion)
        logs = _logs(tally)
    callbacks.on_test_end(logs)
    return logs
