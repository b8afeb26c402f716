"""The options of layers as plain data, as files hold them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pellucid import activations, constraints, initializers, regularizers
from pellucid.errors import ArgumentError


def plain(value: Any) -> Any:
    """An option of a layer as data that JSON can hold."""
    if isinstance(value, initializers.Initializer):
        return initializers.serialize(value)
    if isinstance(value, regularizers.Regularizer):
        return regularizers.serialize(value)
    if isinstance(value, constraints.Constraint):
        return constraints.serialize(value)
    if isinstance(value, tuple | list):
        return type(value)(plain(item) for item in value)
    if hasattr(value, "compute_output_shape"):
        raise ArgumentError(
            f"{value!r} is a layer among the options of another: write get_config() and from_config() for it"
        )
    if isinstance(value, Callable):  # type: ignore[arg-type]
        return activations.serialize(value)
    return value
