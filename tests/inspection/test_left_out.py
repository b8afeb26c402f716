"""Optional inputs given as None, and layers called with None: what is looked at is what is computed then."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.signal import correlate

from pellucid import Input, Model, inspection, layers
from pellucid.errors import ArgumentError, DataError

A, B = np.random.default_rng(0).normal(size=(2, 6, 6, 1)).astype(np.float32)


class More(layers.Layer):
    """x + 2 * more, or x."""

    def call(self, x: Any, more: Any = None) -> Any:
        return x if more is None else x + 2 * more


def net() -> Model:
    a, b = Input((6, 6, 1), name="a"), Input((6, 6, 1), name="b", optional=True)
    seen = layers.Conv2D(2, 3, name="conv", bias_initializer="normal")(More(name="more")(a, b))
    model = Model([a, b], layers.Dense(3, name="head")(layers.Flatten(name="flat")(seen)), name="net")
    model.compile("sgd", "mse")
    return model


def convolved(model: Model, x: np.ndarray, k: int) -> np.ndarray:
    """The map of a filter, by SciPy."""
    kernel, bias = (weight.numpy() for weight in model.get_layer("conv").weights)
    return correlate(x[..., 0].astype(np.float64), kernel[..., 0, k].astype(np.float64), "valid") + bias[k]


@pytest.mark.parametrize("given", [[A, None], {"a": A, "b": None}])
def test_what_is_looked_at_is_what_is_computed_without_the_input(given: Any) -> None:
    model = net()
    before = [weight.numpy().copy() for weight in model.weights]
    maps = {record.layer: record.maps for record in inspection.feature_maps(model, given)}
    assert list(maps) == ["input", "more", "conv", "flat", "head"]
    np.testing.assert_array_equal(maps["more"], A)
    truth = convolved(model, A, 1)
    np.testing.assert_allclose(maps["conv"][..., 1], truth, rtol=1e-5, atol=1e-6)
    predicted = model.predict([A[None], None], verbose=0)[0]
    np.testing.assert_allclose(maps["head"], predicted, rtol=1e-5, atol=1e-6)
    value = inspection.arithmetic(model, "conv", given, (1, 2), 1)
    np.testing.assert_allclose(value.value, truth[1, 2], rtol=1e-5)
    parts = inspection.partial_maps(model, "conv", given, filter=1)
    np.testing.assert_allclose(parts.engine_map, truth, rtol=1e-5, atol=1e-6)
    chain = inspection.trace(model, "head", given, filter=2)
    np.testing.assert_allclose(chain.values[0].value, predicted[2], rtol=1e-5)
    field = inspection.receptive_field(model, "conv", (1, 2), 0, given)
    assert field.theoretical[1:4, 2:5].all() and field.theoretical.sum() == 9
    kernel = model.get_layer("conv").kernel.numpy()[..., 0, 0]
    np.testing.assert_allclose(
        inspection.saliency(model, given, layer="conv", unit=0, position=(1, 2)).values[1:4, 2:5, 0], kernel
    )
    np.testing.assert_allclose(inspection.composition(model, "conv", 0, x=given).kernel[..., 0], kernel, rtol=1e-6)
    assert inspection.activation_maximum(model, "conv", 0, x=given, steps=2).image.shape == (6, 6, 1)
    moved = inspection.equivariance(model, given, (0, 1)).layers
    assert [each.layer for each in moved][:3] == ["input", "more", "conv"] and moved[2].inside < 1e-5
    tried = inspection.what_if(model, given, {"conv": {1: 0.0}}, y=np.zeros(3))
    np.testing.assert_allclose(tried.outputs_before[0], predicted, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(tried.loss_before, (predicted.astype(np.float64) ** 2).mean(), rtol=1e-5)
    assert all((weight.numpy() == kept).all() for weight, kept in zip(model.weights, before, strict=True))
    assert [call.layer.name for call in model.built_network().calls[2:]] == ["more", "conv", "flat", "head"]


def test_many_samples() -> None:
    model, several = net(), [np.stack([A, B]), None]
    maps = {(each.layer, each.sample): each.maps for each in inspection.feature_maps(model, several)}
    np.testing.assert_allclose(maps["conv", "1"][..., 0], convolved(model, B, 0), rtol=1e-5, atol=1e-6)
    top = inspection.top_patches(model, several, "conv", count=1)
    largest = [max(convolved(model, x, k).max() for x in (A, B)) for k in (0, 1)]
    np.testing.assert_allclose(top.values[:, 0], largest, rtol=1e-5)
    assert inspection.lint(model, several).samples == 2


def test_two_models_side_by_side() -> None:
    one, two = net(), net()
    two.set_weights([weight[..., ::-1] if weight.ndim == 4 else weight for weight in one.get_weights()])
    x = np.random.default_rng(1).normal(size=(12, 6, 6, 1)).astype(np.float32)
    for given in ([x, None], {"a": x, "b": None}):
        found = inspection.compare(one, two, given, layers=["conv"])
        assert found.layers[0].match.tolist() == [1, 0] and found.samples == 12
    outputs = [model.predict([x, None], verbose=0) for model in (one, two)]
    np.testing.assert_allclose(found.largest_difference, np.abs(outputs[0] - outputs[1]).max(), rtol=1e-4)
    a, b = (Input((6, 6, 1), name=name) for name in "cd")
    strict = Model([a, b], layers.Dense(3)(layers.Flatten()(layers.Conv2D(2, 3, name="conv")(More()(a, b)))))
    with pytest.raises(ArgumentError, match=r"net is given nothing for some of its inputs; .* needs all .*\(d\)"):
        inspection.compare(one, strict, [x, None], layers=["conv"])


def test_with_the_input_all_is_as_it_was() -> None:
    model = net()
    maps = {record.layer: record.maps for record in inspection.feature_maps(model, [A, B])}
    np.testing.assert_allclose(maps["conv"][..., 0], convolved(model, A + 2 * B, 0), rtol=1e-5, atol=1e-5)


def test_a_layer_that_is_called_with_none() -> None:
    x = Input((6, 6, 1))
    model = Model(x, layers.Conv2D(2, 3, name="conv")(More(name="more")(x, more=None)))
    maps = {record.layer: record.maps for record in inspection.feature_maps(model, A)}
    np.testing.assert_array_equal(maps["more"], A)
    np.testing.assert_allclose(maps["conv"][..., 0], convolved(model, A, 0), rtol=1e-5, atol=1e-6)


def test_what_cannot_be_left_out() -> None:
    model = net()
    with pytest.raises(DataError, match="input 'a': the input is not optional: it must hold numbers, got None"):
        inspection.feature_maps(model, [None, B])
    with pytest.raises(ArgumentError, match=r"unknown input of net 'b'\. Known: a, input"):
        inspection.saliency(model, [A, None], input="b")
    a, b = (Input((3,), name=name, optional=True) for name in "ab")
    both = Model([a, b], layers.Add(name="sum")([a, b]))
    with pytest.raises(ArgumentError, match=r"Add \"sum\" cannot do without the input 'b', which is None: give data"):
        inspection.feature_maps(both, [np.ones(3), None])
    with pytest.raises(DataError, match="at least one input must be given; all are None"):
        inspection.arithmetic(both, "sum", [None, None])
