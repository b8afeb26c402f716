"""How the numbers in a summary come about, as short sentences: weights, sizes, and what a unit sees."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.dispatch.symbolic import Call, Callee, SymbolicShape
from pellucid.geometry import ReceptiveField, Window
from pellucid.layers import Layer
from pellucid.layers.channels import spatial_axes
from pellucid.network.no_weights import why_no_weights
from pellucid.network.receptive_fields import Fields
from pellucid.network.windowed import Resizing, Windowed, spatial_sizes
from pellucid.variables import Variable

_AXES = {1: ("steps",), 2: ("rows", "columns"), 3: ("depth", "rows", "columns")}


def weight_count(layer: Callee) -> str:
    """The number of weights as a sum of products: "3·3·3·32 + 32 = 896".

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 3)), layers.Conv2D(32, 3), layers.MaxPooling2D()])
        >>> [weight_count(layer) for layer in model.layers]
        ['3·3·3·32 + 32 = 896', '0: picks values, learns none']
    """
    if not isinstance(layer, Layer):
        return "0: a function of its inputs, learns nothing"
    if not layer.weights:
        return f"0: {why_no_weights(layer)}"
    own, inside = layer.own_weights, layer.sublayers
    terms = [_product(weight) for weight in own]
    within = layer.count_params() - sum(weight.size for weight in own)
    if within:
        terms.append(f"{within:,} in the {len(inside)} layer{'s' * (len(inside) > 1)} inside")
    text = " + ".join(terms)
    if len(terms) > 1 or "·" in text:
        text += f" = {layer.count_params():,}"
    kept = sum(weight.size for weight in layer.weights if not weight.learned)
    text += f", of which {kept:,} are kept, not learned" if kept else ""
    frozen = sum(weight.size - weight.trained_size for weight in layer.weights if weight.trainable)
    return text + (f", of which {frozen:,} are frozen" if frozen else "")


def _product(weight: Variable) -> str:
    return "·".join(map(str, weight.shape)) or "1"


def output_size(call: Call) -> list[str]:
    """How sizes come about from those before: "rows, columns: 28 - 3 + 1 = 26 (2 lost)".

    Nothing for layers that change none, or where sizes are open.

    Example:
        >>> from pellucid import Sequential, layers
        >>> up = layers.Conv2DTranspose(4, 3, strides=2, padding="same")
        >>> model = Sequential([layers.Input((28, 28, 1)), layers.Conv2D(4, 3, strides=2, padding="same"), up])
        >>> [output_size(call) for call in model.network.calls[1:]]
        [['rows, columns: (28 + 1 - 3) // 2 + 1 = 14'], ['rows, columns: (14 - 1) · 2 + 3 - 1 = 28']]
    """
    layer = call.layer
    if isinstance(call.shape, list):
        return []
    if isinstance(layer, Windowed):
        return _together(_windowed(layer, call, call.shape), _AXES[layer.rank])
    if not isinstance(layer, Resizing):
        return []
    formulas = layer.size_formulas([tensor.shape for tensor in call.inputs])
    known = {axis: formula for axis, formula in formulas.items() if "None" not in formula}
    named = [f"{formula} = {call.shape[axis]}" for axis, formula in known.items()]
    return _together(named, [_axis_name(call, axis) for axis in known])


def _windowed(layer: Windowed, call: Call, shape: SymbolicShape) -> list[str]:
    """The formula of each spatial axis that a window slides over."""
    sizes = spatial_sizes(layer, call.inputs[0].shape)
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes):
        return []
    window = layer.window(known)
    if spatial_sizes(layer, shape) != window.output_shape(known):
        return []  # the window leads the other way, as in an unpooling
    return [_axis(size, window, axis) for axis, size in enumerate(known)]


def _together(formulas: Sequence[str], names: Sequence[str]) -> list[str]:
    """A line for each formula, with the names of the axes that have it."""
    texts: dict[str, list[str]] = {}
    for name, formula in zip(names, formulas, strict=False):
        texts.setdefault(formula, []).append(name)
    return [f"{', '.join(axes)}: {formula}" for formula, axes in texts.items()]


def _axis_name(call: Call, axis: int) -> str:
    """What an axis of a result holds."""
    axes = len(call.shape)
    rank = getattr(call.layer, "rank", axes - 2)
    if rank not in _AXES:
        return "numbers" if rank == 0 else f"axis {axis}"
    spatial = spatial_axes(rank, getattr(call.layer, "data_format", "channels_last"), axes)
    return _AXES[rank][axis - spatial[0]] if axis in spatial else "channels"


def _axis(size: int, window: Window, axis: int) -> str:
    """floor((size + padding - extent) / stride) + 1 = outputs, as `geometry.output_length` computes it."""
    extent = (window.size[axis] - 1) * window.dilation[axis] + 1
    padding, stride = sum(window.padding[axis]), window.strides[axis]
    outputs = (size + padding - extent) // stride + 1
    reach = f"{size}" + (f" + {padding}" if padding else "") + f" - {extent}"
    if stride > 1:
        return f"({reach}) // {stride} + 1 = {outputs}"
    lost = size - outputs
    return f"{reach} + 1 = {outputs}" + (f" ({lost} lost)" if lost > 0 else "")


def what_a_unit_sees(fields: Fields | None) -> str:
    """The receptive field in words: "sees 4x4 of the input, step 2".

    Example:
        >>> what_a_unit_sees((ReceptiveField(4, 2), ReceptiveField(4, 2)))
        'sees 4x4 of the input, step 2'
    """
    if not fields:
        return ""
    steps = [field.jump for field in fields]
    further = str(steps[0]) if len(set(steps)) == 1 else "x".join(map(str, steps))
    return f"sees {_times(fields)} of the input, step {further}"


def _times(fields: Sequence[ReceptiveField]) -> str:
    return "x".join(str(field.size) for field in fields)
