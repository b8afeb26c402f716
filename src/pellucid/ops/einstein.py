"""Sums of products in Einstein's notation, under Keras's name (keras.ops)."""

from __future__ import annotations

from typing import Any

from pellucid.dispatch import Operand, anywhere
from pellucid.graph import einstein


@anywhere(several="operands")
def einsum(subscripts: str, *operands: Operand) -> Any:
    """Sums of products, a letter for each axis: those of one letter run together, what is not asked for is summed.

    Two operands at a time, from the left; each pair is one product of matrices, or of elements where nothing is summed.

    Args:
        subscripts: the letters of each operand, with commas, and behind "->" those of the result: "bij,bjk->bik". "..."
            stands for all axes without a letter of their own. Without "->" the result has the letters that come once,
            by the alphabet.
        operands: as many as there are parts between the commas.

    Returns:
        a tensor with the axes of the result.

    Raises:
        ArgumentError: the subscripts cannot be read, or do not fit the operands.
        ShapeError: axes of one letter differ in size.

    Example:
        >>> einsum("ij,jk->ik", [[1.0, 2.0]], [[3.0], [4.0]]).tolist()
        [[11.0]]
        >>> einsum("ii->i", [[1.0, 2.0], [3.0, 4.0]]).tolist()
        [1.0, 4.0]

    Source: numpy.einsum, https://numpy.org/doc/stable/reference/generated/numpy.einsum.html
    """
    return einstein.einsum(subscripts, *operands)
