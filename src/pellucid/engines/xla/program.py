"""A graph as one function that XLA compiles for its devices."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pellucid.engines.base import Arrays, RunSteps, States
from pellucid.engines.state import all_held
from pellucid.engines.xla.ahead import Ahead
from pellucid.engines.xla.alike import text_of
from pellucid.engines.xla.compiling import Compiling
from pellucid.engines.xla.joining import agree, gathered
from pellucid.engines.xla.many import AT_ONCE, looped, on_devices
from pellucid.engines.xla.operations import FLOAT32, OPERATIONS, uniforms, winners
from pellucid.engines.xla.placement import Placement
from pellucid.engines.xla.states import DeviceState, device_errors
from pellucid.engines.xla.watchdog import WATCHDOG
from pellucid.engines.xla.windows import WINDOWS
from pellucid.errors import EngineError, GraphError
from pellucid.graph import Graph, Node, ops

Array = Any
WORD = 0xFFFFFFFF
PRECISIONS = {"float32": "highest", "tensorfloat32": "tensorfloat32"}
"""JAX's words for how exact products of float32 numbers are: GPUs would otherwise round factors to TF32's 10 bits."""
_END = ""
"""The output of a run without others; nobody reads it, it is there when the run has ended."""
_COMPARED, _COMPARED_EVERY = (1, 2), 256
"""Which runs of a program begin with a comparison of what the processes have."""


class XLAProgram:
    """A graph that is compiled at its first run.

    Args:
        graph: well formed.
        placement: on which devices it runs.
        precision: of products, one of `PRECISIONS`.
    """

    memory = 0  # what it computes with is given back after each run

    def __init__(self, graph: Graph, placement: Placement, precision: str = "float32") -> None:
        self.graph, self.placement, self._precision = graph, placement, PRECISIONS[precision]
        nodes = [node.op for node in graph.nodes]
        self.updated = tuple(dict.fromkeys(op.state for op in nodes if isinstance(op, ops.Update)))
        read = dict.fromkeys(op.state for op in nodes if isinstance(op, ops.Parameter))
        self.kept = tuple(name for name in read if name not in self.updated)
        self.shapes = {op.name: op.shape for op in nodes if isinstance(op, ops.Input)}
        self.inputs = tuple(self.shapes)
        self.compiled = jax.jit(self._compute, donate_argnums=(0,))
        self.looped = looped(self._compute)
        self._compiling: dict[Any, Compiling] = {}
        self._is_bound = False

    def bind(self, states: States) -> XLABoundProgram:
        """See `Program.bind`."""
        bound = XLABoundProgram(self, states)
        if self.placement.is_wide and not self._is_bound:  # XLA decides where results are left, unless it is said
            left = self.placement.of_results({name: states[name].place for name in self.updated})  # type: ignore[attr-defined]
            self.compiled = jax.jit(self._compute, donate_argnums=(0,), out_shardings=left)
        self._is_bound = True
        return bound

    def run(self, inputs: Arrays, states: States, *, seed: int = 0, step: int = 0) -> dict[str, np.ndarray]:
        """See `Program.run`."""
        return self.bind(states)(inputs, seed=seed, step=step)

    @cached_property
    def text(self) -> str:
        """What it computes; the same text in each process that computes the same."""
        return text_of(self.graph)

    def await_compiled(self, function: Any, *arguments: Any) -> None:
        """Wait until one of its two functions has been compiled, at the first use; Ctrl-C may end that."""
        if function not in self._compiling:
            self._compiling[function] = Compiling(function, *arguments)
        self._compiling[function].wait()

    def temporary_bytes(self) -> int:
        """What the devices need, each, while the program runs, besides inputs and states; compiles it."""
        sizes: dict[str, int] = {}
        for node in self.graph.nodes:
            if isinstance(node.op, ops.Parameter | ops.Update):
                taken = node.op.shape if isinstance(node.op, ops.Parameter) else node.inputs[0].shape
                sizes[node.op.state] = max(sizes.get(node.op.state, 0), node.op.offset + math.prod(taken))
        described = {name: jax.ShapeDtypeStruct((size,), FLOAT32) for name, size in sizes.items()}
        inputs = {name: jax.ShapeDtypeStruct(shape, FLOAT32) for name, shape in self.shapes.items()}
        updated, kept = ({name: described[name] for name in names} for names in (self.updated, self.kept))
        lowered = self.compiled.lower(updated, kept, inputs, jax.ShapeDtypeStruct((3,), jnp.uint32))
        found = lowered.compile().memory_analysis()
        return 0 if found is None else int(found.temp_size_in_bytes + found.output_size_in_bytes)

    def _compute(self, updated: dict[str, Array], kept: dict[str, Array], inputs: dict[str, Array], key: Array) -> Any:
        """The outputs by name, and the updated states: the function that is compiled."""
        with jax.default_matmul_precision(self._precision):
            return self._computed(updated, kept, inputs, key)

    def _computed(self, updated: dict[str, Array], kept: dict[str, Array], inputs: dict[str, Array], key: Array) -> Any:
        states = {name: self.placement.gathered(state) for name, state in {**updated, **kept}.items()}
        values: dict[tuple[Node, int], Array] = {}
        draws = {node: node.op for node in self.graph.nodes if isinstance(node.op, ops.RandomUniform)}
        drawn = dict(zip(draws, uniforms(list(draws.values()), key), strict=True))
        written: list[tuple[ops.Update, Array]] = []
        for node in self.graph.nodes:
            operands = [values[tensor.node, tensor.index] for tensor in node.inputs]
            with jax.named_scope(node.name):
                match node.op:
                    case ops.Input(shape=shape, name=name):
                        result: Any = inputs[name].astype(FLOAT32).reshape(shape)
                    case ops.Parameter(shape=shape, state=name, offset=offset):
                        result = states[name][offset : offset + math.prod(shape)].reshape(shape)
                    case ops.RandomUniform():
                        result = drawn[node]
                    case ops.Update():
                        written.append((node.op, operands[0]))
                        continue
                    case ops.Elementwise(function="equal") if (maximum := _compared_with(node)) is not None:
                        result = winners(maximum, *operands)
                    case op:
                        result = _rule(op)(op, *operands)
            results = result if isinstance(result, tuple) else (result,)
            values.update({(node, index): value for index, value in enumerate(results)})
        new = dict(updated)
        for update, value in written:
            new[update.state] = jax.lax.dynamic_update_slice(new[update.state], value.ravel(), (update.offset,))
        outputs = {name: values[t.node, t.index] for name, t in self.graph.outputs.items()}
        return outputs or {_END: key[2]}, new


def _compared_with(node: Node) -> ops.ReduceMax | None:
    """The maximum, if a node compares numbers with the largest of them, as the gradient of a maximum does."""
    first, second = node.inputs
    maximum = second.node.op
    return maximum if isinstance(maximum, ops.ReduceMax) and second.node.inputs[0] is first else None


def _rule(op: ops.Op) -> Any:
    rule = OPERATIONS.get(type(op)) or WINDOWS.get(type(op))
    if rule is None:
        raise GraphError(f"the xla engine does not know {type(op).__name__}")
    return rule


class XLABoundProgram:
    """See `BoundProgram`. What has no outputs is not waited for: the next run may be handed over meanwhile."""

    def __init__(self, program: XLAProgram, states: States) -> None:
        self._program = program
        self._updated = {name: _of_device(name, states[name], program.placement) for name in program.updated}
        self._kept = {name: _of_device(name, states[name], program.placement) for name in program.kept}
        self._runs, self._is_compiled, self._ahead = 0, False, Ahead()

    def __call__(self, inputs: Arrays, *, seed: int = 0, step: int = 0) -> dict[str, np.ndarray]:
        program = self._program
        given = {name: self._placed(name, np.array(inputs[name])) for name in program.inputs}
        key = np.array([seed & WORD, seed >> 32, step & WORD], np.uint32)
        with all_held([*self._updated.values(), *self._kept.values()]), device_errors():
            updated, kept = (
                {name: state.array for name, state in states.items()} for states in (self._updated, self._kept)
            )
            with self._seen_by_all(inputs, step):
                if not self._is_compiled:
                    with WATCHDOG.compiling():
                        program.await_compiled(program.compiled, updated, kept, given, key)
                    self._is_compiled = True
                outputs, new = program.compiled(updated, kept, given, key)
                for name, state in self._updated.items():
                    state.array = state.place.as_state(new[name])
                if _END in outputs:
                    self._ahead.handed_over(outputs.pop(_END))
                return {name: gathered(value) for name, value in outputs.items()}

    def _placed(self, name: str, array: np.ndarray) -> Array:
        place = self._program.placement
        return place.part(array) if self._is_part(name, array) else place.batch(array)

    def _is_part(self, name: str, array: np.ndarray) -> bool:
        """Whether an input is this process's part of what the program takes."""
        return self._program.placement.is_wide and array.size < math.prod(self._program.shapes[name])

    @property
    def steps(self) -> RunSteps | None:
        """See `engines.steps_of`; None where each step is handed over by itself."""
        return self._many if self._program.placement.loops else None

    def _many(self, columns: Arrays, rows: np.ndarray, scalars: Arrays, seed: int, step: int) -> None:
        program, place = self._program, self._program.placement
        for first in range(0, len(rows), AT_ONCE):
            part = rows[first : first + AT_ONCE]
            key = np.array([seed & WORD, seed >> 32, (step + first) & WORD], np.uint32)
            numbers = {name: np.zeros(AT_ONCE, np.float32) for name in program.inputs if name in scalars}
            for name, array in numbers.items():
                array[: len(part)] = scalars[name][first : first + AT_ONCE]
            with all_held([*self._updated.values(), *self._kept.values()]), device_errors():
                updated, kept = (
                    {name: state.array for name, state in states.items()} for states in (self._updated, self._kept)
                )
                whole, chosen = on_devices(columns, part, place)
                given = {name: whole[name] for name in program.inputs if name in whole}
                arguments = updated, kept, given, chosen, numbers, key, np.int32(len(part))
                program.await_compiled(program.looped, *arguments)
                new, end = program.looped(*arguments)
                for name, state in self._updated.items():
                    state.array = state.place.as_state(new[name])
                self._ahead.handed_over(end)

    @contextmanager
    def _seen_by_all(self, inputs: Arrays, step: int) -> Iterator[None]:
        """Across processes: that all of them have the same is compared now and then, and nobody waits for ever."""
        self._runs += 1
        if not self._program.placement.is_wide:
            yield
            return
        with WATCHDOG.watching(step, first=not self._is_compiled):
            if self._runs in _COMPARED or self._runs % _COMPARED_EVERY == 0:
                self._compare(inputs, step)
            yield
            jax.block_until_ready([state.array for state in self._updated.values()])

    def _compare(self, inputs: Arrays, step: int) -> None:
        """See that all processes make the same step of the same network on the same samples."""
        agree(f"{step} {self._program.text}", "steps or networks", f"step {step}")
        for name in self._program.inputs:
            array = np.asarray(inputs[name])
            if not self._is_part(name, array):
                agree(array, f"the {'samples of a batch' if array.ndim else 'numbers of a step'} ({name})")


def _of_device(name: str, state: Any, placement: Placement) -> DeviceState:
    if not isinstance(state, DeviceState) or state.placement != placement:
        raise EngineError(f"the xla engine computes on states on its own devices; {name} is {state!r}")
    return state
