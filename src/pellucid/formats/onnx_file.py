"""ONNX files as plain records: nodes, constants, inputs and outputs. No node is understood here, and nothing executed.

What a file of a stranger can do to a reader is refused before anything is made of it: numbers kept in other files,
sizes that lie, values that come from nowhere or from themselves, graphs inside of graphs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError
from onnx import (
    AttributeProto,
    GraphProto,
    ModelProto,
    NodeProto,
    TensorProto,
    ValueInfoProto,
    defs,
    helper,
    numpy_helper,
)

from pellucid.errors import FileError, escaped, shorter, shown
from pellucid.formats.source import Source, read_source
from pellucid.frozen import Frozen

__all__ = ["OnnxFile", "OnnxInput", "OnnxNode", "read_onnx"]

OLDEST, NEWEST = 7, defs.onnx_opset_version()
MOST_NODES = 20_000
MOST_AXES = 16
MAX_BYTES = 2**31
DOMAINS = ("", "ai.onnx")

SWITCHES = (
    *("allowzero", "antialias", "ceil_mode", "count_include_pad", "exclude_outside", "exclusive", "keepdims"),
    *("noop_with_empty_axes", "reverse", "select_last_index", "spatial", "storage_order", "training_mode"),
    *("transA", "transB"),
)
"""Settings that are 0 or 1; with other numbers, programs differ in what they take them for."""
_NUMBERS = {
    TensorProto.FLOAT: "floats",
    TensorProto.DOUBLE: "doubles",
    TensorProto.FLOAT16: "half floats",
    TensorProto.BFLOAT16: "bfloat16",
    TensorProto.INT8: "int8",
    TensorProto.INT16: "int16",
    TensorProto.INT32: "int32",
    TensorProto.INT64: "int64",
    TensorProto.UINT8: "uint8",
    TensorProto.UINT16: "uint16",
    TensorProto.UINT32: "uint32",
    TensorProto.UINT64: "uint64",
    TensorProto.BOOL: "truth values",
}
"""The types that tensors may have."""


class OnnxNode(Frozen, eq=False):
    """One operation.

    Attributes:
        kind: "Conv".
        name: as the file calls it; may be empty.
        inputs: names of values; "" where an optional one is left out.
        outputs: names of values.
        attributes: numbers, texts, lists and arrays.
    """

    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    @property
    def label(self) -> str:
        """Kind and name, as messages begin."""
        return f"{self.kind} {quoted(self.name or (self.outputs or ('',))[0])}"


class OnnxInput(Frozen):
    """An input of the graph: name, sizes (None where open), and the type of its numbers."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str


class OnnxFile(Frozen, eq=False):
    """What a file holds.

    Attributes:
        name: of the graph.
        opset: the version of the operations.
        inputs: of the graph, without those that have a constant value.
        outputs: the names of the values that it gives.
        nodes: in an order in which each comes after what it needs.
        constants: by name.
        metadata: texts.
        made_by: the program that wrote it.
        narrowed: the names of constants that had 64 bits per number.
    """

    name: str
    opset: int
    inputs: tuple[OnnxInput, ...]
    outputs: tuple[str, ...]
    nodes: tuple[OnnxNode, ...]
    constants: Mapping[str, np.ndarray]
    metadata: Mapping[str, str]
    made_by: str
    narrowed: tuple[str, ...] = ()


def _text(value: object) -> str:
    """A name of the file; what is no UTF-8 comes as bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def quoted(name: object) -> str:
    """A name of a file in a message: one line, not long."""
    return shorter(repr(str(name)[:200]), 80)


def read_onnx(source: Source, max_bytes: int | None = None) -> OnnxFile:
    """The records of a file.

    Args:
        source: path or bytes.
        max_bytes: the largest file that is read; 2 GiB at most, and by default.

    Raises:
        FileError: it is no ONNX file, damaged, or has something that is not read; the message says what.
    """
    content = read_source(source, what="an ONNX file", max_bytes=min(max_bytes or MAX_BYTES, MAX_BYTES))
    try:
        proto = ModelProto.FromString(content)
    except DecodeError as error:
        raise FileError("it is no ONNX file, is damaged, or lies deeper in itself than such files do") from error
    del content  # or it would lie beside the records and the arrays
    opset = _opset(proto)
    if proto.functions:
        raise FileError(
            "it defines operations of its own (functions); write them out in Python: "
            "onnx.save(onnx.inliner.inline_local_functions(onnx.load(path)), 'plain.onnx')"
        )
    graph = proto.graph
    if not graph.node and not graph.output:
        raise FileError("it is no ONNX file: it holds no graph")
    if len(graph.node) > MOST_NODES:
        raise FileError(f"it has {len(graph.node)} nodes; at most {MOST_NODES} are read")
    if graph.sparse_initializer:
        raise FileError("it keeps constants as sparse tensors, which are not read")
    constants = {_text(tensor.name): array_of(tensor) for tensor in graph.initializer}
    nodes = tuple(_node(node, opset) for node in graph.node)
    inputs = tuple(_input(each) for each in graph.input if _text(each.name) not in constants)
    _check_wiring(graph, inputs, constants, nodes)
    return OnnxFile(
        _text(graph.name)[:200],
        opset,
        inputs,
        tuple(_text(each.name) for each in graph.output),
        nodes,
        constants,
        {_text(each.key): _text(each.value) for each in proto.metadata_props},
        f"{_text(proto.producer_name)} {_text(proto.producer_version)}".strip()[:80],
        tuple(_text(tensor.name) for tensor in graph.initializer if tensor.data_type == TensorProto.DOUBLE),
    )


def _opset(proto: ModelProto) -> int:
    versions = [each.version for each in proto.opset_import if each.domain in DOMAINS]
    if not versions:
        raise FileError("it is no ONNX file: it does not say which version of the operations it uses")
    opset = int(versions[0])
    if not OLDEST <= opset <= NEWEST:
        raise FileError(
            f"it uses version {opset} of ONNX's operations; {OLDEST} to {NEWEST} are read. In Python: "
            f"onnx.save(onnx.version_converter.convert_version(onnx.load(path), {min(NEWEST, 17)}), 'other.onnx')"
        )
    return opset


def _input(value: ValueInfoProto) -> OnnxInput:
    kind = value.type.WhichOneof("value")
    tensor = value.type.tensor_type
    if kind != "tensor_type" or tensor.elem_type not in _NUMBERS:
        raise FileError(f"its input {quoted(value.name)} is no array of numbers")
    if not tensor.HasField("shape"):
        raise FileError(f"its input {quoted(value.name)} has no shape")
    dims = tensor.shape.dim
    if not 1 <= len(dims) <= MOST_AXES:
        raise FileError(f"its input {quoted(value.name)} has {len(dims)} axes; 1 to {MOST_AXES} are read")
    shape = tuple(int(dim.dim_value) if dim.WhichOneof("value") == "dim_value" else None for dim in dims)
    if any(size is not None and not 1 <= size < 2**31 for size in shape):
        raise FileError(f"its input {quoted(value.name)} has the impossible shape {shorter(str(shape), 80)}")
    return OnnxInput(_text(value.name), shape, helper.tensor_dtype_to_np_dtype(tensor.elem_type).name)


def array_of(tensor: TensorProto) -> np.ndarray:
    """The numbers of a tensor; float16, bfloat16 and float64 become float32.

    Raises:
        FileError: they are in another file, or not as many as the tensor says, or no numbers.
    """
    name = quoted(tensor.name)
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        raise FileError(
            f"it keeps {name} in another file, which is not opened; put all into one, in Python: "
            "onnx.save(onnx.load(path), 'whole.onnx')"
        )
    if tensor.data_type not in _NUMBERS:
        raise FileError(f"its constant {name} is of a type that is not read")
    dims = tuple(tensor.dims)
    if len(dims) > MOST_AXES or any(not 0 <= size < 2**31 for size in dims):
        raise FileError(f"its constant {name} has the impossible shape {shorter(str(dims), 80)}")
    dtype = helper.tensor_dtype_to_np_dtype(tensor.data_type)
    held = len(tensor.raw_data) // dtype.itemsize if tensor.HasField("raw_data") else _held(tensor)
    if held != math.prod(dims):
        raise FileError(f"its constant {name} says that it has the shape {dims}, and holds {held} numbers")
    try:
        array = numpy_helper.to_array(tensor)
    except (ValueError, TypeError, OverflowError) as error:
        raise FileError(f"its constant {name} cannot be read: {shorter(str(error), 80)}") from error
    return array if array.dtype.kind in "iub" else np.asarray(array, np.float32)


def _held(tensor: TensorProto) -> int:
    field = helper.tensor_dtype_to_field(tensor.data_type)
    return len(getattr(tensor, field))


def _node(node: NodeProto, opset: int) -> OnnxNode:
    kind = escaped(_text(node.op_type)[:60])
    label = f"{kind} {quoted(_text(node.name))}"
    if node.domain not in DOMAINS:
        raise FileError(f"its node {label} is no operation of ONNX itself but of {quoted(node.domain)}")
    if not node.output:
        raise FileError(f"its node {label} gives no value")
    attributes = {}
    for attribute in node.attribute:
        if attribute.type in (AttributeProto.GRAPH, AttributeProto.GRAPHS):
            raise FileError(f"its node {label} holds a graph of its own (If, Loop, Scan), which layers cannot say")
        attributes[_text(attribute.name)] = _attribute(attribute, label)
    _check_names(kind, attributes, opset, label)
    return OnnxNode(kind, _text(node.name), tuple(map(_text, node.input)), tuple(map(_text, node.output)), attributes)


def _check_names(kind: str, attributes: Mapping[str, Any], opset: int, label: str) -> None:
    """Settings are those that the operation has, and what is switched is switched by 0 and 1."""
    if not defs.has(kind):
        return  # it has no rule either, by which it is refused
    try:
        known = defs.get_schema(kind, max_inclusive_version=opset).attributes
    except defs.SchemaError:
        raise FileError(f"its node {label} is no operation of version {opset}") from None
    for name, value in attributes.items():
        if name not in known:
            raise FileError(f"its node {label} has the setting {quoted(name)}, which {kind} has not")
        if name in SWITCHES and not (isinstance(value, int) and value in (0, 1)):
            raise FileError(f"its node {label} has {name}={shown(value)}; it is 0 or 1")


def _attribute(attribute: AttributeProto, label: str) -> Any:
    try:
        value = helper.get_attribute_value(attribute)
    except (ValueError, TypeError) as error:
        raise FileError(f"its node {label} has the unreadable setting {quoted(attribute.name)}") from error
    if isinstance(value, TensorProto):
        return array_of(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float):
        return float(str(np.float32(value)))  # 0.001, as it was written, and not 0.0010000000474974513
    if isinstance(value, int):
        return value
    items = list(value) if isinstance(value, Iterable) else [value]
    if not all(isinstance(item, int | float | bytes) for item in items):
        raise FileError(f"its node {label} has the setting {quoted(attribute.name)}, of a kind that is not read")
    return [item.decode("utf-8", "replace") if isinstance(item, bytes) else item for item in items]


def _check_wiring(
    graph: GraphProto, inputs: Iterable[OnnxInput], constants: Mapping[str, np.ndarray], nodes: Iterable[OnnxNode]
) -> None:
    """Every value is given once, and before it is needed: so nothing goes round."""
    known = {"", *constants}
    for each in inputs:
        _given(known, each.name)
    for node in nodes:
        missing = [name for name in node.inputs if name not in known]
        if missing:
            raise FileError(
                f"its node {node.label} needs {quoted(missing[0])}, which nothing before it gives: a value is missing, "
                "or goes round in a circle"
            )
        for name in filter(None, node.outputs):
            _given(known, name)
    missing = [name for name in (_text(each.name) for each in graph.output) if not name or name not in known]
    if missing or not graph.output:
        raise FileError(f"its output {quoted(missing[0])} is given by no node" if missing else "it has no output")


def _given(known: set[str], name: str) -> None:
    if name in known:
        raise FileError(f"it gives the value {quoted(name)} twice, or without a name")
    known.add(name)
