"""Numbers and labels beside what is true, counted by scikit-learn's definitions written out."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import Sequential, inspection, layers
from pellucid.errors import ArgumentError, DataError


def _model(columns: int) -> Sequential:
    return Sequential([layers.Input((4, 4, 1)), layers.Flatten(), layers.Dense(columns, activation="sigmoid")])


def test_errors_of_numbers_and_of_labels() -> None:
    rng, model = np.random.default_rng(0), _model(3)
    x, y = rng.normal(size=(50, 4, 4, 1)).astype(np.float32), rng.normal(size=(50, 3)) * [1, 100, 0.01]
    found = inspection.deviations(model, x, y, ("a", "b", "c"), batch_size=7, most=5)
    said = model.predict(x, verbose=0).astype(np.float64)
    np.testing.assert_allclose(found.mean_errors, np.abs(said - y).mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(found.root_errors, np.sqrt(np.mean((said - y) ** 2, axis=0)), rtol=1e-5)
    r2 = 1 - ((said - y) ** 2).sum(axis=0) / ((y - y.mean(axis=0)) ** 2).sum(axis=0)
    np.testing.assert_allclose(found.explained, r2, rtol=1e-4)
    order = np.argsort(-(np.abs(said - y) / y.std(axis=0)).max(axis=1), kind="stable")[:5]
    assert [each.number for each in found.worst] == order.tolist()
    np.testing.assert_array_equal(found.worst[0].image, x[order[0]])
    has = (rng.random((50, 3)) > 0.5).astype(np.float32)
    found = inspection.deviations(model, (x, has), are_labels=True)
    both = ((said >= 0.5) & (has == 1)).sum(axis=0)
    np.testing.assert_allclose(found.recalls, both / has.sum(axis=0))
    np.testing.assert_allclose(found.precisions, both / (said >= 0.5).sum(axis=0))
    assert found.exact == ((said >= 0.5) == (has == 1)).all(axis=1).mean()


def test_what_cannot_be_compared() -> None:
    x = np.zeros((2, 4, 4, 1))
    with pytest.raises(DataError, match="expected 3 numbers for each sample"):
        inspection.deviations(_model(3), x, np.zeros((2, 2)))
    with pytest.raises(DataError, match="nothing is known of the samples"):
        inspection.deviations(_model(3), x)
    with pytest.raises(ArgumentError, match="got 1 names for 3 columns"):
        inspection.deviations(_model(3), x, np.zeros((2, 3)), ["a"])
    constant = inspection.deviations(_model(1), x, [1.0, 1.0])
    assert np.isnan(constant.explained).all() and len(constant.worst) == 2
