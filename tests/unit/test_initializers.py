"""Initialisers repeat under a seed, take arrays and functions, and refuse what does not fit a weight.

That they draw from Keras's distributions is shown in tests/conformance/test_keras_initializers.py.
"""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest
import torch
from scipy import signal

import pellucid
from pellucid import initializers
from pellucid.errors import ArgumentError, DataError, PellucidError, ShapeError
from pellucid.initializers import windows

RANDOM = [
    *("glorot_uniform", "he_uniform", "lecun_uniform", "random_uniform", "glorot_normal", "he_normal"),
    *("lecun_normal", "truncated_normal", "variance_scaling", "random_normal", "orthogonal"),
]
NAMES = [*RANDOM, "zeros", "ones", "constant"]
BAD_SIZES = [0, -1, 2**31, 2**62]


def seeded(name: str, seed: int = 1) -> initializers.Initializer:
    return initializers.get({"class_name": name, "config": {"seed": seed}})


def test_fans_of_named_axes():
    assert initializers.fans((2, 3, 5), [0], [1, 2]) == (2, 15)
    with pytest.raises(ArgumentError, match="go together"):
        initializers.fans((2, 3, 5), [0])
    with pytest.raises(ArgumentError, match="not all axes of"):
        initializers.fans((2, 3, 5), [0], [3])


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
        ((3, 5, 5, 8), (5, 5, 3, 8), "; np.transpose(values, (1, 2, 0, 3)) would fit"),  # channels first
        ((8, 5, 5, 3), (5, 5, 3, 8), "; np.transpose(values, (1, 2, 3, 0)) would fit"),
        ((2, 3, 5), (3, 5, 2), "; np.transpose(values, (1, 2, 0)) would fit"),
        ((3, 3), (3, 3, 1, 1), "; np.reshape(values, (3, 3, 1, 1)) would fit"),
        ((3, 3, 1), (3, 3, 1, 2), ""),
    ],
)
def test_an_array_of_another_shape_is_refused_with_advice(came, wanted, hint):
    values = np.arange(math.prod(came), dtype=float).reshape(came)
    with pytest.raises(ShapeError) as error:
        initializers.get(values)(wanted)
    assert str(error.value) == f"Expected `shape` to be {came}, which the initial values have, got shape={wanted}{hint}"
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
    with pytest.raises(ShapeError, match=r"Expected `shape` to be \(3,\), .* got shape=\(2,\)"):
        initializers.get(lambda shape: np.zeros(3))((2,))
    with pytest.raises(ArgumentError, match="must be numbers"):
        initializers.get(lambda shape: np.full(shape, "a"))((2,))


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        ("glorot_unifrom", "unknown initializer 'glorot_unifrom'; did you mean 'glorot_uniform'"),
        (0.5, r"one number for all weights is written initializers.Constant\(0.5\)"),
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
        (lambda: initializers.VarianceScaling(scale=0), "Argument `scale` must be positive float, got 0"),
        (
            lambda: initializers.VarianceScaling(mode="fan_inn"),
            "VarianceScaling: Invalid `mode` argument: unknown mode 'fan_inn'.*'fan_in'",
        ),
        (
            lambda: initializers.VarianceScaling(distribution="gauss"),
            "VarianceScaling: Invalid `distribution` argument: unknown distribution",
        ),
        (lambda: initializers.GlorotUniform(seed=1.5), "seed must be an integer"),
        (lambda: initializers.GlorotUniform(seed=2**63), "seed must be an integer"),
        (lambda: initializers.GlorotUniform(seed=True), "seed must be an integer"),
        (lambda: initializers.Constant("1"), "value must be a finite number, got '1'"),
        (lambda: initializers.Constant(None), "value must be a finite number, got None"),
        (lambda: initializers.Constant(True), "value must be a finite number, got True"),
        (lambda: initializers.Constant([[1.0], [1.0, 2.0]]), "nested lists differ in length"),
        (lambda: initializers.Constant(["a"]), "must be numbers"),
        (lambda: initializers.Constant({"class_name": "__numpy__"}), "a number or an array as Keras writes it"),
        (lambda: initializers.Identity(gain=np.inf), "gain must be a finite number, got inf"),
        (lambda: initializers.Identity(gain="1"), "gain must be a finite number"),
        (lambda: initializers.Orthogonal(gain=np.nan), "gain must be a finite number, got nan"),
        (lambda: initializers.RandomNormal(mean=np.nan), "mean must be a finite number, got nan"),
        (lambda: initializers.RandomNormal(stddev=[1.0]), "stddev must be a finite number >= 0"),
        (lambda: initializers.TruncatedNormal(stddev=np.inf), "TruncatedNormal: stddev must be a finite number"),
        (lambda: initializers.RandomUniform(None), "minval must be a finite number, got None"),
        (lambda: initializers.VarianceScaling(scale=np.nan), "scale must be a finite number >= 0, got nan"),
        (
            lambda: initializers.VarianceScaling(mode=None),
            "VarianceScaling: Invalid `mode` argument: unknown mode None",
        ),
        (lambda: initializers.HeNormal(input_axes=[0]), "HeNormal: input_axes and output_axes go together"),
        (lambda: initializers.HeNormal(None, 0, 1), r"input_axes must be a list of axes such as \[0, 1\], got 0"),
        (lambda: initializers.HeNormal(None, [0.5], [1]), "each of input_axes must be a whole number, got 0.5"),
        (lambda: initializers.HeNormal(None, [0], "1"), "output_axes must be a list of axes"),
        (lambda: initializers.STFT("left"), "STFT: Invalid `side` argument: unknown side 'left'. Known: imag, real"),
        (lambda: initializers.STFT(window="han"), "unknown window 'han'; did you mean 'hann'"),
        (lambda: initializers.STFT(window=3), "a window has one axis, its samples"),
        (
            lambda: initializers.STFT(scaling="densty"),
            "STFT: Invalid `scaling` argument: unknown scaling 'densty'; did you mean 'density'",
        ),
        (lambda: initializers.STFT(periodic="yes"), "STFT: periodic must be True or False, got 'yes'"),
        (lambda: initializers.GlorotUniform(seed=-1), "seed must be an integer"),
    ],
)
def test_settings_out_of_range_are_refused(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


def test_a_small_array_is_written_so_that_keras_reads_it():
    values = np.arange(6.0).reshape(2, 3)
    record = initializers.serialize(initializers.get(values))
    np.testing.assert_array_equal(keras.initializers.get(record)((2, 3)), values)
    np.testing.assert_array_equal(initializers.get(record)((2, 3)), values)


def test_large_arrays_and_functions_are_written_as_zeros():
    for initializer in (initializers.get(np.ones((65, 64))), initializers.get(np.ones)):
        assert initializers.serialize(initializer)["class_name"] == "Zeros"


@pytest.mark.parametrize("name", [*NAMES, "identity"])
@pytest.mark.parametrize("size", BAD_SIZES)
def test_impossible_shapes_are_refused(name, size):
    with pytest.raises(ShapeError):
        initializers.get(name)((3, size, 2**20))


@pytest.mark.parametrize("shape", [3, "33", (2.0, 2), (True, 2), ("3", 3), None, ((2, 2), 2)])
def test_shapes_that_are_none_are_refused(shape):
    with pytest.raises(ArgumentError, match="the shape of a weight is a tuple of whole numbers"):
        initializers.Zeros()(shape)


def test_weights_are_float32():
    assert initializers.Ones()((2,), dtype=np.float32).dtype == np.float32
    with pytest.raises(ArgumentError, match="weights are float32, got dtype='float16'; convert the result"):
        initializers.Ones()((2,), dtype="float16")


def test_a_constant_may_be_an_array_as_in_keras():
    table = initializers.Constant([[1.0], [2.0]])
    assert table((2, 3)).tolist() == [[1, 1, 1], [2, 2, 2]]
    assert repr(table) == "Constant(<array of shape (2, 1)>)"
    assert initializers.get(initializers.serialize(table))((2, 1)).tolist() == [[1], [2]]
    with pytest.raises(
        ShapeError, match=r"Expected `shape` to be \(2, 3\), .* got shape=\(3, 2\); np.transpose\(values, \(1, 0\)\)"
    ):
        initializers.Constant(np.ones((2, 3)))((3, 2))
    with pytest.raises(DataError, match=r"initial value at \(1,\) is nan"):
        initializers.Constant([0.0, np.nan])
    assert initializers.serialize(initializers.Constant(np.ones((65, 64))))["class_name"] == "Zeros"


def test_classes_that_need_values_say_so():
    for cls in (initializers.ArrayInitializer, initializers.FunctionInitializer, initializers.Filterbank):
        with pytest.raises(ArgumentError, match=rf"{cls.__name__} needs its values: write initializers.{cls.__name__}"):
            initializers.get(cls)
    assert isinstance(initializers.get(initializers.HeNormal), initializers.HeNormal)


def test_tensors_of_other_libraries_are_arrays(monkeypatch):
    monkeypatch.undo()  # of PyTorch's tensors: what Keras keeps there is to be read elsewhere
    tensor = torch.ones(2, 2)
    assert initializers.get(tensor)((2, 2)).tolist() == [[1, 1], [1, 1]]
    assert initializers.get(keras.ops.ones((2, 2)))((2, 2)).tolist() == [[1, 1], [1, 1]]
    with pytest.raises(ArgumentError, match=r"must form an array: .*detach\(\)"):
        initializers.get(tensor.requires_grad_())


def test_an_exception_in_a_function_is_the_users():
    def halves(shape):
        return np.full(shape, 0.5) @ np.ones(7)

    with pytest.raises(ValueError, match="matmul") as error:
        initializers.get(halves)((2, 2))
    assert not isinstance(error.value, PellucidError)


def test_an_initialiser_of_ones_own_says_how():
    class Ramp(initializers.Initializer):
        def draw(self, shape):
            return np.arange(math.prod(shape)).reshape(shape)

    assert initializers.get(Ramp())((2, 2)).tolist() == [[0, 1], [2, 3]]
    with pytest.raises(TypeError, match="Forgetful has no draw"):
        type("Forgetful", (initializers.Initializer,), {})()((2,))


@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("name", [*windows.COSINES, *windows.SHAPES])
def test_windows_are_those_of_scipy(name, periodic):
    for size in range(1, 66):
        expected = signal.get_window(name, size, periodic)
        np.testing.assert_allclose(windows.window(name, size, periodic), expected, rtol=0, atol=2e-15)


@pytest.mark.parametrize(
    "record", [{"config": {}}, {"class_name": ["Zeros"]}, {"class_name": "STFT", "config": {"window": {}}}]
)
def test_hostile_records_are_refused(record):
    with pytest.raises(PellucidError):
        initializers.get(record)


def test_deserialize_takes_records_only():
    with pytest.raises(ArgumentError, match="a record of an initializer has 'class_name' and 'config', got 'zeros'"):
        initializers.deserialize("zeros")
