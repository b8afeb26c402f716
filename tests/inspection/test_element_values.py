"""One sum of a convolution computed alone is the same as in the maps that are computed as a whole."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pellucid import Sequential, inspection, layers
from pellucid.inspection import element_values
from pellucid.inspection.element_values import ElementValues
from pellucid.inspection.emitted import EmittedLayer
from pellucid.inspection.running import uses

RNG = np.random.default_rng(1)
LAYERS: dict[str, tuple[Callable[[], layers.Layer], tuple[int, ...]]] = {
    "same, strided": (lambda: layers.Conv2D(6, 3, 2, "same", activation="tanh", name="l"), (7, 8, 4)),
    "groups, dilated": (lambda: layers.Conv2D(6, 3, groups=2, dilation_rate=2, name="l"), (9, 8, 4)),
    "softmax": (lambda: layers.Conv2D(6, 3, activation="softmax", name="l"), (6, 6, 4)),
    "channels first": (
        lambda: layers.Conv2D(6, 3, data_format="channels_first", activation="elu", name="l"),
        (4, 7, 6),
    ),
    "reflected": (lambda: layers.Conv2D(6, 3, padding="same", padding_mode="reflect", name="l"), (6, 6, 4)),
    "separable": (lambda: layers.SeparableConv2D(6, 3, activation="relu", name="l"), (6, 6, 4)),
    "one dimension": (lambda: layers.Conv1D(6, 4, padding="causal", name="l"), (9, 4)),
    "three dimensions": (lambda: layers.Conv3D(6, 2, padding="same", activation="gelu", name="l"), (4, 5, 3, 4)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_every_number_is_that_of_the_whole(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(element_values, "_FEW", 0)
    make, shape = LAYERS[name]
    model = Sequential([layers.Input(shape), make()])
    (use,) = uses(model, "l")
    given = [RNG.normal(size=(1, *shape)).astype(np.float32)]
    emitted = EmittedLayer.of_use(use, [given[0].shape])
    whole, late = emitted.values(model, given), ElementValues(emitted, model, given)
    assert set(late) == set(whole) and len(late) == len(whole)
    for key, expected in whole.items():
        size = float(np.abs(expected).max(initial=1.0))
        for _ in range(5):
            index = tuple(int(RNG.integers(length)) for length in expected.shape)
            assert float(late[key][index]) == pytest.approx(float(expected[index]), rel=1e-12, abs=1e-13 * size)
        np.testing.assert_allclose(np.asarray(late[key]), expected, rtol=1e-12, atol=1e-13 * size)


@pytest.mark.parametrize("name", LAYERS)
def test_values_are_explained_as_before(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make, shape = LAYERS[name]
    model = Sequential([layers.Input(shape), make()])
    x = RNG.normal(size=shape)
    place = (1,) * (len(shape) - 1)
    before = inspection.arithmetic(model, "l", x, place, 3)
    monkeypatch.setattr(element_values, "_FEW", 0)
    after = inspection.arithmetic(model, "l", x, place, 3)
    assert [product.product for product in after.products] == [product.product for product in before.products]
    assert after.value == pytest.approx(before.value, rel=1e-12) and after.formula == before.formula
    assert [step.formula for step in after.steps] == [step.formula for step in before.steps]
