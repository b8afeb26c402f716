"""Kernels of layer upon layer as one: convolved in NumPy, held to the model, refused where that is not exact."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Model, Sequential, inspection, layers
from pellucid.errors import ArgumentError
from pellucid.inspection import composition

RNG = np.random.default_rng(12)


@pytest.fixture(autouse=True)
def _start() -> None:
    pellucid.clear_session()
    pellucid.set_random_seed(7)


def _convolved(first: np.ndarray, second: np.ndarray, unit: int) -> np.ndarray:
    """Two kernels (rows, columns, in, filters) as one of filter `unit`: all pairs of taps, channels summed."""
    a, b = first.astype(np.float64), second.astype(np.float64)
    rows, columns = (p + q - 1 for p, q in zip(a.shape, b.shape[:2], strict=False))
    found = np.zeros((rows, columns, a.shape[2]))
    for i, j in np.ndindex(*b.shape[:2]):
        found[i : i + a.shape[0], j : j + a.shape[1]] += a @ b[i, j, :, unit]
    return found


def test_two_convolutions_are_one() -> None:
    model = Sequential([layers.Input((11, 12, 2)), layers.Conv2D(4, 3, use_bias=True, name="a"),
                        layers.Conv2D(3, (2, 3), activation="relu", name="b")])  # fmt: skip
    for layer in model.layers:
        layer.bias.assign(RNG.normal(size=layer.bias.shape))
    first, bias, second, last = model.get_weights()
    for unit in range(3):
        made = composition(model, "b", unit, (3, 4))
        np.testing.assert_allclose(made.kernel, _convolved(first, second, unit), atol=1e-6)
        assert made.box == ((3, 6), (4, 8)) and made.exact == "everywhere" and made.through == ("a", "b")
        expected = float((second[..., unit].sum(axis=(0, 1)) * bias).sum() + last[unit])
        assert made.bias == pytest.approx(expected, abs=1e-6)
        x = RNG.normal(size=(11, 12, 2))
        maps = inspection.feature_maps(model, x, "b", stage="before activation", engine="reference")[0].maps
        assert made.at(x.astype(np.float32)) == pytest.approx(float(maps[3, 4, unit]), abs=1e-5)
    assert composition(model, "b").position == (4, 4)  # the middle


def test_linear_things_on_the_way() -> None:
    """Normalisation, means, padding, strides, depthwise and transposed convolutions, upsampling, branches, dense."""
    x = layers.Input((10, 9, 2))
    y = layers.ZeroPadding2D(1)(layers.DepthwiseConv2D(3, strides=2, padding="same")(x))
    y = layers.BatchNormalization(name="norm")(y)
    y = layers.UpSampling2D(2)(layers.AveragePooling2D(2)(y))
    y = layers.Add()([layers.Conv2DTranspose(3, 2)(y), layers.Conv2D(3, 2, padding="same")(layers.ZeroPadding2D(
        ((0, 1), (0, 1)))(y))])  # fmt: skip
    y = layers.Dense(2, name="head")(layers.Dropout(0.5)(layers.Flatten()(layers.Permute((2, 1, 3))(y))))
    model = Model(x, y)
    model.get_layer("norm").set_weights([RNG.uniform(0.5, 2, 2), RNG.normal(size=2), RNG.normal(size=2), [2.0, 3.0]])
    made = composition(model, "head", 1)
    assert made.exact == "everywhere" and made.image is None and made.position == ()
    for _ in range(3):
        image = RNG.normal(size=(10, 9, 2)).astype(np.float32)
        assert made.at(image) == pytest.approx(float(model.predict(image[None], verbose=0)[0, 1]), rel=1e-4, abs=1e-4)


def test_for_one_sample_behind_what_chooses() -> None:
    """Equal to the model at the sample, and near it as long as the same units are on; the slope is the kernel."""
    model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(2),
                        layers.LeakyReLU(), layers.Flatten(),
                        layers.Dense(3, activation="softmax", name="head")])  # fmt: skip
    x = RNG.normal(size=(8, 8, 1)).astype(np.float32)
    made = composition(model, "head", 2, x=x)
    logits = inspection.feature_maps(model, x, "head", stage="before activation", engine="reference")[0].maps
    assert made.exact == "for this sample" and made.value == pytest.approx(float(logits[2]), abs=1e-6)
    assert made.at(x) == pytest.approx(float(logits[2]), abs=1e-6)
    near = x * np.float32(1 + 1e-5)
    again = inspection.feature_maps(model, near, "head", stage="before activation", engine="reference")[0].maps
    assert made.at(near) == pytest.approx(float(again[2]), abs=1e-6)
    slope = inspection.saliency(model, x, unit=2, engine="reference")
    np.testing.assert_allclose(made.weights, slope.values, atol=1e-6)


def test_other_ranks_and_formats() -> None:
    model = Sequential([layers.Input((9, 2)), layers.Conv1D(3, 3), layers.Conv1D(2, 2, dilation_rate=2, name="b")])
    made = composition(model, "b", 1)
    assert made.kernel.shape == (5, 2) and made.axes == ("steps", "channel")
    a = Sequential([layers.Input((7, 7, 2)), layers.Conv2D(3, 3), layers.Conv2D(2, 3, name="b")])
    b = Sequential([layers.Input((2, 7, 7)), layers.Conv2D(3, 3, data_format="channels_first"),
                    layers.Conv2D(2, 3, data_format="channels_first", name="b")])  # fmt: skip
    b.set_weights(a.get_weights())
    np.testing.assert_allclose(composition(a, "b", 1).weights, composition(b, "b", 1).weights, atol=1e-6)
    volume = Sequential([layers.Input((5, 5, 5, 1)), layers.Conv3D(2, 2), layers.Conv3D(1, 2, name="b")])
    assert composition(volume, "b").kernel.shape == (3, 3, 3, 1)
    row = Sequential([layers.Input((4,)), layers.Dense(3), layers.Dense(2, name="b")])
    first, _, second, _ = row.get_weights()
    np.testing.assert_allclose(composition(row, "b", 1).weights[:, 0], (first @ second)[:, 1], atol=1e-6)


@pytest.mark.parametrize(
    ("parts", "arguments", "message"),
    [
        ([layers.Conv2D, layers.ReLU, layers.Conv2D], {}, "relu in re_lu.* chooses by its input.* pass a sample"),
        ([layers.Conv2D, layers.MaxPooling2D, layers.Conv2D], {}, "MaxPool in max_pooling2d"),
        (["sigmoid", layers.Conv2D], {"x": np.ones((9, 9, 1))}, "in conv2d bends what goes through it"),
        (["gelu", layers.Conv2D], {"x": np.ones((9, 9, 1))}, "bends what goes through it"),
        ([layers.Conv2D], {"unit": 2}, "has units 0 to 1"),
        ([layers.Conv2D], {"position": (7, 0)}, "there is no position"),
        ([layers.Conv2D], {"stage": "middle"}, "stage of composition"),
        ([layers.LayerNormalization], {"x": np.ones((9, 9, 1))}, "bends"),
    ],
)
def test_what_is_not_exact_is_refused(parts: list[Any], arguments: dict[str, Any], message: str) -> None:
    made = [layers.Conv2D(2, 3, activation=part) if isinstance(part, str)
            else part(2, 3) if part is layers.Conv2D else part() for part in parts]  # fmt: skip
    model = Sequential([layers.Input((9, 9, 1)), *made])
    with pytest.raises(ArgumentError, match=message):
        composition(model, model.layers[-1], **arguments)


def test_open_sizes_need_a_sample() -> None:
    model = Sequential([layers.Input((None, None, 1)), layers.Conv2D(2, 3, name="c")])
    with pytest.raises(ArgumentError, match=r"composition\(..., x=sample\)"):
        composition(model, "c")
    made = composition(model, "c", 1, x=np.ones((6, 7, 1)))
    np.testing.assert_allclose(made.kernel, model.layers[0].kernel.numpy()[..., 1], atol=1e-7)
    assert made.exact == "everywhere"
