"""The samples that an input can be chosen from: those that a model is trained or tried on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pellucid.errors import ArgumentError, ShapeError

__all__ = ["Samples"]


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples as the model takes them, with what is right for each where that is known.

    Args:
        x: (samples, ...), numbers of any kind.
        y: the class of each (samples,), whole numbers; None where there are no classes.
        class_names: by number; empty where classes have no names.
        name: what they are, as in "digits, held out".

    Raises:
        ShapeError: there is no sample, or not one class for each.

    Example:
        >>> samples = Samples(np.zeros((3, 8, 8, 1)), np.array([2, 0, 2]), ("cat", "cow", "dog"))
        >>> len(samples), samples.label(0), samples.of_class(2).tolist()
        (3, 'dog', [0, 2])
    """

    x: np.ndarray
    y: np.ndarray | None = None
    class_names: tuple[str, ...] = ()
    name: str = "samples"

    def __post_init__(self) -> None:
        if self.x.ndim < 2 or not len(self.x):
            raise ShapeError(f"samples are (samples, ...), at least one; got shape {self.x.shape}")
        if self.y is not None and self.y.shape != (len(self.x),):
            raise ShapeError(f"classes are one number for each of {len(self.x)} samples; got shape {self.y.shape}")

    def __len__(self) -> int:
        """How many there are."""
        return len(self.x)

    def sample(self, number: int) -> np.ndarray:
        """One sample, without a batch axis, in float32.

        Raises:
            ArgumentError: there is no such sample.
        """
        if not 0 <= number < len(self):
            raise ArgumentError(f"{self.name}: there are samples 0 to {len(self) - 1}, got {number}")
        return np.asarray(self.x[number], np.float32)

    def first(self, count: int) -> tuple[np.ndarray, np.ndarray | None]:
        """The first samples, at most so many, and their classes."""
        return self.x[:count], None if self.y is None else self.y[:count]

    def label(self, number: int) -> str:
        """The class of a sample in words; "" where it is not known."""
        return "" if self.y is None else self.class_name(int(self.y[number]))

    def class_name(self, number: int) -> str:
        """A class in words."""
        return self.class_names[number] if number < len(self.class_names) else str(number)

    def of_class(self, number: int) -> np.ndarray:
        """The numbers of the samples of a class."""
        return np.zeros(0, int) if self.y is None else np.flatnonzero(self.y == number)
