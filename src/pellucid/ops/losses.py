"""How far predictions are off, element by element or row by row, under Keras's names (keras.ops).

The formulas are those of `pellucid.losses`, which also weigh and average.
"""

from __future__ import annotations

import math
from typing import Any

from pellucid import checks
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ShapeError
from pellucid.graph import builder
from pellucid.measures import probabilistic
from pellucid.measures.shapes import check_same


@anywhere("target", "output")
def binary_crossentropy(target: Operand, output: Operand, from_logits: bool = False) -> Any:
    """-(target log(p) + (1 - target) log(1 - p)) for each element.

    Args:
        target: from 0 to 1.
        output: probabilities, or logits, of the same shape.
        from_logits: whether outputs are logits.

    Raises:
        ShapeError: the shapes differ.

    Example:
        >>> binary_crossentropy([1.0, 0.0], [0.5, 0.75]).round(3).tolist()
        [0.6930000185966492, 1.3860000371932983]
    """
    check_same("ops.binary_crossentropy", target, output, output.shape)
    return probabilistic.bitwise_crossentropy(target, output, checks.flag("", "from_logits", from_logits))


@anywhere("target", "output")
def categorical_crossentropy(target: Operand, output: Operand, from_logits: bool = False, axis: int = -1) -> Any:
    """-sum over the classes of target * log(probability).

    Args:
        target: a share for each class.
        output: probabilities, or logits, of the same shape; shares are made to sum to 1 first.
        from_logits: whether outputs are logits.
        axis: along which the classes lie; it goes.

    Raises:
        ShapeError: the shapes differ.

    Example:
        >>> float(categorical_crossentropy([[0.0, 1.0, 0.0]], [[0.25, 0.5, 0.25]])[0])  # log 2
        0.6931471824645996
    """
    check_same("ops.categorical_crossentropy", target, output, output.shape)
    return probabilistic.categorical_crossentropy(target, output, from_logits, axis=axis)


@anywhere("target", "output")
def sparse_categorical_crossentropy(target: Operand, output: Operand, from_logits: bool = False, axis: int = -1) -> Any:
    """-log of the probability that is given to the right class.

    Args:
        target: class numbers, of the shape of the outputs without their axis of classes, or with size 1 there.
        output: probabilities or logits.
        from_logits: whether outputs are logits.
        axis: along which the classes lie; it goes.

    Raises:
        ShapeError: the shapes do not go together.
        DataError: a class number is out of range.

    Example:
        >>> float(sparse_categorical_crossentropy([1], [[0.25, 0.5, 0.25]])[0])  # log 2
        0.6931471824645996
    """
    return probabilistic.sparse_categorical_crossentropy(target, output, from_logits, axis=axis)


@anywhere("x1", "x2")
def psnr(x1: Operand, x2: Operand, max_val: float) -> Any:
    """The peak signal-to-noise ratio [dB]: 20 log10(max_val) - 10 log10(mean of (x1 - x2)^2), over all elements.

    Args:
        x1: signals, such as images.
        x2: of the same shape.
        max_val: the largest value that there could be, such as 1 or 255.

    Raises:
        ShapeError: the shapes differ.

    Example:
        >>> psnr([0.0, 1.0], [0.1, 0.9], max_val=1.0).round(2).tolist()
        20.0
    """
    if x1.shape != x2.shape:
        raise ShapeError(f"both signals must have one shape, got {x1.shape} and {x2.shape}")
    largest = checks.number("", "max_val", max_val, checks.SMALLEST)
    error = builder.reduce_mean(builder.square(x1 - x2))
    return 20 * math.log10(largest) - (10 / math.log(10)) * builder.log(error)
