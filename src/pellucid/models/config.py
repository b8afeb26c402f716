"""A model's structure as plain data in Keras 3's form, and back.

Classes are looked up in a closed table, never imported by a name that a file gives; options pass the same checks as
those that a user types.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from pellucid import layers, losses, optimizers, registry
from pellucid.config import dtype_policy, policy_name
from pellucid.dispatch.symbolic import Call, Callee, SymbolicTensor
from pellucid.errors import ArgumentError, DataError, FileError, unknown_name
from pellucid.frozen import Frozen
from pellucid.layers import InputLayer, Layer
from pellucid.naming import snake_case, unique_name
from pellucid.network import Network
from pellucid.training.stepper import Plan

Config = dict[str, Any]

LAYERS: dict[str, type[Layer]] = {
    name: item for name, item in vars(layers).items() if isinstance(item, type) and issubclass(item, Layer)
}
"""Every layer class that a file may name."""

# Options that Keras writes for every layer and that have one value here; any other value is refused.
_KERAS_ONLY: dict[str, tuple[Any, ...]] = {
    "autocast": (True,),
    "quantization_config": (None,),
    "lora_rank": (None,),
    "lora_alpha": (None,),
}


MODEL_CLASSES = {"Model": "Functional", "Sequential": "Sequential"}
"""How files call the classes of models."""


def file_class(layer: Callee) -> str:
    """The name of a layer's class in files."""
    name = type(layer).__name__
    return MODEL_CLASSES.get(name, name)


def _record(module: str | None, class_name: str, config: Config, registered_name: str | None = None) -> Config:
    return {"module": module, "class_name": class_name, "config": config, "registered_name": registered_name}


def _layer_record(layer: Layer) -> Config:
    record = _unshared_record(layer)
    number = _shared.get().get(layer)
    return record if number is None else record | {"shared_object_id": number}


_shared: ContextVar[Mapping[Layer, int]] = ContextVar("shared", default={})  # noqa: B039 (never changed)
"""Numbers of the layers that stand in several of the models that are being written: Keras's "shared_object_id"."""


def _numbers_of_shared(model: Layer) -> dict[Layer, int]:
    counts: Counter[Layer] = Counter()
    waiting: list[Layer] = [model]
    while waiting:
        layer = waiting.pop()
        counts[layer] += 1
        if counts[layer] == 1:
            waiting += layer.sublayers
    return {layer: number for number, layer in enumerate(layer for layer in counts if counts[layer] > 1)}


def _unshared_record(layer: Layer) -> Config:
    name = file_class(layer)
    if name == "Sequential":
        return _record("keras", name, layer.get_config())
    if name == "Functional":
        return _record("keras.src.models.functional", name, layer.get_config(), name)
    known = LAYERS.get(name) is type(layer)
    record = _record("keras.layers" if known else None, name, layer.get_config(), None if known else name)
    if layer.built and not isinstance(layer, InputLayer):
        shape = layer.input_shape
        record["build_config"] = {"input_shape": [list(s) for s in shape] if isinstance(shape, list) else list(shape)}
    return record


def sequential_config(name: str, first: InputLayer | None, chain: Sequence[Layer]) -> Config:
    """The options of a `Sequential` model: its name and its layers."""
    layers = [_layer_record(layer) for layer in [*([first] if first else []), *chain]]
    config: Config = {"name": name, "trainable": True, "layers": layers}
    if first:
        config["build_input_shape"] = list(first.batch_shape)
    return config


def functional_config(name: str, network: Network) -> Config:
    """The options of a functional model: its name, its layers, and how they are connected."""
    uses = _uses(network)
    records = []
    for layer in network.layers:
        calls = [call for call in uses if call.layer is layer and call.inputs]
        nodes = [_node(call, uses) for call in calls]
        record = _layer_record(layer) | {"name": layer.name, "inbound_nodes": nodes}
        if any(call.training is not None for call in calls):
            record[FORMS] = [call.training for call in calls]
        records.append(record)
    return {
        "name": name,
        "trainable": True,
        "layers": records,
        "input_layers": _places(network.inputs, uses, as_list=len(network.inputs) > 1),
        "output_layers": _places(network.outputs, uses, as_list=network.gives_list),
    }


FORMS = "pellucid_training"
"""Under this key a layer's record says which of its calls asked for a form (`training=False`), since Keras's own key
says so of every call."""


def _uses(network: Network) -> dict[Call, int]:
    """Number of each call among the calls of its layer in this network, in the order in which they were made."""
    counts: Counter[Callee] = Counter()
    uses = {}
    for call in sorted(network.calls, key=lambda call: call.number):
        uses[call] = counts[call.layer]
        counts[call.layer] += 1
    return uses


def _place(tensor: SymbolicTensor, uses: Mapping[Call, int]) -> list[Any]:
    return [tensor.call.layer.name, uses[tensor.call], tensor.index]


def _node(call: Call, uses: Mapping[Call, int]) -> Config:
    tensors = [
        {
            "class_name": "__keras_tensor__",
            "config": {"shape": list(t.shape), "dtype": "float32", "keras_history": _place(t, uses)},
        }
        for t in call.inputs
    ]
    return {"args": [tensors] if call.takes_list else tensors, "kwargs": {}}


def _places(tensors: Sequence[SymbolicTensor], uses: Mapping[Call, int], *, as_list: bool) -> list[Any]:
    places = [_place(tensor, uses) for tensor in tensors]
    for place, tensor in zip(places, tensors, strict=True):
        place[1] += calls_before(tensor.call.layer)
    return places if as_list else places[0]


def calls_before(layer: Callee) -> int:
    """From which number on the ends of a model count the calls of a layer: Keras begins with 1 for a functional model,
    whose making it counts as a call."""
    return int(file_class(layer) == "Functional")


def model_record(model: Layer, outputs: int, plan: Plan | None) -> Config:
    """Everything that `config.json` holds: structure, and how the model was compiled.

    Args:
        model: that is written.
        outputs: how many it has.
        plan: how it was compiled, if it was.
    """
    token = _shared.set(_numbers_of_shared(model))
    try:
        record = _layer_record(model)
    finally:
        _shared.reset(token)
    if plan is not None:
        optimizer = optimizers.serialize(plan.optimizer)
        record["compile_config"] = {"optimizer": optimizer, **_objectives_record(plan, outputs)}
    return record


def _objectives_record(plan: Plan, outputs: int) -> Config:
    found = {objective.number: objective for objective in plan.objectives}
    each = [found.get(number) for number in range(outputs)]
    of_losses = [None if item is None else losses.serialize(item.loss) for item in each]
    of_metrics = [[] if item is None else [metric.name for metric in item.metrics] for item in each]
    if len(each) == 1:
        return {"loss": of_losses[0], "metrics": of_metrics[0]}
    weights = [1.0 if item is None else item.weight for item in each]
    return {"loss": of_losses, "loss_weights": weights, "metrics": of_metrics}


def compile_arguments(record: Config) -> Config | None:
    """The arguments for `compile` that a file holds, or None if the model was not compiled."""
    compiled = record.get("compile_config")
    if not isinstance(compiled, dict) or compiled.get("loss") is None:
        return None
    if compiled.get("weighted_metrics"):
        given = compiled["weighted_metrics"]
        raise FileError(f"the model was compiled with weighted_metrics={given!r}, which is not supported")
    named = compiled.get("metrics") or None
    if named is not None and not isinstance(named, list | dict):
        raise FileError(f"the model file's metrics are {named!r}, not a list")
    return {
        "optimizer": optimizers.get(compiled.get("optimizer", "rmsprop")),
        "loss": compiled["loss"],
        "loss_weights": compiled.get("loss_weights"),
        "metrics": named,
    }


def layer_class_of(name: Any, module: Any = None) -> type[Layer]:
    """The class that a file names: one of `LAYERS`, or of the classes in `custom_objects`."""
    own = None if module == "keras.layers" else registry.custom_object(name)
    if isinstance(own, type) and issubclass(own, Layer):
        return own
    if not isinstance(name, str) or name not in LAYERS:
        problem = unknown_name("layer class in the model file", name, LAYERS)
        raise FileError(f"{problem}. A class of your own is passed as custom_objects={{{name!r}: {name}}}")
    return LAYERS[name]


def layer_from_record(record: Mapping[str, Any]) -> Layer:
    """A new layer from one entry of a model's configuration.

    Raises:
        FileError: the class is not one of `LAYERS`, or an option is unknown or wrong; the message names the layer.
    """
    name, config = record.get("class_name"), record.get("config")
    layer_class = layer_class_of(name, record.get("module"))
    if isinstance(config, dict) and "name" not in config and registry.custom_object(name) is not None:
        config = config | {"name": record.get("name") or unique_name(snake_case(str(name)))}  # Keras may leave it out
    if not isinstance(config, dict) or not isinstance(config.get("name"), str):
        raise FileError(f"the model file gives no options, or no name, for a layer of class {name}")
    options = {key: value for key, value in config.items() if not _is_keras_only(key, value, config.get("name"))}
    if layer_class is not InputLayer:
        options |= _policy_option(options.pop("dtype", None), config["name"])
    try:
        return layer_class.from_config(options)
    except (KeyError, TypeError, ArgumentError, DataError) as error:
        raise FileError(f"the model file has a {name} {config.get('name')!r} that cannot be made: {error}") from error


def _policy_option(dtype: object, layer: str) -> Config:
    """The `dtype` of a layer in a file, where it is not the process's own: layers of users need not take it."""
    try:
        policy = policy_name("float32" if dtype is None else dtype)
    except ArgumentError:
        message = f"layer {layer!r} computes in {dtype}; only float32 is supported, and mixed_bfloat16"
        raise FileError(message) from None
    return {} if policy == dtype_policy() else {"dtype": policy}


def _is_keras_only(key: str, value: Any, layer: Any) -> bool:
    if key not in _KERAS_ONLY:
        return False
    if value not in _KERAS_ONLY[key]:
        raise FileError(
            f"layer {layer!r} has {key}={value!r}, which is not supported; remove it and save the model again"
        )
    return True


class Placed(Frozen):
    """A layer in the model that is being read; its first call there is number `first_call` of all its calls."""

    layer: Layer
    first_call: int

    @property
    def calls(self) -> list[Call]:
        """The calls in this model."""
        return self.layer.calls[self.first_call :]


Made = Mapping[str, Placed]
"""The layers of a model that is being read, by name."""


def place_layers(layers: Sequence[Layer]) -> Made:
    """The layers of a model before they are called in it."""
    return {layer.name: Placed(layer, 0 if isinstance(layer, InputLayer) else len(layer.calls)) for layer in layers}


def connect(records: Sequence[Mapping[str, Any]], made: Made) -> None:
    """Call the layers of a functional model as its configuration says.

    The uses of one layer are made in their order, since later records refer to them by number; between layers the
    order is whatever their inputs allow.
    """
    waiting = {
        name: list(_nodes(record))
        for name, record in zip(made, records, strict=True)
        if not isinstance(made[name].layer, InputLayer)
    }
    forms = {name: _forms(record) for name, record in zip(made, records, strict=True)}
    while any(waiting.values()):
        ready = [
            name for name, nodes in waiting.items() if nodes and all(_is_made(p, made) for p in _sources(nodes[0]))
        ]
        if not ready:
            stuck = next(name for name, nodes in waiting.items() if nodes)
            raise FileError(f"the model file connects layer {stuck!r} to something that it does not hold")
        for name in ready:
            form = forms[name][len(made[name].calls)] if forms[name] else None
            node = waiting[name].pop(0)
            # Keras writes "training" for every layer that knows it, and has it decided anew whenever the model is run.
            given = (node.get("kwargs") or {}).items()
            options = {key: value for key, value in given if key != "training" and not _is_nothing(value)}
            if options:
                raise FileError(f"layer {name!r} is called with {options}, which is not supported")
            tensors = [tensor_at(place, made) for place in _sources(node)]
            made[name].layer(tensors if isinstance(node["args"][0], list) else tensors[0], training=form)


def _is_nothing(value: Any) -> bool:
    """Whether an argument of a call says nothing: None, or a list of it (Keras writes its masks so)."""
    return value is None or (isinstance(value, list) and all(map(_is_nothing, value)))


def _forms(record: Mapping[str, Any]) -> list[bool | None]:
    """Which form each call of a layer asked for; nothing where none did."""
    forms = record.get(FORMS) or []
    if not isinstance(forms, list) or not all(form in (None, True, False) for form in forms):
        raise FileError(f"the model file's {FORMS} must be a list of true, false and null")
    if forms and len(forms) != len(_nodes(record)):
        raise FileError(f"the model file's {FORMS} must have an entry for each call")
    return forms


def _nodes(record: Mapping[str, Any]) -> list[Any]:
    nodes = record.get("inbound_nodes") or []
    if not isinstance(nodes, list):
        raise FileError("the model file connects layers in a form that is not known")
    return nodes


def _sources(node: Any) -> list[Any]:
    """The places [layer, call, 0] that a node's arguments name."""
    try:
        first = node["args"][0]
        places = [tensor["config"]["keras_history"] for tensor in (first if isinstance(first, list) else node["args"])]
    except (KeyError, IndexError, TypeError) as error:
        raise FileError("the model file connects layers in a form that is not known") from error
    return places


def _is_made(place: Any, made: Made) -> bool:
    placed, number, _ = _find(place, made)
    return number < len(placed.calls)


def tensor_at(place: Any, made: Made) -> SymbolicTensor:
    """The symbolic result of the layer call that a place [layer, call, 0] names; `FileError` if there is none."""
    placed, number, index = _find(place, made)
    layer, calls = placed.layer, placed.calls
    if number >= len(calls):
        raise FileError(f"the model file refers to use {number} of layer {layer.name!r}, which has {len(calls)}")
    outputs = calls[number].outputs
    listed = outputs if isinstance(outputs, list) else [outputs]
    if index >= len(listed):
        raise FileError(f"the model file refers to result {index} of layer {layer.name!r}, which has {len(listed)}")
    return listed[index]


def _find(place: Any, made: Made) -> tuple[Placed, int, int]:
    well_formed = (
        isinstance(place, list)
        and len(place) == 3
        and isinstance(place[0], str)
        and all(isinstance(number, int) and number >= 0 for number in place[1:])
    )
    if not well_formed or place[0] not in made:
        raise FileError(f"the model file refers to {place!r}, which is not a layer of it")
    return made[place[0]], place[1], place[2]
