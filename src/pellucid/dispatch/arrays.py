"""What comes back where arrays went in, and how it is computed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any, Protocol

from pellucid.arraylike import Array
from pellucid.engines import get_engine, states_for
from pellucid.engines.base import Arrays, States
from pellucid.graph import Graph, Tensor
from pellucid.graph.ops import Update


class Recorder(Protocol):
    """Who writes down what is done to arrays, so that gradients can be asked for later: a tape."""

    def function(self, function: Callable[..., Any], arguments: inspect.BoundArguments) -> Any:
        """What a function of operands gives."""
        ...

    def layer(self, layer: Any, row: Sequence[Any], filled: Callable[[list[Tensor]], Any], training: bool) -> Any:
        """What a built layer gives, called on this row of arrays; `filled` makes of tensors what its `emit` takes."""
        ...


RECORDER: ContextVar[Recorder | None] = ContextVar("recorder", default=None)
"""The tape that is running, if there is one."""


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

    Every call of a function, layer, loss or penalty on arrays ends here, unless a tape is running (`RECORDER`).

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
