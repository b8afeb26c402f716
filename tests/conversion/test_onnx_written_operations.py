"""Every operation and every layer, written as ONNX and run by ONNX Runtime, against the reference in float64."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cases.layers import LAYERS
from cases.operations import OPERATIONS
from cases.rows import Case
from checks.onnx_engine import OnnxEngine
from checks.parity import compare, reduction_length
from checks.problem import make_problem

from pellucid.conversion.onnx.rules import LEAVES, REFUSED, RULES
from pellucid.conversion.onnx.saving import NEWEST, OLDEST, OPSET
from pellucid.engines import get_engine
from pellucid.errors import ArgumentError
from pellucid.graph import Graph, movement, ops, windows

OTHERS = (OLDEST, NEWEST)
REFERENCE = get_engine("reference")
SMALL = 2**13  # elements of an operand: what is larger shows no other mistake


def _check(case: Case, opset: int) -> None:
    problem = make_problem(case)
    expected, found = problem.run(REFERENCE), problem.run(OnnxEngine(opset))
    compare(expected, found, case, reduction_length(problem.graph), "float32")


def _is_small(case: Case) -> bool:
    return all(math.prod(operand.shape) < SMALL for operand in case.operands)


WRITTEN = [case for case in OPERATIONS if type(case.op) in RULES and _is_small(case)]
FIRST_OF_EACH = list({type(case.op): case for case in WRITTEN}.values())
VOCABULARY = [
    item
    for module in (ops, movement, windows)
    for item in vars(module).values()
    if isinstance(item, type) and issubclass(item, ops.Op) and not item.__name__.startswith("_")
]
BASES = {ops.Op, ops.Leaf, ops.Product, movement.Alias, windows.ConvolutionOp, windows.PoolOp}


@pytest.mark.parametrize("operation", sorted(set(VOCABULARY) - BASES, key=lambda each: each.__name__))
def test_every_operation_is_written_or_refused_for_a_reason(operation):
    assert sum([operation in RULES, operation in REFUSED, operation in LEAVES]) == 1, "add a rule to onnx/rules.py"


@pytest.mark.parametrize("case", WRITTEN, ids=lambda case: case.name)
def test_an_operation_is_written(case):
    _check(case, NEWEST if "average pool 2-D dilated" in case.name else OPSET)


@pytest.mark.parametrize("opset", OTHERS)
@pytest.mark.parametrize("case", FIRST_OF_EACH, ids=lambda case: case.name)
def test_an_operation_is_written_in_old_and_new_versions(case, opset):
    if type(case.op) is windows.MaxPoolGradient and opset < 16:
        with pytest.raises(ArgumentError, match="needs opset 16"):
            _check(case, opset)
    else:
        _check(case, opset)


@pytest.mark.parametrize("case", [case for case in LAYERS if not case.training], ids=lambda case: case.name)
def test_a_layer_is_written(case):
    _check(case, OPSET)


def test_an_average_over_windows_with_gaps_asks_for_a_later_version():
    (case,) = (case for case in OPERATIONS if "average pool 2-D dilated" in case.name)
    with pytest.raises(ArgumentError, match="needs opset 19"):
        _check(case, OPSET)


def test_what_a_file_cannot_say_is_refused_with_the_reason():
    graph = Graph()
    with graph.scope('Mine "own"'):
        graph.outputs["y"] = graph.add(ops.Input((2, 3), "x")) + graph.add(ops.RandomUniform((2, 3), 1))
    with pytest.raises(ArgumentError, match='Mine "own" cannot be written as ONNX: it draws random numbers'):
        OnnxEngine(OPSET).prepare(graph).run({"x": np.ones((2, 3))}, {})
