"""What outlives a run: an array of numbers with a name, a lock and a version.

Weights, what optimisers remember and what metrics have counted live in states. An engine makes them (`Engine.state`), a
program is bound to them (`Program.bind`), and nobody outside an engine assumes where their memory is: `read` and
`write` take and give copies.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import numpy as np

import pellucid._native as _native

ALIGNMENT_BYTES = 64  # a cache line


class State(Protocol):
    """A flat array under a name that no other state of the process has; graphs refer to it by that name.

    Attributes:
        name: its own.
        number: whoever holds several states takes them in this order.
        size: number of elements.
        dtype: of its elements.
    """

    @property
    def name(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def dtype(self) -> np.dtype: ...

    def read(self, start: int = 0, size: int | None = None) -> np.ndarray:
        """A copy of `size` elements from `start` on, of all by default; none of them from the middle of a run."""
        ...

    def read_later(self, start: int = 0, size: int | None = None) -> Callable[[], np.ndarray]:
        """What `read` would give now, for whoever calls the result; nobody waits until then for runs under way."""
        ...

    def write(self, start: int, values: np.ndarray) -> None:
        """Replace the elements from `start` on by these, flattened."""
        ...

    def held(self) -> AbstractContextManager[Any]:
        """Inside, nobody else reads or writes, and no program that is bound to the state runs."""
        ...


class Locked:
    """What all kinds of states have in common: a number, a name, and a lock that its holder may take again."""

    def __init__(self) -> None:
        self.lock = _native.StateLock()
        self.number = self.lock.number
        self.name = f"state{self.number}"

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """See `State.held`."""
        self.lock.acquire()
        try:
            yield
        finally:
            self.lock.release()


class HostState(Locked):
    """A state in the machine's main memory, where the native and the reference engine compute.

    Args:
        size: number of elements.
        dtype: float32, or float64 for the reference engine alone.

    Example:
        >>> state = HostState(3)
        >>> state.write(1, np.array([5.0]))
        >>> state.read().tolist()
        [0.0, 5.0, 0.0]
    """

    def __init__(self, size: int, dtype: np.dtype | type = np.float32) -> None:
        super().__init__()
        self.array = aligned_zeros(size, np.dtype(dtype))

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.array.size

    @property
    def dtype(self) -> np.dtype:
        """Of the elements."""
        return self.array.dtype

    def read(self, start: int = 0, size: int | None = None) -> np.ndarray:
        """See `State.read`."""
        with self.held():
            return self.array[start : None if size is None else start + size].copy()

    def read_later(self, start: int = 0, size: int | None = None) -> Callable[[], np.ndarray]:
        """See `State.read_later`; here every run has ended."""
        copy = self.read(start, size)
        return lambda: copy

    def write(self, start: int, values: np.ndarray) -> None:
        """See `State.write`."""
        with self.held():
            self.array[start : start + values.size] = values.reshape(-1)
            self.lock.count_write()

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles hold the numbers; what is made of them is another state, under a name of its own."""
        return _state_of, (self.read(),)


def _state_of(values: np.ndarray) -> HostState:
    state = HostState(values.size, values.dtype)
    state.write(0, values)
    return state


@contextlib.contextmanager
def all_held(states: Iterable[State]) -> Iterator[None]:
    """Inside, nobody else touches any of the states: what is read of them belongs together.

    They are taken in the order of their numbers, as programs do, so that two who want several do not wait in a circle.
    """
    with contextlib.ExitStack() as stack:
        for state in sorted(set(states), key=lambda state: state.number):
            stack.enter_context(state.held())
        yield


class Living(Protocol):
    """What lives in a state, and may move to another."""

    @property
    def state(self) -> State: ...


@contextlib.contextmanager
def staying(things: Sequence[Living]) -> Iterator[None]:
    """Inside, things stay in the states that they live in, and nobody else reads or writes those."""
    stayed = False
    while not stayed:
        states = [each.state for each in things]
        with all_held(states):
            stayed = [each.state for each in things] == states  # else another thread moved some before they were held
            if stayed:
                yield


def aligned_zeros(size: int, dtype: np.dtype) -> np.ndarray:
    """An array of zeros `(size,)` that starts on a cache line: kernels read it faster."""
    raw = np.zeros(size + ALIGNMENT_BYTES // dtype.itemsize, dtype)
    start = (-raw.ctypes.data % ALIGNMENT_BYTES) // raw.itemsize
    return raw[start : start + size]
