"""Dtype policies in `.keras` files, both ways, and what "mixed_bfloat16" makes of a model beside Keras's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import keras_oracle
import numpy as np
import pytest

import pellucid
from pellucid import _native, load_model

assert keras_oracle.keras is keras

MIXED = "mixed_bfloat16"
pytestmark = pytest.mark.filterwarnings("ignore:this processor multiplies bfloat16")


def _network(library: Any) -> Any:
    library.config.set_dtype_policy(MIXED)
    try:
        stack = [library.layers.Conv2D(24, 3, strides=2, activation="relu"), library.layers.BatchNormalization()]
        stack += [library.layers.Flatten(), library.layers.Dense(32, activation="tanh")]
        stack += [library.layers.Dense(5, activation="softmax", dtype="float32")]
        return library.Sequential([library.Input((12, 12, 8)), *stack])
    finally:
        library.config.set_dtype_policy("float32")


def _policies(model: Any) -> list[str]:
    return [getattr(layer.dtype_policy, "name", layer.dtype_policy) for layer in model.layers]


@pytest.mark.parametrize("ours_first", [True, False])
def test_files_carry_the_policy_of_each_layer(ours_first: bool, tmp_path: Path) -> None:
    first = _network(pellucid if ours_first else keras)
    first.save(tmp_path / "model.keras")
    second = (keras.models.load_model if ours_first else load_model)(tmp_path / "model.keras")
    assert _policies(first) == _policies(second) == [MIXED, MIXED, MIXED, MIXED, "float32"]


@pytest.mark.skipif(not _native.has_bfloat16(), reason="no AVX512_BF16 here")
def test_predictions_are_as_near_as_bfloat16_is(tmp_path: Path) -> None:
    """Keras rounds activations too, so that it is wrong by more than we are."""
    theirs = _network(keras)
    theirs.save(tmp_path / "model.keras")
    ours, x = load_model(tmp_path / "model.keras"), np.random.default_rng(1).normal(size=(16, 12, 12, 8))
    right = ours.predict(x, engine="reference")
    mine, keras_own = (np.abs(model.predict(x, verbose=0) - right).max() for model in (ours, theirs))
    assert 1e-6 < mine < 5e-3
    assert keras_own < 5e-2
