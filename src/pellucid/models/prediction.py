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
    from pellucid.models.gathered import GatheredWeights
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
    last = model.prediction
    if last is not None and verbose == 0 and engine is None:
        output = last.again(model, x, batch_size)
        if output is not None:
            return output
    model.require_built(x)
    arrays, size = prepare_inputs(x, model.inputs, model.name), check_batch_size(batch_size)
    chosen, count = get_engine(engine or "native"), len(arrays[0])
    if count <= size and verbose == 0:
        outputs = _run_batch(model, arrays, chosen)
    else:
        outputs = _run_batches(model, arrays, size, chosen, verbose)
    return outputs if model.gives_list else outputs[0]


def _run_batches(
    model: Model, arrays: list[np.ndarray], size: int, engine: Engine, verbose: str | int
) -> list[np.ndarray]:
    """The outputs for checked inputs, batch by batch."""
    count, parts = len(arrays[0]), []
    progress = CallbackList([] if verbose == 0 else [ProgbarLogger(1, steps=math.ceil(count / size))])
    progress.on_predict_begin()
    for number, part in enumerate(batch_slices(count, size)):
        parts.append(_run_batch(model, [array[part] for array in arrays], engine))
        progress.on_predict_batch_end(number)
    progress.on_predict_end()
    return [np.concatenate(results) for results in zip(*parts, strict=True)]


def _run_batch(model: Model, arrays: list[np.ndarray], engine: Engine, *, training: bool = False) -> list[np.ndarray]:
    """The outputs for one batch of checked inputs."""
    prepared, gathered = model.prediction, model.gathered()
    if prepared is None or not prepared.serves(gathered, arrays, engine, training):
        prepared = model.prediction = Prediction(model, gathered, arrays, engine, training)
    return prepared.run(arrays, model.seed, model.step)


class Prediction:
    """The program for batches of certain shapes on the weights of a model: all that can be found once.

    A model keeps the last one. To find the program and the weights again for every sample would take longer than to run
    a small model; all the more so as this code is in no cache when a large layer has just gone through them (measured:
    40 function calls, 15 us from the caches, 75 us else).
    """

    def __init__(
        self, model: Model, weights: GatheredWeights, batch: list[np.ndarray], engine: Engine, training: bool
    ) -> None:
        self._weights, self._engine, self._training = weights, engine, training
        self._shapes, self._size = shapes_of(batch), len(batch[0])
        program = prepare_prediction(model, self._shapes, engine, training=training)
        self._run = program.bind(weights.arrays)
        self._inputs = list(named_inputs(batch))
        self._outputs = [str(number) for number in range(len(model.outputs))]
        self._is_usual = engine is get_engine() and not training and not model.gives_list

    def again(self, model: Model, x: Data, batch_size: int | None) -> np.ndarray | None:
        """What `predict` with the usual engine gives for an array that is like the last one but for its numbers.

        None where anything else is different, or wrong.
        """
        size = DEFAULT_BATCH if batch_size is None else batch_size
        if not self._is_usual or type(size) is not int or size < self._size or model.gathered() is not self._weights:
            return None
        return self._run.try_array(x, seed=model.seed, step=model.step, version=self._weights.version())

    def serves(self, weights: GatheredWeights, batch: list[np.ndarray], engine: Engine, training: bool) -> bool:
        """Whether it is the one for this batch, and nobody has changed the model since."""
        is_same = weights is self._weights and engine is self._engine and training is self._training
        return is_same and self._shapes == shapes_of(batch)

    def run(self, batch: list[np.ndarray], seed: int, step: int) -> list[np.ndarray]:
        """The outputs for a batch that it serves."""
        given = dict(zip(self._inputs, batch, strict=True))
        results = self._run(given, seed=seed, step=step, version=self._weights.version())
        return [results[name] for name in self._outputs]


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
