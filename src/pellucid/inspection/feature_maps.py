"""What every layer answers to one sample, as records."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pellucid.calls import explained
from pellucid.engines import Engine
from pellucid.graph import Graph
from pellucid.inspection.channels import axes_behind
from pellucid.inspection.given import model_of
from pellucid.inspection.records import FeatureMaps
from pellucid.inspection.running import one_sample, run_graph
from pellucid.models import Model
from pellucid.network import emit_calls, emit_inputs


@explained
def feature_maps(model: Model, sample: npt.ArrayLike, *, engine: str | Engine | None = None) -> list[FeatureMaps]:
    """The sample itself, then the output of every layer for it, in the order of the layers.

    Args:
        model: a built model with one input.
        sample: one sample, of the shape that the model was built for (of any size where that is open), without a batch
            axis.
        engine: who computes, the model's own by default; "reference" for float64.

    Returns:
        one record for the input and one per layer; where channels come first, they are moved to the end.

    Raises:
        ArgumentError: the model has several inputs.
        DataError: the sample does not fit the model.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 3), layers.Flatten()])
        >>> [(maps.kind, maps.maps.shape) for maps in feature_maps(model, np.ones((8, 8, 1)))]
        [('Input', (8, 8, 1)), ('Conv2D', (6, 6, 4)), ('Flatten', (144,))]
    """
    x = one_sample(model_of(model, "feature_maps"), sample)
    made = model.built_network().calls
    calls = [call for layer in model.layers for call in made if call.layer is layer and call.inputs]
    graph = Graph()
    results = emit_calls(made, emit_inputs(graph, model.inputs, [x.shape]))
    graph.outputs = {str(number): results[call][0] for number, call in enumerate(calls)}
    answers = run_graph(model, graph, [x], engine)
    behind = axes_behind(model.built_network())
    records = [FeatureMaps("input", "Input", _channels_last(x[0], behind.get(model.inputs[0].call, 0)))]
    for call, answer in zip(calls, answers.values(), strict=True):
        maps = _channels_last(answer[0], behind.get(call, 0))
        records.append(FeatureMaps(call.layer.name, type(call.layer).__name__, maps))
    return records


def _channels_last(maps: np.ndarray, behind: int) -> np.ndarray:
    """One sample's answers with the channels at the end; `behind` axes lie behind them."""
    return np.moveaxis(maps, -1 - behind, -1) if maps.ndim > behind else maps
