"""Predictions for data that are no arrays, or of which some steps alone are wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pellucid.callbacks import Callback
from pellucid.callbacks.callback_list import listed
from pellucid.data.source import Batch, Make, Source, length_of
from pellucid.engines import Engine, get_engine
from pellucid.errors import DataError
from pellucid.network import input_name
from pellucid.training.door import prepare_inputs
from pellucid.training.given import Given, Pass, looked_at, opened, parts_of, say_of_batch_size, source_of_arrays
from pellucid.training.hints import hint_at_outputs, hint_at_pixels
from pellucid.training.options import told_of_pass
from pellucid.training.predicting import run_batches
from pellucid.training.runtime import Runtime


def predict(
    model: Any,
    x: Any,
    batch_size: int | None,
    verbose: str | int,
    steps: int | None,
    callbacks: Callback | Sequence[Callback] | None,
    engine: str | Engine | None,
) -> Any:
    """A model's output, batch by batch; see `Model.predict`.

    Args:
        model: callbacks are told of it.
        x: samples, or something that batches come from.
        batch_size, verbose, steps, callbacks, engine: as there.
    """
    given, how = Given(x), Pass("predict", batch_size, steps)
    runtime: Runtime = model.runtime
    if model.network is None:
        samples, given = looked_at(given, batch_size)
        model.require_built(samples)
    chosen = runtime.engine if engine is None else get_engine(engine)
    say_of_batch_size(runtime, given, "batch_size", batch_size)
    source = _source(runtime, given, how)
    told = told_of_pass(model, listed(callbacks), verbose, 1, length_of(source))
    outputs = run_batches(model, _inputs(runtime, source), chosen, told)
    hint_at_outputs(runtime, outputs)
    return runtime.built.handed_out(outputs)


def _source(runtime: Runtime, given: Given, how: Pass) -> Source:
    if given.has_batches:
        return opened(given.x, _maker(runtime), how)
    arrays = prepare_inputs(given.x, runtime.built, runtime.name)
    hint_at_pixels(runtime, "predict", arrays)
    return source_of_arrays(_named(arrays), how)


def _named(arrays: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    return {input_name(number): array for number, array in enumerate(arrays)}


def _maker(runtime: Runtime) -> Make:
    """Checks the inputs of a batch; what else it holds is left aside."""

    def make(raw: Any, number: int) -> Batch:
        try:
            arrays = prepare_inputs(parts_of(raw, runtime.built).x, runtime.built, runtime.name)
        except DataError as error:
            raise DataError(f"{error} (in batch {number}, counted from 0)") from error
        if number == 0:
            hint_at_pixels(runtime, "predict", arrays)
        return Batch(_named(arrays))

    return make


def _inputs(runtime: Runtime, source: Source) -> Iterator[list[np.ndarray]]:
    for batch in source.batches(0, seed=runtime.seed):
        yield [batch.arrays[name] for name in runtime.built.graph_names]
