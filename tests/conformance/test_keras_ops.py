"""`pellucid.ops` against `keras.ops`: names, arguments, numbers and gradients, on arrays and inside a layer."""

from __future__ import annotations

import inspect
import math
import warnings
from typing import Any

import keras
import numpy as np
import pytest
from checks.arrays import fill
from checks.keras_slopes import slopes_of, weighted_sum
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from keras_oracle import check_close, random_factors
from ops.function_cases import CASES, ELSEWHERE, NUMBERS, WITHOUT_OPERANDS, FunctionCase, has_slope

from pellucid import ops
from pellucid.engines import get_engine
from pellucid.errors import ArgumentError, ShapeError
from pellucid.graph import Graph, builder, gradient
from pellucid.graph.ops import Input

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
each_slope = pytest.mark.parametrize("case", [case for case in CASES if has_slope(case)], ids=lambda case: case.name)


def operands_of(case: FunctionCase) -> list[np.ndarray]:
    """Values for a case, in float32."""
    filled = fill({f"x{number}": operand for number, operand in enumerate(case.operands)}, case.name)
    return [array.astype(np.float32) for array in filled.values()]


def for_keras(case: FunctionCase, arrays: list[np.ndarray]) -> list[np.ndarray]:
    """Places are whole numbers there."""
    return [
        array.astype(np.int32) if operand.kind == "label" else array
        for operand, array in zip(case.operands, arrays, strict=True)
    ]


WHOLE = ("argmax", "argmin", "argsort", "count_nonzero", "digitize", "nanargmax", "nanargmin", "searchsorted", "top_k")
"""Places and counts, which are whole numbers on arrays."""


def compare(family: str, mine: Any, reference: Any, tolerance: float, *, is_whole: bool = False) -> None:
    reference = keras.ops.convert_to_numpy(reference)
    is_whole = is_whole and np.issubdtype(reference.dtype, np.integer)
    reference = reference.astype(np.float64)
    assert mine.shape == reference.shape
    assert mine.dtype == (np.int32 if is_whole else np.float32)
    check_close(family, mine, reference, tolerance)


OTHER_DEFAULTS = {("where", "x1"), ("where", "x2"), ("arange", "step")}
"""Keras's arange writes None for 1. Its where finds the places of what is true if only a condition is given; the shape
of that depends on the values."""


def test_every_function_has_a_case() -> None:
    """And every one is a function of Keras, with Keras's parameters in Keras's order."""
    assert {case.function for case in CASES} | {*WITHOUT_OPERANDS, *ELSEWHERE} == set(ops.__all__)
    for name in ops.__all__:
        mine, theirs = (inspect.signature(getattr(library, name)).parameters for library in (ops, keras.ops))
        in_order = [key for key, parameter in mine.items() if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
        if name == "relu":  # takes the settings of the activation too
            in_order = in_order[:1]
        assert in_order == list(theirs)[: len(in_order)], name
        assert set(mine) <= {*theirs, "negative_slope", "max_value", "threshold"}, name
        for key in in_order:
            assert mine[key].default == theirs[key].default or (name, key) in OTHER_DEFAULTS, (name, key)


@each_case
def test_values_on_arrays(case: FunctionCase) -> None:
    """Arrays in, float32 arrays out (places and counts as whole numbers), as Keras has them."""
    arrays = operands_of(case)
    mine, theirs = case.call(ops, arrays), case.call(keras.ops, for_keras(case, arrays))
    if case.function in NUMBERS:
        assert mine == theirs
        return
    assert len(mine) == len(theirs)
    for one, reference in zip(mine, theirs, strict=True):
        tolerance = 1e-6 if case.function not in ("power", "logsumexp") else 3e-6
        compare("ops: values", one, reference, tolerance, is_whole=case.function in WHOLE)


@each_slope
def test_gradients(case: FunctionCase) -> None:
    """Of the sum of all results, each times a factor, for every operand: the native engine against Keras."""
    arrays = operands_of(case)
    wanted = [number for number, operand in enumerate(case.operands) if operand.is_differentiable]
    graph = Graph()
    tensors = [graph.add(Input(array.shape, f"x{number}")) for number, array in enumerate(arrays)]
    results = case.call(ops, tensors)
    factors = [random_factors(result.shape) for result in results]
    total = builder.reduce_sum(results[0] * factors[0])
    for result, factor in zip(results[1:], factors[1:], strict=True):
        total = total + builder.reduce_sum(result * factor)
    found = gradient(total, [tensors[number] for number in wanted])
    graph.outputs = {str(number): tensor for number, tensor in enumerate(found)}
    mine = get_engine("native").prepare(graph).run({f"x{i}": array for i, array in enumerate(arrays)}, {})

    def total_of_keras(*moving: Any) -> tuple[Any, Any]:
        given: list[Any] = for_keras(case, arrays)
        for number, array in zip(wanted, moving, strict=True):
            given[number] = array
        pairs = zip(case.call(keras.ops, given), factors, strict=True)
        return sum(weighted_sum(y, factor) for y, factor in pairs), ()

    _, theirs = slopes_of(total_of_keras, [arrays[number] for number in wanted])
    for one, reference in zip(mine.values(), theirs, strict=True):
        check_close("ops: gradients", one, reference, 1e-5)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("arange", (5,)), ("arange", (2, 9, 3)), ("arange", (0, 1, 0.25)), ("arange", (5, 0, -2)),
        ("linspace", (-1.0, 1.0, 7)), ("linspace", (0, 1)), ("eye", (3,)), ("eye", (2, 4, 1)), ("full", ((2, 3), 7.5)),
        ("zeros", ((2, 3),)), ("ones", ((4,),)), ("logspace", (-1, 2, 7)), ("logspace", (0, 3, 5, False, 2)),
        ("geomspace", (0.5, 8, 6)), ("geomspace", (-1, -100, 3)), ("kaiser", (7, 8.6)), ("kaiser", (4, 0.0)),
        *((name, (size,)) for name in ("bartlett", "blackman", "hamming", "hanning") for size in (1, 4, 7)),
    ],
)  # fmt: skip
def test_values_without_operands(name: str, arguments: tuple[Any, ...]) -> None:
    compare("ops: made", getattr(ops, name)(*arguments), getattr(keras.ops, name)(*arguments), 1e-7)


@pytest.mark.parametrize("dtype", ["int32", "bool", "float32"])
def test_types_that_float32_stands_for(dtype: str) -> None:
    """The numbers are those that the type would hold."""
    for name, arguments in (("arange", (0, 3, 0.5)), ("ones", ((2,),)), ("full", ((2,), 3.7)), ("linspace", (0, 2, 5))):
        if (name, dtype) == ("arange", "bool"):
            continue
        theirs = np.asarray(getattr(np, name)(*arguments)).astype(dtype)  # Keras's arange counts in the type itself
        compare("ops: types", getattr(ops, name)(*arguments, dtype=dtype), theirs, 0.0)


@pytest.mark.parametrize("name", ["nansum", "nanmean", "nanmax", "nanmin", "fmax", "fmin"])
def test_what_is_no_number_is_left_out(name: str) -> None:
    """As NumPy has it; where nothing is a number, too."""
    x = np.array([[1, np.nan, -2, np.inf], [np.nan] * 4, [3, 2, 1, np.nan]], np.float32)
    if name in ("fmax", "fmin"):
        y = np.array([np.nan, np.nan, -3, 4], np.float32)
        np.testing.assert_array_equal(getattr(ops, name)(x, y), getattr(np, name)(x, y))
        return
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's, of the row without numbers
        for axis in (None, 0, 1, (0, 1)):
            theirs = np.asarray(getattr(np, name)(x, axis=axis, keepdims=True))
            np.testing.assert_allclose(getattr(ops, name)(x, axis=axis, keepdims=True), theirs, rtol=1e-6)


@pytest.mark.parametrize("name", ["arcsin", "arccos"])
def test_angles_up_to_the_ends(name: str) -> None:
    """Near 1, where 1 - x^2 has lost its digits, and beyond."""
    x = np.concatenate([np.linspace(-1, 1, 101), 1 - 2.0 ** -np.arange(1, 24), [-1.5, 2.0]]).astype(np.float32)
    with np.errstate(invalid="ignore"):
        theirs = getattr(np, name)(x.astype(np.float64))
    np.testing.assert_allclose(getattr(ops, name)(x), theirs, rtol=0, atol=5e-7)


def test_attention_that_cannot_be() -> None:
    x = np.ones((1, 3, 2, 4), np.float32)
    with pytest.raises(ShapeError, match="query, key and value are"):
        ops.dot_product_attention(x[0], x[0], x[0])
    with pytest.raises(ShapeError, match="their heads divide those of the query"):
        ops.dot_product_attention(x, np.ones((1, 3, 3, 4)), np.ones((1, 3, 3, 4)))
    with pytest.raises(ArgumentError, match="there is one way to compute this"):
        ops.dot_product_attention(x, x, x, flash_attention=True)
    with pytest.raises(ArgumentError, match="have one sign"):
        ops.geomspace(-1, 1)


SHAPES = hnp.array_shapes(min_dims=1, max_dims=4, max_side=5)
FLOATS = st.floats(-50, 50, width=32, allow_subnormal=False)  # which processors are told to take as 0


def numbers(shape: tuple[int, ...], seed: int, scale: float = 1.0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=shape) * scale).astype(np.float32)


ONE = ("abs", "ceil", "floor", "round", "trunc", "sign", "square", "tanh", "erf", "sigmoid", "silu", "softplus", "relu",
       "gelu", "elu", "log_sigmoid", "softsign", "isfinite", "logical_not", "ravel", "hard_tanh", "expm1")  # fmt: skip


@settings(max_examples=30)
@given(function=st.sampled_from(ONE), array=hnp.arrays(np.float32, SHAPES, elements=FLOATS))
def test_one_number_at_a_time(function: str, array: np.ndarray) -> None:
    """Any shape; halves, zeros and large numbers too."""
    compare("ops: one operand", getattr(ops, function)(array), getattr(keras.ops, function)(array), 2e-6)


TWO = ("add", "subtract", "multiply", "maximum", "minimum", "equal", "not_equal", "greater", "less_equal",
       "logical_and", "logical_or")  # fmt: skip


@settings(max_examples=30)
@given(
    function=st.sampled_from(TWO),
    shapes=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=4),
    seed=st.integers(0, 99),
)
def test_two_numbers_at_a_time(function: str, shapes: hnp.BroadcastableShapes, seed: int) -> None:
    """Any two shapes that fit together; whole numbers, so that there are ties."""
    a, b = (np.round(numbers(shape, seed + i)).astype(np.float32) for i, shape in enumerate(shapes.input_shapes))
    compare("ops: two operands", getattr(ops, function)(a, b), getattr(keras.ops, function)(a, b), 0.0)


@st.composite
def reductions(draw: st.DrawFn) -> tuple[tuple[int, ...], Any, bool]:
    shape = draw(SHAPES)
    axes = draw(st.lists(st.integers(0, len(shape) - 1), unique=True, min_size=1))
    signed = [axis - len(shape) if draw(st.booleans()) else axis for axis in axes]
    return shape, draw(st.sampled_from([None, signed[0], tuple(signed)])), draw(st.booleans())


REDUCE = ("sum", "mean", "max", "min", "prod", "var", "std", "logsumexp", "all", "any", "norm")


@settings(max_examples=40)
@given(function=st.sampled_from(REDUCE), choice=reductions(), seed=st.integers(0, 99))
def test_reductions(function: str, choice: tuple[tuple[int, ...], Any, bool], seed: int) -> None:
    """Any shape, any axes."""
    shape, axis, keepdims = choice
    if function == "norm" and isinstance(axis, tuple) and len(axis) > 2:
        axis = axis[:2]  # JAX knows no more
    x = numbers(shape, seed)
    theirs = getattr(keras.ops, function)(x, axis=axis, keepdims=keepdims)
    # A product of n numbers has n roundings.
    compare("ops: reductions", getattr(ops, function)(x, axis=axis, keepdims=keepdims), theirs, 1e-5)


@settings(max_examples=30)
@given(
    shapes=hnp.mutually_broadcastable_shapes(signature=np.matmul.signature, max_dims=2, max_side=4),
    seed=st.integers(0, 99),
)
def test_products(shapes: hnp.BroadcastableShapes, seed: int) -> None:
    """Vectors, matrices, and batches of them that are broadcast."""
    a, b = (numbers(shape, seed + i) for i, shape in enumerate(shapes.input_shapes))
    compare("ops: products", ops.matmul(a, b), keras.ops.matmul(a, b), 2e-6)


@st.composite
def arrangements(draw: st.DrawFn) -> tuple[str, tuple[int, ...], dict[str, Any]]:
    shape = draw(SHAPES)
    rank, axis = len(shape), draw(st.integers(-len(shape), len(shape) - 1))
    other = draw(st.integers(-rank, rank - 1))
    length = shape[axis]
    widths = tuple(draw(st.tuples(st.integers(0, 3), st.integers(0, 3))) for _ in shape)
    within = tuple((min(a, n - 1), min(b, n - 1)) for (a, b), n in zip(widths, shape, strict=True))
    cuts = sorted(draw(st.sets(st.integers(1, max(length - 1, 1)), max_size=3)) if length > 1 else [])
    indices = np.array(draw(st.lists(st.integers(-length, length - 1), min_size=1, max_size=6)))
    return draw(
        st.sampled_from(
            [
                ("transpose", shape, {"axes": tuple(draw(st.permutations(range(rank))))}),
                ("swapaxes", shape, {"axis1": axis, "axis2": other}),
                ("moveaxis", shape, {"source": axis, "destination": other}),
                ("flip", shape, {"axis": axis}),
                ("roll", shape, {"shift": draw(st.integers(-7, 7)), "axis": axis}),
                ("repeat", shape, {"repeats": draw(st.integers(1, 3)), "axis": axis}),
                ("tile", shape, {"repeats": tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=4)))}),
                ("pad", shape, {"pad_width": widths}),
                ("pad", shape, {"pad_width": widths, "mode": "symmetric"}),
                ("pad", shape, {"pad_width": within, "mode": "reflect"}),
                ("pad", shape, {"pad_width": widths, "mode": "edge"}),
                ("take", shape, {"indices": indices, "axis": axis}),
                ("split", shape, {"indices_or_sections": cuts, "axis": axis}),
                ("unstack", shape, {"axis": axis}),
                ("expand_dims", shape, {"axis": axis}),
                ("cumsum", shape, {"axis": axis}),
                ("argmax", shape, {"axis": axis}),
                ("reshape", shape, {"newshape": (-1, *shape[1:2])}),
                ("squeeze", shape, {}),
            ]
        )
    )


@settings(max_examples=100)
@given(choice=arrangements())
def test_arrangements(choice: tuple[str, tuple[int, ...], dict[str, Any]]) -> None:
    """Every element stands where Keras puts it."""
    function, shape, arguments = choice
    x = np.arange(math.prod(shape), dtype=np.float32).reshape(shape) + 1
    case = FunctionCase(function, (), arguments)
    mine, theirs = case.call(ops, [x]), case.call(keras.ops, [x])
    assert len(mine) == len(theirs)
    for one, reference in zip(mine, theirs, strict=True):
        compare("ops: arrangements", one, reference, 0.0, is_whole=function in WHOLE)


@settings(max_examples=100)
@given(data=st.data(), shape=SHAPES)
def test_parts(data: st.DataObject, shape: tuple[int, ...]) -> None:
    """x[key] for any key of numbers, slices, None and ... that leaves something, as in NumPy."""
    key = data.draw(hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    x = np.arange(math.prod(shape), dtype=np.float32).reshape(shape)
    if x[key].size:
        compare("ops: parts", ops.get_item(x, key), x[key], 0.0)


@settings(max_examples=25)
@given(data=st.data(), rank=st.integers(1, 2), seed=st.integers(0, 99))
def test_convolution_and_pooling(data: st.DataObject, rank: int, seed: int) -> None:
    """Random sizes, kernels, strides, groups and formats."""
    size = tuple(data.draw(st.integers(1, 3)) for _ in range(rank))
    spatial = tuple(data.draw(st.integers(n, 8)) for n in size)
    groups, each, filters = (data.draw(st.integers(1, 3)) for _ in range(3))
    padding, form = (
        data.draw(st.sampled_from(["valid", "same"])),
        data.draw(st.sampled_from(["channels_last", "channels_first"])),
    )
    strides = data.draw(st.integers(1, 3))
    channels = groups * each
    shape = (2, *spatial, channels) if form == "channels_last" else (2, channels, *spatial)
    x, kernel = numbers(shape, seed), numbers((*size, each, groups * filters), seed + 1)
    options: dict[str, Any] = {"strides": strides, "padding": padding, "data_format": form}
    compare("ops: windows", ops.conv(x, kernel, **options), keras.ops.conv(x, kernel, **options), 1e-5)
    for name in ("max_pool", "average_pool"):
        mine, theirs = (getattr(library, name)(x, size, **options) for library in (ops, keras.ops))
        compare("ops: windows", mine, theirs, 1e-5)
