"""Angles and triangles, and the same on hyperbolas, element by element, under Keras's names (keras.ops)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from pellucid.dispatch import Operand, anywhere
from pellucid.graph import Tensor, builder


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


TANGENT_OF_22 = math.sqrt(2.0) - 1.0
"""Of pi / 8: up to there the polynomial holds."""
POLYNOMIAL = (-0.0645192815708, 0.107437314701, -0.142639555951, 0.199995404835, -0.333333317612)
"""(atan(t) / t - 1) / t^2 by powers of t^2, the highest first: it goes through five Chebyshev nodes, within 1e-9."""


def _angle(slope: Tensor) -> Tensor:
    """The angle from 0 to pi / 2 whose tangent is a number from 0 on."""
    is_steep, is_middle = builder.greater(slope, 1.0 / TANGENT_OF_22), builder.greater(slope, TANGENT_OF_22)
    beyond = -1.0 / builder.where(is_steep, slope, 1.0)
    small = builder.where(is_steep, beyond, builder.where(is_middle, (slope - 1.0) / (slope + 1.0), slope))
    start = builder.where(is_steep, math.pi / 2, builder.where(is_middle, math.pi / 4, 0.0))
    square = small * small
    sums = square * POLYNOMIAL[0] + POLYNOMIAL[1]
    for factor in POLYNOMIAL[2:]:
        sums = square * sums + factor
    return start + (small + small * square * sums)


@anywhere("x")
def arctan(x: Operand) -> Any:
    """The angle between -pi / 2 and pi / 2 whose tangent is x [radians], within 2e-7.

    Example:
        >>> arctan([1.0]).round(4).tolist()
        [0.7853999733924866]
    """
    found = _angle(builder.absolute(x))
    signed = builder.where(builder.greater(0.0, x), -found, found)
    return builder.redirect(signed, [x], lambda grad: [grad / (1.0 + x * x)])


@anywhere("x1", "x2")
def arctan2(x1: Operand, x2: Operand) -> Any:
    """The angle of the point (x2, x1) as seen from (0, 0), from -pi to pi [radians]; 0 for (0, 0) itself.

    Args:
        x1: how far up the points lie.
        x2: how far to the right.

    Example:
        >>> [f"{angle:.4f}" for angle in arctan2([1.0, 0.0], [0.0, -1.0])]
        ['1.5708', '3.1416']
    """
    up, along = builder.absolute(x1), builder.absolute(x2)
    large = builder.maximum(up, along)
    is_flat = builder.greater_equal(along, up)
    ratio = builder.minimum(up, along) / builder.where(builder.equal(large, 0.0), 1.0, large)
    angle = builder.where(is_flat, _angle(ratio), math.pi / 2 - _angle(ratio))
    angle = builder.where(builder.greater(0.0, x2), math.pi - angle, angle)
    found = builder.where(builder.greater(0.0, x1), -angle, angle)

    def slopes(grad: Tensor) -> list[Tensor]:
        """Of both; at (0, 0), where there is none, 0."""
        squares = x1 * x1 + x2 * x2
        share = grad / builder.where(builder.equal(squares, 0.0), 1.0, squares)
        return [builder.sum_to(share * x2, x1.shape), builder.sum_to(-(share * x1), x2.shape)]

    return builder.redirect(found, [x1, x2], slopes)


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


@anywhere("x")
def arcsin(x: Operand) -> Any:
    """The angle between -pi / 2 and pi / 2 whose sine is x [radians]; NaN beyond -1 and 1.

    Example:
        >>> arcsin([1.0]).round(4).tolist()
        [1.5707999467849731]
    """
    return _on_circle(x, lambda across: arctan2(x, across), 1.0)


@anywhere("x")
def arccos(x: Operand) -> Any:
    """The angle from 0 to pi whose cosine is x [radians]; NaN beyond -1 and 1.

    Example:
        >>> arccos([1.0]).tolist()
        [0.0]
    """
    return _on_circle(x, lambda across: arctan2(across, x), -1.0)


def _on_circle(x: Tensor, angle: Callable[[Tensor], Tensor], sign: float) -> Tensor:
    """An angle of a point on the unit circle, one coordinate of which is x, of the other one, from 0 on.

    (1 - x) (1 + x) keeps the digits that 1 - x^2 loses near 1.
    """
    across = builder.sqrt((1.0 - x) * (1.0 + x))
    return builder.redirect(angle(across), [x], lambda grad: [sign * grad / across])


TERMS = 7
"""Of the series of sinc: what follows is below (pi / 2)^16 / 17! = 4e-12."""


@anywhere("x")
def sinc(x: Operand) -> Any:
    """sin(pi x) / (pi x), and 1 at 0: the kernel that takes all frequencies above half a turn away.

    Example:
        >>> sinc([0.0, 0.5]).round(2).tolist()
        [1.0, 0.6399999856948853]
    """
    is_near = builder.greater(0.5, builder.absolute(x))
    turned = math.pi * builder.where(is_near, 1.0, x)
    square = builder.square(math.pi * builder.where(is_near, x, 0.0))
    # Taylor's series, by Horner: the slope of the quotient is the difference of two numbers that are large near 0
    series: Any = 1.0
    for power in range(TERMS, 0, -1):
        series = 1.0 - square / (2.0 * power * (2.0 * power + 1.0)) * series
    return builder.where(is_near, series, builder.sin(turned) / turned)
