"""What is studied: a model, the samples, and the input of the moment, with a number for each change."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.errors import ArgumentError, FileError, ShapeError, escaped, shown
from pellucid.explorer.entries import Entry, entries_of
from pellucid.explorer.events import Events
from pellucid.explorer.history import History
from pellucid.explorer.learning import Learning
from pellucid.explorer.lessons import Lesson, book_lessons
from pellucid.explorer.live import Live
from pellucid.explorer.making import Making
from pellucid.explorer.samples import Samples, parts_of, rows_of
from pellucid.explorer.scene import Drawing, Scene, SceneNode
from pellucid.explorer.sides import Sides
from pellucid.explorer.training import Training
from pellucid.explorer.turns import Turns
from pellucid.frozen import Frozen
from pellucid.inspection.map_records import FeatureMaps
from pellucid.inspection.own_calls import told_apart
from pellucid.inspection.seen import Seen, look_at
from pellucid.models import Model, load_model
from pellucid.network.paths import layers_by_path
from pellucid.training.door import prepare_inputs
from pellucid.variables import Variable

__all__ = ["Chosen", "Part", "Study"]

_MOST_KEPT = 8


class Part(Frozen, eq=False):
    """What one of the model's inputs is given.

    Args:
        x: without a batch axis, float32, read-only.
        source: where it came from: "sample", "file", "drawing", "camera" or "typed".
        number: of the sample; None for others.
    """

    x: np.ndarray
    source: str
    number: int | None = None


class Chosen(Frozen, eq=False):
    """The input of the moment.

    Args:
        parts: what each of the model's inputs is given.
        label: its class in words; "" where that is not known.
    """

    parts: tuple[Part, ...]
    label: str = ""

    @property
    def x(self) -> Any:
        """One sample as the model takes it, without a batch axis: an array, or a list of one for each input."""
        return [part.x for part in self.parts] if len(self.parts) > 1 else self.parts[0].x

    @property
    def number(self) -> int | None:
        """Of the sample that all of it is from; None where it is from none, or from several."""
        numbers = {part.number for part in self.parts}
        return next(iter(numbers)) if len(numbers) == 1 else None

    @property
    def source(self) -> str:
        """Where it came from; "several" where its parts came from different places."""
        sources = {(part.source, part.number) for part in self.parts}
        return self.parts[0].source if len(sources) == 1 else "several"


class Study:
    """A model under study. Every method may be called by any thread.

    Args:
        model: built.
        samples: the inputs that can be chosen; the first is the input to begin with.
        learning: what it is trained on; None where it is only looked at.
        lessons: further ones, which come before the book's.
        against: another model for the same samples, that it is compared with; None for none.
        keep: a folder in which its training is kept, so that a process that is killed goes on; None for none.
        file: that the model was loaded from, to which its weights can be reset; None for none.

    Attributes:
        opened: the model; where it has a `call` of the user's own, as a network of layers on the same weights.
        training: of the model.
        history: what was edited.
        file: where it came from.
        sides: what is compared with what.
        events: who wants to hear of changes subscribes here.
        live: the filters that pages show while it trains.
        making: what takes long and is being made, such as a report.
        drawing: the uses of its layers, and models inside.
        scene: the network as it is drawn, all models inside open.
        entries: the model's inputs.

    Raises:
        ArgumentError: the model is not built.
        ShapeError: the samples are not what the model takes.
        DataError: they are not what the other model takes.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 3, name="c")])
        >>> study = Study(model, Samples(np.ones((2, 8, 8, 1))))
        >>> study.maps("c").maps.shape, study.version
        ((6, 6, 4), 0)
    """

    def __init__(
        self,
        model: Model,
        samples: Samples,
        learning: Learning | None = None,
        lessons: Sequence[Lesson] = (),
        *,
        against: Model | None = None,
        keep: str | None = None,
        file: Path | None = None,
    ) -> None:
        model.require_built()
        if len(model.inputs) != len(samples.parts):
            raise ShapeError(f"{model.name} has {len(model.inputs)} inputs; the samples have {len(samples.parts)}")
        if against is not None:  # which is to answer to the same samples
            prepare_inputs(samples.first(1)[0], against.built_network(), against.name)
        self.model, self.samples, self.learning, self.events = model, samples, learning, Events()
        self.opened = told_apart(model, list(layers_by_path(model.layers)))
        self.lessons, self.against = (*lessons, *book_lessons()), against
        self._lock, self._turns = threading.RLock(), Turns()
        self._version, self._weights_version, self._maps = 0, 0, dict[str, FeatureMaps]()
        self._seen: Seen | None = None
        self.history, self._beginning = History(), dict[Variable, np.ndarray]()
        self._kept, self.file = dict[Hashable, Any](), file
        self.entries = entries_of(self.opened, samples.parts)
        self._chosen = self._of_sample(0)
        self.drawing = Drawing(self.opened, self._chosen.x)
        self.scene: Scene = self.drawing.scene()
        self.live, self.making = Live(self), Making(self.events)
        self.training, self.sides = Training(self, keep), Sides()

    @property
    def version(self) -> int:
        """How often the input or a weight has changed: what was asked for at the same version is the same."""
        return self._version

    @property
    def weights_version(self) -> int:
        """How often a weight has changed, as far as that was told."""
        return self._weights_version

    @property
    def chosen(self) -> Chosen:
        """The input of the moment."""
        return self._chosen

    @contextlib.contextmanager
    def editing(self) -> Iterator[None]:
        """Inside, nobody else changes the model: the training makes no step, and no other page edits.

        Whoever comes first keeps what the weights were at the beginning.
        """
        with self._turns.taken():
            if not self._beginning:
                self._beginning = {weight: weight.numpy() for weight in self.model.weights}
            yield

    @property
    def beginning(self) -> Mapping[Variable, np.ndarray]:
        """What the weights were before the first edit or step; empty where there was none."""
        return self._beginning

    def saved(self) -> Mapping[Variable, np.ndarray]:
        """What the weights are in the file that the model came from.

        Raises:
            ArgumentError: it came from none, or other weights are there by now.
        """
        if self.file is None:
            raise ArgumentError(f"{self.model.name} did not come from a file")
        try:
            found = load_model(self.file).weights
        except FileError as error:
            raise ArgumentError(str(error).replace(escaped(self.file), escaped(self.file.name))) from error
        if [weight.shape for weight in found] != [weight.shape for weight in self.model.weights]:
            raise ArgumentError(f"{self.file.name} holds another model by now, with other weights")
        return {weight: saved.numpy() for weight, saved in zip(self.model.weights, found, strict=True)}

    def compiled(self) -> Model:
        """The model with a loss: compiled as its training has it, unless it is already.

        Raises:
            ArgumentError: nothing says what its loss is.
        """
        if self.model.stepper is None:
            _ = self.training.ready
        return self.model

    def entry(self, name: str = "") -> Entry:
        """One of the model's inputs by its id; the first by "". Raises `ArgumentError` where there is no such one."""
        found = next((each for each in self.entries if name in ("", each.id)), None)
        if found is None:
            known = ", ".join(each.id for each in self.entries)
            raise ArgumentError(f"{self.model.name} has no input {shown(name)}; there is {known}")
        return found

    def choose_sample(self, number: int, of: str = "") -> None:
        """Take one of the samples as input, or as that `of` the model's inputs; `ArgumentError` if there is none."""
        sample = self._of_sample(number)
        self._take(self._with(self.entry(of), sample.parts[self.entry(of).number]) if of else sample)

    def choose(self, x: np.ndarray, source: str, of: str = "") -> None:
        """Take an array as input, or as that `of` the model's inputs.

        Raises:
            ArgumentError: there is no such input.
            ShapeError: it is not of the shape of the samples.
        """
        entry = self.entry(of)
        if x.shape != entry.shape:
            raise ShapeError(f"{self.model.name}: an input is of shape {entry.shape}, got {x.shape}")
        self._take(self._with(entry, Part(_kept(x), source)))

    def _with(self, entry: Entry, part: Part) -> Chosen:
        """The input of the moment with another part; its class is known where it is all of one sample."""
        parts = list(self._chosen.parts)
        parts[entry.number] = part
        chosen = Chosen(tuple(parts))
        return chosen if chosen.number is None else replace(chosen, label=self.samples.label(chosen.number))

    def node(self, name: str) -> SceneNode:
        """A use of a layer by its id; of a model inside its last. Raises `ArgumentError` for an unknown one."""
        group = self.drawing.groups.get(name)
        node = self.drawing.nodes.get(name if group is None else group.end)
        if node is None:
            raise ArgumentError(f"{self.model.name} has no layer {shown(name)} with maps")
        return node

    def maps(self, name: str) -> FeatureMaps:
        """What a use of a layer, told by its id, answers to the input of the moment.

        Raises:
            ArgumentError: there is no such one, or its answer has more axes than maps have.
        """
        node = self.node(name)
        if node.id not in self.all_maps():
            raise ArgumentError(f"{self.model.name}: what {node.id} answers has no axes that can be drawn as maps")
        return self.all_maps()[node.id]

    def all_maps(self) -> dict[str, FeatureMaps]:
        """The same of all that can be drawn, by id."""
        with self._lock:
            if not self._maps:
                self._maps = self._looked_at()
            return self._maps

    def seen(self) -> Seen:
        """The model with all its layers as one graph; it is the same as long as the study lasts."""
        with self._lock:
            if self._seen is None:
                shapes = [(1, *entry.shape) for entry in self.entries]
                self._seen = Seen(self.opened, shapes, self.scene.paths, training=False, given=False)
            return self._seen

    def _looked_at(self) -> dict[str, FeatureMaps]:
        samples, found = [part.x[np.newaxis] for part in self._chosen.parts], dict[str, FeatureMaps]()
        shapes = tuple(sample.shape for sample in samples)
        seen, run = look_at(self.opened, shapes, self.scene.paths, None, None, training=False, given=False)
        answers = run(samples)
        for entry, sample in zip(self.entries, samples, strict=True):
            with contextlib.suppress(ShapeError):  # of more axes than maps have
                found[entry.id] = seen.input_record(sample, path=entry.id)
        for node in self.drawing.nodes.values():
            with contextlib.suppress(ShapeError):
                if not node.is_input:
                    found[node.id] = seen.record(node.path, node.number_in(seen), answers)
        return found

    def kept(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What is made once and kept until weights change, such as a search that goes on; of much the latest."""
        with self._lock:
            found = self._kept.pop(key, None) or make()
            self._kept[key] = found
            while len(self._kept) > _MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            return found

    def targets(self, numbers: Sequence[int]) -> Any:
        """What is right for some samples, as `fit` takes it: as it was given, as it was held out, or their classes.

        Raises:
            ArgumentError: it is not known.
        """
        if self.samples.targets is not None:
            return rows_of(self.samples.targets, list(numbers))
        return np.stack([np.asarray(self._target(number)) for number in numbers])

    def _target(self, number: int) -> Any:
        """What is right for a sample that came without: as it was held out, or its class."""
        held = () if self.learning is None else self.learning.held_out
        if len(held) == 2 and isinstance(held[1], np.ndarray) and number < len(held[1]):
            parts = zip(parts_of(held[0]), parts_of(self.samples.sample(number)), strict=True)
            if all(np.array_equal(np.asarray(part[number], np.float32), own) for part, own in parts):
                return held[1][number]
        if self.samples.y is None:
            raise ArgumentError(f"{self.samples.name}: what is right for a sample is not known, so there is no loss")
        return int(self.samples.y[number])

    def changed(self, what: str) -> None:
        """Note that "input" or "weights" changed, and tell everybody."""
        with self._lock:
            self._version += 1
            self._weights_version += what == "weights"
            self._maps = {}
            if what == "weights":
                self._kept = {}
        self.events.tell("changed", {"what": what, "version": self._version, "sample": self._chosen.number})

    def _take(self, chosen: Chosen) -> None:
        self._chosen = chosen
        self.changed("input")

    def _of_sample(self, number: int) -> Chosen:
        parts = [Part(_kept(x), "sample", number) for x in parts_of(self.samples.sample(number))]
        return Chosen(tuple(parts), self.samples.label(number))


def _kept(x: np.ndarray) -> np.ndarray:
    array = np.array(x, np.float32)
    array.setflags(write=False)
    return array
