"""What a loss of the user's own makes of tensors: it is traced into the graph, where there are no values yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pellucid.calls import called
from pellucid.errors import ArgumentError, GraphError, shown
from pellucid.graph import Graph, Tensor
from pellucid.graph.ops import Elementwise
from pellucid.warned import warn

REASON = (
    "it is traced into the graph of a step, where tensors have no values yet: write it with pellucid.ops and "
    "arithmetic, not with NumPy or another library"
)


def traced(owner: str, function: Callable[..., Any], target: Any, prediction: Any, **settings: Any) -> Tensor:
    """What a function makes of targets and predictions, if it is a tensor of their graph.

    Args:
        owner: as messages begin ("loss 'cubed'").
        function: called as `function(target, prediction, **settings)`.
        target: see `Loss.call`.
        prediction: see `Loss.call`.
        settings: further arguments.

    Raises:
        ArgumentError: it does not take these arguments, works on values, or returns something else.

    Example:
        >>> from pellucid.graph import Graph, ops
        >>> y = Graph().add(ops.Input((2, 3), "y"))
        >>> traced("loss 'difference'", lambda t, p: p - t, y, y).shape
        (2, 3)
        >>> traced("loss 'none'", lambda t, p: None, y, y)
        Traceback (most recent call last):
        pellucid.errors.ArgumentError: loss 'none' must return a tensor, (batch, ...) or one number, got None; it is ...
    """
    graph = _graph_of(prediction)
    before = len(graph.nodes)
    try:
        result = called(owner, function, target, prediction, **settings)
    except (TypeError, AttributeError, GraphError) as error:
        is_about_tensors = isinstance(error, GraphError) or "Tensor" in str(error)
        if isinstance(error, ArgumentError) or not is_about_tensors:
            raise
        raise ArgumentError(f"{owner} fails ({error}); {REASON}") from error
    if not isinstance(result, Tensor) or result.graph is not graph:
        raise ArgumentError(f"{owner} must return a tensor, (batch, ...) or one number, got {shown(result)}; {REASON}")
    if isinstance(target, Tensor) and isinstance(prediction, Tensor):
        _hint_at_repetition(owner, target, prediction, before)
    return result


def _graph_of(prediction: Any) -> Graph:
    while not isinstance(prediction, Tensor):  # several, arranged
        prediction = next(iter(prediction.values() if isinstance(prediction, Mapping) else prediction))
    return prediction.graph


def _hint_at_repetition(owner: str, target: Tensor, prediction: Tensor, before: int) -> None:
    """Warn where targets and predictions of different shapes are combined value by value: one of them is repeated."""
    both = {target, prediction}
    nodes = target.graph.nodes[before:]
    if target.shape != prediction.shape and any(
        isinstance(node.op, Elementwise) and both <= set(node.inputs) for node in nodes
    ):
        warn(
            f"{owner} combines targets of shape {target.shape} with predictions of shape {prediction.shape} value by "
            "value, so that numbers are repeated along an axis; if that is not meant, give both the same shape"
        )
