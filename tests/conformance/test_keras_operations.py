"""Models with operators and functions, through files in both directions: Keras computes what Pellucid does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import pellucid

A, B = np.random.default_rng(0).uniform(0.2, 1.5, size=(2, 5, 4, 6)).astype(np.float32)
FUNCTIONS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "operators": lambda ops, a, b: (a + 2 * b[..., :1] - 1.0) / (b**2) + abs(-a) @ np.ones((6, 6), np.float32),
    "comparisons": lambda ops, a, b: ops.where(a > b, a, b) + ops.where(ops.less_equal(a, 0.5), 1.0, b),
    "slices": lambda ops, a, b: a[:, 1:3, ::2] + b[:, 0:1, 0:1],
    "a place": lambda ops, a, b: a[:, 0] + b[..., 2, :],
    "joined": lambda ops, a, b: ops.stack([ops.concatenate([a, b], axis=1), ops.concatenate([b, a], axis=1)], axis=-1),
    "reduced": lambda ops, a, b: ops.mean(a, axis=(1, 2), keepdims=True) + ops.sum(b, axis=1, keepdims=True),
    "extremes": lambda ops, a, b: ops.max(a, axis=-1) + ops.min(b, axis=2),
    "logsumexp": lambda ops, a, b: ops.logsumexp(a, axis=1) * ops.erf(b[:, 0]),
    "clipped": lambda ops, a, b: ops.clip(a, 0.3, 0.9) + ops.maximum(b, 0.5) * ops.minimum(a, b),
    "elementary": lambda ops, a, b: ops.exp(a) + ops.log(b) + ops.sqrt(a) + ops.tanh(b) + ops.square(a) + ops.sin(b),
    "arranged": lambda ops, a, b: ops.transpose(ops.reshape(a, (-1, 6, 4)), (0, 2, 1)) + ops.flip(b, axis=1),
    "axes": lambda ops, a, b: ops.swapaxes(ops.expand_dims(a, 1), 1, 2) + ops.expand_dims(b, 2),
    "repeated": lambda ops, a, b: ops.repeat(a, 2, axis=1) + ops.tile(b, (1, 2, 1)),
    "split": lambda ops, a, b: ops.split(a, 2, axis=2)[1] + ops.split(b, 2, axis=2)[0],
    "taken": lambda ops, a, b: ops.take(a, [0, 2, 2], axis=1) + ops.roll(b, 1, axis=1)[:, :3],
    "activations": lambda ops, a, b: ops.softmax(a - b) + ops.gelu(a - 1) + ops.leaky_relu(b - 1) + ops.sigmoid(a),
    "one-hot": lambda ops, a, b: ops.one_hot(ops.argmax(a, axis=-1), 6) + b,
    "cast": lambda ops, a, b: ops.cast(ops.cast(a * 3, "int32"), "float32") + ops.stop_gradient(b),
}


def _model(library: Any, function: Callable[[Any, Any, Any], Any]) -> Any:
    a, b = library.layers.Input((4, 6), name="a"), library.layers.Input((4, 6), name="b")
    return library.Model([a, b], function(library.ops, a, b))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_keras_reads_what_is_written(name: str, tmp_path: Path) -> None:
    """And computes the same."""
    model = _model(pellucid, FUNCTIONS[name])
    model.save(tmp_path / "model.keras")
    theirs = keras.models.load_model(tmp_path / "model.keras")
    found = model.predict([A, B])
    np.testing.assert_allclose(found, theirs.predict([A, B], verbose=0), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(found, FUNCTIONS[name](keras.ops, A, B), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_keras_writes_is_read(name: str, tmp_path: Path) -> None:
    """And computes the same."""
    theirs = _model(keras, FUNCTIONS[name])
    theirs.save(tmp_path / "model.keras")
    ours = pellucid.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(ours.predict([A, B]), theirs.predict([A, B], verbose=0), rtol=1e-5, atol=1e-5)
