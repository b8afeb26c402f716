"""Layers that disturb training: what theory says of their numbers, asked of Pellucid and of Keras alike."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras_oracle import check_close

import pellucid
from pellucid import layers
from pellucid.engines import get_engine
from pellucid.graph import Graph, ops

Shape = tuple[int, ...]
SIGMAS = 5.0
"""How far a mean may lie from what is expected, in standard deviations of that mean: once in two million draws."""

LOW = -1.0507009873554805 * 1.6732632423543772
"""What SELU tends to (Klambauer et al., 2017)."""


def ours(layer: layers.Layer, x: np.ndarray, seed: int = 1, step: int = 0) -> np.ndarray:
    """What the layer makes of x in training."""
    graph = Graph(training=True)
    graph.outputs["y"] = layer.emit(graph.add(ops.Input(x.shape, "x")))
    return get_engine("native").prepare(graph).run({"x": x}, {}, seed=seed, step=step)["y"]


def _theirs(layer: Any, x: np.ndarray) -> np.ndarray:
    return np.asarray(layer(x, training=True))


LIBRARIES: dict[str, tuple[Any, Callable[[Any, np.ndarray], np.ndarray]]] = {
    "pellucid": (pellucid, ours),
    "keras": (keras, _theirs),
}
in_both = pytest.mark.parametrize("library", LIBRARIES)


def disturbed(library: str, kind: str, x: np.ndarray, **options: Any) -> np.ndarray:
    """x behind the layer of a library, in training."""
    module, run = LIBRARIES[library]
    return run(getattr(module.layers, kind)(**options, seed=3), x)


def check_share(dropped: np.ndarray, rate: float) -> None:
    """The share of what is dropped is the rate."""
    assert abs(dropped.mean() - rate) <= SIGMAS * math.sqrt(rate * (1 - rate) / dropped.size)


def check_moments(sample: np.ndarray, mean: float, deviation: float) -> None:
    """Mean and standard deviation; the latter's error is deviation * sqrt(kurtosis - 1) / (2 sqrt(n))."""
    n, centred = sample.size, sample.astype(np.float64) - mean
    assert abs(centred.mean()) <= SIGMAS * deviation / math.sqrt(n)
    kurtosis = float((centred**4).mean()) / deviation**4
    assert abs(sample.std(dtype=np.float64) - deviation) <= SIGMAS * deviation * math.sqrt(kurtosis - 1) / math.sqrt(
        4 * n
    )


def check_normal(sample: np.ndarray, mean: float, deviation: float) -> None:
    """The whole distribution: the Kolmogorov-Smirnov distance, which exceeds 2.3 / sqrt(n) once in 20 000 draws."""
    expected = [0.5 * (1 + math.erf((value - mean) / deviation / math.sqrt(2))) for value in np.sort(sample.ravel())]
    found = (np.arange(sample.size) + 0.5) / sample.size
    assert np.abs(found - np.array(expected)).max() <= 2.3 / math.sqrt(sample.size)


@in_both
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout(library: str, rate: float) -> None:
    """0, or x / (1 - rate); as many of them as the rate says."""
    x = np.random.default_rng(0).uniform(1, 2, (200, 300)).astype(np.float32)
    y = disturbed(library, "Dropout", x, rate=rate)
    check_share(y == 0, rate)
    np.testing.assert_allclose(y[y != 0], (x / (1 - rate))[y != 0], rtol=1e-6)


SPATIAL = {
    "1D": ((40, 7, 50), {}, (1,)),
    "2D": ((40, 5, 4, 50), {}, (1, 2)),
    "2D, channels first": ((40, 50, 5, 4), {"data_format": "channels_first"}, (2, 3)),
    "3D": ((40, 3, 4, 2, 50), {}, (1, 2, 3)),
    "3D, channels first": ((40, 50, 3, 4, 2), {"data_format": "channels_first"}, (2, 3, 4)),
}


@in_both
@pytest.mark.parametrize("name", SPATIAL)
def test_spatial_dropout(library: str, name: str) -> None:
    """Whole maps are dropped, each by itself."""
    shape, options, axes = SPATIAL[name]
    y = disturbed(library, f"SpatialDropout{name[:2]}", np.ones(shape, np.float32), rate=0.3, **options)
    assert (y.min(axes) == y.max(axes)).all()
    check_share(y.min(axes) == 0, 0.3)
    np.testing.assert_allclose(np.unique(y), [0, 1 / 0.7], rtol=1e-6)


@in_both
@pytest.mark.parametrize("rate", [0.05, 0.4, 0.9])
def test_alpha_dropout(library: str, rate: float) -> None:
    """A sample of mean 0 and variance 1 stays one; what is dropped has one value."""
    x = np.random.default_rng(0).normal(size=(300, 400)).astype(np.float32)
    y = disturbed(library, "AlphaDropout", x, rate=rate)
    a = ((1 - rate) * (1 + rate * LOW**2)) ** -0.5
    dropped = np.abs(y - (a * LOW - a * LOW * rate)) < 1e-5
    check_share(dropped, rate)
    np.testing.assert_allclose(y[~dropped], (a * x - a * LOW * rate)[~dropped], atol=1e-5)
    check_moments(y, 0.0, 1.0)


@in_both
def test_alpha_dropout_with_a_shared_mask(library: str) -> None:
    """`noise_shape` says along which axes elements share their fate."""
    y = disturbed(library, "AlphaDropout", np.zeros((80, 5, 60), np.float32), rate=0.25, noise_shape=(None, 1, 60))
    assert (y == y[:, :1]).all()
    check_share(y[:, 0] == y.min(), 0.25)


@in_both
@pytest.mark.parametrize("rate", [0.01, 0.5, 0.8])
def test_gaussian_dropout(library: str, rate: float) -> None:
    """Factors of mean 1 and standard deviation sqrt(rate / (1 - rate)), normally distributed."""
    x = np.random.default_rng(0).uniform(1, 2, (150, 200)).astype(np.float32)
    factors, deviation = disturbed(library, "GaussianDropout", x, rate=rate) / x, math.sqrt(rate / (1 - rate))
    check_moments(factors, 1.0, deviation)
    check_normal(factors, 1.0, deviation)


@in_both
@pytest.mark.parametrize("stddev", [0.01, 0.3, 1.0])
def test_gaussian_noise(library: str, stddev: float) -> None:
    """Summands of mean 0, normally distributed, neighbours independent."""
    x = np.random.default_rng(0).uniform(-1, 1, (150, 200)).astype(np.float32)
    noise = disturbed(library, "GaussianNoise", x, stddev=stddev) - x
    check_moments(noise, 0.0, stddev)
    check_normal(noise, 0.0, stddev)
    for axis in (0, 1):
        neighbours = np.corrcoef(noise.ravel(), np.roll(noise, 1, axis).ravel())[0, 1]
        assert abs(neighbours) <= SIGMAS / math.sqrt(noise.size)


@settings(max_examples=300)
@given(
    st.sampled_from(["Dropout", "AlphaDropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"]),
    st.integers(1, 99),
    st.integers(0, 2**31),
    st.data(),
)
def test_shares_of_any_layer(kind: str, percent: int, seed: int, data: st.DataObject) -> None:
    """Any rate, seed and shape: values are the two that there can be, in the share that is expected."""
    rate = percent / 100
    rank = int(kind[-2]) + 2 if kind[-1] == "D" else data.draw(st.integers(1, 4))
    inner = data.draw(st.tuples(*[st.integers(1, 4)] * (rank - 2))) if rank > 2 else ()
    shape = (60, *inner, 70) if rank > 1 else (4000,)
    y = ours(getattr(layers, kind)(rate), np.full(shape, 2.0, np.float32), seed=seed)
    values = np.unique(y)
    assert len(values) == 2
    dropped = y == (0.0 if kind != "AlphaDropout" else values[0])
    maps = dropped.reshape(60, -1, 70)[:, 0] if kind[-1] == "D" else dropped
    check_share(maps, rate)


@settings(max_examples=100)
@given(st.integers(0, 99), st.integers(0, 2**31), st.booleans())
def test_any_gaussian(percent: int, seed: int, multiplied: bool) -> None:
    """Any rate or deviation and any seed."""
    rate = percent / 100
    layer: layers.Layer = layers.GaussianDropout(rate) if multiplied else layers.GaussianNoise(rate)
    y = ours(layer, np.ones((60, 70), np.float32), seed=seed)
    deviation = math.sqrt(rate / (1 - rate)) if multiplied else rate
    if deviation:
        check_moments(y, 1.0, deviation)
    else:
        assert (y == 1).all()


@pytest.mark.parametrize(("l1", "l2"), [(0.5, 0.0), (0.0, 0.25), (0.5, 0.25), (0.0, 0.0)])
def test_activity_regularization(l1: float, l2: float) -> None:
    """The loss, in evaluation and in training, and what training makes of the weights before it."""
    x = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
    y = np.random.default_rng(1).normal(size=(6, 2)).astype(np.float32)
    models = []
    for library in (pellucid, keras):
        k = library.layers
        models.append(library.Sequential([library.Input((3,)), k.Dense(2), k.ActivityRegularization(l1, l2)]))
    mine, reference = models
    reference.set_weights(mine.get_weights())
    for model in models:
        model.compile("sgd", "mse")
    family = "ActivityRegularization"
    check_close(f"{family}: loss", *(np.float64(m.evaluate(x, y, verbose=0)) for m in models), 1e-5)  # type: ignore[arg-type]
    check_close(f"{family}: loss in training", *(np.float64(m.train_on_batch(x, y)) for m in models), 1e-5)  # type: ignore[arg-type]
    for one, other in zip(mine.get_weights(), reference.get_weights(), strict=True):
        check_close(f"{family}: weights", one, other, 1e-5)
