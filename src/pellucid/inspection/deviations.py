"""How far a model's numbers or labels are from what is true, column by column, and the images it gets worst."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.calls import explained
from pellucid.checks import flag, several, whole
from pellucid.errors import ArgumentError, DataError, ShapeError
from pellucid.frozen import Frozen
from pellucid.inspection.given import model_of
from pellucid.inspection.image_samples import shown_input
from pellucid.inspection.passing import passed
from pellucid.inspection.record import Record, snapshot
from pellucid.models import Model
from pellucid.training.predicting import look

__all__ = ["Deviation", "Deviations", "deviations"]

MOST_KEPT, LARGEST_COUNT = 12, 10_000
HALF = 0.5


class Deviation(Record, Frozen, eq=False):
    """An image of which a model says something else than what is true.

    Args:
        number: of the image, in the order of the data, from 0.
        name: of its file, "" where it has none.
        image: (rows, columns, channels).
        true: what is true of it (columns,).
        said: what the model says (columns,).

    Example:
        >>> Deviation(4, "", np.ones((2, 2, 1)), np.array([3.0]), np.array([5.5])).true.tolist()
        [3.0]
    """

    number: int
    name: str
    image: np.ndarray
    true: np.ndarray
    said: np.ndarray

    def __post_init__(self) -> None:
        for name in ("image", "true", "said"):
            object.__setattr__(self, name, snapshot(getattr(self, name), f"{name} of a deviation"))


class Deviations(Record, Frozen, eq=False):
    """What a model says of samples of which several numbers, or several labels, are known.

    Args:
        names: of the columns.
        true: what is true (samples, columns).
        said: what the model says (samples, columns).
        are_labels: whether these are labels, 0 or 1, and the model tells probabilities.
        worst: the images that it gets worst, the worst first.

    Raises:
        ShapeError: the shapes do not fit.

    Example:
        >>> found = Deviations(("age",), np.array([[1.0], [3.0]]), np.array([[2.0], [3.0]]))
        >>> found.mean_errors.tolist(), found.explained.tolist()
        ([0.5], [0.5])
    """

    names: tuple[str, ...]
    true: np.ndarray
    said: np.ndarray
    are_labels: bool = False
    worst: tuple[Deviation, ...] = ()

    def __post_init__(self) -> None:
        for name in ("true", "said"):
            object.__setattr__(self, name, snapshot(getattr(self, name), f"{name} of deviations"))
        if self.true.ndim != 2 or self.true.shape != self.said.shape or self.true.shape[1] != len(self.names):
            raise ShapeError(f"deviations: {len(self.names)} names, got {self.true.shape} and {self.said.shape}")

    @property
    def axes(self) -> tuple[str, ...]:
        """What each axis of the numbers stands for."""
        return ("sample", "column")

    @property
    def mean_errors(self) -> np.ndarray:
        """The mean distance from the truth, of each column."""
        return np.abs(self.said - self.true).mean(axis=0)

    @property
    def root_errors(self) -> np.ndarray:
        """The root of the mean squared distance, of each column."""
        return np.sqrt(np.square(self.said - self.true).mean(axis=0))

    @property
    def explained(self) -> np.ndarray:
        """R2: 1 less the squared error over that of always saying the mean; NaN where all that is true is equal."""
        rest = np.square(self.said - self.true).sum(axis=0)
        all_of_it = np.square(self.true - self.true.mean(axis=0)).sum(axis=0)
        return 1.0 - np.divide(rest, all_of_it, out=np.full(len(rest), np.nan), where=all_of_it > 0)

    @property
    def recalls(self) -> np.ndarray:
        """Of labels: which share of the samples that have each the model finds; NaN where none has it."""
        return _shares((self.said >= HALF) & (self.true >= HALF), self.true >= HALF)

    @property
    def precisions(self) -> np.ndarray:
        """Of labels: which share of those that the model says are true; NaN where it says none."""
        return _shares((self.said >= HALF) & (self.true >= HALF), self.said >= HALF)

    @property
    def exact(self) -> float:
        """Of labels: the share of samples with all labels right."""
        return float(((self.said >= HALF) == (self.true >= HALF)).all(axis=1).mean())


def _shares(part: np.ndarray, of: np.ndarray) -> np.ndarray:
    counts, total = part.sum(axis=0), of.sum(axis=0)
    return np.divide(counts, total, out=np.full(len(total), np.nan), where=total > 0)


@explained
def deviations(
    model: Model,
    x: Any,
    y: Any = None,
    names: Sequence[str] | None = None,
    *,
    are_labels: bool = False,
    batch_size: int = 32,
    files: Sequence[str] | None = None,
    most: int = MOST_KEPT,
) -> Deviations:
    """How far a model's numbers or labels are from what is true.

    Args:
        model: a built model with one output: a row of numbers for each sample.
        x: samples, (x, y), or what batches of (x, y) come from.
        y: what is true of samples that are arrays (samples, columns); of one column (samples,) too.
        names: of the columns; those that the model was trained on, or numbers, by default.
        are_labels: whether columns are labels, 0 or 1, and the model tells probabilities.
        batch_size: of arrays.
        files: names of the samples.
        most: how many of the worst are kept.

    Returns:
        the record; `views.deviations_figure` and `views.deviations_text` draw it. The worst are those whose distance is
        largest, in each column as a share of what is usual there.

    Raises:
        ArgumentError: the model gives something else, or the names do not fit.
        DataError: the data do not fit the model.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((1,)), layers.Dense(1, kernel_initializer="ones")])
        >>> deviations(model, [[1.0], [2.0]], [1.0, 4.0]).mean_errors.tolist()
        [1.0]
    """
    told = model_of(model, "deviations")
    told.require_built()
    shown = shown_input(told)
    kept = whole("deviations", "most", most, 0, LARGEST_COUNT)
    labels, size = flag("deviations", "are_labels", are_labels), whole("deviations", "batch_size", batch_size, 1)
    columns = _names(told, names)
    called = None if files is None else [str(each) for each in several("deviations", "files", files, "names")]
    true, said, far = list[np.ndarray](), list[np.ndarray](), _Farthest(kept)
    for samples in passed(told, x, y, "deviations", size):
        if samples.y is None:
            raise DataError("deviations: nothing is known of the samples; pass (x, y), or batches of (x, y)")
        wanted = samples.y.reshape(len(samples.y), -1).astype(np.float64)
        if wanted.shape[1] != len(columns):
            raise DataError(f"deviations: expected {len(columns)} numbers for each sample, got {samples.y.shape}")
        said_now = look(told, samples.given if samples.others else samples.x)
        answers = np.asarray(said_now, np.float64).reshape(len(wanted), -1)
        true.append(wanted)
        said.append(answers)
        far.add(samples.first, samples.given[shown], np.abs(answers - wanted))
    all_true, all_said = np.concatenate(true), np.concatenate(said)
    usual = np.ones(len(columns)) if labels else all_true.std(axis=0)
    worst = tuple(
        Deviation(row, _name(called, row), image, all_true[row], all_said[row])
        for row, image in far.sorted(np.where(usual > 0, usual, 1.0))
    )
    return Deviations(columns, all_true, all_said, labels, worst)


def _name(names: Sequence[str] | None, row: int) -> str:
    return names[row] if names is not None and row < len(names) else ""


class _Farthest:
    """The samples that are farthest from the truth in any column; who is among the first of all is so in one."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def add(self, first: int, x: np.ndarray, distances: np.ndarray) -> None:
        """Look at a batch: its samples, and how far each is from the truth (samples, columns)."""
        if not self._most:
            return
        self._kept |= {first + row: (x[row], distances[row]) for row in range(len(x)) if distances[row].any()}
        numbers = list(self._kept)
        if len(numbers) > self._most:
            table = np.array([self._kept[number][1] for number in numbers])
            best = np.unique(np.argsort(-table, axis=0, kind="stable")[: self._most])
            self._kept = {numbers[k]: (self._kept[numbers[k]][0].copy(), table[k]) for k in best.tolist()}

    def sorted(self, usual: np.ndarray) -> list[tuple[int, np.ndarray]]:
        """The farthest first, as shares of what is usual in each column."""
        far = [(float((distances / usual).max()), number) for number, (_, distances) in self._kept.items()]
        order = sorted(far, key=lambda each: (-each[0], each[1]))[: self._most]
        return [(number, self._kept[number][0]) for _, number in order]


def _names(model: Model, names: Sequence[str] | None) -> tuple[str, ...]:
    shape = model.output_shape
    if not isinstance(shape, tuple) or len(shape) != 2 or shape[1] is None:
        raise ArgumentError(f"deviations takes models that give a row of numbers, {model.name} gives {shape}")
    known = () if model.trained_on is None else model.trained_on.class_names
    found = known if names is None else tuple(str(each) for each in several("deviations", "names", names, "names"))
    if names is not None and len(found) != shape[1]:
        raise ArgumentError(f"deviations: got {len(found)} names for {shape[1]} columns")
    return tuple(found) if len(found) == shape[1] else tuple(map(str, range(shape[1])))
