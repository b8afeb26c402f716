"""Two models side by side, as records: which filter of one is which of the other, and how alike they are."""

from __future__ import annotations

import numpy as np

from pellucid.errors import ShapeError
from pellucid.frozen import Frozen
from pellucid.inspection.record import Record, snapshot
from pellucid.inspection.records import FilterBank

__all__ = ["ALIKE", "Comparison", "LayerMatch", "Recurrence"]

ALIKE = 0.8
"""The likeness from which on a filter is said to recur."""


class LayerMatch(Record, Frozen, eq=False):
    """The filters of a layer of one model, each with that of the other which it is most like, one to one.

    Args:
        a: the path of the layer in the first model.
        b: the same in the second.
        by: what was compared: "answers" to data before the activation, by their correlation, or "weights", by their
            cosine.
        match: for each filter of a the number of that of b (filters of a,); -1 for none, where b has fewer.
        likeness: how alike the two are, from 0 to 1 (filters of a,); NaN for none.
        sign: -1 where one is the negative of the other, else 1 (filters of a,).
        shift: by how many places what b's filter shows lies before what a's shows (filters of a, spatial axes).
        weights: the cosine of their kernels under sign, shift and the permutation of channels (filters of a,); NaN
            where that was not to be told.
        every: the likeness of each filter of a to each of b, in their best shift and sign (filters of a, filters of b).
        bank_a: the filters themselves; None where their weights were not compared.
        bank_b: the same, the channels that they read in the order of a's.

    Raises:
        ShapeError: the arrays do not fit together.

    Example:
        >>> one, none = np.ones(2), np.zeros((2, 0), int)
        >>> every = np.array([[0.1, 0.9], [0.3, 0.2]])
        >>> layer = LayerMatch("conv", "conv", "answers", np.array([1, 0]), np.array([0.9, 0.3]), one, none, one, every)
        >>> layer.recurring(0.8), layer.mean, layer.by_chance
        ((0,), 0.6, 0.375)
    """

    a: str
    b: str
    by: str
    match: np.ndarray
    likeness: np.ndarray
    sign: np.ndarray
    shift: np.ndarray
    weights: np.ndarray
    every: np.ndarray
    bank_a: FilterBank | None = None
    bank_b: FilterBank | None = None

    def __post_init__(self) -> None:
        for name in ("match", "likeness", "sign", "shift", "weights", "every"):
            array = snapshot(getattr(self, name), f"{name} of a comparison")
            if array.shape[:1] != np.shape(self.match)[:1]:
                raise ShapeError(f"{name}: expected one row for each of {np.shape(self.match)[0]} filters of {self.a}")
            object.__setattr__(self, name, array)

    @property
    def axes(self) -> tuple[str, ...]:
        """What each axis of `every` stands for."""
        return ("filter of a", "filter of b")

    @property
    def mean(self) -> float:
        """The mean likeness of what is matched."""
        return float(np.nanmean(self.likeness))

    @property
    def by_chance(self) -> float:
        """The mean likeness of all pairs of filters, which is what pairs drawn by chance have."""
        return float(self.every.mean())

    def recurring(self, threshold: float = ALIKE) -> tuple[int, ...]:
        """The filters of a whose match is at least so much alike."""
        return tuple(np.flatnonzero(np.nan_to_num(self.likeness) >= threshold).tolist())


class Comparison(Record, Frozen, eq=False):
    """Two models side by side.

    Args:
        a: name of the first.
        b: name of the second.
        layers: each pair of layers, in order.
        samples: how many samples they answered; 0 where weights alone were compared.
        same_answer: the share of samples for which both outputs are largest at the same place; None where there were
            none, or the outputs are single numbers.
        largest_difference: of the outputs; None where they were not to be compared.
        notes: what was not compared, and why.

    Example:
        >>> Comparison("first", "second", (), 0, None, None, ("nothing was compared",)).notes
        ('nothing was compared',)
    """

    a: str
    b: str
    layers: tuple[LayerMatch, ...]
    samples: int
    same_answer: float | None = None
    largest_difference: float | None = None
    notes: tuple[str, ...] = ()


class Recurrence(Record, Frozen, eq=False):
    """Which filters of one model are found again in others, such as trainings from other seeds.

    Args:
        model: name of the first model.
        others: how many others there are.
        layers: the path of each layer.
        likeness: for each layer, how alike each of its filters is to its match in each of the others (others, filters).
        threshold: from which likeness on a filter is said to recur.

    Example:
        >>> found = Recurrence("net", 2, ("conv",), (np.array([[0.9, 0.2], [0.95, 0.9]]),), 0.8)
        >>> found.recurring("conv"), found.counts("conv").tolist()
        ((0,), [2, 1])
    """

    model: str
    others: int
    layers: tuple[str, ...]
    likeness: tuple[np.ndarray, ...]
    threshold: float

    def __post_init__(self) -> None:
        copies = tuple(snapshot(array, "likeness of a recurrence") for array in self.likeness)
        object.__setattr__(self, "likeness", copies)

    def counts(self, layer: str) -> np.ndarray:
        """In how many of the others each filter of a layer is found again (filters,)."""
        return np.asarray((np.nan_to_num(self.likeness[self.layers.index(layer)]) >= self.threshold).sum(axis=0))

    def recurring(self, layer: str) -> tuple[int, ...]:
        """The filters of a layer that are found again in all of the others."""
        return tuple(np.flatnonzero(self.counts(layer) == self.others).tolist())
