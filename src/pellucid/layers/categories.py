"""Layers that make rows of numbers of classes, and classes of measured numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Unpack

import numpy as np

from pellucid.arraylike import array_that
from pellucid.checks import LARGEST, number, several, whole, word
from pellucid.errors import ArgumentError, DataError, NotYetError, ShapeError
from pellucid.graph import Tensor, builder
from pellucid.layers.base import Layer
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.looking_up import MOST_TOKENS, OLD_MODES, refused

MODES = ("one_hot", "multi_hot", "count")


def encoded(label: str, classes: Tensor, depth: int, mode: str, weights: Tensor | None = None) -> Tensor:
    """Rows of `depth` places for numbers of classes: one for each number, or one for each sample.

    Numbers that are no class make rows of NaN, which training stops at.
    """
    if mode == "one_hot" and classes.rank > 1 and classes.shape[-1] == 1:
        classes = builder.reshape(classes, classes.shape[:-1])
    whole_numbers = builder.towards_zero(classes)
    is_class = builder.greater_equal(whole_numbers, 0.0) * builder.greater(float(depth), whole_numbers)
    places = builder.literal(classes.graph, np.arange(float(depth)))
    rows = builder.equal(builder.reshape(whole_numbers, (*classes.shape, 1)), places)
    if weights is not None:
        rows = rows * builder.reshape(weights, (*weights.shape, 1))
    rows = builder.where(builder.reshape(is_class, (*classes.shape, 1)), rows, math.nan)
    if mode == "one_hot":
        return rows
    if classes.rank > 2:
        raise ShapeError(
            f"{label}: {mode} makes a row of the classes of a sample, (batch, classes), got {classes.shape}"
        )
    axis = (classes.rank - 1,)
    summed = builder.reduce_sum(rows, axis)
    return summed if mode == "count" else builder.minimum(summed, 1.0)


class CategoryEncoding(Layer):
    """Numbers of classes as rows: a 1 for each class that is there, or how often it is.

    Args:
        num_tokens: how many classes there are; numbers from 0 to num_tokens - 1 may come in. Others give NaN.
        output_mode: "multi_hot" for one row of each sample, "count" for how often each class is there, "one_hot" for
            a row of each number; a last axis of size 1 goes then.
        sparse: False: rows are dense.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: there is no number of classes, or an option is unknown.

    Example:
        >>> from pellucid import layers
        >>> layers.CategoryEncoding(4)([[0, 1], [3, 3]]).tolist()
        [[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]

    Source: keras.layers.CategoryEncoding.
    """

    def __init__(
        self,
        num_tokens: int | None = None,
        output_mode: str = "multi_hot",
        sparse: bool = False,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        if num_tokens is None:
            raise ArgumentError(f"{self.label}: num_tokens must be set; IntegerLookup counts classes that nobody knows")
        self.num_tokens = whole(self.label, "num_tokens", num_tokens, 1, MOST_TOKENS)
        mode = OLD_MODES.get(output_mode, output_mode) if isinstance(output_mode, str) else output_mode
        self.output_mode = word(self.label, "output_mode", mode, MODES)
        self.sparse = refused(self.label, "sparse", sparse)

    untold_options = ("sparse",)

    def call(self, inputs: Tensor, count_weights: Tensor | None = None) -> Tensor:
        """A row for each sample; with "count", `count_weights` says how much each number counts."""
        if count_weights is not None and self.output_mode != "count":
            raise ArgumentError(f"{self.label}: count_weights go with output_mode='count' alone")
        return encoded(self.label, inputs, self.num_tokens, self.output_mode, count_weights)


class Discretization(Layer):
    """Measured numbers as numbers of the intervals in which they lie.

    Args:
        bin_boundaries: where intervals begin, rising: [0, 1] makes three, below 0, from 0 on, from 1 on.
        num_bins: how many there shall be, with as many samples each: `adapt` measures where they begin. Both: that was
            measured before.
        epsilon: how exactly, as a share of the samples.
        output_mode: "int" for numbers; "one_hot", "multi_hot" or "count" for rows, see `CategoryEncoding`.
        sparse: False: rows are dense.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: none of the first two is given, or an option is out of range.

    Example:
        >>> from pellucid import layers
        >>> layers.Discretization(bin_boundaries=[0.0, 1.0])([[-0.5, 0.0, 3.0]]).tolist()
        [[0.0, 1.0, 2.0]]

    Source: keras.layers.Discretization.
    """

    def __init__(
        self,
        bin_boundaries: Sequence[float] | None = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        if bin_boundaries is None and num_bins is None:
            raise ArgumentError(f"{self.label}: give bin_boundaries, or num_bins to be measured by adapt()")
        self.bin_boundaries = None if bin_boundaries is None else self._rising(bin_boundaries)
        self.num_bins = None if num_bins is None else whole(self.label, "num_bins", num_bins, 1, MOST_TOKENS)
        self.epsilon = number(self.label, "epsilon", epsilon, 1e-6, 1.0)
        self.output_mode = word(self.label, "output_mode", output_mode, ("int", *MODES))
        self.sparse = refused(self.label, "sparse", sparse)

    def _rising(self, boundaries: Any) -> list[float]:
        listed = boundaries.tolist() if isinstance(boundaries, np.ndarray) else boundaries
        values = several(self.label, "bin_boundaries", listed, "numbers")
        found = [number(self.label, "bin_boundaries", each, -LARGEST) for each in values]
        if any(after < before for before, after in pairwise(found)):
            raise ArgumentError(f"{self.label}: bin_boundaries must rise, got {found}")
        return found

    def call(self, inputs: Tensor) -> Tensor:
        """How many boundaries are not above a number, or rows of that."""
        if self.bin_boundaries is None:
            raise NotYetError(f"{self.label} does not know its intervals: call adapt(data), or give bin_boundaries")
        boundaries = builder.literal(inputs.graph, np.array(self.bin_boundaries or [math.inf]))
        reached = builder.greater_equal(builder.reshape(inputs, (*inputs.shape, 1)), boundaries)
        places = builder.reduce_sum(reached, (inputs.rank,))
        if self.output_mode == "int":
            return places
        return encoded(self.label, places, len(self.bin_boundaries) + 1, self.output_mode)

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Measure where intervals of as many samples each begin.

        Args:
            data: an array; or batches of arrays to go through, of which x is taken where they are (x, y).
            steps: how many batches are gone through; all by default.

        Raises:
            ArgumentError: the intervals were given.
            DataError: there are no numbers.
        """
        if self.num_bins is None:
            raise ArgumentError(f"{self.label}: its bin_boundaries were given, so there is nothing to measure")
        found = np.empty((2, 0), np.float32)
        batches = [data] if isinstance(data, np.ndarray) or hasattr(data, "__array__") else data
        for place, batch in enumerate(batches):
            if place == steps:
                break
            x = batch[0] if isinstance(batch, tuple) else batch
            values = np.sort(array_that(f"{self.label}: adapt() data", x).astype(np.float32).ravel())
            found = _merged(_thinned(values, self.epsilon), found, self.epsilon)
        if not found.size:
            raise DataError(f"{self.label}: adapt() got no numbers")
        self.bin_boundaries = _in_shares(found, 1.0 / self.num_bins)[0, :-1].tolist()

    def get_config(self) -> dict[str, Any]:
        """The options; Keras's has nothing that could be trained, and takes no `trainable`."""
        return {name: value for name, value in super().get_config().items() if name != "trainable"}


def _thinned(values: np.ndarray, epsilon: float) -> np.ndarray:
    """Sorted values, of many each so-manieth, beside how many each stands for: (2, values)."""
    step = max(values.size * epsilon, 1)
    kept = values[int(step - 1) :: int(step)]
    return np.stack([kept, np.full_like(kept, step)])


def _merged(one: np.ndarray, other: np.ndarray, epsilon: float) -> np.ndarray:
    """Both, sorted, as few as `epsilon` allows."""
    both = np.concatenate([one, other], axis=1)
    return _in_shares(both[:, np.argsort(both[0])], epsilon)


def _in_shares(values: np.ndarray, share: float) -> np.ndarray:
    """The values up to which each share of all samples goes, interpolated, beside how many samples that adds."""
    if values.shape[1] * share < 1:
        return values
    counted = values[1].cumsum()
    wanted = share + np.arange(0.0, 1.0, share)
    ends = np.interp(wanted, counted / counted[-1], values[0])
    counts = np.interp(wanted, counted / counted[-1], counted)
    return np.stack([ends, np.diff(counts, prepend=0.0)]).astype(np.float32)
