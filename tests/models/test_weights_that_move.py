"""Weights lie alone until their model first runs, then together: whoever had begun with them gets the same numbers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import GradientTape, Sequential, inspection, layers, ops
from pellucid.inspection.answers import emit_answers
from pellucid.inspection.running import Runner, program_of

X = np.arange(8, dtype=np.float32).reshape(2, 4)


def _model() -> Sequential:
    ones = "ones"
    return Sequential(
        [
            layers.Input((4,)),
            layers.Dense(3, kernel_initializer=ones, name="first"),
            layers.BatchNormalization(momentum=0.5, name="norm"),
            layers.Dense(2, kernel_initializer=ones, name="last"),
        ]
    )


def _moved(model: Sequential) -> None:
    before = model.weights[0].state
    model.predict(X, verbose=0)
    assert model.weights[0].state is not before


def _stays(model: Sequential) -> None:
    """Nothing is done."""


def _taped(between: Callable[[Sequential], None]) -> tuple[list[np.ndarray], np.ndarray]:
    model = _model()
    with GradientTape() as tape:
        y = model(X, training=True)
        between(model)
        loss = ops.sum(y * y) + ops.sum(model(X))
    gradients = tape.gradient(loss, model.trainable_weights)
    return [np.asarray(each) for each in gradients], model.get_layer("norm").moving_mean.numpy()


def test_gradients_and_averages_of_a_tape() -> None:
    """A weight is one, whether the model predicted while the tape ran or not."""
    found, mean = _taped(_moved)
    expected, expected_mean = _taped(_stays)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(mean, expected_mean)
    np.testing.assert_array_equal(mean, np.full(3, X.sum(axis=1).mean() / 2))


def test_a_gradient_of_what_was_computed_before() -> None:
    model = _model()
    with GradientTape() as tape:
        y = ops.sum(model(X))
        _moved(model)
    assert tape.gradient(y, model.get_layer("last").bias).tolist() == [2.0, 2.0]


def test_a_graph_that_looks_at_weights_reads_those_of_now() -> None:
    model = _model()
    answers = emit_answers(model, [X.shape])
    answers.graph.outputs["y"] = answers.outputs[0]
    run = Runner(model, answers.graph, None)
    again = program_of(model, answers.graph, "reference", model)
    _moved(model)
    model.get_layer("last").bias.assign([10.0, 20.0])
    expected = model.predict(X, verbose=0)
    np.testing.assert_array_equal(run([X])["y"], expected)
    np.testing.assert_allclose(again({"x0": X})["y"], expected, rtol=1e-6)


@pytest.mark.parametrize("between", [_moved, _stays])
def test_what_if_a_weight_were_another(between: Callable[[Sequential], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Though the weights move while it is asked."""
    model = _model()

    def emitted(*args: Any) -> Any:
        found = emit_answers(*args)
        between(model)
        return found

    monkeypatch.setattr(sys.modules["pellucid.inspection.what_if"], "emit_answers", emitted)
    record = inspection.what_if(model, X[0], {"last": {"bias": [1.0, 2.0]}})
    np.testing.assert_array_equal(record.outputs_after[0] - record.outputs_before[0], [1.0, 2.0])
