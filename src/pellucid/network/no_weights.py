"""Why a layer without weights has none: what it does instead, read off the operations that it emits."""

from __future__ import annotations

import math

from pellucid.graph import Graph, Node, movement, ops, windows
from pellucid.layers import Layer
from pellucid.layers.trial import Trial, trial_of

_MOVES = (
    (movement.Pad, "adds zeros at the edges"),
    (movement.Slice, "takes cells off the edges"),
)
_KINDS = (
    (windows.MaxPool, "picks values, learns none"),
    (windows.AveragePool, "averages what it sees, learns nothing"),
    (windows.Convolution, "adds up with fixed weights, learns nothing"),
    (ops.Matmul, "adds up with fixed weights, learns nothing"),
)
_MOVEMENTS = (
    movement.Reshape, movement.Transpose, movement.BroadcastTo, movement.Concatenate, movement.Slice, movement.Pad,
    movement.Gather, movement.StopGradient,
)  # fmt: skip


def why_no_weights(layer: Layer) -> str:
    """What a layer without weights does.

    Args:
        layer: that has met an input.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 3)), layers.MaxPooling2D(), layers.Dropout(0.1), layers.Flatten()])
        >>> [why_no_weights(layer) for layer in model.layers]
        ['picks values, learns none', 'disturbs training, learns nothing', 'arranges numbers anew, computes none']
    """
    trial = trial_of(layer)
    if trial is None:
        return "a fixed rule, learns nothing"
    if any(isinstance(node.op, ops.RandomUniform) for node in _emitted(layer, trial, training=True)):
        return "disturbs training, learns nothing"
    nodes = _emitted(layer, trial, training=False)
    if not nodes:
        return "passes on what it gets"
    if len(trial.shapes) > 1:
        return _joining(nodes)
    moving = [node for node in nodes if isinstance(node.op, _MOVEMENTS)]
    if len(moving) == len(nodes):
        return _first(_MOVES, nodes) or _moving(nodes)
    computing = {type(node.op) for node in nodes if node not in moving and not _divides(node)}
    if computing and computing <= {ops.ReduceSum, ops.ReduceMax}:
        return "makes one number of many, learns none"
    return _first(_KINDS, nodes) or "a fixed rule, learns nothing"


def _emitted(layer: Layer, trial: Trial, *, training: bool) -> list[Node]:
    """What the layer emits, without inputs and constants."""
    graph = Graph(training=training)
    layer.emit(trial.argument([graph.add(ops.Input(shape, str(n))) for n, shape in enumerate(trial.shapes)]))
    constants = ops.Input, ops.Constant, ops.Literal
    return [node for node in graph.nodes if not isinstance(node.op, constants)]


def _joining(nodes: list[Node]) -> str:
    kinds = {type(node.op) for node in nodes}
    if ops.Matmul in kinds:
        return "multiplies its inputs with each other"
    return "joins its inputs element by element" if ops.Elementwise in kinds else "puts its inputs side by side"


def _moving(nodes: list[Node]) -> str:
    """Whether there are more numbers at the end."""
    given, made = nodes[0].inputs[0].shape, nodes[-1].outputs[0].shape
    return f"{'repeats numbers' if math.prod(made) > math.prod(given) else 'arranges numbers anew'}, computes none"


def _first(table: tuple[tuple[type[ops.Op], str], ...], nodes: list[Node]) -> str:
    """The sentence of the first kind of operation that occurs; "" for none."""
    return next((text for kind, text in table if any(isinstance(node.op, kind) for node in nodes)), "")


def _divides(node: Node) -> bool:
    """Whether a node makes a mean of a sum."""
    is_division = node.op == ops.Elementwise("divide")
    return is_division and isinstance(node.inputs[1].node.op, ops.Constant)
