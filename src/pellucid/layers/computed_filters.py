"""Single filters of a kernel that a layer of a user's own computes from weights: masked, standardised, scaled.

Such a filter can be set, frozen and drawn anew where it hangs on one part of one weight and on nothing else. That is
read off the operations: which axis counts the filters is followed from the kernel back to the weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.errors import ArgumentError
from pellucid.graph import Graph, Node, Tensor, movement, ops, windows
from pellucid.graph.gradients import nodes_before
from pellucid.layers.emitted_alone import found_in_emitted
from pellucid.layers.kernel_functions import KernelFunction
from pellucid.layers.own_filters import (
    CHANNELS,
    FILTERS,
    INPUTS,
    SPATIAL,
    FilterWeight,
    bias_behind,
    filter_weights,
    one_spatial,
    weight_named,
)
from pellucid.layers.weight_names import own_weights_by_name, short_names, weights_within
from pellucid.naming import is_ours
from pellucid.variables import Variable

Marks = tuple[bool, ...]
"""For each axis of a tensor, whether it counts filters."""

_STAND = (ops.Parameter, movement.Reshape, movement.Transpose, movement.StopGradient, movement.BroadcastTo)
_ALONG_ONE_AXIS = (movement.Slice, movement.Pad, movement.Gather)
_TOLERANCE, _ROUNDS = 1e-5, 32


class _Mixed(Exception):
    """A filter of a kernel hangs on more than a part of a weight; says why."""


@dataclass(frozen=True)
class ComputedKernel:
    """A kernel that is computed from weights.

    Args:
        kernel: what the convolution takes.
        axis: of the kernel, that counts its filters.
        weights: the weights from which it is computed, by name.
        function: how.
        weight: what is known of the one in whose parts the filters lie; None where there is no such.
        reason: why there is none.
    """

    kernel: Tensor
    axis: int
    weights: Mapping[str, Variable]
    function: KernelFunction
    weight: FilterWeight | None = None
    reason: str = ""

    def kernels(self, values: np.ndarray) -> np.ndarray:
        """The kernel, the axis that counts its filters last, with these values in the weight."""
        (name,) = self.weights
        with np.errstate(all="ignore"):  # what is no number is told by who asks
            return self.function.value({name: values}).astype(np.float32)


def computed_kernels(layer: Any) -> list[ComputedKernel]:
    """The kernels that convolutions and products of a layer of a user's own take, and that are computed from weights.

    Layers of the house take theirs as they stand.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.Conv2D(4, 3)
        >>> layer.build((None, 8, 8, 2))
        >>> computed_kernels(layer)
        []
    """
    if is_ours(type(layer)) or hasattr(layer, "get_layer") or not layer.built or not layer.own_weights:
        return []
    return found_in_emitted(layer, _computed)


def _computed(layer: Any, graph: Graph) -> list[ComputedKernel]:
    """Those in what a layer emits."""
    variables, own = weights_within(layer), own_weights_by_name(layer)  # those of layers inside too
    names = {weight.tensor(graph).node: name for name, weight in variables.items()}
    found = []
    for node in graph.nodes:
        if _filter_axis(node) is not None:
            x, kernel = node.inputs[:2]
            before = nodes_before(kernel)
            weights = {name: each for each, name in names.items() if each in before}
            is_computed = any(not isinstance(each.op, _STAND) for each in before)
            if own.keys() & weights.keys() and is_computed and _is_live(x) and not _is_live(kernel):
                found.append(_told(graph, node, weights, names, variables))
    return found


def computed_weights(layer: Any) -> dict[str, ComputedKernel]:
    """Those whose filters lie each in a part of one weight, by the name of that weight."""
    return {next(iter(found.weights)): found for found in computed_kernels(layer) if found.weight is not None}


def filter_variables(layer: Any) -> dict[str, Variable]:
    """The weights in which the filters of a layer lie, or from which its kernels are computed, by name.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.SeparableConv2D(4, 3)
        >>> layer.build((None, 8, 8, 2))
        >>> list(filter_variables(layer))
        ['pointwise_kernel', 'depthwise_kernel']
    """
    found = {name: weight_named(layer, name) for name in filter_weights(layer)} if layer.built else {}
    for kernel in computed_kernels(layer):
        found |= {name: weight for name, weight in kernel.weights.items() if name not in found}
    return found


def slides_filters(layer: Any) -> bool:
    """Whether a layer has filters that slide over its input, and not units alone."""
    spatial = any(SPATIAL in held.axes for held in filter_weights(layer).values())
    return spatial or any(found.kernel.rank > 2 for found in computed_kernels(layer))


def part_for(found: ComputedKernel, values: np.ndarray, place: tuple[Any, ...], number: int, kernel: np.ndarray) -> Any:
    """What a part of a weight must be for a filter to be what is wanted.

    Tried are the wanted numbers themselves, which does for masks and for all that leaves alone what it made itself,
    and then each times what it came out too small by, which does for scales.

    Args:
        found: how the kernel is computed.
        values: of the weight as it is.
        place: of the filter's part in it.
        number: of the filter.
        kernel: the wanted numbers, of the shape of the part.

    Raises:
        ArgumentError: no such part was found; says by how much the filter would be another.
    """
    (name,) = found.weights
    tried, wanted, gaps = values.copy(), kernel.astype(np.float64), list[float]()
    tried[place] = wanted
    for _ in range(_ROUNDS):
        came = found.kernels(tried)[..., number].reshape(wanted.shape).astype(np.float64)
        gaps.append(float(np.abs(came - wanted).max(initial=0.0)))
        if gaps[-1] <= _TOLERANCE * float(np.abs(wanted).max(initial=0.0)):
            return tried[place]
        with np.errstate(all="ignore"):
            tried[place] *= np.where(came != 0, wanted / came, 1.0)
    other = f"others, by up to {gaps[0]:.3g}" if np.isfinite(gaps[0]) else "none that are finite"
    raise ArgumentError(
        f"its kernel is computed from {name}, and not every kernel can be: with these numbers there the "
        f"layer would use {other}; set one that the layer can make, or {name} itself, and look at "
        "what comes of it with inspection.filters"
    )


def without_filters(layer: Any) -> ArgumentError:
    """The error for a layer that has no filters, with what it has instead.

    Example:
        >>> from pellucid import layers
        >>> print(without_filters(layers.Flatten(name="flat")))
        Flatten "flat" has no filters: it has no weights at all; convolutional layers have them
    """
    weights = [f"{name} {weight.shape}" for weight, name in short_names(layer).items()]
    has = f"its weights are {', '.join(weights)}" if weights else "it has no weights at all"
    hint = "convolutional layers have them"
    if weights and not is_ours(type(layer)):
        hint = "no convolution and no product of matrices in its call takes one of them as it stands"
        for found in computed_kernels(layer)[:1]:
            hint = (
                f"its kernel is computed from {' and '.join(found.weights)}, and {found.reason}, so that no single "
                "filter of it can be set, frozen or drawn anew; set the weights themselves "
                f"(layer.get_weights() and set_weights); inspection.filters reads and draws the kernel that is used"
            )
    return ArgumentError(f"{layer.label} has no filters: {has}; {hint}")


def _filter_axis(node: Node) -> int | None:
    """Which axis of the kernel of an operation counts filters, or units; None for an operation without."""
    match node.op:
        case windows.Convolution():
            return node.inputs[1].rank - 1
        case windows.ConvolutionInputGradient():
            return node.inputs[1].rank - 2
        case ops.Matmul(transpose_b=turned) if node.inputs[1].rank == 2:
            return 0 if turned else 1
    return None


def _is_live(tensor: Tensor) -> bool:
    return any(isinstance(node.op, ops.Input) for node in nodes_before(tensor))


def _told(
    graph: Graph,
    node: Node,
    weights: Mapping[str, Node],
    names: Mapping[Node, str],
    variables: Mapping[str, Variable],
) -> ComputedKernel:
    """A kernel with what is known of the weight behind."""
    kernel, axis = node.inputs[1], _filter_axis(node)
    assert axis is not None
    told = kernel, axis, {name: variables[name] for name in weights}, KernelFunction(kernel, axis, weights)
    if len(weights) > 1:
        return ComputedKernel(*told, reason="not from one weight alone")
    try:
        tensor, marks = _traced(kernel, tuple(place == axis for place in range(kernel.rank)))
        spec = _spec(kernel, axis, tensor, marks)
    except _Mixed as mixed:
        return ComputedKernel(*told, reason=str(mixed))
    bias = next((names[each] for each in bias_behind(graph, node) if each in names), None)
    return ComputedKernel(*told, FilterWeight(spec, bias, is_behind=True))


def _spec(kernel: Tensor, axis: int, weight: Tensor, marks: Marks) -> tuple[str, ...]:
    """What the axes of the weight are, whose parts must be of the shape of the filters."""
    one = [size for place, size in enumerate(kernel.shape) if place != axis]
    if not any(marks):
        raise _Mixed("nothing tells where a filter lies in it")
    part = [size for size, is_mark in zip(weight.shape, marks, strict=True) if not is_mark]
    reads = [INPUTS if kernel.rank == 2 else CHANNELS] if len(part) == len(one) else []
    if part != one[: len(part)] or (not reads and one != [*part, 1]):
        raise _Mixed(f"its parts there are of shape {tuple(part)}, not of the kernel's {tuple(one)}")
    names = [*(f"{SPATIAL}{place}" for place in range(kernel.rank - 2)), *reads]
    spec = [FILTERS if is_mark else names.pop(0) for is_mark in marks]
    return one_spatial(tuple(spec))


def _traced(kernel: Tensor, marks: Marks) -> tuple[Tensor, Marks]:
    """The weight behind a kernel, and which of its axes count filters; raises `_Mixed` where one hangs on more."""
    behind, known = nodes_before(kernel), {kernel.node: marks}
    weighted: set[Node] = set()
    for node in kernel.graph.nodes:
        if isinstance(node.op, ops.Parameter) or any(tensor.node in weighted for tensor in node.inputs):
            weighted.add(node)
    for node in reversed(kernel.graph.nodes):
        if node not in behind or node not in weighted:
            continue
        if isinstance(node.op, ops.Parameter):
            return node.outputs[0], known[node]
        for tensor in (tensor for tensor in node.inputs if tensor.node in weighted):
            told = _before(node, tensor, known[node])
            if known.setdefault(tensor.node, told) != told:
                raise _Mixed("its filters lie otherwise in it on one way than on another")
    raise AssertionError("a kernel that is computed from weights has one behind it")


def _before(node: Node, tensor: Tensor, marks: Marks) -> Marks:
    """Which axes of what an operation reads count filters, as those of its result do."""
    new = node.outputs[0].shape
    match node.op:
        case ops.Elementwise() | movement.BroadcastTo():
            own = marks[len(marks) - tensor.rank :] if tensor.rank else ()
            sizes = new[len(new) - tensor.rank :] if tensor.rank else ()
            spread = any(is_mark and tensor.shape[axis] != sizes[axis] for axis, is_mark in enumerate(own))
            if spread or sum(own) != sum(marks):
                raise _Mixed("each filter hangs on the numbers of all of them")
            return own
        case ops.ReduceSum(axes=axes) | ops.ReduceMax(axes=axes):
            if any(marks[axis] for axis in axes):
                raise _Mixed("each filter hangs on the numbers of all of them")
            return marks
        case movement.StopGradient():
            return marks
        case movement.Transpose(permutation=permutation):
            return tuple(is_mark for _, is_mark in sorted(zip(permutation, marks, strict=True)))
        case movement.Reshape():
            return _before_reshape(tensor.shape, new, marks)
        case _ if isinstance(node.op, _ALONG_ONE_AXIS) and not marks[node.op.axis]:
            return marks
    raise _Mixed(f"through {type(node.op).__name__}, behind which nothing tells where a filter lies")


def _before_reshape(old: tuple[int, ...], new: tuple[int, ...], marks: Marks) -> Marks:
    """Which axes of another shape count filters: all that make up one that does."""
    found: list[bool] = []
    for mine, theirs in movement.runs(old, new):
        told = {marks[axis] for axis in theirs if new[axis] > 1} or {marks[axis] for axis in theirs} or {False}
        if len(told) > 1:
            raise _Mixed("its filters are joined there with what they read")
        wide = [axis for axis in mine if old[axis] > 1] or mine
        found += [told == {True} and axis in wide for axis in mine]
    return tuple(found)
