"""Activation functions of exponentials and roots; those that have a kink at 0 (elu, selu) say what its slope is."""

from __future__ import annotations

import math
from typing import Any

from pellucid.activations.settings import setting
from pellucid.checks import SMALLEST, flag
from pellucid.dispatch import Operand, anywhere
from pellucid.graph import builder

# So that a chain of layers keeps mean 0 and variance 1: Klambauer et al., section "Derivation of the fixed point".
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


@anywhere("x")
def linear(x: Operand) -> Any:
    """x itself: no activation.

    Args:
        x: any shape.

    Returns:
        x.

    Example:
        >>> linear([-1.0, 2.0]).tolist()
        [-1.0, 2.0]

    Source: keras.activations.linear.
    """
    return x


@anywhere("x")
def exponential(x: Operand) -> Any:
    """exp(x); infinite from 88.73 on, where float32 ends.

    Args:
        x: any shape.

    Returns:
        of the shape of x, >= 0.

    Example:
        >>> exponential([0.0]).tolist()
        [1.0]

    Source: keras.activations.exponential.
    """
    return builder.exp(x)


@anywhere("x")
def sigmoid(x: Operand) -> Any:
    """1 / (1 + exp(-x)): a probability. Losses find x again as the result's `logits`.

    Args:
        x: any shape.

    Returns:
        of the shape of x, from 0 to 1.

    Example:
        >>> sigmoid([0.0]).tolist()
        [0.5]

    Source: keras.activations.sigmoid.
    """
    return builder.sigmoid(x)


@anywhere("x")
def log_sigmoid(x: Operand) -> Any:
    """log(sigmoid(x)) = -softplus(-x), which neither overflows nor loses digits.

    Args:
        x: any shape.

    Returns:
        of the shape of x, <= 0.

    Example:
        >>> log_sigmoid([0.0]).tolist()
        [-0.6931471824645996]

    Source: keras.activations.log_sigmoid.
    """
    return -softplus(-x)


@anywhere("x")
def tanh(x: Operand) -> Any:
    """The hyperbolic tangent.

    Args:
        x: any shape.

    Returns:
        of the shape of x, from -1 to 1.

    Example:
        >>> tanh([0.0]).tolist()
        [0.0]

    Source: keras.activations.tanh.
    """
    return builder.tanh(x)


@anywhere("x")
def tanh_shrink(x: Operand) -> Any:
    """x - tanh(x).

    Args:
        x: any shape.

    Returns:
        of the shape of x.

    Example:
        >>> tanh_shrink([0.0, 50.0]).tolist()
        [0.0, 49.0]

    Source: keras.activations.tanh_shrink.
    """
    return x - builder.tanh(x)


@anywhere("x")
def softsign(x: Operand) -> Any:
    """x / (|x| + 1).

    Args:
        x: any shape.

    Returns:
        of the shape of x, from -1 to 1.

    Example:
        >>> softsign([1.0, -3.0]).tolist()
        [0.5, -0.75]

    Source: keras.activations.softsign; Turian, Bergstra and Bengio, Quadratic features and deep architectures for
        chunking, 2009.
    """
    return x / (builder.absolute(x) + 1.0)


@anywhere("x")
def softplus(x: Operand) -> Any:
    """log(1 + exp(x)), computed as max(x, 0) + log1p(exp(-|x|)) so that exp cannot overflow.

    Args:
        x: any shape.

    Returns:
        of the shape of x, >= 0.

    Example:
        >>> softplus([0.0]).tolist()
        [0.6931471824645996]

    Source: keras.activations.softplus; Glorot, Bordes and Bengio, Deep sparse rectifier neural networks, 2011.
    """
    # -|x| is written min(-x, x): at x = 0 the first operands of max and min take the gradient, and the slopes 1 and
    # -1/2 add up to the true 1/2.
    return builder.maximum(x, 0.0) + builder.log1p(builder.exp(builder.minimum(-x, x)))


@anywhere("x")
def squareplus(x: Operand, b: float = 4) -> Any:
    """(x + sqrt(x² + `b`)) / 2: a softplus without exponentials.

    Args:
        x: any shape.
        b: how wide the bend is, >= 0; with 0 it is max(x, 0), but has no slope at 0 (NaN, as in Keras).

    Returns:
        of the shape of x, >= 0.

    Raises:
        ArgumentError: `b` is negative or no finite number.

    Example:
        >>> squareplus([0.0]).tolist()
        [1.0]

    Source: keras.activations.squareplus; Barron, Squareplus, arXiv 2112.11687.
    """
    return (x + builder.sqrt(builder.square(x) + setting("squareplus", "b", b, 0.0))) / 2.0


@anywhere("x")
def elu(x: Operand, alpha: float = 1.0) -> Any:
    """x where x > 0, else `alpha` (exp(x) - 1); slope `alpha` at 0.

    Args:
        x: any shape.
        alpha: the results end at its negative.

    Returns:
        of the shape of x.

    Raises:
        ArgumentError: `alpha` is no finite number.

    Example:
        >>> elu([0.0, 2.0]).tolist()
        [0.0, 2.0]

    Source: keras.activations.elu; Clevert, Unterthiner and Hochreiter, arXiv 1511.07289, equation 15.
    """
    # min(x, 0) keeps exp from overflowing where its result is not used; at 0 it takes the whole gradient.
    return builder.relu(x) + builder.expm1(builder.minimum(x, 0.0)) * setting("elu", "alpha", alpha)


@anywhere("x")
def selu(x: Operand) -> Any:
    """1.0507 elu(x, 1.6733): layers keep mean 0 and variance 1 (with lecun_normal kernels); slope 1.7581 at 0.

    Args:
        x: any shape.

    Returns:
        of the shape of x, >= -1.7581.

    Example:
        >>> selu([0.0]).tolist()
        [0.0]

    Source: keras.activations.selu; Klambauer et al., Self-normalizing neural networks, arXiv 1706.02515.
    """
    return elu(x, SELU_ALPHA) * SELU_SCALE


@anywhere("x")
def celu(x: Operand, alpha: float = 1.0) -> Any:
    """max(x, 0) + `alpha` (exp(min(x, 0) / `alpha`) - 1): slope 1 on both sides of 0.

    Args:
        x: any shape.
        alpha: the results end at its negative; > 0.

    Returns:
        of the shape of x.

    Raises:
        ArgumentError: `alpha` is not positive, or no finite number.

    Example:
        >>> celu([0.0, 2.0]).tolist()
        [0.0, 2.0]

    Source: keras.activations.celu; Barron, Continuously differentiable exponential linear units, arXiv 1704.07483.
    """
    depth = setting("celu", "alpha", alpha, SMALLEST)
    return builder.relu(x) + builder.expm1(builder.minimum(x, 0.0) / depth) * depth


@anywhere("x")
def silu(x: Operand) -> Any:
    """x sigmoid(x), also known as swish.

    Args:
        x: any shape.

    Returns:
        of the shape of x, >= -0.2785.

    Example:
        >>> silu([0.0]).tolist()
        [0.0]

    Source: keras.activations.silu; Ramachandran, Zoph and Le, Searching for activation functions, arXiv 1710.05941.
    """
    return x * builder.sigmoid(x)


@anywhere("x")
def mish(x: Operand) -> Any:
    """x tanh(softplus(x)).

    Args:
        x: any shape.

    Returns:
        of the shape of x, >= -0.3088.

    Example:
        >>> mish([0.0]).tolist()
        [0.0]

    Source: keras.activations.mish; Misra, Mish, arXiv 1908.08681.
    """
    return x * builder.tanh(softplus(x))


@anywhere("x")
def gelu(x: Operand, approximate: bool = False) -> Any:
    """x times the probability that a standard normal number is below x: x (1 + erf(x / sqrt(2))) / 2.

    Right to about 1e-7 |x|; below -5, where the result is smaller than that, it has no digits of its own.

    Args:
        x: any shape.
        approximate: whether to take x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x³))) / 2 instead; they differ by at most
            0.0005.

    Returns:
        of the shape of x, >= -0.1701.

    Raises:
        ArgumentError: `approximate` is neither True nor False.

    Example:
        >>> gelu([0.0]).tolist()
        [0.0]

    Source: keras.activations.gelu; Hendrycks and Gimpel, Gaussian error linear units, arXiv 1606.08415.
    """
    if flag("gelu", "approximate", approximate):
        return x * 0.5 * (builder.tanh((x + x * x * x * 0.044715) * math.sqrt(2.0 / math.pi)) + 1.0)
    return x * 0.5 * (builder.erf(x * math.sqrt(0.5)) + 1.0)
