"""One native instruction: written down, run alone, and checked for stray writes and for equal bits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pellucid import _native

Array = npt.NDArray[np.float32]
Numbers = Sequence[int]
Instruction = tuple[str, list[tuple[int, int]], list[tuple[int, int]], list[int], list[float]]
Step = tuple[str, int, int, int]


def execute(
    op: str,
    inputs: Sequence[Array],
    output_sizes: Numbers,
    ints: Numbers,
    floats: Sequence[float] = (),
    isa: str | None = None,
    seed: int = 0,
    step: int = 0,
) -> list[Array]:
    """Run one instruction with 3 threads and with 1; demand equal bits; return the outputs, flat.

    Every array lies between guards that must not change.
    """
    results = []
    for threads in (3, 1):
        _native.set_threads(threads)
        guarded = [guard(x) for x in inputs] + [guard(np.full(n, 123.0, np.float32)) for n in output_sizes]
        places = [(i + 1, GUARD) for i in range(len(guarded))]
        instruction = (op, places[: len(inputs)], places[len(inputs) :], list(ints), list(floats))
        _native.Program([instruction], 0, isa).run(guarded, seed, step)
        for array in guarded:
            assert np.isnan(array[:GUARD]).all() and np.isnan(array[-GUARD:]).all(), "wrote outside its arrays"
        results.append([array[GUARD:-GUARD] for array in guarded[len(inputs) :]])
    for parallel, alone in zip(*results, strict=True):
        np.testing.assert_array_equal(parallel.view(np.uint32), alone.view(np.uint32))
    return results[0]


GUARD = 5  # odd, so that arrays are not aligned to vectors


def guard(array: Array) -> Array:
    nans = np.full(GUARD, np.nan, np.float32)
    return np.concatenate([nans, array.ravel(), nans])


def random_array(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def elementwise_ints(
    dims: Numbers,
    strides: Sequence[Numbers],
    n_constants: int,
    outputs: Numbers,
    steps: Sequence[Step],
    sums: Numbers = (),
) -> list[int]:
    ints = [len(dims), *dims, len(strides), len(outputs), len(sums), n_constants, len(steps)]
    for stride in strides:
        ints += stride
    ints += [*outputs, *sums]
    for function, a, b, c in steps:
        ints += [_native.ELEMENTWISE.index(function), a, b, c]
    return ints


def momentum_instruction(count: int) -> Instruction:
    """v = 0.9 v - 0.1 g; w = w + v, both in place: external arrays w, v, g."""
    steps = [("multiply", 3, 1, 0), ("multiply", 4, 2, 0), ("subtract", 5, 6, 0), ("add", 0, 7, 0)]
    ints = elementwise_ints([count], [[1]] * 3, 2, [7, 8], steps)
    return ("elementwise", [(1, 0), (2, 0), (3, 0)], [(2, 0), (1, 0)], ints, [0.9, 0.1])
