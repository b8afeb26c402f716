"""Where nothing has a `data_format`, the `axis` of a layer along channels tells where these are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, layers
from pellucid.inspection import equivariance, feature_maps, trace, what_if
from pellucid.inspection.channels import axes_behind

X = np.random.default_rng(0).random((6, 6, 6), np.float32)  # as many channels as rows: sizes tell nothing
TELLING: dict[str, Callable[[int], Any]] = {
    "batch": lambda axis: layers.BatchNormalization(axis=axis, name="n"),
    "group": lambda axis: layers.GroupNormalization(2, axis=axis, name="n"),
    "layer": lambda axis: layers.LayerNormalization(axis=axis, name="n"),
    "rms": lambda axis: layers.RMSNormalization(axis=axis, name="n"),
    "unit": lambda axis: layers.UnitNormalization(axis=axis, name="n"),
    "fitted": lambda axis: layers.Normalization(axis=axis, mean=np.arange(6.0), variance=np.ones(6), name="n"),
    "prelu": lambda axis: layers.PReLU(shared_axes=[2, 3] if axis == 1 else [1, 2], name="n"),
}


def _maps(make: Callable[[int], Any], axis: int, x: np.ndarray) -> list[np.ndarray]:
    model = Sequential(
        [layers.Input((6, 6, 6)), layers.ReLU(name="r"), make(axis), layers.Activation("tanh", name="t")]
    )
    found = [record.maps for layer in ("r", "n", "t") for record in feature_maps(model, x, layer)]
    found += [each.errors for each in equivariance(model, x, (1, 0)).layers]
    found += [record.maps for record in what_if(model, x, {"input": 0.0}).before]
    return [*found, np.array(trace(model, "t", x, (2, 3), 1).values[0].position)]


@pytest.mark.parametrize("name", TELLING)
def test_the_same_maps_in_both_orders(name: str) -> None:
    for last, first in zip(_maps(TELLING[name], -1, X), _maps(TELLING[name], 1, X.transpose(2, 0, 1)), strict=True):
        np.testing.assert_allclose(first, last, atol=1e-6)


def test_a_data_format_says_more_and_an_axis_of_something_else_says_nothing() -> None:
    conv = layers.Conv2D(6, 3, padding="same", name="c")
    model = Sequential([layers.Input((6, 6, 6)), conv, layers.BatchNormalization(axis=1, name="n")])
    assert set(axes_behind(model.network).values()) == {0}  # normalised along rows, which nobody has to understand
    for layer in (layers.Softmax(axis=1), layers.LayerNormalization(axis=[1, 2, 3]), layers.BatchNormalization()):
        assert not axes_behind(Sequential([layers.Input((6, 6, 6)), layer]).network)
