"""Running a network forward on arrays: `predict`, and `model(x)`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pellucid.callbacks import CallbackList, ProgbarLogger
from pellucid.data.batches import batch_slices
from pellucid.dispatch import Array
from pellucid.engines import Engine, get_engine
from pellucid.network import input_name, shapes_of
from pellucid.registry import whole
from pellucid.training.door import Data, prepare_inputs
from pellucid.training.runtime import Runtime

DEFAULT_BATCH = 32


def check_batch_size(batch_size: int | None) -> int:
    """32 by default; raises `ArgumentError` unless it is a whole number >= 1."""
    return DEFAULT_BATCH if batch_size is None else whole("batch_size", batch_size, 1)


def predict_again(runtime: Runtime, x: object, batch_size: int | None) -> np.ndarray | None:
    """What `predict` gives for an array that is like one that came before but for its numbers; None for all else."""
    if type(x) is not np.ndarray:
        return None
    run, size = runtime.quick(x.shape), DEFAULT_BATCH if batch_size is None else batch_size
    if run is None or type(size) is not int or size < len(x):
        return None
    return run(x, runtime.seed, runtime.step)


def predict(
    runtime: Runtime,
    x: Data,
    batch_size: int | None = None,
    verbose: str | int = 0,
    engine: str | Engine | None = None,
) -> Any:
    """The network's output for arrays, batch by batch.

    Args:
        runtime: of a built model.
        x: samples (batch, ...); where the model has several inputs a list of such arrays, or arrays by name.
        batch_size: samples at a time; 32 by default.
        verbose: 0 for silence, 1 for a progress line, "auto" likewise.
        engine: the one that the model was compiled for by default ("native" if it was not); "reference" computes in
            float64.

    Returns:
        one array (batch, ...) per output, arranged as the model's outputs are.

    Raises:
        DataError: the data does not fit the model (see `door`).

    Source: keras.Model.predict.
    """
    network = runtime.built
    arrays, size = prepare_inputs(x, network, runtime.name), check_batch_size(batch_size)
    chosen = runtime.engine if engine is None else get_engine(engine)
    if len(arrays[0]) <= size and verbose == 0:
        return network.handed_out(run_batch(runtime, arrays, engine=chosen))
    return network.handed_out(_run_batches(runtime, arrays, size, chosen, verbose))


def _run_batches(
    runtime: Runtime, arrays: list[np.ndarray], size: int, engine: Engine, verbose: str | int
) -> list[np.ndarray]:
    """The outputs for checked inputs, batch by batch."""
    count, parts = len(arrays[0]), []
    progress = CallbackList([] if verbose == 0 else [ProgbarLogger(1, steps=math.ceil(count / size))])
    progress.on_predict_begin()
    for number, part in enumerate(batch_slices(count, size)):
        parts.append(run_batch(runtime, [array[part] for array in arrays], engine=engine))
        progress.on_predict_batch_end(number)
    progress.on_predict_end()
    return [np.concatenate(results) for results in zip(*parts, strict=True)]


def run_batch(
    runtime: Runtime, arrays: list[np.ndarray], *, training: bool = False, engine: Engine | None = None
) -> list[np.ndarray]:
    """The outputs for one batch of checked inputs."""
    run = runtime.predictor(shapes_of(arrays), training=training, engine=engine)
    given = {input_name(number): array for number, array in enumerate(arrays)}
    return list(run(given, seed=runtime.seed, step=runtime.step).values())


def call(runtime: Runtime, x: Data, *, training: bool = False) -> Any:
    """The network's output for one batch, as `model(x)` gives it.

    Args:
        runtime: of a built model.
        x: as for `predict`.
        training: whether layers that differ in training (dropout) act as they do there. Nothing is learned.

    Returns:
        as `predict` does, with a `numpy()`, as of all that is called on arrays.
    """
    arrays = prepare_inputs(x, runtime.built, runtime.name)
    outputs = run_batch(runtime, arrays, training=training)
    return runtime.built.handed_out([output.view(Array) for output in outputs])
