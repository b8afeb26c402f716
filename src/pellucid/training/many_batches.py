"""Predictions for data that are no arrays, or of which some steps alone are wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pellucid.callbacks import Callback
from pellucid.callbacks.callback_list import listed
from pellucid.data.sources.parts import OwnPart
from pellucid.data.sources.source import Source, length_of
from pellucid.engines import Engine, get_engine
from pellucid.errors import ArgumentError
from pellucid.training.door import prepare_inputs
from pellucid.training.given import Given, Pass, batch_maker, looked_at, opened, say_of_batch_size, source_of_arrays
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
    if isinstance(x, OwnPart):
        raise ArgumentError(
            f"{runtime.name}: predict takes all samples in each process, and gives all outputs to each; "
            "distributed.local is for fit and evaluate"
        )
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
        return opened(given.x, batch_maker(runtime, "predict", lambda batch: _checked(runtime, batch)), how)
    arrays = _checked(runtime, given)
    hint_at_pixels(runtime, "predict", list(arrays.values()))
    return source_of_arrays(arrays, how)


def _checked(runtime: Runtime, given: Given) -> dict[str, np.ndarray]:
    """The inputs under the names by which a graph takes them; what else there is is left aside."""
    arrays = prepare_inputs(given.x, runtime.built_for(given.x), runtime.name, lacks=True)
    return dict(zip(runtime.built.graph_names, arrays, strict=True))


def _inputs(runtime: Runtime, source: Source) -> Iterator[list[np.ndarray]]:
    for batch in source.batches(0, seed=runtime.seed):
        yield [batch.arrays[name] for name in runtime.built.graph_names]
