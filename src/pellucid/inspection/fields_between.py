"""What one unit sees of every layer between it and the input."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid.errors import ArgumentError, shown
from pellucid.graph import Node, Tensor
from pellucid.inspection.seen import Seen, channels_last
from pellucid.network.reach import reached

Box = tuple[tuple[int, int], ...]
"""First and last place along each spatial axis."""


def fields_between(
    seen: Seen, layer: str, call: int = 0, position: Sequence[int] = (), unit: int = 0
) -> dict[tuple[str, int], Box]:
    """What a unit can depend on, in the maps of each layer that leads to it.

    Args:
        seen: the model, emitted with all layers that are wanted.
        layer: the path of the unit's.
        call: which of its uses, 0 for the first.
        position: its place in the layer's maps, one number per axis; () in a dense layer.
        unit: its channel.

    Returns:
        the smallest box that holds all that is seen, in any channel, by path and use; ("input", 0) is the input,
        of a model with several each under its name.
        Nothing of layers that the unit does not depend on, () of those without spatial axes.

    Raises:
        ArgumentError: there is no such unit.

    Example:
        >>> from pellucid import Sequential, layers
        >>> conv, pool = layers.Conv2D(4, 3, name="c"), layers.MaxPooling2D(2, name="p")
        >>> model = Sequential([layers.Input((8, 8, 1)), conv, pool])
        >>> seen = Seen(model, [(1, 8, 8, 1)], ["c", "p"], training=False, given=False)
        >>> fields_between(seen, "p", position=(0, 1), unit=3)
        {('p', 0): ((0, 0), (1, 1)), ('c', 0): ((0, 1), (2, 3)), ('input', 0): ((0, 3), (2, 5))}
    """
    each = seen.found[layer][call]
    target = each.tensor
    behind = seen.behind(each.network, each.call)
    index = _index(target, behind, position, unit, layer)
    places: dict[Node, list[tuple[str, int, int]]] = {}
    for path, found in seen.found.items():
        for number, use in enumerate(found):
            told = (path, number, seen.behind(use.network, use.call))
            places.setdefault(use.tensor.node, []).append(told)
    for path, (tensor, axes) in seen.inputs.items():
        places.setdefault(tensor.node, []).append((path, 0, axes))
    masks = reached(seen.graph.nodes, target, index, places.keys())
    boxes = {}
    for node, mask in masks.items():
        if not mask.any():
            continue
        for path, number, axes in places.get(node, ()):
            boxes[path, number] = _box(mask, axes)
    return boxes


def _index(tensor: Tensor, behind: int, position: Sequence[int], unit: int, layer: str) -> tuple[int, ...]:
    """The element in the layer's own order of axes."""
    moved = channels_last(np.empty(tensor.shape[1:], bool), behind)
    place = (*position, unit) if moved.ndim else ()
    if len(place) != moved.ndim or any(not 0 <= at < size for at, size in zip(place, moved.shape, strict=True)):
        raise ArgumentError(f"{layer} gives maps of shape {moved.shape}, there is no value {shown((*position, unit))}")
    if moved.ndim <= behind:
        return (0, *place)
    axis = tensor.rank - 1 - behind
    return (0, *place[: axis - 1], place[-1], *place[axis - 1 : -1])


def _box(mask: np.ndarray, behind: int) -> Box:
    if mask.ndim < 3:  # one number, or units without spatial order
        return ()
    places = np.nonzero(channels_last(mask[0], behind).any(axis=-1))
    return tuple((int(each.min()), int(each.max())) for each in places)
