"""The table of `pellucid.ops`: each function on operands of given shapes, with settings; shared by all tests of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from cases.rows import CompositionCase, Operand

from pellucid import ops
from pellucid.graph import Tensor


@dataclass(frozen=True)
class FunctionCase:
    """One call.

    Attributes:
        function: its name in `pellucid.ops` and `keras.ops`.
        operands: what it is called on.
        settings: its other arguments.
        in_list: whether the operands go in as one list.
    """

    function: str
    operands: tuple[Operand, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    in_list: bool = False

    @property
    def name(self) -> str:
        """How the case is told from the others."""
        shapes = " ".join("x".join(map(str, operand.shape)) or "number" for operand in self.operands)
        kinds = " ".join(sorted({operand.kind for operand in self.operands} - {"real"}))
        settings = " ".join(f"{name}={value}" for name, value in self.settings.items()).replace(" ", "")
        return " ".join(part for part in (f"ops.{self.function}", shapes, kinds, settings) if part)

    def call(self, library: Any, operands: list[Any]) -> list[Any]:
        """What the function of a library gives for these operands, always as a list."""
        function = getattr(library, self.function)
        result = function(operands, **self.settings) if self.in_list else function(*operands, **self.settings)
        return list(result) if isinstance(result, list | tuple) else [result]

    def emit(self, *tensors: Tensor) -> Tensor:
        """All results of the call in one tensor."""
        results = self.call(ops, list(tensors))
        return results[0] if len(results) == 1 else ops.concatenate([ops.ravel(result) for result in results])

    @property
    def composition(self) -> CompositionCase:
        """As a row for the harnesses of graphs."""
        return CompositionCase(self.name, "composition", self.emit, self.operands)


def _on(*operands: Any, kind: str = "real") -> tuple[Operand, ...]:
    return tuple(item if isinstance(item, Operand) else Operand(item, kind) for item in operands)


def _case(function: str, *operands: Any, kind: str = "real", **settings: Any) -> FunctionCase:
    return FunctionCase(function, _on(*operands, kind=kind), settings)


def _list(function: str, *operands: Any, **settings: Any) -> FunctionCase:
    return FunctionCase(function, _on(*operands), settings, in_list=True)


_POSITIVE = ("log", "log10", "log1p", "log2", "sqrt", "rsqrt", "reciprocal")
_ONE = (
    "abs", "absolute", "ceil", "cos", "erf", "exp", "expm1", "floor", "isfinite", "isinf", "isnan", "log", "log10",
    "log1p", "log2", "logical_not", "ndim", "negative", "reciprocal", "round", "rsqrt", "sign", "sin", "size",
    "sqrt", "square", "tanh", "trunc", "zeros_like", "ones_like", "ravel", "shape", "squeeze", "convert_to_tensor",
    "array",
    "celu", "elu", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu", "log_sigmoid",
    "log_softmax", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign",
    "sparse_plus", "sparse_sigmoid", "squareplus", "tanh_shrink",
)  # fmt: skip
_TWO = (
    "add", "subtract", "multiply", "divide", "true_divide", "maximum", "minimum", "power", "logaddexp", "equal",
    "not_equal", "greater", "greater_equal", "less", "less_equal", "logical_and", "logical_or",
)  # fmt: skip
_REDUCTIONS = (
    "sum", "mean", "max", "min", "prod", "all", "any", "var", "std", "logsumexp", "norm", "count_nonzero",
)  # fmt: skip

_OF_ONE = [
    _case(function, shape, kind="positive" if function in _POSITIVE else "real")
    for function in _ONE
    for shape in ((7,), (2, 1, 4, 3))
]

_OF_TWO = [
    FunctionCase(function, (Operand(a, "positive" if function == "power" else "real"), Operand(b, second)))
    for function in _TWO
    for second in ["positive" if "divide" in function else "real"]
    for a, b in (((3, 4), (3, 4)), ((2, 3, 5), (5,)), ((), (5,)), ((4, 1), (1, 6)))
] + [
    FunctionCase(function, _on((4, 5), (5,), kind="integer"))  # with ties and zeros
    for function in _TWO
    if function not in ("divide", "true_divide", "power", "logaddexp")
]

_REDUCED = [
    _case(function, (3, 4, 5), **settings)
    for function in _REDUCTIONS
    for settings in ({}, {"axis": 1}, {"axis": (0, 2)}, {"axis": -1, "keepdims": True}, {"axis": [0, 1, 2]})
    if not (function == "count_nonzero" and "keepdims" in settings)
    and not (function in ("count_nonzero", "norm") and settings.get("axis") == [0, 1, 2])  # too much for Keras
] + [
    _case(function, (4, 5), kind="integer", axis=axis)
    for function in ("all", "any", "count_nonzero")
    for axis in (None, 0, (0, 1))
]

_ORDERED = [
    _case(function, (3, 4, 5), **settings)
    for function in ("argmax", "argmin")
    for settings in ({}, {"axis": 0}, {"axis": -1}, {"axis": 1, "keepdims": True}, {"keepdims": True})
]

_LENGTHS = [
    *(_case("norm", (3, 4), ord=order, axis=-1) for order in (1, 2, 3, 0.5, np.inf, -np.inf)),
    _case("norm", (6,), ord=1),
    _case("norm", (3, 4, 2), ord="fro", axis=(0, 2), keepdims=True),
    *(_case("normalize", (3, 4), **settings) for settings in ({}, {"axis": 0}, {"order": 1}, {"order": 3, "axis": 0})),
    *(_case("moments", (3, 4, 5), axes=axes) for axes in (0, (0, 2), [1])),
    _case("moments", (3, 4, 5), axes=(0, 1), keepdims=True),
    *(_case("cumsum", (3, 5, 2), axis=axis) for axis in (None, 0, 1, -1)),
    _case("cumsum", (1,)),
]

_SETTINGS = [
    _case("elu", (3, 5), alpha=0.5),
    _case("celu", (3, 5), alpha=0.5),
    _case("gelu", (3, 5), approximate=False),
    _case("leaky_relu", (3, 5), negative_slope=0.3),
    _case("leaky_relu", (3, 5), negative_slope=2.0),
    _case("glu", (3, 6)),
    _case("glu", (4, 5), axis=0),
    *(_case(function, (3, 4, 5), axis=axis) for function in ("softmax", "log_softmax") for axis in (0, 1, -2)),
    _case("softmax", (5,), axis=0),
    _case("hard_shrink", (3, 5), threshold=0.9),
    _case("soft_shrink", (3, 5), threshold=0.9),
    _case("squareplus", (3, 5), b=0.3),
    _case("threshold", (3, 5), threshold=0.2, default_value=-3.0),
    _case("clip", (3, 5), x_min=-0.5, x_max=0.7),
    _case("clip", (3, 5), x_min=np.array([-0.5] * 4 + [0.1], np.float32), x_max=0.7),
    FunctionCase("where", (Operand((3, 4), "binary"), Operand((3, 4)), Operand((4,)))),
    FunctionCase("where", (Operand((4,), "binary"), Operand(()), Operand((3, 1)))),
    *(_case("cast", (3, 5), dtype=dtype) for dtype in ("float32", "bool", "int32")),
    _case("cast", (40,), kind="integer", dtype="bool"),
    _case("convert_to_tensor", (4,), dtype="int32"),
    _case("stop_gradient", (3, 5)),
]

_ARRANGED = [
    *(_case("expand_dims", (3, 5), axis=axis) for axis in (0, 1, 2, -1, (0, 3))),
    *(_case("squeeze", (3, 1, 5, 1), axis=axis) for axis in (1, -1, (1, 3))),
    *(_case("reshape", (3, 4), newshape=shape) for shape in ((2, 6), (-1,), (2, -1, 3), [12])),
    *(_case("transpose", (2, 3, 4), axes=axes) for axes in (None, (0, 2, 1), (2, 0, 1))),
    *(_case("swapaxes", (2, 3, 4), axis1=a, axis2=b) for a, b in ((0, 2), (-1, 1), (1, 1))),
    *(
        _case("moveaxis", (2, 3, 4, 5), source=a, destination=b)
        for a, b in ((0, -1), (3, 0), ((0, 1), (-1, -2)), ([2, 0], [0, 1]))
    ),
    *(_case("broadcast_to", shape, shape=(2, 3, 4)) for shape in ((4,), (3, 1), (1, 3, 4), ())),
    *(_case("flip", (2, 3, 4), axis=axis) for axis in (None, 0, -1, (0, 2))),
    *(_case("roll", (3, 4), shift=s, axis=a) for s, a in ((1, None), (-2, 1), (5, 0), ((1, 2), (0, 1)))),
    *(_case("repeat", (3, 2), repeats=r, axis=a) for r, a in ((2, None), (3, 0), (2, -1), (np.array([1, 0, 2]), 0))),
    *(_case("tile", (2, 3), repeats=r) for r in (2, (2,), (3, 1), (2, 1, 2))),
    *(_case("split", (4, 6), indices_or_sections=s, axis=a) for s, a in ((2, 0), (3, -1), ([1, 4], 1), ((2,), 0))),
    *(_case("unstack", (3, 4), axis=axis) for axis in (0, 1)),
    *(_case("take", (3, 4), indices=np.array(i), axis=a) for i, a in (([2, 0], 0), ([[1, 1], [3, 0]], 1), (-1, 1))),
    _case("take", (3, 4), indices=np.array([11, 0, 5])),
    FunctionCase("take", (Operand((5, 3)), Operand((2, 4), "label")), {"axis": 0}),
    FunctionCase("take", (Operand((2, 5, 3)), Operand((4,), "label")), {"axis": 1}),
    *(
        _case("pad", (3, 4), pad_width=width)
        for width in (((1, 0), (0, 2)), ((1, 2),), 1, ((0, 0), (0, 0)), [(2, 2), (0, 1)])
    ),
    _case("pad", (3, 4), pad_width=((1, 2), (0, 3)), constant_values=5.0),
    *(_case("pad", (3, 4), pad_width=((1, 2), (3, 0)), mode=mode) for mode in ("reflect", "symmetric", "edge", "wrap")),
    *(
        _case("get_item", (3, 4, 5), key=key)
        for key in (
            0,
            (-1, 2),
            (slice(None), slice(1, 3)),
            (..., slice(None, None, -1)),
            (slice(None), None, slice(3, 0, -2), ...),
            (slice(1, None), [3, 0, 0]),
            (2, 3, 4),
        )
    ),
    _case("slice", (4, 5), start_indices=(1, 2), shape=(2, 3)),
    FunctionCase("one_hot", (Operand((3, 2), "label"),), {"num_classes": 4}),
    FunctionCase("one_hot", (Operand((3, 2), "label"),), {"num_classes": 3, "axis": 0}),
    FunctionCase("one_hot", (Operand((3, 2), "label"),), {"num_classes": 5, "axis": 1}),
    _list("concatenate", (2, 3), (4, 3)),
    _list("concatenate", (2, 3), (2, 1), (2, 2), axis=-1),
    _list("concatenate", (2, 3), axis=1),
    _list("stack", (2, 3), (2, 3)),
    _list("stack", (2, 3), (2, 3), (2, 3), axis=-1),
    _list("stack", (2, 3), (2, 3), axis=1),
]

_PRODUCTS = [
    *(
        _case("matmul", a, b)
        for a, b in (
            ((3, 4), (4, 5)),
            ((2, 3, 4), (4, 5)),
            ((3, 4), (2, 4, 5)),
            ((2, 3, 4), (2, 4, 5)),
            ((6, 1, 3, 4), (2, 4, 5)),
            ((4,), (4, 5)),
            ((3, 4), (4,)),
            ((4,), (4,)),
            ((4,), (2, 4, 5)),
            ((2, 3, 4), (4,)),
        )
    ),
    *(
        _case("dot", a, b)
        for a, b in (((3, 4), (4, 5)), ((4,), (4,)), ((2, 3, 4), (5, 4, 6)), ((), (3,)), ((2, 4), (4,)))
    ),
    *(
        _case("tensordot", a, b, axes=axes)
        for a, b, axes in (
            ((2, 3, 4), (3, 4, 5), 2),
            ((2, 3), (3, 4), 1),
            ((2, 3), (4,), 0),
            ((2, 3, 4), (4, 3, 5), [[1, 2], [1, 0]]),
            ((2, 3, 4), (5, 3), [1, -1]),
        )
    ),
]

_LAST, _FIRST = "channels_last", "channels_first"
_WINDOWS = [
    *(
        _case("conv", x, kernel, **settings)
        for x, kernel, settings in (
            ((2, 9, 3), (3, 3, 4), {}),
            ((2, 9, 3), (3, 3, 4), {"strides": 2, "padding": "same"}),
            ((2, 8, 7, 4), (3, 2, 4, 5), {"dilation_rate": 2}),
            ((2, 8, 7, 4), (3, 2, 2, 6), {"strides": (2, 1), "data_format": _LAST}),
            ((2, 4, 8, 7), (3, 2, 4, 5), {"padding": "same", "data_format": _FIRST}),
            ((2, 5, 4, 6, 2), (2, 3, 2, 2, 3), {"padding": "same"}),
        )
    ),
    *(
        _case("depthwise_conv", x, kernel, **settings)
        for x, kernel, settings in (
            ((2, 9, 3), (3, 3, 2), {"padding": "same"}),
            ((2, 8, 7, 4), (3, 2, 4, 1), {"strides": 2}),
            ((2, 4, 8, 7), (3, 3, 4, 2), {"data_format": _FIRST}),
        )
    ),
    _case("separable_conv", (2, 9, 3), (3, 3, 2), (1, 6, 5), strides=2),
    _case("separable_conv", (2, 8, 7, 3), (3, 3, 3, 2), (1, 1, 6, 5), padding="same"),
    *(
        _case(function, x, **settings)
        for function in ("max_pool", "average_pool")
        for x, settings in (
            ((2, 9, 3), {"pool_size": 2, "strides": 2}),
            ((2, 8, 7, 4), {"pool_size": (3, 2), "strides": 2, "padding": "same"}),
            ((2, 4, 8, 7), {"pool_size": 3, "strides": 1, "data_format": _FIRST}),
            ((2, 5, 4, 6, 2), {"pool_size": (2, 1, 3), "strides": (2, 1, 3)}),
        )
    ),
]

CASES = tuple(_OF_ONE + _OF_TWO + _REDUCED + _ORDERED + _LENGTHS + _SETTINGS + _ARRANGED + _PRODUCTS + _WINDOWS)

WITHOUT_OPERANDS = ("arange", "eye", "full", "linspace", "ones", "zeros")
NUMBERS = ("ndim", "shape", "size")
"""Functions whose results are no tensors."""

ELSEWHERE = {
    "sparsemax": "tests/conformance/test_keras_activations.py",  # which Keras has too, but wrong
    "ctc_loss": "tests/conformance/test_keras_alignment.py",  # which takes labels of several lengths
    "convert_to_numpy": "tests/ops/test_ops_errors.py",  # which has no tensors
}
"""Functions that are tested by themselves."""

STEPS = {
    "argmax", "argmin", "all", "any", "count_nonzero", "ceil", "floor", "round", "sign", "trunc", "isfinite",
    "isinf", "isnan", "logical_and", "logical_not", "logical_or", "equal", "not_equal", "greater", "greater_equal",
    "less", "less_equal", "one_hot", "stop_gradient", "zeros_like", "ones_like",
}  # fmt: skip
"""Functions through which no gradient flows."""


def has_slope(case: FunctionCase) -> bool:
    """Whether there is a gradient to compare."""
    whole = case.function in ("cast", "convert_to_tensor") and case.settings.get("dtype") in ("bool", "int32")
    real = any(operand.is_differentiable for operand in case.operands)
    return real and not whole and case.function not in (*NUMBERS, *STEPS)
