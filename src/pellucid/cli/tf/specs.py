"""Descriptions of tensors, and classes to inherit from, that scripts for TensorFlow have."""

from __future__ import annotations

from typing import Any

from pellucid.arraylike import Sizes as TensorShape
from pellucid.data.sources.specs import TensorSpec
from pellucid.layers import Layer
from pellucid.variables import Variable

__all__ = ["Module", "TensorShape", "TensorSpec"]


class Module:
    """Something that holds weights and layers; those in its attributes are its variables."""

    def __init__(self, name: str | None = None) -> None:
        self.name = name or type(self).__name__.lower()

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The weights that are in its attributes, in lists there, and in layers."""
        found = [each for value in vars(self).values() for each in _variables(value)]
        return tuple({id(each): each for each in found}.values())

    @property
    def trainable_variables(self) -> tuple[Variable, ...]:
        """Those that are trained."""
        return tuple(each for each in self.variables if each.trainable)


def _variables(value: Any) -> list[Variable]:
    if isinstance(value, Variable):
        return [value]
    if isinstance(value, Layer | Module):
        return list(value.variables)
    if isinstance(value, list | tuple | dict):
        parts = value.values() if isinstance(value, dict) else value
        return [each for part in parts for each in _variables(part)]
    return []
