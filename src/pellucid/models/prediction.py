"""Running a model forward: `predict`, and the graph for it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pellucid.callbacks import ProgbarLogger
from pellucid.data.batches import batch_slices
from pellucid.engines import Engine, get_engine
from pellucid.errors import ArgumentError
from pellucid.graph import Graph
from pellucid.models.data_checks import prepare_inputs
from pellucid.models.network import emit_calls, emit_inputs, input_name

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


def prediction_graph(model: Model, batch: int) -> Graph:
    """The graph from a batch of inputs to the outputs "0", "1", ..."""
    graph = Graph()
    results = emit_calls(model.calls, emit_inputs(graph, model.inputs, batch))
    graph.outputs = {str(number): results[tensor.call] for number, tensor in enumerate(model.outputs)}
    return graph


def predict(
    model: Model,
    x: npt.ArrayLike | Sequence[npt.ArrayLike],
    batch_size: int | None = None,
    verbose: str | int = 0,
    engine: str | Engine | None = None,
) -> np.ndarray | list[np.ndarray]:
    """The model's output for arrays, batch by batch.

    Args:
        model: a built model (a `Sequential` builds itself for the data).
        x: samples (batch, ...), or a list of such arrays where the model has several inputs.
        batch_size: samples at a time; 32 by default.
        verbose: 0 for silence, 1 for a progress line, "auto" likewise.
        engine: "native" by default; "reference" computes in float64.

    Returns:
        one array (batch, ...) per output; not in a list if the model was made with a single output.

    Raises:
        DataError: the data does not fit the model (see `data_checks`).

    Source: keras.Model.predict.
    """
    model.ensure_built(x)
    arrays, size = prepare_inputs(x, model.inputs, model.name), check_batch_size(batch_size)
    chosen, state = get_engine(engine or "native"), model.gather_weights()
    slices = list(batch_slices(len(arrays[0]), size))
    progress = ProgbarLogger(0 if verbose == 0 else 1, steps=len(slices))
    parts: list[dict[str, np.ndarray]] = []
    progress.on_predict_begin()
    for number, part in enumerate(slices):
        batch = {input_name(i): array[part] for i, array in enumerate(arrays)}
        count = len(batch[input_name(0)])
        program = model.programs.get(chosen, ("predict", count, *state), partial(prediction_graph, model, count))
        parts.append(program.run(batch, state))
        progress.on_predict_batch_end(number)
    progress.on_predict_end()
    outputs = [np.concatenate([part[str(number)] for part in parts]) for number in range(len(model.outputs))]
    return outputs if model.gives_list else outputs[0]
