"""Where scripts of older Kerases reach into Keras itself: names, places and helpers that `pellucid run` has."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from pellucid import (
    Input,
    Model,
    Sequential,
    applications,
    initializers,
    layers,
    losses,
    models,
    optimizers,
    preprocessing,
)
from pellucid.cli import old_keras
from pellucid.cli.keras_imports import keras_is_pellucid
from pellucid.cli.old_keras import conv_utils, input_shapes, layer_utils
from pellucid.errors import ArgumentError, ShapeError
from pellucid.legacy import collected


@pytest.mark.parametrize("room", sorted(old_keras.NAMES))
def test_each_old_name_is_found_in_its_place(room: str) -> None:
    with keras_is_pellucid():
        module = importlib.import_module(f"keras.{room}")
        for name, there in old_keras.NAMES[room].items():
            place, _, today = there.partition(":")
            assert getattr(module, name) is getattr(importlib.import_module(f"pellucid.{place}"), today), name


@pytest.mark.parametrize("room", sorted(old_keras.ROOMS))
def test_each_old_place_is_a_module(room: str) -> None:
    with keras_is_pellucid():
        assert importlib.import_module(f"tensorflow.keras.{room}").__name__ == f"tensorflow.keras.{room}"


def test_what_the_names_mean() -> None:
    with keras_is_pellucid():
        from keras import backend as K
        from keras.engine import InputSpec, Layer
        from keras.engine import Model as OfEngine
        from keras.engine.topology import Container, get_source_inputs
        from keras.layers.convolutional import Deconv2D
        from keras.losses import MSE, Reduction
        from keras.optimizers import adam

        assert (OfEngine, Container, Layer, InputSpec) == (models.Model, models.Model, layers.Layer, layers.InputSpec)
        assert MSE is losses.mean_squared_error and adam is optimizers.Adam
        assert losses.MeanSquaredError(reduction=Reduction.NONE)([[1.0], [3.0]], [[0.0], [1.0]]).tolist() == [1.0, 4.0]
        assert K._BACKEND == "tensorflow" and K.backend() == "pellucid"
        with collected():
            assert K.backend() == "tensorflow"  # as `pellucid run` runs scripts
        x = Input((4, 4, 3))
        assert get_source_inputs(layers.Flatten()(x)) == [x]
        with collected():
            assert Deconv2D(2, (3, 3), strides=(2, 2), padding="same")(x).shape == (None, 8, 8, 2)
    assert initializers.get("uniform").get_config().keys() >= {"minval", "maxval"}


def test_packages_that_keras_stood_on() -> None:
    with keras_is_pellucid():
        from keras_applications.imagenet_utils import _obtain_input_shape
        from keras_applications.vgg16 import VGG16
        from keras_preprocessing.image import ImageDataGenerator

        assert _obtain_input_shape is input_shapes.obtain_input_shape
        assert VGG16 is applications.VGG16 and ImageDataGenerator is preprocessing.image.ImageDataGenerator


@pytest.mark.parametrize(("target", "shape"), [("channels_first", (3, 2, 4)), ("channels_last", (2, 4, 3))])
def test_rows_of_a_dense_layer_follow_the_channels(target: str, shape: tuple[int, ...]) -> None:
    """Its result for one image in both orders is one and the same."""
    image = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    other = np.moveaxis(image, 0, -1) if target == "channels_first" else np.moveaxis(image, -1, 0)
    dense = Sequential([Input((24,)), layers.Dense(5)]).layers[0]
    before = np.asarray(dense(other.reshape(1, -1)))
    layer_utils.convert_dense_weights_data_format(dense, shape, target)
    np.testing.assert_allclose(np.asarray(dense(image.reshape(1, -1))), before, rtol=1e-5, atol=1e-6)


def test_an_empty_name_is_none() -> None:
    """As models of tutorials hand it on: `super().__init__(name="")`."""
    assert layers.Dense(2, name="").name.startswith("dense")
    assert Sequential(name="").name.startswith("sequential")


LENGTHS = [
    (length, size, stride, dilation)
    for length in (7, 8, 28)
    for size in (1, 3, 5)
    for stride in (1, 2, 3)
    for dilation in (1, 2)
    if (size - 1) * dilation < length and 1 in (stride, dilation)
]


@pytest.mark.parametrize(("length", "size", "stride", "dilation"), LENGTHS)
def test_lengths_are_those_of_the_layers(length: int, size: int, stride: int, dilation: int) -> None:
    for padding in ("valid", "same", "causal"):
        layer = layers.Conv1D(1, size, strides=stride, padding=padding, dilation_rate=dilation)
        given = conv_utils.conv_output_length(length, size, padding, stride, dilation)
        assert given == layer.compute_output_shape((None, length, 1))[1], padding
    if dilation == 1:
        for padding in ("valid", "same"):
            layer = layers.Conv1DTranspose(1, size, strides=stride, padding=padding)
            given = conv_utils.deconv_length(length, stride, size, padding, None)
            assert given == layer.compute_output_shape((None, length, 1))[1], padding
        shortest = conv_utils.conv_input_length(length, size, "valid", stride)
        assert conv_utils.conv_output_length(shortest, size, "valid", stride) == length
    full = np.convolve(np.ones(length), np.ones((size - 1) * dilation + 1)).size
    assert conv_utils.conv_output_length(length, size, "full", 1, dilation) == full


def test_open_lengths_stay_open() -> None:
    assert conv_utils.conv_output_length(None, 3, "same", 1) is None
    assert conv_utils.conv_input_length(None, 3, "same", 1) is None
    assert conv_utils.deconv_length(None, 2, 3, "same", None) is None
    assert conv_utils.deconv_length(4, 2, 3, "full", None) == 5 and conv_utils.deconv_length(4, 2, 3, "valid", 1) == 10


def test_words_and_tuples_are_checked() -> None:
    assert conv_utils.normalize_tuple((2, 3), 2, "strides") == (2, 3)
    for value in (2.5j, (1, 2, 3), "ab"):
        with pytest.raises(ArgumentError, match=r"strides is a whole number, or 2 of them"):
            conv_utils.normalize_tuple(value, 2, "strides")  # type: ignore[arg-type]
    assert conv_utils.normalize_data_format(None) == "channels_last"
    assert conv_utils.normalize_padding("Causal") == "causal"
    with pytest.raises(ArgumentError, match="padding"):
        conv_utils.conv_output_length(3, 3, "around", 1)


def test_kernels_of_theano_are_turned() -> None:
    kernel = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    np.testing.assert_array_equal(conv_utils.convert_kernel(kernel), kernel[::-1, ::-1])
    np.testing.assert_array_equal(conv_utils.convert_kernel(kernel, "th"), kernel[..., ::-1, ::-1])
    with pytest.raises(ShapeError, match="3 to 5 axes"):
        conv_utils.convert_kernel(kernel[0, 0])


def test_sources_are_found_once_each() -> None:
    a, b = Input((4,)), Input((4,))
    dense = layers.Dense(4)
    y = layers.Add()([layers.Multiply()([dense(a), b]), dense(b), a])
    assert layer_utils.get_source_inputs(y) == [a, b]
    assert layer_utils.count_params([*dense.weights, *dense.weights]) == 20


SHAPES: list[tuple[Any, bool, Any]] = [
    (None, True, (224, 224, 3)),
    (None, False, (None, None, 3)),
    ((64, 64, 3), False, (64, 64, 3)),
    ((64, 64, 1), True, (64, 64, 1)),
]


@pytest.mark.parametrize(("asked", "fixed", "shape"), SHAPES)
def test_shapes_of_networks(asked: Any, fixed: bool, shape: Any) -> None:
    obtained = input_shapes.obtain_input_shape(
        asked, default_size=224, min_size=32, data_format=None, require_flatten=fixed
    )
    assert obtained == shape
    first = input_shapes.obtain_input_shape(
        None if asked is None else asked[::-1], 224, 32, dim_ordering="th", include_top=fixed
    )
    assert first == shape[::-1]


@pytest.mark.parametrize(
    ("asked", "weights", "message"),
    [
        ((64, 64), None, "three numbers"),
        ((16, 64, 3), None, "32x32 or more"),
        ((None, None, 3), None, "needs the size"),
        ((64, 64, 3), "imagenet", r"for images of \(224, 224, 3\)"),
    ],
)
def test_shapes_that_cannot_be(asked: Any, weights: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        input_shapes.obtain_input_shape(asked, 224, 32, "channels_last", require_flatten=True, weights=weights)


def test_a_layer_that_joins_in_its_own_way_trains() -> None:
    """`_Merge` of the improved Wasserstein GAN: a point between two batches; here always the middle."""
    with keras_is_pellucid():
        from keras.layers.merge import _Merge

        class Between(_Merge):
            def _merge_function(self, inputs: Any) -> Any:
                return (0.5 * inputs[0]) + (0.5 * inputs[1])

    a, b = Input((3,)), Input((3,))
    model = Model([a, b], layers.Dense(1, use_bias=False, kernel_initializer="ones")(Between()([a, b])))
    x, z = np.eye(3, dtype=np.float32), np.ones((3, 3), np.float32)
    assert model.predict([x, z], verbose=0).ravel().tolist() == [2.0, 2.0, 2.0]
