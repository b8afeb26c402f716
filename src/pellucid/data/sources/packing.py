"""What a batch holds, as one object and taken apart again, as loops and steps of one's own hand it around."""

from __future__ import annotations

from typing import Any

from pellucid.errors import ArgumentError

__all__ = ["pack_x_y_sample_weight", "unpack_x_y_sample_weight"]


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """Inputs, targets and weights as one object, as short as it can be.

    Args:
        x: inputs.
        y: targets; none by default.
        sample_weight: how much each sample counts; all alike by default.

    Returns:
        (x, y, sample_weight), (x, y), or x alone, in a tuple where it is a list or a tuple itself.

    Example:
        >>> pack_x_y_sample_weight(1), pack_x_y_sample_weight([1, 2]), pack_x_y_sample_weight(1, 2)
        (1, ([1, 2],), (1, 2))

    Source: keras.utils.pack_x_y_sample_weight.
    """
    if y is None:
        return (x,) if isinstance(x, list | tuple) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """Inputs, targets and weights of a batch; None for what it has not.

    Args:
        data: x, or up to three of x, targets and weights in a tuple or a list.

    Raises:
        ArgumentError: there are more.

    Example:
        >>> unpack_x_y_sample_weight((1, 2))
        (1, 2, None)

    Source: keras.utils.unpack_x_y_sample_weight.
    """
    parts = tuple(data) if isinstance(data, list | tuple) else (data,)
    if not 1 <= len(parts) <= 3:
        raise ArgumentError(
            f"unpack_x_y_sample_weight: a batch is x, (x, y) or (x, y, weights), got {len(parts)} parts"
        )
    x, y, sample_weight = (*parts, None, None)[:3]
    return x, y, sample_weight
