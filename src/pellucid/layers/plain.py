"""The options of layers as plain data, as files hold them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

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
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, np.generic):
        return value.item()
    if hasattr(value, "compute_output_shape"):
        raise ArgumentError(f"{value!r} is a layer among the options of another")
    if isinstance(value, Callable):  # type: ignore[arg-type]
        return activations.serialize(value)
    return value
