"""The arguments of `fit`, `evaluate` and `predict` besides the data, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.callbacks import Callback, CallbackList, ProgbarLogger
from pellucid.checks import is_number, whole
from pellucid.errors import ArgumentError, shown
from pellucid.frozen import Frozen


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


def is_silent(verbose: object) -> bool:
    """Whether nothing is to be shown; raises `ArgumentError` unless it is 0, 1, 2 or "auto"."""
    if not isinstance(verbose, str | int | np.integer | np.bool_) or verbose not in ("auto", 0, 1, 2):
        raise ArgumentError(f"verbose is 0, 1, 2 or 'auto', got {shown(verbose)}")
    return verbose == 0


def told_of_pass(model: Any, members: Sequence[Callback], verbose: str | int, epochs: int, steps: int) -> CallbackList:
    """The callbacks of a pass over batches, one that shows its progress among them; all know model and params.

    Args:
        model: whom they are told of.
        members: that were given; a `ProgbarLogger` among them is the one that shows the progress.
        verbose: how, see `Model.fit`.
        epochs: the number of the last one.
        steps: batches in each.

    Raises:
        ArgumentError: `verbose` is none that is known.
    """
    is_shown = is_silent(verbose) or any(isinstance(member, ProgbarLogger) for member in members)
    progress = [] if is_shown else [ProgbarLogger(1 if verbose == "auto" else int(verbose), steps=steps)]
    callbacks = CallbackList([*members, *progress], model=model)
    callbacks.set_params({"verbose": verbose, "epochs": epochs, "steps": steps})
    return callbacks
