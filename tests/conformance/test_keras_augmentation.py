"""Layers that vary images, held to Keras's: where a range has one number nothing is random, and all pixels agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from pellucid import Input, Sequential, layers, load_model  # noqa: E402
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError  # noqa: E402

X = np.random.default_rng(4).uniform(0, 255, (2, 9, 12, 3)).astype(np.float32)
MODES = ("reflect", "wrap", "constant", "nearest")

FIXED: dict[str, tuple[str, dict[str, Any]]] = {
    **{
        f"shifted, {mode}": (
            "RandomTranslation", {"height_factor": (0.3, 0.3), "width_factor": (-0.45, -0.45), "fill_mode": mode},
        )
        for mode in MODES
    },
    **{
        f"zoomed {'in' if by < 0 else 'out'}, {mode}": (
            "RandomZoom", {"height_factor": (by, by), "width_factor": (0.2, 0.2), "fill_mode": mode},
        )
        for mode in MODES for by in (-0.4, 0.7)
    },
    **{f"turned, {mode}": ("RandomRotation", {"factor": (0.07, 0.07), "fill_mode": mode}) for mode in MODES},
    "turned far": ("RandomRotation", {"factor": (-0.4, -0.4), "fill_mode": "constant", "fill_value": 7.0}),
    "zoomed, in proportion": ("RandomZoom", {"height_factor": (0.3, 0.3)}),
    "shifted, nearest place": (
        "RandomTranslation", {"height_factor": (0.2, 0.2), "width_factor": (0.1, 0.1), "interpolation": "nearest"},
    ),
    "not seen in perspective": ("RandomPerspective", {"factor": (1.0, 1.0), "scale": 0.0}),
    "evened": ("Equalization", {}),
    "evened, of 0..1": ("Equalization", {"value_range": (0, 1), "bins": 32}),
    "brighter": ("RandomBrightness", {"factor": (0.3, 0.3)}),
    "darker, of 0..1": ("RandomBrightness", {"factor": (-0.3, -0.3), "value_range": (0, 1)}),
    "grey": ("RandomGrayscale", {"factor": 1.0}),
    "with weaker colours": ("RandomColorDegeneration", {"factor": (0.6, 0.6)}),
    "less saturated": ("RandomSaturation", {"factor": (0.3, 0.3)}),
    "more saturated, of 0..1": ("RandomSaturation", {"factor": (0.8, 0.8), "value_range": (0, 1)}),
    "saturated beyond what can be": ("RandomSaturation", {"factor": (0.8, 0.8)}),
    "hues turned by half": ("RandomHue", {"factor": (1.0, 1.0)}),
    "jittered": (
        "RandomColorJitter", {"brightness_factor": (0.1, 0.1), "contrast_factor": (0.0, 0.0),
                              "saturation_factor": (0.4, 0.4), "hue_factor": (1.0, 1.0)},
    ),
    "negative": ("RandomInvert", {"factor": (1.0, 1.0)}),
    "negative, of 0..1": ("RandomInvert", {"factor": (1.0, 1.0), "value_range": (0, 1)}),
    "of three bits": ("RandomPosterization", {"factor": (3, 3)}),
    "solarized": ("Solarization", {}),
    "solarized, of 0..1": ("Solarization", {"value_range": (0, 1)}),
    "blurred": ("RandomSharpness", {"factor": (0.1, 0.1)}),
    "sharpened, of 0..1": ("RandomSharpness", {"factor": (0.9, 0.9), "value_range": (0, 1)}),
    "blurred as by a lens": ("RandomGaussianBlur", {"factor": (1.0, 1.0), "kernel_size": (5, 3), "sigma": (0.7, 0.7)}),
    "with less contrast": ("RandomContrast", {"factor": (0.4, 0.4)}),
}  # fmt: skip
"""Layers that draw from a range of one number."""


@pytest.mark.parametrize("case", FIXED)
def test_pixels(case: str) -> None:
    """To a thousandth of 255; outside of training nothing changes, to the bit."""
    name, arguments = FIXED[case]
    x = X / 255 if "0..1" in case else X
    if name == "RandomContrast":  # from 1 - low to 1 + high, so never one number: by its formula, between both ends
        y = getattr(layers, name)(**arguments, seed=1)(x, training=True)
        mean = x.mean(axis=(1, 2), keepdims=True)
        inside = (y > 0) & (y < 255)
        factors = ((y - mean) / (x - mean))[inside & (np.abs(x - mean) > 20)]
        assert 0.6 - 1e-3 <= factors.min() <= factors.max() <= 1.4 + 1e-3
        return
    seed = {} if name == "Equalization" else {"seed": 1}
    ours, theirs = (getattr(room, name)(**arguments, **seed) for room in (layers, keras.layers))
    assert np.abs(ours(x, training=True) - np.asarray(theirs(x, training=True))).max() <= 0.255 * x.max() / 255
    assert np.array_equal(ours(x, training=False), x)
    if case != "not seen in perspective":
        assert not np.array_equal(getattr(layers, name)(**arguments)(x), x)  # called alone it varies, as in Keras


@pytest.mark.parametrize("name", ["RandomRotation", "RandomZoom", "RandomTranslation"])
def test_channels_first(name: str) -> None:
    arguments = {"RandomTranslation": (0.2, 0.3)}.get(name, (0.2,))
    last, first = (getattr(layers, name)(*arguments, seed=3, data_format=f"channels_{where}") for where in
                   ("last", "first"))  # fmt: skip
    moved = np.moveaxis(X, -1, 1)
    assert np.allclose(np.moveaxis(last(X, training=True), -1, 1), first(moved, training=True), atol=1e-3)


ARGUMENTS: dict[str, dict[str, Any]] = {
    "RandomFlip": {"mode": "vertical"},
    "RandomRotation": {"factor": 0.2, "fill_mode": "wrap"},
    "RandomTranslation": {"height_factor": 0.1, "width_factor": (-0.2, 0.3)},
    "RandomZoom": {"height_factor": (-0.2, 0.3)},
    "RandomCrop": {"height": 5, "width": 6},
    "RandomContrast": {"factor": 0.3},
    "RandomBrightness": {"factor": 0.3, "value_range": (0, 1)},
    "RandomErasing": {"factor": 0.9, "scale": (0.1, 0.2), "fill_value": 3.0},
    "RandomGrayscale": {"factor": 0.5},
    "RandomColorDegeneration": {"factor": 0.7},
    "RandomHue": {"factor": 0.3},
    "RandomSaturation": {"factor": (0.2, 0.6)},
    "RandomColorJitter": {
        "brightness_factor": 0.2,
        "contrast_factor": 0.3,
        "saturation_factor": 0.5,
        "hue_factor": 0.1,
    },
    "RandomInvert": {"factor": (0.5, 0.5), "value_range": (0, 1)},
    "RandomPosterization": {"factor": 5},
    "Solarization": {"addition_factor": 0.2, "threshold_factor": 0.4},
    "RandomSharpness": {"factor": 0.9},
    "RandomGaussianBlur": {"factor": 0.9, "kernel_size": 5, "sigma": (0.5, 1.0)},
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_configurations(name: str) -> None:
    """Keras reads ours, and we Keras's; the settings that both have are the same."""
    ours = getattr(layers, name)(**ARGUMENTS[name], seed=5)
    theirs = getattr(keras.layers, name).from_config({**ours.get_config(), "dtype": "float32"})
    told = theirs.get_config()
    told |= {"seed": 5} if name == "RandomGrayscale" else {}  # which Keras does not write down
    again = getattr(layers, name).from_config({key: told[key] for key in told if key in ours.get_config()})
    assert again.get_config() == ours.get_config()
    assert (again(X, training=True) == ours(X, training=True)).all()


def test_contrast_by_itself() -> None:
    """Stretched alike in training and not, as in Keras; a flat channel stays."""
    x = X.copy()
    x[1, :, :, 2] = 9.0
    ours, theirs = layers.AutoContrast((0, 255)), keras.layers.AutoContrast((0, 255))
    assert np.abs(ours(x) - np.asarray(theirs(x))).max() < 1e-3
    assert np.array_equal(ours(x, training=True), ours(x, training=False))
    small = layers.AutoContrast((0, 1))(x / 255)
    assert np.abs(small - np.asarray(keras.layers.AutoContrast((0, 1))(x / 255))).max() < 1e-5


def test_colours_need_three_channels() -> None:
    for name in ("RandomGrayscale", "RandomHue", "RandomSaturation", "RandomColorJitter"):
        layer = getattr(layers, name)(**ARGUMENTS[name])
        with pytest.raises(ShapeError, match="takes images of 3 channels"):
            layer(X[..., :1], training=True)


def test_draws_differ_and_can_be_repeated() -> None:
    """Each image has its own draw; equal seeds give equal ones, whatever the number of threads."""
    x = np.repeat(X[:1], 16, axis=0)
    for name, arguments in ARGUMENTS.items():
        first, second = (getattr(layers, name)(**arguments, seed=2)(x, training=True) for _ in range(2))
        assert np.array_equal(first, second), name
        assert len({image.tobytes() for image in np.asarray(first)}) >= 2, name


def test_crops() -> None:
    """In training a piece of the image; the middle otherwise."""
    x = np.arange(2 * 8 * 9 * 1, dtype=np.float32).reshape(2, 8, 9, 1)
    layer = layers.RandomCrop(3, 4, seed=1)
    for image, piece in zip(x, np.asarray(layer(x, training=True)), strict=True):
        top, left = np.argwhere(image[..., 0] == piece[0, 0, 0])[0]
        assert np.array_equal(image[top : top + 3, left : left + 4], piece)
    assert layer(x, training=False).shape == (2, 3, 4, 1)


def test_in_a_model(tmp_path: Path) -> None:
    """Trained, saved, read again; predictions are not varied."""
    front = [getattr(layers, name)(**arguments) for name, arguments in ARGUMENTS.items() if name != "RandomCrop"]
    model = Sequential([Input((9, 12, 3)), *front, layers.Flatten(), layers.Dense(2, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(X / 255, [0, 1], epochs=1, verbose=0)
    model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras")
    assert np.array_equal(model.predict(X, verbose=0), again.predict(X, verbose=0))
    read = keras.models.load_model(tmp_path / "model.keras")
    assert np.abs(read.predict(X, verbose=0) - model.predict(X, verbose=0)).max() < 1e-4


@pytest.mark.parametrize("axis", [-1, (1, 3), None])
def test_normalization_by_what_was_measured(axis: Any, tmp_path: Path) -> None:
    """Measured at once or in batches, it is Keras's, and NumPy's; files go both ways."""
    ours, theirs = layers.Normalization(axis=axis), keras.layers.Normalization(axis=axis)
    theirs.adapt(X)
    ours.adapt([X[:1], (X[1:], None)])
    assert np.abs(ours(X) - np.asarray(theirs(X))).max() < 1e-4
    again = layers.Normalization(axis=axis)
    again.adapt(X)
    others = tuple(each for each in range(4) if axis is None or each not in {(a % 4) for a in np.atleast_1d(axis)})
    expected = (X - X.mean(axis=others, keepdims=True, dtype=np.float64)) / X.std(axis=others, keepdims=True)
    assert np.abs(again(X) - expected).max() < 1e-4
    model = Sequential([Input((9, 12, 3)), ours])
    model.save(tmp_path / "ours.keras")
    read = keras.models.load_model(tmp_path / "ours.keras")
    assert np.abs(read.predict(X, verbose=0) - expected).max() < 1e-4
    keras.Sequential([keras.layers.Input((9, 12, 3)), theirs]).save(tmp_path / "theirs.keras")
    assert np.abs(load_model(tmp_path / "theirs.keras").predict(X, verbose=0) - expected).max() < 1e-4


def test_normalization_that_cannot_be_measured() -> None:
    given = layers.Normalization(mean=0.0, variance=1.0)
    with pytest.raises(ArgumentError, match="were given"):
        given.adapt(X)
    with pytest.raises(DataError, match="no samples"):
        layers.Normalization().adapt([])
    for wrong in (None, 3, "abc", b"abc", object()):
        with pytest.raises(ArgumentTypeError, match=r"adapt\(\) takes an array, or batches to go through, got"):
            layers.Normalization().adapt(wrong)
    seen = layers.Normalization()
    seen.adapt(memoryview(np.arange(6, dtype=np.float32).reshape(2, 3)))
    np.testing.assert_allclose(seen.adapted_mean.numpy(), [1.5, 2.5, 3.5])
    with pytest.raises(ArgumentError, match="together"):
        layers.Normalization(mean=1.0)


@pytest.mark.parametrize(
    ("shape", "settings"),
    [
        ((2, 32, 40, 3), {}),
        ((1, 33, 41, 3), {"clip_limit": 0.0}),
        ((2, 17, 9, 1), {"clip_limit": 2.0, "tile_grid_size": (2, 3)}),
        ((1, 3, 5, 3), {}),
        ((2, 3, 24, 20), {"data_format": "channels_first", "tile_grid_size": (3, 2)}),
    ],
)
def test_tones_spread_place_by_place(shape: tuple[int, ...], settings: dict[str, Any]) -> None:
    """To a thousandth of 255, where tiles do not divide the image and where they are single pixels too."""
    x = np.random.default_rng(1).uniform(0, 255, shape).astype(np.float32)
    ours, theirs = (room.ContrastLimitedAdaptiveHistogramEqualization(**settings) for room in (layers, keras.layers))
    assert np.abs(ours(x) - np.asarray(theirs(x))).max() <= 1e-3
    assert np.array_equal(ours(x), ours(x, training=True))
    assert ours.get_config()["clip_limit"] == theirs.get_config()["clip_limit"]
