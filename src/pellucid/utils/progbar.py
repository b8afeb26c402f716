"""A line that shows how far a loop of the user's own has come."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pellucid.arraylike import array_that
from pellucid.callbacks.progress import BARS, format_logs, format_step_time
from pellucid.checks import is_whole, number, object_of, several, verbosity, whole
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.processes import is_terminal


class Progbar:
    """A line for a loop of your own: how many steps of how many, and the means of what each step told.

    On a terminal the line grows in its place; elsewhere it is written once, when the last step is made.

    Args:
        target: how many steps there are; None where nobody knows.
        width: of the bar, in characters.
        verbose: 0 shows nothing, 1 the line, 2 the line at the end alone.
        interval: seconds between two drawings.
        stateful_metrics: names of values that are shown as they are, no means of them.
        unit_name: what a step is called.

    Raises:
        ArgumentError: a number is out of range.

    Example:
        >>> bar = Progbar(2, verbose=2)
        >>> bar.add(1, [("loss", 3.0)])
        >>> bar.add(1, [("loss", 1.0)])  # doctest: +ELLIPSIS
        2/2 - 0s - ...s/step - loss: 2.0000

    Source: keras.utils.Progbar.
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        self.target = (
            None if target is None or (is_whole(target) and target == -1) else whole("Progbar", "target", target, 1)
        )
        self.width = whole("Progbar", "width", width, 1)
        self.verbose = verbosity("Progbar", verbose)
        self.interval = number("Progbar", "interval", interval, 0.0)
        self.stateful_metrics = set(_names(stateful_metrics))
        self.unit_name = object_of("Progbar: unit_name", unit_name, str, "a text")
        self.seen_so_far = 0
        self._sums: dict[str, tuple[float, float]] = {}
        self._started, self._drawn, self._is_open = time.perf_counter(), 0.0, False

    def update(
        self, current: int, values: Sequence[tuple[str, Any]] | None = None, finalize: bool | None = None
    ) -> None:
        """Say that so many steps have been made, and what the last ones told.

        Args:
            current: the number of steps so far.
            values: pairs of a name and a number, which holds for the steps since the last call.
            finalize: whether the line is ended; by default where `current` reaches the target.
        """
        steps = whole("Progbar.update", "current", current, 0) - self.seen_so_far
        for pair in [] if values is None else several("Progbar.update", "values", values, "pairs (name, number)"):
            if not isinstance(pair, tuple | list) or len(pair) != 2:
                raise ArgumentError(f"Progbar.update: values are pairs (name, number), got {shown(pair)}")
            name, value = str(pair[0]), float(np.mean(array_that("Progbar.update: a value", pair[1])))
            total, count = (0.0, 0.0) if name in self.stateful_metrics else self._sums.get(name, (0.0, 0.0))
            weight = 1 if name in self.stateful_metrics else max(steps, 1)
            self._sums[name] = total + value * weight, count + weight
        self.seen_so_far = current
        self._show(self.target is not None and current >= self.target if finalize is None else bool(finalize))

    def add(self, n: int, values: Sequence[tuple[str, Any]] | None = None) -> None:
        """Say that `n` more steps have been made; see `update`."""
        self.update(self.seen_so_far + n, values)

    def _show(self, is_last: bool) -> None:
        now, is_live = time.perf_counter(), self.verbose == 1 and is_terminal(sys.stdout)
        if sys.stdout is None or not self.verbose or not (is_last or (is_live and now - self._drawn >= self.interval)):
            return
        self._drawn = now
        of = "" if self.target is None else f"/{self.target}"
        share = 0 if self.target is None else round(self.width * min(1.0, self.seen_so_far / self.target))
        drawn = f" {BARS[0][0] * share}" + " " * (self.width - share) if is_live and self.target is not None else ""
        step = format_step_time((now - self._started) / max(1, self.seen_so_far)).replace("step", self.unit_name)
        told = {name: total / count for name, (total, count) in self._sums.items()}
        line = f"{self.seen_so_far}{of}{drawn} - {now - self._started:.0f}s - {step}{format_logs(told)}"
        sys.stdout.write(f"\r\x1b[K{line}" if is_live else line)
        sys.stdout.write("\n" if is_last else "")
        sys.stdout.flush()


def _names(value: Any) -> list[str]:
    """The names of metrics that came, none for None."""
    names = [] if value is None else list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
    for name in names:
        if not isinstance(name, str):
            raise ArgumentTypeError(f"Progbar: stateful_metrics must be names of metrics, got {shown(value)}")
    return names
