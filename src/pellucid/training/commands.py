"""What a model's methods do: `compile`, `fit`, `evaluate` and `train_on_batch`, from the user's words to the loops."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid import optimizers
from pellucid.callbacks import Callback, CallbackList, History
from pellucid.callbacks.callback_list import listed
from pellucid.checks import flag
from pellucid.data.arrays import ArraySource
from pellucid.data.batches import validation_start
from pellucid.data.source import Batch
from pellucid.engines import Engine, get_engine
from pellucid.errors import ArgumentError
from pellucid.training import loop
from pellucid.training.door import Data, Told, unscaled_hint
from pellucid.training.objectives import Losses, Metrics, Weights, objectives
from pellucid.training.options import FitOptions, progress
from pellucid.training.plan import Plan
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
) -> LocalStepper:
    """Who trains a network from now on.

    Args:
        runtime: of the network; it computes on the engine from now on.
        outputs: the names of the network's outputs; None before it is known.
        optimizer, loss, loss_weights, metrics, engine: see `Model.compile`.

    Raises:
        ArgumentError: a name is unknown (the nearest known one is told), or the loss is missing.
    """
    found = objectives(runtime.name, outputs, loss, loss_weights, metrics)
    trainer = optimizers.get(optimizer)  # type: ignore[call-overload]  # refused there
    if trainer is None:
        raise ArgumentError(f"{runtime.name}: compile needs an optimizer, such as 'rmsprop' or 'adam', got None")
    plan = Plan(trainer, tuple(found))
    runtime.run_on(get_engine(engine))
    runtime.step = 0
    return LocalStepper(runtime, plan)


def fit(model: Any, stepper: LocalStepper, x: Data, y: Data, options: FitOptions) -> History:
    """Train on arrays for a number of epochs.

    In each epoch the samples come in a new order, decided by the model's seed and the epoch, so the same seed gives
    the same weights to the bit, with any number of threads. Ctrl-C ends training after the current batch: callbacks
    are told, the history is returned with `interrupted` set, and the model keeps what it has learned.

    Args:
        model: whom callbacks are told of; its `stop_training` ends the training.
        stepper: of that model.
        x: samples (batch, ...); where the model has several inputs a list of such arrays, or arrays by name.
        y: targets, as the loss wants them; where the model has several outputs, likewise.
        options: batch_size (32 by default), epochs (the number of the last one), verbose (0 silent, 1 live line, 2
            one line per epoch, "auto" live on a terminal), callbacks, validation_split (the last fraction of the data
            is held back, before shuffling), validation_data (x, y), shuffle, initial_epoch.

    Returns:
        the history: `history.history["loss"]`, `["accuracy"]`, `["val_loss"]`, ...: one number per epoch.

    Raises:
        ArgumentError: an option is out of range.
        DataError: the data cannot be used; said before the first step.

    Source: keras.Model.fit, https://keras.io/api/models/model_training_apis/
    """
    size = check_batch_size(options.batch_size)
    samples, held_back = _training_data(stepper, x, y, options)
    source = ArraySource(samples, size, shuffle=options.shuffle)
    validation = None if held_back is None else ArraySource(held_back, size, shuffle=False)
    history = History()
    callbacks = CallbackList([*listed(options.callbacks), history, *progress(options.verbose, len(source))], model)
    callbacks.set_params({"epochs": options.epochs, "steps": len(source), "verbose": options.verbose})
    model.stop_training, model.history = False, history
    epochs = range(options.initial_epoch, options.epochs)
    loop.fit(model, stepper, source, validation, callbacks, history, epochs)
    return history


def _checked(stepper: LocalStepper, x: Data, y: Data) -> dict[str, np.ndarray]:
    return prepare_samples(stepper.runtime.built, stepper.plan.objectives, stepper.runtime.name, x, y)


def _training_data(
    stepper: LocalStepper, x: Data, y: Data, options: FitOptions
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray] | None]:
    """The samples to train on and those to validate with."""
    samples = _checked(stepper, x, y)
    hint = unscaled_hint([samples[name] for name in stepper.runtime.built.graph_names])
    if hint:
        warnings.warn(f"{stepper.runtime.name}: {hint}", stacklevel=5)
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


def train_on_batch(stepper: LocalStepper, x: Data, y: Data, return_dict: bool = False) -> Told:
    """One training step on one batch.

    Args:
        stepper: of a compiled model.
        x: the batch.
        y: its targets.
        return_dict: whether to return loss and metrics by name.

    Returns:
        the loss before the update; with metrics a list, or a dictionary if asked for.
    """
    flag(stepper.runtime.name, "return_dict", return_dict)
    batch = Batch(_checked(stepper, x, y))
    with stepper.tally(training=True) as tally:
        stepper.train(batch, tally)
        return _as_asked(tally.results(), return_dict)


def evaluate(
    model: Any,
    stepper: LocalStepper,
    x: Data,
    y: Data,
    batch_size: int | None,
    verbose: str | int,
    callbacks: Callback | Sequence[Callback] | None,
    return_dict: bool,
) -> Told:
    """Loss and metrics on arrays, without training.

    Args:
        model: whom callbacks are told of.
        stepper: of that model.
        x: samples, as in `fit`.
        y: targets, as in `fit`.
        batch_size: samples at a time; 32 by default.
        verbose: 0 silent, 1 live line, 2 one line, "auto" live on a terminal.
        callbacks: told of `on_test_*`.
        return_dict: whether to return loss and metrics by name.

    Returns:
        the loss; with metrics a list, or a dictionary if asked for.
    """
    size = check_batch_size(batch_size)
    flag(stepper.runtime.name, "return_dict", return_dict)
    source = ArraySource(_checked(stepper, x, y), size, shuffle=False)
    told = CallbackList([*listed(callbacks), *progress(verbose, len(source))], model)
    return _as_asked(loop.evaluate(stepper, source, told), return_dict)


def _as_asked(results: dict[str, Any], return_dict: bool) -> Told:
    if return_dict:
        return results
    values = list(results.values())
    return values[0] if len(values) == 1 else values
