"""The backend module as Keras 1 had it: words, order of arguments, kernels, and names that no later one has.

Expected numbers are computed here by what its functions did; signatures are those of 1.2.2's tensorflow_backend.py.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, initializers, layers
from pellucid import backend as K
from pellucid.backend import initializations
from pellucid.config import image_data_format, set_image_data_format
from pellucid.legacy import LegacyWarning, written_for
from pellucid.legacy.tables import SPELLINGS

TRUE = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], np.float32)
SAID = np.array([[0.2, 0.5, 0.3], [0.7, 0.1, 0.2]], np.float32)
IMAGES = np.random.default_rng(0).normal(size=(2, 6, 5, 3)).astype(np.float32)
KERNEL = np.random.default_rng(1).normal(size=(3, 3, 3, 4)).astype(np.float32)

pytestmark = pytest.mark.filterwarnings(f"ignore::{LegacyWarning.__module__}.LegacyWarning")

TAKEN = {
    "conv1d": "x kernel stride border_mode image_shape filter_shape",
    "conv2d": "x kernel strides border_mode dim_ordering image_shape filter_shape filter_dilation",
    "conv3d": "x kernel strides border_mode dim_ordering volume_shape filter_shape",
    "separable_conv2d": "x depthwise_kernel pointwise_kernel strides border_mode dim_ordering",
    "pool2d": "x pool_size strides border_mode dim_ordering pool_mode",
    "pool3d": "x pool_size strides border_mode dim_ordering pool_mode",
    "resize_images": "X height_factor width_factor dim_ordering",
    "resize_volumes": "X depth_factor height_factor width_factor dim_ordering",
    "spatial_2d_padding": "x padding dim_ordering",
    "spatial_3d_padding": "x padding dim_ordering",
    "temporal_padding": "x padding",
    "expand_dims": "x dim",
    "one_hot": "indices nb_classes",
    "batch_get_value": "xs",
    "random_normal": "shape mean std dtype seed",
    "random_uniform": "shape low high dtype seed",
    "batch_normalization": "x mean var beta gamma epsilon",
    "categorical_crossentropy": "output target from_logits",
    "asymmetric_temporal_padding": "x left_pad right_pad",
    "asymmetric_spatial_2d_padding": "x top_pad bottom_pad left_pad right_pad dim_ordering",
    "normalize_batch_in_training": "x gamma beta reduction_axes epsilon",
    "moving_average_update": "x value",
    "l2_normalize": "x axis",
    "squeeze": "x axis",
}


@pytest.fixture(autouse=True)
def _keras1() -> Iterator[None]:
    with written_for(1):
        yield


@pytest.mark.parametrize("name", TAKEN)
def test_words_are_understood(name: str) -> None:
    known = set(inspect.signature(getattr(K, name)).parameters) | (
        SPELLINGS[name].words if name in SPELLINGS else set()
    )
    assert set(TAKEN[name].split()) <= known


@pytest.mark.parametrize("logits", [False, True])
def test_the_prediction_comes_first(logits: bool) -> None:
    """By position; by name it makes no difference. Keras 2 and later have it second."""
    shares = np.exp(SAID) / np.exp(SAID).sum(axis=-1, keepdims=True) if logits else SAID
    expected = -np.log(shares[TRUE == 1][[0, 1]])
    np.testing.assert_allclose(K.categorical_crossentropy(SAID, TRUE, logits), expected, rtol=1e-5)
    np.testing.assert_allclose(
        K.categorical_crossentropy(target=TRUE, output=SAID, from_logits=logits), expected, rtol=1e-5
    )
    np.testing.assert_allclose(K.sparse_categorical_crossentropy(SAID, TRUE.argmax(-1), logits), expected, rtol=1e-5)
    with written_for(2):
        np.testing.assert_allclose(K.categorical_crossentropy(TRUE, SAID, logits), expected, rtol=1e-5)
    each = 1 / (1 + np.exp(-SAID)) if logits else SAID
    expected = -np.log(np.where(TRUE == 1, each, 1 - each))
    np.testing.assert_allclose(K.binary_crossentropy(SAID, TRUE, logits), expected, rtol=1e-5)


def test_a_loss_of_ones_own_has_the_value_that_it_had() -> None:
    model = Model(x := Input((4,)), layers.Dense(3, activation="softmax")(x))
    model.compile("sgd", lambda y_true, y_pred: K.mean(K.categorical_crossentropy(y_pred, y_true), axis=-1))
    inputs = np.random.default_rng(2).normal(size=(2, 4)).astype(np.float32)
    expected = -np.log(model.predict(inputs)[TRUE == 1]).mean()
    assert model.evaluate(inputs, TRUE, verbose=0) == pytest.approx(expected, rel=1e-5)


def test_convolution_and_pooling() -> None:
    plain = K.conv2d(IMAGES, KERNEL, padding="same", dilation_rate=(2, 1))
    old = K.conv2d(IMAGES, KERNEL, border_mode="same", dim_ordering="tf", filter_dilation=(2, 1), image_shape=None)
    np.testing.assert_array_equal(old, plain)
    np.testing.assert_array_equal(
        K.conv2d(IMAGES, KERNEL, (1, 1), "same", "tf"), K.conv2d(IMAGES, KERNEL, padding="same")
    )
    pooled = K.pool2d(IMAGES, (2, 2), (2, 2), "valid", "tf", "avg")
    np.testing.assert_array_equal(pooled, K.pool2d(IMAGES, (2, 2), (2, 2), pool_mode="avg"))
    np.testing.assert_array_equal(
        K.conv1d(IMAGES[:, :, 0], KERNEL[0], stride=2, border_mode="same"),
        K.conv1d(IMAGES[:, :, 0], KERNEL[0], strides=2, padding="same"),
    )
    np.testing.assert_array_equal(
        K.atrous_conv2d(IMAGES, KERNEL[:2, :2], 2), K.conv2d(IMAGES, KERNEL[:2, :2], dilation_rate=(2, 2))
    )


@pytest.mark.parametrize("is_said", [True, False])
def test_kernels_with_the_filters_first(is_said: bool) -> None:
    """Where the channels come first, Keras 1's kernels were (filters, channels, rows, columns)."""
    before, old = image_data_format(), KERNEL.transpose(3, 2, 0, 1)
    try:
        set_image_data_format("channels_last" if is_said else "channels_first")
        found = K.conv2d(IMAGES.transpose(0, 3, 1, 2), old, **({"dim_ordering": "th"} if is_said else {}))
    finally:
        set_image_data_format(before)
    with written_for(2):
        expected = K.conv2d(IMAGES, KERNEL, data_format="channels_last")
    np.testing.assert_allclose(found, np.transpose(expected, (0, 3, 1, 2)), rtol=1e-5, atol=1e-5)


def test_sizes_and_padding() -> None:
    assert K.resize_images(X=IMAGES, height_factor=2, width_factor=3, dim_ordering="tf").shape == (2, 12, 15, 3)
    assert K.spatial_2d_padding(IMAGES, (1, 2), "tf").shape == (2, 8, 9, 3)
    assert K.spatial_3d_padding(IMAGES[:, None], (0, 1, 2), "tf").shape == (2, 1, 8, 9, 3)
    assert K.temporal_padding(IMAGES[:, :, 0], 2).shape == (2, 10, 3)
    assert K.asymmetric_temporal_padding(IMAGES[:, :, 0], 2, 1).shape == (2, 9, 3)
    assert K.asymmetric_spatial_2d_padding(IMAGES, 1, 2, 3, 4, "tf").shape == (2, 9, 12, 3)
    assert K.expand_dims(IMAGES, dim=1).shape == (2, 1, 6, 5, 3)
    assert K.one_hot(np.array([0, 2]), nb_classes=3).tolist() == [[1, 0, 0], [0, 0, 1]]


def test_numbers_at_random() -> None:
    assert np.std(K.random_normal((4000,), mean=0.0, std=3.0)) == pytest.approx(3.0, rel=0.1)
    drawn = K.random_uniform((100,), low=2.0, high=3.0)
    assert drawn.min() >= 2.0 and drawn.max() <= 3.0


def test_normalisation() -> None:
    mean, variance = IMAGES.mean((0, 1, 2)), IMAGES.var((0, 1, 2))
    scale, shift = np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.0, -0.5])
    expected = (IMAGES - mean) / np.sqrt(variance + 0.1) * scale + shift
    np.testing.assert_allclose(
        K.batch_normalization(IMAGES, mean, variance, shift, scale, 0.1), expected, rtol=1e-4, atol=1e-5
    )
    found, its_mean, its_variance = K.normalize_batch_in_training(IMAGES, scale, shift, [0, 1, 2], epsilon=0.1)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(its_mean, mean, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(its_variance, variance, rtol=1e-4)
    kept = K.variable([1.0, 2.0])
    K.moving_average_update(kept, np.array([3.0, 4.0]), 0.75)
    assert K.get_value(kept).tolist() == [1.5, 2.5]


def test_other_names() -> None:
    assert K.lesser([1.0, 2.0], 2.0).tolist() == [1, 0] and K.lesser_equal([1.0, 3.0], 2.0).tolist() == [1, 0]
    assert K.get_variable_shape(K.variable(np.ones((2, 3)))) == (2, 3)
    assert not K.is_sparse(IMAGES) and K.to_dense(IMAGES) is IMAGES
    assert [K.get_uid("of_a_test") for _ in range(3)] == [1, 2, 3]


def test_gradients_inside_a_layer() -> None:
    """Where the maximum of each window stood: the gradient of the sum of what a pooling gives, for what it is given."""
    x = Input((4, 4, 1))
    pooled = layers.MaxPooling2D(2)(x)
    where = layers.Lambda(lambda both: K.gradients(K.sum(both[1]), both[0]), output_shape=(4, 4, 1))([x, pooled])
    images = np.random.default_rng(3).permutation(32).reshape(2, 4, 4, 1).astype(np.float32)
    blocks = images.reshape(2, 2, 2, 2, 2).transpose(0, 1, 3, 2, 4).reshape(2, 2, 2, 4)
    expected = (blocks == blocks.max(axis=-1, keepdims=True)).reshape(2, 2, 2, 2, 2).transpose(0, 1, 3, 2, 4)
    np.testing.assert_array_equal(Model(x, where).predict(images), expected.reshape(images.shape))


def _init(shape: Any, name: str | None = None) -> Any:
    return initializations.normal(shape, scale=0.01, name=name)


def test_functions_that_make_the_first_values() -> None:
    layer = layers.Convolution2D(64, 3, 3, init=_init, input_shape=(8, 8, 16), dim_ordering="tf")  # type: ignore[attr-defined]
    Model(x := Input((8, 8, 16)), layer(x))
    assert layer.kernel.numpy().std() == pytest.approx(0.01, rel=0.05)
    drawn = {
        "uniform": (0.05, "ends"),
        "lecun_uniform": (np.sqrt(3 / 400), "ends"),
        "glorot_uniform": (np.sqrt(6 / 700), "ends"),
        "he_uniform": (np.sqrt(6 / 400), "ends"),
        "normal": (0.05, "width"),
        "glorot_normal": (np.sqrt(2 / 700), "width"),
        "he_normal": (np.sqrt(2 / 400), "width"),
    }
    for name, (size, kind) in drawn.items():
        values = getattr(initializations, name)((400, 300)).numpy()
        assert (np.abs(values).max() if kind == "ends" else values.std()) == pytest.approx(size, rel=0.02)
    rows = initializations.orthogonal((3, 3), 2.0).numpy()
    np.testing.assert_allclose(rows @ rows.T, 4 * np.eye(3), atol=1e-5)
    assert initializations.get("one")((2,)).numpy().tolist() == [1.0, 1.0]
    assert initializations.get(initializers.Zeros()) is not None and initializations.get_fans((8, 4, 3, 3)) == (36, 72)
