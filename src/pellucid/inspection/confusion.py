"""What a classifier mistakes for what: the matrix, and the worst mistakes with their maps."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.calls import explained
from pellucid.checks import several, whole
from pellucid.engines import Engine, get_engine
from pellucid.errors import ArgumentError, DataError, ShapeError
from pellucid.frozen import Frozen
from pellucid.graph import Graph
from pellucid.inspection.answers import Answer, emit_answers, key_of
from pellucid.inspection.channels import axes_behind
from pellucid.inspection.feature_maps import feature_maps
from pellucid.inspection.fields import arranged
from pellucid.inspection.given import model_of
from pellucid.inspection.image_samples import shown_input
from pellucid.inspection.log_probabilities import log_probabilities
from pellucid.inspection.map_records import FeatureMaps
from pellucid.inspection.measured import before_activation
from pellucid.inspection.passing import Samples, labels_in, passed
from pellucid.inspection.record import Record, Records, snapshot
from pellucid.inspection.running import Runner
from pellucid.layers import Layer, Softmax
from pellucid.models import Model

__all__ = ["Confusion", "Mistake", "confusion", "mistakes"]

MOST_MISTAKES, LARGEST_COUNT = 24, 100_000
ENDS = ("softmax", "sigmoid", "linear")
"""Activations of which it is known what the numbers before them stand for."""


class Mistake(Record, Frozen, eq=False):
    """A sample that a model takes for another class than its own.

    Args:
        number: of the sample, in the order of the data, from 0.
        name: of its file, "" where it has none.
        image: the sample (spatial..., channels).
        true: the number of its class.
        predicted: the number of the class that the model says.
        probability: that the model gives to what it says.
        loss: -log of the probability that it gives to the sample's own class; NaN where that is not known.
        maps: what layers answer to it, as far as they were asked.
        class_names: by their numbers; () where there are none.

    Example:
        >>> Mistake(7, "", np.ones((2, 2, 1)), 0, 1, 0.75, 1.386, (), ("cat", "dog")).said
        'sample 7 is cat (0.25), taken for dog (0.75)'
    """

    number: int
    name: str
    image: np.ndarray
    true: int
    predicted: int
    probability: float
    loss: float = math.nan
    maps: tuple[FeatureMaps, ...] = ()
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "image", snapshot(self.image, "image of a mistake"))

    @property
    def said(self) -> str:
        """What happened."""
        names = [self.class_names[k] if self.class_names else str(k) for k in (self.true, self.predicted)]
        own = "" if math.isnan(self.loss) else f" ({math.exp(-self.loss):.3g})"
        who = self.name or f"sample {self.number}"
        return f"{who} is {names[0]}{own}, taken for {names[1]} ({self.probability:.3g})"


class Confusion(Record, Frozen, eq=False):
    """What a model says of samples whose classes are known.

    Args:
        class_names: by their numbers.
        counts: samples of each class (rows) by what the model says (columns).
        mistakes: those that the model is surest of, the worst first.
        unanswered: of each class, to how many samples the answer is NaN, as after a training that diverged: it says no
            class, and none of them is right. () where there are no such ones.

    Raises:
        ShapeError: the counts are not square, or there are not as many names.

    Example:
        >>> found = Confusion(("cat", "dog"), np.array([[8, 2], [1, 9]]), ())
        >>> found.accuracy, found.recalls.tolist(), found.samples, found.pairs(1)
        (0.85, [0.8, 0.9], 20, [(0, 1, 2)])
    """

    class_names: tuple[str, ...]
    counts: np.ndarray
    mistakes: tuple[Mistake, ...] = ()
    unanswered: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        counts = snapshot(self.counts, "counts of a confusion")
        if counts.ndim != 2 or counts.shape != (len(self.class_names),) * 2:
            raise ShapeError(f"counts of {len(self.class_names)} classes are square, got {counts.shape}")
        object.__setattr__(self, "counts", counts)

    @property
    def axes(self) -> tuple[str, ...]:
        """What each axis of the counts stands for."""
        return ("true class", "predicted class")

    @property
    def samples(self) -> int:
        """How many answers there were."""
        return int(self.counts.sum()) + sum(self.unanswered)

    @property
    def accuracy(self) -> float:
        """Share of all samples that the model gets right."""
        return float(np.trace(self.counts) / self.samples)

    @property
    def recalls(self) -> np.ndarray:
        """For each class, which share of its samples the model finds; NaN where there are none."""
        return _shares(np.diag(self.counts), self.counts.sum(axis=1) + (self.unanswered or 0))

    @property
    def precisions(self) -> np.ndarray:
        """For each class, which share of those that the model calls so are of it; NaN where it calls none so."""
        return _shares(np.diag(self.counts), self.counts.sum(axis=0))

    def pairs(self, most: int) -> list[tuple[int, int, int]]:
        """What is taken for what, the most frequent first: (true, predicted, how often)."""
        wrong = self.counts * (1 - np.eye(len(self.class_names), dtype=self.counts.dtype))
        order = np.argsort(-wrong, axis=None, kind="stable")[:most]
        found = [divmod(int(place), len(self.class_names)) for place in order]
        return [(true, said, int(wrong[true, said])) for true, said in found if wrong[true, said]]


def _say_nothing(scores: np.ndarray) -> np.ndarray:
    """Which answers have a NaN, by which no class is the largest."""
    return np.asarray(np.isnan(scores).any(axis=-1))


def _shares(part: np.ndarray, of: np.ndarray) -> np.ndarray:
    return np.divide(part, of, out=np.full(len(part), np.nan), where=of > 0)


@explained
def confusion(
    model: Model,
    x: Any,
    y: Any = None,
    class_names: Sequence[str] | None = None,
    *,
    batch_size: int = 32,
    names: Sequence[str] | None = None,
    most: int = MOST_MISTAKES,
    engine: str | Engine | None = None,
) -> Confusion:
    """What a model says of samples whose classes are known; of maps of classes, of all places.

    Args:
        model: a built model with one output: a number for each class, or one number for two classes.
        x: samples (samples, ...), (x, y), or what batches of (x, y) come from, as `evaluate` takes them.
        y: the classes of samples that are arrays: whole numbers, or a row of numbers of which the class's is largest.
        class_names: by the numbers of the classes; by default those that the model was trained on, or the numbers.
        batch_size: of arrays.
        names: of the samples, such as those of their files.
        most: mistakes that are kept, those of whose answer the model is surest, with the input that is a
            picture, or the first.
        engine: who computes, the model's own by default.

    Returns:
        the counts; `views.confusion_figure` and `views.confusion_text` draw them.

    Raises:
        ArgumentError: the model has several outputs, or the names do not fit.
        DataError: the data do not fit the model, there are no classes with them, or none of the model's.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2,)), layers.Dense(2, use_bias=False)])
        >>> model.layers[0].kernel[...] = [[1, 0], [0, 1]]
        >>> found = confusion(model, np.array([[3, 1], [2, 1], [0, 1], [5, 4]]), [0, 0, 1, 1])
        >>> found.counts.tolist(), [mistake.number for mistake in found.mistakes]
        ([[2, 0], [1, 1]], [3])
    """
    told = Classifier(model_of(model, "confusion"), "confusion", class_names, engine)
    kept = whole("confusion", "most", most, 0, LARGEST_COUNT)
    called = None if names is None else [str(each) for each in several("confusion", "names", names, "names")]
    counts, worst = np.zeros((told.count, told.count), np.int64), _Worst(kept)
    unanswered = np.zeros(told.count, np.int64)
    for samples, labels, scores in told.answers(x, y, whole("confusion", "batch_size", batch_size, 1)):
        predicted, none = scores.argmax(axis=-1), _say_nothing(scores)
        np.add.at(counts, (labels[~none], predicted[~none]), 1)
        np.add.at(unanswered, labels[none], 1)
        if labels.ndim == 1:
            worst.add(samples, labels, scores, scores.max(axis=1))
    found = [told.mistake(each, called) for each in worst.sorted()]
    return Confusion(told.names, counts, tuple(found), tuple(unanswered.tolist()) if unanswered.any() else ())


@explained
def mistakes(
    model: Model,
    x: Any,
    y: Any = None,
    class_names: Sequence[str] | None = None,
    *,
    count: int = 9,
    layers: str | Layer | Sequence[str | Layer] | None = None,
    batch_size: int = 32,
    engine: str | Engine | None = None,
) -> Records[Mistake]:
    """The worst mistakes of a classifier, those with the largest loss, with what its layers answer to them.

    Args:
        model: see `confusion`; so are x, y, class_names, batch_size and engine. One answer for each sample.
        x: see there.
        y: see there.
        class_names: see there.
        count: how many mistakes.
        layers: whose maps are kept; by default the last with weights and maps.
        batch_size: see there.
        engine: see there.

    Returns:
        the mistakes, the worst first: those whose own class had the least probability. Fewer, or none, where the model
        makes no more. `views.mistakes_figure` and `views.mistakes_text` draw them.

    Raises:
        ArgumentError: see `confusion`; or a layer is unknown.
        DataError: see there.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2,)), layers.Dense(2, "softmax", use_bias=False)])
        >>> model.layers[0].kernel[...] = [[1, 0], [0, 1]]
        >>> [(each.number, each.predicted) for each in mistakes(model, [[0, 3], [2, 0], [0, 9]], [0, 0, 0])]
        [(2, 1), (0, 1)]
    """
    told = Classifier(model_of(model, "mistakes"), "mistakes", class_names, engine)
    worst = _Worst(whole("mistakes", "count", count, 1, LARGEST_COUNT))
    for samples, labels, scores in told.answers(x, y, whole("mistakes", "batch_size", batch_size, 1)):
        if labels.ndim != 1:
            raise ArgumentError(f"mistakes: {model.name} gives a map of classes; confusion(model, data) counts them")
        worst.add(samples, labels, scores, -np.take_along_axis(scores, labels[:, np.newaxis], axis=1)[:, 0])
    shown, found = told.shown(layers), Records[Mistake]()
    for each in worst.sorted():
        maps = () if shown is None else tuple(feature_maps(model, each.sample, shown, engine=engine))
        found.append(replace(told.mistake(each, None), maps=maps))
    return found


class _Wrong(Frozen, eq=False):
    """A sample that was taken for something else."""

    number: int
    given: tuple[np.ndarray, ...]
    true: int
    scores: np.ndarray

    @property
    def sample(self) -> Any:
        """As a model takes it: an array, or a list of one for each input."""
        return self.given[0] if len(self.given) == 1 else list(self.given)


class _Worst:
    """The mistakes with the largest measure so far."""

    def __init__(self, most: int) -> None:
        self._most, self._found = most, list[tuple[float, int, _Wrong]]()

    def add(self, samples: Samples, labels: np.ndarray, scores: np.ndarray, measure: np.ndarray) -> None:
        """Look at a batch: its classes, the logarithms of probabilities, and how bad a mistake would be."""
        wrong_ones = (scores.argmax(axis=1) != labels) & ~_say_nothing(scores)
        for row in np.flatnonzero(wrong_ones).tolist() if self._most else ():
            item = float(measure[row]), -(samples.first + row)
            if len(self._found) >= self._most and item <= self._found[0][:2]:
                continue
            given = tuple(array[row].copy() for array in samples.given)
            wrong = _Wrong(samples.first + row, given, int(labels[row]), scores[row])
            (heapq.heappush if len(self._found) < self._most else heapq.heappushpop)(self._found, (*item, wrong))

    def sorted(self) -> list[_Wrong]:
        """The worst first; of equals the earlier sample."""
        return [wrong for *_, wrong in sorted(self._found, key=lambda each: (-each[0], -each[1]))]


class Classifier:
    """A model as one that tells classes apart: logarithms of probabilities, batch by batch."""

    def __init__(self, model: Model, function: str, class_names: object, engine: str | Engine | None) -> None:
        model.require_built()
        self._model, self._function, self._engine = model, function, None if engine is None else get_engine(engine)
        network = model.built_network()
        if len(network.outputs) != 1:
            raise ArgumentError(f"{function} takes models with one output, {model.name} has {len(network.outputs)}")
        outputs = network.outputs[0].shape
        if len(outputs) < 2 or outputs[-1] is None:
            raise ArgumentError(f"{function}: {model.name} gives {outputs}, and not a number for each class")
        self._given = int(outputs[-1])
        self.count = max(self._given, 2)
        self.names = self._names(class_names)
        self.shown_input = shown_input(model)
        self.behind = axes_behind(network).get(model.inputs[self.shown_input].call, 0)
        self._runs: dict[tuple[tuple[int, ...], ...], Runner] = {}
        self._last = ""

    def _names(self, given: object) -> tuple[str, ...]:
        trained_on = self._model.trained_on
        known = tuple(trained_on.class_names) if trained_on is not None else ()
        if given is None:
            return known if len(known) == self.count else tuple(map(str, range(self.count)))
        names = [str(each) for each in several(self._function, "class_names", given, "names")]
        if len(names) != self.count:
            raise ArgumentError(f"{self._function}: got {len(names)} class_names for {self.count} classes")
        return tuple(names)

    def mistake(self, wrong: _Wrong, names: Sequence[str] | None) -> Mistake:
        """The record of a mistake, without maps."""
        said = int(wrong.scores.argmax())
        named = names[wrong.number] if names is not None and wrong.number < len(names) else ""
        shares = float(np.exp(wrong.scores[said])), float(-wrong.scores[wrong.true])
        image = arranged(wrong.given[self.shown_input], self.behind)
        return Mistake(wrong.number, named, image, wrong.true, said, *shares, (), self.names)

    def answers(self, data: Any, y: Any, batch_size: int) -> Iterator[tuple[Samples, np.ndarray, np.ndarray]]:
        """Samples, their classes (samples, ...) and logarithms of probabilities (samples, ..., classes)."""
        for samples in passed(self._model, data, y, self._function, batch_size):
            if samples.y is None:
                raise DataError(
                    f"{self._function}: there are no classes with the data; pass (x, y), or batches of (x, y)"
                )
            labels = labels_in(samples.y, self._given if self._given > 1 else 2, self._function)
            scores = self.scores(*samples.given)
            if labels.shape != scores.shape[:-1]:
                raise DataError(
                    f"{self._function}: expected classes of shape {scores.shape[:-1]}, one for each answer of "
                    f"{self._model.name}, got {labels.shape}"
                )
            yield samples, labels, scores

    def scores(self, *given: np.ndarray) -> np.ndarray:
        if (shapes := tuple(x.shape for x in given)) not in self._runs:
            self._runs[shapes] = Runner(self._model, self._emitted(shapes), self._engine)
        return log_probabilities(self._runs[shapes](given)["scores"].astype(np.float64), self._ends)

    def _emitted(self, shapes: tuple[tuple[int, ...], ...]) -> Graph:
        """What the last activation is applied to, where that is a softmax or a sigmoid; else what the model gives."""
        answers = emit_answers(self._model, shapes)
        (output,) = answers.outputs
        last = next((each for each in reversed(answers.each) if key_of(each.tensor) == key_of(output)), None)
        self._ends = "" if last is None else _activation(last)
        if self._ends not in ENDS and self._given == 1:
            raise ArgumentError(
                f"{self._function}: {self._model.name} gives one number behind {self._ends or 'a function'}, and which "
                "numbers stand for class 1 is not clear; end it with a sigmoid, or with no activation"
            )
        before = output if last is None or self._ends not in ENDS else before_activation(last)
        self._ends = "logits" if before is output else self._ends
        answers.graph.outputs = {"scores": before}
        return answers.graph

    def shown(self, layers: Any) -> Any:
        """Whose maps are kept: as told, or the last with maps; None where there is none."""
        if layers is not None:
            return layers
        rank = len(self._model.inputs[self.shown_input].shape)
        if not self._last and rank > 2:
            calls = self._model.built_network().calls
            own = {layer.name: layer for layer in self._model.layers}
            single = [call for call in calls if call.inputs and not isinstance(call.shape, list)]
            fitting = [own[c.layer.name] for c in single if len(c.shape) == rank and c.layer.name in own]
            weighted = [layer for layer in fitting if layer.weights]
            self._last = (weighted or fitting)[-1].name if fitting else ""
        return self._last or None


def _activation(answer: Answer) -> str:
    """What a layer's activation is called, "linear" for none."""
    callee = answer.callee
    function = getattr(callee, "activation", None)
    if function is not None:
        return str(getattr(function, "__name__", type(function).__name__))
    return "softmax" if isinstance(callee, Softmax) else "linear" if isinstance(callee, Layer) else ""
