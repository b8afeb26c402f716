"""Ready-made networks against the installed Keras's, layer by layer: class, name, shape of the result, weights."""

from __future__ import annotations

import hashlib
from typing import Any

import h5py
import keras
import numpy as np
import pytest
import sampling
from keras.src.legacy.saving import legacy_h5_format

import pellucid
from pellucid import Input, applications
from pellucid.errors import ArgumentError, FileError, ShapeError

NETWORKS: dict[str, dict[str, Any]] = {
    "VGG16": {"input_shape": (32, 32, 3), "include_top": False},
    "VGG19": {"input_shape": (32, 32, 3), "include_top": False, "pooling": "max"},
    "ResNet50": {"input_shape": (32, 40, 3), "classes": 7},
    "ResNet50V2": {"input_shape": (33, 32, 3), "include_top": False, "pooling": "avg"},
    "MobileNet": {"input_shape": (64, 64, 3), "alpha": 0.5},
    "MobileNetV2": {"input_shape": (96, 96, 3), "alpha": 0.35, "include_top": False},
    "MobileNetV3Small": {"input_shape": (64, 64, 3), "classes": 5},
    "MobileNetV3Large": {"input_shape": (33, 47, 3), "include_top": False, "minimalistic": True},
    "DenseNet121": {"input_shape": (32, 32, 3), "include_top": False},
    "Xception": {"input_shape": (71, 71, 3), "include_top": False},
    "InceptionV3": {"input_shape": (75, 75, 3), "include_top": False, "pooling": "avg"},
    "InceptionResNetV2": {"input_shape": (75, 75, 3), "include_top": False},
    "EfficientNetB0": {"input_shape": (40, 33, 3), "classes": 5},
    "EfficientNetB2": {"input_shape": (32, 32, 3), "include_top": False, "pooling": "max"},
}


def described(model: Any) -> list[tuple[Any, ...]]:
    """Each layer that is one in both: what it is, what it is called, what comes out, how many numbers it has."""
    found = []
    for layer in model.layers:
        shape = layer.output.shape if hasattr(layer, "output") else None
        found.append((type(layer).__name__, layer.name, tuple(shape or ()), layer.count_params()))
    return [each for each in found if each[0] in vars(keras.layers)]


DIGESTS = {
    "VGG16": "44996269dd4dc5aa",
    "VGG19": "825309143c89fb6f",
    "ResNet50": "7dd861ee3046cce6",
    "ResNet50V2": "fb61383c02e05704",
    "MobileNet": "d743fe371e49e12a",
    "MobileNetV2": "4e6d3bba46a0ff5f",
    "MobileNetV3Small": "9b23781a7640e03f",
    "MobileNetV3Large": "61cf1d416e20a257",
    "DenseNet121": "ea9e027f2420e03c",
    "Xception": "6985dc31fe601fe1",
    "InceptionV3": "d8e17fb8e7000b82",
    "InceptionResNetV2": "52f64cd2be5c754b",
    "EfficientNetB0": "b568f9cc004538eb",
    "EfficientNetB2": "38632e519d49d811",
}
"""Of what Keras 3.15.1's networks are, so that they need not be made with every run: `test-long` makes them."""


def digest(model: Any) -> str:
    """Of name, layers and shapes of weights."""
    text = repr((model.name, described(model), [tuple(weight.shape) for weight in model.weights]))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


LARGE = pytest.mark.skipif(sampling.SAMPLES, reason="makes 54 million numbers: test-long does it")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=LARGE) if name == "InceptionResNetV2" else name for name in NETWORKS]
)
def test_a_network_is_what_keras_s_was(name: str) -> None:
    pellucid.clear_session()
    assert digest(getattr(applications, name)(weights=None, **NETWORKS[name])) == DIGESTS[name]


@pytest.mark.skipif(sampling.SAMPLES, reason="takes minutes: the digests stand for it, test-long makes them")
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_that_of_keras(name: str) -> None:
    keras.backend.clear_session()
    pellucid.clear_session()
    theirs = getattr(keras.applications, name)(weights=None, **NETWORKS[name])
    ours = getattr(applications, name)(weights=None, **NETWORKS[name])
    assert digest(theirs) == DIGESTS[name]
    assert ours.name == theirs.name and ours.count_params() == theirs.count_params()
    assert described(ours) == described(theirs)
    assert [weight.shape for weight in ours.weights] == [tuple(weight.shape) for weight in theirs.weights]


def drawn(shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    """Weights that keep values at about their size through many layers: no output is at the end of its range."""
    generator = np.random.default_rng(0)
    return [
        (
            generator.normal(0, 1.4 / np.sqrt(np.prod(shape[:-1])), shape)
            if len(shape) > 1
            else 0.5 + abs(generator.normal(0, 0.3, shape))
        ).astype(np.float32)
        for shape in shapes
    ]


@pytest.mark.skipif(sampling.SAMPLES, reason="takes minutes: test-long does it")
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.filterwarnings("ignore:.*look like pixels")
def test_with_keras_s_weights_it_says_what_keras_says(name: str) -> None:
    """All of them, to what float32 rounds: 2e-5 of the largest output. A softmax at its end would hide a difference."""
    top = {} if NETWORKS[name].get("include_top") is False else {"classifier_activation": None}
    options = {"weights": None, **NETWORKS[name], **top}
    theirs, ours = (getattr(room, name)(**options) for room in (keras.applications, applications))
    weights = drawn([tuple(weight.shape) for weight in ours.weights])
    theirs.set_weights(weights)
    ours.set_weights(weights)
    x = np.random.default_rng(1).uniform(0, 255, (1, *NETWORKS[name]["input_shape"])).astype(np.float32)
    expected = np.asarray(theirs(x, training=False))
    assert abs(expected).max() > 0
    np.testing.assert_allclose(ours.predict(x, verbose=0), expected, rtol=0, atol=2e-5 * abs(expected).max())


def test_full_counts_are_those_of_the_papers() -> None:
    """As keras.io lists them; the layers are told apart without making 138 million numbers twice."""
    assert applications.ResNet50(weights=None).count_params() == 25_636_712
    assert applications.MobileNetV2(weights=None).count_params() == 3_538_984


@pytest.mark.skipif(sampling.SAMPLES, reason="makes 64 million numbers: test-long does it")
def test_the_largest_by_the_rule_of_scaling() -> None:
    """As keras.io lists it: 66,658,687 with the thousand classes."""
    largest = applications.EfficientNetB7(weights=None, include_top=False, input_shape=(32, 32, 3), pooling="avg")
    assert largest.count_params() + (2560 + 1) * 1000 == 66_658_687


@pytest.mark.parametrize(
    "name",
    [
        "vgg16",
        "resnet",
        "resnet_v2",
        "mobilenet",
        "mobilenet_v2",
        "mobilenet_v3",
        "densenet",
        "xception",
        "efficientnet",
    ],
)
def test_pixels_are_prepared_as_in_keras(name: str) -> None:
    x = np.random.default_rng(1).uniform(0, 255, (2, 3, 4, 3)).astype(np.float32)
    theirs = getattr(keras.applications, name).preprocess_input(x.copy())
    ours = getattr(applications, name).preprocess_input(x.copy())
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    a = Input((3, 4, 3))
    inside = pellucid.Model(a, getattr(applications, name).preprocess_input(a) * 1.0).predict(x, verbose=0)
    np.testing.assert_allclose(inside, theirs, rtol=1e-5, atol=1e-4)


def test_weights_from_a_file(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is read; "imagenet", also when unsaid, is looked for where Keras keeps it, before anything is built."""
    options: dict[str, Any] = {"input_shape": (32, 32, 3), "alpha": 0.25, "include_top": False}
    first = applications.MobileNet(weights=None, **options)
    first.save_weights(tmp_path / "mine.weights.h5")
    second = applications.MobileNet(weights=str(tmp_path / "mine.weights.h5"), **options)
    np.testing.assert_array_equal(second.get_weights()[0], first.get_weights()[0])
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(FileError, match=r"mobilenet_2_5_224_tf_no_top\.h5, whose hash .*put it into .*models"):
        applications.MobileNet(**options)


@pytest.mark.skipif(sampling.SAMPLES, reason="takes ten seconds: test-long does it")
def test_imagenet_is_the_file_that_keras_keeps(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the name and form that Keras's own have, written by the installed Keras."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    options: dict[str, Any] = {"input_shape": (128, 128, 3), "alpha": 0.25, "include_top": False}
    theirs = keras.applications.MobileNet(weights=None, **options)
    (tmp_path / "models").mkdir()
    with h5py.File(tmp_path / "models" / "mobilenet_2_5_128_tf_no_top.h5", "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, theirs)
    ours = applications.MobileNet(**options)
    for mine, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, expected)


def test_an_input_of_the_user_s() -> None:
    a = Input((32, 32, 3))
    model = applications.VGG16(weights=None, include_top=False, input_tensor=a * 2.0)
    assert model.inputs[0] is a or model.inputs[0].shape == a.shape
    assert model.predict(np.zeros((1, 32, 32, 3)), verbose=0).shape == (1, 1, 1, 512)


def test_classes_in_words() -> None:
    found = applications.vgg16.decode_predictions(np.array([[0.1, 0.7, 0.2]]), top=2, classes=["cat", "dog", "cow"])
    assert found == [[("1", "dog", 0.7), ("2", "cow", 0.2)]]
    assert applications.imagenet_utils.decode_predictions(np.eye(2), top=1, classes={"b": 1, "a": 0})[0][0][1] == "a"
    with pytest.raises(ArgumentError, match="classes="):
        applications.vgg16.decode_predictions(np.eye(2), classes=["cat"])


def test_what_cannot_be() -> None:
    with pytest.raises(ShapeError, match="at least 71x71"):
        applications.Xception(weights=None, input_shape=(32, 32, 3))
    with pytest.raises(ArgumentError, match="for 1000 classes, got classes=3"):
        applications.VGG16(classes=3)
    with pytest.raises(FileError, match=r"there is no file 'nowhere\.h5'"):
        applications.VGG16(weights="nowhere.h5")
    with pytest.raises(ArgumentError, match="pooling"):
        applications.VGG16(weights=None, include_top=False, pooling="min")
