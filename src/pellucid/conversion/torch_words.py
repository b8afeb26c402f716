"""What each layer is in PyTorch's words: the module that it needs, and the expression that computes it.

Maps have their channels first there. Layers with windows stand in `torch_windows`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pellucid.conversion import torch_windows
from pellucid.conversion.torch_activations import activated, layer_activation
from pellucid.conversion.torch_place import Place, options, refused
from pellucid.dispatch.symbolic import Operation, Slot
from pellucid.layers import (
    ELU,
    Activation,
    ActivityRegularization,
    Add,
    AlphaDropout,
    Average,
    BatchNormalization,
    Concatenate,
    Dense,
    Dropout,
    Flatten,
    GaussianDropout,
    GaussianNoise,
    GroupNormalization,
    Identity,
    LayerNormalization,
    LeakyReLU,
    Maximum,
    Minimum,
    Multiply,
    Permute,
    PReLU,
    ReLU,
    RepeatVector,
    Rescaling,
    Reshape,
    RMSNormalization,
    Softmax,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
    Subtract,
)

__all__ = ["expression"]


def expression(place: Place) -> str:
    """The code that computes what a use gives.

    Raises:
        ArgumentError: PyTorch has no such layer, or not with these settings.
    """
    callee = place.use.callee
    if isinstance(callee, Operation):
        return _operation(callee, place)
    for kinds, rule in _RULES:
        if isinstance(callee, kinds):
            return rule(callee, place)
    raise refused(place, "there is no module of PyTorch's like it")


def _dense(layer: Dense, place: Place) -> str:
    inputs = int(place.shapes[0][-1] or 0)
    code = f"nn.Linear({inputs}, {layer.units}{options(bias=(layer.use_bias, True))})"
    if len(place.shapes[0]) == 2:
        return activated(layer.activation, f"{place.module(code)}({place.inputs[0]})", place)
    return activated(layer.activation, place.there(f"{place.module(code)}({place.here()})"), place)


def _batch_norm(layer: BatchNormalization, place: Place) -> str:
    shape = place.shapes[0]
    _needs_channels(place, layer.axis)
    rank = max(len(shape) - 2, 1)
    if rank > 3:
        raise refused(place, f"its input has {rank} axes between batch and channels")
    code = (
        f"nn.BatchNorm{rank}d({layer.moving_mean.size}, eps={layer.epsilon:g}"
        + options(momentum=(round(1 - layer.momentum, 12), 0.1), affine=(layer.center or layer.scale, True))
        + ")"
    )
    return f"{place.module(code)}({place.inputs[0]})"


def _needs_channels(place: Place, axis: Any) -> None:
    """An axis that is the channels' there."""
    rank = len(place.shapes[0])
    if isinstance(axis, list) and len(axis) == 1:
        axis = axis[0]
    if not isinstance(axis, int) or place.axis(axis % rank, rank) != 1:
        raise refused(place, f"axis={axis} is not the axis of the channels")


def _layer_norm(layer: LayerNormalization, place: Place) -> str:
    shape = place.shapes[0]
    axis = layer.axis[0] if isinstance(layer.axis, list) and len(layer.axis) == 1 else layer.axis
    if axis not in (-1, len(shape) - 1):
        raise refused(place, f"axis={layer.axis} is not the last axis")
    plain = options(elementwise_affine=(layer.center or layer.scale, True))
    code = place.module(f"nn.LayerNorm({shape[-1]}, eps={layer.epsilon:g}{plain})")
    return f"{code}({place.inputs[0]})" if len(shape) == 2 else place.there(f"{code}({place.here()})")


def _rms_norm(layer: RMSNormalization, place: Place) -> str:
    shape = place.shapes[0]
    if layer.axis not in (-1, [-1], len(shape) - 1):
        raise refused(place, f"axis={layer.axis} is not the last axis")
    code = place.module(f"nn.RMSNorm({shape[-1]}, eps={layer.epsilon:g})")
    return f"{code}({place.inputs[0]})" if len(shape) == 2 else place.there(f"{code}({place.here()})")


def _group_norm(layer: GroupNormalization, place: Place) -> str:
    shape = place.shapes[0]
    _needs_channels(place, layer.axis)
    channels = int(shape[layer.axis if isinstance(layer.axis, int) else -1] or 0)
    groups = channels if layer.groups == -1 else layer.groups
    plain = options(affine=(layer.center or layer.scale, True))
    return f"{place.module(f'nn.GroupNorm({groups}, {channels}, eps={layer.epsilon:g}{plain})')}({place.inputs[0]})"


def _flatten(layer: Flatten, place: Place) -> str:
    if not place.turned() or len(place.shapes[0]) == 2:
        return f"{place.inputs[0]}.flatten(1)"
    x = place.here()
    return f"{x}.movedim(1, -1).flatten(1)" if layer.data_format == "channels_first" else f"{x}.flatten(1)"


def _reshape(layer: Reshape, place: Place) -> str:
    sizes = tuple(-1 if size is None else size for size in place.use.shape[1:])
    if not place.turned() and len(place.shapes[0]) == 2:
        lying = (sizes[-1], *sizes[:-1]) if place.axis(len(sizes), len(sizes) + 1) == 1 else sizes
        return f"{place.inputs[0]}.unflatten(1, {lying})"
    return place.there(f"{place.here()}.flatten(1).unflatten(1, {sizes})")


def _permute(layer: Permute, place: Place) -> str:
    return place.there(f"{place.here()}.permute({(0, *layer.dims)})")


def _repeat(layer: RepeatVector, place: Place) -> str:
    return place.there(f"{place.inputs[0]}.unsqueeze(1).expand(-1, {layer.n}, -1)")


def _join(sign: str) -> Callable[[Any, Place], str]:
    return lambda layer, place: f" {sign} ".join(_alike(place))


def _alike(place: Place) -> list[str]:
    if len({len(shape) for shape in place.shapes}) > 1:
        raise refused(place, "what it joins has different numbers of axes, which are matched from the other end there")
    return place.inputs


def _average(layer: Average, place: Place) -> str:
    return f"({' + '.join(_alike(place))}) / {len(place.inputs)}"


def _of_pairs(word: str) -> Callable[[Any, Place], str]:
    def code(layer: Any, place: Place) -> str:
        first, *others = _alike(place)
        for other in others:
            first = f"torch.{word}({first}, {other})"
        return first

    return code


def _concatenate(layer: Concatenate, place: Place) -> str:
    rank = len(place.use.shape)
    return f"torch.cat([{', '.join(place.inputs)}], {place.axis(layer.axis % rank, rank)})"


_SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "true_divide": "/"}


def _operation(callee: Operation, place: Place) -> str:
    """A sum, a difference, a product or a quotient, of tensors of as many axes and of numbers."""
    sign, operands = _SIGNS.get(callee.function.__name__), [*callee.args, *callee.kwargs.values()]
    fit = all(isinstance(each, Slot | int | float) and not isinstance(each, bool) for each in operands)
    if sign is None or not fit or len(operands) != 2:
        raise refused(place, "of functions between layers, sums, differences, products and quotients can be written")
    _alike(place)
    return f" {sign} ".join(place.inputs[each.number] if isinstance(each, Slot) else repr(each) for each in operands)


def _bend(layer: Any, place: Place) -> str:
    return layer_activation(layer, place.inputs[0], place)


def _dropout(layer: Any, place: Place) -> str:
    return f"{place.module(f'nn.Dropout({layer.rate!r})')}({place.inputs[0]})"


def _spatial_dropout(layer: Any, place: Place) -> str:
    return f"{place.module(f'nn.Dropout{len(place.shapes[0]) - 2}d({layer.rate!r})')}({place.inputs[0]})"


def _only_in_training(layer: Any, place: Place) -> str:
    place.lose(f"{place.use.label} does something in training, which is not written; in predictions it does nothing")
    return place.inputs[0]


def _nothing(layer: Any, place: Place) -> str:
    return place.inputs[0]


def _rescaling(layer: Rescaling, place: Place) -> str:
    return f"{place.inputs[0]} * {_number(layer.scale, place)} + {_number(layer.offset, place)}"


def _number(value: float | list[float], place: Place) -> str:
    """A number, or one for each channel."""
    if not isinstance(value, list):
        return repr(float(value))
    ones = ", 1" * max(len(place.shapes[0]) - 2, 0)
    listed = [float(each) for each in value]
    return f"{place.inputs[0]}.new_tensor({listed})" + (f".reshape(-1{ones})" if ones else "")


_RULES: tuple[tuple[Any, Callable[[Any, Place], str]], ...] = (
    *torch_windows.RULES,
    (Dense, _dense),
    (BatchNormalization, _batch_norm),
    (LayerNormalization, _layer_norm),
    (GroupNormalization, _group_norm),
    (RMSNormalization, _rms_norm),
    (Flatten, _flatten),
    (Reshape, _reshape),
    (Permute, _permute),
    (RepeatVector, _repeat),
    (Add, _join("+")),
    (Subtract, _join("-")),
    (Multiply, _join("*")),
    (Average, _average),
    (Maximum, _of_pairs("maximum")),
    (Minimum, _of_pairs("minimum")),
    (Concatenate, _concatenate),
    ((Activation, ELU, LeakyReLU, PReLU, ReLU, Softmax), _bend),
    ((SpatialDropout1D, SpatialDropout2D, SpatialDropout3D), _spatial_dropout),
    (Dropout, _dropout),
    ((AlphaDropout, GaussianDropout, GaussianNoise), _only_in_training),
    ((ActivityRegularization, Identity), _nothing),
    (Rescaling, _rescaling),
)
"""What each kind of layer is; the first row that fits counts."""
