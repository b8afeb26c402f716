"""What a model says of each place, counted in another way: by Keras's rule and by sets of places."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import Sequential, inspection, layers, metrics
from pellucid.errors import ArgumentError, DataError


def _model(rows: int = 6, columns: int = 5) -> Sequential:
    return Sequential([layers.Input((rows, columns, 1)), layers.Conv2D(3, 3, padding="same", activation="softmax")])


def test_overlaps_are_those_of_sets() -> None:
    """Of each class all places of it or said to be, against the metric and counted one by one."""
    rng, model = np.random.default_rng(1), _model()
    x, y = rng.normal(size=(9, 6, 5, 1)).astype(np.float32), rng.integers(0, 3, (9, 6, 5))
    y[0, :2] = 255
    found = inspection.segmentation(model, x, y, ("a", "b", "c"), ignore_class=255, batch_size=4, most=3)
    said = model.predict(x, verbose=0).argmax(axis=-1)
    there = y != 255
    for k in range(3):
        either = ((y == k) | (said == k)) & there
        assert found.overlaps[k] == ((y == k) & (said == k)).sum() / either.sum()
    metric = metrics.MeanIoU(3, ignore_class=255)
    metric.update_state(y, said)
    assert found.mean_overlap == pytest.approx(float(metric.result()), abs=1e-6)
    assert found.accuracy == (said == y)[there].mean() and found.images == 9
    assert [each.overlap for each in found.worst] == sorted(each.overlap for each in found.worst)
    first = found.worst[0]
    np.testing.assert_array_equal(first.wrong, (said != y)[first.number] & there[first.number])


def test_perfect_and_absent() -> None:
    """Images without a mistake are no mistakes; a class that is nowhere has no overlap and does not count."""
    model = _model()
    x = np.random.default_rng(2).normal(size=(4, 6, 5, 1)).astype(np.float32)
    said = model.predict(x, verbose=0).argmax(axis=-1)
    found = inspection.segmentation(model, (x, said[..., np.newaxis]))
    assert found.worst == () and found.accuracy == 1.0 and found.mean_overlap == 1.0
    bias = np.array([9.0, 0, -9.0])
    model.layers[0].set_weights([np.zeros((3, 3, 1, 3)), bias])
    found = inspection.segmentation(model, x, np.zeros((4, 6, 5)))
    assert found.overlaps[0] == 1.0 and np.isnan(found.overlaps[1:]).all()


def test_what_cannot_be_counted() -> None:
    model, x = _model(), np.zeros((2, 6, 5, 1))
    with pytest.raises(DataError, match="there are no masks"):
        inspection.segmentation(model, x)
    with pytest.raises(DataError, match=r"3 in a mask is no class; they are 0\.\.2"):
        inspection.segmentation(model, x, np.full((2, 6, 5), 3))
    with pytest.raises(DataError, match="expected the number of a class for each place"):
        inspection.segmentation(model, x, np.zeros((2, 6, 4)))
    with pytest.raises(DataError, match="no place of the images belongs to a class"):
        inspection.segmentation(model, x, np.full((2, 6, 5), 255), ignore_class=255)
    flat = Sequential([layers.Input((6, 5, 1)), layers.Flatten(), layers.Dense(3)])
    with pytest.raises(ArgumentError, match="gives no map of classes"):
        inspection.segmentation(flat, x, np.zeros(2))


def test_a_model_that_answers_with_nan_says_nothing() -> None:
    model = _model()
    model.layers[-1].kernel.assign(np.full(model.layers[-1].kernel.shape, np.nan))
    with pytest.raises(DataError, match="NaN"):
        inspection.segmentation(model, np.ones((1, 6, 5, 1)), np.zeros((1, 6, 5), int))
