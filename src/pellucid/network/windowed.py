"""Layers that slide a window, the sizes that it slides over, and layers that make other sizes without one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.geometry import Window
from pellucid.layers.channels import spatial_axes


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
    return tuple(shape[axis] for axis in spatial_axes(layer.rank, layer.data_format, len(shape)))


@runtime_checkable
class Resizing(Protocol):
    """A layer without a window on its input whose result has other sizes."""

    def size_formulas(self, shapes: Sequence[SymbolicShape]) -> dict[int, str]:
        """How sizes of the result follow from the shapes of the inputs: for axes of the result a formula, "2 · 7"."""
        ...
