"""Weights in NumPy's files: `.npz`, and folders of `.npy` files; by the paths of the weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pellucid.conversion.matching import named_weights
from pellucid.conversion.named_arrays import fill_named
from pellucid.conversion.report import Report, Row
from pellucid.formats.numpy_files import read_npy_folder, read_npz, write_npy_folder, write_npz
from pellucid.models import Model

__all__ = ["load_weights", "save_weights"]


def load_weights(
    model: Model, path: Path, *, names: Mapping[str, str] | None = None, skip_mismatch: bool = False
) -> Report:
    """Fill the weights of a model from an `.npz` file or a folder of `.npy` files."""
    arrays = read_npy_folder(path) if path.is_dir() else read_npz(path)
    return fill_named(model, arrays, path.name, names, skip_mismatch=skip_mismatch)


def save_weights(model: Model, path: Path) -> Report:
    """Write the weights of a model to an `.npz` file; or, where the path is a folder, to `.npy` files in it."""
    arrays = named_weights(model)
    (write_npy_folder if path.suffix != ".npz" else write_npz)(path, arrays)
    return Report(f"{model.name} into {path.name}", tuple(Row(name, name, "matched") for name in arrays))
