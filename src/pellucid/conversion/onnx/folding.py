"""Constants that are computed from constants: exporters leave arithmetic of shapes in their files.

Only what shapes need is here, on whole numbers and small arrays. In a shape the batch may be None: it can be moved
about, and whatever computes with it is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.conversion.onnx.reader import Reader, refusal, whole_list
from pellucid.formats.onnx_file import OnnxNode

MOST = 2**22  # elements of a constant that is computed

Fold = Callable[[Reader, OnnxNode], np.ndarray]
DTYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64, 9: np.bool_, 10: np.float32, 11: np.float32}


def _whole_division(a: Any, b: Any) -> Any:
    if a.dtype.kind in "iu" and b.dtype.kind in "iu":
        return (np.abs(a) // np.abs(b)) * np.sign(a) * np.sign(b)
    return a / b


def _of_arrays(function: Callable[..., Any]) -> Fold:
    def fold(reader: Reader, node: OnnxNode) -> np.ndarray:
        arrays = [reader.constant(node, number) for number in range(len(node.inputs))]
        if math.prod(np.broadcast_shapes(*(array.shape for array in arrays))) > MOST:
            raise refusal(node, "it computes a constant that is too large")
        if any(array.dtype == object and None in array.tolist() for array in arrays):
            raise refusal(node, "it computes with the size of the batch, which is open")
        arrays = [array.astype(np.int64) if array.dtype == object else array for array in arrays]
        with np.errstate(all="ignore"):
            return np.asarray(function(*arrays))

    return fold


def _cast(reader: Reader, node: OnnxNode) -> np.ndarray:
    array, to = reader.constant(node, 0), int(node.attributes["to"])
    if array.dtype == object:
        return array
    if to not in DTYPES:
        raise refusal(node, "it converts a constant to a type that is not read")
    return array.astype(DTYPES[to])


def _gather(reader: Reader, node: OnnxNode) -> np.ndarray:
    array, places = reader.constant(node, 0), reader.constant(node, 1)
    if places.size * max(array.size, 1) > MOST * 64:
        raise refusal(node, "it computes a constant that is too large")
    return np.asarray(np.take(array, places.astype(np.int64), axis=int(node.attributes.get("axis", 0))))


def _slice(reader: Reader, node: OnnxNode) -> np.ndarray:
    array = reader.constant(node, 0)
    starts, ends = reader.setting(node, "starts", 1) or [], reader.setting(node, "ends", 2) or []
    axes = reader.setting(node, "axes", 3) or list(range(len(starts)))
    steps = reader.setting(node, "steps", 4) or [1] * len(starts)
    key: list[slice] = [slice(None)] * array.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        key[axis] = slice(start, None if step < 0 and end < -(2**31) else end, step)
    return array[tuple(key)]


def _concat(reader: Reader, node: OnnxNode) -> np.ndarray:
    arrays = [reader.constant(node, number) for number in range(len(node.inputs))]
    return np.concatenate(arrays, axis=int(node.attributes.get("axis", 0)))


def _unsqueeze(reader: Reader, node: OnnxNode) -> np.ndarray:
    return np.expand_dims(reader.constant(node, 0), tuple(reader.setting(node, "axes", 1) or ()))


def _squeeze(reader: Reader, node: OnnxNode) -> np.ndarray:
    axes = reader.setting(node, "axes", 1)
    return np.squeeze(reader.constant(node, 0), None if axes is None else tuple(axes))


def _reshape(reader: Reader, node: OnnxNode) -> np.ndarray:
    array, target = reader.constant(node, 0), whole_list(node, "shape", reader.constant(node, 1))
    return array.reshape([array.shape[at] if n == 0 and at < array.ndim else n for at, n in enumerate(target)])


def _transpose(reader: Reader, node: OnnxNode) -> np.ndarray:
    array = reader.constant(node, 0)
    return array.transpose(node.attributes.get("perm", range(array.ndim)[::-1]))


def _constant(reader: Reader, node: OnnxNode) -> np.ndarray:
    for name, value in node.attributes.items():
        if name == "value":
            return np.asarray(value)
        if name in ("value_float", "value_floats"):
            return np.array(value, np.float32)
        if name in ("value_int", "value_ints"):
            return np.array(value, np.int64)
    raise refusal(node, "it holds no number")


def _constant_of_shape(reader: Reader, node: OnnxNode) -> np.ndarray:
    sizes = whole_list(node, "shape", reader.constant(node, 0))
    if math.prod(sizes) > MOST or min(sizes, default=0) < 0:
        raise refusal(node, f"it computes a constant of the shape {sizes}")
    value = np.asarray(node.attributes.get("value", np.zeros(1, np.float32))).reshape(-1)
    return np.full(sizes, value[0])


def _range(reader: Reader, node: OnnxNode) -> np.ndarray:
    start, stop, step = (np.asarray(reader.constant(node, number)).item() for number in range(3))
    if not step or abs((stop - start) / step) > MOST:
        raise refusal(node, "it counts too far")
    return np.arange(start, stop, step)


def _shape(reader: Reader, node: OnnxNode) -> np.ndarray:
    return np.array(reader.constant(node, 0).shape, np.int64)


def _expand(reader: Reader, node: OnnxNode) -> np.ndarray:
    array, target = reader.constant(node, 0), whole_list(node, "shape", reader.constant(node, 1))
    shape = np.broadcast_shapes(array.shape, tuple(target))
    if math.prod(shape) > MOST:
        raise refusal(node, "it computes a constant that is too large")
    return np.broadcast_to(array, shape)


def _along(function: Callable[..., Any]) -> Fold:
    def fold(reader: Reader, node: OnnxNode) -> np.ndarray:
        axes = reader.setting(node, "axes", 1)
        keepdims = bool(node.attributes.get("keepdims", 1))
        return np.asarray(
            function(reader.constant(node, 0), axis=None if axes is None else tuple(axes), keepdims=keepdims)
        )

    return fold


def _norm(array: Any, axis: Any, keepdims: bool) -> Any:
    return np.sqrt(np.sum(array * array, axis=axis, keepdims=keepdims))


def _flatten(reader: Reader, node: OnnxNode) -> np.ndarray:
    array, axis = reader.constant(node, 0), int(node.attributes.get("axis", 1))
    return array.reshape(math.prod(array.shape[:axis]), -1)


def _tile(reader: Reader, node: OnnxNode) -> np.ndarray:
    array, times = reader.constant(node, 0), whole_list(node, "repeats", reader.constant(node, 1))
    if min(times, default=0) < 0 or array.size * math.prod(times) > MOST:
        raise refusal(node, "it computes a constant that is too large")
    return np.tile(array, times)


def _clip(reader: Reader, node: OnnxNode) -> np.ndarray:
    array, bounds = reader.constant(node, 0), [reader.optional(node, number) for number in (1, 2)]
    low, high = (
        node.attributes.get(name) if bound is None else bound
        for name, bound in zip(("min", "max"), bounds, strict=True)
    )
    return array if low is None and high is None else np.clip(array, low, high).astype(array.dtype)


def _trilu(reader: Reader, node: OnnxNode) -> np.ndarray:
    shift = reader.optional(node, 1)
    keep = np.triu if node.attributes.get("upper", 1) else np.tril
    return keep(reader.constant(node, 0), 0 if shift is None else int(shift.reshape(-1)[0]))


def _dequantized(reader: Reader, node: OnnxNode) -> np.ndarray:
    """A constant that is kept in few bits: (x - zero) * scale, a scale for all or one for each element of an axis."""
    array, scale, zero = reader.constant(node, 0), reader.constant(node, 1), reader.optional(node, 2)
    if node.attributes.get("block_size", 0) or scale.ndim > 1:
        raise refusal(node, "it has a scale for each block")
    axis = int(node.attributes.get("axis", 1)) % max(array.ndim, 1)
    along = [-1 if at == axis else 1 for at in range(array.ndim)] if scale.ndim and scale.size > 1 else []
    off = array.astype(np.float32) - (0 if zero is None else zero.astype(np.float32).reshape(along))
    return np.asarray(off * scale.reshape(along), np.float32)


def _matmul(reader: Reader, node: OnnxNode) -> np.ndarray:
    left, right = reader.constant(node, 0), reader.constant(node, 1)
    if left.size * right.shape[-1] > MOST * 64 or left.size // max(left.shape[-1], 1) * right.shape[-1] > MOST:
        raise refusal(node, "it computes a constant that is too large")
    return np.asarray(left @ right)


FOLDS: dict[str, Fold] = {
    "Tile": _tile,
    "Clip": _clip,
    "Trilu": _trilu,
    "MatMul": _matmul,
    "DequantizeLinear": _dequantized,
    "Size": lambda reader, node: np.array(reader.constant(node, 0).size, np.int64),
    "NonZero": lambda reader, node: np.array(np.nonzero(reader.constant(node, 0)), np.int64),
    "CastLike": lambda reader, node: reader.constant(node, 0).astype(reader.constant(node, 1).dtype),
    "Xor": _of_arrays(np.logical_xor),
    "LessOrEqual": _of_arrays(np.less_equal),
    "GreaterOrEqual": _of_arrays(np.greater_equal),
    "Round": _of_arrays(np.round),
    "Sign": _of_arrays(np.sign),
    "Constant": _constant,
    "ConstantOfShape": _constant_of_shape,
    "Range": _range,
    "Shape": _shape,
    "Identity": lambda reader, node: reader.constant(node, 0),
    "Dropout": lambda reader, node: reader.constant(node, 0),
    "Cast": _cast,
    "Gather": _gather,
    "Slice": _slice,
    "Concat": _concat,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Reshape": _reshape,
    "Transpose": _transpose,
    "Expand": _expand,
    "Flatten": _flatten,
    "ReduceProd": _along(np.prod),
    "ReduceSum": _along(np.sum),
    "ReduceMean": _along(np.mean),
    "ReduceMax": _along(np.max),
    "ReduceMin": _along(np.min),
    "ReduceL2": _along(_norm),
    "Add": _of_arrays(np.add),
    "Sub": _of_arrays(np.subtract),
    "Mul": _of_arrays(np.multiply),
    "Div": _of_arrays(_whole_division),
    "Pow": _of_arrays(np.power),
    "Mod": _of_arrays(np.mod),
    "Neg": _of_arrays(np.negative),
    "Abs": _of_arrays(np.absolute),
    "Sqrt": _of_arrays(np.sqrt),
    "Exp": _of_arrays(np.exp),
    "Log": _of_arrays(np.log),
    "Reciprocal": _of_arrays(lambda x: 1.0 / x),
    "Floor": _of_arrays(np.floor),
    "Ceil": _of_arrays(np.ceil),
    "Sum": _of_arrays(lambda *each: np.sum(np.broadcast_arrays(*each), axis=0)),
    "Sigmoid": _of_arrays(lambda x: 1.0 / (1.0 + np.exp(-x))),
    "Tanh": _of_arrays(np.tanh),
    "Relu": _of_arrays(lambda x: np.maximum(x, 0)),
    "Min": _of_arrays(lambda *each: np.min(np.broadcast_arrays(*each), axis=0)),
    "Max": _of_arrays(lambda *each: np.max(np.broadcast_arrays(*each), axis=0)),
    "Equal": _of_arrays(np.equal),
    "Less": _of_arrays(np.less),
    "Greater": _of_arrays(np.greater),
    "Not": _of_arrays(np.logical_not),
    "And": _of_arrays(np.logical_and),
    "Or": _of_arrays(np.logical_or),
    "Where": _of_arrays(np.where),
}
