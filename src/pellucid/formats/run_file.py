"""The file that a training is kept in: plain data and arrays, every byte of it under a checksum.

A prefix (signature, version, length of the header), the SHA-256 of prefix and header, the header as JSON, then the
arrays one after the other, each on a boundary of 64 bytes with zeros before it. The header holds the plain data and,
for each array, its type, shape and SHA-256; so the first checksum vouches for the whole, and a damaged array can be
named. Where arrays lie follows from their sizes: there is nothing that could point elsewhere. Nothing in the file is
ever executed. Where several processes wrote a record, the header stands alone, with what is needed to find the shards
in which the arrays are (`run_shards.py`).
"""

from __future__ import annotations

import hashlib
import math
import os
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np

from pellucid.errors import ArgumentError, FileError, shown
from pellucid.formats.signatures import HEAD_BYTES, describe_content
from pellucid.formats.source import open_source, source_name
from pellucid.formats.spread import Spread
from pellucid.formats.strict_json import MAX_JSON_BYTES, encode_json_object, parse_json_object

__all__ = ["KIND", "Described", "empty_array", "head_of", "read_run", "taken_apart", "write_head", "write_run"]

KIND = "a record of a training (.run)"
"""What such a file is, as it reads in a sentence."""
VERSION = 1
_SIGNATURE = b"\x89PELRUN\n"
_PREFIX = struct.Struct("<8sIIQ")  # signature, version, 0, length of the header
_DIGEST_BYTES = 32
_ALIGNMENT = 64
_MAX_DEPTH = 100
_FEW = 8  # from so many on, floats in a list go into an array
_TYPES = "float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool"
_DTYPES = {name: np.dtype(name).newbyteorder("<") for name in _TYPES.split()}
_ODD_FLOATS = ("nan", "inf", "-inf")


def write_run(file: BinaryIO, content: Mapping[str, Any]) -> None:
    """Write plain data and arrays.

    Args:
        file: open for writing.
        content: dictionaries, lists, tuples, text, numbers, None and arrays of numbers, nested as they like. They come
            back as what they are. An array of which this process has a share is written in shards alone.

    Raises:
        ArgumentError: there is something else in it; the message says where.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> write_run(file, {"step": 3, "best": float("inf"), "weights": {"dense/bias": np.zeros(2, np.float32)}})
        >>> read_run(file.getvalue())
        {'step': 3, 'best': inf, 'weights': {'dense/bias': array([0., 0.], dtype=float32)}}
    """
    plain, arrays = taken_apart(content)
    if any(isinstance(array, Spread) for array in arrays):
        raise ArgumentError("this process has shares of some arrays; all processes write such a record, each a shard")
    digests = [hashlib.sha256(_bytes(array)).hexdigest() for array in arrays]
    place = _write_header(file, {"arrays": _describe(arrays, digests), "content": plain})
    for array in arrays:
        place += file.write(bytes(-place % _ALIGNMENT))
        place += file.write(_bytes(array))


def write_head(file: BinaryIO, content: Mapping[str, Any], shards: Mapping[str, Any]) -> None:
    """Write all but the arrays, and in which shards those are; see `run_shards.py`."""
    plain, arrays = taken_apart(content)
    _write_header(file, {"arrays": _describe(arrays, [""] * len(arrays)), "content": plain, "shards": dict(shards)})


def taken_apart(content: Mapping[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    """Plain data and arrays, as what goes into a header, and the arrays, each of which may be a `Spread`; raises as
    `write_run` does."""
    arrays: list[Any] = []
    return {key: _encoded(value, arrays, key, 1) for key, value in content.items()}, arrays


def _describe(arrays: Sequence[np.ndarray | Spread], digests: Sequence[str]) -> list[list[Any]]:
    return [[array.dtype.name, list(array.shape), digest] for array, digest in zip(arrays, digests, strict=True)]


def _write_header(file: BinaryIO, told: dict[str, Any]) -> int:
    """Everything before the arrays; where it ends."""
    header = encode_json_object(told, name="a record of a training")
    prefix = _PREFIX.pack(_SIGNATURE, VERSION, 0, len(header))
    return file.write(prefix + hashlib.sha256(prefix + header).digest() + header)


def _bytes(array: np.ndarray) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _encoded(value: Any, arrays: list[Any], where: str, depth: int) -> Any:
    """A value in words of JSON; arrays are put aside and stand as their numbers."""
    if depth > _MAX_DEPTH:
        raise ArgumentError(f"{where[:200]}...: a record of a training is nested at most {_MAX_DEPTH} deep")
    if value is None or isinstance(value, str | bool) or type(value) is int:
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"float": str(value)}
    if isinstance(value, Spread):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if isinstance(value, np.ndarray | np.generic):
        return {"array" if isinstance(value, np.ndarray) else "scalar": _put_aside(np.asarray(value), arrays, where)}
    if isinstance(value, list) and len(value) >= _FEW and all(type(item) is float for item in value):
        return {"floats": _put_aside(np.array(value, np.float64), arrays, where)}
    if isinstance(value, list | tuple):
        items = [_encoded(item, arrays, f"{where}/{i}", depth + 1) for i, item in enumerate(value)]
        return items if isinstance(value, list) else {"tuple": items}
    if isinstance(value, Mapping):
        pairs = [(key, _encoded(item, arrays, f"{where}/{key}", depth + 1)) for key, item in value.items()]
        if all(isinstance(key, str) for key, _ in pairs):
            return {"dict": dict(pairs)}
        return {"pairs": [[_encoded(key, arrays, f"{where}: a key", depth + 1), item] for key, item in pairs]}
    raise ArgumentError(
        f"{where}: a record of a training holds numbers, text, None, lists, tuples, dictionaries and arrays, got "
        f"{shown(value)}"
    )


def _put_aside(array: np.ndarray, arrays: list[Any], where: str) -> int:
    if array.dtype.name not in _DTYPES:
        raise ArgumentError(f"{where}: a record of a training holds arrays of numbers, got one of {array.dtype}")
    arrays.append(np.asarray(array, _DTYPES[array.dtype.name], order="C"))
    return len(arrays) - 1


Described = Sequence[tuple[np.dtype, tuple[int, ...], str]]
"""Type, shape and checksum of each array."""
Elsewhere = Callable[[Any, Described], list[np.ndarray]]
"""Gives the arrays that are in shards, by what the header says of the shards."""


def read_run(source: str | os.PathLike[str] | bytes, elsewhere: Elsewhere | None = None) -> dict[str, Any]:
    """Read what `write_run` wrote.

    Args:
        source: the path of a file, or what it holds.
        elsewhere: where the arrays are in shards, reads them.

    Raises:
        FileError: there is no such file, it is no record of a training, of a later version, cut short, or damaged: any
            bit of it; the message says which part.
    """
    name = source_name(source)
    with open_source(source, what=KIND) as file:
        try:
            return _read(file, file.seek(0, os.SEEK_END), name, elsewhere)
        except FileError:
            raise
        except OSError as error:
            raise FileError(f"{name} cannot be read: {error.strerror}; expected {KIND}") from error


def head_of(path: str | os.PathLike[str]) -> Any:
    """What the header of a record says of its shards, None of one that is whole; raises `FileError` as `read_run`."""
    with open_source(path, what=KIND) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        return _read_header(file, size, source_name(path))[0].get("shards")


def _read(file: BinaryIO, size: int, name: str, elsewhere: Elsewhere | None) -> dict[str, Any]:
    file.seek(0)
    header, place = _read_header(file, size, name)
    described = [_described(each, name) for each in _list(header["arrays"], name)]
    end = place
    for dtype, shape, _ in described if "shards" not in header else ():
        end += -end % _ALIGNMENT + math.prod(shape) * dtype.itemsize
    if end != size:
        what = "cut short" if size < end else "too long"
        raise FileError(f"{name} is {what}: it has {size:,} bytes instead of {end:,}")
    if "shards" not in header:
        arrays = _read_arrays(file, described, header, name)
    elif elsewhere is not None:
        arrays = elsewhere(header["shards"], described)
    else:
        raise FileError(f"{name} is the head of a record; its arrays are in the shards beside it, in its folder")
    return _mapping(header["content"], arrays, name)


def _read_arrays(file: BinaryIO, described: Described, header: dict[str, Any], name: str) -> list[np.ndarray]:
    arrays = []
    for number, (dtype, shape, digest) in enumerate(described):
        if any(file.read(-file.tell() % _ALIGNMENT)):
            raise FileError(f"{name} is damaged between its arrays")
        array = empty_array(shape, dtype, name)
        file.readinto(_bytes(array))  # type: ignore[attr-defined]
        if hashlib.sha256(_bytes(array)).hexdigest() != digest:
            raise FileError(f"{name} is damaged: {_place_of(header['content'], number)} is not what was written")
        if dtype.kind == "b" and array.view(np.uint8).max(initial=0) > 1:
            raise FileError(f"{name}: {_place_of(header['content'], number)} holds truth values that are none")
        arrays.append(array.astype(dtype.newbyteorder("="), copy=False))
    return arrays


def empty_array(shape: tuple[int, ...], dtype: np.dtype, name: str) -> np.ndarray:
    """An array to read into; raises `FileError` where there is no memory for what a file claims to hold."""
    try:
        return np.empty(shape, dtype)
    except (ValueError, MemoryError) as error:
        raise FileError(f"{name} holds an array of shape {shape}, which cannot be made: {error}") from error


def _read_header(file: BinaryIO, size: int, name: str) -> tuple[dict[str, Any], int]:
    """The header, and where it ends."""
    prefix = file.read(_PREFIX.size)
    if not prefix.startswith(_SIGNATURE):
        head = prefix + file.read(HEAD_BYTES - len(prefix))
        raise FileError(f"{name} is not {KIND}; it looks like {describe_content(head)}")
    if len(prefix) < _PREFIX.size:
        raise FileError(f"{name} is cut short: it has {size} bytes")
    _, version, reserved, length = _PREFIX.unpack(prefix)
    digest = file.read(_DIGEST_BYTES)
    is_possible = length <= min(MAX_JSON_BYTES, size) and reserved == 0
    content = file.read(length) if is_possible else b""
    if not is_possible or hashlib.sha256(prefix + content).digest() != digest:
        raise FileError(f"{name} is damaged or cut short: its header is not what was written")
    if version != VERSION:
        raise FileError(f"{name} is of version {version}; this Pellucid reads version {VERSION}: use a newer one")
    header = parse_json_object(content, name=f"{name}: header")
    if set(header) - {"shards"} != {"arrays", "content"}:
        raise FileError(f"{name}: the header holds {', '.join(header)}; expected arrays and content")
    return header, file.tell()


def _described(each: Any, name: str) -> tuple[np.dtype, tuple[int, ...], str]:
    """Type, shape and checksum of an array."""
    if isinstance(each, list) and len(each) == 3 and isinstance(each[0], str) and each[0] in _DTYPES:
        shape = each[1] if isinstance(each[1], list) else None
        if shape is not None and len(shape) <= 32 and all(type(n) is int and n >= 0 for n in shape):
            return _DTYPES[each[0]], tuple(shape), str(each[2])
    raise FileError(f"{name}: the header describes an array as {shown(each)}; expected type, shape and checksum")


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise FileError(f"{name}: the header holds {shown(value)} where a list was expected")
    return value


def _dict(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FileError(f"{name}: the header holds {shown(value)} where an object was expected")
    return value


def _decoded(value: Any, arrays: list[np.ndarray], name: str) -> Any:
    if isinstance(value, list):
        return [_decoded(item, arrays, name) for item in value]
    if not isinstance(value, dict):
        return value
    (kind, given), *more = value.items() or ((None, None),)
    if more or kind not in _READERS:
        raise FileError(f"{name}: the header holds {shown(value)}, which means nothing in a record of a training")
    try:
        return _READERS[kind](given, arrays, name)
    except (TypeError, ValueError, IndexError, LookupError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{name}: the header holds {shown(value)}, which cannot be read: {error}") from error


def _array(given: Any, arrays: list[np.ndarray], name: str) -> np.ndarray:
    if type(given) is not int or not 0 <= given < len(arrays):
        raise FileError(f"{name}: the header names the array {shown(given)} of {len(arrays)}")
    return arrays[given]


def _odd_float(given: Any, arrays: list[np.ndarray], name: str) -> float:
    if given not in _ODD_FLOATS:
        raise FileError(f"{name}: the header holds the number {shown(given)}")
    return float(given)


def _mapping(given: Any, arrays: list[np.ndarray], name: str) -> dict[str, Any]:
    return {key: _decoded(item, arrays, name) for key, item in _dict(given, name).items()}


def _pairs(given: Any, arrays: list[np.ndarray], name: str) -> dict[Any, Any]:
    return {_decoded(key, arrays, name): _decoded(item, arrays, name) for key, item in _list(given, name)}


_READERS = {
    "float": _odd_float,
    "array": _array,
    "scalar": lambda given, arrays, name: _array(given, arrays, name)[()],
    "floats": lambda given, arrays, name: _array(given, arrays, name).tolist(),
    "tuple": lambda given, arrays, name: tuple(_decoded(_list(given, name), arrays, name)),
    "dict": _mapping,
    "pairs": _pairs,
}
"""How what JSON has no word for is read."""


def _place_of(content: Any, number: int) -> str:
    """Where an array stands, for messages."""
    return next((place for place, found in _places({"dict": content}, "") if found == number), f"array {number}")


def _places(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """The numbers of arrays with their places, in what `_encoded` made."""
    if isinstance(value, list):
        for i, item in enumerate(value):
            yield from _places(item, f"{place}/{i}")
    elif isinstance(value, dict):
        for kind, given in value.items():
            if kind in ("array", "scalar", "floats"):
                yield place, given
            elif kind == "dict" and isinstance(given, dict):
                for key, item in given.items():
                    yield from _places(item, f"{place}/{key}".removeprefix("/"))
            else:
                yield from _places(given, place)
