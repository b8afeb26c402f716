"""`tf.TensorArray`: tensors that a loop writes one by one, and that are stacked at its end."""

from __future__ import annotations

from typing import Any

from pellucid import ops
from pellucid.cli.tf.arrays import eager
from pellucid.cli.tf.shapes import unstack as parts_of
from pellucid.errors import ArgumentError


class TensorArray:
    """Places for tensors; each method that changes them gives the array itself back.

    Args:
        dtype, element_shape, infer_shape, clear_after_read, tensor_array_name, name: mean nothing.
        size: how many places there are at first.
        dynamic_size: whether there may be more.

    Raises:
        ArgumentError: a place is asked for that there is not, or that nothing was written to.

    Example:
        >>> squares = TensorArray("float32", size=3)
        >>> for place in range(3):
        ...     squares = squares.write(place, place * place)
        >>> squares.stack().tolist(), int(squares.size())
        ([0.0, 1.0, 4.0], 3)
    """

    def __init__(
        self,
        dtype: Any = None,
        size: Any = 0,
        dynamic_size: bool = False,
        clear_after_read: Any = None,
        tensor_array_name: str | None = None,
        handle: Any = None,
        flow: Any = None,
        infer_shape: bool = True,
        element_shape: Any = None,
        colocate_with_first_write_call: bool = True,
        name: str | None = None,
    ) -> None:
        self._parts: list[Any] = [None] * int(size)
        self._grows = dynamic_size

    def write(self, index: Any, value: Any, name: str | None = None) -> TensorArray:
        """Have a tensor in a place."""
        place = int(index)
        if place >= len(self._parts) and not self._grows:
            raise ArgumentError(
                f"tf.TensorArray: there are {len(self._parts)} places, got {place}; dynamic_size=True lets it grow"
            )
        self._parts += [None] * (place + 1 - len(self._parts))
        self._parts[place] = value
        return self

    def read(self, index: Any, name: str | None = None) -> Any:
        """The tensor in a place."""
        place = int(index)
        if not 0 <= place < len(self._parts) or self._parts[place] is None:
            raise ArgumentError(f"tf.TensorArray: nothing was written to place {place}")
        return self._parts[place]

    def stack(self, name: str | None = None) -> Any:
        """All of them along a new first axis."""
        return eager(ops.stack([self.read(place) for place in range(len(self._parts))]))

    def concat(self, name: str | None = None) -> Any:
        """All of them one after the other."""
        return eager(ops.concatenate([self.read(place) for place in range(len(self._parts))], axis=0))

    def gather(self, indices: Any, name: str | None = None) -> Any:
        """Those in some places, along a new first axis."""
        return eager(ops.stack([self.read(place) for place in indices]))

    def unstack(self, value: Any, name: str | None = None) -> TensorArray:
        """Have the parts of a tensor along its first axis."""
        self._parts = list(parts_of(value))
        return self

    def size(self, name: str | None = None) -> Any:
        """How many places there are."""
        return len(self._parts)
