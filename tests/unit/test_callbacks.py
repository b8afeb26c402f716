"""Callbacks are called, remember and stop as Keras's do."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.callbacks import Callback, CallbackList, EarlyStopping, History, LambdaCallback, ProgbarLogger
from pellucid.callbacks.base import HOOKS
from pellucid.errors import ArgumentError

# ---- hooks ----


def test_hooks_are_those_of_keras():
    of_keras = {name for name in dir(keras.callbacks.Callback) if name.startswith("on_")}
    assert set(HOOKS) == of_keras


@pytest.mark.parametrize("hook", HOOKS)
def test_a_list_passes_every_hook_on_to_all_in_order(hook):
    called = []
    members = [LambdaCallback(**{hook: lambda *args, who=who: called.append((who, *args))}) for who in "ab"]
    arguments = (3, {"loss": 1.0}) if "epoch" in hook or "batch" in hook else ({"loss": 1.0},)
    getattr(CallbackList([*members, Callback()]), hook)(*arguments)
    assert called == [("a", *arguments), ("b", *arguments)]


def test_a_list_tells_model_and_params():
    callback, model = Callback(), object()
    members = CallbackList(callback, model=model)
    members.set_params({"epochs": 3})
    assert callback.model is model
    assert callback.params == {"epochs": 3}


def test_lists_in_lists_give_their_members():
    """Also a list of callbacks that was made before, whose progress line and history are the ones."""
    first, history, last = Callback(), History(), ProgbarLogger()
    assert CallbackList([[first], (CallbackList([history, last]),)]).callbacks == [first, history, last]


def test_what_keras_adds_is_added_where_it_is_missing():
    model = FakeModel()
    model.history = None
    added = CallbackList([Callback()], add_history=True, add_progbar=True, model=model, epochs=3)
    assert [type(member).__name__ for member in added.callbacks] == ["Callback", "History", "ProgbarLogger"]
    assert model.history is added.callbacks[1]
    assert [member.params for member in added.callbacks] == [{"epochs": 3}] * 3
    there = CallbackList([History(), ProgbarLogger()], add_history=True, add_progbar=True)
    assert len(there.callbacks) == 2
    there.append(Callback())
    assert len(there.callbacks) == 3
    with pytest.raises(ArgumentError, match="got 3"):
        there.append(3)


def test_a_function_for_any_method_and_methods_of_ones_own():
    """By position, as in Keras; what is nearly the name of a hook is no other method."""
    called = []
    callback = LambdaCallback(lambda epoch, logs: called.append(epoch), set_model=called.append, helper=len)
    callback.set_model("m")
    callback.on_epoch_begin(7, {})
    assert (called, callback.helper("abc")) == (["m", 7], 3)
    with pytest.raises(ArgumentError, match="did you mean 'on_epoch_end'"):
        LambdaCallback(epoch_end=print)


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (History, r"got the class History; write History\(\)"),
        (print, r"got <built-in function print>; a function can be wrapped: LambdaCallback\(on_epoch_end=function\)"),
        (None, "got None"),
    ],
)
def test_what_is_no_callback_is_refused(member, message):
    with pytest.raises(ArgumentError, match=message):
        CallbackList([member])


class Own(ProgbarLogger):
    """A logger that does something of its own after each batch."""

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)


TOLD = [LambdaCallback(**{hook: print}) for hook in ("on_train_batch_begin", "on_batch_begin", "on_batch_end")]


@pytest.mark.parametrize("callback", [Own(), ProgbarLogger(), *TOLD])
def test_only_hooks_that_somebody_wrote_are_called_between_batches(callback):
    silent = [Callback(), History(), EarlyStopping(), LambdaCallback(on_epoch_end=print)]
    assert not CallbackList(silent).told_of_batches
    assert CallbackList([*silent, callback]).told_of_batches
    assert CallbackList(CallbackList([callback])).told_of_batches


def test_lambda_callback_refuses_unknown_hooks_and_what_cannot_be_called():
    with pytest.raises(
        ArgumentError, match="LambdaCallback: unknown argument 'on_epoch_ends'; did you mean 'on_epoch_end'"
    ):
        LambdaCallback(on_epoch_ends=print)
    with pytest.raises(ArgumentError, match="on_epoch_end must be a function, got 3"):
        LambdaCallback(on_epoch_end=3)
    LambdaCallback(on_epoch_end=None).on_epoch_end(0)


def test_history_keeps_arrays_of_metrics_that_give_them():
    history = History()
    history.on_epoch_end(0, {"loss": 1, "table": np.ones((2, 2))})
    assert history.history["loss"] == [1.0]
    np.testing.assert_array_equal(history.history["table"], np.ones((1, 2, 2)))


def test_history_keeps_python_floats_by_epoch():
    history = History()
    for epoch in (4, 5):
        history.on_epoch_end(epoch, {"loss": np.float32(0.5), "val_loss": 1})
    assert history.history == {"loss": [0.5, 0.5], "val_loss": [1.0, 1.0]}
    assert {type(value) for values in history.history.values() for value in values} == {float}
    assert history.epoch == [4, 5]


# ---- early stopping ----


class FakeModel:
    """Weights that tell the epoch."""

    def __init__(self):
        self.weights, self.stop_training = -1, False

    def get_weights(self):
        return [np.array([self.weights])]

    def set_weights(self, weights):
        self.weights = int(weights[0][0])


def train(callback, values: list[float]) -> tuple[int, int]:
    """How many epochs it takes until training is stopped, and of which epoch the weights are in the end."""
    model = FakeModel()
    callback.set_model(model)
    callback.on_train_begin()
    epochs = 0
    for epoch, value in enumerate(values):
        model.weights, epochs = epoch, epoch + 1
        callback.on_epoch_end(epoch, {"watched": value})
        if model.stop_training:
            break
    callback.on_train_end()
    return epochs, model.weights


@given(
    values=st.lists(st.integers(0, 8).map(lambda n: n / 8), min_size=1, max_size=8),
    mode=st.sampled_from(["min", "max"]),
    settings=st.fixed_dictionaries(
        {
            "min_delta": st.sampled_from([0, 0.25]),
            "patience": st.integers(0, 3),
            "baseline": st.sampled_from([None, 0.5]),
            "start_from_epoch": st.integers(0, 2),
            "restore_best_weights": st.booleans(),
        }
    ),
)
def test_training_is_stopped_when_keras_stops_it(values, mode, settings):
    ours = EarlyStopping("watched", mode=mode, **settings)
    theirs = keras.callbacks.EarlyStopping("watched", mode=mode, **settings)
    assert train(ours, values) == train(theirs, values)


def test_the_best_weights_come_back_also_if_training_is_not_stopped():
    assert train(EarlyStopping("watched", mode="min", patience=9, restore_best_weights=True), [3, 1, 2]) == (3, 1)


def test_nan_is_no_improvement():
    stopping = EarlyStopping("watched", mode="min", patience=2, restore_best_weights=True)
    assert train(stopping, [np.nan, 2.0, np.nan, 1.0]) == (4, 3)
    assert (stopping.best, stopping.best_epoch) == (1.0, 3)
    assert train(stopping, [np.nan, np.nan, 1.0]) == (2, 1)


def test_an_early_stopping_can_be_used_again():
    stopping = EarlyStopping("watched", mode="min")
    assert [train(stopping, [1.0, 2.0, 0.0]) for _ in range(2)] == [(2, 1), (2, 1)]


def test_an_unknown_direction_is_refused_when_training_begins():
    """Not before: the model's metrics may know it."""
    stopping = EarlyStopping("beauty")
    stopping.set_model(FakeModel())
    with pytest.raises(ArgumentError, match=r"EarlyStopping: is more or less of 'beauty' better\? Say mode='max'"):
        stopping.on_train_begin()


def test_an_unknown_mode_counts_as_auto():
    with pytest.warns(UserWarning, match="mode 'mim' is unknown; did you mean 'min'. It counts as 'auto'"):
        assert EarlyStopping("loss", mode="mim").direction == -1


@pytest.mark.parametrize(
    ("monitor", "better"),
    [("loss", -1), ("val_loss", -1), ("mean_squared_error", -1), ("mse", -1), ("accuracy", 1), ("val_acc", 1)],
)
def test_the_direction_is_known(monitor, better):
    assert EarlyStopping(monitor).direction == better


@pytest.mark.parametrize(
    ("monitor", "told"), [("val_accuracy", "val_acc"), ("acc", "accuracy"), ("val_los", "val_loss"), ("val_foo", None)]
)
def test_a_number_with_another_name_is_pointed_at(monitor, told):
    stopping = EarlyStopping(monitor, mode="min")
    stopping.on_train_begin()
    with pytest.warns(UserWarning, match=f"watches '{monitor}'") as heard:
        stopping.on_epoch_end(0, {"loss": 1.0, "val_loss": 1.0, "accuracy": 0.5, "val_acc": 0.5})
    message = str(heard[0].message)
    assert message.endswith(f"; did you mean {told!r}?" if told else "so it cannot stop it"), message


def test_a_number_that_is_not_reported_is_warned_of_once():
    stopping = EarlyStopping()
    stopping.on_train_begin()
    message = r"'val_loss', which this training does not report \(it reports accuracy, loss\).*give fit validation data"
    with pytest.warns(UserWarning, match=message) as warned:
        for epoch in range(3):
            stopping.on_epoch_end(epoch, {"loss": 1.0, "accuracy": 0.5})
    assert len(warned) == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"monitor": ""}, "EarlyStopping: monitor: a name is text"),
        ({"mode": 1}, "EarlyStopping: mode is one of auto, min, max, got 1"),
        ({"baseline": float("nan")}, "baseline must be a finite number"),
        ({"patience": -1}, "patience must be a whole number >= 0, got -1"),
        ({"min_delta": -0.1}, "min_delta must be a finite number >= 0"),
    ],
)
def test_early_stopping_refuses_settings_out_of_range(settings, message):
    with pytest.raises(ArgumentError, match=message):
        EarlyStopping(**settings)


def test_early_stopping_tells_what_it_did(capsys):
    train(EarlyStopping("watched", mode="min", verbose=1, restore_best_weights=True), [1.0, 2.0])
    assert capsys.readouterr().out == (
        "Epoch 2: early stopping\nRestoring model weights from the end of the best epoch: 1.\n"
    )
