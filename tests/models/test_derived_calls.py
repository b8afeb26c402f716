"""Classes of users that derive from the library's layers and say the form: `super().call(inputs, training=True)`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, layers, ops

X = np.random.default_rng(0).normal(3, 2, (8, 6, 6, 3)).astype(np.float32)


def _always(base: type, *arguments: Any) -> Any:
    class Always(base):  # type: ignore[misc, valid-type]
        """As in training."""

        def call(self, inputs: Any) -> Any:
            return super().call(inputs, training=True)

    return Always(*arguments)


def _never(base: type, *arguments: Any) -> Any:
    class Never(base):  # type: ignore[misc, valid-type]
        """As in use, whatever is asked."""

        def call(self, inputs: Any, training: Any = None) -> Any:
            return super().call(inputs, training=False)

    return Never(*arguments)


DRAWING: dict[str, tuple[Any, ...]] = {
    "Dropout": (0.5,), "SpatialDropout2D": (0.5,), "AlphaDropout": (0.5,), "GaussianDropout": (0.5,),
    "GaussianNoise": (1.0,), "RandomRotation": (0.3,), "RandomBrightness": (0.5,), "RandomGrayscale": (0.5,),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWING)
def test_layers_that_draw(name: str) -> None:
    """Monte Carlo dropout as books have it: a class that drops in predictions too, or one that never does."""
    base, arguments = getattr(layers, name), DRAWING[name]
    model = Sequential([Input((6, 6, 3)), _always(base, *arguments)])
    first, second = (model.predict(X, verbose=0) for _ in range(2))
    assert not np.array_equal(first, second) and not np.array_equal(first, X)
    np.testing.assert_array_equal(Sequential([Input((6, 6, 3)), _never(base, *arguments)])(X, training=True), X)


def test_normalisation_by_the_batch_or_by_what_is_kept() -> None:
    by_batch = Sequential([Input((6, 6, 3)), _always(layers.BatchNormalization)])
    expected = (X - X.mean((0, 1, 2))) / np.sqrt(X.var((0, 1, 2)) + 1e-3)
    np.testing.assert_allclose(by_batch.predict(X, verbose=0), expected, rtol=1e-4, atol=1e-5)
    kept = _never(layers.BatchNormalization)
    np.testing.assert_allclose(kept(X, training=True), X / np.sqrt(1.001), rtol=1e-5)
    np.testing.assert_array_equal(kept.moving_mean.numpy(), 0)


def test_layers_around_others_and_layers_that_differ_in_nothing() -> None:
    steps = _always(layers.TimeDistributed, layers.Dropout(0.5))
    assert (np.asarray(steps(X)) == 0).any()
    dense = _always(layers.Dense, 2)
    np.testing.assert_array_equal(dense(X[:, 0, 0]), dense(X[:, 0, 0], training=False))
    spectral = layers.SpectralNormalization(layers.Dense(4, use_bias=False), power_iterations=50)
    spectral(X[:, 0, 0])

    class Stretched(Sequential):
        """A chain with a `call` around its own."""

        def call(self, inputs: Any, training: Any = None) -> Any:
            return ops.multiply(super().call(inputs, training=True), 2.0)

    chain = Stretched([Input((6, 6, 3)), layers.Dropout(0.5)])
    assert set(np.unique(chain.predict(np.ones((4, 6, 6, 3)), verbose=0))) == {0.0, 4.0}
