"""The table of `pellucid.ops`: each function on operands of given shapes, with settings; shared by all tests of it."""

from __future__ import annotations

import numpy as np
from ops.calls import FunctionCase, Operand, case, listed, on
from ops.matrix_cases import MATRICES
from ops.placing_cases import PLACED
from ops.signal_cases import SIGNALS

_POSITIVE = ("log", "log10", "log1p", "log2", "sqrt", "rsqrt", "reciprocal")
_ONE = (
    "abs", "absolute", "ceil", "cos", "erf", "exp", "expm1", "floor", "isfinite", "isinf", "isnan", "log", "log10",
    "log1p", "log2", "logical_not", "ndim", "negative", "reciprocal", "round", "rsqrt", "sign", "sin", "size",
    "sqrt", "square", "tanh", "trunc", "zeros_like", "ones_like", "ravel", "shape", "squeeze", "convert_to_tensor",
    "array",
    "celu", "elu", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu", "log_sigmoid",
    "log_softmax", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign",
    "sparse_plus", "sparse_sigmoid", "squareplus", "tanh_shrink", "exp2", "tan", "sinh", "cosh", "arcsinh", "arctan",
    "deg2rad", "rad2deg", "copy", "empty_like", "isneginf", "isposinf", "nan_to_num", "amax", "amin", "ptp", "median",
    "sort", "argsort", "layer_normalization", "rms_normalization", "cumprod", "average", "dtype",
    "cbrt", "sinc", "swish", "hard_swish", "nansum", "nanmean", "nanmax", "nanmin",
)  # fmt: skip
_TWO = (
    "add", "subtract", "multiply", "divide", "true_divide", "maximum", "minimum", "power", "logaddexp", "equal",
    "not_equal", "greater", "greater_equal", "less", "less_equal", "logical_and", "logical_or", "logical_xor",
    "isclose", "allclose", "divide_no_nan", "floor_divide", "fmax", "fmin", "logaddexp2", "heaviside", "isin",
)  # fmt: skip
_REDUCTIONS = (
    "sum", "mean", "max", "min", "prod", "all", "any", "var", "std", "logsumexp", "norm", "count_nonzero", "amax",
    "amin", "ptp", "median", "nansum", "nanmean", "nanmax", "nanmin",
)  # fmt: skip

_OF_ONE = [
    case(function, shape, kind="positive" if function in _POSITIVE else "real")
    for function in _ONE
    for shape in ((7,), (2, 1, 4, 3))
]

_OF_TWO = [
    FunctionCase(function, (Operand(a, "positive" if function == "power" else "real"), Operand(b, second)))
    for function in _TWO
    for second in ["positive" if "divide" in function else "real"]
    for a, b in (((3, 4), (3, 4)), ((2, 3, 5), (5,)), ((), (5,)), ((4, 1), (1, 6)))
] + [
    FunctionCase(function, on((4, 5), (5,), kind="integer"))  # with ties and zeros
    for function in _TWO
    if function not in ("divide", "true_divide", "power", "logaddexp", "floor_divide", "logaddexp2")
]

_REDUCED = [
    case(function, (3, 4, 5), **settings)
    for function in _REDUCTIONS
    for settings in ({}, {"axis": 1}, {"axis": (0, 2)}, {"axis": -1, "keepdims": True}, {"axis": [0, 1, 2]})
    if not (function == "count_nonzero" and "keepdims" in settings)
    and not (function in ("count_nonzero", "norm") and settings.get("axis") == [0, 1, 2])  # too much for Keras
] + [
    case(function, (4, 5), kind="integer", axis=axis)
    for function in ("all", "any", "count_nonzero")
    for axis in (None, 0, (0, 1))
]

_ORDERED = [
    case(function, (3, 4, 5), **settings)
    for function in ("argmax", "argmin")
    for settings in ({}, {"axis": 0}, {"axis": -1}, {"axis": 1, "keepdims": True}, {"keepdims": True})
]

_LENGTHS = [
    *(case("norm", (3, 4), ord=order, axis=-1) for order in (1, 2, 3, 0.5, np.inf, -np.inf)),
    case("norm", (6,), ord=1),
    case("norm", (3, 4, 2), ord="fro", axis=(0, 2), keepdims=True),
    *(case("normalize", (3, 4), **settings) for settings in ({}, {"axis": 0}, {"order": 1}, {"order": 3, "axis": 0})),
    *(case("moments", (3, 4, 5), axes=axes) for axes in (0, (0, 2), [1])),
    case("moments", (3, 4, 5), axes=(0, 1), keepdims=True),
    *(case("cumsum", (3, 5, 2), axis=axis) for axis in (None, 0, 1, -1)),
    case("cumsum", (1,)),
]

_SETTINGS = [
    case("elu", (3, 5), alpha=0.5),
    case("celu", (3, 5), alpha=0.5),
    case("gelu", (3, 5), approximate=False),
    case("leaky_relu", (3, 5), negative_slope=0.3),
    case("leaky_relu", (3, 5), negative_slope=2.0),
    case("glu", (3, 6)),
    case("glu", (4, 5), axis=0),
    *(case(function, (3, 4, 5), axis=axis) for function in ("softmax", "log_softmax") for axis in (0, 1, -2)),
    case("softmax", (5,), axis=0),
    *(case(function, (3, 4), kind="share") for function in ("arcsin", "arccos")),
    case("isin", (3, 4), (5,), kind="integer", invert=True),
    case("hard_shrink", (3, 5), threshold=0.9),
    case("soft_shrink", (3, 5), threshold=0.9),
    case("squareplus", (3, 5), b=0.3),
    case("threshold", (3, 5), threshold=0.2, default_value=-3.0),
    case("clip", (3, 5), x_min=-0.5, x_max=0.7),
    case("clip", (3, 5), x_min=np.array([-0.5] * 4 + [0.1], np.float32), x_max=0.7),
    FunctionCase("where", (Operand((3, 4), "binary"), Operand((3, 4)), Operand((4,)))),
    FunctionCase("where", (Operand((4,), "binary"), Operand(()), Operand((3, 1)))),
    *(case("cast", (3, 5), dtype=dtype) for dtype in ("float32", "bool", "int32")),
    case("cast", (40,), kind="integer", dtype="bool"),
    case("convert_to_tensor", (4,), dtype="int32"),
    case("stop_gradient", (3, 5)),
]

_ARRANGED = [
    *(case("expand_dims", (3, 5), axis=axis) for axis in (0, 1, 2, -1, (0, 3))),
    *(case("squeeze", (3, 1, 5, 1), axis=axis) for axis in (1, -1, (1, 3))),
    *(case("reshape", (3, 4), newshape=shape) for shape in ((2, 6), (-1,), (2, -1, 3), [12])),
    *(case("transpose", (2, 3, 4), axes=axes) for axes in (None, (0, 2, 1), (2, 0, 1))),
    *(case("swapaxes", (2, 3, 4), axis1=a, axis2=b) for a, b in ((0, 2), (-1, 1), (1, 1))),
    *(
        case("moveaxis", (2, 3, 4, 5), source=a, destination=b)
        for a, b in ((0, -1), (3, 0), ((0, 1), (-1, -2)), ([2, 0], [0, 1]))
    ),
    *(case("broadcast_to", shape, shape=(2, 3, 4)) for shape in ((4,), (3, 1), (1, 3, 4), ())),
    *(case("flip", (2, 3, 4), axis=axis) for axis in (None, 0, -1, (0, 2))),
    *(case("roll", (3, 4), shift=s, axis=a) for s, a in ((1, None), (-2, 1), (5, 0), ((1, 2), (0, 1)))),
    *(case("repeat", (3, 2), repeats=r, axis=a) for r, a in ((2, None), (3, 0), (2, -1), (np.array([1, 0, 2]), 0))),
    *(case("tile", (2, 3), repeats=r) for r in (2, (2,), (3, 1), (2, 1, 2))),
    *(case("split", (4, 6), indices_or_sections=s, axis=a) for s, a in ((2, 0), (3, -1), ([1, 4], 1), ((2,), 0))),
    *(case("unstack", (3, 4), axis=axis) for axis in (0, 1)),
    *(case("take", (3, 4), indices=np.array(i), axis=a) for i, a in (([2, 0], 0), ([[1, 1], [3, 0]], 1), (-1, 1))),
    case("take", (3, 4), indices=np.array([11, 0, 5])),
    FunctionCase("take", (Operand((5, 3)), Operand((2, 4), "label")), {"axis": 0}),
    FunctionCase("take", (Operand((2, 5, 3)), Operand((4,), "label")), {"axis": 1}),
    *(
        case("pad", (3, 4), pad_width=width)
        for width in (((1, 0), (0, 2)), ((1, 2),), 1, ((0, 0), (0, 0)), [(2, 2), (0, 1)])
    ),
    case("pad", (3, 4), pad_width=((1, 2), (0, 3)), constant_values=5.0),
    *(case("pad", (3, 4), pad_width=((1, 2), (3, 0)), mode=mode) for mode in ("reflect", "symmetric", "edge", "wrap")),
    *(
        case("get_item", (3, 4, 5), key=key)
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
    case("slice", (4, 5), start_indices=(1, 2), shape=(2, 3)),
    FunctionCase("one_hot", (Operand((3, 2), "label"),), {"num_classes": 4}),
    FunctionCase("one_hot", (Operand((3, 2), "label"),), {"num_classes": 3, "axis": 0}),
    FunctionCase("one_hot", (Operand((3, 2), "label"),), {"num_classes": 5, "axis": 1}),
    listed("concatenate", (2, 3), (4, 3)),
    listed("concatenate", (2, 3), (2, 1), (2, 2), axis=-1),
    listed("concatenate", (2, 3), axis=1),
    listed("stack", (2, 3), (2, 3)),
    listed("stack", (2, 3), (2, 3), (2, 3), axis=-1),
    listed("stack", (2, 3), (2, 3), axis=1),
]

_PRODUCTS = [
    *(
        case("matmul", a, b)
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
        case("dot", a, b)
        for a, b in (((3, 4), (4, 5)), ((4,), (4,)), ((2, 3, 4), (5, 4, 6)), ((), (3,)), ((2, 4), (4,)))
    ),
    *(
        case("tensordot", a, b, axes=axes)
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
        case("conv", x, kernel, **settings)
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
        case("depthwise_conv", x, kernel, **settings)
        for x, kernel, settings in (
            ((2, 9, 3), (3, 3, 2), {"padding": "same"}),
            ((2, 8, 7, 4), (3, 2, 4, 1), {"strides": 2}),
            ((2, 4, 8, 7), (3, 3, 4, 2), {"data_format": _FIRST}),
        )
    ),
    case("separable_conv", (2, 9, 3), (3, 3, 2), (1, 6, 5), strides=2),
    case("separable_conv", (2, 8, 7, 3), (3, 3, 3, 2), (1, 1, 6, 5), padding="same"),
    *(
        case(function, x, **settings)
        for function in ("max_pool", "average_pool")
        for x, settings in (
            ((2, 9, 3), {"pool_size": 2, "strides": 2}),
            ((2, 8, 7, 4), {"pool_size": (3, 2), "strides": 2, "padding": "same"}),
            ((2, 4, 8, 7), {"pool_size": 3, "strides": 1, "data_format": _FIRST}),
            ((2, 5, 4, 6, 2), {"pool_size": (2, 1, 3), "strides": (2, 1, 3)}),
        )
    ),
]

CASES = tuple(
    _OF_ONE
    + _OF_TWO
    + _REDUCED
    + _ORDERED
    + _LENGTHS
    + _SETTINGS
    + _ARRANGED
    + _PRODUCTS
    + _WINDOWS
    + MATRICES
    + PLACED
    + SIGNALS
)

WITHOUT_OPERANDS = (
    "arange",
    "empty",
    "eye",
    "full",
    "identity",
    "linspace",
    "ones",
    "tri",
    "zeros",
    "logspace",
    "geomspace",
    "bartlett",
    "blackman",
    "hamming",
    "hanning",
    "kaiser",
)
NUMBERS = ("dtype", "ndim", "shape", "size")
"""Functions whose results are no tensors."""

ELSEWHERE = {
    "sparsemax": "tests/conformance/test_keras_activations.py",  # which Keras has too, but wrong
    **dict.fromkeys(
        ("cond", "fori_loop", "map", "switch", "vectorized_map", "while_loop"),
        "tests/ops/test_ops_control.py",  # which take functions
    ),
    "custom_gradient": "tests/ops/test_ops_custom_gradients.py",  # which makes a function
    "ctc_loss": "tests/conformance/test_keras_alignment.py",  # which takes labels of several lengths
    "convert_to_numpy": "tests/ops/test_ops_errors.py",  # which has no tensors
    "is_tensor": "tests/ops/test_ops_places.py",  # which takes anything
    "scatter_update": "tests/ops/test_ops_places.py",  # whose places must be known
    "slice_update": "tests/ops/test_ops_places.py",  # whose block stands behind its place
    **dict.fromkeys(("bincount", "select"), "tests/ops/test_ops_counted.py"),  # of known values; of two lists
}
"""Functions that are tested by themselves."""

STEPS = {
    "argmax", "argmin", "all", "any", "count_nonzero", "ceil", "floor", "round", "sign", "trunc", "isfinite",
    "isinf", "isnan", "logical_and", "logical_not", "logical_or", "equal", "not_equal", "greater", "greater_equal",
    "less", "less_equal", "one_hot", "stop_gradient", "zeros_like", "ones_like", "isclose", "allclose", "isneginf",
    "isposinf", "logical_xor", "empty_like", "full_like", "argsort", "in_top_k", "floor_divide", "multi_hot",
    "isin", "heaviside", "signbit", "imag", "isreal", "angle", "digitize", "searchsorted", "histogram", "nanargmax",
    "nanargmin",
}  # fmt: skip
"""Functions through which no gradient flows."""


def has_slope(row: FunctionCase) -> bool:
    """Whether there is a gradient to compare."""
    whole = row.function in ("cast", "convert_to_tensor") and row.settings.get("dtype") in ("bool", "int32")
    real = any(operand.is_differentiable for operand in row.operands)
    return real and not whole and row.function not in (*NUMBERS, *STEPS)
