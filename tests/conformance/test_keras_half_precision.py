"""Models that Keras trained in half precision: read in float32, aloud, with what their optimiser remembers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import keras_oracle
import numpy as np
import pytest

from pellucid import config, layers, load_model, mixed_precision
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


def test_a_script_for_graphics_processors_computes_in_float32_and_is_told_so() -> None:
    with pytest.warns(UserWarning, match="mixed_float16 is computed in float32, which is more exact"):
        mixed_precision.set_global_policy("mixed_float16")
    policy = mixed_precision.global_policy()
    assert (policy.name, policy.compute_dtype, policy.variable_dtype) == ("float32", "float32", "float32")
    assert layers.Dense(3).dtype_policy == "float32"
    with pytest.warns(UserWarning, match="mixed_float16"):
        assert mixed_precision.Policy("mixed_float16") == policy
    with pytest.raises(ArgumentError, match=r'float16 is no policy here: .*"mixed_bfloat16" halves'):
        mixed_precision.set_global_policy("float16")
    with pytest.raises(AttributeError, match=r"no LossScaleOptimizer: .*compile the optimiser itself"):
        mixed_precision.LossScaleOptimizer  # noqa: B018


def test_policies_are_those_of_keras() -> None:
    for name in ("float32", "mixed_bfloat16"):
        ours, theirs = mixed_precision.Policy(name), keras.mixed_precision.Policy(name)
        assert (ours.name, ours.compute_dtype, ours.variable_dtype) == (
            theirs.name, theirs.compute_dtype, theirs.variable_dtype,
        )  # fmt: skip
        assert layers.Dense(3, dtype=ours).dtype_policy == name
        try:
            mixed_precision.set_global_policy(ours)
            assert config.dtype_policy() == name == mixed_precision.global_policy().name
        finally:
            config.set_dtype_policy("float32")
