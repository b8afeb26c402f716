"""Writing a model to a `.keras` file, and reading it back."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

from pellucid.checks import flag
from pellucid.engines import all_held
from pellucid.errors import ArgumentError, FileError, escaped
from pellucid.formats.keras_v3 import write_keras
from pellucid.formats.paths import checked_path
from pellucid.formats.plain_hdf5 import NAME_PART
from pellucid.formats.strict_json import encode_json_object
from pellucid.formats.weight_groups import layer_groups
from pellucid.layers import Layer
from pellucid.layers.configuration import check_arguments, left_out
from pellucid.models.config import file_class, layer_record, whole_record
from pellucid.models.limits import MOST_LAYERS
from pellucid.models.optimizer_state import GROUP, optimizer_arrays
from pellucid.naming import is_ours, repeated, snake_case
from pellucid.network import HasNetwork
from pellucid.training.base import Stepper
from pellucid.warned import warn

KERAS_VERSION = "3.15.1"  # the version whose layout is written; Keras reads it to interpret the configuration


def weight_groups(layer: Layer, place: str = "", seen: set[Layer] | None = None) -> Iterator[tuple[str, Layer]]:
    """Where a file keeps the weights of each layer, in Keras's form.

    Each layer has a group for its own weights, the model too where it has such; the layers that it holds have groups
    below its own, under the name of the attribute, and where that is a list under names made from their classes.

    Args:
        layer: a model, or a layer of it.
        place: the group of that layer; "" for the model that is being saved.
        seen: layers that have a group already: one that stands in two models is kept once.

    Yields:
        a group and the layer whose own weights it holds.
    """
    seen = set() if seen is None else seen
    if not place and layer.own_weights:
        yield "vars", layer
    for attribute, held in layer.parts():
        if getattr(layer, attribute) is held[0]:
            groups = [f"{place}/{attribute}" if place else attribute]
        else:
            groups = layer_groups(map(file_class, held), parent=place, container=attribute)
        for group, part in zip(groups, held, strict=True):
            if part not in seen:
                seen.add(part)
                yield f"{group}/vars", part
                yield from weight_groups(part, group, seen)


def save_model(model: Layer, stepper: Stepper | None, filepath: str | os.PathLike[str], overwrite: bool = True) -> None:
    """Write a model to a `.keras` file; see `Model.save`.

    Args:
        model: that is written; one that does not know its input yet without weights.
        stepper: trains it, if it was compiled.
        filepath: ends in ".keras".
        overwrite: whether an existing file may be replaced.
    """
    path = checked_path(filepath, "a .keras file")
    if path.suffix != ".keras":
        raise ArgumentError(f"{escaped(path)} should end in '.keras', the format that models are saved in")
    if path.exists() and not flag("save", "overwrite", overwrite):
        raise FileError(f"{escaped(path)} exists; pass overwrite=True to replace it")
    check_layers(model)
    record = whole_record(model, stepper)
    groups = dict(weight_groups(model)) if model.built else {}
    date = datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    with all_held(weight.state for weight in (model.weights if model.built else [])):
        arrays = {group: [weight.numpy() for weight in layer.own_weights] for group, layer in groups.items()}
        if stepper is not None and model.built:
            arrays[GROUP] = optimizer_arrays(stepper)
    write_keras(
        path,
        record,
        {"keras_version": KERAS_VERSION, "date_saved": date},
        arrays,
        names={group: layer.name for group, layer in groups.items()},
    )


def to_json(model: Layer, stepper: Stepper | None, options: Mapping[str, Any]) -> str:
    """The record of a model as text; see `Model.to_json`."""
    try:
        return json.dumps(whole_record(model, stepper), **options)
    except (TypeError, ValueError, RecursionError) as error:
        raise ArgumentError(f"{model.label} cannot be written as JSON: {error}") from error


HOOKS = ("save_own_variables", "load_own_variables", "save_assets", "load_assets")


def check_hooks(layer: Layer) -> None:
    """Raise `ArgumentError` if a class of the user's own says by a method of Keras's how it lies in files: none is
    called."""
    for name in HOOKS:
        if hasattr(type(layer), name):
            raise ArgumentError(
                f"{layer.label}: {name}() would not be called: files hold weights. What is to last is a weight, made "
                "with add_weight(trainable=False), or an argument that get_config() returns"
            )


def check_layers(model: Layer) -> None:
    """Whoever writes keeps the rules of whoever reads: what is refused there is refused here."""
    for part in model.with_parts():
        check_hooks(part)
        part.check_savable()
        if not is_ours(type(part)) and not isinstance(part, HasNetwork):
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
            if not NAME_PART.fullmatch(name):
                raise ArgumentError(
                    f"{part.label}: a file keeps weights under the names of classes and attributes, which take 1 to "
                    f"128 letters of English, digits and '_'; give {name!r} another one"
                )
        layers = part.layers if isinstance(part, HasNetwork) else []
        if len(layers) > MOST_LAYERS:
            raise ArgumentError(f"{part.label} has {len(layers)} layers; a file holds at most {MOST_LAYERS} of a model")
        twice = repeated(layer.name for layer in layers)
        if twice:
            raise ArgumentError(f"{part.label} has several layers of one name: {', '.join(twice)}")
