"""For all inspection tests: names and seeds start anew, and layers computed by NumPy alone."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pellucid


@pytest.fixture(autouse=True)
def _start() -> None:
    """Equal names and weights in each test."""
    pellucid.clear_session()
    pellucid.set_random_seed(0)


def _padding(word: str, size: int, taps: int, stride: int, dilation: int) -> tuple[int, int]:
    reach = (taps - 1) * dilation
    if word == "same":
        total = max((-(-size // stride) - 1) * stride + reach + 1 - size, 0)
        return total // 2, total - total // 2
    return {"valid": (0, 0), "causal": (reach, 0), "full": (reach, reach)}[word]


@pytest.fixture
def convolve() -> Callable[..., np.ndarray]:
    """convolve(x, kernel, bias, strides, dilation, padding, groups): one sample with channels last, in float64.

    Written from the definition as sums over slices, tap by tap, so that it shares nothing with the package.
    """

    def run(
        x: np.ndarray, kernel: np.ndarray, bias: Any, strides: Any, dilation: Any, padding: str, groups: int
    ) -> np.ndarray:
        x, kernel = x.astype(np.float64), kernel.astype(np.float64)
        rank, taps = x.ndim - 1, kernel.shape[:-2]
        numbers = zip(x.shape, taps, strides, dilation, strict=False)
        pads = [_padding(padding, *axis) for axis in numbers]
        x = np.pad(x, [*pads, (0, 0)])
        sizes = [(x.shape[axis] - (taps[axis] - 1) * dilation[axis] - 1) // strides[axis] + 1 for axis in range(rank)]
        filters, width = kernel.shape[-1] // groups, kernel.shape[-2]
        y = np.zeros((*sizes, kernel.shape[-1]))
        for group in range(groups):
            mine = slice(group * filters, (group + 1) * filters)
            channels = x[..., group * width : (group + 1) * width]
            for tap in itertools.product(*map(range, taps)):
                starts = [tap[axis] * dilation[axis] for axis in range(rank)]
                windows = channels[
                    tuple(
                        slice(start, start + (size - 1) * stride + 1, stride)
                        for start, size, stride in zip(starts, sizes, strides, strict=True)
                    )
                ]
                y[..., mine] += windows @ kernel[tap][:, mine]
        return y + bias

    return run
