"""What comes back where arrays went in, and how it is computed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid.engines import get_engine, states_for
from pellucid.engines.base import Arrays, States
from pellucid.graph import Graph, Tensor
from pellucid.graph.ops import Update


class Array(np.ndarray):
    """NumPy's array, with the `numpy()` that code written for Keras calls on its results.

    Example:
        >>> from pellucid import ops
        >>> y = ops.add([1.0, 2.0], 1.0)
        >>> y, type(y.numpy()).__name__
        (array([2., 3.], dtype=float32), 'ndarray')
    """

    def numpy(self) -> np.ndarray:
        """The array itself, as NumPy's own class; it shares memory with this one."""
        return self.view(np.ndarray)

    def __repr__(self) -> str:
        return repr(self.view(np.ndarray))


def compute(
    graph: Graph,
    results: Sequence[Tensor],
    inputs: Arrays | None = None,
    states: States | None = None,
    *,
    seed: int = 0,
    step: int = 0,
) -> list[Array]:
    """The values of tensors of a graph, computed at once by the native engine in float32.

    Every call of a function, layer, loss or penalty on arrays ends here. A tape that records what is done to arrays, so
    that gradients can be asked for later, hooks in here: it keeps `graph`, `results` and `inputs` beside the arrays
    that are returned; the gradient then follows from `graph.gradient`, by the rules that there are, with no second
    implementation of any function.

    Args:
        graph: where the tensors live; gets them as its outputs.
        results: tensors of the graph.
        inputs: an array for each `Input` of the graph.
        states: those that the graph reads or updates, by name.
        seed: decides with `step` what is drawn at random.
        step: number of the call.
    """
    graph.outputs = {str(number): tensor for number, tensor in enumerate(results)}
    engine, given = get_engine("native"), states or {}
    taken = states_for(engine, given)
    values = engine.prepare(graph).run(inputs or {}, taken, seed=seed, step=step)
    if taken is not given:  # weights that live on a device: what was written into their copies is theirs
        for name in {node.op.state for node in graph.nodes if isinstance(node.op, Update)}:
            given[name].write(0, taken[name].read())
    return [values[name].view(Array) for name in graph.outputs]
