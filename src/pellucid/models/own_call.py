"""A model whose `call` the user has written: its network is one use of the model itself, behind its inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.dispatch import shape_inference
from pellucid.dispatch.symbolic import Call, InputShape, SymbolicTensor
from pellucid.errors import ArgumentError
from pellucid.layers import Input, Layer
from pellucid.network import Arrangement, Network
from pellucid.training.door import as_array


def network_of_call(model: Layer, inputs: Sequence[SymbolicTensor]) -> Network:
    """The network that runs the model's own `call` on these inputs.

    Args:
        model: whose weights are made, where it makes them in `build`; those of its layers may be made now.
        inputs: results of `Input`.
    """
    shapes = [tensor.shape for tensor in inputs]
    takes_list = len(shapes) > 1
    shape = shape_inference.output_shape(model.emit, shapes if takes_list else shapes[0])
    call = Call(model, tuple(inputs), takes_list, 0, shape)
    ends = call.outputs if isinstance(call.outputs, list) else [call.outputs]
    before = [tensor.call for tensor in inputs]
    callees = (*(each.layer for each in before), model)
    takes, gives = (Arrangement.of(found)[0] for found in (list(inputs) if takes_list else inputs[0], call.outputs))
    return Network(tuple(inputs), tuple(ends), (*before, call), callees, takes, gives)


def inputs_for(shape: InputShape, name: str) -> list[SymbolicTensor]:
    """Symbolic inputs of a shape, or of several."""
    shapes = shape if isinstance(shape, list) else [shape]
    names = [f"{name}_input"] if len(shapes) == 1 else [f"{name}_input_{number}" for number in range(len(shapes))]
    return [Input(each[1:], name=called) for each, called in zip(shapes, names, strict=True)]


def shape_of_data(x: Any, name: str) -> InputShape:
    """The shape of data for which a model is to be built, or of several arrays in a list; any number of samples."""
    if isinstance(x, Mapping):
        raise ArgumentError(f"{name} has a call() of its own and takes an array, or a list of arrays, not a dictionary")
    several = isinstance(x, list | tuple) and len(x) > 1 and all(isinstance(item, np.ndarray) for item in x)
    shapes = [as_array(item, name).shape for item in (x if several else [x])]
    if not all(shapes):
        raise ArgumentError(f"{name} takes samples in a batch, (batch, ...), got a single number")
    opened: list[tuple[int | None, ...]] = [(None, *shape[1:]) for shape in shapes]
    return opened if several else opened[0]
