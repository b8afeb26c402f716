"""`tf.image` inside of models and tapes: the numbers that arrays give, and gradients; nothing is cut off in silence."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from pellucid import Input, Model, layers
from pellucid.cli.keras_imports import keras_is_pellucid

RNG = np.random.default_rng(0)
APART = RNG.permuted(np.broadcast_to([0.0, 0.3, 0.6], (2, 6, 8, 3)), axis=-1)
X = (RNG.uniform(0.1, 0.3, (2, 6, 8, 3)) + APART).astype(np.float32)
"""No two colours of a pixel are so close that a small step changes their order, where hues have a kink."""

CHANGES: dict[str, Callable[[Any, Any], Any]] = {
    "resize": lambda tf, x: tf.image.resize(x, (9, 5)),
    "by area": lambda tf, x: tf.image.resize(x, [3, 3], method="area"),
    "left and right": lambda tf, x: tf.image.flip_left_right(x),
    "up and down": lambda tf, x: tf.image.flip_up_down(x),
    "turned": lambda tf, x: tf.image.rot90(x, k=3),
    "brighter": lambda tf, x: tf.image.adjust_brightness(x, 0.2),
    "contrast": lambda tf, x: tf.image.adjust_contrast(x, 1.5),
    "gamma": lambda tf, x: tf.image.adjust_gamma(x, 2.0),
    "grey": lambda tf, x: tf.image.rgb_to_grayscale(x),
    "thrice": lambda tf, x: tf.image.grayscale_to_rgb(x[..., :1]),
    "standard": lambda tf, x: tf.image.per_image_standardization(x),
    "a box": lambda tf, x: tf.image.crop_to_bounding_box(x, 1, 2, 3, 4),
    "in a box": lambda tf, x: tf.image.pad_to_bounding_box(x, 1, 2, 9, 12),
    "cut and filled": lambda tf, x: tf.image.resize_with_crop_or_pad(x, 9, 5),
    "the middle": lambda tf, x: tf.image.central_crop(x, 0.5),
    "hue": lambda tf, x: tf.image.adjust_hue(x, 0.1),
    "colours": lambda tf, x: tf.image.adjust_saturation(x, 0.7),
    "patches": lambda tf, x: tf.image.extract_patches(x, [1, 3, 3, 1], [1, 2, 2, 1], [1, 1, 1, 1], "SAME"),
    "to yuv": lambda tf, x: tf.image.rgb_to_yuv(x),
}


@pytest.fixture
def tf() -> Iterator[Any]:
    with keras_is_pellucid():
        import tensorflow

        yield tensorflow


@pytest.mark.parametrize("name", CHANGES)
def test_the_same_numbers_everywhere_and_a_gradient(tf: Any, name: str) -> None:
    """The gradient's sum over the images against a difference, which says that nothing was cut off."""
    change, rng = CHANGES[name], np.random.default_rng(zlib.crc32(name.encode()))  # the same, whatever ran before
    expected = np.asarray(change(tf, X), np.float64)
    image = Input(X.shape[1:], batch_size=2)
    described = Model(image, layers.Activation("linear")(change(tf, image)))
    np.testing.assert_allclose(described.predict(X, verbose=0), expected, atol=2e-5)
    x = tf.Variable(X)
    weights = rng.uniform(0.5, 1.5, expected.shape).astype(np.float32)
    with tf.GradientTape() as tape:
        found = change(tf, x * 1.0)
        loss = tf.reduce_sum(found * weights)
    np.testing.assert_allclose(np.asarray(found), expected, atol=2e-5)
    slope = tape.gradient(loss, x)
    assert slope is not None
    step = 1e-4 * rng.choice([-1.0, 1.0], X.shape).astype(np.float32)
    up, down = ((np.asarray(change(tf, X + sign * step), np.float64) * weights).sum() for sign in (1, -1))
    assert (
        abs((np.asarray(slope) * step).sum() * 2 - (up - down)) < 2e-3 * np.abs(np.asarray(slope) * step).sum() + 1e-5
    )


def test_whole_numbers_stay_whole_while_a_tape_is_running(tf: Any) -> None:
    pixels = (X * 255).astype(np.uint8)
    with tf.GradientTape():
        assert tf.image.flip_left_right(pixels).dtype == np.uint8


def test_areas_and_patches_as_pytorch_has_them(tf: Any) -> None:
    planes = torch.from_numpy(np.moveaxis(X, -1, 1))
    means = torch.nn.functional.avg_pool2d(planes, (2, 4)).permute(0, 2, 3, 1).numpy()
    np.testing.assert_allclose(tf.image.resize(X, (3, 2), method="area"), means, atol=1e-6)
    cut = torch.nn.functional.unfold(planes, 3).reshape(2, 3, 9, 4, 6).permute(0, 3, 4, 2, 1).reshape(2, 4, 6, 27)
    ones = [1, 1, 1, 1]
    found = tf.image.extract_patches(images=X, sizes=[1, 3, 3, 1], strides=ones, rates=ones, padding="VALID")
    np.testing.assert_array_equal(found, cut.numpy())
    np.testing.assert_allclose(tf.image.yuv_to_rgb(tf.image.rgb_to_yuv(X)), X, atol=1e-6)
    np.testing.assert_allclose(tf.image.rgb_to_yuv([[[1.0, 1.0, 1.0]]]), [[[1.0, 0.0, 0.0]]], atol=1e-6)
