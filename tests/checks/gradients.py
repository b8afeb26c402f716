"""Is the gradient that the graph gives the slope of what the graph computes? Held to central differences in float64."""

from __future__ import annotations

import numpy as np
from cases.rows import Case

from checks.arrays import generator
from checks.mismatch import Mismatch
from checks.problem import Problem, make_problem
from pellucid.engines import Engine
from pellucid.graph import Tensor, builder, ops, windows

STEP = 1e-6
DIRECTIONS = 2
TOLERANCE = 1e-7
"""Of the gradient's size: curvature moves the difference by about STEP^2."""
ROUNDING = 1e-9
"""Of the results' size, a few eps / STEP: all that rounding the results explains, so that a gradient is not taken for
right because it is small beside them."""


def check_gradient(case: Case, engine: Engine) -> float:
    """Compare slopes along random directions, for each variable of a case by itself.

    A kink (where ReLU, a maximum or a pooling changes its choice) between the two points would spoil the difference.
    The fills keep inputs apart (see `arrays.distinct`); inside a graph values fall as they may, so the choices on both
    sides are compared first, and a kink is reported as such.

    Args:
        case: with a gradient.
        engine: computes in float64.

    Returns:
        the largest deviation as a multiple of the tolerance.

    Raises:
        Mismatch: the gradient is not the slope.
    """
    forward, backward = make_problem(case), make_problem(case)
    target, choices = forward.add_target(), _choices(forward)
    forward.graph.outputs = {"target": target} | choices
    backward.add_gradients()
    gradients = backward.run(engine)
    rng = generator(f"directions of {case.name}")
    worst = 0.0
    for name, variable in forward.variables.items():
        grad = gradients[f"gradient of {name}"]
        if grad.shape != variable.shape:
            raise Mismatch(f"{case.name}: the gradient of {name} has shape {grad.shape}")
        for _ in range(DIRECTIONS):
            direction = rng.normal(size=variable.shape)
            slope, height = _slope(forward, name, direction, engine)
            expected = float((grad * direction).sum())
            allowed = TOLERANCE * np.linalg.norm(grad) + ROUNDING * height
            if not (abs(slope - expected) <= allowed):
                raise Mismatch(
                    f"{case.name}: along a direction of {name} the results rise by {slope:.9g}, "
                    f"the gradient says {expected:.9g}"
                )
            worst = max(worst, abs(slope - expected) / allowed if allowed else 0.0)
    return worst


def _slope(problem: Problem, name: str, direction: np.ndarray, engine: Engine) -> tuple[float, float]:
    """Rise of the target per unit along a direction, and its height."""
    behind = problem.moved(name, -STEP * direction).run(engine)
    ahead = problem.moved(name, STEP * direction).run(engine)
    for key in behind:
        if key.startswith("choice"):
            assert np.array_equal(behind[key], ahead[key]), f"{problem.case.name}: a kink lies in the way: {key}"
    return float(ahead["target"] - behind["target"]) / (2 * STEP), abs(float(ahead["target"]))


def _choices(problem: Problem) -> dict[str, Tensor]:
    """For each node of the graph that has kinks, which side it is on."""
    found: dict[str, Tensor] = {}
    for node in list(problem.graph.nodes):
        choice = None
        match node.op:
            case ops.Elementwise(function="relu" | "absolute"):
                choice = builder.greater(node.inputs[0], 0.0)
            case ops.Elementwise(function="maximum" | "minimum"):
                choice = builder.greater(*node.inputs)
            case ops.Elementwise(function="greater" | "greater_equal" | "equal" | "floor"):
                choice = node.outputs[0]
            case ops.ReduceMax():
                choice = builder.equal(node.inputs[0], node.outputs[0])
            case windows.MaxPool(window=window):
                y = node.outputs[0]
                choice = problem.graph.add(windows.MaxPoolGradient(window), node.inputs[0], y, y)
                choice = builder.equal(choice, 0.0)
        if choice is not None:
            found[f"choice {len(found)} of {type(node.op).__name__}"] = choice
    return found
