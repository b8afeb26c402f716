"""What people hand in where numbers are expected: taken for the numbers that are meant, or refused with a clear word.

The one place where things become arrays. Who asks says what for ("the input must hold numbers, got ..."); what came,
why it is not taken and what to do instead is said here.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Sequence
from numbers import Number
from typing import Any

import numpy as np

from pellucid.errors import ArgumentError, ArgumentTypeError, DataError, shorter, shown

__all__ = [
    *("Array", "MOST_COUNTED", "NoNumbers", "array_of", "array_that", "finite", "first_odd", "floats_of"),
    *("in_float32", "is_numbers", "numbers_of", "of_objects", "shape_told"),
]

FLOAT32 = np.dtype(np.float32)
REAL = "fiub"
"""The kinds of NumPy's real numbers: floating point, whole, without sign, true or false."""


class Array(np.ndarray):
    """NumPy's array, with the `numpy()` that code written for Keras calls on its results.

    Example:
        >>> from pellucid import ops
        >>> y = ops.add([1.0, 2.0], 1.0)
        >>> y, type(y.numpy()).__name__
        (array([2., 3.], dtype=float32), 'ndarray')
    """

    def numpy(self) -> np.ndarray:
        """The array itself, as NumPy's own class; it shares memory with this one."""
        return self.view(np.ndarray)

    def __repr__(self) -> str:
        return repr(self.view(np.ndarray))


class Texts(Array):
    """An array of text, which `numpy()` gives as bytes, as TensorFlow does; so do its parts.

    Example:
        >>> batch = np.array(["a cat", "a dog"]).view(Texts)
        >>> batch[1].numpy().decode(), batch.tolist()
        ('a dog', ['a cat', 'a dog'])
    """

    def numpy(self) -> Any:
        """As bytes: one alone, or an array of them."""
        found = np.char.encode(self.view(np.ndarray), "utf-8").astype(object)
        return found if found.ndim else found.item()

    def __getitem__(self, key: Any) -> Any:
        return np.asarray(self.view(np.ndarray)[key]).view(Texts)


def _in_place(name: str) -> Callable[[Array, Any], Any]:
    """`a += b` in place; but for a b that arrays leave their operators to, such as a tensor that a tape has seen."""
    method, function = getattr(np.ndarray, f"__i{name}__"), getattr(operator, name)

    def changed(self: Array, other: Any) -> Any:
        return function(self, other) if getattr(other, "__array_ufunc__", method) is None else method(self, other)

    return changed


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
    setattr(Array, f"__i{_name}__", _in_place(_name))


class Sizes(tuple[Any, ...]):
    """The shape of a tensor, None for an open size, with what code written for TensorFlow asks of it.

    Example:
        >>> Sizes((None, 3)).as_list(), Sizes((None, 3)).rank, Sizes((2, 3)).num_elements()
        ([None, 3], 2, 6)
    """

    __slots__ = ()

    def as_list(self) -> list[int | None]:
        """As a list."""
        return list(self)

    @property
    def rank(self) -> int:
        """How many axes there are."""
        return len(self)

    ndims = rank

    def num_elements(self) -> int | None:
        """How many elements there are; None where that is open."""
        sizes = [size for size in self if size is not None]
        return math.prod(sizes) if len(sizes) == len(self) else None

    def is_fully_defined(self) -> bool:
        """Whether no size is open."""
        return None not in self


class NoNumbers(Exception):
    """What came is no array of real numbers.

    Args:
        value: what came.
        came: what it is as an array, "an array of type <U1".
        advice: why it is not taken, or what to do instead; may be empty.
        parts_differ: whether it is a list of parts that differ in shape.
        are_names: whether it is an array of text, or of objects, as classes go by their names.
    """

    def __init__(
        self, value: object, came: str, advice: str = "", *, parts_differ: bool = False, are_names: bool = False
    ) -> None:
        super().__init__(came)
        self.value, self.came, self.advice = value, came, advice
        self.parts_differ, self.are_names = parts_differ, are_names

    @property
    def kind(self) -> str:
        """The type of what came, with the advice."""
        return self._with_advice(type(self.value).__name__)

    @property
    def shown(self) -> str:
        """What came as Python shows it, where that is short; with the advice."""
        return shown(self.value) if isinstance(self.value, str | complex | None) else str(self)

    def __str__(self) -> str:
        return self._with_advice(self.came)

    def _with_advice(self, text: str) -> str:
        return f"{text}; {self.advice}" if self.advice else text


def array_of(value: Any) -> np.ndarray:
    """The numbers that are meant, as an array of a type of NumPy's.

    Taken are numbers (`Fraction` and `Decimal` too), arrays of them of every width, byte order, alignment and stride,
    lists, buffers, and what other libraries let NumPy read: arrays of JAX, tensors of PyTorch, frames of pandas,
    images of Pillow; bfloat16 numbers and their like become float32.

    Raises:
        NoNumbers: it is none, or its numbers are not all that it says: complex numbers, dates, text, records with
            fields, masked places, sparse matrices, tensors that do not give their values.

    Example:
        >>> from decimal import Decimal
        >>> array_of([[True, 2], [0.5, 3]]).tolist(), array_of(np.array([1, Decimal("0.5")])).tolist()
        ([[1.0, 2.0], [0.5, 3.0]], [1.0, 0.5])
        >>> try:
        ...     array_of(np.ones(2, [("a", "f4"), ("b", "f4")]))
        ... except NoNumbers as error:
        ...     print(error)
        an array with fields; they are a, b: hand in one of them, or stack them
    """
    if type(value) is np.ndarray and value.dtype.kind in REAL:
        return value
    try:
        return _of_anything(value)
    except RecursionError:
        raise NoNumbers(value, "a list that goes on inside itself without an end") from None


def array_that(is_called: str, value: Any) -> np.ndarray:
    """The numbers that are meant, as `array_of` takes them; raise `ArgumentTypeError` for what holds none.

    Args:
        is_called: what it stands for, as the message begins ("to_categorical: x").
        value: what came.

    Example:
        >>> array_that("a kernel", [[1, 2], [3, 4]]).shape
        (2, 2)
        >>> array_that("a kernel", "sobel")
        Traceback (most recent call last):
        pellucid.errors.ArgumentTypeError: a kernel must be numbers, got 'sobel'
    """
    try:
        return array_of(value)
    except NoNumbers as error:
        raise ArgumentTypeError(f"{is_called} must be numbers, got {error.shown}") from error


def _of_anything(value: Any) -> np.ndarray:
    if _is_masked(value):
        raise NoNumbers(value, "a masked array", "some of its places are masked: fill them, as in x.filled(0)")
    array = _read(value)
    kind = array.dtype.kind
    if kind in REAL:
        return array
    if kind == "O":
        return _of_objects(array, value)
    if array.dtype.names:
        fields = ", ".join(array.dtype.names)
        raise NoNumbers(value, "an array with fields", f"they are {fields}: hand in one of them, or stack them")
    if kind == "V" and np.can_cast(array.dtype, FLOAT32):  # bfloat16 and its like, which NumPy itself does not know
        return array.astype(FLOAT32)
    raise NoNumbers(value, f"an array of type {array.dtype}", are_names=kind in "UST")


def floats_of(array: np.ndarray) -> np.ndarray:
    """Numbers as engines take them: float32 of this machine, row after row, aligned; the array itself where it is that.

    What is too large for float32 becomes infinite.

    Example:
        >>> odd = np.frombuffer(bytes(1) + np.float32([1.0, 2.0]).tobytes(), np.float32, offset=1)
        >>> odd.flags.aligned, floats_of(odd).flags.aligned, floats_of(odd).tolist()
        (False, True, [1.0, 2.0])
    """
    with np.errstate(over="ignore"):
        floats = np.ascontiguousarray(array, FLOAT32) if array.ndim else array.astype(FLOAT32)
    return floats if floats.flags.aligned else floats.copy()


def first_odd(values: np.ndarray) -> str | None:
    """Where the first number is that is not finite, and what it is; None where all are.

    Example:
        >>> first_odd(np.array([[0.0, np.nan]]))
        'at (0, 1) is nan'
    """
    is_finite = np.isfinite(values)
    if is_finite.all():
        return None
    first = tuple(int(i) for i in np.argwhere(~is_finite)[0])
    return f"at {first} is {values[first]}"


def _is_masked(value: object) -> bool:
    """Whether a masked array, or a list with one in it, has a masked place: NumPy would read what is below the mask."""
    module = sys.modules.get("numpy.ma")  # whoever has such an array has imported it
    if module is None:
        return False
    if isinstance(value, list | tuple):
        return any(_is_masked(item) for item in value if not isinstance(item, float | int))
    return isinstance(value, module.MaskedArray) and bool(module.is_masked(value))


def _read(value: Any) -> np.ndarray:
    """What NumPy makes of it."""
    try:
        return np.asarray(value)
    except MemoryError:
        raise
    except ValueError as error:
        if isinstance(value, list | tuple):
            raise NoNumbers(value, "parts of different shapes", shorter(str(error)), parts_differ=True) from error
        raise NoNumbers(value, f"a {type(value).__name__} that NumPy cannot read", shorter(str(error))) from error
    except Exception as error:  # whatever a foreign type says, such as a tensor of PyTorch that needs a gradient
        raise NoNumbers(value, f"a {type(value).__name__} that NumPy cannot read", shorter(str(error))) from error


def _of_objects(array: np.ndarray, value: Any) -> np.ndarray:
    """Numbers, or arrays of them, that Python holds one by one."""
    items = list(array.flat)
    if all(_is_real(item) for item in items):
        return np.array([_as_float(item) for item in items]).reshape(array.shape)
    if all(isinstance(item, np.ndarray | list | tuple) for item in items):
        parts = [_of_anything(item) for item in items]
        if len({part.shape for part in parts}) > 1:
            raise NoNumbers(value, "parts of different shapes", "in an array of arrays", parts_differ=True)
        return np.stack(parts).reshape((*array.shape, *parts[0].shape))
    if not array.ndim and hasattr(value, "__dlpack__"):
        return _read_shared(value)
    bad = next(item for item in items if not _is_real(item))
    advice = "x.toarray() has all its numbers" if hasattr(bad, "toarray") else ""
    came = "an array of type object" if array.ndim or value is None else f"a {type(value).__name__}"
    raise NoNumbers(value, came, advice, are_names=array.ndim > 0)


def _as_float(item: Any) -> float:
    try:
        return float(item)
    except OverflowError:  # a whole number of more than 308 digits
        return float("inf") if item > 0 else float("-inf")
    except ValueError:  # a number of `decimal` that is none, and signals it
        return float("nan")


def _read_shared(value: Any) -> np.ndarray:
    """What another library shares by DLPack alone."""
    try:
        return np.from_dlpack(value)
    except Exception as error:
        raise NoNumbers(value, f"a {type(value).__name__} that NumPy cannot read", shorter(str(error))) from error


def _is_real(value: Any) -> bool:
    """Whether it is one number, also one of `fractions` or `decimal`, which are not imported for it."""
    return isinstance(value, Number | np.bool_) and not isinstance(value, complex | np.complexfloating)


def shape_told(value: Any) -> tuple[Any, ...]:
    """The shape that an array or tensor of whatever library says it has; () for what says none.

    Example:
        >>> shape_told(np.ones((2, 3))), shape_told([1.0]), shape_told(np)  # np.shape is a function
        ((2, 3), (), ())
    """
    try:
        return tuple(value.shape)
    except Exception:  # there is none, or it is something else, or a foreign object that does not tell it
        return ()


def is_numbers(value: Any) -> bool:
    """Whether it is a number, or numbers in lists, however deep.

    Example:
        >>> from decimal import Decimal
        >>> is_numbers([[1, 0.5], [Decimal(2)]]), is_numbers([np.ones(2)])
        (True, False)
    """
    try:
        return all(map(is_numbers, value)) if isinstance(value, list | tuple) else _is_real(value)
    except RecursionError:  # a list inside itself
        return False


def of_objects(values: Sequence[Any], shape: tuple[int, ...]) -> np.ndarray:
    """An array of Python's objects, each an element whatever it is: NumPy would look into texts and lists.

    Args:
        values: one for each element, in order.
        shape: of the array.

    Example:
        >>> of_objects([[1], [2, 3]], (2, 1)).tolist()
        [[[1]], [[2, 3]]]
    """
    found = np.empty(len(values), object)
    found[:] = values
    return found.reshape(shape)


MOST_COUNTED = 2**24
"""Up to here float32 holds every whole number."""


def numbers_of(value: Any, path: str) -> np.ndarray:
    """An array of numbers; raises `ArgumentError` where it holds others."""
    try:
        return array_of(value)
    except NoNumbers as error:
        raise ArgumentError(f"{path} takes numbers, got {error}") from error


def in_float32(array: np.ndarray, path: str, *, is_whole: bool = False) -> np.ndarray:
    """Numbers as they are kept: float32; without their fractions where they are to be whole, as in Keras.

    Raises:
        DataError: float32 does not hold such a whole number.
    """
    with np.errstate(over="ignore"):
        if not is_whole:
            return array.astype(np.float32)
        whole = np.trunc(array.astype(np.float64))
        kept = whole.astype(np.float32)
    lost = np.isfinite(whole) & (kept != whole)
    if lost.any():
        number, near = whole[lost][0], kept[lost][0]
        raise DataError(
            f"{path} keeps whole numbers in float32, which holds all of them up to {MOST_COUNTED} and then ever fewer: "
            f"{number:.0f} would become {near:.0f}; count in parts, or in larger units"
        )
    return kept


def finite(array: np.ndarray, path: str, *, is_whole: bool = False) -> np.ndarray:
    """The same for numbers that must be finite; raises `DataError`."""
    values = in_float32(array, path, is_whole=is_whole)
    if (odd := first_odd(values)) is not None:
        raise DataError(f"{path}: the value {odd}; weights must be finite float32 numbers")
    return values
