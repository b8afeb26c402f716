"""Roots that a choice around them keeps from 0, where they have no slope, told as the roots that they are."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.graph import Node, Tensor, ops
from pellucid.inspection.addresses import Place, origin

__all__ = ["unguarded"]


def unguarded(node: Node) -> tuple[str, Sequence[Tensor]]:
    """The function of an elementwise operation, and what it is applied to.

    A root of t whose slope at 0 is to be a number is emitted as where(t == 0, 0, root(where(t == 0, 1, t))). What that
    computes is the root of t, everywhere, and so it is told.

    Args:
        node: of an `Elementwise` operation.
    """
    assert isinstance(node.op, ops.Elementwise)
    plain = node.op.function, node.inputs
    if node.op.function != "where" or _number(node.inputs[1]) != 0:
        return plain
    is_zero, _, root = node.inputs
    kept_from = _tested(is_zero)
    if kept_from is None or not _is_root(root.node):
        return plain
    inner = root.node.inputs[0].node
    if inner.op != ops.Elementwise("where") or inner.inputs[0] is not is_zero or inner.inputs[2] is not kept_from:
        return plain
    assert isinstance(root.node.op, ops.Elementwise)
    return root.node.op.function, (kept_from, *root.node.inputs[1:])


def _tested(tensor: Tensor) -> Tensor | None:
    """What is asked whether it is 0."""
    node = tensor.node
    return node.inputs[0] if node.op == ops.Elementwise("equal") and _number(node.inputs[1]) == 0 else None


def _is_root(node: Node) -> bool:
    """Whether it gives 0 for 0: a square root, or a power above 0."""
    if node.op == ops.Elementwise("power"):
        return (_number(node.inputs[1]) or 0) > 0
    return node.op == ops.Elementwise("sqrt")


def _number(tensor: Tensor) -> float | None:
    """The one number that a tensor is made of."""
    found = origin(Place(tensor, (0,) * tensor.rank))
    op = None if found is None else found.tensor.node.op
    return op.value if isinstance(op, ops.Constant) else None
