"""`tf.data`: data sets made of steps."""

from __future__ import annotations

import glob
import inspect
import itertools
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from pellucid.checks import whole
from pellucid.cli.tf import padding
from pellucid.cli.tf.arrays import eager, with_name
from pellucid.cli.tf.records import TFRecordWriter, compression, contents_of
from pellucid.data.sources.pipelines import Dataset as Pipeline
from pellucid.data.sources.pipelines import mapped
from pellucid.errors import ArgumentError, shown
from pellucid.random import next_seed

AUTOTUNE = -1
INFINITE_CARDINALITY, UNKNOWN_CARDINALITY = -1, -2
AT_ONCE = 4
"""Data sets that `interleave` goes through in turns, unless told otherwise."""

REASONS: dict[str, str] = {
    "bucket_by_sequence_length": "sorts by length, for recurrent networks; padded_batch makes one length of a batch",
    "group_by_window": "is not here; batch what a generator has grouped, by Dataset.from_generator",
    "ignore_errors": "is not here; leave out what cannot be read before: Dataset.from_tensor_slices(good_files)",
    "load": "reads TensorFlow's own files; np.load and Dataset.from_tensor_slices read arrays",
    "make_csv_dataset": "is not here; read the table by csv or pandas, and Dataset.from_tensor_slices(its columns)",
    "rejection_resample": "is not here; sample_from_datasets draws from one data set for each class",
    "save": "writes TensorFlow's own files; np.savez keeps arrays",
}
"""Steps that TensorFlow has and this has not, and what to do: `tf.data.Dataset.<name> <reason>`."""


class _Told(type):
    """A class that says what to do for a step that it has not."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(absent_step(name), name=name, obj=None)


class Dataset(Pipeline, metaclass=_Told):
    """See `pellucid.data.sources.pipelines`; elements are arrays whose arithmetic a tape sees."""

    wrap = staticmethod(eager)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(absent_step(name), name=name, obj=None)

    def padded_batch(
        self, batch_size: int, padded_shapes: Any = None, padding_values: Any = None, drop_remainder: bool = False
    ) -> Dataset:
        """Batches of elements that differ in shape, filled up to the largest of each batch, or to these shapes."""
        size = whole("Dataset.padded_batch", "batch_size", int(batch_size), 1)

        def begin() -> Iterator[Any]:
            elements = self._begin()
            while row := list(itertools.islice(elements, size)):
                if len(row) == size or not drop_remainder:
                    yield padding.stacked(row, padded_shapes, padding_values)

        known = self._count is not None and self._count >= 0
        count = (self._count or 0) // size if drop_remainder else -(-(self._count or 0) // size)
        found = self._with(begin, count if known else self._count)
        found.is_batched = not drop_remainder
        return found

    @classmethod
    def zip(cls, *args: Any, datasets: Any = None) -> Dataset:
        """Elements of several data sets beside each other; `datasets` is TensorFlow's word for a tuple of them."""
        return super().zip(*args if datasets is None else (datasets,))  # type: ignore[return-value]

    def batch(
        self, batch_size: int, drop_remainder: bool = False, num_parallel_calls: Any = None, deterministic: Any = None
    ) -> Dataset:
        """So many elements each along a new first axis; batches come in order."""
        return super().batch(int(batch_size), drop_remainder, num_parallel_calls)  # type: ignore[return-value]

    @classmethod
    def list_files(cls, file_pattern: Any, shuffle: bool | None = None, seed: int | None = None) -> Dataset:
        """The names of the files that fit a pattern, or one of several; in another order each time, unless told."""
        patterns = [file_pattern] if isinstance(file_pattern, str | bytes) else list(np.atleast_1d(file_pattern))
        texts = [each.decode() if isinstance(each, bytes) else str(each) for each in patterns]
        files = sorted({name for each in texts for name in glob.glob(each)})
        if not files:
            raise ArgumentError(f"Dataset.list_files: no files fit {shown(texts)}")
        found = cls.from_tensor_slices(np.array(files))
        again = shuffle is None or bool(shuffle)
        return found.shuffle(len(files), seed) if again else found  # type: ignore[return-value]

    def flat_map(self, map_func: Callable[..., Any]) -> Dataset:
        """The elements of the data sets that a function makes of the elements, one data set after the other."""
        call = self._called(map_func)
        return self._with(lambda: (each for made in self._begin() for each in _inner("flat_map", call(made))), None)

    def interleave(
        self, map_func: Callable[..., Any], cycle_length: int | None = None, block_length: int | None = None,
        num_parallel_calls: Any = None, deterministic: Any = None,
    ) -> Dataset:  # fmt: skip
        """The same by turns: `block_length` elements (1) of each of `cycle_length` data sets (4) that are open."""
        call = self._called(map_func)
        width = AT_ONCE if cycle_length in (None, AUTOTUNE) else whole("interleave", "cycle_length", cycle_length, 1)
        block = 1 if block_length is None else whole("interleave", "block_length", block_length, 1)

        def begin() -> Iterator[Any]:
            outer = self._begin()
            turns: list[Iterator[Any] | None] = [_opened(call, outer) for _ in range(width)]
            while any(turn is not None for turn in turns):
                for place in range(width):
                    turn = turns[place]
                    given = 0
                    while turn is not None and given < block:
                        for each in itertools.islice(turn, block - given):
                            given += 1
                            yield each
                        if given < block:
                            turn, given = _opened(call, outer), block  # the next data set has the next turn
                            turns[place] = turn

        return self._with(begin, None)

    def window(self, size: int, shift: int | None = None, stride: int = 1, drop_remainder: bool = False) -> Dataset:
        """Data sets of `size` neighbours each, the first of them `shift` elements apart (by default `size`)."""
        wide = whole("Dataset.window", "size", int(size), 1)
        far = wide if shift is None else whole("Dataset.window", "shift", int(shift), 1)
        step = whole("Dataset.window", "stride", int(stride), 1)
        span = (wide - 1) * step + 1

        def begin() -> Iterator[Any]:
            elements = self._begin()
            held: list[Any] = []
            while True:
                held += itertools.islice(elements, max(0, span - len(held)))
                if not held or (len(held) < span and drop_remainder):
                    return
                yield _in_parts(held[:span:step])
                held, skipped = held[far:], far - len(held)
                for _ in itertools.islice(elements, max(0, skipped)):
                    pass

        return self._with(begin, None)

    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any]) -> Any:
        """What a function (state, element) makes of all elements, from a first state on."""
        state = mapped(mapped(initial_state, np.asarray), eager)
        for each in self:
            state = reduce_func(state, each)
        return state

    def scan(self, initial_state: Any, scan_func: Callable[..., Any]) -> Dataset:
        """What a function (state, element) gives beside the next state, for each element."""

        def begin() -> Iterator[Any]:
            state = mapped(mapped(initial_state, np.asarray), eager)
            for each in self:
                state, found = scan_func(state, each)
                yield mapped(found, np.asarray)

        return self._with(begin, self._count)

    def take_while(self, predicate: Callable[..., Any]) -> Dataset:
        """The elements up to the first for which a function says no."""
        call = self._called(predicate)
        return self._with(lambda: itertools.takewhile(lambda each: bool(np.all(call(each))), self._begin()), None)

    def unique(self) -> Dataset:
        """Each element once."""

        def begin() -> Iterator[Any]:
            seen: set[Any] = set()
            for each in self._begin():
                key = np.asarray(each).tobytes()
                if key not in seen:
                    seen.add(key)
                    yield each

        return self._with(begin, None)

    def snapshot(
        self, path: str, compression: str = "AUTO", reader_func: Any = None, shard_func: Any = None, name: Any = None
    ) -> Dataset:
        """The elements of the first time, kept in memory; nothing is written."""
        return self.cache()  # type: ignore[return-value]

    def get_single_element(self) -> Any:
        """The only element."""
        found = list(itertools.islice(iter(self), 2))
        if len(found) != 1:
            raise ArgumentError(f"Dataset.get_single_element: one element is expected, there are {len(found)} or more")
        return found[0]

    @classmethod
    def counter(cls, start: int = 0, step: int = 1, dtype: Any = None) -> Dataset:
        """Whole numbers without an end."""
        return cls(lambda: map(np.asarray, itertools.count(int(start), int(step))), -1)

    @staticmethod
    def sample_from_datasets(
        datasets: Sequence[Dataset], weights: Any = None, seed: int | None = None, stop_on_empty_dataset: bool = False
    ) -> Dataset:
        """Each element from a data set drawn by these weights; those that are used up are left out."""
        count = len(datasets)
        shares = np.full(count, 1.0) if weights is None else np.asarray(weights, float)
        if shares.shape != (count,) or (shares < 0).any() or not shares.sum():
            raise ArgumentError(f"sample_from_datasets: weights are {count} numbers from 0 on, got {shown(weights)}")
        first = next_seed() if seed is None else int(seed)

        def begin() -> Iterator[Any]:
            draws, open_ = np.random.default_rng(first), [each._begin() for each in datasets]
            left = shares.copy()
            while left.sum():
                place = int(draws.choice(count, p=left / left.sum()))
                for each in itertools.islice(open_[place], 1):
                    yield each
                    break
                else:
                    left[place] = 0.0
                    if stop_on_empty_dataset:
                        return

        ends = [each._count for each in datasets]
        return Dataset(begin, -1 if ends and all(end == -1 for end in ends) else None)

    @staticmethod
    def choose_from_datasets(
        datasets: Sequence[Dataset], choice_dataset: Dataset, stop_on_empty_dataset: bool = True
    ) -> Dataset:
        """Each element from the data set whose number comes next in another one."""

        def begin() -> Iterator[Any]:
            open_ = [each._begin() for each in datasets]
            for place in choice_dataset._begin():
                found = list(itertools.islice(open_[int(place)], 1))
                if not found and stop_on_empty_dataset:
                    return
                yield from found

        return Dataset(begin, None)


def absent_step(name: str) -> str:
    """Why a data set has no such step."""
    return f"tf.data.Dataset.{name} {REASONS.get(name, 'is none of the steps that there are here')}"


def _opened(call: Callable[[Any], Any], outer: Iterator[Any]) -> Iterator[Any] | None:
    """The elements of the next data set; None where there is none."""
    for each in itertools.islice(outer, 1):
        return _inner("interleave", call(each))
    return None


def _inner(method: str, made: Any) -> Iterator[Any]:
    if not isinstance(made, Pipeline):
        raise ArgumentError(f"Dataset.{method} takes a function that gives data sets, it gave {shown(made)}")
    return made._begin()


def _in_parts(row: list[Any]) -> Any:
    """Data sets of the parts of elements, arranged as one element is."""
    first = row[0]
    if isinstance(first, tuple):
        return tuple(_in_parts([each[place] for each in row]) for place in range(len(first)))
    if isinstance(first, dict):
        return {key: _in_parts([each[key] for each in row]) for key in first}
    return Dataset(lambda: iter(row), len(row))


def _named(step: str) -> Any:
    """A step, or a way to begin, that takes the `name` that all of TensorFlow's take."""
    found = inspect.getattr_static(Dataset, step)
    if isinstance(found, classmethod | staticmethod):
        return type(found)(with_name(found.__func__))
    return with_name(found)


for _step in (
    *("apply", "batch", "cache", "choose_from_datasets", "concatenate", "counter", "enumerate", "filter", "flat_map"),
    *("from_generator", "from_tensors", "get_single_element", "interleave", "list_files", "map", "padded_batch"),
    *("prefetch", "range", "reduce", "repeat", "sample_from_datasets", "scan", "shard", "shuffle", "skip"),
    *("take", "take_while", "unbatch", "unique", "window", "with_options", "zip"),
):
    setattr(Dataset, _step, _named(_step))


class TFRecordDataset(Dataset):
    """The records of files, one file after the other.

    Args:
        filenames: of files: text, a list, or a data set of names.
        compression_type: "GZIP", "ZLIB" or none.
        buffer_size: means nothing.
        num_parallel_reads: means nothing: one file comes after the other.
        name: means nothing.

    Raises:
        ArgumentError: the compression is unknown.
        FileError: when it is gone through: a file is not there, or damaged.
    """

    def __init__(
        self, filenames: Any, compression_type: Any = None, buffer_size: Any = None, num_parallel_reads: Any = None,
        name: str | None = None,
    ) -> None:  # fmt: skip
        kind = compression(compression_type)
        super().__init__(lambda: contents_of(filenames, kind))

    def _with(self, begin: Any, count: int | None) -> Any:
        return Dataset(begin, count)


class RecordWriter:
    """Writes the elements of a data set, which are bytes, as a file of records."""

    def __init__(self, filename: Any, compression_type: Any = None) -> None:
        self._filename, self._compression = filename, compression_type

    def write(self, dataset: Dataset) -> None:
        """All of them."""
        with TFRecordWriter(self._filename, self._compression) as file:
            for each in dataset:
                file.write(each)


class experimental(metaclass=_Told):
    """Older places of the same."""

    Counter = staticmethod(Dataset.counter)
    TFRecordWriter = RecordWriter

    AUTOTUNE = AUTOTUNE
    INFINITE_CARDINALITY, UNKNOWN_CARDINALITY = INFINITE_CARDINALITY, UNKNOWN_CARDINALITY
    sample_from_datasets = staticmethod(Dataset.sample_from_datasets)
    choose_from_datasets = staticmethod(Dataset.choose_from_datasets)
    AutoShardPolicy = SimpleNamespace(OFF=-1, AUTO=0, FILE=1, DATA=2, HINT=3)

    @staticmethod
    def shuffle_and_repeat(
        buffer_size: int, count: int | None = None, seed: int | None = None
    ) -> Callable[[Dataset], Dataset]:
        """A step that puts elements into another order, each time another, so many times over."""
        return lambda dataset: dataset.shuffle(buffer_size, seed).repeat(count)  # type: ignore[return-value]

    @staticmethod
    def cardinality(dataset: Dataset) -> Any:
        """How many elements there are."""
        return dataset.cardinality()

    @staticmethod
    def assert_cardinality(expected_cardinality: int) -> Callable[[Dataset], Dataset]:
        """A step after which so many elements are known to be there."""
        return lambda dataset: dataset._with(dataset._begin, int(expected_cardinality))

    @staticmethod
    def get_single_element(dataset: Dataset) -> Any:
        """The only element."""
        return dataset.get_single_element()


class Options:
    """Nothing to choose: what is set means nothing."""

    def __init__(self) -> None:
        self.experimental_distribute, self.experimental_optimization = SimpleNamespace(), SimpleNamespace()
        self.threading, self.autotune = SimpleNamespace(), SimpleNamespace()
        self.deterministic = self.experimental_deterministic = True
