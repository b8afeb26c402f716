"""HDF5 files of Keras 1, 2 and 3 (`.h5`, `.hdf5`): whole models, and weights alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pellucid import registry
from pellucid.conversion import keras_zip
from pellucid.conversion.bounded_reader import BoundedReader
from pellucid.conversion.images_told import take_images
from pellucid.conversion.keras_h5_writing import save, save_weights
from pellucid.conversion.old_layouts import of_theano
from pellucid.conversion.old_training import compile_as_told
from pellucid.conversion.old_weights import fill
from pellucid.conversion.report import Report
from pellucid.errors import FileError
from pellucid.formats.keras_h5 import KerasH5, is_keras_h5, open_keras_h5
from pellucid.formats.keras_v3 import DEFAULT_MAX_BYTES
from pellucid.graph.ops import Shape
from pellucid.models import Model
from pellucid.models.old_facts import precisions, told_sizes
from pellucid.models.old_records import today
from pellucid.naming import as_name

__all__ = ["load", "load_weights", "save", "save_weights"]


def load(
    path: Path,
    *,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> tuple[Model, Report]:
    """The model in a file of any Keras; see `load_model`."""
    with registry.custom_objects(custom_objects), open_keras_h5(path, max_bytes=max_bytes) as file:
        if file.config is None:
            raise FileError(
                f"{file.name} holds weights alone: make the model that they belong to, or read it with "
                "models.model_from_json, then model.load_weights(path)"
            )
        model = _structure(file)
        report, matches = fill(model, file, of_file=True)
        lost = compile_as_told(model, file, matches) if compile else ()
        types = [f"layers that computed in {name} compute in float32" for name in sorted(precisions(file.config))]
        take_images(model, file.texts)
        return model, replace(report, lost=(*report.lost, *types, *lost))


def load_weights(model: Model, path: Path, *, by_name: bool = False, skip_mismatch: bool = False) -> Report:
    """Fill the weights of a model from a file of a whole model or of weights alone, of any Keras."""
    if not is_keras_h5(path):
        return _load_weights_of_today(model, path, by_name=by_name, skip_mismatch=skip_mismatch)
    with open_keras_h5(path) as file:
        return fill(model, file, by_name=by_name, skip_mismatch=skip_mismatch)[0]


def _load_weights_of_today(model: Model, path: Path, *, by_name: bool, skip_mismatch: bool) -> Report:
    """From Keras 3's `.weights.h5`, which knows layers by their place in the model."""
    if by_name:
        raise FileError(
            f"{path.name} is in the form of Keras 3, which has no names of layers; load it by order, or as "
            "load_weights(path, skip_mismatch=True)"
        )
    return keras_zip.load_weights(model, path, skip_mismatch=skip_mismatch)


def _structure(file: KerasH5) -> Model:
    """The model that a file describes, its weights still empty."""
    assert file.config is not None
    reader = BoundedReader(_shapes(file), file.name)
    model = reader.read(today(file.config, version=file.version, theano=of_theano(file)))
    if not isinstance(model, Model):
        raise FileError(f"{file.name} holds a {file.config.get('class_name')}, which is no model")
    if not model.built:
        raise FileError(f"{file.name} does not say for which shape of input its model was made")
    reader.finish()
    _check_sizes_of_maps(model, file)
    return model


def _check_sizes_of_maps(model: Model, file: KerasH5) -> None:
    """Keras 1 was told the size of what a transposed convolution gives, which follows from its input since."""
    parts = {part.name: part for part in model.with_parts()}
    for name, told in told_sizes(file.config or {}).items():
        name = as_name(name)
        shape = parts[name].output_shape if name in parts else None
        if not isinstance(shape, tuple) or len(told) != len(shape):
            continue
        if any(size not in (None, other) for size, other in zip(told[1:], shape[1:], strict=True)):
            raise FileError(
                f"{file.name}: {parts[name].label} was told to give maps of {tuple(told[1:])}; by its strides and "
                f"padding it gives {shape[1:]} today, so it cannot be read"
            )


def _shapes(file: KerasH5) -> list[Shape]:
    """Of all arrays that are the model's."""
    return [weight.shape for weights in (*file.layers.values(), file.top) for weight in weights]
