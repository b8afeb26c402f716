"""For all model tests: names and seeds start anew; a small classifier and data for it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import pellucid
from pellucid import Input, Sequential, layers, optimizers

Data = tuple[np.ndarray, np.ndarray]


@pytest.fixture(autouse=True)
def _start() -> None:
    """Equal names, weights and shuffles in each test."""
    pellucid.clear_session()
    pellucid.set_random_seed(0)


@pytest.fixture
def data() -> Data:
    """50 images of 6x6 in three classes that can be told apart: a bright row at the top, middle or bottom."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 50)
    x = rng.normal(size=(50, 6, 6, 1)) * 0.3
    x[np.arange(50), 1 + 2 * y] += 1
    return x.astype(np.float32), y


@pytest.fixture
def make_classifier() -> Callable[..., Sequential]:
    """make_classifier(optimizer, metrics): a new compiled network for `data`; equal seeds give equal weights."""

    def make(
        optimizer: str | optimizers.Optimizer = "adam", metrics: list[str] | None = None, engine: str = "native"
    ) -> Sequential:
        model = Sequential(
            [
                Input((6, 6, 1)),
                layers.Conv2D(4, 3, activation="relu", name="conv"),
                layers.Flatten(name="flat"),
                layers.Dense(3, activation="softmax", name="head"),
            ]
        )
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=metrics, engine=engine)
        return model

    return make


@pytest.fixture
def same_weights() -> Callable[..., bool]:
    """same_weights(first, second): whether two models, or lists of arrays, agree to the bit."""

    def same(first: object, second: object) -> bool:
        one, two = (item if isinstance(item, list) else item.get_weights() for item in (first, second))  # type: ignore[attr-defined]
        return len(one) == len(two) and all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))

    return same
