"""Saved and loaded, a model is the same to the bit: structure, weights, and what it computes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from checks.mismatch import Mismatch
from pellucid import Model, load_model


def samples(model: Model, count: int = 3) -> np.ndarray | list[np.ndarray]:
    """Random inputs of a model."""
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(count, *tensor.shape[1:])).astype(np.float32) for tensor in model.inputs]
    return arrays if len(arrays) > 1 else arrays[0]


def check_round_trip(model: Model, folder: Path, load: Callable[[Path], Model] = load_model) -> Model:
    """Save, load, and compare everything; returns the loaded model."""
    path = folder / "model.keras"
    model.save(path)
    loaded = load(path)
    if loaded.get_config() != model.get_config():
        raise Mismatch("the structure differs")
    if [weight.path for weight in loaded.weights] != [weight.path for weight in model.weights]:
        raise Mismatch("the weights have other names")
    for ours, theirs, weight in zip(loaded.get_weights(), model.get_weights(), model.weights, strict=True):
        if not (ours.dtype == theirs.dtype == np.float32 and np.array_equal(ours, theirs)):
            raise Mismatch(f"{weight.path} differs")
    x = samples(model)
    if not np.array_equal(loaded.predict(x), model.predict(x)):
        raise Mismatch("the loaded model computes something else")
    return loaded
