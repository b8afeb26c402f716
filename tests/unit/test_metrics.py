"""Metrics are Keras's, "accuracy" picks the kind that Keras picks, and unfitting kinds are refused."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from pellucid import losses, metrics
from pellucid.engines.reference import ReferenceEngine
from pellucid.errors import ArgumentError, ShapeError
from pellucid.graph import Graph, ops

RNG = np.random.default_rng(2)
P_MANY, P_ONE = RNG.uniform(size=(40, 5)), RNG.uniform(size=(40, 1))
LABELS = RNG.integers(0, 5, 40)
TIES = np.array([[0.4, 0.4, 0.2], [0.2, 0.4, 0.4]])

CASES = {
    "class numbers": ("sparse_categorical_crossentropy", LABELS, P_MANY),
    "one-hot": ("categorical_crossentropy", np.eye(5)[LABELS], P_MANY),
    "one output": ("binary_crossentropy", RNG.integers(0, 2, (40, 1)), P_ONE),
    "one output, flat targets": ("binary_crossentropy", RNG.integers(0, 2, 40), P_ONE),
    "many labels": ("binary_crossentropy", RNG.integers(0, 2, (40, 5)), P_MANY),
    "squares": ("mse", np.eye(5)[LABELS], P_MANY),
    "class numbers, one output": ("sparse_categorical_crossentropy", np.zeros(40), P_ONE),
    "ties": ("sparse_categorical_crossentropy", np.array([0, 2]), TIES),
}


def sums_after(metric, kept, y, p, *weight):
    """The sums after one batch on top of those before it (None: at the beginning), on the reference engine."""
    arrays = {"y": y, "p": p} | ({"weight": weight[0]} if weight else {})
    graph = Graph()
    tensors = [graph.add(ops.Input(array.shape, name)) for name, array in arrays.items()]
    shapes = metric.state(y.shape, p.shape)
    state = {name: graph.add(ops.Input(shape, f"kept {name}")) for name, shape in shapes.items()}
    before = {f"kept {name}": np.zeros(shape) if kept is None else kept[name] for name, shape in shapes.items()}
    graph.outputs = metric.update(state, *tensors)
    assert {name: tensor.shape for name, tensor in graph.outputs.items()} == shapes
    return ReferenceEngine().prepare(graph).run(arrays | before, {})


def told(metric, y, p, weight=None, parts=1):
    """The result after the batches that the data are cut into."""
    sums = None
    for batch in np.array_split(np.arange(len(p)), parts):
        sums = sums_after(metric, sums, y[batch], p[batch], *([] if weight is None else [weight[batch]]))
    return metric.result(sums)


def accuracy_of_keras(loss: str, y: np.ndarray, p: np.ndarray) -> float:
    model = keras.Sequential([keras.layers.Input(p.shape[1:]), keras.layers.Activation("linear")])
    model.compile(loss=loss, metrics=["accuracy"], jit_compile=False)
    return model.evaluate(p, y, batch_size=len(p), verbose=0, return_dict=True)["accuracy"]


@pytest.mark.parametrize("case", CASES)
def test_accuracy_is_that_of_keras(case):
    name, y, p = CASES[case]
    loss = losses.loss_of(name)
    target = loss.prepare_targets(y, p.shape[1:], "dense")
    metric = metrics.get("accuracy", loss)
    expected = accuracy_of_keras(name, y, p)
    assert told(metric, target, p) == pytest.approx(expected, abs=1e-6)
    assert told(metric, target, p, parts=2) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "loss", "y", "p"),
    [
        ("sparse_categorical_accuracy", "sparse_categorical_crossentropy", LABELS, P_MANY),
        ("categorical_accuracy", "categorical_crossentropy", np.eye(5)[LABELS], P_MANY),
        ("binary_accuracy", "binary_crossentropy", RNG.integers(0, 2, (40, 5)), P_MANY),
        ("mse", "categorical_crossentropy", np.eye(5)[LABELS], P_MANY),
        ("mean_squared_error", "mse", P_MANY[::-1], P_MANY),
    ],
)
def test_named_metrics_are_those_of_keras(name, loss, y, p):
    metric = metrics.get(name, losses.loss_of(loss))
    weight = RNG.uniform(size=len(p))
    for given in (None, weight, np.zeros(len(p))):
        theirs = keras.metrics.get(name)
        for batch in np.array_split(np.arange(len(p)), 3):
            theirs.update_state(y[batch], p[batch], None if given is None else given[batch])
        assert told(metric, y, p, given, parts=3) == pytest.approx(float(theirs.result()), rel=1e-5)


def test_maps_of_predictions_get_one_number_each(compute):
    p, y = RNG.uniform(size=(2, 3, 4)), RNG.integers(0, 4, (2, 3))
    metric = metrics.get("accuracy", losses.SparseCategoricalCrossentropy())
    ours = compute(lambda p, target: metric.fitted(target, p), p=p, target=y)
    np.testing.assert_array_equal(ours, p.argmax(-1) == y)


def test_the_threshold_is_not_reached_by_equality_and_can_be_set():
    p, y = np.array([[0.5], [0.51]]), np.ones((2, 1))
    assert told(metrics.BinaryAccuracy(), y, p) == 0.5
    assert told(metrics.BinaryAccuracy(threshold=0.6), y, p) == 0.0


def test_accuracy_by_its_class_is_equality_and_by_its_word_fits_the_targets():
    y, p = np.eye(2), np.array([[0.9, 0.1], [0.2, 0.8]])
    assert told(metrics.Accuracy(), y, p) == 0.0
    assert told(metrics.get("accuracy", losses.CategoricalCrossentropy()), y, p) == 1.0
    theirs = keras.metrics.Accuracy()
    theirs.update_state(y, p)
    assert theirs.result() == 0.0


WEIGHTS = {
    "per sample": RNG.uniform(size=6),
    "per sample, in a column": RNG.uniform(size=(6, 1)),
    "per place": RNG.uniform(size=(6, 3)),
    "per place, in a column": RNG.uniform(size=(6, 3, 1)),
    "the same for all samples": RNG.uniform(size=(1, 3)).repeat(6, 0),
}


@pytest.mark.parametrize("case", WEIGHTS)
def test_weights_are_broadcast_as_in_keras(case):
    y, p, weight = RNG.normal(size=(6, 3, 4)), RNG.normal(size=(6, 3, 4)), WEIGHTS[case]
    theirs = keras.metrics.MeanSquaredError()
    for batch in (slice(0, 4), slice(4, 6)):
        theirs.update_state(y[batch], p[batch], weight[batch])
    sums = {name: 0.0 for name in ("total", "count")}
    assert told(metrics.MeanSquaredError(), y, p, weight) == pytest.approx(float(theirs.result()), rel=1e-5)
    assert metrics.MeanSquaredError().result(sums) == 0.0


@pytest.mark.parametrize("shape", [(6, 4), (6, 3, 4), (6, 3, 1, 1)])
def test_weights_that_do_not_fit_are_refused(shape):
    y = p = RNG.normal(size=(6, 3, 4))
    with pytest.raises(ShapeError, match=r"metric 'mse': weights of shape .* do not fit values of shape \(6, 3\)"):
        told(metrics.MeanSquaredError("mse"), y, p, np.ones(shape))


@pytest.mark.parametrize("kind", ["Precision", "Recall"])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"thresholds": 0.3},
        {"thresholds": [0.0, 0.25, 0.8]},
        {"thresholds": [0.0, 0.5, 1.0]},
        {"top_k": 2},
        {"top_k": 2, "thresholds": [0.2, 0.7]},
        {"class_id": 0},
        {"class_id": 3, "top_k": 3},
    ],
    ids=str,
)
def test_precision_and_recall_are_those_of_keras(kind, settings):
    y, p = RNG.integers(0, 2, (12, 5)).astype(float), RNG.uniform(size=(12, 5)).round(1)
    for weight in (None, RNG.uniform(size=12), RNG.uniform(size=(12, 1))):
        theirs = getattr(keras.metrics, kind)(**settings)
        for batch in np.array_split(np.arange(12), 2):
            theirs.update_state(y[batch], p[batch], None if weight is None else weight[batch])
        ours = told(getattr(metrics, kind)(**settings), y, p, weight, parts=2)
        np.testing.assert_allclose(ours, np.asarray(theirs.result()), rtol=1e-5)


def test_precision_and_recall_of_nothing_are_zero():
    p = np.full((4, 1), 0.1)
    assert told(metrics.Precision(), np.ones((4, 1)), p) == told(metrics.Recall(), np.zeros((4, 1)), p) == 0.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: metrics.Precision(thresholds=1.5),
            "Precision: thresholds: Threshold values must be in",
        ),
        (lambda: metrics.Precision(thresholds=[]), "Precision: thresholds must be a number from 0 to 1, or several"),
        (
            lambda: metrics.Recall(top_k=0),
            r"Recall: Invalid value for argument `top_k`. .* Received top_k=0; .* up to 2147483647",
        ),
        (lambda: metrics.Recall(class_id=-1), "Recall: class_id must be a whole number from 0 to 2147483647, got -1"),
        (lambda: told(metrics.Recall(class_id=5), P_ONE, P_ONE), "class_id=5 needs more than 5 classes"),
        (lambda: told(metrics.Precision(top_k=2), P_ONE, P_ONE), "top_k=2 is more than the 1 classes"),
    ],
)
def test_counts_that_cannot_be_are_refused(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


@pytest.mark.parametrize(
    "metric", [metrics.BinaryAccuracy(), metrics.MeanSquaredError(), metrics.Precision([0.2, 0.6]), metrics.Recall()]
)
def test_halves_that_begin_at_zero_merge_by_addition(metric):
    y, p = RNG.integers(0, 2, (9, 4)).astype(float), RNG.uniform(size=(9, 4))
    first, second = sums_after(metric, None, y[:4], p[:4]), sums_after(metric, None, y[4:], p[4:])
    whole = sums_after(metric, None, y, p)
    merged = metric.result({name: first[name] + second[name] for name in whole})
    np.testing.assert_allclose(merged, metric.result(whole), rtol=1e-12)
    assert np.all(np.asarray(merged) > 0)


def test_sums_in_float64_count_beyond_float32():
    """A float32 count stands still at 2^24; drained into float64 before, nothing is lost."""
    metric, kept = metrics.Mean(), {"total": np.float64(0.0), "count": np.float64(0.0)}
    for _ in range(3):
        drained = {"total": np.float32(2**23 - 1), "count": np.float32(2**24 - 1)}
        kept = {name: kept[name] + drained[name] for name in kept}
    kept = {name: kept[name] + np.float32(1) for name in kept}
    assert metric.result(kept) == (3 * (2**23 - 1) + 1) / (3 * (2**24 - 1) + 1)


@pytest.mark.parametrize("name", ["acc", "accuracy", "mse", "MSE", "SparseCategoricalAccuracy"])
def test_a_metric_is_told_under_the_name_as_given(name):
    assert (
        metrics.get(name, losses.loss_of("sparse_categorical_crossentropy" if "Sparse" in name else "mse")).name == name
    )


def test_a_metric_is_kept_and_a_class_is_made():
    metric = metrics.CategoricalAccuracy(name="share")
    assert metrics.get(metric, losses.loss_of("mse")) is metric
    assert isinstance(metrics.get(metrics.Accuracy, losses.loss_of("mse")), metrics.Accuracy)
    with pytest.raises(ArgumentError, match="metric 'mean' is one of values and takes no targets"):
        metrics.get(metrics.Mean(), losses.loss_of("mse"))


@pytest.mark.parametrize(
    ("identifier", "loss", "message"),
    [
        ("acuracy", "mse", r"unknown metric 'acuracy'; did you mean 'accuracy'\?"),
        (3, "mse", "metric must be a name"),
        (
            "sparse_categorical_accuracy",
            "categorical_crossentropy",
            "metric 'sparse_categorical_accuracy' takes other targets than loss 'categorical_crossentropy'; 'accuracy' "
            "fits itself to the loss",
        ),
        ("mse", "sparse_categorical_crossentropy", "metric 'mse' takes other targets"),
    ],
)
def test_unknown_and_unfitting_metrics_are_refused(identifier, loss, message):
    with pytest.raises(ArgumentError, match=message):
        metrics.get(identifier, losses.loss_of(loss))


def test_targets_are_never_broadcast():
    graph = Graph()
    target, prediction = graph.add(ops.Input((4, 1), "t")), graph.add(ops.Input((4, 3), "p"))
    for metric in (metrics.CategoricalAccuracy(), metrics.SparseCategoricalAccuracy(), metrics.MeanSquaredError()):
        with pytest.raises(ShapeError, match=rf"metric '{metric.name}' takes targets of shape .*, got \(4, 1\)"):
            metric.update({}, target, prediction)


@pytest.mark.parametrize(
    "metric",
    [
        metrics.BinaryAccuracy(threshold=0.7),
        metrics.Accuracy("same"),
        metrics.Precision([0.2, 0.3], class_id=1),
        metrics.Recall(top_k=3, name="found"),
        metrics.MeanSquaredError(),
    ],
)
def test_records_go_to_keras_and_back(metric):
    record = metrics.serialize(metric)
    theirs = keras.metrics.deserialize(record)
    back = metrics.get(keras.metrics.serialize(theirs), losses.loss_of("mse"))
    again = metrics.get(record, losses.loss_of("mse"))
    assert type(back) is type(again) is type(metric)
    assert back.get_config() == again.get_config() == metric.get_config()


@pytest.mark.parametrize("word", ["accuracy", "acc"])
def test_the_word_accuracy_is_written_as_a_word(word):
    loss = losses.loss_of("sparse_categorical_crossentropy")
    metric = metrics.get(metrics.serialize(metrics.get(word, loss)), loss)
    assert (type(metric), metric.name) == (type(metrics.get("accuracy", loss)), word)
