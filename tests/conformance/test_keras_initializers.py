"""Every initialiser of Keras: the same numbers where there is no chance, the same distribution where there is."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import keras_oracle
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras.src.initializers.random_initializers import compute_fans
from scipy import signal, stats

import pellucid
from pellucid import initializers, load_model
from pellucid.errors import ArgumentError, DataError, PellucidError, ShapeError

KERNEL = (3, 3, 64, 256)  # 147,456 draws; fan-in 576, fan-out 2304
DRAWS = math.prod(KERNEL)
SPREAD = 5.0  # standard errors: what a mean or a variance of so many draws may be off

CUT = stats.truncnorm(-2, 2)
SHAPES = {"uniform": stats.uniform(-math.sqrt(3), 2 * math.sqrt(3)), "truncated": CUT, "normal": stats.norm()}
"""Distributions of mean 0; what they are multiplied with is in the cases."""

MODES = {"fan_in": 576, "fan_out": 2304, "fan_avg": 1440}
DISTRIBUTIONS = {"uniform": "uniform", "truncated_normal": "truncated", "normal": "truncated"}
DISTRIBUTIONS["untruncated_normal"] = "normal"


def _scaled(shape: str, variance: float) -> tuple[str, float, float]:
    """(distribution, mean, factor) that has the variance."""
    return shape, 0.0, math.sqrt(variance) / SHAPES[shape].std()


CASES: dict[str, tuple[str, dict[str, Any], tuple[str, float, float]]] = {
    "RandomNormal": ("RandomNormal", {}, ("normal", 0.0, 0.05)),
    "RandomNormal(3, 2)": ("RandomNormal", {"mean": 3.0, "stddev": 2.0}, ("normal", 3.0, 2.0)),
    "TruncatedNormal": ("TruncatedNormal", {}, ("truncated", 0.0, 0.05)),
    "TruncatedNormal(3, 2)": ("TruncatedNormal", {"mean": 3.0, "stddev": 2.0}, ("truncated", 3.0, 2.0)),
    "RandomUniform": ("RandomUniform", {}, _scaled("uniform", 0.1**2 / 12)),
    "RandomUniform(2, 6)": ("RandomUniform", {"minval": 2.0, "maxval": 6.0}, ("uniform", 4.0, 2 / math.sqrt(3))),
    "GlorotUniform": ("GlorotUniform", {}, _scaled("uniform", 1 / 1440)),
    "GlorotNormal": ("GlorotNormal", {}, _scaled("truncated", 1 / 1440)),
    "HeUniform": ("HeUniform", {}, _scaled("uniform", 2 / 576)),
    "HeNormal": ("HeNormal", {}, _scaled("truncated", 2 / 576)),
    "LecunUniform": ("LecunUniform", {}, _scaled("uniform", 1 / 576)),
    "LecunNormal": ("LecunNormal", {}, _scaled("truncated", 1 / 576)),
    "HeNormal of axes": (
        "HeNormal",
        {"input_axes": [0, 1], "output_axes": [2, 3]},
        _scaled("truncated", 2 / 9),
    ),
} | {
    f"VarianceScaling({mode}, {distribution})": (
        "VarianceScaling",
        {"scale": 3.0, "mode": mode, "distribution": distribution},
        _scaled(shape, 3 / n),
    )
    for mode, n in MODES.items()
    for distribution, shape in DISTRIBUTIONS.items()
}
"""name: class, settings, (distribution, mean, factor)"""

by_case = pytest.mark.parametrize(("name", "settings", "law"), CASES.values(), ids=CASES)


def _note(family: str, value: float) -> None:
    keras_oracle.DEVIATIONS[family] = max(keras_oracle.DEVIATIONS.get(family, 0.0), value)


def _classes() -> list[str]:
    """The names of Keras's initialisers, as it exports them."""
    found = {name: getattr(keras.initializers, name) for name in dir(keras.initializers)}
    return [name for name, item in found.items() if isinstance(item, type) and name != "Initializer"]


@pytest.mark.parametrize("name", _classes())
def test_every_initialiser_of_keras_is_here(name: str) -> None:
    """As a class of that name, and by that name, and it takes the same arguments in the same order."""
    theirs = getattr(keras.initializers, name)
    assert getattr(initializers, name).__name__ == theirs.__name__
    assert type(initializers.get(name)) is getattr(initializers, name)
    ours_takes, theirs_takes = (list(_parameters(item)) for item in (getattr(initializers, name), theirs))
    assert ours_takes == theirs_takes


def _parameters(cls: Callable[..., object]) -> list[str]:
    return list(inspect.signature(cls).parameters)


@by_case
def test_moments_are_those_of_the_theory(name: str, settings: dict[str, Any], law: tuple[str, float, float]) -> None:
    """Mean and variance within five standard errors, ours and Keras's alike."""
    shape, mean, factor = law
    variance, kurtosis = factor**2 * SHAPES[shape].var(), float(SHAPES[shape].stats("k")) + 3
    error_of_mean, error_of_variance = math.sqrt(variance / DRAWS), variance * math.sqrt((kurtosis - 1) / DRAWS)
    for library in (initializers, keras.initializers):
        values = np.asarray(getattr(library, name)(**settings, seed=11)(KERNEL), np.float64)
        first, second = abs(values.mean() - mean) / error_of_mean, abs(values.var() - variance) / error_of_variance
        assert max(first, second) < SPREAD
        if library is initializers:
            _note("initialisers, mean and variance, in standard errors", max(first, second))


@by_case
def test_bounds_are_those_of_the_theory(name: str, settings: dict[str, Any], law: tuple[str, float, float]) -> None:
    """Nothing lies beyond the limit, and so many draws come close to it."""
    shape, mean, factor = law
    limit = factor * SHAPES[shape].support()[1]
    largest = np.abs(getattr(initializers, name)(**settings, seed=12)(KERNEL).astype(np.float64) - mean).max()
    if shape == "normal":
        assert 4 * factor < largest < 7 * factor
    else:
        assert 0.99 * limit < largest <= limit + 1e-6 * (limit + abs(mean))


@by_case
def test_draws_are_distributed_as_those_of_keras(
    name: str, settings: dict[str, Any], law: tuple[str, float, float]
) -> None:
    """Kolmogorov and Smirnov find no difference, neither from Keras's draws nor from the theory."""
    shape, mean, factor = law
    values = getattr(initializers, name)(**settings, seed=13)(KERNEL).ravel()
    theirs = np.asarray(getattr(keras.initializers, name)(**settings, seed=5)(KERNEL)).ravel()
    distance = stats.ks_2samp(values, theirs).statistic
    assert distance < 1.95 * math.sqrt(2 / DRAWS)  # exceeded by chance once in a thousand
    assert stats.kstest((values - mean) / factor, SHAPES[shape].cdf).statistic < 1.95 / math.sqrt(DRAWS)
    _note("initialisers, distance of distributions", distance)


@given(st.lists(st.integers(1, 9), max_size=6))
def test_fans_are_those_of_keras(shape: list[int]) -> None:
    """For weights of any number of axes."""
    assert initializers.fans(shape) == compute_fans(tuple(shape))


def test_fans_of_named_axes() -> None:
    """Which a weight has that is no kernel."""
    assert initializers.fans((2, 3, 5), [0], [1, 2]) == compute_fans((2, 3, 5), [0], [1, 2]) == (2, 15)


@pytest.mark.parametrize("shape", [(8, 8), (8, 3), (3, 8), (3, 3, 2, 4), (1, 1, 2, 8)])
def test_orthogonal_matrices_are_distributed_as_those_of_keras(shape: tuple[int, ...]) -> None:
    """Single elements over many seeds; and the product with itself is the unit matrix times gain^2 in both."""
    for library in (initializers, keras.initializers):
        matrix = np.asarray(library.Orthogonal(gain=3.0, seed=1)(shape)).reshape(-1, shape[-1])
        square = matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T
        np.testing.assert_allclose(square, 9 * np.eye(len(square)), atol=1e-5)
    ours, theirs = (
        np.array([np.asarray(library.Orthogonal(seed=seed)(shape)).ravel()[:3] for seed in range(400)])
        for library in (initializers, keras.initializers)
    )
    for element in range(3):
        assert stats.ks_2samp(ours[:, element], theirs[:, element]).statistic < 1.95 * math.sqrt(2 / 400)


EXACT = {
    "Zeros": {},
    "Ones": {},
    "Constant": {"value": -2.5},
    "Constant of an array": {"value": np.array([1.0, 2.0, 3.0], np.float32)},
    "Identity": {},
    "Identity with gain": {"gain": -0.3},
}


@pytest.mark.parametrize(("name", "settings"), EXACT.items(), ids=EXACT)
@pytest.mark.parametrize("shape", [(3, 3), (2, 3), (4, 3), (1, 3)])
def test_numbers_without_chance_are_those_of_keras(name: str, settings: dict[str, Any], shape: tuple[int, ...]) -> None:
    """To the bit."""
    cls = name.split()[0]
    ours, theirs = getattr(initializers, cls)(**settings), getattr(keras.initializers, cls)(**settings)
    np.testing.assert_array_equal(ours(shape), np.asarray(theirs(shape)))


@pytest.mark.parametrize("shape", [(), (3,), (3, 3, 1, 1)])
def test_identity_is_a_matrix_in_both(shape: tuple[int, ...]) -> None:
    """For kernels ours tells what does the same."""
    with pytest.raises(ValueError, match="2D matrices"):
        keras.initializers.Identity()(shape)
    with pytest.raises(ShapeError, match=r"Identity fills matrices.*Filterbank\('identity', channels='diagonal'\)"):
        initializers.Identity()(shape)


WINDOWS = [
    *("boxcar", "triang", "bartlett", "barthann", "hann", "hamming", "blackman", "blackmanharris", "nuttall"),
    *("flattop", "bohman", "parzen", "cosine", "lanczos", "exponential", "tukey", "taylor"),
]


def _definition(side: str, window: np.ndarray, scaling: str | None, shape: tuple[int, ...]) -> np.ndarray:
    """The kernel in float64, written out."""
    t, k = np.arange(shape[0])[:, np.newaxis], np.arange(shape[2])
    waves = {"real": np.cos, "imag": np.sin}[side](-2 * np.pi * t * k / (2 * (shape[2] - 1)))
    scale = {"density": np.sqrt((window**2).sum()), "spectrum": np.abs(window).sum(), None: 1.0}[scaling]
    return (waves * window[:, np.newaxis] / scale).reshape(shape)


@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("scaling", ["density", "spectrum", None])
@pytest.mark.parametrize("side", ["real", "imag"])
@pytest.mark.parametrize("window", [*WINDOWS, None, "array"])
def test_fourier_kernels_are_those_of_keras(window: str | None, side: str, scaling: str | None, periodic: bool) -> None:
    """One rounding to float32 from the definition; from Keras as far as its float32 angles, up to pi * n, are off."""
    for shape in ((16, 1, 9), (31, 1, 33), (5, 1, 2), (1, 1, 3)):
        n = shape[0]
        as_array = np.linspace(0.5, 1.5, n, dtype=np.float32)
        options = {"side": side, "window": as_array if window == "array" else window, "scaling": scaling}
        weights = {None: np.ones(n), "array": as_array.astype(float)}.get(window)
        if weights is None:
            weights = signal.get_window(window, n, periodic)
        used = None if window is None else scaling
        exact = _definition(side, weights, used, shape)
        largest = np.abs(weights).max() / (np.abs(weights).sum() if used == "spectrum" else 1)
        ours = initializers.STFT(**options, periodic=periodic)(shape)
        assert np.abs(ours - exact).max() <= 1e-7 * np.abs(exact).max() + 1e-15
        theirs = np.asarray(keras.initializers.STFT(**options, periodic=periodic)(shape))
        difference = np.abs(ours - theirs).max()
        assert difference <= 4 * math.pi * n * 2.0**-24 * largest
        _note("initialisers, STFT kernels", difference)


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ({"side": "left"}, None),
        ({"scaling": "much"}, None),
        ({"window": "hat"}, None),
        ({"window": "kaiser"}, None),  # which needs a parameter
        ({"window": [1.0, 2.0]}, (3, 1, 3)),
        ({"window": [[1.0, 2.0, 3.0]]}, (3, 1, 3)),
        ({}, (3, 3)),
        ({}, (3, 1, 3, 1)),
    ],
)
def test_what_keras_refuses_of_a_fourier_kernel_is_refused(options: Any, shape: Any) -> None:
    """By both, ours with an error that says what would do."""
    for library, error in ((keras.initializers, ValueError), (initializers, ArgumentError)):
        with pytest.raises(error):
            library.STFT(**options)(shape)
    with pytest.raises(ArgumentError, match=r"did you mean|must be|Known: |has one axis|fills kernels"):
        initializers.STFT(**options)(shape)


def test_fourier_kernels_that_would_be_nan_are_refused() -> None:
    """Keras divides by zero in these: a window of zeros, a single frequency, more channels than it fills."""
    for shape in ((4, 1, 1), (4, 2, 3)):
        with pytest.raises(ShapeError, match=r"one channel|frequencies"):
            initializers.STFT()(shape)
    with pytest.raises(ArgumentError, match=r"'hann' of 2 samples is 0 everywhere; take periodic=True"):
        initializers.STFT()((2, 1, 3))
    with pytest.raises(DataError, match=r"\(1,\) is nan"):
        initializers.STFT(window=[1.0, math.nan])


MADE: dict[str, dict[str, Any]] = {getattr(keras.initializers, name).__name__: {} for name in _classes()} | {
    "HeNormal": {"seed": 3, "input_axes": [0], "output_axes": [1]},
    "VarianceScaling": {"scale": 2.0, "mode": "fan_out", "distribution": "untruncated_normal", "seed": 7},
    "TruncatedNormal": {"mean": 1.0, "stddev": 0.5, "seed": 1},
    "RandomUniform": {"minval": -1.0, "maxval": 2.0, "seed": 1},
    "Orthogonal": {"gain": 1.5, "seed": 4},
    "Constant": {"value": np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)},
    "STFT": {"window": [0.5, 1.0, 0.5], "side": "imag", "scaling": None, "periodic": True},
}
"""class: settings"""


@pytest.mark.parametrize(("name", "settings"), MADE.items(), ids=MADE)
def test_records_go_to_keras_and_back(name: str, settings: dict[str, Any]) -> None:
    """Ours is read by Keras as the same class with the same settings, and what Keras then writes by us."""
    ours = getattr(initializers, name)(**settings)
    theirs = keras.initializers.get(initializers.serialize(ours))
    assert type(theirs).__name__ == type(ours).__name__
    record = keras.initializers.serialize(theirs)
    back = initializers.get(record)
    assert initializers.serialize(back) == initializers.serialize(ours)
    assert type(back) is type(initializers.deserialize(record)) is type(ours)
    own_record = keras.initializers.serialize(getattr(keras.initializers, name)(**settings))
    assert initializers.get(own_record).get_config() == ours.get_config()


def test_a_generator_of_seeds_is_read_as_its_seed() -> None:
    """Keras writes an object where a layer was given `keras.random.SeedGenerator`."""
    theirs = keras.initializers.HeNormal(seed=keras.random.SeedGenerator(5))
    assert initializers.get(keras.initializers.serialize(theirs)).get_config() == {"seed": 5}


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("library", [pellucid, keras])
def test_files_carry_every_initialiser(name: str, library: Any, tmp_path: Path) -> None:
    """What a layer starts from survives a `.keras` file in both directions, and so do the numbers."""
    settings = MADE[name] | ({"window": "hamming"} if name == "STFT" else {})
    made = getattr(library.initializers, name)(**settings)
    if name == "STFT":
        parts = [library.layers.Input((8, 1)), library.layers.Conv1D(5, 4, kernel_initializer=made)]
    else:
        parts = [library.layers.Input((2,)), library.layers.Dense(2, kernel_initializer=made)]
    model = library.Sequential(parts)
    model.save(tmp_path / "model.keras")
    loaded = (keras.models.load_model if library is pellucid else load_model)(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.get_weights()[0], model.get_weights()[0])
    found, wanted = loaded.layers[-1].kernel_initializer, made
    ours = found if library is keras else initializers.get(keras.initializers.serialize(found))
    if library is keras:
        wanted = initializers.get(keras.initializers.serialize(made))
    assert initializers.serialize(ours) == initializers.serialize(wanted)


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("VarianceScaling", {"scale": 0.0}),
    ("VarianceScaling", {"scale": -1.0}),
    ("VarianceScaling", {"mode": "fan_inn"}),
    ("VarianceScaling", {"distribution": "gauss"}),
    ("GlorotUniform", {"seed": "one"}),
    ("GlorotUniform", {"seed": 1.5}),
    ("HeNormal", {"sead": 1}),
    ("STFT", {"side": 1}),
]


@pytest.mark.parametrize(("name", "settings"), WRONG)
def test_what_keras_refuses_is_refused(name: str, settings: dict[str, Any]) -> None:
    """The errors of both are ValueErrors, or TypeErrors for words that do not exist."""
    with pytest.raises((ValueError, TypeError)):
        getattr(keras.initializers, name)(**settings)
    with pytest.raises((PellucidError, TypeError)):
        getattr(initializers, name)(**settings)


@pytest.mark.parametrize(
    "alias",
    [
        "normal",
        "one",
        "uniform",
        "zero",
        "OrthogonalInitializer",
        "IdentityInitializer",
        "STFTInitializer",
        "GlorotNormal",
    ],
)
def test_aliases_mean_what_they_mean_in_keras(alias: str) -> None:
    """The short and the old names."""
    assert type(initializers.get(alias)).__name__ == type(keras.initializers.get(alias)).__name__


def test_the_name_of_an_initialiser_comes_before_that_of_a_kernel() -> None:
    """ "identity" is both; a layer's `kernel_initializer="identity"` means what it means in Keras."""
    assert type(initializers.get("identity")) is initializers.Identity


def test_functions_written_for_keras_work() -> None:
    """An initialiser of Keras itself, and a function that wants to know the type."""
    theirs = keras.initializers.HeNormal(seed=1)
    np.testing.assert_array_equal(initializers.get(theirs)((3, 4)), theirs((3, 4)))

    def halves(shape: tuple[int, ...], dtype: str) -> np.ndarray:
        return np.full(shape, 0.5, dtype)

    assert initializers.get(halves)((2,)).tolist() == [0.5, 0.5]
    assert initializers.HeNormal(seed=1)((2, 2), dtype="float32").shape == (2, 2)


BANKS = [
    initializers.Filterbank("lines"),
    initializers.Filterbank("gabor", channels="each", settings={"size": 3, "wavelengths": np.array([2.5, 3.0])}),
    initializers.Filterbank(["sobel_x", np.arange(9.0).reshape(3, 3), [[1]]], channels="diagonal", strict=True),
    initializers.Filterbank(np.linspace(0, 1, 45).reshape(3, 3, 5), channels="first", gain=0.1),
]


@pytest.mark.parametrize("bank", BANKS, ids=repr)
def test_keras_opens_files_with_a_bank_of_kernels(bank: initializers.Filterbank, tmp_path: Path) -> None:
    """It takes the weights and knows nothing of the bank, which our own `load_model` restores."""
    layer = pellucid.layers.Conv2D(6, 3, kernel_initializer=bank)
    pellucid.Sequential([pellucid.layers.Input((6, 6, 2)), layer]).save(tmp_path / "bank.keras")
    again, theirs = load_model(tmp_path / "bank.keras"), keras.models.load_model(tmp_path / "bank.keras")
    theirs.save(tmp_path / "theirs.keras")
    assert again.layers[-1].kernel_initializer.get_config() == bank.get_config()
    for model in (again, theirs, load_model(tmp_path / "theirs.keras")):
        np.testing.assert_array_equal(model.get_weights()[0], bank((3, 3, 2, 6)))


def test_a_bank_on_the_diagonal_is_a_depthwise_convolution() -> None:
    """The maps of Keras's DepthwiseConv2D with the bank on each channel, in its order."""
    x = np.random.default_rng(0).normal(size=(2, 9, 9, 3)).astype(np.float32)
    on_diagonal = initializers.Filterbank("lines", channels="diagonal")
    diagonal = pellucid.layers.Conv2D(12, 3, kernel_initializer=on_diagonal)
    model = pellucid.Sequential([pellucid.layers.Input((9, 9, 3)), diagonal])
    depthwise = keras.Sequential([keras.layers.Input((9, 9, 3)), keras.layers.DepthwiseConv2D(3, depth_multiplier=4)])
    depthwise.set_weights([initializers.Filterbank("lines", channels="each")((3, 3, 3, 4)), np.zeros(12)])
    keras_oracle.check_close("initialisers, bank", np.asarray(model.predict(x)), depthwise.predict(x, verbose=0), 1e-5)
