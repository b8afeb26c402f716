"""Pooling of the native engine, forward and backward, against plain loops."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from one_instruction import (
    Numbers,
    execute,
    random_array,
)

PoolCase = tuple[int, int, Numbers, Numbers, Numbers, Numbers, Numbers]
POOLS: dict[str, PoolCase] = {  # batch, channels, input, kernel, stride, dilation, padding before = after
    "2x2 tiles": (3, 64, (1, 24, 24), (1, 2, 2), (1, 2, 2), (1, 1, 1), (0, 0, 0)),
    "odd channels": (2, 37, (1, 8, 8), (1, 2, 2), (1, 2, 2), (1, 1, 1), (0, 0, 0)),
    "one channel": (2, 1, (1, 9, 7), (1, 3, 1), (1, 3, 1), (1, 1, 1), (0, 0, 0)),
    "rest that no window covers": (2, 5, (1, 9, 9), (1, 2, 2), (1, 2, 2), (1, 1, 1), (0, 0, 0)),
    "overlap and padding": (2, 17, (1, 7, 9), (1, 3, 3), (1, 2, 2), (1, 1, 1), (0, 1, 1)),
    "dilation": (1, 4, (1, 11, 11), (1, 3, 3), (1, 1, 1), (1, 2, 2), (0, 0, 0)),
    "stride beyond the kernel": (2, 3, (1, 10, 10), (1, 2, 2), (1, 3, 3), (1, 1, 1), (0, 0, 0)),
    "1-D": (3, 20, (1, 1, 30), (1, 1, 4), (1, 1, 2), (1, 1, 1), (0, 0, 2)),
    "3-D": (2, 6, (6, 5, 7), (2, 2, 3), (2, 1, 2), (1, 1, 1), (1, 0, 1)),
    "global": (3, 10, (1, 13, 13), (1, 13, 13), (1, 1, 1), (1, 1, 1), (0, 0, 0)),
}


class Pool:
    """A pooling by plain loops over windows."""

    def __init__(self, case: PoolCase) -> None:
        self.batch, self.channels, self.input, self.kernel, self.stride, self.dilation, self.pad = case
        reach = [(k - 1) * d + 1 for k, d in zip(self.kernel, self.dilation, strict=True)]
        self.output = [
            (i + 2 * p - r) // s + 1 for i, p, r, s in zip(self.input, self.pad, reach, self.stride, strict=True)
        ]

    def ints(self) -> list[int]:
        groups = (self.input, self.output, self.kernel, self.stride, self.dilation, self.pad)
        return [self.batch, self.channels, *(number for group in groups for number in group)]

    def windows(self) -> Iterator[tuple[tuple[int, ...], list[tuple[int, ...]]]]:
        """Each output index with the input indices of its taps."""
        for o in np.ndindex(*self.output):
            taps = []
            for k in np.ndindex(*self.kernel):
                at = tuple(o[i] * self.stride[i] + k[i] * self.dilation[i] - self.pad[i] for i in range(3))
                if all(0 <= at[i] < self.input[i] for i in range(3)):
                    taps.append(at)
            yield o, taps

    def shapes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        return (self.batch, *self.input, self.channels), (self.batch, *self.output, self.channels)


@pytest.mark.parametrize("name", POOLS)
def test_max_pool_and_its_gradient(name: str, isa: str) -> None:
    """Small whole numbers, so that ties are common: the first maximum takes the gradient, and is selected."""
    pool = Pool(POOLS[name])
    x_shape, y_shape = pool.shapes()
    x = np.random.default_rng(0).integers(-3, 3, x_shape).astype(np.float32)
    grad_y = np.random.default_rng(1).integers(-9, 9, y_shape).astype(np.float32)
    y, grad_x = np.zeros(y_shape, np.float32), np.zeros(x_shape, np.float32)
    for o, taps in pool.windows():
        values = np.stack([x[(slice(None), *tap)] for tap in taps])
        y[(slice(None), *o)] = values.max(axis=0)
        first = values.argmax(axis=0)
        for i, tap in enumerate(taps):
            grad_x[(slice(None), *tap)] += np.where(first == i, grad_y[(slice(None), *o)], 0)
    values, selected = random_array(*x_shape, seed=2), np.zeros(y_shape, np.float32)
    for o, taps in pool.windows():
        first = np.stack([x[(slice(None), *tap)] for tap in taps]).argmax(axis=0)
        for i, tap in enumerate(taps):
            selected[(slice(None), *o)] += np.where(first == i, values[(slice(None), *tap)], 0)
    (result,) = execute("max_pool_select", [x, y, values], [y.size], pool.ints(), isa=isa)
    np.testing.assert_array_equal(result, selected.ravel())
    (result,) = execute("max_pool", [x], [y.size], pool.ints(), isa=isa)
    np.testing.assert_array_equal(result, y.ravel())
    (result,) = execute("max_pool_backward", [x, y, grad_y], [x.size], pool.ints(), isa=isa)
    np.testing.assert_array_equal(result, grad_x.ravel())


@pytest.mark.parametrize("name", POOLS)
def test_average_pool_and_its_gradient(name: str, isa: str) -> None:
    """The mean is over the taps inside the input."""
    pool = Pool(POOLS[name])
    x_shape, y_shape = pool.shapes()
    x, grad_y = random_array(*x_shape), random_array(*y_shape, seed=1)
    y, grad_x = np.zeros(y_shape), np.zeros(x_shape)
    for o, taps in pool.windows():
        for tap in taps:
            y[(slice(None), *o)] += x[(slice(None), *tap)] / len(taps)
            grad_x[(slice(None), *tap)] += grad_y[(slice(None), *o)] / len(taps)
    (result,) = execute("average_pool", [x], [y.size], pool.ints(), isa=isa)
    np.testing.assert_allclose(result, y.ravel(), rtol=1e-5, atol=1e-6)
    (result,) = execute("average_pool_backward", [grad_y], [x.size], pool.ints(), isa=isa)
    np.testing.assert_allclose(result, grad_x.ravel(), rtol=1e-5, atol=1e-6)
