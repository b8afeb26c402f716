"""Writing a model to a `.keras` file, and reading it back."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

from pellucid import legacy
from pellucid.checks import flag, object_of
from pellucid.data.images.reading import TrainedOn
from pellucid.engines import all_held
from pellucid.errors import ArgumentError, ArgumentTypeError, FileError, escaped
from pellucid.formats.keras_v3 import KerasContents, encode_keras, write_keras, write_keras_folder
from pellucid.formats.paths import checked_path
from pellucid.formats.plain_hdf5 import is_part
from pellucid.formats.strict_json import encode_json_object
from pellucid.formats.weight_groups import layer_groups
from pellucid.layers import Layer
from pellucid.layers.configuration import check_arguments, left_out
from pellucid.layers.filter_records import stories_record
from pellucid.models.config import file_class, layer_record, whole_record
from pellucid.models.limits import MOST_LAYERS
from pellucid.models.optimizer_state import GROUP, optimizer_arrays
from pellucid.models.own_files import assets_of, stores_its_own, variables_of
from pellucid.models.structure import NetworkLayer
from pellucid.naming import NAME_RULE, is_ours, repeated, snake_case
from pellucid.network import HasNetwork
from pellucid.training.base import Stepper
from pellucid.warned import warn

KERAS_VERSION = "3.15.1"  # the version whose layout is written; Keras reads it to interpret the configuration


IMAGES = "pellucid_images"
"""Under this key the metadata of a file says what images the model was trained on. Keras reads over it, too."""
STORIES = "pellucid_provenance"
"""Under this key the metadata of a file says how the weights of each group came about. Keras reads over it."""


def weight_groups(layer: Layer, place: str = "", seen: set[Layer] | None = None) -> Iterator[tuple[str, Layer]]:
    """Where a file keeps the weights of each layer, in Keras's form.

    Each layer has a group for its own weights, the model too where it has such; the layers that it holds have groups
    below its own, under the name of the attribute, and where that is a list under names made from their classes. The
    attributes come in the order of the alphabet; a layer has its group by the first that holds it.

    Args:
        layer: a model, or a layer of it.
        place: the group of that layer; "" for the model that is being saved.
        seen: layers that have a group already: one that stands in two models is kept once.

    Yields:
        a group and the layer whose own weights it holds.

    Source: keras.src.saving.saving_lib._walk_saveable and _save_container_state; held to them by tests/conformance.
    """
    seen = set() if seen is None else seen
    if not place and (layer.own_weights or stores_its_own(layer)):
        yield "vars", layer
    for attribute, held in _attributes(layer):
        start = f"{place}/{attribute}" if place else attribute
        for group, part in [(start, held)] if isinstance(held, Layer) else _contained(held, start, set()):
            if part not in seen:
                seen.add(part)
                yield f"{group}/vars", part
                yield from weight_groups(part, group, seen)


def _attributes(layer: Layer) -> list[tuple[str, Any]]:
    """The attributes that hold layers, with what they hold, in the order in which Keras walks through them.

    A model of layers begins with those; one of the user's own that only its `call` describes has all of them under
    "layers" too, and it is the alphabet that says under which name each comes first.
    """
    names = sorted((name for name, _ in layer.parts()), key=lambda name: (name.startswith("_"), name))
    ordered = [(name, getattr(layer, name)) for name in names]
    if not isinstance(layer, NetworkLayer):
        return ordered
    ordered = [item for item in ordered if item[0] != "layers"]
    if layer.is_described or is_ours(type(layer)):
        return [("layers", layer.layers), *ordered]
    before = [item for item in ordered if item[0] < "layers" and not item[0].startswith("_")]
    return [*before, ("layers", layer.layers), *ordered[len(before) :]]


def _contained(container: Any, place: str, entered: set[int]) -> Iterator[tuple[str, Layer]]:
    """The layers in a list, tuple or dictionary, with their groups; those in further ones inside have groups below."""
    if id(container) in entered:
        return
    entered.add(id(container))
    items = list(container.values()) if isinstance(container, dict) else list(container)
    kept = [item for item in items if isinstance(item, Layer | list | tuple | dict)]
    names = ["Container" if not isinstance(item, Layer) else file_class(item) for item in kept]
    for group, item in zip(layer_groups(names, parent="", container=place), kept, strict=True):
        if isinstance(item, Layer):
            yield group, item
        else:
            yield from _contained(item, group, entered)


def save_model(
    model: Layer,
    stepper: Stepper | None,
    filepath: str | os.PathLike[str],
    overwrite: bool = True,
    *,
    is_folder: bool = False,
) -> None:
    """Write a model to a `.keras` file, or to a folder with its parts; see `Model.save`.

    Args:
        model: that is written; one that does not know its input yet without weights.
        stepper: trains it, if it was compiled.
        filepath: ends in ".keras"; that of a folder does not.
        overwrite: whether an existing file may be replaced.
        is_folder: whether it is to be a folder.
    """
    path = checked_path(filepath, "a .keras file")
    if is_folder and path.suffix == ".keras":
        raise ArgumentError(
            f"{escaped(path)} should not end in '.keras', which is one file: zipped=False makes a folder"
        )
    if path.suffix != ".keras" and not is_folder and not legacy.are_collected():
        raise ArgumentError(f"{escaped(path)} should end in '.keras', the format that models are saved in")
    if path.exists() and not flag("save", "overwrite", overwrite):
        raise FileError(f"{escaped(path)} exists; pass overwrite=True to replace it")
    held = contents_of(model, stepper)
    write = write_keras_folder if is_folder else write_keras
    write(path, held.config, held.metadata, held.weights, names=_names_of(model), assets=held.assets)


def write_model(model: Layer, stepper: Stepper | None, file: Any) -> None:
    """Write what a `.keras` file of a model holds to an open file, or to anything with such a `write`.

    Args:
        model, stepper: see `save_model`.
        file: open for writing bytes.
    """
    held = contents_of(model, stepper)
    content = encode_keras(held.config, held.metadata, held.weights, names=_names_of(model), assets=held.assets)
    try:
        file.write(content)
    except TypeError as error:
        raise ArgumentTypeError(f"save: the file is to be open for writing bytes, 'wb': {error}") from error


def _names_of(model: Layer) -> dict[str, str]:
    """The names of layers by the places of their weights, for readers who look into the file."""
    return {group: layer.name for group, layer in weight_groups(model)} if model.built else {}


def contents_of(model: Layer, stepper: Stepper | None) -> KerasContents:
    """All that a `.keras` file of a model holds; see `save_model`."""
    check_layers(model)
    record = whole_record(model, stepper)
    groups = dict(weight_groups(model)) if model.built else {}
    stories = {group: stories_record(layer) for group, layer in groups.items() if layer.own_weights}
    date = datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    with all_held(weight.state for weight in (model.weights if model.built else [])):
        arrays = {group: variables_of(layer) for group, layer in groups.items()}
        if stepper is not None and model.built:
            arrays[GROUP] = optimizer_arrays(stepper)
    told = {STORIES: stories} if stories else {}
    trained_on = getattr(model, "trained_on", None)
    if trained_on is not None:
        told[IMAGES] = object_of("save", trained_on, TrainedOn, "model.trained_on as a data.TrainedOn").to_record()
    metadata = {"keras_version": KERAS_VERSION, "date_saved": date, **told}
    return KerasContents(record, metadata, arrays, assets_of(groups))


def to_json(model: Layer, stepper: Stepper | None, options: Mapping[str, Any]) -> str:
    """The record of a model as text; see `Model.to_json`."""
    try:
        return json.dumps(whole_record(model, stepper), **options)
    except (TypeError, ValueError, RecursionError) as error:
        raise ArgumentError(f"{model.label} cannot be written as JSON: {error}") from error


def check_layers(model: Layer, *, weights_alone: bool = False) -> None:
    """Whoever writes keeps the rules of whoever reads: what is refused there is refused here.

    Args:
        model: that is written.
        weights_alone: whether it is without its description, so that no layer has to be made again.
    """
    for part in model.with_parts():
        if not weights_alone and not isinstance(part, HasNetwork):  # whose parts come by themselves
            part.check_savable()
        if not weights_alone and not is_ours(type(part)) and not isinstance(part, HasNetwork):
            config = layer_record(part)["config"]
            check_arguments(type(part), config)
            forgotten = left_out(part, config)
            if forgotten:
                warn(
                    f"{part.label}: its get_config() leaves out {', '.join(map(repr, forgotten))}; the layer in the "
                    "file has the defaults"
                )
            encode_json_object(config, name=f"{part.label}: its configuration")
        for name in (snake_case(file_class(part)), *(attribute for attribute, _ in part.parts())):
            if not is_part(name):
                raise ArgumentError(
                    f"{part.label}: a file keeps weights under the names of classes and attributes, which take "
                    f"{NAME_RULE}; give {name!r} another one"
                )
        layers = part.layers if isinstance(part, HasNetwork) else []
        if len(layers) > MOST_LAYERS:
            raise ArgumentError(f"{part.label} has {len(layers)} layers; a file holds at most {MOST_LAYERS} of a model")
        twice = repeated(layer.name for layer in layers)
        if twice:
            raise ArgumentError(f"{part.label} has several layers of one name: {', '.join(twice)}")
