"""What layers return while a model is described: its class for annotations, `def block(x: SymbolicTensor) -> ...`, and
Keras's name for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid.checks import flag
from pellucid.dispatch.symbolic import SymbolicTensor
from pellucid.errors import ArgumentError
from pellucid.layers.input import InputLayer

__all__ = ["KerasTensor", "SymbolicTensor"]


class _Symbolic(type):
    def __instancecheck__(cls, other: object) -> bool:
        return isinstance(other, SymbolicTensor)


class KerasTensor(metaclass=_Symbolic):
    """Keras's name for a symbolic tensor: `isinstance(x, KerasTensor)` says whether x is one, whatever gave it.

    Called it gives such a tensor, at which a model can begin, as `Input(batch_shape=shape)` does.

    Args:
        shape: with the batch, None where open.
        dtype: see `Input`.
        sparse, ragged: False: tensors are dense.
        record_history: True: a symbolic tensor knows what it comes from.
        name: see `Input`.

    Raises:
        ArgumentError: see `Input`; or a tensor without a history is asked for.

    Example:
        >>> from pellucid import Input, layers
        >>> isinstance(layers.Dense(3)(Input((4,))), KerasTensor), isinstance([1.0], KerasTensor)
        (True, False)
        >>> KerasTensor((2, 4)).shape
        (2, 4)

    Source: keras.KerasTensor.
    """

    def __new__(  # type: ignore[misc]
        cls,
        shape: Sequence[int | None],
        dtype: Any = "float32",
        sparse: bool = False,
        ragged: bool = False,
        record_history: bool = True,
        name: str | None = None,
    ) -> SymbolicTensor:
        """See the class."""
        if not flag("KerasTensor", "record_history", record_history):
            raise ArgumentError("KerasTensor: record_history must be True: a symbolic tensor knows what it comes from")
        return InputLayer(None, None, dtype, shape, name, sparse=sparse, ragged=ragged).output
