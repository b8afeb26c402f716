"""The way from models to files of other systems: `conversion` stands above, since it makes models, and is loaded only
where such a file is read or written."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from pellucid.checks import flag
from pellucid.errors import ArgumentError, escaped
from pellucid.formats.keras_h5 import is_keras_h5
from pellucid.formats.keras_v3 import KerasFile
from pellucid.formats.kinds import kind_of
from pellucid.formats.paths import checked_path
from pellucid.layers import Layer
from pellucid.models import weight_files
from pellucid.models.trained import TrainedNetwork
from pellucid.warned import warn

__all__ = ["doors", "load_weights", "save_weights"]

PathLike = str | os.PathLike[str]
OF_KERAS = ("", "keras", "hdf5")
"""Kinds of files that `weight_files` reads, or of which it says what they are; of HDF5 files those of Keras 3 alone."""


def doors() -> Any:
    """The module with `load`, `save`, `load_weights`, `save_weights` for files of all formats."""
    return importlib.import_module("pellucid.conversion.doors")


def opened_apart(path: Path, *, compile: bool) -> Callable[..., AbstractContextManager[KerasFile]]:
    """What opens a file in another process as if it were a `.keras` file; few need it, so it comes at its first use."""
    apart = importlib.import_module("pellucid.formats.apart")
    if kind_of(path, what="a .keras file") in ("keras", ""):
        opening: Callable[..., AbstractContextManager[KerasFile]] = apart.open_keras_apart
        return opening

    def of_other_system(path: str, *, max_bytes: int) -> AbstractContextManager[KerasFile]:
        how = "compile" if compile else "alone"
        found: AbstractContextManager[KerasFile] = apart.open_apart(
            "pellucid.conversion.apart", path, how, max_bytes=max_bytes
        )
        return found

    return of_other_system


def as_today(file: KerasFile) -> KerasFile:
    """What a `.keras` file holds in the form of Keras 3; tf.keras wrote such files in the words of Keras 2."""
    if not str(file.metadata.get("keras_version")).startswith(("1.", "2.")):
        return file
    translated: KerasFile = importlib.import_module("pellucid.conversion.keras2_zip").as_today(file)
    return translated


def save_weights(
    model: TrainedNetwork,
    filepath: PathLike,
    overwrite: bool,
    objects_to_skip: Sequence[Layer] | None,
    max_shard_size: float | None,
) -> None:
    """Write weights in the format of the file's suffix; see `Model.save_weights`."""
    path = checked_path(filepath, "a .weights.h5 file")
    if path.name.endswith(weight_files.ENDING) or max_shard_size is not None:
        weight_files.save_weights(model, model.stepper, path, overwrite, objects_to_skip, max_shard_size)
        return
    if path.name.endswith(weight_files.TABLE):
        raise ArgumentError(f"{escaped(path)}: a table of several files is written with max_shard_size=, in GiB")
    _only_for_keras(model, path, objects_to_skip)
    _tell(path, doors().save_weights(model, filepath, overwrite))


def load_weights(
    model: TrainedNetwork,
    filepath: PathLike,
    skip_mismatch: bool,
    objects_to_skip: Sequence[Layer] | None,
    *,
    by_name: bool,
    names: Mapping[str, str] | None,
) -> None:
    """Fill weights from a file, by what is in it; see `Model.load_weights`."""
    path = checked_path(filepath, "a .weights.h5 file")
    if not path.exists():
        doors().by_suffix(path, "load_weights")  # another ending is more likely the mistake than the place
    flag("load_weights", "by_name", by_name)
    kind = kind_of(path, what="a .weights.h5 file")
    is_table = kind == "shards" and path.name.endswith(weight_files.TABLE)
    of_today = is_table or (kind in OF_KERAS and not (kind == "hdf5" and is_keras_h5(path)))
    if of_today and not by_name and names is None:
        weight_files.load_weights(model, model.stepper, path, skip_mismatch, objects_to_skip)
        return
    _only_for_keras(model, path, objects_to_skip)
    skip = flag("load_weights", "skip_mismatch", skip_mismatch)
    _tell(path, doors().load_weights(model, path, names=names, by_name=by_name, skip_mismatch=skip))


def _only_for_keras(model: Layer, path: PathLike, objects_to_skip: object) -> None:
    if objects_to_skip is not None:
        raise ArgumentError(f"{model.label}: {escaped(path)} knows no layers: objects_to_skip is for .weights.h5 files")


def _tell(path: PathLike, report: Any) -> None:
    if report.lost:
        warn(f"{escaped(path)}: {'; '.join(report.lost)}")
