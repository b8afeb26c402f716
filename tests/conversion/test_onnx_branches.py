"""Operations of old and of exported networks: LRN, Einsum, branches that are settled, weights of eight bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from checks.onnx_files import check, file_of, model_of
from onnx import TensorProto, helper, numpy_helper

from pellucid.errors import FileError

RNG = np.random.default_rng(17)
SHAPE = (2, 4, 6, 5)
CONSTANTS = {
    "w": RNG.normal(size=(4, 4, 1, 1)).astype(np.float32),
    "cd": RNG.normal(size=(4, 7)).astype(np.float32),
    "de": RNG.normal(size=(7, 2)).astype(np.float32),
    "chw": RNG.normal(size=(4, 6, 5)).astype(np.float32),
    "hwk": RNG.normal(size=(6, 5, 3)).astype(np.float32),
    "wk": RNG.normal(size=(5, 3)).astype(np.float32),
    "c": RNG.normal(size=4).astype(np.float32),
    "one": np.array(1),
    "axes": np.array([1]),
}


def _node(kind: str, *inputs: str, outputs: Any = ("y",), **options: Any) -> Any:
    return helper.make_node(kind, list(inputs), list(outputs), name=f"{kind.lower()} {outputs[0]}", **options)


def _file(nodes: list[Any], shape: tuple[Any, ...] = ("n", *SHAPE[1:]), opset: int = 17, **more: Any) -> Any:
    nodes = [_node("Conv", "x", "w", outputs=("m",)), *nodes]
    used = {name for node in nodes for name in node.input}
    return file_of(nodes, shape, {name: array for name, array in {**CONSTANTS, **more}.items() if name in used}, opset)


@pytest.mark.parametrize("options", [{"size": 3}, {"size": 5, "alpha": 0.5, "beta": 0.6, "bias": 2.0}, {"size": 9}])
def test_local_response_normalisation(options):
    check(_file([_node("LRN", "m", **options)]), *SHAPE, digits=1e-5)


def test_local_response_normalisation_of_open_sizes():
    check(_file([_node("LRN", "m", size=5, alpha=0.3)], ("n", 4, "h", "w")), *SHAPE, digits=1e-5)


def test_a_window_of_too_many_channels_is_refused():
    with pytest.raises(FileError, match="LRN 'lrn y' cannot be read: its window of 65 channels"):
        model_of(_file([_node("LRN", "m", size=65)]))


@pytest.mark.parametrize("axis", [1, 3])
def test_hardmax(axis):
    check(_file([_node("Hardmax", "m", axis=axis)]), *SHAPE)


@pytest.mark.parametrize(
    "equation, others",
    [
        ("nchw->nhwc", ""), ("nchw->nc", ""), ("nchw,nchv->nhwv", "m"), ("nchw,nchw->nc", "m"), ("nchw,nkhw->nck", "m"),
        ("nchw,cd->ndhw", "cd"), ("cd,nchw->ndhw", "cd"), ("...w,wk->...k", "wk"), ("nchw,hwk->nck", "hwk"),
        ("nchw, chw -> nchw", "chw"), ("nchw,c->nhw", "c"), ("nchw,cd,de->nehw", "cd de"), ("nchw,cd,cd->nhw", "cd cd"),
        ("nchw,ncij->nhwij", "m"),
    ],
)  # fmt: skip
def test_einsum(equation, others):
    operands = [*(["cd", "m"] if equation.startswith("cd") else ["m", *others.split()])]
    check(_file([_node("Einsum", *operands, equation=equation)]), *SHAPE, digits=1e-5)


def test_einsum_of_open_sizes():
    check(_file([_node("Einsum", "m", "cd", equation="nchw,cd->ndhw")], ("n", 4, "h", "w")), *SHAPE, digits=1e-5)


@pytest.mark.parametrize(
    "equation, operands, why",
    [
        ("nchw,mchw->nm", "mm", "different samples"),
        ("nchw->chw", "m", "different samples"),
        ("nccw->nw", "m", "names an axis twice"),
        ("nchw", "mm", "is not one of 2 operands"),
        ("nch->n", "m", "not all of them"),
        ("nchw,cc->nhw", ["m", "cd"], "names an axis twice"),
        ("nchw,dc->ndhw", ["m", "cd"], "axes of 4 and 7 one letter"),
        ("nchw->nq", "m", "names an axis twice, or not all"),
        ("n(hw", "m", "is not one of 1 operands"),
    ],
)
def test_equations_that_are_refused(equation, operands, why):
    with pytest.raises(FileError, match=f"Einsum 'einsum y' cannot be read: .*{why}"):
        model_of(_file([_node("Einsum", *operands, equation=equation)]))


def _branch(*nodes: Any, output: str, constants: Any = ()) -> Any:
    values = [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)]
    return helper.make_graph(nodes, "branch", [], values, [numpy_helper.from_array(a, n) for n, a in constants])


def _size_of(axis: int, size: int) -> list[Any]:
    """Nodes that say whether an axis of "m" has a size."""
    return [
        _node("Shape", "m", outputs=("shape",)),
        helper.make_node("Constant", [], ["at"], value_int=axis),
        helper.make_node("Constant", [], ["size"], value_int=size),
        _node("Gather", "shape", "at", outputs=("n",)),
        _node("Equal", "n", "size", outputs=("is",)),
    ]


def _same() -> Any:
    return _branch(_node("Identity", "m", outputs=("same",)), output="same")


def _if(taken: Any, other: Any, condition: str = "is") -> Any:
    return helper.make_node("If", [condition], ["y"], name="if", then_branch=taken, else_branch=other)


@pytest.mark.parametrize("size", [4, 3])
def test_a_branch_that_is_settled_by_a_shape(size):
    taken = _branch(
        _node("Conv", "m", "inner", outputs=("v",)), _node("Relu", "v", outputs=("a",)), output="a",
        constants=[("inner", np.ones((2, 4, 3, 3), np.float32))],
    )  # fmt: skip
    other = _branch(_node("Sigmoid", "m", outputs=("a",)), output="a")
    model = check(_file([*_size_of(1, size), _if(taken, other)]), *SHAPE, digits=1e-5)
    assert model.output_shape[-1] == (2 if size == 4 else 4)


def test_a_branch_in_a_branch():
    inner = _if(_branch(_node("Relu", "m", outputs=("r",)), output="r"), _same())
    inner.output[0] = "deep"
    taken = _branch(inner, _node("Neg", "deep", outputs=("a",)), output="a")
    check(_file([*_size_of(2, 6), _if(taken, _same())]), *SHAPE)


def test_a_branch_that_the_data_settle_is_refused():
    nodes = [_node("ReduceMax", "m", outputs=("is",), keepdims=0, axes=[1, 2, 3])]
    with pytest.raises(FileError, match="If 'if' cannot be read: its condition depends on the data"):
        model_of(_file([*nodes, _if(_same(), _same())]))


@pytest.mark.parametrize(
    "taken, why",
    [
        (_branch(_node("Relu", "later", outputs=("a",)), output="a"), "'later', which nothing before it gives"),
        (_branch(_node("Relu", "m", outputs=("m",)), output="m"), "gives the value 'm' twice"),
        (_branch(output="nowhere"), "'nowhere' is given by no node"),
    ],
)
def test_branches_that_are_not_whole(taken, why):
    with pytest.raises(FileError, match=why):
        model_of(_file([*_size_of(2, 6), _if(taken, _same())]))


def test_branches_deeper_than_are_read():
    nested = _same()
    for depth in range(6):
        node = _if(nested, _same())
        node.output[0] = f"y{depth}"
        nested = _branch(node, output=f"y{depth}")
    with pytest.raises(FileError, match="holds a graph of its own, in more than 4 others"):
        model_of(_file([*_size_of(2, 6), _if(nested, _same())]))


def test_kernels_of_eight_bits():
    kernel = RNG.integers(-127, 127, size=(4, 4, 3, 3)).astype(np.int8)
    more = {"q": kernel, "scale": RNG.uniform(0.01, 0.02, size=4).astype(np.float32), "zero": np.zeros(4, np.int8)}
    nodes = [
        _node("DequantizeLinear", "q", "scale", "zero", outputs=("k",), axis=0),
        _node("Conv", "m", "k", pads=[1, 1, 1, 1]),
    ]
    check(_file(nodes, **more), *SHAPE, digits=1e-5)


@pytest.mark.parametrize("kind, why", [("GridSample", "depends on the data"), ("NonMaxSuppression", "raw outputs")])
def test_what_cannot_be_read_says_what_to_do(kind, why):
    with pytest.raises(FileError, match=f"{kind} .* cannot be read: .*{why}"):
        model_of(_file([_node(kind, "m", "m")]))
