"""Pages that train copies of a model with a `call` of the reader's own: its layers go by the names that they have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Model, layers, learn, set_random_seed


class Unnamed(Model):
    """Its layers have the names that they were given by themselves, and each new model's have others."""

    def __init__(self) -> None:
        super().__init__(name="unnamed")
        self.conv, self.flat, self.end = layers.Conv2D(3, 3), layers.Flatten(), layers.Dense(2, "softmax")

    def call(self, x: Any) -> Any:
        """What it answers."""
        return self.end(self.flat(self.conv(x)))


@pytest.mark.parametrize("number", [8, 14, 16])
def test_copies_go_by_the_same_names(number: int) -> None:
    """The layer that the page is on is found in what it trains."""
    set_random_seed(1)
    model = Unnamed()
    x = np.random.default_rng(0).random((16, 6, 6, 1), np.float32)
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(x, np.arange(16) % 2, verbose=0)
    assert model.conv.name in str(learn.page(number, model, None, x, np.arange(16) % 2))
