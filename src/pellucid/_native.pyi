"""The C++ engine: runs flat programs of float32 instructions.

Only files of `pellucid.engines` import this module. Arrays are float32; offsets and extents count floats. What each
instruction computes, and the order of its numbers, stands at the head of native/runtime/instructions_*.cc.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

_Place: TypeAlias = tuple[int, int]
_Instruction: TypeAlias = tuple[str, Sequence[_Place], Sequence[_Place], Sequence[int], Sequence[float]]

ELEMENTWISE: tuple[str, ...]
"""Names of the elementwise functions; the index of a name is its code."""

class StateLock:
    """Who may touch a state (an array that outlives a run), and how often it has been written to."""

    def acquire(self) -> None:
        """Wait, without the GIL, until no other thread holds the lock; a thread may hold it several times."""

    def release(self) -> None:
        """Let go, once for each time that it was acquired."""

    def count_write(self) -> None:
        """Say that the state has been written to; with the lock held."""

    @property
    def number(self) -> int:
        """Whoever takes several locks takes them in this order, so that nobody waits in a circle."""

def further_floats(instructions: Sequence[_Instruction], threads: int, isa: str | None = None) -> tuple[int, int]:
    """What a program of such instructions needs besides its arena; nothing is allocated.

    Returns:
        floats of scratch memory with so many threads, and floats that instructions keep between runs.

    Raises:
        ValueError: as `Program`.
    """

class Program:
    """A list of instructions over one arena and some arrays of the caller.

    An instruction is ``(op, inputs, outputs, ints, floats)``. A place is ``(base, offset)``: base 0 is the program's
    arena (zeroed when the program is made, kept between runs), base k >= 1 the external array k - 1.

    Args:
        instructions: in the order in which they run.
        arena_floats: size of the arena [floats], >= 0.
        isa: instruction set level, one of `available_isas()`; None for `isa()`.
        fixed: so many instructions, the first ones, read only what hardly ever changes, weights, and write only to the
            arena: they run again when that has been written to, or another `bind` of the program ran in between.

    Raises:
        ValueError: an instruction is not well formed, leaves the arena, or overwrites its own input; or the level is
            not available here. The message names the instruction.
        MemoryError: the arena does not fit into memory.
    """

    def __init__(
        self, instructions: Sequence[_Instruction], arena_floats: int, isa: str | None = None, fixed: int = 0
    ) -> None: ...
    def run(self, externals: Sequence[npt.NDArray[np.float32]], seed: int = 0, step: int = 0) -> None:
        """Run all instructions once, in order, without the GIL.

        Args:
            externals: C-contiguous float32 arrays, those that the program writes also writable.
            seed: 64-bit key of the random numbers.
            step: 32-bit counter of the random numbers: other numbers in every step.

        Raises:
            ValueError: an array is missing, too small or of the wrong kind; nothing has run then.
        """

    def bind(
        self,
        inputs: Sequence[tuple[int, ...]],
        outputs: Sequence[tuple[int, ...]],
        kept: Sequence[npt.NDArray[np.float32]],
        locks: Sequence[StateLock],
    ) -> BoundProgram:
        """The program with those external arrays that stay the same from run to run.

        Args:
            inputs: shapes of the external arrays, the first ones, that come with each run.
            outputs: shapes of the next ones, which each run makes.
            kept: the others: first the states, then constants.
            locks: those of the states, in the same order: held while the program runs.

        Raises:
            ValueError: a kept array is of the wrong kind.
        """

    def facts(self) -> list[tuple[str, str, int, int]]:
        """For each instruction: how it is computed, why so (empty: no choice), floats read, floats written."""

class BoundProgram:
    """A program with the last of its external arrays; made by `Program.bind`."""

    def run(
        self, inputs: Sequence[npt.NDArray[np.float32]], seed: int = 0, step: int = 0
    ) -> list[npt.NDArray[np.float32]]:
        """`Program.run` with these inputs; the outputs."""

    def run_steps(
        self,
        columns: list[npt.NDArray[np.float32] | npt.NDArray[np.uint8] | None],
        rows: npt.NDArray[np.int64],
        scalars: npt.NDArray[np.float32],
        seed: int = 0,
        step: int = 0,
    ) -> None:
        """Run a program without outputs once for each row of `rows`; the steps count on from `step`.

        Args:
            columns: for each input all samples, (samples, ...), or None where it is a number.
            rows: (steps, samples per step): which samples each step takes.
            scalars: (steps, numbers): the inputs that are numbers, in order.

        Raises:
            ValueError: something does not fit; nothing has run.
        """

    def run_timed(self, inputs: Sequence[npt.NDArray[np.float32]], seed: int = 0, step: int = 0) -> list[float]:
        """The same; the seconds that each instruction took, 0 for those that did not run."""

    def try_array(self, input: object, seed: int = 0, step: int = 0) -> npt.NDArray[np.float32] | None:
        """The only output for the only input.

        None, and nothing has run, where there are several, or `input` is not a C-contiguous float32 array of the
        input's shape with finite numbers.
        """

def isa() -> str:
    """The level of programs that name none: the environment variable PELLUCID_ISA, else the best available one.

    Raises:
        ValueError: PELLUCID_ISA names a level that this machine does not have.
    """

def available_isas() -> tuple[str, ...]:
    """The instruction set levels that this machine can run, best first."""

def get_threads() -> int:
    """The number of threads that programs run on.

    At first the environment variable PELLUCID_THREADS, else the number of cores that this process may use.

    Raises:
        ValueError: PELLUCID_THREADS is not a whole number from 1 to 256.
    """

def fma_peak(seconds: float, isa: str | None = None) -> float:
    """Fused multiply-additions per second that all threads together can do at most, measured for so many seconds.

    Args:
        seconds: how long to measure; at least 0.001 s goes by.
        isa: instruction set level; None for `isa()`.

    Raises:
        ValueError: the level is not available here.
    """

def has_bfloat16(isa: str | None = None) -> bool:
    """Whether the level runs instructions that ask for bfloat16 on this machine.

    Args:
        isa: instruction set level; None for `isa()`.

    Raises:
        ValueError: the level is not available here.
    """

def bfloat16_peak(seconds: float, isa: str | None = None) -> float:
    """As `fma_peak`, of bfloat16 numbers with float32 sums; 0 where `has_bfloat16` says no.

    Args:
        seconds: how long to measure; at least 0.001 s goes by.
        isa: instruction set level; None for `isa()`.

    Raises:
        ValueError: the level is not available here.
    """

def set_threads(threads: int) -> None:
    """Run programs on that many threads from now on. Results do not depend on it, to the bit.

    Args:
        threads: 1 to 256.

    Raises:
        ValueError: the number is out of range.
    """
