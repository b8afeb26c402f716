"""What a model's methods do that train and test it, from the user's words to the loops; `Model` describes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

from pellucid import optimizers
from pellucid.callbacks import Callback, History
from pellucid.callbacks.base import say
from pellucid.callbacks.callback_list import listed
from pellucid.callbacks.restore_on_nan import RestoreOnNaN
from pellucid.checks import flag
from pellucid.data.sources.arrays import ArraySource
from pellucid.data.sources.source import Batch, Source, length_of
from pellucid.engines import Engine, get_engine, of_jax
from pellucid.errors import ArgumentError
from pellucid.legacy import is_old
from pellucid.metrics import Metric
from pellucid.network import ONE, Arrangement, Network
from pellucid.network.network import check_rows
from pellucid.training import loop, old_callbacks
from pellucid.training.account import Account
from pellucid.training.divergence import Watch
from pellucid.training.door import Told
from pellucid.training.feeds import checked, hint_at_data, source_of, split, split_in_words, weighed
from pellucid.training.given import Given, Pass, say_of_batch_size, source_of_arrays
from pellucid.training.hints import hint_at_frozen, hint_at_loss
from pellucid.training.loss_hints import hint_at_losses
from pellucid.training.loss_structure import holds
from pellucid.training.memory import shortage_told
from pellucid.training.mistakes import hint_at_held, hint_at_split
from pellucid.training.objectives import Losses, Metrics, Weights, objectives
from pellucid.training.options import FitOptions, is_silent, told_of_pass
from pellucid.training.plan import OwnLoss, Plan
from pellucid.training.reported import reported
from pellucid.training.runtime import Runtime
from pellucid.training.stepper import LocalStepper
from pellucid.training.weights import of_outputs


def compile_network(
    runtime: Runtime,
    outputs: Sequence[str] | None,
    optimizer: object,
    loss: Losses,
    loss_weights: Weights,
    metrics: Metrics,
    weighted_metrics: Metrics,
    engine: str | Engine,
    own_loss: OwnLoss | None = None,
    steps_per_execution: int = 1,
    network: Network | None = None,
    named: bool = True,
    held: Sequence[Metric] = (),
) -> LocalStepper:
    """Who trains a network from now on.

    Args:
        runtime: of the network; it computes on the engine from now on.
        outputs: the names of the network's outputs; None before it is known.
        optimizer, loss, loss_weights, metrics, weighted_metrics, engine: see `Model.compile`.
        own_loss: emits the loss of a step, where the model's class says what it is.
        steps_per_execution: see `Model.compile`.
        network: of which the outputs are, if it is known.
        named: whether the outputs have names of their own; else their losses are told by theirs, as in Keras.
        held: the metrics that the model and its layers hold.

    Raises:
        ArgumentError: a name is unknown; the nearest known one is told.
    """
    if network is not None and own_loss is None:
        check_rows(network, runtime.name)
    given = loss, loss_weights, metrics, weighted_metrics
    gives = ONE if network is None else network.gives
    layers = None if network is None else [tensor.call.layer.name for tensor in network.outputs]
    later = given if outputs is None else None
    of_one = given if outputs is not None or not _are_for_outputs(*given) else (None, None, None, None)
    found = objectives(
        runtime.name, outputs, *of_one, takes_targets=own_loss is not None, gives=gives, layers=layers, named=named
    )
    trainer = optimizers.get(optimizer)  # type: ignore[call-overload]  # refused there
    if trainer is None:
        raise ArgumentError(f"{runtime.name}: compile needs an optimizer, such as 'rmsprop' or 'adam', got None")
    count = 1 if outputs is None else len(outputs)
    arranged = (loss, loss_weights) if any(objective.further for objective in found) else None
    plan = Plan(
        trainer,
        tuple(found),
        reported(found, list(loss) if isinstance(loss, Mapping) and isinstance(gives.form, dict) else (), held),
        own_loss,
        count,
        steps_per_execution,
        arranged,
        later,
    )
    runtime.run_on(get_engine(engine))
    return LocalStepper(runtime, plan)


def _are_for_outputs(loss: Any, loss_weights: Any, *named: Any) -> bool:
    """Whether what `compile` is told says something of single outputs, so that they must be known first."""
    return holds(loss) or holds(loss_weights) or any(isinstance(each, Mapping) for each in named)


def fit(model: Any, stepper: LocalStepper, given: Given, options: FitOptions) -> History:
    """Train for a number of epochs; see `Model.fit`.

    Args:
        model: whom callbacks are told of; its `stop_training` ends the training.
        stepper: of that model.
        given: samples and targets, or something that batches come from.
        options: the other arguments.
    """
    hint_at_losses(stepper.runtime, stepper.plan.objectives, {})
    source, validation = training_data(stepper, given, options)
    told = listed(options.callbacks)
    history = next((callback for callback in told if isinstance(callback, History)), None) or History()
    members = told if history in told else [*told, history]
    callbacks = told_of_pass(model, members, options.verbose, options.epochs, length_of(source))
    if is_old():
        old_callbacks.tell(members, given, options, model.metrics_names)
    model.stop_training, model.history = False, history
    epochs = range(options.initial_epoch, options.epochs)
    later = None if validation is None else loop.Validation(validation, options.is_validated)
    before, stepper.account = stepper.account, Account(stepper.runtime, stepper.plan, source)
    engine: Any = stepper.runtime.engine
    is_one_of_many = getattr(engine, "spans_processes", False)
    if is_one_of_many:
        lengths = {"the epochs": f"{epochs.start} to {epochs.stop}", "the batches of an epoch": str(length_of(source))}
        engine.agree_on({**stepper.account.of_all(), **lengths})
    try:
        with shortage_told(stepper, training=True):
            must_restore = any(isinstance(callback, RestoreOnNaN) for callback in members)
            watcher = Watch(stepper, source, sparing=not must_restore)
            loop.Fit(model, stepper, source, later, callbacks, history, epochs, watcher).run()
        if is_one_of_many:  # what callbacks of the first wrote is there
            of_jax("pellucid.engines.xla.joining").barrier()
    finally:
        stepper.account = before
    return history


def training_data(stepper: LocalStepper, given: Given, options: FitOptions) -> tuple[Source, Source | None]:
    """The batches to train on and those to validate with, as `fit` takes them of what it is given."""
    runtime, size = stepper.runtime, options.batch_size
    how = Pass("fit", size, options.steps_per_epoch, bool(options.shuffle), options.class_weight)
    later = Pass("evaluate", options.validation_batch_size or size, options.validation_steps)
    say_of_batch_size(runtime, given, "batch_size", size)
    hint_at_frozen(runtime)
    if options.validation_data is not None:
        held = Given.of(options.validation_data)
        say_of_batch_size(runtime, held, "validation_batch_size", options.validation_batch_size)
        first, last = source_of(stepper, given, how), source_of(stepper, held, later)
        if isinstance(first, ArraySource) and isinstance(last, ArraySource):
            hint_at_held(runtime, stepper.plan.objectives, first.arrays, last.arrays)
        return first, last
    if not options.validation_split:
        return source_of(stepper, given, how), None
    if given.has_batches:
        raise ArgumentError(
            f"{runtime.name}: validation_split takes the last part of arrays, but x is a {type(given.x).__name__}; "
            "give validation_data"
        )
    of_outputs(runtime.name, options.class_weight, runtime.built.output_names)
    samples = checked(stepper, given)
    hint_at_data(stepper, "fit", given, samples)
    trained, kept = split(samples, options.validation_split)
    hint_at_split(runtime, stepper.plan.objectives, trained, kept)
    if not is_silent(options.verbose):
        say(f"{runtime.name}: {split_in_words(trained, kept)}")
    return source_of_arrays(weighed(stepper, trained, options.class_weight), how), source_of_arrays(kept, later)


def train_on_batch(stepper: LocalStepper, given: Given, class_weight: Any, return_dict: bool) -> Told:
    """One training step on one batch; see `Model.train_on_batch`."""
    flag(stepper.runtime.name, "return_dict", return_dict)
    batch = Batch(checked(stepper, given, class_weight))
    with stepper.tally(training=True) as tally:
        with shortage_told(stepper, training=True):
            stepper.train(batch, tally)
        return _as_asked(tally.results(), return_dict)


def test_on_batch(stepper: LocalStepper, given: Given, return_dict: bool) -> Told:
    """Loss and metrics of one batch; see `Model.test_on_batch`."""
    flag(stepper.runtime.name, "return_dict", return_dict)
    batch = Batch(checked(stepper, given))
    with stepper.tally(training=False) as tally:
        with shortage_told(stepper, training=False):
            stepper.test(batch, tally)
        return _as_asked(tally.results(), return_dict)


def evaluate(
    model: Any,
    stepper: LocalStepper,
    given: Given,
    how: Pass,
    verbose: str | int,
    callbacks: Callback | Sequence[Callback] | None,
    return_dict: bool,
) -> Told:
    """Loss and metrics, without training; see `Model.evaluate`.

    Args:
        model: whom callbacks are told of; its `stop_evaluating` ends the evaluation.
        stepper: of that model.
        given: samples and targets, or something that batches come from.
        how: to go through them.
        verbose, callbacks, return_dict: as there.
    """
    flag(stepper.runtime.name, "return_dict", return_dict)
    say_of_batch_size(stepper.runtime, given, "batch_size", how.batch_size)
    source = source_of(stepper, given, how)
    told = told_of_pass(model, listed(callbacks), verbose, 1, length_of(source))
    with shortage_told(stepper, training=False):
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
    gives, objectives = stepper.runtime.built.gives, stepper.plan.objectives
    further = [term for objective in objectives for term in objective.further]
    if any(not isinstance(term.form, int) for term in further):
        raise ArgumentError(
            f"{stepper.runtime.name}: this compute_loss adds losses that see one output each; compute those of several "
            "outputs together yourself, or name one for each in compile"
        )
    of_outputs = [(each.number, each.loss, each.weight) for each in objectives if each.loss is not None]
    parts = []
    for number, loss, factor in (*of_outputs, *((term.form, term.loss, term.weight) for term in further)):
        target, prediction, weight = (_of_output(gives, each, number) for each in (y, y_pred, sample_weight))
        parts.append(loss(target, prediction, weight) * factor)
    parts += penalties
    if not parts:
        raise ArgumentError(f"{stepper.runtime.name}: compute_loss has no loss to compute; name one in compile")
    return reduce(add, parts)


def _of_output(gives: Arrangement, values: Any, number: int) -> Any:
    """What belongs to an output: of things that are arranged as the outputs are, or one for all."""
    if isinstance(values, Mapping) and not gives.is_single:
        return gives.unpacked(values, "what compute_loss is given")[number]
    if isinstance(values, list | tuple) and gives.is_nested:
        return gives.unpacked(values, "what compute_loss is given")[number]
    if isinstance(values, list | tuple) and number >= len(values):
        raise ArgumentError(f"compute_loss is given {len(values)} things, none of which is for output {number}")
    return values[number] if isinstance(values, list | tuple) else values
