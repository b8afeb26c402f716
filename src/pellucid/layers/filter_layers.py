"""Where filters lie: in a layer itself, or in those that it holds, as a wrapper or a block of a user's own does."""

from __future__ import annotations

from typing import Any

from pellucid.layers.computed_filters import filter_variables, slides_filters
from pellucid.naming import distinct


def layers_with_filters(layer: Any) -> dict[str, Any]:
    """A layer and those that it holds, as far as filters lie in them, each once, by the path from it to them.

    "" is the path to the layer itself, and to the only one within that has filters which slide: a wrapper is asked for
    its filters as if they were its own, unless it has some. Others go by their names, "first/conv2d".

    Example:
        >>> from pellucid import Sequential, layers
        >>> steps = layers.TimeDistributed(layers.Conv2D(2, 3), name="steps")
        >>> model = Sequential([layers.Input((4, 8, 8, 1)), steps, layers.Flatten(), layers.Dense(1, name="d")])
        >>> {path: each.label for path, each in layers_with_filters(model).items()}
        {'steps': 'Conv2D "conv2d"', 'd': 'Dense "d"'}
    """
    is_model = hasattr(layer, "get_layer")
    own = filter_variables(layer) if not is_model and layer.built else {}
    held = layer.layers if is_model else layer.sublayers
    found: dict[Any, str] = {layer: ""} if own else {}
    for part, name in zip(held, distinct([each.name for each in held]), strict=True):
        for path, each in layers_with_filters(part).items():
            if not _is_all_in(each, own):
                found.setdefault(each, f"{name}/{path}".rstrip("/"))
    if not is_model and not own:
        sliding = [each for each in found if slides_filters(each)] or list(found)
        found |= {sliding[0]: ""} if len(sliding) == 1 else {}
    return {path: each for each, path in found.items()}


def _is_all_in(part: Any, own: dict[str, Any]) -> bool:
    """Whether a layer computes its own kernels from all the filters of a part of it, as a wrapper does with its one."""
    taken = list(own.values())
    return bool(own) and all(any(each is weight for weight in taken) for each in filter_variables(part).values())
