"""Means with dtype="int32": values, weights and sums lose their fractions where Keras's do."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

from pellucid import Sequential, layers, metrics

RANDOM = np.random.default_rng(0)
PREDICTION = RANDOM.random((2, 5, 3)).astype(np.float32) * 3 + 0.1
TARGET = RANDOM.random((2, 5, 3)).astype(np.float32) * 4 - 1
WEIGHT = RANDOM.random((2, 5)).astype(np.float32) * 3
SHARES = PREDICTION / PREDICTION.sum(-1, keepdims=True)
ONE_HOT = (TARGET.max(-1, keepdims=True) == TARGET).astype(np.float32)

OF_CLASSES = ("BinaryCrossentropy", "CategoricalCrossentropy", "KLDivergence", "CategoricalAccuracy", "BinaryAccuracy")
SPARSE = ("SparseCategoricalCrossentropy", "SparseCategoricalAccuracy")
OTHERS = (
    "Hinge",
    "SquaredHinge",
    "CategoricalHinge",
    "MeanSquaredError",
    "RootMeanSquaredError",
    "MeanAbsoluteError",
    "LogCoshError",
    "Poisson",
    "MeanAbsolutePercentageError",
    "MeanSquaredLogarithmicError",
    "CosineSimilarity",
)


@pytest.mark.parametrize("name", [*OF_CLASSES, *SPARSE, *OTHERS])
def test_as_with_keras(name: str) -> None:
    prediction, target = (SHARES, ONE_HOT) if name in (*OF_CLASSES, *SPARSE) else (PREDICTION, TARGET)
    target = target.argmax(-1).astype(np.float32) if name in SPARSE else target
    mine, theirs = (getattr(library, name)(dtype="int32") for library in (metrics, keras.metrics))
    for batch, weight in ((0, None), (1, WEIGHT[1])):
        for metric in (mine, theirs):
            metric.update_state(target[batch], prediction[batch], sample_weight=weight)
    assert_allclose(mine.result(), np.asarray(theirs.result()), rtol=1e-5)
    assert type(mine).from_config(mine.get_config()).dtype == "int32"


def test_of_values_and_in_a_model() -> None:
    mine, theirs = metrics.Mean(dtype="int32"), keras.metrics.Mean(dtype="int32")
    for metric in (mine, theirs):
        metric.update_state(PREDICTION[0], sample_weight=WEIGHT[0])
    assert_allclose(mine.result(), np.asarray(theirs.result()), rtol=1e-6)
    model, metric = Sequential([layers.Input((3,)), layers.Dense(3)]), metrics.MeanAbsoluteError(dtype="int32")
    model.compile(loss="mse", metrics=[metric])
    told = model.evaluate(PREDICTION[0], TARGET[0], return_dict=True, verbose=0)
    other = keras.metrics.MeanAbsoluteError(dtype="int32")
    other.update_state(TARGET[0], model.predict(PREDICTION[0], verbose=0))
    assert_allclose(told["mean_absolute_error"], np.asarray(other.result()), rtol=1e-6)
