"""What is worth a warning before a training: losses, their targets and the end of the network that do not go together.

All of it can be computed, and nothing good comes of it. Said once for a model that is compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pellucid import activations, layers
from pellucid.dispatch.symbolic import SymbolicTensor
from pellucid.layers import Layer
from pellucid.metrics.accuracy import FittingAccuracy
from pellucid.naming import is_ours
from pellucid.network import HasNetwork, Network
from pellucid.training.mistakes import about_classes
from pellucid.training.objectives import Objective
from pellucid.training.runtime import Runtime

FEW = 1024
"""So many targets are looked at first; where they differ, the others need not be."""
FEWEST = 16
"""So many targets are not all the same by chance, or because somebody tries something out."""
CARRIERS = (
    *(layers.Flatten, layers.Reshape, layers.Permute, layers.RepeatVector, layers.Identity, layers.Dropout),
    *(layers.SpatialDropout1D, layers.SpatialDropout2D, layers.SpatialDropout3D, layers.ActivityRegularization),
    *(layers.GlobalAveragePooling1D, layers.GlobalAveragePooling2D, layers.GlobalAveragePooling3D),
    *(layers.GlobalMaxPooling1D, layers.GlobalMaxPooling2D, layers.GlobalMaxPooling3D),
    *(layers.UpSampling1D, layers.UpSampling2D, layers.UpSampling3D),
    *(layers.Cropping1D, layers.Cropping2D, layers.Cropping3D),
)
"""Layers whose results are numbers that came in, or means of them."""
ENDS: dict[type[Layer], Callable[..., Any]] = {
    layers.ReLU: activations.relu,
    layers.Softmax: activations.softmax,
    layers.LeakyReLU: activations.leaky_relu,
    layers.PReLU: activations.leaky_relu,
    layers.ELU: activations.elu,
    layers.BatchNormalization: activations.linear,
    layers.LayerNormalization: activations.linear,
}
"""Layers that end as a layer with this activation does."""
FROM_0_TO_1 = {"sigmoid", "hard_sigmoid", "softmax", "sparsemax", "sparse_sigmoid"}
ABOVE_0 = {*FROM_0_TO_1, "relu", "relu6", "softplus", "exponential", "squareplus", "sparse_plus"}
WANTED = {
    "shares": (ABOVE_0, "probabilities of classes", "activation='softmax', or pass from_logits=True to the loss"),
    "bits": (FROM_0_TO_1, "probabilities", "activation='sigmoid', or pass from_logits=True to the loss"),
    "probabilities": (FROM_0_TO_1, "probabilities", "activation='softmax', or 'sigmoid' for independent outputs"),
    "rates": (ABOVE_0, "numbers above 0", "activation='softplus' or 'exponential'"),
    "directions": (set(), "embeddings of length 1", "a UnitNormalization layer"),
}
"""By what a loss wants (`Loss.wants`): the activations that give it, how it is called, and what to end with."""


def hint_at_losses(runtime: Runtime, objectives: Sequence[Objective], samples: Mapping[str, np.ndarray]) -> None:
    """Warn, once each, of what is wrong with losses, before a training.

    Args:
        runtime: of the model.
        objectives: what it is compiled for.
        samples: arrays by the names that a step takes; targets that are not among them are not looked at.
    """
    for objective in objectives:
        loss = objective.loss
        if loss is None:
            continue
        output = runtime.built.outputs[objective.number]
        said = {"end": _about_end(objective, output)}
        y = samples.get(objective.target)
        if y is not None and is_ours(type(loss)) and not loss.takes_any_targets:
            missing = _about_sameness(y) or about_classes(objective, output.shape[-1] or 0, y)
            said |= {"missing": missing, "range": loss.doubt(y), "accuracy": _about_accuracy(objective, y)}
        where = f"output {output.call.layer.name!r}: " if objective.prefix else ""
        for what, message in said.items():
            if message:
                runtime.say_once(f"{what} of {objective.target}", f"{where}{message}")


def _about_end(objective: Objective, output: SymbolicTensor) -> str:
    function = last_activation(output)
    name = next((name for name, known in activations.ACTIVATIONS.items() if known is function), "")
    if not name or objective.loss is None:
        return ""
    layer = output.call.layer.name
    if name == "softmax" and output.shape[-1] == 1:
        return (
            f"the last layer {layer!r} applies softmax to one number, which gives 1 whatever comes in: use sigmoid, or "
            "one output for each class"
        )
    if getattr(objective.loss, "from_logits", False) and name in ABOVE_0:
        return (
            f"{objective.loss.name} is told from_logits=True, but the last layer {layer!r} ends with {name}: let it "
            "end without an activation, or leave from_logits=True out"
        )
    if objective.loss.wants not in WANTED:
        return ""
    enough, kind, remedy = WANTED[objective.loss.wants]
    if name in enough:
        return ""
    ends = "without an activation" if name == "linear" else f"with {name}"
    return f"{objective.loss.name} wants {kind}, but the last layer {layer!r} ends {ends}: end with {remedy}"


def last_activation(output: SymbolicTensor) -> Callable[..., Any] | None:
    """The function through which all numbers of an output went last; None where that is not known.

    Example:
        >>> image = layers.Input((8, 8, 3))
        >>> maps = layers.Conv2D(4, 3, activation="relu")(image)
        >>> last_activation(layers.Flatten()(maps)) is activations.relu, last_activation(image)
        (True, None)
    """
    call = output.call
    layer: Any = call.layer
    if isinstance(layer, HasNetwork):
        inner = layer.network.outputs[output.index] if isinstance(layer.network, Network) else None
        return None if inner is None or inner.call.layer is layer else last_activation(inner)  # or it writes its call()
    if type(layer) in ENDS:
        return ENDS[type(layer)]
    if type(layer) in CARRIERS and len(call.inputs) == 1:
        return last_activation(call.inputs[0])
    return getattr(layer, "activation", None) if isinstance(layer, Layer) and is_ours(type(layer)) else None


def _about_sameness(y: np.ndarray) -> str:
    """What is said of targets that are all the same, if there are more than a handful."""
    if len(y) < FEWEST:
        return ""
    for start in range(0, len(y), FEW):
        if not (y[start : start + FEW] == y[:1]).all():
            return ""
    first = y[0].ravel()
    shown = f"{float(first[0]):g}" if (first == first[0]).all() else "the same"
    return f"all {len(y)} targets are {shown}: there is nothing to learn from them"


def _about_accuracy(objective: Objective, y: np.ndarray) -> str:
    """What is said of an accuracy that compares numbers, which hardly ever are equal."""
    few = y[:FEW]
    if y.ndim < 2 or y.shape[-1] != 1 or ((few == 0) | (few == 1)).all():
        return ""
    named = [metric.name for metric in objective.metrics if isinstance(metric, FittingAccuracy)]
    return (
        f"metric {named[0]!r} counts predictions on the right side of 0.5, of targets 0 and 1; these targets are "
        "numbers: metrics=['mae'] tells how far off they are"
        if named
        else ""
    )
