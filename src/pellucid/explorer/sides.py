"""What is compared: the model now, a moment of its training, or another model; and what came of it last."""

from __future__ import annotations

import copy
import threading
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from typing import Any, Protocol

from pellucid.errors import ArgumentError, PellucidError, shown
from pellucid.explorer.moments import Moment
from pellucid.explorer.samples import Samples
from pellucid.explorer.training import Training
from pellucid.frozen import Frozen
from pellucid.inspection import compare, confusion
from pellucid.inspection.comparison import answers_compared
from pellucid.inspection.comparison_records import Comparison, LayerMatch
from pellucid.models import Model
from pellucid.network.paths import weights_by_path
from pellucid.provenance import Event
from pellucid.variables import assign_all

__all__ = ["AGAINST", "MOST_COUNTED", "NOW", "Side", "Sides"]

NOW, AGAINST = "now", "against"
MOST_COUNTED = 2000
"""Samples of which it is counted how many are right."""
_MOST_SAMPLES = 256


class Compared(Protocol):
    """The study in which something is compared."""

    model: Model
    against: Model | None
    samples: Samples
    training: Training

    @property
    def weights_version(self) -> int:
        """How often a weight has changed."""
        ...

    def editing(self) -> AbstractContextManager[None]:
        """Inside, nobody else changes the model."""
        ...


class Side(Frozen, eq=False):
    """A model that is compared; nobody changes it.

    Args:
        name: what it is called on the page.
        model: itself.
        accuracy: the share of the samples that it gets right; None where that is not known.
        step: of the training; None for another model.
    """

    name: str
    model: Model
    accuracy: float | None
    step: int | None = None


class Sides:
    """The two models that were compared last, and what came of it: pages ask for maps and filters of the same two."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sides: dict[tuple[str, int], Side] = {}
        self._found: dict[tuple[Any, ...], Comparison | str] = {}
        self._matched: dict[tuple[Any, ...], LayerMatch | None] = {}

    def side(self, study: Compared, told: str) -> Side:
        """What is told as "now", "against" (the model that was given besides) or the number of a moment.

        Raises:
            ArgumentError: there is no such one.
        """
        key = _key(study, told)
        with self._lock:
            if key not in self._sides:
                while len(self._sides) >= 2:
                    self._sides.pop(next(iter(self._sides)))
                self._sides[key] = _made(study, told)
            self._sides[key] = self._sides.pop(key)
            return self._sides[key]

    def comparison(self, study: Compared, a: str, b: str) -> Comparison:
        """What the two have in common; raises `ArgumentError` where they cannot be compared."""
        one, two = self.side(study, a), self.side(study, b)
        key = _key(study, a), _key(study, b)
        with self._lock:
            if key not in self._found:
                self._found.clear()
                self._matched.clear()
                try:
                    self._found[key] = _compared(one.model, two.model, study.samples.first(_MOST_SAMPLES)[0])
                except PellucidError as error:
                    self._found[key] = str(error)
            found = self._found[key]
        if isinstance(found, str):
            raise ArgumentError(found)
        return found

    def matched(self, study: Compared, a: str, b: str, path: str) -> LayerMatch | None:
        """Which map of a layer is which of the other's, by what they answer; None where that cannot be told."""
        one, two = self.side(study, a), self.side(study, b)
        key = _key(study, a), _key(study, b), path
        with self._lock:
            if key not in self._matched:
                self._matched[key] = None
                with suppress(PellucidError):
                    samples = study.samples.first(_MOST_SAMPLES)[0]
                    [self._matched[key]] = compare(one.model, two.model, samples, layers=[path]).layers
            return self._matched[key]


def _compared(one: Model, two: Model, samples: Any) -> Comparison:
    """Layer by layer, or where that cannot be, as of models that are built otherwise, by what they say."""
    try:
        return compare(one, two, samples)
    except ArgumentError as error:
        why = str(error).removeprefix("compare: ").split("; ")[0]  # behind it stands what to do in a program
        found = answers_compared(one, two, samples, _MOST_SAMPLES)
        return replace(found, notes=(f"Their layers are not compared: {why}.", *found.notes))


def _key(study: Compared, told: str) -> tuple[str, int]:
    return told, study.weights_version if told == NOW else 0


def _made(study: Compared, told: str) -> Side:
    if told == AGAINST:
        if study.against is None:
            raise ArgumentError("there is no other model: give one, pellucid explore MODEL --against OTHER")
        return Side(study.against.name, study.against, _accuracy(study, study.against))
    if told == NOW:
        with study.editing():
            step, model = study.training.step, copy.deepcopy(study.model)
            name = f"now, step {step}" if step else "now"
    else:
        if not (told.isascii() and told.isdecimal() and len(told) < 10):
            raise ArgumentError(f'what is compared is "now", "against" or the number of a moment, got {shown(told)}')
        moment = study.training.course.moments.find(int(told))
        name, step = f"step {moment.step} of run {moment.branch + 1}", moment.step
        with study.editing():
            model = copy.deepcopy(study.model)
        _put(model, moment)
    return Side(name, model, _accuracy(study, model), step)


def _put(model: Model, moment: Moment) -> None:
    """Give a copy the weights of a moment."""
    weights = weights_by_path(model.built_network().layers)
    came = Event("restored", "a moment of its training", f"after step {moment.step}")
    assign_all(list(weights.values()), [moment.state.weights[path] for path in weights], came)


def _accuracy(study: Compared, model: Model) -> float | None:
    """The share of the samples that a model gets right; None where it does not tell classes, or they are not known."""
    samples = study.samples
    if samples.y is None:
        return None
    try:
        return confusion(model, *samples.first(MOST_COUNTED), most=0, batch_size=256).accuracy
    except PellucidError:
        return None
