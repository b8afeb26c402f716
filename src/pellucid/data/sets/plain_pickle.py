"""Pickled numbers, texts and arrays, read without executing anything: the few opcodes that archives of data need.

A pickle is a program for a small machine, which can call any function there is. This machine knows how to make numbers,
texts, lists, dictionaries and NumPy's arrays of numbers; whatever else a file asks for is refused.

Source: Python, Lib/pickletools.py, which describes each opcode; NumPy, `ndarray.__reduce__` and `dtype.__reduce__`.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.arraylike import of_objects
from pellucid.errors import FileError

__all__ = ["read_pickle"]

MOST_VALUES = 10_000_000
ONE_BYTE, TWO_BYTES = b"KM"
KINDS = "iufbO"
ARRAY_MAKERS = {f"{place}.multiarray _reconstruct" for place in ("numpy.core", "numpy._core")}
BUFFER_MAKERS = {f"{place}.numeric _frombuffer" for place in ("numpy.core", "numpy._core")}
NAMES = {"numpy ndarray", "numpy dtype", "_codecs encode", *ARRAY_MAKERS, *BUFFER_MAKERS}
"""What a file may name; each has a meaning here, nothing is looked up."""


class _Name(str):
    """A class or function that the file names."""


class _Made:
    """A NumPy array or number type that is being made, until its state is known."""

    def __init__(self, kind: str, value: Any = None) -> None:
        self.kind, self.value = kind, value


def read_pickle(content: bytes, *, name: str = "<bytes>") -> Any:
    """What a pickle of plain data holds.

    Args:
        content: of the file.
        name: how errors call it.

    Returns:
        dictionaries, lists, tuples, numbers, texts, bytes and arrays. Texts of Python 2 are bytes.

    Raises:
        FileError: it is damaged, or asks for anything else.

    Example:
        >>> read_pickle(b"\\x80\\x02}q\\x00U\\x01aK\\x07s.")
        {b'a': 7}
        >>> read_pickle(b"cos\\nsystem\\n(S'ls'\\ntR.")
        Traceback (most recent call last):
        pellucid.errors.FileError: <bytes> asks for 'os system', which is no data; such files are not read, since they \
could run code
    """
    try:
        return _Machine(content, name).run()
    except FileError:
        raise
    except (IndexError, KeyError, TypeError, ValueError, struct.error, OverflowError, MemoryError) as error:
        raise FileError(f"{name} is damaged: it is no whole pickle of plain data ({error})") from error


class _Machine:
    def __init__(self, content: bytes, name: str) -> None:
        self.content, self.name, self.place = content, name, 0
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        while True:
            self.small_numbers()
            code = self.take(1)
            if code == b".":
                return _plain(self.stack.pop())
            if code not in ACTIONS:
                raise FileError(f"{self.name} has the opcode {code!r}, which plain data do not need; it is not read")
            ACTIONS[code](self)
            if len(self.stack) > MOST_VALUES:
                raise FileError(f"{self.name} holds more than {MOST_VALUES:,} values at once")

    def small_numbers(self) -> None:
        """Whole numbers of one and two bytes, as lists of words hold them by the million: all that follow, at once."""
        content, place, push = self.content, self.place, self.stack.append
        last = len(content) - 3
        while place <= last:
            if content[place] == ONE_BYTE:
                push(content[place + 1])
                place += 2
            elif content[place] == TWO_BYTES:
                push(content[place + 1] | content[place + 2] << 8)
                place += 3
            else:
                break
        self.place = place

    def take(self, count: int) -> bytes:
        part = self.content[self.place : self.place + count]
        if count < 0 or len(part) < count:
            raise FileError(f"{self.name} is cut short; copy or download it again")
        self.place += count
        return part

    def skip(self, count: int) -> None:
        self.take(count)

    def number(self, form: str) -> int:
        return int(struct.unpack(f"<{form}", self.take(struct.calcsize(form)))[0])

    def line(self) -> bytes:
        end = self.content.index(b"\n", self.place)
        part = self.take(end - self.place)
        self.take(1)
        return part

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def marked(self) -> list[Any]:
        """The items behind the last mark."""
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def named(self, wanted: str) -> None:
        if wanted not in NAMES:
            raise FileError(
                f"{self.name} asks for {wanted!r}, which is no data; such files are not read, since they could run code"
            )
        self.push(_Name(wanted))

    def reduce(self) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        self.push(self.made(function, arguments))

    def made(self, function: object, arguments: Any) -> Any:
        if not isinstance(function, _Name) or not isinstance(arguments, tuple):
            raise FileError(f"{self.name} calls what is no function of plain data; it is not read")
        if function in ARRAY_MAKERS:
            return _Made("array")
        if function == "numpy dtype":
            return _Made("dtype", _dtype(arguments[0]))
        if function == "_codecs encode":
            return str(arguments[0]).encode("latin-1")
        if function in BUFFER_MAKERS:
            data, dtype, shape, order = arguments
            return _array(bytes(data), _plain(dtype), shape, fortran=order == "F")
        raise FileError(f"{self.name} calls {str(function)!r}, which plain data do not need; it is not read")

    def build(self) -> None:
        state = self.stack.pop()
        made = self.stack[-1]
        if not isinstance(made, _Made) or not isinstance(state, tuple):
            raise FileError(f"{self.name} gives a state to what has none; it is not read")
        if made.kind == "dtype":
            made.value = made.value.newbyteorder({"|": "=", b"|": "="}.get(state[1], _text(state[1])))
        else:
            _, shape, dtype, fortran, data = state
            made.value = _array(data, _plain(dtype), shape, fortran=bool(fortran))


def _text(value: Any) -> str:
    return value.decode("ascii") if isinstance(value, bytes) else str(value)


def _dtype(word: Any) -> np.dtype[Any]:
    dtype = np.dtype(_text(word))
    if dtype.kind not in KINDS:
        raise ValueError(f"arrays of {dtype}")
    return dtype


def _array(data: Any, dtype: Any, shape: Any, *, fortran: bool) -> np.ndarray:
    if isinstance(dtype, np.dtype) and dtype.kind == "O":
        return _of_values(data, shape)
    if not isinstance(data, bytes) or not isinstance(dtype, np.dtype):
        raise ValueError("an array without its bytes")
    if math.prod(shape) * dtype.itemsize != len(data):
        raise ValueError(f"an array of shape {shape} from {len(data)} bytes")
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")


def _of_values(data: Any, shape: Any) -> np.ndarray:
    """An array of lists or texts, each of its own length."""
    if not isinstance(data, list) or math.prod(shape) != len(data):
        raise ValueError(f"an array of shape {shape} without its values")
    return of_objects([_plain(each) for each in data], shape)


def _plain(value: Any) -> Any:
    """Without what stands for arrays while they are being made."""
    if isinstance(value, list) and {*map(type, value)} <= {int}:
        return value
    if isinstance(value, _Made):
        if value.value is None:
            raise ValueError("an array without its state")
        return value.value
    if isinstance(value, dict):
        return {_plain(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_plain, value))
    return value


def _pushes(value: Callable[[_Machine], Any]) -> Callable[[_Machine], None]:
    return lambda machine: machine.push(value(machine))


def _last(count: int) -> Callable[[_Machine], None]:
    """A tuple of the last values."""

    def act(machine: _Machine) -> None:
        items = tuple(machine.stack[len(machine.stack) - count :])
        if len(items) < count:
            raise IndexError("too few values")
        del machine.stack[len(machine.stack) - count :]
        machine.push(items)

    return act


def _appends(machine: _Machine) -> None:
    items = machine.marked()
    machine.stack[-1].extend(items)


def _set_items(machine: _Machine) -> None:
    items = machine.marked()
    machine.stack[-1].update(zip(items[::2], items[1::2], strict=True))


def _set_item(machine: _Machine) -> None:
    value, key = machine.stack.pop(), machine.stack.pop()
    machine.stack[-1][key] = value


def _append(machine: _Machine) -> None:
    value = machine.stack.pop()
    machine.stack[-1].append(value)


def _stack_name(machine: _Machine) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    machine.named(f"{module} {name}")


def _memoized(place: Callable[[_Machine], int]) -> Callable[[_Machine], None]:
    def act(machine: _Machine) -> None:
        machine.memo[place(machine)] = machine.stack[-1]

    return act


def _quoted(line: bytes) -> bytes:
    """A text of protocol 0, without its quotes; escapes are refused."""
    if len(line) < 2 or line[:1] not in b"'\"" or line[:1] != line[-1:] or b"\\" in line:
        raise ValueError("a text that is not quoted plainly")
    return line[1:-1]


ACTIONS: dict[bytes, Callable[[_Machine], None]] = {
    b"\x80": lambda machine: machine.skip(1),
    b"\x95": lambda machine: machine.skip(8),
    b"(": lambda machine: machine.marks.append(len(machine.stack)),
    b"}": _pushes(lambda machine: {}),
    b"]": _pushes(lambda machine: []),
    b")": _pushes(lambda machine: ()),
    b"N": _pushes(lambda machine: None),
    b"\x88": _pushes(lambda machine: True),
    b"\x89": _pushes(lambda machine: False),
    b"K": _pushes(lambda machine: machine.number("B")),
    b"M": _pushes(lambda machine: machine.number("H")),
    b"J": _pushes(lambda machine: machine.number("i")),
    b"I": _pushes(lambda machine: int(machine.line())),
    b"\x8a": _pushes(lambda machine: int.from_bytes(machine.take(machine.number("B")), "little", signed=True)),
    b"G": _pushes(lambda machine: struct.unpack(">d", machine.take(8))[0]),
    b"S": _pushes(lambda machine: _quoted(machine.line())),
    b"U": _pushes(lambda machine: machine.take(machine.number("B"))),
    b"T": _pushes(lambda machine: machine.take(machine.number("i"))),
    b"C": _pushes(lambda machine: machine.take(machine.number("B"))),
    b"B": _pushes(lambda machine: machine.take(machine.number("I"))),
    b"\x8e": _pushes(lambda machine: machine.take(machine.number("Q"))),
    b"\x96": _pushes(lambda machine: machine.take(machine.number("Q"))),
    b"X": _pushes(lambda machine: machine.take(machine.number("I")).decode("utf-8")),
    b"\x8c": _pushes(lambda machine: machine.take(machine.number("B")).decode("utf-8")),
    b"\x85": _last(1),
    b"\x86": _last(2),
    b"\x87": _last(3),
    b"t": _pushes(lambda machine: tuple(machine.marked())),
    b"l": _pushes(lambda machine: machine.marked()),
    b"d": lambda machine: _dictionary(machine),
    b"a": _append,
    b"e": _appends,
    b"s": _set_item,
    b"u": _set_items,
    b"q": _memoized(lambda machine: machine.number("B")),
    b"r": _memoized(lambda machine: machine.number("I")),
    b"p": _memoized(lambda machine: int(machine.line())),
    b"\x94": _memoized(lambda machine: len(machine.memo)),
    b"h": _pushes(lambda machine: machine.memo[machine.number("B")]),
    b"j": _pushes(lambda machine: machine.memo[machine.number("I")]),
    b"g": _pushes(lambda machine: machine.memo[int(machine.line())]),
    b"c": lambda machine: machine.named(f"{_text(machine.line())} {_text(machine.line())}"),
    b"\x93": _stack_name,
    b"R": lambda machine: machine.reduce(),
    b"b": lambda machine: machine.build(),
}
"""What each opcode does."""


def _dictionary(machine: _Machine) -> None:
    items = machine.marked()
    machine.push(dict(zip(items[::2], items[1::2], strict=True)))
