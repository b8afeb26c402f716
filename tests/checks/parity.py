"""Do two ways to compute a graph give the same numbers?"""

from __future__ import annotations

import math

import numpy as np
from cases.rows import Case
from cases.tolerances import FACTORS, tolerance

from checks.mismatch import Mismatch
from checks.problem import Arrays, Problem, make_problem
from pellucid.engines import Engine
from pellucid.graph import Graph, ops, optimize
from pellucid.graph.plan import flops
from pellucid.graph.rewriter import eliminate_dead


def reduction_length(graph: Graph) -> int:
    """K: the most operations that stand behind one number of one node."""
    lengths = [1]
    for node in eliminate_dead(graph).nodes:
        if isinstance(node.op, ops.Chain) and node.op.sums:
            lengths.append(len(node.op.steps) + math.prod(node.op.shape[:-1]))
        elif node.outputs:
            lengths.append(flops(node) // max(sum(int(np.prod(t.shape)) for t in node.outputs), 1))
    return max(lengths)


def gradient_family(family: str) -> str:
    """The family of a case's gradient: that of an operation which only moves or chooses may be a sum."""
    return family if FACTORS[family] else "reduction"


def compare(expected: Arrays, found: Arrays, case: Case, length: int, dtype: str, slack: float = 1.0) -> float:
    """Compare results by name; returns the largest deviation as a multiple of the tolerance (0 where exactness is due).

    Raises:
        Mismatch: names, shapes or numbers differ; the message names the element.
    """
    if expected.keys() != found.keys():
        raise Mismatch(f"{case.name}: expected {list(expected)}, got {list(found)}")
    worst = 0.0
    for name, right in expected.items():
        actual = found[name]
        if right.shape != actual.shape:
            raise Mismatch(f"{case.name}: {name} has shape {actual.shape}, expected {right.shape}")
        if right.size == 0:
            continue
        assert np.isfinite(right).all(), f"{case.name}: {name} is not finite; choose other values"
        family = gradient_family(case.family) if name.startswith("gradient") else case.family
        allowed = slack * tolerance(family, length, float(np.abs(right).max()), dtype)
        difference = np.abs(actual.astype(np.float64) - right)
        place = np.unravel_index(int(np.argmax(np.where(np.isnan(difference), np.inf, difference))), right.shape)
        if not (difference[place] <= allowed):
            raise Mismatch(
                f"{case.name}: {name}{[int(i) for i in place]} is {actual[place]!r}, expected {right[place]!r}; "
                f"they differ by {difference[place]:.3g}, and rounding explains {allowed:.3g} "
                f"(family {family}, K={length})"
            )
        worst = max(worst, float(difference[place]) / allowed if allowed else 0.0)
    return worst


def prepared(case: Case) -> tuple[Problem, int]:
    """The problem of a case with its gradients, and the length of its sums."""
    problem = make_problem(case)
    if problem.is_differentiable:
        problem.add_gradients()
    return problem, reduction_length(problem.graph)


def check_parity(case: Case, oracle: Engine, engine: Engine, slack: float = 1.0) -> float:
    """Results, gradients and states of a case on two engines; the oracle computes in float64.

    Args:
        case: a row.
        oracle: the engine that is right.
        engine: the other.
        slack: allow so many times the tolerance, for sums whose terms cancel.

    Returns:
        the largest deviation as a multiple of the tolerance.
    """
    problem, length = prepared(case)
    return compare(problem.run(oracle), problem.run(engine), case, length, engine.dtype.name, slack)


def check_passes(case: Case, engine: Engine) -> float:
    """The graph of a case with its gradients, as it is built and after all passes, on one engine."""
    problem, length = prepared(case)
    optimized = problem.run(engine, optimize(problem.graph))
    return compare(problem.run(engine), optimized, case, length, engine.dtype.name)
