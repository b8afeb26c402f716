"""The engine that hands graphs to XLA by JAX: for GPUs, TPUs and several devices at once."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from pellucid.checks import flag, word
from pellucid.engines.base import ProgramMemory
from pellucid.engines.state import State
from pellucid.engines.xla.joining import agree_on
from pellucid.engines.xla.placement import devices_there, placed_on
from pellucid.engines.xla.program import PRECISIONS, XLAProgram
from pellucid.engines.xla.states import DeviceState
from pellucid.graph import Graph


class XLAEngine:
    """JAX and XLA, float32: on GPUs, TPUs and several devices.

    Products are of float32 factors on every device, unless `precision` or a layer's policy ("mixed_bfloat16") says
    otherwise. Masks of dropout are those of the other engines; sums are made in another order, so that results differ
    from theirs by rounding. On several devices each has an even share of the batch, and the numbers are those of one
    device, as far as the order of sums goes: normalisation is over the whole batch, gradients are summed over all of
    it.

    Args:
        devices: how many devices share a batch; or JAX's devices in a list, or a `jax.sharding.Mesh` of them. The first
            device alone by default.
        fsdp: let each device keep a share of the weights only, and gather them when they are needed.
        precision: "float32", or "tensorfloat32": GPUs that can then round the factors of products to ten bits, which is
            several times as fast. Other devices compute as before.

    Raises:
        EngineError: there are fewer devices.
        ArgumentError: devices or precision is something else.
        ArgumentTypeError: fsdp is no bool.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(2, 3)])
        >>> model.compile("sgd", "mse", engine=XLAEngine(devices=1))
        >>> model.predict(np.ones((1, 8, 8, 1))).shape
        (1, 6, 6, 2)

    Source: https://docs.jax.dev/en/latest/notebooks/Distributed_arrays_and_automatic_parallelization.html
    """

    name = "xla"
    dtype = np.dtype(np.float32)

    def __init__(self, devices: Any = None, *, fsdp: bool = False, precision: str = "float32") -> None:
        self.precision = word("XLAEngine", "precision", precision, PRECISIONS)
        self.placement = placed_on(devices, flag("XLAEngine", "fsdp", fsdp))

    @staticmethod
    def visible_devices() -> list[str]:
        """All devices that JAX sees, with their memory where they tell it; `devices` may name as many."""
        return [described(device) for device in devices_there()]

    @property
    def spans_processes(self) -> bool:
        """Whether some of its devices belong to other processes, so that all compute each step together."""
        return self.placement.is_wide

    def agree_on(self, facts: Mapping[str, str]) -> None:
        """See that all processes are about to do the same, on engines of the same settings; each of them calls this.

        Args:
            facts: what they are about to do, each by its name.

        Raises:
            EngineError: something differs, in which processes; says what this one has.
        """
        devices = f"{len(self.placement.devices)} devices, fsdp={self.placement.fsdp}, precision={self.precision!r}"
        agree_on({"the settings of the engines": devices, **facts})

    def state(self, size: int) -> DeviceState:
        """See `Engine.state`."""
        return DeviceState(size, self.placement)

    def whole_state(self, size: int) -> DeviceState:
        """A state that each device has all of, even with `fsdp`: of several processes each can read it alone."""
        return DeviceState(size, self.placement, is_whole=True)

    def takes(self, state: State) -> bool:
        """See `Engine.takes`: states on its own devices."""
        return isinstance(state, DeviceState) and state.placement == self.placement

    def prepare(self, graph: Graph) -> XLAProgram:
        """See `Engine.prepare`; XLA compiles at the first run."""
        return XLAProgram(graph, self.placement, self.precision)

    def memory_of(self, graph: Graph) -> ProgramMemory:
        """See `Engine.memory_of`: what XLA says that each device needs, which it compiles the graph for."""
        sizes: Counter[str] = Counter()
        for node in graph.nodes:
            sizes[node.name] += self.dtype.itemsize * sum(math.prod(tensor.shape) for tensor in node.outputs)
        return ProgramMemory(self.prepare(graph).temporary_bytes(), 0, dict(sizes.most_common()))


def described(device: jax.Device) -> str:
    """A device in a few words, such as "cpu 0" or "gpu 0 (NVIDIA H200, 105 GB)"."""
    try:
        memory = (device.memory_stats() or {}).get("bytes_limit")
    except jax.errors.JaxRuntimeError:
        memory = None
    words = [device.device_kind] if device.platform != device.device_kind else []
    words += [f"{memory / 1e9:.0f} GB"] if memory else []
    return f"{device.platform} {device.id}" + (f" ({', '.join(words)})" if words else "")
