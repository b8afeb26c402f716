"""Models as Keras 2 wrote them: layers that name what they are called on, and how the model was compiled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.conversion.keras2_words import Words, record_of
from pellucid.conversion.opened import Opened, opened
from pellucid.dispatch.symbolic import Call, Callee, Operation, SymbolicTensor
from pellucid.errors import ArgumentError, shown
from pellucid.layers import Layer
from pellucid.models import Model, Sequential
from pellucid.models.config import compile_config
from pellucid.training.plan import Plan

__all__ = ["VERSION", "model_record", "training_record"]

Config = dict[str, Any]

VERSION = "2.15.0"
"""Whose form the optimiser's arrays have: weight by weight, as in Keras 3."""
ONLY_TODAY = ("loss_scale_factor", "gradient_accumulation_steps")
OPTIMIZERS = ("SGD", "RMSprop", "Adam", "AdamW", "Adadelta", "Adagrad", "Adamax", "Nadam", "Ftrl", "Adafactor", "Lion")
OF_ACCURACY = ("Accuracy", "BinaryAccuracy", "CategoricalAccuracy", "SparseCategoricalAccuracy")
Places = Mapping[Call, list[Any]]


def model_record(model: Model, words: Words) -> tuple[Config, dict[Layer, str]]:
    """The record of a model, and its layers in the order of the file, with their names there.

    Models inside are opened: their layers stand in the file one by one. Keras 2 and Keras 3 count the uses of a model
    inside differently, and neither reads such a file of the other's.

    Raises:
        ArgumentError: it has something in it that Keras 2 lacks, which the message names.
    """
    for part in model.with_parts():
        if isinstance(part, Model) and (part.described is None or part.has_own_call):
            raise ArgumentError(
                f"{part.label} cannot be written for Keras 2: its class says by its call() what it computes, and such "
                "files hold layers and how they are connected; save its weights, or save it as '.keras'"
            )
        if isinstance(part, Model) and part.own_weights:
            raise ArgumentError(f"{part.label} cannot be written for Keras 2: it has weights beside its layers")
    inside = [layer.name for layer in model.layers if isinstance(layer, Model)]
    if not inside and isinstance(model, Sequential):
        first = [] if model.input_layer is None else [model.input_layer]
        layers = [words.record(layer) for layer in (*first, *model.layers)]
        config = {"name": model.name, "layers": layers}
        return {"class_name": "Sequential", "config": config}, {layer: layer.name for layer in model.layers}
    if inside:
        words.lost.append(f"{', '.join(inside)}: a model inside, whose layers stand in the file one by one")
    return _connected(model, words)


def _connected(model: Model, words: Words) -> tuple[Config, dict[Layer, str]]:
    network = model.described
    assert network is not None
    found = opened(network)
    places = _places(found)
    calls: dict[Callee, list[Call]] = {}
    for call in found.calls:
        calls.setdefault(call.layer, []).append(call)
    config = {
        "name": model.name,
        "layers": [_layer(callee, found.names[callee], calls[callee], places, words) for callee in found.callees],
        "input_layers": _ends(network.takes.packed([_place(tensor, places) for tensor in network.inputs])),
        "output_layers": _ends(network.gives.packed([_place(tensor, places) for tensor in found.outputs])),
    }
    return {"class_name": "Model", "config": config}, {layer: found.names[layer] for layer in found.layers}


def _layer(callee: Callee, name: str, calls: Sequence[Call], places: Places, words: Words) -> Config:
    if isinstance(callee, Operation):
        raise ArgumentError(
            f"{callee.label} cannot be written for Keras 2, whose models are made of layers alone; put it into a layer"
        )
    assert isinstance(callee, Layer)
    record = words.record(callee)
    nodes = [_node(call, places) for call in calls if call.inputs]
    return {**record, "config": {**record["config"], "name": name}, "name": name, "inbound_nodes": nodes}


def _node(call: Call, places: Places) -> list[Any]:
    """One use of a layer: [[layer, use, result, options], ...]."""
    options: Config = {} if call.training is None else {"training": call.training}
    if call.arguments is not None:
        given = call.arguments.filled([None] * len(call.inputs))
        plain = all(value is None or isinstance(value, bool | int | float | str) for value in given.kwargs.values())
        if len(call.inputs) != 1 or list(given.args) != [None] or not plain:
            raise ArgumentError(
                f"{call.layer.label} cannot be written for Keras 2: it is called on {shown(given.args)}, and only "
                "tensors can stand there"
            )
        options |= dict(given.kwargs)
    return [[*_place(tensor, places), options] for tensor in call.inputs]


def _places(found: Opened) -> dict[Call, list[Any]]:
    """The name of the layer, and the number of the use, of each call."""
    counts: Counter[Callee] = Counter()
    places = {}
    for call in found.calls:
        places[call] = [found.names[call.layer], counts[call.layer]]
        counts[call.layer] += 1
    return places


def _place(tensor: SymbolicTensor, places: Places) -> list[Any]:
    return [*places[tensor.call], tensor.index]


def _ends(packed: Any) -> Any:
    """Ends of a model: in a list, even if there is one."""
    is_one = isinstance(packed, list | tuple) and bool(packed) and isinstance(packed[0], str)
    return [packed] if is_one else packed


def training_record(plan: Plan, outputs: int, words: Words) -> Config | None:
    """How a model was compiled; None where Keras 2 lacks the optimiser, which is then noted among what is lost."""
    told = compile_config(plan, outputs)
    name, settings = told["optimizer"]["class_name"], told["optimizer"]["config"]
    if name not in OPTIMIZERS:
        words.lost.append(f"how it was compiled: Keras 2 has no optimiser {name}")
        return None
    words.lost += [f"{name}: {key}={settings[key]}" for key in ONLY_TODAY if settings.get(key) is not None]
    kept = {key: record_of(value) for key, value in settings.items() if key not in ONLY_TODAY}
    return {
        "optimizer_config": {"class_name": name, "config": kept},
        "loss": _loss(told.get("loss")),
        "metrics": _metrics(told.get("metrics")),
        "weighted_metrics": _metrics(told.get("weighted_metrics")),
        "loss_weights": told.get("loss_weights"),
        "sample_weight_mode": None,
    }


def _loss(told: Any) -> Any:
    """Losses by name where they are as usual: these names are the oldest words."""
    if isinstance(told, list):
        return [_loss(item) for item in told]
    if isinstance(told, Mapping) and "class_name" not in told:
        return {key: _loss(item) for key, item in told.items()}
    return record_of(told)


def _metrics(told: Any) -> Any:
    if isinstance(told, list | tuple):
        return [_metrics(item) for item in told]
    if not isinstance(told, Mapping):
        return told
    if told.get("class_name") in OF_ACCURACY and told["config"].get("name") in ("accuracy", "acc"):
        return told["config"]["name"]
    return record_of(told)
