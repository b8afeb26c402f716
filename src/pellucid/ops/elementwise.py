"""Functions that work element by element, under Keras's names (keras.ops)."""

from __future__ import annotations

from typing import Any

from pellucid.graph import builder
from pellucid.ops.anywhere import anywhere

Operand = Any  # a tensor, a weight, an array or a number


@anywhere()
def absolute(x: Operand) -> Any:
    """Each element without its sign.

    Example:
        >>> absolute([-1.0, 2.0]).tolist()
        [1.0, 2.0]
    """
    return builder.absolute(x)


@anywhere(2)
def add(a: Operand, b: Operand) -> Any:
    """a + b, element by element.

    Example:
        >>> add([1.0, 2.0], 3.0).tolist()
        [4.0, 5.0]
    """
    return a + b


@anywhere()
def clip(x: Operand, x_min: float, x_max: float) -> Any:
    """Each element, brought into the range from `x_min` to `x_max`.

    Example:
        >>> clip([-1.0, 0.5, 2.0], 0.0, 1.0).tolist()
        [0.0, 0.5, 1.0]
    """
    return builder.clip(x, x_min, x_max)


@anywhere()
def cos(x: Operand) -> Any:
    """The cosine of each element [radians].

    Example:
        >>> cos([0.0]).tolist()
        [1.0]
    """
    return builder.cos(x)


@anywhere(2)
def divide(a: Operand, b: Operand) -> Any:
    """a / b, element by element.

    Example:
        >>> divide([1.0, 2.0], 4.0).tolist()
        [0.25, 0.5]
    """
    return a / b


@anywhere(2)
def equal(a: Operand, b: Operand) -> Any:
    """1 where a == b, else 0.

    Example:
        >>> equal([1.0, 2.0], 2.0).tolist()
        [0.0, 1.0]
    """
    return builder.equal(a, b)


@anywhere()
def erf(x: Operand) -> Any:
    """The error function of each element: 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x.

    Example:
        >>> erf([0.0]).tolist()
        [0.0]
    """
    return builder.erf(x)


@anywhere()
def exp(x: Operand) -> Any:
    """e to the power of each element.

    Example:
        >>> exp([0.0]).tolist()
        [1.0]
    """
    return builder.exp(x)


@anywhere()
def expm1(x: Operand) -> Any:
    """exp(x) - 1, which keeps its digits where x is small.

    Example:
        >>> expm1([0.0]).tolist()
        [0.0]
    """
    return builder.expm1(x)


@anywhere()
def floor(x: Operand) -> Any:
    """The largest whole number that is not above each element; its gradient is 0.

    Example:
        >>> floor([1.5, -0.5]).tolist()
        [1.0, -1.0]
    """
    return builder.floor(x)


@anywhere(2)
def greater(a: Operand, b: Operand) -> Any:
    """1 where a > b, else 0.

    Example:
        >>> greater([1.0, 3.0], 2.0).tolist()
        [0.0, 1.0]
    """
    return builder.greater(a, b)


@anywhere(2)
def greater_equal(a: Operand, b: Operand) -> Any:
    """1 where a >= b, else 0.

    Example:
        >>> greater_equal([1.0, 2.0], 2.0).tolist()
        [0.0, 1.0]
    """
    return builder.greater_equal(a, b)


@anywhere(2)
def less(a: Operand, b: Operand) -> Any:
    """1 where a < b, else 0.

    Example:
        >>> less([1.0, 3.0], 2.0).tolist()
        [1.0, 0.0]
    """
    return builder.greater(b, a)


@anywhere(2)
def less_equal(a: Operand, b: Operand) -> Any:
    """1 where a <= b, else 0.

    Example:
        >>> less_equal([2.0, 3.0], 2.0).tolist()
        [1.0, 0.0]
    """
    return builder.greater_equal(b, a)


@anywhere()
def log(x: Operand) -> Any:
    """The natural logarithm of each element.

    Example:
        >>> log([1.0]).tolist()
        [0.0]
    """
    return builder.log(x)


@anywhere()
def log1p(x: Operand) -> Any:
    """log(1 + x), which keeps its digits where x is small.

    Example:
        >>> log1p([0.0]).tolist()
        [0.0]
    """
    return builder.log1p(x)


@anywhere(2)
def maximum(a: Operand, b: Operand) -> Any:
    """The larger of two, element by element; at a tie the first gets the gradient.

    Example:
        >>> maximum([1.0, 3.0], 2.0).tolist()
        [2.0, 3.0]
    """
    return builder.maximum(a, b)


@anywhere(2)
def minimum(a: Operand, b: Operand) -> Any:
    """The smaller of two, element by element; at a tie the first gets the gradient.

    Example:
        >>> minimum([1.0, 3.0], 2.0).tolist()
        [1.0, 2.0]
    """
    return builder.minimum(a, b)


@anywhere(2)
def multiply(a: Operand, b: Operand) -> Any:
    """a * b, element by element.

    Example:
        >>> multiply([1.0, 2.0], 3.0).tolist()
        [3.0, 6.0]
    """
    return a * b


@anywhere()
def negative(x: Operand) -> Any:
    """-x.

    Example:
        >>> negative([1.0, -2.0]).tolist()
        [-1.0, 2.0]
    """
    return -x


@anywhere(2)
def not_equal(a: Operand, b: Operand) -> Any:
    """1 where a and b differ, else 0.

    Example:
        >>> not_equal([1.0, 2.0], 2.0).tolist()
        [1.0, 0.0]
    """
    return 1.0 - builder.equal(a, b)


@anywhere(2)
def power(a: Operand, b: Operand) -> Any:
    """a to the power of b, element by element.

    Example:
        >>> power([2.0, 3.0], 2.0).tolist()
        [4.0, 9.0]
    """
    return builder.power(a, b)


@anywhere()
def rsqrt(x: Operand) -> Any:
    """1 / sqrt(x).

    Example:
        >>> rsqrt([4.0]).tolist()
        [0.5]
    """
    return 1.0 / builder.sqrt(x)


@anywhere()
def sign(x: Operand) -> Any:
    """1 where x > 0, -1 where x < 0, 0 at 0; its gradient is 0.

    Example:
        >>> sign([-2.0, 0.0, 3.0]).tolist()
        [-1.0, 0.0, 1.0]
    """
    return builder.greater(x, 0.0) - builder.greater(-x, 0.0)


@anywhere()
def sin(x: Operand) -> Any:
    """The sine of each element [radians].

    Example:
        >>> sin([0.0]).tolist()
        [0.0]
    """
    return builder.sin(x)


@anywhere()
def sqrt(x: Operand) -> Any:
    """The square root of each element.

    Example:
        >>> sqrt([4.0]).tolist()
        [2.0]
    """
    return builder.sqrt(x)


@anywhere()
def square(x: Operand) -> Any:
    """x * x.

    Example:
        >>> square([-3.0]).tolist()
        [9.0]
    """
    return builder.square(x)


@anywhere(2)
def subtract(a: Operand, b: Operand) -> Any:
    """a - b, element by element.

    Example:
        >>> subtract([1.0, 2.0], 3.0).tolist()
        [-2.0, -1.0]
    """
    return a - b


@anywhere()
def tanh(x: Operand) -> Any:
    """The hyperbolic tangent of each element.

    Example:
        >>> tanh([0.0]).tolist()
        [0.0]
    """
    return builder.tanh(x)


@anywhere(3)
def where(condition: Operand, a: Operand, b: Operand) -> Any:
    """a where the condition is not 0, else b.

    Example:
        >>> where([1.0, 0.0], 5.0, 7.0).tolist()
        [5.0, 7.0]
    """
    return builder.where(condition, a, b)
