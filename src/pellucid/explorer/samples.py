"""The samples that an input can be chosen from: those that a model is trained or tried on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.errors import ArgumentError, ShapeError
from pellucid.frozen import Frozen

__all__ = ["Given", "Samples", "parts_of", "rows_of"]

Given = np.ndarray | Sequence[np.ndarray] | Mapping[str, np.ndarray]
"""What a model takes: an array, or one for each of its inputs, in their order."""


def parts_of(given: Given) -> tuple[np.ndarray, ...]:
    """One array for each input.

    Example:
        >>> len(parts_of(np.ones(3))), len(parts_of([np.ones(3), np.ones(2)]))
        (1, 2)
    """
    if isinstance(given, np.ndarray):
        return (given,)
    return tuple(given.values() if isinstance(given, Mapping) else given)


def rows_of(given: Any, rows: Any) -> Any:
    """Some samples of what is given, arranged as it is: an array, several in a list, or some by name.

    Example:
        >>> rows_of({"a": np.arange(4), "b": np.arange(4) * 2}, [1, 3])
        {'a': array([1, 3]), 'b': array([2, 6])}
    """
    if isinstance(given, Mapping):
        return {name: np.asarray(each)[rows] for name, each in given.items()}
    return given[rows] if isinstance(given, np.ndarray) else [np.asarray(each)[rows] for each in given]


class Samples(Frozen, eq=False):
    """Samples as the model takes them, with what is right for each where that is known.

    Args:
        x: (samples, ...), numbers of any kind; of a model with several inputs one array for each.
        y: the class of each (samples,), whole numbers; None where there are no classes.
        class_names: by number; empty where classes have no names.
        name: what they are, as in "digits, held out".
        inputs: names of a model's inputs, where it has several and takes them by name.
        targets: what is right for each, as `fit` takes it: an array, or one for each of a model's outputs, in a list or
            by name; None where that is their classes, or not known.

    Raises:
        ShapeError: there is no sample, or not one class for each, or not as many for each input.

    Example:
        >>> samples = Samples(np.zeros((3, 8, 8, 1)), np.array([2, 0, 2]), ("cat", "cow", "dog"))
        >>> len(samples), samples.label(0), samples.of_class(2).tolist()
        (3, 'dog', [0, 2])
    """

    x: Given
    y: np.ndarray | None = None
    class_names: tuple[str, ...] = ()
    name: str = "samples"
    inputs: tuple[str, ...] = ()
    targets: Any = None

    def __post_init__(self) -> None:
        parts = self.parts
        if not parts or any(part.ndim < 2 or not len(part) for part in parts):
            raise ShapeError(f"samples are (samples, ...), at least one; got {_shapes(parts)}")
        if len({len(part) for part in parts}) > 1:
            raise ShapeError(f"samples are as many for each input; got {_shapes(parts)}")
        if self.y is not None and self.y.shape != (len(self),):
            raise ShapeError(f"classes are one number for each of {len(self)} samples; got shape {self.y.shape}")

    def __len__(self) -> int:
        """How many there are."""
        return len(self.parts[0])

    @property
    def parts(self) -> tuple[np.ndarray, ...]:
        """One array for each of the model's inputs."""
        return parts_of(self.x)

    def at(self, numbers: slice | Sequence[int] | np.ndarray) -> Any:
        """Some of them, float32, as the model takes them: an array, or one for each input, by name or in a list."""
        return self._arranged([np.asarray(part[numbers], np.float32) for part in self.parts])

    def sample(self, number: int) -> Any:
        """One sample, without a batch axis, in float32: an array, or one for each input, by name or in a list.

        Raises:
            ArgumentError: there is no such sample.
        """
        if not 0 <= number < len(self):
            raise ArgumentError(f"{self.name}: there are samples 0 to {len(self) - 1}, got {number}")
        return self._arranged([np.asarray(part[number], np.float32) for part in self.parts])

    def first(self, count: int) -> tuple[Any, np.ndarray | None]:
        """The first samples as they are, at most so many, and their classes."""
        few = self._arranged([part[:count] for part in self.parts])
        return few, None if self.y is None else self.y[:count]

    def _arranged(self, parts: list[np.ndarray]) -> Any:
        if len(parts) == 1:
            return parts[0]
        return dict(zip(self.inputs, parts, strict=True)) if self.inputs else parts

    def label(self, number: int) -> str:
        """The class of a sample in words; "" where it is not known."""
        return "" if self.y is None else self.class_name(int(self.y[number]))

    def class_name(self, number: int) -> str:
        """A class in words."""
        return self.class_names[number] if number < len(self.class_names) else str(number)

    def of_class(self, number: int) -> np.ndarray:
        """The numbers of the samples of a class."""
        return np.zeros(0, int) if self.y is None else np.flatnonzero(self.y == number)


def _shapes(parts: Sequence[np.ndarray]) -> str:
    return f"shape{'s' * (len(parts) != 1)} {', '.join(str(part.shape) for part in parts)}"
