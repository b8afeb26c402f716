"""What happens when a layer that has been made is given another setting: `layer.rate = 0.3`, `layer.kernel = array`.

The setting passes the check that the layer's `__init__` makes, weights follow where it concerns them, and programs that
were made with the old one are made again. What would need other weights than the layer has is refused.

What is told is the assignment: a list that is changed in place (`layer.rates[0] = 2`) goes unnoticed by programs that
have been made, so give the layer a new one (`layer.rates = [2, 3]`).
"""

from __future__ import annotations

from typing import Any

from pellucid.absent import check_assigned
from pellucid.errors import ArgumentError
from pellucid.layers import arguments
from pellucid.layers.layer_class import note_given, option_names
from pellucid.naming import is_ours
from pellucid.variables import Variable

OF_WEIGHTS = {"regularizer": arguments.regularizer, "constraint": arguments.constraint}
WINDOWS = {"filters", "kernel_size", "depth_multiplier", "groups", "data_format"}
DECIDES_SHAPES = WINDOWS | {"units", "use_bias", "axis", "center", "scale", "shared_axes", "alternating"}
"""Settings that a layer's weights are made for."""
PLAIN = (bool, int, float, str, tuple, list)


def change(layer: Any, name: str, value: Any) -> None:
    """Give a layer another setting, or one of its weights other values.

    Args:
        layer: that has been made.
        name: of the attribute.
        value: the new setting; for a weight an array of its shape.

    Raises:
        ArgumentError: the value is not one that `__init__` takes, the weights that the layer has do not fit the
            setting, or a weight is to be removed or replaced.
        ShapeError: an array for a weight has another shape.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.LeakyReLU(negative_slope=0.3)
        >>> layer.negative_slope = 0.1
        >>> layer.activation_of_another_kind = None  # an attribute of the user's own
        >>> layer.negative_slope
        0.1
    """
    before = layer.__dict__.get(name)
    if isinstance(getattr(type(layer), name, None), property):
        layer.set_attribute(name, value)
        return
    if isinstance(before, Variable):
        _set_weight(layer, name, before, value)
        return
    if _is_the_same(before, value):
        return
    if name in layer._reserved_names:
        check_assigned(layer, name)
    object.__setattr__(layer, name, arguments.layer_name(value) if name == "name" else _checked(layer, name, value))
    note_given(layer, name, value)
    if layer.built:
        _tell_weights(layer, name)
    layer.__dict__["revision"] = layer.revision + 1
    layer.changed()


def _is_the_same(before: Any, value: Any) -> bool:
    """Whether nothing would change: what a layer's `call` sets each time need not make new programs each time."""
    return type(before) is type(value) and isinstance(value, PLAIN) and before == value


def _set_weight(layer: Any, name: str, weight: Variable, value: Any) -> None:
    if value is weight:
        return
    if value is None or isinstance(value, Variable):
        done = "removed" if value is None else "replaced by another weight"
        raise ArgumentError(
            f"{layer.label}: {name} is a weight, which training and files know; it takes new values (layer.{name} = "
            f"array), but cannot be {done}"
        )
    weight.assign(value)


def _checked(layer: Any, name: str, value: Any) -> Any:
    """The value as the layer's `__init__` would keep it; attributes that are no options are taken as they are."""
    if not is_ours(type(layer)) or name not in option_names(type(layer)):
        return value
    if layer.built and layer.weights and name in DECIDES_SHAPES and value != getattr(layer, name, None):
        raise ArgumentError(
            f"{layer.label} has weights that were made for {name}={getattr(layer, name, None)!r}; make another layer "
            f"with {name}={value!r}"
        )
    options = {option: getattr(layer, option) for option in _kept_options(layer)}
    before, tried = type(layer)(**options).__dict__, type(layer)(**options | {name: value}).__dict__
    for derived, new in tried.items():  # `UpSampling2D.factors` follows from its size
        if isinstance(new, PLAIN) and not _is_the_same(before.get(derived), new) and derived not in layer.bookkeeping:
            object.__setattr__(layer, derived, new)
    return tried.get(name, value)


def _kept_options(layer: Any) -> list[str]:
    """The options that the layer keeps under their names, its own name among them: none is drawn for the trial."""
    return [option for option in ("name", *option_names(type(layer))) if option in layer.__dict__]


def _tell_weights(layer: Any, name: str) -> None:
    """Let weights follow their layer's name, and a penalty or a constraint that it is given late.

    `layer.kernel_regularizer` is that of the weight `kernel`, `layer.depthwise_constraint` of `depthwise_kernel`.
    """
    if name == "name":
        for weight in layer.own_weights:
            around = weight.path.removesuffix(f"/{weight.name}").split("/")[:-1]
            weight.path = "/".join([*around, layer.name, weight.name])
    owner, _, kind = name.rpartition("_")
    if kind not in OF_WEIGHTS or owner in ("", "activity"):
        return
    weights = [weight for weight in layer.own_weights if weight.name in (owner, f"{owner}_kernel")]
    for weight in weights:
        setattr(weight, kind, OF_WEIGHTS[kind](getattr(layer, name), layer.label))
