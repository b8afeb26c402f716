"""Activation functions without corners (and those of the exponential family)."""

from __future__ import annotations

import math

from pellucid.graph import Tensor, builder

# So that a chain of layers keeps mean 0 and variance 1: Klambauer et al., section "Derivation of the fixed point".
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def linear(x: Tensor) -> Tensor:
    """x itself: no activation.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(linear)([-1.0, 2.0]).tolist()
        [-1.0, 2.0]
    """
    return x


def exponential(x: Tensor) -> Tensor:
    """exp(x).

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(exponential)([0.0]).tolist()
        [1.0]
    """
    return builder.exp(x)


def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + exp(-x)), from 0 to 1: a probability. Losses find x again as the result's `logits`.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(sigmoid)([0.0]).tolist()
        [0.5]
    """
    return builder.sigmoid(x)


def log_sigmoid(x: Tensor) -> Tensor:
    """log(sigmoid(x)) = -softplus(-x), which neither overflows nor loses digits.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(log_sigmoid)([0.0]).tolist()
        [-0.6931471824645996]
    """
    return -softplus(-x)


def tanh(x: Tensor) -> Tensor:
    """The hyperbolic tangent, from -1 to 1.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(tanh)([0.0]).tolist()
        [0.0]
    """
    return builder.tanh(x)


def tanh_shrink(x: Tensor) -> Tensor:
    """x - tanh(x).

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(tanh_shrink)([0.0]).tolist()
        [0.0]
    """
    return x - builder.tanh(x)


def softsign(x: Tensor) -> Tensor:
    """x / (|x| + 1), from -1 to 1.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(softsign)([1.0, -3.0]).tolist()
        [0.5, -0.75]
    """
    return x / (builder.absolute(x) + 1.0)


def softplus(x: Tensor) -> Tensor:
    """log(1 + exp(x)), computed as max(x, 0) + log1p(exp(-|x|)) so that exp cannot overflow.

    -|x| is written min(-x, x): at x = 0 the first operands of max and min take the gradient, and the slopes 1 and -1/2
    add up to the true 1/2.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(softplus)([0.0]).tolist()
        [0.6931471824645996]
    """
    return builder.maximum(x, 0.0) + builder.log1p(builder.exp(builder.minimum(-x, x)))


def squareplus(x: Tensor, b: float = 4) -> Tensor:
    """(x + sqrt(x² + b)) / 2: a softplus without exponentials.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(squareplus)([0.0]).tolist()
        [1.0]

    Source: Barron, Squareplus, arXiv 2112.11687.
    """
    return (x + builder.sqrt(x * x + b)) * 0.5


def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """x where x > 0, else `alpha` * (exp(x) - 1); the slope at 0 is `alpha`.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(elu)([0.0, 2.0]).tolist()
        [0.0, 2.0]

    Source: Clevert, Unterthiner and Hochreiter, arXiv 1511.07289, equation 15.
    """
    return builder.relu(x) + builder.expm1(builder.minimum(x, 0.0)) * alpha


def selu(x: Tensor) -> Tensor:
    """1.0507 * elu(x, 1.6733): layers keep mean 0 and variance 1 (with lecun_normal kernels).

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(selu)([0.0]).tolist()
        [0.0]

    Source: Klambauer et al., Self-normalizing neural networks, arXiv 1706.02515.
    """
    return elu(x, SELU_ALPHA) * SELU_SCALE


def celu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """max(x, 0) + `alpha` * (exp(min(x, 0) / `alpha`) - 1): slope 1 on both sides of 0.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(celu)([0.0, 2.0]).tolist()
        [0.0, 2.0]

    Source: Barron, Continuously differentiable exponential linear units, arXiv 1704.07483.
    """
    return builder.relu(x) + builder.expm1(builder.minimum(x, 0.0) * (1.0 / alpha)) * alpha


def silu(x: Tensor) -> Tensor:
    """x * sigmoid(x), also known as swish.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(silu)([0.0]).tolist()
        [0.0]

    Source: Ramachandran, Zoph and Le, Searching for activation functions, arXiv 1710.05941.
    """
    return x * builder.sigmoid(x)


def mish(x: Tensor) -> Tensor:
    """x * tanh(softplus(x)).

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(mish)([0.0]).tolist()
        [0.0]

    Source: Misra, Mish, arXiv 1908.08681.
    """
    return x * builder.tanh(softplus(x))


def gelu(x: Tensor, approximate: bool = False) -> Tensor:
    """x times the probability that a standard normal number is below x: x (1 + erf(x / sqrt(2))) / 2.

    With `approximate`, x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x³))) / 2.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(gelu)([0.0]).tolist()
        [0.0]

    Source: Hendrycks and Gimpel, Gaussian error linear units, arXiv 1606.08415.
    """
    if approximate:
        return x * 0.5 * (builder.tanh((x + x * x * x * 0.044715) * math.sqrt(2.0 / math.pi)) + 1.0)
    return x * 0.5 * (builder.erf(x * math.sqrt(0.5)) + 1.0)
