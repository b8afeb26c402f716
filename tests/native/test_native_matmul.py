"""Products of the native engine against NumPy: batches, and equal bits for one thread and several."""

from __future__ import annotations

import numpy as np
import pytest
from one_instruction import execute, random_array

SIZES = [  # batch, m, n, k
    (1, 1, 1, 1),
    (1, 130, 70, 3000),
    (3, 257, 300, 60),
    (2, 5, 3, 2000),
    (40, 33, 17, 64),
    (5000, 3, 4, 2),
    (7, 1, 129, 300),
]


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("flags", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_batches_of_products(sizes: tuple[int, int, int, int], flags: tuple[int, int], isa: str) -> None:
    batch, m, n, k = sizes
    a, b = random_array(batch, m, k), random_array(batch, k, n, seed=1)
    expected = np.matmul(a.astype(np.float64), b.astype(np.float64))
    magnitude = np.matmul(np.abs(a).astype(np.float64), np.abs(b).astype(np.float64))
    given = [np.ascontiguousarray(x.swapaxes(1, 2)) if flag else x for x, flag in zip((a, b), flags, strict=True)]
    (result,) = execute("matmul", given, [batch * m * n], [*sizes, *flags, 0], isa=isa)
    assert (np.abs(result.reshape(batch, m, n) - expected) <= 1e-6 * magnitude).all()
