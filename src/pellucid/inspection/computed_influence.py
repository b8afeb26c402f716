"""What each part of the steps of a weight made of a filter of the kernel that is computed from it, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import ArgumentError
from pellucid.inspection.computed_kernels import FollowedKernel
from pellucid.inspection.split_steps import SplitSteps
from pellucid.variables import Variable

__all__ = ["ThroughKernel", "WholeWeight"]


class WholeWeight:
    """All of a weight, which is asked about like a filter: on any number of it a computed kernel may hang.

    Args:
        function: who wants it, for messages.
        kernel: the filter that is computed from it.

    Raises:
        ArgumentError: it is computed from others too.
    """

    place: tuple[Any, ...] = ()

    def __init__(self, function: str, kernel: FollowedKernel) -> None:
        if len(kernel.weights) > 1:
            raise ArgumentError(
                f"{function}: {kernel.label}: its kernel is computed from {kernel.which}; who wrote a filter is told "
                "of kernels that are computed from one weight"
            )
        ((self.which, self.weight),) = kernel.weights.items()
        self.layer, self.number, self.axes = kernel.layer, kernel.number, kernel.axes

    @property
    def kernel(self) -> np.ndarray:
        """What it is now."""
        return self.weight.numpy()


class ThroughKernel:
    """Sends what was added to a weight through the formula of a kernel: each part by its slope, as it was at that step.

    Args:
        kernel: the filter.
        split: what follows the steps of the weight.

    Attributes:
        totals: what each part of `split` has added to the filter so far, in float64.
        bent: what was added beyond first order.
    """

    def __init__(self, kernel: FollowedKernel, split: SplitSteps) -> None:
        self._kernel, self._split = kernel, split
        self._known: np.ndarray | None = None
        self.totals, self.bent = np.zeros(0), np.zeros(kernel.kernel.shape)

    @property
    def weight(self) -> Variable:
        """From which the kernel is computed."""
        return next(iter(self._kernel.weights.values()))

    def follow(self, before: np.ndarray) -> None:
        """Take up what the split has told of since the last time, of a weight that was `before` then."""
        whole = self._split.totals
        if self._known is None:
            self._known = np.zeros_like(whole)
            self.totals = np.zeros((len(whole), *self.bent.shape))
        added, (name,) = whole - self._known, self._kernel.weights
        for place in np.flatnonzero(added.reshape(len(added), -1).any(axis=1)):
            self.totals[place] += self._kernel.slope({name: before}, {name: added[place]})
        self.bent += self._kernel.bent({name: before}, {name: added.sum(axis=0)})
        self._known = whole.copy()
