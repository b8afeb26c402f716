"""Whether a graph computes each row of a batch from that row alone, so that samples may go through it together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pellucid.graph import Graph, Node, Tensor, movement, ops, windows
from pellucid.graph.gradients import nodes_before

__all__ = ["keeps_rows_apart"]

Rule = Callable[[Node, Sequence[bool], int], bool]
"""Whether what a node gives lies in memory sample by sample, as many rows of its first axis for each; told which of its
inputs do, and how many samples there are. The other inputs depend on no sample."""


def keeps_rows_apart(graph: Graph, outputs: Sequence[Tensor]) -> bool:
    """Whether each row of each of these tensors of a graph follows from the same row of the graph's inputs alone.

    What is not known to be so counts as not.

    Example:
        >>> from pellucid.graph import builder
        >>> graph = Graph()
        >>> x = graph.add(ops.Input((4, 3), "x"))
        >>> keeps_rows_apart(graph, [x + 1.0]), keeps_rows_apart(graph, [x - builder.reduce_sum(x, [0], keepdims=True)])
        (True, False)
    """
    needed = nodes_before(*outputs)
    apart, count = set[Node](), next(node.op.shape[0] for node in graph.nodes if isinstance(node.op, ops.Input))
    for node in (each for each in graph.nodes if each in needed):
        if isinstance(node.op, ops.Input):
            apart.add(node)
        elif isinstance(node.op, ops.RandomUniform):
            return False
        elif any(each.node in apart for each in node.inputs):
            if not _keeps(node, [each.node in apart for each in node.inputs], count):
                return False
            apart.add(node)
        elif node.inputs and _grows(node):
            apart.add(node)  # the same in every row
    return all(tensor.node in apart for tensor in outputs)


def _grows(node: Node) -> bool:
    """Whether something that depends on no sample is repeated for each."""
    return isinstance(node.op, movement.BroadcastTo) and node.inputs[0].shape[:1] in ((), (1,))


def _keeps(node: Node, rows: Sequence[bool], count: int) -> bool:
    rule = next((rule for kinds, rule in _RULES if isinstance(node.op, kinds)), None)
    return rule is not None and rule(node, rows, count)


def _elementwise(node: Node, rows: Sequence[bool], count: int) -> bool:
    rank = node.outputs[0].rank
    whole = [each for each, has in zip(node.inputs, rows, strict=True) if not has]
    with_rows = [each for each, has in zip(node.inputs, rows, strict=True) if has]
    return all(each.rank == rank for each in with_rows) and all(
        each.rank < rank or each.shape[0] == 1 for each in whole
    )


def _reduced(node: Node, rows: Sequence[bool], count: int) -> bool:
    op, rank = node.op, node.inputs[0].rank
    assert isinstance(op, ops.ReduceSum | ops.ReduceMax)
    return all(axis % rank for axis in op.axes)


def _reshaped(node: Node, rows: Sequence[bool], count: int) -> bool:
    after = node.outputs[0].shape
    return bool(after) and not after[0] % count


def _broadcast(node: Node, rows: Sequence[bool], count: int) -> bool:
    return node.inputs[0].rank == node.outputs[0].rank


def _transposed(node: Node, rows: Sequence[bool], count: int) -> bool:
    return isinstance(node.op, movement.Transpose) and node.op.permutation[0] == 0


def _along(node: Node, rows: Sequence[bool], count: int) -> bool:
    """What works along an axis, which must be another; all that it joins has rows."""
    axis: int = node.op.axis  # type: ignore[attr-defined]
    return bool(axis % node.inputs[0].rank) and all(rows)


def _of_first(node: Node, rows: Sequence[bool], count: int) -> bool:
    """What slides over its first input, sample by sample, with weights."""
    return rows[0] and not any(rows[1:])


def _multiplied(node: Node, rows: Sequence[bool], count: int) -> bool:
    op, a = node.op, node.inputs[0]
    assert isinstance(op, ops.Matmul)
    return all(rows) if a.rank > 2 else rows[0] and not rows[1] and not op.transpose_a


_RULES: tuple[tuple[type | tuple[type, ...], Rule], ...] = (
    (ops.Elementwise, _elementwise),
    ((ops.ReduceSum, ops.ReduceMax), _reduced),
    (movement.Alias, _reshaped),
    (movement.BroadcastTo, _broadcast),
    (movement.Transpose, _transposed),
    ((movement.Concatenate, movement.Slice, movement.Pad, movement.Gather, movement.ScatterAdd), _along),
    ((windows.Convolution, windows.ConvolutionInputGradient, windows.MaxPool, windows.AveragePool), _of_first),
    (ops.Matmul, _multiplied),
)
