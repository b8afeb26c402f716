"""A model whose `call` the user has written: its network is one use of the model itself, behind its inputs."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Mapping
from typing import Any

from pellucid.calls import misfit
from pellucid.dispatch import shape_inference
from pellucid.dispatch.arrangement import Arguments, Slot, mapped
from pellucid.dispatch.symbolic import Call
from pellucid.errors import ShapeError, shown
from pellucid.layers import Input, Layer
from pellucid.layers.on_arguments import shape_and_form
from pellucid.network import ONE, Arrangement, Network


def network_of_call(model: Layer, inputs: Any) -> Network:
    """The network that runs the model's own `call` on these inputs.

    Args:
        model: whose weights are made, where it makes them in `build`; those of its layers may be made now.
        inputs: results of `Input`: one, several in a list, or in structures.
    """
    takes, row = Arrangement.of(inputs)
    if takes.is_plain and len(row) == 1:
        takes = ONE
    shapes = [tensor.shape for tensor in row]
    arguments = Arguments((mapped(takes.form, Slot),), {})
    known = Call(model, tuple(row), not takes.is_single, 0, (), arguments=None if takes.is_plain else arguments)
    gives, results = shape_inference.output_shapes(lambda tensors: model.emit(known.argument(tensors)), shapes)
    shape, form = shape_and_form(gives, results)
    call = Call(model, known.inputs, known.takes_list, 0, shape, None, known.arguments, form)
    before = [tensor.call for tensor in row]
    callees = (*(each.layer for each in before), model)
    return Network(tuple(row), tuple(call.results), (*before, call), callees, takes, gives)


def inputs_for(shape: Any, name: str) -> Any:
    """Symbolic inputs of a shape, or of several, arranged as the shapes are."""
    count = itertools.count()

    def made(shape: Any) -> Any:
        if not isinstance(shape, Mapping | list | tuple):
            raise ShapeError(f"{name}: a shape is a tuple such as (None, 28, 28, 1), got {shown(shape)}")
        if isinstance(shape, Mapping):
            return {key: made(each) for key, each in shape.items()}
        if isinstance(shape, list) or not all(size is None or isinstance(size, int) for size in shape):
            return type(shape)(made(each) for each in shape)
        return Input(shape[1:], name=f"{name}_input_{next(count)}")

    if isinstance(shape, Mapping | list):
        return made(shape)
    return [Input(shape[1:], name=f"{name}_input")]


def takes_one(model: Layer) -> bool:
    """Whether its `call` can be called on one thing, as training and prediction do."""
    form = {"training": None} if "training" in inspect.signature(model.call).parameters else {}
    return misfit(model.label, model.call, (None,), form) is None
