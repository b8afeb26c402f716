"""What a unit of each layer sees of the model's input: size, step and start along each spatial axis.

It follows from the operations that the layers emit, each with a rule of its own (`sight_rules`); so layers of users are
understood as those of the library are. Where layers meet, a unit sees all that either of them sees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pellucid.dispatch import shape_inference
from pellucid.dispatch.symbolic import Call
from pellucid.errors import ShapeError
from pellucid.geometry import ReceptiveField
from pellucid.graph import Graph, Node, Tensor, ops
from pellucid.network.emit import emit_calls, emit_inputs
from pellucid.network.network import Network
from pellucid.network.sight import Atom, Sight, of_input
from pellucid.network.sight_rules import through

Fields = tuple[ReceptiveField, ...]
"""One per spatial axis; an empty tuple while no window has told which axes are spatial."""

TRIALS = (*shape_inference.TRIALS, 509)
"""Sizes for open axes; the last, a prime, tells when "same" padding lies elsewhere for another size."""


def receptive_fields(network: Network) -> dict[Call, Fields | None]:
    """The receptive fields of the units of each layer call of a network.

    Args:
        network: that of a built model.

    Returns:
        for each call one field per spatial axis, in their order; None where a unit sees everything, or where it cannot
        be told: behind an operation that mixes places, or where branches of different steps meet.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((28, 28, 1)), layers.Conv2D(4, 3), layers.MaxPooling2D(2)])
        >>> list(receptive_fields(model.network).values())[-1]
        (ReceptiveField(size=4, jump=2, start=0), ReceptiveField(size=4, jump=2, start=0))

    Source: Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks, Distill 2019.
    """
    is_open = any(size is None for tensor in network.inputs for size in tensor.shape[1:])
    tried = [found for size in (TRIALS if is_open else TRIALS[:1]) if (found := _with_sizes(network, size)) is not None]
    if not tried:  # an open size that must fit, as where Reshape asks for a number of elements
        return dict.fromkeys(network.calls)
    return {
        call: fields if all(other[call] == fields for other in tried[1:]) else None for call, fields in tried[0].items()
    }


def _with_sizes(network: Network, size: int) -> dict[Call, Fields | None] | None:
    """The fields when open axes have this size; None where the network cannot take it."""
    shapes = [tuple(n or size for n in tensor.shape[1:]) for tensor in network.inputs]
    graph = Graph()
    try:
        results = emit_calls(network.calls, emit_inputs(graph, network.inputs, [(2, *shape) for shape in shapes]))
    except ShapeError:
        return None
    sights = sights_of(graph)
    return {
        call: _fields(sights[tensors[0].node], max(map(len, shapes))) if call.inputs else ()
        for call, tensors in results.items()
    }


def sights_of(graph: Graph) -> dict[Node, Sight | None]:
    """What the results of each operation see of the input."""
    found: dict[Node, Sight | None] = {}
    for node in graph.nodes:
        if isinstance(node.op, ops.Input):
            found[node] = of_input(node.op.shape)
        else:
            found[node] = through(node, [found[tensor.node] for tensor in node.inputs])
    return found


def _fields(sight: Sight | None, rank: int) -> Fields | None:
    """A field for each axis over which a window slid, and for those between; `rank` is how many axes the input has."""
    if sight is None or not sight.is_exact or sight.slid & sight.whole:
        return None
    if not sight.slid:
        sees_channels_alone = sight.whole <= {rank} and rank > 1  # the last axis, as after a dense layer
        return () if sees_channels_alone or not sight.whole else None
    fields = []
    for source in range(min(sight.slid), max(sight.slid) + 1):
        steps = sight.seen[source].steps if source in sight.seen else {}
        if len(steps) != 1:
            return None
        ((atom, step),) = steps.items()
        if step < 1 or (atom,) not in sight.axes:
            return None
        fields.append(ReceptiveField(sight.seen[source].extent, step, sight.seen[source].start))
    return tuple(fields)


def seen_from(
    graph: Graph, tensor: Tensor, index: Sequence[int], sights: Mapping[Node, Sight | None] | None = None
) -> dict[int, tuple[int, int]]:
    """First and last element that one element sees along the axes of the input, those in the padding included.

    Args:
        graph: with one input.
        tensor: that holds the element.
        index: the element.
        sights: of the graph, from `sights_of`, where many elements of it are asked about.

    Returns:
        the interval by axis of the input (the batch is axis 0), negative or beyond the end where padding is seen;
        nothing for an axis of which all is seen, or of which no interval tells what is seen.
    """
    sight = (sights_of(graph) if sights is None else sights)[tensor.node]
    if sight is None or not sight.is_exact:
        return {}
    places: dict[Atom, int] = {}
    for atoms, place in zip(sight.axes, index, strict=True):
        for atom in reversed(atoms):
            place, places[atom] = divmod(place, atom.size)
    found = {}
    for axis, interval in sight.seen.items():
        first = interval.start + sum(step * places.get(atom, 0) for atom, step in interval.steps.items())
        found[axis] = (first, first + interval.extent - 1)
    return found
