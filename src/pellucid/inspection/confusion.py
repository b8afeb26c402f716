"""What a classifier mistakes for what: the matrix, and the worst mistakes with their maps."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.calls import explained
from pellucid.checks import several, whole
from pellucid.engines import Engine, get_engine
from pellucid.errors import ArgumentError, DataError, ShapeError
from pellucid.graph import Graph
from pellucid.inspection.answers import Answer, emit_answers, key_of
from pellucid.inspection.channels import axes_behind
from pellucid.inspection.feature_maps import feature_maps
from pellucid.inspection.fields import arranged
from pellucid.inspection.given import described, model_of
from pellucid.inspection.map_records import FeatureMaps
from pellucid.inspection.measured import before_activation
from pellucid.inspection.passing import Samples, labels_in, passed
from pellucid.inspection.record import Record, Records, snapshot
from pellucid.inspection.running import Runner
from pellucid.layers import Layer, Softmax
from pellucid.models import Model

__all__ = ["Confusion", "Mistake", "confusion", "mistakes"]

MOST_MISTAKES = 1000
ENDS = ("softmax", "sigmoid", "linear")
"""Activations of which it is known what the numbers before them stand for."""


@dataclass(frozen=True, eq=False)
class Confusion(Record):
    """How often which class was taken for which.

    Args:
        model: name of the model.
        matrix: counts (true class, predicted class).
        classes: the names of the classes; "0", "1", ... where none were given.

    Raises:
        ShapeError: the matrix is not square, or there are not as many names.

    Example:
        >>> found = Confusion("net", np.array([[8, 2], [1, 9]]), ("cat", "dog"))
        >>> found.accuracy, found.recall.tolist(), found.samples
        (0.85, [0.8, 0.9], 20)
        >>> found.most_confused(1)
        (('cat', 'dog', 2),)
    """

    model: str
    matrix: np.ndarray
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        matrix = snapshot(self.matrix, "a confusion matrix")
        if matrix.ndim != 2 or matrix.shape != (len(self.classes),) * 2:
            raise ShapeError(f"a confusion matrix of {len(self.classes)} classes is square, got {matrix.shape}")
        object.__setattr__(self, "matrix", matrix)

    @property
    def axes(self) -> tuple[str, ...]:
        """What each axis of the matrix stands for."""
        return ("true class", "predicted class")

    @property
    def samples(self) -> int:
        """How many answers were counted."""
        return int(self.matrix.sum())

    @property
    def accuracy(self) -> float:
        """The share of right answers."""
        return float(np.trace(self.matrix) / self.matrix.sum())

    @property
    def recall(self) -> np.ndarray:
        """Of each class, the share that was recognised (classes,); NaN of a class that did not occur."""
        return _shares(np.diag(self.matrix), self.matrix.sum(axis=1))

    @property
    def precision(self) -> np.ndarray:
        """Of what was taken for each class, the share that was (classes,); NaN where nothing was."""
        return _shares(np.diag(self.matrix), self.matrix.sum(axis=0))

    def most_confused(self, count: int = 5) -> tuple[tuple[str, str, int], ...]:
        """The most frequent mistakes as (true class, predicted class, how often)."""
        wrong = self.matrix * (1 - np.eye(len(self.classes), dtype=self.matrix.dtype))
        order = np.argsort(-wrong, axis=None, kind="stable")[:count]
        pairs = [divmod(int(place), len(self.classes)) for place in order]
        return tuple((self.classes[i], self.classes[j], int(wrong[i, j])) for i, j in pairs if wrong[i, j])


def _shares(part: np.ndarray, of: np.ndarray) -> np.ndarray:
    return np.divide(part, of, out=np.full(len(part), np.nan), where=of > 0)


@dataclass(frozen=True, eq=False)
class Mistake(Record):
    """One sample that was taken for another class.

    Args:
        model: name of the model.
        sample: its number, in the order of the data.
        image: the sample (spatial..., channels).
        true: its class.
        predicted: what it was taken for.
        probabilities: of each class (classes,).
        loss: -log of the probability of its own class.
        maps: what the layers answer to it.
        classes: the names of the classes.

    Example:
        >>> wrong = Mistake("net", 7, np.ones((2, 2, 1)), 0, 1, np.array([0.25, 0.75]), 1.386, (), ("cat", "dog"))
        >>> wrong.said
        'sample 7 is cat (0.25), taken for dog (0.75)'
    """

    model: str
    sample: int
    image: np.ndarray
    true: int
    predicted: int
    probabilities: np.ndarray
    loss: float
    maps: tuple[FeatureMaps, ...]
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        for name in ("image", "probabilities"):
            object.__setattr__(self, name, snapshot(getattr(self, name), f"{name} of a mistake"))

    @property
    def said(self) -> str:
        """What happened."""
        own, other = self.probabilities[self.true], self.probabilities[self.predicted]
        names = self.classes[self.true], self.classes[self.predicted]
        return f"sample {self.sample} is {names[0]} ({own:.3g}), taken for {names[1]} ({other:.3g})"


@explained
def confusion(
    model: Model,
    data: Any,
    y: Any = None,
    *,
    classes: Sequence[str] | None = None,
    batch_size: int = 128,
    engine: str | Engine | None = None,
) -> Confusion:
    """How often a classifier takes which class for which, over all samples (of maps of classes, over all places).

    Args:
        model: a built model with one input and one output: a number for each class, or one number for two classes.
        data: (x, y), samples with `y` beside, or what batches of (x, y) come from, as `evaluate` takes them.
        y: the classes of samples that are arrays: whole numbers, or a row of numbers of which the class's is largest.
        classes: their names.
        batch_size: of arrays.
        engine: who computes, the model's own by default.

    Returns:
        the counts; `views.confusion_figure` and `views.confusion_text` draw them.

    Raises:
        ArgumentError: the model has several inputs or outputs, or the names do not fit.
        DataError: the data do not fit the model, there are no classes with them, or none of the model's.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2,)), layers.Dense(2, use_bias=False)])
        >>> model.layers[0].kernel[...] = [[1, 0], [0, 1]]
        >>> x = np.array([[3, 1], [2, 1], [0, 1], [5, 4]])
        >>> confusion(model, x, [0, 0, 1, 1]).matrix.tolist()
        [[2, 0], [1, 1]]
    """
    told = _Classifier(model_of(model, "confusion"), "confusion", classes, engine)
    matrix = np.zeros((told.count, told.count), np.int64)
    for _, labels, scores in told.answers(data, y, whole("confusion", "batch_size", batch_size, 1)):
        predicted = scores.argmax(axis=-1)
        np.add.at(matrix, (labels.ravel(), predicted.ravel()), 1)
    return Confusion(model.name, matrix, told.names)


@explained
def mistakes(
    model: Model,
    data: Any,
    y: Any = None,
    *,
    count: int = 9,
    layers: str | Layer | Sequence[str | Layer] | None = None,
    classes: Sequence[str] | None = None,
    batch_size: int = 128,
    engine: str | Engine | None = None,
) -> Records[Mistake]:
    """The worst mistakes of a classifier: those of which it was surest, with what its layers answer to them.

    Args:
        model: see `confusion`; so are data, y, classes, batch_size and engine. One answer for each sample.
        data: see there.
        y: see there.
        count: how many mistakes.
        layers: whose maps are kept; by default the last with maps.
        classes: see there.
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
        >>> [(each.sample, each.predicted) for each in mistakes(model, [[0, 3], [2, 0], [0, 9]], [0, 0, 0])]
        [(2, 1), (0, 1)]
    """
    told = _Classifier(model_of(model, "mistakes"), "mistakes", classes, engine)
    most = whole("mistakes", "count", count, 1, MOST_MISTAKES)
    worst: list[tuple[float, int, np.ndarray, int, np.ndarray]] = []
    for samples, labels, scores in told.answers(data, y, whole("mistakes", "batch_size", batch_size, 1)):
        if labels.ndim != 1:
            raise ArgumentError(f"mistakes: {model.name} gives a map of classes; confusion(model, data) counts them")
        predicted = scores.argmax(axis=1)
        for row in np.flatnonzero(predicted != labels).tolist():
            own = float(scores[row, labels[row]])  # a logarithm, which tells apart what a probability does not
            item = (-own, -(samples.first + row), samples.x[row].copy(), int(labels[row]), scores[row])
            (heapq.heappush if len(worst) < most else heapq.heappushpop)(worst, item)
    found = Records[Mistake]()
    for loss, number, x, label, row_scores in sorted(worst, key=lambda each: (-each[0], -each[1])):
        shown = told.shown(layers)
        maps = () if shown is None else tuple(feature_maps(model, x, shown, engine=engine))
        image = arranged(x, told.behind)
        top = int(row_scores.argmax())
        found.append(Mistake(model.name, -number, image, label, top, np.exp(row_scores), loss, maps, told.names))
    return found


class _Classifier:
    """A model as one that tells classes apart: logarithms of probabilities, batch by batch."""

    def __init__(self, model: Model, function: str, classes: object, engine: str | Engine | None) -> None:
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
        self.names = self._names(classes)
        self.behind = axes_behind(network).get(model.inputs[0].call, 0)
        self._runs: dict[tuple[int, ...], Runner] = {}
        self._last = ""

    def _names(self, classes: object) -> tuple[str, ...]:
        if classes is None:
            return tuple(map(str, range(self.count)))
        names = several(self._function, "classes", classes, "names")
        if len(names) != self.count or not all(isinstance(name, str) for name in names):
            raise ArgumentError(
                f"{self._function}: {self._model.name} has {self.count} classes, got {described(classes)}; "
                "classes is a name for each"
            )
        return tuple(names)

    def answers(self, data: Any, y: Any, batch_size: int) -> Iterator[tuple[Samples, np.ndarray, np.ndarray]]:
        """Samples, their classes (samples, ...) and logarithms of probabilities (samples, ..., classes)."""
        for samples in passed(self._model, data, y, self._function, batch_size):
            if samples.y is None:
                raise DataError(
                    f"{self._function}: there are no classes with the data; pass (x, y), or batches of (x, y)"
                )
            labels = labels_in(samples.y, self._given if self._given > 1 else 2, self._function)
            scores = self._scores(samples.x)
            if labels.shape != scores.shape[:-1]:
                raise DataError(
                    f"{self._function}: expected classes of shape {scores.shape[:-1]}, one for each answer of "
                    f"{self._model.name}, got {labels.shape}"
                )
            yield samples, labels, scores

    def _scores(self, x: np.ndarray) -> np.ndarray:
        if x.shape not in self._runs:
            self._runs[x.shape] = Runner(self._model, self._emitted(x.shape), self._engine)
        found = self._runs[x.shape]([x])["scores"].astype(np.float64)
        return log_probabilities(found, self._ends)

    def _emitted(self, shape: tuple[int, ...]) -> Graph:
        """What the last activation is applied to, where that is a softmax or a sigmoid; else what the model gives."""
        answers = emit_answers(self._model, [shape])
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
        rank = len(self._model.inputs[0].shape)
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


def log_probabilities(scores: np.ndarray, ends: str) -> np.ndarray:
    """Logarithms of probabilities (..., classes) from what a model has before its last activation.

    Args:
        scores: (..., classes), or (..., 1) for two classes.
        ends: the activation: "softmax", "sigmoid", or something else, for numbers as they are: probabilities where they
            add up to 1, else those of a softmax.

    Example:
        >>> np.exp(log_probabilities(np.array([[0.0, 0.0]]), "softmax")).tolist()
        [[0.5, 0.5]]
        >>> np.exp(log_probabilities(np.array([[0.25, 0.75]]), "linear")).tolist()
        [[0.25, 0.75]]
    """
    if scores.shape[-1] == 1:
        return np.asarray(-np.logaddexp(0.0, np.concatenate([scores, -scores], axis=-1)))
    if ends == "sigmoid":
        return np.asarray(-np.logaddexp(0.0, -scores))
    if ends != "softmax" and (scores >= 0).all() and np.allclose(scores.sum(axis=-1), 1.0, atol=1e-4):
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(scores))
    top = scores.max(axis=-1, keepdims=True)
    return np.asarray(scores - top - np.log(np.exp(scores - top).sum(axis=-1, keepdims=True)))
