"""Where the engine adds other products than those that are shown, the arithmetic says so, and what that may lose."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import Input, Sequential, inspection, layers, views
from pellucid.engines import NativeEngine

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("shape", "layer"),
    [
        ((14, 14, 64), layers.Conv2D(64, 3, padding="same")),
        ((60, 512), layers.Conv1D(64, 5, padding="same")),
        ((14, 14, 48), layers.Conv2DTranspose(64, 3, padding="same")),
    ],
)
def test_the_bound_is_told(shape: tuple[int, ...], layer: layers.Layer) -> None:
    model = Sequential([Input(shape), layer])
    x = RNG.normal(size=shape).astype(np.float32)
    place = (5,) * (len(shape) - 1)
    told = inspection.arithmetic(model, layer.name, x, place, 3)
    largest = np.abs(x).max(axis=tuple(range(len(place))))
    of_taps = np.abs(layer.kernel.numpy()).sum(axis=tuple(range(len(place))))
    turned = isinstance(layer, layers.Conv2DTranspose)  # its filters come before its channels
    sums = largest @ (of_taps.T if turned else of_taps)  # nothing lies outside an image
    assert told.winograd == pytest.approx((3e-5 if len(place) == 2 else 5e-6) * sums.max(), rel=1e-5)
    assert abs(told.value - told.engine_value) <= told.winograd
    assert "Winograd's method" in " ".join(views.arithmetic_text(told).split())


def test_exact_sums_are_those_that_are_shown() -> None:
    model = Sequential([Input((14, 14, 64)), layers.Conv2D(64, 3, padding="same", name="c")])
    model.compile("sgd", "mse", engine=NativeEngine(exact=True))
    told = inspection.arithmetic(model, "c", RNG.normal(size=(14, 14, 64)), (5, 5), 3)
    assert told.winograd is None and "Winograd" not in views.arithmetic_text(told)
