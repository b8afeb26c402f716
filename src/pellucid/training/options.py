"""The arguments of `fit`, `evaluate` and `predict` besides the data, checked."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from pellucid import processes
from pellucid.callbacks import Callback, CallbackList, ProgbarLogger
from pellucid.checks import is_number, is_whole, whole
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
    validation_data: Any
    shuffle: bool
    class_weight: Any
    initial_epoch: int
    steps_per_epoch: int | None
    validation_steps: int | None
    validation_batch_size: int | None
    validation_freq: int | Collection[int]

    def __post_init__(self) -> None:
        for name, minimum in (("epochs", 0), ("initial_epoch", 0)):
            whole("", name, getattr(self, name), minimum)
        for name in ("batch_size", "validation_batch_size", "steps_per_epoch", "validation_steps"):
            check_optional(name, getattr(self, name))
        if not isinstance(self.shuffle, bool | np.bool_):
            word = isinstance(self.shuffle, str) and self.shuffle == "batch"
            hint = " (of Keras 2, for data in HDF5 files: read them into an array, np.asarray(x), and take True)" * word
            raise ArgumentError(f"shuffle is True or False, got {shown(self.shuffle)}{hint}")
        split = self.validation_split
        if not is_number(split) or not 0 <= split < 1:
            raise ArgumentError(f"validation_split must be a fraction from 0 to below 1, got {shown(split)}")
        self._check_frequency()

    def _check_frequency(self) -> None:
        given = self.validation_freq
        if isinstance(given, list | tuple | set | frozenset | range):
            if not all(is_whole(epoch) for epoch in given):
                raise ArgumentError(f"validation_freq lists numbers of epochs, from 1, got {shown(given)}")
        else:
            whole("", "validation_freq", given, 1)

    def is_validated(self, epoch: int) -> bool:
        """Whether an epoch, counted from 0, ends with an evaluation of the validation data."""
        given = self.validation_freq
        return (epoch + 1) in given if isinstance(given, Collection) else (epoch + 1) % given == 0


def check_optional(name: str, value: Any) -> int | None:
    """Return a number of batches or samples, >= 1, or None; raise `ArgumentError` otherwise."""
    whole("", name, 1 if value is None else value, 1)
    if value is not None and value > sys.maxsize:
        raise ArgumentError(f"{name} can be {sys.maxsize} at most, got {shown(value)}")
    return None if value is None else int(value)


def is_silent(verbose: object) -> bool:
    """Whether nothing is to be shown; raises `ArgumentError` unless it is 0, 1, 2 or "auto"."""
    if not isinstance(verbose, str | int | np.integer | np.bool_) or verbose not in ("auto", 0, 1, 2):
        raise ArgumentError(f"verbose is 0, 1, 2 or 'auto', got {shown(verbose)}")
    return verbose == 0


def told_of_pass(
    model: Any, members: Sequence[Callback], verbose: str | int, epochs: int, steps: int | None
) -> CallbackList:
    """The callbacks of a pass over batches, one that shows its progress among them; all know model and params.

    Args:
        model: whom they are told of.
        members: that were given; a `ProgbarLogger` among them is the one that shows the progress.
        verbose: how, see `Model.fit`.
        epochs: the number of the last one.
        steps: batches in each, where that is known.

    Raises:
        ArgumentError: `verbose` is none that is known.
    """
    verbose = verbose if processes.is_first() else 0  # one of several processes shows how far they are
    is_shown = is_silent(verbose) or any(isinstance(member, ProgbarLogger) for member in members)
    progress = [] if is_shown else [ProgbarLogger(1 if verbose == "auto" else int(verbose), steps=steps)]
    callbacks = CallbackList([*members, *progress], model=model)
    callbacks.set_params({"verbose": verbose, "epochs": epochs, "steps": steps})
    return callbacks
