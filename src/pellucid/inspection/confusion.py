"""Which classes a model takes for which, and the mistakes that it is surest of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from pellucid.calls import explained
from pellucid.checks import several, whole
from pellucid.errors import ArgumentError, DataError
from pellucid.frozen import Frozen
from pellucid.inspection.record import Record
from pellucid.models import Model

__all__ = ["Confusion", "Mistake", "confusion"]

MOST_MISTAKES = 24


class Mistake(Frozen, Record, eq=False):
    """A sample that a model gets wrong.

    Attributes:
        number: of the sample, from 0.
        name: of its file, "" where it has none.
        image: as the model took it.
        true: the number of its class.
        predicted: the number of the class that the model says.
        probability: that the model gives to what it says.

    Example:
        >>> Mistake(3, "cats/7.jpg", np.zeros((8, 8, 3)), true=0, predicted=1, probability=0.9).name
        'cats/7.jpg'
    """

    number: int
    name: str
    image: np.ndarray
    true: int
    predicted: int
    probability: float


class Confusion(Frozen, Record, eq=False):
    """What a model says of samples whose classes are known.

    Attributes:
        class_names: by their numbers.
        counts: samples of each class (rows) by what the model says (columns).
        mistakes: those that the model is surest of, the worst first.

    Example:
        >>> found = Confusion(("cat", "dog"), np.array([[8, 2], [1, 9]]), ())
        >>> found.accuracy, found.recalls.tolist(), found.samples
        (0.85, [0.8, 0.9], 20)
    """

    class_names: tuple[str, ...]
    counts: np.ndarray
    mistakes: tuple[Mistake, ...]

    @property
    def samples(self) -> int:
        """How many there are."""
        return int(self.counts.sum())

    @property
    def accuracy(self) -> float:
        """Share of all samples that the model gets right."""
        return float(np.trace(self.counts) / self.samples)

    @property
    def recalls(self) -> np.ndarray:
        """For each class, which share of its samples the model finds; NaN where there are none."""
        return _shares(np.diag(self.counts), self.counts.sum(axis=1))

    @property
    def precisions(self) -> np.ndarray:
        """For each class, which share of those that the model calls so are of it; NaN where it calls none so."""
        return _shares(np.diag(self.counts), self.counts.sum(axis=0))

    def pairs(self, most: int) -> list[tuple[int, int, int]]:
        """What is taken for what, the most frequent first: (true, predicted, how often)."""
        wrong = self.counts.copy()
        np.fill_diagonal(wrong, 0)
        order = np.argsort(-wrong, axis=None, kind="stable")[:most]
        found = [tuple(map(int, np.unravel_index(place, wrong.shape))) for place in order]
        return [(true, said, int(wrong[true, said])) for true, said in found if wrong[true, said]]


def _shares(part: np.ndarray, whole_of: np.ndarray) -> np.ndarray:
    return np.where(whole_of > 0, part / np.maximum(whole_of, 1), np.nan)


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
) -> Confusion:
    """What a model says of samples whose classes are known.

    Args:
        model: says of each sample one of several classes, or with one number from 0 to 1 which of two.
        x: samples (samples, ...); or batches (x, y), one after the other.
        y: the number of the class of each, or a row with a one at the class; None where x gives batches.
        class_names: by the numbers of the classes; by default those that the model was trained on, or the numbers.
        batch_size: of arrays.
        names: of the samples, such as those of their files.
        most: mistakes that are kept, with their images.

    Raises:
        ArgumentError: an argument is out of range.
        DataError: classes and answers do not fit together, or there are no samples.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2,)), layers.Dense(2, "softmax", kernel_initializer="identity")])
        >>> found = confusion(model, [[3.0, 0.0], [0.0, 3.0], [2.0, 0.0]], [0, 1, 1])
        >>> found.counts.tolist(), [mistake.number for mistake in found.mistakes]
        ([[1, 0], [1, 1]], [2])
    """
    whole("confusion", "most", most, 0)
    size = whole("confusion", "batch_size", batch_size, 1)
    batches = x if y is None else _cut(np.asarray(x), np.asarray(y), size)
    counts: np.ndarray | None = None
    mistakes: list[Mistake] = []
    number = 0
    for samples, targets in _pairs(batches):
        answers = np.asarray(model.predict(samples, verbose=0, batch_size=size), np.float64)
        said, sure = _said(answers)
        classes = max(answers.shape[-1], 2)
        true = _classes(np.asarray(targets), classes, len(said))
        if counts is None:
            counts = np.zeros((classes, classes), np.int64)
        np.add.at(counts, (true, said), 1)
        for row in np.flatnonzero(true != said):
            name = str(names[number + int(row)]) if names is not None else ""
            mistakes.append(
                Mistake(
                    number + int(row), name, np.asarray(samples[row]), int(true[row]), int(said[row]), float(sure[row])
                )
            )
        mistakes = sorted(mistakes, key=lambda each: -each.probability)[:most]
        number += len(said)
    if counts is None:
        raise DataError("confusion: there are no samples")
    return Confusion(_names(model, class_names, len(counts)), counts, tuple(mistakes))


def _cut(x: np.ndarray, y: np.ndarray, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    if len(x) != len(y):
        raise DataError(f"confusion: got {len(x)} samples and {len(y)} classes; expected one for each")
    return ((x[start : start + size], y[start : start + size]) for start in range(0, len(x), size))


def _pairs(batches: Iterable[Any]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for raw in batches:
        if not isinstance(raw, tuple | list) or len(raw) < 2:
            raise DataError("confusion: batches must be (x, y), since it compares with the true classes")
        yield np.asarray(raw[0]), np.asarray(raw[1])


def _said(answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The class of the largest answer, and how large that is; of one number which side of a half it is on."""
    if answers.ndim != 2:
        raise DataError(f"confusion: the model must give a row of numbers for each sample, got shape {answers.shape}")
    if answers.shape[1] == 1:
        second = answers[:, 0]
        return (second > 0.5).astype(np.int64), np.maximum(second, 1 - second)
    return answers.argmax(axis=1), answers.max(axis=1)


def _classes(targets: np.ndarray, classes: int, count: int) -> np.ndarray:
    """The number of the class of each sample."""
    if targets.ndim == 2 and targets.shape[1] == classes and classes > 1:
        targets = targets.argmax(axis=1)
    targets = targets.reshape(len(targets), -1)
    if targets.shape != (count, 1) or targets.min() < 0 or targets.max() >= classes or (targets % 1).any():
        raise DataError(
            f"confusion: classes must be whole numbers from 0 to {classes - 1}, as many as samples ({count}), got "
            f"shape {targets.shape} from {targets.min():g} to {targets.max():g}"
        )
    return targets[:, 0].astype(np.int64)


def _names(model: Model, given: Sequence[str] | None, count: int) -> tuple[str, ...]:
    told = model.trained_on.class_names if model.trained_on is not None else ()
    names = [str(each) for each in several("confusion", "class_names", given, "names")] if given is not None else told
    if given is not None and len(names) != count:
        raise ArgumentError(f"confusion: got {len(names)} class_names for {count} classes")
    return tuple(names) if len(names) == count else tuple(map(str, range(count)))
