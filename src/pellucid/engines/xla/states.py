"""The states that live on devices, and what JAX says of a device as errors of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pellucid import processes
from pellucid.engines.state import Locked
from pellucid.engines.xla.joining import ENDED, agree, gathered
from pellucid.engines.xla.placement import Placement
from pellucid.errors import EngineError, OutOfMemoryError

Array = Any


class DeviceState(Locked):
    """A state on one device or on several.

    Args:
        size: number of elements.
        placement: on which devices; each has all of it, or its share.
        is_whole: whether each has all of it in any case, so that one of several processes can read it alone.

    Attributes:
        place: where it lies.
        array: its elements, of JAX, with zeros behind them where shares would be uneven. A program that updates the
            state puts another array here; the old one's memory is reused, so nobody else may keep it.
    """

    def __init__(self, size: int, placement: Placement, *, is_whole: bool = False) -> None:
        super().__init__()
        self.size, self.dtype, self.placement = size, np.dtype(np.float32), placement
        self.place = Placement(placement.devices) if is_whole else placement
        self.array: Array = self.place.state(np.zeros(size, np.float32))

    def read(self, start: int = 0, size: int | None = None) -> np.ndarray:
        """See `State.read`."""
        with self.held(), device_errors():
            count = self.size - start if size is None else size
            if count == self.size:
                return gathered(self.array)[: self.size]
            if self.place.is_processor and self.array.is_fully_replicated:  # main memory: nothing has to be brought
                return np.array(np.asarray(self.array.addressable_data(0))[start : start + count])
        return self.read_later(start, count)()

    def read_later(self, start: int = 0, size: int | None = None) -> Callable[[], np.ndarray]:
        """See `State.read_later`: a device makes the copy in its turn."""
        count = self.size - start if size is None else size
        with self.held(), device_errors():
            whole = self.array.addressable_data(0) if self.array.is_fully_replicated else self.array
            first, length = _window(start, count, whole.size)
            part = jax.lax.dynamic_slice(whole, (first,), (length,))
            if part.is_fully_addressable:
                part.copy_to_host_async()

        def read() -> np.ndarray:
            with device_errors():
                return gathered(part)[start - first :][:count]

        return read

    @property
    def lies_in_shares(self) -> bool:
        """Whether no process has all of it, so that `read` has to bring it together."""
        return self.place.fsdp and self.place.is_wide

    def shares(self) -> list[tuple[int, np.ndarray]]:
        """Copies of what lies on this process's devices, each with the number of its first element."""
        with self.held(), device_errors():
            here = [(shard.index[0].start or 0, np.array(shard.data)) for shard in self.array.addressable_shards]
            return [(first, numbers[: max(self.size - first, 0)]) for first, numbers in here]

    def write(self, start: int, values: np.ndarray) -> None:
        """See `State.write`."""
        new = np.asarray(values, np.float32).reshape(-1)
        if self.placement.is_wide:
            agree(new, "weights")
        with self.held(), device_errors():
            if new.size == self.size:
                self.array = self.place.state(new)
            else:
                first, length = _window(start, new.size, self.array.size)
                wide = np.pad(new, (start - first, first + length - start - new.size))
                self.array = self.place.as_state(_written(self.array, wide, first, start, start + new.size))

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles hold the numbers; what is made of them is another state, under a name of its own."""
        return _state_of, (self.read(), self.placement, self.place.fsdp != self.placement.fsdp)


def _window(start: int, size: int, whole: int) -> tuple[int, int]:
    """First element and length of the window by which a part of an array is read or written.

    Lengths are powers of four: XLA compiles a program for each, and a network has weights of dozens of sizes, each of
    which would take a tenth of a second.
    """
    length = 1024
    while length < size:
        length *= 4
    length = min(length, whole)
    return min(start, whole - length), length


@partial(jax.jit, donate_argnums=(0,))
def _written(array: Array, wide: Array, first: Array, start: Array, stop: Array) -> Array:
    """An array with new numbers from `start` to `stop`, in the memory of the old: those of a window that begins at
    `first`."""
    places = first + jnp.arange(wide.size)
    old = jax.lax.dynamic_slice(array, (first,), wide.shape)
    new = jnp.where((places >= start) & (places < stop), wide, old)
    return jax.lax.dynamic_update_slice(array, new, (first,))


def _state_of(values: np.ndarray, placement: Placement, is_whole: bool) -> DeviceState:
    state = DeviceState(values.size, placement, is_whole=is_whole)
    state.write(0, values)
    return state


@contextmanager
def device_errors() -> Iterator[None]:
    """What JAX says of a device, as errors of ours."""
    try:
        yield
    except jax.errors.JaxRuntimeError as error:
        reason = str(error).partition("\n")[0]
        if "RESOURCE_EXHAUSTED" in reason:
            raise OutOfMemoryError(f"the device has not enough memory for it: {reason}; take fewer samples") from error
        if processes.count() > 1:
            reason += f". {ENDED}"
        raise EngineError(f"the xla engine failed: {reason}") from error
