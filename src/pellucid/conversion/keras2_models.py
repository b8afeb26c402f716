"""Models as Keras 2 wrote them: layers that name what they are called on, and how the model was compiled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.conversion.keras2_padding import padding_layer
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
OF_ALL = "name learning_rate clipnorm clipvalue global_clipnorm"
_OF_MOMENTS = f"{OF_ALL} beta_1 beta_2 epsilon"
OPTIMIZERS = {
    "SGD": f"{OF_ALL} momentum nesterov",
    "RMSprop": f"{OF_ALL} rho momentum epsilon centered",
    "Adam": f"{_OF_MOMENTS} amsgrad",
    "Adamax": _OF_MOMENTS,
    "Nadam": _OF_MOMENTS,
    "Adadelta": f"{OF_ALL} rho epsilon",
    "Adagrad": f"{OF_ALL} initial_accumulator_value epsilon",
    "Ftrl": f"{OF_ALL} learning_rate_power initial_accumulator_value beta l1_regularization_strength "
    "l2_regularization_strength l2_shrinkage_regularization_strength",
}
"""The optimisers of Keras 2 with their settings. tf.keras since 2.11 has more of both, and reads them only where it is
told so by a setting that Keras 3 refuses."""
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
        names = {layer.name for layer in model.layers}
        chain = [(padding_layer(layer, layer.name, names), words.record(layer)) for layer in (*first, *model.layers)]
        layers = [record for pair in chain for record in pair if record is not None]
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
        "layers": [
            record
            for callee in found.callees
            for record in _layer(callee, found.names[callee], calls[callee], places, words)
        ],
        "input_layers": _ends(network.takes.packed([_place(tensor, places) for tensor in network.inputs])),
        "output_layers": _ends(network.gives.packed([_place(tensor, places) for tensor in found.outputs])),
    }
    return {"class_name": "Model", "config": config}, {layer: found.names[layer] for layer in found.layers}


def _layer(callee: Callee, name: str, calls: Sequence[Call], places: Places, words: Words) -> list[Config]:
    """The record of a layer; behind that of another one which pads, where this one does."""
    if isinstance(callee, Operation):
        raise ArgumentError(
            f"{callee.label} cannot be written for Keras 2, whose models are made of layers alone; put it into a layer"
        )
    assert isinstance(callee, Layer)
    record = words.record(callee)
    nodes = [_node(call, places) for call in calls if call.inputs]
    pads = padding_layer(callee, name, {place[0] for place in places.values()})
    found = []
    if pads is not None:
        before = pads["config"]["name"]
        found.append(
            {**pads, "name": before, "inbound_nodes": [[[*place[:3], {}] for place in node] for node in nodes]}
        )
        nodes = [[[before, use, 0, node[0][3]]] for use, node in enumerate(nodes)]
    return [*found, {**record, "config": {**record["config"], "name": name}, "name": name, "inbound_nodes": nodes}]


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


def training_record(plan: Plan, outputs: int, words: Words) -> tuple[Config, bool]:
    """How a model was compiled, and whether Keras 2 can be told so; where it lacks the optimiser, that is noted among
    what is lost, and the record is for Pellucid alone."""
    told = compile_config(plan, outputs)
    optimizer = told["optimizer"]
    name, settings = optimizer["class_name"], optimizer["config"]
    is_known = name in OPTIMIZERS
    if is_known:
        known = OPTIMIZERS[name].split()
        words.lost += [f"{name}: {key}={value}" for key, value in settings.items() if _matters(settings, key, known)]
        kept = {key: record_of(settings[key]) for key in known if settings.get(key) is not None}
        optimizer = {"class_name": name, "config": kept}
    else:
        words.lost.append(f"how it was compiled, for Keras: Keras 2 has no optimiser {name}; Pellucid reads it")
    record = {
        "optimizer_config": optimizer,
        "loss": _loss(told.get("loss")),
        "metrics": _metrics(told.get("metrics")),
        "weighted_metrics": _metrics(told.get("weighted_metrics")),
        "loss_weights": told.get("loss_weights"),
        "sample_weight_mode": None,
    }
    return record, is_known


def _matters(settings: Mapping[str, Any], key: str, known: Sequence[str]) -> bool:
    """Whether a setting is none of Keras 2's, and not as it is where nobody gives it."""
    is_idle = key.startswith("ema_") and not settings.get("use_ema")
    return key not in known and not is_idle and settings[key] is not None and settings[key] is not False


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
