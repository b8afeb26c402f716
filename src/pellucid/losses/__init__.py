"""Losses: how far predictions are from their targets, one number per sample, as operations of the graph.

A loss also says which targets it takes and checks them (`prepare_targets`), and how the numbers of a batch become one
(`reduction`). What it computes stands in `measures`. Losses and their functions can be called on arrays.

Example:
    >>> MeanSquaredError(reduction="sum")([[1.0], [2.0]], [[1.5], [1.0]]).tolist()
    1.25
    >>> mean_squared_error([[1.0], [2.0]], [[1.5], [1.0]]).tolist()
    [0.25, 1.0]

Source: keras.losses, https://keras.io/api/losses/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import isfunction
from typing import Any, overload

from pellucid.absent import absent
from pellucid.calls import explained
from pellucid.losses.base import Loss
from pellucid.losses.functions import (
    binary_crossentropy,
    categorical_crossentropy,
    mean_squared_error,
    sparse_categorical_crossentropy,
)
from pellucid.losses.probabilistic import BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy
from pellucid.losses.regression import MeanSquaredError
from pellucid.registry import Registry

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Loss",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "binary_crossentropy",
    "categorical_crossentropy",
    "get",
    "mean_squared_error",
    "mse",
    "serialize",
    "sparse_categorical_crossentropy",
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
    meant={
        **dict.fromkeys(
            ("ce", "xent", "crossentropy", "cross_entropy", "logloss", "log_loss", "nll"),
            ("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"),
        ),
        **dict.fromkeys(("cce", "softmax"), ("categorical_crossentropy", "sparse_categorical_crossentropy")),
        **dict.fromkeys(("scce", "sparse_ce", "sparse_cce"), ("sparse_categorical_crossentropy",)),
        **dict.fromkeys(("sigmoid", "logistic"), ("binary_crossentropy",)),
        **dict.fromkeys(("l2", "l2_loss", "quadratic", "least_squares", "rmse"), ("mean_squared_error",)),
    },
)

mse = mean_squared_error
FUNCTIONS: Mapping[Callable[..., Any], type[Loss]] = {
    binary_crossentropy: BinaryCrossentropy,
    categorical_crossentropy: CategoricalCrossentropy,
    mean_squared_error: MeanSquaredError,
    sparse_categorical_crossentropy: SparseCategoricalCrossentropy,
}
"""What a function stands for where a loss is asked for: `loss=losses.categorical_crossentropy`."""


@overload
def get(identifier: None) -> None: ...
@overload
def get(identifier: str | Mapping[str, Any] | Loss | type[Loss] | Callable[..., Any]) -> Loss: ...
@explained
def get(identifier: str | Mapping[str, Any] | Loss | type[Loss] | Callable[..., Any] | None) -> Loss | None:
    """The loss that is meant.

    Args:
        identifier: a name ("mse", "mean_squared_error", "MeanSquaredError"), a record as `serialize` or Keras writes
            it, a loss, its class, or one of the functions of this room; None for none.

    Raises:
        ArgumentError: the name or a setting is unknown, or the identifier is none of these.

    Example:
        >>> get("mse")
        MeanSquaredError(name='mean_squared_error', reduction='sum_over_batch_size')
    """
    if identifier is None:
        return None
    return LOSSES.get(FUNCTIONS.get(identifier, identifier) if isfunction(identifier) else identifier)


@explained
def serialize(loss: Loss) -> dict[str, Any]:
    """The record of a loss, which `get` and Keras read.

    Example:
        >>> serialize(get("mse"))["class_name"]
        'MeanSquaredError'
    """
    return LOSSES.serialize(loss)


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
