"""Models and weights into HDF5 files in the words of Keras 2, which Keras 2, tf.keras and Keras 3 read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pellucid.conversion.images_told import images_told
from pellucid.conversion.keras2_models import VERSION, model_record, training_record
from pellucid.conversion.keras2_words import Words
from pellucid.conversion.old_layouts import by_filters, is_laid_by_filters
from pellucid.conversion.report import Report, Row, unique
from pellucid.engines import all_held
from pellucid.formats.keras_h5 import OWN_TRAINING, TRAINING, NamedArrays, write_keras_h5
from pellucid.layers import Layer
from pellucid.models import Model
from pellucid.models.optimizer_state import in_order
from pellucid.models.saving import check_layers
from pellucid.network.paths import weights_by_path
from pellucid.training.base import Stepper
from pellucid.variables import Variable

__all__ = ["save", "save_weights"]


def save(model: Model, path: Path) -> Report:
    """Write a model with how it was compiled; see `Model.save`.

    Raises:
        ArgumentError: the model has something in it that Keras 2 lacks; nothing is written then.
    """
    check_layers(model)
    words = Words()
    record, layers = model_record(model, words)
    stepper = model.stepper
    told = (None, True) if stepper is None else training_record(stepper.plan, len(model.outputs), words)
    training = {TRAINING if told[1] else OWN_TRAINING: told[0]}
    with all_held(weight.state for weight in model.weights):
        arrays = {name: _arrays(layer, name) for layer, name in layers.items()}
        optimizer = [] if stepper is None else _optimizer(model, stepper, list(layers))
    records = {"model_config": record, **training}
    write_keras_h5(path, arrays, version=VERSION, records=records, optimizer=optimizer, texts=images_told(model))
    return Report(f"{model.name} into {path.name}", _rows(model, layers), unique(words.lost))


def save_weights(model: Model, path: Path) -> Report:
    """Write the weights of a model, layer by layer under their names; see `Model.save_weights`."""
    layers = {layer: layer.name for layer in model.layers}
    with all_held(weight.state for weight in model.weights):
        arrays = {name: _arrays(layer, name) for layer, name in layers.items()}
    write_keras_h5(path, arrays, version=VERSION)
    return Report(f"{model.name} into {path.name}", _rows(model, layers))


def _in_order(layer: Layer) -> dict[Variable, Layer]:
    """The weights of a layer or of a model inside, as Keras lists them: those that are trained first."""
    owners = {weight: part for part in layer.with_parts() for weight in part.own_weights}
    return {weight: owners[weight] for weight in (*layer.trainable_weights, *layer.non_trainable_weights)}


def _names(layer: Layer, name: str) -> dict[Variable, str]:
    """What Keras 2 calls the weights of a layer: "conv2d_1/kernel:0"."""
    paths = weights_by_path([layer])
    return {weight: f"{name}/{path.partition('/')[2]}:0" for path, weight in paths.items()}


def _arrays(layer: Layer, name: str) -> NamedArrays:
    names = _names(layer, name)
    return [(names[weight], _as_kept(part, weight)) for weight, part in _in_order(layer).items()]


def _as_kept(layer: Layer, weight: Variable) -> np.ndarray:
    """The numbers of a weight as Keras 2 keeps them."""
    return by_filters(weight.numpy()) if is_laid_by_filters(layer, weight.name) else weight.numpy()


def _optimizer(model: Model, stepper: Stepper, layers: Sequence[Layer]) -> NamedArrays:
    """What the optimiser remembers, in the order that tf.keras since 2.11 and Keras 3 have.

    It is that of a model whose weights are in the order of the layers in the file.
    """
    placed = model.runtime.placed().trained
    known = set(placed)
    trained = dict.fromkeys(weight for layer in layers for weight in layer.trainable_weights if weight in known)
    ordered = [variable for _, variable in in_order(stepper, placed, list(trained))]
    met: Counter[str] = Counter()
    named = []
    for variable in ordered:  # layers of models inside may have one name
        number = met[variable.path]
        met[variable.path] += 1
        named.append((f"{variable.path}_{number}:0" if number else f"{variable.path}:0", variable.numpy()))
    return named


def _rows(model: Model, layers: Mapping[Layer, str]) -> tuple[Row, ...]:
    paths = {weight: path for path, weight in weights_by_path(model.layers).items()}
    return tuple(
        Row(paths[weight], name, "matched")
        for layer, named in layers.items()
        for weight, name in _names(layer, named).items()
    )
