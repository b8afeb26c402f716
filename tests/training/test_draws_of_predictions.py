"""What random layers draw when a model predicts or evaluates: other numbers each time, none of those of training."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, ops, random, set_random_seed
from pellucid.layers import Layer

ONES = np.ones((64, 50), np.float32)


class Noise(Layer):
    """x and a bell, in any form: as the sampling of a variational autoencoder."""

    def call(self, x: Any) -> Any:
        return x + random.normal(ops.shape(x))


def _dropping(seed: int = 3, **options: Any) -> Model:
    """A model that drops in the form for training, or always."""
    x = Input((50,))
    return Model(x, layers.Dropout(0.25)(x, **options), seed=seed)


def test_a_mean_over_many_masks() -> None:
    """Monte Carlo dropout: the mean of n calls is off by 1 / sqrt(3 n), with one mask by 1 / sqrt(3)."""
    for model, call in (
        (_dropping(), lambda net: net(ONES, training=True)),
        (_dropping(training=True), lambda net: net(ONES)),
        (_dropping(training=True), lambda net: net.predict(ONES, verbose=0)),
        (_dropping(training=True), lambda net: net.predict(iter(np.split(ONES, 4)), verbose=0)),
    ):
        several = np.stack([np.asarray(call(model)) for _ in range(100)])
        assert set(np.unique(several)) == {0.0, np.float32(1 / 0.75)}
        assert several.mean(axis=0).std() == pytest.approx(1 / np.sqrt(300), rel=0.15)
        assert not np.array_equal(several[0], several[1])


def test_batches_of_one_prediction_differ() -> None:
    found = Sequential([Input((50,)), Noise()]).predict(np.zeros((64, 50)), batch_size=8, verbose=0)
    rows = np.corrcoef(found)[np.triu_indices(64, 1)]
    assert np.abs(rows).max() < 0.7 and np.abs(found.mean()) < 0.1


def test_one_sample_after_the_other() -> None:
    """The short way that single samples take is for models that draw nothing."""
    model = Sequential([Input((50,)), Noise()])
    found = np.concatenate([model.predict(ONES[:1], verbose=0) for _ in range(5)])
    assert len(np.unique(found)) == found.size


def test_the_same_seed_gives_the_same_predictions() -> None:
    found = []
    for _ in range(2):
        set_random_seed(5)
        model = _dropping(training=True)
        found.append([model.predict(ONES, verbose=0) for _ in range(3)])
    np.testing.assert_array_equal(*found)


def _told(model: Model, batches: int) -> list[float]:
    """The loss of each batch of an evaluation: the mean of the squares of what was drawn."""
    model.compile("sgd", "mse")
    sums = [0.0]
    for count in range(1, batches + 1):
        zeros = np.zeros((8 * count, 50), np.float32)
        sums.append(count * float(model.evaluate(zeros, zeros, batch_size=8, verbose=0)))
    return np.diff(sums).round(4).tolist()


def test_batches_of_an_evaluation_differ_and_its_result_stays() -> None:
    model = Sequential([Input((50,)), Noise()], seed=1)
    told = _told(model, 6)
    assert len(set(told)) == 6 and told == _told(model, 6)
    zeros = np.zeros((48, 50), np.float32)
    by_generator = model.evaluate(((part, part) for part in np.split(zeros, 6)), verbose=0)
    assert by_generator == pytest.approx(np.mean(told), abs=1e-4)


def test_predictions_and_evaluations_change_no_training() -> None:
    weights = []
    for looks in (False, True):
        x = Input((50,))
        model = Model(x, layers.Dense(3, name="d", kernel_initializer="ones")(layers.Dropout(0.5)(x)), seed=4)
        model.compile("sgd", "mse")
        for _ in range(3):
            model.fit(ONES, np.zeros((64, 3)), verbose=0, validation_data=(ONES, np.zeros((64, 3))) if looks else None)
            if looks:
                model.predict(ONES, verbose=0), model.evaluate(ONES, np.zeros((64, 3)), verbose=0)
        weights.append(model.get_weights())
    assert all(map(np.array_equal, *weights))


def test_moving_averages_follow_a_call_in_the_form_for_training() -> None:
    """As in Keras; and what is predicted then follows them, whatever was folded before."""
    x = np.random.default_rng(0).normal(2, 3, (20, 6, 6, 2)).astype(np.float32)
    model = Sequential([Input((6, 6, 2)), layers.Conv2D(2, 1), layers.BatchNormalization()])
    model.layers[0].kernel[...] = np.eye(2).reshape(1, 1, 2, 2)
    before = model.predict(x, verbose=0)
    np.testing.assert_allclose(before, x / np.sqrt(1.001), rtol=1e-5, atol=1e-5)
    for _ in range(3):
        model(x, training=True)
    mean, variance = 0.0, 1.0
    for _ in range(3):
        mean = 0.99 * mean + 0.01 * x.mean(axis=(0, 1, 2), dtype=np.float64)
        variance = 0.99 * variance + 0.01 * x.var(axis=(0, 1, 2), dtype=np.float64)
    kept = model.layers[1]
    np.testing.assert_allclose(kept.moving_mean.numpy(), mean, rtol=1e-5)
    np.testing.assert_allclose(kept.moving_variance.numpy(), variance, rtol=1e-5)
    expected = (x - mean) / np.sqrt(variance + 1e-3)
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(model.predict(x[:1], verbose=0), expected[:1], rtol=1e-4, atol=1e-4)


IMAGES = np.random.default_rng(1).random((6, 8, 8, 3)).astype(np.float32)


class Varying(Model):
    """A model with a call of its own."""

    def __init__(self, *parts: Layer) -> None:
        super().__init__()
        self.parts_ = list(parts)

    def call(self, x: Any) -> Any:
        for part in self.parts_:
            x = part(x)
        return x


class Composed(Layer):
    """The same as a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.turned = layers.RandomRotation(0.2)

    def call(self, x: Any) -> Any:
        return self.turned(x)


def _functional() -> Model:
    x = Input((8, 8, 3))
    return Model(x, layers.RandomFlip()(layers.RandomRotation(0.2)(x)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Sequential([layers.RandomZoom(0.3), layers.Normalization(mean=0.0, variance=1.0)]),
        lambda: Sequential([Input((8, 8, 3)), Sequential([layers.RandomZoom(0.3)])]),
        _functional,
        lambda: Varying(layers.RandomRotation(0.2)),
        Composed,
    ],
    ids=["chain", "within another", "functional", "own call", "layer"],
)  # fmt: skip
def test_what_only_varies_images_does_so_unasked(make: Any) -> None:
    """As in Keras, where nine pictures of a tutorial show nine variants of one image; `training=False` does without."""
    model = make()
    first, second = (np.asarray(model(IMAGES)) for _ in range(2))
    assert not np.array_equal(first, second) and not np.array_equal(first, IMAGES)
    np.testing.assert_allclose(model(IMAGES, training=False), IMAGES, atol=1e-6)
    if isinstance(model, Model):
        np.testing.assert_allclose(model.predict(IMAGES, verbose=0), IMAGES, atol=1e-6)


def test_what_learns_varies_no_images_unasked() -> None:
    """A classifier that begins with such layers says of an image what `predict` says, frozen too."""
    model = Sequential([Input((8, 8, 3)), layers.RandomRotation(0.2), layers.Flatten(), layers.Dense(2)])
    for _ in range(2):
        np.testing.assert_allclose(model(IMAGES), model.predict(IMAGES, verbose=0), rtol=1e-5, atol=1e-6)
        model.trainable = False
