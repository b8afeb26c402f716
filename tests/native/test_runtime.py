"""The native runtime against NumPy: every instruction except convolution and matmul, at every instruction set level."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pytest

from pellucid import _native

Array = npt.NDArray[np.float32]
Numbers = Sequence[int]

ISAS = _native.available_isas()


@pytest.fixture(autouse=True)
def _restore_threads() -> Iterator[None]:
    threads = _native.get_threads()
    yield
    _native.set_threads(threads)


@pytest.fixture(params=ISAS)
def isa(request: pytest.FixtureRequest) -> str:
    return str(request.param)


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


# ---- elementwise ----

Step = tuple[str, int, int, int]


def elementwise_ints(
    dims: Numbers, strides: Sequence[Numbers], n_constants: int, outputs: Numbers, steps: Sequence[Step]
) -> list[int]:
    ints = [len(dims), *dims, len(strides), len(outputs), n_constants, len(steps)]
    for stride in strides:
        ints += stride
    ints += outputs
    for function, a, b, c in steps:
        ints += [_native.ELEMENTWISE.index(function), a, b, c]
    return ints


FUNCTIONS: dict[str, Callable[..., npt.NDArray[np.float64]]] = {
    "negative": np.negative,
    "absolute": np.absolute,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "relu": lambda x: np.where(x < 0, 0, x),
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "equal": np.equal,
    "where": lambda c, a, b: np.where(c != 0, a, b),
}
SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 88.7, 88.8, -87.0, -200.0, 1e30, -1e30], np.float32)


def ulps(value: Array, exact: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Distance in units of the last place of the exact value; 0 where both are the same infinity, NaN or denormal."""
    with np.errstate(all="ignore"):
        rounded = exact.astype(np.float32)
        distance = np.abs(value - exact) / np.spacing(np.abs(rounded)).astype(np.float64)
        tiny = np.abs(exact) < np.finfo(np.float32).tiny
        same = (value == rounded) | (np.isnan(value) & np.isnan(rounded)) | (tiny & (np.abs(value) <= 1.2e-38))
    return np.where(same, 0.0, distance)


def test_the_table_of_functions_is_complete() -> None:
    assert tuple(FUNCTIONS) == _native.ELEMENTWISE


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("count", [1, 3, 16, 17, 1000, 40_001])
def test_function_of_ordinary_and_special_numbers(function: str, count: int, isa: str) -> None:
    """Each function is within 3 units of the last place of NumPy in double precision."""
    arity = 3 if function == "where" else 1 if _native.ELEMENTWISE.index(function) < 8 else 2
    operands = [random_array(count, seed=i) * 5 for i in range(arity)]
    for i, operand in enumerate(operands):
        operand[: SPECIAL.size] = np.roll(SPECIAL, i * 3)[:count]
        operand[SPECIAL.size : 2 * SPECIAL.size] = SPECIAL[: max(0, count - SPECIAL.size)]
    registers = [*range(arity), 0, 0][:3]
    ints = elementwise_ints([count], [[1]] * arity, 0, [arity], [(function, *registers)])
    (result,) = execute("elementwise", operands, [count], ints, isa=isa)
    with np.errstate(all="ignore"):
        exact = np.asarray(FUNCTIONS[function](*[x.astype(np.float64) for x in operands]), np.float64)
    assert ulps(result, exact).max() <= 3


BROADCASTS: dict[str, tuple[Numbers, Numbers, Numbers]] = {  # dims, shape of the operand, its strides
    "scalar": ((7, 33), (1,), (0, 0)),
    "bias of a vector": ((300, 64), (64,), (0, 1)),
    "bias of an odd length": ((300, 37), (37,), (0, 1)),
    "long bias": ((5, 5000), (5000,), (0, 1)),
    "row constant": ((300, 10), (300,), (1, 0)),
    "middle axis": ((6, 50, 11), (50,), (0, 1, 0)),
    "outer and inner": ((6, 50, 11), (6, 11), (11, 0, 1)),
    "transposed": ((130, 70), (70, 130), (1, 130)),
    "axes of size one": ((1, 300, 1, 10), (300,), (0, 1, 0, 0)),
    "single element": ((1, 1), (1,), (0, 0)),
    "no axes": ((), (1,), ()),
}


@pytest.mark.parametrize("case", BROADCASTS)
def test_broadcast_operands(case: str, isa: str) -> None:
    """a - b with b broadcast or transposed gives exactly what NumPy gives."""
    dims, shape, strides = BROADCASTS[case]
    a, b = random_array(*dims), random_array(*shape, seed=1)
    view = np.lib.stride_tricks.as_strided(b, dims, [4 * s for s in strides])
    full = [int(np.prod(dims[i + 1 :])) for i in range(len(dims))]
    ints = elementwise_ints(dims, [full, strides], 0, [2], [("subtract", 0, 1, 0)])
    (result,) = execute("elementwise", [np.atleast_1d(a), b], [a.size], ints, isa=isa)
    np.testing.assert_array_equal(result.reshape(dims), a - view)


Instruction = tuple[str, list[tuple[int, int]], list[tuple[int, int]], list[int], list[float]]


def momentum_instruction(count: int) -> Instruction:
    """v = 0.9 v - 0.1 g; w = w + v, both in place: external arrays w, v, g."""
    steps = [("multiply", 3, 1, 0), ("multiply", 4, 2, 0), ("subtract", 5, 6, 0), ("add", 0, 7, 0)]
    ints = elementwise_ints([count], [[1]] * 3, 2, [7, 8], steps)
    return ("elementwise", [(1, 0), (2, 0), (3, 0)], [(2, 0), (1, 0)], ints, [0.9, 0.1])


@pytest.mark.parametrize("count", [1, 15, 16, 20_000, 100_003])
def test_update_in_place(count: int, isa: str) -> None:
    """Two outputs that are the buffers of two inputs, one of which is still read after the other was written."""
    w, v, g = (random_array(count, seed=i) for i in range(3))
    new_v = np.float32(0.9) * v - np.float32(0.1) * g
    new_w = w + new_v
    _native.Program([momentum_instruction(count)], 0, isa).run([w, v, g])
    np.testing.assert_allclose(v, new_v, rtol=0, atol=1e-6)
    np.testing.assert_allclose(w, new_w, rtol=0, atol=1e-6)


def test_output_in_place_that_a_later_step_still_needs_as_input(isa: str) -> None:
    """x = x + 1 in place and y = x (old) * 2."""
    x = random_array(5001)
    before, y = x.copy(), np.zeros_like(x)
    ints = elementwise_ints([5001], [[1]], 2, [3, 4], [("add", 0, 1, 0), ("multiply", 0, 2, 0)])
    instruction = ("elementwise", [(1, 0)], [(1, 0), (2, 0)], ints, [1.0, 2.0])
    _native.Program([instruction], 0, isa).run([x, y])
    np.testing.assert_array_equal(x, before + 1)
    np.testing.assert_array_equal(y, before * 2)


def test_outputs_that_are_inputs_constants_or_the_same_step(isa: str) -> None:
    x = random_array(3, 700)
    bias = random_array(700, seed=1)
    ints = elementwise_ints([3, 700], [[700, 1], [0, 1]], 1, [0, 1, 2, 3, 3], [("add", 0, 1, 0)])
    outputs = execute("elementwise", [x, bias], [2100] * 5, ints, [7.5], isa=isa)
    expected = [x, np.broadcast_to(bias, x.shape), np.full_like(x, 7.5), x + bias, x + bias]
    for output, value in zip(outputs, expected, strict=True):
        np.testing.assert_array_equal(output, value.ravel())


def test_long_chain_with_many_values_alive(isa: str) -> None:
    """100 products that are all summed at the end: more values at once than the usual block has room for."""
    x = random_array(3001)
    constants = np.linspace(0.5, 1.5, 100).astype(np.float32)
    steps: list[Step] = [("multiply", 0, 1 + i, 0) for i in range(100)]
    steps += [("add", 101, 102, 0)] + [("add", 201 + i, 103 + i, 0) for i in range(98)]
    ints = elementwise_ints([3001], [[1]], 100, [100 + len(steps)], steps)
    (result,) = execute("elementwise", [x], [3001], ints, constants.tolist(), isa=isa)
    np.testing.assert_allclose(result, x * constants.sum(dtype=np.float64), rtol=1e-5)


# ---- reductions ----


@pytest.mark.parametrize(
    "shape",
    [(1, 1, 1), (3, 7, 1), (128, 10, 1), (5, 100, 1), (2, 70_001, 1), (1, 5000, 64), (1, 40_001, 32), (4, 9, 5),
     (7, 3, 1), (1, 20_000, 3), (3, 130, 700), (2, 3000, 37), (1, 129, 20_000), (40, 64, 17)],
)  # fmt: skip
def test_reductions(shape: tuple[int, int, int], isa: str) -> None:
    x = random_array(*shape)
    outputs = shape[0] * shape[2]
    (total,) = execute("reduce_sum", [x], [outputs], shape, isa=isa)
    exact = x.sum(axis=1, dtype=np.float64).ravel()
    magnitude = np.abs(x).sum(axis=1, dtype=np.float64).ravel()
    assert (np.abs(total - exact) <= 1e-6 * magnitude).all()
    (largest,) = execute("reduce_max", [x], [outputs], shape, isa=isa)
    np.testing.assert_array_equal(largest, x.max(axis=1).ravel())


@pytest.mark.parametrize("shape", [(2, 5, 1), (2, 500, 1), (2, 500, 3), (2, 5, 40)])
def test_reduce_max_of_infinities_and_nan(shape: tuple[int, int, int], isa: str) -> None:
    x = np.full(shape, -np.inf, np.float32)
    x[1, 3, 0] = np.nan
    (largest,) = execute("reduce_max", [x], [shape[0] * shape[2]], shape, isa=isa)
    np.testing.assert_array_equal(largest.reshape(shape[0], shape[2]), x.max(axis=1))


def test_arg_max_takes_the_first_maximum_and_nan_first() -> None:
    x = np.array([[1, 3, 3, 2], [-1, -1, -1, -1], [0, np.nan, 5, np.nan], [-np.inf, -np.inf, 2, 1]], np.float32)
    (result,) = execute("arg_max", [x], [4], [4, 4])
    np.testing.assert_array_equal(result, x.argmax(axis=1))


# ---- pooling ----

PoolCase = tuple[int, int, Numbers, Numbers, Numbers, Numbers, Numbers]
POOLS: dict[str, PoolCase] = {  # batch, channels, input, kernel, stride, dilation, padding before = after
    "2x2 tiles": (3, 64, (1, 24, 24), (1, 2, 2), (1, 2, 2), (1, 1, 1), (0, 0, 0)),
    "odd channels": (2, 37, (1, 8, 8), (1, 2, 2), (1, 2, 2), (1, 1, 1), (0, 0, 0)),
    "one channel": (2, 1, (1, 9, 7), (1, 3, 1), (1, 3, 1), (1, 1, 1), (0, 0, 0)),
    "rest that no window covers": (2, 5, (1, 9, 9), (1, 2, 2), (1, 2, 2), (1, 1, 1), (0, 0, 0)),
    "overlap and padding": (2, 17, (1, 7, 9), (1, 3, 3), (1, 2, 2), (1, 1, 1), (0, 1, 1)),
    "dilation": (1, 4, (1, 11, 11), (1, 3, 3), (1, 1, 1), (1, 2, 2), (0, 0, 0)),
    "stride beyond the kernel": (2, 3, (1, 10, 10), (1, 2, 2), (1, 3, 3), (1, 1, 1), (0, 0, 0)),
    "1-D": (3, 20, (1, 1, 30), (1, 1, 4), (1, 1, 2), (1, 1, 1), (0, 0, 2)),
    "3-D": (2, 6, (6, 5, 7), (2, 2, 3), (2, 1, 2), (1, 1, 1), (1, 0, 1)),
    "global": (3, 10, (1, 13, 13), (1, 13, 13), (1, 1, 1), (1, 1, 1), (0, 0, 0)),
}


class Pool:
    """A pooling by plain loops over windows."""

    def __init__(self, case: PoolCase) -> None:
        self.batch, self.channels, self.input, self.kernel, self.stride, self.dilation, self.pad = case
        reach = [(k - 1) * d + 1 for k, d in zip(self.kernel, self.dilation, strict=True)]
        self.output = [
            (i + 2 * p - r) // s + 1 for i, p, r, s in zip(self.input, self.pad, reach, self.stride, strict=True)
        ]

    def ints(self) -> list[int]:
        groups = (self.input, self.output, self.kernel, self.stride, self.dilation, self.pad)
        return [self.batch, self.channels, *(number for group in groups for number in group)]

    def windows(self) -> Iterator[tuple[tuple[int, ...], list[tuple[int, ...]]]]:
        """Each output index with the input indices of its taps."""
        for o in np.ndindex(*self.output):
            taps = []
            for k in np.ndindex(*self.kernel):
                at = tuple(o[i] * self.stride[i] + k[i] * self.dilation[i] - self.pad[i] for i in range(3))
                if all(0 <= at[i] < self.input[i] for i in range(3)):
                    taps.append(at)
            yield o, taps

    def shapes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        return (self.batch, *self.input, self.channels), (self.batch, *self.output, self.channels)


@pytest.mark.parametrize("name", POOLS)
def test_max_pool_and_its_gradient(name: str, isa: str) -> None:
    """Small whole numbers, so that ties are common: the first maximum takes the gradient."""
    pool = Pool(POOLS[name])
    x_shape, y_shape = pool.shapes()
    x = np.random.default_rng(0).integers(-3, 3, x_shape).astype(np.float32)
    grad_y = np.random.default_rng(1).integers(-9, 9, y_shape).astype(np.float32)
    y, grad_x = np.zeros(y_shape, np.float32), np.zeros(x_shape, np.float32)
    for o, taps in pool.windows():
        values = np.stack([x[(slice(None), *tap)] for tap in taps])
        y[(slice(None), *o)] = values.max(axis=0)
        first = values.argmax(axis=0)
        for i, tap in enumerate(taps):
            grad_x[(slice(None), *tap)] += np.where(first == i, grad_y[(slice(None), *o)], 0)
    (result,) = execute("max_pool", [x], [y.size], pool.ints(), isa=isa)
    np.testing.assert_array_equal(result, y.ravel())
    (result,) = execute("max_pool_backward", [x, y, grad_y], [x.size], pool.ints(), isa=isa)
    np.testing.assert_array_equal(result, grad_x.ravel())


@pytest.mark.parametrize("name", POOLS)
def test_average_pool_and_its_gradient(name: str, isa: str) -> None:
    """The mean is over the taps inside the input."""
    pool = Pool(POOLS[name])
    x_shape, y_shape = pool.shapes()
    x, grad_y = random_array(*x_shape), random_array(*y_shape, seed=1)
    y, grad_x = np.zeros(y_shape), np.zeros(x_shape)
    for o, taps in pool.windows():
        for tap in taps:
            y[(slice(None), *o)] += x[(slice(None), *tap)] / len(taps)
            grad_x[(slice(None), *tap)] += grad_y[(slice(None), *o)] / len(taps)
    (result,) = execute("average_pool", [x], [y.size], pool.ints(), isa=isa)
    np.testing.assert_allclose(result, y.ravel(), rtol=1e-5, atol=1e-6)
    (result,) = execute("average_pool_backward", [grad_y], [x.size], pool.ints(), isa=isa)
    np.testing.assert_allclose(result, grad_x.ravel(), rtol=1e-5, atol=1e-6)


# ---- copy, fill, one_hot ----


@pytest.mark.parametrize(
    ("dims", "source", "destination"),
    [
        ((100_000,), (1,), (1,)),
        ((30, 40, 50), (2000, 50, 1), (1, 30, 1200)),  # transposed
        ((64, 300), (300, 1), (700, 1)),  # into a slice
        ((5, 6, 7), (0, 7, 1), (42, 7, 1)),  # repeated
        ((1, 6, 1), (0, 3, 0), (0, 1, 0)),  # every third
        ((), (), ()),
    ],
)
def test_copy(dims: Numbers, source: Numbers, destination: Numbers) -> None:
    from_size = 1 + sum((d - 1) * s for d, s in zip(dims, source, strict=True))
    to_size = 1 + sum((d - 1) * s for d, s in zip(dims, destination, strict=True))
    x, expected = random_array(from_size), np.full(to_size, 123.0, np.float32)
    to_view = np.lib.stride_tricks.as_strided(expected, dims, [4 * s for s in destination])
    to_view[...] = np.lib.stride_tricks.as_strided(x, dims, [4 * s for s in source])
    (result,) = execute("copy", [x], [to_size], [len(dims), *dims, *source, *destination])
    np.testing.assert_array_equal(result, expected)


def test_fill_and_one_hot() -> None:
    (filled,) = execute("fill", [], [100_001], [100_001], [-2.5])
    assert (filled == -2.5).all()
    labels = np.array([2, 0, 3, -1, 1.5, np.nan, np.inf], np.float32)
    (hot,) = execute("one_hot", [labels], [21], [7, 3])
    np.testing.assert_array_equal(hot.reshape(7, 3), (labels[:, None] == np.arange(3)).astype(np.float32))


# ---- random numbers ----


def threefry(key: tuple[int, int], x0: npt.NDArray[np.uint32], x1: npt.NDArray[np.uint32]) -> tuple[
    npt.NDArray[np.uint32], npt.NDArray[np.uint32]
]:  # fmt: skip
    """Threefry-2x32-20 as in Salmon et al. (2011), section 4.2."""
    keys = [np.uint32(key[0]), np.uint32(key[1]), np.uint32(key[0] ^ key[1] ^ 0x1BD11BDA)]
    x0, x1 = x0 + keys[0], x1 + keys[1]
    for i in range(20):
        rotation = (13, 15, 26, 6, 17, 29, 16, 24)[i % 8]
        x0 = x0 + x1
        x1 = ((x1 << np.uint32(rotation)) | (x1 >> np.uint32(32 - rotation))) ^ x0
        if i % 4 == 3:
            x0, x1 = x0 + keys[(i // 4 + 1) % 3], x1 + keys[(i // 4 + 2) % 3] + np.uint32(i // 4 + 1)
    return x0, x1


@pytest.mark.parametrize(
    ("key", "counter", "words"),
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_known_answers_of_the_cipher(key: tuple[int, int], counter: tuple[int, int], words: tuple[int, int]) -> None:
    """The paper's known answers hold for this file's threefry, which the next test compares with the engine's."""
    x0, x1 = threefry(key, np.array([counter[0]], np.uint32), np.array([counter[1]], np.uint32))
    assert (int(x0[0]), int(x1[0])) == words


@pytest.mark.parametrize("count", [1, 16, 31, 32, 33, 8192, 20_001])
@pytest.mark.parametrize(("seed", "step", "stream"), [(0, 0, 0), (2**64 - 3, 2**32 - 1, 2**32 - 1), (7 << 33, 5, 9)])
def test_random_uniform(count: int, seed: int, step: int, stream: int, isa: str) -> None:
    (result,) = execute("random_uniform", [], [count], [stream, count], isa=isa, seed=seed, step=step)
    k0, k1 = threefry((seed & 0xFFFFFFFF, seed >> 32), np.array([stream], np.uint32), np.array([step], np.uint32))
    e = np.arange(count)
    words = threefry((int(k0[0]), int(k1[0])), (16 * (e // 32) + e % 16).astype(np.uint32), np.zeros(count, np.uint32))
    word = np.where((e // 16) % 2 == 0, words[0], words[1])
    np.testing.assert_array_equal(result, (word >> 8).astype(np.float32) * np.float32(2.0**-24))


# ---- programs ----


def test_arena_keeps_its_content_and_starts_at_zero() -> None:
    """The arena is a counter: arena += 1, then out = arena."""
    add_one = ("elementwise", [(0, 3)], [(0, 3)], elementwise_ints([1000], [[1]], 1, [2], [("add", 0, 1, 0)]), [1.0])
    copy = ("copy", [(0, 3)], [(1, 0)], [1, 1000, 1, 1], [])
    program = _native.Program([add_one, copy], 1003)
    out = np.zeros(1000, np.float32)
    for expected in (1, 2, 3):
        program.run([out])
        assert (out == expected).all()


def test_denormals_are_flushed_inside_and_kept_outside(isa: str) -> None:
    tiny = np.full(40_000, 1e-39, np.float32)
    ints = elementwise_ints([tiny.size], [[1]], 1, [2], [("multiply", 0, 1, 0)])
    (result,) = execute("elementwise", [tiny], [tiny.size], ints, [1.0], isa=isa)
    assert (result == 0).all()
    assert np.float32(1e-39) * np.float32(1.0) != 0


def test_two_threads_may_run_the_same_program() -> None:
    w, v, g = np.zeros(50_000, np.float32), np.zeros(50_000, np.float32), np.ones(50_000, np.float32)
    program = _native.Program([momentum_instruction(50_000)], 0)
    threads = [threading.Thread(target=lambda: [program.run([w, v, g]) for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected_w, expected_v = w[:1] * 0, v[:1] * 0
    for _ in range(200):
        expected_v = np.float32(0.9) * expected_v - np.float32(0.1)
        expected_w = expected_w + expected_v
    np.testing.assert_allclose(w, np.full_like(w, expected_w[0]), rtol=1e-5)


def test_kernels_names_a_variant_per_instruction() -> None:
    program = _native.Program([momentum_instruction(10), ("fill", [], [(0, 0)], [4], [1.0])], 4)
    assert program.kernels() == [f"4 steps, {_native.isa()}", _native.isa()]


BAD_INSTRUCTIONS = [
    (("convolve", [], [], [], []), r"instruction 0 \(convolve\): unknown operation; known: conv_forward, "),
    (("fill", [(0, 0)], [(0, 0)], [4], [1.0]), "expected 0 inputs, got 1"),
    (("fill", [], [], [4], [1.0]), "expected 1 outputs, got 0"),
    (("fill", [], [(0, 0)], [], [1.0]), "ints end after 0 numbers, before count"),
    (("fill", [], [(0, 0)], [4, 4], [1.0]), "expected 1 ints, got 2"),
    (("fill", [], [(0, 0)], [4], []), "floats end after 0 numbers, before the value"),
    (("fill", [], [(0, 0)], [0], [1.0]), "count must be from 1 to 17592186044416, got 0"),
    (("fill", [], [(0, 90)], [11], [1.0]), "reaches float 101 of an arena of 100"),
    (("fill", [], [(0, -1)], [1], [1.0]), "offset must be from 0"),
    (("fill", [], [(-1, 0)], [1], [1.0]), "base must be from 0"),
    (("reduce_sum", [(0, 0)], [(0, 50)], [2**20, 2**20, 2**20], []), "the input has more than"),
    (("reduce_sum", [(0, 0)], [(0, 3)], [1, 2, 2], []), "output 0 overlaps input 0"),
    (("copy", [(0, 0)], [(0, 50)], [1, 4, 1, 0], []), "the destination strides write an element twice"),
    (("copy", [(0, 0)], [(0, 50)], [2, 4, 4, 1, 1, 1, 2], []), "the destination strides write an element twice"),
    (("copy", [(0, 0)], [(0, 50)], [1, 2**40, 2**40, 1], []), "the source reaches over more than"),
    (("copy", [(0, 0)], [(0, 50)], [9, *[1] * 27], []), "rank must be from 0 to 8, got 9"),
    (("matmul", [(0, 0), (0, 4)], [(0, 8)], [2, 2, 2, 0, 2], []), "transpose_b must be from 0 to 1, got 2"),
    (("arg_max", [(0, 0)], [(0, 50)], [1, 2**25], []), "columns must be from 1 to"),
    (
        ("conv_forward", [(0, 0), (0, 50)], [(0, 90)], [1, 3, 4, 2, *[1] * 15, *[0] * 3, 0], []),
        "groups=2 must divide the input channels=3 and the output channels=4",
    ),
    (("max_pool", [(0, 0)], [(0, 50)], [1, 1, *[1] * 9, 2**44, 1, 1, *[1] * 3, -1, 0, 0], []), "a padding must be"),
    (("elementwise", [(0, 0)], [(0, 50)], [1, 4, 1, 1, 0, 1, 1, 1, 99, 0, 0, 0], []), "a function must be from 0"),
    (("elementwise", [(0, 0)], [(0, 50)], [1, 4, 1, 1, 0, 1, 1, 1, 0, 1, 0, 0], []), "an operand register must be"),
    (("elementwise", [(0, 0)], [(0, 50)], [1, 4, 1, 1, 0, 1, 1, 2, 0, 0, 0, 0], []), "an output register must be"),
    (("elementwise", [(0, 0)], [(0, 2)], [1, 4, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0], []), "output 0 overlaps input 0"),
    (("elementwise", [], [(0, 2)], [1, 4, 0, 1, 0, 0, 0], []), "needs an input or a constant"),
    (("elementwise", [(0, 0)], [(0, 0), (0, 4)], [1, 4, 1, 2, 0, 1, 1, 1, 0, 0, 0, 0, 0], []), "passes on input 0"),
    (("elementwise", [(0, 0)], [(0, 4), (0, 6)], [1, 4, 1, 2, 0, 1, 1, 1, 1, 0, 0, 0, 0], []), "overlaps output 0"),
]


@pytest.mark.parametrize(("instruction", "message"), BAD_INSTRUCTIONS)
def test_bad_instructions_are_refused(instruction: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _native.Program([instruction], 100)  # type: ignore[list-item]


def test_too_many_values_alive_are_refused() -> None:
    steps: list[Step] = [("negative", 0, 0, 0)] * 130 + [("add", 1, 2, 0)]
    steps += [("add", 131 + i, 3 + i, 0) for i in range(128)]
    ints = elementwise_ints([4], [[1]], 0, [len(steps)], steps)
    with pytest.raises(ValueError, match="keeps 130 values alive at once; at most 128"):
        _native.Program([("elementwise", [(0, 0)], [(0, 4)], ints, [])], 8)


def test_external_arrays_are_checked_before_anything_runs() -> None:
    program = _native.Program([("copy", [(1, 2)], [(2, 0)], [1, 8, 1, 1], [])], 0)
    source, out = np.ones(10, np.float32), np.zeros(8, np.float32)
    program.run((source, out))
    assert (out == 1).all()
    with pytest.raises(ValueError, match="uses 2 external arrays, got 1"):
        program.run([source])
    with pytest.raises(ValueError, match="external array 0 must have at least 10 elements, got 9"):
        program.run([source[:9], out])
    with pytest.raises(ValueError, match=r"array 1 must be a C-contiguous, writable float32 array, .* float64"):
        program.run([source, out.astype(np.float64)])
    with pytest.raises(ValueError, match="external array 0 must be a C-contiguous float32 array"):
        program.run([np.ones(20, np.float32)[::2], out])
    with pytest.raises(ValueError, match=r"external array 0 must be a C-contiguous float32 array, got .*list"):
        program.run([[1.0] * 10, out])  # type: ignore[list-item]
    out.flags.writeable = False
    with pytest.raises(ValueError, match="writable"):
        program.run([source, out])
    source.flags.writeable = False
    program.run([source, np.zeros(8, np.float32)])


def test_settings_are_checked() -> None:
    for threads in (0, 257, -1):
        with pytest.raises(ValueError, match="the number of threads must be a whole number from 1 to 256"):
            _native.set_threads(threads)
    with pytest.raises(ValueError, match=r"level 'mmx' is not available .* choose one of: .*" + ISAS[-1]):
        _native.Program([], 0, "mmx")
    with pytest.raises(ValueError, match="arena_floats must be at least 0"):
        _native.Program([], -1)
    with pytest.raises(MemoryError, match=r"cannot allocate .* use a smaller batch"):
        _native.Program([], 2**62)


def python(code: str, **environment: str) -> str:
    """Run code in a fresh interpreter; return what it prints."""
    code = "import os, numpy as np\nfrom pellucid import _native\n" + code
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return result.stdout.strip()


def test_environment_variables() -> None:
    show_error = "try: print({call})\nexcept ValueError as error: print(error)"
    assert python("print(_native.get_threads())", PELLUCID_THREADS="3") == "3"
    assert python("print(_native.isa())", PELLUCID_ISA=ISAS[-1]) == ISAS[-1]
    message = python(show_error.format(call="_native.get_threads()"), PELLUCID_THREADS="many")
    assert message == "environment variable PELLUCID_THREADS must be a whole number from 1 to 256"
    message = python(show_error.format(call="_native.isa()"), PELLUCID_ISA="mmx")
    assert message.startswith("environment variable PELLUCID_ISA: instruction set level 'mmx' is not available")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_programs_run_in_a_forked_child_and_go_on_in_the_parent() -> None:
    """Also while another thread of the parent is in the middle of a run; and the child exits like any process."""
    code = """
import threading
x = np.ones(1_000_000, np.float32)
out = np.zeros_like(x)
program = _native.Program([("copy", [(1, 0)], [(2, 0)], [1, x.size, 1, 1], [])] * 20, 0)
_native.set_threads(3)
program.run([x, out])
stop = threading.Event()
def work():
    while not stop.is_set():
        program.run([x, out])
worker = threading.Thread(target=work)
worker.start()
for _ in range(10):
    child = os.fork()
    if child == 0:
        mine = np.zeros_like(x)
        program.run([x, mine])
        raise SystemExit(0 if (mine == 1).all() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
stop.set()
worker.join()
program.run([x, out])
print("done", (out == 1).all())
"""
    assert python(code) == "done True"


def test_interpreter_exits_cleanly_while_a_daemon_thread_runs() -> None:
    code = """
import threading, time
x, out = np.ones(100_000, np.float32), np.zeros(100_000, np.float32)
program = _native.Program([("copy", [(1, 0)], [(2, 0)], [1, x.size, 1, 1], [])], 0)
_native.set_threads(3)
def work():
    while True:
        program.run([x, out])
threading.Thread(target=work, daemon=True).start()
time.sleep(0.2)
print("bye")
"""
    assert python(code) == "bye"
