"""Training a model: `compile`, `fit`, `evaluate`, `train_on_batch`."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pellucid import losses, metrics, optimizers
from pellucid.callbacks import Callback, CallbackList, History, ProgbarLogger
from pellucid.data.batches import batch_slices, epoch_order, validation_start
from pellucid.engines import Engine, get_engine
from pellucid.errors import ArgumentError, DataError
from pellucid.models.data_checks import as_array, check_lengths, prepare_inputs, unscaled_hint
from pellucid.models.network import input_name
from pellucid.models.prediction import check_batch_size
from pellucid.models.step import TARGET, TrainingState, evaluation_graph, layout, training_graph

if TYPE_CHECKING:
    from pellucid.models.model import Model

Logs = dict[str, float]
DIVERGED = "the loss is {loss} since epoch {epoch}: the weights have grown out of all bounds; lower the learning rate"


@dataclass(frozen=True)
class FitOptions:
    """The arguments of `fit` besides the data; see there."""

    batch_size: int | None
    epochs: int
    verbose: str | int
    callbacks: Callback | Sequence[Callback] | None
    validation_split: float
    validation_data: tuple[Any, Any] | None
    shuffle: bool
    initial_epoch: int

    def __post_init__(self) -> None:
        for name, value, minimum in (("epochs", self.epochs, 1), ("initial_epoch", self.initial_epoch, 0)):
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < minimum:
                raise ArgumentError(f"{name} must be a whole number >= {minimum}, got {value!r}")
        split, data = self.validation_split, self.validation_data
        if isinstance(split, bool) or not isinstance(split, int | float | np.number) or not 0 <= split < 1:
            raise ArgumentError(f"validation_split must be a fraction from 0 to below 1, got {split!r}")
        if data is not None and (not isinstance(data, tuple | list) or len(data) != 2):
            raise ArgumentError(f"validation_data is a pair (x, y), got {type(data).__name__}")


@dataclass(frozen=True)
class Samples:
    """Checked arrays: one per input of the model, and the targets."""

    x: list[np.ndarray]
    y: np.ndarray

    def __len__(self) -> int:
        return len(self.y)

    def part(self, part: slice) -> Samples:
        """Some of the samples."""
        return Samples([array[part] for array in self.x], self.y[part])

    def batch(self, part: slice | np.ndarray) -> dict[str, np.ndarray]:
        """The chosen samples under the names of the graph's inputs."""
        return {input_name(i): array[part] for i, array in enumerate(self.x)} | {TARGET: self.y[part]}


def compile_model(
    model: Model,
    optimizer: str | optimizers.Optimizer,
    loss: str | losses.Loss | None,
    metric_names: Sequence[str | metrics.Metric] | None,
    engine: str | Engine,
) -> None:
    """Say how a model is to be trained.

    Args:
        model: any model with one output.
        optimizer: name ("adam", "sgd") or optimiser; its state starts anew.
        loss: name ("sparse_categorical_crossentropy", ...) or loss.
        metric_names: names ("accuracy") or metrics that are told besides the loss.
        engine: "native" (C++, float32) or "reference" (NumPy, float64).

    Raises:
        ArgumentError: a name is unknown (the nearest known one is told), or the loss is missing.
    """
    if loss is None:
        raise ArgumentError(f"{model.name}: compile needs a loss, such as loss='sparse_categorical_crossentropy'")
    if isinstance(metric_names, str):
        raise ArgumentError(f"{model.name}: metrics is a list, got {metric_names!r}; write [{metric_names!r}]")
    chosen_loss = losses.get(loss)
    chosen_metrics = [metrics.get(metric, chosen_loss) for metric in metric_names or ()]
    names = ["loss", *(metric.name for metric in chosen_metrics)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ArgumentError(f"{model.name}: metrics need names of their own, and 'loss' is taken; twice: {twice}")
    model.optimizer, model.loss, model.metrics = optimizers.get(optimizer), chosen_loss, chosen_metrics
    model.engine = get_engine(engine)
    model.training_state = None
    model.step = 0
    model.programs.clear()


def fit(model: Model, x: npt.ArrayLike | Sequence[npt.ArrayLike], y: npt.ArrayLike, options: FitOptions) -> History:
    """Train on arrays for a number of epochs.

    In each epoch the samples come in a new order, decided by the model's seed and the epoch, so the same seed gives
    the same weights to the bit, with any number of threads. Ctrl-C ends training after the current batch: callbacks
    are told, the history is returned with `interrupted` set, and the model keeps what it has learned.

    Args:
        model: a compiled model.
        x: samples (batch, ...), or a list of such arrays where the model has several inputs.
        y: targets, as the loss wants them.
        options: batch_size (32 by default), epochs (the number of the last one), verbose (0 silent, 1 live line, 2
            one line per epoch, "auto" live on a terminal), callbacks, validation_split (the last fraction of the data
            is held back, before shuffling), validation_data (x, y), shuffle, initial_epoch.

    Returns:
        the history: `history.history["loss"]`, `["accuracy"]`, `["val_loss"]`, ...: one number per epoch.

    Raises:
        ArgumentError: the model is not compiled, or an option is out of range.
        DataError: the data cannot be used; said before the first step.

    Source: keras.Model.fit, https://keras.io/api/models/model_training_apis/
    """
    training, validation = _training_data(model, x, y, options)
    size = check_batch_size(options.batch_size)
    steps = math.ceil(len(training) / size)
    history = History()
    callbacks = CallbackList([*_listed(options.callbacks), history, *_progress(options.verbose, steps)], model)
    callbacks.set_params({"epochs": options.epochs, "steps": steps, "verbose": options.verbose})
    model.stop_training, model.history, warned = False, history, False
    callbacks.on_train_begin()
    try:
        for epoch in range(options.initial_epoch, options.epochs):
            callbacks.on_epoch_begin(epoch)
            logs = _train_epoch(model, training, size, epoch, options.shuffle, callbacks)
            if validation is not None:
                results = _evaluate_batches(model, validation, size, callbacks)
                logs |= {f"val_{name}": value for name, value in results.items()}
            callbacks.on_epoch_end(epoch, logs)
            if not math.isfinite(logs["loss"]) and not warned:
                warned = True
                warnings.warn(f"{model.name}: {DIVERGED.format(epoch=epoch + 1, loss=logs['loss'])}", stacklevel=3)
            if model.stop_training:
                break
    except KeyboardInterrupt:
        history.interrupted = True
    finally:
        callbacks.on_train_end()
    return history


def _listed(callbacks: Callback | Sequence[Callback] | None) -> list[Callback]:
    return CallbackList(callbacks or ()).callbacks


def _progress(verbose: str | int, steps: int) -> list[Callback]:
    if verbose not in ("auto", 0, 1, 2):
        raise ArgumentError(f"verbose is 0, 1, 2 or 'auto', got {verbose!r}")
    return [ProgbarLogger(1 if verbose == "auto" else int(verbose), steps=steps)] if verbose != 0 else []


def _training_data(
    model: Model, x: npt.ArrayLike | Sequence[npt.ArrayLike], y: npt.ArrayLike, options: FitOptions
) -> tuple[Samples, Samples | None]:
    samples = prepare_samples(model, x, y)
    hint = unscaled_hint(samples.x)
    if hint:
        warnings.warn(f"{model.name}: {hint}", stacklevel=4)
    if options.validation_data is not None:
        return samples, prepare_samples(model, *options.validation_data)
    if options.validation_split:
        cut = validation_start(len(samples), options.validation_split)
        return samples.part(slice(cut)), samples.part(slice(cut, None))
    return samples, None


def prepare_samples(model: Model, x: npt.ArrayLike | Sequence[npt.ArrayLike], y: npt.ArrayLike) -> Samples:
    """Check samples and targets against a compiled model; builds a `Sequential` for the data if need be."""
    loss, _ = _compiled(model)
    if y is None:
        raise DataError(f"{model.name}: there are no targets; pass y, one for each sample of x")
    model.ensure_built(x)
    arrays = prepare_inputs(x, model.inputs, model.name)
    targets = as_array(y, f"{model.name}, y", what="the targets are")
    if targets.ndim:
        check_lengths(arrays, targets, model.name)
    shape = tuple(int(size) for size in model.outputs[0].shape[1:] if size is not None)
    return Samples(arrays, loss.prepare_targets(targets, shape, model.outputs[0].call.layer.name))


def _compiled(model: Model) -> tuple[losses.Loss, optimizers.Optimizer]:
    if model.loss is None or model.optimizer is None:
        raise ArgumentError(f"{model.name} must be compiled first: model.compile(optimizer=..., loss=...)")
    return model.loss, model.optimizer


def _train_epoch(model: Model, samples: Samples, size: int, epoch: int, shuffle: bool, callbacks: CallbackList) -> Logs:
    order = epoch_order(len(samples), seed=model.seed, epoch=epoch) if shuffle else None
    mean = _Mean()
    for number, part in enumerate(batch_slices(len(samples), size)):
        callbacks.on_train_batch_begin(number)
        batch = samples.batch(part if order is None else order[part])
        mean.add(_train_step(model, batch), len(batch[TARGET]))
        callbacks.on_train_batch_end(number, mean.result())
        if model.stop_training:
            break
    return mean.result()


def _train_step(model: Model, batch: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
    """One step on checked arrays; returns loss and metrics before the update."""
    loss, optimizer = _compiled(model)
    weights = model.gather_weights()
    trainable = model.trainable_weights
    state = model.training_state
    if state is None or state.layout != layout(trainable):
        state = model.training_state = TrainingState(trainable, optimizer.slots)
        model.programs.clear()
    count = len(batch[TARGET])
    program = model.programs.get(
        model.engine,
        ("train", count, *weights),
        partial(training_graph, model, loss, model.metrics, optimizer, state, count),
    )
    scalars = {name: np.array(value, np.float32) for name, value in optimizer.scalars(model.step).items()}
    results = program.run({**batch, **scalars}, {**weights, **state.arrays()}, seed=model.seed, step=model.step)
    model.step += 1
    return results


def train_on_batch(
    model: Model, x: npt.ArrayLike | Sequence[npt.ArrayLike], y: npt.ArrayLike, return_dict: bool = False
) -> float | list[float] | Logs:
    """One training step on one batch.

    Args:
        model: a compiled model.
        x: the batch.
        y: its targets.
        return_dict: whether to return loss and metrics by name.

    Returns:
        the loss before the update; with metrics a list, or a dictionary if asked for.
    """
    results = _train_step(model, prepare_samples(model, x, y).batch(slice(None)))
    return _as_asked({name: float(value) for name, value in results.items()}, return_dict)


def evaluate(
    model: Model,
    x: npt.ArrayLike | Sequence[npt.ArrayLike],
    y: npt.ArrayLike,
    batch_size: int | None,
    verbose: str | int,
    callbacks: Callback | Sequence[Callback] | None,
    return_dict: bool,
) -> float | list[float] | Logs:
    """Loss and metrics on arrays, without training.

    Args:
        model: a compiled model.
        x: samples, as in `fit`.
        y: targets, as in `fit`.
        batch_size: samples at a time; 32 by default.
        verbose: 0 silent, 1 live line, 2 one line, "auto" live on a terminal.
        callbacks: told of `on_test_*`.
        return_dict: whether to return loss and metrics by name.

    Returns:
        the loss; with metrics a list, or a dictionary if asked for.
    """
    samples, size = prepare_samples(model, x, y), check_batch_size(batch_size)
    progress = _progress(verbose, math.ceil(len(samples) / size))
    return _as_asked(
        _evaluate_batches(model, samples, size, CallbackList([*_listed(callbacks), *progress], model)), return_dict
    )


def _evaluate_batches(model: Model, samples: Samples, size: int, callbacks: CallbackList) -> Logs:
    loss, _ = _compiled(model)
    weights, mean = model.gather_weights(), _Mean()
    callbacks.on_test_begin()
    for number, part in enumerate(batch_slices(len(samples), size)):
        callbacks.on_test_batch_begin(number)
        batch = samples.batch(part)
        count = len(batch[TARGET])
        program = model.programs.get(
            model.engine,
            ("evaluate", count, *weights),
            partial(evaluation_graph, model, loss, model.metrics, count),
        )
        mean.add(program.run(batch, weights), count)
        callbacks.on_test_batch_end(number, mean.result())
    callbacks.on_test_end(mean.result())
    return mean.result()


class _Mean:
    """The mean of batch results, weighted by batch size, in float64."""

    def __init__(self) -> None:
        self.sums: Logs = {}
        self.count = 0

    def add(self, results: Mapping[str, np.ndarray], count: int) -> None:
        for name, value in results.items():
            self.sums[name] = self.sums.get(name, 0.0) + float(value) * count
        self.count += count

    def result(self) -> Logs:
        return {name: total / self.count for name, total in self.sums.items()}


def _as_asked(results: Logs, return_dict: bool) -> float | list[float] | Logs:
    if return_dict:
        return results
    values = list(results.values())
    return values[0] if len(values) == 1 else values
