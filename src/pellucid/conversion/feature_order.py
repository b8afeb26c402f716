"""In which order a system with channels first has the numbers of a flattened map: where rows of a Dense layer go.

Flattening (channels, rows, columns) and (rows, columns, channels) gives the same numbers in two orders. A matrix that
was trained behind the one has its rows in an order that means nothing behind the other; so has what normalises such
numbers, and the columns of a matrix whose result is made a map. Here each use gets the order of its result: for each
number the place that it has in the other system. Pooling, dropout and activations between change nothing of it.
"""

from __future__ import annotations

import math

import numpy as np

from pellucid.conversion.flow import Flow, Use
from pellucid.errors import ArgumentError
from pellucid.layers import (
    ELU,
    Activation,
    ActivityRegularization,
    Add,
    AlphaDropout,
    Average,
    BatchNormalization,
    Concatenate,
    Dense,
    Dropout,
    Flatten,
    GaussianDropout,
    GaussianNoise,
    Identity,
    InputLayer,
    LayerNormalization,
    LeakyReLU,
    Maximum,
    Minimum,
    Multiply,
    Permute,
    PReLU,
    ReLU,
    Reshape,
    RMSNormalization,
    Softmax,
    Subtract,
    UnitNormalization,
)

__all__ = ["Orders", "orders_of"]

Order = np.ndarray | None
"""Of a sample's numbers, in its shape: their places in the other system, counted along its channels-first shape. None:
as there, when maps are turned from channels first to channels last."""

BY_NUMBER = (
    Activation, ActivityRegularization, AlphaDropout, BatchNormalization, Dropout, ELU, GaussianDropout, GaussianNoise,
    Identity, LayerNormalization, LeakyReLU, PReLU, ReLU, RMSNormalization, Softmax, UnitNormalization,
)  # fmt: skip
"""Layers that leave each number of a row in its place."""
JOINS = (Add, Average, Maximum, Minimum, Multiply, Subtract)
"""Layers that join rows number by number."""


class Orders:
    """For each use the order of its result, and whether its channels come first.

    Args:
        flow: of the model.
        flattened_alike: whether the other system turns maps to channels last before it flattens them: then all is as
            here.

    Attributes:
        results: by the number of the use.
        channels_first: likewise.
    """

    def __init__(self, flow: Flow, *, flattened_alike: bool = False) -> None:
        self.flow = flow
        self.channels_first = _channels_first(flow)
        self.results: list[Order] = [None] * len(flow.uses) if flattened_alike else []
        for number, use in enumerate(flow.uses[len(self.results) :]):
            self.results.append(self._result(number, use))

    def of_input(self, number: int) -> Order:
        """The order of what a use takes (the first, of several)."""
        sources = self.flow.uses[number].sources
        return self.results[sources[0]] if sources else None

    def _result(self, number: int, use: Use) -> Order:
        layer, shape = use.callee, use.shape
        if isinstance(layer, InputLayer) or not use.sources:
            return None
        if isinstance(layer, Dense):
            return self._of_dense(number, use)
        given = [self.results[source] for source in use.sources]
        if isinstance(layer, Flatten | Reshape | Permute):
            return self._moved(use, given[0])
        if all(order is None for order in given):
            return None
        if isinstance(layer, Concatenate) and len(shape) == 2:
            return self._joined(use, given)
        if self._keeps(number) and all(_equal(order, given[0]) for order in given):
            return given[0]
        raise ArgumentError(
            f"{use.label} takes a flattened map, whose numbers other systems have in another order: how it would be "
            "there is not known. Flatten the map right before the Dense layer"
        )

    def _keeps(self, number: int) -> bool:
        """Whether a use takes rows of numbers, or joins several, and leaves each number in its place."""
        use = self.flow.uses[number]
        same = len(use.shape) == 2 and all(self.flow.uses[source].shape == use.shape for source in use.sources)
        return same and isinstance(use.callee, BY_NUMBER if len(use.sources) == 1 else JOINS)

    def _shape(self, number: int) -> tuple[int | None, ...]:
        return self.flow.uses[number].shape[1:]

    def _sizes(self, number: int, use: Use) -> tuple[int, ...]:
        sizes = self._shape(number)
        if any(size is None for size in sizes):
            raise ArgumentError(f"{use.label}: its input {sizes} has open sizes; other systems need them known here")
        return tuple(int(size or 0) for size in sizes)

    def _moved(self, use: Use, order: Order) -> Order:
        """The order behind a layer that moves numbers; None where it is as in the other system."""
        source = use.sources[0]
        before, after = self._shape(source), use.shape[1:]
        if order is None and isinstance(use.callee, Flatten) and len(before) < 2:
            return None
        sizes = self._sizes(source, use)
        here = places_of(sizes, channels_first=self.channels_first[source]) if order is None else order
        if isinstance(use.callee, Permute):
            here = here.transpose([axis - 1 for axis in use.callee.dims])
        else:
            if isinstance(use.callee, Flatten) and use.callee.data_format == "channels_first":
                here = np.moveaxis(here, 0, -1)
            here = here.reshape([int(size or -1) for size in after])
        as_there = places_of(here.shape, channels_first=self.channels_first[len(self.results)])
        if np.array_equal(here, as_there):
            return None
        if order is None and len(before) == 1:
            raise ArgumentError(
                f"{use.label} makes a map of numbers that no Dense layer gives; other systems have the numbers of a "
                "map in another order, with channels first, so they would be others there"
            )
        return here

    def _of_dense(self, number: int, use: Use) -> Order:
        """The order of what a Dense layer gives: that of the map which its result becomes, where it becomes one."""
        if len(use.shape) != 2:
            return None
        target = self._map_behind(number)
        if target is None:
            return None
        sizes = tuple(int(size or 0) for size in self._shape(target))
        here = places_of(sizes, channels_first=self.channels_first[target]).reshape(-1)
        return None if np.array_equal(here, np.arange(len(here))) else here

    def _map_behind(self, number: int) -> int | None:
        """The use that makes a map of a row of numbers, behind such as keep them in their places."""
        for taker in self.flow.takers(number):
            use = self.flow.uses[taker]
            if isinstance(use.callee, Reshape) and len(use.shape) > 2:
                return taker
            found = self._map_behind(taker) if self._keeps(taker) else None
            if found is not None:
                return found
        return None

    def _joined(self, use: Use, given: list[Order]) -> Order:
        """The order of several rows of numbers behind each other."""
        parts, begin = [], 0
        for source, order in zip(use.sources, given, strict=True):
            (count,) = self._sizes(source, use)
            parts.append(begin + (np.arange(count) if order is None else order))
            begin += count
        return np.concatenate(parts)


def orders_of(flow: Flow) -> Orders:
    """The orders of all uses of a model.

    Raises:
        ArgumentError: a layer takes the numbers of a flattened map in a way of which it is not known how it would be in
            a system with channels first.

    Example:
        >>> from pellucid import Sequential, layers
        >>> from pellucid.conversion.flow import flow_of
        >>> model = Sequential([layers.Input((2, 1, 2)), layers.Flatten(), layers.ReLU(), layers.Dense(1)])
        >>> orders_of(flow_of(model)).of_input(3)
        array([0, 2, 1, 3])
    """
    return Orders(flow)


def places_of(sizes: tuple[int, ...], *, channels_first: bool) -> np.ndarray:
    """For each number of a map the place that it has in one with channels first.

    Example:
        >>> places_of((1, 2, 2), channels_first=False).tolist()
        [[[0, 2], [1, 3]]]
    """
    if channels_first or len(sizes) < 2:
        return np.arange(math.prod(sizes)).reshape(sizes)
    return np.moveaxis(np.arange(math.prod(sizes)).reshape(sizes[-1], *sizes[:-1]), 0, -1)


def _equal(first: Order, second: Order) -> bool:
    return first is second or (first is not None and second is not None and np.array_equal(first, second))


def _channels_first(flow: Flow) -> list[bool]:
    """For each use whether its result has channels first: as the layers say that have channels, else as its source.

    In front of the first such layer it is as that says. A table of numbers that no such layer sees, (rows, columns),
    has no channels: it is the same in all systems, as if they came first.
    """
    told: list[bool | None] = [None] * len(flow.uses)
    for number, use in enumerate(flow.uses):
        said = getattr(use.callee, "data_format", None)
        if said is not None and not isinstance(use.callee, Flatten):
            told[number] = said == "channels_first"
        elif use.sources:
            told[number] = told[use.sources[0]]
    for number in reversed(range(len(flow.uses))):
        if told[number] is None:
            said = [told[taker] for taker in flow.takers(number) if not isinstance(flow.uses[taker].callee, Flatten)]
            told[number] = next((each for each in said if each is not None), None)
    return [len(use.shape) <= 3 if each is None else each for use, each in zip(flow.uses, told, strict=True)]
