"""Loss and metrics over many batches: exact where float32 would not be, and told only when somebody asks."""

from __future__ import annotations

import numpy as np

from pellucid import Input, Model, Sequential, callbacks, layers
from pellucid.data.sources.arrays import ArraySource
from pellucid.training.meters import Meters
from pellucid.training.samples import prepare_samples

RNG = np.random.default_rng(0)


def _identity(**compiled: object) -> Sequential:
    model = Sequential([Input((1,)), layers.Rescaling(1.0)])
    model.compile("sgd", "mse", **compiled)
    return model


def test_means_over_batches_of_different_sizes_are_means_over_samples() -> None:
    model = _identity(metrics=["mse", "accuracy"])
    x, y = RNG.random((103, 1)), RNG.integers(0, 2, (103, 1)).astype(float)
    told = model.evaluate(x, y, batch_size=16, verbose=0, return_dict=True)
    errors = np.square(x.astype(np.float32) - y)
    np.testing.assert_allclose([told["loss"], told["mse"]], errors.mean(), rtol=1e-6)
    np.testing.assert_allclose(told["accuracy"], ((x > 0.5) == y).mean(), rtol=1e-7)


def test_counts_go_on_beyond_what_float32_can_hold() -> None:
    """2^24 false positives and 50 more one by one: a float32 count would stand still."""
    model = _identity(metrics=["precision"])

    def add(tally: Meters, size: int, target: float = 0.0) -> None:
        x, y = np.ones((size, 1), np.float32), np.full((size, 1), target, np.float32)
        samples = prepare_samples(model.network, model.stepper.plan.objectives, "model", x, y)
        model.stepper.test(*ArraySource(samples, size, shuffle=False).batches(0, seed=0), tally)

    with model.stepper.tally(training=False) as tally:
        for _ in range(4):
            add(tally, 2**22)
        for _ in range(50):
            add(tally, 1)
        add(tally, 1, target=1.0)
        precision = tally.results()["precision"]
    np.testing.assert_allclose(precision, 1 / (2**24 + 51), rtol=1e-7)


def test_whoever_looks_after_each_batch_does_not_change_what_is_told() -> None:
    class Looking(callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: object = None) -> None:
            self.model.stepper.capture()

    def told(*looking: callbacks.Callback) -> object:
        model = Sequential([Input((4,)), layers.Dense(2)], seed=1)
        model.layers[0].set_weights([np.full((4, 2), 0.3), np.zeros(2)])
        model.compile("sgd", "mse", metrics=["mse"])
        x, y = np.random.default_rng(1).normal(size=(800, 4)), np.random.default_rng(2).normal(size=(800, 2))
        return model.fit(x, y, batch_size=8, epochs=2, verbose=0, callbacks=list(looking)).history

    assert told() == told(Looking())


def test_every_output_has_its_losses_and_metrics_in_keras_order() -> None:
    x = Input((3,))
    model = Model(x, [layers.Dense(1, name="a")(x), layers.Dense(2, name="b")(x)])
    model.compile("sgd", ["mse", "mse"], metrics=[["mse"], ["mse"]])
    data = RNG.random((10, 3)), [RNG.random((10, 1)), RNG.random((10, 2))]
    told = model.evaluate(*data, batch_size=4, verbose=0, return_dict=True)
    assert list(told) == ["loss", "a_loss", "b_loss", "a_mse", "b_mse"]
    np.testing.assert_allclose(told["loss"], told["a_loss"] + told["b_loss"], rtol=1e-6)
    np.testing.assert_allclose([told["a_mse"], told["b_mse"]], [told["a_loss"], told["b_loss"]], rtol=1e-6)


def test_a_batch_alone_is_told_alone() -> None:
    model = _identity()
    first, second = (model.train_on_batch(np.full((2, 1), value), np.zeros((2, 1))) for value in (1.0, 2.0))
    assert (first, second) == (1.0, 4.0)


def test_training_and_validation_do_not_mix() -> None:
    model = _identity()
    x, y = np.ones((8, 1)), np.zeros((8, 1))
    history = model.fit(x, y, batch_size=4, epochs=2, verbose=0, validation_data=(2 * x, y)).history
    assert history == {"loss": [1.0, 1.0], "val_loss": [4.0, 4.0]}
