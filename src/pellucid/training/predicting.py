"""Running a network forward on arrays: `predict`, and `model(x)`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.callbacks import Callback, CallbackList
from pellucid.callbacks.callback_list import listed
from pellucid.checks import whole
from pellucid.data.sources.batches import batch_slices
from pellucid.dispatch import Array
from pellucid.engines import Engine, get_engine
from pellucid.errors import DataError
from pellucid.graph import Graph, builder
from pellucid.network import forward_graph, input_name, shapes_of
from pellucid.training.door import Data, prepare_inputs
from pellucid.training.hints import hint_at_outputs, hint_at_pixels, hint_at_rank
from pellucid.training.options import is_silent, told_of_pass
from pellucid.training.runtime import Runtime

DEFAULT_BATCH = 32


def check_batch_size(batch_size: int | None) -> int:
    """32 by default; raises `ArgumentError` unless it is a whole number >= 1."""
    return DEFAULT_BATCH if batch_size is None else whole("", "batch_size", batch_size, 1)


def are_arrays(x: object) -> bool:
    """Whether it is surely arrays, and nothing that batches come from (which `given` knows).

    Example:
        >>> are_arrays(np.zeros(3)), are_arrays([1.0]), are_arrays(iter([]))
        (True, True, False)
    """
    return isinstance(x, np.ndarray | list | tuple | Mapping) or hasattr(type(x), "__array__")


def predict_again(runtime: Runtime, x: object, batch_size: int | None) -> np.ndarray | None:
    """What `predict` gives for an array that is like one that came before but for its numbers; None for all else."""
    if type(x) is not np.ndarray:
        return None
    run, size = runtime.quick(x.shape), DEFAULT_BATCH if batch_size is None else batch_size
    if run is None or type(size) is not int or size < len(x):
        return None
    return run(x, runtime.seed, runtime.steps.step)


def predict(
    model: Any,
    x: Data,
    batch_size: int | None = None,
    verbose: str | int = 0,
    callbacks: Callback | Sequence[Callback] | None = None,
    engine: str | Engine | None = None,
) -> Any:
    """A model's output for arrays, batch by batch; see `Model.predict`.

    Args:
        model: a built one; callbacks are told of it, its `stop_predicting` ends the prediction.
        x: samples.
        batch_size, verbose, callbacks, engine: as there.
    """
    runtime: Runtime = model.runtime
    network = runtime.built_for(x)
    arrays, size = prepare_inputs(x, network, runtime.name, lacks=True), check_batch_size(batch_size)
    chosen = runtime.engine if engine is None else get_engine(engine)
    is_one_batch = len(arrays[0]) <= size and is_silent(verbose) and callbacks is None
    if is_one_batch and len(arrays) == 1 and runtime.quick(arrays[0].shape) is not None:
        return network.handed_out(run_batch(runtime, arrays, engine=chosen))  # one like those that were looked at
    hint_at_pixels(runtime, "predict", [array[:size] for array in arrays])
    hint_at_rank(runtime, x, arrays)
    if is_one_batch:
        outputs = run_batch(runtime, arrays, engine=chosen)
    else:
        told = told_of_pass(model, listed(callbacks), verbose, 1, math.ceil(len(arrays[0]) / size))
        parts = batch_slices(len(arrays[0]), size)
        outputs = run_batches(model, ([array[part] for array in arrays] for part in parts), chosen, told)
    hint_at_outputs(runtime, outputs)
    return network.handed_out(outputs)


def run_batches(
    model: Any, batches: Iterable[list[np.ndarray]], engine: Engine, callbacks: CallbackList
) -> list[np.ndarray]:
    """The outputs for batches of checked inputs, one after the other.

    Args:
        model: a built one; callbacks are told of it, its `stop_predicting` ends the prediction.
        batches: the inputs of each.
        engine: computes them.
        callbacks: told of `on_predict_*`, of as many batches at once as `steps_per_execution` says.

    Raises:
        DataError: there is no batch, or what comes of two does not go together.
    """
    model.stop_predicting = False
    group = 1 if model.stepper is None else model.stepper.plan.steps_per_execution
    parts: list[list[np.ndarray]] = []
    told, ended = callbacks.told_of_predictions, 0

    def end() -> None:
        made = [_joined(model.name, results) for results in zip(*parts[ended:], strict=True)]
        callbacks.on_predict_batch_end(len(parts) - 1, {"outputs": model.runtime.built.handed_out(made)})

    callbacks.on_predict_begin()
    for number, arrays in enumerate(batches):
        if told and number == ended:
            callbacks.on_predict_batch_begin(number)
        parts.append(run_batch(model.runtime, arrays, engine=engine))
        if told and len(parts) - ended == group:
            end()
            ended = len(parts)
        if model.stop_predicting:
            break
    if told and len(parts) > ended:
        end()
    callbacks.on_predict_end()
    if not parts:
        raise DataError(f"{model.name}: there is nothing to predict: no batch came")
    return [_joined(model.name, results) for results in zip(*parts, strict=True)]


def _joined(name: str, results: Sequence[np.ndarray]) -> np.ndarray:
    shapes = sorted({result.shape[1:] for result in results})
    if len(shapes) > 1:
        raise DataError(
            f"{name}: the batches give outputs of different shapes, {', '.join(map(str, shapes))}, which make no one "
            "array; call predict_on_batch for each"
        )
    return np.concatenate(results) if len(results) > 1 else results[0]


def run_batch(
    runtime: Runtime, arrays: list[np.ndarray], *, training: bool = False, engine: Engine | None = None
) -> list[np.ndarray]:
    """The outputs for one batch of checked inputs."""
    run = runtime.predictor(shapes_of(arrays), training=training, engine=engine)
    given = {input_name(number): array for number, array in enumerate(arrays)}
    seed, step = runtime.next_draw()
    return list(run(given, seed=seed, step=step).values())


def look(model: Any, x: Data) -> Any:
    """What `predict` gives for samples, of a model that shall be afterwards what it was.

    Whatever the `call` of a layer of the user's own assigns to its weights, a count of batches say, is not kept.

    Args:
        model: a built one.
        x: samples.
    """
    runtime: Runtime = model.runtime
    arrays = prepare_inputs(x, runtime.built_for(x), runtime.name, lacks=True)
    parts = []
    for rows in batch_slices(len(arrays[0]), DEFAULT_BATCH):
        batch = [array[rows] for array in arrays]
        given = {input_name(number): array for number, array in enumerate(batch)}
        run = runtime.predictor(shapes_of(batch), keeps=False)
        parts.append(list(run(given, seed=runtime.seed, step=runtime.steps.step).values()))
    return runtime.built.handed_out([_joined(model.name, results) for results in zip(*parts, strict=True)])


def predict_batch(runtime: Runtime, x: Data) -> Any:
    """The network's output for arrays as one batch; see `Model.predict_on_batch`."""
    return runtime.built.handed_out(
        run_batch(runtime, prepare_inputs(x, runtime.built_for(x), runtime.name, lacks=True))
    )


def call(runtime: Runtime, x: Data, *, training: bool = False) -> Any:
    """The network's output for one batch, as `model(x)` gives it.

    Args:
        runtime: of a built model.
        x: as for `predict`.
        training: whether layers that differ in training act as they do there: dropout draws a mask, other than in the
            call before; batch normalisation takes the statistics of the batch, and its moving averages follow. Weights
            that are trained stay.

    Returns:
        as `predict` does, with a `numpy()`, as of all that is called on arrays.
    """
    arrays = prepare_inputs(x, runtime.built_for(x), runtime.name, lacks=True)
    outputs = run_batch(runtime, arrays, training=training)
    return runtime.built.handed_out([output.view(Array) for output in outputs])


def copies(runtime: Runtime, x: Data) -> list[np.ndarray]:
    """The inputs of a batch as arrays that nobody else changes."""
    return [np.array(array) for array in prepare_inputs(x, runtime.built, runtime.name, lacks=True)]


def penalties(runtime: Runtime, arrays: Sequence[np.ndarray], *, training: bool) -> list[Array]:
    """What the network's layers add to the loss for a batch: penalties of outputs, and what their `call` adds."""
    network = runtime.built

    def build() -> Graph:
        graph = forward_graph(network, shapes_of(arrays), training=training)
        graph.outputs = {str(number): builder.reshape(loss, ()) for number, loss in enumerate(graph.losses)}
        return graph

    run = runtime.program(("penalties", training, tuple(shapes_of(arrays))), build)
    given = {input_name(number): array for number, array in enumerate(arrays)}
    return [value.view(Array) for value in run(given, seed=runtime.seed, step=runtime.steps.step).values()]
