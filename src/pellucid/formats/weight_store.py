"""Named lists of arrays in HDF5, as Keras 3 lays them out in `model.weights.h5`.

A group such as "layers/conv2d/vars" holds the arrays "0" (the kernel) and "1" (the bias); that of a class which writes
its own (`save_own_variables`) holds arrays of any names. Which group belongs to which layer is not decided here: see
`weight_groups`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple, TypeAlias, cast

import numpy as np

from pellucid.errors import ArgumentError, FileError
from pellucid.formats.plain_hdf5 import (
    MAX_DEPTH,
    MAX_OBJECTS,
    Dataset,
    check_sizes,
    damage_told,
    import_h5py,
    is_part,
    numbered_and_named,
    opened_hdf5,
    read_array,
    variable_groups,
)
from pellucid.formats.weight_groups import places_of_today
from pellucid.naming import NAME_RULE

__all__ = ["ReadStore", "Shape", "StoredArray", "WeightStore", "encode_weights", "open_weights"]

Shape: TypeAlias = tuple[int, ...]
Arrays: TypeAlias = Sequence[np.ndarray] | Mapping[str, np.ndarray]
"""What a group holds: arrays in order, or by names."""


LARGEST_FLOAT = 8
"""Of so many bytes are the longest floats that files hold."""


class StoredArray(NamedTuple):
    """What a file declares about one array, known before the array is read."""

    shape: Shape
    dtype: np.dtype


COUNTS = 4
"""So many bytes have whole numbers that count something [bytes]."""


def may_be_weight(array: Any) -> bool:
    """Whether an array that a file declares holds what a weight can be: floats, or counts.

    Keras counts in whole numbers of 32 bits and more, as `Normalization` does; shorter ones are of a quantized model.

    Args:
        array: has a `shape` and a `dtype`.

    Example:
        >>> may_be_weight(np.zeros(3)), may_be_weight(np.array(3)), may_be_weight(np.zeros(3, np.int8))
        (True, True, False)
    """
    is_count = array.dtype.kind in "iu" and (not array.shape or array.dtype.itemsize >= COUNTS)
    return array.dtype.kind == "f" or is_count


class WeightStore:
    """An open store whose structure has been checked; arrays are read on demand. Made by `open_weights`.

    Attributes:
        declared: for each group the shapes and dtypes of its arrays, in order; nothing has been read for it.
        named: the groups whose arrays have names, and which only their class can read.
    """

    def __init__(self, groups: Mapping[str, Mapping[str, Dataset]], name: str) -> None:
        self._groups, self._name = groups, name
        datasets, self.named = numbered_and_named(groups)
        self._datasets = datasets
        self.declared = {
            group: [StoredArray(dataset.shape, dataset.dtype) for dataset in group_datasets]
            for group, group_datasets in datasets.items()
        }

    def arranged(self, change: Callable[[Mapping[str, list[Dataset]]], Mapping[str, list[Dataset]]]) -> WeightStore:
        """The same arrays in other groups, or under other names; none is read for it.

        Args:
            change: gives the groups from those that are here.
        """
        changed = change(self._datasets)
        numbered = {group: {str(i): array for i, array in enumerate(arrays)} for group, arrays in changed.items()}
        return type(self)({**numbered, **self.named}, self._name)

    def read(self, group: str, shapes: Sequence[Shape] | None = None) -> list[np.ndarray]:
        """Read the arrays of one group.

        Args:
            group: its path, such as "layers/conv2d/vars".
            shapes: what the arrays must be, from the model's configuration. An array is read only if its shape is
                the expected one, and must hold floats unless it is a single number (an optimizer's step count).
                Without `shapes` everything declared is read.

        Returns:
            the arrays in order: float32, or int64 where the file holds integers.

        Raises:
            FileError: the group is missing, or its arrays are not as expected or are damaged.
        """
        if group in self.named:
            raise FileError(
                f"{self._name}: {group} holds {sorted(self.named[group])}; expected arrays named 0, 1, 2 and so on. "
                "What a class wrote by its save_own_variables() only its load_own_variables() reads"
            )
        if group not in self._datasets:
            if shapes is not None and not shapes:
                return []  # a layer without weights need not have a group
            known = ", ".join(sorted(self._datasets)[:10]) or "none"
            raise FileError(f"{self._name} has no weights {group!r}; its first groups are: {known}")
        datasets = self._datasets[group]
        if shapes is not None:
            _check_expected(self.declared[group], shapes, f"{self._name}: {group}")
        return [self._array(dataset, f"{self._name}: {group}/{i}") for i, dataset in enumerate(datasets)]

    def entries(self, group: str) -> dict[str, np.ndarray]:
        """The arrays of one group by their names, of the types in the file; nothing where there is no such group."""
        arrays = self._groups.get(group, {})
        return {name: self._array(arrays[name], f"{self._name}: {group}/{name}", as_stored=True) for name in arrays}

    def _array(self, dataset: Any, where: str, *, as_stored: bool = False) -> np.ndarray:
        return read_array(dataset, where, as_stored=as_stored)


class ReadStore(WeightStore):
    """A store whose arrays have been read already, by whoever looked into the file."""

    def __init__(self, groups: Mapping[str, Mapping[str, np.ndarray]], name: str) -> None:
        super().__init__(groups, name)  # an array, too, has a shape and a dtype

    def _array(self, dataset: Any, where: str, *, as_stored: bool = False) -> np.ndarray:
        return cast(np.ndarray, dataset)


def _check_expected(declared: Sequence[StoredArray], shapes: Sequence[Shape], where: str) -> None:
    if len(declared) != len(shapes):
        raise FileError(
            f"{where} holds {len(declared)} arrays; the model's configuration asks for {len(shapes)}: {list(shapes)}"
        )
    for i, (array, shape) in enumerate(zip(declared, shapes, strict=True)):
        if array.shape != tuple(shape):
            raise FileError(f"{where}/{i} has shape {array.shape}; the model's configuration asks for {tuple(shape)}")
        if not may_be_weight(array):
            raise FileError(f"{where}/{i} holds {array.dtype}; expected floats. Quantized models cannot be loaded")


@contextmanager
def open_weights(content: BinaryIO, *, size: int, name: str, max_bytes: int) -> Iterator[WeightStore]:
    """Open a store and check its whole structure before any array is read.

    Args:
        content: the HDF5 file, open for reading.
        size: of it [bytes].
        name: how errors call it.
        max_bytes: how much memory all arrays together may take [bytes].

    Yields:
        the store, readable inside the block.

    Raises:
        FileError: the content is not HDF5, is damaged, too large, or uses anything beyond groups, hard links and
            numeric arrays that are stored in the file itself.
    """
    with opened_hdf5(content, name=name) as file:
        with damage_told(name):
            datasets = variable_groups(file, name=name)
            check_sizes(
                [each for group in datasets.values() for each in group.values()],
                file_bytes=size,
                max_bytes=max_bytes,
                name=name,
            )
        places = places_of_today(datasets)
        yield WeightStore({places[group]: arrays for group, arrays in datasets.items()}, name)


def encode_weights(
    weights: Mapping[str, Arrays],
    names: Mapping[str, str],
    *,
    max_bytes: int,
) -> bytes:
    """Write groups of arrays as an HDF5 file that `open_weights` takes; equal arrays give equal bytes.

    Args:
        weights: for each group path, ending in "vars", its arrays in order: floats are stored as float32, integers
            as they are (int64 at most). Or its arrays by names: each is stored as it is.
        names: for some groups the name of the layer they belong to, kept for readers who look into the file.
        max_bytes: how much all arrays together may take [bytes].

    Raises:
        ArgumentError: a group's path is not made of plain names, an array does not hold numbers, or there are more, or
            deeper, groups than are read again.
    """
    _check_extent(weights, max_bytes)
    h5py = import_h5py()
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver="earliest") as file:
        for path, arrays in weights.items():
            _check_path(path)
            group = file.require_group(path)
            if path in names:
                group.attrs["name"] = names[path]
            for name, array in by_name(arrays):
                group.create_dataset(
                    name, data=_storable(array, f"{path}/{name}", as_it_is=isinstance(arrays, Mapping))
                )
    return buffer.getvalue()


def by_name(arrays: Arrays) -> Iterable[tuple[str, np.ndarray]]:
    """The arrays of a group with their names, which are numbers where it has them in order."""
    return arrays.items() if isinstance(arrays, Mapping) else ((str(i), array) for i, array in enumerate(arrays))


def _check_extent(weights: Mapping[str, Arrays], max_bytes: int) -> None:
    """The limits that a reader keeps."""
    deepest = max((path.count("/") + 1 for path in weights), default=0)
    if deepest > MAX_DEPTH:
        raise ArgumentError(f"weights would be nested {deepest} deep; files hold at most {MAX_DEPTH} levels")
    above = {path[:end] for path in weights for end in _ends(path)}
    count = 1 + len(above) + sum(map(len, weights.values()))
    if count > MAX_OBJECTS:
        raise ArgumentError(f"a file holds at most {MAX_OBJECTS:,} groups and arrays, this one would have {count:,}")
    size = sum(_bytes_to_read(np.asarray(array)) for arrays in weights.values() for _, array in by_name(arrays))
    if size > max_bytes:
        raise ArgumentError(f"a file holds at most {max_bytes:,} bytes of weights, this one would have {size:,}")


def _bytes_to_read(array: np.ndarray) -> int:
    return array.size * (max(4, array.dtype.itemsize) if array.dtype.kind == "f" else 8)


def _ends(path: str) -> Iterator[int]:
    """Where the names of the groups end that lead to a group, its own among them."""
    yield from (place for place, character in enumerate(path) if character == "/")
    yield len(path)


def _check_path(path: str) -> None:
    parts = path.split("/")
    if parts[-1] != "vars" or not all(map(is_part, parts)):
        raise ArgumentError(
            f"weight group {path!r}: expected names, joined by '/' and ending in 'vars', such as 'layers/conv2d/vars'; "
            f"a name takes {NAME_RULE}"
        )


def _storable(array: np.ndarray, where: str, *, as_it_is: bool) -> np.ndarray:
    values = np.asarray(array)
    if values.dtype.kind == "f" and values.dtype.itemsize <= LARGEST_FLOAT:
        return values if as_it_is else values.astype(np.float32)
    if values.dtype.kind in "iu" and np.can_cast(values.dtype, np.int64):
        return values
    raise ArgumentError(f"weights {where} hold {values.dtype}; expected floats or integers")
