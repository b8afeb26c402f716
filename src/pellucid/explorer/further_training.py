"""What a model is trained on further, where samples come with what is right for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid import losses
from pellucid.errors import ArgumentError
from pellucid.explorer.learning import Learning
from pellucid.explorer.samples import rows_of
from pellucid.inspection.answers import emit_answers
from pellucid.models import Model
from pellucid.models.compiled import CompiledNetwork
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
        x: samples; None for none. Of a model with several inputs an array for each, by name.
        y: what is right for each; None for none. Of one with several outputs a list of arrays, or some by name.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2,)), layers.Dense(3, activation="softmax")])
        >>> found = learning_of(model, np.zeros((10, 2)), np.arange(10) % 3)
        >>> len(found.data["x"]), len(found.held_out[1]), found.loss.name
        (8, 2, 'sparse_categorical_crossentropy')
    """
    if x is None or y is None:
        return None
    x = x if len(model.inputs) > 1 else np.asarray(x)
    y = _in_order(model, y) if len(model.outputs) > 1 else np.asarray(y)
    if len(_every(x)[0]) < 2:
        return None
    how = _as_compiled(model) if model.stepper is not None else _measured(model, x, y)
    if how is None:
        return None
    first, last = _divided(x, y)
    return Learning({"x": first[0], "y": first[1], "batch_size": _BATCH}, last, *how)


def _in_order(model: Model, y: Any) -> Any:
    """What is right by the names of all outputs, in their order; anything else as it is."""
    names = model.output_names
    is_by_name = isinstance(y, Mapping) and set(y) == set(names) and len(set(names)) == len(model.outputs)
    return [y[name] for name in names] if is_by_name and model.stepper is None else y


def _every(given: Any) -> list[np.ndarray]:
    """The arrays in what is given: one, a list of them, or some by name."""
    if isinstance(given, np.ndarray):
        return [given]
    return [np.asarray(each) for each in (given.values() if isinstance(given, Mapping) else given)]


def _divided(x: Any, y: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Samples to train on, with what is right, and both of those that are held out; the same each time.

    Raises:
        ArgumentError: there are not as many of each.
    """
    lengths = {len(each) for each in (*_every(x), *_every(y))}
    if len(lengths) > 1:
        raise ArgumentError(f"explore: x and y are of as many samples, got {sorted(lengths)}")
    (count,) = lengths
    order = np.random.default_rng(0).permutation(count)
    cut = max(1, round(count * (1 - HELD_OUT)))
    first, last = np.sort(order[:cut]), np.sort(order[cut:])
    return (rows_of(x, first), rows_of(y, first)), (rows_of(x, last), rows_of(y, last))


def _as_compiled(model: Model) -> tuple[Any, Any, tuple[Any, ...]]:
    """Optimiser, loss and metrics of a model that is compiled."""
    found = compile_arguments({"compile_config": CompiledNetwork.get_compile_config(model)}) or {}
    return found.get("optimizer") or model.optimizer, found.get("loss"), tuple(found.get("metrics") or ())


def _measured(model: Model, x: Any, y: Any) -> tuple[Any, Any, tuple[Any, ...]] | None:
    """The same for a model that is not compiled; None where they cannot be told."""
    targets = _every(y)
    if len(targets) != len(model.outputs) or (isinstance(y, Mapping) and len(targets) > 1):
        return None
    emitted = emit_answers(model, [(1, *array.shape[1:]) for array in _every(x)]).outputs
    found = [
        _measure(tensor.shape, ends.link, each)
        for tensor, ends, each in zip(model.outputs, emitted, targets, strict=True)
    ]
    whole = [each for each in found if each is not None]
    if len(whole) < len(found):
        return None
    if len(whole) == 1:
        return "adam", *whole[0]
    return "adam", [loss for loss, _ in whole], tuple(list(metrics) for _, metrics in whole)


def _measure(shape: Sequence[int | None], ends: str, y: np.ndarray) -> tuple[Any, tuple[Any, ...]] | None:
    """Loss and metrics of one output, which ends in "softmax", "sigmoid" or something else; None where they cannot be
    told."""
    if shape[-1] is None:
        return None
    answers, are_whole = int(shape[-1]), y.dtype.kind in "iub"
    if are_whole and answers > 1 and (y.ndim == 1 or y.shape[-1] == 1 or y.ndim == len(shape) - 1):
        return losses.SparseCategoricalCrossentropy(from_logits=ends != "softmax"), ("accuracy",)
    if are_whole and answers == 1 and set(np.unique(y).tolist()) <= {0, 1}:
        return losses.BinaryCrossentropy(from_logits=ends != "sigmoid"), ("accuracy",)
    if y.ndim == 2 and y.shape[1] == answers > 1 and ends == "softmax":
        return "categorical_crossentropy", ("accuracy",)
    return "mse", ()
