"""What a model from a file is trained on, where samples come with what is right for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import Model, explorer, losses
from pellucid.cli.data_files import samples_of
from pellucid.cli.recipes import RECIPES

HELD_OUT = 0.2
"""Of the samples of a file, on which nothing is trained: drawn, since files are often sorted by class."""
_BATCH = 32


def learning_of(model: Model, data: str | None) -> explorer.Learning | None:
    """How a model goes on learning from `--data`; None where nothing tells what is right.

    A model that was saved compiled is trained as it was; for another, loss and metrics follow from what it gives and
    from what is right: classes, yes or no, or numbers.

    Args:
        model: as it was loaded.
        data: what `--data` names; digits where a model takes those, and nothing is named.
    """
    if data is None and _takes_digits(model):
        data = "digits"
    if data in RECIPES:
        (x, y), held = RECIPES[data].load(None)
    else:
        x, y = samples_of(data)
        if x is None or y is None or len(x) < 2:
            return None
        x, y, held = _divided(np.asarray(x), np.asarray(y))
    found = _measured(model, np.asarray(y))
    if found is None:
        return None
    loss, metrics = found
    return explorer.Learning({"x": x, "y": y, "batch_size": _BATCH}, held, "adam", loss, metrics)


def _divided(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Samples to train on, with what is right, and both of those that are held out; the same each time."""
    order = np.random.default_rng(0).permutation(len(x))
    cut = max(1, round(len(x) * (1 - HELD_OUT)))
    first, last = np.sort(order[:cut]), np.sort(order[cut:])
    return x[first], y[first], (x[last], y[last])


def _takes_digits(model: Model) -> bool:
    return tuple(model.inputs[0].shape[1:]) == (8, 8, 1) and tuple(model.output_shape[1:]) == (10,)


def _measured(model: Model, y: np.ndarray) -> tuple[Any, tuple[Any, ...]] | None:
    """Loss and metrics for a model that is not compiled; None where they cannot be told."""
    if model.stepper is not None:
        return None, ()
    shape = model.output_shape
    if not isinstance(shape, tuple) or shape[-1] is None:
        return None
    last = getattr(model.layers[-1], "activation", None)
    ends = getattr(last, "__name__", type(last).__name__)
    answers, are_whole = int(shape[-1]), y.dtype.kind in "iub"
    if are_whole and answers > 1 and (y.ndim == 1 or y.shape[-1] == 1 or y.ndim == len(shape) - 1):
        return losses.SparseCategoricalCrossentropy(from_logits=ends != "softmax"), ("accuracy",)
    if are_whole and answers == 1 and set(np.unique(y).tolist()) <= {0, 1}:
        return losses.BinaryCrossentropy(from_logits=ends != "sigmoid"), ("accuracy",)
    if y.ndim == 2 and y.shape[1] == answers > 1 and ends == "softmax":
        return "categorical_crossentropy", ("accuracy",)
    return "mse", ()
