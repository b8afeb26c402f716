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


def test_all_maps_are_theirs_too(residual: tuple[Model, np.ndarray]) -> None:
    """Asked for none by name, every layer and function answers, in the order of computation."""
    model, x = residual
    found = inspection.feature_maps(model, x)
    assert found[0].layer == "input" and found[-1].layer == "end"
    assert {record.layer for record in found} == {"input", "conv", "multiply", "add", "tanh", "end"}
    by_name = {record.layer: record.maps for record in found}
    for name, maps in by_name.items():
        np.testing.assert_array_equal(maps, inspection.feature_maps(model, x, name)[0].maps)


def test_results_of_every_shape() -> None:
    """Several results are several records; one number for each sample is one map; what has no maps is left out."""
    image = Input((4, 4, 4))
    one, two = ops.split(image, 2, axis=-1)
    mean = ops.mean(one, axis=(1, 2, 3))
    deep = ops.sum(ops.reshape(two, (-1, 2, 2, 2, 2, 2)), axis=(2, 3, 4))
    over_all = ops.max(two)
    model = Model(image, [mean, deep, one * over_all])
    x = np.random.default_rng(1).random((4, 4, 4), dtype=np.float32)
    found = inspection.feature_maps(model, x)
    halves = [record.maps for record in found if record.layer == "split"]
    np.testing.assert_array_equal(np.concatenate(halves, axis=-1), x)
    names = [record.layer for record in found]
    assert "max" not in names and "reshape" not in names
    (number,) = (record.maps for record in found if record.layer == "mean")
    np.testing.assert_allclose(number, [x[..., :2].mean()], rtol=1e-6)
    (summed,) = (record.maps for record in found if record.layer == "sum")
    np.testing.assert_allclose(summed, x[..., 2:].reshape(2, 2, 2, 2, 2).sum(axis=(1, 2, 3)), rtol=1e-6)
    with pytest.raises(ArgumentError, match="no maps of each sample"):
        inspection.feature_maps(model, x, "max")
