"""The orders in which samples come: others in each epoch and each training, the same where one is resumed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, callbacks, layers
from pellucid.data import Epochs
from pellucid.inspection import influence
from pellucid.random import permutation
from pellucid.training.run_state import RunState

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 6)).astype(np.float32), RNG.normal(size=(40, 2)).astype(np.float32)


def _model() -> Sequential:
    model = Sequential([Input((6,)), layers.Dropout(0.3), layers.Dense(2, name="d", kernel_initializer="ones")], seed=3)
    model.compile("adam", "mse")
    return model


class Seen(Epochs):
    """Notes the order of the batches in each epoch."""

    def __init__(self) -> None:
        self.orders: list[list[int]] = []

    def __len__(self) -> int:
        return 10

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Any]:
        order = permutation(seed, epoch, 10)
        self.orders.append(order.tolist())
        for number in order[start:]:
            yield X[4 * number : 4 * number + 4], Y[4 * number : 4 * number + 4]


def test_each_training_has_orders_of_its_own() -> None:
    """As where `fit` is called for one epoch after the other, in a loop of one's own."""
    found = []
    for _ in range(2):
        seen, model = Seen(), _model()
        for _ in range(3):
            model.fit(seen, epochs=2, verbose=0)
        assert len({tuple(order) for order in seen.orders}) == 6
        found.append(seen.orders)
    assert found[0] == found[1], "one seed decides on all of them"


def test_a_training_that_is_continued_is_the_one_that_it_was() -> None:
    """By the number of its first epoch; the first training has the orders that it always had."""
    whole, parts = Seen(), Seen()
    one, other = _model(), _model()
    one.fit(whole, epochs=4, verbose=0)
    other.fit(parts, epochs=2, verbose=0)
    other.fit(parts, epochs=4, initial_epoch=2, verbose=0)
    assert whole.orders == parts.orders
    assert all(map(np.array_equal, one.get_weights(), other.get_weights()))
    assert whole.orders[0] == permutation(one.seed, 0, 10).tolist()


class Stops(callbacks.Callback):
    """Ends a training in the middle of an epoch, as a kill does."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.model.stepper.position == (1, 3):
            raise MemoryError


@pytest.mark.parametrize("same_process", [True, False])
@pytest.mark.parametrize("before", [0, 1, 2])
def test_resumed_in_its_order(before: int, same_process: bool, tmp_path: Path) -> None:
    """The second training of a model too, on the model itself or on one that was made anew."""

    def begun() -> Sequential:
        model = _model()
        for _ in range(before):
            model.fit(X, Y, batch_size=4, verbose=0)
        return model

    whole = begun()
    whole.fit(X, Y, batch_size=4, epochs=3, verbose=0)
    stopped = begun()
    kept = [callbacks.BackupAndRestore(tmp_path, save_freq=1)]
    with pytest.raises(MemoryError):
        stopped.fit(X, Y, batch_size=4, epochs=3, verbose=0, callbacks=[*kept, Stops()])
    resumed = stopped if same_process else _model()
    resumed.fit(X, Y, batch_size=4, epochs=3, verbose=0, callbacks=kept)
    assert all(map(np.array_equal, resumed.get_weights(), whole.get_weights()))


def test_records() -> None:
    model = _model()
    for _ in range(3):
        model.fit(X, Y, verbose=0)
    state = model.stepper.capture()
    assert state.trainings == 2 and RunState.of(state.plain()).trainings == 2
    older = {name: value for name, value in state.plain().items() if name != "trainings"}
    assert RunState.of(older).trainings == 0
    again = _model()
    again.stepper.restore(state)
    assert again.stepper.seed == model.stepper.seed != _model().stepper.seed
    model.compile("adam", "mse")
    assert model.stepper.seed == _model().stepper.seed


def test_a_film_of_the_second_training() -> None:
    """It is made again from its record, though another training came after it."""
    net = Sequential([Input((6, 6, 1)), layers.Conv2D(2, 3, name="c"), layers.Flatten(), layers.Dense(1)], seed=1)
    net.compile("sgd", "mse")
    x, y = RNG.normal(size=(20, 6, 6, 1)).astype(np.float32), RNG.normal(size=(20, 1)).astype(np.float32)
    net.fit(x, y, batch_size=5, verbose=0)
    film = callbacks.FilterHistory(layers=["c"])
    net.fit(x, y, batch_size=5, epochs=2, verbose=0, callbacks=[film])
    before = net.get_layer("c").kernel.numpy()[..., 0].copy()
    net.fit(x, y, batch_size=5, verbose=0)
    told = influence(net, x, y, "c", 0, recorded=film, by="image", batch_size=5)
    np.testing.assert_allclose(told.after, before, rtol=1e-5, atol=1e-6)
