"""A layer of the user's own called on several things: further tensors, dictionaries, values that are no tensors.

Its `call` is called with what the layer was called with; shapes and gradients follow from the operations that it emits,
as for any layer.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from pellucid.arraylike import is_numbers
from pellucid.calls import called, misfit
from pellucid.dispatch import shape_inference
from pellucid.dispatch.arrangement import Arguments, Arrangement, leaves, mapped
from pellucid.dispatch.symbolic import Call, SymbolicTensor
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.graph import Graph, Tensor
from pellucid.graph.tensor import HasTensor
from pellucid.layers.on_arrays import arrays_of, lifted, run

ASKED = "_asked"


def is_several(inputs: Any) -> bool:
    """Whether it is more than one thing, or a list of single things: a dictionary, or structures in a list."""
    if isinstance(inputs, list | tuple):
        return any(isinstance(item, Mapping | list | tuple) for item in inputs) and not is_numbers(inputs)
    return isinstance(inputs, Mapping)


def call_on(layer: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], training: bool | None) -> Any:
    """What `layer(*args, **kwargs)` gives: symbolic tensors, tensors or arrays, as they came.

    An empty tuple as the first of the arguments is none: all have names.

    Raises:
        ArgumentError: its `call` does not take these arguments, or there is no tensor among them.
    """
    args = args[1:] if isinstance(args[0], tuple) and not args[0] else args
    given, training = _bound(layer, args, kwargs, training)
    emptied, row = given.emptied(_is_tensor)
    if not row:
        raise ArgumentError(f"{layer.label} is called on symbolic tensors or arrays, and there is none among {args!r}")
    graph = next((item.graph for item in row if isinstance(item, Tensor)), Graph.current())
    if graph is not None:
        tensors = [lifted(layer.label, graph, item) for item in row]
        ensure_built(layer, emptied, [(None, *tensor.shape[1:]) for tensor in tensors])
        return layer.emit(emptied.filled(tensors), training)
    symbolic = [item for item in row if isinstance(item, SymbolicTensor)]
    if not symbolic:
        arrays = arrays_of(layer.label, row)
        ensure_built(layer, emptied, [(None, *np.shape(array)[1:]) for array in arrays])
        results, layer._penalties = run(layer, arrays, training=bool(training), arguments=emptied)
        return results
    if len(symbolic) < len(row):
        raise ArgumentError(f"{layer.label} is called on symbolic tensors or on arrays, not both")
    return described(layer, symbolic, emptied, training).outputs


def described(layer: Any, row: list[SymbolicTensor], emptied: Arguments, training: bool | None) -> Call:
    """The use of a layer in a model that is being described."""
    shapes = [tensor.shape for tensor in row]
    ensure_built(layer, emptied, shapes)
    gives, results = shape_inference.output_shapes(lambda tensors: layer.emit(emptied.filled(tensors)), shapes)
    shape, form = shape_and_form(gives, results)
    call = Call(layer, tuple(row), True, len(layer.calls), shape, training, emptied, form)
    layer.calls.append(call)
    return call


def shape_and_form(gives: Arrangement, results: list[Any]) -> tuple[Any, Arrangement | None]:
    """The shape of results, as a call has it, and their form, if they are more than one or a list of single ones."""
    if gives.is_single:
        return results[0], None
    return results, None if gives.form == list(range(len(results))) else gives


def ensure_built(layer: Any, emptied: Arguments, shapes: list[Any]) -> None:
    """Make the weights of a layer for arguments of these shapes; `build` may have a parameter for each of them."""
    if layer.built:
        return
    by_name = emptied.filled(shapes).named([name for name in inspect.signature(layer.call).parameters])
    parameters = [name for name in inspect.signature(type(layer).build).parameters if name != "self"]
    others = {name: by_name.get(name.removesuffix("_shape")) for name in parameters[1:]}
    layer.ensure_built(next(iter(by_name.values())), **others)


def emitted(graph: Graph, y: Any) -> Any:
    """What `call` has returned; where that is a weight, its tensor in the graph."""
    if isinstance(y, Tensor):
        return y
    return mapped(y, lambda item: item.tensor(graph) if isinstance(item, HasTensor) else item)


def results_of(label: str, y: Any) -> list[Tensor]:
    """What `call` has returned, in a row; raises `ArgumentError` unless they are tensors."""
    row = [y] if isinstance(y, Tensor) else Arrangement.of(y)[1]
    for output in row:
        if not isinstance(output, Tensor):
            raise ArgumentError(f"{label}: call() must return a tensor, got {type(output).__name__}")
    return row


def graph_of(inputs: Any) -> Graph:
    """The graph of what a layer is called on."""
    if isinstance(inputs, Arguments):
        inputs = next(item for item in leaves((inputs.args, dict(inputs.kwargs))) if isinstance(item, Tensor))
    if isinstance(inputs, list):
        inputs = next(item for item in inputs if item is not None)
    graph: Graph = inputs.graph
    return graph


def _bound(
    layer: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], training: bool | None
) -> tuple[Arguments, bool | None]:
    """The arguments as `call` takes them, and the form, which is one of them or not."""
    if args and is_numbers(args[0]):
        args = (np.asarray(args[0], np.float32), *args[1:])
    signature = inspect.signature(layer.call)
    names = list(signature.parameters)
    form = {"training": training} if "training" in names[len(args) :] else {}
    wrong = misfit(layer.label, layer.call, args, {**form, **kwargs})
    if wrong is not None:
        raise wrong
    bound = signature.bind_partial(*args, **kwargs)
    training = bound.arguments.pop("training", training)
    return Arguments(bound.args, bound.kwargs), training


def _is_tensor(item: Any) -> bool:
    """Whether it is a tensor or an array, rather than a value that `call` gets as it is."""
    if isinstance(item, SymbolicTensor | Tensor | HasTensor | np.ndarray):
        return True
    return hasattr(type(item), "__array__") and not isinstance(item, np.generic)


def check_told(layer: Any, args: tuple[Any, ...], results: Any) -> None:
    """Raise where a class of a user's own tells of its results what is not so, or cannot be heeded; asked once.

    There are no masks, so a layer may hand on the one that it is given, which is None, but make none. The shape of a
    result is that of what `call` emits.

    Args:
        layer: whose `call` was called.
        args: what it was given by position, tensors of a graph.
        results: what it gave.

    Raises:
        ArgumentError: `compute_mask` makes a mask.
        ShapeError: `compute_output_spec` tells another shape.
    """
    if layer.__dict__.get(ASKED) or not args:
        return
    masks = getattr(layer, "compute_mask", None)
    if masks is not None and layer.__dict__.get("supports_masking", True) is not False:
        nothing = [None] * len(args[0]) if isinstance(args[0], list | tuple) else None
        made = called(f"{layer.label}.compute_mask", masks, args[0], nothing)
        if any(each is not None for each in (made if isinstance(made, list | tuple) else [made])):
            raise ArgumentError(
                f"{layer.label}: compute_mask() makes a mask, and there are none here: no layer and no loss would heed "
                "it; multiply by it in call(), or give fit a sample_weight"
            )
    tells = getattr(layer, "compute_output_spec", None)
    told = _told(layer, tells, args)
    if told is not None:
        several = isinstance(told, list | tuple), isinstance(results, list | tuple)
        pairs = zip(told, results, strict=False) if all(several) else [(told, results)]
        wrong = [(a, b) for a, b in pairs if not _is_shape_of(getattr(a, "shape", None), getattr(b, "shape", None))]
        if several[0] != several[1] or (all(several) and len(told) != len(results)) or wrong:
            a, b = wrong[0] if wrong else (told, results)
            raise ShapeError(
                f"{layer.label}: compute_output_spec() tells {shown(getattr(a, 'shape', a))}, call() gives "
                f"{shown(getattr(b, 'shape', b))}; the shape follows from call(): leave the method out, or let it "
                "tell the same"
            )
    layer.__dict__[ASKED] = True


def _told(layer: Any, tells: Any, args: tuple[Any, ...]) -> Any:
    """What `compute_output_spec` tells; None where there is none, or it says that it cannot tell."""
    with suppress(NotImplementedError):
        return None if tells is None else called(f"{layer.label}.compute_output_spec", tells, *args)
    return None


def _is_shape_of(told: Any, shape: Any) -> bool:
    """Whether a shape, None where it is open, is that of a tensor."""
    if not isinstance(told, list | tuple) or not isinstance(shape, list | tuple):
        return False
    return len(told) == len(shape) and all(a is None or a == b for a, b in zip(told, shape, strict=True))
