"""The native engine: turns a plan into a flat program for the C++ core, and runs it.

The core knows no graph, no names and no geometry: it gets instructions (`lowering`) whose operands are offsets into
one arena and into the arrays that are handed in, and computes them in float32 with as many threads as `set_threads`
allows. The same bits come out for any number of threads.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from sys import getrefcount

import numpy as np

import pellucid._native as _native
from pellucid.engines.base import Arrays, ProgramMemory, States
from pellucid.engines.kernel_calls import KINDS, KernelCall
from pellucid.engines.lowering import lower
from pellucid.engines.state import HostState, State
from pellucid.errors import ArgumentError, EngineError, OutOfMemoryError, shown
from pellucid.graph import Graph, make_plan, optimize
from pellucid.graph.ops import Shape
from pellucid.graph.precision import has_precision, with_precision
from pellucid.warned import warn

FLOAT32 = np.dtype(np.float32)
UNHELD = 2
"""What `sys.getrefcount` counts of an array in a list that nobody else has: the list, and the question itself. All that
shows a part of an array holds the array."""


MAX_THREADS = 256
PER_CALL = 32 * 1024
"""What the graph and the program of one call of a kernel take in Python and in the core [bytes], measured."""


@contextlib.contextmanager
def _core_errors() -> Iterator[None]:
    """What the core refuses (an environment variable that names no instruction set, say) as an `EngineError`."""
    try:
        yield
    except ValueError as error:
        raise EngineError(str(error)) from error


def set_threads(count: int) -> None:
    """Let the native engine use this many threads from its next run on; results do not change by a bit.

    Args:
        count: 1 to 256; by default all cores that the process may use, or what PELLUCID_THREADS says.

    Raises:
        ArgumentError: the count is out of range.

    Example:
        >>> before = get_threads()
        >>> set_threads(1)
        >>> get_threads()
        1
        >>> set_threads(before)
    """
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or not 1 <= count <= MAX_THREADS:
        raise ArgumentError(f"the number of threads must be a whole number from 1 to {MAX_THREADS}, got {shown(count)}")
    with _core_errors():
        _native.set_threads(int(count))


def get_threads() -> int:
    """How many threads the native engine uses, the calling one included.

    Example:
        >>> get_threads() >= 1
        True
    """
    with _core_errors():
        return _native.get_threads()


def isa() -> str:
    """The instruction set level in use; the environment variable PELLUCID_ISA forces one.

    Example:
        >>> isa() in available_isas()
        True
    """
    with _core_errors():
        return _native.isa()


def available_isas() -> tuple[str, ...]:
    """The instruction set levels that this machine has, best first."""
    return _native.available_isas()


def fma_peak(seconds: float = 0.05) -> float:
    """What the processor can do at most, with the threads that the engine uses: floating point operations per second.

    A fused multiply-addition counts as two operations, as in all such figures. The clock of a processor changes from
    minute to minute, so that the peak is measured beside whatever is compared with it.

    Args:
        seconds: how long to measure.

    Example:
        >>> fma_peak(0.001) > 1e8
        True
    """
    with _core_errors():
        return 2 * _native.fma_peak(seconds)


@cache
def bfloat16_speed(isa: str | None = None) -> float:
    """How many times as fast as float32 numbers the processor multiplies bfloat16 ones; 0 where it cannot.

    Measured once, at the peak of both (see `fma_peak`).

    Args:
        isa: instruction set level; the one in use by default.

    Example:
        >>> bfloat16_speed("sse2") if "sse2" in available_isas() else 0.0
        0.0
    """
    with _core_errors():
        return _native.bfloat16_peak(0.005, isa) / _native.fma_peak(0.005, isa)


def _check_bfloat16(isa: str | None) -> None:
    """Products of bfloat16 numbers are asked for: refuse where there are none, warn where they cost time."""
    with _core_errors():
        level, has_bfloat16 = isa or _native.isa(), _native.has_bfloat16(isa)
    if not has_bfloat16:
        raise EngineError(
            f"mixed_bfloat16 needs instructions (AVX512_BF16) that this machine does not have at the level {level!r}; "
            "make the layers with dtype='float32' (config.set_dtype_policy), or compute them in float32 whatever their "
            "policy: engine=NativeEngine(bfloat16=False), in compile and in predict"
        )
    if bfloat16_speed(isa) < 1:
        warn(
            f"this processor multiplies bfloat16 numbers at {bfloat16_speed(isa):.1f} times the speed of float32 ones: "
            "mixed_bfloat16 costs time here"
        )


def _exact_by_default() -> bool:
    value = os.environ.get("PELLUCID_EXACT", "0")
    if value not in ("0", "1"):
        raise EngineError(f"the environment variable PELLUCID_EXACT must be 0 or 1, got {shown(value)}")
    return value == "1"


class NativeProgram:
    """A graph as instructions of the C++ core."""

    def __init__(
        self, graph: Graph, isa: str | None = None, *, exact: bool = False, bfloat16: bool | None = None
    ) -> None:
        graph = _in_precision(graph, exact=exact, bfloat16=bfloat16)
        if has_precision(graph, "bfloat16"):
            _check_bfloat16(isa)
        self.plan = make_plan(optimize(graph))
        lowered = lower(self.plan, _native.ELEMENTWISE, exact=exact)
        self.instructions = lowered.instructions
        self._inputs, self._outputs, self._states = lowered.inputs, lowered.outputs, lowered.states
        self._literals = [np.ascontiguousarray(op.values, FLOAT32) for op in lowered.literals]
        self.memory = self.plan.arena_size * FLOAT32.itemsize
        with _core_errors():
            fixed = sum(instruction.fixed for instruction in lowered.instructions)
            encoded = [instruction.encoded() for instruction in lowered.instructions]
            try:
                self._core = _native.Program(encoded, self.plan.arena_size, isa, fixed)
            except MemoryError as error:
                raise _out_of_memory(error) from error

    def run(self, inputs: Arrays, states: States, *, seed: int = 0, step: int = 0) -> dict[str, np.ndarray]:
        """See `Program.run`."""
        return self.bind(states)(inputs, seed=seed, step=step)

    def bind(self, states: States) -> NativeBoundProgram:
        """See `Program.bind`; the states are of float32 in main memory."""
        core = self._bound_core(states, [*self._inputs.values()], [*self._outputs.values()])
        return NativeBoundProgram(core, list(self._inputs), list(self._outputs))

    def bind_reusing(self, states: States) -> NativeReusingProgram:
        """See `engines.reusing`."""
        core = self._bound_core(states, [*self._inputs.values(), *self._outputs.values()], [])
        return NativeReusingProgram(core, list(self._inputs), self._outputs)

    def _bound_core(self, states: States, given: list[Shape], made: list[Shape]) -> _native.BoundProgram:
        """The core on these states; the shapes of the arrays that are handed in at each run, and of those it makes."""
        bound = [_host_state(name, states[name]) for name in self._states]
        kept, locks = [state.array for state in bound] + self._literals, [state.lock for state in bound]
        with _core_errors():
            return self._core.bind(given, made, kept, locks)

    def explain(self) -> list[KernelCall]:
        """Each call of a kernel, in order: which layer asked for it, what is computed, how, and why so."""
        calls = []
        for instruction, (variant, reason, read, written) in zip(self.instructions, self._core.facts(), strict=True):
            kind = KINDS.get(instruction.kernel, instruction.kernel.replace("_", " "))
            size = FLOAT32.itemsize * (read + written)
            facts = instruction.flops, size, instruction.fixed
            calls.append(KernelCall(instruction.name, kind, variant, reason, *facts))
        return calls

    def profile(
        self, inputs: Arrays, states: States, *, runs: int, seed: int = 0, step: int = 0
    ) -> tuple[list[KernelCall], float]:
        """The calls of each run, with their median times over so many runs, after one that is not counted; `fma_peak`.

        The peak is the median of one measured beside each run: the clock sinks under load, so that a moment of rest
        before the measurement would flatter it. Calls that depend on the weights alone run once and are left out. The
        states are updated by each run as they are by `run`.
        """
        bound, times, peaks = self.bind(states), [], []
        with _core_errors():
            for number in range(runs + 1):
                peaks.append(fma_peak(0.001))
                times.append(bound.timed(inputs, seed, step + number))
        seconds = np.median(np.array(times[1:]).reshape(runs, -1), axis=0)
        calls = zip(self.explain(), seconds, strict=True)
        return [replace(call, seconds=float(time)) for call, time in calls if not call.once], float(np.median(peaks))


def _in_precision(graph: Graph, *, exact: bool, bfloat16: bool | None) -> Graph:
    """The graph with products as an engine was told to compute them, whatever its layers say."""
    if exact or bfloat16 is not None:
        return with_precision(graph, "bfloat16" if bfloat16 else "float32")
    return graph


def _out_of_memory(error: MemoryError) -> OutOfMemoryError:
    return OutOfMemoryError(f"there is not enough memory for it: {error}; take fewer samples at a time")


def _host_state(name: str, state: State) -> HostState:
    if not isinstance(state, HostState) or state.dtype != FLOAT32:
        raise EngineError(f"the native engine computes on float32 states in main memory; {name} is {state!r}")
    return state


class NativeBoundProgram:
    """See `BoundProgram`."""

    def __init__(self, core: _native.BoundProgram, inputs: list[str], outputs: list[str]) -> None:
        self._core, self._inputs, self._outputs = core, inputs, outputs
        self.try_array = core.try_array  # see `engines.quick_run`

    def __call__(self, inputs: Arrays, *, seed: int = 0, step: int = 0) -> dict[str, np.ndarray]:
        return dict(zip(self._outputs, self._run(self._in_order(inputs), seed, step), strict=True))

    def _run(self, arrays: list[np.ndarray], seed: int, step: int) -> list[np.ndarray]:
        try:  # not `_core_errors`, which takes as long as a small program
            return self._core.run(arrays, seed, step)
        except ValueError as error:
            raise EngineError(str(error)) from error
        except MemoryError as error:
            raise _out_of_memory(error) from error

    def steps(self, columns: Arrays, rows: np.ndarray, scalars: Arrays, seed: int, step: int) -> None:
        """See `engines.steps_of`."""
        numbers = [np.asarray(scalars[name], FLOAT32) for name in self._inputs if name in scalars]
        of_steps = np.stack(numbers, axis=1) if numbers else np.empty((len(rows), 0), FLOAT32)
        try:
            self._core.run_steps([columns.get(name) for name in self._inputs], rows, of_steps, seed, step)
        except ValueError as error:
            raise EngineError(str(error)) from error
        except MemoryError as error:
            raise EngineError(f"there is not enough memory for it: {error}; take fewer samples at a time") from error

    def timed(self, inputs: Arrays, seed: int, step: int) -> list[float]:
        """Run, and return the seconds of each instruction; 0 for those that did not run."""
        return self._core.run_timed(self._in_order(inputs), seed, step)

    def _in_order(self, inputs: Arrays) -> list[np.ndarray]:
        return [np.ascontiguousarray(inputs[name], FLOAT32) for name in self._inputs]


class NativeReusingProgram(NativeBoundProgram):
    """One whose results lie in the arrays of earlier ones that nobody holds any more; see `engines.reusing`."""

    def __init__(self, core: _native.BoundProgram, inputs: list[str], outputs: dict[str, Shape]) -> None:
        super().__init__(core, inputs, list(outputs))
        self._shapes = list(outputs.values())
        self._earlier: list[list[np.ndarray]] = []

    def __call__(self, inputs: Arrays, *, seed: int = 0, step: int = 0) -> dict[str, np.ndarray]:
        results = self._unheld()
        self._run([*self._in_order(inputs), *results], seed, step)
        self._earlier[:] = [results]
        return dict(zip(self._outputs, results, strict=True))

    def _unheld(self) -> list[np.ndarray]:
        """Arrays for the results: those of the run before, as far as nobody has one of them, or a part of it."""
        try:
            results = self._earlier.pop()  # so that no other thread takes them
        except IndexError:
            return [np.empty(shape, FLOAT32) for shape in self._shapes]
        for number, shape in enumerate(self._shapes):
            if getrefcount(results[number]) > UNHELD:
                results[number] = np.empty(shape, FLOAT32)
            results[number].flags.writeable = True  # whoever had it may have closed it
        return results


class NativeEngine:
    """C++, float32, vectorised and threaded.

    Args:
        isa: instruction set level to use ("sse2", "avx2", "avx512", "neon"); the best that the machine has by default,
            or what the environment variable PELLUCID_ISA names.
        exact: compute every convolution as the sum of products that it is. Otherwise convolutions with kernels of 3 or
            5 taps and many channels use Winograd's method where that is faster: two to three times, with rounding
            errors that are about ten times those of plain sums (1e-6 of the result's size instead of 1e-7). With
            exact sums, whole numbers below 2^24 stay whole, and filters copied by hand compute to the last bit.
            By default what the environment variable PELLUCID_EXACT says: 1 or 0.
        bfloat16: round the factors of products to bfloat16 in all convolutions and matrix products (True), in none
            (False), or in the layers whose policy is "mixed_bfloat16" (None), see `config.set_dtype_policy`. With exact
            sums none are rounded.

    Raises:
        EngineError: PELLUCID_EXACT is neither.
        ArgumentError: sums are to be exact and of rounded factors at once.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((28, 28, 1)), layers.Conv2D(8, 3)])
        >>> model.compile("sgd", "mse", engine=NativeEngine(exact=True))

    Source: A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", arXiv 1509.09308.
    """

    name = "native"
    dtype = FLOAT32

    def __init__(self, isa: str | None = None, *, exact: bool | None = None, bfloat16: bool | None = None) -> None:
        self._isa = isa
        self._exact = _exact_by_default() if exact is None else exact
        self._bfloat16 = bfloat16
        if self._exact and bfloat16:
            raise ArgumentError("sums are exact (exact=True, or PELLUCID_EXACT=1), or bfloat16=True: not both")

    def state(self, size: int) -> HostState:
        """See `Engine.state`."""
        return HostState(size)

    def takes(self, state: State) -> bool:
        """See `Engine.takes`."""
        return isinstance(state, HostState) and state.dtype == FLOAT32

    def prepare(self, graph: Graph) -> NativeProgram:
        """See `Engine.prepare`."""
        return NativeProgram(graph, self._isa, exact=self._exact, bfloat16=self._bfloat16)

    def memory_of(self, graph: Graph) -> ProgramMemory:
        """See `Engine.memory_of`: by the plan of the arena, and by what its kernels say that they need."""
        plan = make_plan(optimize(_in_precision(graph, exact=self._exact, bfloat16=self._bfloat16)))
        lowered = lower(plan, _native.ELEMENTWISE, exact=self._exact)
        with _core_errors():
            encoded = [instruction.encoded() for instruction in lowered.instructions]
            floats = sum(_native.further_floats(encoded, get_threads(), self._isa))
        floats += sum(op.values.size for op in lowered.literals)
        size = FLOAT32.itemsize
        workspace = floats * size + PER_CALL * len(encoded)
        return ProgramMemory(plan.arena_size * size, workspace, {n: f * size for n, f in plan.by_name.items()})
