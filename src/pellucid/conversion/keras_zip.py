"""Keras 3's own files, `.keras` and `.weights.h5`, as formats beside others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pellucid.conversion.report import Report, Row
from pellucid.formats.keras_v3 import DEFAULT_MAX_BYTES
from pellucid.models import Model, weight_files
from pellucid.models.loading import read_model
from pellucid.models.saving import save_model
from pellucid.network.paths import weights_by_path

__all__ = ["load", "load_weights", "save", "save_weights"]


def load(
    path: Path,
    *,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> tuple[Model, Report]:
    """The model in a file; see `load_model`."""
    model = read_model(str(path), custom_objects, compile=compile, max_bytes=max_bytes)
    return model, _report(model, f"{path.name} into {model.name}")


def save(model: Model, path: Path) -> Report:
    """Write a model to a file; see `Model.save`."""
    save_model(model, model.stepper, path)
    return _report(model, f"{model.name} into {path.name}")


def load_weights(model: Model, path: Path, *, skip_mismatch: bool = False) -> Report:
    """Fill the weights of a model from a `.keras` or a `.weights.h5` file."""
    left = weight_files.load_weights(model, model.stepper, path, skip_mismatch)
    return _report(model, f"{path.name} into {model.name}", left)


def save_weights(model: Model, path: Path) -> Report:
    """Write the weights of a model to a `.weights.h5` file."""
    weight_files.save_weights(model, model.stepper, path)
    return _report(model, f"{model.name} into {path.name}")


def _report(model: Model, title: str, left: Sequence[weight_files.Left] = ()) -> Report:
    """A row for each weight; those of layers that were left as they are say why."""
    reasons = {id(weight): (group, why) for layer, group, why in left for weight in layer.own_weights}
    rows = []
    for path, weight in (weights_by_path(model.layers) if model.built else {}).items():
        source, why = reasons.get(id(weight), (path, ""))
        what = "matched" if not why else "left out" if source else "missing"
        rows.append(Row(source, path, what, why))
    return Report(title, tuple(rows))
