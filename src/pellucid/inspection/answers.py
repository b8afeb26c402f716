"""What every layer of a model answers, as tensors of one graph; models inside are opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from pellucid.dispatch.symbolic import Call, kind_of
from pellucid.frozen import Frozen
from pellucid.graph import Graph, Node, Tensor
from pellucid.graph.ops import Shape
from pellucid.inspection.channels import axes_behind
from pellucid.layers import Layer
from pellucid.models import Model
from pellucid.network import Network, emit_calls, emit_inputs

Key = tuple[Node, int]


class Answer(Frozen, eq=False):
    """The result of one use of a layer or a function.

    Attributes:
        path: the layer's name, "inner/conv" in a model inside; "input" for what the model is given.
        kind: the layer's class; "Input" for what the model is given.
        callee: the layer, or the function.
        tensor: what comes out, batch first.
        given: what goes in.
        nodes: the operations of this use.
        behind: how many axes lie behind that of the channels.
        number: of this result among those of the use.
        call: which use of the layer, counted from 0, where it is used several times; None where it is used once.
    """

    path: str
    kind: str
    callee: object
    tensor: Tensor
    given: tuple[Tensor, ...]
    nodes: tuple[Node, ...]
    behind: int = 0
    number: int = 0
    call: int | None = None

    @property
    def key(self) -> Key:
        """Tells the tensor from others."""
        return key_of(self.tensor)

    @property
    def is_input(self) -> bool:
        """Whether nothing was computed for it."""
        return self.kind == "Input"

    @property
    def channels(self) -> int:
        """How many there are; 1 for one number per sample."""
        rank = len(self.tensor.shape) - 1
        return int(self.tensor.shape[-1 - self.behind]) if rank > self.behind else 1

    def channels_last(self, array: np.ndarray) -> np.ndarray:
        """The numbers (batch, places..., channels), whatever order the layer keeps them in."""
        if array.ndim < 2:
            return array.reshape(len(array), 1)
        return np.moveaxis(array, -1 - self.behind, -1) if array.ndim - 1 > self.behind else array


class Answers(Frozen, eq=False):
    """A graph and what is to be read of it.

    Attributes:
        graph: holds all operations and no outputs.
        inputs: of the model, in order.
        outputs: of the model, in order.
        each: every use in the order of computation, the inputs first.
    """

    graph: Graph
    inputs: list[Tensor]
    outputs: list[Tensor]
    each: list[Answer]


def key_of(tensor: Tensor) -> Key:
    """Tells a tensor from others."""
    return tensor.node, tensor.index


def emit_answers(model: Model, shapes: Sequence[Shape]) -> Answers:
    """Emit a built model for a batch of inputs of these shapes, as it predicts."""
    graph, network = Graph(), model.built_network()
    given = emit_inputs(graph, network.inputs, shapes)
    inputs, behind = [given[tensor.call][0] for tensor in network.inputs], axes_behind(network)
    found = []
    for symbolic, tensor in zip(network.inputs, inputs, strict=True):
        path = "input" if len(inputs) == 1 else symbolic.call.layer.name
        found.append(Answer(path, "Input", symbolic.call.layer, tensor, (), (), behind.get(symbolic.call, 0)))
    results = _opened(network, given, "", found)
    outputs = [results[tensor.call][tensor.index] for tensor in network.outputs]
    return Answers(graph, inputs, outputs, _counted(found))


def _counted(found: Sequence[Answer]) -> list[Answer]:
    """The same, those of layers that are used several times with the number of the use."""
    times, seen, counted = Counter(each.path for each in found if not each.number), Counter[str](), []
    for each in found:
        seen[each.path] += not each.number
        counted.append(replace(each, call=seen[each.path] - 1) if times[each.path] > 1 else each)
    return counted


def _opened(
    network: Network, given: Mapping[Call, list[Tensor]], inside: str, found: list[Answer]
) -> dict[Call, list[Tensor]]:
    results, behind = dict(given), axes_behind(network)
    for call in network.calls:
        if call in results:
            continue
        inputs = tuple(results[tensor.call][tensor.index] for tensor in call.inputs)
        graph, callee, path = inputs[0].graph, call.layer, f"{inside}{call.layer.name}"
        inner = _opened_network(callee, inputs)
        if inner is not None:
            own = {tensor.call: [value] for tensor, value in zip(inner.inputs, inputs, strict=True)}
            with graph.mode(call.training):
                ends = _opened(inner, own, f"{path}/", found)
            results[call] = [ends[tensor.call][tensor.index] for tensor in inner.outputs]
            continue
        before = len(graph.nodes)
        results[call] = emit_calls([call], results)[call]
        nodes, kind = tuple(graph.nodes[before:]), kind_of(callee)
        axes = behind.get(call, 0)
        of_use = path, kind, callee
        found += [Answer(*of_use, tensor, inputs, nodes, axes, k) for k, tensor in enumerate(results[call])]
    return results


def _opened_network(callee: object, given: Sequence[Tensor]) -> Network | None:
    """The network of a model whose layers can be gone through one by one; None for all else."""
    if not isinstance(callee, Model) or not callee.is_described or callee.has_own_call:
        return None
    inner = callee.built_network()
    fits = all(len(tensor.shape) == len(end.shape) for tensor, end in zip(given, inner.inputs, strict=True))
    return inner if fits else None  # else it puts its input in another shape first


def layers_of(model: Model) -> list[tuple[str, Layer]]:
    """Every layer that is no model of layers itself, with the path to it, each once."""
    found: dict[Layer, str] = {}
    _collect(model, "", found)
    return [(path, layer) for layer, path in found.items()]


def _collect(model: Model, inside: str, found: dict[Layer, str]) -> None:
    for layer in [model] if model.has_own_call else model.layers:
        if isinstance(layer, Model) and layer is not model and not layer.has_own_call:
            _collect(layer, f"{inside}{layer.name}/", found)
        elif layer is not model or model.has_own_call:
            found.setdefault(layer, f"{inside}{layer.name}")
