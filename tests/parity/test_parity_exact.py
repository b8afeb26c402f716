"""Where every sum is a whole number, engines agree to the last bit; where numbers are special, in what they are."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from cases.operations import LARGE, OPERATIONS
from cases.rows import Operand, OperationCase
from checks.exact import EXACT_FAMILIES, check_exact
from checks.problem import SEED, STEP, make_problem

from pellucid import random
from pellucid.engines import NativeEngine, ReferenceEngine, available_isas
from pellucid.geometry import Window
from pellucid.graph import Graph, movement, ops, windows

EXACT = [*(case for case in OPERATIONS if case.family in EXACT_FAMILIES), *LARGE]
DRAWS = [case for case in OPERATIONS if case.family == "random"]
SMALLEST_NORMAL = 2.0**-126
SPECIAL = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 3e38, -3e38], np.float32)


@pytest.mark.parametrize("isa", available_isas())
@pytest.mark.parametrize("case", EXACT, ids=lambda case: case.name)
def test_whole_numbers_are_exact(case, isa):
    check_exact(case, ReferenceEngine(), NativeEngine(isa, exact=True))


@pytest.mark.parametrize("isa", available_isas())
@pytest.mark.parametrize("case", DRAWS, ids=lambda case: case.name)
def test_random_numbers_are_the_same_bits_everywhere(case, isa):
    op = case.op
    drawn = make_problem(case).run(NativeEngine(isa))["y0"]
    expected = random.uniform(SEED, op.stream, STEP, int(np.prod(op.shape))).reshape(op.shape)
    assert np.array_equal(drawn, expected) and np.array_equal(expected, make_problem(case).run(ReferenceEngine())["y0"])


@pytest.mark.parametrize(("seed", "step"), [(0, 0), (2**63 - 1, 0), (2**40 + 7, 2**32 - 1), (5, 2**32 + 3)])
def test_random_numbers_of_large_seeds_and_steps(seed, step):
    graph = Graph()
    graph.outputs["y"] = graph.add(ops.RandomUniform((67,), 2**32 - 1))
    drawn = [
        engine.prepare(graph).run({}, {}, seed=seed, step=step)["y"] for engine in (ReferenceEngine(), NativeEngine())
    ]
    assert np.array_equal(*drawn)


@pytest.mark.parametrize("isa", available_isas())
@pytest.mark.parametrize("function", ops.ARITY)
def test_special_numbers(function, isa):
    """NaN, infinities, signed zeros and overflow, in every combination of operands."""
    arity = ops.ARITY[function]
    columns = np.array(list(itertools.product(SPECIAL, repeat=arity)), np.float32).T
    graph = Graph()
    tensors = [graph.add(ops.Input(column.shape, f"x{i}")) for i, column in enumerate(columns)]
    graph.outputs["y"] = graph.add(ops.Elementwise(function), *tensors)
    arrays = {f"x{i}": column for i, column in enumerate(columns)}
    with np.errstate(all="ignore"):
        expected = ReferenceEngine().prepare(graph).run(arrays, {})["y"].astype(np.float32)
    found = NativeEngine(isa).prepare(graph).run(arrays, {})["y"]
    np.testing.assert_allclose(found, expected, rtol=4e-7, atol=SMALLEST_NORMAL)  # smaller numbers are flushed to 0


@pytest.mark.parametrize("isa", available_isas())
def test_not_a_number_wins_every_maximum(isa):
    x = np.array([[1.0, np.nan, 3.0, 2.0, -np.inf, -np.inf]], np.float32).reshape(1, 6, 1)
    graph = Graph()
    tensor = graph.add(ops.Input(x.shape, "x"))
    graph.outputs["pool"] = graph.add(windows.MaxPool(Window((2,), (1,), (1,), ((0, 0),))), tensor)
    graph.outputs["reduce"] = graph.add(ops.ReduceMax((1,)), tensor)
    found = NativeEngine(isa).prepare(graph).run({"x": x}, {})
    expected = ReferenceEngine().prepare(graph).run({"x": x}, {})
    for name in graph.outputs:
        np.testing.assert_array_equal(found[name], expected[name])
    assert np.isnan(found["reduce"]).all() and found["pool"][0, -1, 0] == -np.inf


@pytest.mark.parametrize("isa", available_isas())
def test_second_run_does_not_see_the_first(isa):
    """What an earlier run left in memory has no influence: pads, packs and gradients start from zero again."""
    case = OperationCase("pad", "movement", movement.Pad(0, 3, 4), (Operand((5, 3)),))
    problem = make_problem(case)
    program = NativeEngine(isa).prepare(problem.graph)
    first = program.run(problem.inputs, {})
    program.run({"x0": np.full((5, 3), np.nan)}, {})
    assert np.array_equal(program.run(problem.inputs, {})["y0"], first["y0"])


@pytest.mark.skipif(not {"sse2", "avx2"} <= set(available_isas()), reason="this machine has one level only")
def test_levels_are_code_of_their_own():
    """SSE2 rounds after each product, AVX2 does not: the same bits would mean that the level asked for is not used."""
    case = next(case for case in OPERATIONS if case.name == "matmul 64x64 64x64")
    results = [make_problem(case).run(NativeEngine(isa))["y0"] for isa in ("sse2", "avx2")]
    assert not np.array_equal(*results)
