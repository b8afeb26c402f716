"""Layers that slide a window, and the sizes that it slides over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.geometry import Window


@runtime_checkable
class Windowed(Protocol):
    """A layer that slides a window."""

    rank: int
    data_format: str

    def window(self, spatial: Sequence[int]) -> Window:
        """How the window lies on an input of these spatial sizes."""
        ...


def spatial_sizes(layer: Windowed, shape: SymbolicShape) -> SymbolicShape:
    """The spatial sizes of the input of a windowed layer."""
    return shape[-layer.rank - 1 : -1] if layer.data_format == "channels_last" else shape[-layer.rank :]
