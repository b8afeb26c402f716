"""What a study is trained on, if it is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from pellucid.frozen import Frozen

__all__ = ["Learning"]


class Learning(Frozen, eq=False):
    """How a model learns: what `compile` and `fit` are given. A model that is compiled already stays as it is.

    Args:
        data: for `fit`, such as {"x": x, "y": y, "batch_size": 32}.
        held_out: for `evaluate`: (x, y), or batches; () for none. Told after each epoch, unless `data` names other
            ones ("validation_split" or "validation_data").
        optimizer: by name or one of `optimizers`.
        loss: by name or one of `losses`.
        metrics: by name or of `metrics`.

    Example:
        >>> Learning({"x": [[1.0]], "y": [[2.0]]}, loss="mse").optimizer
        'adam'
    """

    data: Mapping[str, Any]
    held_out: tuple[Any, ...] = ()
    optimizer: Any = "adam"
    loss: Any = "sparse_categorical_crossentropy"
    metrics: tuple[Any, ...] = field(default=("accuracy",))
