"""ONNX for the table of formats: `load` and `save`, with what the model knows of its images as metadata."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pellucid.conversion.images_told import images_told, take_images
from pellucid.conversion.onnx import saving
from pellucid.conversion.onnx.loading import to_model
from pellucid.conversion.report import Report
from pellucid.formats.onnx_file import read_onnx
from pellucid.models import Model

__all__ = ["load", "save"]


def load(
    path: Path,
    *,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    max_bytes: int | None = None,
) -> tuple[Model, Report]:
    """The model in a file; see `loading.load`."""
    file = read_onnx(path, max_bytes)
    model, report = to_model(file, f"{path.name} into a model")
    return take_images(model, file.metadata), report


def save(model: Model, path: Path, **sizes: Any) -> Report:
    """Write a model to a file; `sizes` are the options of `saving.save`."""
    return saving.save(model, path, metadata=images_told(model), **sizes)
