"""Activations, regularisers and constraints called on arrays: what comes back, and its numbers."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import activations, constraints, ops, regularizers
from pellucid.dispatch import Array
from pellucid.engines import ReferenceEngine
from pellucid.errors import ArgumentError
from pellucid.graph import Graph
from pellucid.graph.ops import Input as InputOp
from pellucid.variables import Variable

X = np.random.default_rng(0).normal(size=(4, 6))
PENALTIES: dict[str, Callable[..., Any]] = {
    "L1": regularizers.L1(0.3),
    "L2": regularizers.L2(0.3),
    "L1L2": regularizers.L1L2(0.3, 0.2),
    "OrthogonalRegularizer": regularizers.OrthogonalRegularizer(0.3),
    "a function": regularizers.get(lambda w: 0.1 * ops.sum(w * w)),  # type: ignore[dict-item]
}
PROJECTIONS: dict[str, Callable[..., Any]] = {
    "MaxNorm": constraints.MaxNorm(0.5),
    "NonNeg": constraints.NonNeg(),
    "UnitNorm": constraints.UnitNorm(1),
    "MinMaxNorm": constraints.MinMaxNorm(0.1, 0.5, 0.7),
}
THRESHOLD = {"threshold": lambda x: activations.threshold(x, 0.5, 0.1)}
FUNCTIONS: dict[str, Callable[..., Any]] = {**activations.ACTIVATIONS, **THRESHOLD, **PENALTIES, **PROJECTIONS}


def in_a_graph(function: Callable[..., Any], x: np.ndarray) -> np.ndarray:
    """What the function gives as a part of a graph, computed in float64."""
    graph = Graph()
    graph.outputs["y"] = function(graph.add(InputOp(x.shape, "x")))
    return ReferenceEngine().prepare(graph).run({"x": x}, {})["y"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_numbers_are_those_of_the_graph(name: str) -> None:
    """For an array, a list and a weight alike."""
    function = FUNCTIONS[name]
    expected = in_a_graph(function, X)
    for operand in (X, X.tolist(), X.astype(np.float32), Variable(X, name="kernel", owner="dense")):
        found = function(operand)
        assert isinstance(found, Array) and found.dtype == np.float32
        np.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("name", ["relu", "softmax", "sparsemax", "glu"])
@pytest.mark.parametrize("wrong", ["text", None, [[1.0], [1.0, 2.0]], object()])
def test_what_is_no_operand_is_refused(name: str, wrong: Any) -> None:
    """The message says what was expected."""
    with pytest.raises(ArgumentError, match=rf"^activations\.{name}: expected an? "):
        activations.ACTIVATIONS[name](wrong)


def test_settings_are_refused_by_name() -> None:
    """The function's own checks speak under its public name, once."""
    with pytest.raises(ArgumentError, match=r"^activations\.softmax: axis"):
        activations.softmax(X, axis=5)
    with pytest.raises(ArgumentError, match=r"^ops\.softmax: axis"):
        ops.softmax(X, axis=5)
    with pytest.raises(ArgumentError, match=r"^MaxNorm: axis=3 does not exist"):
        constraints.MaxNorm(axis=3)(X)
    with pytest.raises(ArgumentError, match=r"^L1: expected a tensor, a weight, an array or a number, got 'x'"):
        regularizers.L1()("x")


def test_a_result_is_numpys_array_with_numpy() -> None:
    """It prints, compares, pickles and becomes a list as NumPy's does."""
    found, plain = ops.add([[1, 2], [3, 4]], 0.5), np.array([[1.5, 2.5], [3.5, 4.5]], np.float32)
    assert repr(found) == repr(plain) and str(found) == str(plain)
    assert (found == plain).all() and found.tolist() == plain.tolist()
    assert type(found.numpy()) is np.ndarray and type(np.asarray(found)) is np.ndarray
    assert np.shares_memory(found.numpy(), found)
    again = pickle.loads(pickle.dumps(found))
    assert type(again) is Array and np.array_equal(again, plain)
    assert type(found * 2 + plain) is Array and (found * 2).numpy().tolist() == (plain * 2).tolist()
    assert float(ops.sum(found)) == 12.0


def test_a_function_of_ones_own_computes_on_arrays_too() -> None:
    """A regulariser of a user, written with ops, needs nothing more."""

    class Squares(regularizers.Regularizer):
        def __call__(self, x: Any) -> Any:
            return 0.5 * ops.sum(ops.square(x))

    assert float(Squares()([1.0, 2.0])) == 2.5
