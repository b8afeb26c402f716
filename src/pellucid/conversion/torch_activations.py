"""Activations in PyTorch's words, alone and as a part of other layers."""

from __future__ import annotations

from typing import Any

from pellucid import activations
from pellucid.conversion.torch_place import Place, refused
from pellucid.layers import ELU, Activation, Layer, LeakyReLU, PReLU, ReLU, Softmax

__all__ = ["activated", "layer_activation"]


def activated(activation: Any, code: str, place: Place) -> str:
    """The code of a result with the activation that a layer has."""
    if isinstance(activation, Layer):
        return layer_activation(activation, code, place)
    name = activations.serialize(activation)
    rank = len(place.use.shape)
    last = place.axis(rank - 1, rank)
    forms = _FORMS | {
        "softmax": f"torch.softmax({{x}}, {last})",
        "log_softmax": f"torch.log_softmax({{x}}, {last})",
    }
    if not isinstance(name, str) or name not in forms:
        raise refused(place, f"activation {name!r} is none of PyTorch's")
    return forms[name].format(x=code)


_FORMS = {
    "celu": "F.celu({x})", "elu": "F.elu({x})", "exponential": "torch.exp({x})", "gelu": "F.gelu({x})",
    "hard_shrink": "F.hardshrink({x})", "hard_sigmoid": "F.hardsigmoid({x})", "hard_silu": "F.hardswish({x})",
    "hard_swish": "F.hardswish({x})", "hard_tanh": "F.hardtanh({x})", "leaky_relu": "F.leaky_relu({x}, 0.2)",
    "linear": "{x}", "log_sigmoid": "F.logsigmoid({x})", "mish": "F.mish({x})", "relu": "torch.relu({x})",
    "relu6": "F.relu6({x})", "selu": "F.selu({x})", "sigmoid": "torch.sigmoid({x})", "silu": "F.silu({x})",
    "soft_shrink": "F.softshrink({x})", "softplus": "F.softplus({x}, threshold=100)", "softsign": "F.softsign({x})",
    "swish": "F.silu({x})", "tanh": "torch.tanh({x})", "tanh_shrink": "F.tanhshrink({x})",
}  # fmt: skip
"""Of functions; the number in softplus is where PyTorch takes a straight line instead."""


def layer_activation(layer: Any, code: str, place: Place) -> str:
    """The code of an activation that is a layer, alone or as a part of another."""
    own = "" if layer is place.use.callee else layer.name
    if isinstance(layer, PReLU):
        channels = layer.alpha.size
        if max(layer.alpha.shape) != channels:
            raise refused(place, f"its alpha of shape {layer.alpha.shape} has more than one number per channel")
        return f"{place.module(f'nn.PReLU({channels})', own)}({code})"
    if isinstance(layer, LeakyReLU):
        return f"F.leaky_relu({code}, {layer.negative_slope!r})"
    if isinstance(layer, ELU):
        return f"F.elu({code}, {layer.alpha!r})"
    if isinstance(layer, Softmax):
        rank = len(place.use.shape)
        if not isinstance(layer.axis, int):
            raise refused(place, f"axis={layer.axis} is more than one axis")
        return f"torch.softmax({code}, {place.axis(layer.axis % rank, rank)})"
    if isinstance(layer, Activation):
        return activated(layer.activation, code, place)
    if isinstance(layer, ReLU) and layer.threshold == 0 and (layer.max_value is None or layer.negative_slope == 0):
        if layer.max_value is not None:
            return f"torch.clamp({code}, 0.0, {layer.max_value!r})"
        return f"F.leaky_relu({code}, {layer.negative_slope!r})" if layer.negative_slope else f"torch.relu({code})"
    raise refused(place, f"its activation {layer.label} is none of PyTorch's")
