"""Safetensors files: named arrays behind a JSON header that says where each lies. Nothing in them can run.

Every rule of the format is checked before an array is touched: a header that fits into the file, no key twice, sizes
that agree with shapes, arrays that neither overlap nor leave holes. Names and layouts mean nothing here.

Source: https://github.com/huggingface/safetensors, its README ("Format").
"""

from __future__ import annotations

import itertools
import json
import math
import os
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np

from pellucid.checks import is_whole
from pellucid.errors import ArgumentError, FileError, escaped
from pellucid.formats.atomic import atomic_write
from pellucid.formats.source import Source, open_source, source_name
from pellucid.formats.strict_json import MAX_JSON_BYTES, parse_json_object
from pellucid.frozen import Frozen

__all__ = ["SafetensorsFile", "StoredTensor", "encode_safetensors", "read_safetensors", "write_safetensors"]

DEFAULT_MAX_BYTES = 4 * 2**30
_LENGTH_BYTES = 8
_METADATA = "__metadata__"
_MOST_AXES = 32
_DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
_NAMES = {np.dtype(text): name for name, text in _DTYPES.items() if name != "BF16"}
_WHAT = "a safetensors file"


class StoredTensor(Frozen):
    """What a file says about one array, known before it is read.

    Attributes:
        dtype: as the format calls it: "F32", "BF16", ...
        shape: of the array.
        begin, end: where its bytes lie behind the header.
    """

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


class SafetensorsFile(Frozen, eq=False):
    """What a file holds.

    Attributes:
        metadata: texts by name.
        tensors: what it says about each array, in the order in which they lie.
        data: all that is behind the header; None where only the header was read.
    """

    metadata: dict[str, str]
    tensors: dict[str, StoredTensor]
    data: bytes | None

    def array(self, name: str) -> np.ndarray:
        """One array; BF16, which NumPy has not, as float32, which holds every such number."""
        tensor, data = self.tensors[name], b"" if self.data is None else self.data
        dtype = np.dtype(_DTYPES[tensor.dtype])
        values = np.frombuffer(data, dtype, math.prod(tensor.shape), tensor.begin).reshape(tensor.shape)
        return (values.astype("<u4") << 16).view("<f4") if tensor.dtype == "BF16" else values


def read_safetensors(
    source: Source, *, max_bytes: int = DEFAULT_MAX_BYTES, header_alone: bool = False
) -> SafetensorsFile:
    """Read a safetensors file, or what its header says.

    Args:
        source: a path, or the bytes of the file.
        max_bytes: the largest file that is read [bytes].
        header_alone: whether the arrays are left unread.

    Raises:
        FileError: the file is missing, is something else, is damaged, too large, or breaks a rule of the format.

    Example:
        >>> file = read_safetensors(encode_safetensors({"w": np.ones((2, 3), np.float32)}, {"by": "me"}))
        >>> file.tensors["w"].shape, file.metadata, file.array("w").sum()
        ((2, 3), {'by': 'me'}, np.float32(6.0))
    """
    name = source_name(source)
    with open_source(source, what=_WHAT) as file:
        size = file.seek(0, os.SEEK_END)
        if size > max_bytes:
            raise FileError(f"{name} has {size:,} bytes; at most {max_bytes:,} are accepted")
        header = _header(file, size, name)
        metadata = _metadata(header.pop(_METADATA, {}), name)
        begin = file.tell()
        tensors = {each: _tensor(each, record, name) for each, record in header.items()}
        ordered = dict(sorted(tensors.items(), key=lambda item: (item[1].begin, item[1].end)))
        _check_places(ordered, size - begin, name)
        return SafetensorsFile(metadata, ordered, None if header_alone else file.read(size - begin))


def _header(file: BinaryIO, size: int, name: str) -> dict[str, Any]:
    file.seek(0)
    length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
    if size < _LENGTH_BYTES + 2 or length > size - _LENGTH_BYTES:
        raise FileError(
            f"{name} is damaged or no safetensors file: its header would have {length:,} bytes, the file has {size:,}; "
            "copy or download it again"
        )
    if length > MAX_JSON_BYTES:
        raise FileError(f"{name}: its header has {length:,} bytes; at most {MAX_JSON_BYTES:,} are accepted")
    text = file.read(length)
    if not text.startswith(b"{"):
        raise FileError(f"{name} is no safetensors file: its header does not begin with a brace")
    return parse_json_object(text, name=f"{name}: its header")


def _metadata(told: object, name: str) -> dict[str, str]:
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        raise FileError(f"{name}: {_METADATA} must hold texts by name")
    return told


def _tensor(tensor: str, record: object, name: str) -> StoredTensor:
    """What the header says about one array, with sizes that agree."""
    where = f"{name}: {escaped(tensor[:100])}"
    if not isinstance(record, dict) or record.keys() != {"dtype", "shape", "data_offsets"}:
        raise FileError(f"{where} must have dtype, shape and data_offsets, and nothing else")
    dtype, shape, places = record["dtype"], record["shape"], record["data_offsets"]
    if not isinstance(dtype, str) or dtype not in _DTYPES:
        raise FileError(f"{where} has numbers of type {str(dtype)[:40]!r}; known are {', '.join(_DTYPES)}")
    if not _are_sizes(shape) or len(shape) > _MOST_AXES:
        raise FileError(f"{where}: its shape must be up to {_MOST_AXES} whole numbers, got {str(shape)[:100]}")
    if not _are_sizes(places) or len(places) != 2:
        raise FileError(f"{where}: its data_offsets must be two whole numbers, got {str(places)[:100]}")
    needed = math.prod(shape) * np.dtype(_DTYPES[dtype]).itemsize
    if places[1] - places[0] != needed:
        raise FileError(
            f"{where} has {places[1] - places[0]:,} bytes; {dtype} of shape {str(shape)[:100]} takes {needed:,}"
        )
    return StoredTensor(dtype, tuple(shape), *places)


def _are_sizes(value: object) -> bool:
    return isinstance(value, list) and all(is_whole(size) and 0 <= size < 2**63 for size in value)


def _check_places(tensors: Mapping[str, StoredTensor], size: int, name: str) -> None:
    """Each array begins where the one before ends, and the last ends with the file."""
    end = 0
    for tensor, told in tensors.items():
        if told.begin != end:
            what = "overlaps the one before" if told.begin < end else "leaves a hole before it"
            raise FileError(f"{name}: {escaped(tensor[:100])} {what}: it begins at byte {told.begin:,}, not {end:,}")
        end = told.end
    if end != size:
        raise FileError(
            f"{name} is damaged: its arrays take {end:,} bytes and {size:,} are there; copy or download it again"
        )


def encode_safetensors(arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> bytes:
    """The bytes of a safetensors file; equal arguments give equal bytes.

    Args:
        arrays: by name.
        metadata: texts by name.

    Raises:
        ArgumentError: an array is of a type that the format has not, or bears the name of the metadata.

    Example:
        >>> encode_safetensors({"a": np.zeros(1, np.float32)}, {})[8:44]
        b'{"a": {"dtype": "F32", "shape": [1],'
    """
    return b"".join(_parts(arrays, metadata))


def _parts(arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> Iterator[bytes]:
    """The file piece by piece: its header, then array after array."""
    header: dict[str, Any] = {_METADATA: dict(metadata)} if metadata else {}
    place = 0
    for name, array in arrays.items():
        dtype = _NAMES.get(array.dtype.newbyteorder("<"))
        if dtype is None or name == _METADATA:
            raise ArgumentError(f"a safetensors file cannot hold {name!r} of {array.dtype}")
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [place, place + array.nbytes]}
        place += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % _LENGTH_BYTES)  # so that arrays begin where numbers of any type may
    if len(text) > MAX_JSON_BYTES:
        raise ArgumentError(f"its header would have {len(text):,} bytes; at most {MAX_JSON_BYTES:,} can be read again")
    yield len(text).to_bytes(_LENGTH_BYTES, "little") + text
    for array in arrays.values():
        yield array.astype(_DTYPES[_NAMES[array.dtype.newbyteorder("<")]], copy=False).tobytes()


def write_safetensors(
    path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]
) -> None:
    """Write a safetensors file in one step: an old file is replaced by the complete new one, or kept.

    Args:
        path: the file to create or to replace.
        arrays, metadata: as for `encode_safetensors`.

    Raises:
        ArgumentError: see `encode_safetensors`; nothing is written then.
        FileError: see `atomic.atomic_write`.
    """
    parts = _parts(arrays, metadata)
    header = next(parts)  # what cannot be written is refused before a file is begun
    with atomic_write(path) as file:
        file.writelines(itertools.chain([header], parts))
