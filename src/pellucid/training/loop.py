"""The loops over epochs and batches: `fit` and `evaluate`. They know a source, a stepper and callbacks: no array."""

from __future__ import annotations

import math
from collections.abc import Sized
from typing import Any, Protocol

from pellucid import legacy
from pellucid.callbacks import CallbackList, History
from pellucid.data.source import Source
from pellucid.errors import ArgumentError
from pellucid.training.base import Stepper, Tally
from pellucid.training.run_state import Resumption
from pellucid.training.whole_steps import WholeSteps
from pellucid.warned import warn

Logs = dict[str, Any]
DIVERGED = "the loss is {loss} since epoch {epoch}: the weights have grown out of all bounds; lower the learning rate"


class Stoppable(Protocol):
    """Whoever is trained or evaluated; callbacks set these flags to end it."""

    name: str
    stop_training: bool
    stop_evaluating: bool


def fit(
    trained: Stoppable,
    stepper: Stepper,
    source: Source,
    validation: Source | None,
    callbacks: CallbackList,
    history: History,
    epochs: range,
) -> None:
    """Train for a number of epochs.

    Args:
        trained: is asked after each batch and epoch whether to stop.
        stepper: makes the steps.
        source: of the batches to train on.
        validation: of those that are evaluated after each epoch, if there are any.
        callbacks: are told; the history is one of them.
        history: learns whether Ctrl-C ended the training.
        epochs: which ones.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed; the callbacks have been told that the training has ended.
    """
    resumption, start = stepper.take_resumption(), 0
    if resumption is not None and resumption.epoch == epochs.start:
        start = resumption.batch
        _check_same_batches(trained, source, resumption)
    stepper.callbacks, stepper.batches = callbacks, len(source) if isinstance(source, Sized) else None
    steps = WholeSteps()
    try:
        with stepper.tally(training=True) as tally:
            callbacks.on_train_begin()
            callbacks.restore(resumption.callbacks if resumption is not None else {})
            if start and resumption is not None and resumption.sums is not None:
                tally.restore(resumption.sums)
            stepper.epoch = tally
            try:
                with steps.watched():
                    _train_epochs(trained, stepper, steps, source, validation, callbacks, epochs, start, tally)
                stepper.finish()
            finally:
                callbacks.on_train_end()
                stepper.epoch = tally.capture()
    except KeyboardInterrupt:
        history.interrupted = True
        raise


def _train_epochs(
    trained: Stoppable,
    stepper: Stepper,
    steps: WholeSteps,
    source: Source,
    validation: Source | None,
    callbacks: CallbackList,
    epochs: range,
    start: int,
    tally: Tally,
) -> None:
    warned = False
    for epoch in epochs:
        callbacks.on_epoch_begin(epoch)
        logs = _train_epoch(trained, stepper, steps, source, epoch, start, callbacks, tally)
        start = 0
        stepper.position = (epoch + 1, 0)
        if validation is not None:
            results = evaluate(trained, stepper, validation, callbacks)
            logs |= {f"val_{name}": value for name, value in results.items()}
        callbacks.on_epoch_end(epoch, logs)
        if not math.isfinite(logs["loss"]) and not warned:
            warned = True
            warn(f"{trained.name}: {DIVERGED.format(epoch=epoch + 1, loss=logs['loss'])}")
        if trained.stop_training:
            break


def _check_same_batches(trained: Stoppable, source: Source, resumption: Resumption) -> None:
    """An epoch that goes on in its middle has the batches that it had."""
    if resumption.batch and isinstance(source, Sized) and resumption.batches not in (None, len(source)):
        raise ArgumentError(
            f"{trained.name}: the training that is resumed stopped before batch {resumption.batch + 1} of "
            f"{resumption.batches}, but the data makes {len(source)} batches: pass the same data and batch_size"
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
) -> Logs:
    """One epoch, or from batch `start` on what is left of one that was under way when the stepper was restored."""
    told = callbacks.told_of_batches
    if not start:
        stepper.position = (epoch, 0)
        tally.reset()
    for number, batch in enumerate(source.batches(epoch, seed=stepper.seed, start=start), start):
        if told:
            callbacks.on_train_batch_begin(number)
        steps.inside = True
        stepper.train(batch, tally)
        stepper.position = (epoch, number + 1)
        steps.inside = False
        if steps.pressed:
            raise KeyboardInterrupt
        if told:
            callbacks.on_train_batch_end(number, _logs(tally))
        if trained.stop_training:
            break
    return _logs(tally)


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
    told, tested.stop_evaluating = callbacks.told_of_tests, False
    with stepper.tally(training=False) as tally:
        callbacks.on_test_begin()
        for number, batch in enumerate(source.batches(0, seed=stepper.seed)):
            if told:
                callbacks.on_test_batch_begin(number)
            stepper.test(batch, tally)
            if told:
                callbacks.on_test_batch_end(number, _logs(tally))
            if tested.stop_evaluating:
                break
        logs = _logs(tally)
    callbacks.on_test_end(logs)
    return logs
