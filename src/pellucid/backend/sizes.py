"""The sizes of a symbolic tensor, some of which are open, as numbers that a function can compute with."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import ops
from pellucid.dispatch import Operand, anywhere
from pellucid.dispatch.symbolic import SymbolicTensor
from pellucid.graph import builder

__all__ = ["cast", "cast_to_floatx", "shape"]


class OpenSizes(tuple[Any, ...]):
    """Sizes of which some are None, and the tensor that has them: what they are is known when it runs.

    Attributes:
        tensor: whose sizes they are.
    """

    tensor: Any

    @classmethod
    def of(cls, tensor: Any, sizes: tuple[Any, ...]) -> OpenSizes:
        """The sizes of a tensor."""
        found = cls(sizes)
        found.tensor = tensor
        return found


@anywhere("x", name="shape")
def _counted(x: Operand) -> Any:
    """The sizes as a tensor of numbers."""
    return builder.literal(x.graph, np.array(x.shape, np.float32))


def shape(x: Operand) -> tuple[int | None, ...]:
    """The sizes of all axes, None where open; cast to numbers they are what they will be when the function runs.

    Example:
        >>> from pellucid import Input, backend as K
        >>> image = Input((None, None, 3))
        >>> pixels = K.prod(K.cast(K.shape(image), "float32"))
        >>> K.shape(image), float(K.function([image], [pixels])([np.ones((1, 4, 5, 3))])[0])
        ((None, None, None, 3), 60.0)

    Source: keras.backend.shape.
    """
    sizes = ops.shape(x)
    return OpenSizes.of(x, sizes) if isinstance(x, SymbolicTensor) and None in sizes else sizes


def cast(x: Operand, dtype: Any) -> Any:
    """x as if it were of another type; see `ops.cast`.

    Example:
        >>> cast([1.7], "int32").tolist()
        [1.0]

    Source: keras.backend.cast.
    """
    return ops.cast(_counted(x.tensor) if isinstance(x, OpenSizes) else x, dtype)


def cast_to_floatx(x: Any) -> Any:
    """x as float32, the type of weights and activations.

    Example:
        >>> cast_to_floatx([1, 2]).dtype
        dtype('float32')

    Source: keras.backend.cast_to_floatx.
    """
    return cast(x, "float32")
