"""ONNX files that lie, hide, go round or ask for too much: one sentence each, quickly, and nothing else."""

from __future__ import annotations

import random
import time
from typing import Any

import numpy as np
import pytest
from cases.models import branched_cnn, small_cnn
from checks.onnx_files import RNG, file_of
from onnx import ModelProto, TensorProto, helper, numpy_helper
from sampling import SAMPLES

from pellucid import load_model
from pellucid.conversion.onnx.loading import to_model
from pellucid.conversion.onnx.saving import to_proto
from pellucid.errors import FileError
from pellucid.formats.onnx_file import read_onnx
from pellucid.models import Model

LONGEST = 600  # letters of a message


def _opened(content: bytes) -> Model:
    return to_model(read_onnx(content), "test")[0]


def _refused(proto: ModelProto | bytes, why: str) -> None:
    content = proto if isinstance(proto, bytes) else proto.SerializeToString()
    with pytest.raises(FileError, match=why) as caught:
        _opened(content)
    assert len(str(caught.value)) < LONGEST


def _conv() -> ModelProto:
    kernel = RNG.normal(size=(4, 3, 3, 3)).astype(np.float32)
    return file_of([helper.make_node("Conv", ["x", "w"], ["y"], name="conv")], ("n", 3, 8, 6), {"w": kernel})


def _changed(change: Any) -> ModelProto:
    proto = _conv()
    change(proto)
    return proto


def _external(proto: ModelProto) -> None:
    tensor = proto.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def _external_in_a_node(proto: ModelProto) -> None:
    tensor = TensorProto(name="secret", data_type=1, dims=[1], data_location=TensorProto.EXTERNAL)
    proto.graph.node.insert(0, helper.make_node("Constant", [], ["c"], value=tensor))


def _lies_about_sizes(proto: ModelProto) -> None:
    proto.graph.initializer[0].dims[0] = 2**40


def _too_few_numbers(proto: ModelProto) -> None:
    proto.graph.initializer[0].dims[0] = 5


def _negative_size(proto: ModelProto) -> None:
    proto.graph.initializer[0].dims[0] = -4


def _circle(proto: ModelProto) -> None:
    proto.graph.node[0].input[0] = "y"


def _missing(proto: ModelProto) -> None:
    proto.graph.node[0].input[0] = "nowhere"


def _twice(proto: ModelProto) -> None:
    proto.graph.node.append(helper.make_node("Relu", ["x"], ["y"]))


def _loop(proto: ModelProto) -> None:
    proto.graph.node.append(helper.make_node("Loop", ["", "", "y"], ["z"], body=proto.graph))


def _own_functions(proto: ModelProto) -> None:
    proto.functions.add(name="f")


def _foreign(proto: ModelProto) -> None:
    proto.graph.node[0].domain = "com.microsoft"


def _unknown(proto: ModelProto) -> None:
    proto.graph.node[0].op_type = "Convolve"


def _old(proto: ModelProto) -> None:
    proto.opset_import[0].version = 6


def _future(proto: ModelProto) -> None:
    proto.opset_import[0].version = 2**40


def _text(proto: ModelProto) -> None:
    proto.graph.input[0].type.tensor_type.elem_type = TensorProto.STRING


def _sequence(proto: ModelProto) -> None:
    proto.graph.input[0].type.sequence_type.elem_type.tensor_type.elem_type = 1


def _shapeless(proto: ModelProto) -> None:
    proto.graph.input[0].type.tensor_type.ClearField("shape")


def _many_axes(proto: ModelProto) -> None:
    for _ in range(10_000):
        proto.graph.input[0].type.tensor_type.shape.dim.add(dim_value=1)


def _zero(proto: ModelProto) -> None:
    proto.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 0


def _no_output(proto: ModelProto) -> None:
    del proto.graph.output[:]


def _constant_output(proto: ModelProto) -> None:
    proto.graph.output[0].name = "w"


def _long_name(proto: ModelProto) -> None:
    proto.graph.node[0].name, proto.graph.node[0].op_type = "n" * 10**6, "t" * 10**6


def _control_letters(proto: ModelProto) -> None:
    proto.graph.node[0].name, proto.graph.node[0].op_type = "\x1b[2J\n", "\x1b[31mConv"


CHANGES = {
    _external: "keeps 'w' in another file, which is not opened",
    _external_in_a_node: "in another file, which is not opened",
    _lies_about_sizes: "impossible shape",
    _too_few_numbers: "holds 108 numbers",
    _negative_size: "impossible shape",
    _circle: "nothing before it gives",
    _missing: "'nowhere', which nothing before it gives",
    _twice: "gives the value 'y' twice",
    _loop: "holds a graph of its own",
    _own_functions: "operations of its own",
    _foreign: "no operation of ONNX itself but of 'com.microsoft'",
    _unknown: "Convolve 'conv' cannot be read: no layer or function",
    _old: "version 6 of ONNX's operations; 7 to",
    _future: "of ONNX's operations; 7 to",
    _text: "no array of numbers",
    _sequence: "no array of numbers",
    _shapeless: "has no shape",
    _many_axes: "has 10004 axes",
    _zero: "impossible shape",
    _no_output: "no output",
    _constant_output: "does not depend on the input",
    _long_name: "ttt",
    _control_letters: "cannot be read",
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_a_file_that_is_not_what_it_says(change):
    _refused(_changed(change), CHANGES[change])


def test_a_message_does_not_speak_to_the_terminal():
    with pytest.raises(FileError) as caught:
        _opened(_changed(_control_letters).SerializeToString())
    assert "\x1b" not in str(caught.value) and "\n" not in str(caught.value)


BOMBS = {
    "constant": [("ConstantOfShape", ["shape"], {}), ("Add", ["x", "v0"], {})],
    "expanded": [("Expand", ["x", "shape"], {})],
    "tiled": [("Tile", ["x", "shape"], {})],
    "resized": [("Resize", ["x", "", "", "shape"], {"mode": "linear"})],
    "scaled": [("Resize", ["x", "", "scales"], {"mode": "nearest"})],
    "padded": [("Pad", ["x"], {"pads": [0, 0, 2**40, 0, 0, 0, 0, 0]})],
    "padded a little": [("Pad", ["x"], {"pads": [0, 0, 2**19, 2**19, 0, 0, 2**19, 2**19]})],
    "range": [("Range", ["zero", "large", "one"], {}), ("Add", ["x", "v0"], {})],
    "pooled": [("MaxPool", ["x"], {"kernel_shape": [2**30, 2**30], "pads": [2**29] * 4})],
    "transposed": [("ConvTranspose", ["x", "w"], {"strides": [2**30, 2**30]})],
    "softmax": [("Softmax", ["x"], {"axis": 2**62})],
    "split": [("Split", ["x"], {"axis": 1, "split": [1] * 70})],
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_small_file_that_asks_for_too_much(name):
    nodes = [
        helper.make_node(
            kind, inputs, ["y" if number == len(BOMBS[name]) - 1 else f"v{number}"], name="bomb", **options
        )
        for number, (kind, inputs, options) in enumerate(BOMBS[name])
    ]
    nodes[-1].output[0] = "y"
    constants = {
        "shape": np.array([1, 3, 10**9, 10**9]),
        "scales": np.array([1, 1, 1e9, 1e9], np.float32),
        "zero": np.array(0),
        "one": np.array(1),
        "large": np.array(10**15),
        "w": np.zeros((3, 2, 2, 2), np.float32),
    }
    opset = 11 if name in ("padded", "padded a little", "split") else 17
    opset = 10 if name.startswith("padded") else opset
    begin = time.perf_counter()
    _refused(file_of(nodes, ("n", 3, 8, 6), constants, opset), "bomb")
    assert time.perf_counter() - begin < 30  # seconds: it would be hours, or no memory


@pytest.mark.parametrize("content", [b"", b"\x08", b"\x08\x07\x12", b"not onnx at all", b"\x08\x08" * 1000])
def test_bytes_that_are_none(content):
    _refused(content, "no ONNX file|cannot be read|damaged")


def _field(number: int, content: bytes) -> bytes:
    """A field of a protocol buffer that holds bytes."""
    length, left = b"", len(content)
    while left > 127:
        length, left = length + bytes([left % 128 + 128]), left // 128
    return bytes([number * 8 + 2]) + length + bytes([left]) + content


@pytest.mark.parametrize("depth", [1, 5, 1000])
def test_a_file_that_lies_deep_in_itself(depth):
    graph = b""
    for _ in range(depth):
        attribute = _field(1, b"then_branch") + _field(6, graph) + b"\xa0\x01\x05"  # its type: a graph
        graph = _field(1, _field(2, b"y") + _field(4, b"If") + _field(5, attribute)) + _field(2, b"g")
    content = b"\x08\x08" + _field(7, graph) + _field(8, b"\x10\x11")
    _refused(content, "damaged|holds a graph of its own|not one condition and two branches")


def test_more_nodes_than_are_read():
    nodes = [helper.make_node("Relu", [f"v{n}" if n else "x"], [f"v{n + 1}"]) for n in range(20_001)]
    _refused(file_of([*nodes, helper.make_node("Relu", ["v1"], ["y"])], ("n", 3)), "20002 nodes; at most 20000")


def test_a_large_file_is_not_read(tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(_conv().SerializeToString())
    with pytest.raises(FileError, match="larger than 100 bytes"):
        read_onnx(path, max_bytes=100)


def test_errors_name_the_file(tmp_path):
    path = tmp_path / "external.onnx"
    path.write_bytes(_changed(_external).SerializeToString())
    with pytest.raises(FileError, match=r"external\.onnx: it keeps 'w' in another file"):
        load_model(path)


@pytest.mark.parametrize("content", [b"", b"some text", bytes(range(128, 256))])
def test_what_is_called_onnx_and_is_not(tmp_path, content):
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"model\.onnx: it is no ONNX file"):
        load_model(path)


SEEDS = [to_proto(small_cnn()), to_proto(branched_cnn()), _conv()]
VALUES = [-1, 0, 1, 2, 7, 2**31, 2**62, -(2**62), 10**9]
KINDS = ["Conv", "Gemm", "Reshape", "Add", "Concat", "Slice", "Pad", "Softmax", "Tile", "Resize", "Split", "Expand"]
SETTINGS = ["axis", "axes", "group", "pads", "perm", "kernel_shape", "to", "keepdims", "blocksize"]
MUTATIONS = 60 if SAMPLES else 300


def _mutated(rng: random.Random) -> bytes:
    """A file with something in it exchanged: a name, a kind, a number, a size, a type, a byte."""
    proto = ModelProto()
    proto.CopyFrom(rng.choice(SEEDS))
    graph = proto.graph
    for _ in range(rng.randint(1, 3)):
        node = rng.choice(graph.node) if graph.node else None
        tensor = rng.choice(graph.initializer) if graph.initializer else None
        match rng.randrange(9):
            case 0 if node is not None:
                node.op_type = rng.choice(
                    ["Conv", "Gemm", "Reshape", "Add", "Concat", "Slice", "Pad", "Softmax", "Tile"]
                )
            case 1 if node is not None and node.input:
                node.input[rng.randrange(len(node.input))] = rng.choice(
                    [*(n for m in graph.node for n in m.output), "", "q"]
                )
            case 2 if node is not None and node.attribute:
                attribute = rng.choice(node.attribute)
                attribute.i = rng.choice(VALUES)
                if attribute.ints:
                    attribute.ints[rng.randrange(len(attribute.ints))] = rng.choice(VALUES)
            case 3 if tensor is not None and tensor.dims:
                tensor.dims[rng.randrange(len(tensor.dims))] = rng.choice(VALUES)
            case 4 if tensor is not None:
                tensor.data_type = rng.randrange(24)
            case 5 if node is not None:
                graph.node.remove(node)
            case 6:
                proto.graph.input[0].type.tensor_type.shape.dim[rng.randrange(3)].dim_value = rng.choice(VALUES)
            case 7 if node is not None:
                node.attribute.add(
                    name=rng.choice(["axis", "axes", "group", "pads", "perm"]), type=2, i=rng.choice(VALUES)
                )
            case 8 if tensor is not None:
                tensor.CopyFrom(numpy_helper.from_array(np.array([rng.choice(VALUES)] * 4), tensor.name))
    content = bytearray(proto.SerializeToString())
    if rng.random() < 0.2:
        content[rng.randrange(len(content))] = rng.randrange(256)
    return bytes(content)


def test_whatever_is_changed_in_a_file_it_is_read_or_refused():
    rng = random.Random(17)
    read = 0
    for _ in range(MUTATIONS):
        try:
            assert isinstance(_opened(_mutated(rng)), Model)
            read += 1
        except FileError as error:
            assert len(str(error)) < LONGEST
    assert 0 < read < MUTATIONS
