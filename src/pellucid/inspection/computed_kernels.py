"""One filter of a kernel that a layer computes from weights, followed through training by the chain rule.

Training changes the weights; the kernel changes as its formula says. What is told of such a filter is told of the
kernel that the convolution takes. Each part of a change of the weights adds to it, to first order, the Jacobian of the
formula times that part; what is left where the formula is no straight line is a part of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.checks import whole
from pellucid.errors import unknown_name
from pellucid.layers.computed_filters import ComputedKernel, computed_kernels
from pellucid.layers.filter_values import AXES
from pellucid.layers.own_filters import CHANNELS, INPUTS
from pellucid.layers.single_filters import filters_held
from pellucid.variables import Variable

__all__ = ["BENT", "FollowedKernel", "followed_kernel", "kernel_axes"]

BENT = "beyond first order"
"""The part of a change that no slope tells: where the formula of the kernel is no straight line."""


class FollowedKernel:
    """One filter of a computed kernel.

    Args:
        layer: that computes it.
        found: how.
        number: of the filter.

    Attributes:
        layer: the layer.
        number: of the filter, from 0.
        which: the names of the weights from which the kernel is computed.
        axes: what the axes of the filter are.
        weights: these weights, by name.
    """

    def __init__(self, layer: Any, found: ComputedKernel, number: int) -> None:
        self.layer, self.found, self.weights = layer, found, found.weights
        count = found.kernel.shape[found.axis]
        self.number = whole(layer.label, "the number of a filter", number, -count, count - 1) % count
        self.which, self.axes = name_of(found), kernel_axes(found)

    @property
    def label(self) -> str:
        """As messages begin: `Masked "own", filter 2`."""
        return f"{self.layer.label}, filter {self.number}"

    @property
    def kernel(self) -> np.ndarray:
        """The filter as it is now, in float64."""
        return self.kernel_with(self.values())

    def values(self) -> dict[str, np.ndarray]:
        """What stands in the weights now."""
        return {name: weight.numpy() for name, weight in self.weights.items()}

    def kernel_with(self, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """The filter with these values in the weights."""
        return self.found.function.value(values)[..., self.number]

    def slope(self, values: Mapping[str, np.ndarray], changes: Mapping[str, np.ndarray]) -> np.ndarray:
        """By how much it changes, to first order, as weights that have these values change so."""
        return self.found.function.slope(values, changes)[..., self.number]

    def bent(self, values: Mapping[str, np.ndarray], changes: Mapping[str, np.ndarray]) -> np.ndarray:
        """By how much it changes beyond that."""
        moved = {name: each + changes.get(name, 0.0) for name, each in _in_float64(values).items()}
        change: np.ndarray = self.kernel_with(moved) - self.kernel_with(values) - self.slope(values, changes)
        return change


def followed_kernel(layer: Any, number: int, which: str | None = None) -> FollowedKernel | None:
    """A filter of a kernel that a layer computes; None where its filters stand in weights as they are.

    Args:
        layer: that is built.
        number: of the filter.
        which: one of the weights, or the names of all from which the kernel is computed ("v and g"), where there are
            several kernels.
    """
    known = computed_kernels(layer)
    plain = [name for name, held in filters_held(layer).items() if not held.is_behind]
    if not known or which in plain or (which is None and plain):
        return None
    if which is None:
        return FollowedKernel(layer, known[0], number)
    for found in known:
        if which in (name_of(found), *found.weights):
            return FollowedKernel(layer, found, number)
    raise unknown_name(f"weight of {layer.label} with filters", which, [*plain, *map(name_of, known)])


def name_of(found: ComputedKernel) -> str:
    """The weights from which a kernel is computed."""
    return " and ".join(found.weights)


def kernel_axes(found: ComputedKernel) -> tuple[str, ...]:
    """What the axes of one filter of a computed kernel are."""
    return (INPUTS,) if found.kernel.rank == 2 else (*AXES[found.kernel.rank - 2], CHANNELS)


def trained_weights(kernel: FollowedKernel, trained: list[Variable]) -> dict[str, Variable]:
    """Those of the weights behind a kernel that training changes."""
    return {name: each for name, each in kernel.weights.items() if any(each is other for other in trained)}


def _in_float64(values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: each.astype(np.float64) for name, each in values.items()}
