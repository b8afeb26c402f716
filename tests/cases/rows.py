"""What a row of the table holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pellucid.graph import Tensor
from pellucid.graph.ops import Op, Shape


@dataclass(frozen=True)
class Operand:
    """An array that goes into a case.

    Attributes:
        shape: its sizes.
        kind: "real" (all operands of that kind together are pairwise different and never 0, so none lies at a kink),
            "positive" (likewise, from 0.5 to 2), "share" (from 0.05 to 0.95), "above 1" (from 1.2 to 3), "integer"
            (small, with ties and zeros), "binary" (0 or 1), "label" (whole numbers from 0 to 3), "pooled" (the first
            operand, max-pooled as the operation says).
    """

    shape: Shape
    kind: str = "real"

    @property
    def is_differentiable(self) -> bool:
        """Whether a small change of the values keeps the operand what it is."""
        return self.kind in ("real", "positive", "share", "above 1")


@dataclass(frozen=True)
class OperationCase:
    """One operation of the graph on operands of given shapes."""

    name: str
    family: str
    op: Op
    operands: tuple[Operand, ...] = ()


@dataclass(frozen=True)
class CompositionCase:
    """What a function of tensors makes of several operations; not all of it has a slope that anybody could ask for."""

    name: str
    family: str
    emit: Callable[..., Tensor]
    operands: tuple[Operand, ...]
    has_slope: bool = True


@dataclass(frozen=True)
class LayerCase:
    """One public layer: its class and arguments, and the shapes of its inputs, batch included."""

    name: str
    family: str
    layer: str
    inputs: tuple[Shape, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    training: bool = False


Case = OperationCase | CompositionCase | LayerCase
