"""Losses: how far predictions are from their targets, one number per sample, as operations of the graph.

A loss also says which targets it takes and checks them (`prepare_targets`), and how the numbers of a batch become one
(`reduction`). What it computes stands in `measures`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pellucid.losses.base import Loss
from pellucid.losses.probabilistic import BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy
from pellucid.losses.regression import MeanSquaredError
from pellucid.registry import Registry

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Loss",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "get",
    "serialize",
]

LOSSES: Registry[Loss] = Registry(
    kind="loss",
    module="keras.losses",
    base=Loss,
    classes={
        "binary_crossentropy": BinaryCrossentropy,
        "categorical_crossentropy": CategoricalCrossentropy,
        "mean_squared_error": MeanSquaredError,
        "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
    },
    aliases={"bce": "binary_crossentropy", "mse": "mean_squared_error"},
    absent={"ignore_class": None, "dtype": None},
)

# Keras 2's spelling: `loss=losses.categorical_crossentropy`.
binary_crossentropy = BinaryCrossentropy
categorical_crossentropy = CategoricalCrossentropy
mean_squared_error = mse = MeanSquaredError
sparse_categorical_crossentropy = SparseCategoricalCrossentropy


def get(identifier: str | Mapping[str, Any] | Loss | type[Loss]) -> Loss:
    """The loss that is meant.

    Args:
        identifier: a name ("mse", "mean_squared_error", "MeanSquaredError"), a record as `serialize` or Keras writes
            it, a loss or its class.

    Raises:
        ArgumentError: the name or a setting is unknown, or the identifier is none of these.

    Example:
        >>> get("mse")
        MeanSquaredError(name='mean_squared_error', reduction='sum_over_batch_size')
    """
    return LOSSES.get(identifier)


def serialize(loss: Loss) -> dict[str, Any]:
    """The record of a loss, which `get` and Keras read.

    Example:
        >>> serialize(get("mse"))["class_name"]
        'MeanSquaredError'
    """
    return LOSSES.serialize(loss)
