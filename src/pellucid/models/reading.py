"""Models from their configuration, as `config` or Keras 3 wrote it.

Classes are looked up in a closed table, never imported by a name that a file gives; options pass the same checks as
those that a user types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pellucid import registry
from pellucid.calls import called
from pellucid.checks import mapping_of
from pellucid.dispatch.symbolic import InputShape
from pellucid.errors import ArgumentError, DataError, FileError, escaped, shown
from pellucid.formats.weight_groups import layer_groups
from pellucid.layers import InputLayer, Layer, augmentation, fitting, moving
from pellucid.layers.at_work import Chain, alone, at_work
from pellucid.layers.configuration import made_again
from pellucid.layers.filter_records import freeze_filters
from pellucid.layers.records import LAYERS, own_options
from pellucid.models.config import FROZEN_FILTERS, FROZEN_PARTS
from pellucid.models.limits import MOST_LAYERS
from pellucid.models.old_records import is_old, today
from pellucid.models.operations import is_operation
from pellucid.naming import is_ours, repeated, snake_case, unique_name

T = TypeVar("T", bound=Layer)
LATE = (augmentation, fitting, moving)
"""Files of layers that come at their first use: who reads files knows them all."""


def from_config(
    cls: type[T], config: Mapping[str, Any] | list[Any], custom_objects: Mapping[str, Any] | None = None
) -> T:
    """A new model of the structure that a configuration describes, with fresh weights.

    Args:
        cls: of the model.
        config: what `get_config` of such a model gave, here or in an older Keras.
        custom_objects: classes and functions of your own that it names, by those names.

    Raises:
        ArgumentError: the configuration names something unknown, or is none of such a model.

    Example:
        >>> from pellucid import Input, Model, layers
        >>> x = Input((4,))
        >>> model = Model(x, layers.Dense(3)(x))
        >>> Model.from_config(model.get_config()).output_shape
        (None, 3)

    Source: keras.Model.from_config.
    """
    if not isinstance(config, list | Mapping):
        raise ArgumentError(f"{cls.__name__}.from_config takes what get_config gives, got {shown(config)}")
    with registry.custom_objects(custom_objects):
        try:
            told = _in_todays_form(config)
            model: T = ModelReader().model(cls, told) if "layers" in told else made_again(cls, told)
        except (FileError, TypeError) as error:
            raise ArgumentError(f"{cls.__name__}.from_config: {error}") from error
    return model


def _in_todays_form(config: Mapping[str, Any] | list[Any]) -> Mapping[str, Any]:
    """The options of a model; from what they were in Keras 2 where they are such, up to 2.2 a list for a chain."""
    records = config if isinstance(config, list) else config.get("layers")
    is_of_old = isinstance(records, list) and any(isinstance(each, Mapping) and is_old(each) for each in records)
    if isinstance(config, list) or is_of_old:
        kind = "Functional" if isinstance(config, Mapping) and "input_layers" in config else "Sequential"
        return dict(today({"class_name": kind, "config": config})["config"])
    return config


class ModelReader:
    """Makes the layers and models of a configuration; a layer that stands in several of its models is made once."""

    def __init__(self) -> None:
        self._shared: dict[int, Layer] = {}

    def met(self, layer: Layer, group: str) -> None:
        """A layer has been made and is not connected yet; `group` is the place of its weights in a file."""

    def read(self, record: Mapping[str, Any], group: str = "") -> Layer:
        """The layer or model of a record."""
        cls, config = class_of(record), record.get("config")
        if _is_made_of_layers(cls) and isinstance(config, Mapping) and (LAYERS.holds(cls) or "layers" in config):
            return self.model(cls, config, group)
        layer = layer_from_record(cls, record)
        if group:
            self.met(layer, group)
        _build(layer, record)
        return layer

    def model(self, cls: type[Any], config: Mapping[str, Any], group: str = "") -> Any:
        """The model of a class with a `made_of`, whose weights lie in the file below `group`."""
        records = config.get("layers")
        if not isinstance(records, list) or not all(isinstance(item, dict) for item in records):
            raise FileError("the file's configuration has no list of layers")
        if len(records) > MOST_LAYERS:
            raise FileError(f"the file's model has {len(records)} layers; the most that is read is {MOST_LAYERS}")
        of_layers = [record for record in records if not is_operation(record)]
        is_chain, name = "input_layers" not in config, config.get("name")
        with at_work(Chain(name)) if is_chain and isinstance(name, str) else alone():
            layers = self._layers(of_layers, group, is_chain=is_chain)
        return cls.made_of(config, layers)

    def _layers(self, records: list[dict[str, Any]], place: str, *, is_chain: bool) -> list[Layer]:
        """The layers of a model; files keep no place for the input of a chain."""
        is_stored = [not (is_chain and class_of(item) is InputLayer) for item in records]
        stored = [item for item, has_place in zip(records, is_stored, strict=True) if has_place]
        groups = iter(layer_groups([str(item.get("class_name")) for item in stored], parent=place))
        layers = [
            self._layer(item, next(groups) if has_place else "")
            for item, has_place in zip(records, is_stored, strict=True)
        ]
        twice = repeated(layer.name for layer in layers)
        if twice:
            raise FileError(f"the file has several layers of one name: {', '.join(twice)}")
        return layers

    def _layer(self, record: dict[str, Any], group: str) -> Layer:
        """The layer of a record; one that stands in several models is made once."""
        number = record.get("shared_object_id")
        if not isinstance(number, int):
            return self.read(record, group)
        if number not in self._shared:
            self._shared[number] = self.read(record, group)
        return self._shared[number]


def _build(layer: Layer, record: Mapping[str, Any]) -> None:
    """Build a layer as its record tells; a class of the user's own may do that itself, by `build_from_config`."""
    told = record.get("build_config")
    own = getattr(layer, "build_from_config", None)
    if own is not None and isinstance(told, dict):
        called(f"build_from_config of {layer.label}", own, told)
        return
    shape = _built_for(record)
    if shape is not None:
        _build_for(layer, shape)
        freeze_filters(layer, record.get(FROZEN_FILTERS) or {})
        _, *parts = layer.with_parts()
        inside = mapping_of(layer.label, "the frozen filters of its parts", record.get(FROZEN_PARTS) or {})
        for number, frozen in inside.items():
            if not (str(number).isdecimal() and int(number) < len(parts)):
                raise ArgumentError(f"{layer.label} has {len(parts)} parts; there is no part {shown(number)}")
            freeze_filters(parts[int(number)], frozen)


def _build_for(layer: Layer, shape: InputShape) -> None:
    """Build a layer for a shape, which may be that of several tensors where the layer takes one."""
    try:
        layer.ensure_built(shape)
    except (AttributeError, IndexError, OverflowError, TypeError) as error:
        if not is_ours(type(layer)):
            raise
        raise FileError(f"{layer.label} cannot be built for the shape {shown(shape)} in the file: {error}") from error


def _built_for(record: Mapping[str, Any]) -> InputShape | None:
    """The shape that a layer was built for, where the record tells it: it may be used on others too."""
    told = record.get("build_config")
    shape = told.get("input_shape") if isinstance(told, Mapping) else None
    if isinstance(shape, list | tuple) and shape and all(isinstance(item, list | tuple) for item in shape):
        return [tuple(item) for item in shape] if all(map(_is_shape, shape)) else None
    return tuple(shape) if isinstance(shape, list | tuple) and _is_shape(shape) else None


def _is_shape(shape: Any) -> bool:
    return bool(shape) and all(size is None or (type(size) is int and size > 0) for size in shape)


def _is_made_of_layers(cls: type[Layer]) -> bool:
    """Whether a class is one of models, made from its layers as the library makes it."""
    maker = next(owner for owner in cls.__mro__ if "from_config" in vars(owner))
    return hasattr(cls, "made_of") and is_ours(maker)


def class_of(record: Mapping[str, Any]) -> type[Layer]:
    """The class that a record names: one of `LAYERS`, or of the classes in `custom_objects`."""
    if "class_name" not in record or "config" not in record:
        raise FileError(
            f"{shown(record)} is no record of a layer. Expected a dictionary containing a 'config' key, "
            "and a 'class_name'"
        )
    try:
        return LAYERS.class_of(record)
    except ArgumentError as error:
        name = record.get("class_name")
        if registry.is_of_user(record):
            raise FileError(str(error)) from None
        raise FileError(
            f"{error}. A class of your own is passed as custom_objects={{{name!r}: {escaped(name)}}}"
        ) from None


def layer_from_record(cls: type[Layer], record: Mapping[str, Any]) -> Layer:
    """A new layer of a class from one entry of a model's configuration.

    Raises:
        FileError: an option is unknown or wrong; the message names the layer.
    """
    name, config = record.get("class_name"), record.get("config")
    if isinstance(config, dict) and "name" not in config and not LAYERS.holds(cls):
        config = config | {"name": record.get("name") or unique_name(snake_case(str(name)))}  # Keras may leave it out
    if not isinstance(config, dict) or not isinstance(config.get("name"), str):
        raise FileError(f"the model file gives no options, or no name, for a layer of class {name}")
    try:
        return cls.from_config(own_options(cls, config))
    except (KeyError, TypeError, ArgumentError, DataError) as error:
        raise FileError(f"the model file has a {name} {config.get('name')!r} that cannot be made: {error}") from error
