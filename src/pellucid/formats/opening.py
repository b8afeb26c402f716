"""Looking into a file of any format without building anything: which layers, which arrays, what it says of itself.

What reads ONNX brings that library along, and comes when such a file is met.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pellucid.errors import FileError, escaped
from pellucid.formats.contents import Contents, StoredArray, StoredLayer, layers_of_config
from pellucid.formats.darknet import read_cfg, read_weights
from pellucid.formats.extras import imported
from pellucid.formats.keras_h5 import is_keras_h5, open_keras_h5
from pellucid.formats.keras_v3 import open_keras
from pellucid.formats.kinds import kind_of
from pellucid.formats.numpy_files import read_npy, read_npy_folder, read_npz
from pellucid.formats.paths import checked_path
from pellucid.formats.safetensors import read_safetensors
from pellucid.formats.source import read_source
from pellucid.formats.strict_json import MAX_JSON_BYTES, parse_json_object
from pellucid.formats.weight_file import open_weight_file
from pellucid.formats.weight_shards import TABLE
from pellucid.formats.weight_store import WeightStore

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
        arrays = _stored(file.weights)
        metadata = {key: value for key, value in file.metadata.items() if isinstance(value, str | int | float | list)}
        layers = tuple(layers_of_config(file.config))
        return Contents(path.name, "a .keras file", _size(path), metadata, layers, arrays)


def _stored(store: WeightStore) -> tuple[StoredArray, ...]:
    places = {f"{group}/{number}": each for group, held in store.declared.items() for number, each in enumerate(held)}
    places |= {f"{group}/{name}": each for group, held in store.named.items() for name, each in held.items()}
    return tuple(StoredArray(place, array.shape, str(array.dtype)) for place, array in places.items())


def _hdf5(path: Path) -> Contents:
    if not is_keras_h5(path):
        with open_weight_file(path) as store:
            return Contents(path.name, "a .weights.h5 file of Keras 3", _size(path), {}, (), _stored(store))
    with open_keras_h5(path) as file:
        told = {"keras_version": file.version, "backend": file.backend}
        held = [*file.layers.items(), ("top", file.top), ("optimizer", file.optimizer)]
        arrays = [StoredArray(f"{group}: {w.name}", w.shape, str(w.dtype)) for group, weights in held for w in weights]
        layers = tuple(layers_of_config(file.config or {}))
        metadata = {key: value for key, value in told.items() if value is not None}
        return Contents(path.name, "an HDF5 file of Keras (.h5)", _size(path), metadata, layers, tuple(arrays))


def _shards(path: Path) -> Contents:
    if not path.name.endswith(TABLE):
        raise FileError(f"{escaped(path)} is the table of a model whose arrays are in several files; open one of these")
    with open_weight_file(path) as store:
        arrays = _stored(store)
    return Contents(path.name, "weights of Keras 3 in several files, by their table", _size(path), {}, (), arrays)


def _onnx(path: Path) -> Contents:
    file: Any = imported("pellucid.formats.onnx_file", "an ONNX file").read_onnx(path)
    metadata = {
        "graph": file.name, "opset": file.opset, "made by": file.made_by,
        "inputs": ", ".join(f"{each.name} {each.shape}" for each in file.inputs), "outputs": ", ".join(file.outputs),
        **file.metadata,
    }  # fmt: skip
    nodes = [StoredLayer(node.name or node.outputs[0], node.kind, _plain(node.attributes)) for node in file.nodes]
    arrays = [StoredArray(name, array.shape, str(array.dtype)) for name, array in file.constants.items()]
    return Contents(path.name, "an ONNX file", _size(path), metadata, tuple(nodes), tuple(arrays))


def _plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Without arrays, which are no settings."""
    kinds = (int, float, str, list, tuple)
    return {key: value for key, value in attributes.items() if isinstance(value, kinds)}


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


def _darknet(path: Path) -> Contents:
    sections = read_cfg(path)
    layers = [StoredLayer(f"{number}", each.kind, each.settings) for number, each in enumerate(sections[1:])]
    return Contents(path.name, "a network of Darknet's", _size(path), sections[0].settings, tuple(layers))


def _darknet_weights(path: Path) -> Contents:
    held = read_weights(path)
    told = {"version": ".".join(map(str, held.version)), "images seen in training": held.seen}
    arrays = (StoredArray("numbers", held.numbers.shape, str(held.numbers.dtype)),)
    return Contents(path.name, "a .weights file of Darknet's", _size(path), told, (), arrays)


def _json(path: Path) -> Contents:
    record = parse_json_object(read_source(path, what="a model as JSON", max_bytes=MAX_JSON_BYTES), name=escaped(path))
    metadata = {key: value for key, value in record.items() if isinstance(value, str | int | float)}
    return Contents(path.name, "a model as JSON text", _size(path), metadata, tuple(layers_of_config(record)))


_OPENED: Mapping[str, Callable[[Path], Contents]] = {
    "keras": _keras,
    "hdf5": _hdf5,
    "onnx": _onnx,
    "safetensors": _safetensors,
    "npz": _numpy,
    "npy": _numpy,
    "npy folder": _numpy,
    "json": _json,
    "shards": _shards,
    "darknet": _darknet,
    "darknet weights": _darknet_weights,
}
"""What looks into each kind."""
