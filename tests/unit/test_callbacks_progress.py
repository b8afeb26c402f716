"""Progress is drawn as Keras draws it, on wide, narrow, plain and missing outputs."""

from __future__ import annotations

import io
import os
import re
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from pellucid.callbacks import CallbackList, LambdaCallback, ProgbarLogger, progress
from pellucid.errors import ArgumentError


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
                clock.now += 8.0
                logger.on_test_batch_end(0, {"loss": 9.0})
                logger.on_test_end({"loss": 9.0})
                logs |= {"val_loss": 3.0, "val_accuracy": 0.00012}
            logger.on_epoch_end(epoch, logs)
        logger.on_train_end()
        return screen

    return run


FULL = "━" * 20


@pytest.mark.parametrize(
    ("value", "shown"),
    [(2.29694, "2.2969"), (0.0011, "0.0011"), (0.001, "1.0000e-03"), (-0.5, "-0.5000"), (np.nan, "nan")],
)
def test_numbers_are_shown_as_in_keras(value, shown):
    assert progress.format_value(value) == shown


def test_validation_stands_last():
    assert progress.format_logs({"val_loss": 1, "zeal": 2, "loss": 3}).split()[1::3] == ["loss:", "zeal:", "val_loss:"]


def test_a_terminal_shows_the_line_of_keras(show):
    assert show().lines() == [f"8/8 {FULL} 2s 250ms/step - accuracy: 0.8750 - loss: 1.1250", ""]


def test_epochs_have_headers_and_validation_ends_the_line(show):
    """Validation, 8 s here, counts for the epoch and not for the step."""
    line = f"8/8 {FULL} 10s 250ms/step - accuracy: 0.8750 - loss: 1.1250 - val_accuracy: 1.2000e-04 - val_loss: 3.0000"
    assert show(epochs=2, validate=True).lines() == ["Epoch 1/2", line, "Epoch 2/2", line, ""]


def test_the_line_on_the_way_tells_what_remains(show):
    """After the first step, which brings preparations along, nobody knows: the time that has passed is told."""
    drawn = show(step=60.0).text.split("\r")
    assert drawn[1].rstrip() == "1/8 ━━────────────────── 60s 60s/step - accuracy: 0.0000e+00 - loss: 2.0000"
    assert drawn[4].rstrip() == "4/8 ━━━━━━━━━━────────── 4:00 60s/step - accuracy: 0.3750 - loss: 1.6250"


def test_what_remains_does_not_jump(monkeypatch, clock):
    """A slow first step counts for nothing that comes; the next epoch begins with what is known from the last."""
    logger, told = ProgbarLogger(1, steps=100), []
    monkeypatch.setattr(logger, "_redraw", lambda line: told.append(line.split()[2]))
    monkeypatch.setattr("sys.stdout", Screen())
    monkeypatch.setenv("TERM", "xterm")
    logger.on_train_begin()
    for epoch in range(2):
        logger.on_epoch_begin(epoch)
        for batch in range(100):
            clock.now += 30.0 if batch == 0 and epoch == 0 else 1.0
            logger.on_train_batch_end(batch)
        logger.on_epoch_end(epoch)
    assert told[:4] == ["30s", "1:38", "1:37", "1:36"]
    assert told[101:104] == ["1:39", "1:38", "1:37"]


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


def test_the_first_epoch_counts_steps_for_the_others(show):
    lines = show(steps=None, epochs=2).lines()
    assert lines[1].startswith("      8/Unknown 2s")
    assert lines[3].startswith(f"8/8 {FULL} 2s")


class Cell(Screen):
    """The output of a cell of a notebook."""

    flushed = 0

    def flush(self):
        self.flushed += 1


Cell.__module__ = "ipykernel.iostream"


def test_in_notebooks_one_line_is_drawn_over(monkeypatch, clock):
    """It is no terminal, has no width, and does not wait for each piece to be sent; it draws less often."""
    cell, logger = Cell(terminal=False), ProgbarLogger(1, steps=8)
    monkeypatch.setattr("sys.stdout", cell)
    monkeypatch.setenv("COLUMNS", "20")
    logger.on_train_begin()
    logger.on_epoch_begin(0)
    for batch in range(8):
        clock.now += 0.125
        logger.on_train_batch_end(batch, {"loss": 2.0})
    logger.on_epoch_end(0, {"loss": 1.0})
    assert cell.lines() == [f"8/8 {FULL} 1s 125ms/step - loss: 1.0000", ""]
    assert (cell.text.count("\r"), cell.flushed) == (5, 0)


@pytest.mark.parametrize(("given", "told", "expected"), [(None, 0, 0), (None, "auto", 1), (None, 2, 2), (1, 0, 1)])
def test_how_much_is_shown_is_said_to_fit_or_to_the_logger(given, told, expected):
    logger = ProgbarLogger(given)
    logger.set_params({"verbose": told, "epochs": 1, "steps": 1})
    assert logger.verbose == expected


@pytest.mark.parametrize(
    ("terminal", "verbose", "steps"), [(True, 1, 8), (True, 2, 8), (False, 1, 8), (False, 1, None)]
)
def test_where_nothing_is_drawn_between_batches_nothing_is_asked_for(monkeypatch, terminal, verbose, steps):
    """The validation of an epoch is never drawn."""
    monkeypatch.setattr("sys.stdout", Screen(terminal=terminal))
    monkeypatch.setenv("TERM", "xterm")
    logger = ProgbarLogger(verbose, steps)
    members = CallbackList([logger])
    members.on_train_begin()
    assert members.told_of_batches == (steps is None or (terminal and verbose == 1))
    assert not members.told_of_tests
    members.on_train_end()
    assert members.told_of_batches and members.told_of_tests


def test_it_need_not_be_told_of_each_batch(monkeypatch, clock):
    """What it was not told of counts all the same, in an epoch that goes on in its middle too."""
    screen, logger = Screen(), ProgbarLogger(1, steps=8)
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("TERM", "xterm")
    logger.set_model(SimpleNamespace(optimizer=SimpleNamespace(iterations=100)))
    members = CallbackList([logger])
    members.on_train_begin()
    assert members.told_of_batches and not members.told_of_each_batch
    assert CallbackList([logger, LambdaCallback(on_batch_end=print)]).told_of_each_batch
    for first in (0, 3):
        logger.on_epoch_begin(0)
        for batch in range(first, 8):
            clock.now += 0.25
            logger.model.optimizer.iterations += 1
            if batch in (first, 5):
                logger.on_train_batch_end(batch, {"loss": 2.0})
        logger.on_epoch_end(0, {"loss": 1.0})
    assert screen.lines()[::2] == [f"8/8 {FULL} 2s 250ms/step - loss: 1.0000", ""]
    assert screen.lines()[1] == f"8/8 {FULL} 1s 250ms/step - loss: 1.0000"


def test_steps_that_nobody_was_told_of_are_counted(monkeypatch, clock):
    """A training that is ended in the middle of an epoch says how far it came."""
    screen, logger = Screen(terminal=False), ProgbarLogger(1, steps=8)
    monkeypatch.setattr("sys.stdout", screen)
    logger.set_model(SimpleNamespace(optimizer=SimpleNamespace(iterations=100)))
    logger.on_train_begin()
    logger.on_epoch_begin(0)
    clock.now += 6.0
    logger.model.optimizer.iterations += 3
    logger.on_test_begin()
    clock.now += 4.0
    logger.on_test_end()
    logger.on_epoch_end(0, {"loss": 1.0, "table": np.ones((2, 2))})
    assert screen.text == "3/8 - 10s - 2s/step - loss: 1.0000\n"


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
