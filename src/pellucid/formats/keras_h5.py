"""HDF5 files of Keras 1, 2 and 3: whole models (`model.save("model.h5")`) and weights alone (`save_weights`).

The weights of each layer of the model lie in a group under the layer's name, those of a model in it all in its one
group. What the configuration means, and how the arrays of other days are to be turned, is not decided here.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from pellucid.errors import ArgumentError, FileError
from pellucid.formats import hdf5_attributes
from pellucid.formats.atomic import atomic_write
from pellucid.formats.hdf5_heaps import check_heaps
from pellucid.formats.keras_v3 import DEFAULT_MAX_BYTES
from pellucid.formats.plain_hdf5 import (
    Dataset,
    Group,
    check_sizes,
    damage_told,
    import_h5py,
    opened_hdf5,
    plain_groups,
    read_array,
)
from pellucid.formats.source import Source, open_source, source_name
from pellucid.formats.strict_json import encode_json_object, parse_json_object

__all__ = ["KerasH5", "NamedArrays", "StoredWeight", "is_keras_h5", "open_keras_h5", "write_keras_h5"]

WHAT = "an HDF5 file of Keras (.h5)"
NAMES = re.compile(r"(?!\.+$)[^\x00-\x1f\x7f/]{1,255}")
"""One part of a path. Layers may be called almost anything; such names are never used as paths on the disk."""
NamedArrays: TypeAlias = Sequence[tuple[str, np.ndarray]]
"""Arrays in order, each with its name in the file."""
NOTES = ("pellucid_images",)
"""Texts of ours, which Keras reads over."""
MODEL, OPTIMIZER, TOP = "model_weights", "optimizer_weights", "top_level_model_weights"
TRAINING, OWN_TRAINING = "training_config", "pellucid_training_config"
"""How a model was compiled: for all who read such files; with an optimiser that Keras 2 lacks, for us alone."""


class StoredWeight(NamedTuple):
    """One array as a file declares it, before it is read.

    Attributes:
        name: as the file has it, such as "conv2d_1/kernel:0" or "convolution2d_1_W".
        shape, dtype: of its values.
        dataset: where they are.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    dataset: Dataset

    def read(self, where: str) -> np.ndarray:
        """The values: float32, or int64 where the file holds integers; `where` is how errors call the file.

        Raises:
            FileError: they are damaged, or too large for float32.
        """
        return read_array(self.dataset, f"{where}: {self.name}")


class KerasH5(NamedTuple):
    """An open file: texts are there, arrays are read on demand.

    Attributes:
        name: how errors call the file.
        config: the record of the model; None in files of weights alone.
        training: how it was compiled, where the file tells.
        version: the Keras that wrote it: "2.0.5"; "1" where the file does not say, "0" for the form of before 1.0.
        backend: what Keras computed with: "tensorflow", "theano", ...; None where the file does not say.
        layers: the weights of each layer, by name, in the order of the model.
        top: those that the model itself has.
        optimizer: what the optimiser remembers.
        texts: what programs that are not Keras wrote beside, by name.
    """

    name: str
    config: dict[str, Any] | None
    training: dict[str, Any] | None
    version: str
    backend: str | None
    layers: dict[str, list[StoredWeight]]
    top: list[StoredWeight]
    optimizer: list[StoredWeight]
    texts: Mapping[str, str] = {}

    @property
    def generation(self) -> int:
        """The first number of the version, from 0 to 3."""
        return min(int(self.version.partition(".")[0]), 3)


@contextmanager
def open_keras_h5(source: Source, *, max_bytes: int = DEFAULT_MAX_BYTES) -> Iterator[KerasH5]:
    """Open a file of a model, or of weights alone, and check all of its structure; no array is read yet.

    Args:
        source: a path, or the bytes of the file.
        max_bytes: how much the weights may take [bytes], in the file as in memory.

    Yields:
        the file, readable inside the block.

    Raises:
        FileError: the file is missing, damaged, too large, none of Keras, or uses anything of HDF5 beyond groups, hard
            links, texts, and arrays of numbers that are stored in the file itself.
    """
    name = source_name(source)
    with open_source(source, what=WHAT) as content:
        size = content.seek(0, os.SEEK_END)
        content.seek(0)
        if size > max_bytes:
            raise FileError(f"{name} is larger than {max_bytes:,} bytes, too large for {WHAT}")
        check_heaps(content, name)
        with opened_hdf5(content, name=name) as file:
            with damage_told(name):
                groups = plain_groups(file, name=name, takes=NAMES.fullmatch)
                arrays = [array for held in groups.values() for array in held.values()]
                check_sizes(arrays, file_bytes=size, max_bytes=max_bytes, name=name)
                opened = _Reader(file, groups, name).read()
            yield opened


def is_keras_h5(source: Source) -> bool:
    """Whether a file is one of a whole model or of Keras 1's and 2's weights, and no `.weights.h5` of Keras 3."""
    name = source_name(source)
    with open_source(source, what=WHAT) as content, opened_hdf5(content, name=name) as file, damage_told(name):
        return MODEL in file or "model_config" in file.attrs or _lists_layers(file)


def _lists_layers(group: Group) -> bool:
    return any(name in group.attrs for name in ("layer_names", "layer_names0", "nb_layers"))


class _Reader:
    """Finds its way through one file."""

    def __init__(self, file: Group, groups: Mapping[str, Mapping[str, Dataset]], name: str) -> None:
        self.file, self.groups, self.name = file, groups, name

    def read(self) -> KerasH5:
        """All but the values of the arrays."""
        place = MODEL if MODEL in self.groups else ""
        weights = self.file[place] if place else self.file
        if not _lists_layers(weights):
            raise FileError(
                f"{self.name} is no file of Keras: it has no {MODEL!r}, and names no layers ('layer_names') of weights"
            )
        oldest = "nb_layers" in weights.attrs
        return KerasH5(
            self.name,
            self._json("model_config"),
            self._json(TRAINING) or self._json(OWN_TRAINING),
            "0" if oldest else self._version(weights),
            hdf5_attributes.text(weights, "backend", self.name)
            or hdf5_attributes.text(self.file, "backend", self.name),
            self._numbered_layers(weights) if oldest else self._layers(weights, place),
            self._listed(f"{place}/{TOP}") if f"{place}/{TOP}" in self.groups else [],
            self._listed(OPTIMIZER) if OPTIMIZER in self.groups else [],
            {name: text for name in NOTES if (text := hdf5_attributes.text(self.file, name, self.name)) is not None},
        )

    def _json(self, name: str) -> dict[str, Any] | None:
        found = hdf5_attributes.text(self.file, name, self.name)
        return None if found is None else parse_json_object(found.encode(), name=f"{self.name}: {name}")

    def _version(self, weights: Group) -> str:
        """Keras 1 wrote its version beside whole models only."""
        for group in (weights, self.file):
            found = hdf5_attributes.text(group, "keras_version", self.name)
            if found is not None:
                if not re.match(r"[123](\.|$)", found) or len(found) > 40:
                    raise FileError(f"{self.name} is of Keras {found[:40]!r}; the generations 1, 2 and 3 are read")
                return found
        return "1"

    def _layers(self, weights: Group, place: str) -> dict[str, list[StoredWeight]]:
        names = hdf5_attributes.texts(weights, "layer_names", self.name)
        if len(set(names)) < len(names):
            raise FileError(f"{self.name}: layer_names names a layer twice")
        return {name: self._listed(f"{place}/{name}") for name in names}

    def _numbered_layers(self, weights: Group) -> dict[str, list[StoredWeight]]:
        """The form of before Keras 1.0: layers and their arrays have numbers, no names."""
        found = {}
        for number in range(hdf5_attributes.number(weights, "nb_layers", self.name)):
            place = _path(f"{weights.name}/layer_{number}")
            if place not in self.groups:
                raise FileError(f"{self.name} has no group {place!r}, though it counts {number + 1} layers or more")
            count = hdf5_attributes.number(self.file[place], "nb_params", f"{self.name}: {place}")
            found[f"layer_{number}"] = [self._weight(place, f"param_{each}") for each in range(count)]
        return found

    def _listed(self, place: str) -> list[StoredWeight]:
        """The arrays that a group lists."""
        place = _path(place)
        if place not in self.groups:
            raise FileError(f"{self.name} has no group {place[:200]!r}, which it lists among its layers")
        names = hdf5_attributes.texts(self.file[place], "weight_names", f"{self.name}: {place}")
        if len(set(names)) < len(names):
            raise FileError(f"{self.name}: {place} lists an array twice")
        return [self._weight(place, name) for name in names]

    def _weight(self, place: str, name: str) -> StoredWeight:
        above, _, last = _path(f"{place}/{name}").rpartition("/")
        dataset = self.groups.get(above, {}).get(last)
        if dataset is None:
            raise FileError(f"{self.name}: {place} has no array {name[:200]!r}, which it lists")
        return StoredWeight(name, dataset.shape, dataset.dtype, dataset)


def _path(path: str) -> str:
    """A path in the file in its plain form."""
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def write_keras_h5(
    path: str | os.PathLike[str],
    layers: Mapping[str, NamedArrays],
    *,
    version: str,
    records: Mapping[str, Mapping[str, Any] | None] | None = None,
    optimizer: NamedArrays = (),
    texts: Mapping[str, str] | None = None,
) -> None:
    """Write a file of Keras 2 in one step: an old file is replaced by the complete new one, or kept.

    Args:
        path: the file to create or to replace.
        layers: the weights of each layer, in the order of the model.
        version: the Keras whose form it has.
        records: "model_config" is that of the model, `TRAINING` or `OWN_TRAINING` how it was compiled; None for a file
            of weights alone.
        optimizer: what its optimiser remembers.
        texts: what stands beside, by name, for whoever knows it.

    Raises:
        ArgumentError: a name cannot stand in such files, or stands there twice; nothing is written then.
        FileError: see `atomic.atomic_write`; an old file is untouched.
    """
    h5py, buffer = import_h5py(), io.BytesIO()
    told = {name: record for name, record in (records or {}).items() if record is not None}
    encoded = {name: encode_json_object(record, name=name) for name, record in told.items()}
    with h5py.File(buffer, "w", libver="earliest") as file:
        for name, content in {"backend": b"tensorflow", "keras_version": version.encode(), **encoded}.items():
            file.attrs[name] = content
        for name, text in (texts or {}).items():
            file.attrs[name] = text.encode()
        group = file if records is None else file.create_group(MODEL)
        _write_names(group, "layer_names", list(layers))
        group.attrs["backend"], group.attrs["keras_version"] = b"tensorflow", version.encode()
        for name, arrays in sorted(layers.items()):
            _write_arrays(group.create_group(_checked_name(name)), arrays)
        if optimizer:
            _write_arrays(file.create_group(OPTIMIZER), optimizer)
    with atomic_write(path) as target:
        target.write(buffer.getvalue())


MOST_IN_ONE = 60_000  # bytes of an attribute: HDF5 takes 64 KiB in the header of a group


def _write_names(group: Group, name: str, names: Sequence[str]) -> None:
    """A list of names; in pieces, as Keras has them, where it would be too long for one attribute."""
    encoded = [each.encode() for each in names]
    width = max(map(len, encoded), default=1)
    most = max(MOST_IN_ONE // width, 1)
    pieces = [encoded[start : start + most] for start in range(0, len(encoded), most)]
    if len(pieces) < 2:
        group.attrs[name] = np.array(encoded, f"S{width}")
        return
    for number, piece in enumerate(pieces):
        group.attrs[f"{name}{number}"] = np.array(piece, f"S{width}")


def _write_arrays(group: Group, arrays: NamedArrays) -> None:
    names = [name for name, _ in arrays]
    if len(set(names)) < len(names):
        raise ArgumentError(f"two arrays of {group.name} would have one name in the file; give the layers other names")
    _write_names(group, "weight_names", names)
    for name, array in arrays:
        group.create_dataset("/".join(map(_checked_name, name.split("/"))), data=array)


def _checked_name(part: str) -> str:
    if not NAMES.fullmatch(part):
        raise ArgumentError(f"{part[:200]!r} cannot be a name in an HDF5 file of Keras; give it another one")
    return part
