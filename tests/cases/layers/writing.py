"""How rows are written: arguments as a user types them."""

from __future__ import annotations

from typing import Any

from cases.rows import LayerCase
from pellucid.graph.ops import Shape

FIRST = "channels_first"


def _describe(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{name}={getattr(value, '__name__', repr(value))}" for name, value in arguments.items())


def row(family: str, layer: str, *inputs: Shape, training: bool = False, **arguments: Any) -> LayerCase:
    """A layer with its arguments on inputs of these shapes, batch included."""
    shapes = " and ".join(map(str, inputs))
    name = f"{layer}({_describe(arguments)}) on {shapes}{' in training' if training else ''}"
    return LayerCase(name, family, layer, inputs, arguments, training)
