"""A model's structure as plain data in Keras 3's form, and back.

Classes are looked up in a closed table, never imported by a name that a file gives; options pass the same checks as
those that a user types.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pellucid import layers, losses, metrics, optimizers
from pellucid.errors import ArgumentError, DataError, FileError, unknown_name
from pellucid.layers import InputLayer, Layer
from pellucid.layers.symbolic import Call, SymbolicTensor

if TYPE_CHECKING:
    from pellucid.models.model import Model
    from pellucid.models.sequential import Sequential

Config = dict[str, Any]

LAYERS: dict[str, type[Layer]] = {
    name: item for name, item in vars(layers).items() if isinstance(item, type) and issubclass(item, Layer)
}
"""Every layer class that a file may name."""

# Options that Keras writes for every layer and that have one value here; any other value is refused.
_KERAS_ONLY: dict[str, tuple[Any, ...]] = {
    "kernel_regularizer": (None,),
    "bias_regularizer": (None,),
    "activity_regularizer": (None,),
    "kernel_constraint": (None,),
    "bias_constraint": (None,),
    "quantization_config": (None,),
    "lora_rank": (None,),
    "lora_alpha": (None,),
}


def _record(module: str, class_name: str, config: Config, **further: Any) -> Config:
    return {"module": module, "class_name": class_name, "config": config, "registered_name": None, **further}


def _layer_record(layer: Layer) -> Config:
    record = _record("keras.layers", type(layer).__name__, layer.get_config())
    if layer.built and not isinstance(layer, InputLayer):
        shapes = [list(shape) for shape in layer.input_shapes]
        record["build_config"] = {"input_shape": shapes[0] if len(shapes) == 1 else shapes}
    return record


def sequential_config(model: Sequential) -> Config:
    """The options of a `Sequential` model: its name and its layers."""
    first = [model.input_layer] if model.input_layer else []
    config: Config = {
        "name": model.name,
        "trainable": True,
        "layers": [_layer_record(i) for i in [*first, *model.layers]],
    }
    if model.input_layer:
        config["build_input_shape"] = list(model.input_layer.batch_shape)
    return config


def functional_config(model: Model) -> Config:
    """The options of a functional model: its name, its layers, and how they are connected."""
    uses = _uses(model)
    records = []
    for layer in model.layers:
        nodes = [_node(call, uses) for call in uses if call.layer is layer and call.inputs]
        records.append(_layer_record(layer) | {"name": layer.name, "inbound_nodes": nodes})
    return {
        "name": model.name,
        "trainable": True,
        "layers": records,
        "input_layers": _places(model.inputs, uses, as_list=len(model.inputs) > 1),
        "output_layers": _places(model.outputs, uses, as_list=model.gives_list),
    }


def _uses(model: Model) -> dict[Call, int]:
    """Number of each call among the calls of its layer in this model, in the order in which they were made."""
    counts: Counter[Layer] = Counter()
    uses = {}
    for call in sorted(model.calls, key=lambda call: call.number):
        uses[call] = counts[call.layer]
        counts[call.layer] += 1
    return uses


def _place(tensor: SymbolicTensor, uses: Mapping[Call, int]) -> list[Any]:
    return [tensor.call.layer.name, uses[tensor.call], 0]


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
    return places if as_list else places[0]


def model_record(model: Model, class_name: str) -> Config:
    """Everything that `config.json` holds: structure, and how the model was compiled."""
    module = "keras" if class_name == "Sequential" else "keras.src.models.functional"
    record = _record(module, class_name, model.get_config())
    record["registered_name"] = None if class_name == "Sequential" else "Functional"
    if model.loss is not None and model.optimizer is not None:
        record["compile_config"] = {
            "optimizer": _record("keras.optimizers", type(model.optimizer).__name__, model.optimizer.get_config()),
            "loss": losses.serialize(model.loss),
            "metrics": [metric.name for metric in model.metrics],
        }
    return record


def compile_arguments(record: Config) -> Config | None:
    """The arguments for `compile` that a file holds, or None if the model was not compiled."""
    compiled = record.get("compile_config")
    if not isinstance(compiled, dict) or compiled.get("loss") is None:
        return None
    for setting in ("loss_weights", "weighted_metrics"):
        if compiled.get(setting):
            raise FileError(f"the model was compiled with {setting}={compiled[setting]!r}, which is not supported")
    loss, names = losses.get(compiled["loss"]), compiled.get("metrics") or []
    if not isinstance(names, list):
        raise FileError(f"the model file's metrics are {names!r}, not a list")
    return {
        "optimizer": optimizers.get(compiled.get("optimizer", "rmsprop")),
        "loss": loss,
        "metrics": [metrics.get(name, loss) for name in names],
    }


def layer_from_record(record: Mapping[str, Any]) -> Layer:
    """A new layer from one entry of a model's configuration.

    Raises:
        FileError: the class is not one of `LAYERS`, or an option is unknown or wrong; the message names the layer.
    """
    name, config = record.get("class_name"), record.get("config")
    if not isinstance(name, str) or name not in LAYERS:
        raise FileError(str(unknown_name("layer class in the model file", name, LAYERS)))
    if not isinstance(config, dict) or not isinstance(config.get("name"), str):
        raise FileError(f"the model file gives no options, or no name, for a layer of class {name}")
    options = {key: value for key, value in config.items() if not _is_keras_only(key, value, config.get("name"))}
    if LAYERS[name] is not InputLayer and options.pop("dtype", None) not in (None, "float32", *_float32_policy(config)):
        raise FileError(f"layer {config.get('name')!r} computes in {config['dtype']}; only float32 is supported")
    try:
        return LAYERS[name].from_config(options)
    except (KeyError, TypeError, ArgumentError, DataError) as error:
        raise FileError(f"the model file has a {name} {config.get('name')!r} that cannot be made: {error}") from error


def _float32_policy(config: Config) -> list[Any]:
    policy = config.get("dtype")
    is_float32 = isinstance(policy, dict) and policy.get("config") == {"name": "float32"}
    return [policy] if is_float32 else []


def _is_keras_only(key: str, value: Any, layer: Any) -> bool:
    if key not in _KERAS_ONLY:
        return False
    if value not in _KERAS_ONLY[key]:
        raise FileError(
            f"layer {layer!r} has {key}={value!r}, which is not supported; remove it and save the model again"
        )
    return True


def connect(records: Sequence[Mapping[str, Any]], made: Mapping[str, Layer]) -> None:
    """Call the layers of a functional model as its configuration says.

    The uses of one layer are made in their order, since later records refer to them by number; between layers the
    order is whatever their inputs allow.
    """
    waiting = {
        name: list(_nodes(record))
        for name, record in zip(made, records, strict=True)
        if not isinstance(made[name], InputLayer)
    }
    while any(waiting.values()):
        ready = [
            name for name, nodes in waiting.items() if nodes and all(_is_made(p, made) for p in _sources(nodes[0]))
        ]
        if not ready:
            stuck = next(name for name, nodes in waiting.items() if nodes)
            raise FileError(f"the model file connects layer {stuck!r} to something that it does not hold")
        for name in ready:
            node = waiting[name].pop(0)
            # Keras writes "training" for every layer that knows it, and has it decided anew whenever the model is run.
            given = (node.get("kwargs") or {}).items()
            options = {key: value for key, value in given if value is not None and key != "training"}
            if options:
                raise FileError(f"layer {name!r} is called with {options}, which is not supported")
            tensors = [tensor_at(place, made) for place in _sources(node)]
            made[name](tensors if isinstance(node["args"][0], list) else tensors[0])


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


def _is_made(place: Any, made: Mapping[str, Layer]) -> bool:
    layer, number = _find(place, made)
    return number < len(layer.calls)


def tensor_at(place: Any, made: Mapping[str, Layer]) -> SymbolicTensor:
    """The symbolic result of the layer call that a place [layer, call, 0] names; `FileError` if there is none."""
    layer, number = _find(place, made)
    if number >= len(layer.calls):
        raise FileError(f"the model file refers to use {number} of layer {layer.name!r}, which has {len(layer.calls)}")
    call = layer.calls[number]
    shapes = [tensor.shape for tensor in call.inputs]
    return SymbolicTensor(layer.compute_output_shape(*shapes) if shapes else layer.input_shapes[0], call)


def _find(place: Any, made: Mapping[str, Layer]) -> tuple[Layer, int]:
    well_formed = (
        isinstance(place, list)
        and len(place) == 3
        and isinstance(place[0], str)
        and isinstance(place[1], int)
        and place[1] >= 0
        and place[2] == 0
    )
    if not well_formed or place[0] not in made:
        raise FileError(f"the model file refers to {place!r}, which is not a layer of it")
    return made[place[0]], place[1]
