"""Gathering and scattering of the native engine against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from one_instruction import execute, random_array

SHAPES = {  # outer, size, inner, number of indices
    "single numbers": (1, 1, 1, 1),
    "long axis": (1, 1000, 1, 70_001),
    "few floats each": (7, 53, 3, 900),
    "sixteen floats each": (3, 20, 16, 33),
    "wide rows": (2, 9, 40_003, 5),
    "more rows than one item": (300, 11, 17, 40),
}


def indices_of(name: str) -> np.ndarray:
    """Random indices, one in ten of them nowhere."""
    _, size, _, count = SHAPES[name]
    rng = np.random.default_rng(count)
    return np.where(rng.random(count) < 0.1, -1, rng.integers(0, size, count))


@pytest.mark.parametrize("name", SHAPES)
def test_gather(name: str) -> None:
    outer, size, inner, count = SHAPES[name]
    x, indices = random_array(outer, size, inner), indices_of(name)
    expected = np.where(indices[:, None] < 0, 0, x[:, indices])
    ints = [outer, size, inner, count, *indices.tolist()]
    (result,) = execute("gather", [x], [outer * count * inner], ints)
    np.testing.assert_array_equal(result, expected.ravel())


@pytest.mark.parametrize("name", SHAPES)
def test_scatter_add(name: str) -> None:
    """Sums are taken in the order of the indices, so float32 gives the same bits."""
    outer, size, inner, count = SHAPES[name]
    x, indices = random_array(outer, count, inner), indices_of(name)
    expected = np.zeros((size, outer, inner), np.float32)
    kept = indices >= 0
    np.add.at(expected, indices[kept], np.moveaxis(x, 1, 0)[kept])
    ints = [outer, size, inner, count, *indices.tolist()]
    (result,) = execute("scatter_add", [x], [outer * size * inner], ints)
    np.testing.assert_array_equal(result, np.moveaxis(expected, 0, 1).ravel())


def test_a_million_indices() -> None:
    count = 1_000_000
    indices = np.random.default_rng(0).permutation(count)
    x = np.arange(count, dtype=np.float32)
    (result,) = execute("gather", [x], [count], [1, count, 1, count, *indices.tolist()])
    np.testing.assert_array_equal(result, indices)
    (back,) = execute("scatter_add", [result], [count], [1, count, 1, count, *indices.tolist()])
    np.testing.assert_array_equal(back, x)
