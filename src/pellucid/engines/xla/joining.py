"""Several processes, each with devices of its own, that compute one program together: JAX's distributed runtime.

All of them must do the same: JAX waits for the others wherever sums cross. So what must be equal is compared before it
is used, by a fingerprint, and what would lead to other numbers ends with a sentence instead.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import ipaddress
import socket
from collections.abc import Mapping, Sequence

import jax
import numpy as np
from jax.experimental import multihost_utils

from pellucid import processes
from pellucid.engines.xla.leaving import leaves_soon_after_errors
from pellucid.engines.xla.watchdog import WATCHDOG, ends_after
from pellucid.errors import EngineError

__all__ = ["agree", "agree_on", "barrier", "gathered", "initialize", "least", "of_all"]


ENDED = (
    "Another process of this training may have ended: what it wrote says why. Start all of them again, with "
    "BackupAndRestore they go on where the last record is"
)
SHORT = 60
"""What is no longer than that is shown where it differs."""


def initialize(
    coordinator: str | None,
    count: int | None,
    number: int | None,
    heartbeat_s: float,
    stuck_s: float,
    meet_s: float,
    first_s: float,
) -> None:
    """See `pellucid.distributed.initialize`."""
    try:
        # JAX would end the process with a page of its own; its limit comes later
        with ends_after(meet_s, f"pellucid: {_told_of_waiting(coordinator, count, number, meet_s)}\n"):
            jax.distributed.initialize(
                coordinator,
                count,
                number,
                heartbeat_timeout_seconds=max(round(heartbeat_s), 1),
                initialization_timeout=round(meet_s) + 60,
            )
        processes.join(jax.process_index(), jax.process_count())  # the first look at devices, which meet here
    except (RuntimeError, ValueError, jax.errors.JaxRuntimeError) as error:
        reason = str(error).partition("\n")[0]
        if number == 0 and "start RPC server" in reason:
            raise EngineError(
                f"process 0 cannot listen at {coordinator}: another program has that port, or a training that has not "
                "ended yet, or the address is not of this machine; give all processes another one"
            ) from error
        if coordinator is None and "coordinator_address" in reason:
            raise EngineError(
                "distributed.initialize: JAX finds neither Slurm nor Open MPI, Kubernetes or a Cloud TPU around this "
                "process; say where the first one listens, how many there are, and which this is: "
                "initialize('10.0.0.1:1234', 2, 0)"
            ) from error
        raise EngineError(
            f"the processes of this training did not find each other: {reason}; initialize comes before anything is "
            f"computed, and everywhere with the same address and number of processes{_told_of_loopback(coordinator)}"
        ) from error
    if processes.count() > 1:
        leaves_soon_after_errors()
    WATCHDOG.stuck_s, WATCHDOG.first_s = stuck_s, first_s
    agree(str(count), "the numbers of processes that were given", count)
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("pellucid", "jax", "jaxlib", "numpy")]
    agree(", ".join(versions), "the versions of the libraries", versions)


def _told_of_waiting(coordinator: str | None, count: int | None, number: int | None, meet_s: float) -> str:
    who = "this process" if number is None else f"process {number} of {count}"
    where = "" if coordinator is None else f" at {coordinator}"
    if number == 0:
        missing = f"{'another' if count == 2 else 'some'} did not come"
    else:
        missing = f"process 0 did not answer{where}, or others did not come"
    return (
        f"{who} waited {meet_s:.0f} seconds for the others: {missing}. Start all of them, with the same address and "
        f"number of processes, each with a number of its own from 0; meet_s says how long to wait"
        f"{_told_of_loopback(coordinator)}"
    )


def _told_of_loopback(coordinator: str | None) -> str:
    """What is wrong with a machine that tells the others to find it at 127.0.0.1, as many a hosts file makes it do."""
    name = socket.gethostname()
    try:
        address = ipaddress.ip_address(socket.gethostbyname(name))
    except (OSError, ValueError):
        return ""
    host = (coordinator or "").rpartition(":")[0]
    if not address.is_loopback or host in ("localhost", "") or host.startswith("127."):
        return ""
    return (
        f". This machine's name, {name}, stands for {address} here, where no other machine finds it: let it stand for "
        f"its address in the network, as the line 'ADDRESS {name}' in /etc/hosts does"
    )


def agree(what: str | np.ndarray, name: str, told: object = None) -> None:
    """See that something is the same in all processes; each of them calls this.

    Args:
        what: that is compared, by its fingerprint.
        name: how the message calls it.
        told: what this process has, where that helps.

    Raises:
        EngineError: it differs; says in which processes.
    """
    if processes.count() == 1:
        return
    others = _fingerprints(what.encode() if isinstance(what, str) else np.ascontiguousarray(what).tobytes())
    other = [str(number) for number, each in enumerate(others) if (each != others[0]).any()]
    if not other:
        return
    who = f"{'process' if len(other) == 1 else 'processes'} {', '.join(other)} and process 0"
    if isinstance(what, np.ndarray) and len(set(others[:, -1])) > 1:
        sizes = ", ".join(str(size // what.itemsize) for size in others[:, -1])
        raise EngineError(
            f"the processes of this training compute other networks, or on other data: {name} differ between {who}, in "
            f"their number already ({sizes}). Every process runs the same script"
        )
    here = f"; process {processes.index()} has {told}" if told is not None else ""
    raise EngineError(
        f"{name} differ between the processes of this training: between {who}{here}. Every process runs the same "
        "script, with the same seed (set_random_seed) and data; where each reads a part of the data of its own, "
        "distributed.local says so"
    )


def agree_on(facts: Mapping[str, str]) -> None:
    """See that several things are the same in all processes; each of them calls this, with the same names.

    Args:
        facts: each by the name that the message calls it.

    Raises:
        EngineError: see `agree`, of the first that differs.
    """
    if processes.count() == 1:
        return
    others = _fingerprints(str(dict(facts)).encode())
    if (others != others[0]).any():
        for name, fact in facts.items():
            agree(fact, name, fact if len(fact) <= SHORT else None)


def _fingerprints(content: bytes) -> np.ndarray:
    """What stands for the contents of all processes, a row each, of which the last number is their length."""
    fingerprint = np.frombuffer(hashlib.blake2b(content, digest_size=16).digest(), np.uint32)
    mine = np.array([*fingerprint, len(content) & 0xFFFFFFFF], np.uint32)
    return of_all(mine).reshape(-1, mine.size)


def least(numbers: Sequence[int]) -> list[int]:
    """The least of each number over all processes; each of them calls this, and waits no longer than for a step."""
    others = of_all(np.array(numbers, np.int32))
    return [int(number) for number in others.reshape(-1, len(numbers)).min(axis=0)]


def barrier() -> None:
    """Wait until all processes have come here; what one of them does before, such as writing a file, may take long."""
    of_all(np.zeros(1, np.int32), patiently=True)


def gathered(array: jax.Array) -> np.ndarray:
    """All numbers of an array whose shares may lie in other processes; then each of them calls this."""
    if array.is_fully_addressable:
        return np.array(array)
    if array.is_fully_replicated:
        return np.array(array.addressable_data(0))
    return of_all(array, tiled=True)


def of_all(array: np.ndarray | jax.Array, *, tiled: bool = False, patiently: bool = False) -> np.ndarray:
    """What all processes have: of arrays of their own one behind the other, or a row each; each of them calls this.

    Args:
        array: of this process, or one whose shares lie in all of them.
        tiled: whether arrays are put together along their first axis; else each is a row of the result.
        patiently: whether others may take as long as before the first step (`Watchdog.waiting`).

    Raises:
        EngineError: another process is gone.
    """
    try:
        with WATCHDOG.waiting(patiently=patiently):
            return np.array(multihost_utils.process_allgather(array, tiled=tiled))
    except (ValueError, jax.errors.JaxRuntimeError) as error:
        reason = str(error).partition("\n")[0]
        raise EngineError(f"the other processes cannot be asked any more: {reason}. {ENDED}") from error
