"""Parts of a tensor, under Keras's names (keras.ops)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid.dispatch import Operand, anywhere
from pellucid.graph import builder
from pellucid.graph.ops import Shape
from pellucid.ops.places import numbers


@anywhere("inputs")
def slice(inputs: Operand, start_indices: Sequence[int], shape: Shape) -> Any:
    """A block of a tensor.

    Args:
        inputs: of any shape.
        start_indices: for each axis where the block begins.
        shape: its sizes.

    Raises:
        ArgumentError: the block does not lie inside.

    Example:
        >>> slice([1.0, 2.0, 3.0, 4.0], [1], [2]).tolist()
        [2.0, 3.0]
    """
    starts, sizes = numbers("start_indices", start_indices, inputs.rank), numbers("shape", shape, inputs.rank)
    for axis, (first, length) in enumerate(zip(starts, sizes, strict=True)):
        inputs = builder.slice_axis(inputs, axis, first, first + length)
    return inputs
