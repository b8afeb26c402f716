"""What is in the lists, dictionaries and arrays that layers of the user's own keep as attributes.

Such a thing changes without its layer: `layer.blocks.append(Dense(2))`. So whoever makes a program of the layer notes
what was in it, and looks again before the program runs. The library's own layers keep tuples, which do not change.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from pellucid.graph import Tensor
from pellucid.naming import is_ours
from pellucid.watched import Same

CHANGEABLE = (list, dict, np.ndarray)


class Contents:
    """What was in them once: a part of the key of a program.

    Args:
        things: the lists, dictionaries and arrays.

    Example:
        >>> factors = [1.0, 2.0]
        >>> contents = Contents([factors])
        >>> factors[0] = 3.0
        >>> contents.hold
        False
    """

    def __init__(self, things: Sequence[Any]) -> None:
        self._things = things
        self._noted = tuple(map(_noted, things))

    @property
    def hold(self) -> bool:
        """Whether the same is in them now."""
        return self._noted == tuple(map(_noted, self._things))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Contents) and self._noted == other._noted

    def __hash__(self) -> int:
        return hash(self._noted)


def contents_of(layers: Sequence[Any]) -> Contents | None:
    """What is in the changeable attributes of layers; None where there are none."""
    own = [layer for layer in layers if not is_ours(type(layer))]
    things = [
        value
        for layer in own
        for name, value in list(vars(layer).items())
        if isinstance(value, CHANGEABLE) and name not in layer.bookkeeping
    ]
    return Contents(things) if things else None


def _noted(value: Any, around: tuple[Any, ...] = ()) -> Hashable:
    """The value, or that it is this object; tensors that a `call` left in a list say nothing.

    A list that lies in itself is noted as the object that it is; `around` is what this value lies in.
    """
    if isinstance(value, list | tuple | dict) and any(value is outer for outer in around):
        return Same(value)
    if isinstance(value, list | tuple):
        inside = (*around, value)
        return tuple(_noted(item, inside) for item in value if not isinstance(item, Tensor))
    if isinstance(value, dict):
        inside = (*around, value)
        return tuple((key, _noted(item, inside)) for key, item in value.items() if not isinstance(item, Tensor))
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value.shape, value.dtype.str, value.tobytes()
    return value if isinstance(value, bool | int | float | str | None) else Same(value)
