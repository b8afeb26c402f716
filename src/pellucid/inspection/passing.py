"""One pass over data of any kind that the library takes: samples, and labels where they come along, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pellucid.arraylike import NoNumbers, array_of
from pellucid.data.sources.source import Batch
from pellucid.errors import DataError
from pellucid.frozen import Frozen
from pellucid.models import Model
from pellucid.training.door import prepare_inputs
from pellucid.training.given import Given, Pass, batch_maker, opened

__all__ = ["Samples", "class_numbers", "labels_in", "passed"]

_LABELS = "labels"


class Samples(Frozen, eq=False):
    """Some samples of a pass.

    Attributes:
        x: (samples, ...), as the model takes them.
        y: what came as their targets (samples, ...); None where nothing did.
        first: how many samples were passed before.
        others: the same as x of the model's further inputs.
    """

    x: np.ndarray
    y: np.ndarray | None
    first: int
    others: tuple[np.ndarray, ...] = ()

    @property
    def given(self) -> list[np.ndarray]:
        """What each input of the model is given (samples, ...)."""
        return [self.x, *self.others]


def passed(
    model: Model,
    data: Any,
    y: Any,
    function: str,
    batch_size: int,
    most: int | None = None,
) -> Iterator[Samples]:
    """Goes once through data, as `fit`, `evaluate` and `predict` take them; nothing but one batch is kept.

    Args:
        model: a built model.
        data: samples (batch, ...), or what batches come from: (x, y) or x.
        y: targets of samples that are arrays.
        function: that was called, for messages.
        batch_size: of arrays and tables.
        most: how many samples are taken at most, the first ones; None for all.

    Raises:
        DataError: the data do not fit the model, or there are none.
    """
    network = model.built_network()
    first = 0
    for batch in _batches(model, data, y, batch_size):
        x, *others = (batch.arrays[name] for name in network.graph_names)
        targets = batch.arrays.get(_LABELS)
        room = len(x) if most is None else most - first
        if room <= 0:
            return
        few = tuple(other[:room] for other in others)
        yield Samples(x[:room], None if targets is None else targets[:room], first, few)
        first += min(len(x), room)
    if not first:
        raise DataError(f"{model.name}: the data give no sample")


def _batches(model: Model, data: Any, y: Any, batch_size: int) -> Iterator[Batch]:
    network = model.built_network()

    def check(given: Given) -> dict[str, np.ndarray]:
        found = dict(zip(network.graph_names, prepare_inputs(given.x, network, model.name), strict=True))
        if given.y is not None:
            targets = _targets(given.y, model.name)
            count = len(next(iter(found.values())))
            if len(targets) != count:
                raise DataError(f"{model.name}: there are {count} samples and {len(targets)} targets")
            found[_LABELS] = targets
        return found

    given = Given.of(data) if y is None and isinstance(data, tuple) else Given(data, y)
    if given.has_batches:
        make = batch_maker(model.runtime, "predict", check)
        yield from opened(given.x, make, Pass("predict", batch_size)).batches(0, seed=model.seed)
        return
    arrays = check(given)
    for start in range(0, len(next(iter(arrays.values()))), batch_size):
        yield Batch({name: array[start : start + batch_size] for name, array in arrays.items()})


def _targets(given: Any, model: str) -> np.ndarray:
    try:
        array = array_of(given)
    except NoNumbers as error:
        raise DataError(f"{model}: targets are to be numbers, got {error}") from error
    return array if array.ndim else array.reshape(1)


def labels_in(y: np.ndarray, classes: int, what: str) -> np.ndarray:
    """The number of each sample's class: labels as they are, (samples, ...) or (samples, ..., 1); else the place of the
    largest of (samples, ..., classes).

    Raises:
        DataError: they are neither, or a label is none of the classes.

    Example:
        >>> labels_in(np.array([[0.0, 1.0], [1.0, 0.0]]), 2, "y").tolist(), labels_in(np.array([2, 0]), 3, "y").tolist()
        ([1, 0], [2, 0])
    """
    if y.ndim > 1 and y.shape[-1] == classes and classes > 1:
        return np.asarray(y.argmax(axis=-1))
    labels = y[..., 0] if y.ndim > 1 and y.shape[-1] == 1 else y
    whole = labels.astype(np.int64)
    if (whole != labels).any():
        raise DataError(f"{what}: labels are whole numbers, or one number for each of {classes} classes, got {y.shape}")
    if whole.size and not 0 <= whole.min() <= whole.max() < classes:
        raise DataError(f"{what}: labels are 0 to {classes - 1}, got {whole.min()} to {whole.max()}")
    return whole


def class_numbers(y: np.ndarray) -> np.ndarray | None:
    """One number for each sample: labels as they are, of rows with a one the place of the one; None for other targets.

    Example:
        >>> class_numbers(np.array([[0, 1], [1, 0]])).tolist(), class_numbers(np.array([[2], [3]])).tolist()
        ([1, 0], [2, 3])
    """
    if y.ndim == 2 and y.shape[1] > 1 and ((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all():
        return np.asarray(y.argmax(axis=1))
    if y.ndim == 1 or (y.ndim == 2 and y.shape[1] == 1):
        return y.reshape(len(y))
    return None
