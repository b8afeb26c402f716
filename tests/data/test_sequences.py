"""Sequences of several lengths and windows of a long one: as Keras's functions of those names."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from cases.hostile_values import Unwilling
from keras.src.legacy.preprocessing.sequence import TimeseriesGenerator as TheirGenerator

from pellucid import Sequential, layers, preprocessing, utils
from pellucid.errors import ArgumentError, DataError

RNG = np.random.default_rng(0)
LISTS = [[1, 2, 3], [4], [], [5, 6]]
SIGNALS = [RNG.normal(size=(steps, 2)) for steps in (5, 3, 7)]


@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("truncating", ["pre", "post"])
@pytest.mark.parametrize("maxlen", [None, 2, 4, 9])
def test_lengths_are_made_equal(padding: str, truncating: str, maxlen: int | None) -> None:
    """As Keras does."""
    options: dict[str, Any] = {"maxlen": maxlen, "padding": padding, "truncating": truncating}
    for rows, more in ((LISTS, {"value": 7}), (SIGNALS, {"dtype": "float32", "value": -1.0})):
        mine = utils.pad_sequences(rows, **options, **more)
        theirs = keras.utils.pad_sequences(rows, **options, **more)
        np.testing.assert_array_equal(mine, theirs)
        assert mine.dtype == theirs.dtype


def test_sequences_that_cannot_be() -> None:
    """One sentence each."""
    for wrong, message in (
        (3, "takes a list of sequences, got 3"),
        ("text", "takes a list of sequences"),
        ([1, 2], "sequence 0 is one value"),
        ([[1], ["x"]], "sequence 1 is no 'int32'"),
        ([np.ones((2, 3)), np.ones((2, 4))], r"sequence 1 has steps of shape \(4,\), others \(3,\)"),
    ):
        with pytest.raises(DataError, match=message):
            utils.pad_sequences(wrong)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="padding is 'pre' or 'post', got 'left'"):
        utils.pad_sequences(LISTS, padding="left")
    with pytest.raises(ArgumentError, match="cannot be filled with"):
        utils.pad_sequences(LISTS, value="x")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"sampling_rate": 2},
        {"stride": 3},
        {"start_index": 4, "end_index": 20},
        {"reverse": True, "batch_size": 5},
        {"length": 7, "sampling_rate": 3, "stride": 2, "batch_size": 2},
    ],
)
def test_windows_of_a_series(options: dict[str, Any]) -> None:
    """As Keras 2 makes them."""
    given = {"length": 5, "batch_size": 4, **options}
    data, targets = RNG.normal(size=(30, 2)), np.arange(30.0)
    mine = preprocessing.sequence.TimeseriesGenerator(data, targets, **given)
    theirs = TheirGenerator(data, targets, **given)
    assert len(mine) == len(theirs)
    for place in range(len(mine)):
        for one, reference in zip(mine[place], theirs[place], strict=True):
            np.testing.assert_array_equal(one, reference)


def test_training_on_windows() -> None:
    """A network over time learns to go on with a wave; shuffled windows are drawn from all of it."""
    wave = np.sin(np.arange(400) / 5).reshape(-1, 1)
    windows = preprocessing.sequence.TimeseriesGenerator(wave, wave, length=16, batch_size=32, shuffle=True)
    model = Sequential(
        [layers.Input((16, 1)), layers.Conv1D(8, 5, activation="relu"), layers.Flatten(), layers.Dense(1)]
    )
    model.compile("adam", "mse")
    history = model.fit(windows, epochs=8, verbose=0).history["loss"]
    assert history[-1] < 0.1 * history[0]


def test_what_cannot_be_gone_through_is_refused() -> None:
    with pytest.raises(DataError, match="pad_sequences takes a list of sequences"):
        utils.pad_sequences(Unwilling())


def test_windows_that_cannot_be() -> None:
    """One sentence each."""
    series = np.arange(9)
    with pytest.raises(DataError, match="must have as many steps"):
        preprocessing.sequence.TimeseriesGenerator(series, series[1:], 3)
    with pytest.raises(DataError, match="no window is left: the first target would be step 9, the last is 8"):
        preprocessing.sequence.TimeseriesGenerator(series, series, 9)
    with pytest.raises(ArgumentError, match="TimeseriesGenerator: length must be a whole number"):
        preprocessing.sequence.TimeseriesGenerator(series, series, 0)
