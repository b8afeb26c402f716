"""Functions that make a layer which joins tensors and call it at once, as Keras has them beside the classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from pellucid.dispatch.symbolic import SymbolicTensor
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.merging import Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract


def add(inputs: Sequence[SymbolicTensor], **options: Unpack[LayerOptions]) -> SymbolicTensor:
    """`Add()(inputs)`.

    Example:
        >>> from pellucid import Input
        >>> add([Input((3,)), Input((3,))]).shape
        (None, 3)
    """
    return _symbolic(Add(**options)(list(inputs)))


def subtract(inputs: Sequence[SymbolicTensor], **options: Unpack[LayerOptions]) -> SymbolicTensor:
    """`Subtract()(inputs)`.

    Example:
        >>> from pellucid import Input
        >>> subtract([Input((3,)), Input((3,))]).shape
        (None, 3)
    """
    return _symbolic(Subtract(**options)(list(inputs)))


def multiply(inputs: Sequence[SymbolicTensor], **options: Unpack[LayerOptions]) -> SymbolicTensor:
    """`Multiply()(inputs)`.

    Example:
        >>> from pellucid import Input
        >>> multiply([Input((3,)), Input((3,))]).shape
        (None, 3)
    """
    return _symbolic(Multiply(**options)(list(inputs)))


def average(inputs: Sequence[SymbolicTensor], **options: Unpack[LayerOptions]) -> SymbolicTensor:
    """`Average()(inputs)`.

    Example:
        >>> from pellucid import Input
        >>> average([Input((3,)), Input((3,))]).shape
        (None, 3)
    """
    return _symbolic(Average(**options)(list(inputs)))


def maximum(inputs: Sequence[SymbolicTensor], **options: Unpack[LayerOptions]) -> SymbolicTensor:
    """`Maximum()(inputs)`.

    Example:
        >>> from pellucid import Input
        >>> maximum([Input((3,)), Input((3,))]).shape
        (None, 3)
    """
    return _symbolic(Maximum(**options)(list(inputs)))


def minimum(inputs: Sequence[SymbolicTensor], **options: Unpack[LayerOptions]) -> SymbolicTensor:
    """`Minimum()(inputs)`.

    Example:
        >>> from pellucid import Input
        >>> minimum([Input((3,)), Input((3,))]).shape
        (None, 3)
    """
    return _symbolic(Minimum(**options)(list(inputs)))


def concatenate(inputs: Sequence[SymbolicTensor], axis: int = -1, **options: Unpack[LayerOptions]) -> SymbolicTensor:
    """`Concatenate(axis)(inputs)`.

    Example:
        >>> from pellucid import Input
        >>> concatenate([Input((3,)), Input((2,))]).shape
        (None, 5)
    """
    return _symbolic(Concatenate(axis, **options)(list(inputs)))


def dot(
    inputs: Sequence[SymbolicTensor],
    axes: int | Sequence[int] = -1,
    normalize: bool = False,
    **options: Unpack[LayerOptions],
) -> SymbolicTensor:
    """`Dot(axes, normalize)(inputs)`.

    Example:
        >>> from pellucid import Input
        >>> dot([Input((3,)), Input((3,))], axes=1).shape
        (None, 1)
    """
    return _symbolic(Dot(axes, normalize, **options)(list(inputs)))


def _symbolic(result: object) -> SymbolicTensor:
    assert isinstance(result, SymbolicTensor)
    return result
