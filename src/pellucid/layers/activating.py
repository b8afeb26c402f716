"""What layers take as their activation: a name, a function, or a layer, which is then a part of its holder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pellucid import activations
from pellucid.custom import function_name
from pellucid.errors import ArgumentError
from pellucid.graph import Tensor
from pellucid.layers import arguments, records
from pellucid.layers.base import Layer
from pellucid.registry import custom_object, is_of_user

Activation = Callable[[Tensor], Tensor] | Layer


def activation(value: object, owner: str) -> Activation:
    """A function of tensors or a layer, from a name, a function, a layer, or the record of one of the last two.

    Args:
        value: what the user gave.
        owner: the layer that is to have it, for messages.

    Raises:
        ArgumentError: it is none of these: a name that is unknown, a class, a function that does not work on tensors.
    """
    if isinstance(value, Mapping) and _is_of_layer(value):
        try:
            value = records.deserialize(value)
        except ArgumentError as error:
            raise ArgumentError(f"{owner}: activation: {error}") from error
    if isinstance(value, Layer):
        return value
    if isinstance(value, type) and issubclass(value, Layer):
        raise ArgumentError(
            f"{owner}: activation must be a name, a function or a layer, such as {value.__name__}(); a "
            "class is none of them"
        )
    return arguments.activation(value, owner)


def _is_of_layer(record: Mapping[str, Any]) -> bool:
    """Whether a record is that of a layer, rather than of a function or an object of the user's own."""
    own = custom_object(record.get("registered_name")) or custom_object(record.get("class_name"))
    is_other = is_of_user(record) and own is not None and not (isinstance(own, type) and issubclass(own, Layer))
    return function_name(record) is None and not is_other


def described(function: Activation) -> Any:
    """An activation as files hold it: the name of a function, the record of a layer or an object.

    Keras makes the weights of a layer that it reads where the record says for what input it was built.
    """
    if not isinstance(function, Layer):
        return activations.serialize(function)
    shape = {"build_config": {"input_shape": function.input_shape}} if function.built else {}
    return records.serialize(function) | shape


def built(function: Activation, shape: Callable[[], Any]) -> None:
    """Let an activation that is a layer have its weights, for an input of a shape that is asked for only then."""
    if isinstance(function, Layer) and not function.built:
        function.ensure_built(shape())
