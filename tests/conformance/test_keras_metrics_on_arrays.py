"""Metrics on arrays against Keras itself: over batches of different sizes, with weights, from the beginning again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import pytest

from pellucid import metrics
from pellucid.errors import ArgumentError, ShapeError
from pellucid.graph import Graph
from pellucid.graph.ops import Input

RNG = np.random.default_rng(8)
COUNT = 17
P, MAPS = RNG.uniform(size=(COUNT, 4)).round(2), RNG.uniform(size=(COUNT, 3, 4)).round(2)
LABELS, LABEL_MAPS = RNG.integers(0, 4, COUNT), RNG.integers(0, 4, (COUNT, 3))
BITS, BIT_MAPS = RNG.integers(0, 2, P.shape), RNG.integers(0, 2, MAPS.shape)
CUTS = (slice(0, 8), slice(8, 11), slice(11, 17))


@dataclass(frozen=True)
class Case:
    """A metric, its settings, targets and predictions; `values` is the shape of what it weighs of each sample."""

    name: str
    y: np.ndarray
    p: np.ndarray
    values: tuple[int, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name} {np.shape(self.p)} {self.settings}"


CASES = [
    Case("Accuracy", LABELS, RNG.integers(0, 4, COUNT)),
    Case("Accuracy", LABEL_MAPS, RNG.integers(0, 4, (COUNT, 3)), (3,)),
    Case("Accuracy", LABELS, RNG.integers(0, 4, (COUNT, 1)), (1,)),
    Case("BinaryAccuracy", BITS, P, (4,)),
    Case("BinaryAccuracy", BITS[:, 0], P[:, :1], (1,), {"threshold": 0.3}),
    Case("BinaryAccuracy", BIT_MAPS, MAPS, (3, 4)),
    Case("CategoricalAccuracy", np.eye(4)[LABELS], P),
    Case("CategoricalAccuracy", np.eye(4)[LABEL_MAPS], MAPS, (3,)),
    Case("SparseCategoricalAccuracy", LABELS, P),
    Case("SparseCategoricalAccuracy", LABELS[:, None], P),
    Case("SparseCategoricalAccuracy", LABEL_MAPS, MAPS, (3,)),
    Case("MeanSquaredError", P[::-1], P),
    Case("MeanSquaredError", MAPS[::-1], MAPS, (3,)),
    Case("RootMeanSquaredError", MAPS[::-1], MAPS, (3, 4)),
    Case("MeanAbsoluteError", P[::-1], P),
    Case("MeanAbsolutePercentageError", MAPS[::-1] + 1, MAPS, (3,)),
    Case("MeanSquaredLogarithmicError", P[::-1], P),
    Case("LogCoshError", 9 * MAPS[::-1], MAPS, (3,)),
    Case("CosineSimilarity", P[::-1], P),
    Case("CosineSimilarity", MAPS[::-1], MAPS, (4,), {"axis": 1}),
    Case("Hinge", BITS, 4 * P - 2),
    Case("SquaredHinge", BIT_MAPS, 4 * MAPS - 2, (3,)),
    Case("CategoricalHinge", np.eye(4)[LABELS], P),
    Case("KLDivergence", P[::-1], P),
    Case("Poisson", 5 * P, 9 * P[::-1]),
    Case("BinaryCrossentropy", BITS, P, (), {"label_smoothing": 0.2}),
    Case("BinaryCrossentropy", BITS, 8 * P - 4, (), {"from_logits": True}),
    Case("CategoricalCrossentropy", np.eye(4)[LABEL_MAPS], MAPS, (3,)),
    Case("CategoricalCrossentropy", np.eye(4)[LABELS], 8 * P - 4, (), {"from_logits": True, "label_smoothing": 0.1}),
    Case("SparseCategoricalCrossentropy", LABELS[:, None], P + 0.1),
    Case("SparseCategoricalCrossentropy", LABEL_MAPS, MAPS + 0.1, (3,), {"axis": -1, "from_logits": True}),
    Case("SparseCategoricalCrossentropy", LABELS, P + 0.1, (), {"ignore_class": 2}),
    Case("Precision", BITS, P, (4,)),
    Case("Precision", BITS[:, 0], P[:, 0], (), {"thresholds": [0.2, 0.5, 0.7]}),
    Case("Precision", BITS, P, (4,), {"top_k": 2}),
    Case("Precision", BIT_MAPS, MAPS, (3, 4), {"top_k": 3, "thresholds": 0.4}),
    Case("Recall", BITS, P, (4,)),
    Case("Recall", BITS, P, (1,), {"class_id": 2}),
    Case("Recall", BITS, P, (1,), {"class_id": 1, "top_k": 2, "thresholds": [0.1, 0.6]}),
]
each_case = pytest.mark.parametrize("case", CASES, ids=str)


@each_case
@pytest.mark.parametrize("kind", ["none", "sample", "column", "value", "zero"])
def test_accumulated_over_batches(case: Case, kind: str) -> None:
    """After every batch the same value, with weights of every form that Keras takes."""
    column = tuple(1 for _ in case.values)
    shapes = {"sample": (), "column": column, "value": case.values, "zero": column}
    weight = None if kind == "none" else RNG.uniform(size=(COUNT, *shapes[kind])) * (kind != "zero")
    ours, theirs = (getattr(library, case.name)(**case.settings) for library in (metrics, keras.metrics))
    # Where predictions are maps, Keras's counts take one weight per sample as a column only.
    as_column = kind == "sample" and hasattr(theirs, "true_positives")
    for cut in CUTS:
        weights = None if weight is None else weight[cut]
        ours.update_state(case.y[cut], case.p[cut], weights)
        theirs.update_state(case.y[cut], case.p[cut], weights.reshape(-1, *column) if as_column else weights)
        value, expected = ours.result(), np.asarray(theirs.result())
        assert value.shape == expected.shape
        np.testing.assert_allclose(value.numpy(), expected, rtol=1e-5, atol=1e-7)
        for own, of_keras in zip(ours.variables, theirs.variables, strict=True):
            np.testing.assert_allclose(own, of_keras, rtol=1e-5, err_msg="the sums themselves")


@each_case
def test_from_the_beginning_again(case: Case) -> None:
    """Nothing of what was seen is left, and what was never shown anything tells 0, in the shape of its results."""
    metric = getattr(metrics, case.name)(**case.settings)
    nothing = metric.result()
    once = metric(case.y, case.p)
    assert np.any(once > 0) and not np.any(nothing) and nothing.shape == once.shape
    metric.reset_state()
    np.testing.assert_array_equal(metric.result(), nothing)
    np.testing.assert_array_equal(metric(case.y, case.p), once)


@pytest.mark.parametrize("aggregation", ["uniform_average", "variance_weighted_average", None])
@pytest.mark.parametrize("regressors", [0, 3])
@pytest.mark.parametrize("kind", ["none", "sample", "value"])
def test_explained_variance(aggregation: str | None, regressors: int, kind: str) -> None:
    """After every batch the same score, whatever the weights, and the same sums."""
    weight = {"none": None, "sample": RNG.uniform(0.1, 1, COUNT), "value": RNG.uniform(0.1, 1, P.shape)}[kind]
    settings = {"class_aggregation": aggregation, "num_regressors": regressors}
    ours, theirs = metrics.R2Score(**settings), keras.metrics.R2Score(**settings)
    for cut in CUTS:
        for metric in (ours, theirs):
            metric.update_state(P[::-1][cut], P[cut], None if weight is None else weight[cut])
        # 1 less a share, of which Keras computes in float32: near 0 its rounding is all that there is
        np.testing.assert_allclose(ours.result(), np.asarray(theirs.result()), rtol=1e-4, atol=2e-6)
    for own, of_keras in zip(ours.variables, theirs.variables, strict=True):
        np.testing.assert_allclose(own, of_keras, rtol=1e-5)


def test_no_number_of_regressors_is_below_0() -> None:
    with pytest.raises(ArgumentError, match=r"Invalid value for argument `num_regressors`\. Expected a value >= 0"):
        metrics.R2Score(num_regressors=-1)


def test_explained_variance_of_what_does_not_vary() -> None:
    """Where Keras says NaN, or a number of rounding errors."""
    metric = metrics.R2Score()
    assert metric.result() == 0
    metric.update_state([[3.3]] * 5, [[3.3], [3.3], [3.3], [3.3], [3.4]])
    with pytest.warns(UserWarning, match="the targets hardly differ, so there is nothing to explain"):
        assert metric.result() == 0
    with pytest.raises(ShapeError, match=r"has counted batches whose squared_sum has shape \(1,\), this one"):
        metric.update_state(P[:, :2], P[:, :2])
    with pytest.raises(ShapeError, match=r"expects 2D inputs with shape \(batch, outputs\), got \(17, 3, 4\)"):
        metrics.R2Score()(MAPS, MAPS)


@pytest.mark.parametrize("name", ["mean_squared_error", "binary_accuracy", "categorical_accuracy"])
def test_functions(name: str) -> None:
    """What is averaged, for each sample or output."""
    for y, p in ((BITS, P), (BIT_MAPS, MAPS)):
        ours, theirs = getattr(metrics, name)(y, p), np.asarray(getattr(keras.metrics, name)(y, p))
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)
    ours = metrics.sparse_categorical_accuracy(LABEL_MAPS, MAPS)
    np.testing.assert_array_equal(ours, keras.metrics.sparse_categorical_accuracy(LABEL_MAPS, MAPS))
    ours = metrics.binary_accuracy(BITS, P, threshold=0.8)
    np.testing.assert_array_equal(ours, keras.metrics.binary_accuracy(BITS, P, threshold=0.8))


@pytest.mark.parametrize("weight", [None, 3.0, RNG.uniform(size=6), RNG.uniform(size=(6, 4)), RNG.uniform(size=(6, 1))])
def test_mean_of_values(weight: Any) -> None:
    """Of vectors and tables, and of one number with the size of its batch for a weight."""
    values = RNG.normal(size=(6, 4))
    ours, theirs = metrics.Mean(), keras.metrics.Mean()
    for metric in (ours, theirs):
        metric.update_state(values, weight)
        metric.update_state(2.5, 8)
        metric.update_state([1.0, 2.0], [[0.5], [1.5]])
    np.testing.assert_allclose(ours.result(), theirs.result(), rtol=1e-5)
    np.testing.assert_allclose([ours.total, ours.count], [theirs.total, theirs.count], rtol=1e-5)


def test_a_count_goes_on_beyond_float32() -> None:
    """Sums are float64 between batches: Keras's count stands still at 2^24."""
    ours, theirs = metrics.Mean(), keras.metrics.Mean()
    for metric in (ours, theirs):
        metric.update_state(1.0, 2.0**24)
        for _ in range(3):
            metric.update_state(0.0, 1.0)
    assert (ours.count, theirs.count) == (2**24 + 3, 2**24)
    assert ours.result() == 2**24 / (2**24 + 3)


@each_case
def test_sums_of_the_object_are_those_of_the_graph(case: Case) -> None:
    """Their names are the state's, whatever the shapes."""
    metric = getattr(metrics, case.name)(**case.settings)
    metric(case.y, case.p)
    state = metric.state(np.shape(case.y), np.shape(case.p))
    assert [kept.shape for kept in metric.variables] == list(state.values())
    sums = dict(zip(state, metric.variables, strict=True))
    np.testing.assert_array_equal(metric.result(sums), metric.result())


def test_what_cannot_be_right_is_refused() -> None:
    """Aloud, and the sums stay what they were."""
    metric = metrics.MeanSquaredError(name="mse")
    metric.update_state(P, P[::-1])
    before = metric.result()
    graph = Graph()
    x = graph.add(Input((2, 3), "x"))
    for arguments, kind, message in (
        ((P, P[:, :3]), ShapeError, r"update_state: metric 'mse' takes targets of shape \(17, 3\) .*, got \(17, 4\)"),
        ((P, P, [1.0, 2.0]), ShapeError, r"metric 'mse': weights of shape \(2,\) do not fit values of shape \(17,\)"),
        ((["cat"], P), ArgumentError, "expected a tensor, a weight, an array or a number"),
        ((1.0, 2.0), ShapeError, "got a single number; put it in a list"),
        ((x, x), ArgumentError, r"update_state takes arrays; in a graph, update\(\) emits the sums"),
    ):
        with pytest.raises(kind, match=message):
            metric.update_state(*arguments)
    with pytest.raises(ArgumentError, match="numbers are float32, got dtype='float16'"):
        metrics.Mean(dtype="float16")
    np.testing.assert_array_equal(metric.result(), before)
