"""The filters of a layer or of a whole model, as records: every weight that an operation lets slide, or that stands at
each place for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from pellucid.calls import explained
from pellucid.errors import ArgumentError
from pellucid.graph import Node, Tensor, ops, windows
from pellucid.graph.gradients import nodes_before
from pellucid.inspection.addresses import MOVEMENTS, Place, origin
from pellucid.inspection.emitted import EmittedLayer
from pellucid.inspection.given import layer_of, model_of, one_of, words_of
from pellucid.inspection.image_channels import color_names, has_channels_of_input
from pellucid.inspection.places import filters_at_places
from pellucid.inspection.record import Records
from pellucid.inspection.records import FilterBank
from pellucid.inspection.running import weight_values
from pellucid.layers import Layer
from pellucid.layers.computed_filters import without_filters
from pellucid.layers.filter_records import stories_of
from pellucid.layers.single_filters import Filter
from pellucid.layers.weight_names import holder_of, named, weights_within
from pellucid.models import Model
from pellucid.provenance import Provenance
from pellucid.variables import Variable


@explained
def filters(layer: Layer, moment: str = "", *, which: str | None = None) -> FilterBank:
    """Every filter of a layer that convolves, as it is now.

    That is whatever emits a convolution with weights: Conv1D to Conv3D, transposed, depthwise, separable and locally
    connected layers, and layers of users. A kernel that such a layer computes from weights (masked, standardised) is
    read as the convolution takes it; `computed_from` names them.

    Args:
        layer: in a built model.
        moment: how the record is titled, such as "before training".
        which: the name of the weight, where a layer has several banks of filters: "depthwise_kernel" or
            "pointwise_kernel" of a separable convolution; where other layers lie in it, the path from it to the one
            that is meant, "first" or "inner/second".

    Returns:
        the record, whose kernel is (spatial..., channels that one filter reads, filters); later changes of the weights
        do not change it.

    Raises:
        ArgumentError: the layer has no filters, or does not know its input yet; it has several banks and `which` names
            none of them.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(12, 3), layers.SeparableConv2D(4, 3)])
        >>> bank = filters(model.layers[0])
        >>> bank.filters, bank.filter(0).shape
        (12, (3, 3, 1))
        >>> filters(model.layers[1], which="depthwise_kernel").kernel.shape
        (3, 3, 1, 12)
    """
    layer_of(layer)
    words_of("moment", moment)
    if not layer.built:
        raise ArgumentError(f"{layer.label} has no weights before it knows its input; use it in a model first")
    banks = _banks(layer, moment)
    if not banks:
        raise without_filters(layer)
    if which is None:
        if len(banks) > 1:
            raise ArgumentError(f"{layer.label} has {len(banks)} banks of filters; say which: {', '.join(banks)}")
        (which,) = banks
    told = _bank_named(layer, which, list(banks))
    return banks[one_of(f"bank of filters of {layer.label}", told, list(banks))]


@explained
def all_filters(model: Model, moment: str = "") -> Records[FilterBank]:
    """Every filter of every layer that convolves, in the order of the layers, those of models inside included.

    Args:
        model: a built model.
        moment: how the records are titled.

    Returns:
        one record per bank. It is named after the layer; in a model inside with the path to it, "inner/conv2d", and
        where several lie in a layer that holds others, "block/conv2d"; where a layer has several, with the name of the
        weight, "separable_conv2d/depthwise_kernel".

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(12, 3), layers.Conv2D(4, 3)])
        >>> [bank.filters for bank in all_filters(model)]
        [12, 4]
    """
    model_of(model, "all_filters").require_built()
    words_of("moment", moment)
    found = Records[FilterBank]()
    for layer in model.layers:
        own = all_filters(layer, moment) if isinstance(layer, Model) else banks_of(layer, moment)
        inside = f"{layer.name}/" if isinstance(layer, Model) else ""
        found += [replace(bank, layer=inside + bank.layer) for bank in own]
    return found


def banks_of(layer: Layer, moment: str = "") -> list[FilterBank]:
    """Every bank of filters of a layer and of what lies in it, called as `all_filters` does; none for one without.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 1)), layers.SeparableConv2D(4, 3, name="s"), layers.Flatten()])
        >>> [[bank.layer for bank in banks_of(layer)] for layer in model.layers]
        [['s/depthwise_kernel', 's/pointwise_kernel'], []]
    """
    return list(_banks(layer, moment).values())


def _banks(layer: Layer, moment: str) -> dict[str, FilterBank]:
    """The banks of filters of a layer, by the names that lead to them."""
    banks = _banks_by_weight(layer, moment)
    told = dict(zip(_bank_names(layer, list(banks)), banks.values(), strict=True))
    if len(told) > 1:
        return {name: replace(bank, layer=f"{layer.name}/{name}") for name, bank in told.items()}
    return told


def _banks_by_weight(layer: Layer, moment: str = "") -> dict[Variable, FilterBank]:
    """The banks of filters of a layer, by the weights in which they lie."""
    emitted, banks = EmittedLayer.alone(layer), dict[Variable, FilterBank]()
    if emitted is None:
        return banks
    for node in emitted.graph.nodes:
        found = kernel_of(emitted, node)
        if found is not None:
            kernel, places = found
            bias = _bias_behind(emitted, node)
            values = None if bias is None else weight_values(layer, bias).ravel()
            weight = _weight(emitted, node.inputs[1])
            stories = _stories(layer, weight, kernel.shape[-1])
            is_first = has_channels_of_input(emitted, node.inputs[0])
            names = color_names(layer, kernel.ndim - 2, kernel.shape[-2]) if is_first else None
            groups = node.op.groups if isinstance(node.op, windows.Convolution) else 1
            made_of = _computed_from(emitted, node.inputs[1])
            banks[weight] = FilterBank(
                layer.name, kernel, values, moment, names, places, stories, groups, computed_from=made_of
            )
    return banks


def _bank_names(layer: Layer, weights: Sequence[Variable]) -> list[str]:
    """What the banks of a layer are called that lie in these weights, as `layers_with_filters` calls their layers.

    By the weight, "depthwise_kernel", where all lie in one layer; else by the path to the layer that each lies in.
    """
    paths = {weight: path for path, weight in weights_within(layer).items()}
    owners = [paths[weight].rpartition("/")[0] for weight in weights]
    if len(set(owners)) == 1:
        return [paths[weight].rpartition("/")[2] for weight in weights]
    is_alone = [bool(owner) and owners.count(owner) == 1 for owner in owners]
    return [owner if alone else paths[weight] for weight, owner, alone in zip(weights, owners, is_alone, strict=True)]


def _bank_named(layer: Layer, name: object, known: Sequence[str]) -> object:
    """The bank that a name means: one of the known, with the name of the layer before it or not, or its weight's.

    Paths to weights that begin with the model count too. What means none is given back as it is.
    """
    if not isinstance(name, str):
        return name
    weight = named(layer, name)
    path = next((path for path, each in weights_within(layer).items() if each is weight), "")
    ways = name, name.removeprefix(f"{layer.name}/"), path, path.rpartition("/")[0], path.rpartition("/")[2]
    return next((way for way in ways if way in known), name)


def kernel_reader(layer: Layer, which: str | None = None) -> Callable[[], np.ndarray]:
    """What gives the kernel of a bank of filters as it is whenever it is called; faster than `filters`.

    Args:
        layer: that has filters.
        which: the name of the weight, where it has several banks.

    Example:
        >>> from pellucid import Sequential, layers
        >>> layer = layers.Conv2D(2, 3, use_bias=False)
        >>> model = Sequential([layers.Input((8, 8, 1)), layer])
        >>> read = kernel_reader(layer)
        >>> layer.kernel[...] = 2.0
        >>> bool((read() == filters(layer).kernel).all()), float(read().max())
        (True, 2.0)
    """
    emitted = EmittedLayer.alone(layer)
    if emitted is None:
        raise without_filters(layer)
    nodes = [node for node in emitted.graph.nodes if kernel_of(emitted, node) is not None]
    weights = list(dict.fromkeys(_weight(emitted, node.inputs[1]) for node in nodes))
    banks = dict(zip(_bank_names(layer, weights), weights, strict=True))
    wanted = banks.get(str(_bank_named(layer, which, list(banks))))
    found = next((n for n in nodes if which is None or _weight(emitted, n.inputs[1]) is wanted), None)
    if found is None:
        raise without_filters(layer)

    def read() -> np.ndarray:
        given = kernel_of(emitted, found)
        assert given is not None
        return given[0]

    return read


def first_channel(filter: Filter) -> int:
    """The first of the input channels that one filter of a layer reads: not 0 where channels stand in groups.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.Conv2D(4, 3, groups=2)
        >>> layer.build((None, 8, 8, 6))
        >>> [first_channel(layer.filter(number)) for number in range(4)]
        [0, 0, 3, 3]
    """
    layer = filter.layer
    banks: dict[Variable, FilterBank] = _banks_by_weight(layer) if isinstance(layer, Layer) else {}
    bank = banks.get(filter.weight) or (next(iter(banks.values())) if len(banks) == 1 else None)
    return 0 if bank is None or bank.places > 1 else bank.channels_of(filter.number).start


def channel_colors(layer: Layer, weight: Variable) -> tuple[str, ...] | None:
    """The names of the channels that filters in one weight of a layer read, where these are the colours of an image.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 3)), layers.Conv2D(3, 3), layers.Conv2D(2, 3)])
        >>> [channel_colors(layer, layer.kernel) for layer in model.layers]
        [('red', 'green', 'blue'), None]
    """
    bank = _banks_by_weight(layer).get(weight)
    return None if bank is None else bank.input_names


def _stories(layer: Layer, weight: Variable, filters: int) -> tuple[Provenance, ...]:
    """How the weights of each filter of a bank came about, which may lie in a layer within."""
    found = stories_of(*holder_of(layer, weight))
    if len(found) <= 1:
        return tuple(story for _, story in found)
    by_number = {number: story for numbers, story in found for number in numbers}
    return tuple(by_number[number % len(by_number)] for number in range(filters))


def kernel_of(emitted: EmittedLayer, node: Node) -> tuple[np.ndarray, int] | None:
    """The filters of an operation, (spatial..., in, filters), and how many places have their own; None for none."""
    if len(node.inputs) < 2 or not emitted.is_of_weights(node.inputs[1]) or not emitted.is_live(node.inputs[0]):
        return None
    match node.op:
        case windows.Convolution():
            return weight_values(emitted.layer, node.inputs[1]), 1
        case windows.ConvolutionInputGradient():
            return weight_values(emitted.layer, node.inputs[1]).swapaxes(-1, -2), 1
        case ops.Matmul() if node.inputs[1].rank == 3:
            return filters_at_places(emitted, node)
    return None


def _weight(emitted: EmittedLayer, kernel: Tensor) -> Variable:
    """The weight that a kernel is; the largest that it is computed from, where it is computed."""
    found = origin(Place(kernel, (0,) * kernel.rank))
    if found is not None and isinstance(found.tensor.node.op, ops.Parameter):
        return emitted.weight(found.tensor)
    return emitted.weight(max(_parameters(emitted, kernel), key=lambda tensor: int(np.prod(tensor.shape))))


def _parameters(emitted: EmittedLayer, kernel: Tensor) -> list[Tensor]:
    """The weights on which a kernel depends, as they come in the layer."""
    needed = nodes_before(kernel)
    nodes = (node for node in emitted.graph.nodes if node in needed and isinstance(node.op, ops.Parameter))
    return [node.outputs[0] for node in nodes]


def _computed_from(emitted: EmittedLayer, kernel: Tensor) -> tuple[str, ...]:
    """The weights from which a kernel is computed; none where its numbers are those of one, if need be moved."""
    if all(isinstance(node.op, ops.Parameter) or type(node.op) in MOVEMENTS for node in nodes_before(kernel)):
        return ()
    return tuple(emitted.weight_name(each) for each in _parameters(emitted, kernel))


def _bias_behind(emitted: EmittedLayer, node: Node) -> Tensor | None:
    """The weights that are added to a result, and to nothing else."""
    while True:
        users = [user for user in emitted.graph.nodes if any(tensor.node is node for tensor in user.inputs)]
        if len(users) != 1:
            return None
        (user,) = users
        if type(user.op) not in MOVEMENTS:
            break
        node = user
    others = [tensor for tensor in user.inputs if tensor.node is not node]
    if user.op != ops.Elementwise("add") or len(others) != 1 or not emitted.is_of_weights(others[0]):
        return None
    return others[0]
