"""What a model's methods do that train and test it, from the user's words to the loops; `Model` describes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from pellucid import optimizers
from pellucid.callbacks import Callback, History
from pellucid.callbacks.callback_list import listed
from pellucid.checks import flag
from pellucid.data.arrays import ArraySource
from pellucid.data.batches import validation_start
from pellucid.data.source import Batch
from pellucid.engines import Engine, get_engine
from pellucid.errors import ArgumentError
from pellucid.training import loop
from pellucid.training.door import Data, Told
from pellucid.training.hints import hint_at_loss, hint_at_pixels
from pellucid.training.loss_hints import hint_at_losses
from pellucid.training.objectives import Losses, Metrics, Weights, objectives
from pellucid.training.options import FitOptions, told_of_pass
from pellucid.training.plan import OwnLoss, Plan
from pellucid.training.predicting import check_batch_size
from pellucid.training.runtime import Runtime
from pellucid.training.samples import prepare_samples
from pellucid.training.stepper import LocalStepper


def compile_network(
    runtime: Runtime,
    outputs: Sequence[str] | None,
    optimizer: object,
    loss: Losses,
    loss_weights: Weights,
    metrics: Metrics,
    engine: str | Engine,
    own_loss: OwnLoss | None = None,
) -> LocalStepper:
    """Who trains a network from now on.

    Args:
        runtime: of the network; it computes on the engine from now on.
        outputs: the names of the network's outputs; None before it is known.
        optimizer, loss, loss_weights, metrics, engine: see `Model.compile`.
        own_loss: emits the loss of a step, where the model's class says what it is.

    Raises:
        ArgumentError: a name is unknown; the nearest known one is told.
    """
    wants_targets = own_loss is not None
    found = objectives(runtime.name, outputs, loss, loss_weights, metrics, takes_targets=wants_targets)
    trainer = optimizers.get(optimizer)  # type: ignore[call-overload]  # refused there
    if trainer is None:
        raise ArgumentError(f"{runtime.name}: compile needs an optimizer, such as 'rmsprop' or 'adam', got None")
    plan = Plan(trainer, tuple(found), own_loss, 1 if outputs is None else len(outputs))
    runtime.run_on(get_engine(engine))
    runtime.step = 0
    return LocalStepper(runtime, plan)


def fit(model: Any, stepper: LocalStepper, x: Data, y: Data | None, options: FitOptions) -> History:
    """Train on arrays for a number of epochs; see `Model.fit`.

    Args:
        model: whom callbacks are told of; its `stop_training` ends the training.
        stepper: of that model.
        x: samples.
        y: targets.
        options: the other arguments.
    """
    size = check_batch_size(options.batch_size)
    samples, held_back = _training_data(stepper, x, y, options)
    source = ArraySource(samples, size, shuffle=options.shuffle)
    validation = None if held_back is None else ArraySource(held_back, size, shuffle=False)
    given = listed(options.callbacks)
    history = next((callback for callback in given if isinstance(callback, History)), None) or History()
    members = given if history in given else [*given, history]
    callbacks = told_of_pass(model, members, options.verbose, options.epochs, len(source))
    model.stop_training, model.history = False, history
    epochs = range(options.initial_epoch, options.epochs)
    loop.fit(model, stepper, source, validation, callbacks, history, epochs)
    return history


def _checked(stepper: LocalStepper, x: Data, y: Data | None) -> dict[str, np.ndarray]:
    return prepare_samples(stepper.runtime.built, stepper.plan.objectives, stepper.runtime.name, x, y)


def _hint_at_pixels(stepper: LocalStepper, method: str, samples: Mapping[str, np.ndarray]) -> None:
    hint_at_pixels(stepper.runtime, method, [samples[name] for name in stepper.runtime.built.graph_names])


def _training_data(
    stepper: LocalStepper, x: Data, y: Data | None, options: FitOptions
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray] | None]:
    """The samples to train on and those to validate with."""
    samples = _checked(stepper, x, y)
    _hint_at_pixels(stepper, "fit", samples)
    hint_at_losses(stepper.runtime, stepper.plan.objectives, samples)
    if options.validation_data is not None:
        return samples, _checked(stepper, *options.validation_data)
    if options.validation_split:
        cut = validation_start(_count(samples), options.validation_split)
        return _part(samples, slice(cut)), _part(samples, slice(cut, None))
    return samples, None


def _count(samples: Mapping[str, np.ndarray]) -> int:
    return len(next(iter(samples.values())))


def _part(samples: Mapping[str, np.ndarray], part: slice) -> dict[str, np.ndarray]:
    return {name: array[part] for name, array in samples.items()}


def train_on_batch(stepper: LocalStepper, x: Data, y: Data | None, return_dict: bool) -> Told:
    """One training step on one batch; see `Model.train_on_batch`."""
    flag(stepper.runtime.name, "return_dict", return_dict)
    batch = Batch(_checked(stepper, x, y))
    with stepper.tally(training=True) as tally:
        stepper.train(batch, tally)
        return _as_asked(tally.results(), return_dict)


def test_on_batch(stepper: LocalStepper, x: Data, y: Data | None, return_dict: bool) -> Told:
    """Loss and metrics of one batch; see `Model.test_on_batch`."""
    batch = Batch(_checked(stepper, x, y))
    with stepper.tally(training=False) as tally:
        stepper.test(batch, tally)
        return _as_asked(tally.results(), return_dict)


def evaluate(
    model: Any,
    stepper: LocalStepper,
    x: Data,
    y: Data | None,
    batch_size: int | None,
    verbose: str | int,
    callbacks: Callback | Sequence[Callback] | None,
    return_dict: bool,
) -> Told:
    """Loss and metrics on arrays, without training; see `Model.evaluate`.

    Args:
        model: whom callbacks are told of; its `stop_evaluating` ends the evaluation.
        stepper: of that model.
        x: samples.
        y: targets.
        batch_size, verbose, callbacks, return_dict: as there.
    """
    flag(stepper.runtime.name, "return_dict", return_dict)
    size, samples = check_batch_size(batch_size), _checked(stepper, x, y)
    _hint_at_pixels(stepper, "evaluate", samples)
    source = ArraySource(samples, size, shuffle=False)
    told = told_of_pass(model, listed(callbacks), verbose, 1, len(source))
    logs = loop.evaluate(model, stepper, source, told)
    hint_at_loss(stepper.runtime, logs)
    return _as_asked(logs, return_dict)


def _as_asked(results: dict[str, Any], return_dict: bool) -> Told:
    if return_dict:
        return dict(results)
    values = list(results.values())
    return values[0] if len(values) == 1 else values


def compiled_loss(
    stepper: LocalStepper, penalties: Sequence[Any], y: Any, y_pred: Any, sample_weight: Any = None
) -> Any:
    """The loss that a model was compiled with, and its penalties, for tensors of a graph or arrays."""
    parts = []
    for objective in stepper.plan.objectives:
        if objective.loss is not None:
            target, prediction = _of_output(y, objective.number), _of_output(y_pred, objective.number)
            parts.append(objective.loss(target, prediction, sample_weight) * objective.weight)
    parts += penalties
    if not parts:
        raise ArgumentError(f"{stepper.runtime.name}: compute_loss has no loss to compute; name one in compile")
    return reduce(add, parts)


def _of_output(values: Any, number: int) -> Any:
    return values[number] if isinstance(values, list | tuple) else values
