"""ONNX for the table of formats: `load` and `save`, with what the model knows of its images as metadata."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pellucid.conversion.images_told import images_told, take_images
from pellucid.conversion.onnx import saving
from pellucid.conversion.onnx.loading import read
from pellucid.conversion.report import Report
from pellucid.models import Model

__all__ = ["load", "save"]


def load(
    path: Path,
    *,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    max_bytes: int | None = None,
) -> tuple[Model, Report]:
    """The model in a file; see `loading.read`."""
    model, report, metadata = read(path, max_bytes)
    return take_images(model, metadata), report


def save(model: Model, path: Path, **sizes: Any) -> Report:
    """Write a model to a file; `sizes` are the options of `saving.save`."""
    return saving.save(model, path, metadata=images_told(model), **sizes)
