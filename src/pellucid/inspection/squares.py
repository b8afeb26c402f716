"""A sum of squares as a sum of products: each number times itself, where it was read, as L2 pooling adds them up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pellucid.graph import ops
from pellucid.inspection.addresses import Place, broadcast_place, origin
from pellucid.inspection.rules import PRODUCTS, SUM, Term

__all__ = ["with_squares"]


def with_squares(combination: str, terms: Sequence[Term]) -> tuple[str, list[Term]]:
    """The terms of a sum, where all are squares that count once each a number times itself; others as they are.

    Args:
        combination: what is done with the terms.
        terms: of the sum.
    """
    roots = [_root(term) for term in terms] if combination in (PRODUCTS, SUM) else []
    if not roots or not all(roots):
        return combination, list(terms)
    return PRODUCTS, [
        replace(term, read=root, factor=root) for term, root in zip(terms, roots, strict=True) if root is not None
    ]


def _root(term: Term) -> Place | None:
    """What a term is the square of, where it counts once."""
    square = origin(term.read)
    if square is None or not _is_one(term.factor):
        return None
    op, inputs = square.tensor.node.op, square.tensor.node.inputs
    if op != ops.Elementwise("multiply") or inputs[0] is not inputs[1]:
        return None
    return broadcast_place(inputs[0], square.index)


def _is_one(factor: Place | float) -> bool:
    if isinstance(factor, float):
        return factor == 1.0
    found = origin(factor)
    return found is not None and isinstance(found.tensor.node.op, ops.Constant) and found.tensor.node.op.value == 1.0
