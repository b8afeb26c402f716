"""Which weights of a layer hold filters: its class says so, or the operations show it that a class of users' own emits.

A kernel that an operation takes as it stands, or of which only axes were joined or moved, is told by its axes: those
along which it slides, that of the channels, that of the filters. What is computed from weights first (masked, say) is
told by `computed_filters`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pellucid.graph import Graph, Node, Tensor, movement, ops, windows
from pellucid.layers.emitted_alone import found_in_emitted
from pellucid.layers.weight_names import own_weights_by_name
from pellucid.naming import is_ours
from pellucid.variables import Variable

FILTERS, SPATIAL, CHANNELS, INPUTS = "filters", "spatial", "channels", "inputs"

Names = tuple[str, ...]


@dataclass(frozen=True)
class FilterWeight:
    """A weight that holds filters.

    Args:
        axes: what its axes are, "spatial" for as many as it slides along, "filters" for those that count filters.
        bias: the name of the weight that is added to their sums; None where there is none.
        is_behind: whether the layer computes its kernel from it.
    """

    axes: Names
    bias: str | None = None
    is_behind: bool = False


def filter_weights(layer: Any) -> dict[str, FilterWeight]:
    """The weights of a layer itself that hold filters, by name; empty before it knows its input.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.SeparableConv2D(4, 3)
        >>> layer.build((None, 8, 8, 2))
        >>> [(name, found.axes) for name, found in filter_weights(layer).items()][1]
        ('depthwise_kernel', ('spatial', 'filters', 'filters'))
    """
    said = getattr(type(layer), "filter_axes", {})
    if isinstance(said, Mapping):
        bias = "bias" if getattr(layer, "bias", None) is not None else None
        return {name: FilterWeight(axes, bias if n == 0 else None) for n, (name, axes) in enumerate(said.items())}
    is_model = hasattr(layer, "get_layer")  # which has its layers'
    if is_ours(type(layer)) or is_model or not layer.built or not layer.own_weights:
        return {}
    return found_in_emitted(layer, _seen)


def weight_named(layer: Any, name: str) -> Variable:
    """The weight that `filter_weights` calls so."""
    weight: Variable = own_weights_by_name(layer)[name] if is_seen(layer) else getattr(layer, name)
    return weight


def is_seen(layer: Any) -> bool:
    """Whether its filters are seen in what it emits, and not said by its class."""
    return not isinstance(getattr(type(layer), "filter_axes", {}), Mapping)


def _seen(layer: Any, graph: Graph) -> dict[str, FilterWeight]:
    """The filters in what a layer emits."""
    live = _behind(graph, ops.Input)
    names = {weight.tensor(graph).node: name for name, weight in own_weights_by_name(layer).items()}
    found: dict[str, FilterWeight] = {}
    for node in graph.nodes:
        is_given = bool(node.inputs) and node.inputs[0].node in live  # weights times weights make no maps
        for tensor, axes in _kernels(node) if is_given else []:
            source, own = _moved(tensor, axes)
            if source.node in names and own is not None and _is_in_order(own):
                bias = next((names[each] for each in bias_behind(graph, node) if each in names), None)
                found.setdefault(names[source.node], FilterWeight(one_spatial(own), bias))
    return found


def _behind(graph: Graph, leaf: type[ops.Op]) -> set[Node]:
    """The nodes that depend on what is of a kind."""
    found: set[Node] = set()
    for node in graph.nodes:
        if isinstance(node.op, leaf) or any(tensor.node in found for tensor in node.inputs):
            found.add(node)
    return found


def _kernels(node: Node) -> list[tuple[Tensor, Names]]:
    """What may be the kernel of an operation, with what its axes would be."""
    slides = tuple(f"{SPATIAL}{number}" for number in range(node.inputs[1].rank - 2)) if len(node.inputs) > 1 else ()
    match node.op:
        case windows.Convolution():
            return [(node.inputs[1], (*slides, CHANNELS, FILTERS))]
        case windows.ConvolutionInputGradient():
            return [(node.inputs[1], (*slides, FILTERS, CHANNELS))]
        case ops.Matmul() if node.inputs[1].rank == 2:
            return [(node.inputs[1], (FILTERS, INPUTS) if node.op.transpose_b else (INPUTS, FILTERS))]
    return []


def _moved(tensor: Tensor, axes: Names) -> tuple[Tensor, Names | None]:
    """Where a kernel comes from whose axes were joined or moved, and what its axes are there; None where none tells."""
    names: Names | None = axes
    while names is not None:
        match tensor.node.op:
            case movement.StopGradient():
                pass
            case movement.Transpose(permutation=permutation):
                names = tuple(name for _, name in sorted(zip(permutation, names, strict=True)))
            case movement.Reshape():
                names = _before_joining(tensor.node.inputs[0].shape, tensor.shape, names)
            case _:
                break
        tensor = tensor.node.inputs[0]
    return tensor, names


def _before_joining(old: tuple[int, ...], new: tuple[int, ...], names: Names) -> Names | None:
    """What axes are from which axes of other sizes were made; None where one axis holds two things."""
    found: list[str] = []
    for mine, theirs in movement.runs(old, new):
        told = [names[axis] for axis in theirs]
        if len(mine) != 1 or len(theirs) != 1:
            told = [names[axis] for axis in theirs if new[axis] > 1] or [FILTERS]
            if len(told) > 1:
                return None
            told *= len(mine)
        found += told
    return tuple(found)


def _is_in_order(axes: Names) -> bool:
    """Whether a filter lies in a weight as filters do everywhere here: what it slides along, then what it reads."""
    own = [name for name in axes if name != FILTERS]
    slides = [axis for axis, name in enumerate(axes) if name.startswith(SPATIAL)]
    in_order = own == sorted(dict.fromkeys(own), key=lambda name: (not name.startswith(SPATIAL), name))
    return FILTERS in axes and in_order and slides == list(range(slides[0], slides[-1] + 1) if slides else [])


def one_spatial(axes: Names) -> Names:
    """With one name for all along which it slides."""
    further = [name for name in axes if name.startswith(SPATIAL)][1:]
    return tuple(SPATIAL if name.startswith(SPATIAL) else name for name in axes if name not in further)


def bias_behind(graph: Graph, node: Node) -> list[Node]:
    """What alone is added to a result that nothing else reads: a bias for each filter, if that is a weight."""
    users = [user for user in graph.nodes if any(tensor.node is node for tensor in user.inputs)]
    if len(users) != 1 or users[0].op != ops.Elementwise("add"):
        return []
    count = node.outputs[0].shape[-1:]
    return [tensor.node for tensor in users[0].inputs if tensor.node is not node and tensor.shape == count]
