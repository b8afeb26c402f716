"""Everything about a training that a kill may not lose, as one record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Self

import numpy as np

from pellucid.checks import is_whole
from pellucid.errors import ArgumentError, shown
from pellucid.frozen import Frozen


class Sums(Frozen, eq=False):
    """What loss and metrics have counted so far in an epoch.

    Args:
        drained: sums in float64, by the name of the number that is told and of the sum.
        live: what is still in the engine, float32, likewise.
        steps: made since the last drain.
        counted: in these.
    """

    drained: Mapping[str, Mapping[str, np.ndarray]]
    live: Mapping[str, Mapping[str, np.ndarray]]
    steps: int
    counted: int


class Resumption(Frozen, eq=False):
    """Where a training that was restored goes on.

    Args:
        epoch: which one is under way, from 0.
        batch: the next one of that epoch.
        batches: how many it has, where that is known.
        sums: of loss and metrics so far in that epoch.
        callbacks: what each kept.
    """

    epoch: int
    batch: int
    batches: int | None
    sums: Sums | None
    callbacks: Mapping[str, Any]


class RunState(Frozen, eq=False):
    """A training between two steps: whoever restores it goes on as if nothing had happened.

    On the same engine and instruction set the weights that come of it are the same to the bit. The arrays are copies;
    weights are named by their paths, so that a model that was built anew takes them.

    Args:
        weights: of the model, by path ("inner/conv2d/kernel"); see `Recorded.capture` of those that are in shares.
        slots: what the optimiser remembers of each trained weight, by the weight's path and the slot's name.
        sums: of loss and metrics, for the epoch that is under way; None where none was begun.
        step: how many training steps were made.
        epoch: which one is under way, from 0.
        batch: the next one of that epoch.
        batches: how many an epoch has, where that is known.
        optimizer: the name of its class.
        seed: of the model: decides the order of samples and what random layers draw.
        learning_rate: of the optimiser, or the record of its schedule.
        callbacks: what each keeps, by class ("EarlyStopping", "EarlyStopping 2"); empty where none were told.
        frozen: the paths of the weights whose layers are frozen; None where the record does not say (it is older).
        held: of weights with single filters that are frozen, by path, True where they are; None likewise.
        stories: how the weights of each layer came about, by the layer's path; None likewise.
        about: what the training was made of (data, batch size, loss, ...), in words and digests; None likewise.
        trainings: how many there were before that began with the first epoch; each has orders of samples of its own.
    """

    weights: Mapping[str, np.ndarray]
    slots: Mapping[str, Mapping[str, np.ndarray]]
    sums: Sums | None
    step: int
    epoch: int
    batch: int
    batches: int | None
    optimizer: str
    seed: int
    learning_rate: float | Mapping[str, Any]
    callbacks: Mapping[str, Any]
    frozen: Sequence[str] | None = None
    held: Mapping[str, np.ndarray] | None = None
    stories: Mapping[str, Any] | None = None
    about: Mapping[str, str] | None = None
    trainings: int = 0

    def plain(self) -> dict[str, Any]:
        """All of it as dictionaries and arrays, as files hold it."""
        return {**vars(self), "sums": None if self.sums is None else dict(vars(self.sums))}

    @classmethod
    def of(cls, plain: Any) -> Self:
        """What `plain` gave, or a file holds, as a record.

        Raises:
            ArgumentError: it is none; says what is wrong.
        """
        told = {**_LATER, **plain} if isinstance(plain, Mapping) else plain
        record = _fields_of(cls, told, "a record of a training")
        for name, minimum in (("step", 0), ("epoch", 0), ("batch", 0), ("seed", 0), ("trainings", 0)):
            _check(is_whole(record[name]) and record[name] >= minimum, name, record[name])
        _check(record["batches"] is None or is_whole(record["batches"]), "batches", record["batches"])
        _check(isinstance(record["optimizer"], str), "optimizer", record["optimizer"])
        _check(isinstance(record["callbacks"], Mapping), "callbacks", record["callbacks"])
        _check(isinstance(record["learning_rate"], float | Mapping), "learning_rate", record["learning_rate"])
        _check(_are_arrays(record["weights"]), "weights", record["weights"])
        _check(_are_all_arrays(record["slots"]), "slots", record["slots"])
        _check(record["frozen"] is None or _are_texts(record["frozen"]), "frozen", record["frozen"])
        _check(record["held"] is None or _are_arrays(record["held"]), "held", record["held"])
        _check(record["stories"] is None or isinstance(record["stories"], Mapping), "stories", record["stories"])
        about = record["about"]
        _check(about is None or (isinstance(about, Mapping) and _are_texts(list(about.values()))), "about", about)
        if record["sums"] is not None:
            sums = _fields_of(Sums, record["sums"], "sums of loss and metrics")
            for name in ("drained", "live"):
                _check(_are_all_arrays(sums[name]), name, sums[name])
            for name in ("steps", "counted"):
                _check(is_whole(sums[name]), name, sums[name])
            record["sums"] = Sums(**sums)
        return cls(**record)


_LATER = {"frozen": None, "held": None, "stories": None, "about": None, "trainings": 0}
"""What records did not hold at first."""


def _fields_of(cls: type[Frozen], plain: Any, what: str) -> dict[str, Any]:
    names = [field.name for field in fields(cls)]
    if not isinstance(plain, Mapping) or set(plain) != set(names):
        came = f"one with {', '.join(map(str, plain))}" if isinstance(plain, Mapping) else shown(plain)
        raise ArgumentError(f"{what} is a dictionary with {', '.join(names)}, got {came}")
    return dict(plain)


def _check(is_right: bool, name: str, value: Any) -> None:
    if not is_right:
        raise ArgumentError(f"a record of a training: {name} cannot be {shown(value)}")


def _are_arrays(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(array, np.ndarray) for array in value.values())


def _are_texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)


def _are_all_arrays(value: Any) -> bool:
    return isinstance(value, Mapping) and all(map(_are_arrays, value.values()))
