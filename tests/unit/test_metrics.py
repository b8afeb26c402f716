"""Metrics are Keras's, "accuracy" picks the kind that Keras picks, and unfitting kinds are refused."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from pellucid import losses, metrics
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


def accuracy_of_keras(loss: str, y: np.ndarray, p: np.ndarray) -> float:
    model = keras.Sequential([keras.layers.Input(p.shape[1:]), keras.layers.Activation("linear")])
    model.compile(loss=loss, metrics=["accuracy"], jit_compile=False)
    return model.evaluate(p, y, batch_size=len(p), verbose=0, return_dict=True)["accuracy"]


@pytest.mark.parametrize("case", CASES)
def test_accuracy_is_that_of_keras(case, compute):
    name, y, p = CASES[case]
    loss = losses.get(name)
    target = loss.prepare_targets(y, p.shape[1:], "dense")
    metric = metrics.get("accuracy", loss)
    per_sample = compute(lambda p, target: metric.per_sample(target, p), p=p, target=target)
    assert per_sample.shape == (len(p),)
    assert per_sample.mean() == pytest.approx(accuracy_of_keras(name, y, p), abs=1e-6)


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
def test_named_metrics_are_those_of_keras(name, loss, y, p, compute):
    metric = metrics.get(name, losses.get(loss))
    ours = compute(lambda p, target: metric.per_sample(target, p), p=p, target=y)
    theirs = keras.metrics.get(name)
    theirs.update_state(y, p)
    assert ours.shape == (len(p),)
    assert ours.mean() == pytest.approx(float(theirs.result()), rel=1e-6)


def test_maps_of_predictions_get_one_number_each(compute):
    p, y = RNG.uniform(size=(2, 3, 4)), RNG.integers(0, 4, (2, 3))
    metric = metrics.get("accuracy", losses.SparseCategoricalCrossentropy())
    ours = compute(lambda p, target: metric.per_sample(target, p), p=p, target=y)
    np.testing.assert_array_equal(ours, p.argmax(-1) == y)


def test_the_threshold_is_not_reached_by_equality_and_can_be_set(compute):
    p, y = np.array([[0.5], [0.51]]), np.ones((2, 1))
    assert compute(lambda p, y: metrics.BinaryAccuracy().per_sample(y, p), p=p, y=y).tolist() == [0, 1]
    assert compute(lambda p, y: metrics.BinaryAccuracy(threshold=0.6).per_sample(y, p), p=p, y=y).tolist() == [0, 0]


@pytest.mark.parametrize("name", ["acc", "accuracy", "mse", "MSE", "SparseCategoricalAccuracy"])
def test_a_metric_is_told_under_the_name_as_given(name):
    assert metrics.get(name, losses.get("sparse_categorical_crossentropy" if "Sparse" in name else "mse")).name == name


def test_a_metric_is_kept_and_a_class_is_made():
    metric = metrics.CategoricalAccuracy(name="share")
    assert metrics.get(metric, losses.get("mse")) is metric
    assert isinstance(metrics.get(metrics.Accuracy, losses.get("mse")), metrics.Accuracy)


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
        metrics.get(identifier, losses.get(loss))


def test_targets_are_never_broadcast():
    graph = Graph()
    target, prediction = graph.add(ops.Input((4, 1), "t")), graph.add(ops.Input((4, 3), "p"))
    for metric in (metrics.CategoricalAccuracy(), metrics.SparseCategoricalAccuracy(), metrics.MeanSquaredError()):
        with pytest.raises(ShapeError, match=rf"metric '{metric.name}' takes targets of shape .*, the loss \(4, 1\)"):
            metric.per_sample(target, prediction)
