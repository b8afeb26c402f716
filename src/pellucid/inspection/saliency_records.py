"""What the input does to one number of a model, as records: a map with signs, and curves by which it can be doubted."""

from __future__ import annotations

import numpy as np

from pellucid.errors import ArgumentError, ShapeError
from pellucid.frozen import Frozen
from pellucid.inspection.map_records import SPATIAL_AXES
from pellucid.inspection.record import Record, snapshot

__all__ = ["MEANINGS", "METHODS", "Doubt", "Saliency"]

MEANINGS = {
    "gradient": (
        "raising this number of the input a little raises the score",
        "raising it a little lowers the score",
    ),
    "smoothgrad": (
        "raising this number raises the score, in the mean over noisy copies of the sample",
        "raising it lowers the score, in that mean",
    ),
    "integrated": (
        "that this number is what it is, and not the baseline, adds to the score",
        "it takes from the score: with the baseline in its place the score would be higher",
    ),
    "guided": (
        "more of this number excites units that excite the score, each ReLU on the way agreeing",
        "less of this number excites them; it is no evidence against the score, since what speaks against it was cut "
        "off at each ReLU",
    ),
    "occlusion": (
        "covering this place lowers the score: it speaks for it",
        "covering this place raises the score: it speaks against it",
    ),
    "gradcam": (
        "what the maps answer here raises the score",
        "what they answer here lowers it; the paper cuts such values to zero",
    ),
}
"""By method: what a positive value says, and what a negative one."""
METHODS = tuple(MEANINGS)


class Doubt(Record, Frozen, eq=False):
    """How a score falls while the places that a map calls important are taken away, and rises while they are given.

    Args:
        share: of the places that are replaced by the baseline, or given, from 0 to 1 (steps,).
        deletion: the score with that share of places deleted, the most important first (steps,).
        insertion: the score with that share of places given on the baseline alone, the most important first (steps,).
        deletion_by_chance: the same in orders drawn at random, their mean (steps,).
        insertion_by_chance: the same.
        baseline: what stands where a place is deleted.

    Raises:
        ShapeError: the curves differ in length.

    Example:
        >>> share, falls = np.array([0.0, 0.5, 1.0]), np.array([1.0, 0.25, 0.0])
        >>> doubt = Doubt(share, falls, falls[::-1], np.array([1.0, 0.5, 0.0]), np.array([0.0, 0.5, 1.0]), 0.0)
        >>> doubt.areas
        {'deletion': 0.375, 'insertion': 0.375, 'deletion by chance': 0.5, 'insertion by chance': 0.5}
        >>> doubt.verdict
        'Deleting what it calls important lowers the score faster than chance does, giving it raises it no faster.'

    Source: V. Petsiuk, A. Das, K. Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models", BMVC
        2018, whose metrics these curves are.
    """

    share: np.ndarray
    deletion: np.ndarray
    insertion: np.ndarray
    deletion_by_chance: np.ndarray
    insertion_by_chance: np.ndarray
    baseline: float

    def __post_init__(self) -> None:
        for name in ("share", "deletion", "insertion", "deletion_by_chance", "insertion_by_chance"):
            array = snapshot(getattr(self, name), name)
            if array.ndim != 1 or array.shape != np.shape(self.share):
                raise ShapeError(f"curves of a doubt are {np.shape(self.share)} long, got {name} {array.shape}")
            object.__setattr__(self, name, array)

    @property
    def curves(self) -> dict[str, np.ndarray]:
        """The four curves by name."""
        return {
            "deletion": self.deletion,
            "insertion": self.insertion,
            "deletion by chance": self.deletion_by_chance,
            "insertion by chance": self.insertion_by_chance,
        }

    @property
    def areas(self) -> dict[str, float]:
        """The area under each curve: of deletion small is good, of insertion large."""
        widths = np.diff(self.share)
        return {name: float(((y[1:] + y[:-1]) / 2 * widths).sum()) for name, y in self.curves.items()}

    @property
    def verdict(self) -> str:
        """Whether the map does better than chance, in a sentence."""
        areas = self.areas
        falls = areas["deletion"] < areas["deletion by chance"]
        rises = areas["insertion"] > areas["insertion by chance"]
        first = (
            f"Deleting what it calls important lowers the score {'faster' if falls else 'no faster'} than chance does"
        )
        return (
            f"{first}, giving it raises it {'faster too' if falls and rises else 'faster' if rises else 'no faster'}."
        )


class Saliency(Record, Frozen, eq=False):
    """What the input does to one number of a model.

    Args:
        method: one of "gradient", "smoothgrad", "integrated", "guided", "occlusion", "gradcam".
        layer: the path of the layer whose unit is asked about.
        kind: the layer's class.
        unit: number of the unit or filter.
        position: its place in the map; None for the mean of the map, and for a dense layer ().
        stage: "output", or "before activation".
        score: the number itself.
        image: the sample (spatial..., channels).
        values: how much each number of the sample does (spatial..., channels); a method that tells places alone has one
            channel.
        doubt: deletion and insertion by this map.
        settings: the method's numbers, by name.
        coarse: of Grad-CAM, the map before it was stretched to the input's size (spatial...); else None.
        maps_of: of Grad-CAM, the layer whose maps were weighed.
        notes: what must be known besides, in sentences.
        input: of a model with several inputs, the one that is asked about, the others being held; else "".

    Raises:
        ArgumentError: there is no such method.
        ShapeError: the map does not lie on the image.

    Example:
        >>> half, zeros = np.array([0.0, 1.0]), np.zeros(2)
        >>> doubt = Doubt(half, zeros, zeros, zeros, zeros, 0.0)
        >>> image = np.ones((2, 2, 1))
        >>> map = Saliency("gradient", "head", "Dense", 3, (), "output", 0.5, image, -image, doubt)
        >>> map.meaning_of_negative, map.axes
        ('raising it a little lowers the score', ('rows', 'columns', 'channel'))
        >>> map.by_place.tolist()
        [[-1.0, -1.0], [-1.0, -1.0]]

    Source: of each method at `inspection.saliency`.
    """

    method: str
    layer: str
    kind: str
    unit: int
    position: tuple[int, ...] | None
    stage: str
    score: float
    image: np.ndarray
    values: np.ndarray
    doubt: Doubt
    settings: dict[str, float] | None = None
    coarse: np.ndarray | None = None
    maps_of: str = ""
    notes: tuple[str, ...] = ()
    input: str = ""

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ArgumentError(f"a saliency's method is one of {', '.join(METHODS)}, got {self.method!r}")
        for name in ("image", "values", "coarse"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, snapshot(getattr(self, name), f"{name} of a saliency map"))
        if not 2 <= self.image.ndim <= 4 or self.values.shape[:-1] != self.image.shape[:-1]:
            raise ShapeError(
                f"a saliency map lies on its image (spatial..., channels) with 1 to 3 spatial axes, got "
                f"{self.values.shape} on {self.image.shape}"
            )

    @property
    def axes(self) -> tuple[str, ...]:
        """What each axis of the values stands for."""
        return (*SPATIAL_AXES[self.values.ndim - 1], "channel")

    @property
    def by_place(self) -> np.ndarray:
        """What each place (spatial...) does, its channels added up."""
        return np.asarray(self.values.sum(axis=-1))

    @property
    def meaning_of_positive(self) -> str:
        """What a positive value says."""
        return MEANINGS[self.method][0]

    @property
    def meaning_of_negative(self) -> str:
        """What a negative value says."""
        return MEANINGS[self.method][1]
