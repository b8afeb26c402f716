"""How far float32 arithmetic may come from a value that many operations lead to."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pellucid.graph import builder, gradient
from pellucid.graph.gradients import WITHOUT_GRADIENT
from pellucid.inspection.addresses import Place, Values
from pellucid.inspection.emitted import EmittedLayer
from pellucid.inspection.running import run_graph
from pellucid.models import Model

UNIT = 2.0**-24  # the largest relative error of one float32 operation


def rounding(
    emitted: EmittedLayer,
    model: Model,
    inputs: Sequence[np.ndarray],
    values: Values,
    output: Place,
    terms: int,
) -> float:
    """A bound to first order: each number t that is computed is off by a few roundings, which count |dy / dt| times.

    Args:
        emitted: the layer.
        model: that it belongs to.
        inputs: what it is given.
        values: of all of its tensors.
        output: the element y.
        terms: how many numbers the largest sum adds; each addition rounds.

    Source: N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., SIAM 2002, sections 1.6 and 4.2.
    """
    graph, y = emitted.graph, output.tensor
    chosen = np.zeros(y.shape)
    chosen[output.index] = 1.0
    tensors = [node.outputs[index] for node, index in values if type(node.op) not in WITHOUT_GRADIENT]
    slopes = gradient(builder.reduce_sum(y * chosen), tensors)
    graph.outputs = {str(number): slope for number, slope in enumerate(slopes)}
    found = run_graph(model, graph, inputs, "reference", emitted.layer)
    shares = [
        float(np.abs(found[str(number)] * values[tensor.node, tensor.index]).sum())
        for number, tensor in enumerate(tensors)
    ]
    return (terms + 4) * UNIT * (math.fsum(shares) + abs(output.value(values)))
