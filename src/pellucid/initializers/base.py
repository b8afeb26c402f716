"""What an initialiser is: something that is called with a shape and returns the first values of a weight."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from pellucid.arraylike import NoNumbers, array_of
from pellucid.calls import Explained
from pellucid.checks import is_whole, mapping_of
from pellucid.config import is_float32
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError, shown
from pellucid.graph.ops import Shape, check_shape
from pellucid.registry import describe


class Initializer(Explained):
    """The base of all initialisers. A subclass says in `draw` how the numbers come about.

    Example:
        >>> class Ramp(Initializer):
        ...     def draw(self, shape):
        ...         return np.linspace(0, 1, np.prod(shape)).reshape(shape)
        >>> Ramp()((5,)).tolist()
        [0.0, 0.25, 0.5, 0.75, 1.0]

    Source: keras.initializers.Initializer, whose subclasses say it in `__call__`.
    """

    in_keras: ClassVar[bool] = True
    """Whether Keras has it too; if not, it stands in records beside one that Keras knows."""

    def __call__(self, shape: Sequence[int], dtype: object = None) -> np.ndarray:
        """The first values of a weight.

        Args:
            shape: of the weight; a kernel's is (spatial..., channels in / groups, filters).
            dtype: "float32" or None, which is the same; there for code that was written for Keras.

        Returns:
            a new float32 array of that shape.

        Raises:
            ShapeError: the shape cannot be, or does not fit the values; says how to reorder them where that helps.
            ArgumentError: the values or the sizes of the shape are not numbers, or another type is asked for.
            DataError: a value is not finite in float32.
        """
        if dtype is not None and dtype is not np.float32 and not is_float32(dtype):
            raise ArgumentError(f"weights are float32, got dtype={shown(dtype)}; convert the result with .astype")
        wanted = check_shape(sizes_of(shape))
        values = finite(self.draw(wanted))
        if values.shape != wanted:
            hint = fitting_hint(values.shape, wanted)
            raise ShapeError(
                f"Expected `shape` to be {values.shape}, which the initial values have, got shape={wanted}{hint}"
            )
        return values

    def draw(self, shape: Shape) -> npt.ArrayLike:
        """Numbers of the given shape."""
        raise ArgumentTypeError(
            f"{type(self).__name__} has no draw(): an initialiser must say where its numbers come from"
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initialiser, in Keras's words."""
        return {}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The initialiser of which `get_config` gave this."""
        return cls(**mapping_of(f"{cls.__name__}.from_config", "config", config))

    def __repr__(self) -> str:
        return describe(self)


def sizes_of(shape: Sequence[int]) -> Shape:
    """The shape as a tuple of whole numbers."""
    is_list = isinstance(shape, Sequence) or (isinstance(shape, np.ndarray) and shape.ndim == 1)
    sizes = tuple(shape) if is_list and not isinstance(shape, str | bytes) else None
    if sizes is None or not all(map(is_whole, sizes)):
        raise ArgumentTypeError(
            f"the shape of a weight is a tuple of whole numbers such as (3, 3, 1, 8), got {shown(shape)}"
        )
    return tuple(map(int, sizes))


def finite(values: npt.ArrayLike, called: str = "the initial value") -> np.ndarray:
    """The values as a new float32 array; raises at the first that is not a finite number, `called` so."""
    try:
        array = array_of(values)
    except NoNumbers as error:
        if error.parts_differ:
            raise ArgumentError("initial values must form an array: the nested lists differ in length") from None
        raise ArgumentTypeError(f"initial values must be numbers and must form an array: got {error}") from error
    with np.errstate(over="ignore"):
        result = array.astype(np.float32, order="C")
    good = np.isfinite(result)
    if not good.all():
        first = tuple(int(i) for i in np.unravel_index(int(np.argmin(good)), result.shape))
        where = f" at {first}" if first else ""
        raise DataError(f"{called}{where} is {array[first]}; expected finite 32-bit numbers")
    return result


def fitting_hint(came: Shape, wanted: Shape) -> str:
    """How an array of one shape could be made to fit another, as the end of a message; empty where it cannot.

    Example:
        >>> fitting_hint((12, 1, 3, 3), (3, 3, 1, 12))
        '; np.transpose(values, (2, 3, 1, 0)) would fit'
        >>> fitting_hint((3, 3), (3, 3, 1, 1))
        '; np.reshape(values, (3, 3, 1, 1)) would fit'
    """
    rank = len(came)
    if [size for size in came if size != 1] == [size for size in wanted if size != 1]:
        return f"; np.reshape(values, {wanted}) would fit"
    if 2 <= rank == len(wanted) <= 6:
        filters_first = (*range(2, rank), 1, 0)  # as PyTorch orders kernels: the likeliest, so it is tried first
        for order in (filters_first, *itertools.permutations(range(rank))):
            if tuple(came[axis] for axis in order) == wanted:
                return f"; np.transpose(values, {order}) would fit"
    return ""
