"""Progress as text: a live line per epoch on a terminal, one plain line per epoch elsewhere, in Keras's format.

Formatting is in functions of their own; `ProgbarLogger` keeps the time and writes to `sys.stdout`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from pellucid.callbacks.base import Callback, Logs
from pellucid.checks import verbosity, whole

BAR_WIDTH = 20  # characters
INTERVAL = 0.05  # seconds between two drawings of a live line
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
    """Loss and metrics in alphabetical order, those of the validation data last.

    Example:
        >>> format_logs({"loss": 2.5, "accuracy": 0.5})
        ' - accuracy: 0.5000 - loss: 2.5000'
    """
    ordered = sorted((logs or {}).items(), key=lambda item: (item[0].startswith("val_"), item[0]))
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


class ProgbarLogger(Callback):
    """Shows progress on the standard output.

    Args:
        verbose: 0 shows nothing; 1 a live line per epoch, where the output is a terminal, else as 2; 2 one plain line
            per epoch.
        steps: batches per epoch; None takes it from `params`, where it may be unknown too.

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

    def __init__(self, verbose: int = 1, steps: int | None = None) -> None:
        super().__init__()
        self.verbose = verbosity("ProgbarLogger", verbose)
        self.steps = None if steps is None else whole("ProgbarLogger", "steps", steps, 1, sys.maxsize)
        self._live = self._training = self._line_open = False
        self._title, self._bar, self._shown = "", BARS[0], 0
        self._seen, self._started, self._last_step, self._drawn = 0, 0.0, 0.0, 0.0

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Take the number of steps from there, unless it was given."""
        super().set_params(params)
        self.steps = self.steps if self.steps is not None else params.get("steps")

    def on_train_begin(self, logs: Logs = None) -> None:
        """Look at where the output goes."""
        self._training = True
        self._look()

    def on_train_end(self, logs: Logs = None) -> None:
        """End the line of an epoch that was broken off."""
        self._training = False
        self._close()

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Start the epoch's line."""
        epochs = self.params.get("epochs", 1)
        self._start(f"Epoch {epoch + 1}/{epochs}" if epochs > 1 else "")

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Write the epoch's line to the end."""
        self._finish(logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Show the step."""
        self._step(batch, logs)

    def on_test_begin(self, logs: Logs = None) -> None:
        """Start a line, unless this is the validation of an epoch."""
        if not self._training:
            self._look()
            self._start("")

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Show the step, unless this is the validation of an epoch."""
        if not self._training:
            self._step(batch, logs)

    def on_test_end(self, logs: Logs = None) -> None:
        """Write the line to the end, unless this is the validation of an epoch."""
        if not self._training:
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
        is_terminal = stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
        self._live = self.verbose == 1 and is_terminal
        try:
            BARS[0].encode(getattr(stream, "encoding", None) or "utf-8")
            self._bar = BARS[0]
        except (UnicodeEncodeError, LookupError):
            self._bar = BARS[1]

    def _start(self, title: str) -> None:
        self._seen, self._shown, self._drawn = 0, 0, -INTERVAL
        self._started = self._last_step = time.perf_counter()
        self._title = title
        if self._live and title:
            self._write(f"{title}\n")

    def _step(self, batch: int, logs: Logs) -> None:
        now = time.perf_counter()
        self._seen, self._last_step = batch + 1, now
        if self._live and now - self._drawn >= INTERVAL:
            remaining = (self.steps or 0) - self._seen
            clock = format_remaining(self._step_time() * remaining) if self.steps else f"{now - self._started:.0f}s"
            self._redraw(fit_line(terminal_columns(), *self._lines(clock, logs)))
            self._drawn, self._line_open = now, True

    def _finish(self, logs: Logs) -> None:
        elapsed = f"{time.perf_counter() - self._started:.0f}s"
        if self._live:
            with_bar, without_bar = self._lines(elapsed, logs)
            self._redraw(with_bar if len(with_bar) < terminal_columns() else without_bar)
            self._line_open = True
            self._close()
        elif self.verbose:
            title = f"{self._title} - " if self._title else ""
            count = f"{self._seen}/{self.steps or self._seen}"
            self._write(f"{title}{count} - {elapsed} - {format_step_time(self._step_time())}{format_logs(logs)}\n")

    def _step_time(self) -> float:
        """Seconds per step so far, without what follows the last step (validation, callbacks)."""
        return (self._last_step - self._started) / max(1, self._seen)

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
        if sys.stdout is not None:
            sys.stdout.write(text)
            sys.stdout.flush()
