"""What stands between the layers of a model, `x + y` or `ops.tanh(x)`, is looked at as layers are."""

from __future__ import annotations

import numpy as np
import pytest

import pellucid
from pellucid import Input, Model, inspection, layers, ops
from pellucid.errors import ArgumentError

X = np.random.default_rng(6).random((6, 5, 2), dtype=np.float32)


@pytest.fixture(params=["channels_last", "channels_first"])
def residual(request: pytest.FixtureRequest) -> tuple[Model, np.ndarray]:
    """The layer "end" of tanh(conv(x) + 2 x); the sample as it is given."""
    pellucid.clear_session()
    pellucid.set_random_seed(2)
    order = request.param
    x = X if order == "channels_last" else np.moveaxis(X, -1, 0)
    image = Input(x.shape)
    conv = layers.Conv2D(2, 3, padding="same", data_format=order, name="conv")
    bent = ops.tanh(conv(image) + image * 2.0)
    return Model(image, layers.Conv2D(3, 3, data_format=order, name="end")(bent)), x


def test_a_value_is_followed_through_them(residual: tuple[Model, np.ndarray]) -> None:
    model, x = residual
    chain = inspection.trace(model, "end", x, (1, 2), 1, largest=20, values=60)
    kinds = {value.kind for value in chain.values}
    assert {"Conv2D", "Tanh", "Add", "Multiply"} <= kinds
    maps = {name: inspection.feature_maps(model, x, name)[0].maps for name in ("conv", "tanh", "add", "multiply")}
    for value in chain.values[1:]:
        assert value.value == pytest.approx(maps[value.layer][(*value.position, value.filter)], abs=1e-5)
        assert value.sum == pytest.approx(value.total, abs=1e-5)
    np.testing.assert_allclose(maps["multiply"], 2 * X, rtol=1e-6)
    np.testing.assert_allclose(maps["add"], maps["conv"] + 2 * X, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(maps["tanh"], np.tanh(maps["add"]), rtol=1e-4, atol=1e-6)


def test_they_have_values_and_fields_of_their_own(residual: tuple[Model, np.ndarray]) -> None:
    model, x = residual
    value = inspection.arithmetic(model, "add", x, (1, 2), 1)
    maps = inspection.feature_maps(model, x, ["conv", "add"])
    assert [record.kind for record in maps] == ["Conv2D", "Add"]
    assert value.value == pytest.approx(maps[0].maps[1, 2, 1] + 2 * float(X[1, 2, 1]), abs=1e-6)
    assert inspection.receptive_field(model, "tanh", (2, 2), 0, x).size == (3, 3)
    with pytest.raises(ArgumentError, match="unknown layer"):
        inspection.arithmetic(model, "subtract", x, (1, 2), 1)
