"""A loss that stops being a number: at which step, where in it, and the state before it; nothing else changes."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, callbacks, layers, ops, optimizers, random
from pellucid.data.sources.arrays import ArraySource
from pellucid.formats.run_file import read_run
from pellucid.training import divergence, recorded
from pellucid.training.run_state import RunState

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(64, 4)).astype(np.float32), RNG.normal(size=(64, 2)).astype(np.float32)
SAID = re.compile(r"since epoch (\d+): in batch (\d+) of epoch (\d+) \(step (\d+) of the training\), (.*); lower the")


class Log(layers.Layer):
    """The logarithm, of numbers below 0 too."""

    def call(self, x: Any) -> Any:
        return ops.log(x + 40.0)


class Steep(layers.Layer):
    """A root whose slope is infinite."""

    def call(self, x: Any) -> Any:
        return x + ops.sqrt(x * 0.0)


class Each(callbacks.Callback):
    """The loss so far, and the record, behind each batch."""

    comes_last = True

    def __init__(self, changed: Callable[[Model, int], None] | None = None) -> None:
        super().__init__()
        self.epoch, self.changed = 0, changed
        self.losses: list[tuple[int, int, float]] = []
        self.states: list[RunState] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.states.append(self.model.stepper.capture())
        if self.changed is not None:
            self.changed(self.model, len(self.losses))

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.losses.append((self.epoch, batch, logs["loss"]))

    @property
    def first(self) -> int:
        """The first step whose loss is no number."""
        return next(step for step, (_, _, loss) in enumerate(self.losses) if not math.isfinite(loss))


def _model(rate: Any, *parts: layers.Layer, momentum: float = 0.0) -> Model:
    random.set_random_seed(1)
    middle = [layers.Dense(8, name="a"), layers.Dropout(0.2), layers.BatchNormalization(), *parts]
    model = Sequential([Input((4,)), *middle, layers.Dense(2, name="z")])
    model.compile(optimizers.SGD(rate, momentum=momentum), "mse", metrics=["mse"])
    return model


def _fit(model: Model, *told: callbacks.Callback, **settings: Any) -> tuple[Any, list[str]]:
    """The history, and the warnings."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        history = model.fit(X, Y, verbose=0, callbacks=list(told), **{"batch_size": 8, "epochs": 6, **settings})
    return history, [str(each.message) for each in heard]


def _halving(model: Model, step: int) -> None:
    """A learning rate that changes from batch to batch, and is far too large from step 21 on."""
    model.optimizer.learning_rate = 1e12 if step >= 21 else 0.1 / (1 + step)


LATE = optimizers.schedules.PiecewiseConstantDecay([20], [0.01, 1e12])
VERY_LATE = optimizers.schedules.PiecewiseConstantDecay([600], [0.001, 1e12])
CASES: dict[str, tuple[Callable[[], Model], dict[str, Any], Callable[[Model, int], None] | None]] = {
    "at once": (lambda: _model(1e12), {}, None),
    "later": (lambda: _model(LATE, momentum=0.9), {}, None),
    "one batch an epoch": (lambda: _model(LATE), {"batch_size": 64, "epochs": 40}, None),
    "behind several copies": (lambda: _model(VERY_LATE, momentum=0.9), {"batch_size": 1, "epochs": 12}, None),
    "in a long epoch": (lambda: _model(VERY_LATE), {"batch_size": 1, "epochs": 12, "shuffle": False}, None),
    "a changing rate": (lambda: _model(0.01), {}, _halving),
}


@pytest.mark.parametrize("name", CASES)
def test_the_step_is_found_and_the_state_before_it_is_kept(name: str) -> None:
    """To the bit: weights, slots, sums, learning rate; as somebody saw them who looked at each step."""
    make, settings, changed = CASES[name]
    model, each = make(), Each(changed)
    _, heard = _fit(model, each, **settings)
    (message,) = heard
    said = SAID.search(message)
    assert said is not None, message
    epoch, number, _ = each.losses[each.first]
    assert tuple(map(int, said.group(2, 3, 4))) == (number + 1, epoch + 1, each.first + 1)
    found, expected = model.stepper.finite, each.states[each.first]
    assert (found.step, found.epoch, found.batch) == (expected.step, epoch, number)
    for path, array in expected.weights.items():
        assert array.tobytes() == found.weights[path].tobytes()
        for slot, values in expected.slots.get(path, {}).items():
            assert values.tobytes() == found.slots[path][slot].tobytes()
    if number and found.sums is not None and expected.sums is not None:
        assert (found.sums.steps, found.sums.counted) == (expected.sums.steps, expected.sums.counted)
        assert all(
            found.sums.live[n][part] == a for n, parts in expected.sums.live.items() for part, a in parts.items()
        )
    if changed is None:
        assert found.learning_rate == expected.learning_rate


@pytest.mark.parametrize("name", CASES)
def test_a_training_whose_origin_is_looked_for_goes_on_to_the_same_bits(name: str, monkeypatch: Any) -> None:
    make, settings, changed = CASES[name]
    models, histories = (make(), make()), []
    for model in models:
        histories.append(_fit(model, *([Each(changed)] if changed else []), **settings)[0].history)
        monkeypatch.setattr(divergence.Watch, "ends", lambda *_: None)
    first, second = (model.stepper.capture() for model in models)
    np.testing.assert_equal(histories[0], histories[1])
    assert (first.step, first.epoch, first.batch) == (second.step, second.epoch, second.batch)
    for mine, theirs in zip(first.weights.values(), second.weights.values(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def _odd_weights() -> Model:
    model = _model(0.01)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.set_weights([np.full_like(a, math.inf) if i == 1 else a for i, a in enumerate(model.get_weights())])
    return model


LARGEST = r"the largest weight before it is \S+ \(\w+/\w+\)"
ORIGINS: dict[str, tuple[Callable[[], Model], str]] = {
    "output": (
        lambda: _model(100.0, Log(name="log")),
        rf'the output of Log "log" is the first that is not finite, at \(\d+, \d\) is nan; {LARGEST}',
    ),
    "loss": (lambda: _model(1e15), f"the loss of finite outputs is inf; {LARGEST}"),
    "gradient": (
        lambda: _model(0.01, Steep()),
        r"the gradient of the loss for batch_normalization\w*/beta at \(0,\) is nan; loss and outputs are finite",
    ),
    "weights": (_odd_weights, r"the weights were not finite when the training began, a/bias at \(0,\) is inf"),
    "update": (
        lambda: _model(3e38),
        f"the step takes the weights out of all bounds, though its gradient is finite; {LARGEST}",
    ),
}


@pytest.mark.parametrize("name", ORIGINS)
def test_where_it_began(name: str) -> None:
    make, expected = ORIGINS[name]
    _, (message,) = _fit(make())
    assert re.search(expected, message), message


def test_the_step_is_found_though_a_layer_was_frozen_in_between() -> None:
    class Freezing(callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.model.layers[0].trainable = epoch != 1

    each, model = Each(), _model(LATE)
    _, (message,) = _fit(model, Freezing(), each)
    assert f"(step {each.first + 1} of the training)" in message
    assert model.stepper.finite.step == each.first


def test_what_cannot_be_found_is_not_said(monkeypatch: Any) -> None:
    """A model that is too large is told of its epoch; of batches that come but once an older state is kept."""
    with monkeypatch.context() as patch:
        patch.setattr(divergence, "MOST_BYTES", 100)
        model = _model(LATE)
        _, heard = _fit(model, callbacks.RestoreOnNaN())
    assert model.stepper.finite is None
    assert "since epoch 3: the weights have grown out of all bounds; lower the learning rate" in heard[0]
    assert "there is no state before that to go back to" in heard[1]
    monkeypatch.setattr(ArraySource, "repeats", False)
    model = _model(LATE)
    _, (message,) = _fit(model)
    assert "since epoch 3: the weights have grown out of all bounds; lower the learning rate. model.stepper" in message
    assert (model.stepper.finite.step, model.stepper.finite.epoch, model.stepper.finite.batch) == (0, 0, 0)


def test_a_training_goes_on_from_before_it() -> None:
    """In the middle of its epoch, with a smaller rate and smaller weights: they were all but out of bounds."""
    model, stopping = _model(LATE), callbacks.RestoreOnNaN()
    history, (message,) = _fit(model, stopping)
    assert (stopping.epoch, history.epoch, model.stepper.iterations) == (2, [0, 1, 2], 22)
    assert "step 23 of the training" in message
    assert all(np.isfinite(array).all() for array in model.get_weights())
    model.optimizer.learning_rate = 0.01
    model.set_weights([np.clip(array, -1, 1) for array in model.get_weights()])
    each = Each()
    history, heard = _fit(model, stopping, each, initial_epoch=stopping.epoch)
    assert [number for _, number, _ in each.losses[:3]] == [6, 7, 0]
    assert (heard, each.losses[-1][:2], np.isfinite(history.history["loss"][-1])) == ([], (5, 7), True)


def test_nothing_is_kept_of_a_loss_that_is_no_number(tmp_path: Path) -> None:
    for frequency in ("epoch", 1):
        keeping = callbacks.BackupAndRestore(tmp_path / "run", save_freq=frequency, delete_checkpoint=False)
        _fit(_model(LATE), keeping)
        kept = read_run(tmp_path / "run" / "latest.run")
        assert (kept["epoch"], kept["batch"]) == ((2, 0) if frequency == "epoch" else (2, 6))
        for path in (tmp_path / "run").iterdir():
            path.unlink()


def test_a_training_that_stays_finite_is_told_nothing_and_copies_little(monkeypatch: Any) -> None:
    copies = []
    copy = divergence.Watch._now
    monkeypatch.setattr(divergence.Watch, "_now", lambda self, *a: copies.append(1) or copy(self, *a))
    model = _model(0.001)
    _, heard = _fit(model, batch_size=1, epochs=16)
    assert (heard, model.stepper.finite) == ([], None)
    assert len(copies) == 3  # before 1,024 steps, and every 512
    copies.clear()
    _fit(_model(0.001), batch_size=64, epochs=200)
    assert len(copies) == 1


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda x: ops.log(x - 40.0), "something takes the logarithm of -4"),
        (lambda x: ops.log1p(x - 41.0), "something takes log(1 + x) of -4"),
        (lambda x: ops.sqrt(x - 40.0), "something takes the root of -4"),
        (lambda x: 1.0 / (x * 0.0), "something divides by 0: keep that away from 0"),
    ],
)
def test_a_number_that_a_function_is_not_defined_for_is_named(function: Callable[[Any], Any], said: str) -> None:
    """At the first step no learning rate is to blame, and none is."""
    image = Input((4,))
    model = Model(image, layers.Dense(2)(function(layers.Dense(4, kernel_initializer="zeros")(image))))
    model.compile("sgd", "mse")
    _, (message,) = _fit(model, epochs=1)
    assert said in message and "learning rate" not in message, message


def test_a_loss_that_takes_a_logarithm_of_0_is_named() -> None:
    image = Input((4,))
    model = Model(image, layers.ReLU()(layers.Dense(2)(image)))
    model.compile("sgd", lambda y, p: -ops.mean(y * ops.log(p)))
    _, (message,) = _fit(model, epochs=1)
    assert "something takes the logarithm of 0: keep that above 0" in message, message


def test_copies_of_large_models_take_a_small_part_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one is made in any case, as are all of them where a callback may need them."""
    copied: list[int] = []
    now = divergence.Watch._now
    monkeypatch.setattr(divergence.Watch, "_now", lambda self, *to: copied.append(self.runtime.step) or now(self, *to))
    monkeypatch.setattr(divergence, "FREE_BYTES", 0)
    monkeypatch.setattr(recorded.Copying, "SHARE", 0.0)
    model = _model(0.001)
    for _ in range(3):
        _fit(model, epochs=2)
    assert copied == [0]
    _fit(model, callbacks.RestoreOnNaN(), epochs=2)
    assert len(copied) == 2
    monkeypatch.setattr(recorded.Copying, "SHARE", 1e9)
    _fit(model, epochs=2)
    assert len(copied) == 3
