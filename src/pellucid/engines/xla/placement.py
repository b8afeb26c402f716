"""Where arrays lie: on one device, or on several, of which each has a share of the batch."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from pellucid import processes
from pellucid.checks import is_whole
from pellucid.engines.xla.joining import of_all
from pellucid.errors import ArgumentError, EngineError, shown
from pellucid.frozen import Frozen

Array = Any
AXIS = "devices"


class Placement(Frozen):
    """Which devices compute, and whether weights are shared out among them as batches are.

    Args:
        devices: of JAX, one or several.
        fsdp: whether each device keeps a share of each state only, and gets the others' for as long as it computes.
    """

    devices: tuple[Any, ...]
    fsdp: bool = False

    @property
    def is_single(self) -> bool:
        """Whether there is one device."""
        return len(self.devices) == 1

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles name the devices."""
        return _named, (tuple((device.platform, device.id) for device in self.devices), self.fsdp)

    def batch(self, array: np.ndarray) -> Array:
        """An input on the devices: shares of its first axis, where they are even; else all of it on each.

        Nobody may write to the array any more: a device that is the processor computes on it as it is.
        """
        if self.is_single:
            return jax.device_put(array, self.devices[0])
        is_shared = array.ndim > 0 and array.shape[0] % len(self.devices) == 0
        return self._put(array, self._sharding(is_shared))

    def part(self, array: np.ndarray) -> Array:
        """This process's samples, as its part of a batch to which every process brings as many."""
        here = sum(device.process_index == jax.process_index() for device in self.devices)
        if array.shape[0] % here == 0:
            return jax.make_array_from_process_local_data(self._sharding(True), array)
        return self._put(of_all(array, tiled=True), self._sharding(False))

    def batches(self, rows: np.ndarray) -> Array:
        """Which samples each of many batches takes, (batches, samples): shares of its second axis, where even."""
        if self.is_single:
            return jax.device_put(rows, self.devices[0])
        spec = PartitionSpec(None, AXIS) if rows.shape[1] % len(self.devices) == 0 else PartitionSpec()
        return self._put(rows, NamedSharding(self._mesh, spec))

    def whole(self, array: np.ndarray) -> Array:
        """All of an array on each device; a copy, so that others may go on writing to it."""
        copy = np.array(array) if self.is_processor else array
        return jax.device_put(copy, self.devices[0]) if self.is_single else self._put(copy, self._sharding(False))

    def free_bytes(self) -> int | None:
        """What is free on the first device; None where it does not tell."""
        try:
            told = self.devices[0].memory_stats() or {}
        except jax.errors.JaxRuntimeError:
            return None
        limit = told.get("bytes_limit")
        return None if limit is None else int(limit) - int(told.get("bytes_in_use", 0))

    @property
    def is_processor(self) -> bool:
        """Whether the devices are processors."""
        return bool(self.devices[0].platform == "cpu")

    @property
    def loops(self) -> bool:
        """Whether many steps are a loop on the devices.

        Not on processors: there XLA computes convolutions in a loop by other code, nine times as long (measured:
        32 steps of a small CNN, 0.48 s of processor time one by one, 4.2 s in a loop). Nor across processes, which
        compare what they have between steps.
        """
        return not (self.is_processor or self.is_wide)

    def state(self, values: np.ndarray) -> Array:
        """A state on the devices, with zeros behind it where it is shared out unevenly."""
        if self.is_single:
            return jax.device_put(values.copy(), self.devices[0])
        missing = -values.size % len(self.devices) if self.fsdp else 0
        return self._put(np.pad(values, (0, missing)), self._sharding(self.fsdp))

    def as_state(self, array: Array) -> Array:
        """An updated state where states lie: XLA may have left it elsewhere."""
        return array if self.is_single or self.is_wide else jax.device_put(array, self._sharding(self.fsdp))

    @property
    def is_wide(self) -> bool:
        """Whether some of the devices belong to other processes."""
        return any(device.process_index != jax.process_index() for device in self.devices)

    def of_results(self, places: Mapping[str, Placement]) -> Any:
        """Where outputs and states, by name, are left across processes: outputs are whole in each."""
        return self._sharding(False), {name: self._sharding(place.fsdp) for name, place in places.items()}

    def _put(self, array: np.ndarray, sharding: NamedSharding) -> Array:
        """On the devices; each process hands over what its own devices hold."""
        if not self.is_wide:
            return jax.device_put(array, sharding)
        return jax.make_array_from_callback(array.shape, sharding, lambda index: array[index])

    @property
    def _mesh(self) -> Mesh:
        return Mesh(np.array(self.devices), (AXIS,))

    def gathered(self, state: jax.Array) -> jax.Array:
        """In a program: a state of which devices have shares, whole on each of them.

        It is said, not left to XLA: that let shares reach into gathers and batch statistics, and cut them wrongly.
        """
        is_whole_already = self.is_single or not self.fsdp
        return state if is_whole_already else jax.lax.with_sharding_constraint(state, self._sharding(False))

    def _sharding(self, is_shared: bool) -> NamedSharding:
        return NamedSharding(self._mesh, PartitionSpec(AXIS) if is_shared else PartitionSpec())


def devices_there() -> list[Any]:
    """All devices that JAX sees.

    Raises:
        EngineError: it sees none, or a driver says why not.
    """
    try:
        return list(jax.devices())
    except (RuntimeError, AssertionError) as error:  # JAX asserts that one of the kinds that are wanted is there
        reason = str(error).partition("\n")[0]
        wanted = os.environ.get("JAX_PLATFORMS")
        asked = f"; JAX_PLATFORMS={wanted} in the environment lets it look for these alone" if wanted else ""
        raise EngineError(
            f"JAX {jax.__version__} finds no device to compute on{f': {reason}' if reason else ''}{asked}"
        ) from error


def _named(names: tuple[tuple[str, int], ...], fsdp: bool) -> Placement:
    there = {(device.platform, device.id): device for device in devices_there()}
    missing = [f"{platform} {number}" for platform, number in names if (platform, number) not in there]
    if missing:
        raise EngineError(f"this was computed on devices that are not here: {', '.join(missing)}")
    return Placement(tuple(there[name] for name in names), fsdp)


def placed_on(devices: object, fsdp: bool) -> Placement:
    """The devices that are meant.

    Args:
        devices: None for the first, of several processes for all; a number of devices, a list of JAX's devices, or a
            `jax.sharding.Mesh`.
        fsdp: see `Placement`.

    Raises:
        ArgumentError: it is none of these.
        EngineError: there are fewer devices.
    """
    if devices is None:
        there = devices_there() if processes.count() > 1 else devices_there()[:1]
        return Placement(tuple(there), fsdp)
    if is_whole(devices) and int(devices) >= 1:  # type: ignore[call-overload]
        wanted, there = int(devices), devices_there()  # type: ignore[call-overload]
        if len(there) < wanted:
            raise EngineError(
                f"XLAEngine(devices={wanted}): JAX sees {len(there)} ({', '.join(map(str, there))}); on a CPU the "
                f"environment variable XLA_FLAGS=--xla_force_host_platform_device_count={wanted} makes as many"
            )
        return Placement(tuple(there[:wanted]), fsdp)
    listed = devices.devices.flat if isinstance(devices, Mesh) else devices
    if isinstance(listed, list | tuple | np.flatiter):
        found = tuple(listed)
        if found and all(isinstance(device, jax.Device) for device in found):
            return Placement(found, fsdp)
    raise ArgumentError(
        f"XLAEngine: devices is a number of devices, a list of jax.devices() or a Mesh of them, got {shown(devices)}"
    )
