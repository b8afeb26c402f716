"""Calling the layers of a functional model as its configuration says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pellucid.dispatch.symbolic import Call, Callee, SymbolicTensor
from pellucid.errors import ArgumentError, FileError
from pellucid.frozen import Frozen
from pellucid.layers import InputLayer, Layer
from pellucid.models.config import FORMS, calls_before
from pellucid.models.operations import describe, is_operation, sources

T = TypeVar("T", bound=Layer)
Ends = SymbolicTensor | list[SymbolicTensor]


def ends(config: Mapping[str, Any], layers: Sequence[Layer]) -> tuple[Ends, Ends]:
    """The inputs and outputs of a functional model, once its layers have been called on each other.

    Args:
        config: of the model.
        layers: of the model, in the order of the configuration.

    Raises:
        FileError: the configuration connects what is not there, or in a form that is not known.
    """
    made = place_layers(layers)
    connect(config["layers"], made)
    inputs, outputs = (_ends_at(config, key, made) for key in ("input_layers", "output_layers"))
    return inputs, outputs


def model_of(cls: type[T], config: Mapping[str, Any], layers: Sequence[Layer]) -> T:
    """A functional model of these layers, connected as its configuration says.

    Raises:
        ArgumentError: a class of the user's own is made otherwise than such models are.
    """
    inputs, outputs = ends(config, layers)
    makes: Any = cls  # a model is made from its ends
    try:
        model: T = makes(inputs, outputs, name=config.get("name"))
    except TypeError as error:
        raise ArgumentError(
            f"{cls.__name__} is not made from inputs, outputs and a name ({error}): write get_config() and "
            "from_config() for it"
        ) from error
    return model


def _ends_at(config: Mapping[str, Any], key: str, made: Made) -> Ends:
    places = config.get(key)
    if not isinstance(places, list) or not places:
        raise FileError(f"the file's configuration has no {key}")
    single = isinstance(places[0], str)
    tensors = [tensor_at(_end(place, made), made) for place in ([places] if single else places)]
    return tensors[0] if single else tensors


def _end(place: Any, made: Made) -> Any:
    """The place of an input or output of a model, with calls counted as everywhere else (see `calls_before`)."""
    if not isinstance(place, list) or len(place) != 3 or not isinstance(place[0], str) or place[0] not in made:
        return place
    if not isinstance(place[1], int):
        return place
    return [place[0], place[1] - calls_before(made[place[0]].layer), place[2]]


class Placed(Frozen):
    """A layer, or a function, in the model that is being read; its first call there is number `first_call` of all."""

    layer: Callee
    first_call: int

    @property
    def calls(self) -> list[Call]:
        """The calls in this model."""
        return self.layer.calls[self.first_call :]


Made = dict[str, Placed]
"""The layers of a model that is being read, by name; functions join them as they are called."""


def place_layers(layers: Sequence[Layer]) -> Made:
    """The layers of a model before they are called in it."""
    return {layer.name: Placed(layer, 0 if isinstance(layer, InputLayer) else len(layer.calls)) for layer in layers}


def connect(records: Sequence[Mapping[str, Any]], made: Made) -> None:
    """Call the layers of a functional model as its configuration says.

    The uses of one layer are made in their order, since later records refer to them by number; between layers the
    order is whatever their inputs allow.
    """
    functions = {str(record.get("name")): record for record in records if is_operation(record)}
    twice = sorted(functions.keys() & made.keys())
    if twice:
        raise FileError(f"the file has a layer and a function of one name: {', '.join(twice)}")
    of_layers = [record for record in records if not is_operation(record)]
    waiting = {
        name: list(_nodes(record))
        for name, record in [*zip(made, of_layers, strict=True), *functions.items()]
        if name in functions or not isinstance(made[name].layer, InputLayer)
    }
    forms = {name: _forms(record) for name, record in zip(made, of_layers, strict=True)}
    while any(waiting.values()):
        ready = [
            name
            for name, nodes in waiting.items()
            if nodes
            and all(_is_made(place, made, functions) for place in _needs(nodes[0], of_function=name in functions))
        ]
        if not ready:
            stuck = next(name for name, nodes in waiting.items() if nodes)
            raise FileError(f"the model file connects layer {stuck!r} to something that it does not hold")
        for name in ready:
            if name in functions:
                waiting[name].clear()
                made[name] = Placed(describe(functions[name], lambda place: tensor_at(place, made)), 0)
                continue
            form = forms[name][len(made[name].calls)] if forms[name] else None
            node = waiting[name].pop(0)
            # Keras writes "training" for every layer that knows it, and has it decided anew whenever the model is run.
            given = (node.get("kwargs") or {}).items()
            options = {key: value for key, value in given if key != "training" and not _is_nothing(value)}
            if options:
                raise FileError(f"layer {name!r} is called with {options}, which is not supported")
            tensors = [tensor_at(place, made) for place in _sources(node)]
            layer = made[name].layer
            assert isinstance(layer, Layer)
            layer(tensors if isinstance(node["args"][0], list) else tensors[0], training=form)


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


def _needs(node: Any, *, of_function: bool) -> list[Any]:
    """The places that must be there before a node can be made; a function has other arguments beside them."""
    if not of_function:
        return _sources(node)
    try:
        return list(sources(node["args"]))
    except (KeyError, TypeError) as error:
        raise FileError("the model file connects functions in a form that is not known") from error


def _is_made(place: Any, made: Made, functions: Mapping[str, Any]) -> bool:
    if isinstance(place, list) and place and isinstance(place[0], str) and place[0] in functions.keys() - made.keys():
        return False
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
