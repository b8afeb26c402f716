"""Sums of products of small whole numbers are exact in float32, in any order: engines must agree to the last bit."""

from __future__ import annotations

import numpy as np
from cases.rows import Case, Operand, OperationCase

from checks.arrays import generator, whole_numbers
from checks.mismatch import Mismatch
from checks.problem import make_problem
from pellucid.engines import Engine

EXACT_FAMILIES = ("convolution", "pooling", "matmul", "movement", "reduction")
"""What these compute are sums of products of the operands."""

DIVISIBLE = 75600
"""2^4 * 3^3 * 5^2 * 7: the mean of up to ten such numbers, and of most counts of taps, is a whole number again."""


def check_exact(case: Case, oracle: Engine, engine: Engine) -> None:
    """Results and gradients of a case on small whole numbers, ties included, must be equal on two engines."""
    unit = DIVISIBLE if isinstance(case, OperationCase) and "AveragePool" in type(case.op).__name__ else 1

    def fill(operands: dict[str, Operand], name: str) -> dict[str, np.ndarray]:
        rng = generator(name)
        return {key: whole_numbers(operand.shape, rng, unit) for key, operand in operands.items()}

    problem = make_problem(case, fill)
    if problem.is_differentiable:
        problem.add_gradients()
        problem.inputs |= fill({k: Operand(v.shape) for k, v in problem.inputs.items() if "cotangent" in k}, case.name)
    expected, found = problem.run(oracle), problem.run(engine)
    for name, right in expected.items():
        assert np.abs(right).max() < 2**24, f"{case.name}: {name} is too large to be exact; choose smaller numbers"
        wrong = np.argwhere(found[name] != right.astype(np.float32))
        if len(wrong) != 0:
            raise Mismatch(
                f"{case.name}: {len(wrong)} of {right.size} numbers of {name} differ, first at {wrong[0].tolist()}: "
                f"{found[name][tuple(wrong[0])]!r}, expected {right[tuple(wrong[0])]!r}"
            )
