"""Functions of tensors, for layers of your own and for trying things out, under Keras's names (keras.ops).

Inside a layer's `call` they take and return tensors of the graph, so gradient and engines follow. Outside they take
arrays and numbers and return arrays, computed by the native engine in float32.

Example:
    >>> from pellucid import ops
    >>> ops.relu([-1.0, 2.0]).tolist()
    [0.0, 2.0]

Source: keras.ops, https://keras.io/api/ops/
"""

import importlib
from typing import TYPE_CHECKING, Any

from pellucid.absent import absent
from pellucid.dispatch.operators import (
    absolute,
    add,
    equal,
    get_item,
    greater,
    greater_equal,
    less,
    less_equal,
    matmul,
    multiply,
    negative,
    not_equal,
    power,
    subtract,
    true_divide,
)
from pellucid.measures import ctc_loss
from pellucid.ops.activation import (
    celu,
    elu,
    gelu,
    glu,
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_swish,
    hard_tanh,
    leaky_relu,
    log_sigmoid,
    log_softmax,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    soft_shrink,
    softmax,
    softplus,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    swish,
    tanh_shrink,
    threshold,
)
from pellucid.ops.arithmetic import (
    abs,
    clip,
    divide,
    maximum,
    minimum,
    reciprocal,
    rsqrt,
    sign,
    sqrt,
    square,
)
from pellucid.ops.arrangement import (
    concatenate,
    flip,
    pad,
    repeat,
    roll,
    split,
    stack,
    take,
    tile,
    unstack,
)
from pellucid.ops.comparisons import (
    allclose,
    fmax,
    fmin,
    isclose,
    isfinite,
    isin,
    isinf,
    isnan,
    isneginf,
    isposinf,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    nan_to_num,
    select,
    where,
)
from pellucid.ops.creation import (
    arange,
    array,
    cast,
    convert_to_numpy,
    convert_to_tensor,
    copy,
    dtype,
    empty,
    empty_like,
    eye,
    full,
    full_like,
    is_tensor,
    one_hot,
    ones,
    ones_like,
    stop_gradient,
    zeros,
    zeros_like,
)
from pellucid.ops.elementwise import (
    cbrt,
    ceil,
    cos,
    erf,
    exp,
    exp2,
    expm1,
    floor,
    heaviside,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    logaddexp2,
    round,
    sin,
    tanh,
    trunc,
)
from pellucid.ops.indexing import (
    slice,
)
from pellucid.ops.linear import (
    dot,
    tensordot,
)
from pellucid.ops.reductions import (
    all,
    amax,
    amin,
    any,
    argmax,
    argmin,
    average,
    count_nonzero,
    cumprod,
    cumsum,
    logsumexp,
    max,
    mean,
    min,
    moments,
    norm,
    normalize,
    prod,
    ptp,
    std,
    sum,
    var,
)
from pellucid.ops.shapes import (
    broadcast_to,
    expand_dims,
    moveaxis,
    ndim,
    ravel,
    reshape,
    shape,
    size,
    squeeze,
    swapaxes,
    transpose,
)
from pellucid.ops.spaced import geomspace, linspace, logspace
from pellucid.ops.windows import (
    average_pool,
    conv,
    depthwise_conv,
    max_pool,
    separable_conv,
)

__all__ = [
    "abs", "absolute", "adaptive_average_pool", "adaptive_max_pool", "add", "all", "allclose", "amax", "amin",
    "angle", "any", "append", "arange", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2",
    "arctanh", "argmax", "argmin", "argsort", "array", "array_split", "average", "average_pool", "bartlett",
    "batch_normalization", "binary_crossentropy", "bincount", "blackman", "broadcast_to", "cast",
    "categorical_crossentropy", "cbrt", "cdist", "ceil", "celu", "clip", "concatenate", "cond", "conj", "conv",
    "conv_transpose", "convert_to_numpy", "convert_to_tensor", "copy", "corrcoef", "correlate", "cos", "cosh",
    "count_nonzero", "cross", "ctc_loss", "cumprod", "cumsum", "custom_gradient", "deg2rad", "depth_to_space",
    "depthwise_conv", "diag", "diagonal", "diff", "digitize", "divide", "divide_no_nan", "dot",
    "dot_product_attention", "dsplit", "dstack", "dtype", "einsum", "elu", "empty", "empty_like", "equal",
    "erf", "erfc", "erfinv", "exp", "exp2", "expand_dims", "expm1", "extract_sequences", "eye", "fabs", "fft",
    "fft2", "flip", "fliplr", "flipud", "floor", "floor_divide", "fmax", "fmin", "fmod", "fold", "fori_loop",
    "full", "full_like", "gelu", "geomspace", "get_item", "glu", "greater", "greater_equal", "hamming",
    "hanning", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "heaviside", "histogram",
    "hsplit", "hstack", "hypot", "identity", "ifft2", "imag", "in_top_k", "inner", "irfft", "is_tensor",
    "isclose", "isfinite", "isin", "isinf", "isnan", "isneginf", "isposinf", "isreal", "istft", "kaiser",
    "kron", "layer_normalization", "ldexp", "leaky_relu", "less", "less_equal", "linspace", "log", "log1p",
    "log2", "log10", "log_sigmoid", "log_softmax", "logaddexp", "logaddexp2", "logical_and", "logical_not",
    "logical_or", "logical_xor", "logspace", "logsumexp", "map", "matmul", "max", "max_pool", "maximum", "mean",
    "median", "meshgrid", "min", "minimum", "mod", "moments", "moveaxis", "multi_hot", "multiply", "nan_to_num",
    "nanargmax", "nanargmin", "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmin", "nanprod", "nanstd",
    "nansum", "nanvar", "ndim", "negative", "norm", "normalize", "not_equal", "one_hot", "ones", "ones_like",
    "outer", "pad", "percentile", "power", "prod", "psnr", "ptp", "quantile", "rad2deg", "ravel", "real",
    "rearrange", "reciprocal", "relu", "relu6", "repeat", "reshape", "rfft", "rms_normalization", "roll",
    "rot90", "round", "rsqrt", "scatter", "scatter_update", "searchsorted", "segment_max", "segment_min",
    "segment_prod", "segment_sum", "select", "selu", "separable_conv", "shape", "sigmoid", "sign", "signbit",
    "silu", "sin", "sinc", "sinh", "size", "slice", "slice_update", "soft_shrink", "softmax", "softplus",
    "softsign", "sort", "space_to_depth", "sparse_categorical_crossentropy", "sparse_plus", "sparse_sigmoid",
    "sparsemax", "split", "sqrt", "square", "squareplus", "squeeze", "stack", "std", "stft", "stop_gradient",
    "subtract", "sum", "swapaxes", "swish", "switch", "take", "take_along_axis", "tan", "tanh", "tanh_shrink",
    "tensordot", "threshold", "tile", "top_k", "trace", "transpose", "trapezoid", "tri", "tril", "triu",
    "true_divide", "trunc", "unfold", "unstack", "vander", "var", "vdot", "vectorized_map", "vsplit", "vstack",
    "where", "while_loop", "zeros", "zeros_like",
]  # fmt: skip

if TYPE_CHECKING:
    from pellucid.ops.attention import dot_product_attention
    from pellucid.ops.blocks import depth_to_space, space_to_depth
    from pellucid.ops.control import cond, fori_loop, map, switch, vectorized_map, while_loop
    from pellucid.ops.counting import bincount, digitize, histogram, searchsorted
    from pellucid.ops.custom_gradients import custom_gradient
    from pellucid.ops.einstein import einsum
    from pellucid.ops.fourier import fft, fft2, ifft2, irfft, istft, rfft, stft
    from pellucid.ops.losses import binary_crossentropy, categorical_crossentropy, psnr, sparse_categorical_crossentropy
    from pellucid.ops.matrices import diag, diagonal, identity, inner, kron, outer, trace, tri, tril, triu, vdot
    from pellucid.ops.normalizing import batch_normalization, layer_normalization, rms_normalization
    from pellucid.ops.ordering import argsort, in_top_k, median, percentile, quantile, sort, top_k
    from pellucid.ops.placing import (
        multi_hot,
        scatter,
        scatter_update,
        segment_max,
        segment_min,
        segment_prod,
        segment_sum,
        slice_update,
        take_along_axis,
    )  # fmt: skip
    from pellucid.ops.quotients import divide_no_nan, floor_divide, fmod, mod
    from pellucid.ops.rearranging import rearrange
    from pellucid.ops.resizing import adaptive_average_pool, adaptive_max_pool, conv_transpose
    from pellucid.ops.sliding import extract_sequences, fold, unfold
    from pellucid.ops.special import angle, conj, erfc, erfinv, fabs, imag, isreal, ldexp, real, signbit
    from pellucid.ops.stacking import (
        append,
        array_split,
        diff,
        dsplit,
        dstack,
        fliplr,
        flipud,
        hsplit,
        hstack,
        meshgrid,
        rot90,
        vsplit,
        vstack,
    )  # fmt: skip
    from pellucid.ops.trigonometry import (
        arccos,
        arccosh,
        arcsin,
        arcsinh,
        arctan,
        arctan2,
        arctanh,
        cosh,
        deg2rad,
        hypot,
        rad2deg,
        sinc,
        sinh,
        tan,
    )  # fmt: skip
    from pellucid.ops.vectors import cdist, corrcoef, correlate, cross, trapezoid, vander
    from pellucid.ops.window_functions import bartlett, blackman, hamming, hanning, kaiser
    from pellucid.ops.without_nan import (
        nanargmax,
        nanargmin,
        nancumprod,
        nancumsum,
        nanmax,
        nanmean,
        nanmin,
        nanprod,
        nanstd,
        nansum,
        nanvar,
    )  # fmt: skip


_FAMILIES = {
    "attention": "dot_product_attention",
    "blocks": "depth_to_space space_to_depth",
    "control": "cond fori_loop map switch vectorized_map while_loop",
    "counting": "bincount digitize histogram searchsorted",
    "custom_gradients": "custom_gradient",
    "einstein": "einsum",
    "fourier": "fft fft2 ifft2 irfft istft rfft stft",
    "losses": "binary_crossentropy categorical_crossentropy psnr sparse_categorical_crossentropy",
    "matrices": "diag diagonal identity inner kron outer trace tri tril triu vdot",
    "normalizing": "batch_normalization layer_normalization rms_normalization",
    "ordering": "argsort in_top_k median percentile quantile sort top_k",
    "placing": "multi_hot scatter scatter_update segment_max segment_min segment_prod segment_sum slice_update "
    "take_along_axis",
    "quotients": "divide_no_nan floor_divide fmod mod",
    "rearranging": "rearrange",
    "resizing": "adaptive_average_pool adaptive_max_pool conv_transpose",
    "sliding": "extract_sequences fold unfold",
    "special": "angle conj erfc erfinv fabs imag isreal ldexp real signbit",
    "stacking": "append array_split diff dsplit dstack fliplr flipud hsplit hstack meshgrid rot90 vsplit vstack",
    "trigonometry": "arccos arccosh arcsin arcsinh arctan arctan2 arctanh cosh deg2rad hypot rad2deg sinc sinh tan",
    "vectors": "cdist correlate corrcoef cross trapezoid vander",
    "window_functions": "bartlett blackman hamming hanning kaiser",
    "without_nan": "nanargmax nanargmin nancumprod nancumsum nanmax nanmean nanmin nanprod nanstd nansum nanvar",
}
"""Files whose functions fewer models need, each with their names: loaded when one of them is first used."""

_ROOMS = ("image", "linalg", "nn", "numpy")
HOMES = {name: family for family, names in _FAMILIES.items() for name in names.split()}
"""The file of each of these names."""


def __getattr__(name: str) -> Any:
    """A room such as `ops.image`, or a function of a file that is not loaded yet."""
    if name in _ROOMS:
        return importlib.import_module(f"{__name__}.{name}")
    if name not in HOMES:
        raise absent(__name__, name)
    value = globals()[name] = getattr(importlib.import_module(f"{__name__}.{HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *HOMES, *_ROOMS})
