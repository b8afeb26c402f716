"""Callbacks are called, remember, stop and draw as Keras's do, on wide, narrow and plain outputs."""

from __future__ import annotations

import io
import os
import re
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.callbacks import Callback, CallbackList, EarlyStopping, History, LambdaCallback, ProgbarLogger, progress
from pellucid.callbacks.base import HOOKS
from pellucid.errors import ArgumentError

# ---- hooks ----


def test_hooks_are_those_of_keras():
    of_keras = {name for name in dir(keras.callbacks.Callback) if name.startswith("on_")}
    assert set(HOOKS) == of_keras - {"on_batch_begin", "on_batch_end"}  # older names of on_train_batch_...


@pytest.mark.parametrize("hook", HOOKS)
def test_a_list_passes_every_hook_on_to_all_in_order(hook):
    called = []
    members = [LambdaCallback(**{hook: lambda *args, who=who: called.append((who, *args))}) for who in "ab"]
    arguments = (3, {"loss": 1.0}) if "epoch" in hook or "batch" in hook else ({"loss": 1.0},)
    getattr(CallbackList([*members, Callback()]), hook)(*arguments)
    assert called == [("a", *arguments), ("b", *arguments)]


def test_a_list_tells_model_and_params():
    callback, model = Callback(), object()
    members = CallbackList(callback, model)
    members.set_params({"epochs": 3})
    assert callback.model is model
    assert callback.params == {"epochs": 3}


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


def test_lambda_callback_refuses_unknown_hooks_and_what_cannot_be_called():
    with pytest.raises(
        ArgumentError, match="unknown hook of LambdaCallback 'on_epoch_ends'; did you mean 'on_epoch_end'"
    ):
        LambdaCallback(on_epoch_ends=print)
    with pytest.raises(ArgumentError, match="on_epoch_end must be a function, got 3"):
        LambdaCallback(on_epoch_end=3)
    LambdaCallback(on_epoch_end=None).on_epoch_end(0)


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


@pytest.mark.parametrize(
    ("monitor", "better"),
    [("loss", -1), ("val_loss", -1), ("mean_squared_error", -1), ("mse", -1), ("accuracy", 1), ("val_acc", 1)],
)
def test_the_direction_is_known(monitor, better):
    assert EarlyStopping(monitor).direction == better


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
        ({"monitor": "beauty"}, "is more or less of 'beauty' better"),
        ({"mode": "mim"}, "unknown mode of EarlyStopping 'mim'; did you mean 'min'"),
        ({"patience": -1}, "patience must be >= 0, got -1"),
        ({"min_delta": -0.1}, "min_delta must be >= 0"),
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


# ---- progress ----


class Screen(io.TextIOBase):
    """A terminal that is `columns` wide: it knows what stands on it, and wraps lines that are too long."""

    def __init__(self, encoding="utf-8", terminal=True):
        self.text, self._encoding, self.terminal = "", encoding, terminal

    encoding = property(lambda self: self._encoding)

    def isatty(self):
        return self.terminal

    def write(self, text):
        text.encode(self.encoding)
        self.text += text
        return len(text)

    def lines(self):
        """What is seen in the end."""
        shown = []
        for line in self.text.split("\n"):
            cells = []
            for piece in line.split("\r"):
                cells[: len(piece)] = piece
            shown.append("".join(cells).rstrip())
        return shown

    def longest(self):
        return max(len(piece) for piece in re.split(r"[\r\n]", self.text))


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is moved: clock.now += 1."""
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(progress, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    return clock


@pytest.fixture
def show(monkeypatch, clock):
    """show(...): what a training of some epochs of 8 steps leaves on a screen."""

    def run(*, verbose=1, epochs=1, columns=120, encoding="utf-8", terminal=True, steps=8, step=0.25, validate=False):
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm")
        screen = Screen(encoding, terminal)
        monkeypatch.setattr("sys.stdout", screen)
        logger = ProgbarLogger(verbose)
        logger.set_params({"epochs": epochs, "steps": steps, "verbose": verbose})
        logger.on_train_begin()
        for epoch in range(epochs):
            logger.on_epoch_begin(epoch)
            for batch in range(8):
                clock.now += step
                logger.on_train_batch_end(batch, {"loss": 2.0 - batch / 8, "accuracy": batch / 8})
            logs = {"loss": 1.125, "accuracy": 0.875}
            if validate:
                logger.on_test_begin()
                logger.on_test_batch_end(0, {"loss": 9.0})
                logger.on_test_end({"loss": 9.0})
                logs |= {"val_loss": 3.0, "val_accuracy": 0.00012}
            logger.on_epoch_end(epoch, logs)
        logger.on_train_end()
        return screen

    return run


FULL = "━" * 20


def test_a_terminal_shows_the_line_of_keras(show):
    assert show().lines() == [f"8/8 {FULL} 2s 250ms/step - accuracy: 0.8750 - loss: 1.1250", ""]


def test_epochs_have_headers_and_validation_ends_the_line(show):
    line = f"8/8 {FULL} 2s 250ms/step - accuracy: 0.8750 - loss: 1.1250 - val_accuracy: 1.2000e-04 - val_loss: 3.0000"
    assert show(epochs=2, validate=True).lines() == ["Epoch 1/2", line, "Epoch 2/2", line, ""]


def test_the_line_on_the_way_tells_what_remains(show):
    drawn = show(step=60.0).text.split("\r")
    assert drawn[1].rstrip() == "1/8 ━━────────────────── 7:00 60s/step - accuracy: 0.0000e+00 - loss: 2.0000"
    assert drawn[4].rstrip() == "4/8 ━━━━━━━━━━────────── 4:00 60s/step - accuracy: 0.3750 - loss: 1.6250"


def test_what_keras_prints_is_what_we_print(show, clock, monkeypatch):
    """The last line of an epoch, live and plain, against keras.utils.Progbar on the same clock."""
    from keras.src.utils import progbar

    for verbose in (1, 2):
        ours = show(verbose=verbose).lines()[0]
        printed = []
        monkeypatch.setattr(progbar.io_utils, "print_msg", lambda text, line_break=True, to=printed: to.append(text))
        monkeypatch.setattr(progbar.time, "time", lambda: clock.now)
        bar = keras.utils.Progbar(8, verbose=verbose, stateful_metrics=["accuracy", "loss"])
        for batch in range(8):
            clock.now += 0.25
            bar.update(batch + 1, [("accuracy", batch / 8), ("loss", 2 - batch / 8)], finalize=False)
        bar.update(8, [("accuracy", 0.875), ("loss", 1.125)], finalize=True)
        plain = re.sub(r"\x1b\[\d+m|\x08|\n", "", "".join(printed)).split("\r")[-1]
        assert ours == plain


@pytest.mark.parametrize("plain", [{"verbose": 2}, {"terminal": False}])
def test_elsewhere_there_is_one_plain_line_per_epoch(show, plain):
    text = show(epochs=2, **plain).text
    assert text == (
        "Epoch 1/2 - 8/8 - 2s - 250ms/step - accuracy: 0.8750 - loss: 1.1250\n"
        "Epoch 2/2 - 8/8 - 2s - 250ms/step - accuracy: 0.8750 - loss: 1.1250\n"
    )


def test_silence(show):
    assert show(verbose=0, epochs=2).text == ""


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_an_output_that_cannot_take_the_bar_gets_one_that_it_can(show, encoding):
    assert show(encoding=encoding).lines()[0].startswith("8/8 ==================== 2s")


@pytest.mark.parametrize("columns", range(1, 90))
def test_a_narrow_terminal_is_never_wrapped_while_a_line_is_redrawn(show, columns):
    screen = show(columns=columns)
    redrawn, final = screen.text.removesuffix("\n").rsplit("\r", 1)
    assert max(map(len, redrawn.split("\r"))) < max(columns, 2)
    assert final.endswith("accuracy: 0.8750 - loss: 1.1250"), "the result of an epoch is always told in full"
    assert (FULL in final) == (len(f"8/8 {FULL} 2s 250ms/step - accuracy: 0.8750 - loss: 1.1250") < columns)


def test_a_shorter_line_leaves_nothing_of_a_longer_one(show):
    """The first line tells accuracy: 0.0000e+00, the others four characters less."""
    screen = show()
    assert screen.longest() == len(screen.lines()[0]) + 4


def test_a_line_is_drawn_at_most_every_twentieth_second(show):
    assert show(step=0.01).text.count("\r") == 3  # after 0.01 and 0.06 s, and at the end


def test_unknown_length(show):
    assert show(steps=None).lines() == ["      8/Unknown 2s 250ms/step - accuracy: 0.8750 - loss: 1.1250", ""]
    assert show(steps=None, verbose=2).lines()[0].startswith("8/8 - 2s")


def test_a_line_that_was_broken_off_is_ended(monkeypatch, clock):
    screen = Screen()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("TERM", "xterm")
    logger = ProgbarLogger(1, steps=8)
    logger.on_train_begin()
    logger.on_epoch_begin(0)
    logger.on_train_batch_end(0, {"loss": 1.0})
    logger.on_train_end()
    assert screen.text.endswith("loss: 1.0000\n")


@pytest.mark.parametrize("phase", ["test", "predict"])
def test_evaluation_and_prediction_have_a_line_of_their_own(phase, monkeypatch, clock):
    screen = Screen(terminal=False)
    monkeypatch.setattr("sys.stdout", screen)
    logger = ProgbarLogger(1, steps=2)
    getattr(logger, f"on_{phase}_begin")()
    for batch in range(2):
        clock.now += 0.002
        getattr(logger, f"on_{phase}_batch_end")(batch, {"loss": 1.0})
    getattr(logger, f"on_{phase}_end")({"loss": 0.5})
    assert screen.text == "2/2 - 0s - 2ms/step" + (" - loss: 0.5000" if phase == "test" else "") + "\n"


@pytest.mark.parametrize("stream", [None, "dumb"])
def test_no_output_and_dumb_terminals_are_borne(stream, monkeypatch, clock):
    screen = Screen()
    monkeypatch.setattr("sys.stdout", None if stream is None else screen)
    monkeypatch.setitem(os.environ, "TERM", "dumb")
    logger = ProgbarLogger(1, steps=1)
    logger.on_predict_begin()
    logger.on_predict_batch_end(0)
    logger.on_predict_end()
    assert screen.text == ("" if stream is None else "1/1 - 0s - 0s/step\n")


@pytest.mark.parametrize("settings", [{"verbose": 3}, {"verbose": "loud"}, {"steps": 0}])
def test_progress_refuses_settings_out_of_range(settings):
    with pytest.raises(ArgumentError, match="ProgbarLogger: "):
        ProgbarLogger(**settings)
