"""Weights in safetensors files: our own, and the state dictionaries of PyTorch, onto a model.

Our own have the model's structure with them, so a model can be loaded from one. PyTorch's have arrays alone: they fill
a model that is there already.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pellucid import registry
from pellucid.conversion.bounded_reader import BoundedReader
from pellucid.conversion.images_told import images_told, take_images
from pellucid.conversion.matching import fill_by_name, named_weights
from pellucid.conversion.named_arrays import fill_named
from pellucid.conversion.report import Report, Row
from pellucid.errors import ArgumentError, FileError
from pellucid.formats.safetensors import DEFAULT_MAX_BYTES, SafetensorsFile, read_safetensors, write_safetensors
from pellucid.formats.strict_json import parse_json_object
from pellucid.models import Model
from pellucid.models.own_compile import compile_as_told

__all__ = ["load", "load_weights", "save_weights"]

OURS = "pellucid_model"
"""Under this key the metadata of our own files have the model's structure."""


def load(
    path: Path,
    *,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> tuple[Model, Report]:
    """The model in a file that `save_weights` wrote; one of PyTorch's has no structure."""
    file = read_safetensors(path, max_bytes=max_bytes, header_alone=True)
    if OURS not in file.metadata:
        raise FileError(
            "it holds weights alone, and says nothing of the model: make the model that they belong to, then "
            "model.load_weights(path); or on a command line: pellucid convert WEIGHTS OUT --onto MODEL"
        )
    record = parse_json_object(file.metadata[OURS].encode(), name=f"its metadata, {OURS}")
    with registry.custom_objects(custom_objects):
        reader = BoundedReader((tensor.shape for tensor in file.tensors.values()), path.name)
        model = reader.read(record)
        if not isinstance(model, Model):
            raise FileError(f"it holds a {record.get('class_name')}, which is no model")
        model.require_built()
        reader.finish()
        if compile:
            compile_as_told(model, record)
    take_images(model, file.metadata)
    return model, fill_by_name(model, _arrays(read_safetensors(path, max_bytes=max_bytes)), path.name)


def save_weights(model: Model, path: Path) -> Report:
    """Write the weights of a model under their paths, with the model's structure as metadata."""
    arrays = named_weights(model)
    lost: tuple[str, ...] = ()
    metadata = {"format": "pellucid", **images_told(model)}
    try:
        metadata[OURS] = model.to_json()
    except ArgumentError as error:
        lost = (f"the structure of the model: {error}",)
    write_safetensors(path, arrays, metadata)
    return Report(f"{model.name} into {path.name}", tuple(Row(name, name, "matched") for name in arrays), lost)


def load_weights(
    model: Model, path: Path, *, names: Mapping[str, str] | None = None, skip_mismatch: bool = False
) -> Report:
    """Fill the weights of a model from a file of ours, or from a state dictionary of PyTorch's."""
    file = read_safetensors(path)
    narrow = frozenset(name for name, tensor in file.tensors.items() if tensor.dtype == "BF16")
    return fill_named(model, _arrays(file), path.name, names, skip_mismatch=skip_mismatch, narrow=narrow)


def _arrays(file: SafetensorsFile) -> dict[str, Any]:
    return {name: file.array(name) for name in file.tensors}
