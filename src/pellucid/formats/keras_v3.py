"""Keras 3's `.keras` files: a zip archive of `config.json`, `metadata.json` and `model.weights.h5`; and below `assets/`
whatever classes of users' own put there.

Files written here are read by Keras, and Keras's by this. What the configuration means is not decided here: this module
turns bytes into (config, metadata, named arrays) and back, and knows no layer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from pellucid.errors import FileError
from pellucid.formats.atomic import atomic_write, make_folder, write_together
from pellucid.formats.signatures import HEAD_BYTES, describe_content
from pellucid.formats.source import Source, open_source, read_source, source_name
from pellucid.formats.strict_json import MAX_JSON_BYTES, encode_json_object, parse_json_object
from pellucid.formats.strict_zip import encode_members, open_members
from pellucid.formats.weight_store import Arrays, Shape, WeightStore, encode_weights, open_weights

__all__ = [
    "DEFAULT_MAX_BYTES",
    "KerasContents",
    "KerasFile",
    "encode_keras",
    "open_keras",
    "read_keras",
    "write_keras",
    "write_keras_folder",
]

DEFAULT_MAX_BYTES = 4 * 2**30

_CONFIG, _METADATA, _WEIGHTS, _ASSETS = "config.json", "metadata.json", "model.weights.h5", "assets/"
_WHAT = "a .keras file"

_ADVICE = {
    "an HDF5 file (.h5)": "load it in Keras 3 and save it there as 'model.keras'",
    "a PyTorch file (.pt, .pth)": "such files can run code when they are opened, so they never are; "
    "copy the arrays over with layer.set_weights",
    "a Python pickle": "such files can run code when they are opened, so they never are; "
    "copy the arrays over with layer.set_weights",
    "an empty file": "saving it was interrupted; use an earlier copy",
}


@dataclass(frozen=True)
class KerasContents:
    """All that a `.keras` file holds, in memory.

    Attributes:
        config, metadata: see `encode_keras`.
        weights: of each group such as "layers/conv2d/vars" its arrays, in order or by names.
        assets: what files of users' own classes hold, by paths such as "layers/my_layer/words.txt".
    """

    config: dict[str, Any]
    metadata: dict[str, Any]
    weights: dict[str, Arrays]
    assets: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class KerasFile:
    """An open `.keras` file: the configuration and the assets are there, arrays are read from `weights` on demand."""

    config: dict[str, Any]
    metadata: dict[str, Any]
    weights: WeightStore
    assets: Mapping[str, bytes] = field(default_factory=dict)


def encode_keras(
    config: Mapping[str, Any],
    metadata: Mapping[str, Any],
    weights: Mapping[str, Arrays],
    *,
    names: Mapping[str, str] | None = None,
    assets: Mapping[str, bytes] | None = None,
) -> bytes:
    """The bytes of a `.keras` file; equal arguments give equal bytes.

    Args:
        config: what Keras calls the serialized model.
        metadata: {"keras_version": ..., "date_saved": ...}.
        weights: for each group, such as "layers/conv2d/vars", its arrays in order: floats are stored as float32. Or its
            arrays by names, which are stored as they are.
        names: for some of the groups the name of the layer, which Keras stores for readers who look into the file.
        assets: what files of users' own classes hold, by paths such as "layers/my_layer/words.txt".

    Raises:
        ArgumentError: the configuration holds something that JSON cannot say, a group or an array is not one, or the
            file would be larger, or nested deeper, than files that are read may be.
    """
    return encode_members(_members(config, metadata, weights, names or {}, assets or {}))


def _members(
    config: Mapping[str, Any],
    metadata: Mapping[str, Any],
    weights: Mapping[str, Arrays],
    names: Mapping[str, str],
    assets: Mapping[str, bytes],
) -> dict[str, bytes]:
    return {
        _METADATA: encode_json_object(metadata, name=_METADATA),
        _CONFIG: encode_json_object(config, name=_CONFIG),
        _WEIGHTS: encode_weights(weights, names, max_bytes=DEFAULT_MAX_BYTES),
        **{f"{_ASSETS}{path}": content for path, content in assets.items()},
    }


def write_keras(
    path: str | os.PathLike[str],
    config: Mapping[str, Any],
    metadata: Mapping[str, Any],
    weights: Mapping[str, Arrays],
    *,
    names: Mapping[str, str] | None = None,
    assets: Mapping[str, bytes] | None = None,
) -> None:
    """Write a `.keras` file in one step: an old file is replaced by the complete new one, or kept.

    Args:
        path: the file to create or to replace.
        config, metadata, weights, names, assets: as for `encode_keras`.

    Raises:
        ArgumentError: as `encode_keras`; nothing is written then.
        FileError: the folder is missing, may not be written to, or the disk is full; an old file is untouched.
    """
    content = encode_keras(config, metadata, weights, names=names, assets=assets)
    with atomic_write(path) as file:
        file.write(content)


def write_keras_folder(
    folder: Path,
    config: Mapping[str, Any],
    metadata: Mapping[str, Any],
    weights: Mapping[str, Arrays],
    *,
    names: Mapping[str, str] | None = None,
    assets: Mapping[str, bytes] | None = None,
) -> None:
    """Write what a `.keras` file holds to a folder, each part a file, as Keras does with `zipped=False`.

    Args:
        folder: made where it is not there.
        config, metadata, weights, names, assets: as for `encode_keras`.

    Raises:
        ArgumentError: as `encode_keras`; nothing is written then.
        FileError: the folder cannot be made or written to; files that were in it are untouched then.
    """
    members = _members(config, metadata, weights, names or {}, assets or {})
    make_folder(folder)
    places = {folder / name: content for name, content in members.items()}
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
    write_together(places.items())
    for left in (path for path in _assets_in(folder) if path not in places):
        left.unlink()  # of a model that was in the folder before


def _folder_of(source: Source) -> Path | None:
    """The folder that a path names, if it holds the parts of such a file."""
    if not isinstance(source, str | os.PathLike):
        return None
    folder = Path(source)
    return folder if os.path.isfile(folder / _CONFIG) else None  # as no method of Path is, False for impossible names


@contextmanager
def open_keras(source: Source, *, max_bytes: int = DEFAULT_MAX_BYTES) -> Iterator[KerasFile]:
    """Open a `.keras` file: the configuration is parsed and the weights' structure checked, no array is read yet.

    Args:
        source: a path, or the bytes of the file; or the path of a folder with its three parts.
        max_bytes: how much the weights may take [bytes], in the file as in memory.

    Yields:
        the file; its weights can be read inside the block.

    Raises:
        FileError: the file is missing, is something else, is damaged, too large, or holds what a `.keras` file must
            not hold. Nothing in a file is ever executed, and nothing is written to the disk.
    """
    name = source_name(source)
    folder = _folder_of(source)
    with open_source(source if folder is None else folder / _WEIGHTS, what=_WHAT) as file:
        if folder is None:
            _check_kind(file, name)
            limits = {_METADATA: MAX_JSON_BYTES, _CONFIG: MAX_JSON_BYTES, _WEIGHTS: max_bytes}
            members, held, size = open_members(file, limits, _WEIGHTS, name=name, below=_ASSETS, max_below=max_bytes)
        else:
            members, held, size = _parts_of(folder, max_bytes), file, _size_of(file, max_bytes, name)
        assets = {path.removeprefix(_ASSETS): members[path] for path in members if path.startswith(_ASSETS)}
        config = parse_json_object(members[_CONFIG], name=f"{name}: {_CONFIG}")
        metadata = parse_json_object(members[_METADATA], name=f"{name}: {_METADATA}")
        with open_weights(held, size=size, name=f"{name}: {_WEIGHTS}", max_bytes=max_bytes) as weights:
            yield KerasFile(config, metadata, weights, assets)


def read_keras(
    source: Source,
    *,
    expected: Callable[[dict[str, Any]], Mapping[str, Sequence[Shape]]] | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> KerasContents:
    """Read a `.keras` file into memory.

    Args:
        source: a path, or the bytes of the file.
        expected: computes, from the configuration, the groups to read and the shapes that their arrays must have;
            other groups are then left unread. Without it every group is read.
        max_bytes: how much the weights may take [bytes].

    Raises:
        FileError: as `open_keras`, or an array is missing, damaged or not as expected.

    Example:
        >>> import numpy as np
        >>> content = encode_keras({}, {}, {"layers/dense/vars": [np.ones((2, 3)), np.zeros(3)]})
        >>> read_keras(content).weights["layers/dense/vars"][1]
        array([0., 0., 0.], dtype=float32)
        >>> read_keras(content, expected=lambda config: {"layers/dense/vars": [(2, 4), (4,)]})
        Traceback (most recent call last):
            ...
        pellucid.errors.FileError: <bytes>: model.weights.h5: layers/dense/vars/0 has shape (2, 3); the model's \
configuration asks for (2, 4)
    """
    with open_keras(source, max_bytes=max_bytes) as file:
        if expected is None:
            weights: dict[str, Arrays] = {group: file.weights.read(group) for group in file.weights.declared}
            weights |= {group: file.weights.entries(group) for group in file.weights.named}
        else:
            weights = {group: file.weights.read(group, shapes) for group, shapes in expected(file.config).items()}
    return KerasContents(file.config, file.metadata, weights, file.assets)


def _parts_of(folder: Path, max_bytes: int) -> dict[str, bytes]:
    """What a folder holds beside the weights."""
    parts = (_METADATA, _CONFIG)
    found = {part: read_source(folder / part, what=f"{part} of a model", max_bytes=MAX_JSON_BYTES) for part in parts}
    for path in _assets_in(folder):
        found[path.relative_to(folder).as_posix()] = read_source(path, what="an asset of a model", max_bytes=max_bytes)
    return found


def _assets_in(folder: Path) -> list[Path]:
    """The files of users' own classes in a folder; links are not followed."""
    places = sorted((folder / _ASSETS).rglob("*"))
    return [
        place for place in places if place.is_file() and not any(each.is_symlink() for each in (place, *place.parents))
    ]


def _size_of(file: BinaryIO, max_bytes: int, name: str) -> int:
    """The size of a file with weights; raises `FileError` where it is too large."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size > max_bytes:
        raise FileError(f"{name}: {_WEIGHTS} has {size:,} bytes; at most {max_bytes:,} are accepted")
    return size


def _check_kind(file: BinaryIO, name: str) -> None:
    """Refuse what does not begin like a zip archive, with advice for the kinds of file that people have."""
    kind = describe_content(file.read(HEAD_BYTES))
    file.seek(0)
    if kind != "a zip archive":
        advice = f": {_ADVICE[kind]}" if kind in _ADVICE else ""
        raise FileError(f"{name} is not {_WHAT}; it looks like {kind}{advice}")
