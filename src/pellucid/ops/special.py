"""Functions of single numbers that few models need, under Keras's names (keras.ops)."""

from __future__ import annotations

import math
from typing import Any

from pellucid.dispatch import Operand, anywhere
from pellucid.graph import Tensor, builder
from pellucid.ops.comparisons import is_nan

ERFC = (-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
        0.17087277)  # fmt: skip
"""Coefficients of a polynomial in 1 / (1 + |x| / 2), whose exponential is erfc(x) e^(x^2) (1 + |x| / 2)."""

NEAR = (2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503,
        -0.00417768164, 0.246640727, 1.50140941)  # fmt: skip
FAR = (-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
       1.00167406, 2.83297682)  # fmt: skip
"""Coefficients of erfinv(x) / x, the highest power first: of w - 2.5, and of sqrt(w) - 3, with w = -log(1 - x^2)."""


@anywhere("x")
def erfc(x: Operand) -> Any:
    """1 - erf(x), without the digits that the difference loses where x is large.

    Example:
        >>> [f"{each:.5g}" for each in erfc([0.0, 4.0])]
        ['1', '1.5417e-08']

    Source: W. Press and others, Numerical Recipes, section 6.2: relative error below 1.2e-7.
    """
    size = builder.absolute(x)
    t = 1.0 / (1.0 + 0.5 * size)
    square = -builder.minimum(builder.square(x), 200.0)  # beyond, float32 has no smaller number than 0
    outside = t * builder.exp(square + _polynomial(t, ERFC[::-1]))
    return builder.where(builder.greater(0.0, x), 2.0 - outside, outside)


@anywhere("x")
def erfinv(x: Operand) -> Any:
    """The number whose erf this is; infinite at -1 and 1, NaN beyond.

    Example:
        >>> erfinv([0.0, 0.5]).round(5).tolist()
        [0.0, 0.47694000601768494]

    Source: M. Giles, "Approximating the erfinv function", GPU Computing Gems 2 (2011), table 5.
    """
    left = (1.0 - x) * (1.0 + x)
    is_inside = builder.greater(left, 0.0)
    w = -builder.log(builder.where(is_inside, left, 0.5))
    near = _polynomial(w - 2.5, NEAR)
    far = _polynomial(builder.sqrt(builder.maximum(w, 1.0)) - 3.0, FAR)
    found = x * builder.where(builder.greater(5.0, w), near, far)
    ends = builder.where(builder.greater(x, 0.0), math.inf, -math.inf)
    return builder.where(is_inside, found, builder.where(builder.equal(left, 0.0), ends, math.nan))


def _polynomial(x: Tensor, coefficients: tuple[float, ...]) -> Tensor:
    """Horner's rule, the highest power first."""
    found: Any = coefficients[0]
    for each in coefficients[1:]:
        found = found * x + each
    return found


@anywhere("x1", "x2")
def ldexp(x1: Operand, x2: Operand) -> Any:
    """x1 times 2 to the power of x2.

    Example:
        >>> ldexp([1.0, 3.0], [2.0, 0.0]).tolist()
        [4.0, 3.0]
    """
    return x1 * builder.power(2.0, x2)


@anywhere("x")
def signbit(x: Operand) -> Any:
    """1 where a number is below 0, and for -0.0; else 0.

    Example:
        >>> signbit([-1.0, 0.0, -0.0]).tolist()
        [1.0, 0.0, 1.0]
    """
    is_zero = builder.equal(x, 0.0)
    return builder.greater(0.0, builder.where(is_zero, 1.0 / builder.where(is_zero, x, 1.0), x))


@anywhere("x")
def fabs(x: Operand) -> Any:
    """The size of each number, without its sign.

    Example:
        >>> fabs([-1.5]).tolist()
        [1.5]
    """
    return builder.absolute(x)


@anywhere("x")
def isreal(x: Operand) -> Any:
    """1 everywhere: complex numbers are pairs of real ones here.

    Example:
        >>> isreal([1.0, 2.0]).tolist()
        [1.0, 1.0]
    """
    return builder.broadcast_to(x.graph.constant(1.0), x.shape)


@anywhere("x")
def real(x: Operand) -> Any:
    """The real part of real numbers: they themselves.

    Example:
        >>> real([1.0]).tolist()
        [1.0]
    """
    return x


@anywhere("x")
def imag(x: Operand) -> Any:
    """The imaginary part of real numbers: zeros.

    Example:
        >>> imag([1.0]).tolist()
        [0.0]
    """
    return builder.broadcast_to(x.graph.constant(0.0), x.shape)


@anywhere("x")
def conj(x: Operand) -> Any:
    """The conjugates of real numbers: they themselves.

    Example:
        >>> conj([1.0]).tolist()
        [1.0]
    """
    return x


@anywhere("x")
def angle(x: Operand) -> Any:
    """The direction of real numbers in the plane of complex ones: 0 where they are positive, pi where negative.

    Example:
        >>> angle([2.0, -1.0]).tolist()
        [0.0, 3.1415927410125732]
    """
    return builder.where(is_nan(x), x, builder.greater(0.0, x) * math.pi)
