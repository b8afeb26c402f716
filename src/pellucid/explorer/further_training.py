"""What a model is trained on further, where samples come with what is right for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import losses
from pellucid.explorer.learning import Learning
from pellucid.models import Model
from pellucid.models.config import compile_arguments

__all__ = ["learning_of"]

HELD_OUT = 0.2
"""Of the samples, on which nothing is trained: drawn, since they are often sorted by class."""
_BATCH = 32


def learning_of(model: Model, x: Any, y: Any) -> Learning | None:
    """How a model goes on learning; None where nothing tells what is right.

    A model that is compiled is trained as it was; for another, loss and metrics follow from what it gives and from what
    is right: classes, yes or no, or numbers.

    Args:
        model: built.
        x: samples; None for none.
        y: what is right for each; None for none.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2,)), layers.Dense(3, activation="softmax")])
        >>> found = learning_of(model, np.zeros((10, 2)), np.arange(10) % 3)
        >>> len(found.data["x"]), len(found.held_out[1]), found.loss.name
        (8, 2, 'sparse_categorical_crossentropy')
    """
    if x is None or y is None or len(x) < 2:
        return None
    how = _as_compiled(model) if model.stepper is not None else _measured(model, np.asarray(y))
    if how is None:
        return None
    first, last = _divided(np.asarray(x), np.asarray(y))
    return Learning({"x": first[0], "y": first[1], "batch_size": _BATCH}, last, *how)


Pair = tuple[np.ndarray, np.ndarray]


def _divided(x: np.ndarray, y: np.ndarray) -> tuple[Pair, Pair]:
    """Samples to train on, with what is right, and both of those that are held out; the same each time."""
    order = np.random.default_rng(0).permutation(len(x))
    cut = max(1, round(len(x) * (1 - HELD_OUT)))
    first, last = np.sort(order[:cut]), np.sort(order[cut:])
    return (x[first], y[first]), (x[last], y[last])


def _as_compiled(model: Model) -> tuple[Any, Any, tuple[Any, ...]]:
    """Optimiser, loss and metrics of a model that is compiled."""
    found = compile_arguments({"compile_config": model.get_compile_config()}) or {}
    return found.get("optimizer") or model.optimizer, found.get("loss"), tuple(found.get("metrics") or ())


def _measured(model: Model, y: np.ndarray) -> tuple[Any, Any, tuple[Any, ...]] | None:
    """The same for a model that is not compiled; None where they cannot be told."""
    shape = model.output_shape
    if not isinstance(shape, tuple) or shape[-1] is None:
        return None
    last = getattr(model.layers[-1], "activation", None)
    ends = getattr(last, "__name__", type(last).__name__)
    answers, are_whole = int(shape[-1]), y.dtype.kind in "iub"
    if are_whole and answers > 1 and (y.ndim == 1 or y.shape[-1] == 1 or y.ndim == len(shape) - 1):
        return "adam", losses.SparseCategoricalCrossentropy(from_logits=ends != "softmax"), ("accuracy",)
    if are_whole and answers == 1 and set(np.unique(y).tolist()) <= {0, 1}:
        return "adam", losses.BinaryCrossentropy(from_logits=ends != "sigmoid"), ("accuracy",)
    if y.ndim == 2 and y.shape[1] == answers > 1 and ends == "softmax":
        return "adam", "categorical_crossentropy", ("accuracy",)
    return "adam", "mse", ()
