"""Running a model forward: `predict`, and the graph for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pellucid.callbacks import CallbackList, ProgbarLogger
from pellucid.data.batches import batch_slices
from pellucid.engines import Engine, Program, get_engine
from pellucid.errors import ArgumentError
from pellucid.graph import Graph
from pellucid.graph.ops import Shape
from pellucid.models.data_checks import Data, prepare_inputs
from pellucid.models.network import emit_calls, emit_inputs, input_name, shapes_of

if TYPE_CHECKING:
    from pellucid.models.model import Model

DEFAULT_BATCH = 32


def check_batch_size(batch_size: int | None) -> int:
    """32 by default; raises `ArgumentError` unless it is a whole number >= 1."""
    if batch_size is None:
        return DEFAULT_BATCH
    if isinstance(batch_size, bool) or not isinstance(batch_size, int | np.integer) or batch_size < 1:
        raise ArgumentError(f"batch_size must be a whole number >= 1, got {batch_size!r}")
    return int(batch_size)


def prediction_graph(model: Model, shapes: Sequence[Shape], training: bool = False) -> Graph:
    """The graph from a batch of inputs of these shapes to the outputs "0", "1", ..."""
    graph = Graph(training=training)
    results = emit_calls(model.inner_calls, emit_inputs(graph, model.inputs, shapes))
    graph.outputs = {str(number): results[tensor.call][tensor.index] for number, tensor in enumerate(model.outputs)}
    return graph


def predict(
    model: Model,
    x: Data,
    batch_size: int | None = None,
    verbose: str | int = 0,
    engine: str | Engine | None = None,
) -> np.ndarray | list[np.ndarray]:
    """The model's output for arrays, batch by batch.

    Args:
        model: a built model (a `Sequential` builds itself for the data).
        x: samples (batch, ...); where the model has several inputs a list of such arrays, or arrays by name.
        batch_size: samples at a time; 32 by default.
        verbose: 0 for silence, 1 for a progress line, "auto" likewise.
        engine: "native" by default; "reference" computes in float64.

    Returns:
        one array (batch, ...) per output; not in a list if the model was made with a single output.

    Raises:
        DataError: the data does not fit the model (see `data_checks`).

    Source: keras.Model.predict.
    """
    model.require_built(x)
    arrays, size = prepare_inputs(x, model.inputs, model.name), check_batch_size(batch_size)
    chosen, count = get_engine(engine or "native"), len(arrays[0])
    progress = CallbackList([] if verbose == 0 else [ProgbarLogger(1, steps=math.ceil(count / size))])
    parts = []
    progress.on_predict_begin()
    for number, part in enumerate(batch_slices(count, size)):
        parts.append(_run_batch(model, [array[part] for array in arrays], chosen))
        progress.on_predict_batch_end(number)
    progress.on_predict_end()
    outputs = parts[0] if len(parts) == 1 else [np.concatenate(results) for results in zip(*parts, strict=True)]
    return outputs if model.gives_list else outputs[0]


def _run_batch(model: Model, arrays: list[np.ndarray], engine: Engine, *, training: bool = False) -> list[np.ndarray]:
    """The outputs for checked inputs."""
    program = prepare_prediction(model, shapes_of(arrays), engine, training=training)
    weights, version = model.gather_weights(), model.weights_version()
    results = program.run(named_inputs(arrays), weights, seed=model.seed, step=model.step, version=version)
    return [results[str(number)] for number in range(len(model.outputs))]


def prepare_prediction(model: Model, shapes: tuple[Shape, ...], engine: Engine, *, training: bool = False) -> Program:
    """The program that computes the outputs for a batch of inputs of these shapes."""
    key = ("predict", training, shapes, *model.program_key())
    return model.programs.get(engine, key, partial(prediction_graph, model, shapes, training))


def named_inputs(arrays: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays under the names that a program knows them by."""
    return {input_name(number): array for number, array in enumerate(arrays)}


def run(model: Model, x: Data, *, training: bool = False) -> np.ndarray | list[np.ndarray]:
    """The model's output for one batch, as `model(x)` gives it.

    Args:
        model: a built model (a `Sequential` builds itself for the data).
        x: as for `predict`.
        training: whether layers that differ in training (dropout) act as they do there. Nothing is learned.

    Returns:
        as `predict` does.
    """
    model.require_built(x)
    arrays = prepare_inputs(x, model.inputs, model.name)
    outputs = _run_batch(model, arrays, get_engine("native"), training=training)
    return outputs if model.gives_list else outputs[0]
