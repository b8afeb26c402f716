"""Of which kind a file is, by what is in it: so that one door can lead to the reader of each format.

The suffix counts only where bytes say nothing (a `.weights` file of Darknet's is numbers alone). Each reader checks its
own format in full.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from pellucid.errors import FileError, escaped
from pellucid.formats.signatures import HEAD_BYTES, describe_content
from pellucid.formats.source import open_source

__all__ = ["kind_of"]

_DESCRIBED: Mapping[str, str] = {
    "a zip archive": "keras",
    "an HDF5 file (.h5)": "hdf5",
    "a NumPy archive (.npz)": "npz",
    "a NumPy array (.npy)": "npy",
    "a PyTorch file (.pt, .pth)": "torch",
    "a Python pickle": "pickle",
    "JSON text": "json",
}
"""The kinds that `signatures` tells by the first bytes."""

_TABLE_END = bytes.fromhex("57fb808b247547db")  # the last bytes of LevelDB's tables, as TensorFlow's .index files are


def kind_of(path: Path, *, what: str = "a file of a model") -> str:
    """The kind of a file or folder: "keras", "hdf5", "safetensors", "onnx", "darknet", "darknet weights", "npz", "npy",
    "npy folder", "csv", "json", "shards", "yaml", "torch", "pickle", "tflite", "checkpoint", "saved model"; "" where it
    is none of these.

    Args:
        path: of the file.
        what: what was expected, as it reads in a sentence.

    Raises:
        FileError: there is no such file, or it may not be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "misnamed.txt")
        ...     size = path.write_bytes(b"[net]\\nheight=8\\nwidth=8\\nchannels=3\\n")
        ...     kind_of(path)
        'darknet'
    """
    if path.is_dir():
        return _kind_of_folder(path)
    if not path.exists() and Path(f"{path}.index").is_file():
        return "checkpoint"  # TensorFlow calls several files by what their names begin with
    with open_source(path, what=what) as file:
        head = file.read(HEAD_BYTES)
        file.seek(-min(len(_TABLE_END), file.seek(0, os.SEEK_END)), os.SEEK_CUR)
        tail = file.read(len(_TABLE_END))
    if tail == _TABLE_END:
        return "checkpoint"
    found = next((kind for kind, looks_so in _LOOKS.items() if looks_so(head, path)), "")
    return found or _DESCRIBED.get(describe_content(head), "")


def _kind_of_folder(path: Path) -> str:
    try:
        names = [entry.name for entry in os.scandir(path)]
    except OSError as error:
        raise FileError(f"{escaped(path)} cannot be read: {error.strerror}") from error
    if {"saved_model.pb", "saved_model.pbtxt", "keras_metadata.pb"} & set(names):
        return "saved model"
    if "checkpoint" in names or any(name.endswith(".index") for name in names):
        return "checkpoint"
    if {"config.json", "model.weights.h5"} <= set(names):
        return "keras"
    return "npy folder" if any(name.endswith(".npy") for name in names) else ""


def _is_text(head: bytes) -> bool:
    return bool(head) and all(byte >= 32 or byte in b"\t\n\r\f" for byte in head)


def _lines(head: bytes) -> list[str]:
    """The first lines of a text that say something: no empty ones, no comments."""
    lines = [line.strip() for line in head.decode("utf-8", "replace").splitlines()] if _is_text(head) else []
    return [line for line in lines if line and line[0] not in "#;"]


def _is_safetensors(head: bytes, path: Path) -> bool:
    return head[8:9] == b"{" and not _is_text(head[:8])


def _is_shards(head: bytes, path: Path) -> bool:
    """The table that says in which of several files each array of a large model is."""
    return path.name.endswith((".index.json", ".weights.json")) or (head[:1] == b"{" and b'"weight_map"' in head)


def _is_tflite(head: bytes, path: Path) -> bool:
    return head[4:8] == b"TFL3"


def _is_darknet(head: bytes, path: Path) -> bool:
    first = (_lines(head) or [""])[0]
    return first.startswith("[") and first.endswith("]") and first[1:-1].strip().replace("_", "").isalpha()


def _is_darknet_weights(head: bytes, path: Path) -> bool:
    return path.suffix == ".weights"


def _is_onnx(head: bytes, path: Path) -> bool:
    """A protocol buffer whose first field is the version of ONNX's format, a small number, and a known one follows.

    What says nothing of itself, and is called so, is taken for a damaged one.
    """
    if path.suffix == ".onnx" and describe_content(head) in ("an empty file", "text", "a file of an unknown kind"):
        return True
    return head[:1] == b"\x08" and head[1:2] < b"\x20" and head[2:3] in (b"\x12", b"\x1a", b"\x22", b"\x28", b":", b"B")


def _is_graph_of_tensorflow(head: bytes, path: Path) -> bool:
    """A protocol buffer too: of a SavedModel, or a frozen graph, which begins with the first of its nodes."""
    is_frozen = head[:1] == b"\n" and any(word in head for word in (b"Placeholder", b"Const"))
    return path.suffix == ".pb" and (path.name == "saved_model.pb" or is_frozen)


def _is_yaml(head: bytes, path: Path) -> bool:
    return any(line.startswith(("class_name:", "keras_version:", "backend:")) for line in _lines(head))


def _is_csv(head: bytes, path: Path) -> bool:
    """Rows of numbers: of the last line of the head a part may be missing, so the first decides."""
    cells = (_lines(head) or [""])[0].replace(";", ",").replace("\t", ",").split(",")
    return all(_is_number(cell) for cell in cells) or (path.suffix == ".csv" and bool(_lines(head)))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_checkpoint(head: bytes, path: Path) -> bool:
    return ".data-0" in path.name or (path.name == "checkpoint" and b"model_checkpoint_path" in head)


_LOOKS: Mapping[str, Callable[[bytes, Path], bool]] = {
    "checkpoint": _is_checkpoint,
    "safetensors": _is_safetensors,
    "shards": _is_shards,
    "tflite": _is_tflite,
    "darknet": _is_darknet,
    "darknet weights": _is_darknet_weights,
    "saved model": _is_graph_of_tensorflow,
    "onnx": _is_onnx,
    "yaml": _is_yaml,
    "csv": _is_csv,
}
"""The kinds that take more than a signature, in the order in which they are tried."""
