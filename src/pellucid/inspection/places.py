"""Filters that stand at each place for themselves, as in a locally connected layer: a product of matrices per place."""

from __future__ import annotations

import numpy as np

from pellucid.graph import Node
from pellucid.inspection.addresses import Place, origin
from pellucid.inspection.emitted import EmittedLayer
from pellucid.inspection.running import weight_values


def filters_at_places(emitted: EmittedLayer, node: Node) -> tuple[np.ndarray, int] | None:
    """The filters of a batch of products of matrices, one for each place, as they lie on the input.

    Args:
        emitted: the layer.
        node: its product of (places, batch, seen) with weights (places, seen, filters).

    Returns:
        the kernel (spatial..., channels, places * filters), place by place, and how many places. None where no place
        reads a whole window of the input, so that nothing tells which number belongs to which tap.
    """
    (places, seen, filters), kernel = node.inputs[1].shape, weight_values(emitted.layer, node.inputs[1])
    for place in range(places):
        order = _order(emitted, node, place, seen)
        if order is not None:
            taps, channels, rows = order
            arranged = kernel[:, rows.ravel(), :].transpose(1, 0, 2)
            return arranged.reshape(*taps, channels, places * filters), places
    return None


def _order(emitted: EmittedLayer, node: Node, place: int, seen: int) -> tuple[tuple[int, ...], int, np.ndarray] | None:
    """Taps per axis, channels, and for each tap and channel the number of what is seen; None if not all is there."""
    found = [origin(Place(node.inputs[0], (place, 0, number))) for number in range(seen)]
    sources = [each for each in found if each is not None and each.inside]
    if len(sources) < seen:
        return None
    rank = sources[0].tensor.rank
    axis = emitted.channel_axis(rank)
    order = [*(n for n in range(1, rank) if n != axis), axis]
    indices = np.array([[source.index[n] for n in order] for source in sources]).T
    ranks = [np.unique(each, return_inverse=True)[1] for each in indices]
    sizes = [int(each.max()) + 1 for each in ranks]
    if int(np.prod(sizes)) != seen:
        return None
    rows = np.empty(sizes, int)
    rows[tuple(ranks)] = np.arange(seen)
    return tuple(sizes[:-1]), sizes[-1], rows
