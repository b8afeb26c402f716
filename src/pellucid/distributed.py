"""Training on several machines: one process on each, which run the same script.

JAX is the runtime: it finds the other processes, moves sums between them, and notices when one is gone. Everything here
is a thin door to it, and to the engine `xla`.
"""

from __future__ import annotations

from typing import Any

from pellucid import processes as ranks
from pellucid.calls import explained
from pellucid.checks import positive, whole
from pellucid.engines import of_jax
from pellucid.errors import ArgumentError
from pellucid.processes import is_first

__all__ = ["initialize", "is_first", "process_count", "process_index"]


@explained
def initialize(
    coordinator: str | None = None,
    processes: int | None = None,
    process: int | None = None,
    *,
    heartbeat_s: float = 30.0,
    stuck_s: float = 60.0,
) -> None:
    """Join the other processes of a training; call it first of all, in each of them.

    Under Slurm, Open MPI, Kubernetes and on Cloud TPUs JAX finds everything by itself; elsewhere say where the first
    process listens, how many there are, and which this is.

    Args:
        coordinator: address and port of the first process, such as "10.0.0.1:1234".
        processes: how many there are.
        process: the number of this one, from 0.
        heartbeat_s: after how long without a sign of life a process counts as gone [s]; the others end then.
        stuck_s: a step that takes longer than this, and much longer than steps usually do, ends the process and says
            which step it was [s]; compiling is not counted.

    Raises:
        ArgumentError: only some of the first three are given, or a number is out of range.
        EngineError: JAX is not installed, or the others are not found.

    Source: jax.distributed.initialize, https://docs.jax.dev/en/latest/multi_process.html
    """
    given = (coordinator, processes, process)
    if any(each is None for each in given) and any(each is not None for each in given):
        raise ArgumentError(
            "distributed.initialize: give coordinator, processes and process together; or none of them, under Slurm, "
            "Open MPI, Kubernetes or on a TPU, where JAX finds them"
        )
    if coordinator is not None:
        whole("distributed.initialize", "processes", processes, 1, 100_000)
        whole("distributed.initialize", "process", process, 0, int(processes or 1) - 1)
        if not isinstance(coordinator, str) or not coordinator.rpartition(":")[2].isdecimal():
            raise ArgumentError(f'distributed.initialize: coordinator is "address:port", got {coordinator!r}')
    positive("distributed.initialize", "heartbeat_s", heartbeat_s)
    positive("distributed.initialize", "stuck_s", stuck_s)
    _jax().initialize(coordinator, processes, process, heartbeat_s, stuck_s)


def process_index() -> int:
    """The number of this process, from 0; 0 where there is one.

    Example:
        >>> process_index(), process_count(), is_first()
        (0, 1, True)
    """
    return ranks.index()


def process_count() -> int:
    """How many processes train together; 1 before `initialize`."""
    return ranks.count()


def _jax() -> Any:
    return of_jax("pellucid.engines.xla.joining")
