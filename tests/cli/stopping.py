"""Trainings of the command line that are broken off, as by Ctrl-C."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pellucid.callbacks import Callback
from pellucid.cli import train


@contextmanager
def after_an_epoch() -> Iterator[None]:
    """`pellucid train` is broken off behind its first epoch."""
    fit = train._fit

    def interrupted(task: object, epochs: int, *others: object) -> None:
        fit(task, 1, *others)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "_fit", interrupted)
        yield


class _Ends(Callback):
    """Breaks a training off when an epoch begins."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        if epoch == self.epoch:
            raise KeyboardInterrupt


@contextmanager
def in_epoch(number: int) -> Iterator[None]:
    """`pellucid train` is broken off, and kept, where that epoch begins, counted from 1."""
    fit = train._fit

    def interrupted(task: object, epochs: int, verbose: int, kept_by: list[Callback]) -> None:
        fit(task, epochs, verbose, [_Ends(number - 1), *kept_by])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "_fit", interrupted)
        yield
