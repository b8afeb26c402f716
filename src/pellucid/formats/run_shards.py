"""A record of a training in shards, as several processes write it together: each a part of every array.

The head is a file as of a record that is whole (`run_file.py`), without the arrays; it says which shards it belongs to.
Of n processes the i-th writes from each array, laid out flat, the i-th of n even parts into a file of its own, with
checksums; of an array that lies in shares on their devices (`spread.py`) what its own hold, so that nobody puts it
together. A shard holds its name, which is drawn anew for each record, so none can stand for that of another record.
Any number of processes reads them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from pellucid.checks import is_whole
from pellucid.errors import FileError, escaped, shown
from pellucid.formats.run_file import Described, empty_array, head_of, read_run, taken_apart, write_head, write_run
from pellucid.formats.spread import Pieces, Spread, are_all_of
from pellucid.frozen import Frozen

__all__ = ["Shards", "read_record", "shards_of", "write_shard", "write_shards_head"]

_NAME = re.compile(r"[0-9a-f]{16}")
_FILE = re.compile(r"[0-9a-f]{16}-[1-9][0-9]{0,5}-of-[1-9][0-9]{0,5}\.shard")
MOST = 100_000
"""Processes of one training."""


class Shards(Frozen):
    """Which files hold the arrays of a record.

    Args:
        name: 16 hexadecimal digits, drawn anew for each record.
        count: how many there are.
    """

    name: str
    count: int

    def path(self, folder: Path, number: int) -> Path:
        """The file of one of them, from 0."""
        return folder / f"{self.name}-{number + 1}-of-{self.count}.shard"

    def __contains__(self, path: Path) -> bool:
        return path.name.startswith(f"{self.name}-") and path.name.endswith(f"-of-{self.count}.shard")

    @staticmethod
    def all_in(folder: Path) -> list[Path]:
        """The shards in a folder, of whatever records."""
        return [Path(entry.path) for entry in os.scandir(folder) if _FILE.fullmatch(entry.name)]


def write_shard(file: BinaryIO, content: Mapping[str, Any], shards: Shards, number: int) -> None:
    """Write the part of one process of all arrays; raises as `write_run` does."""
    arrays = [
        array.pieces if isinstance(array, Spread) else _part(array.reshape(-1), shards, number)
        for array in taken_apart(content)[1]
    ]
    write_run(file, {**vars(shards), "number": number, "arrays": arrays})


def write_shards_head(file: BinaryIO, content: Mapping[str, Any], shards: Shards) -> None:
    """Write what belongs to the shards: all but the arrays."""
    write_head(file, content, vars(shards))


def read_record(path: Path) -> dict[str, Any]:
    """Read a record, whole or in shards.

    Raises:
        FileError: as `read_run`, and a shard is missing or damaged; says which.
    """
    return read_run(path, lambda told, described: _joined(path, _shards(told, path), described))


def shards_of(path: Path) -> Shards | None:
    """Which shards the head of a record belongs to; None of one that is whole.

    Raises:
        FileError: it cannot be read.
    """
    told = head_of(path)
    return None if told is None else _shards(told, path)


def _part(flat: np.ndarray, shards: Shards, number: int) -> np.ndarray:
    return flat[flat.size * number // shards.count : flat.size * (number + 1) // shards.count]


def _shards(told: Any, path: Path) -> Shards:
    if isinstance(told, dict) and set(told) == {"name", "count"}:
        name, count = told["name"], told["count"]
        if isinstance(name, str) and _NAME.fullmatch(name) and is_whole(count) and 1 <= count <= MOST:
            return Shards(name, count)
    raise FileError(f"{escaped(path)}: the header describes its shards as {shown(told)}; expected a name and a count")


def _joined(path: Path, shards: Shards, described: Described) -> list[np.ndarray]:
    """The arrays, put together of all shards."""
    flat: list[np.ndarray] = []
    written: list[list[tuple[int, int]]] = [[] for _ in described]
    for number in range(shards.count):
        place = shards.path(path.parent, number)
        if not place.exists():
            raise FileError(
                f"{escaped(path)} is a record in {shards.count} shards, and {escaped(place.name)} is not beside it: "
                "all processes write into one folder, which all of them see"
            )
        found = read_run(place)
        arrays = found.get("arrays")
        is_of_this = [found.get(key) for key in ("name", "count", "number")] == [shards.name, shards.count, number]
        if not is_of_this or not isinstance(arrays, list) or len(arrays) != len(described):
            raise FileError(f"{escaped(place)} is no shard of {escaped(path.name)}")
        flat = flat or [empty_array(shape, dtype.newbyteorder("="), str(path)) for dtype, shape, _ in described]
        for array, part, places in zip(flat, arrays, written, strict=True):
            for first, numbers in _pieces(part, array, shards, number, place):
                places.append((first, first + numbers.size))
                array.reshape(-1)[first : first + numbers.size] = numbers
    if not all(are_all_of(places, array.size) for array, places in zip(flat, written, strict=True)):
        raise FileError(f"{escaped(path)}: its {shards.count} shards hold some numbers twice, or not at all")
    return flat


def _pieces(part: Any, array: np.ndarray, shards: Shards, number: int, place: Path) -> Pieces:
    """Where what a shard holds of an array goes, checked."""
    if isinstance(part, np.ndarray):
        is_even = part.shape == _part(array.reshape(-1), shards, number).shape
        pieces: Any = [(array.size * number // shards.count, part)] if is_even else None
    else:
        pieces = part
    if isinstance(pieces, list) and all(_fits(piece, array) for piece in pieces):
        return pieces
    raise FileError(f"{escaped(place)} holds {shown(part)} as a part of an array of {shown(array)}")


def _fits(piece: Any, array: np.ndarray) -> bool:
    if not isinstance(piece, tuple) or len(piece) != 2:
        return False
    first, numbers = piece
    are_numbers = isinstance(numbers, np.ndarray) and numbers.dtype == array.dtype and numbers.ndim == 1
    return are_numbers and is_whole(first) and 0 <= first <= array.size - numbers.size
