"""Learning rates that callbacks set, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, optimizers, schedules
from pellucid.callbacks import Callback, LearningRateScheduler, ReduceLROnPlateau
from pellucid.errors import ArgumentError
from pellucid.legacy import collected

Data = tuple[np.ndarray, np.ndarray]
Make = Callable[..., Sequential]


def test_a_schedule_may_take_the_epoch_alone(make_classifier: Make, data: Data) -> None:
    """Whatever else is among the numbers of an epoch, the learning rate is in the history and on the model."""
    model = make_classifier("sgd")
    halving = LearningRateScheduler(lambda epoch: 1 / 2**epoch)
    history = model.fit(*data, epochs=5, initial_epoch=2, verbose=0, callbacks=[halving]).history
    assert history["learning_rate"] == [0.25, 0.125, 0.0625]
    assert float(model.optimizer.learning_rate) == 0.0625


@pytest.mark.parametrize("given", [np.float32(0.5), np.array(0.5), 1, 0])
def test_a_schedule_may_return_any_number(make_classifier: Make, data: Data, given: Any) -> None:
    scheduler = LearningRateScheduler(lambda epoch, rate: given)
    history = make_classifier("sgd").fit(*data, verbose=0, callbacks=[scheduler]).history
    assert history["learning_rate"] == [float(given)]


@pytest.mark.parametrize("given", [None, "0.1", np.ones(2), -0.5, float("nan")])
def test_what_a_schedule_may_not_return(make_classifier: Make, data: Data, given: Any) -> None:
    scheduler = LearningRateScheduler(lambda epoch: given)
    with pytest.raises(ArgumentError, match=r"LearningRateScheduler: what schedule gives for epoch 0 must be"):
        make_classifier("sgd").fit(*data, verbose=0, callbacks=[scheduler])


def test_errors_in_a_schedule_are_the_users_to_see(make_classifier: Make, data: Data) -> None:
    """A TypeError within it is no sign that it takes the epoch alone."""
    scheduler = LearningRateScheduler(lambda epoch, rate: rate + "x")  # type: ignore[operator]
    with pytest.raises(TypeError, match="unsupported operand"):
        make_classifier("sgd").fit(*data, verbose=0, callbacks=[scheduler])


@pytest.mark.parametrize("callback", [LearningRateScheduler(lambda epoch: 0.1), ReduceLROnPlateau("loss")])
def test_two_may_not_set_one_rate(make_classifier: Make, data: Data, callback: Callback) -> None:
    model = make_classifier(optimizers.SGD(schedules.CosineDecay(0.1, 100)))
    with pytest.raises(TypeError, match=r"that of SGD follows a schedule \(CosineDecay\): use one of the two"):
        model.fit(*data, verbose=0, callbacks=[callback])


def test_lines_that_tell_of_it(make_classifier: Make, data: Data, capsys: pytest.CaptureFixture[str]) -> None:
    callbacks = [
        LearningRateScheduler(lambda epoch, rate: 0.5 if epoch == 0 else rate, verbose=1),
        ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=1e9, verbose=1),
    ]
    make_classifier("sgd").fit(*data, epochs=2, verbose=0, callbacks=callbacks)
    assert capsys.readouterr().out.split("\n") == [
        *("", "Epoch 1: LearningRateScheduler setting learning rate to 0.5."),
        *("", "Epoch 2: LearningRateScheduler setting learning rate to 0.5."),
        *("", "Epoch 2: ReduceLROnPlateau reducing learning rate to 0.25."),
        "",
    ]


def test_optimizers_that_are_made_of_several() -> None:
    """Each has a learning rate of its own, told under its name."""
    fast, slow = optimizers.SGD(0.5, name="fast"), optimizers.SGD(0.25, name="slow")
    model, logs = SimpleNamespace(optimizer=SimpleNamespace(optimizers=[fast, slow])), {"loss": 1.0}
    halving, lowering = LearningRateScheduler(lambda epoch, rate: rate / 2), ReduceLROnPlateau("loss", patience=0)
    for callback in (halving, lowering):
        callback.set_model(model)
        callback.on_train_begin()
    halving.on_epoch_begin(0)
    halving.on_epoch_end(0, logs)
    assert logs == {"loss": 1.0, "learning_rate_fast": 0.25, "learning_rate_slow": 0.125}
    lowering.on_epoch_end(0, {"loss": 1.0})
    lowering.on_epoch_end(1, {"loss": 1.0})
    assert [float(each.learning_rate) for each in (fast, slow)] == pytest.approx([0.025, 0.0125])


class _Capture(Callback):
    """Keeps the record of the training before a batch."""

    comes_last = True

    def __init__(self, epoch: int, batch: int) -> None:
        super().__init__()
        self.at, self.epoch, self.record = (epoch, batch), 0, None

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if (self.epoch, batch) == self.at:
            self.record = self.model.stepper.capture()


def _callbacks() -> list[Callback]:
    return [
        LearningRateScheduler(lambda epoch, rate: rate * 0.9),
        ReduceLROnPlateau("loss", factor=0.5, patience=2, cooldown=1, min_delta=1e9),
    ]


@pytest.mark.parametrize("at", [(1, 1), (3, 0), (4, 2), (6, 1)])
def test_a_resumed_training_has_the_rates_of_an_undisturbed_one(
    make_classifier: Make, data: Data, at: tuple[int, int], same_weights: Callable[..., bool]
) -> None:
    """Also where it goes on in the middle of an epoch, whose rate is set already."""
    model, capture = make_classifier("sgd"), _Capture(*at)
    expected = model.fit(*data, epochs=8, batch_size=20, verbose=0, callbacks=[*_callbacks(), capture])
    resumed = make_classifier("sgd")
    resumed.stepper.restore(capture.record)
    history = resumed.fit(
        *data, epochs=8, initial_epoch=at[0], batch_size=20, verbose=0, callbacks=[*_callbacks(), _Capture(99, 0)]
    )
    assert history.history["learning_rate"] == expected.history["learning_rate"]
    assert same_weights(model, resumed)


def test_the_old_name_of_the_least_improvement() -> None:
    """`epsilon`, as Keras 2 called it."""
    with collected() as told:
        assert ReduceLROnPlateau("loss", epsilon=0.5).min_delta == 0.5
    assert "min_delta=0.5" in told[0].today


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"factor": 1.0}, "factor must be below 1"),
        ({"factor": -0.1}, "factor must be a finite number >= 0"),
        ({"min_lr": -1}, "min_lr must be a finite number >= 0"),
        ({"cooldown": 1.5}, "cooldown must be a whole number >= 0"),
    ],
)
def test_settings_out_of_range(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"ReduceLROnPlateau: {message}"):
        ReduceLROnPlateau(**settings)


def test_a_schedule_is_a_function() -> None:
    with pytest.raises(ArgumentError, match="schedule must be a function of epoch and learning rate, got 3"):
        LearningRateScheduler(3)  # type: ignore[arg-type]
