"""Constraints: numbers by hand, what is refused, and how files name them.

That they are Keras's is shown in tests/conformance/test_keras_constraints.py.
"""

from __future__ import annotations

import functools

import numpy as np
import pytest

import pellucid
from pellucid import constraints, legacy, load_model, ops, registry
from pellucid.constraints import Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from pellucid.engines import NativeEngine, ReferenceEngine
from pellucid.errors import ArgumentError, FileError, ShapeError
from pellucid.graph import Graph
from pellucid.graph.ops import Input

KERNEL = np.array([[3.0, 0.0, 0.3], [-4.0, 0.0, -0.4]])  # columns of lengths 5, 0 and 1/2
ENGINES = pytest.mark.parametrize("engine", [ReferenceEngine(), NativeEngine()], ids=["reference", "native"])


def projected(constraint, w, engine=None):
    engine = engine or ReferenceEngine()
    graph = Graph()
    graph.outputs["w"] = constraint(graph.add(Input(np.shape(w), "w")))
    return engine.prepare(graph).run({"w": np.asarray(w, engine.dtype)}, {})["w"]


@ENGINES
def test_numbers_by_hand(engine):
    for constraint, expected in [
        (MaxNorm(), [[1.2, 0.0, 0.3], [-1.6, 0.0, -0.4]]),
        (MaxNorm(0.0), [[0.0] * 3] * 2),
        (NonNeg(), [[3.0, 0.0, 0.3], [0.0, 0.0, 0.0]]),
        (UnitNorm(), [[0.6, 0.0, 0.6], [-0.8, 0.0, -0.8]]),
        (MinMaxNorm(), [[0.6, 0.0, 0.3], [-0.8, 0.0, -0.4]]),
        (MinMaxNorm(1.0, 2.0), [[1.2, 0.0, 0.6], [-1.6, 0.0, -0.8]]),
        (MinMaxNorm(1.0, 2.0, rate=0.5), [[2.1, 0.0, 0.45], [-2.8, 0.0, -0.6]]),
        (MinMaxNorm(1.0, 2.0, rate=0.0), KERNEL),
    ]:
        np.testing.assert_allclose(projected(constraint, KERNEL, engine), expected, rtol=1e-6, err_msg=repr(constraint))


def test_the_small_number_is_that_of_keras():
    """w / (|w| + 1e-7), also where |w| is no longer than that."""
    found = projected(UnitNorm(), [[1e-7, 3.0, 0.0]])
    np.testing.assert_allclose(found, [[0.5, 3.0 / (3.0 + 1e-7), 0.0]], rtol=1e-14)
    found = projected(MaxNorm(3.0), [[1.0, 2.0]])
    np.testing.assert_allclose(found, [[1.0 / (1.0 + 1e-7), 4.0 / (2.0 + 1e-7)]], rtol=1e-14)
    found = projected(MinMaxNorm(2.0, 3.0), [[1e-7]])
    np.testing.assert_allclose(found, [[1e-7 * 2.0 / 2e-7]], rtol=1e-14)


def test_axes():
    w = np.random.default_rng(0).normal(size=(3, 4, 2, 5))
    for axis, axes in [
        ([0, 1, 2], (0, 1, 2)),
        ((-2, 0), (0, 2)),
        (-1, (3,)),
        (np.int64(1), (1,)),
        (None, (0, 1, 2, 3)),
    ]:
        lengths = np.sqrt((projected(UnitNorm(axis), w) ** 2).sum(axes))
        np.testing.assert_allclose(lengths, 1.0, rtol=1e-6)


@pytest.mark.parametrize("axis", [2, -3, [0, 2], 2**31, -(2**62)], ids=str)
def test_axes_that_a_weight_has_not_are_refused(axis):
    for make in (MaxNorm, MinMaxNorm, UnitNorm):
        with pytest.raises(
            ShapeError, match=rf"^{make.__name__}: axis=.* does not exist in a weight of shape \(4, 3\)"
        ):
            make(axis=axis)(Graph().add(Input((4, 3), "w")))


@pytest.mark.parametrize("axis", [0.0, "0", True, [], (), [0, None], [0, 0], [[0]], 1j, np.array([0, 1])], ids=str)
def test_axes_that_are_none_are_refused(axis):
    for make in (MaxNorm, MinMaxNorm, UnitNorm):
        with pytest.raises(ArgumentError, match=f"^{make.__name__}: axis must be a whole number, a list of different"):
            make(axis=axis)


BAD = [-1e-9, -1, -(2**62), float("nan"), float("inf"), "0.1", None, True, [0.1], 1j]


@pytest.mark.parametrize("value", BAD, ids=str)
def test_lengths_that_cannot_be_are_refused(value):
    for make, owner, name in [
        (lambda v: MaxNorm(v), "MaxNorm", "max_value"),
        (lambda v: MinMaxNorm(v), "MinMaxNorm", "min_value"),
        (lambda v: MinMaxNorm(0.5, v), "MinMaxNorm", "max_value"),
        (lambda v: MinMaxNorm(rate=v), "MinMaxNorm", "rate"),
    ]:
        with pytest.raises(ArgumentError, match=f"^{owner}: {name} must be a finite number >= 0.*, got "):
            make(value)


def test_ranges_that_cannot_be_are_refused():
    with pytest.raises(ArgumentError, match=r"MinMaxNorm: max_value must be a finite number >= 2, got 1\.0"):
        MinMaxNorm(2.0, 1.0)
    for rate in (1.0001, 2**31):
        with pytest.raises(ArgumentError, match="MinMaxNorm: rate must be a finite number >= 0 and <= 1, got"):
            MinMaxNorm(rate=rate)


def test_lengths_that_can_be():
    assert [MaxNorm(value).max_value for value in (0, 2**31, 2**62, np.float32(0.5))] == [0.0, 2.0**31, 2.0**62, 0.5]


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("max_norm", "MaxNorm(max_value=2.0, axis=0)"),
        ("MaxNorm", "MaxNorm(max_value=2.0, axis=0)"),
        ("maxnorm", "MaxNorm(max_value=2.0, axis=0)"),
        ("non_neg", "NonNeg()"),
        ("nonneg", "NonNeg()"),
        ("NonNeg", "NonNeg()"),
        ("unit_norm", "UnitNorm(axis=0)"),
        ("unitnorm", "UnitNorm(axis=0)"),
        ("min_max_norm", "MinMaxNorm(min_value=0.0, max_value=1.0, rate=1.0, axis=0)"),
        ("MinMaxNorm", "MinMaxNorm(min_value=0.0, max_value=1.0, rate=1.0, axis=0)"),
        (NonNeg, "NonNeg()"),
        (UnitNorm((1, 2)), "UnitNorm(axis=[1, 2])"),
        ({"class_name": "MaxNorm", "config": {"axis": [0, 1]}}, "MaxNorm(max_value=2.0, axis=[0, 1])"),
        (None, "None"),
    ],
    ids=str,
)
def test_what_get_understands(identifier, expected):
    assert repr(constraints.get(identifier)) == expected


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        ("max_nrom", "unknown constraint 'max_nrom'; did you mean 'max_norm'"),
        (2.0, "constraint must be a name, .* got 2.0"),
        (dict, "constraint must be a name, "),
        ({"class_name": "NonNeg", "config": {"axis": 1}}, "unknown setting of constraint NonNeg 'axis'"),
        ({"class_name": "MaxNorm", "config": {"max_value": -1.0}}, "MaxNorm: max_value must be"),
        ({"class_name": "function", "config": "mine"}, r"own: pass custom_objects=\{'mine': mine\}"),
        ({}, "unknown constraint None"),
    ],
    ids=str,
)
def test_what_get_refuses(identifier, message):
    with pytest.raises(ArgumentError, match=message):
        constraints.get(identifier)


def bounded(w):
    """A projection of the user's own."""
    return ops.clip(w, -1.0, 1.0)


@ENGINES
def test_functions_of_ones_own(engine):
    np.testing.assert_allclose(projected(constraints.get(bounded), KERNEL, engine), KERNEL.clip(-1, 1), rtol=1e-7)


@pytest.mark.parametrize("function", [lambda w: ops.sum(w), lambda w: None, lambda w: 1.0, np.shape], ids=range(4))
def test_functions_that_return_something_else_are_refused(function):
    with pytest.raises(ArgumentError, match=r"must return a tensor of shape \(2, 3\), got "):
        constraints.get(function)(Graph().add(Input((2, 3), "w")))


class Between(Constraint):
    """A constraint of the user's own, with a setting."""

    def __init__(self, limit=1.0):
        self.limit = limit

    def __call__(self, w):
        return ops.clip(w, -self.limit, self.limit)

    def get_config(self):
        return {"limit": self.limit}


class Forgetful(Between):
    """One that does not tell its setting."""

    def get_config(self):
        return {}


@pytest.mark.parametrize("original", [bounded, Between(0.5)], ids=["function", "class"])
def test_ones_own_in_a_file(original, tmp_path):
    """By name only: who reads the file says what it means."""
    model = pellucid.Sequential([pellucid.Input((4,)), pellucid.layers.Dense(3, kernel_constraint=original)])
    path = str(tmp_path / "model.keras")
    model.save(path)
    with pytest.raises(FileError, match="bounded" if original is bounded else "Between"):
        load_model(path)
    restored = load_model(path, custom_objects={"bounded": bounded, "Between": Between}).layers[0].kernel_constraint
    np.testing.assert_array_equal(projected(restored, KERNEL), projected(original, KERNEL))


@pytest.mark.parametrize(
    ("constraint", "message"),
    [
        (lambda w: w, "has no name of its own, by which a file could refer to it; define it with def"),
        (functools.partial(bounded), "has no name of its own"),
        (Forgetful(2.0), "Forgetful cannot be written down without its 'limit': let get_config"),
    ],
    ids=["lambda", "partial", "class"],
)
def test_what_cannot_be_written_down(constraint, message):
    with pytest.raises(ArgumentError, match=message):
        constraints.serialize(constraints.get(constraint))


def test_names_among_custom_objects():
    with registry.custom_objects({"bounded": bounded, "Between": Between, "mine": MaxNorm(0.5)}):
        assert repr(constraints.get("bounded")) == "FunctionConstraint(bounded)"
        assert isinstance(constraints.get("Between"), Between)
        assert repr(constraints.get("mine")) == "MaxNorm(max_value=0.5, axis=0)"
    assert constraints.deserialize({"class_name": "Between", "config": {"limit": 2}}, {"Between": Between}).limit == 2


def test_a_base_without_a_projection_changes_nothing():
    """As Keras's."""
    assert Constraint()([1.0, -2.0]).tolist() == [1.0, -2.0]


def test_lower_case_names():
    assert (constraints.max_norm, constraints.min_max_norm) == (MaxNorm, MinMaxNorm)
    assert (constraints.non_neg, constraints.unit_norm) == (NonNeg, UnitNorm)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: MaxNorm(m=3), "MaxNorm(max_value=3.0, axis=0)"),
        (lambda: MinMaxNorm(low=0.5, high=2), "MinMaxNorm(min_value=0.5, max_value=2.0, rate=1.0, axis=0)"),
        (lambda: constraints.maxnorm(3), "MaxNorm(max_value=3.0, axis=0)"),
        (lambda: constraints.nonneg(), "NonNeg()"),
        (lambda: constraints.unitnorm(axis=1), "UnitNorm(axis=1)"),
        (lambda: constraints.get(constraints.unitnorm), "UnitNorm(axis=0)"),
    ],
)
def test_names_of_keras_1(make, expected):
    with legacy.collected() as found:
        assert repr(make()) == expected
    assert found
