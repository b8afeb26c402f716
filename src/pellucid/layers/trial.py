"""On what it can be tried what a layer emits by itself: one sample, arranged as the layer is called."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from typing import Any

from pellucid.dispatch.shape_inference import with_sizes
from pellucid.dispatch.symbolic import Call
from pellucid.frozen import Frozen

__all__ = ["Trial", "trial_of"]


class Trial(Frozen):
    """What a layer is tried on.

    Args:
        shapes: of one sample's inputs, batch included; open axes have some size.
        takes_list: whether they are given as a list.
        call: that says in which places of the arguments they stand, where there are more than a tensor or a list.
    """

    shapes: list[tuple[int, ...]]
    takes_list: bool
    call: Call | None = None

    def argument(self, tensors: Sequence[Any]) -> Any:
        """What the layer emits on, with these as its inputs."""
        if self.call is not None:
            return self.call.argument(tensors)
        return list(tensors) if self.takes_list else tensors[0]


def trial_of(layer: Any) -> Trial | None:
    """As a built layer is called first; None where nothing tells on what.

    That is a layer whose `call` takes more than one thing, and that was only called on arrays, or within another one's.

    Example:
        >>> from pellucid import Input, layers
        >>> heads = layers.MultiHeadAttention(2, 3)
        >>> _ = heads(Input((5, 4)), Input((6, 4)))
        >>> trial_of(heads).shapes
        [(1, 5, 4), (1, 6, 4)]
    """
    call = next((each for each in layer.calls if each.arguments is not None), None)
    if call is not None:
        return Trial(with_sizes([tensor.shape for tensor in call.inputs]), False, call)
    taken = signature(layer.call)
    try:
        taken.bind(None, **({"training": None} if "training" in taken.parameters else {}))
    except TypeError:
        return None
    return Trial(layer.trial_shapes(), isinstance(layer.input_shape, list))
