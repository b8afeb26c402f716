"""How well a model tells what is where: the overlap of each class with the truth, and the images it gets worst."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.calls import explained
from pellucid.checks import several, whole
from pellucid.engines import Engine
from pellucid.errors import ArgumentError, DataError, ShapeError
from pellucid.frozen import Frozen
from pellucid.inspection.confusion import Classifier
from pellucid.inspection.fields import arranged
from pellucid.inspection.given import model_of
from pellucid.inspection.passing import passed
from pellucid.inspection.record import Record, snapshot
from pellucid.models import Model

__all__ = ["MapMistake", "Segmentation", "segmentation"]

NO_CLASS = -1
MOST_KEPT, LARGEST_COUNT = 8, 10_000


class MapMistake(Record, Frozen, eq=False):
    """An image of which a model says at some places what is not there.

    Args:
        number: of the image, in the order of the data, from 0.
        name: of its file, "" where it has none.
        image: (rows, columns, channels).
        true: the number of the class at each place (rows, columns), -1 where there is none.
        said: the number that the model says.
        overlap: intersection over union, the mean over the classes that are there or are said to be.

    Example:
        >>> MapMistake(2, "", np.ones((1, 2, 1)), np.array([[0, 1]]), np.array([[0, 0]]), 0.25).said_of_it
        'sample 2: IoU 0.25, 50.0% of its places are right'
    """

    number: int
    name: str
    image: np.ndarray
    true: np.ndarray
    said: np.ndarray
    overlap: float

    def __post_init__(self) -> None:
        for name in ("image", "true", "said"):
            object.__setattr__(self, name, snapshot(getattr(self, name), f"{name} of a mistake"))

    @property
    def wrong(self) -> np.ndarray:
        """Where it is wrong, bool (rows, columns)."""
        return (self.true != self.said) & (self.true != NO_CLASS)

    @property
    def said_of_it(self) -> str:
        """That in a sentence."""
        counted = max(int((self.true != NO_CLASS).sum()), 1)
        right = 1.0 - float(self.wrong.sum()) / counted
        return f"{self.name or f'sample {self.number}'}: IoU {self.overlap:.2f}, {right:.1%} of its places are right"


class Segmentation(Record, Frozen, eq=False):
    """What a model says of each place of images whose masks are known.

    Args:
        class_names: by their numbers.
        counts: places of each class (rows) by what the model says (columns).
        images: how many there were.
        worst: those that overlap least with the truth, the worst first.

    Raises:
        ShapeError: the counts are not square, or there are not as many names.

    Example:
        >>> found = Segmentation(("grass", "cow"), np.array([[80, 0], [10, 10]]), 1)
        >>> found.overlaps.round(3).tolist(), round(found.mean_overlap, 3), found.accuracy
        ([0.889, 0.5], 0.694, 0.9)
    """

    class_names: tuple[str, ...]
    counts: np.ndarray
    images: int
    worst: tuple[MapMistake, ...] = ()

    def __post_init__(self) -> None:
        counts = snapshot(self.counts, "counts of a segmentation")
        if counts.ndim != 2 or counts.shape != (len(self.class_names),) * 2:
            raise ShapeError(f"counts of {len(self.class_names)} classes are square, got {counts.shape}")
        object.__setattr__(self, "counts", counts)

    @property
    def axes(self) -> tuple[str, ...]:
        """What each axis of the counts stands for."""
        return ("true class", "predicted class")

    @property
    def overlaps(self) -> np.ndarray:
        """Intersection over union of each class; NaN for one that is neither there nor said to be."""
        return overlaps_of(self.counts)

    @property
    def mean_overlap(self) -> float:
        """The mean of those that there are."""
        return float(np.nanmean(self.overlaps))

    @property
    def accuracy(self) -> float:
        """Share of all places that the model gets right."""
        return float(np.trace(self.counts) / self.counts.sum())


def overlaps_of(counts: np.ndarray) -> np.ndarray:
    """Intersection over union of each class, of counts (true, said); NaN where the union is empty."""
    both = np.diag(counts)
    either = counts.sum(axis=0) + counts.sum(axis=1) - both
    return np.divide(both, either, out=np.full(len(counts), np.nan), where=either > 0)


@explained
def segmentation(
    model: Model,
    x: Any,
    y: Any = None,
    class_names: Sequence[str] | None = None,
    *,
    ignore_class: int | None = None,
    batch_size: int = 32,
    names: Sequence[str] | None = None,
    most: int = MOST_KEPT,
    engine: str | Engine | None = None,
) -> Segmentation:
    """What a model says of each place of images whose masks are known: the overlap of each class, and the worst images.

    Args:
        model: a built model with one output: at each place a number for each class, or one number for
            two classes.
        x: images (samples, rows, columns, channels), (x, y), or what batches of (x, y) come from.
        y: the number of the class at each place (samples, rows, columns), of images that are arrays.
        class_names: by the numbers; by default those that the model was trained on, or the numbers.
        ignore_class: the number in y of places that are not counted.
        batch_size: of arrays.
        names: of the images, such as those of their files.
        most: how many of the worst images are kept.
        engine: who computes, the model's own by default.

    Returns:
        the record; `views.segmentation_figure` and `views.segmentation_text` draw it.

    Raises:
        ArgumentError: the model gives no maps, or the names do not fit.
        DataError: the data do not fit the model, or a number is none of a class.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((1, 4, 1)), layers.Conv2D(1, 1, activation="sigmoid")])
        >>> model.layers[0].set_weights([np.ones((1, 1, 1, 1)), np.zeros(1)])
        >>> x = np.array([[[[-1], [-1], [1], [1]]]])
        >>> segmentation(model, x, np.array([[[0, 0, 0, 1]]])).overlaps.round(3).tolist()
        [0.667, 0.5]
    """
    told = Classifier(model_of(model, "segmentation"), "segmentation", class_names, engine)
    kept = whole("segmentation", "most", most, 0, LARGEST_COUNT)
    called = None if names is None else [str(each) for each in several("segmentation", "names", names, "names")]
    ignored = None if ignore_class is None else whole("segmentation", "ignore_class", ignore_class)
    counts, worst, images = np.zeros((told.count, told.count), np.int64), list[MapMistake](), 0
    for samples in passed(model, x, y, "segmentation", whole("segmentation", "batch_size", batch_size, 1)):
        scores = told.scores(*samples.given)
        if np.isnan(scores).any():
            raise DataError(f"segmentation: {model.name} answers with NaN, by which no class is the largest at a place")
        said = scores.argmax(axis=-1)
        if said.ndim != 3:
            raise ArgumentError(
                f"segmentation: {model.name} gives no map of classes; confusion(model, data) counts them"
            )
        if samples.y is None:
            raise DataError("segmentation: there are no masks with the images; pass (x, y), or batches of (x, y)")
        true = _true(samples.y, said.shape, told.count, ignored)
        for row in range(len(said)):
            own = _counted(true[row], said[row], told.count)
            counts += own
            overlap = float(np.nanmean(overlaps_of(own))) if own.any() else 1.0
            name = called[images + row] if called is not None and images + row < len(called) else ""
            if overlap < 1.0:
                shown = arranged(samples.given[told.shown_input][row], told.behind)
                worst.append(MapMistake(images + row, name, shown, true[row], said[row], overlap))
        images += len(said)
        worst = sorted(worst, key=lambda each: (each.overlap, each.number))[:kept]
    if not counts.any():
        raise DataError("segmentation: no place of the images belongs to a class, so there is nothing to count")
    return Segmentation(told.names, counts, images, tuple(worst))


def _true(y: np.ndarray, shape: tuple[int, ...], classes: int, ignored: int | None) -> np.ndarray:
    """The number of the class at each place, -1 where it is not counted."""
    values = y[..., 0] if y.shape == (*shape, 1) else y
    if values.shape != shape:
        raise DataError(
            f"segmentation: expected the number of a class for each place, {shape}, got masks of shape {y.shape}"
        )
    skipped = np.zeros(shape, bool) if ignored is None else values == ignored
    wrong = values[~skipped & ~((values >= 0) & (values < classes) & (values == np.floor(values)))]
    if wrong.size:
        raise DataError(f"segmentation: {wrong[0]} in a mask is no class; they are 0..{classes - 1}")
    return np.where(skipped, NO_CLASS, values.astype(np.int64))


def _counted(true: np.ndarray, said: np.ndarray, classes: int) -> np.ndarray:
    there = true != NO_CLASS
    return np.bincount(true[there] * classes + said[there], minlength=classes**2).reshape(classes, classes)
