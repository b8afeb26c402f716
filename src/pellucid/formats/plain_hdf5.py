"""The plain core of HDF5: groups, hard links, and arrays of numbers whose bytes are really in the file.

HDF5 is a file system in a file: it knows links to other files, arrays that live elsewhere, sizes that nothing backs,
and filters that are loaded from plug-ins. All of that is refused here, before any array is read.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, TypeAlias, TypeVar

import numpy as np

from pellucid.errors import FileError
from pellucid.formats.signatures import HEAD_BYTES, describe_content
from pellucid.formats.strict_zip import looks_like_a_bomb
from pellucid.naming import is_name

__all__ = [
    "HDF5_ERRORS",
    "MAX_DEPTH",
    "MAX_OBJECTS",
    "Dataset",
    "Group",
    "check_sizes",
    "damage_told",
    "import_h5py",
    "is_part",
    "numbered_and_named",
    "opened_hdf5",
    "plain_groups",
    "read_array",
    "variable_groups",
]

# h5py is imported on first use and has no types of its own.
Group: TypeAlias = Any
Dataset: TypeAlias = Any

Array = TypeVar("Array")

HDF5_ERRORS = (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, OverflowError)
"""What libhdf5 and h5py raise on a damaged file; which one depends on where the damage is."""

SIGNATURE = b"\x89HDF\r\n\x1a\n"
"""How every HDF5 file begins."""
MAX_DEPTH = 400
"""How deep groups may lie in each other."""
MAX_OBJECTS = 200_000
"""How many groups and arrays a file may hold."""


def is_part(name: str) -> bool:
    """Whether it can be one part of a path in a file: a name, and no dots alone, which HDF5 reads as places.

    Such names are never used as paths on the disk.

    Example:
        >>> is_part("conv2d_1"), is_part("größe"), is_part(".."), is_part("a/b")
        (True, True, False, False)
    """
    return is_name(name) and bool(name.strip("."))


def import_h5py() -> Any:
    """The h5py module, loaded on first use with HDF5's plug-ins switched off (unless it was loaded before)."""
    os.environ.setdefault("HDF5_PLUGIN_PRELOAD", "::")
    import h5py

    return h5py


@contextmanager
def opened_hdf5(content: bytes | BinaryIO, *, name: str) -> Iterator[Group]:
    """Open a file that lies in memory, or one that is open for reading.

    Args:
        content: the HDF5 file.
        name: how errors call it.

    Raises:
        FileError: the content is not HDF5, or it is damaged.
    """
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    head = source.read(HEAD_BYTES)
    if not head.startswith(SIGNATURE):
        raise FileError(f"{name} is not an HDF5 file; it looks like {describe_content(head)}")
    h5py = import_h5py()
    with damage_told(name):
        file = h5py.File(source, "r")
    with file:
        yield file


@contextmanager
def damage_told(where: str) -> Iterator[None]:
    """Inside, what libhdf5 and h5py raise on a damaged file becomes a `FileError`.

    Args:
        where: how errors call the file, or what of it is read.
    """
    try:
        yield
    except FileError:
        raise
    except HDF5_ERRORS as error:
        raise FileError(f"{where} is damaged ({error}); copy or download the file again") from error


def variable_groups(file: Group, *, name: str) -> dict[str, dict[str, Dataset]]:
    """Every group called "vars", with its arrays by their names; the whole file is checked on the way.

    Args:
        file: an open file.
        name: how errors call it.

    Raises:
        FileError: the file holds anything but groups, hard links and arrays of numbers, or an array elsewhere.
    """
    found = {}
    for path, arrays in plain_groups(file, name=name, takes=is_part).items():
        if path.rpartition("/")[2] == "vars":
            found[path] = arrays
        elif arrays:
            raise FileError(f"{name}: array {next(iter(arrays))!r} is not in a group called 'vars'")
    return found


def plain_groups(file: Group, *, name: str, takes: Callable[[str], object]) -> dict[str, dict[str, Dataset]]:
    """Every group of a file by its path, with the arrays that are in it; the whole file is checked on the way.

    Args:
        file: an open file; its own path is "".
        name: how errors call it.
        takes: whether a group or an array may be called so.

    Raises:
        FileError: the file holds anything but groups, hard links and arrays of numbers, or an array elsewhere.
    """
    walk = _Walk(name, takes)
    walk.enter(file, "", 0)
    return walk.groups


class _Walk:
    """One pass over a file's groups that refuses everything but hard links to groups and to plain arrays."""

    def __init__(self, name: str, takes: Callable[[str], object]) -> None:
        self.name, self.takes = name, takes
        self.h5py = import_h5py()
        self.visited: set[int] = set()
        self.groups: dict[str, dict[str, Dataset]] = {}

    def enter(self, group: Group, path: str, depth: int) -> None:
        """Look at a group, and at all that is below it."""
        if depth > MAX_DEPTH:
            raise FileError(f"{self.name}: groups are nested more than {MAX_DEPTH} deep")
        self._visit_once(group, path)
        arrays: dict[str, Dataset] = {}
        for part in group:
            where = f"{path}/{part}" if path else part
            child = self._follow(group, part, where)
            if isinstance(child, self.h5py.Group):
                self.enter(child, where, depth + 1)
            else:
                self._visit_once(child, where)
                _check_array(child, f"{self.name}: {where}")
                arrays[part] = child
        self.groups[path] = arrays

    def _follow(self, group: Group, part: str, where: str) -> Group | Dataset:
        """The group or the array behind one name."""
        if not self.takes(part):
            raise FileError(f"{self.name}: the name {part[:200]!r} has letters that names in such files have not")
        link = group.get(part, getlink=True)
        if not isinstance(link, self.h5py.HardLink):
            raise FileError(f"{self.name}: {where} is a {type(link).__name__}; links are not followed")
        child = group[part]
        if not isinstance(child, self.h5py.Group | self.h5py.Dataset):
            raise FileError(f"{self.name}: {where} is a stored data type; expected groups and arrays only")
        return child

    def _visit_once(self, item: Group | Dataset, path: str) -> None:
        address = self.h5py.h5o.get_info(item.id).addr
        if address in self.visited:
            raise FileError(f"{self.name}: {path!r} is a second name for something that was already read")
        self.visited.add(address)
        if len(self.visited) > MAX_OBJECTS:
            raise FileError(f"{self.name} holds more than {MAX_OBJECTS:,} groups and arrays")


def numbered_and_named(
    groups: Mapping[str, Mapping[str, Array]],
) -> tuple[dict[str, list[Array]], dict[str, Mapping[str, Array]]]:
    """The groups whose arrays are "0", "1" and so on, in order; and those whose arrays have other names.

    Example:
        >>> numbered_and_named({"a/vars": {"1": "bias", "0": "kernel"}, "b/vars": {"table": "words"}})
        ({'a/vars': ['kernel', 'bias']}, {'b/vars': {'table': 'words'}})
    """
    numbers = {group: [str(number) for number in range(len(arrays))] for group, arrays in groups.items()}
    numbered = {group: names for group, names in numbers.items() if set(names) == set(groups[group])}
    ordered = {group: [groups[group][name] for name in names] for group, names in numbered.items()}
    return ordered, {group: arrays for group, arrays in groups.items() if group not in numbered}


def _check_array(dataset: Dataset, where: str) -> None:
    """Refuse an array whose values do not lie, complete and in plain numbers, in the file itself."""
    h5py = import_h5py()
    plan = dataset.id.get_create_plist()
    if plan.get_external_count():
        raise FileError(f"{where} keeps its values in another file, which is never opened")
    if plan.get_layout() not in (h5py.h5d.COMPACT, h5py.h5d.CONTIGUOUS, h5py.h5d.CHUNKED):
        raise FileError(f"{where} is a virtual array, which points into other files; these are never opened")
    known_filters = (h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32)
    for i in range(plan.get_nfilters()):
        if plan.get_filter(i)[0] not in known_filters:
            raise FileError(f"{where} is compressed by filter {plan.get_filter(i)[0]}; only gzip is accepted")
    _check_dtype(dataset, where)
    if dataset.shape is None:
        raise FileError(f"{where} is empty: it declares no shape")
    # math.prod, because NumPy's product of a hostile shape could overflow to something small.
    declared, stored = math.prod(dataset.shape) * dataset.dtype.itemsize, dataset.id.get_storage_size()
    if looks_like_a_bomb(declared, stored) or (stored < declared and not plan.get_nfilters()):
        raise FileError(f"{where} declares {declared:,} bytes but only {stored:,} are stored; it is refused")


def _check_dtype(dataset: Dataset, where: str) -> None:
    h5py = import_h5py()
    kind = dataset.id.get_type()
    if isinstance(kind, h5py.h5t.TypeFloatID) and dataset.dtype.kind == "f" and dataset.dtype.itemsize <= 8:
        return
    if isinstance(kind, h5py.h5t.TypeIntegerID) and np.can_cast(dataset.dtype, np.int64):
        return
    if isinstance(kind, h5py.h5t.TypeOpaqueID) and kind.get_size() == 2:
        raise FileError(f"{where} holds bfloat16 numbers; save the model in float32 and load it again")
    raise FileError(f"{where} holds values of type {dataset.dtype}; expected float16, float32 or float64")


def check_sizes(arrays: Sequence[Dataset], *, file_bytes: int, max_bytes: int, name: str) -> None:
    """Refuse arrays that together would take more than `max_bytes` of memory, or that share their bytes in the file.

    Raises:
        FileError: as said.
    """
    needed = sum(math.prod(dataset.shape) * _bytes_in_memory(dataset.dtype) for dataset in arrays)
    if needed > max_bytes:
        raise FileError(f"{name} holds {needed:,} bytes of weights; at most {max_bytes:,} are accepted (max_bytes)")
    stored = sum(dataset.id.get_storage_size() for dataset in arrays)
    if stored > file_bytes:
        raise FileError(f"{name} declares {stored:,} stored bytes in a file of {file_bytes:,}: arrays overlap")


def _bytes_in_memory(dtype: np.dtype) -> int:
    """Floats are handed out as float32 (float64 takes 8 bytes on the way), integers as int64."""
    return max(dtype.itemsize, 4) if dtype.kind == "f" else 8


def read_array(dataset: Dataset, where: str, *, as_stored: bool = False) -> np.ndarray:
    """The values of an array: float32, or int64 where the file holds integers.

    Args:
        dataset: checked before.
        where: how errors call it.
        as_stored: whether the numbers stay of the type that they have in the file.

    Raises:
        FileError: it is damaged, or holds a number that float32 cannot.
    """
    with damage_told(where):
        values = np.asarray(dataset[()])
    if as_stored:
        return values
    if values.dtype.kind != "f":
        return values.astype(np.int64, copy=False)
    with np.errstate(over="ignore"):
        result = values.astype(np.float32, copy=False)
    if np.isinf(result).sum() != np.isinf(values).sum():
        raise FileError(f"{where} holds {values.dtype} numbers that are too large for float32")
    return result
