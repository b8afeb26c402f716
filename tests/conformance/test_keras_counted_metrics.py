"""Metrics that count, share or correlate against Keras itself: eagerly and in the graph, with weights, over batches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import pytest

import pellucid
from pellucid import layers, metrics
from pellucid.engines import get_engine
from pellucid.graph import Graph
from pellucid.graph.ops import Input

RNG = np.random.default_rng(14)
COUNT = 23
CUTS = (slice(0, 9), slice(9, 13), slice(13, COUNT))
GRID = (RNG.integers(0, 51, (COUNT, 4)) / 50).astype(np.float32)  # many lie on thresholds
P = RNG.uniform(size=(COUNT, 4)).astype(np.float32)
BITS = (RNG.uniform(size=(COUNT, 4)) < 0.3 + 0.4 * P).astype(np.float32)
LABELS = RNG.integers(0, 4, COUNT)
MAPS, LABEL_MAPS = RNG.uniform(size=(COUNT, 2, 3, 4)).astype(np.float32), RNG.integers(-1, 5, (COUNT, 2, 3))
REAL = RNG.normal(size=(2, COUNT, 5)).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Case:
    """A metric, its settings, targets and predictions; `weights` is the shape that weights of Keras's have here."""

    name: str
    y: np.ndarray
    p: np.ndarray
    settings: dict[str, Any] = field(default_factory=dict)
    weights: tuple[int, ...] = (COUNT,)

    def __str__(self) -> str:
        return f"{self.name} {np.shape(self.p)} {self.settings}"


def _auc(**settings: Any) -> Case:
    is_flat = "label_weights" not in settings and not settings.get("multi_label")
    y, p = (BITS[:, :1], GRID[:, :1]) if is_flat else (BITS, GRID)
    if settings.get("from_logits"):
        p = np.log(p + 1e-3) - np.log(1 - p + 1e-3)
    return Case("AUC", y, p, settings)


CASES = [
    *(Case(kind, BITS, P) for kind in ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives")),
    *(
        Case(kind, BITS, GRID, {"thresholds": [0.2, 0.5, 0.86]}, (COUNT, 4))
        for kind in ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives")
    ),
    *(
        _auc(curve=curve, summation_method=method, num_thresholds=11)
        for curve in ("ROC", "PR", "PRGAIN")
        for method in ("interpolation", "majoring", "minoring")
    ),
    _auc(),
    _auc(num_thresholds=2),
    _auc(thresholds=[0.5]),
    _auc(thresholds=[0.9, 0.1, 0.3]),
    _auc(from_logits=True, curve="PR"),
    _auc(multi_label=True, num_thresholds=7),
    _auc(multi_label=True, num_labels=4, label_weights=[0.1, 0.2, 0.3, 0.4], curve="PR"),
    _auc(label_weights=[0.25, 0.5, 0.125, 1.0]),
    Case("SensitivityAtSpecificity", BITS, GRID, {"specificity": 0.6}),
    Case("SpecificityAtSensitivity", BITS, GRID, {"sensitivity": 0.5, "num_thresholds": 11}),
    Case("PrecisionAtRecall", BITS, GRID, {"recall": 0.4, "class_id": 2}),
    Case("RecallAtPrecision", BITS, GRID, {"precision": 0.6, "num_thresholds": 51}, (COUNT, 4)),
    Case("RecallAtPrecision", BITS, GRID, {"precision": 0.4, "num_thresholds": 1}),
    *(Case("FBetaScore", BITS, P, {"average": each, "beta": 2.0, "threshold": 0.4}) for each in (None, "micro")),
    Case("F1Score", np.eye(4)[LABELS], P, {"average": "macro"}),
    Case("F1Score", np.eye(4)[LABELS], P, {"average": "weighted"}),
    Case("IoU", LABELS, RNG.integers(0, 4, COUNT), {"num_classes": 4, "target_class_ids": [3, 1]}),
    Case("IoU", LABEL_MAPS, MAPS, {"num_classes": 4, "target_class_ids": [0], "sparse_y_pred": False}, (COUNT, 2, 3)),
    Case("BinaryIoU", BITS, GRID, {"threshold": 0.4, "target_class_ids": [1]}, (COUNT, 4)),
    Case(
        "MeanIoU", LABEL_MAPS, RNG.integers(-1, 5, (COUNT, 2, 3)), {"num_classes": 4, "ignore_class": 2}, (COUNT, 2, 3)
    ),
    Case("OneHotIoU", BITS, P, {"num_classes": 4, "target_class_ids": [0, 2]}),
    Case("OneHotIoU", BITS, LABELS, {"num_classes": 4, "target_class_ids": [0, 2], "sparse_y_pred": True}),
    Case("OneHotMeanIoU", BITS, P, {"num_classes": 4, "ignore_class": 0}),
    Case("PearsonCorrelation", REAL[0], REAL[1]),
    Case("ConcordanceCorrelation", REAL[0], REAL[1]),
    Case("TopKCategoricalAccuracy", np.eye(4)[LABELS], GRID, {"k": 2}),
    Case("SparseTopKCategoricalAccuracy", LABELS, GRID, {"k": 2}),
    Case("SparseTopKCategoricalAccuracy", LABELS, GRID, {"k": 7}),
    Case("SparseTopKCategoricalAccuracy", LABELS, np.argsort(-P), {"k": 3, "from_sorted_ids": True}),
]
IN_FLOATS = ("IoU", "BinaryIoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU")
"""Where Keras cuts weights to whole numbers unless it is told otherwise."""


def _in_graph(metric: metrics.Metric, kept: dict[str, np.ndarray], *arrays: np.ndarray | None) -> dict[str, np.ndarray]:
    """What is kept after a batch, by a graph on the native engine: of float32, where Keras's thresholds lie too."""
    graph = Graph()
    state = {name: graph.add(Input(array.shape, f"kept {name}")) for name, array in kept.items()}
    given = {name: array for name, array in zip("ypw", arrays, strict=True) if array is not None}
    graph.outputs = metric.update(state, *(graph.add(Input(array.shape, name)) for name, array in given.items()))
    before = {f"kept {name}": array for name, array in kept.items()}
    return get_engine("native").prepare(graph).run(given | before, {})


@pytest.mark.parametrize("case", CASES, ids=str)
def test_over_batches(case: Case) -> None:
    """After three batches of unequal size what Keras tells of all at once, with weights and without."""
    weighted = RNG.uniform(size=case.weights).astype(np.float32)
    for weight in [weighted] if CASES.index(case) % 3 else [None, weighted]:
        in_floats = {"dtype": "float32"} if case.name in IN_FLOATS else {}
        ours = getattr(metrics, case.name)(**case.settings)
        theirs = getattr(keras.metrics, case.name)(**case.settings, **in_floats)
        theirs.update_state(case.y, case.p, weight)
        kept = {name: np.zeros(shape) for name, shape in ours.state(case.y.shape, case.p.shape).items()}
        for cut in CUTS:
            batch = case.y[cut], case.p[cut], None if weight is None else weight[cut]
            ours.update_state(*batch)
            kept = _in_graph(ours, kept, *batch)
        expected = np.asarray(theirs.result())
        for value in (ours.result(), ours.result(kept), ours.stateless_result(ours.variables)):
            assert np.shape(value) == expected.shape
            np.testing.assert_allclose(value, expected, rtol=2e-5, atol=1e-6)
        for own, of_keras in zip(ours.variables, theirs.variables, strict=True):
            assert own.name == of_keras.name
            np.testing.assert_allclose(own, of_keras, rtol=1e-5, atol=1e-5)


def test_whole_weights_are_cut_where_the_type_says_so() -> None:
    """Keras does so by default; here it is asked for, since a weight of 0.9 that counts as 0 surprises."""
    weight = np.array([0.9, 2.5, 1.0], np.float32)
    ours, theirs = metrics.MeanIoU(3, dtype="int32"), keras.metrics.MeanIoU(3)
    for metric in (ours, theirs):
        with pytest.warns(UserWarning, match=None if metric is theirs else "0.9 counts as 0"):
            metric.update_state([0, 1, 2], [0, 1, 1], weight)
    np.testing.assert_allclose(ours.result(), theirs.result(), rtol=1e-6)
    np.testing.assert_array_equal(ours.total_cm, theirs.total_cm)
    assert theirs.get_config().items() <= (ours.get_config() | {"name": theirs.name}).items()


@pytest.mark.parametrize("case", CASES[::3], ids=str)
def test_records_go_to_keras_and_back(case: Case) -> None:
    """With the settings that they have."""
    ours = getattr(metrics, case.name)(**case.settings)
    theirs = keras.metrics.deserialize(metrics.serialize(ours))
    back = metrics.deserialize(keras.metrics.serialize(theirs))
    assert type(back) is type(ours) and back.get_config() == ours.get_config()


FUNCTIONS = {
    "top_k_categorical_accuracy": (np.eye(4)[LABELS], GRID),
    "sparse_top_k_categorical_accuracy": (LABELS, GRID),
    "pearson_correlation": tuple(REAL),
    "concordance_correlation": tuple(REAL),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str) -> None:
    """What is averaged; of maps too, and along another axis."""
    y, p = FUNCTIONS[name]
    settings: list[dict[str, Any]] = [{}, {"k": 1}] if "top_k" in name else [{}, {"axis": 0}]
    for each in settings:
        ours, theirs = (getattr(library, name)(y, p, **each) for library in (metrics, keras.metrics))
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def _several(library: Any) -> list[Any]:
    """Metrics that go with targets of 0 and 1 for four outputs."""
    m, ops = library.metrics, library.ops

    def error(y_true: Any, y_pred: Any) -> Any:
        return ops.abs(y_true - y_pred)

    return [
        m.AUC(name="auc"),
        m.AUC(curve="PR", multi_label=True, name="labels", num_labels=4),
        m.TruePositives(name="hits"),
        m.FalseNegatives(thresholds=[0.3, 0.6], name="missed"),
        m.PrecisionAtRecall(0.6, name="p"),
        m.SpecificityAtSensitivity(0.4, num_thresholds=30, name="s"),
        m.FBetaScore(threshold=0.5),
        m.F1Score("macro", 0.4),
        m.BinaryIoU(name="iou", threshold=0.4, dtype="float32"),
        m.OneHotMeanIoU(4, name="mean_iou", dtype="float32"),
        m.PearsonCorrelation(),
        m.TopKCategoricalAccuracy(2),
        m.MeanMetricWrapper(error, name="wrapped"),
        error,
        library.metrics.binary_accuracy,
    ]


def test_in_training_as_in_keras() -> None:
    """Told by `evaluate`, over batches of unequal size, by the same names."""
    x = RNG.normal(size=(COUNT, 6)).astype(np.float32)
    told, weights = [], None
    for library in (pellucid, keras):
        layer = library.layers.Dense(4, activation="sigmoid")
        model = library.Sequential([library.Input((6,)), layer])
        weights = layer.get_weights() if weights is None else weights
        layer.set_weights(weights)
        further = {} if library is pellucid else {"run_eagerly": True}
        model.compile("sgd", "binary_crossentropy", metrics=_several(library), **further)
        told.append(
            model.evaluate(x, BITS, batch_size=9 if library is pellucid else COUNT, verbose=0, return_dict=True)
        )
    ours, theirs = told
    assert sorted(ours) == sorted(theirs)
    for name, value in theirs.items():
        np.testing.assert_allclose(ours[name], value, rtol=1e-4, atol=1e-5, err_msg=name)


def test_a_history_holds_what_is_not_one_number() -> None:
    """As many as the metric tells of, for each epoch."""
    model = pellucid.Sequential([pellucid.Input((4,)), layers.Dense(4, activation="softmax")])
    matrix = metrics.ConfusionMatrix(4, name="matrix")
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[matrix, "accuracy"])
    history = model.fit(P, LABELS, batch_size=8, epochs=2, verbose=0, validation_data=(P, LABELS)).history
    predicted = model.predict(P, verbose=0).argmax(-1)
    expected = np.zeros((4, 4))
    np.add.at(expected, (LABELS, predicted), 1)
    np.testing.assert_array_equal(history["val_matrix"][-1], expected)
    assert history["val_accuracy"][-1] == pytest.approx(np.trace(expected) / COUNT)
    assert [each.sum() for each in history["matrix"]] == [COUNT, COUNT]
