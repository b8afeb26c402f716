"""How the values of a weight came about: drawn, handcrafted, loaded, transferred, and trained for how many steps.

A weight keeps a `Story`. It costs nothing while training: steps are counted already (`Steps`), and a story only notes
from which count on its weight was trained. What is shown, kept in files and compared is a `Provenance`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Self

import numpy as np

from pellucid import initializers
from pellucid.errors import ArgumentError, escaped, shown
from pellucid.frozen import Frozen
from pellucid.initializers import Constant, Filterbank, Identity, Initializer, Ones, VarianceScaling, Zeros
from pellucid.initializers.drawn import RandomInitializer, RandomNormal, RandomUniform
from pellucid.naming import is_ours

HOW = ("drawn", "filled", "handcrafted", "set", "loaded", "transferred", "restored")
MOST_EVENTS = 1024
"""More of them in one story are told as one."""
LONGEST = 200  # letters of what an event tells
_FILLING = (Constant, Identity, Ones, Zeros)


class Event(Frozen):
    """One thing that gave a weight its values, and the training that followed.

    Args:
        how: "drawn", "filled" (with one number, say), "handcrafted", "set", "loaded", "transferred" or "restored".
        by: the initialiser, the name of the kernel, the file, the model.
        place: the layer, or the weight, in the file or the model.
        settings: of the initialiser that drew, in Keras's words.
        seed: of the numbers that were drawn.
        fans: fan-in and fan-out of the weight.
        in_part: whether it gave some of the values only.
        steps: of training that followed, up to the next event.

    Example:
        >>> print(Event("handcrafted", "sobel_x", steps=3))
        handcrafted: sobel_x; trained for 3 steps
    """

    how: str
    by: str = ""
    place: str = ""
    settings: tuple[tuple[str, Any], ...] = ()
    seed: int | None = None
    fans: tuple[int, int] | None = None
    in_part: bool = False
    steps: int = 0

    def __str__(self) -> str:
        joint = {"handcrafted": ": ", "loaded": " from ", "transferred": " from ", "restored": " from "}
        text = self.how + (f"{joint.get(self.how, ' by ')}{self.by}" if self.by else "")
        told = [self.place] if self.place else []
        told += [f"{name} {value:.5g}" for name, value in self.spread.items()]
        told += [f"fan-in {self.fans[0]}, fan-out {self.fans[1]}"] if self.fans and self.how == "drawn" else []
        told += [f"seed {self.seed}"] if self.seed is not None else []
        text += f" ({', '.join(told)})" if told else ""
        text += " (in part)" if self.in_part else ""
        return text + (f"; trained for {self.steps:,} step{'s' * (self.steps != 1)}" if self.steps else "")

    @property
    def initializer(self) -> Initializer | None:
        """One that draws as the one that drew these values; None where none of the library's did."""
        kind = getattr(initializers, self.by, None) if self.how == "drawn" and self.by in initializers.__all__ else None
        if not (isinstance(kind, type) and issubclass(kind, RandomInitializer)):
            return None
        return kind(**{**dict(self.settings), "seed": self.seed})

    @property
    def spread(self) -> dict[str, float]:
        """How far numbers spread that are drawn so: their "limit" if uniform, else their "stddev"."""
        drawing = self.initializer
        if isinstance(drawing, VarianceScaling) and self.fans is not None:
            n = {"fan_in": self.fans[0], "fan_out": self.fans[1]}.get(drawing.mode, sum(self.fans) / 2)
            variance = drawing.scale / max(1.0, n)
            is_uniform = drawing.distribution == "uniform"
            return {"limit": (3 * variance) ** 0.5} if is_uniform else {"stddev": variance**0.5}
        if isinstance(drawing, RandomUniform):
            return {"from": drawing.minval, "to": drawing.maxval}
        return {"stddev": drawing.stddev} if isinstance(drawing, RandomNormal) else {}

    def plain(self) -> dict[str, Any]:
        """What is not as usual, as files hold it."""
        told = {name: value for name, value in vars(self).items() if value != _USUAL[name]}
        return {name: value[:LONGEST] if isinstance(value, str) else value for name, value in told.items()}

    @classmethod
    def of(cls, plain: Any) -> Self:
        """The event of which `plain` gave this; raises `ArgumentError` where it is none."""
        told = {**_USUAL, **plain} if isinstance(plain, Mapping) else {}
        fans, settings = told.get("fans"), told.get("settings", ())
        is_right = (
            told.keys() == _USUAL.keys()
            and told["how"] in HOW
            and all(isinstance(told[name], str) and len(told[name]) <= LONGEST for name in ("by", "place"))
            and (told["seed"] is None or _is_count(told["seed"]))
            and (fans is None or (isinstance(fans, list | tuple) and len(fans) == 2 and all(map(_is_count, fans))))
            and _are_settings(settings)
            and isinstance(told["in_part"], bool)
            and _is_count(told["steps"])
        )
        if not is_right:
            raise ArgumentError(f"how the values of a weight came about cannot be {shown(plain)}")
        told |= {"fans": None if fans is None else tuple(fans)}
        told |= {"settings": tuple((n, tuple(v) if isinstance(v, list) else v) for n, v in settings)}
        event = cls(**told)
        try:
            event.spread  # noqa: B018 - raises where an initialiser has no such settings
        except TypeError:
            raise ArgumentError(f"there is no {event.by} of {shown(settings)}, which drew a weight") from None
        return event


_USUAL = {"how": "", **{each.name: each.default for each in fields(Event) if each.name != "how"}}


HANDED = Event("set", "weights=")
"""What a weight tells that was handed to its layer when that was made."""


class Provenance(Frozen):
    """How the values of a filter, or of a whole weight, came about.

    Args:
        events: one or more, in order; the first gave all values, the others changed them or brought them here.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.Conv2D(4, 3, kernel_initializer="zeros", name="c")
        >>> layer.build((None, 8, 8, 1))
        >>> detector = layer.filter(3).set("sobel_x")
        >>> print(detector.provenance, "|", layer.filter(0).provenance)
        handcrafted: sobel_x | filled by Zeros
        >>> detector.provenance.how, detector.provenance.by, detector.provenance.steps
        ('handcrafted', 'sobel_x', 0)

    Source: what papers report as initialisation and training of a layer, kept beside the numbers.
    """

    events: tuple[Event, ...]

    @property
    def how(self) -> str:
        """Where the values began: "drawn", "handcrafted", "set" and so on, see `Event`."""
        return self.events[0].how

    @property
    def by(self) -> str:
        """What gave the first values: the initialiser, the name of the kernel, the file, the model."""
        return self.events[0].by

    @property
    def seed(self) -> int | None:
        """Of the numbers that were drawn at first."""
        return self.events[0].seed

    @property
    def fans(self) -> tuple[int, int] | None:
        """Fan-in and fan-out of the weight that was drawn."""
        return self.events[0].fans

    @property
    def limit(self) -> float | None:
        """The magnitude that no drawn number exceeded, of a uniform draw; None of others."""
        return self.events[0].spread.get("limit")

    @property
    def steps(self) -> int:
        """How many training steps have changed the values since the first of them."""
        return sum(event.steps for event in self.events)

    def __str__(self) -> str:
        return "; ".join(map(str, self.events))


class Steps:
    """Counts the training steps of one network.

    Attributes:
        step: the number of the next one; whoever compiles anew, or goes on from a record, sets it.
    """

    __slots__ = ("_jumped", "step")

    def __init__(self) -> None:
        self.step = self._jumped = 0

    @property
    def made(self) -> int:
        """How many were made since this counts, whatever their numbers were."""
        return self.step + self._jumped

    def jump(self, step: int) -> None:
        """Let the next step have this number; as many were made as before."""
        self._jumped += self.step - step
        self.step = step


class _Chapter:
    """What gave values, where in the weight, and the steps that followed: by what was held off from them."""

    def __init__(self, events: Sequence[Event], part: np.ndarray | None = None) -> None:
        self.events, self.part = tuple(events), part
        self.spells: dict[bytes, tuple[np.ndarray | None, int]] = {}

    def train(self, held: np.ndarray | None, steps: int) -> None:
        key = b"" if held is None else repr(held.shape).encode() + held.tobytes()
        self.spells[key] = (held, self.spells.get(key, (None, 0))[1] + steps)

    def steps(self, mine: np.ndarray | None) -> int:
        """How many of the steps trained what is `mine`, all of it if None."""
        return sum(n for held, n in self.spells.values() if held is None or not _covers(held, mine))


class Story:
    """What is kept at a weight: who gave it values, and since when whose steps train it."""

    def __init__(self, *events: Event) -> None:
        self._chapters = [_Chapter(events)]
        self._live: dict[Steps, tuple[int, np.ndarray | None]] = {}

    # Told by whoever writes.

    def begin(self, *events: Event) -> None:
        """All values are new."""
        self._settle()
        self._chapters = [_Chapter(events)]

    def change(self, event: Event, part: np.ndarray) -> None:
        """Some values are new: where `part`, which broadcasts to the weight, is True. Nowhere: it says that alone."""
        if part.all():
            self.begin(event)
            return
        self._settle()
        if len(self._chapters) >= MOST_EVENTS:
            self.begin(Event("set", "many hands, part by part"))
        kept = [self._chapters[0]]
        for chapter in self._chapters[1:]:
            if chapter.part is not None and chapter.part.shape == part.shape and (part | ~chapter.part).all():
                for held, steps in chapter.spells.values():  # nothing of it is left but the steps of the others
                    kept[-1].train(held, steps)
            else:
                kept.append(chapter)
        self._chapters = [*kept, _Chapter([event], part)]

    def follow(self, other: Story, event: Event) -> None:
        """All values come from another weight, of the same shape."""
        copied = other.__getstate__()["_chapters"]
        self.begin()
        self._chapters = [*copied, _Chapter([event], np.zeros((), bool))]

    def arrive(self, told: Sequence[tuple[np.ndarray | None, Sequence[Event]]], event: Event) -> None:
        """Values come with the stories that their parts had, and by this event."""
        self.begin(*(told[0][1] if told else ()), event)
        self._chapters += [_Chapter([*events, event], part) for part, events in told[1:]]

    def resume(self, earlier: Story) -> None:
        """All values are again those that they were when this copy was made."""
        self._settle()
        self._chapters = earlier.__getstate__()["_chapters"]

    # Told by whoever trains.

    def train_by(self, counter: Steps, held: np.ndarray | None) -> None:
        """From now on the steps of this counter train the weight, all but what is held off."""
        self.rest_from(counter)
        self._live[counter] = (counter.made, held)

    def rest_from(self, counter: Steps) -> None:
        """From now on the steps of this counter do not."""
        start, held = self._live.pop(counter, (counter.made, None))
        if counter.made != start:
            self._chapters[-1].train(held, counter.made - start)

    def step(self, held: np.ndarray | None, steps: int = 1) -> None:
        """Steps were made by somebody who does not count."""
        if steps:
            self._chapters[-1].train(held, steps)

    def _settle(self) -> None:
        for counter, (_, held) in list(self._live.items()):
            self.train_by(counter, held)

    # Asked.

    def of(self, mine: np.ndarray | None = None) -> Provenance:
        """How what is `mine` of the weight came about: True there, of a shape that broadcasts; all of it if None."""
        self._settle()
        events: list[Event] = []
        for chapter in self._chapters:
            is_all = chapter.part is None or _covers(chapter.part, mine)
            if is_all:
                events = list(chapter.events)
            elif chapter.part is not None and _meets(chapter.part, mine):
                events += [replace(each, in_part=True) for each in chapter.events]
            elif chapter.part is not None and not chapter.part.any():
                events += chapter.events
            steps = chapter.steps(mine)
            if steps and events:
                events[-1] = replace(events[-1], steps=events[-1].steps + steps)
        return Provenance(tuple(events) or (Event("set"),))

    @property
    def is_one(self) -> bool:
        """Whether all parts of the weight have the same story."""
        self._settle()
        held = (held for chapter in self._chapters for held, _ in chapter.spells.values())
        return all(c.part is None or not c.part.any() for c in self._chapters) and all(part is None for part in held)

    def __getstate__(self) -> dict[str, Any]:
        """Copies are trained by nobody yet."""
        self._settle()
        copied = []
        for chapter in self._chapters:
            copied.append(_Chapter(chapter.events, chapter.part))
            copied[-1].spells = dict(chapter.spells)
        return {"_chapters": copied, "_live": {}}


def drawn_by(initializer: Initializer, shape: Sequence[int]) -> Event:
    """What is told of values that an initialiser gave to a weight of a shape.

    Example:
        >>> from pellucid.initializers import GlorotUniform
        >>> print(drawn_by(GlorotUniform(seed=5), (3, 3, 1, 32)))
        drawn by GlorotUniform (limit 0.14213, fan-in 9, fan-out 288, seed 5)
    """
    name = type(initializer).__name__
    if isinstance(initializer, RandomInitializer) and is_ours(type(initializer)):
        config = initializer.get_config()
        seed = config.pop("seed", None)
        settings = tuple((n, tuple(v) if isinstance(v, list) else v) for n, v in config.items())
        return Event(
            "drawn", name, "", settings, initializer._drawn_seed if seed is None else seed, fans_of(initializer, shape)
        )
    if isinstance(initializer, _FILLING):
        return Event("filled", repr(initializer) if isinstance(initializer, Constant) else name)
    if isinstance(initializer, Filterbank):
        return Event("handcrafted", repr(initializer)[:LONGEST])
    is_array = name == "ArrayInitializer"
    return Event("handcrafted", "an array") if is_array else Event("drawn", repr(initializer)[:LONGEST])


def fans_of(initializer: Initializer, shape: Sequence[int]) -> tuple[int, int]:
    """Fan-in and fan-out by the axes that an initialiser takes for inputs and outputs."""
    axes = (getattr(initializer, "input_axes", None), getattr(initializer, "output_axes", None))
    return initializers.fans(shape, *axes)


def part_at(shape: Sequence[int], index: Any) -> np.ndarray:
    """What of a weight an index means, as narrow as it can be written: of length 1 along axes where it is the same.

    Example:
        >>> part_at((3, 3, 1, 4), (..., 1)).tolist()
        [[[[False, True, False, False]]]]
    """
    part = np.zeros(shape, bool)
    part[index] = True
    for axis in range(part.ndim):
        first = part.take([0], axis)
        part = first if (part == first).all() else part
    return part


def file_name(path: object) -> str:
    """The name of a file as a story tells it, without its folder."""
    return escaped(str(path)).replace("\\", "/").rpartition("/")[2][:LONGEST]


def _covers(part: np.ndarray, mine: np.ndarray | None) -> bool:
    return bool(part.all() if mine is None else (part | ~mine).all())


def _meets(part: np.ndarray, mine: np.ndarray | None) -> bool:
    return bool(part.any() if mine is None else (part & mine).any())


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _are_settings(value: Any) -> bool:
    pairs = (
        isinstance(value, list | tuple)
        and len(value) <= 16
        and all(isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[0], str) for pair in value)
    )
    return pairs and all(isinstance(v, int | float | str | list | tuple | None) for _, v in value)
