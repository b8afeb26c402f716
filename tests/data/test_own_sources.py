"""Sources of users' own: what is made of them, what a training makes of them, and what is told of wrong ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, layers
from pellucid.data import Epochs, Mapped, Prefetched, Sharded, check_source
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError
from pellucid.random import permutation


class Numbers(Epochs):
    """Seven batches, in an order of its own in each epoch."""

    def __len__(self) -> int:
        return 7

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Any]:
        for number in permutation(seed, epoch, 7)[start:]:
            yield np.full((2, 1), number / 7), np.full(2, number % 2)


def _values(source: Any, epoch: int = 0, start: int = 0) -> list[float]:
    return [round(float(x[0, 0]) * 7) for x, _ in source.batches(epoch, seed=3, start=start)]


def test_what_is_made_of_a_source() -> None:
    whole = _values(Numbers())
    shares = [_values(Sharded(Numbers(), 3, index)) for index in range(3)]
    assert [list(each) for each in zip(*shares, strict=True)] == [whole[0:3], whole[3:6]]
    assert _values(Prefetched(Numbers(), ahead=3)) == whole
    assert _values(Numbers().take(4)) == whole[:4] and len(Numbers().take(4)) == 4
    for source in (Prefetched(Numbers()), Mapped(Numbers(), lambda x, y: (x, y)), Numbers().take(6)):
        assert _values(source, start=2) == _values(source)[2:]
    assert _values(Sharded(Numbers(), 2, 1), start=1) == _values(Sharded(Numbers(), 2, 1))[1:]
    with pytest.raises(ArgumentError, match="at least as many batches"):
        Sharded(Numbers(), 8, 0)
    with pytest.raises(ArgumentTypeError, match="takes a source"):
        Prefetched([1, 2])  # type: ignore[arg-type]


def test_how_many_are_taken_and_left_out() -> None:
    """0 and -1 as TensorFlow has them: none, and all."""
    whole = _values(Numbers())
    assert _values(Numbers().take(-1)) == whole and len(Numbers().take(-1)) == 7
    assert _values(Numbers().take(0)) == [] and len(Numbers().take(0)) == 0
    assert _values(Numbers().take(5).skip(2)) == whole[2:5] and len(Numbers().take(-1).skip(6)) == 1
    assert _values(Numbers().take(-1), start=3) == whole[3:]
    with pytest.raises(ArgumentError, match="count must be a whole number >= -1, got -2"):
        Numbers().take(-2)
    with pytest.raises(DataError, match="no batches"):
        _trained(Numbers().take(0), 1)


def test_what_batches_look_like() -> None:
    x, y = Numbers().element_spec
    assert (x.shape, x.dtype, y.shape, y.dtype) == ((None, 1), np.float64, (None,), np.int64)
    assert [each.shape for each in Numbers().map(lambda x, y: (x[..., None], y)).element_spec] == [
        (None, 1, 1),
        (None,),
    ]
    assert [each.shape for each in Numbers().unbatch().element_spec] == [(1,), ()]
    assert [each.shape for each in Numbers().unbatch().batch(3, drop_remainder=True).element_spec] == [(3, 1), (3,)]
    with pytest.raises(ArgumentError, match="no element"):
        Numbers().take(0).element_spec  # noqa: B018


def _trained(source: Any, epochs: int) -> np.ndarray:
    model = Sequential([Input((1,)), layers.Dense(2, "softmax", kernel_initializer="zeros")], seed=5)
    model.compile("sgd", "sparse_categorical_crossentropy")
    history = model.fit(source, epochs=epochs, verbose=0)
    assert len(history.history["loss"]) == epochs
    return np.asarray(model.get_weights()[0])


def test_a_training_on_one() -> None:
    """The seed of the training decides; a thread ahead changes nothing; epochs have orders of their own."""
    assert np.array_equal(_trained(Numbers(), 3), _trained(Prefetched(Numbers()), 3))
    assert not np.array_equal(_trained(Numbers(), 3), _trained(Numbers().take(5), 3))


def test_an_error_in_a_thread_is_raised_where_the_batch_would_have_come() -> None:
    def fails(x: np.ndarray, y: np.ndarray) -> Any:
        raise KeyError("of the user's own")

    with pytest.raises(KeyError, match="of the user's own"):
        list(Prefetched(Mapped(Numbers(), fails)))


class Wrong(Numbers):
    """A source with one fault."""

    def __init__(self, fault: str) -> None:
        self.fault, self.turn = fault, 0

    def __len__(self) -> int:
        return 9 if self.fault == "length" else 7

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Any]:
        self.turn += 1
        begin = 0 if self.fault == "start" else start
        seed = self.turn if self.fault == "seed" else seed
        for number, (x, y) in enumerate(super().batches(epoch, seed=seed, start=begin), begin):
            if self.fault == "shape" and number == 3:
                x = np.ones((2, 5))
            if self.fault == "NaN" and number == 2:
                x = x * np.nan
            if self.fault == "labels":
                y = y + 1
            yield (x[:1], y) if self.fault == "counts" else (x, y)


FAULTS = {
    "length": "it says that it has 9 batches, and gives 7",
    "shape": r"batch 3: samples of x are of shape \(5,\), those of batch 0 of \(1,\)",
    "NaN": "batch 2: 2 of 2 values of x are NaN or infinite",
    "labels": r"labels of y are from .* there are 2 classes \(0 to 1\)",
    "counts": "numbers of samples differ: {'x': 1, 'y': 2}",
    "start": r"from batch 3 on \(start=3\) it gives other batches",
    "seed": "the same epoch and seed give other batches the second time",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_a_source_breaks(fault: str) -> None:
    found = check_source(Wrong(fault), classes=2)
    assert len(found) == 1 and re.search(FAULTS[fault], found[0])


def test_a_good_source_breaks_nothing() -> None:
    assert check_source(Numbers(), classes=2) == []
    with pytest.raises(ArgumentTypeError):
        check_source([1, 2])
