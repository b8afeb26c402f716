"""Angles and triangles, and the same on hyperbolas, element by element, under Keras's names (keras.ops)."""

from __future__ import annotations

import math
from typing import Any

from pellucid.dispatch import Operand, anywhere
from pellucid.graph import builder


@anywhere("x")
def arccosh(x: Operand) -> Any:
    """The number from 0 on whose `cosh` is x; NaN below 1.

    Example:
        >>> arccosh([1.0]).tolist()
        [0.0]
    """
    above = x - 1.0
    return builder.log1p(above + builder.sqrt(above * (x + 1.0)))


@anywhere("x")
def arcsinh(x: Operand) -> Any:
    """The number whose `sinh` is x.

    By the magnitude, whose terms have one sign: log(x + sqrt(x^2 + 1)) loses all digits where x is negative.

    Example:
        >>> arcsinh([0.0]).tolist()
        [0.0]
    """
    size = builder.absolute(x)
    found = builder.log1p(size + size * size / (1.0 + builder.sqrt(size * size + 1.0)))
    return builder.where(builder.greater(0.0, x), -found, found)


@anywhere("x")
def arctanh(x: Operand) -> Any:
    """The number whose `tanh` is x; NaN beyond -1 and 1.

    Example:
        >>> arctanh([0.0]).tolist()
        [0.0]
    """
    return 0.5 * (builder.log1p(x) - builder.log1p(-x))


@anywhere("x")
def cosh(x: Operand) -> Any:
    """The hyperbolic cosine: (exp(x) + exp(-x)) / 2.

    Example:
        >>> cosh([0.0]).tolist()
        [1.0]
    """
    return 0.5 * (builder.exp(x) + builder.exp(-x))


@anywhere("x")
def deg2rad(x: Operand) -> Any:
    """Degrees in radians.

    Example:
        >>> deg2rad([180.0]).round(4).tolist()
        [3.1415998935699463]
    """
    return x * (math.pi / 180)


@anywhere("x1", "x2")
def hypot(x1: Operand, x2: Operand) -> Any:
    """The root of x1^2 + x2^2: the longest side of a triangle; its gradient where both are 0 is 0.

    Both are divided by the larger first, so that their squares cannot overflow; it cancels, hence gets no gradient.

    Example:
        >>> hypot([3.0], [4.0]).round(4).tolist()
        [5.0]
    """
    large = builder.stop_gradient(builder.maximum(builder.absolute(x1), builder.absolute(x2)))
    is_zero = builder.equal(large, 0.0)
    unit = builder.where(is_zero, 1.0, large)
    squares = builder.square(x1 / unit) + builder.square(x2 / unit)
    return builder.where(is_zero, 0.0, unit * builder.sqrt(builder.where(is_zero, 1.0, squares)))


@anywhere("x")
def rad2deg(x: Operand) -> Any:
    """Radians in degrees.

    Example:
        >>> rad2deg([0.0]).tolist()
        [0.0]
    """
    return x * (180 / math.pi)


@anywhere("x")
def sinh(x: Operand) -> Any:
    """The hyperbolic sine: (exp(x) - exp(-x)) / 2.

    Example:
        >>> sinh([0.0]).tolist()
        [0.0]
    """
    return 0.5 * (builder.expm1(x) - builder.expm1(-x))


@anywhere("x")
def tan(x: Operand) -> Any:
    """The tangent of each element [radians].

    Example:
        >>> tan([0.0]).tolist()
        [0.0]
    """
    return builder.sin(x) / builder.cos(x)
