"""Functions of single numbers under TensorFlow's names, in `tf` and in `tf.math`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import ops
from pellucid.cli.tf.arrays import eager, eagerly

acos = eagerly(ops.arccos, np.arccos)
acosh = eagerly(ops.arccosh, np.arccosh)
asin = eagerly(ops.arcsin, np.arcsin)
asinh = eagerly(ops.arcsinh, np.arcsinh)
atan = eagerly(ops.arctan, np.arctan)
atan2 = eagerly(ops.arctan2, np.arctan2, "y x")
atanh = eagerly(ops.arctanh, np.arctanh)
cosh = eagerly(ops.cosh, np.cosh)
floordiv = eagerly(ops.floor_divide, np.floor_divide)
floormod = eagerly(ops.mod, np.mod)
is_finite = eagerly(ops.isfinite, np.isfinite)
is_inf = eagerly(ops.isinf, np.isinf)
is_nan = eagerly(ops.isnan, np.isnan)
rint = eagerly(ops.round, np.round)
scalar_mul = eagerly(ops.multiply, np.multiply, "scalar x")
sinh = eagerly(ops.sinh, np.sinh)
tan = eagerly(ops.tan, np.tan)
truncatediv = eagerly(lambda x, y: ops.trunc(ops.divide(x, y)))


def squared_difference(x: Any, y: Any, name: str | None = None) -> Any:
    """(x - y)^2."""
    return eager(ops.square(ops.subtract(x, y)))


def multiply_no_nan(x: Any, y: Any, name: str | None = None) -> Any:
    """x y, and 0 where y is 0, whatever x is."""
    nothing = ops.equal(y, 0)
    return eager(ops.where(nothing, 0.0, ops.multiply(ops.where(nothing, 0.0, x), y)))


def reciprocal_no_nan(x: Any, name: str | None = None) -> Any:
    """1 / x, and 0 where x is 0."""
    return eager(ops.divide_no_nan(ops.ones_like(x), x))


def xlogy(x: Any, y: Any, name: str | None = None) -> Any:
    """x log(y), and 0 where x is 0, whatever y is."""
    return _no_nan(x, y, ops.log)


def xlog1py(x: Any, y: Any, name: str | None = None) -> Any:
    """x log(1 + y), and 0 where x is 0."""
    return _no_nan(x, y, ops.log1p)


def _no_nan(x: Any, y: Any, function: Any) -> Any:
    nothing = ops.equal(x, 0)
    return eager(ops.where(nothing, 0.0, ops.multiply(x, function(ops.where(nothing, 1.0, y)))))


def polyval(coeffs: Any, x: Any, name: str | None = None) -> Any:
    """A polynomial, that of the highest power first, by Horner's rule."""
    first, *further = coeffs
    total = ops.multiply(ops.ones_like(x), first)
    for each in further:
        total = ops.add(ops.multiply(total, x), each)
    return eager(total)


def saturate_cast(value: Any, dtype: Any, name: str | None = None) -> Any:
    """Numbers of another type, those that it has not brought to its ends first."""
    kind = np.dtype(dtype)
    if kind.kind not in "iu":
        return eager(np.asarray(value).astype(kind))
    ends = np.iinfo(kind)
    return eager(np.asarray(value).clip(ends.min, ends.max).astype(kind))


def is_non_decreasing(x: Any, name: str | None = None) -> Any:
    """Whether no number is smaller than the one before it."""
    flat = np.ravel(np.asarray(x))
    return eager(np.asarray((flat[1:] >= flat[:-1]).all()))


def is_strictly_increasing(x: Any, name: str | None = None) -> Any:
    """Whether each number is larger than the one before it."""
    flat = np.ravel(np.asarray(x))
    return eager(np.asarray((flat[1:] > flat[:-1]).all()))


def invert_permutation(x: Any, name: str | None = None) -> Any:
    """Where each of the numbers 0, 1, ... stands."""
    return eager(np.argsort(np.asarray(x)))


def cumulative_logsumexp(
    x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Any:
    """The logarithm of the sum of the exponentials so far along an axis."""
    array = np.flip(np.asarray(x), axis) if reverse else np.asarray(x)
    found = np.logaddexp.accumulate(array, axis)
    if exclusive:
        first = np.full_like(np.take(found, [0], axis), -np.inf)
        found = np.concatenate([first, np.delete(found, -1, axis)], axis)
    return eager(np.flip(found, axis) if reverse else found)
