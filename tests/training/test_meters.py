"""Loss and metrics over many batches: exact where float32 would not be, and told only when somebody asks."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers
from pellucid.data.arrays import ArraySource
from pellucid.training import meters
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
    """2^24 + many: a float32 count would stand still; here it has been drained long before."""
    model = _identity(metrics=["accuracy"])
    samples = prepare_samples(model.network, model.stepper.plan.objectives, "model", np.ones((8, 1)), np.ones((8, 1)))
    (batch,) = ArraySource(samples, 8, shuffle=False).batches(0, seed=0)
    model.stepper.test(batch)
    counted = model.stepper._meters[False]
    counted._drained[:] = 2.0**24  # as after so many samples
    for _ in range(3):
        model.stepper.test(batch)
    drained = model.stepper.capture().sums
    assert drained is None  # of training, of which there was none
    kept = counted.capture()
    total = kept.drained["accuracy"]["count"] + kept.live["accuracy"]["count"]
    assert total == 2**24 + 32


@pytest.mark.parametrize("numbers", [1, meters.MOST_COUNTED])
def test_sums_are_drained_in_time(numbers: int) -> None:
    model = _identity()
    model.evaluate(np.ones((2, 1)), np.zeros((2, 1)), verbose=0)
    counted = model.stepper._meters[False]
    counted.reset()
    drains = []
    for _ in range(2 * meters.MOST_STEPS):
        counted.count(numbers)
        drains.append(counted._steps == 0)
    assert sum(drains) == (2 if numbers == 1 else 2 * meters.MOST_STEPS)


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
