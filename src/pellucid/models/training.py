"""Training a model: `compile`, `fit`, `evaluate`, `train_on_batch`."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid import optimizers
from pellucid.callbacks import Callback, CallbackList, History, ProgbarLogger
from pellucid.data.batches import batch_slices, epoch_order, validation_start
from pellucid.engines import BoundProgram, Engine, Program, get_engine
from pellucid.errors import ArgumentError, DataError
from pellucid.frozen import Frozen
from pellucid.graph.ops import Shape
from pellucid.layers.symbolic import SymbolicShape
from pellucid.models.data_checks import Data, as_array, by_name, check_lengths, prepare_inputs, unscaled_hint
from pellucid.models.gathered import GatheredWeights
from pellucid.models.network import input_name
from pellucid.models.objectives import Losses, Metrics, Weights, objectives
from pellucid.models.prediction import check_batch_size
from pellucid.models.step import TrainingState, evaluation_graph, layout, training_graph

if TYPE_CHECKING:
    from pellucid.models.model import Model

Logs = dict[str, float]
DIVERGED = "the loss is {loss} since epoch {epoch}: the weights have grown out of all bounds; lower the learning rate"


class FitOptions(Frozen):
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


class Samples(Frozen):
    """Checked arrays: one per input of the model, and the targets of each output that has a loss."""

    x: list[np.ndarray]
    y: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.x[0])

    def part(self, part: slice) -> Samples:
        """Some of the samples."""
        return Samples([array[part] for array in self.x], {name: array[part] for name, array in self.y.items()})

    def batch_shapes(self, count: int) -> tuple[Shape, ...]:
        """The shapes of the inputs in a batch of so many samples: what a program is made for."""
        return tuple((count, *array.shape[1:]) for array in self.x)

    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays under the names of the graph's inputs."""
        return {input_name(number): array for number, array in enumerate(self.x)} | self.y


def compile_model(
    model: Model,
    optimizer: str | optimizers.Optimizer,
    loss: Losses,
    loss_weights: Weights,
    metrics: Metrics,
    engine: str | Engine,
) -> None:
    """Say how a model is to be trained.

    Args:
        model: any model.
        optimizer: name ("adam", "sgd") or optimiser; its state starts anew.
        loss: name ("sparse_categorical_crossentropy", ...) or loss; where the model has several outputs a list of
            them, or a dictionary by output name.
        loss_weights: factor of each loss in the sum, likewise; 1 by default.
        metrics: names ("accuracy") or metrics that are told besides the loss, likewise.
        engine: "native" (C++, float32) or "reference" (NumPy, float64).

    Raises:
        ArgumentError: a name is unknown (the nearest known one is told), or the loss is missing.
    """
    names = model.output_names if model.built else None
    found = objectives(model.name, names, loss, loss_weights, metrics)
    model.optimizer, model.objectives, model.engine = optimizers.get(optimizer), found, get_engine(engine)
    model.training_state = None
    model.step = 0
    model.programs.clear()


def fit(model: Model, x: Data, y: Data, options: FitOptions) -> History:
    """Train on arrays for a number of epochs.

    In each epoch the samples come in a new order, decided by the model's seed and the epoch, so the same seed gives
    the same weights to the bit, with any number of threads. Ctrl-C ends training after the current batch: callbacks
    are told, the history is returned with `interrupted` set, and the model keeps what it has learned.

    Args:
        model: a compiled model.
        x: samples (batch, ...); where the model has several inputs a list of such arrays, or arrays by name.
        y: targets, as the loss wants them; where the model has several outputs, likewise.
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


def _training_data(model: Model, x: Data, y: Data, options: FitOptions) -> tuple[Samples, Samples | None]:
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


def prepare_samples(model: Model, x: Data, y: Data) -> Samples:
    """Check samples and targets against a compiled model; builds a `Sequential` for the data if need be."""
    _compiled(model)
    if y is None:
        raise DataError(f"{model.name}: there are no targets; pass y, one for each sample of x")
    model.require_built(x)
    arrays = prepare_inputs(x, model.inputs, model.name)
    given = _targets_of_each(model, y)
    shapes = _output_shapes(model, arrays)
    prepared = {}
    for objective in model.objectives:
        name = model.outputs[objective.number].call.layer.name
        where = model.name if len(model.outputs) == 1 else f"{model.name}, output {name!r}"
        targets = as_array(given[objective.number], f"{where}, y", what="the targets are")
        if targets.ndim:
            check_lengths(arrays, targets, where)
        prepared[objective.target] = objective.loss.prepare_targets(targets, shapes[objective.number], name)
    return Samples(arrays, prepared)


def _targets_of_each(model: Model, y: Data) -> list[Any]:
    """The targets of each output; None for outputs that are not trained and get none."""
    count = len(model.outputs)
    if isinstance(y, Mapping):
        trained = [model.output_names[objective.number] for objective in model.objectives]
        found = dict(zip(trained, by_name(y, trained, f"output of {model.name}"), strict=True))
        return [found.get(name) for name in model.output_names]
    if count == 1:
        return list(y) if model.gives_list and isinstance(y, list | tuple) and len(y) == 1 else [y]
    if not isinstance(y, list | tuple) or len(y) != count:
        came = f"a list of {len(y)}" if isinstance(y, list | tuple) else type(y).__name__
        raise DataError(f"{model.name} has {count} outputs; pass a list of {count} arrays as y, got {came}")
    return list(y)


def _output_shapes(model: Model, arrays: Sequence[np.ndarray]) -> list[Shape]:
    """The shape of one sample of each output, for inputs of these shapes."""
    shapes = [tensor.shape for tensor in model.outputs]
    if any(size is None for shape in shapes for size in shape[1:]):
        given: list[SymbolicShape] = [(None, *array.shape[1:]) for array in arrays]
        found = model.compute_output_shape(given if len(given) > 1 else given[0])
        shapes = found if isinstance(found, list) else [found]
    return [tuple(int(size or 0) for size in shape[1:]) for shape in shapes]


def _compiled(model: Model) -> optimizers.Optimizer:
    if model.optimizer is None:
        raise ArgumentError(f"{model.name} must be compiled first: model.compile(optimizer=..., loss=...)")
    return model.optimizer


def _train_epoch(model: Model, samples: Samples, size: int, epoch: int, shuffle: bool, callbacks: CallbackList) -> Logs:
    order = epoch_order(len(samples), seed=model.seed, epoch=epoch) if shuffle else None
    arrays, mean, prepared = samples.arrays(), _Mean(), dict[int, TrainingStep]()
    told, only_watch = callbacks.told_of_batches, callbacks.only_watch
    for number, part in enumerate(batch_slices(len(samples), size)):
        if told:
            callbacks.on_train_batch_begin(number)
        if not only_watch:
            prepared.clear()
        count = part.stop - part.start
        if count not in prepared:
            prepared[count] = prepare_step(model, samples.batch_shapes(count))
        batch = _batch(arrays, part if order is None else order[part])
        mean.add(_train_step(model, prepared[count], batch), count)
        if told:
            callbacks.on_train_batch_end(number, mean.result())
        if model.stop_training:
            break
    return mean.result()


def _batch(arrays: Mapping[str, np.ndarray], part: slice | np.ndarray) -> dict[str, np.ndarray]:
    """The chosen samples of all arrays."""
    if isinstance(part, slice):
        return {name: array[part] for name, array in arrays.items()}
    return {name: array.take(part, axis=0) for name, array in arrays.items()}  # faster than array[part]


class TrainingStep(Frozen):
    """A training step on batches of one shape, while nobody changes the model.

    Args:
        program: computes the step.
        state: what it updates.
        run: the program on that state.
    """

    program: Program
    state: dict[str, np.ndarray]
    run: BoundProgram


def prepare_step(model: Model, shapes: tuple[Shape, ...]) -> TrainingStep:
    """The step of a compiled model on batches of these shapes (see `Samples.batch_shapes`)."""
    optimizer = _compiled(model)
    weights = model.gather_weights()
    trainable = model.trainable_weights
    state = model.training_state
    if state is None or state.layout != layout(trainable):
        state = model.training_state = TrainingState(trainable, optimizer)
        model.programs.clear()
    key = ("train", shapes, *model.program_key())
    program = model.programs.get(model.engine, key, partial(training_graph, model, optimizer, state, shapes))
    arrays = {**weights, **state.arrays()}
    return TrainingStep(program, arrays, program.bind(arrays))


def _train_step(model: Model, step: TrainingStep, batch: dict[str, np.ndarray]) -> Mapping[str, np.ndarray]:
    """One step on checked arrays; returns loss and metrics before the update."""
    scalars = _compiled(model).scalars(model.step)
    inputs = batch | {name: np.array(value, np.float32) for name, value in scalars.items()}
    results = step.run(inputs, seed=model.seed, step=model.step)
    model.count_writes()
    model.step += 1
    return results


def train_on_batch(model: Model, x: Data, y: Data, return_dict: bool = False) -> float | list[float] | Logs:
    """One training step on one batch.

    Args:
        model: a compiled model.
        x: the batch.
        y: its targets.
        return_dict: whether to return loss and metrics by name.

    Returns:
        the loss before the update; with metrics a list, or a dictionary if asked for.
    """
    samples = prepare_samples(model, x, y)
    step = prepare_step(model, samples.batch_shapes(len(samples)))
    results = _train_step(model, step, samples.arrays())
    return _as_asked({name: float(value) for name, value in results.items()}, return_dict)


def evaluate(
    model: Model,
    x: Data,
    y: Data,
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
    arrays, mean, prepared = samples.arrays(), _Mean(), dict[tuple[int, GatheredWeights], BoundProgram]()
    callbacks.on_test_begin()
    for number, part in enumerate(batch_slices(len(samples), size)):
        callbacks.on_test_batch_begin(number)
        count = part.stop - part.start
        weights = model.gathered()  # another one if a callback has changed the model
        if (count, weights) not in prepared:
            prepared[count, weights] = _prepare_evaluation(model, samples.batch_shapes(count))
        run, version = prepared[count, weights], weights.version()
        results = run(_batch(arrays, part), seed=model.seed, step=model.step, version=version)
        mean.add(results, count)
        callbacks.on_test_batch_end(number, mean.result())
    callbacks.on_test_end(mean.result())
    return mean.result()


def _prepare_evaluation(model: Model, shapes: tuple[Shape, ...]) -> BoundProgram:
    """Loss and metrics of batches of these shapes, while nobody changes the model."""
    key = ("evaluate", shapes, *model.program_key())
    program = model.programs.get(model.engine, key, partial(evaluation_graph, model, shapes))
    return program.bind(model.gather_weights())


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
