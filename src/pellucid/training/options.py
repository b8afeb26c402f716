"""The arguments of `fit` and `evaluate` besides the data, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.callbacks import Callback, ProgbarLogger
from pellucid.checks import is_number, whole
from pellucid.errors import ArgumentError, shown
from pellucid.frozen import Frozen
from pellucid.training.predicting import is_silent


class FitOptions(Frozen):
    """The arguments of `fit` besides the data; see there.

    Raises:
        ArgumentError: one is out of range.
    """

    batch_size: int | None
    epochs: int
    verbose: str | int
    callbacks: Callback | Sequence[Callback] | None
    validation_split: float
    validation_data: tuple[Any, Any] | None
    shuffle: bool
    initial_epoch: int

    def __post_init__(self) -> None:
        for name, value, minimum in (("epochs", self.epochs, 1), ("initial_epoch", self.initial_epoch, 0)):
            whole("", name, value, minimum)
        if not isinstance(self.shuffle, bool | np.bool_):
            raise ArgumentError(f"shuffle is True or False, got {shown(self.shuffle)}")
        split, data = self.validation_split, self.validation_data
        if not is_number(split) or not 0 <= split < 1:
            raise ArgumentError(f"validation_split must be a fraction from 0 to below 1, got {shown(split)}")
        if data is not None and (not isinstance(data, tuple | list) or len(data) != 2):
            raise ArgumentError(f"validation_data is a pair (x, y), got {type(data).__name__}")


def progress(verbose: str | int, steps: int) -> list[Callback]:
    """Who shows the progress: nobody, or one."""
    silent = is_silent(verbose)
    return [ProgbarLogger(1 if verbose == "auto" else int(verbose), steps=steps)] if not silent else []
