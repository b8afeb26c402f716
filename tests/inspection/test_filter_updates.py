"""A step of a filter, taken apart: the parts are those of the formulas, their sum is the step that training makes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Model, Sequential, callbacks, inspection, layers, ops, optimizers
from pellucid.errors import ArgumentError
from tests.cases.optimizers import PLAIN, OptimizerCase

RNG = np.random.default_rng(5)
X = RNG.normal(size=(8, 5, 5, 2)).astype(np.float32)
Y = RNG.integers(0, 3, 8)


def _model(optimizer: Any, **options: Any) -> Sequential:
    model = Sequential([
        layers.Input((5, 5, 2)), layers.Conv2D(3, 3, activation="relu", name="c", **options),
        layers.BatchNormalization(), layers.Dropout(0.3), layers.Flatten(), layers.Dense(3, activation="softmax"),
    ])  # fmt: skip
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


OPTIONS = {"kernel_regularizer": "l2", "activity_regularizer": "l1", "kernel_constraint": "unit_norm"}


ONE_OF_EACH = list({case.kind: case for case in PLAIN}.values())
"""The last form of each optimizer, which is the one with the most stages."""


@pytest.mark.parametrize("case", ONE_OF_EACH, ids=str)
def test_the_parts_add_up_to_the_step_that_training_makes(case: OptimizerCase) -> None:
    model = _model(case.make(optimizers, 0.01), **OPTIONS)
    model.train_on_batch(X, Y)
    told = inspection.update(model, X, Y, "c", 1)
    before = model.layers[0].kernel.numpy()[..., 1]
    model.train_on_batch(X, Y)
    after = model.layers[0].kernel.numpy()[..., 1]
    np.testing.assert_array_equal(told.before, before)
    np.testing.assert_allclose(told.after, after, atol=1e-6)
    sizes = np.abs(told.parts).sum(axis=0)
    assert (np.abs(told.remainder) <= 1e-6 * (sizes + np.abs(before))).all()
    assert told.names[:3] == ("loss", 'penalty of Conv2D "c"', "L2 of kernel")
    assert told.names[-1] == "constraint"
    assert told.shares.sum() == pytest.approx(1.0, abs=1e-3)


def test_adams_parts_are_those_of_its_formula() -> None:
    model = _model(optimizers.AdamW(0.01, weight_decay=0.1, global_clipnorm=0.05))
    slots = []
    for _ in range(3):
        told = inspection.update(model, X, Y, "c", 0)
        gradient = inspection.kernel_gradient(model, X, Y, "c", 0).gradient.astype(np.float64)
        kept = model.optimizer.variables if slots else None
        slots = [w.numpy()[..., 0].astype(np.float64) for w in kept[2:4]] if kept else [np.zeros((3, 3, 2))] * 2
        before = told.before.astype(np.float64)
        model.train_on_batch(X, Y)
    t, parts = 3, dict(zip(told.names, told.parts, strict=True))
    alpha = 0.01 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    clipped = gradient + parts["clipping"] / -alpha
    cosine = np.vdot(clipped, gradient) / (np.linalg.norm(clipped) * np.linalg.norm(gradient))
    assert cosine == pytest.approx(1.0, abs=1e-5)  # clipping by a norm shortens, and turns nothing
    mean = 0.9 * slots[0] + 0.1 * clipped
    square = 0.999 * slots[1] + 0.001 * clipped**2
    step = alpha * mean / (np.sqrt(square) + 1e-7)
    np.testing.assert_allclose(parts["loss"], -alpha * gradient, rtol=1e-4, atol=1e-9)
    np.testing.assert_allclose(parts["momentum"], -alpha * (mean - clipped), rtol=1e-3, atol=1e-8)
    np.testing.assert_allclose(parts["adaptive scaling"], -(step - alpha * mean), rtol=1e-3, atol=1e-7)
    np.testing.assert_allclose(parts["weight_decay"], -0.1 * 0.01 * before, rtol=1e-5)


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.SGD(0.1, clipvalue=0.001),
        optimizers.SGD(0.1, momentum=0.9, gradient_accumulation_steps=2, clipnorm=0.01),
        optimizers.Adam(0.01, use_ema=True, ema_overwrite_frequency=2),
        optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.Adam(0.01))),
        optimizers.Muon(0.01),
    ],
    ids=lambda each: type(each).__name__,
)
def test_options_of_optimizers_have_parts_of_their_own(optimizer: Any) -> None:
    model = _model(optimizer)
    for step in range(4):
        told = inspection.update(model, X, Y, "c", 2)
        model.train_on_batch(X, Y)
        np.testing.assert_allclose(told.after, model.layers[0].kernel.numpy()[..., 2], atol=1e-6)
        assert np.abs(told.remainder).max() < 1e-6, step


def test_an_optimizer_of_ones_own_and_a_loss_of_ones_own() -> None:
    class Signs(optimizers.Optimizer):
        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            variable.assign_sub(learning_rate * gradient * ops.abs(gradient))

    class Own(Model):
        def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None) -> Any:
            return super().compute_loss(x, y, y_pred, sample_weight)

    model = _model(Signs(0.1))
    told = inspection.update(model, X, Y, "c", 0)
    assert told.names == ("loss", "update_step")
    image = layers.Input((5, 5, 2))
    own = Own(image, layers.Dense(3, name="d")(layers.Flatten()(layers.Conv2D(3, 3, name="c")(image))))
    own.compile("sgd", "mse")
    told = inspection.update(own, X, np.eye(3)[Y], "c", 0)
    own.train_on_batch(X, np.eye(3)[Y])
    np.testing.assert_allclose(told.after, own.get_layer("c").kernel.numpy()[..., 0], atol=1e-7)


def test_nothing_is_touched_and_frozen_filters_stand_still() -> None:
    model = _model("adam")
    model.layers[0].filter(1).freeze()
    before = [weight.numpy() for weight in model.weights]
    told = inspection.update(model, X, Y, "c", 1)
    assert not told.parts.any()
    assert told.step == 0
    for weight, values in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), values)
    model.layers[0].trainable = False
    with pytest.raises(ArgumentError, match="is frozen, so no step changes"):
        inspection.update(model, X, Y, "c", 1)


def test_one_layer_is_recorded_by_its_name_or_itself() -> None:
    model = Sequential([layers.Input((4, 4, 1)), layers.Conv2D(2, 3, name="c"), layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    for named in ("c", ["c"], model.layers[0], (model.layers[0],)):
        recorded = callbacks.FilterHistory(named)
        model.fit(np.ones((4, 4, 4, 1)), np.ones((4, 1)), verbose=0, callbacks=[recorded])
        assert recorded.banks == [("c", "kernel")]
