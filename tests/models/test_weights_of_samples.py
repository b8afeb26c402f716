"""Weights of samples in a step: what a batch brings along as `weight0` scales its losses and weighted metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Model, Sequential, layers, losses, metrics
from pellucid.data.sources.source import Batch
from pellucid.errors import ArgumentError

X = np.random.default_rng(1).normal(size=(6, 3)).astype(np.float32)
Y = np.random.default_rng(2).normal(size=(6, 2)).astype(np.float32)
WEIGHTS = np.array([0.0, 1.0, 2.0, 0.5, 3.0, 1.5], np.float32)


def _model(**compiled: Any) -> Sequential:
    model = Sequential([layers.Input((3,)), layers.Dense(2, name="out")], seed=3)
    model.compile("sgd", **compiled)
    return model


def _told(model: Any, *batches: Batch) -> dict[str, Any]:
    with model.stepper.tally(training=False) as tally:
        for batch in batches:
            model.stepper.test(batch, tally)
        return dict(tally.results())


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
@pytest.mark.parametrize("weights", [WEIGHTS, np.outer(WEIGHTS, [1.0])], ids=["one each", "as a column"])
def test_losses(reduction: str, weights: np.ndarray) -> None:
    """The loss of a batch is that of the loss itself with these weights."""
    loss = losses.MeanSquaredError(reduction=reduction)
    model = _model(loss=loss)
    batch = Batch({"x0": X, "target0": Y, "weight0": weights.astype(np.float32)})
    assert _told(model, batch)["loss"] == pytest.approx(float(loss(Y, model.predict(X), weights)), rel=1e-6)


def test_a_step_follows_the_weighted_loss() -> None:
    """The gradient of weighted squares, worked out by hand: 2/n sum_i w_i x_i (p_i - y_i) / outputs."""
    model = _model(loss="mse")
    kernel, bias = model.get_weights()
    error = (X @ kernel + bias - Y) * WEIGHTS[:, None]
    with model.stepper.tally(training=True) as tally:
        model.stepper.train(Batch({"x0": X, "target0": Y, "weight0": WEIGHTS}), tally)
    np.testing.assert_allclose(model.get_weights()[0], kernel - 0.01 * 2 / 6 / 2 * X.T @ error, atol=1e-6)


def test_weighted_metrics_see_weights_and_others_do_not() -> None:
    """As in Keras: a weighted metric of a name that is taken is told as weighted_..."""
    model = _model(loss="mse", metrics=["mse"], weighted_metrics=["mse", metrics.BinaryAccuracy(name="near")])
    assert model.metrics_names == ["loss", "mse", "weighted_mse", "near"]
    told = _told(
        model,
        Batch({"x0": X[:4], "target0": Y[:4], "weight0": WEIGHTS[:4]}),
        Batch({"x0": X[4:], "target0": Y[4:], "weight0": WEIGHTS[4:]}),
    )
    squares = ((model.predict(X) - Y) ** 2).mean(axis=1)
    assert told["mse"] == pytest.approx(squares.mean(), rel=1e-6)
    assert told["weighted_mse"] == pytest.approx(np.average(squares, weights=WEIGHTS), rel=1e-6)
    assert [float(metric.result()) for metric in model.metrics] == pytest.approx(list(told.values()))


def test_one_of_two_outputs_has_weights() -> None:
    """A program for weights of the first output is not one for weights of the second."""
    x = layers.Input((3,))
    model = Model(x, [layers.Dense(2, name="a")(x), layers.Dense(2, name="b")(x)])
    model.compile("sgd", "mse", weighted_metrics=[["mse"], ["mse"]])
    batch = {"x0": X, "target0": Y, "target1": Y}
    told = [_told(model, Batch({**batch, f"weight{number}": WEIGHTS})) for number in (0, 1)]
    a, b = (((output - Y) ** 2).mean(axis=1) for output in model.predict(X))
    assert told[0]["a_mse"] == pytest.approx(np.average(a, weights=WEIGHTS), rel=1e-6)
    assert told[1]["a_mse"] == pytest.approx(a.mean(), rel=1e-6)
    assert told[1]["b_mse"] == pytest.approx(np.average(b, weights=WEIGHTS), rel=1e-6)
    assert told[0]["loss"] == pytest.approx((a * WEIGHTS).mean() + b.mean(), rel=1e-6)


def test_names() -> None:
    """A name that is taken gets a number, as in Keras."""
    model = _model(loss="mse", metrics=["mse", metrics.MeanSquaredError("mse")], weighted_metrics=["mse", "mse"])
    assert model.metrics_names == ["loss", "mse", "mse_1", "weighted_mse", "weighted_mse_1"]


def test_words_of_compile_that_mean_nothing_here() -> None:
    """They are said to mean nothing, once they ask for something."""
    with pytest.warns(UserWarning, match="run_eagerly=True changes nothing"):
        _model(loss="mse", run_eagerly=True)
    with pytest.warns(UserWarning, match="jit_compile=False changes nothing"):
        _model(loss="mse", jit_compile=False)
    for odd in ({"run_eagerly": 3}, {"jit_compile": "yes"}, {"steps_per_execution": 0}, {"auto_scale_loss": None}):
        with pytest.raises(ArgumentError, match=next(iter(odd))):
            _model(loss="mse", **odd)


def test_configuration_of_compile() -> None:
    """What `get_compile_config` gives compiles a model in the same way."""
    model = _model(loss="mse", metrics=["accuracy"], weighted_metrics=["mse"], steps_per_execution=3)
    other = _model(loss="mse")
    other.compile_from_config(model.get_compile_config())
    assert other.get_compile_config() == model.get_compile_config()
    assert other.metrics_names == ["loss", "accuracy", "mse"]
    assert other.stepper is not None
    assert other.stepper.plan.steps_per_execution == 3
