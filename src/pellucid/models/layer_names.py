"""Layers of a model by name, in the names too that tf.keras gave where nobody else did."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pellucid.errors import unknown_name
from pellucid.layers import InputLayer, Layer

_INPUT, _MODEL = re.compile(r"input_(\d+)"), re.compile(r"model(_\d+)?")


def layer_of_name(label: str, layers: Sequence[Layer], name: Any) -> Layer:
    """The layer of a name.

    tf.keras called inputs `input_1`, `input_2`, ... where they are `input_layer`, `input_layer_1`, ... today, and
    functional models `model`, `model_1`, ... where they are `functional`, `functional_1`, ...; both are found by either
    name. Of a model with one input any such number means that one. A "/" finds the "_" that stands for it.

    Args:
        label: of the model, for the message.
        layers: of the model.
        name: of the layer.

    Raises:
        ArgumentError: there is none.

    Example:
        >>> from pellucid import Input, Model, layers
        >>> image = Input((4,), name="image")
        >>> layer_of_name("a model", Model(image, layers.Dense(1)(image)).layers, "input_1").name
        'image'
    """
    named = {layer.name: layer for layer in layers}
    inputs = [layer for layer in layers if isinstance(layer, InputLayer)]
    if not isinstance(name, str):
        raise unknown_name(f"layer of {label}", name, list(named))
    if name not in named and _INPUT.fullmatch(name) and len(inputs) == 1:
        return inputs[0]
    found = name if name in named else _todays(name).replace("/", "_")
    if found not in named:
        raise unknown_name(f"layer of {label}", name, list(named))
    return named[found]


def _todays(name: str) -> str:
    """The name that Keras 3 gives where tf.keras gave this one."""
    if number := _INPUT.fullmatch(name):
        return f"input_layer_{int(number[1]) - 1}".removesuffix("_0")
    return name.replace("model", "functional", 1) if _MODEL.fullmatch(name) else name
