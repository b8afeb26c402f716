"""Data as people hand them in: arrays, or something that batches come from; told apart here, for all methods."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from types import FunctionType, MethodType
from typing import Any, Literal

import numpy as np

from pellucid import legacy
from pellucid.data.sources.arrays import ArraySource
from pellucid.data.sources.datasets import DatasetSource, makes_batches
from pellucid.data.sources.epochs import EpochSource, gives_epochs
from pellucid.data.sources.parts import OwnPart, PartSource
from pellucid.data.sources.source import Batch, Make, Source
from pellucid.data.sources.streams import ARRAYLIKE, IterableSource, IteratorSource, is_stream
from pellucid.data.sources.tables import TableSource, is_table, table_source
from pellucid.errors import ArgumentError, DataError
from pellucid.frozen import Frozen
from pellucid.network import Network
from pellucid.training.hints import hint_at_pixels
from pellucid.training.options import check_optional
from pellucid.training.predicting import check_batch_size
from pellucid.training.runtime import Runtime

Method = Literal["fit", "evaluate", "predict"]
LABELS = ("label", "labels", "target", "targets", "y")
"""What a column of labels is called."""


class Given:
    """Data as they were handed in.

    Args:
        x: samples, or something that batches come from.
        y: targets.
        sample_weight: how much each sample counts.

    Raises:
        ArgumentError: batches bring their targets and weights themselves, and there are others besides.
    """

    def __init__(self, x: Any, y: Any = None, sample_weight: Any = None) -> None:
        self.x, self.y, self.sample_weight = x, y, sample_weight
        if not isinstance(x, np.ndarray):
            self._check()

    def _check(self) -> None:
        self._check_kind()
        further = {"y": self.y, "sample_weight": self.sample_weight}
        for name in (name for name, value in further.items() if value is not None and self.has_batches):
            raise ArgumentError(
                f"when x is a {type(self.x).__name__}, its batches are (x, y) or (x, y, sample_weight): {name} is "
                f"taken from them, leave {name} out"
            )

    def _check_kind(self) -> None:
        """Raise `DataError` for what gives neither arrays nor batches, but has something to do with both."""
        kind = type(self.x)
        if isinstance(self.x, FunctionType | MethodType):
            raise DataError(f"x is a function: call it, as in {self.x.__name__}(), if batches come from what it gives")
        has_samples = hasattr(kind, "__getitem__") and hasattr(kind, "__len__") and not hasattr(kind, "__iter__")
        if has_samples and not any(hasattr(kind, name) for name in ARRAYLIKE) and not self.has_batches:
            raise DataError(
                f"x is a {kind.__name__}, which has single samples: make batches of it, as PyTorch's "
                "DataLoader(dataset, batch_size=32) does"
            )

    @property
    def has_batches(self) -> bool:
        """Whether batches come from it, rather than being arrays."""
        if isinstance(self.x, np.ndarray):
            return False
        if isinstance(self.x, OwnPart):
            return True
        return is_table(self.x) or makes_batches(self.x) or gives_epochs(self.x) or is_stream(self.x)

    @classmethod
    def of(cls, data: Any) -> Given:
        """What is handed in as one: (x, y), (x, y, sample_weight), x alone, or something that batches come from."""
        if not isinstance(data, list | tuple):
            return cls(data)
        if not 1 <= len(data) <= 3:
            raise DataError(f"data are x, (x, y) or (x, y, sample_weight), got a {type(data).__name__} of {len(data)}")
        return cls(*data)


class Pass(Frozen, eq=False):
    """How to go through data.

    Args:
        method: that was called.
        batch_size: of arrays and rows; None for the usual one, or what the steps leave for each.
        steps: batches in an epoch; None for all.
        shuffle: whether each epoch has an order of its own, where that can be.
        class_weight: how much samples of a class count.

    Raises:
        ArgumentError: a number is below 1.
    """

    method: Method
    batch_size: int | None = None
    steps: int | None = None
    shuffle: bool = False
    class_weight: Any = None

    def __post_init__(self) -> None:
        check_optional("batch_size", self.batch_size)
        check_optional("steps", self.steps)


def looked_at(given: Given, batch_size: int | None) -> tuple[Any, Given]:
    """The samples that a model is built for, which does not know their shape yet; and the data, still whole.

    Of batches the first is looked at; an iterator gives it again.
    """
    data = given.x
    if not given.has_batches:
        return data, given
    part, data = (data, data.data) if isinstance(data, OwnPart) else (None, data)
    raw = _opened(data, _refused, Pass("fit", batch_size)).first()
    if _is_iterator(data):
        again = chain((raw,), data)
        given = Given(again if part is None else part.around(again))
    if not isinstance(raw, Mapping):
        return Given.of(raw).x, given
    columns = [key for key in raw if key not in LABELS]
    return raw if len(columns) != 1 else raw[columns[0]], given


def source_of_arrays(samples: Mapping[str, np.ndarray], how: Pass) -> ArraySource:
    """The batches of checked arrays; where steps are all that is known of a size, a batch is what they leave for it."""
    size = how.batch_size
    if size is None and how.steps is not None:
        size = math.ceil(len(next(iter(samples.values()))) / how.steps)
    return ArraySource(samples, check_batch_size(size), shuffle=how.shuffle, steps=how.steps)


def opened(data: Any, make: Make, how: Pass) -> Source:
    """The source that serves what batches come from."""
    if isinstance(data, OwnPart):
        return PartSource(_opened(data.data, make, how), data)
    return _opened(data, make, how)


def _opened(
    data: Any, make: Make, how: Pass
) -> TableSource | DatasetSource | EpochSource | IteratorSource | IterableSource:
    if is_table(data):
        return table_source(data, make, check_batch_size(how.batch_size), shuffle=how.shuffle, steps=how.steps)
    if makes_batches(data):
        return DatasetSource(data, make, shuffle=how.shuffle, steps=how.steps, endless=legacy.is_old())
    if gives_epochs(data):
        return EpochSource(data, make, steps=how.steps)
    source = IteratorSource if _is_iterator(data) else IterableSource
    return source(data, make, steps=how.steps)


def _is_iterator(data: Any) -> bool:
    return hasattr(type(data), "__next__")


def _refused(raw: Any, number: int) -> Batch:
    raise DataError(f"nobody takes batch {number}")


def say_of_batch_size(runtime: Runtime, given: Given, name: str, batch_size: int | None) -> None:
    """Say, once, that a batch size means nothing where batches come as they are."""
    if batch_size is not None and given.has_batches and not is_table(given.x):
        kind = type(given.x).__name__
        runtime.say_once(name, f"{name}={batch_size} has no meaning for a {kind}, whose batches come as they are")


def batch_maker(runtime: Runtime, method: Method, check: Callable[[Given], Mapping[str, np.ndarray]]) -> Make:
    """Makes batches of what comes; what is wrong with one is said with its number, and the first one is looked at.

    Args:
        runtime: of the model.
        method: that was called.
        check: the arrays of a batch, by the names under which a step takes them.
    """
    network = runtime.built

    def make(raw: Any, number: int) -> Batch:
        try:
            arrays = check(_parts_of(raw, network))
        except DataError as error:
            raise DataError(f"{error} (in batch {number}, counted from 0)") from error
        if number == 0:
            hint_at_pixels(runtime, method, [arrays[name] for name in network.graph_names])
        return Batch(arrays)

    return make


def _parts_of(raw: Any, network: Network) -> Given:
    """What a batch is made of: x, (x, y) or (x, y, sample_weight); of a dictionary of columns, those that are meant.

    Raises:
        DataError: it is none of these.
    """
    if not isinstance(raw, Mapping):
        return Given.of(raw)
    inputs = [*network.takes.keys, *(tensor.call.layer.name for tensor in network.inputs)]
    if all(key in inputs for key in raw):
        return Given(raw)
    x = {key: each for key, each in raw.items() if key in inputs}
    rest = {key: each for key, each in raw.items() if key not in inputs}
    y = {key: each for key, each in rest.items() if key in network.output_names}
    labels = [key for key in rest if key in LABELS]
    if not y and len(labels) == 1:
        rest = {key: each for key, each in rest.items() if key not in labels}
    if x and (y or labels):
        return Given(x, y or raw[labels[0]])
    if not x and len(rest) == 1 and len(labels) == 1 and len(network.inputs) == 1:
        return Given(next(iter(rest.values())), raw[labels[0]])
    raise DataError(
        f"a batch has the columns {', '.join(map(str, raw))}: which of them are inputs and which targets is not clear; "
        f"call them by the names of the model's inputs ({_listed(inputs)}) and outputs ({_listed(network.output_names)}"
        "), or keep two, one of which is called 'label'"
    )


def _listed(names: Sequence[Any]) -> str:
    return ", ".join(dict.fromkeys(map(str, names)))
