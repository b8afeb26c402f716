"""Progress as text: a live line per epoch on a terminal, one plain line per epoch elsewhere, in Keras's format.

Formatting is in functions of their own; `ProgbarLogger` keeps the time and writes to `sys.stdout`, or to the log.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Mapping
from typing import Any, TextIO

import numpy as np

from pellucid import legacy, processes
from pellucid.callbacks.base import PACE, Callback, Logs, say
from pellucid.checks import verbosity, whole
from pellucid.config import is_interactive_logging_enabled

BAR_WIDTH = 20  # characters
INTERVAL, IN_NOTEBOOKS = PACE, 0.2  # seconds between two drawings of a live line
NO_END = 10_000  # columns of an output that does not break lines
BARS = ("━─", "=.")  # done and to come; the second where the output cannot take the first


def format_value(value: Any) -> str:
    """A loss or metric as Keras shows it: the mean of several numbers.

    Example:
        >>> format_value(2.29694), format_value(0.00012)
        ('2.2969', '1.2000e-04')
    """
    value = value.mean() if getattr(value, "ndim", 0) else value
    return f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.4e}"


def format_step_time(seconds: float) -> str:
    """The time of one step.

    Example:
        >>> format_step_time(2.0), format_step_time(0.0021), format_step_time(0.00004)
        ('2s/step', '2ms/step', '40us/step')
    """
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s/step"
    return f"{seconds * 1e3:.0f}ms/step" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us/step"


def format_remaining(seconds: float) -> str:
    """How long it will take.

    Example:
        >>> format_remaining(5.4), format_remaining(65), format_remaining(3700)
        ('5s', '1:05', '1:01:40')
    """
    hours, minutes, rest = int(seconds) // 3600, int(seconds) // 60 % 60, int(seconds) % 60
    if seconds > 3600:
        return f"{hours}:{minutes:02d}:{rest:02d}"
    return f"{minutes}:{rest:02d}" if seconds > 60 else f"{rest}s"


def format_logs(logs: Logs) -> str:
    """Loss and metrics in alphabetical order, those of the validation data last; arrays are left out.

    Example:
        >>> format_logs({"loss": 2.5, "accuracy": 0.5})
        ' - accuracy: 0.5000 - loss: 2.5000'
    """
    numbers = [(name, value) for name, value in (logs or {}).items() if np.ndim(value) == 0]
    ordered = sorted(numbers, key=lambda item: (item[0].startswith("val_"), item[0]))
    return "".join(f" - {name}: {format_value(value)}" for name, value in ordered)


def format_bar(done: int, total: int, characters: str) -> str:
    """A bar of `BAR_WIDTH` characters.

    Example:
        >>> format_bar(1, 4, "=.")
        '=====...............'
    """
    filled = BAR_WIDTH * done // total
    return characters[0] * filled + characters[1] * (BAR_WIDTH - filled)


def fit_line(columns: int, with_bar: str, without_bar: str) -> str:
    """The fuller of two lines that fits on a terminal; the shorter one cut off if neither does.

    Example:
        >>> fit_line(12, "1/8 ━━━━ 2s - loss: 1", "1/8 2s - loss: 1")
        '1/8 2s - lo'
    """
    room = columns - 1  # a character in the last column would wrap the cursor on some terminals
    return with_bar if len(with_bar) <= room else without_bar[:room]


def terminal_columns() -> int:
    """The width of the terminal [characters]."""
    import shutil  # only now: it brings all kinds of archives along

    return shutil.get_terminal_size().columns


def is_notebook(stream: TextIO | None) -> bool:
    """Whether an output is that of a cell of a notebook, which goes back to the start of a line as terminals do."""
    return any(cls.__module__.partition(".")[0] == "ipykernel" for cls in type(stream).__mro__)


class ProgbarLogger(Callback):
    """Shows progress on the standard output.

    What remains is told from the second step on, since the first one brings preparations along, as the mean of all
    steps after it, so that it does not jump. Where nothing is drawn between batches it asks for nothing there.

    Args:
        verbose: 0 shows nothing; 1 a live line per epoch, where the output is a terminal or a notebook, else as 2; 2
            one plain line per epoch; None takes it from `params`, as `fit` was told.
        steps: batches per epoch; None takes it from `params`; where it is unknown there too, the first epoch counts.

    Raises:
        ArgumentError: `verbose` or `steps` is none of these.

    Example:
        >>> logger = ProgbarLogger(verbose=2, steps=1)
        >>> logger.on_test_begin()
        >>> logger.on_test_batch_end(0)
        >>> logger.on_test_end({"loss": 0.5})  # doctest: +ELLIPSIS
        1/1 - 0s - ...s/step - loss: 0.5000

    Source: keras.callbacks.ProgbarLogger and keras.utils.Progbar.
    """

    @legacy.accepts_old_spelling("ProgbarLogger")
    def __init__(self, verbose: int | None = None, steps: int | None = None) -> None:
        super().__init__()
        self._verbose = None if verbose is None else verbosity("ProgbarLogger", verbose)
        self.verbose = 1 if self._verbose is None else self._verbose
        self.steps = None if steps is None else whole("ProgbarLogger", "steps", steps, 1, sys.maxsize)
        self._live = self._notebook = self._training = self._line_open = False
        self._title, self._bar, self._shown, self._iterations = "", BARS[0], 0, 0
        self._seen, self._started, self._last_step, self._drawn = 0, 0.0, 0.0, 0.0
        self._after_first = 0.0
        self._before = 0  # batches of the epoch before the first one that it was told of
        self._usual: float | None = None  # seconds per step in the epoch before

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Take from there what was not given."""
        super().set_params(params)
        self.steps = self.steps if self.steps is not None else params.get("steps")
        told = params.get("verbose", 1)
        if self._verbose is None and told is not None:
            self.verbose = 1 if told == "auto" else verbosity("ProgbarLogger", told)

    def on_train_begin(self, logs: Logs = None) -> None:
        """Look at where the output goes."""
        self._training, self._usual = True, None
        self._look()
        self.unhurried_hooks = (ProgbarLogger.on_train_batch_end,)
        between = () if self._live or self.steps is None else (ProgbarLogger.on_train_batch_end,)
        self.idle_hooks = (*between, ProgbarLogger.on_test_batch_end)

    def on_train_end(self, logs: Logs = None) -> None:
        """End the line of an epoch that was broken off."""
        self._training, self.idle_hooks = False, ()
        self._close()

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Start the epoch's line."""
        epochs = self.params.get("epochs", 1)
        self._iterations = self._steps_made()
        self._start(f"Epoch {epoch + 1}/{epochs}" if epochs > 1 else "")

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Write the epoch's line to the end."""
        self._count_steps()
        self._usual = self._step_time()
        self._finish(logs)
        if self.steps is None and self._seen:
            self.steps = self._seen

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Show the step."""
        self._step(batch, logs)

    def on_test_begin(self, logs: Logs = None) -> None:
        """Start a line, unless this is the validation of an epoch."""
        if self._training:
            self._count_steps()
            return
        self._look()
        hook = (ProgbarLogger.on_test_batch_end,) if self.steps else ()
        self.idle_hooks, self.unhurried_hooks = () if self._live else hook, hook
        self._start("")

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Show the step, unless this is the validation of an epoch."""
        if not self._training:
            self._step(batch, logs)

    def on_test_end(self, logs: Logs = None) -> None:
        """Write the line to the end, unless this is the validation of an epoch."""
        if self._training:
            return
        if self.steps and not getattr(self.model, "stop_evaluating", False):
            self._seen, self._last_step = self.steps, time.perf_counter()
        self._finish(logs)

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Start a line."""
        self._look()
        self._start("")

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Show the step."""
        self._step(batch, None)

    def on_predict_end(self, logs: Logs = None) -> None:
        """Write the line to the end."""
        self._finish(None)

    def _look(self) -> None:
        """Decide how to draw: live only on a terminal that can go back to the start of a line."""
        stream = sys.stdout
        self._notebook = is_notebook(stream)
        is_terminal = stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
        self._live = self.verbose == 1 and (is_terminal or self._notebook) and is_interactive_logging_enabled()
        try:
            BARS[0].encode(getattr(stream, "encoding", None) or "utf-8")
            self._bar = BARS[0]
        except (UnicodeEncodeError, LookupError):
            self._bar = BARS[1]

    def _columns(self) -> int:
        return NO_END if self._notebook else terminal_columns()

    def _steps_made(self) -> int:
        """How many steps the model has been trained, if it counts them."""
        return int(getattr(getattr(self.model, "optimizer", None), "iterations", 0))

    def _count_steps(self) -> None:
        """Count the steps of an epoch at its end: of the last ones it may not have been told."""
        made = self._steps_made() - self._iterations + self._before
        if made > self._seen:
            self._seen, self._last_step = made, time.perf_counter()

    def _start(self, title: str) -> None:
        self._seen, self._shown, self._drawn, self._before = 0, 0, -math.inf, 0
        self._started = self._last_step = self._after_first = time.perf_counter()
        self._title = title
        if self._live and title:
            self._write(f"{title}\n")

    def _step(self, batch: int, logs: Logs) -> None:
        now = time.perf_counter()
        if self._last_step == self._started:
            self._after_first = now
            if self._training:  # the batches of an epoch that goes on in its middle
                self._before = batch + 1 - max(1, self._steps_made() - self._iterations)
        self._seen, self._last_step = batch + 1, now
        if self._live and now - self._drawn >= (IN_NOTEBOOKS if self._notebook else INTERVAL):
            self._redraw(fit_line(self._columns(), *self._lines(self._clock(now), logs)))
            self._drawn, self._line_open = now, True

    def _clock(self, now: float) -> str:
        """The time that remains; the time that has passed, where that cannot be known."""
        step = self._step_time() if self._seen > 1 else self._usual
        if not self.steps or step is None:
            return f"{now - self._started:.0f}s"
        return format_remaining(step * max(0, self.steps - self._seen))

    def _finish(self, logs: Logs) -> None:
        elapsed = f"{time.perf_counter() - self._started:.0f}s"
        if self._live:
            with_bar, without_bar = self._lines(elapsed, logs)
            self._redraw(with_bar if len(with_bar) < self._columns() else without_bar)
            self._line_open = True
            self._close()
        elif self.verbose:
            title = f"{self._title} - " if self._title else ""
            count = f"{self._seen}/{self.steps or self._seen}"
            line = f"{title}{count} - {elapsed} - {format_step_time(self._step_time())}{format_logs(logs)}"
            if is_interactive_logging_enabled():
                self._write(f"{line}\n")
            else:
                say(line)

    def _step_time(self) -> float:
        """Seconds per step so far, without the first one, where there are more, and without what follows the last."""
        made = self._seen - self._before
        if made > 1 and self._after_first > self._started:
            return (self._last_step - self._after_first) / (made - 1)
        return (self._last_step - self._started) / max(1, made)

    def _lines(self, clock: str, logs: Logs) -> tuple[str, str]:
        """The live line with and without a bar."""
        count = f"{self._seen:{len(str(self.steps))}d}/{self.steps}" if self.steps else f"{self._seen:7d}/Unknown"
        rest = f" {clock} {format_step_time(self._step_time())}{format_logs(logs)}"
        bar = f" {format_bar(min(self._seen, self.steps), self.steps, self._bar)}" if self.steps else ""
        return count + bar + rest, count + rest

    def _redraw(self, line: str) -> None:
        """Write over the line, and over what is left of a longer one before it."""
        self._write(f"\r{line:{self._shown}s}")
        self._shown = len(line)

    def _close(self) -> None:
        if self._line_open:
            self._write("\n")
        self._line_open = False

    def _write(self, text: str) -> None:
        if sys.stdout is not None and processes.is_first():
            sys.stdout.write(text)
            if not self._notebook:  # whose output is sent every now and then; to flush it is to wait for that
                sys.stdout.flush()
