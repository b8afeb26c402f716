"""`tf.log`, `tf.depth_to_space` and other names of TensorFlow 1, which old scripts have in Lambda layers."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, layers
from pellucid.cli.keras_imports import keras_is_pellucid, missing
from pellucid.cli.tf import compat, first, first_images
from pellucid.errors import ArgumentError
from pellucid.legacy import written_for

with keras_is_pellucid():
    tf = importlib.import_module("tensorflow")
    image, nn = tf.image, tf.nn

X = np.random.default_rng(0).random((2, 4, 6, 8), np.float32) + 0.5
BLOCKS = X.reshape(2, 4, 6, 2, 2, 2).transpose(0, 1, 3, 2, 4, 5).reshape(2, 8, 12, 2)

CASES: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "log": (lambda x: tf.log(x), np.log(X)),
    "log1p": (lambda x: tf.log1p(x), np.log1p(X)),
    "rsqrt": (lambda x: tf.rsqrt(x), 1 / np.sqrt(X)),
    "div": (lambda x: tf.div(x, 2.0), X / 2),
    "truediv": (lambda x: tf.truediv(x, 4.0), X / 4),
    "mod": (lambda x: tf.mod(x, 0.5), np.mod(X, 0.5)),
    "sub": (lambda x: tf.sub(x, 1.0), X - 1),
    "mul": (lambda x: tf.mul(x, 3.0), X * 3),
    "neg": (lambda x: tf.neg(x), -X),
    "to_float": (lambda x: tf.to_float(x), X),
    "depth_to_space": (lambda x: tf.depth_to_space(x, 2), BLOCKS),
    "space_to_depth": (lambda x: tf.space_to_depth(tf.depth_to_space(x, 2), 2), X),
    "reduction_indices": (lambda x: tf.reduce_sum(x, reduction_indices=[1, 2]), X.sum((1, 2))),
    "keep_dims": (lambda x: tf.reduce_mean(x, 3, keep_dims=True), X.mean(3, keepdims=True)),
    "reduce_logsumexp": (lambda x: tf.reduce_logsumexp(x, axis=-1), np.log(np.exp(X).sum(-1))),
    "expand_dims": (lambda x: tf.expand_dims(x, dim=1), X[:, None]),
    "squeeze": (lambda x: tf.squeeze(x[:, :1], squeeze_dims=[1]), X[:, 0]),
    "argmax": (lambda x: tf.argmax(x, dimension=3), X.argmax(3)),
    "arg_max": (lambda x: tf.arg_max(x, 1), X.argmax(1)),
    "extract_image_patches": (
        lambda x: tf.extract_image_patches(x, [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID"),
        X.reshape(2, 2, 2, 3, 2, 8).transpose(0, 1, 3, 2, 4, 5).reshape(2, 2, 3, 32),
    ),
    "twice the size": (lambda x: image.resize_bilinear(x, (8, 12)), None),
    "resize_images": (lambda x: image.resize_images(x, (7, 5), method=1), None),
    "clip": (lambda x: tf.clip_by_value(tf.log(x), -0.5, 0.0), np.log(X).clip(-0.5, 0.0)),
}


def _resized(x: np.ndarray, rows: int, columns: int, align: bool, nearest: bool) -> np.ndarray:
    """By the definition, pixel by pixel."""
    found = np.zeros((len(x), rows, columns, x.shape[-1]))
    step = [
        (old - 1) / (new - 1) if align else old / new for old, new in zip(x.shape[1:3], (rows, columns), strict=True)
    ]
    for i in range(rows):
        for j in range(columns):
            at = i * step[0], j * step[1]
            if nearest:
                place = [
                    min(int(np.floor(a + 0.5 * align)), size - 1) for a, size in zip(at, x.shape[1:3], strict=True)
                ]
                found[:, i, j] = x[:, place[0], place[1]]
                continue
            low = [int(np.floor(a)) for a in at]
            high = [min(a + 1, size - 1) for a, size in zip(low, x.shape[1:3], strict=True)]
            down, right = (a - b for a, b in zip(at, low, strict=True))
            top = x[:, low[0], low[1]] * (1 - right) + x[:, low[0], high[1]] * right
            bottom = x[:, high[0], low[1]] * (1 - right) + x[:, high[0], high[1]] * right
            found[:, i, j] = top * (1 - down) + bottom * down
    return found


@pytest.mark.parametrize("name", CASES)
def test_in_a_layer_as_on_arrays(name: str) -> None:
    function, expected = CASES[name]
    if expected is None:
        expected = _resized(X, 8, 12, False, False) if "twice" in name else _resized(X, 7, 5, False, True)
    np.testing.assert_allclose(function(X), expected, rtol=2e-6, atol=1e-6)
    x = Input((4, 6, 8))
    model = Model(x, layers.Lambda(function)(x))
    np.testing.assert_allclose(model.predict(X), expected, rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("align", [False, True])
@pytest.mark.parametrize("nearest", [False, True])
@pytest.mark.parametrize("size", [(8, 12), (3, 5), (4, 6), (9, 2)])
def test_images_of_another_size(size: tuple[int, int], nearest: bool, align: bool) -> None:
    """From the corners of pixels, as TensorFlow 1 did; `tf.image.resize` goes from their middles."""
    method = image.ResizeMethod.NEAREST_NEIGHBOR if nearest else 0
    found = image.resize_images(X, size, method=method, align_corners=align)
    np.testing.assert_allclose(found, _resized(X, *size, align, nearest), rtol=2e-6, atol=1e-6)


def test_a_resizing_that_was_another_is_refused() -> None:
    with pytest.raises(ArgumentError, match="TensorFlow 1 had another 'bicubic'"):
        image.resize_images(X, (8, 8), method=2)
    assert image.resize_images(X, (2, 3), method=3).shape == (2, 2, 3, 8)
    assert image.resize_images(X, (8, 8), preserve_aspect_ratio=True).shape == (2, 5, 8, 8)


def test_whole_numbers_are_divided_as_python_2_did() -> None:
    assert int(tf.div(7, 2)) == 3 and float(tf.div(7.0, 2.0)) == 3.5 and int(tf.floordiv(7, 2)) == 3
    assert tf.to_int32(np.array([1.7, -1.7])).tolist() == [1, -1] and tf.to_double([1.0]).dtype == np.float64
    assert tf.diag([1.0, 2.0]).tolist() == [[1.0, 0.0], [0.0, 2.0]]


def test_random_numbers() -> None:
    assert np.std(tf.random_normal((4000,), stddev=2.0, seed=1)) == pytest.approx(2.0, rel=0.1)
    drawn = tf.random_uniform((100,), 2.0, 3.0, seed=1)
    assert drawn.min() >= 2.0 and drawn.max() < 3.0
    assert np.abs(tf.truncated_normal((1000,), seed=1)).max() <= 2.0


def test_what_is_left_out_or_kept_is_not_guessed() -> None:
    """TensorFlow 1 had the share that is kept in the place where its second has the share that is left out."""
    x = np.ones((100, 100), np.float32)
    for share in ({"keep_prob": 0.9}, {"rate": 0.1}):
        assert (nn.dropout(x, **share) == 0).mean() == pytest.approx(0.1, abs=0.02)
    with written_for(2):
        with pytest.raises(ArgumentError, match=r"two ways: TensorFlow 1 kept so much, keep_prob=0\.9"):
            nn.dropout(x, 0.9)
        assert (nn.dropout(x, 0.5) == 0).mean() == pytest.approx(0.5, abs=0.05)
    assert (nn.dropout(x, 0.2) == 0).mean() == pytest.approx(0.2, abs=0.02)
    for wrong in ((x,), (x, 0.5, 0.5)):
        with pytest.raises(ArgumentError, match="once"):
            nn.dropout(*wrong)


def test_names_are_found_by_the_look_at_a_script() -> None:
    with keras_is_pellucid():
        found = [f"tensorflow.{name}" for name in first.__all__]
        found += [f"tensorflow.image.{name}" for name in first_images.__all__]
        found += [f"tensorflow.compat.{name}" for name in compat.__all__]
        assert [name for name in found if missing(name) is not None] == []
        assert missing("tensorflow.logg") is not None and missing("tensorflow.image.resize_image") is not None
