"""Training on several machines: one process on each, which run the same script.

JAX is the runtime: it finds the other processes, moves sums between them, and notices when one is gone. Everything here
is a thin door to it, and to the engine `xla`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import processes as ranks
from pellucid.calls import explained
from pellucid.checks import flag, positive, whole
from pellucid.data.sources.datasets import makes_batches
from pellucid.data.sources.epochs import gives_epochs, shared_out
from pellucid.data.sources.parts import ArrayBatches, EveryNth, OwnPart
from pellucid.data.sources.streams import is_stream
from pellucid.engines import of_jax
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.processes import is_first

__all__ = ["barrier", "initialize", "is_first", "local", "process_count", "process_index", "shard"]


@explained
def initialize(
    coordinator: str | None = None,
    processes: int | None = None,
    process: int | None = None,
    *,
    heartbeat_s: float = 30.0,
    stuck_s: float = 60.0,
    meet_s: float = 300.0,
    first_s: float = 1800.0,
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
        meet_s: how long to wait for the others to come [s]; a process that waited in vain ends, and says so.
        first_s: how long to wait for them before any step, and in the first step of a program (of a training, an
            evaluation, a last batch that is smaller), where they may still read data or compile [s]; or twenty times
            as long as this process compiled, if that is longer.

    Raises:
        ArgumentError: only some of the first three are given, or a number is out of range.
        EngineError: JAX is not installed or was used before, or the processes differ in their number or versions.

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
    positive("distributed.initialize", "meet_s", meet_s)
    positive("distributed.initialize", "first_s", first_s)
    _jax().initialize(coordinator, processes, process, heartbeat_s, stuck_s, meet_s, first_s)


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


def barrier() -> None:
    """Wait until all processes have come here, each of which calls this.

    What the first process writes, `model.save` for one, is there for the others behind it. `fit` ends with one, so
    that holds for what callbacks write, too. Alone nobody is waited for.

    Example:
        >>> barrier()

    Source: jax.experimental.multihost_utils.sync_global_devices
    """
    if ranks.count() > 1:
        _jax().barrier()


@explained
def local(data: Any, *, batch_size: int = 32, shuffle: bool = True) -> OwnPart:
    """Say that data are this process's own part: each process gives others, and a step is made on all of them together.

    `fit` and `evaluate` take it in the place of x, as validation data too. Before each step the processes tell each
    other how many samples they bring; all take as many as who has least, and the epoch ends for all where one has none
    any more. A batch of n processes has n times the samples of a part.

    Args:
        data: from which batches come in this process (a generator, a `PyDataset`, a folder of images, a loader of
            PyTorch), or arrays: x, (x, y) or (x, y, sample_weight).
        batch_size: samples of a part, of arrays; what comes in batches has its own.
        shuffle: whether arrays have another order in each epoch.

    Raises:
        ArgumentTypeError: batches cannot come of it.
        ArgumentError: the batch size is below 1.
        DataError: the arrays differ in their numbers of samples.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2,)), layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> mine = np.ones((4, 2)), np.ones(4)  # on another machine these are others
        >>> history = model.fit(local(mine, batch_size=2), epochs=1, verbose=0)

    Source: https://docs.jax.dev/en/latest/distributed_data_loading.html
    """
    size = whole("distributed.local", "batch_size", batch_size, 1)
    is_shuffled = flag("distributed.local", "shuffle", shuffle)
    if isinstance(data, np.ndarray) or (isinstance(data, tuple) and 1 <= len(data) <= 3):
        arrays = data if isinstance(data, tuple) else (data,)
        data = ArrayBatches(arrays, size, shuffle=is_shuffled)
    if not (makes_batches(data) or gives_epochs(data) or is_stream(data)):
        raise ArgumentTypeError(
            "distributed.local takes what batches come from (a generator, a PyDataset, a folder of images, a loader), "
            f"or arrays as x, (x, y) or (x, y, sample_weight); got {shown(data)}"
        )
    alone = ranks.count() == 1
    return OwnPart(data, ranks.count(), list if alone else _jax().least)


@explained
def shard(data: Any) -> OwnPart:
    """Share data out among the processes: each reads every so-manieth batch of data that all of them see.

    Args:
        data: a folder of images, another source with `batches` and a length, or a `PyDataset`.

    Returns:
        as `local` does; a step is made on one batch of each process. What is left over at the end is left out.

    Raises:
        ArgumentTypeError: its batches cannot be asked for by number.
        ArgumentError: there is not one batch for each process, or nobody knows how many there are.

    Example:
        >>> from pellucid.data import Epochs
        >>> class Numbers(Epochs):
        ...     def __len__(self):
        ...         return 3
        ...     def batches(self, epoch, *, seed, start=0):
        ...         for number in range(start, 3):
        ...             yield np.full((1, 1), float(number)), np.full((1, 1), 2.0 * number)
        >>> part = shard(Numbers())  # of two processes the first would read the batches 0 and 2
    """
    count, index = ranks.count(), ranks.index()
    if gives_epochs(data):
        return local(shared_out(data, count, index))
    if makes_batches(data):
        return local(EveryNth(data, count, index))
    raise ArgumentTypeError(
        "distributed.shard takes data whose batches have numbers: a folder of images, a source with batches(epoch, *, "
        f"seed, start), a PyDataset; got {shown(data)}. Where each process reads other data already, "
        "distributed.local says so"
    )


def _jax() -> Any:
    return of_jax("pellucid.engines.xla.joining")
