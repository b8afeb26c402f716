"""Models that Keras trained in half precision: read in float32, aloud, with what their optimiser remembers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import keras_oracle
import numpy as np
import pytest

import pellucid
from pellucid import config, layers, load_model
from pellucid.errors import ArgumentError

assert keras_oracle.keras is keras

X = np.random.default_rng(0).normal(size=(16, 5, 4, 2)).astype(np.float32)


@pytest.fixture(scope="module", params=["mixed_float16", "float16"])
def theirs(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A model that was trained under a policy, with that."""
    kinds = keras.layers
    dtype = request.param
    model = keras.Sequential([
        kinds.Input((5, 4, 2)), kinds.Conv2D(4, 3, dtype=dtype), kinds.BatchNormalization(dtype=dtype),
        kinds.Flatten(dtype=dtype), kinds.Dense(3, dtype="float32"),
    ])  # fmt: skip
    adam = keras.optimizers.Adam(0.01)
    model.compile(keras.optimizers.LossScaleOptimizer(adam) if dtype.startswith("mixed") else adam, "mse")
    model.fit(X, np.zeros((16, 3)), epochs=2, verbose=0)
    yield model, dtype


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_models_of_half_precision_are_read_in_float32(theirs: Any, name: str, tmp_path: Path) -> None:
    model, dtype = theirs
    model.save(tmp_path / name)
    with pytest.warns(UserWarning, match=f"layers that computed in {dtype} compute in float32"):
        ours = load_model(tmp_path / name)
    for wanted, got in zip(model.get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_array_equal(got, np.asarray(wanted, np.float32))
    half = 2.0**-10  # of what float16 keeps, over the sums of two layers
    np.testing.assert_allclose(ours.predict(X, verbose=0), model.predict(X, verbose=0), rtol=0, atol=10 * half)
    inner = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    wanted = [np.asarray(each) for each in inner.variables]
    got = [each.numpy() for each in ours.optimizer.variables]
    assert type(ours.optimizer).__name__ == "Adam" and len(wanted) == len(got)
    for one, other in zip(wanted, got, strict=True):
        np.testing.assert_allclose(other, np.asarray(one, np.float32), rtol=1e-6)


@pytest.mark.parametrize("policy", ["mixed_float16", "float16"])
def test_policies_of_half_precision_are_refused_with_what_to_take_instead(policy: str) -> None:
    for door in (config.set_dtype_policy, lambda name: layers.Dense(3, dtype=name)):
        with pytest.raises(ArgumentError, match=f'{policy} is no policy here: .*"mixed_bfloat16" halves'):
            door(policy)
    assert config.dtype_policy() == "float32"


def test_who_asks_for_mixed_precision_is_told_where_policies_are() -> None:
    with pytest.raises(AttributeError, match=r"no mixed_precision: .*config\.set_dtype_policy"):
        pellucid.mixed_precision  # noqa: B018
