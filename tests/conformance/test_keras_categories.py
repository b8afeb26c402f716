"""CategoryEncoding and Discretization against Keras itself: values, configurations, files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, load_model
from pellucid.errors import ArgumentError, NotYetError, ShapeError

CLASSES = np.array([[0, 2, 2], [3, 0, 1]])
X = np.random.default_rng(3).normal(size=(40, 3)).astype(np.float32)


@pytest.mark.parametrize("mode", ["one_hot", "multi_hot", "count"])
@pytest.mark.parametrize("given", [CLASSES, CLASSES[:, :1], CLASSES[0]], ids=["several", "one", "a row"])
def test_rows_of_classes(mode: str, given: np.ndarray) -> None:
    mine, theirs = (room.CategoryEncoding(4, mode) for room in (layers, keras.layers))
    np.testing.assert_array_equal(mine(given), keras.ops.convert_to_numpy(theirs(given)))
    told = {key: value for key, value in theirs.get_config().items() if key != "dtype"}
    assert mine.get_config() == told | {"name": mine.name}


def test_counts_that_weigh() -> None:
    weights = np.array([[0.5, 1.0, 2.0], [1.0, 3.0, 0.0]])
    mine, theirs = (room.CategoryEncoding(4, "count") for room in (layers, keras.layers))
    wanted = keras.ops.convert_to_numpy(theirs(CLASSES, count_weights=weights))
    np.testing.assert_allclose(mine(CLASSES, count_weights=weights), wanted)
    x, w = Input((3,)), Input((3,))
    np.testing.assert_allclose(Model([x, w], mine(x, count_weights=w)).predict([CLASSES, weights], verbose=0), wanted)


@pytest.mark.parametrize("mode", ["int", "one_hot", "multi_hot", "count"])
@pytest.mark.parametrize(
    "options", [{"bin_boundaries": [-0.5, 0.0, 0.7]}, {"num_bins": 4}, {"num_bins": 3, "epsilon": 0.1}]
)
def test_intervals(mode: str, options: dict[str, Any]) -> None:
    mine, theirs = (room.Discretization(**options, output_mode=mode) for room in (layers, keras.layers))
    if "num_bins" in options:
        mine.adapt(X)
        measure(theirs, [X])
    assert mine.bin_boundaries == pytest.approx(theirs.bin_boundaries)
    np.testing.assert_array_equal(mine(X), keras.ops.convert_to_numpy(theirs(X)))
    np.testing.assert_array_equal(mine(X[:, :1]), keras.ops.convert_to_numpy(theirs(X[:, :1])))
    again = type(mine).from_config(mine.get_config())
    np.testing.assert_array_equal(again(X), mine(X))


def measure(layer: Any, batches: list[np.ndarray]) -> None:
    """What Keras's `adapt` does, which asks for TensorFlow first."""
    for batch in batches:
        layer.update_state(batch)
    layer.finalize_state()


def test_intervals_of_batches() -> None:
    mine, theirs = (room.Discretization(num_bins=5, epsilon=0.05) for room in (layers, keras.layers))
    batches = [X[:13], X[13:14], X[14:]]
    mine.adapt(batch for batch in batches)
    measure(theirs, batches)
    assert mine.bin_boundaries == pytest.approx(theirs.bin_boundaries)


def test_files_go_both_ways(tmp_path: Path) -> None:
    intervals = layers.Discretization(num_bins=4)
    with pytest.raises(NotYetError, match="does not know its intervals: call adapt"):
        intervals(X)
    intervals.adapt(X)
    mine = Sequential([Input((3,)), intervals, layers.CategoryEncoding(4, "count")])
    mine.save(tmp_path / "mine.keras")
    theirs = keras.models.load_model(tmp_path / "mine.keras")
    wanted = mine.predict(X, verbose=0)
    np.testing.assert_array_equal(theirs.predict(X, verbose=0), wanted)
    theirs.save(tmp_path / "theirs.keras")
    np.testing.assert_array_equal(load_model(tmp_path / "theirs.keras").predict(X, verbose=0), wanted)


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(ArgumentError, match="num_tokens must be set; IntegerLookup"):
        layers.CategoryEncoding()
    with pytest.raises(ArgumentError, match="count_weights go with output_mode='count' alone"):
        layers.CategoryEncoding(4)(CLASSES, count_weights=CLASSES)
    with pytest.raises(ShapeError, match="makes a row of the classes of a sample"):
        layers.CategoryEncoding(4)(CLASSES[..., None])
    with pytest.raises(ArgumentError, match="bin_boundaries must rise"):
        layers.Discretization([1.0, 0.0])
    with pytest.raises(ArgumentError, match="give bin_boundaries, or num_bins"):
        layers.Discretization()
    assert np.isnan(layers.CategoryEncoding(4, "one_hot")([[4, 0]])[0, 0]).all()
    assert not np.isnan(layers.CategoryEncoding(4, "one_hot")([[4, 0]])[0, 1]).any()
