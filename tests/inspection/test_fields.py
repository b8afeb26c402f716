"""What a unit sees: exactly what reacts where derivatives cannot cancel; in any other net nothing outside of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cases.layers import LAYERS
from cases.rows import LayerCase
from checks.problem import make_layer

from pellucid import Input, Model, Sequential, layers
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError, EngineError
from pellucid.inspection import FieldOfView, receptive_field
from pellucid.network.receptive_fields import receptive_fields


def positive(model: Model) -> Model:
    """Weights of one sign: no derivative is the sum of others that cancel."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.uniform(0.5, 1.5, weight.shape) for weight in model.weights])
    return model


def _line(shape: tuple[int, ...], *parts: Any) -> Model:
    return positive(Sequential([Input(shape), *parts]))


def _inner() -> Model:
    x = Input((9, 9, 2))
    return Model(x, layers.Conv2D(3, 3, strides=2, padding="same", name="deep")(x), name="inner")


def _branches() -> Model:
    x = Input((12, 12, 2))
    fine = layers.Conv2D(2, 3, padding="same", dilation_rate=2)(x)
    coarse = layers.UpSampling2D(2)(layers.Conv2D(2, 2, strides=2)(x))
    return positive(Model(x, layers.Conv2D(1, 2, name="last")(layers.Concatenate()([fine, coarse]))))


CASES: dict[str, tuple[Callable[[], Model], tuple[int, ...]]] = {
    "valid": (lambda: _line((9, 8, 2), layers.Conv2D(3, (3, 2))), (6, 0)),
    "same, strides": (lambda: _line((9, 8, 2), layers.Conv2D(3, 4, strides=3, padding="same")), (0, 2)),
    "dilation": (lambda: _line((11, 12, 1), layers.Conv2D(3, 3, dilation_rate=(2, 3))), (3, 2)),
    "causal": (lambda: _line((12, 2), layers.Conv1D(2, 3, dilation_rate=3, padding="causal")), (4,)),
    "volume": (lambda: _line((5, 6, 4, 1), layers.Conv3D(1, (2, 3, 2), strides=2)), (1, 1, 0)),
    "groups": (lambda: _line((6, 6, 4), layers.Conv2D(4, 3, groups=2)), (2, 2)),
    "depthwise": (lambda: _line((6, 6, 3), layers.DepthwiseConv2D(3, depth_multiplier=2)), (1, 3)),
    "separable": (lambda: _line((6, 6, 3), layers.SeparableConv2D(2, 3, padding="same")), (0, 5)),
    "locally connected": (lambda: _line((6, 6, 2), layers.LocallyConnected2D(2, 3)), (0, 3)),
    "transposed": (lambda: _line((5, 5, 2), layers.Conv2DTranspose(2, 3, strides=2, padding="same")), (4, 9)),
    "transposed twice": (lambda: _line((4, 1), *[layers.Conv1DTranspose(1, 3, strides=2) for _ in range(2)]), (9,)),
    "mean": (lambda: _line((7, 7, 2), layers.AveragePooling2D(2, padding="same"), layers.Conv2D(1, 2)), (2, 2)),
    "nearest": (lambda: _line((5, 6, 1), layers.UpSampling2D((2, 3)), layers.Conv2D(1, 2)), (3, 7)),
    "bilinear": (lambda: _line((5, 6, 1), layers.UpSampling2D(2, interpolation="bilinear")), (4, 11)),
    "padding": (lambda: _line((5, 5, 1), layers.ZeroPadding2D(2), layers.Conv2D(1, 3)), (0, 6)),
    "cropping": (lambda: _line((7, 7, 1), layers.Cropping2D(((1, 2), (0, 3))), layers.Conv2D(1, 2)), (2, 1)),
    "permuted": (lambda: _line((5, 7, 1), layers.Permute((2, 1, 3)), layers.Conv2D(1, 3)), (4, 0)),
    "reshaped": (lambda: _line((6, 6, 1), layers.Reshape((4, 9, 1)), layers.Conv2D(1, 2)), (1, 5)),
    "dense": (lambda: _line((6, 6, 1), layers.Conv2D(1, 3, strides=2), layers.Flatten(), layers.Dense(3)), ()),
    "numbers": (lambda: _line((6,), layers.Dense(3)), ()),
    "channels first": (
        lambda: _line((2, 7, 6), layers.Conv2D(3, 3, strides=2, data_format="channels_first")), (2, 1)),
    "normalised": (lambda: _line((6, 6, 2), layers.BatchNormalization(), layers.Conv2D(1, 3)), (0, 1)),
    "model inside": (lambda: positive(Sequential([Input((9, 9, 2)), _inner(), layers.Conv2D(1, 2)])), (2, 0)),
    "branches": (_branches, (10, 0)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_is_what_reacts(name: str) -> None:
    """Each element that the unit can see has a derivative, and no other."""
    make, position = CASES[name]
    model = make()
    field = receptive_field(model, model.layers[-1], position, samples=2)
    assert np.array_equal(field.theoretical, field.effective > 0)
    assert all(first <= inside[0] for (first, _), inside in zip(field.spans, field.box, strict=True))


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_through_maxima(padding: str) -> None:
    """A maximum passes one of those that it compares: over many samples all are reached, the corners too."""
    model = _line((9, 9, 1), layers.MaxPooling2D(2, padding=padding), layers.Conv2D(1, 2, activation="relu"))
    field = receptive_field(model, model.layers[-1], (2, 2), samples=64)
    assert field.box == ((4, 7), (4, 7))
    assert np.array_equal(field.seen, field.strength > 0)


def test_is_that_of_the_summary() -> None:
    """Where an interval tells what every unit sees, both ways agree, in the padding too."""
    model = _line(
        (20, 17, 1), layers.Conv2D(2, 3, padding="same"), layers.MaxPooling2D(2), layers.Conv2D(2, 3, strides=2)
    )
    fields = list(receptive_fields(model.network).values())[-1]
    assert fields
    for position in [(0, 0), (3, 1), (2, 2)]:
        found = receptive_field(model, model.layers[-1], position, samples=1)
        assert found.spans == tuple(field.of(place) for field, place in zip(fields, position, strict=True))
        sizes = zip(found.spans, (20, 17), strict=True)
        assert found.box == tuple((max(first, 0), min(last, size - 1)) for (first, last), size in sizes)


def test_strength_is_the_derivative() -> None:
    """Against central differences of what the model predicts, on given samples."""
    model = Sequential([Input((6, 5, 2)), layers.Conv2D(3, 3, activation="tanh"), layers.Flatten(), layers.Dense(2)])
    x = np.random.default_rng(0).normal(size=(2, 6, 5, 2))
    field = receptive_field(model, "dense", unit=1, x=x, engine="reference")
    expected = np.zeros((6, 5, 2))
    for index in np.ndindex(6, 5, 2):
        step = np.zeros((6, 5, 2))
        step[index] = 1e-2
        change = model.predict(x + step, engine="reference") - model.predict(x - step, engine="reference")
        expected[index] = np.abs(change[:, 1] / 2e-2).mean()
    np.testing.assert_allclose(field.effective, expected, atol=2e-4)
    np.testing.assert_allclose(field.effective, receptive_field(model, "dense", unit=1, x=x).effective, atol=1e-5)
    assert field.samples == 2 and np.allclose(field.image, x[0])


@pytest.mark.parametrize(
    "case",
    [case for case in LAYERS if len(case.inputs) == 1 and len(case.inputs[0]) < 6][::3],
    ids=lambda case: case.name,
)
def test_every_layer(case: LayerCase) -> None:
    """Each layer of the table (one in three, for time) can be looked through: no derivative outside of the field."""
    (shape,) = case.inputs
    x = Input(shape[1:])
    model = Model(x, make_layer(case)(x))
    model.set_weights([np.random.default_rng(0).uniform(0.2, 0.9, weight.shape) for weight in model.weights])
    y = model.predict(np.zeros((1, *shape[1:]), np.float32))
    behind = {"channels_first": y.ndim - 2}.get(case.arguments.get("data_format", ""), 0)
    spatial = y.shape[1 : y.ndim - 1] if not behind else y.shape[2:]
    places = [tuple(n // 2 for n in spatial), *np.ndindex(*(min(n, 2) for n in spatial))]
    for position in places:
        with contextlib.suppress(ArgumentError):  # the gaps of a transposed convolution see nothing
            assert receptive_field(model, model.layers[-1], position, samples=1).seen.any()
            return
    pytest.fail("no unit sees anything")


def test_a_gap_sees_nothing() -> None:
    """Between the elements that a transposed convolution sets apart there is nothing to be seen, and that is said."""
    model = Sequential([Input((3, 1)), layers.Conv1DTranspose(1, 1, strides=3, name="apart")])
    assert receptive_field(model, "apart", (3,)).box == ((1, 1),)
    with pytest.raises(ArgumentError, match="depends on nothing of the input"):
        receptive_field(model, "apart", (4,))


def test_tells_the_odd_row() -> None:
    """Where "same" cannot pad both sides alike, the layer and the side are named."""
    model = _line((7, 8, 1), layers.Conv2D(1, 2, padding="same", name="pair"), layers.Conv2D(1, 3, name="next"))
    field = receptive_field(model, "next", (4, 5), samples=1)
    assert field.uneven == ("pair adds 0 rows before and 1 behind, 0 columns before and 1 behind",)
    assert field.spans == ((4, 7), (5, 8)) and field.box == ((4, 6), (5, 7))


def test_middle_of_the_gradient() -> None:
    """The share that is left out is the same on either side."""
    seen = np.ones((10, 1), bool)
    field = FieldOfView("a", "Dense", (), 0, seen, np.ones((10, 1)), 1, None, ((0, 9),))
    assert field.inner(0.8) == ((1, 8),) and field.inner(1.0) == ((0, 9),)
    assert FieldOfView("a", "Dense", (), 0, seen, np.zeros((10, 1)), 1, None, ((0, 9),)).inner() is None


def test_looking_changes_nothing() -> None:
    """The same weights, seed and answers before and after."""
    model = _line((8, 8, 1), layers.Conv2D(2, 3), layers.Dropout(0.5), layers.Flatten(), layers.Dense(2))
    x = np.ones((1, 8, 8, 1), np.float32)
    before, seed = model.predict(x), model.seed
    receptive_field(model, model.layers[-1])
    assert np.array_equal(before, model.predict(x)) and model.seed == seed


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"layer": "conv"}, ArgumentError, "did you mean"),
        ({"layer": 3}, ArgumentTypeError, "the layer is told by its name"),
        ({"position": (6, 0)}, ArgumentError, r"there is no position \(6, 0\)"),
        ({"position": 1.5}, ArgumentTypeError, "whole number for each axis"),
        ({"unit": 2}, ArgumentError, "filters 0 to 1"),
        ({"samples": 0}, ArgumentError, "samples is a whole number from 1"),
        ({"seed": -1}, ArgumentError, "seed is a whole number"),
        ({"x": np.zeros((3, 3))}, DataError, r"samples of shape \(8, 8, 1\)"),
        ({"call": 1}, ArgumentError, "used once"),
    ],
)
def test_what_cannot_be(arguments: dict[str, Any], error: type[Exception], words: str) -> None:
    """One sentence that says what was expected."""
    model = Sequential([Input((8, 8, 1)), layers.Conv2D(2, 3, name="conv2d")])
    with pytest.raises(error, match=words):
        receptive_field(model, **{"layer": "conv2d", "position": (0, 0), **arguments})


def test_open_sizes_need_a_sample() -> None:
    """The size of a sample says where the edges are."""
    model = Sequential([Input((None, None, 1)), layers.Conv2D(2, 3, padding="same", name="conv2d")])
    with pytest.raises(ArgumentError, match="whose sizes are open"):
        receptive_field(model, "conv2d", (0, 0))
    assert receptive_field(model, "conv2d", (4, 0), x=np.zeros((5, 6, 1))).box == ((3, 4), (0, 1))


def test_a_wrong_field_is_not_shown() -> None:
    """A gradient where nothing is seen is an error, not a picture."""
    with pytest.raises(EngineError, match="outside of what the unit can see"):
        FieldOfView("a", "Dense", (), 0, np.array([[True], [False]]), np.ones((2, 1)), 1, None, ((0, 0),))
