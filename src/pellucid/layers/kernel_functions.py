"""A kernel that a layer computes, as a function of the weights behind it: its value, and its slope along a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, reduce
from operator import add
from typing import Any

import numpy as np

from pellucid.engines import get_engine
from pellucid.graph import Graph, Node, Tensor, builder, gradient, ops
from pellucid.graph.gradients import nodes_before


class KernelFunction:
    """The operations from weights to a kernel, alone in a graph; everything is computed in float64.

    Args:
        kernel: what a convolution or a product of matrices takes.
        axis: of the kernel, that counts its filters.
        weights: the nodes that read the weights behind it, by name.
    """

    def __init__(self, kernel: Tensor, axis: int, weights: Mapping[str, Node]) -> None:
        self._kernel, self._axis, self._weights = kernel, axis, weights

    def value(self, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """The kernel, the axis that counts its filters last, with these values in the weights."""
        return self._last(self._value.run(self._told("", values), {})["kernel"])

    def slope(self, values: Mapping[str, np.ndarray], changes: Mapping[str, np.ndarray]) -> np.ndarray:
        """How the kernel changes, to first order, as its weights change so; in the order of axes of `value`.

        Args:
            values: of the weights.
            changes: of all of them, or of some while the others stay.
        """
        whole = {name: changes[name] if name in changes else np.zeros_like(values[name]) for name in values}
        given = self._told("", values) | self._told("change ", whole)
        return self._last(self._slope.run(given | {"direction": np.zeros(self._kernel.shape)}, {})["slope"])

    def _told(self, before: str, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {f"{before}{name}": np.asarray(values[name], np.float64) for name in self._weights}

    def _last(self, kernel: np.ndarray) -> np.ndarray:
        return np.moveaxis(kernel, self._axis, -1)

    def _copied(self) -> tuple[Tensor, dict[str, Tensor]]:
        """The kernel and the weights, these as inputs, in a graph of their own."""
        names = {node: name for name, node in self._weights.items()}
        graph, copies, needed = Graph(), dict[Node, Sequence[Tensor]](), nodes_before(self._kernel)
        for node in (node for node in self._kernel.graph.nodes if node in needed):
            op = ops.Input(node.outputs[0].shape, names[node]) if node in names else node.op
            copies[node] = graph.apply(op, *(copies[each.node][each.index] for each in node.inputs))
        weights = {name: copies[node][0] for name, node in self._weights.items()}
        return copies[self._kernel.node][self._kernel.index], weights

    @cached_property
    def _value(self) -> Any:
        kernel, _ = self._copied()
        kernel.graph.outputs["kernel"] = kernel
        return get_engine("reference").prepare(kernel.graph)

    @cached_property
    def _slope(self) -> Any:
        """The product of the Jacobian with the changes: the gradient, for a direction, of that direction's own gradient
        for the weights times the changes, which is linear in it."""
        kernel, weights = self._copied()
        graph = kernel.graph
        direction = graph.add(ops.Input(kernel.shape, "direction"))
        slopes = gradient(builder.reduce_sum(kernel * direction), list(weights.values()))
        changes = [graph.add(ops.Input(each.shape, f"change {name}")) for name, each in weights.items()]
        along = [builder.reduce_sum(slope * change) for slope, change in zip(slopes, changes, strict=True)]
        (graph.outputs["slope"],) = gradient(reduce(add, along), [direction])
        return get_engine("reference").prepare(graph)
