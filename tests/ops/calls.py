"""What a row of the table of `pellucid.ops` is: one call of a function on operands of given shapes, with settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cases.rows import CompositionCase, Operand

from pellucid import ops
from pellucid.graph import Tensor

__all__ = ["FunctionCase", "Operand", "case", "einsum", "listed", "on"]


@dataclass(frozen=True)
class FunctionCase:
    """One call.

    Attributes:
        function: its name in `pellucid.ops` and `keras.ops`.
        operands: what it is called on.
        settings: its other arguments.
        in_list: whether the operands go in as one list.
        before: arguments that come before the operands.
    """

    function: str
    operands: tuple[Operand, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    in_list: bool = False
    before: tuple[Any, ...] = ()

    @property
    def name(self) -> str:
        """How the case is told from the others."""
        shapes = " ".join("x".join(map(str, operand.shape)) or "number" for operand in self.operands)
        kinds = " ".join(sorted({operand.kind for operand in self.operands} - {"real"}))
        named = (*self.before, *(f"{name}={value}" for name, value in self.settings.items()))
        settings = " ".join(map(str, named)).replace(" ", "")
        return " ".join(part for part in (f"ops.{self.function}", shapes, kinds, settings) if part)

    def call(self, library: Any, operands: list[Any]) -> list[Any]:
        """What the function of a library gives for these operands, always as a list."""
        function = getattr(library, self.function)
        given = [operands] if self.in_list else [*self.before, *operands]
        result = function(*given, **self.settings)
        return list(result) if isinstance(result, list | tuple) else [result]

    def emit(self, *tensors: Tensor) -> Tensor:
        """All results of the call in one tensor."""
        results = self.call(ops, list(tensors))
        return results[0] if len(results) == 1 else ops.concatenate([ops.ravel(result) for result in results])

    @property
    def composition(self) -> CompositionCase:
        """As a row for the harnesses of graphs."""
        return CompositionCase(self.name, "composition", self.emit, self.operands)


def on(*operands: Any, kind: str = "real") -> tuple[Operand, ...]:
    return tuple(item if isinstance(item, Operand) else Operand(item, kind) for item in operands)


def case(function: str, *operands: Any, kind: str = "real", **settings: Any) -> FunctionCase:
    return FunctionCase(function, on(*operands, kind=kind), settings)


def listed(function: str, *operands: Any, **settings: Any) -> FunctionCase:
    return FunctionCase(function, on(*operands), settings, in_list=True)


def einsum(subscripts: str, *operands: Any) -> FunctionCase:
    return FunctionCase("einsum", on(*operands), before=(subscripts,))
