"""Functions of one number, applied to each element, under Keras's names (keras.ops)."""

from __future__ import annotations

import math
from typing import Any

from pellucid.dispatch import Operand, anywhere
from pellucid.graph import Tensor, builder


@anywhere("x")
def ceil(x: Operand) -> Any:
    """The smallest whole number that is not below each element; no gradient flows back.

    Example:
        >>> ceil([1.5, -1.5]).tolist()
        [2.0, -1.0]
    """
    return _ceil(x)


def _ceil(x: Tensor) -> Tensor:
    return -builder.floor(-x)


@anywhere("x")
def cos(x: Operand) -> Any:
    """The cosine of each element [radians].

    Example:
        >>> cos([0.0]).tolist()
        [1.0]
    """
    return builder.cos(x)


@anywhere("x")
def erf(x: Operand) -> Any:
    """The error function of each element: 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x.

    Example:
        >>> erf([0.0]).tolist()
        [0.0]
    """
    return builder.erf(x)


@anywhere("x")
def exp(x: Operand) -> Any:
    """e to the power of each element.

    Example:
        >>> exp([0.0]).tolist()
        [1.0]
    """
    return builder.exp(x)


@anywhere("x")
def exp2(x: Operand) -> Any:
    """2 to the power of each element.

    Example:
        >>> exp2([3.0]).round(4).tolist()
        [8.0]
    """
    return builder.exp(x * math.log(2))


@anywhere("x")
def expm1(x: Operand) -> Any:
    """exp(x) - 1, which keeps its digits where x is small.

    Example:
        >>> expm1([0.0]).tolist()
        [0.0]
    """
    return builder.expm1(x)


@anywhere("x")
def floor(x: Operand) -> Any:
    """The largest whole number that is not above each element; no gradient flows back.

    Example:
        >>> floor([1.5, -0.5]).tolist()
        [1.0, -1.0]
    """
    return builder.floor(x)


@anywhere("x")
def log(x: Operand) -> Any:
    """The natural logarithm of each element; NaN below 0.

    Example:
        >>> log([1.0]).tolist()
        [0.0]
    """
    return builder.log(x)


@anywhere("x")
def log10(x: Operand) -> Any:
    """The logarithm of each element to the base 10.

    Example:
        >>> log10([1.0, 100.0]).tolist()
        [0.0, 2.0]
    """
    return builder.log(x) * (1.0 / math.log(10.0))


@anywhere("x")
def log1p(x: Operand) -> Any:
    """log(1 + x), which keeps its digits where x is small.

    Example:
        >>> log1p([0.0]).tolist()
        [0.0]
    """
    return builder.log1p(x)


@anywhere("x")
def log2(x: Operand) -> Any:
    """The logarithm of each element to the base 2.

    Example:
        >>> log2([1.0, 8.0]).tolist()
        [0.0, 3.0]
    """
    return builder.log(x) * (1.0 / math.log(2.0))


@anywhere("x1", "x2")
def logaddexp(x1: Operand, x2: Operand) -> Any:
    """log(exp(x1) + exp(x2)), computed as max + log1p(exp(min - max)) so that it cannot overflow.

    At a tie max gives its gradient to the first and min (in this order) to the second: the slopes 1 - 1/2 and 1/2 are
    the true ones.

    Example:
        >>> logaddexp([1000.0], 0.0).tolist()
        [1000.0]
    """
    larger = builder.maximum(x1, x2)
    return larger + builder.log1p(builder.exp(builder.minimum(x2, x1) - larger))


@anywhere("x")
def round(x: Operand) -> Any:
    """The nearest whole number, halves to the even one; no gradient flows back.

    Example:
        >>> round([0.5, 1.5, -1.2]).tolist()
        [0.0, 2.0, -1.0]
    """
    below = builder.floor(x)
    odd = below - 2.0 * builder.floor(below * 0.5)
    rest = x - below  # exact, while x + 0.5 is not
    up = builder.where(builder.equal(rest, 0.5), odd, builder.greater(rest, 0.5))
    return builder.stop_gradient(below + up)


@anywhere("x")
def sin(x: Operand) -> Any:
    """The sine of each element [radians].

    Example:
        >>> sin([0.0]).tolist()
        [0.0]
    """
    return builder.sin(x)


@anywhere("x")
def tanh(x: Operand) -> Any:
    """The hyperbolic tangent of each element.

    Example:
        >>> tanh([0.0]).tolist()
        [0.0]
    """
    return builder.tanh(x)


@anywhere("x")
def trunc(x: Operand) -> Any:
    """Each element without its fraction: the nearest whole number towards 0; no gradient flows back.

    Example:
        >>> trunc([1.7, -1.7]).tolist()
        [1.0, -1.0]
    """
    return builder.towards_zero(x)


@anywhere("x")
def cbrt(x: Operand) -> Any:
    """The number whose third power is x, of either sign.

    Example:
        >>> cbrt([-8.0, 27.0]).round(3).tolist()
        [-2.0, 3.0]
    """
    is_zero = builder.equal(x, 0.0)
    root = builder.exp(builder.log(builder.absolute(builder.where(is_zero, 1.0, x))) / 3.0)
    return builder.where(is_zero, 0.0, builder.where(builder.greater(0.0, x), -root, root))


@anywhere("x1", "x2")
def heaviside(x1: Operand, x2: Operand) -> Any:
    """0 where x1 is below 0, 1 where it is above, and x2 where it is 0.

    Example:
        >>> heaviside([-2.0, 0.0, 3.0], 0.5).tolist()
        [0.0, 0.5, 1.0]
    """
    return builder.where(builder.equal(x1, 0.0), x2, builder.greater(x1, 0.0))


@anywhere("x1", "x2")
def logaddexp2(x1: Operand, x2: Operand) -> Any:
    """The power to which 2 is raised to give 2^x1 + 2^x2.

    Example:
        >>> logaddexp2([1.0], [1.0]).tolist()
        [2.0]
    """
    top = builder.maximum(x1, x2)
    below = -builder.absolute(x1 - x2)
    return top + builder.log1p(builder.exp(below * math.log(2.0))) / math.log(2.0)
