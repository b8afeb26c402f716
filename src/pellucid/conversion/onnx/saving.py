"""A model as an ONNX file."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, checker, defs, helper, shape_inference

from pellucid.checks import whole
from pellucid.conversion.onnx.rules import LEAVES, REFUSED, RULES
from pellucid.conversion.onnx.sizes import Item, Sized, sized
from pellucid.conversion.onnx.wholes import Wholes
from pellucid.conversion.onnx.write_wholes import written_whole
from pellucid.conversion.onnx.writer import LARGEST, Value, Writer
from pellucid.conversion.report import Report, Row
from pellucid.engines import State, all_held
from pellucid.engines.reference import IMPLEMENTATIONS
from pellucid.errors import ArgumentError, shown
from pellucid.formats.atomic import atomic_write
from pellucid.graph import ops
from pellucid.models.structure import NetworkLayer

OPSET = 17
"""The version of ONNX's operations that is written by default: ONNX Runtime reads it from 1.12 (2022) on."""
OLDEST, NEWEST = 13, defs.onnx_opset_version()
FEW = 4096  # elements: a constant that was folded may grow to so many


def save(
    model: NetworkLayer,
    path: str | os.PathLike[str],
    *,
    opset_version: int | None = None,
    batch_size: int | None = None,
    input_shape: Any = None,
    metadata: Mapping[str, str] | None = None,
) -> Report:
    """Write what a model predicts as one ONNX file, weights and all; nothing is left outside.

    Inputs and outputs are arranged as the model has them, channels last, and bear the names of its layers. What of
    their sizes the model leaves open, the batch above all, the file leaves open too.

    Args:
        model: is built, or knows its input.
        path: of the file.
        opset_version: of ONNX's operations; 17 by default.
        batch_size: of all runs, where it is to be fixed.
        input_shape: of one sample, of several inputs a list: where sizes that are open are to be fixed.
        metadata: texts that are kept in the file.

    Returns:
        what each layer has become, and what the file cannot say.

    Raises:
        ArgumentError: the model has something that ONNX does not, or another version is asked for.
        FileError: the file cannot be written.
    """
    program, proto = _made(model, opset_version, batch_size, input_shape, metadata)
    with atomic_write(path) as file:
        file.write(proto.SerializeToString(deterministic=True))
    return _report(model, program, proto, Path(path).name)


def _report(model: NetworkLayer, program: Sized, proto: ModelProto, name: str) -> Report:
    """Which nodes each layer has become."""
    kinds: dict[str, list[str]] = {}
    for node in proto.graph.node:
        kinds.setdefault(node.name.rpartition("/")[0], []).append(node.op_type)
    rows = [Row(layer, layer, "converted", ", ".join(dict.fromkeys(found))) for layer, found in kinds.items()]
    is_rounded = any(ops.precision_of(item.op) != "float32" for item in program.items)
    lost = [
        "how the model was compiled, and what its optimiser remembers" * (model.stepper is not None),
        "products of bfloat16 numbers: the file computes in float32" * is_rounded,
    ]
    return Report(f"{model.name} into {name}", tuple(rows), tuple(filter(None, lost)))


def to_proto(
    model: NetworkLayer,
    opset_version: int | None = None,
    batch_size: int | None = None,
    input_shape: Any = None,
    metadata: Mapping[str, str] | None = None,
) -> ModelProto:
    """The file as ONNX's own record; see `save`."""
    return _made(model, opset_version, batch_size, input_shape, metadata)[1]


def _made(
    model: NetworkLayer,
    opset_version: int | None,
    batch_size: int | None,
    input_shape: Any,
    metadata: Mapping[str, str] | None,
) -> tuple[Sized, ModelProto]:
    """The operations of a model, and the file that says them."""
    opset = OPSET if opset_version is None else opset_version
    whole(f"{model.label}: export", "opset_version", opset, OLDEST, NEWEST)
    if batch_size is not None:
        whole(f"{model.label}: export", "batch_size", batch_size, 1)
    network = model.built_network()
    placed = model.runtime.placed()  # first: weights move to where they will be read
    program = sized(network, batch_size, _shapes(model, input_shape))
    with all_held(placed.states.values()):
        proto = written(program, placed.states, network.input_names, network.output_names, opset, model.name)
    helper.set_model_props(proto, dict(metadata or {}))
    if proto.ByteSize() > LARGEST:
        raise ArgumentError(
            f"{model.label} has {proto.ByteSize() / 2**30:.1f} GiB of weights, and an ONNX file in one piece holds at "
            "most 2; save it as .keras or .safetensors"
        )
    try:
        checker.check_model(proto, full_check=True)
    except (checker.ValidationError, shape_inference.InferenceError) as error:
        raise ArgumentError(f"{model.label} cannot be written as ONNX: its checker says {shown(str(error))}") from error
    return program, proto


def written(
    program: Sized,
    states: Mapping[str, State],
    input_names: Sequence[str],
    output_names: Sequence[str],
    opset: int = OPSET,
    name: str = "model",
) -> ModelProto:
    """The record of a program, with the numbers that its states hold now."""
    writer = Writer(opset)
    _write(writer, program, states, input_names)
    results = [writer.values[key] for key, _ in program.outputs]
    names = _end(writer, program, results, output_names)
    inputs = [
        helper.make_tensor_value_info(value.name, TensorProto.FLOAT, list(shape))
        for value, shape in zip(writer.inputs, program.inputs, strict=True)
    ]
    outputs = [
        helper.make_tensor_value_info(each, TensorProto.FLOAT, _named(writer, each, value))
        for each, value in zip(names, results, strict=True)
    ]
    graph = helper.make_graph(writer.nodes, name, inputs, outputs, list(writer.constants.values()))
    version = helper.make_opsetid("", opset)
    return helper.make_model(
        graph,
        opset_imports=[version],
        producer_name="pellucid",
        ir_version=helper.find_min_ir_version_for([version]),
    )


def _shapes(model: NetworkLayer, input_shape: Any) -> list[tuple[int | None, ...]]:
    """The shape of one sample of each input, with those sizes that are given."""
    own = [tensor.shape[1:] for tensor in model.built_network().inputs]
    if input_shape is None:
        return own
    given = list(input_shape) if isinstance(input_shape, list) and len(own) > 1 else [input_shape]
    fitting = len(given) == len(own) and all(
        isinstance(new, tuple | list)
        and len(new) == len(old)
        and all(a is None or (type(a) is int and a >= 1 and b in (None, a)) for a, b in zip(new, old, strict=True))
        for new, old in zip(given, own, strict=True)
    )
    if not fitting:
        raise ArgumentError(
            f"{model.label}: input_shape is that of one sample, such as {tuple(n or 32 for n in own[0])}, where the "
            f"model takes {', '.join(map(str, own))}; got {shown(input_shape)}"
        )
    return [tuple(shape) for shape in given]


def _write(writer: Writer, program: Sized, states: Mapping[str, State], input_names: Sequence[str]) -> None:
    """Apply the rule of every operation that the outputs need."""
    wholes = Wholes(program)
    writer.means, writer.uses = wholes.means, wholes.uses
    for number in wholes.needed:
        item = program.items[number]
        if isinstance(item.op, ops.Input):
            value = Value(writer.fresh(input_names[len(writer.inputs)]), tuple(item.shapes()))
            writer.inputs.append(value)
        elif (number, 0) in wholes.softmaxes:
            value = _softmax(writer, item, writer.values[wholes.softmaxes[number, 0]])
        elif number in wholes.wholes:
            value = written_whole(writer, item, wholes.wholes[number])
        elif number in wholes.same:
            value = writer.values[wholes.same[number]]
        else:
            value = _one(writer, item, states)
        writer.values[number, 0] = value


def _softmax(writer: Writer, item: Item, logits: Value) -> Value:
    name = writer.node(item, "Softmax", writer.as_stored(logits), axis=logits.axis(logits.rank - 1))
    return Value(name, tuple(item.shapes()), logits.is_first)


def _one(writer: Writer, item: Item, states: Mapping[str, State]) -> Value:
    """The result of one operation: a constant where all that goes into it is constant."""
    op, shapes = item.op, tuple(item.shapes())
    if isinstance(op, LEAVES):
        item.check_settled()
        return Value("", shapes, array=_number(op, states))
    if type(op) in REFUSED:
        raise item.refusal(REFUSED[type(op)])
    values = [writer.values[key] for key in item.inputs]
    arrays = [value.array for value in values if value.array is not None]
    small = math.prod(shapes[0]) <= max(FEW, sum(array.size for array in arrays))
    if len(arrays) == len(values) and small and item.is_settled and type(op) in IMPLEMENTATIONS:
        return Value("", shapes, array=np.asarray(IMPLEMENTATIONS[type(op)](op, *arrays), np.float64))
    return RULES[type(op)](writer, item)


def _number(op: ops.Op, states: Mapping[str, State]) -> np.ndarray:
    match op:
        case ops.Parameter(shape=shape, state=name, offset=offset):
            return states[name].read(offset, math.prod(shape)).astype(np.float64).reshape(shape)
        case ops.Literal(values=values):
            return values
        case ops.Constant(value=value):
            return np.array(value)
    raise AssertionError("no other leaf has a number")


def _end(writer: Writer, program: Sized, results: Sequence[Value], wanted: Sequence[str]) -> list[str]:
    """Let the results bear the names of the model's outputs."""
    item = program.items[-1]
    made = {name for node in writer.nodes for name in node.output}
    names: dict[str, str] = {}
    ends = []
    for value, name in zip(results, wanted, strict=True):
        source = writer.last(item, value)
        made |= {name for node in writer.nodes[-1:] for name in node.output}
        if source not in made or source in names:  # an input, a constant, or what is handed out twice
            source = writer.node(item, "Identity", source)
            made.add(source)
        names[source] = writer.fresh(name)
        ends.append(source)
    writer.prune(ends)
    writer.rename(names)
    return [names[end] for end in ends]


def _named(writer: Writer, name: str, value: Value) -> list[int | str]:
    """The sizes of an output; one that is open bears the name of that of the input which it equals."""
    named: list[int | str] = []
    for axis in range(value.rank):
        sizes = [shape[axis] for shape in value.shapes]
        opened = [
            "batch" if place == 0 else f"size_{place}"
            for given in writer.inputs
            for place in range(given.rank)
            if [shape[place] for shape in given.shapes] == sizes
        ]
        named.append(sizes[0] if len(set(sizes)) == 1 else (opened or [f"{name}_{axis}"])[0])
    return named
