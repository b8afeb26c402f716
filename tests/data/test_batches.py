"""The order of samples, the cuts into batches, and the part that is kept aside."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.data.sources.batches import batch_slices, epoch_order, validation_start
from pellucid.errors import ArgumentError


@given(st.integers(0, 200), st.integers(0, 2**63 - 1), st.integers(0, 1000))
def test_order_is_a_permutation_that_can_be_repeated(count: int, seed: int, epoch: int) -> None:
    """Every sample once, and the same for the same seed and epoch."""
    order = epoch_order(count, seed=seed, epoch=epoch)
    assert sorted(order.tolist()) == list(range(count))
    np.testing.assert_array_equal(order, epoch_order(count, seed=seed, epoch=epoch))


def test_orders_differ_between_epochs_and_seeds() -> None:
    """Neither the epoch nor the seed is ignored."""
    orders = {tuple(epoch_order(50, seed=seed, epoch=epoch)) for seed in range(5) for epoch in range(5)}
    assert len(orders) == 25


@given(st.integers(0, 300), st.integers(1, 70))
def test_batches_cover_everything_once(count: int, batch_size: int) -> None:
    """Consecutive, complete, and only the last one is smaller."""
    parts = list(batch_slices(count, batch_size))
    assert np.concatenate([np.arange(count)[part] for part in parts] or [[]]).tolist() == list(range(count))
    assert all(part.stop - part.start == batch_size for part in parts[:-1])


def test_batch_size_is_checked_at_once() -> None:
    """Before the first batch is asked for."""
    with pytest.raises(ArgumentError, match="batch_size must be at least 1, got 0"):
        batch_slices(10, 0)


def test_split_takes_the_last_part() -> None:
    """Before any shuffling: a quarter of 20 samples is kept aside from sample 15 on."""
    assert validation_start(20, 0.25) == 15


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, 1.5, float("nan")])
def test_fraction_out_of_range(fraction: float) -> None:
    """Zero and one are not splits."""
    with pytest.raises(ArgumentError, match="validation_split must be between 0 and 1"):
        validation_start(10, fraction)


def test_parts_must_not_be_empty() -> None:
    """A split that leaves nothing says what it would leave."""
    with pytest.raises(ArgumentError, match="of 1 samples leaves 0 to train on and 1 for validation"):
        validation_start(1, 0.5)


@pytest.mark.parametrize("count", [2, 7, 100, 1437, 60_000])
@pytest.mark.parametrize("fraction", [0.1, 0.2, 1 / 3, 0.5, 0.9])
def test_split_is_where_keras_splits(count: int, fraction: float) -> None:
    """The same samples end in the same part."""
    from keras.src.trainers.data_adapters.array_slicing import train_validation_split

    try:
        start = validation_start(count, fraction)
    except ArgumentError:
        start = None
    try:
        (train,), _ = train_validation_split((np.arange(count),), fraction)
    except ValueError:
        assert start is None
    else:
        assert start == len(train)
