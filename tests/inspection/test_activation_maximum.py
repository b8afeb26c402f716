"""The input that excites a unit most: exact where a maximum is known, its gradients held to central differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Sequential, inspection, layers
from pellucid.errors import ArgumentError
from pellucid.inspection import activation_maximum
from pellucid.inspection.maxima import Waves

RNG = np.random.default_rng(5)


def _model() -> Sequential:
    pellucid.clear_session()
    pellucid.set_random_seed(3)
    return Sequential([
        layers.Input((8, 7, 2)), layers.Conv2D(3, 3, activation="relu", name="first"),
        layers.Conv2D(4, 3, activation="relu", name="second"), layers.Flatten(),
        layers.Dense(3, activation="softmax", name="head"),
    ])  # fmt: skip


@pytest.mark.parametrize("unit", [0, 1, 2])
def test_the_best_input_of_a_first_filter_is_known(unit: int) -> None:
    """Where a weight is positive the largest number, where it is negative the smallest: so much, and no more."""
    model = _model()
    kernel, bias = (array.astype(np.float64) for array in model.layers[0].get_weights())
    found = activation_maximum(model, "first", unit, (2, 1), parameters="pixels", low=-1.0, high=2.0)
    best = np.where(kernel[..., unit] > 0, 2.0, -1.0)
    np.testing.assert_array_equal(found.image[2:5, 1:4], best)
    assert found.sum == pytest.approx((kernel[..., unit] * best).sum() + bias[unit], rel=1e-5)
    assert found.output == pytest.approx(found.sum) and not found.is_dead and len(found.course) == 128


@pytest.mark.parametrize("sizes", [(7, 6), (6, 7), (9,), (4, 3, 4), (1, 5)])
def test_gradients_go_back_through_the_waves(sizes: tuple[int, ...]) -> None:
    """With respect to real and imaginary parts, by central differences."""
    waves = Waves("fourier", (*sizes, 2), (-1.0, 3.0))
    at = waves.start(RNG, 1.0)
    slopes = RNG.normal(size=(*sizes, 2))
    found = waves.back(at, slopes)
    for index in [tuple(index) for index in RNG.integers(0, at.shape, (12, at.ndim))]:
        step = np.zeros(at.shape)
        step[index] = 1e-6
        change = ((waves.image(at + step) - waves.image(at - step)) * slopes).sum() / 2e-6
        assert found[index] == pytest.approx(change, abs=1e-6)


@pytest.mark.parametrize("parameters", ["fourier", "pixels"])
@pytest.mark.parametrize(("layer", "unit"), [("second", 1), ("head", 2), ("first", 0)])
def test_it_climbs_above_all_that_is_drawn_at_random(parameters: str, layer: str, unit: int) -> None:
    model = _model()
    found = activation_maximum(model, layer, unit, parameters=parameters, steps=60, step_size=0.1)
    batch = RNG.random((50, 8, 7, 2)).astype(np.float32)
    answers = np.stack([inspection.feature_maps(model, x, layer)[0].maps[..., unit].mean() for x in batch])
    assert found.output > answers.max() and found.course[-1] > found.course[0]
    assert found.image.min() >= 0 and found.image.max() <= 1
    given = inspection.feature_maps(model, found.image, layer)[0].maps[..., unit].mean()
    assert found.output == pytest.approx(float(given), rel=1e-4)


def test_it_can_be_repeated_and_seeds_differ() -> None:
    one, two, other = (activation_maximum(_model(), "second", 1, steps=5, seed=seed).image for seed in (1, 1, 2))
    assert np.array_equal(one, two) and not np.array_equal(one, other)


def test_a_dead_unit_is_said_to_be_dead() -> None:
    """Silenced by its bias, so that there is something to climb; and by weights of zero, so that there is nothing."""
    model = _model()
    model.layers[0].bias[1] = -80.0
    model.layers[0].kernel[..., 2] = 0.0
    silenced, empty = (activation_maximum(model, "first", unit, steps=20) for unit in (1, 2))
    assert silenced.is_dead and -80 < silenced.sum < -70 and "before its activation it came to -7" in silenced.said
    assert empty.is_dead and empty.slope == 0 and "its gradient was zero" in empty.said
    assert not activation_maximum(model, "first", 0, steps=20).is_dead


def test_a_unit_that_sleeps_at_grey_is_woken() -> None:
    """Where all ReLUs on the way are off at the grey beginning, noise is tried."""
    model = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(1, 3, activation="relu"), layers.Flatten(),
                        layers.Dense(1, name="head")])  # fmt: skip
    model.layers[0].kernel[..., 0] = np.array([[[1], [0], [-1]]] * 3)
    model.layers[0].bias[0] = -0.2
    model.layers[-1].kernel[...] = 1.0
    assert activation_maximum(model, parameters="pixels", steps=100).sum > 5


def test_open_sizes_other_ranks_and_rows() -> None:
    open_sizes = Sequential([layers.Input((None, None, 1)), layers.Conv2D(2, 3, name="c")])
    with pytest.raises(ArgumentError, match="say how large the input is to be"):
        activation_maximum(open_sizes, "c")
    assert activation_maximum(open_sizes, "c", shape=(9, 12, 1), steps=3).image.shape == (9, 12, 1)
    with pytest.raises(ArgumentError, match="got shape=\\(9, 12, 3\\)"):
        activation_maximum(open_sizes, "c", shape=(9, 12, 3))
    for shape, conv in (((12, 2), layers.Conv1D), ((4, 5, 4, 1), layers.Conv3D)):
        model = Sequential([layers.Input(shape), conv(2, 2, name="c")])
        assert activation_maximum(model, "c", steps=3).image.shape == shape
    row = Sequential([layers.Input((6,)), layers.Dense(1, name="head")])
    found = activation_maximum(row, low=-1)
    assert found.parameters == "pixels" and found.position == ()
    assert found.sum == pytest.approx(float(np.abs(row.layers[-1].kernel.numpy()).sum()), rel=1e-5)
    with pytest.raises(ArgumentError, match="takes numbers without places"):
        activation_maximum(row, parameters="fourier")


def test_channels_first_is_the_same() -> None:
    a = Sequential([layers.Input((8, 8, 2)), layers.Conv2D(3, 3, name="c")])
    b = Sequential([layers.Input((2, 8, 8)), layers.Conv2D(3, 3, data_format="channels_first", name="c")])
    b.set_weights(a.get_weights())
    one, two = (activation_maximum(model, "c", 1, steps=10) for model in (a, b))
    np.testing.assert_allclose(one.image, two.image, atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"unit": 4}, "second has units 0 to 3"),
        ({"layer": "scond"}, "did you mean 'second'"),
        ({"parameters": "wavelets"}, "parameters"),
        ({"low": 1.0, "high": 0.0}, "low must be less than high"),
        ({"jitter": 9}, "jitter must be"),
        ({"steps": 0}, "`steps`"),
        ({"position": (9, 9)}, "there is no position"),
    ],
)
def test_what_cannot_be_asked(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        activation_maximum(_model(), **{"layer": "second", **arguments})
