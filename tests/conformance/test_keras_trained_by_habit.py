"""Trainings as people do them, in both libraries from the same weights: what is told on the way, and what comes of it.

Each habit is a function that is given a library; what it returns, numbers in any structure, must be the same.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest

import pellucid

RNG = np.random.default_rng(3)
X = RNG.normal(size=(46, 6)).astype(np.float32)
LABELS, NUMBERS = RNG.integers(0, 4, 46), RNG.normal(size=(46, 1)).astype(np.float32)
WEIGHTS = RNG.uniform(0, 2, 46).astype(np.float32)
STEPS = RNG.normal(size=(20, 5, 3)).astype(np.float32)
STEP_LABELS, STEP_WEIGHTS = RNG.integers(0, 4, (20, 5)), RNG.uniform(0, 2, (20, 5)).astype(np.float32)
SPARSE = "sparse_categorical_crossentropy"
HOW = {"shuffle": False, "verbose": 0, "batch_size": 16}


def _filled(model: Any, seed: int = 7) -> Any:
    """With weights that both libraries can draw."""
    rng = np.random.default_rng(seed)
    model.set_weights([rng.uniform(0.2, 0.7, weight.shape) for weight in model.get_weights()])
    return model


def _classifier(k: Any, *between: Any) -> Any:
    first, last = k.layers.Dense(8, "tanh"), k.layers.Dense(4, "softmax")
    return _filled(k.Sequential([k.Input((6,)), first, *between, last]))


def _of_two_outputs(k: Any) -> Any:
    x = k.Input((6,))
    seen = k.layers.Dense(8, "tanh")(x)
    both = k.layers.Dense(4, "softmax", name="p")(seen), k.layers.Dense(1, name="q")(seen)
    return _filled(k.Model(x, list(both)))


def batch_by_batch(k: Any) -> Any:
    """`train_on_batch` and `test_on_batch` count from zero each time, or on, as Keras's do, `fit` between them."""
    model = _classifier(k)
    model.compile(k.optimizers.Adam(0.01), SPARSE, metrics=["accuracy"])
    told = [
        model.train_on_batch(X[:10], LABELS[:10]),
        model.train_on_batch(X[10:30], LABELS[10:30], sample_weight=WEIGHTS[10:30]),
        model.test_on_batch(X[:8], LABELS[:8]),
        model.fit(X, LABELS, **HOW).history,
        model.train_on_batch(X[:10], LABELS[:10], class_weight={0: 2.0, 3: 0.5}),
        model.evaluate(X, LABELS, batch_size=20, verbose=0),
        model.test_on_batch(X[:8], LABELS[:8], return_dict=True),
    ]
    model.reset_metrics()
    return told, model.test_on_batch(X[:10], LABELS[:10]), model.predict_on_batch(X[:3]), model.get_weights()


def several_outputs(k: Any) -> Any:
    """One without a loss; then both, weighed, with weights of samples for each."""
    model = _of_two_outputs(k)
    model.compile("sgd", [SPARSE, None], metrics=[["accuracy"], ["mae"]])
    first = model.fit(X, [LABELS, NUMBERS], **HOW).history
    model.compile("sgd", [SPARSE, "mse"], loss_weights=[0.3, 2.0], weighted_metrics=[["accuracy"], ["mae"]])
    weights = [WEIGHTS, 2 * WEIGHTS]
    return first, model.fit(X, [LABELS, NUMBERS], sample_weight=weights, **HOW).history, model.get_weights()


def weights_per_step(k: Any) -> Any:
    """(batch, time), in training and in validation; they weigh what is asked for in weighted_metrics."""
    model = _filled(k.Sequential([k.Input((5, 3)), k.layers.Conv1D(4, 3, padding="same", activation="softmax")]))
    model.compile(k.optimizers.SGD(0.1), SPARSE, weighted_metrics=["accuracy"])
    held = STEPS, STEP_LABELS, STEP_WEIGHTS
    return model.fit(*held[:2], sample_weight=STEP_WEIGHTS, validation_data=held, **HOW).history, model.get_weights()


def in_turn(k: Any) -> Any:
    """Two models of the same layers, each with an optimiser of its own; then one whose critic is frozen."""
    x = k.Input((6,))
    seen = k.layers.BatchNormalization()(k.layers.Dense(5, "tanh")(x))
    one, other = k.Model(x, k.layers.Dense(4, "softmax")(seen)), k.Model(x, k.layers.Dense(1)(seen))
    _filled(one), _filled(other)
    one.compile(k.optimizers.Adam(0.01), SPARSE)
    other.compile(k.optimizers.RMSprop(0.01), "mse")
    told = []
    for _ in range(2):
        told += [one.fit(X, LABELS, **HOW).history, other.train_on_batch(X, NUMBERS)]
    for layer in one.layers[:-1]:
        layer.trainable = False
    one.compile(k.optimizers.Adam(0.01), SPARSE)
    told += [one.fit(X, LABELS, **HOW).history, other.evaluate(X, NUMBERS, verbose=0)]
    return told, one.get_weights(), other.get_weights()


def averages_and_gathered_gradients(k: Any) -> Any:
    """Four batches in an epoch, steps along three: what is left over at the end of an epoch goes on in the next."""
    rate = k.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
    settings = {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2, "clipnorm": 0.1}
    model = _classifier(k)
    model.compile(k.optimizers.SGD(rate, 0.9, gradient_accumulation_steps=3, weight_decay=0.01, **settings), SPARSE)
    how = {**HOW, "batch_size": 12}
    history = model.fit(X, LABELS, epochs=3, validation_data=(X, LABELS), **how).history
    return history, model.get_weights(), int(model.optimizer.iterations)


def stopped_early(k: Any) -> Any:
    """Nothing is watched before an epoch; the best weights come back."""
    model = _classifier(k)
    model.compile(k.optimizers.SGD(0.4, 0.5), SPARSE, metrics=["accuracy"])
    stop = k.callbacks.EarlyStopping(patience=1, restore_best_weights=True, start_from_epoch=2, min_delta=0.01)
    slower = k.callbacks.ReduceLROnPlateau(factor=0.3, patience=1, min_delta=0.1)
    told = model.fit(X, LABELS, epochs=9, validation_split=0.3, callbacks=[stop, slower], **HOW).history
    return told, stop.stopped_epoch, stop.best_epoch, model.get_weights()


def a_generator_goes_on(k: Any) -> Any:
    """Epochs of three batches each, of a generator that has no end; one that ends serves once."""

    def batches() -> Iterator[Any]:
        while True:
            for start in (0, 16, 30):
                yield X[start : start + 16], LABELS[start : start + 16], WEIGHTS[start : start + 16]

    model = _classifier(k)
    model.compile("sgd", SPARSE, weighted_metrics=["accuracy"])
    how = {"verbose": 0, "steps_per_epoch": 2, "epochs": 3, "initial_epoch": 1}
    told = [model.fit(batches(), **how).history, model.evaluate(batches(), steps=4, verbose=0)]
    return told, model.predict(((X[start : start + 16],) for start in (0, 16)), verbose=0), model.get_weights()


def alone_in_lists(k: Any) -> Any:
    """What belongs to the only output may stand in a list: targets and weights, to train and to validate with."""
    model = _filled(k.Sequential([k.Input((6,)), k.layers.Dense(1)]))
    model.compile("sgd", "mse")
    told = model.fit(
        [X], [NUMBERS], sample_weight=[WEIGHTS], validation_data=([X], [NUMBERS], [WEIGHTS]), **HOW
    ).history
    one = [model.train_on_batch(X[:1], [given]) for given in (NUMBERS[:1], NUMBERS[0])]  # two of one sample
    return told, one, model.evaluate(X, [NUMBERS], sample_weight=WEIGHTS, verbose=0), model.get_weights()


def no_epochs(k: Any) -> Any:
    """Nothing is trained, and everybody is told of a training that begins and ends."""
    told: list[str] = []
    names = ("on_train_begin", "on_train_end", "on_epoch_begin", "on_train_batch_begin", "on_test_begin")
    hooks = {name: lambda *_, name=name: told.append(name) for name in names}
    model = _classifier(k)
    model.compile("adam", SPARSE)
    follows = [k.callbacks.EarlyStopping(restore_best_weights=True), k.callbacks.LambdaCallback(**hooks)]
    history = model.fit(X, LABELS, epochs=0, validation_split=0.3, callbacks=follows, **HOW)
    assert told == ["on_train_begin", "on_train_end"] and history.params["epochs"] == 0
    return history.history, history.epoch, int(model.optimizer.iterations), model.get_weights()


HABITS: list[Callable[[Any], Any]] = [
    *(batch_by_batch, several_outputs, weights_per_step, in_turn, averages_and_gathered_gradients, stopped_early),
    *(a_generator_goes_on, alone_in_lists, no_epochs),
]


def _in_a_row(told: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """All numbers of a structure, with their places in it."""
    if isinstance(told, dict | list | tuple):
        for key in sorted(told) if isinstance(told, dict) else range(len(told)):
            yield from _in_a_row(told[key], f"{path}/{key}")
    else:
        yield path, np.asarray(told, np.float64)


@pytest.mark.parametrize("habit", HABITS, ids=lambda habit: habit.__name__)
def test_the_same_course(habit: Callable[[Any], Any]) -> None:
    """float32 in another order: within 1e-4 of the largest number of an array."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of data that are validated with, and what Keras says of generators
        ours, theirs = (dict(_in_a_row(habit(library))) for library in (pellucid, keras))
    assert ours.keys() == theirs.keys()
    for place, expected in theirs.items():
        scale = max(1.0, float(np.abs(expected).max(initial=0.0)))
        np.testing.assert_allclose(ours[place], expected, atol=1e-4 * scale, rtol=0, err_msg=place)
