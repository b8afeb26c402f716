"""Data sets made of steps, as `tf.data` writes them: slices, batches, an order, functions of each element.

Elements are arrays, or tuples, lists and dictionaries of arrays. Every step says how to begin anew, so that a data set
can be gone through again and again; what `fit` gets of it are its batches.

Source: tf.data.Dataset, https://www.tensorflow.org/api_docs/python/tf/data/Dataset
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Self

import numpy as np

from pellucid.arraylike import Array, Texts
from pellucid.calls import explained
from pellucid.checks import flag, number, whole
from pellucid.data.sources.specs import spec_of
from pellucid.errors import ArgumentError, shown
from pellucid.random import next_seed

__all__ = ["Dataset", "split_dataset"]

Begin = Callable[[], Iterator[Any]]


def shown_as_array(value: Any) -> Any:
    """An array with the `numpy()` that code written for TensorFlow calls on it; all else as it is."""
    if not isinstance(value, np.ndarray):
        return value
    return value.view(Texts if value.dtype.kind == "U" else Array)


def as_element(value: Any) -> np.ndarray:
    """What somebody gave as an array; contents of files as Python's bytes, since NumPy's forget zeros at the end.

    Example:
        >>> as_element([b"a", b"b\\0"]).tolist()
        [b'a', b'b\\x00']
    """
    found = np.asarray(value)
    return np.asarray(value, object) if found.dtype.kind == "S" and not isinstance(value, np.ndarray) else found


class Elements(Iterator[Any]):
    """Elements one after the other, which can also be asked for by name, as scripts for TensorFlow do.

    Example:
        >>> Elements(iter([1, 2])).next()
        1
    """

    def __init__(self, elements: Iterator[Any]) -> None:
        self._elements = elements

    def __next__(self) -> Any:
        return next(self._elements)

    next = get_next = __next__


class Dataset:
    """A data set made of steps; each method gives another one.

    Args:
        begin: gives its elements from the first on.
        count: how many there are; None where nobody knows, -1 where there is no end.
        wrap: what is made of each array before a function of the user's sees it.

    Example:
        >>> numbers = Dataset.from_tensor_slices(np.arange(5.0)).map(lambda x: x * 2).batch(2)
        >>> [batch.tolist() for batch in numbers]
        [[0.0, 2.0], [4.0, 6.0], [8.0]]
    """

    wrap: Callable[[Any], Any] = staticmethod(shown_as_array)
    is_batched = False

    def __init__(self, begin: Begin, count: int | None = None) -> None:
        self._begin, self._count = begin, count

    def _with(self, begin: Begin, count: int | None) -> Self:
        found = type(self)(begin, count)
        found.is_batched = self.is_batched
        return found

    @property
    def element_spec(self) -> Any:
        """Shape and type of the elements, as the first one has them; the size of batches is open."""
        for first in self._begin():
            return mapped(first, partial(spec_of, is_batched=self.is_batched))
        raise ArgumentError("Dataset.element_spec: there is no element that tells it")

    @classmethod
    def from_tensor_slices(cls, tensors: Any, name: str | None = None) -> Dataset:
        """The samples of arrays, in order: along their first axis."""
        arrays = mapped(tensors, as_element)
        sizes = {len(array) if array.ndim else -1 for array in _leaves(arrays)}
        if len(sizes) != 1 or -1 in sizes:
            raise ArgumentError(f"from_tensor_slices: arrays have as many samples each, got {sorted(sizes)}")
        count = sizes.pop()
        return cls(lambda: (mapped(arrays, operator.itemgetter(place)) for place in range(count)), count)

    @classmethod
    def from_tensors(cls, tensors: Any) -> Dataset:
        """One element."""
        arrays = mapped(tensors, as_element)
        return cls(lambda: iter([arrays]), 1)

    @classmethod
    def from_generator(
        cls, generator: Callable[..., Any], output_types: Any = None, output_shapes: Any = None, args: Any = None,
        output_signature: Any = None,
    ) -> Dataset:  # fmt: skip
        """What a function's generator gives; types and shapes follow from what comes."""
        given = tuple(args or ())
        return cls(lambda: (mapped(each, as_element) for each in generator(*given)))

    @classmethod
    def range(cls, *limits: int) -> Dataset:
        """Whole numbers, as Python's `range` gives them."""
        numbers = range(*(int(limit) for limit in limits))
        return cls(lambda: (np.asarray(each) for each in numbers), len(numbers))

    @classmethod
    def zip(cls, *datasets: Any) -> Dataset:
        """Elements of several data sets beside each other, as long as all have one."""
        row = datasets[0] if len(datasets) == 1 and isinstance(datasets[0], tuple | list) else datasets
        row = [_in_steps("zip", each) for each in row]
        counts = [each._count for each in row]
        ends = [count for count in counts if count not in (None, -1)]
        count = None if None in counts else (min(ends) if ends else -1)
        return cls(lambda: (tuple(each) for each in zip(*(data._begin() for data in row), strict=False)), count)

    def batch(self, batch_size: int, drop_remainder: bool = False, num_parallel_calls: Any = None) -> Dataset:
        """So many elements each along a new first axis; the last batch may have fewer."""
        size, drops = _size("batch", batch_size), flag("Dataset.batch", "drop_remainder", drop_remainder)

        def begin() -> Iterator[Any]:
            elements = self._begin()
            while row := list(itertools.islice(elements, size)):
                if len(row) == size or not drops:
                    yield _stacked(row)

        known = self._count is not None and self._count >= 0
        count = (self._count or 0) // size if drops else -(-(self._count or 0) // size)
        found = self._with(begin, count if known else self._count)
        found.is_batched = not drops
        return found

    def unbatch(self) -> Dataset:
        """The samples of batches."""

        def begin() -> Iterator[Any]:
            for each in self._begin():
                for place in range(len(next(_leaves(each)))):
                    yield mapped(each, operator.itemgetter(place))

        found = self._with(begin, None)
        found.is_batched = False
        return found

    def shuffle(self, buffer_size: int, seed: int | None = None, reshuffle_each_iteration: bool = True) -> Dataset:
        """Another order: each element is drawn from the next `buffer_size` ones."""
        size, first = _size("shuffle", buffer_size), next_seed() if seed is None else int(seed)
        turns = itertools.count()

        def begin() -> Iterator[Any]:
            draws = np.random.default_rng([first, next(turns) if reshuffle_each_iteration else 0])
            elements = self._begin()
            held = list(itertools.islice(elements, size))
            for each in elements:
                place = int(draws.integers(len(held)))
                held[place], each = each, held[place]
                yield each
            yield from (held[place] for place in draws.permutation(len(held)))

        return self._with(begin, self._count)

    def map(self, map_func: Callable[..., Any], num_parallel_calls: Any = None, deterministic: Any = None) -> Dataset:
        """A function of each element; of a tuple, of its parts."""
        call = self._called(map_func)
        return self._with(lambda: (mapped(call(each), as_element) for each in self._begin()), self._count)

    def filter(self, predicate: Callable[..., Any]) -> Dataset:
        """The elements for which a function says so."""
        call = self._called(predicate)
        return self._with(lambda: (each for each in self._begin() if bool(np.all(call(each)))), None)

    def _called(self, function: Callable[..., Any]) -> Callable[[Any], Any]:
        wrap = type(self).wrap

        def call(element: Any) -> Any:
            given = mapped(element, wrap)
            return function(*given) if isinstance(given, tuple) else function(given)

        return call

    def cache(self, filename: str = "") -> Dataset:
        """The elements of the first time, kept in memory."""
        kept: list[Any] = []
        whole_: list[bool] = []

        def begin() -> Iterator[Any]:
            if whole_:
                yield from kept
                return
            kept.clear()
            for each in self._begin():
                kept.append(each)
                yield each
            whole_.append(True)

        return self._with(begin, self._count)

    def prefetch(self, buffer_size: Any = None) -> Dataset:
        """The same: batches are made ahead where `fit` does that."""
        return self._with(self._begin, self._count)

    def repeat(self, count: int | None = None) -> Dataset:
        """So many times over, or without an end."""
        times = None if count is None or count < 0 else int(count)

        def begin() -> Iterator[Any]:
            for _ in itertools.count() if times is None else range(times):
                yield from self._begin()

        known = self._count is not None and self._count >= 0
        return self._with(begin, -1 if times is None else (self._count or 0) * times if known else None)

    def take(self, count: int) -> Dataset:
        """The first ones."""
        if count < 0:
            return self._with(self._begin, self._count)
        found = self._count
        fewer = int(count) if found == -1 else None if found is None else min(int(count), found)
        return self._with(lambda: itertools.islice(self._begin(), int(count)), fewer)

    def skip(self, count: int) -> Dataset:
        """All but the first ones."""
        found = self._count
        fewer = found if found in (None, -1) else max(0, (found or 0) - int(count))
        return self._with(lambda: itertools.islice(self._begin(), int(count), None), fewer)

    def shard(self, num_shards: int, index: int) -> Dataset:
        """Every so manieth element, from one on."""
        return self._with(lambda: itertools.islice(self._begin(), int(index), None, int(num_shards)), None)

    def concatenate(self, dataset: Dataset) -> Dataset:
        """Those of another one behind."""
        dataset = _in_steps("concatenate", dataset)
        counts = (self._count, dataset._count)
        count = None if None in counts else -1 if -1 in counts else sum(each or 0 for each in counts)
        return self._with(lambda: itertools.chain(self._begin(), dataset._begin()), count)

    def enumerate(self, start: int = 0) -> Dataset:
        """Pairs of a number and an element."""
        return self._with(
            lambda: ((np.asarray(place), each) for place, each in enumerate(self._begin(), int(start))), self._count
        )

    def apply(self, transformation_func: Callable[[Dataset], Dataset]) -> Dataset:
        """What a function makes of the data set."""
        return transformation_func(self)

    def with_options(self, options: Any) -> Dataset:
        """The same: there is nothing to choose."""
        return self

    def as_numpy_iterator(self) -> Iterator[Any]:
        """The elements as NumPy's arrays."""
        return Elements(self._begin())

    def cardinality(self) -> Any:
        """How many elements there are: -1 without an end, -2 where nobody knows."""
        return np.asarray(-2 if self._count is None else self._count).view(Array)

    def __len__(self) -> int:
        if self._count is None or self._count < 0:
            raise TypeError("nobody knows how many elements the data set has, or there is no end to them")
        return self._count

    def __iter__(self) -> Iterator[Any]:
        wrap = type(self).wrap
        return Elements(mapped(each, wrap) for each in self._begin())


def _in_steps(method: str, data: Any) -> Dataset:
    """A data set, or a source of batches (see `epochs`) as one."""
    found = data.steps() if callable(getattr(type(data), "steps", None)) else data
    if not isinstance(found, Dataset):
        raise ArgumentError(f"Dataset.{method} takes data sets, got {shown(data)}")
    return found


def _size(method: str, value: Any) -> int:
    return whole(f"Dataset.{method}", "size", int(value) if isinstance(value, np.integer) else value, 1)


def mapped(value: Any, function: Callable[[Any], Any]) -> Any:
    """An element with a function applied to each of its arrays."""
    if isinstance(value, tuple | list):
        return tuple(mapped(each, function) for each in value) if isinstance(value, tuple) else function(value)
    if isinstance(value, Mapping):
        return {key: mapped(each, function) for key, each in value.items()}
    return function(value)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple | Mapping):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(each)
    else:
        yield value


def _stacked(row: list[Any]) -> Any:
    first = row[0]
    if isinstance(first, tuple):
        return tuple(_stacked([each[place] for each in row]) for place in range(len(first)))
    if isinstance(first, Mapping):
        return {key: _stacked([each[key] for each in row]) for key in first}
    try:
        return np.stack([np.asarray(each) for each in row])
    except ValueError as error:
        shapes = sorted({np.shape(each) for each in row})
        raise ArgumentError(f"Dataset.batch: elements of one batch have one shape, got {shown(shapes)}") from error


@explained
def split_dataset(
    dataset: Any,
    left_size: float | None = None,
    right_size: float | None = None,
    shuffle: bool = False,
    seed: int | None = None,
) -> tuple[Dataset, Dataset]:
    """A data set in two parts, sample by sample.

    Args:
        dataset: arrays (one, or several in a tuple), or a data set made of steps.
        left_size: of the first part: a share below 1, or a number of samples; the rest by default.
        right_size: of the second part, likewise.
        shuffle: whether the samples are put in another order first.
        seed: decides that order.

    Returns:
        two data sets; `batch(32)` makes batches of either.

    Raises:
        ArgumentError: neither size is given, or there are fewer samples.

    Example:
        >>> left, right = split_dataset(np.arange(10), left_size=0.8)
        >>> len(left), [int(x) for x in right]
        (8, [8, 9])

    Source: keras.utils.split_dataset.
    """
    if isinstance(dataset, Dataset):
        samples = list(dataset.as_numpy_iterator())
    else:
        try:
            given = tuple(dataset) if isinstance(dataset, list | tuple) else dataset
            samples = list(Dataset.from_tensor_slices(given).as_numpy_iterator())
        except Exception as error:  # objects of others' raise what they like
            raise ArgumentError(f"split_dataset takes arrays, or a data set, got {shown(dataset)}") from error
    total = len(samples)
    left, right = _part("left_size", left_size, total), _part("right_size", right_size, total)
    if left is None and right is None:
        raise ArgumentError("split_dataset needs left_size or right_size")
    first = total - (right or 0) if left is None else left
    second = total - first if right is None else right
    if first + second > total or not first or not second:
        raise ArgumentError(f"split_dataset: {first} and {second} samples of {total}; each part has one at least")
    if flag("split_dataset", "shuffle", shuffle):
        start = next_seed() if seed is None else whole("split_dataset", "seed", seed, 0)
        samples = [samples[place] for place in np.random.default_rng(start).permutation(total)]
    parts = samples[:first], samples[first : first + second]
    return Dataset(lambda: iter(parts[0]), first), Dataset(lambda: iter(parts[1]), second)


def _part(name: str, size: Any, total: int) -> int | None:
    if size is None:
        return None
    found = number("split_dataset", name, size, 0.0)
    return round(found * total) if isinstance(size, float) and found <= 1 else whole("split_dataset", name, size, 1)
