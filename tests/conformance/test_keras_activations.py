"""Every activation function of Keras on the native engine: the same names, default arguments, numbers and slopes.

Keras 3.15 has a wrong sparsemax wherever the support holds several entries; it is held to the paper instead.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
import pytest
from checks.keras_slopes import slopes_of, weighted_sum
from hypothesis import given
from hypothesis import strategies as st
from keras_oracle import check_close
from sampling import drawn

import pellucid
from pellucid import activations
from pellucid.engines import get_engine
from pellucid.graph import Graph, builder, gradient, ops

VARIANTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("relu", {"negative_slope": 0.1}),
    ("relu", {"max_value": 5.0}),
    ("relu", {"max_value": 6}),
    ("relu", {"max_value": 0.0}),
    ("relu", {"threshold": 1.0}),
    ("relu", {"threshold": -1.0}),
    ("relu", {"threshold": -1.0, "max_value": 5.0}),
    ("relu", {"threshold": 1.0, "max_value": 6.0}),
    ("relu", {"negative_slope": 0.1, "max_value": 5.0}),
    ("relu", {"negative_slope": -0.5, "max_value": 6.0}),
    ("relu", {"negative_slope": 0.1, "threshold": 1.0}),
    ("relu", {"negative_slope": 0.1, "max_value": 5.0, "threshold": 1.0}),
    ("leaky_relu", {"negative_slope": 0.0}),
    ("leaky_relu", {"negative_slope": -0.5}),
    ("leaky_relu", {"negative_slope": 3.0}),
    ("elu", {"alpha": 0.5}),
    ("elu", {"alpha": -1.0}),
    ("celu", {"alpha": 0.5}),
    ("celu", {"alpha": 3.0}),
    ("gelu", {"approximate": True}),
    ("squareplus", {"b": 0.5}),
    ("hard_shrink", {"threshold": 1.0}),
    ("hard_shrink", {"threshold": 0.0}),
    ("soft_shrink", {"threshold": 1.0}),
    ("soft_shrink", {"threshold": -1.0}),
    ("threshold", {"threshold": 1.0, "default_value": -3.0}),
    ("softmax", {"axis": 0}),
    ("log_softmax", {"axis": 0}),
    ("glu", {"axis": 0}),
)

Case = tuple[str, dict[str, Any]]
OF_KERAS_3 = [name for name in activations.ACTIVATIONS if name != "hard_sigmoid_keras2"]
"""All but what Keras 1 and 2 computed under a name that means something else today."""
CASES: tuple[Case, ...] = (
    *((name, {}) for name in OF_KERAS_3 if name != "sparsemax"),
    *VARIANTS,
)
SMOOTH = ("glu", "softmax", "log_softmax")
"""Functions of several numbers at once."""

KINKS = np.array([-6.0, -5.0, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 5.0, 6.0, 2.0], np.float32)
BANDS = {
    "near 0": np.array([0.0, 1e-8, -1e-8, 1e-6, -1e-6, 1e-4, -1e-4, 1e-2], np.float32),
    "kinks": np.concatenate([KINKS, np.where(KINKS == 0, np.finfo(np.float32).tiny, np.nextafter(KINKS, KINKS + 1))]),
    "dense": np.linspace(-8.0, 8.0, 4004, dtype=np.float32),
    "wide": np.array([-30.0, -25.0, -20.0, -10.0, 10.0, 20.0, 25.0, 30.0], np.float32),
    "far": np.array([-1e4, -1e3, -500.0, -100.0, 100.0, 500.0, 1e3, 1e4], np.float32),
}
HALVED = {
    "sparse_sigmoid()": (-1.0, 1.0),
    "relu(max_value=5.0)": (5.0,),
    "relu(threshold=-1.0, max_value=5.0)": (0.0, 5.0),
    "relu(threshold=1.0, max_value=6.0)": (6.0,),
    "relu(negative_slope=0.1, max_value=5.0)": (5.0,),
    "relu(negative_slope=0.1, max_value=5.0, threshold=1.0)": (5.0,),
}
"""Ties of a clip: JAX halves the slope, other backends of Keras do otherwise (see tests/unit/test_activations.py)."""


def name_of(case: Case) -> str:
    return f"{case[0]}({', '.join(f'{key}={value}' for key, value in case[1].items())})"


def both(case: Case) -> list[Callable[[Any], Any]]:
    """The function in Pellucid and in Keras."""
    return [partial(getattr(library.activations, case[0]), **case[1]) for library in (pellucid, keras)]


def ours(function: Callable[[Any], Any], x: np.ndarray, factors: np.ndarray | None = None) -> list[np.ndarray]:
    """Values and slopes (of the sum of the values, each times a factor) on the native engine."""
    graph = Graph()
    tensor = graph.add(ops.Input(x.shape, "x"))
    y = function(tensor)
    total = builder.reduce_sum(y if factors is None else y * factors)
    graph.outputs = {"y": y, "slope": gradient(total, [tensor])[0]}
    results = get_engine("native").prepare(graph).run({"x": x}, {})
    return [results["y"], results["slope"]]


def theirs(function: Callable[[Any], Any], x: np.ndarray, factors: np.ndarray | None = None) -> list[np.ndarray]:
    """The same by Keras."""

    def total(array: Any) -> tuple[Any, Any]:
        y = function(array)
        return weighted_sum(y, np.ones(y.shape, np.float32) if factors is None else factors), y

    y, slopes = slopes_of(total, [x])
    return [y, *slopes]


def test_every_function_of_keras_is_there() -> None:
    """And under Keras's further names too."""
    public = {name for name in dir(keras.activations) if not name.startswith("_")}
    assert public - set(dir(activations)) == set()
    assert set(keras.src.activations.ALL_OBJECTS_DICT) - set(activations.ACTIVATIONS) == {"threshold"}
    assert {case[0] for case in CASES} | {"sparsemax"} == set(keras.src.activations.ALL_OBJECTS_DICT)
    for name in activations.ACTIVATIONS:
        assert activations.get(name) is getattr(activations, name)


@pytest.mark.parametrize("name", [*OF_KERAS_3, "threshold"])
def test_arguments_and_defaults(name: str) -> None:
    mine, reference = (inspect.signature(getattr(library.activations, name)) for library in (pellucid, keras))
    assert [(p.name, p.default) for p in mine.parameters.values()] == [
        (p.name, p.default) for p in reference.parameters.values()
    ]


@pytest.mark.parametrize("case", CASES, ids=name_of)
@pytest.mark.parametrize("band", BANDS)
def test_values_and_slopes(case: Case, band: str) -> None:
    """1e-6 of the largest result for values, 1e-5 for slopes; exp(100) is infinite in both."""
    x = BANDS[band].reshape(2, -1)
    if case[0] == "exponential" and band == "far":
        x = np.minimum(x, 80.0)
    mine, reference = both(case)
    factors = np.random.default_rng(0).normal(size=np.shape(reference(x))).astype(np.float32)
    (y, slope), (right_y, right_slope) = ours(mine, x, factors), theirs(reference, x, factors)
    for tie in HALVED.get(name_of(case), ()):
        apart = np.abs(x - np.float32(tie)) > 1e-9 + 1e-6 * abs(tie)
        slope, right_slope = slope * apart, right_slope * apart
    check_close(f"activation {case[0]}: value", y, right_y, 1e-6)
    check_close(f"activation {case[0]}: slope", slope, right_slope, 1e-5)


FOR_TINY = [case for case in CASES if case[0] not in SMOOTH]


@pytest.mark.parametrize("case", FOR_TINY, ids=name_of)
def test_tiny_inputs_keep_their_digits(case: Case) -> None:
    """Relative to the result itself, which is as small: exp(x) - 1 would lose all of them."""
    x = np.array([[1e-8, -1e-8, 1e-6, -1e-6]], np.float32)
    mine, reference = both(case)
    np.testing.assert_allclose(ours(mine, x)[0], theirs(reference, x)[0], rtol=1e-6, atol=1e-13)


def logistic(x: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-x))


VANISHING: dict[str, tuple[Callable[..., np.ndarray], Callable[..., np.ndarray]]] = {
    "exponential": (np.exp, np.exp),
    "sigmoid": (logistic, lambda x: logistic(x) * logistic(-x)),
    "softplus": (lambda x: np.log1p(np.exp(x)), logistic),
    "silu": (lambda x: x * logistic(x), lambda x: logistic(x) * (1 + x * logistic(-x))),
    "elu": (np.expm1, np.exp),
    "celu": (np.expm1, np.exp),
}
"""Value and slope, where x is negative; Keras on JAX has no digits of elu's slope at -30."""


@pytest.mark.parametrize("name", VANISHING)
def test_results_that_vanish_keep_their_digits(name: str) -> None:
    """exp(-30) is 1e-13, and known to six digits."""
    x = np.array([[-5.0, -10.0, -20.0, -30.0]])
    for found, right in zip(ours(activations.get(name), x.astype(np.float32)), VANISHING[name], strict=True):
        np.testing.assert_allclose(found, right(x), rtol=1e-6)


@pytest.mark.parametrize("case", [case for case in CASES if case[0] not in SMOOTH], ids=name_of)
def test_nan_and_infinity(case: Case) -> None:
    """NaN does not disappear where Keras keeps it, and limits are the same."""
    x = np.array([[np.nan, np.inf, -np.inf, 1.0]], np.float32)
    mine, reference = both(case)
    np.testing.assert_allclose(ours(mine, x)[0], np.asarray(reference(x)), rtol=1e-6)


@st.composite
def arrays(draw: st.DrawFn) -> np.ndarray:
    """Of two to four axes, of magnitudes from 1e-3 to 1e3."""
    shape = draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    seed, scale = draw(st.integers(0, 2**32 - 1)), draw(st.sampled_from([1e-3, 1.0, 4.0, 30.0, 1e3]))
    return (np.random.default_rng(seed).normal(size=(*shape, 2 * draw(st.integers(1, 4)))) * scale).astype(np.float32)


@given(st.sampled_from([case for case in CASES if "axis" not in case[1]]), arrays())
@drawn(60)
def test_any_shape(case: Case, x: np.ndarray) -> None:
    if case[0] == "exponential":
        x = np.clip(x, -80.0, 80.0)
    mine, reference = both(case)
    (y, slope), (right_y, right_slope) = ours(mine, x), theirs(reference, x)
    check_close(f"activation {case[0]}: value, any shape", y, right_y, 1e-6)
    check_close(f"activation {case[0]}: slope, any shape", slope, right_slope, 1e-5)


def projected(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sparsemax along the last axis by sorting, as the paper's algorithm 1 says, and the support."""
    ordered = -np.sort(-z, axis=-1)
    sums, places = np.cumsum(ordered, axis=-1), np.arange(1, z.shape[-1] + 1)
    size = (1 + places * ordered > sums).sum(axis=-1, keepdims=True)
    tau = (np.take_along_axis(sums, size - 1, axis=-1) - 1) / size
    return np.maximum(z - tau, 0.0), z > tau


@given(arrays(), st.integers(0, 2**32 - 1))
@drawn(60)
def test_sparsemax_is_that_of_the_paper(x: np.ndarray, seed: int) -> None:
    """The gradient is s (v - mean of v over the support), the paper's equation 12."""
    v = np.random.default_rng(seed).normal(size=x.shape).astype(np.float32)
    y, slope = ours(activations.sparsemax, x, v)
    right, support = projected(x.astype(np.float64))
    mean = (support * v).sum(axis=-1, keepdims=True) / support.sum(axis=-1, keepdims=True)
    check_close("activation sparsemax: value", y, right, 2e-6)
    check_close("activation sparsemax: slope", slope, support * (v - mean), 1e-5)
    np.testing.assert_allclose(y.sum(axis=-1), 1.0, atol=1e-5)


def test_sparsemax_is_that_of_keras_where_one_entry_takes_all() -> None:
    """There every version of Keras is right; also along another axis, and far from 0."""
    x = np.eye(6, dtype=np.float32)[[3, 1, 5, 0]] * 40.0 + np.linspace(0, 9, 6, dtype=np.float32)
    for shift in (0.0, 1e4, -1e4):
        y, slope = ours(activations.sparsemax, x + np.float32(shift))
        right_y, right_slope = theirs(keras.activations.sparsemax, x + np.float32(shift))
        check_close("activation sparsemax: value", y, right_y, 1e-6)
        check_close("activation sparsemax: slope", slope, right_slope, 1e-6)
    check_close(
        "activation sparsemax: value",
        ours(partial(activations.sparsemax, axis=0), x.T)[0],
        np.asarray(keras.activations.sparsemax(x.T, axis=0)),
        1e-6,
    )


@pytest.mark.parametrize("name", OF_KERAS_3)
def test_names_in_files(name: str) -> None:
    """A layer that Keras wrote is read, and the other way round."""
    reference = keras.layers.Dense(4, activation=name)
    mine = pellucid.layers.Dense(4, activation=name)
    written = keras.activations.serialize(reference.activation)
    assert written == activations.serialize(mine.activation) == mine.get_config()["activation"]
    assert activations.deserialize(written) is mine.activation
    assert keras.activations.deserialize(activations.serialize(mine.activation)) is reference.activation


def test_a_function_in_the_record_of_keras() -> None:
    """Keras writes functions of one's own as a record; the name alone means something only with custom_objects."""

    def squared(x: Any) -> Any:
        return x * x

    record = keras.activations.serialize(squared)
    assert activations.deserialize(record, {"squared": squared}) is squared
    assert activations.get({"class_name": "function", "config": "gelu"}) is activations.gelu
