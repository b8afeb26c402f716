"""A layer by itself, as the operations that it emits: what depends on its input, what on its weights, all values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pellucid.dispatch.arrangement import Arrangement
from pellucid.dispatch.symbolic import Call
from pellucid.graph import Graph, Node, Tensor, ops
from pellucid.inspection.addresses import Values
from pellucid.inspection.channels import axes_behind, own_axes_behind
from pellucid.inspection.running import Use, copied, run_graph
from pellucid.layers import Layer
from pellucid.layers.trial import trial_of
from pellucid.layers.weight_names import short_names
from pellucid.models import Model
from pellucid.network import input_name
from pellucid.variables import Variable


class EmittedLayer:
    """A layer alone in a graph.

    Args:
        layer: that has met an input.
        shapes: of its inputs, batch included.
        takes_list: whether it is called on a list.
        call: how it is called, in a model.
        training: the form that it emits; None for that of a prediction.
        behind: how many axes lie behind that of the channels, where the layer does not say so itself.

    Attributes:
        graph: with nothing but the layer's operations.
        inputs: what it is given.
        outputs: what it returns.
    """

    def __init__(
        self,
        layer: Layer,
        shapes: Sequence[tuple[int, ...]],
        *,
        takes_list: bool = False,
        call: Call | None = None,
        training: bool | None = None,
        behind: int = 0,
    ) -> None:
        self.graph, self.layer, self._behind = Graph(), layer, behind
        self.inputs = [self.graph.add(ops.Input(shape, input_name(number))) for number, shape in enumerate(shapes)]
        given = self.inputs if takes_list else self.inputs[0]
        self.outputs = Arrangement.of(layer.emit(given if call is None else call.argument(self.inputs), training))[1]
        self._weights = {weight.tensor(self.graph).node: weight for weight in layer.weights}
        self._names = short_names(layer)
        self._live = self._depending_on(ops.Input)
        self._weighted = self._depending_on(ops.Parameter)

    @classmethod
    def alone(cls, layer: Layer) -> EmittedLayer | None:
        """On one sample, as it is called first; None where nothing tells on what: see `trial_of`."""
        trial = trial_of(layer)
        return None if trial is None else cls(layer, trial.shapes, takes_list=trial.takes_list, call=trial.call)

    @classmethod
    def of_use(
        cls, use: Use, shapes: Sequence[tuple[int, ...]], axes: Mapping[Call, int] | None = None
    ) -> EmittedLayer:
        """As a model uses it; `axes`: those behind the channels in its network, for who looks at many uses."""
        call = use.calls[-1]
        behind = (axes_behind(use.network) if axes is None else axes).get(call, 0)
        return cls(use.layer, shapes, call=call, training=use.training, behind=behind)

    def channel_axis(self, rank: int) -> int:
        """Which axis of a tensor of so many axes, batch included, holds the channels; the last, if nothing tells."""
        behind = own_axes_behind(self.layer, rank) or self._behind
        return rank - 1 - behind if rank >= behind + 2 else rank - 1

    def _depending_on(self, leaf: type[ops.Op]) -> set[Node]:
        found: set[Node] = set()
        for node in self.graph.nodes:
            if isinstance(node.op, leaf) or any(tensor.node in found for tensor in node.inputs):
                found.add(node)
        return found

    def is_live(self, tensor: Tensor) -> bool:
        """Whether a tensor depends on the layer's input."""
        return tensor.node in self._live

    def is_weighted(self, tensor: Tensor) -> bool:
        """Whether a tensor depends on weights."""
        return tensor.node in self._weighted

    def is_of_weights(self, tensor: Tensor) -> bool:
        """Whether a tensor depends on weights and not on the input."""
        return self.is_weighted(tensor) and not self.is_live(tensor)

    def weight_name(self, tensor: Tensor) -> str:
        """What the weight is called that a tensor reads."""
        weight = self.weight(tensor)
        return self._names.get(weight, weight.path)

    def weight(self, tensor: Tensor) -> Variable:
        """The weight that a tensor reads."""
        return self._weights[tensor.node]

    def waists(self, output: Tensor) -> set[Node]:
        """The nodes through which all goes that an output gets from the input."""
        through: dict[Node, set[Node]] = {}
        for node in self.graph.nodes:
            if node in self._live:
                before = [through[tensor.node] for tensor in node.inputs if tensor.node in self._live]
                through[node] = {node} | (set.intersection(*before) if before else set())
        return through.get(output.node, set())

    def values(self, model: Model, inputs: Sequence[np.ndarray]) -> Values:
        """Every number in float64, computed by the definition of each operation."""
        return self.values_of([tensor for node in self.graph.nodes for tensor in node.outputs], model, inputs)

    def values_of(self, tensors: Sequence[Tensor], model: Model, inputs: Sequence[np.ndarray]) -> Values:
        """The same of some tensors; nothing is computed but what they depend on."""
        graph = Graph(training=self.graph.training)
        copies = copied(self.graph, tensors, graph)
        named = {str(number): tensor for number, tensor in enumerate(tensors)}
        graph.outputs = {name: copies[tensor.node][tensor.index] for name, tensor in named.items()}
        found = run_graph(model, graph, inputs, "reference", self.layer)
        return {(tensor.node, tensor.index): found[name] for name, tensor in named.items()}
