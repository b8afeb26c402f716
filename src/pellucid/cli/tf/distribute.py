"""`tf.distribute`: strategies for one device, which change nothing, and say so once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from pellucid.warned import warn


class Strategy:
    """One device: what is done in its scope is done as ever."""

    num_replicas_in_sync = 1

    def __init__(self, *devices: Any, **options: Any) -> None:
        if type(self) is not Strategy:
            name = type(self).__name__
            warn(f"tf.distribute.{name} changes nothing: there is one device; see docs/explain/many-devices.md")

    def scope(self) -> AbstractContextManager[None]:
        """Nothing changes inside."""
        return nullcontext()

    def run(self, fn: Callable[..., Any], args: Any = (), kwargs: Any = None) -> Any:
        """A function of these."""
        return fn(*args, **(kwargs or {}))

    def experimental_distribute_dataset(self, dataset: Any) -> Any:
        """The data set itself."""
        return dataset

    def reduce(self, reduce_op: Any, value: Any, axis: Any = None) -> Any:
        """The value of the one device."""
        return value if axis is None else value.sum(axis) if reduce_op == ReduceOp.SUM else value.mean(axis)


class MirroredStrategy(Strategy):
    """For the processors of one machine."""


class OneDeviceStrategy(Strategy):
    """For one of them."""


class CentralStorageStrategy(Strategy):
    """For weights that are kept in one place."""


class MultiWorkerMirroredStrategy(Strategy):
    """For several machines."""


class ReduceOp:
    """How numbers of several devices become one."""

    SUM, MEAN = "SUM", "MEAN"


NO_TPU = "there is no TPU here; Pellucid's XLA engine finds its own: docs/explain/many-devices.md"


class TPUClusterResolver:
    """A ValueError, as where there is no TPU; scripts ask so and go on without."""

    def __init__(self, *args: Any, **options: Any) -> None:
        raise ValueError(NO_TPU)

    @staticmethod
    def connect(*args: Any, **options: Any) -> Any:
        """Likewise."""
        raise ValueError(NO_TPU)


class TPUStrategy(Strategy):
    """A ValueError, likewise: `get_strategy()` is that of the device that is there."""

    def __init__(self, *args: Any, **options: Any) -> None:
        raise ValueError(NO_TPU)


class cluster_resolver:
    """There are no clusters of TensorFlow's."""

    TPUClusterResolver = TPUClusterResolver


def get_strategy() -> Strategy:
    """The one that is there."""
    return Strategy()


class experimental:
    """Older places of the same."""

    CentralStorageStrategy = CentralStorageStrategy
    MultiWorkerMirroredStrategy = MultiWorkerMirroredStrategy
    TPUStrategy = TPUStrategy


class tpu:
    """There is none: a ValueError, likewise."""

    class experimental:
        """Where TensorFlow has it."""

        @staticmethod
        def initialize_tpu_system(cluster_resolver: Any = None) -> Any:
            """A ValueError."""
            raise ValueError(NO_TPU)
