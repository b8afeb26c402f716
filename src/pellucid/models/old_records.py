"""Configurations of models that Keras 1, 2 or 3 wrote in their older form, in today's: what `reading` makes models of.

Layers are put into today's words by `legacy.records`; here is what follows from the model around them: where it begins,
how its layers are connected, and where channels stand in layers whose record does not say it, as some of Keras 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pellucid.errors import FileError, shown
from pellucid.legacy import records
from pellucid.legacy.backends import as_computed
from pellucid.models.config import FORMS
from pellucid.models.limits import MOST_LAYERS
from pellucid.models.old_facts import DEEPEST, SPATIAL, common_order, is_place, with_plain_names
from pellucid.models.old_operations import is_function, of_keras_3, of_tensorflow
from pellucid.naming import unique_name

__all__ = ["NO_YAML", "is_old", "today"]

Config = dict[str, Any]

ALWAYS_LAST = (
    "Flatten",
    "Conv1D",
    "Conv1DTranspose",
    "SeparableConv1D",
    "LocallyConnected1D",
    "MaxPooling1D",
    "AveragePooling1D",
    "GlobalMaxPooling1D",
    "GlobalAveragePooling1D",
)
"""Classes that knew channels at the end only, while their records did not say so."""
NO_YAML = "YAML is not read, since reading it can run code; in Keras 2 type model.to_json()"


def is_old(record: Mapping[str, Any]) -> bool:
    """Whether a record is in the form of older files: today's say of every class in which module it is."""
    return record.get("module") is None and record.get("registered_name") is None


def today(record: Mapping[str, Any], *, version: str = "2", theano: bool = False) -> Config:
    """The record of a model in today's form.

    Args:
        record: with "class_name" and "config", as `model.to_json()` and files of every Keras have it.
        version: the Keras that wrote it, as far as that is known.
        theano: whether Theano computed it, which laid windows otherwise.

    Raises:
        FileError: it is none of a model, or something in it has no words today.

    Example:
        >>> old = {"class_name": "Sequential", "config": [{"class_name": "Dense", "config": {
        ...     "output_dim": 2, "name": "dense_1", "batch_input_shape": [None, 3]}}]}
        >>> [layer["class_name"] for layer in today(old)["config"]["layers"]]
        ['InputLayer', 'Dense']
    """
    if "keras_version" in record and isinstance(record["keras_version"], str):
        version = record["keras_version"]
    if not version.startswith("3"):
        record = records.without_modules(record, 8 * DEEPEST)
    record = with_plain_names(record, 0)
    theano = theano or record.get("backend") == "theano"
    return _Translation(common_order(record, version), version, theano).model(record, 0)


class _Translation:
    """One configuration on its way into today's form."""

    def __init__(self, order: str | None, version: str, theano: bool) -> None:
        self.order, self.version, self.theano = order, version, theano

    def model(self, record: Mapping[str, Any], depth: int) -> Config:
        """The record of a model, and of all in it."""
        if depth > DEEPEST:
            raise FileError(f"the configuration has models in models, {DEEPEST} deep at most")
        name, config = records.class_name(record), record.get("config")
        if isinstance(config, list):
            config = {"layers": config}
        if not isinstance(config, Mapping) or not isinstance(config.get("layers"), list):
            raise FileError(f"the configuration of a {name} has no list of layers")
        if len(config["layers"]) > MOST_LAYERS:
            raise FileError(f"the model has {len(config['layers'])} layers; the most that is read is {MOST_LAYERS}")
        given = record.get("name") if config.get("name") is None else config["name"]
        config = {**config, "name": given or unique_name("sequential" if name == "Sequential" else "functional")}
        config = {key: value for key, value in config.items() if key != "dtype"}
        if "input_layers" in config:
            return {**_kept(record, name), "config": self._connected(config, depth)}
        return self._chain(record, config, depth)

    def layer(self, record: Any, depth: int) -> Config:
        """The record of a layer or of a model inside."""
        if not isinstance(record, Mapping):
            raise FileError(f"the configuration has {shown(record)} among its layers")
        record = _with_class(record)
        if not is_old(record):
            return dict(record)
        config = record.get("config")
        if isinstance(config, list) or (isinstance(config, Mapping) and isinstance(config.get("layers"), list)):
            return self.model(record, depth + 1)
        if record.get("class_name") == "Merge" and isinstance(config, Mapping):
            name, options = records.joining(config)
            return {**_kept(record, name), "config": options}
        name, options = records.class_name(record), records.layer_config(record)
        if name == "InputLayer":
            return {**_kept(record, name), "config": _beginning(record, options)}
        if isinstance(options.get("layer"), Mapping):  # a layer around another one
            options = {**options, "layer": self.layer(options["layer"], depth + 1)}
        options = as_computed(name, self._with_order(name, options), self.version, theano=self.theano)
        return {**_kept(record, name), "config": options}

    def _with_order(self, name: str, config: Config) -> Config:
        """The options with the place of the channels, which must not depend on who reads."""
        if config.get("data_format") is not None:
            return config
        if name in ALWAYS_LAST:
            return {**config, "data_format": "channels_last"}
        if name not in SPATIAL:
            return config
        if self.order is None:
            raise FileError(
                f"the file does not say where the {name} {config.get('name')!r} has its channels, and its other layers "
                "have them in different places; set data_format in its configuration"
            )
        return {**config, "data_format": self.order}

    def _chain(self, record: Mapping[str, Any], config: Config, depth: int) -> Config:
        """A `Sequential` model, which began with a layer that knew its input's shape."""
        layers = [_with_class(item) for item in config["layers"]]
        first = layers[0] if layers else {}
        if first.get("class_name") == "Merge":
            return self._joined_chain(record, config, layers, depth)
        found = [self.layer(item, depth) for item in layers]
        begin = _begins(first)
        if begin is not None:
            found.insert(0, begin)
        return {**_kept(record, "Sequential"), "config": {**config, "layers": found}}

    def _joined_chain(self, record: Mapping[str, Any], config: Config, layers: list[Config], depth: int) -> Config:
        """A chain of Keras 1 that begins by joining several others: today a model of branches."""
        branches = layers[0]["config"].get("layers")
        if not isinstance(branches, list) or not branches:
            raise FileError("the configuration has a Merge at its beginning that joins nothing")
        made: list[Config] = []
        ends, inputs = [], []
        for branch in branches:
            chain = self.model(branch, depth + 1)["config"] if "class_name" in branch else {}
            items = chain.get("layers") or []
            if not items or items[0]["class_name"] != "InputLayer" or "input_layers" in chain:
                raise FileError("the configuration has a Merge of models that are no chains with an input of their own")
            inputs.append([items[0]["config"]["name"], 0, 0])
            made += _in_a_row(items, [])
            ends.append(items[-1]["config"]["name"])
        name, options = records.joining(layers[0]["config"])
        options.setdefault("name", unique_name(name.lower()))
        rest = [{"class_name": name, "config": options}, *(self.layer(item, depth) for item in layers[1:])]
        made += _in_a_row(rest, ends)
        result = {"name": config["name"], "layers": made, "input_layers": inputs}
        return {
            "class_name": "Functional",
            "config": {**result, "output_layers": [made[-1]["config"]["name"], 0, 0]},
        }

    def _connected(self, config: Config, depth: int) -> Config:
        """A functional model, whose layers say what they are called on."""
        functions = [is_function(item) for item in config["layers"]]
        found = [
            dict(item) if function else self.layer(item, depth)
            for item, function in zip(config["layers"], functions, strict=True)
        ]
        if any(isinstance(node, Mapping) and "args" in node for node in _nodes(config)):  # in the form of Keras 3
            for old, new, function in zip(config["layers"], found, functions, strict=True):
                new |= {key: old[key] for key in ("name", "inbound_nodes", FORMS) if key in old}
                if function:
                    new |= of_keras_3(old)
            return {**config, "layers": found}
        first = _first_uses(config)
        for old, new, function in zip(config["layers"], found, functions, strict=True):
            if function:
                new |= of_tensorflow(old, lambda value: _argument(value, first))
                continue
            new["name"] = new["config"].get("name") or old.get("name")
            new["config"] = {**new["config"], "name": new["name"]}
            nodes = [_node(node, first) for node in old.get("inbound_nodes") or []]
            new["inbound_nodes"] = [node for node, _ in nodes]
            forms = [form for _, form in nodes]
            if any(form is not None for form in forms):
                new[FORMS] = forms
        of_models = {item["name"] for item in found if item["class_name"] == "Functional"}
        ends = {key: _ends(config.get(key), first, of_models) for key in ("input_layers", "output_layers")}
        return {**config, "layers": found, **ends}


def _kept(record: Mapping[str, Any], name: str) -> Config:
    """What of a record stays as it is."""
    return {**{key: value for key, value in record.items() if key in ("shared_object_id",)}, "class_name": name}


def _with_class(record: Any) -> Config:
    """Keras 0 wrote the class of a layer as its name."""
    if not isinstance(record, Mapping):
        raise FileError(f"the configuration has {shown(record)} among its layers")
    if "class_name" in record or not isinstance(record.get("name"), str):
        return dict(record)
    config = {key: value for key, value in record.items() if key not in ("name", "custom_name")}
    return {"class_name": record["name"], "config": {**config, "name": record.get("custom_name")}}


def _beginning(record: Mapping[str, Any], options: Config) -> Config:
    """The options of an input layer."""
    config = record["config"]
    shape = config.get("batch_input_shape", config.get("batch_shape"))
    if shape is None and isinstance(options.get("shape"), list | tuple):
        shape = [None, *options["shape"]]
    dtype = options.get("dtype") or config.get("input_dtype")
    known: Config = {key: options[key] for key in ("name", "sparse", "optional") if key in options}
    return {**known, "batch_shape": shape, **({"dtype": dtype} if dtype else {})}


def _begins(first: Mapping[str, Any]) -> Config | None:
    """The input layer of a chain whose first layer told the shape of its input."""
    config = first.get("config")
    if not isinstance(config, Mapping) or first.get("class_name") == "InputLayer":
        return None
    shape = config.get("batch_input_shape")
    if not isinstance(shape, list) or len(shape) < 2:
        return None
    name = f"{config['name']}_input" if isinstance(config.get("name"), str) else unique_name("input_layer")
    return {"class_name": "InputLayer", "config": {"batch_shape": [None, *shape[1:]], "name": name}}


def _in_a_row(items: Sequence[Config], before: Sequence[str]) -> list[Config]:
    """Layers that are called on each other in turn; the first on all of `before`."""
    made, last = [], list(before)
    for item in items:
        tensors = [_tensor([name, 0, 0]) for name in last]
        nodes: list[Config] = [{"args": [tensors] if len(tensors) > 1 else tensors, "kwargs": {}}] if tensors else []
        made.append({**item, "name": item["config"]["name"], "inbound_nodes": nodes})
        last = [item["config"]["name"]]
    return made


def _nodes(config: Mapping[str, Any]) -> list[Any]:
    """The uses of all layers of a functional model."""
    found: list[Any] = []
    for item in config["layers"]:
        nodes = item.get("inbound_nodes") or [] if isinstance(item, Mapping) else []
        if not isinstance(nodes, list):
            raise FileError(f"the configuration connects layers in a form that is not known: {shown(nodes)}")
        found += nodes
    return found


def _first_uses(config: Mapping[str, Any]) -> dict[str, int]:
    """From which number on the uses of each layer are counted: models inside began with 1 in older files.

    Every use that a file holds is one that something refers to, so the least number is the first use.
    """
    first: dict[str, int] = {}
    for place in _places([_nodes(config), config.get("input_layers"), config.get("output_layers")], 0):
        first[place[0]] = min(place[1], first.get(place[0], place[1]))
    return first


def _places(value: Any, depth: int) -> Iterator[list[Any]]:
    """All places [layer, use, result, ...] in lists and dictionaries."""
    if depth > 4 * DEEPEST:
        raise FileError("the configuration connects layers in a form that is not known")
    if is_place(value):
        yield value
        yield from _places(value[3:], depth + 1)  # what the layer is called with beside its inputs
    elif isinstance(value, list | dict):
        for item in value if isinstance(value, list) else value.values():
            yield from _places(item, depth + 1)


def _node(node: Any, first: Mapping[str, int]) -> tuple[Config, bool | None]:
    """One use of a layer: what it is called on in today's form, and the form of the layer that was asked for."""
    given: Config = {}
    for place in _places(node, 0):
        if len(place) == 4 and isinstance(place[3], Mapping):
            given |= {key: value for key, value in place[3].items() if value is not None}
    form = given.pop("training", None)
    given = {key: _argument(value, first) for key, value in given.items()}
    arguments = _tensors(node, first)
    if not isinstance(node, list) or not list(_places(node, 0)):
        raise FileError(f"the configuration calls a layer on {shown(node)}, which is not known")
    if isinstance(arguments, list) and len(arguments) == 1:
        return {"args": arguments, "kwargs": given}, form if isinstance(form, bool) else None
    return {"args": [arguments], "kwargs": given}, form if isinstance(form, bool) else None


def _argument(value: Any, first: Mapping[str, int]) -> Any:
    """What a layer is called with beside its inputs: tensors among lists and numbers that stay as they are."""
    if is_place(value) and value[0] in first:
        return _tensor([value[0], value[1] - first[value[0]], value[2]])
    return [_argument(item, first) for item in value] if isinstance(value, list) else value


def _tensors(value: Any, first: Mapping[str, int]) -> Any:
    """Places as records of tensors, arranged as they were."""
    if is_place(value):
        return _tensor([value[0], value[1] - first[value[0]], value[2]])
    if isinstance(value, list):
        return [_tensors(item, first) for item in value]
    if isinstance(value, Mapping):
        return {key: _tensors(item, first) for key, item in value.items()}
    raise FileError(f"the configuration calls a layer on {shown(value)}, which is no tensor of the model")


def _tensor(place: list[Any]) -> Config:
    return {"class_name": "__keras_tensor__", "config": {"keras_history": place}}


def _ends(value: Any, first: Mapping[str, int], of_models: set[str]) -> Any:
    """The inputs or outputs of a model; today those that models give are counted from 1 (see `config.calls_before`)."""
    if is_place(value):
        return [value[0], value[1] - first[value[0]] + int(value[0] in of_models), value[2]]
    if isinstance(value, list):
        found = [_ends(item, first, of_models) for item in value]
        return found[0] if len(found) == 1 else found
    if isinstance(value, Mapping):
        return {key: _ends(item, first, of_models) for key, item in value.items()}
    raise FileError(f"the configuration has {shown(value)} among the ends of a model")
