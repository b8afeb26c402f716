"""The reference engine: NumPy in float64, written to be read.

It is the specification of every operation, the oracle of every test, and the source of the arithmetic that people are
shown. Each function below takes the operation and its input arrays and returns the result. Speed is not its business.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid import random
from pellucid.engines.base import Arrays, ProgramMemory, States
from pellucid.engines.reference_windows import WINDOWS
from pellucid.engines.state import HostState, State, all_held
from pellucid.errors import GraphError
from pellucid.graph import Graph, Node, movement, ops

Array = np.ndarray[Any, np.dtype[Any]]
FLOAT64 = np.dtype(np.float64)


def _sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), with the exponential of a negative number only, so that it cannot overflow."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def _power(a: Array, b: Array) -> Array:
    """a^b; NaN where a is negative and b no whole number, infinite for a = 0 and b < 0, as in C."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.power(a, b))


FUNCTIONS: dict[str, Callable[..., Array]] = {
    "negative": np.negative,
    "absolute": np.absolute,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "sigmoid": _sigmoid,
    "relu": lambda x: np.maximum(x, 0.0),
    "erf": lambda x: np.asarray(np.frompyfunc(math.erf, 1, 1)(x), FLOAT64),
    "log1p": np.log1p,
    "expm1": np.expm1,
    "sin": np.sin,
    "cos": np.cos,
    "floor": np.floor,
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "power": _power,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "greater": lambda a, b: (a > b).astype(FLOAT64),
    "greater_equal": lambda a, b: (a >= b).astype(FLOAT64),
    "equal": lambda a, b: (a == b).astype(FLOAT64),
    "where": lambda condition, a, b: np.asarray(np.where(condition != 0, a, b)),
}


def chain(op: ops.Chain, *inputs: Array) -> tuple[Array, ...]:
    values = list(inputs)
    for step in op.steps:
        values.append(FUNCTIONS[step.function](*(values[operand] for operand in step.operands)))
    results = (np.broadcast_to(values[len(inputs) + step], op.shape).copy() for step in op.results)
    summed = (np.broadcast_to(values[operand], op.shape) for operand in op.sums)
    return (*results, *(x.sum(axis=tuple(range(x.ndim - 1)), keepdims=True) for x in summed))


def one_hot(op: ops.OneHot, x: Array) -> Array:
    return (x[..., None] == np.arange(op.depth)).astype(FLOAT64)


def matmul(op: ops.Matmul, a: Array, b: Array) -> Array:
    return (a.swapaxes(-1, -2) if op.transpose_a else a) @ (b.swapaxes(-1, -2) if op.transpose_b else b)


def slice_axis(op: movement.Slice, x: Array) -> Array:
    return x[(slice(None),) * op.axis + (slice(op.start, op.stop),)]


def pad_axis(op: movement.Pad, x: Array) -> Array:
    return np.pad(x, [(op.before, op.after) if axis == op.axis else (0, 0) for axis in range(x.ndim)])


def gather(op: movement.Gather, x: Array) -> Array:
    taken = np.moveaxis(x, op.axis, 0)[np.maximum(op.indices, 0)]
    taken[op.indices < 0] = 0.0
    return np.moveaxis(taken, 0, op.axis)


def scatter_add(op: movement.ScatterAdd, x: Array) -> Array:
    moved = np.moveaxis(x, op.axis, 0)
    total: Array = np.zeros((op.size + 1, *moved.shape[1:]))  # -1, nowhere, is the last row: it is left out
    np.add.at(total, op.indices, moved)
    return np.moveaxis(total[:-1], 0, op.axis)


def rows_at(places: Array, size: int) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(len(places))[:, None], np.where(np.isin(places, np.arange(size)), places, -1).astype(np.int64)


def gather_at(op: movement.GatherAt, x: Array, places: Array) -> Array:
    return np.concatenate([x, np.zeros_like(x[:, :1])], axis=1)[rows_at(places, x.shape[1])]


def scatter_add_at(op: movement.ScatterAddAt, x: Array, places: Array) -> Array:
    total: Array = np.zeros((len(x), op.size + 1, *x.shape[2:]))
    np.add.at(total, rows_at(places, op.size), x)
    return total[:, :-1]


def pack(op: movement.Pack, *inputs: Array) -> Array:
    flat = np.zeros(op.length)
    for offset, part in zip(op.offsets, inputs, strict=True):
        flat[offset : offset + part.size] = part.ravel()
    return flat


IMPLEMENTATIONS: dict[type[ops.Op], Callable[..., Array | tuple[Array, ...]]] = {
    ops.Constant: lambda op: np.array(op.value),
    ops.Literal: lambda op: op.values,
    ops.Elementwise: lambda op, *inputs: FUNCTIONS[op.function](*inputs),
    ops.Chain: chain,
    ops.ReduceSum: lambda op, x: x.sum(axis=op.axes, keepdims=True),
    ops.ReduceMax: lambda op, x: x.max(axis=op.axes, keepdims=True),
    ops.ArgMax: lambda op, x: x.argmax(axis=-1).astype(FLOAT64),
    ops.OneHot: one_hot,
    ops.Matmul: matmul,
    movement.Reshape: lambda op, x: x.reshape(op.shape),
    movement.StopGradient: lambda op, x: x,
    movement.BroadcastTo: lambda op, x: np.broadcast_to(x, op.shape),
    movement.Transpose: lambda op, x: x.transpose(op.permutation),
    movement.Concatenate: lambda op, *inputs: np.concatenate(inputs, axis=op.axis),
    movement.Slice: slice_axis,
    movement.Pad: pad_axis,
    movement.Gather: gather,
    movement.ScatterAdd: scatter_add,
    movement.GatherAt: gather_at,
    movement.ScatterAddAt: scatter_add_at,
    movement.Pack: pack,
    **WINDOWS,
}


class ReferenceProgram:
    """Runs the nodes of a graph one after the other."""

    memory = 0

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def run(self, inputs: Arrays, states: States, *, seed: int = 0, step: int = 0) -> dict[str, Array]:
        """See `Program.run`."""
        return self.bind(states)(inputs, seed=seed, step=step)

    def bind(self, states: States) -> ReferenceBoundProgram:
        """See `Program.bind`."""
        return ReferenceBoundProgram(self._graph, states)


class ReferenceBoundProgram:
    """See `BoundProgram`; the states keep their own type, the outputs are float64; nothing is kept between runs."""

    def __init__(self, graph: Graph, states: States) -> None:
        used = dict.fromkeys(n.op.state for n in graph.nodes if isinstance(n.op, ops.Parameter | ops.Update))
        self._graph, self._states = graph, {name: states[name] for name in used}

    def __call__(self, inputs: Arrays, *, seed: int = 0, step: int = 0) -> dict[str, Array]:
        with all_held(self._states.values()):
            values, updates = self._values(inputs, seed, step)
            for update, value in updates:
                self._states[update.state].write(update.offset, value)
        return {name: np.array(values[t.node, t.index]) for name, t in self._graph.outputs.items()}

    def _values(
        self, inputs: Arrays, seed: int, step: int
    ) -> tuple[dict[tuple[Node, int], Array], list[tuple[ops.Update, Array]]]:
        """All results, and what is to be written."""
        values: dict[tuple[Node, int], Array] = {}
        updates: list[tuple[ops.Update, Array]] = []
        for node in self._graph.nodes:
            operands = [values[tensor.node, tensor.index] for tensor in node.inputs]
            result: Any
            match node.op:
                case ops.Input(shape=shape, name=name):
                    result = np.asarray(inputs[name], FLOAT64).reshape(shape)
                case ops.Parameter(shape=shape, state=name, offset=offset):
                    result = self._states[name].read(offset, math.prod(shape)).astype(FLOAT64).reshape(shape)
                case ops.RandomUniform(shape=shape, stream=stream):
                    result = random.uniform(seed, stream, step, math.prod(shape)).reshape(shape)
                case ops.Update():
                    updates.append((node.op, operands[0]))
                    continue
                case op if type(op) in IMPLEMENTATIONS:
                    result = IMPLEMENTATIONS[type(op)](op, *operands)
                case op:
                    raise GraphError(f"the reference engine does not know {type(op).__name__}")
            results = result if isinstance(result, tuple) else (result,)
            values.update({(node, index): value for index, value in enumerate(results)})
        return values, updates


class ReferenceEngine:
    """NumPy, float64, the plainest way."""

    name = "reference"
    dtype = FLOAT64

    def state(self, size: int) -> HostState:
        """See `Engine.state`; weights are float32 on every engine."""
        return HostState(size)

    def takes(self, state: State) -> bool:
        """See `Engine.takes`: any state that can be read."""
        return True

    def prepare(self, graph: Graph) -> ReferenceProgram:
        """See `Engine.prepare`."""
        return ReferenceProgram(graph)

    def memory_of(self, graph: Graph) -> ProgramMemory:
        """See `Engine.memory_of`: every result stays until the run has ended."""
        sizes: Counter[str] = Counter()
        for node in graph.nodes:
            sizes[node.name] += 8 * sum(math.prod(tensor.shape) for tensor in node.outputs)
        return ProgramMemory(sizes.total(), 0, dict(sizes.most_common()))
