"""What batches come from: each is a source, and says what it cannot."""

from __future__ import annotations

import itertools
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from pellucid.data.sources.datasets import DatasetSource, PyDataset
from pellucid.data.sources.prefetching import prefetched
from pellucid.data.sources.source import Batch, length_of
from pellucid.data.sources.streams import IterableSource, IteratorSource, is_stream
from pellucid.data.sources.tables import table_source
from pellucid.errors import ArgumentError, DataError, NotYetError


def _make(raw: Any, number: int) -> Batch:
    return Batch({"x0": np.atleast_1d(raw), "number": np.array([number])})


def _numbers(source: Any, epoch: int, *, start: int = 0, seed: int = 1) -> list[int]:
    with warnings.catch_warnings(action="ignore"):
        return [int(batch.arrays["x0"][0]) for batch in source.batches(epoch, seed=seed, start=start)]


class Endless:
    """Can be gone through again and again, and does not say how long it is."""

    def __init__(self, count: int = 5) -> None:
        self.count, self.turns = count, 0

    def __iter__(self) -> Iterator[int]:
        self.turns += 1
        return iter(range(self.count))


class Numbers(PyDataset):
    """Five batches; keeps what it was told."""

    def __init__(self, count: int | None = 5, **options: Any) -> None:
        super().__init__(**options)
        self.count, self.told, self.threads = count, [], set()

    @property
    def num_batches(self) -> int | None:
        return self.count

    def __getitem__(self, index: int) -> int:
        self.threads.add(threading.current_thread().name)
        time.sleep(0.001)
        return index

    def on_epoch_begin(self) -> None:
        self.told.append("begin")

    def on_epoch_end(self) -> None:
        self.told.append("end")


class Table:
    """Has rows, as a data set of Hugging Face."""

    column_names = ("x",)

    def with_format(self, form: str) -> Table:
        assert form == "numpy"
        return self

    def __len__(self) -> int:
        return 10

    def __getitem__(self, rows: Any) -> np.ndarray:
        return np.arange(10)[rows]


SIZED: dict[str, Callable[[int | None], Any]] = {
    "a list's like": lambda steps: IterableSource(range(5), _make, steps=steps),
    "a data set": lambda steps: DatasetSource(Numbers(), _make, shuffle=False, steps=steps),
    "a data set with workers": lambda steps: DatasetSource(Numbers(workers=3), _make, shuffle=False, steps=steps),
    "a table": lambda steps: table_source(Table(), _make, 2, shuffle=False, steps=steps),
}
FACTOR = {"a table": 2}  # its batches begin with every second row


@pytest.mark.parametrize("kind", SIZED)
def test_epochs_of_what_has_a_length(kind: str) -> None:
    """A function of epoch and start, with steps of its own too; epochs go on where the one before stopped."""
    factor = FACTOR.get(kind, 1)
    whole, stepped = SIZED[kind](None), SIZED[kind](2)
    assert len(whole) == 5 and len(stepped) == 2
    for epoch in (0, 3):
        assert _numbers(whole, epoch) == [factor * n for n in range(5)]
        assert _numbers(whole, epoch, start=3) == [factor * n for n in (3, 4)]
    epochs = [[0, 1], [2, 3], [4], [0, 1], [2, 3]]
    for epoch, wanted in [*enumerate(epochs), (1, epochs[1]), (1, epochs[1]), (0, epochs[0])]:
        assert _numbers(stepped, epoch) == [factor * n for n in wanted]
    assert _numbers(stepped, 1, start=1) == [factor * 3]
    with pytest.warns(UserWarning, match="ran out: 1 of the 2 steps"):
        list(stepped.batches(2, seed=0))


def test_an_iterator_goes_on_and_ends() -> None:
    source = IteratorSource(iter(range(5)), _make, steps=2)
    assert [_numbers(source, epoch) for epoch in range(2)] == [[0, 1], [2, 3]]
    assert not source.is_spent and source.first() == 4
    with pytest.warns(UserWarning, match="ran out: 1 of the 2 steps"):
        assert [batch.arrays["number"].tolist() for batch in source.batches(2, seed=0)] == [[0]]
    assert source.is_spent and _numbers(source, 3) == []
    with pytest.raises(ArgumentError, match=r"cannot begin there: .* such as a PyDataset"):
        list(source.batches(1, seed=0, start=1))
    assert length_of(source) == 2 and length_of(IteratorSource(iter([]), _make)) is None
    with pytest.raises(DataError, match="no batches"):
        IteratorSource(iter([]), _make).first()


def test_what_does_not_say_its_length_goes_on_too() -> None:
    data = Endless()
    source = IterableSource(data, _make, steps=2)
    assert [_numbers(source, epoch) for epoch in range(5)] == [[0, 1], [2, 3], [4], [0, 1], [2, 3]] and data.turns == 2
    assert _numbers(source, 0) == [0, 1]  # as validation begins, each time
    even = IterableSource(Endless(4), _make, steps=2)
    assert [_numbers(even, epoch) for epoch in range(3)] == [[0, 1], [2, 3], [0, 1]]
    with pytest.raises(ArgumentError, match="cannot begin there"):
        _numbers(source, 1, start=1)
    free = IterableSource(Endless(), _make)
    assert length_of(free) is None and _numbers(free, 7, start=3) == [3, 4]


def test_a_data_set_in_an_order_of_its_own() -> None:
    """Each epoch another, decided by the seed; with workers the same one, in their order; and it hears of epochs."""
    alone, helped = Numbers(20), Numbers(20, workers=4, max_queue_size=3)
    one, many = (DatasetSource(data, _make, shuffle=True) for data in (alone, helped))
    orders = [_numbers(one, epoch) for epoch in range(3)]
    assert orders[0] != orders[1] and all(sorted(order) == list(range(20)) for order in orders)
    assert [_numbers(many, epoch) for epoch in range(3)] == orders
    assert _numbers(many, 1, start=15) == orders[1][15:]
    assert len(alone.threads) == 1 < len(helped.threads)
    assert alone.told == ["begin", "end"] * 3
    for _ in zip(range(2), one.batches(0, seed=0), strict=False):
        pass
    assert alone.told[-1] == "end"


def test_a_data_set_without_an_end() -> None:
    source = DatasetSource(Numbers(None, workers=2), _make, shuffle=True, steps=3)
    assert [_numbers(source, epoch) for epoch in range(2)] == [[0, 1, 2], [3, 4, 5]]
    assert length_of(DatasetSource(Numbers(None), _make, shuffle=False)) is None


def test_a_data_set_that_says_nothing_of_its_end() -> None:
    """It is gone through without one, as in Keras."""

    class Endless(PyDataset):
        def __getitem__(self, index: int) -> int:
            return index

    assert list(itertools.islice(Endless(), 4)) == [0, 1, 2, 3]


def test_what_a_data_set_must_say() -> None:
    with pytest.raises(ArgumentError, match="number of batches must be a whole number >= 1, got 0"):
        DatasetSource(Numbers(0), _make, shuffle=False)
    with pytest.raises(NotYetError, match="write __len__"):
        _ = PyDataset().num_batches
    with pytest.raises(NotYetError, match="no __getitem__"):
        PyDataset()[0]
    with pytest.warns(UserWarning, match="threads make the batches"):
        PyDataset(workers=2, use_multiprocessing=True)

    class Hasty(PyDataset):
        def __init__(self) -> None:
            pass

        def __len__(self) -> int:
            return 2

        def __getitem__(self, index: int) -> int:
            return index

    assert _numbers(DatasetSource(Hasty(), _make, shuffle=False), 0) == [0, 1] == list(Hasty())


def test_tables_shuffle() -> None:
    orders = [_numbers(table_source(Table(), _make, 1, shuffle=True), epoch) for epoch in range(2)]
    assert orders[0] != orders[1] and sorted(orders[0]) == list(range(10))


def test_threads_raise_where_the_value_would_come_and_end() -> None:
    def make(number: int) -> int:
        if number == 3:
            raise KeyError("of the user's own")
        return number

    before, came = threading.active_count(), []
    with pytest.raises(KeyError, match="of the user's own"):
        came.extend(prefetched(make, iter(range(9)), workers=2, ahead=4))
    for _ in prefetched(make, iter([0, 1, 2]), workers=3, ahead=3):
        break
    deadline = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= before


@pytest.mark.parametrize("value", [[1], (1,), {"x": 1}, "x", b"x", {1}, np.zeros(3), memoryview(b"x"), 3, None])
def test_what_is_no_stream(value: object) -> None:
    assert not is_stream(value)


def test_a_data_set_that_does_not_say_how_many_batches_it_has() -> None:
    class Endless(PyDataset):
        def __getitem__(self, index: int) -> Any:
            return np.zeros((2, 3))

    with pytest.raises(ArgumentError, match="Endless does not say how many batches it has: write __len__"):
        DatasetSource(Endless(), Batch, shuffle=False)
