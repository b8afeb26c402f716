"""Every case: the gradient on the graph is the slope of the results, for each operand and each weight."""

from __future__ import annotations

import numpy as np
import pytest
from cases.compositions import COMPOSITIONS
from cases.layers import LAYERS
from cases.operations import OPERATIONS
from checks.gradients import check_gradient
from checks.problem import MADE_AFTER_DIFFERENTIATION, make_problem

from pellucid.engines import ReferenceEngine
from pellucid.errors import GraphError

CASES = [case for case in (*OPERATIONS, *COMPOSITIONS, *LAYERS) if make_problem(case).is_differentiable]
REFUSED = [case for case in OPERATIONS if type(case.op).__name__ in set(MADE_AFTER_DIFFERENTIATION) - {"Update"}]
STOPPED = [case for case in OPERATIONS if type(case.op).__name__ in ("StopGradient", "ArgMax", "OneHot")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_gradient_is_the_slope(case, note_deviation):
    note_deviation(f"gradient, {case.family}", check_gradient(case, ReferenceEngine()))


@pytest.mark.parametrize("case", STOPPED, ids=lambda case: case.name)
def test_no_gradient_flows_through_what_stops_it(case):
    problem = make_problem(case)
    problem.variables = {tensor.node.op.name: tensor for tensor in problem.graph.nodes[0].outputs}
    problem.add_gradients()
    assert np.array_equal(problem.run(ReferenceEngine())["gradient of x0"], np.zeros(case.operands[0].shape))


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_what_is_made_after_differentiation_is_refused(case):
    with pytest.raises(GraphError, match="cannot be differentiated"):
        make_problem(case).add_gradients()
