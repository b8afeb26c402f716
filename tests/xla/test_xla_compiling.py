"""Ctrl-C is heard while XLA compiles; what was compiled for nobody serves whoever comes next."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, layers
from pellucid.engines.xla import program as programs
from pellucid.engines.xla.compiling import Compiling


class Function:
    """Stands for a function of JAX that takes long to compile."""

    def __init__(self, takes_s: float = 0.0, error: Exception | None = None) -> None:
        self.takes_s, self.error, self.count = takes_s, error, 0

    def lower(self, *arguments: Any) -> Function:
        return self

    def compile(self) -> None:
        self.count += 1
        time.sleep(self.takes_s)
        if self.error is not None:
            raise self.error


def test_what_the_compiler_says_is_raised_where_it_is_waited_for() -> None:
    with pytest.raises(ValueError, match="no such thing"):
        Compiling(Function(error=ValueError("no such thing"))).wait()


def test_who_waits_long_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal alone: others would find a line that they did not expect."""
    monkeypatch.setattr("pellucid.engines.xla.compiling.SAID_AFTER_S", 0.05)
    for is_terminal in (False, True):
        monkeypatch.setattr("sys.stderr.isatty", lambda is_terminal=is_terminal: is_terminal)
        Compiling(Function(0.5)).wait()
        assert ("XLA compiles" in capsys.readouterr().err) == is_terminal


def test_ctrl_c_while_xla_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """The training ends at once, before its first step; trained again, the program is there, compiled once."""
    begun, released, made = threading.Event(), threading.Event(), []

    class Held(Compiling):
        """Begins, and goes on when it is let."""

        def _run(self) -> None:
            made.append(self)
            begun.set()
            released.wait(30)
            super()._run()

    monkeypatch.setattr(programs, "Compiling", Held)
    model = Sequential([layers.Input((4,)), layers.Dense(2)])
    model.compile("sgd", "mse", engine="xla")
    x, y = np.ones((4, 4), np.float32), np.ones((4, 2), np.float32)
    before = model.get_weights()

    def press() -> None:
        begun.wait(30)
        time.sleep(0.5)  # until it is waited for
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press).start()
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, y, verbose=0)
    assert model.optimizer.iterations == 0 and not released.is_set()
    for old, new in zip(before, model.get_weights(), strict=True):
        assert np.array_equal(old, new)
    released.set()
    model.fit(x, y, verbose=0)
    assert model.optimizer.iterations == 1 and len(made) == 1
