"""Operations are counted once: what a kernel call is said to cost is what the graph says of its operation."""

from __future__ import annotations

import numpy as np
import pytest
from cases.compositions import COMPOSITIONS
from cases.layers import LAYERS
from cases.operations import OPERATIONS
from checks.problem import make_problem

from pellucid import Input, Sequential, layers
from pellucid.engines import NativeEngine
from pellucid.inspection import profile

CASES = (*OPERATIONS, *COMPOSITIONS, *LAYERS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_calls_cost_what_the_graph_says(case):
    """Forward and backward of every row: no operation is lost on the way to the instructions, none counts twice."""
    problem = make_problem(case)
    if problem.is_differentiable:
        problem.add_gradients()
    program = NativeEngine().prepare(problem.graph)
    expected = 0
    for node in program.plan.graph.nodes:
        shapes = [tuple(tensor.shape for tensor in tensors) for tensors in (node.inputs, node.outputs)]
        expected += node.op.flops(*shapes)
    assert sum(call.operations for call in program.explain()) == expected


def test_the_count_by_hand():
    """A convolution with bias and ReLU, a pooling, a product of matrices: sizes multiplied out."""
    model = Sequential(
        [
            Input((9, 8, 3)),
            layers.Conv2D(5, (3, 2), activation="relu", name="conv"),
            layers.AveragePooling2D(2, name="pool"),
            layers.Flatten(),
            layers.Dense(7, use_bias=False, name="head"),
        ]
    )
    counts: dict[str, int] = {}
    for call in profile(model, np.zeros((2, 9, 8, 3)), runs=1).calls:
        counts[call.layer] = counts.get(call.layer, 0) + call.operations
    conv = 2 * (2 * 7 * 7 * 5) * (3 * 2 * 3) + 2 * (2 * 7 * 7 * 5)
    pool, head = (2 * 3 * 3 * 5) * 4, 2 * 2 * 7 * 45
    assert counts == {'Conv2D "conv"': conv, 'AveragePooling2D "pool"': pool, 'Dense "head"': head}
