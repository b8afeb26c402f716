"""Where the first values of a layer's weights come from, if not from its initialisers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy.typing as npt

from pellucid import initializers
from pellucid.errors import ArgumentError, shown
from pellucid.graph.ops import Shape


class WeightSource(Protocol):
    """Where the first values of a layer's weights come from, if not from its initialisers; it checks them itself."""

    def take(self, index: int, shape: Shape) -> npt.ArrayLike:
        """The values of the weight of that number, which has that shape."""
        ...

    def finish(self, count: int) -> None:
        """Called when all `count` weights have been taken; raises if there were more."""
        ...


class GivenWeights:
    """The arrays of `weights=`."""

    def __init__(self, layer: str, arrays: Sequence[npt.ArrayLike]) -> None:
        if not isinstance(arrays, list | tuple):
            raise ArgumentError(
                f"{layer}: weights is a list of arrays, as get_weights() returns it, got {shown(arrays)}"
            )
        self.layer, self.arrays = layer, list(arrays)

    def take(self, index: int, shape: Shape) -> npt.ArrayLike:
        if index >= len(self.arrays):
            raise ArgumentError(f"{self.layer}: weights has {len(self.arrays)} arrays; one of shape {shape} is missing")
        return initializers.ArrayInitializer(self.arrays[index])(shape)

    def finish(self, count: int) -> None:
        if count != len(self.arrays):
            raise ArgumentError(f"{self.layer} has {count} weights, got {len(self.arrays)} arrays in weights=")
