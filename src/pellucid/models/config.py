"""A model's structure, and how it was compiled, as plain data in Keras 3's form; the way back is `reading`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pellucid import losses, metrics, optimizers
from pellucid.calls import called
from pellucid.checks import mapping_of
from pellucid.dispatch.symbolic import Call, Callee, Operation, SymbolicTensor
from pellucid.errors import ArgumentError, FileError, shown
from pellucid.layers import InputLayer, Layer, records
from pellucid.layers.filter_records import frozen_filters
from pellucid.layers.input import ReadInput
from pellucid.models.operations import operation_record
from pellucid.models.own_methods import writes
from pellucid.models.written import written
from pellucid.network import HasNetwork, Network
from pellucid.training.base import Stepper
from pellucid.training.loss_structure import loss_of, mapped
from pellucid.training.plan import Plan

Config = dict[str, Any]


def file_class(layer: Callee) -> str:
    """The name of a layer's class in files."""
    form = records.own_form(layer)
    return type(layer).__name__ if form is None else form.class_name


def layer_record(layer: Layer) -> Config:
    """The record of a layer, with the shape that it was built for."""
    record = _unshared_record(layer)
    number = (_shared.get() or {}).get(layer)
    return record if number is None else record | {"shared_object_id": number}


_shared: ContextVar[Mapping[Layer, int] | None] = ContextVar("shared", default=None)
"""Numbers of the layers that stand in several of the models that are being written: Keras's "shared_object_id"."""


@contextmanager
def _shared_layers_numbered(layers: Iterable[Layer]) -> Iterator[None]:
    """Inside, layers that these and their parts hold more than once have numbers; the outermost numbering holds."""
    token = _shared.set(_numbers_of_shared(layers)) if _shared.get() is None else None
    try:
        yield
    finally:
        if token is not None:
            _shared.reset(token)


def _numbers_of_shared(layers: Iterable[Layer]) -> dict[Layer, int]:
    counts: Counter[Layer] = Counter()
    waiting = list(layers)
    while waiting:
        layer = waiting.pop()
        counts[layer] += 1
        if counts[layer] == 1:
            waiting += layer.sublayers
    return {layer: number for number, layer in enumerate(layer for layer in counts if counts[layer] > 1)}


def _unshared_record(layer: Layer) -> Config:
    record = records.serialize(layer)
    if writes(layer, "get_config"):  # what a user's own gives may hold objects, which its from_config is to make again
        record["config"] = written(record["config"], layer_record)
    own = getattr(layer, "get_build_config", None)
    if own is not None:
        record["build_config"] = written(own(), layer_record)
        return record
    is_model = getattr(layer, "described", None) is not None  # it says its shape itself
    if layer.built and not is_model and not isinstance(layer, InputLayer):
        shape = layer.input_shape
        record["build_config"] = {"input_shape": [list(s) for s in shape] if isinstance(shape, list) else list(shape)}
        record |= _frozen_record(layer)
    return record


FROZEN_FILTERS = "pellucid_frozen_filters"
"""Under this key a layer's record says which of its filters are frozen, by the weight that holds them. Keras has no
such thing and reads over it."""


FROZEN_PARTS = "pellucid_frozen_filters_of_parts"
"""The same of the layers inside a layer, by their number among its parts."""


def _frozen_record(layer: Layer) -> Config:
    """What a record says of single filters that are frozen: nothing where none is."""
    _, *parts = layer.with_parts()
    frozen = frozen_filters(layer)
    inside = {str(number): found for number, part in enumerate(parts) if (found := frozen_filters(part))}
    return {**({FROZEN_FILTERS: frozen} if frozen else {}), **({FROZEN_PARTS: inside} if inside else {})}


def sequential_config(name: str, first: InputLayer | None, chain: Sequence[Layer]) -> Config:
    """The options of a `Sequential` model: its name and its layers."""
    layers = [*([first] if first else []), *chain]
    with _shared_layers_numbered(layers):
        config: Config = {"name": name, "trainable": True, "layers": [layer_record(layer) for layer in layers]}
    if first:
        config["build_input_shape"] = list(first.batch_shape)
    return config


def functional_config(name: str, network: Network) -> Config:
    """The options of a functional model: its name, its layers, and how they are connected.

    Raises:
        ArgumentError: it adds losses that are described beside its outputs.
    """
    if network.besides:
        raise ArgumentError(
            f"{name}: a loss that was given to model.add_loss() stands in no configuration (Keras 3 has none of them); "
            "keep the weights by save_weights, or let a layer's call() add the loss: self.add_loss(...)"
        )
    uses, calls = _uses(network), _calls_of_each(network)
    with _shared_layers_numbered(network.layers):
        connected = [record for callee in network.callees for record in _records_at(callee, calls[callee], uses)]
    return {
        "name": name,
        "trainable": True,
        "layers": connected,
        "input_layers": network.takes.packed(_places(network.inputs, uses, network.inputs)),
        "output_layers": network.gives.packed(_places(network.outputs, uses)),
    }


def _records_at(layer: Callee, calls: Sequence[Call], uses: Mapping[Call, int]) -> list[Config]:
    """The records of what stands at a place of a functional model: where text is read, the input and its reader."""
    if not isinstance(layer, ReadInput):
        return [_connected_record(layer, calls, uses)]
    source, reader = layer.together
    config = {"shape": list(source.batch_shape), "dtype": source.given_dtype, "keras_history": [source.name, 0, 0]}
    node = {"args": [{"class_name": "__keras_tensor__", "config": config}], "kwargs": {}}
    beside = {"name": reader.name, "inbound_nodes": [node]}
    return [_connected_record(source, (), uses), layer_record(reader) | beside]


def _connected_record(layer: Callee, calls: Sequence[Call], uses: Mapping[Call, int]) -> Config:
    """A layer or a function in a functional model: its record, and what it is called on."""
    if isinstance(layer, Operation):
        return operation_record(layer, lambda tensor: _tensor_record(tensor, uses))
    assert isinstance(layer, Layer)
    record = layer_record(layer) | {"name": layer.name, "inbound_nodes": [_node(call, uses) for call in calls]}
    if any(call.training is not None for call in calls):
        record[FORMS] = [call.training for call in calls]
    return record


FORMS = "pellucid_training"
"""Under this key a layer's record says which of its calls asked for a form (`training=False`), since Keras's own key
says so of every call."""


def _calls_of_each(network: Network) -> dict[Callee, list[Call]]:
    """The calls of each layer that have inputs, in the order in which they were made."""
    calls: dict[Callee, list[Call]] = {callee: [] for callee in network.callees}
    for call in sorted(network.calls, key=lambda call: call.number):
        if call.inputs:
            calls[call.layer].append(call)
    return calls


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


def _tensor_record(tensor: SymbolicTensor, uses: Mapping[Call, int]) -> Config:
    config = {"shape": list(tensor.shape), "dtype": "float32", "keras_history": _place(tensor, uses)}
    return {"class_name": "__keras_tensor__", "config": config}


def _node(call: Call, uses: Mapping[Call, int]) -> Config:
    tensors = [_tensor_record(tensor, uses) for tensor in call.inputs]
    if call.arguments is not None:
        given = call.arguments.filled(tensors).mapped(lambda value: _argument_record(call.layer, value))
        return {"args": list(given.args), "kwargs": dict(given.kwargs)}
    if isinstance(call.layer, HasNetwork) and isinstance(call.layer.network, Network):
        takes = call.layer.network.takes
        if not takes.is_plain:
            return {"args": [takes.packed(tensors)], "kwargs": {}}
    return {"args": [tensors] if call.takes_list else tensors, "kwargs": {}}


def _argument_record(layer: Callee, value: Any) -> Any:
    """A value, or the record of a tensor, among the arguments of a call."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ArgumentError(f"{layer.label} cannot be saved: it is called with {shown(value)}, which a file does not hold")


def _places(
    tensors: Sequence[SymbolicTensor], uses: Mapping[Call, int], inputs: Sequence[SymbolicTensor] = ()
) -> list[Any]:
    places = [_place(tensor, uses) for tensor in tensors]
    for place, tensor in zip(places, tensors, strict=True):
        if isinstance(tensor.call.layer, ReadInput) and tensor in inputs:
            place[0] = tensor.call.layer.source.name
        place[1] += calls_before(tensor.call.layer)
    return places


def calls_before(layer: Callee) -> int:
    """From which number on the ends of a model count the calls of a layer: Keras begins with 1 for a functional model,
    whose making it counts as a call."""
    form = getattr(type(layer), "file_form", None)  # that of a base too: what derives from such a model is one
    return int(isinstance(form, records.FileForm) and form.class_name == "Functional")


def whole_record(model: Layer, stepper: Stepper | None) -> Config:
    """The record of a model that may not be built yet, with how it was compiled, if it was."""
    plan = None if stepper is None else stepper.plan
    return model_record(model, 1 if plan is None else plan.outputs, plan)


def model_record(model: Layer, outputs: int, plan: Plan | None) -> Config:
    """Everything that `config.json` holds: structure, and how the model was compiled.

    Args:
        model: that is written.
        outputs: how many it has.
        plan: how it was compiled, if it was.
    """
    with _shared_layers_numbered([model]):
        record = layer_record(model)
    if plan is not None:
        is_own = writes(model, "get_compile_config")
        record["compile_config"] = _own_compile_config(model) if is_own else compile_config(plan, outputs)
    return record


def _own_compile_config(model: Any) -> Config:
    """What a class of the user's own says of how it was compiled, as plain data."""
    owner = f"get_compile_config of {model.label}"
    told = called(owner, model.get_compile_config)
    return written(mapping_of(owner, "what it gives", told), layer_record)


def compile_config(plan: Plan, outputs: int) -> Config:
    """The arguments of `compile` as plain data, in Keras's words; `outputs`: how many the model has."""
    record = {"optimizer": optimizers.serialize(plan.optimizer), **_objectives_record(plan, outputs)}
    if plan.steps_per_execution != 1:
        record["steps_per_execution"] = plan.steps_per_execution
    return record


def _objectives_record(plan: Plan, outputs: int) -> Config:
    found = {objective.number: objective for objective in plan.objectives}
    each = [found.get(number) for number in range(outputs)]
    of_losses = [None if item is None or item.loss is None else losses.serialize(item.loss) for item in each]
    plain = [[] if item is None else [metrics.serialize(metric) for metric in item.metrics] for item in each]
    weighted = [[] if item is None else [metrics.serialize(one) for one in item.weighted_metrics] for item in each]
    if len(each) == 1:
        record: Config = {"loss": of_losses[0], "metrics": plain[0]}
    else:
        weights = [1.0 if item is None else item.weight for item in each]
        record = {"loss": of_losses, "loss_weights": weights, "metrics": plain}
    if plan.arranged is not None:
        record["loss"] = mapped(
            plan.arranged[0], lambda loss: None if loss is None else losses.serialize(loss_of(loss))
        )
        record["loss_weights"] = plan.arranged[1]
    if any(weighted):
        record["weighted_metrics"] = weighted[0] if len(each) == 1 else weighted
    return record


def _loss(record: Any) -> Any:
    """One loss as an object, so that it is not taken for a dictionary by outputs; several as they are."""
    is_record = isinstance(record, dict) and {"class_name", "config"} <= set(record)
    return losses.get(record) if is_record and record["class_name"] != "function" else record


def inner_optimizer(record: Any) -> Any:
    """The record of an optimiser without the `LossScaleOptimizer` around it, which "mixed_float16" needs.

    Example:
        >>> inner_optimizer({"class_name": "LossScaleOptimizer", "config": {"inner_optimizer": "adam"}})
        'adam'
    """
    is_wrapped = isinstance(record, dict) and record.get("class_name") == "LossScaleOptimizer"
    config = record.get("config") if is_wrapped else None
    return config.get("inner_optimizer", record) if isinstance(config, dict) else record


def compile_arguments(record: Config) -> Config | None:
    """The arguments for `compile` that a file holds, or None if the model was not compiled."""
    compiled = record.get("compile_config")
    if not isinstance(compiled, dict) or not compiled:
        return None
    named = {name: compiled.get(name) or None for name in ("metrics", "weighted_metrics")}
    for name, given in named.items():
        if given is not None and not isinstance(given, list | dict):
            raise FileError(f"the model file's {name} are {given!r}, not a list")
    return {
        "optimizer": optimizers.get(inner_optimizer(compiled.get("optimizer", "rmsprop"))),
        "loss": _loss(compiled.get("loss")),
        "loss_weights": compiled.get("loss_weights"),
        "steps_per_execution": compiled.get("steps_per_execution", 1),
        **named,
    }
