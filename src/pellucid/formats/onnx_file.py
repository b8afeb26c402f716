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
MOST_DEPTH = 4  # of graphs in graphs
BRANCHES = ("then_branch", "else_branch")
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


class OnnxBranch(Frozen, eq=False):
    """A graph inside of a node: what is computed in one of two cases, of values that stand around the node.

    Attributes:
        nodes: in an order in which each comes after what it needs.
        constants: by name.
        outputs: the names of the values that it gives.
    """

    nodes: tuple[OnnxNode, ...]
    constants: Mapping[str, np.ndarray]
    outputs: tuple[str, ...]

    @property
    def needs(self) -> tuple[str, ...]:
        """The names of values that it takes from around."""
        own = {*self.constants, *(name for node in self.nodes for name in node.outputs)}
        used = [name for node in self.nodes for name in node.needs] + list(self.outputs)
        return tuple(name for name in dict.fromkeys(used) if name and name not in own)


class OnnxNode(Frozen, eq=False):
    """One operation.

    Attributes:
        kind: "Conv".
        name: as the file calls it; may be empty.
        inputs: names of values; "" where an optional one is left out.
        outputs: names of values.
        attributes: numbers, texts, lists, arrays, and of an If its branches.
    """

    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    @property
    def branches(self) -> list[OnnxBranch]:
        """The graphs that it holds."""
        return [value for value in self.attributes.values() if isinstance(value, OnnxBranch)]

    @property
    def needs(self) -> tuple[str, ...]:
        """The names of all values that it depends on: its inputs, and what its branches take from around it."""
        return (*self.inputs, *(name for branch in self.branches for name in branch.needs))

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
    if (count := _count(graph)) > MOST_NODES:
        raise FileError(f"it has {count} nodes; at most {MOST_NODES} are read")
    constants = _constants(graph)
    nodes = tuple(_node(node, opset) for node in graph.node)
    inputs = tuple(_input(each) for each in graph.input if _text(each.name) not in constants)
    outputs = tuple(_text(each.name) for each in graph.output)
    known = {"", *constants}
    for each in inputs:
        _given(known, each.name)
    _check_wiring(known, nodes, outputs)
    return OnnxFile(
        _text(graph.name)[:200],
        opset,
        inputs,
        outputs,
        nodes,
        constants,
        {_text(each.key): _text(each.value) for each in proto.metadata_props},
        f"{_text(proto.producer_name)} {_text(proto.producer_version)}".strip()[:80],
        tuple(_text(tensor.name) for tensor in graph.initializer if tensor.data_type == TensorProto.DOUBLE),
    )


def _count(graph: GraphProto, depth: int = 0) -> int:
    """How many nodes there are, those in branches with them."""
    inner = (attribute.g for node in graph.node for attribute in node.attribute if attribute.HasField("g"))
    return len(graph.node) + (sum(_count(each, depth + 1) for each in inner) if depth <= MOST_DEPTH else 0)


def _constants(graph: GraphProto) -> dict[str, np.ndarray]:
    if graph.sparse_initializer:
        raise FileError("it keeps constants as sparse tensors, which are not read")
    return {_text(tensor.name): array_of(tensor) for tensor in graph.initializer}


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


def _node(node: NodeProto, opset: int, depth: int = 0) -> OnnxNode:
    kind = escaped(_text(node.op_type)[:60])
    label = f"{kind} {quoted(_text(node.name))}"
    if node.domain not in DOMAINS:
        raise FileError(f"its node {label} is no operation of ONNX itself but of {quoted(node.domain)}")
    if not node.output:
        raise FileError(f"its node {label} gives no value")
    attributes: dict[str, Any] = {}
    for attribute in node.attribute:
        name = _text(attribute.name)
        if attribute.type not in (AttributeProto.GRAPH, AttributeProto.GRAPHS):
            attributes[name] = _attribute(attribute, label)
        elif kind == "If" and name in BRANCHES and attribute.type == AttributeProto.GRAPH:
            attributes[name] = _branch(attribute.g, opset, depth, label)
        else:
            raise FileError(f"its node {label} holds a graph of its own (Loop, Scan), which layers cannot say")
    if kind == "If" and not (len(node.input) == 1 and all(name in attributes for name in BRANCHES)):
        raise FileError(f"its node {label} has not one condition and two branches")
    _check_names(kind, attributes, opset, label)
    return OnnxNode(kind, _text(node.name), tuple(map(_text, node.input)), tuple(map(_text, node.output)), attributes)


def _branch(graph: GraphProto, opset: int, depth: int, label: str) -> OnnxBranch:
    if depth >= MOST_DEPTH:
        raise FileError(f"its node {label} holds a graph of its own, in more than {MOST_DEPTH} others")
    if graph.input:
        raise FileError(f"its node {label} has a branch that takes inputs")
    nodes = tuple(_node(node, opset, depth + 1) for node in graph.node)
    return OnnxBranch(nodes, _constants(graph), tuple(_text(each.name) for each in graph.output))


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


def _check_wiring(known: set[str], nodes: Iterable[OnnxNode], outputs: tuple[str, ...]) -> list[str]:
    """Every value is given once, and before it is needed: so nothing goes round. Returns what the nodes give."""
    given: list[str] = []
    for node in nodes:
        missing = [name for name in node.inputs if name not in known]
        if missing:
            raise FileError(
                f"its node {node.label} needs {quoted(missing[0])}, which nothing before it gives: a value is missing, "
                "or goes round in a circle"
            )
        for branch in node.branches:
            _check_branch(known, node, branch)
        for name in filter(None, node.outputs):
            _given(known, name)
            given.append(name)
    missing = [name for name in outputs if not name or name not in known]
    if missing or not outputs:
        raise FileError(f"its output {quoted(missing[0])} is given by no node" if missing else "it has no output")
    return given


def _check_branch(known: set[str], node: OnnxNode, branch: OnnxBranch) -> None:
    """A branch sees what stands around it, and what it gives is known in it alone."""
    if len(branch.outputs) != len(node.outputs):
        raise FileError(f"its node {node.label} gives {len(node.outputs)} values, a branch {len(branch.outputs)}")
    for name in branch.constants:
        _given(known, name)
    given = _check_wiring(known, branch.nodes, branch.outputs)
    known.difference_update(given, branch.constants)


def _given(known: set[str], name: str) -> None:
    if name in known:
        raise FileError(f"it gives the value {quoted(name)} twice, or without a name")
    known.add(name)
