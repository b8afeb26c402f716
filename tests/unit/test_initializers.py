"""Initialisers draw from Keras's distributions, repeat under a seed, and refuse what does not fit a weight."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras.src.initializers.random_initializers import compute_fans
from scipy import stats

import pellucid
from pellucid import initializers
from pellucid.errors import ArgumentError, DataError, ShapeError

KERNEL = (3, 3, 64, 256)  # 147,456 draws; fan-in 576, fan-out 2304
CUT = 0.87962566103423978  # standard deviation of a normal distribution cut off at two of its own

UNIFORM = {
    "glorot_uniform": math.sqrt(6 / (576 + 2304)),
    "he_uniform": math.sqrt(6 / 576),
    "lecun_uniform": math.sqrt(3 / 576),
    "random_uniform": 0.05,
}
"""name: limit"""

TRUNCATED = {
    "glorot_normal": math.sqrt(2 / (576 + 2304)),
    "he_normal": math.sqrt(2 / 576),
    "lecun_normal": math.sqrt(1 / 576),
    "truncated_normal": 0.05 * CUT,
    "variance_scaling": math.sqrt(1 / 576),
}
"""name: standard deviation after truncation"""

RANDOM = [*UNIFORM, *TRUNCATED, "random_normal", "orthogonal"]
NAMES = [*RANDOM, "zeros", "ones", "constant"]


def seeded(name: str, seed: int = 1) -> initializers.Initializer:
    return initializers.get({"class_name": name, "config": {"seed": seed}})


@given(st.lists(st.integers(1, 9), max_size=6))
def test_fans_are_those_of_keras(shape):
    assert initializers.fans(shape) == compute_fans(tuple(shape))


def test_fans_of_named_axes():
    assert initializers.fans((2, 3, 5), [0], [1, 2]) == compute_fans((2, 3, 5), [0], [1, 2]) == (2, 15)
    with pytest.raises(ArgumentError, match="go together"):
        initializers.fans((2, 3, 5), [0])
    with pytest.raises(ArgumentError, match="not all axes of"):
        initializers.fans((2, 3, 5), [0], [3])


@pytest.mark.parametrize(("name", "limit"), UNIFORM.items())
def test_uniform_numbers_fill_their_range_evenly(name, limit):
    values = seeded(name)(KERNEL).ravel()
    assert 0.9999 * limit < np.abs(values).max() <= np.nextafter(np.float32(limit), np.float32(1))
    assert stats.kstest(values, stats.uniform(-limit, 2 * limit).cdf).statistic < 0.005


@pytest.mark.parametrize(("name", "stddev"), TRUNCATED.items())
def test_truncated_normal_numbers_have_the_variance_that_is_asked_for(name, stddev):
    values = seeded(name)(KERNEL).ravel()
    assert 1.98 * stddev / CUT < np.abs(values).max() <= 2 * stddev / CUT * (1 + 1e-6)
    assert values.std() == pytest.approx(stddev, rel=0.01)
    assert stats.kstest(values, stats.truncnorm(-2, 2, scale=stddev / CUT).cdf).statistic < 0.005


@pytest.mark.parametrize("name", [*UNIFORM, *TRUNCATED, "random_normal"])
def test_numbers_are_distributed_as_those_of_keras(name):
    theirs = np.asarray(keras.initializers.get({"class_name": name, "config": {"seed": 5}})(KERNEL))
    assert stats.ks_2samp(seeded(name)(KERNEL).ravel(), theirs.ravel()).statistic < 0.007


@pytest.mark.parametrize("distribution", ["uniform", "truncated_normal", "untruncated_normal", "normal"])
@pytest.mark.parametrize("mode", ["fan_in", "fan_out", "fan_avg"])
def test_variance_scaling_as_in_keras(mode, distribution):
    settings = {"scale": 3.0, "mode": mode, "distribution": distribution, "seed": 2}
    ours = initializers.VarianceScaling(**settings)
    theirs = np.asarray(keras.initializers.VarianceScaling(**settings)(KERNEL))
    values = ours(KERNEL)
    assert stats.ks_2samp(values.ravel(), theirs.ravel()).statistic < 0.007
    assert values.var() == pytest.approx(ours.variance(KERNEL), rel=0.02)


def test_mean_and_spread_can_be_set():
    normal = initializers.RandomNormal(mean=3.0, stddev=2.0, seed=1)(KERNEL)
    assert (normal.mean(), normal.std()) == (pytest.approx(3.0, abs=0.03), pytest.approx(2.0, rel=0.01))
    cut = initializers.TruncatedNormal(mean=3.0, stddev=2.0, seed=1)(KERNEL)
    assert (cut.min(), cut.max()) == (pytest.approx(-1.0, abs=0.05), pytest.approx(7.0, abs=0.05))
    uniform = initializers.RandomUniform(2.0, 6.0, seed=1)(KERNEL)
    assert (uniform.min(), uniform.max()) == (pytest.approx(2.0, abs=1e-3), pytest.approx(6.0, abs=1e-3))


@pytest.mark.parametrize("shape", [(5, 5), (8, 3), (3, 8), (3, 3, 2, 4), (1, 1, 2, 8)])
def test_orthogonal_filters_are_orthonormal_times_gain(shape):
    matrix = initializers.Orthogonal(gain=3.0, seed=1)(shape).reshape(-1, shape[-1])
    square = matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T
    np.testing.assert_allclose(square, 9 * np.eye(len(square)), atol=1e-5)


def test_orthogonal_matrices_point_everywhere():
    corners = [initializers.Orthogonal(seed=seed)((2, 2))[0, 0] > 0 for seed in range(200)]
    assert 70 < sum(corners) < 130


def test_orthogonal_needs_a_matrix():
    with pytest.raises(ShapeError, match="at least two axes, got \\(4,\\)"):
        initializers.Orthogonal()((4,))


@pytest.mark.parametrize("name", RANDOM)
def test_a_seed_makes_numbers_repeatable(name):
    assert np.array_equal(seeded(name, 7)((4, 4)), seeded(name, 7)((4, 4)))
    assert not np.array_equal(seeded(name, 7)((4, 4)), seeded(name, 8)((4, 4)))


def test_without_a_seed_set_random_seed_decides():
    def draw() -> list[np.ndarray]:
        return [initializers.get("glorot_uniform")((4, 4)) for _ in range(2)]

    made_before = initializers.GlorotUniform()
    pellucid.set_random_seed(3)
    first, second = draw()
    assert not np.array_equal(first, second)
    pellucid.set_random_seed(3)
    assert np.array_equal(draw(), [first, second])
    pellucid.set_random_seed(3)
    assert np.array_equal(made_before((4, 4)), first)


def test_an_initialiser_repeats_itself_as_in_keras():
    unseeded = initializers.HeNormal()
    assert np.array_equal(unseeded((3, 3)), unseeded((3, 3)))


@pytest.mark.parametrize("name", NAMES)
def test_values_are_float32_of_the_shape(name):
    values = initializers.get(name)([3, 3, 2, 4])
    assert (values.shape, values.dtype, values.flags.c_contiguous) == ((3, 3, 2, 4), np.float32, True)
    values[...] = 0  # writable


def test_fixed_numbers():
    assert initializers.Zeros()((2, 2)).tolist() == [[0, 0], [0, 0]]
    assert initializers.Ones()((2,)).tolist() == [1, 1]
    assert initializers.Constant(2.5)((2,)).tolist() == [2.5, 2.5]


def test_an_array_is_an_initialiser_and_is_copied():
    values = np.arange(6.0).reshape(2, 3)
    initializer = initializers.get(values)
    values[0, 0] = 99
    first = initializer((2, 3))
    first[0, 1] = 99
    assert initializer((2, 3)).tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    ("came", "wanted", "hint"),
    [
        ((12, 1, 3, 3), (3, 3, 1, 12), "; np.transpose(values, (2, 3, 1, 0)) would fit"),
        ((8, 3, 3, 3), (3, 3, 3, 8), "; np.transpose(values, (2, 3, 1, 0)) would fit"),  # as PyTorch orders kernels
        ((3, 2), (2, 3), "; np.transpose(values, (1, 0)) would fit"),
        ((2, 3, 5), (3, 5, 2), "; np.transpose(values, (1, 2, 0)) would fit"),
        ((3, 3), (3, 3, 1, 1), "; np.reshape(values, (3, 3, 1, 1)) would fit"),
        ((3, 3, 1), (3, 3, 1, 2), ""),
    ],
)
def test_an_array_of_another_shape_is_refused_with_advice(came, wanted, hint):
    values = np.arange(math.prod(came), dtype=float).reshape(came)
    with pytest.raises(ShapeError) as error:
        initializers.get(values)(wanted)
    assert str(error.value) == f"the initial values have shape {came}, expected {wanted}{hint}"
    if hint:
        advised = eval(hint.removeprefix("; ").removesuffix(" would fit"), {"np": np, "values": values})
        assert initializers.get(advised)(wanted).shape == wanted


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
def test_values_that_are_not_finite_are_refused(bad):
    with pytest.raises(DataError, match=r"initial value at \(1, 0\) is .*; expected finite 32-bit numbers"):
        initializers.get([[0.0, 1.0], [bad, np.nan]])
    with pytest.raises(DataError, match=r"initial value at \(0,\)"):
        initializers.get(lambda shape: np.full(shape, bad))((2,))


def test_functions_are_initialisers_and_are_checked():
    assert initializers.get(lambda shape: np.full(shape, 2))((2,)).tolist() == [2.0, 2.0]
    theirs = keras.initializers.HeNormal(seed=1)
    np.testing.assert_array_equal(initializers.get(theirs)((3, 4)), theirs((3, 4)))
    with pytest.raises(ShapeError, match=r"have shape \(3,\), expected \(2,\)"):
        initializers.get(lambda shape: np.zeros(3))((2,))
    with pytest.raises(ArgumentError, match="must be numbers"):
        initializers.get(lambda shape: np.full(shape, "a"))((2,))


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        ("glorot_unifrom", "unknown initializer 'glorot_unifrom'; did you mean 'glorot_uniform'"),
        (0.5, r"one number for all weights is written initializers.Constant\(0.5\)"),
        (None, "initializer must be a name"),
        (int, "initializer must be a name"),
        ([[1.0], [1.0, 2.0]], "nested lists differ in length"),
        ({"class_name": "GlorotUniform", "config": {"sed": 1}}, "unknown setting .* 'sed'; did you mean 'seed'"),
        ({"class_name": "Constant", "config": {"value": {"evil": 1}}}, "its value must be a number or an array"),
        ({"class_name": "Zeros", "config": 3}, "'config' must be a mapping"),
        ({}, "unknown initializer None"),
    ],
)
def test_unknown_identifiers_are_refused(identifier, message):
    with pytest.raises(ArgumentError, match=message):
        initializers.get(identifier)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: initializers.Constant(np.nan), "value must be a finite number, got nan"),
        (lambda: initializers.RandomNormal(stddev=-1), "stddev must be a finite number >= 0, got -1"),
        (lambda: initializers.RandomUniform(1.0, 0.0), "maxval must be a finite number >= 1, got 0.0"),
        (lambda: initializers.VarianceScaling(scale=0), "scale must be greater than 0"),
        (lambda: initializers.VarianceScaling(mode="fan_inn"), "unknown mode of VarianceScaling 'fan_inn'.*'fan_in'"),
        (lambda: initializers.VarianceScaling(distribution="gauss"), "unknown distribution of VarianceScaling"),
        (lambda: initializers.GlorotUniform(seed=1.5), "seed must be an integer"),
        (lambda: initializers.GlorotUniform(seed=-1), "seed must be an integer"),
    ],
)
def test_settings_out_of_range_are_refused(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


@pytest.mark.parametrize("name", NAMES)
def test_records_go_to_keras_and_back(name):
    ours = initializers.get(name)
    record = initializers.serialize(ours)
    theirs = keras.initializers.get(record)
    assert type(theirs).__name__ == type(ours).__name__
    back = initializers.get(keras.initializers.serialize(theirs))
    assert (type(back), back.get_config()) == (type(ours), ours.get_config())


def test_used_settings_are_in_the_record():
    record = initializers.serialize(initializers.HeNormal(seed=3, input_axes=[0], output_axes=[1]))
    assert record["config"] == {"seed": 3, "input_axes": [0], "output_axes": [1]}
    assert keras.initializers.get(record).get_config() == record["config"]


def test_a_small_array_is_written_so_that_keras_reads_it():
    values = np.arange(6.0).reshape(2, 3)
    record = initializers.serialize(initializers.get(values))
    np.testing.assert_array_equal(keras.initializers.get(record)((2, 3)), values)
    np.testing.assert_array_equal(initializers.get(record)((2, 3)), values)


def test_large_arrays_and_functions_are_written_as_zeros():
    for initializer in (initializers.get(np.ones((65, 64))), initializers.get(np.ones)):
        assert initializers.serialize(initializer)["class_name"] == "Zeros"


@pytest.mark.parametrize("alias", ["normal", "one", "uniform", "zero", "OrthogonalInitializer", "GlorotNormal"])
def test_aliases_mean_what_they_mean_in_keras(alias):
    assert type(initializers.get(alias)).__name__ == type(keras.initializers.get(alias)).__name__
