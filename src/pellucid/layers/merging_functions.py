"""Functions that make a layer which joins tensors and call it at once, as Keras has them beside the classes.

They give what came: symbolic tensors, arrays, or in a `call` tensors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.merging import Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract


def add(inputs: Sequence[Any], **options: Unpack[LayerOptions]) -> Any:
    """`Add()(inputs)`.

    Example:
        >>> from pellucid import Input
        >>> add([Input((3,)), Input((3,))]).shape
        (None, 3)
    """
    return Add(**options)(list(inputs))


def subtract(inputs: Sequence[Any], **options: Unpack[LayerOptions]) -> Any:
    """`Subtract()(inputs)`.

    Example:
        >>> from pellucid import Input
        >>> subtract([Input((3,)), Input((3,))]).shape
        (None, 3)
    """
    return Subtract(**options)(list(inputs))


def multiply(inputs: Sequence[Any], **options: Unpack[LayerOptions]) -> Any:
    """`Multiply()(inputs)`.

    Example:
        >>> from pellucid import Input
        >>> multiply([Input((3,)), Input((3,))]).shape
        (None, 3)
    """
    return Multiply(**options)(list(inputs))


def average(inputs: Sequence[Any], **options: Unpack[LayerOptions]) -> Any:
    """`Average()(inputs)`.

    Example:
        >>> from pellucid import Input
        >>> average([Input((3,)), Input((3,))]).shape
        (None, 3)
    """
    return Average(**options)(list(inputs))


def maximum(inputs: Sequence[Any], **options: Unpack[LayerOptions]) -> Any:
    """`Maximum()(inputs)`.

    Example:
        >>> from pellucid import Input
        >>> maximum([Input((3,)), Input((3,))]).shape
        (None, 3)
    """
    return Maximum(**options)(list(inputs))


def minimum(inputs: Sequence[Any], **options: Unpack[LayerOptions]) -> Any:
    """`Minimum()(inputs)`.

    Example:
        >>> from pellucid import Input
        >>> minimum([Input((3,)), Input((3,))]).shape
        (None, 3)
    """
    return Minimum(**options)(list(inputs))


def concatenate(inputs: Sequence[Any], axis: int = -1, **options: Unpack[LayerOptions]) -> Any:
    """`Concatenate(axis)(inputs)`.

    Example:
        >>> from pellucid import Input
        >>> concatenate([Input((3,)), Input((2,))]).shape
        (None, 5)
    """
    return Concatenate(axis, **options)(list(inputs))


def dot(
    inputs: Sequence[Any],
    axes: int | Sequence[int] = -1,
    normalize: bool = False,
    **options: Unpack[LayerOptions],
) -> Any:
    """`Dot(axes, normalize)(inputs)`.

    Example:
        >>> from pellucid import Input
        >>> dot([Input((3,)), Input((3,))], axes=1).shape
        (None, 1)
    """
    return Dot(axes, normalize, **options)(list(inputs))
