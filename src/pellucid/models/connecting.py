"""Calling the layers of a functional model as its configuration says."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pellucid.dispatch.symbolic import Call, Callee, SymbolicTensor
from pellucid.errors import ArgumentError, FileError, escaped, shown
from pellucid.frozen import Frozen
from pellucid.layers import InputLayer, Layer
from pellucid.models.config import FORMS, calls_before
from pellucid.models.operations import describe, is_operation, sources
from pellucid.models.structure import OF_EVERY_MODEL
from pellucid.network import leaves

T = TypeVar("T", bound=Layer)
Ends = Any
"""Symbolic tensors, arranged as a model takes or gives them."""


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
    for tensor in leaves(inputs):
        if not isinstance(tensor.call.layer, InputLayer):
            raise FileError(f"the model file has {tensor.call.layer.label} among the inputs, which is none")
    return inputs, outputs


def model_of(cls: type[T], config: Mapping[str, Any], layers: Sequence[Layer]) -> T:
    """A functional model of these layers, connected as its configuration says.

    Raises:
        ArgumentError: a class of the user's own is made otherwise than such models are.
    """
    inputs, outputs = ends(config, layers)
    makes: Any = cls  # a model is made from its ends
    others = {key: value for key, value in config.items() if key not in OF_EVERY_MODEL}
    try:
        model: T = makes(inputs, outputs, name=config.get("name"), **others)
    except TypeError as error:
        also = f", {', '.join(others)}" if others else ""
        raise ArgumentError(
            f"{cls.__name__} is not made from inputs, outputs and a name{also} ({error}): write get_config() and "
            "from_config() for it"
        ) from error
    return model


def _ends_at(config: Mapping[str, Any], key: str, made: Made) -> Ends:
    places = config.get(key)
    if not isinstance(places, list | tuple | dict) or not places:
        raise FileError(f"the file's configuration has no {key}")
    return _arranged(places, made)


def _arranged(places: Any, made: Made) -> Ends:
    """The tensors at places that lie in lists and dictionaries as a model takes or gives them."""
    if isinstance(places, dict):
        return {key: _arranged(place, made) for key, place in places.items()}
    if isinstance(places, list | tuple) and not (places and isinstance(places[0], str)):
        return type(places)(_arranged(place, made) for place in places)
    return tensor_at(_end(places, made), made)


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
    def count(self) -> int:
        """How many calls there are in this model so far."""
        return len(self.layer.calls) - self.first_call

    def call(self, number: int) -> Call:
        """The call of a number in this model."""
        return self.layer.calls[self.first_call + number]


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
    named = [*zip(made, of_layers, strict=True), *functions.items()]
    nodes = {name: _nodes(record) for name, record in named if name in functions or not _is_input(made[name])}
    forms = {name: _forms(record) for name, record in zip(made, of_layers, strict=True)}
    for name, number in _in_order(nodes, made, functions):
        if name in functions:
            made[name] = Placed(describe(functions[name], lambda place: tensor_at(place, made)), 0)
        else:
            _call(made, name, nodes[name][number], forms[name][number] if forms[name] else None)


Use = tuple[str, int]
"""The name of a layer or function, and the number of its use in the model."""


def _in_order(nodes: Mapping[str, Sequence[Any]], made: Made, functions: Mapping[str, Any]) -> Iterator[Use]:
    """All uses, each when what it needs has been made; every one is looked at once, however many there are."""
    missing: dict[Use, int] = {}
    waiting: dict[Use, list[Use]] = {}
    for name, uses in nodes.items():
        for number, node in enumerate(uses):
            places = _needs(node, of_function=name in functions)
            needed = {use for use in (_use(place, made, functions) for place in places) if use[0] in nodes or use[1]}
            if number:
                needed.add((name, number - 1))
            missing[name, number] = len(needed)
            for use in needed:
                waiting.setdefault(use, []).append((name, number))
    ready = deque(use for use, count in missing.items() if not count)
    while ready:
        use = ready.popleft()
        yield use
        del missing[use]
        for other in waiting.pop(use, ()):
            missing[other] -= 1
            if not missing[other]:
                ready.append(other)
    for name, _ in missing:
        if all(use in missing for use in waiting):
            raise FileError(f"the model file connects layer {name!r} in a loop: what it is called on needs its result")
        raise FileError(f"the model file connects layer {name!r} to something that it does not hold")


def _is_input(placed: Placed) -> bool:
    """Whether it is where data comes in, which no call makes."""
    return isinstance(placed.layer, InputLayer)


def _call(made: Made, name: str, node: Any, form: bool | None) -> None:
    """Call a layer on what one of its nodes names."""
    # Keras writes "training" for every layer that knows it, and has it decided anew whenever the model is run.
    named = (node.get("kwargs") or {}).items()
    options = {key: value for key, value in named if key != "training" and not _is_nothing(value)}
    layer = made[name].layer
    assert isinstance(layer, Layer)
    if options and not type(layer).takes_arguments:
        raise FileError(f"layer {name!r} is called with {shown(options)}, which is not supported")
    given = [_filled(argument, made) for argument in node["args"]]
    layer(*given, training=form, **{key: _filled(value, made) for key, value in options.items()})


def _filled(argument: Any, made: Made) -> Any:
    """What a layer is called on: a tensor, or several as they are arranged."""
    if isinstance(argument, list | tuple):
        return [_filled(item, made) for item in argument]
    if not isinstance(argument, dict):
        return argument  # no tensor
    if argument.get("class_name") != "__keras_tensor__":
        return {key: _filled(item, made) for key, item in argument.items()}
    return tensor_at(argument["config"]["keras_history"], made)


def _is_nothing(value: Any) -> bool:
    """Whether an argument of a call says nothing: None, or several of it (Keras writes its masks so)."""
    if isinstance(value, dict):
        return all(map(_is_nothing, value.values()))
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


def _needs(node: Any, *, of_function: bool) -> list[Any]:
    """The places that must be there before a node can be made; a function has other arguments beside them."""
    what = "functions" if of_function else "layers"
    try:
        found = list(sources([node["args"], [] if of_function else list((node.get("kwargs") or {}).values())]))
    except (AttributeError, KeyError, IndexError, TypeError) as error:
        raise FileError(f"the model file connects {what} in a form that is not known") from error
    if not found and not of_function:
        raise FileError("the model file connects layers in a form that is not known")
    return found


def _use(place: Any, made: Made, functions: Mapping[str, Any]) -> Use:
    """The use whose result a place names."""
    if not _is_place(place) or (place[0] not in made and place[0] not in functions):
        missing = f". Missing node: {escaped(place[0])}" if _is_place(place) else ""
        raise FileError(f"the model file refers to {shown(place)}, which is not a layer of it{missing}")
    return place[0], place[1]


def tensor_at(place: Any, made: Made) -> SymbolicTensor:
    """The symbolic result of the layer call that a place [layer, call, 0] names; `FileError` if there is none."""
    name, number = _use(place, made, {})
    placed, index = made[name], place[2]
    if number >= placed.count:
        raise FileError(f"the model file refers to use {number} of layer {name!r}, which has {placed.count}")
    listed = placed.call(number).results
    if index >= len(listed):
        raise FileError(f"the model file refers to result {index} of layer {name!r}, which has {len(listed)}")
    return listed[index]


def _is_place(place: Any) -> bool:
    return (
        isinstance(place, list)
        and len(place) == 3
        and isinstance(place[0], str)
        and all(isinstance(number, int) and number >= 0 for number in place[1:])
    )
