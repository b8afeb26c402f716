"""Reading a model back from its symbolic outputs: which layer calls it takes, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np

from pellucid.dispatch.symbolic import Call, Callee, SymbolicTensor
from pellucid.errors import ArgumentError
from pellucid.graph import Graph, Tensor
from pellucid.graph.ops import Input as InputOp
from pellucid.graph.ops import Shape
from pellucid.layers import InputLayer, Layer


def calls_in_order(inputs: Sequence[SymbolicTensor], outputs: Sequence[SymbolicTensor]) -> list[Call]:
    """All calls on the way from the inputs to the outputs, each after those that it needs.

    Raises:
        ArgumentError: an output depends on an input that is not given, or an input is not an `Input`.
    """
    for tensor in inputs:
        if not isinstance(tensor.call.layer, InputLayer):
            raise ArgumentError(f"inputs of a model come from Input(...); got the output of {tensor.call.layer.label}")
    given = {tensor.call for tensor in inputs}
    order: dict[Call, None] = dict.fromkeys(given)
    stack = [(tensor.call, False) for tensor in reversed(outputs)]
    while stack:
        call, inputs_done = stack.pop()
        if call in order:
            continue
        if inputs_done:
            order[call] = None
            continue
        if isinstance(call.layer, InputLayer):
            raise ArgumentError(
                f"the outputs depend on the input {call.layer.name!r}, which is not among the model's inputs; add it"
            )
        stack.append((call, True))
        stack.extend((tensor.call, False) for tensor in reversed(call.inputs))
    return list(order)


def layers_in_order(calls: Sequence[Call], outputs: Sequence[SymbolicTensor]) -> list[Layer]:
    """The layers of a model in Keras's order: by distance from the outputs, farthest first.

    Layers of equal distance stand in the order in which a walk from the outputs back to the inputs meets them. Weight
    files depend on this order.

    Source: keras.src.ops.function.map_graph.
    """
    depth: dict[Callee, int] = {}
    call_depth: dict[Call, int] = {}
    for call in reversed(calls):
        own = max(call_depth.get(call, 0), depth.get(call.layer, 0))
        call_depth[call] = depth[call.layer] = own
        for tensor in call.inputs:
            call_depth[tensor.call] = max(call_depth.get(tensor.call, 0), own + 1)
    met: dict[Callee, int] = {}
    seen: set[Call] = set()
    stack = [tensor.call for tensor in reversed(outputs)]
    while stack:
        call = stack.pop()
        met.setdefault(call.layer, len(met))
        if call not in seen:
            seen.add(call)
            stack.extend(tensor.call for tensor in reversed(call.inputs))
    for call in calls:
        met.setdefault(call.layer, -1)  # an input that no output depends on comes first among its like
    return sorted(cast("dict[Layer, int]", met), key=lambda layer: (-depth[layer], met[layer]))


def input_name(number: int) -> str:
    """The name under which a graph gets the model's input of that number."""
    return f"x{number}"


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
            y = call.layer.emit(inputs if call.takes_list else inputs[0], call.training)
            results[call] = y if isinstance(y, list) else [y]
    return results
