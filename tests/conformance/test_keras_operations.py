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
    "letters": lambda ops, a, b: ops.einsum("bij,bkj->bik", a, b) + ops.einsum("bij->b", a)[:, None, None],
    "matrices": lambda ops, a, b: ops.tril(a, -1) + ops.triu(b) + ops.trace(a, axis1=1, axis2=2)[:, None, None],
    "diagonals": lambda ops, a, b: ops.diagonal(a, 1, 1, 2) + ops.inner(b, a[0, 0])[:, :4] + ops.diff(a)[:, 0, :4],
    "sorted": lambda ops, a, b: (
        ops.sort(a, axis=1) + ops.top_k(b, 2)[0][..., :1] + ops.median(a, axis=2, keepdims=True)
    ),
    "places of the sorted": lambda ops, a, b: (
        ops.cast(ops.argsort(a), "float32") + ops.median(b, axis=-1, keepdims=True)
    ),
    "put side by side": lambda ops, a, b: ops.hstack([a, b]) + ops.append(b, a, axis=1) + ops.vstack([a, b])[0, 0, 0],
    "turned": lambda ops, a, b: ops.fliplr(a) + ops.array_split(b, 1, axis=1)[0] + ops.meshgrid(a[0, 0], b[0, :, 0])[0],
    "divided": lambda ops, a, b: ops.mod(a, b) + ops.floor_divide(a, b) + ops.divide_no_nan(a, b) + ops.hypot(a, b),
    "angles": lambda ops, a, b: ops.arctan(a) + ops.arctan2(a, b) * b,
    "hyperbolic": lambda ops, a, b: ops.sinh(a) + ops.arcsinh(b) + ops.tan(a) + ops.exp2(b) + ops.deg2rad(a),
    "close": lambda ops, a, b: ops.cast(ops.isclose(a, b, 0.3, 0.1), "float32") + ops.nan_to_num(a, 1.0) + b,
    "normalised": lambda ops, a, b: ops.layer_normalization(a) + ops.rms_normalization(b, epsilon=1e-3),
    "normalised by numbers": lambda ops, a, b: ops.batch_normalization(a, b[0, 0], b[1, 1], -1, scale=b[2, 2]) + b,
    "off": lambda ops, a, b: ops.binary_crossentropy(a / 2, b / 2) + ops.categorical_crossentropy(a, b)[..., None],
    "blocks": lambda ops, a, b: ops.depth_to_space(ops.reshape(a, (-1, 2, 3, 4)), 2) + ops.reshape(b, (-1, 4, 6, 1)),
    "further reductions": lambda ops, a, b: (
        ops.amax(a, 1) + ops.ptp(b, 1) + ops.average(a, 1, weights=b) + ops.cumprod(b, 1)[:, 2]
    ),
    "blocks put in": lambda ops, a, b: (
        ops.slice_update(a, (0, 1, 2), b[:1, :2, :3]) + ops.full_like(b, 2.5) + ops.copy(a)
    ),
    "taken along": lambda ops, a, b: ops.take_along_axis(a, np.array([[[1], [0], [5], [2]]]), axis=2) + b,
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
