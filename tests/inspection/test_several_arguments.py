"""Layers that are called on several tensors, one by one and by name: what is looked at is what is computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, inspection, layers
from pellucid.errors import ArgumentError

A, B = np.random.default_rng(0).random((2, 6, 6, 1), dtype=np.float32)


class Minus(layers.Layer):
    """x - weight * less."""

    def call(self, x: Any, less: Any, weight: float = 1.0) -> Any:
        return x - weight * less


def net() -> Model:
    a, b = Input((6, 6, 1), name="a"), Input((6, 6, 1), name="b")
    twice = Minus(name="twice")(a, less=b, weight=2.0)
    seen = layers.Conv2D(2, 3, name="conv")(Minus(name="minus")(b, twice))
    return Model([a, b], seen, name="net")


def test_maps_arithmetic_and_trace() -> None:
    model = net()
    maps = {record.layer: record.maps for record in inspection.feature_maps(model, [A, B])}
    twice = A - 2 * B
    np.testing.assert_allclose(maps["twice"], twice, atol=1e-6)
    np.testing.assert_allclose(maps["minus"], B - twice, atol=1e-6)
    np.testing.assert_allclose(maps["conv"], model.predict([A[None], B[None]], verbose=0)[0], atol=1e-6)
    value = inspection.arithmetic(model, "minus", [A, B], (2, 3))
    np.testing.assert_allclose(value.value, (B - twice)[2, 3, 0], rtol=1e-6)
    chain = inspection.trace(model, "minus", [A, B], (2, 3))
    np.testing.assert_allclose(chain.values[0].value, (B - twice)[2, 3, 0], rtol=1e-6)
    assert {value.layer for value in chain.values} == {"minus", "twice"}


def test_field_and_saliency() -> None:
    """b - (a - 2 b) = 3 b - a: three times as strong on b."""
    model = net()
    for name, slope in (("a", -1.0), ("b", 3.0)):
        found = inspection.saliency(model, [A, B], layer="minus", unit=0, position=(2, 3), input=name)
        assert found.values[2, 3, 0] == slope and np.count_nonzero(found.values) == 1
        field = inspection.receptive_field(model, "minus", (2, 3), 0, [A, B], input=name)
        assert np.argwhere(field.theoretical[..., 0]).tolist() == [[2, 3]]
        np.testing.assert_allclose(field.effective[2, 3, 0], abs(slope), rtol=1e-6)


def test_an_input_is_no_layer_that_computes() -> None:
    for look in (inspection.saliency, inspection.composition, inspection.receptive_field):
        with pytest.raises(ArgumentError, match=r'^InputLayer "a" is the input itself; nothing is computed there$'):
            look(net(), **{"x": [A, B], "layer": "a", "unit": 0, "position": (1, 1)})


def test_an_optional_input_that_a_layer_cannot_do_without() -> None:
    """The layer's own words, as when the model predicts; test_left_out.py has layers that can."""
    a, b = Input((6, 6, 1), name="a"), Input((6, 6, 1), name="b", optional=True)
    model = Model([a, b], Minus(name="minus")(a, b), name="net")
    with pytest.raises(TypeError, match="NoneType"):
        inspection.feature_maps(model, [A, None])
