"""Trainings of the command line that are broken off, as by Ctrl-C."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pellucid.cli import main


@contextmanager
def after_an_epoch() -> Iterator[None]:
    """`pellucid train` is broken off behind its first epoch."""
    fit = main.train.__globals__["_fit"]

    def interrupted(task: object, epochs: int, *others: object) -> None:
        fit(task, 1, *others)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(main.train.__globals__, "_fit", interrupted)
        yield
