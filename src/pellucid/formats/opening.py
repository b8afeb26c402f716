"""Looking into a file of any format without building anything: which layers, which arrays, what it says of itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from pellucid.errors import FileError, escaped
from pellucid.formats.contents import Contents, StoredArray, layers_of_config
from pellucid.formats.keras_v3 import open_keras
from pellucid.formats.kinds import kind_of
from pellucid.formats.numpy_files import read_npy, read_npy_folder, read_npz
from pellucid.formats.paths import checked_path
from pellucid.formats.safetensors import read_safetensors
from pellucid.formats.source import read_source
from pellucid.formats.strict_json import MAX_JSON_BYTES, parse_json_object

__all__ = ["open"]


def open(path: str | os.PathLike[str]) -> Contents:
    """What is in a file, or in a folder of arrays, without building it.

    Args:
        path: of the file; what is in it decides the format, not its name.

    Returns:
        layers, arrays with shapes and types, and what the file says of itself; `print` it.

    Raises:
        FileError: the file is missing, damaged, or of a kind that is not opened (pickles, and what holds them).

    Example:
        >>> import tempfile
        >>> from pellucid import Sequential, formats, layers
        >>> model = Sequential([layers.Input((4,)), layers.Dense(3, name="out")])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.save(f"{folder}/model.keras")
        ...     found = formats.open(f"{folder}/model.keras")
        >>> [layer.kind for layer in found.layers], [array.shape for array in found.arrays]
        (['InputLayer', 'Dense'], [(4, 3), (3,)])
    """
    checked = checked_path(path, "a file of a model")
    kind = kind_of(checked)
    if kind not in _OPENED:
        known = ", ".join(sorted(_OPENED))
        what = f"a file of the kind {kind!r}, which is not opened" if kind else "of no kind that is known"
        raise FileError(f"{escaped(checked)} is {what}; {known} are")
    return _OPENED[kind](checked)


def _size(path: Path) -> int:
    return sum(each.stat().st_size for each in path.glob("*.npy")) if path.is_dir() else path.stat().st_size


def _keras(path: Path) -> Contents:
    with open_keras(path) as file:
        arrays = tuple(
            StoredArray(f"{group}/{number}", array.shape, str(array.dtype))
            for group, held in file.weights.declared.items()
            for number, array in enumerate(held)
        )
        metadata = {key: value for key, value in file.metadata.items() if isinstance(value, str | int | float | list)}
        layers = tuple(layers_of_config(file.config))
        return Contents(path.name, "a .keras file", _size(path), metadata, layers, arrays)


def _safetensors(path: Path) -> Contents:
    file = read_safetensors(path, header_alone=True)
    arrays = tuple(StoredArray(name, tensor.shape, tensor.dtype) for name, tensor in file.tensors.items())
    return Contents(path.name, "a safetensors file", _size(path), file.metadata, (), arrays)


def _numpy(path: Path) -> Contents:
    if path.is_dir():
        what, arrays = "a folder of NumPy's arrays", read_npy_folder(path)
    elif kind_of(path) == "npy":
        what, arrays = "a NumPy array (.npy)", {path.stem: read_npy(path)}
    else:
        what, arrays = "a NumPy archive (.npz)", read_npz(path)
    listed = tuple(StoredArray(name, array.shape, str(array.dtype)) for name, array in arrays.items())
    return Contents(path.name, what, _size(path), {}, (), listed)


def _json(path: Path) -> Contents:
    record = parse_json_object(read_source(path, what="a model as JSON", max_bytes=MAX_JSON_BYTES), name=escaped(path))
    metadata = {key: value for key, value in record.items() if isinstance(value, str | int | float)}
    return Contents(path.name, "a model as JSON text", _size(path), metadata, tuple(layers_of_config(record)))


_OPENED: Mapping[str, Callable[[Path], Contents]] = {
    "keras": _keras,
    "safetensors": _safetensors,
    "npz": _numpy,
    "npy": _numpy,
    "npy folder": _numpy,
    "json": _json,
}
"""What looks into each kind."""
