"""What moves numbers and what computes them one by one, behind a convolution: against ONNX Runtime, maps not square."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from checks.onnx_files import RNG, check, file_of, model_of
from onnx import helper

from pellucid import layers
from pellucid.errors import FileError

SHAPE = (2, 4, 6, 5)
CONSTANTS = {
    "w": RNG.normal(size=(4, 4, 1, 1)).astype(np.float32),
    "channel": RNG.normal(size=(4, 1, 1)).astype(np.float32),
    "column": RNG.normal(size=5).astype(np.float32),
    "places": RNG.normal(size=(1, 4, 6, 5)).astype(np.float32),
    "slope": RNG.uniform(0.1, 0.5, size=(4, 1, 1)).astype(np.float32),
    "two": np.array(2, np.float32),
    "matrix": RNG.normal(size=(5, 3)).astype(np.float32),
    "rows": RNG.normal(size=(120, 3)).astype(np.float32),
    "one_to_four": np.array([1, 4]),
    "minus_one": np.array([-1]),
    "order": np.array([3, 0, 0, 2]),
    "third": np.array(2),
    "reversed_start": np.array([-1, 4]),
    "reversed_end": np.array([-100, 0]),
    "two_axes": np.array([3, 2]),
    "minus_steps": np.array([-1, -2]),
    "pads": np.array([0, 0, 1, 2, 0, 0, 0, 1]),
    "crop": np.array([0, 0, -1, 2, 0, 0, 0, -1]),
    "channel_pads": np.array([0, 1, 0, 0, 0, 2, 0, 0]),
    "value": np.array(1.5, np.float32),
    "times": np.array([1, 2, 1, 3]),
    "wide": np.array([1, 4, 6, 5]),
    "joined": np.array([0, 4, 30]),
    "cut": np.array([0, 2, 2, 6, 5]),
    "parts": np.array([1, 3]),
    "rest": np.array([0, -1]),
}


def _node(kind: str, *inputs: str, outputs: Any = ("y",), **options: Any) -> Any:
    return helper.make_node(kind, list(inputs), list(outputs), name=f"{kind.lower()} {outputs[0]}", **options)


ONE = {
    "Pad by zeros": [_node("Pad", "c", "pads")],
    "Pad by a number": [_node("Pad", "c", "pads", "value")],
    "Pad reflected": [_node("Pad", "c", "pads", mode="reflect")],
    "Pad with the edge": [_node("Pad", "c", "pads", mode="edge")],
    "Pad that crops": [_node("Pad", "c", "crop")],
    "Pad of channels": [_node("Pad", "c", "channel_pads")],
    "Slice backwards": [_node("Slice", "c", "reversed_start", "reversed_end", "two_axes", "minus_steps")],
    "Split of channels": [
        _node("Split", "c", "parts", outputs=("a", "b"), axis=1), _node("Concat", "b", "a", axis=1),
    ],
    "Concat of rows": [_node("Concat", "c", "c", axis=-2)],
    "Gather of channels": [_node("Gather", "c", "order", axis=1)],
    "Gather of a row": [_node("Gather", "c", "third", axis=2)],
    "Tile": [_node("Tile", "c", "times")],
    "Expand of a sum": [_node("ReduceSum", "c", "minus_one", outputs=("s",)), _node("Expand", "s", "wide")],
    "DepthToSpace": [_node("DepthToSpace", "c", blocksize=2)],
    "DepthToSpace by columns": [_node("DepthToSpace", "c", blocksize=2, mode="CRD")],
    "Add of a channel's number": [_node("Add", "channel", "c")],
    "Mul by a column": [_node("Mul", "c", "column")],
    "Sub of a place's number": [_node("Sub", "places", "c")],
    "Where": [_node("Greater", "c", "channel", outputs=("g",)), _node("Where", "g", "c", "column")],
    "Max of three": [_node("Max", "c", "channel", "two")],
    "Min of one": [_node("Min", "c")],
    "Pow": [_node("Pow", "c", "two")],
    "PRelu": [_node("PRelu", "c", "slope")],
    "Clip from below": [_node("Clip", "c", "two")],
    "Clip": [_node("Neg", "two", outputs=("n",)), _node("Clip", "c", "n", "two")],
    "MatMul along columns": [_node("MatMul", "c", "matrix")],
    "Flatten, MatMul": [
        _node("Flatten", "c", outputs=("f",)), _node("Relu", "f", outputs=("r",)), _node("MatMul", "r", "rows"),
    ],
    "Reshape, MatMul": [_node("Reshape", "c", "rest", outputs=("f",)), _node("MatMul", "f", "rows")],
    "two orders in one": [
        _node("Flatten", "c", outputs=("f",)), _node("Flatten", "x", outputs=("g",)),
        _node("Add", "f", "g", outputs=("s",)), _node("Concat", "s", "f", outputs=("t",), axis=1),
        _node("Split", "t", outputs=("a", "b"), axis=1), _node("MatMul", "b", "rows"),
    ],
    "joined and transposed": [
        _node("Reshape", "c", "joined", outputs=("j",)), _node("Transpose", "j", outputs=("t",), perm=[0, 2, 1]),
        _node("Softmax", "t", axis=-1),
    ],
    "channels cut": [_node("Reshape", "c", "cut", outputs=("p",)), _node("ReduceMax", "p", axes=[1], keepdims=0)],
    "Softmax over channels": [_node("Softmax", "c", axis=1)],
    "LogSoftmax over rows": [_node("LogSoftmax", "c", axis=2)],
    "means of rows": [_node("ReduceMean", "c", axes=[2], keepdims=0)],
    "means of maps": [_node("ReduceMean", "c", axes=[-1, -2], keepdims=0)],
    "norms of channels": [_node("ReduceL2", "c", axes=[1], keepdims=1)],
    "the largest channel": [_node("ArgMax", "c", outputs=("i",), axis=1, keepdims=0), _node("Cast", "i", to=1)],
    "Squeeze": [_node("ReduceMax", "c", axes=[2, 3], outputs=("m",)), _node("Squeeze", "m")],
    "InstanceNormalization": [_node("InstanceNormalization", "c", "four", "fours")],
    "MeanVarianceNormalization": [_node("MeanVarianceNormalization", "c", axes=[2, 3])],
    "LpNormalization": [_node("LpNormalization", "c", axis=1)],
}  # fmt: skip


@pytest.mark.parametrize("name", ONE)
def test_behind_a_convolution(name):
    more = {"four": RNG.normal(size=4).astype(np.float32), "fours": RNG.normal(size=4).astype(np.float32)}
    nodes = [_node("Conv", "x", "w", outputs=("c",)), *ONE[name]]
    used = {each for node in nodes for each in node.input}
    constants = {key: array for key, array in {**CONSTANTS, **more}.items() if key in used}
    check(file_of(nodes, ("n", *SHAPE[1:]), constants), *SHAPE, digits=1e-5)


def test_what_is_flattened_is_multiplied_without_that_anything_is_moved():
    nodes = [_node("Conv", "x", "w", outputs=("c",)), *ONE["Flatten, MatMul"]]
    model = model_of(file_of(nodes, ("n", *SHAPE[1:]), {key: CONSTANTS[key] for key in ("w", "rows")}))
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == ["InputLayer", "Conv2D", "Flatten", "Activation", "Dense"]
    assert not any(isinstance(layer, layers.Permute | layers.Reshape) for layer in model.layers)


@pytest.mark.parametrize(
    "nodes, why",
    [
        ([_node("Atan", "c")], "no layer or function says what it computes"),
        ([_node("Softmax", "c", axis=0)], "goes along the batch"),
        ([_node("Concat", "c", "c", axis=0)], "joins along the batch"),
        ([_node("Pad", "c", "pads", mode="wrapped")], "its mode is 'wrapped'"),
        ([_node("Cast", "c", to=2)], "small whole numbers"),
        ([_node("Reshape", "c", "c")], "depends on the data"),
        ([_node("TopK", "c", "minus_one", outputs=("y", "i"))], "takes or puts numbers depends on the data"),
    ],
)
def test_what_no_layer_says_is_refused_by_name(nodes, why):
    constants = {key: CONSTANTS[key] for key in ("w", "pads", "minus_one")}
    with pytest.raises(FileError, match=f"{nodes[-1].op_type} '{nodes[-1].name}' cannot be read: .*{why}"):
        model_of(file_of([_node("Conv", "x", "w", outputs=("c",)), *nodes], ("n", *SHAPE[1:]), constants))
