"""From a network to a graph: the operations of all its calls, for a batch of certain shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pellucid.dispatch.arrangement import Arrangement
from pellucid.dispatch.symbolic import Call, SymbolicTensor
from pellucid.graph import Graph, Tensor
from pellucid.graph.ops import Input as InputOp
from pellucid.graph.ops import Shape
from pellucid.network.network import Network, input_name


def shapes_of(arrays: Sequence[np.ndarray]) -> tuple[Shape, ...]:
    """The shapes of a batch of inputs: what a program is made for."""
    return tuple(array.shape for array in arrays)


def emit_inputs(graph: Graph, inputs: Sequence[SymbolicTensor], shapes: Sequence[Shape]) -> dict[Call, list[Tensor]]:
    """Add the model's inputs to a graph, for a batch of these shapes."""
    return {
        tensor.call: [graph.add(InputOp(shape, input_name(number)))]
        for number, (tensor, shape) in enumerate(zip(inputs, shapes, strict=True))
    }


def emit_calls(calls: Sequence[Call], given: Mapping[Call, list[Tensor]]) -> dict[Call, list[Tensor]]:
    """Add the operations of all calls to the graph of the given tensors; returns each call's results."""
    results = dict(given)
    for call in calls:
        if call not in results:
            inputs = [results[tensor.call][tensor.index] for tensor in call.inputs]
            results[call] = Arrangement.of(call.layer.emit(call.argument(inputs), call.training))[1]
    return results


def emit_network(network: Network, inputs: Sequence[Tensor]) -> list[Tensor]:
    """Add all operations of a network behind tensors of a graph; returns its outputs."""
    given = {symbolic.call: [tensor] for symbolic, tensor in zip(network.inputs, inputs, strict=True)}
    results = emit_calls(network.calls, given)
    return [results[tensor.call][tensor.index] for tensor in network.outputs]


def forward_graph(network: Network, shapes: Sequence[Shape], *, training: bool = False) -> Graph:
    """The graph from a batch of inputs of these shapes to the outputs "0", "1", ..."""
    graph = Graph(training=training)
    results = emit_calls(network.calls, emit_inputs(graph, network.inputs, shapes))
    graph.outputs = {str(number): results[tensor.call][tensor.index] for number, tensor in enumerate(network.outputs)}
    return graph
