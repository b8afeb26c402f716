"""Elementwise chains of the native engine against NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from one_instruction import (
    Array,
    Numbers,
    Step,
    elementwise_ints,
    execute,
    momentum_instruction,
    random_array,
)

from pellucid import _native

FUNCTIONS: dict[str, Callable[..., npt.NDArray[np.float64]]] = {
    "negative": np.negative,
    "absolute": np.absolute,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "relu": lambda x: np.where(x < 0, 0, x),
    "erf": lambda x: np.asarray(np.frompyfunc(math.erf, 1, 1)(x), np.float64),
    "log1p": np.log1p,
    "expm1": np.expm1,
    "sin": np.sin,
    "cos": np.cos,
    "floor": np.floor,
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "power": np.power,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "equal": np.equal,
    "where": lambda c, a, b: np.where(c != 0, a, b),
}
UNARY = tuple(FUNCTIONS).index("add")
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
    arity = 3 if function == "where" else 1 if _native.ELEMENTWISE.index(function) < UNARY else 2
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


def test_an_output_over_a_summed_input_is_written_after_the_sum(isa: str) -> None:
    """x = x + 1 in place, beside the sums of the old x and of the new one."""
    x = np.random.default_rng(0).integers(-4, 5, size=(700, 32)).astype(np.float32)
    before, sums = x.copy(), np.zeros((2, 32), np.float32)
    ints = elementwise_ints([700, 32], [[32, 1]], 1, [2], [("add", 0, 1, 0)], [0, 2])
    _native.Program([("elementwise", [(1, 0)], [(1, 0), (2, 0), (2, 32)], ints, [1.0])], 0, isa).run([x, sums])
    np.testing.assert_array_equal(x, before + 1)
    np.testing.assert_array_equal(sums, [before.sum(axis=0), before.sum(axis=0) + 700])


PAIRS = [(first, second) for first in ("add", "subtract", "multiply") for second in ("add", "subtract", "multiply")]
PAIRS += [("relu", "minimum"), ("greater", "where"), ("greater_equal", "where")]


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_two_steps_that_are_taken_as_one_round_as_two(first: str, second: str, place: int, isa: str) -> None:
    """second(first(a, b), c, d), also with the first result as second operand, to the bit as NumPy takes both steps."""
    a, b, c, d = (random_array(1003, seed=seed) for seed in range(4))
    a[:7] = [np.nan, np.inf, -np.inf, 0, -0.0, 1, 2]
    operands = [4, 2, 3] if place == 0 else [2, 4, 3]
    steps: list[Step] = [(first, 0, 1, 0), (second, *operands)] if second == "where" else [
        (first, 0, 1 if first != "relu" else 0, 0), (second, operands[0], operands[1], 0)
    ]  # fmt: skip
    with np.errstate(invalid="ignore"):
        between = FUNCTIONS[first](a) if first == "relu" else FUNCTIONS[first](a, b).astype(np.float32)
        given = [between, c] if place == 0 else [c, between]
        expected = FUNCTIONS[second](*given, *([d] if second == "where" else []))
    (result,) = execute(
        "elementwise", [a, b, c, d], [1003], elementwise_ints([1003], [[1]] * 4, 0, [5], steps), isa=isa
    )
    np.testing.assert_array_equal(result, expected)


def test_a_step_that_somebody_else_reads_is_kept(isa: str) -> None:
    """y = a b, z = a b + a, and the sum of w = (a - b) b: none may be lost to the step behind it."""
    a, b = random_array(40, 32), random_array(40, 32, seed=1)
    steps: list[Step] = [("multiply", 0, 1, 0), ("add", 2, 0, 0), ("subtract", 0, 1, 0), ("multiply", 4, 1, 0)]
    ints = elementwise_ints([40, 32], [[32, 1]] * 2, 0, [2, 3], steps, [5])
    y, z, total = execute("elementwise", [a, b], [a.size, a.size, 32], ints, isa=isa)
    np.testing.assert_array_equal(y.reshape(a.shape), a * b)
    np.testing.assert_array_equal(z.reshape(a.shape), a * b + a)
    np.testing.assert_allclose(total, ((a - b) * b).sum(axis=0, dtype=np.float64), rtol=0, atol=1e-4)


@pytest.mark.parametrize("columns", [1, 3, 6, 24, 35, 37, 96, 144, 208, 250, 256, 272, 320, 960, 976, 1024])
@pytest.mark.parametrize("rows", [1, 5, 700])
def test_sums_over_rows_of_any_width(rows: int, columns: int, isa: str) -> None:
    """Sums of x b and of x beside y = x b, of whole numbers: exact, whatever the order; b has a number per column."""
    generator = np.random.default_rng(columns)
    x = generator.integers(-4, 5, size=(rows, columns)).astype(np.float32)
    b = generator.integers(-4, 5, size=columns).astype(np.float32)
    fits = (columns % 16 == 0 and columns > 256) or np.lcm(columns, 16) <= 1024
    summed = [2, 0] if fits else []
    ints = elementwise_ints([rows, columns], [[columns, 1], [0, 1]], 0, [2], [("multiply", 0, 1, 0)], summed)
    y, *sums = execute("elementwise", [x, b], [x.size] + [columns] * len(summed), ints, isa=isa)
    np.testing.assert_array_equal(y.reshape(x.shape), x * b)
    for total, terms in zip(sums, [x * b, x], strict=False):
        np.testing.assert_array_equal(total, terms.sum(axis=0))


@pytest.mark.parametrize("columns", [250, 1001, 1040, 4096, 20_000])
def test_chains_over_rows_that_no_sum_takes(columns: int, isa: str) -> None:
    x, b = random_array(9, columns), random_array(columns, seed=1)
    ints = elementwise_ints([9, columns], [[columns, 1], [0, 1]], 0, [2], [("subtract", 0, 1, 0)])
    (result,) = execute("elementwise", [x, b], [x.size], ints, isa=isa)
    np.testing.assert_array_equal(result.reshape(x.shape), x - b)


def test_wide_rows_leave_room_for_fewer_values(isa: str) -> None:
    steps: list[Step] = [("exp", 0, 0, 0)] * 33 + [("add", 2 + i, 35 + i - 1 if i else 2, 0) for i in range(33)]
    ints = elementwise_ints([4, 256], [[256, 1]], 1, [67], steps, [67])
    with pytest.raises(ValueError, match="values alive at once; at most 32 are possible"):
        _native.Program([("elementwise", [(1, 0)], [(2, 0), (3, 0)], ints, [2.0])], 0, isa)
