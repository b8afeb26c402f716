"""Weights of one model in several files, `name_00000.weights.h5` and so on, and `name.weights.json`, which says where
each array is: as Keras 3 writes them with `max_shard_size`.

The table also has a checksum of each file, which Keras passes over. So a set of which a part is older, or damaged, is
refused here and never loaded in a mixture.

Source: ShardedH5IOStore of Keras 3.15, for the names and the table.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from pellucid.errors import ArgumentError, FileError, escaped, shown
from pellucid.formats.atomic import atomic_write, write_together
from pellucid.formats.paths import checked_path
from pellucid.formats.plain_hdf5 import (
    Dataset,
    check_sizes,
    damage_told,
    is_part,
    opened_hdf5,
    plain_groups,
)
from pellucid.formats.source import open_source
from pellucid.formats.strict_json import MAX_JSON_BYTES, encode_json_object, parse_json_object
from pellucid.formats.weight_groups import places_of_today
from pellucid.formats.weight_store import Arrays, WeightStore, by_name, encode_weights

__all__ = ["TABLE", "open_shards", "write_shards"]

TABLE = ".weights.json"
MOST_SHARDS = 1000
SHA256 = "sha256"
_FILE_NAME = re.compile(r"[^/\\\x00-\x1f]{1,200}\.weights\.h5")
_BLOCK = 2**20

Shard = dict[str, dict[str, np.ndarray]]
"""What a file holds: per group its arrays, by their numbers or names."""


def write_shards(path: Path, weights: Mapping[str, Arrays], names: Mapping[str, str], *, shard_bytes: int) -> None:
    """Write weights into files of a largest size, and the table that says where each is; the table comes last.

    Args:
        path: of the table, ending in ".weights.json"; the files stand beside it.
        weights: for each group its arrays in order, or by names.
        names: for some of the groups the name of the layer.
        shard_bytes: how much the arrays in one file may take.

    Raises:
        ArgumentError: an array is larger than a file may be, or there would be too many files.
        FileError: see `atomic.atomic_write`.
    """
    shards = _divided(weights, shard_bytes)
    base = path.name.removesuffix(TABLE)
    table: dict[str, Any] = {}
    sums: dict[str, str] = {}

    def contents() -> Iterator[tuple[Path, bytes]]:
        for number, shard in enumerate(shards):
            name = f"{base}_{number:05}.weights.h5"
            content = encode_weights(
                shard,
                names,
                max_bytes=2 * shard_bytes + _BLOCK,  # whole numbers of four bytes are counted as eight
            )
            sums[name] = hashlib.sha256(content).hexdigest()
            for group in shard:
                held = table.get(f"/{group}")
                table[f"/{group}"] = name if held is None else [*([held] if isinstance(held, str) else held), name]
            yield checked_path(path.with_name(name), "a part of the weights"), content

    total = sum(array.nbytes for shard in shards for arrays in shard.values() for array in arrays.values())
    with atomic_write(path) as file:  # whether the table can be written is known before a part takes its place
        write_together(contents())
        told = {"metadata": {"total_size": float(total), SHA256: sums}, "weight_map": table}
        file.write(encode_json_object(told, name=escaped(path)))


def _divided(weights: Mapping[str, Arrays], shard_bytes: int) -> list[Shard]:
    """The arrays in their order, file by file."""
    shards: list[Shard] = [{}]
    filled = 0
    for group, arrays in weights.items():
        for name, array in by_name(arrays):
            if array.nbytes > shard_bytes:
                raise ArgumentError(
                    f"save_weights: {group}/{name} takes {array.nbytes:,} bytes, more than a file may have "
                    f"({shard_bytes:,}); give a larger max_shard_size (in GiB)"
                )
            if filled + array.nbytes > shard_bytes:
                shards.append({})
                filled = 0
            shards[-1].setdefault(group, {})[name] = array
            filled += array.nbytes
    if len(shards) > MOST_SHARDS:
        raise ArgumentError(
            f"save_weights: {len(shards)} files would be written, at most {MOST_SHARDS} are; give a larger "
            "max_shard_size (in GiB)"
        )
    return shards


@contextmanager
def open_shards(path: Path, *, max_bytes: int) -> Iterator[WeightStore]:
    """Open weights that are in several files; no array is read yet.

    Args:
        path: of the table.
        max_bytes: how much the weights may take [bytes], all together.

    Yields:
        the weights, readable inside the block.

    Raises:
        FileError: the table is none, a file is missing, damaged, older than the table, or holds something else.
    """
    name = escaped(path)
    with open_source(path, what=f"a {TABLE} file") as content:
        table = parse_json_object(content.read(MAX_JSON_BYTES + 1), name=name)
    files, sums = _files(table, name)
    groups: dict[str, dict[str, Dataset]] = {}
    size = 0
    with ExitStack() as stack:
        for each in files:
            beside = path.with_name(each)
            where = escaped(beside)
            file = stack.enter_context(open_source(beside, what=f"a part of {name}"))
            size += file.seek(0, os.SEEK_END)
            if size > max_bytes:
                raise FileError(f"{name}: its files are larger than {max_bytes:,} bytes together (max_bytes)")
            _check_sum(file, sums.get(each), where)
            _gather(groups, stack.enter_context(opened_hdf5(file, name=where)), where)
        check_sizes(
            [each for group in groups.values() for each in group.values()],
            file_bytes=size,
            max_bytes=max_bytes,
            name=name,
        )
        places = places_of_today(groups)
        yield WeightStore({places[group]: arrays for group, arrays in groups.items()}, name)


def _files(table: Mapping[str, Any], name: str) -> tuple[list[str], Mapping[str, Any]]:
    """The names of the files in the order in which they first appear, and their checksums."""
    held, told = table.get("weight_map"), table.get("metadata")
    if not isinstance(held, dict) or not held or not isinstance(told, dict):
        raise FileError(f"{name} is no table of weights: it has no 'metadata' and 'weight_map'")
    found: dict[str, None] = {}
    for value in held.values():
        for each in value if isinstance(value, list) else [value]:
            if not isinstance(each, str) or not _FILE_NAME.fullmatch(each):
                raise FileError(f"{name} names {shown(each)}, which is no .weights.h5 file beside it")
            found[each] = None
    if len(found) > MOST_SHARDS:
        raise FileError(f"{name} names {len(found)} files; at most {MOST_SHARDS} are read")
    sums = told.get(SHA256, {})
    if not isinstance(sums, dict):
        raise FileError(f"{name} has no checksums where they stand")
    return list(found), sums


def _check_sum(file: BinaryIO, wanted: Any, where: str) -> None:
    """Refuse a file that is another than the table was written for; Keras's tables do not say it."""
    file.seek(0)
    if wanted is not None:
        digest = hashlib.sha256()
        while block := file.read(_BLOCK):
            digest.update(block)
        if digest.hexdigest() != wanted:
            raise FileError(
                f"{where} is not what its table was written for: it is damaged, or of another time (a save that was "
                "broken off). Save the weights again"
            )
        file.seek(0)


def _gather(groups: dict[str, dict[str, Dataset]], file: Any, where: str) -> None:
    """Add what one file holds; a group may have arrays in several."""
    with damage_told(where):
        for group, arrays in plain_groups(file, name=where, takes=is_part).items():
            if group.rpartition("/")[2] != "vars":
                if arrays:
                    raise FileError(f"{where}: array {next(iter(arrays))!r} is not in a group called 'vars'")
                continue
            held = groups.setdefault(group, {})
            twice = held.keys() & arrays.keys()
            if twice:
                raise FileError(f"{where}: {group}/{min(twice)} is in two files")
            held.update(arrays)
