"""Sums, maxima and arg_max of the native engine against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from one_instruction import (
    execute,
    random_array,
)


@pytest.mark.parametrize(
    "shape",
    [(1, 1, 1), (3, 7, 1), (128, 10, 1), (5, 100, 1), (2, 70_001, 1), (1, 5000, 64), (1, 40_001, 32), (4, 9, 5),
     (7, 3, 1), (1, 20_000, 3), (3, 130, 700), (2, 3000, 37), (1, 129, 20_000), (40, 64, 17)],
)  # fmt: skip
def test_reductions(shape: tuple[int, int, int], isa: str) -> None:
    x = random_array(*shape)
    outputs = shape[0] * shape[2]
    (total,) = execute("reduce_sum", [x], [outputs], shape, isa=isa)
    exact = x.sum(axis=1, dtype=np.float64).ravel()
    magnitude = np.abs(x).sum(axis=1, dtype=np.float64).ravel()
    assert (np.abs(total - exact) <= 1e-6 * magnitude).all()
    (largest,) = execute("reduce_max", [x], [outputs], shape, isa=isa)
    np.testing.assert_array_equal(largest, x.max(axis=1).ravel())


@pytest.mark.parametrize("shape", [(2, 5, 1), (2, 500, 1), (2, 500, 3), (2, 5, 40)])
def test_reduce_max_of_infinities_and_nan(shape: tuple[int, int, int], isa: str) -> None:
    x = np.full(shape, -np.inf, np.float32)
    x[1, 3, 0] = np.nan
    (largest,) = execute("reduce_max", [x], [shape[0] * shape[2]], shape, isa=isa)
    np.testing.assert_array_equal(largest.reshape(shape[0], shape[2]), x.max(axis=1))


def test_arg_max_takes_the_first_maximum_and_nan_first() -> None:
    x = np.array([[1, 3, 3, 2], [-1, -1, -1, -1], [0, np.nan, 5, np.nan], [-np.inf, -np.inf, 2, 1]], np.float32)
    (result,) = execute("arg_max", [x], [4], [4, 4])
    np.testing.assert_array_equal(result, x.argmax(axis=1))
