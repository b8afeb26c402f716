"""Sums of products: factors that do not change along the axes of a sum stand before it."""

from __future__ import annotations

from functools import reduce
from operator import mul

from pellucid.graph import movement, ops
from pellucid.graph.rewriter import Rewriter
from pellucid.graph.tensor import Graph, Node, Tensor


class _Product:
    """What a sum adds up, as sign, factors that vary along its axes, and factors that do not."""

    def __init__(self, axes: tuple[int, ...], rank: int) -> None:
        self.axes, self.rank, self.negative = axes, rank, False
        self.varying, self.constant = list[Tensor](), list[Tensor]()

    def take(self, tensor: Tensor) -> None:
        """Take a factor in, or what it is a product of."""
        op = tensor.node.op
        if isinstance(op, ops.Elementwise) and op.function == "negative":
            self.negative = not self.negative
            self.take(tensor.node.inputs[0])
        elif isinstance(op, ops.Elementwise) and op.function == "multiply":
            for factor in tensor.node.inputs:
                self.take(factor)
        elif isinstance(op, movement.BroadcastTo) and self._is_constant(tensor.node.inputs[0]):
            self.constant.append(tensor.node.inputs[0])
        else:
            (self.constant if self._is_constant(tensor) else self.varying).append(tensor)

    def _is_constant(self, tensor: Tensor) -> bool:
        """Whether a factor has the same numbers all along the axes: they are new to it, or of size 1."""
        new = self.rank - tensor.rank
        return all(axis < new or tensor.shape[axis - new] == 1 for axis in self.axes)


def factor_sums(graph: Graph) -> Graph:
    """sum(x c) = c sum(x), where c is the same along the axes of the sum; factors in one order, for `merge_duplicates`.

    The backward pass of a normalisation asks for sum(g), sum(g c), sum(g d c) and sum(g d e), where only g and d are as
    large as the data: after merging two sums over memory remain, of g and of g d.
    """
    rewrite = Rewriter(graph)
    position = {node: number for number, node in enumerate(graph.nodes)}
    for node in graph.nodes:
        product = _product_of(node)
        if product is None:
            rewrite.copy(node)
            continue
        product.varying.sort(key=lambda tensor: position[tensor.node])
        with rewrite.new.scope(node.name):
            total = rewrite.new.add(node.op, reduce(mul, map(rewrite, product.varying)))
            total = reduce(mul, map(rewrite, product.constant), total)
            rewrite.place[node, 0] = -total if product.negative else total
    return rewrite.finish()


def _product_of(node: Node) -> _Product | None:
    """The product that a node adds up, if there is one, and a factor that is as large as the product."""
    if not isinstance(node.op, ops.ReduceSum):
        return None
    summed = node.inputs[0]
    product = _Product(tuple(node.op.axes), summed.rank)
    product.take(summed)
    is_product = product.negative or len(product.varying + product.constant) > 1
    return product if is_product and any(factor.shape == summed.shape for factor in product.varying) else None
