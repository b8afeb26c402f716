"""From a network to a graph: the operations of all its calls, for a batch of certain shapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from pellucid.dispatch.arrangement import Arrangement
from pellucid.dispatch.symbolic import Call, SymbolicTensor
from pellucid.errors import ArgumentError
from pellucid.graph import Graph, Tensor
from pellucid.graph.ops import Input as InputOp
from pellucid.graph.ops import Shape
from pellucid.naming import is_ours
from pellucid.network.network import Network, input_name


def shapes_of(arrays: Sequence[np.ndarray]) -> tuple[Shape, ...]:
    """The shapes of a batch of inputs: what a program is made for."""
    return tuple(array.shape for array in arrays)


def is_absent(shape: Sequence[int | None]) -> bool:
    """Whether what has this shape stands for an optional input that was left out: samples without numbers."""
    return len(shape) == 2 and shape[1] == 0


def emit_inputs(graph: Graph, inputs: Sequence[SymbolicTensor], shapes: Sequence[Shape]) -> dict[Call, list[Any]]:
    """Add the model's inputs to a graph, for a batch of these shapes; None for one that is left out."""
    return {
        tensor.call: [None if is_absent(shape) else graph.add(InputOp(shape, input_name(number)))]
        for number, (tensor, shape) in enumerate(zip(inputs, shapes, strict=True))
    }


def emit_calls(calls: Sequence[Call], given: Mapping[Call, list[Any]]) -> dict[Call, list[Any]]:
    """Add the operations of all calls to the graph of the given tensors; returns each call's results."""
    results: dict[Call, list[Any]] = dict(given)
    with described_by(results):
        for call in calls:
            if call not in results:
                inputs = [results[tensor.call][tensor.index] for tensor in call.inputs]
                if any(item is None for item in inputs):
                    check_does_without(call, inputs)
                results[call] = results_of(call, inputs)
    return results


def results_of(call: Call, inputs: Sequence[Any]) -> list[Any]:
    """Add the operations of one call to the graph of what it is given; its results in a row."""
    return Arrangement.of(call.layer.emit(call.argument(inputs), call.training))[1]


@contextmanager
def described_by(results: dict[Call, list[Any]]) -> Iterator[None]:
    """Inside, a layer's `call` may use tensors of the description that it is not given, as layers of Keras 2 do."""
    graph = next((tensor.graph for row in results.values() for tensor in row if isinstance(tensor, Tensor)), None)
    if graph is None:
        yield
        return
    outer = graph.described

    def tensor_of(symbolic: SymbolicTensor) -> Tensor:
        call = symbolic.call
        if call not in results:
            if outer is not None and not call.inputs:
                return outer(symbolic)
            if not call.inputs:
                raise ArgumentError(f"{symbolic!r} is used in a layer's call(), and is no input of this model")
            inputs = [tensor_of(each) for each in call.inputs]
            results[call] = results_of(call, inputs)
        found: Tensor = results[call][symbolic.index]
        return found

    graph.described = tensor_of
    try:
        yield
    finally:
        graph.described = outer


def emit_network(network: Network, inputs: Sequence[Tensor]) -> list[Tensor]:
    """Add all operations of a network behind tensors of a graph; returns its outputs."""
    given: dict[Call, list[Any]] = {
        symbolic.call: [None if is_absent(tensor.shape) else tensor]
        for symbolic, tensor in zip(network.inputs, inputs, strict=True)
    }
    results = emit_calls(network.calls, given)
    return [results[tensor.call][tensor.index] for tensor in network.outputs]


def forward_graph(network: Network, shapes: Sequence[Shape], *, training: bool = False) -> Graph:
    """The graph from a batch of inputs of these shapes to the outputs "0", "1", ..."""
    graph = Graph(training=training)
    results = emit_calls(network.calls, emit_inputs(graph, network.inputs, shapes))
    graph.outputs = {str(number): results[tensor.call][tensor.index] for number, tensor in enumerate(network.outputs)}
    return graph


def check_does_without(call: Call, inputs: Sequence[object]) -> None:
    """Raise `ArgumentError` unless it is a layer of the user's own that is called with more than what was left out."""
    if is_ours(type(call.layer)) or all(item is None for item in inputs):
        left_out = next(t.call.layer.name for t, item in zip(call.inputs, inputs, strict=True) if item is None)
        raise ArgumentError(
            f"{call.layer.label} cannot do without the input {left_out!r}, which is None: give data for it, or let a "
            "layer of your own take it, whose call() is given None in its place"
        )
