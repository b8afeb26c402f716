"""Regularisers: numbers by hand, gradients, what is refused, and how files name them.

That they are Keras's is shown in tests/conformance/test_keras_regularizers.py.
"""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest

import pellucid
from pellucid import legacy, load_model, ops, registry, regularizers
from pellucid.engines import NativeEngine, ReferenceEngine
from pellucid.errors import ArgumentError, FileError, ShapeError
from pellucid.graph import Graph, builder, gradient
from pellucid.graph.ops import Input
from pellucid.regularizers import L1, L1L2, L2, OrthogonalRegularizer, Regularizer

KERNEL = np.array([[1.0, -2.0, 0.0], [3.0, 0.0, -4.0]])
ENGINES = pytest.mark.parametrize("engine", [ReferenceEngine(), NativeEngine()], ids=["reference", "native"])


def penalty_and_gradient(regularizer, x, engine):
    graph = Graph()
    tensor = graph.add(Input(np.shape(x), "x"))
    penalty = regularizer(tensor)
    assert penalty.shape == ()
    graph.outputs = {"penalty": penalty, "gradient": gradient(penalty, [tensor])[0]}
    results = engine.prepare(graph).run({"x": np.asarray(x, engine.dtype)}, {})
    return float(results["penalty"]), results["gradient"]


@ENGINES
def test_numbers_by_hand(engine):
    sign = np.sign(KERNEL)
    for regularizer, penalty, slope in [
        (L1(0.5), 5.0, 0.5 * sign),
        (L2(0.5), 15.0, KERNEL),
        (L1L2(0.5, 0.25), 12.5, 0.5 * sign + 0.5 * KERNEL),
        (L1L2(), 0.0, 0.0 * KERNEL),
        (L1(0.0), 0.0, 0.0 * KERNEL),
    ]:
        found = penalty_and_gradient(regularizer, KERNEL, engine)
        assert found[0] == penalty
        np.testing.assert_array_equal(found[1], slope)


@ENGINES
def test_orthogonal_by_hand(engine):
    """The rows have lengths sqrt(5) and 5 and the product 3; of the columns, two of the three pairs are at an angle."""
    rows, columns = OrthogonalRegularizer(2.0), OrthogonalRegularizer(2.0, mode="columns")
    cosines = [abs(1 * -2) / math.sqrt(10) / 2, abs(3 * -4) / math.sqrt(10) / 4]
    assert penalty_and_gradient(rows, KERNEL, engine)[0] == pytest.approx(2 * 3 / (math.sqrt(5) * 5))
    assert penalty_and_gradient(columns, KERNEL, engine)[0] == pytest.approx(2 * sum(cosines) / 3)
    assert penalty_and_gradient(rows, np.eye(4, 6), engine)[0] == 0.0


@ENGINES
def test_a_single_row_has_no_pairs(engine):
    penalty, slope = penalty_and_gradient(OrthogonalRegularizer(), [[1.0, 2.0]], engine)
    assert penalty == 0.0 and not slope.any()


@ENGINES
def test_a_row_of_zeros_has_a_finite_gradient(engine):
    penalty, slope = penalty_and_gradient(OrthogonalRegularizer(1.0), [[0.0, 0.0], [3.0, 4.0], [4.0, 3.0]], engine)
    assert penalty == pytest.approx(0.96 / 3)
    assert np.isfinite(slope).all() and not slope[0].any()


@ENGINES
def test_rows_shorter_than_the_small_number_of_keras(engine):
    """Lengths count as 1e-7 at least: rows of 1e-8 are a tenth of a unit vector."""
    penalty, _ = penalty_and_gradient(OrthogonalRegularizer(1.0), [[1e-8, 0.0], [0.0, 1e-8], [0.6, 0.8]], engine)
    assert penalty == pytest.approx((0.0 + 0.06 + 0.08) / 3, rel=1e-5)


@pytest.mark.parametrize(
    "regularizer",
    [L1(0.3), L2(0.3), L1L2(0.2, 0.4), OrthogonalRegularizer(0.7), OrthogonalRegularizer(0.7, "columns")],
    ids=repr,
)
def test_gradient_is_the_slope(regularizer):
    """By central differences in float64."""
    x, step, engine = np.random.default_rng(0).normal(size=(4, 3)), 1e-6, ReferenceEngine()
    found = penalty_and_gradient(regularizer, x, engine)[1]
    for place in np.ndindex(x.shape):
        ahead, behind = x.copy(), x.copy()
        ahead[place] += step
        behind[place] -= step
        rise = (
            penalty_and_gradient(regularizer, ahead, engine)[0] - penalty_and_gradient(regularizer, behind, engine)[0]
        )
        assert abs(found[place] - rise / (2 * step)) < 1e-8


def test_orthogonal_takes_a_matrix():
    for shape in [(3,), (3, 3, 1, 4)]:
        with pytest.raises(ShapeError, match=r"must have rank 2. Received: inputs.shape=\(3,"):
            OrthogonalRegularizer()(Graph().add(Input(shape, "x")))


BAD = [-1e-9, -1, -(2**62), float("nan"), float("inf"), "0.1", True, [0.1], 1j]


@pytest.mark.parametrize("value", BAD, ids=str)
def test_factors_that_cannot_be_are_refused(value):
    for make, owner, name in [
        (lambda v: L1(v), "L1", "l1"),
        (lambda v: L2(v), "L2", "l2"),
        (lambda v: L1L2(l1=v), "L1L2", "l1"),
        (lambda v: L1L2(l2=v), "L1L2", "l2"),
        (lambda v: OrthogonalRegularizer(v), "OrthogonalRegularizer", "factor"),
    ]:
        with pytest.raises(ArgumentError, match=f"^{owner}: {name} must be a finite number >= 0, got "):
            make(value)


def test_factors_that_can_be():
    assert [L2(value).l2 for value in (0, 2**31, 2**62, np.float32(0.5), np.int64(3))] == [
        0.0,
        2.0**31,
        2.0**62,
        0.5,
        3,
    ]
    assert (L1(None).l1, L2(None).l2, L1L2(None, None).get_config()) == (0.01, 0.01, {"l1": 0.0, "l2": 0.0})


@pytest.mark.parametrize("mode", ["row", "", None, 1, ["rows"]], ids=str)
def test_unknown_modes_are_refused(mode):
    with pytest.raises(ArgumentError, match=r"Expected one of {.rows., .columns.}. Received: mode="):
        OrthogonalRegularizer(mode=mode)


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("l1", "L1(l1=0.01)"),
        ("L2", "L2(l2=0.01)"),
        ("l1_l2", "L1L2(l1=0.01, l2=0.01)"),
        ("l1l2", "L1L2(l1=0.01, l2=0.01)"),
        ("L1L2", "L1L2(l1=0.01, l2=0.01)"),
        ("activity_l1l2", "L1L2(l1=0.01, l2=0.01)"),
        ("activity_l2", "L2(l2=0.01)"),
        ("orthogonal_regularizer", "OrthogonalRegularizer(factor=0.01, mode='rows')"),
        ("OrthogonalRegularizer", "OrthogonalRegularizer(factor=0.01, mode='rows')"),
        (L1L2, "L1L2(l1=0.0, l2=0.0)"),
        (L2(0.5), "L2(l2=0.5)"),
        ({"class_name": "L1L2", "config": {"l1": 0.5}}, "L1L2(l1=0.5, l2=0.0)"),
        (None, "None"),
    ],
    ids=str,
)
def test_what_get_understands(identifier, expected):
    assert repr(regularizers.get(identifier)) == expected


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        ("l3", r"unknown regularizer 'l3'\. Known: l1, l1_l2, l2, orthogonal_regularizer"),
        (0.01, "regularizer must be a name, .* got 0.01"),
        (dict, "regularizer must be a name, "),
        ({"class_name": "L1", "config": {"l2": 1.0}}, "unknown setting of regularizer L1 'l2'"),
        ({"class_name": "L1", "config": {"l1": -1.0}}, "L1: l1 must be"),
        ({"class_name": "L1", "config": 3}, "'config' must be a mapping"),
        ({"class_name": "os.system", "config": {}}, "unknown regularizer 'os.system'"),
        ({"class_name": "function", "config": "mine"}, r"own: pass custom_objects=\{'mine': mine\}"),
        ({}, "unknown regularizer None"),
    ],
    ids=str,
)
def test_what_get_refuses(identifier, message):
    with pytest.raises(ArgumentError, match=message):
        regularizers.get(identifier)


def cubed(x):
    """A penalty of the user's own."""
    return ops.sum(ops.absolute(x) * x * x)


@ENGINES
def test_functions_of_ones_own(engine):
    penalty, slope = penalty_and_gradient(regularizers.get(cubed), KERNEL, engine)
    assert penalty == 100.0
    np.testing.assert_array_equal(slope, 3 * KERNEL * np.abs(KERNEL))
    assert penalty_and_gradient(regularizers.get(lambda x: 2), KERNEL, engine)[0] == 2.0
    of_shape_1 = regularizers.get(lambda x: builder.reduce_sum(x, keepdims=True))
    assert penalty_and_gradient(of_shape_1, KERNEL, engine)[0] == -2.0


@pytest.mark.parametrize("function", [lambda x: x, lambda x: None, lambda x: "0.1", np.shape], ids=range(4))
def test_functions_that_return_no_number_are_refused(function):
    with pytest.raises(ArgumentError, match="must return one number as a tensor, got "):
        regularizers.get(function)(Graph().add(Input((2, 3), "x")))


class Scaled(Regularizer):
    """A regulariser of the user's own, with a setting."""

    def __init__(self, scale=1.0):
        self.scale = scale

    def __call__(self, x):
        return ops.sum(x) * self.scale

    def get_config(self):
        return {"scale": self.scale}


class Forgetful(Scaled):
    """One that does not tell its setting."""

    def get_config(self):
        return {}


@pytest.mark.parametrize("original", [cubed, Scaled(3.0)], ids=["function", "class"])
def test_ones_own_in_a_file(original, tmp_path):
    """By name only: who reads the file says what it means."""
    model = pellucid.Sequential([pellucid.Input((4,)), pellucid.layers.Dense(3, kernel_regularizer=original)])
    path = str(tmp_path / "model.keras")
    model.save(path)
    name = original.__name__ if callable(original) and not isinstance(original, Regularizer) else "Scaled"
    with pytest.raises(FileError, match=name):
        load_model(path)
    restored = load_model(path, custom_objects={"cubed": cubed, "Scaled": Scaled}).layers[0].kernel_regularizer
    for engine in (ReferenceEngine(), NativeEngine()):
        found = penalty_and_gradient(restored, KERNEL, engine)[0]
        assert found == penalty_and_gradient(regularizers.get(original), KERNEL, engine)[0]


@pytest.mark.parametrize(
    ("regularizer", "message"),
    [
        (lambda x: ops.sum(x), "has no name of its own, by which a file could refer to it; define it with def"),
        (functools.partial(cubed), "has no name of its own"),
        (Forgetful(2.0), "Forgetful cannot be written down without its 'scale': let get_config"),
    ],
    ids=["lambda", "partial", "class"],
)
def test_what_cannot_be_written_down(regularizer, message):
    with pytest.raises(ArgumentError, match=message):
        regularizers.serialize(regularizers.get(regularizer))


def test_names_among_custom_objects():
    with registry.custom_objects({"cubed": cubed, "Scaled": Scaled, "mine": L2(0.5), "l2": L1}):
        assert repr(regularizers.get("cubed")) == "FunctionRegularizer(cubed)"
        assert isinstance(regularizers.get("Scaled"), Scaled)
        assert repr(regularizers.get("mine")) == "L2(l2=0.5)"
        assert repr(regularizers.get("l2")) == "L1(l1=0.01)"
    assert regularizers.deserialize({"class_name": "Scaled", "config": {"scale": 2}}, {"Scaled": Scaled}).scale == 2


def test_a_base_without_a_penalty_says_so():
    with pytest.raises(ArgumentError, match=r"Regularizer has no __call__\(\): a regularizer must say"):
        Regularizer()(Graph().add(Input((2,), "x")))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: regularizers.l1(0.5), "L1(l1=0.5)"),
        (lambda: regularizers.l2(l2=0.5), "L2(l2=0.5)"),
        (lambda: regularizers.l1_l2(l1=0.5), "L1L2(l1=0.5, l2=0.0)"),
        (lambda: regularizers.orthogonal_regularizer(), "OrthogonalRegularizer(factor=0.01, mode='rows')"),
    ],
)
def test_lower_case_names(make, expected):
    assert repr(make()) == expected


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: L2(l=0.5), "L2(l2=0.5)"),
        (lambda: regularizers.l1l2(), "L1L2(l1=0.01, l2=0.01)"),
        (lambda: regularizers.activity_l1(0.5), "L1(l1=0.5)"),
        (lambda: regularizers.WeightRegularizer(l2=0.5), "L1L2(l1=0.0, l2=0.5)"),
        (lambda: regularizers.get(regularizers.l1l2), "L1L2(l1=0.01, l2=0.01)"),
    ],
)
def test_names_of_keras_1(make, expected):
    with legacy.collected() as found:
        assert repr(make()) == expected
    assert found
