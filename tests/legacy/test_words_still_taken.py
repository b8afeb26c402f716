"""Old words that Keras 3 takes too, with a warning: its words stand in ours."""

from __future__ import annotations

import pytest

from pellucid import layers


def test_the_shape_of_an_input() -> None:
    """The layer is as its new spelling makes it."""
    with pytest.warns(UserWarning, match=r"Argument `input_shape` is deprecated. Use `shape` instead."):
        layer = layers.InputLayer(input_shape=(2, 3), batch_size=4)
    assert layer.batch_shape == (4, 2, 3)


def test_the_slope_of_a_leaky_relu() -> None:
    """As before."""
    with pytest.warns(UserWarning, match=r"Argument `alpha` is deprecated. Use `negative_slope` instead."):
        layer = layers.LeakyReLU(alpha=0.25)
    assert layer.negative_slope == 0.25
