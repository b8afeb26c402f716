"""Whole training runs: the same on every engine, the same bits for any number of threads, decided by the seed."""

from __future__ import annotations

import numpy as np
import pytest
from cases.models import CLASSES, Data, branched_cnn, compiled, frozen_cnn, images, shared_cnn, small_cnn
from cases.strategies import small_models
from checks.training import check_threads, check_training, fingerprint
from hypothesis import given, settings

from pellucid import Model, Sequential, layers, optimizers, set_random_seed, set_threads
from pellucid.engines import Engine, NativeEngine, ReferenceEngine, available_isas

DATA = images(40)
BATCH = images(12, seed=3)
OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.05),
    "momentum": lambda: optimizers.SGD(0.05, momentum=0.9),
    "nesterov": lambda: optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda: optimizers.RMSprop(0.001, momentum=0.5, epsilon=1e-3),
    "adam": lambda: optimizers.Adam(0.001, epsilon=1e-3),
}

pytestmark = pytest.mark.usefixtures("keep_threads")


def trained(engine: Engine, data: Data = DATA, *, seed: int = 1, epochs: int = 2) -> Model:
    """A small network with dropout after some epochs of Adam."""
    model = compiled(small_cnn(seed, dropout=0.3), engine, optimizers.Adam(0.01))
    model.fit(data.x, data.y, batch_size=16, epochs=epochs, verbose=0)
    return model


@pytest.mark.parametrize("isa", available_isas())
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_native_trains_as_the_reference_does(optimizer, isa, note_deviation):
    worst = check_training(
        lambda engine: compiled(small_cnn(dropout=0.25), engine, OPTIMIZERS[optimizer]()),
        BATCH,
        ReferenceEngine(),
        NativeEngine(isa),
        steps=4,
    )
    note_deviation("training", worst)


@pytest.mark.parametrize("isa", available_isas())
@pytest.mark.parametrize("make", [branched_cnn, shared_cnn, frozen_cnn])
def test_native_trains_other_shapes_of_networks_as_the_reference_does(make, isa, note_deviation):
    worst = check_training(
        lambda engine: compiled(make(), engine, optimizers.SGD(0.1, momentum=0.9)),
        BATCH,
        ReferenceEngine(),
        NativeEngine(isa),
        steps=4,
    )
    note_deviation("training", worst)


@pytest.mark.parametrize("isa", available_isas())
def test_one_thread_and_four_give_the_same_bits(isa):
    check_threads(
        lambda: compiled(small_cnn(dropout=0.3), NativeEngine(isa), optimizers.Adam(0.01)), DATA, set_threads, 4
    )


@pytest.mark.parametrize("isa", available_isas())
def test_a_larger_network_gives_the_same_bits_with_any_number_of_threads(isa):
    """Large enough for every kernel to cut its work into several pieces."""
    rng = np.random.default_rng(0)
    data = Data(rng.normal(size=(48, 24, 24, 3)).astype(np.float32), rng.integers(0, 10, 48))

    def make() -> Model:
        set_random_seed(2)
        model = Sequential(
            [
                layers.Input((24, 24, 3)),
                layers.Conv2D(32, 3, activation="relu"),
                layers.Conv2D(48, 3, padding="same", activation="relu"),
                layers.MaxPooling2D(2),
                layers.Dropout(0.25),
                layers.Conv2D(48, 3, groups=48, padding="same"),
                layers.AveragePooling2D(2),
                layers.Flatten(),
                layers.Dense(130, activation="relu"),
                layers.Dropout(0.5),
                layers.Dense(10, activation="softmax"),
            ],
            seed=2,
        )
        return compiled(model, NativeEngine(isa), optimizers.SGD(0.01, momentum=0.9))

    check_threads(make, data, set_threads, 2)


def test_the_same_seed_gives_the_same_bits():
    assert fingerprint(trained(NativeEngine())) == fingerprint(trained(NativeEngine()))


def test_another_seed_gives_other_bits():
    assert fingerprint(trained(NativeEngine(), seed=1)) != fingerprint(trained(NativeEngine(), seed=2))


def test_the_seed_of_the_model_alone_decides_shuffling_and_dropout():
    """Same initial weights, another seed: already one step of dropout differs."""
    first, second = (compiled(small_cnn(seed, dropout=0.3), NativeEngine(), optimizers.SGD(0.1)) for seed in (1, 99))
    second.set_weights(first.get_weights())
    assert fingerprint(first) == fingerprint(second)
    for model in (first, second):
        model.train_on_batch(BATCH.x, BATCH.y)
    assert fingerprint(first) != fingerprint(second)


def test_training_changes_every_weight():
    model = compiled(small_cnn(dropout=0.3), NativeEngine(), optimizers.Adam(0.01))
    before = model.get_weights()
    model.fit(DATA.x, DATA.y, batch_size=16, epochs=2, verbose=0)
    for weight, old in zip(model.weights, before, strict=True):
        assert (weight.numpy() != old).mean() > 0.9, f"{weight.path} hardly moved"


def test_frozen_weights_keep_their_bits_and_the_others_move():
    model = compiled(frozen_cnn(), NativeEngine(), optimizers.Adam(0.01))
    before = model.get_weights()
    model.fit(DATA.x, DATA.y, batch_size=16, epochs=2, verbose=0)
    for weight, old in zip(model.weights, before, strict=True):
        assert np.array_equal(weight.numpy(), old) == ("/second/" in weight.path), weight.path


def test_thawed_weights_move_again_and_others_go_on():
    model = compiled(frozen_cnn(), NativeEngine(), optimizers.SGD(0.1))
    model.train_on_batch(BATCH.x, BATCH.y)
    model.get_layer("second").trainable = True
    compiled(model, NativeEngine(), optimizers.SGD(0.1))
    before = model.get_weights()
    model.train_on_batch(BATCH.x, BATCH.y)
    assert not any(np.array_equal(old, new) for old, new in zip(before, model.get_weights(), strict=True))


@settings(max_examples=60)
@given(model=small_models())
def test_a_step_of_any_small_model(model):
    """Loss and new weights after one step of plain gradient descent, on both engines."""
    rng = np.random.default_rng(0)
    data = Data(rng.normal(size=(3, *model.input_shape[1:])).astype(np.float32), rng.integers(0, CLASSES, 3))
    start, found = model.get_weights(), []
    for engine in (ReferenceEngine(), NativeEngine()):
        model.set_weights(start)
        compiled(model, engine, optimizers.SGD(1.0))
        losses = model.train_on_batch(data.x, data.y, return_dict=True)
        found.append((losses["loss"], model.get_weights()))
    assert np.isclose(found[0][0], found[1][0], rtol=1e-5)
    for weight, right, actual in zip(model.weights, found[0][1], found[1][1], strict=True):
        np.testing.assert_allclose(actual, right, rtol=1e-4, atol=1e-5 * np.abs(right).max(), err_msg=weight.path)


def test_dropout_masks_differ_from_step_to_step():
    model = compiled(small_cnn(dropout=0.5), NativeEngine(), optimizers.SGD(0.0))
    losses = {model.train_on_batch(BATCH.x, BATCH.y, return_dict=True)["loss"] for _ in range(5)}
    assert len(losses) == 5
