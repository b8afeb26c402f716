"""Losses and metrics of whole models against Keras, through `evaluate`, in batches that do not come out even."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pytest
from keras_oracle import check_close

import pellucid

RNG = np.random.default_rng(5)
COUNT = 29
LABELS = RNG.integers(0, 5, COUNT)
ONE_HOT = np.eye(5)[LABELS]
SHARES = RNG.dirichlet(np.ones(5), COUNT)
BITS = RNG.integers(0, 2, (COUNT, 3))
NUMBERS = RNG.normal(size=(COUNT, 3))


@dataclass(frozen=True)
class Head:
    """A last layer, a loss, metrics and targets."""

    name: str
    units: int
    activation: str | None
    loss: Callable[[Any], Any]
    metrics: Callable[[Any], list[Any]]
    y: np.ndarray
    sample: tuple[int, ...] = (6,)


def _named(name: str) -> Callable[[Any], Any]:
    return lambda library: name


def _names(*names: str) -> Callable[[Any], list[Any]]:
    return lambda library: list(names)


HEADS = [
    Head(
        "sparse", 5, "softmax", _named("sparse_categorical_crossentropy"),
        _names("accuracy", "sparse_categorical_accuracy"), LABELS,
    ),
    Head("sparse column", 5, "softmax", _named("sparse_categorical_crossentropy"), _names("acc"), LABELS[:, None]),
    Head(
        "sparse from logits", 5, None, lambda k: k.losses.SparseCategoricalCrossentropy(from_logits=True),
        _names("accuracy"), LABELS,
    ),
    Head("sparse, not normalised", 5, "softplus", _named("sparse_categorical_crossentropy"), _names(), LABELS),
    Head(
        "sparse per step", 4, "softmax", _named("sparse_categorical_crossentropy"), _names("accuracy"),
        RNG.integers(0, 4, (COUNT, 3)), (3, 6),
    ),
    Head(
        "categorical", 5, "softmax", _named("categorical_crossentropy"), _names("accuracy", "categorical_accuracy"),
        ONE_HOT,
    ),
    Head("categorical shares", 5, "softmax", _named("categorical_crossentropy"), _names("mse"), SHARES),
    Head(
        "categorical smoothed", 5, None,
        lambda k: k.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2), _names(), ONE_HOT,
    ),
    Head("binary", 1, "sigmoid", _named("binary_crossentropy"), _names("accuracy", "binary_accuracy"), BITS[:, :1]),
    Head("binary flat", 1, "sigmoid", _named("binary_crossentropy"), _names("accuracy"), BITS[:, 0]),
    Head(
        "binary several", 3, "sigmoid", _named("bce"),
        lambda k: [k.metrics.BinaryAccuracy(threshold=0.3), "mean_squared_error"], BITS,
    ),
    Head(
        "binary from logits", 3, None,
        lambda k: k.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
        lambda k: [k.metrics.BinaryAccuracy(name="right", threshold=0.0)], BITS,
    ),
    Head(
        "precision and recall", 3, "sigmoid", lambda k: k.losses.binary_crossentropy,
        lambda k: [
            k.metrics.Precision(name="precise"), k.metrics.Recall(thresholds=0.3, name="found"),
            k.metrics.Precision(top_k=2, class_id=1, name="second"),
        ], BITS,
    ),
    Head(
        "functions", 5, "softmax", lambda k: k.losses.categorical_crossentropy,
        lambda k: [k.metrics.categorical_accuracy, k.metrics.mean_squared_error], ONE_HOT,
    ),
    Head(
        "sum", 5, "softmax", lambda k: k.losses.CategoricalCrossentropy(reduction="sum"), _names("accuracy"), ONE_HOT,
    ),
    Head(
        "void", 4, "softmax", lambda k: k.losses.SparseCategoricalCrossentropy(ignore_class=1), _names(),
        RNG.integers(0, 4, (COUNT, 3)), (3, 6),
    ),
    Head("equal", 3, "relu", _named("mse"), lambda k: [k.metrics.Accuracy()], BITS),
    Head("mse", 3, None, _named("mse"), _names("mean_squared_error"), NUMBERS),
    Head(
        "numbers", 3, None, _named("mae"),
        lambda k: ["mae", "msle", k.metrics.RootMeanSquaredError(), k.metrics.R2Score(), k.metrics.CosineSimilarity()],
        np.abs(NUMBERS),
    ),
    Head(
        "probabilities", 5, "softmax", _named("kld"),
        lambda k: ["categorical_crossentropy", k.metrics.KLDivergence(), k.metrics.CategoricalHinge()], ONE_HOT,
    ),
    Head("fitting labels", 5, "softmax", _named("crossentropy"), _names("accuracy"), LABELS),
    Head("fitting columns", 5, "softmax", _named("crossentropy"), _names(), LABELS[:, None]),
    Head("fitting shares", 5, "softmax", _named("ce"), _names("accuracy"), ONE_HOT),
    Head("fitting bits", 1, "sigmoid", _named("crossentropy"), _names("accuracy"), BITS[:, 0]),
    Head("mse class", 3, "tanh", lambda k: k.losses.MeanSquaredError(), _names(), NUMBERS),
]  # fmt: skip


def _evaluated(head: Head, library: Any, weights: list[np.ndarray] | None) -> tuple[Any, dict[str, float], list[float]]:
    model = library.Sequential([library.Input(head.sample), library.layers.Dense(head.units, head.activation)])
    if weights is not None:
        model.set_weights(weights)
    model.compile("sgd", head.loss(library), metrics=head.metrics(library))
    x = np.random.default_rng(6).normal(size=(COUNT, *head.sample)).astype(np.float32)
    results = model.evaluate(x, head.y, batch_size=8, verbose=0, return_dict=True)
    values = model.evaluate(x, head.y, batch_size=8, verbose=0)
    return model, results, values if isinstance(values, list) else [values]


@pytest.mark.parametrize("head", HEADS, ids=lambda head: head.name)
def test_evaluate(head: Head) -> None:
    """The same names, the same values, in the same order."""
    model, ours, our_list = _evaluated(head, pellucid, None)
    _, theirs, their_list = _evaluated(head, keras, model.get_weights())
    assert set(ours) == set(theirs)
    for name, value in theirs.items():
        check_close(f"evaluate, {head.name}: {name}", np.float64(ours[name]), np.float64(value), 1e-5)
    np.testing.assert_allclose(our_list, their_list, rtol=1e-5)


def test_a_certain_mistake_has_a_finite_loss_and_a_gradient() -> None:
    """Where Keras clips the probability of a saturated softmax, the loss here is exact, and learning goes on."""
    model = pellucid.Sequential([pellucid.Input((2,)), pellucid.layers.Dense(2, "softmax", use_bias=False)])
    model.set_weights([np.array([[200.0, 0.0], [0.0, 200.0]])])
    model.compile("sgd", "sparse_categorical_crossentropy")
    x, y = np.array([[1.0, 0.0]]), np.array([1])
    assert model.evaluate(x, y, verbose=0) == pytest.approx(200)
    before = model.get_weights()[0]
    model.train_on_batch(x, y)
    assert (model.get_weights()[0] != before)[0].all()
