"""Functions of tensors on graphs: the gradient is the slope, and both engines compute the same."""

from __future__ import annotations

import numpy as np
import pytest
from checks.arrays import fill
from checks.gradients import check_gradient
from checks.parity import check_parity
from checks.problem import make_problem
from ops.function_cases import CASES, NUMBERS, STEPS, has_slope

from pellucid import ops
from pellucid.engines import NativeEngine, ReferenceEngine
from pellucid.graph import Graph, builder, gradient
from pellucid.graph.ops import Input

of_tensors = [case for case in CASES if case.function not in NUMBERS]
smooth = [case for case in CASES if has_slope(case)]
steps = [case for case in CASES if case.function in STEPS and any(item.is_differentiable for item in case.operands)]


@pytest.mark.parametrize("case", smooth, ids=lambda case: case.name)
def test_gradient_is_the_slope(case, note_deviation):
    note_deviation("gradient, ops", check_gradient(case.composition, ReferenceEngine()))


@pytest.mark.parametrize("case", of_tensors, ids=lambda case: case.name)
def test_native_computes_what_the_reference_computes(case, note_deviation):
    note_deviation("native, ops", check_parity(case.composition, ReferenceEngine(), NativeEngine()))


@pytest.mark.parametrize("case", steps, ids=lambda case: case.name)
def test_no_gradient_flows_through_steps(case):
    problem = make_problem(case.composition)
    problem.add_gradients()
    results = problem.run(ReferenceEngine())
    assert all((results[f"gradient of {name}"] == 0).all() for name in problem.variables)


def slopes(function, **arrays):
    """The gradient of the sum of a function's results with respect to each array."""
    graph = Graph()
    tensors = {name: graph.add(Input(np.shape(array), name)) for name, array in arrays.items()}
    found = gradient(builder.reduce_sum(function(**tensors)), list(tensors.values()))
    graph.outputs = dict(zip(tensors, found, strict=True))
    results = ReferenceEngine().prepare(graph).run(arrays, {})
    return [results[name].tolist() for name in arrays]


def test_where_functions_bend():
    """Ties and corners have the slopes that the descriptions promise."""
    a, b = [1.0, 3.0, 2.0], [1.0, 2.0, 5.0]
    assert slopes(ops.maximum, x1=a, x2=b) == [[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    assert slopes(ops.minimum, x1=a, x2=b) == [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    assert slopes(ops.logaddexp, x1=[2.0, 0.0], x2=[2.0, -1000.0]) == [[0.5, 1.0], [0.5, 0.0]]
    assert slopes(ops.absolute, x=[0.0, -1.0]) == [[0.0, -1.0]]
    assert slopes(lambda x: ops.clip(x, -1.0, 2.0), x=[-2.0, -1.0, 2.0, 3.0]) == [[0.0, 1.0, 1.0, 0.0]]
    assert slopes(ops.max, x=[2.0, 5.0, 5.0]) == [[0.0, 0.5, 0.5]]
    assert slopes(lambda x: ops.norm(x, ord=1), x=[0.0, -3.0]) == [[0.0, -1.0]]
    assert slopes(ops.prod, x=[0.0, 3.0, 2.0]) == [[6.0, 0.0, 0.0]]


def test_normalize_has_a_slope_at_zero():
    """A vector of zeros is divided by epsilon, and so is its gradient."""
    (grad,) = slopes(lambda x: ops.normalize(x, epsilon=0.5), x=np.zeros((1, 3)))
    assert grad == [[2.0, 2.0, 2.0]]


def test_stop_gradient():
    """The values pass, the gradient does not."""
    assert slopes(lambda x: x * ops.stop_gradient(x), x=[3.0]) == [[3.0]]


def test_looked_up_rows_get_the_sum_of_their_gradients():
    """A table whose rows are chosen while the model runs: rows that were chosen twice get twice the gradient."""
    table = np.arange(8.0).reshape(4, 2)
    graph = Graph()
    rows, places = graph.add(Input((4, 2), "rows")), graph.add(Input((3,), "places"))
    y = ops.take(rows, places, axis=0)
    graph.outputs = {"y": y, "slope": gradient(builder.reduce_sum(y), [rows])[0]}
    results = ReferenceEngine().prepare(graph).run({"rows": table, "places": np.array([3.0, 0.0, -1.0])}, {})
    np.testing.assert_array_equal(results["y"], table[[3, 0, -1]])
    np.testing.assert_array_equal(results["slope"], np.array([1.0, 0.0, 0.0, 2.0])[:, None] * np.ones(2))


def test_the_table_holds_values_apart():
    """The fills of the cases keep off the places where functions bend (else slopes would be compared in vain)."""
    for case in smooth:
        arrays = fill({f"x{number}": operand for number, operand in enumerate(case.operands)}, case.name)
        for operand, array in zip(case.operands, arrays.values(), strict=True):
            assert not operand.is_differentiable or (array != 0).all()
