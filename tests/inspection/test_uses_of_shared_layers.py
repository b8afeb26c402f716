"""A layer that is used several times: its maps say which use they are of, as `arithmetic(call=...)` counts them."""

import json

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, inspection, layers, views

A, B = np.random.default_rng(0).random((2, 6, 6, 1), np.float32)


@pytest.fixture
def model():
    left, right = Input((6, 6, 1), name="left"), Input((6, 6, 1), name="right")
    inner = Sequential([Input((6, 6, 1)), layers.Conv2D(2, 3, name="conv"), layers.ReLU(name="bend")], name="inner")
    shared = layers.Conv2D(1, 3, padding="same", name="shared")
    both = layers.Subtract(name="less")([inner(shared(left)), inner(shared(right))])
    return Model([left, right], layers.Flatten(name="flat")(both), name="twins")


@pytest.mark.parametrize("path", ["shared", "inner/conv", "inner/bend"])
def test_each_use_is_told_and_is_that_of_its_input(model, path):
    for stage in ("output", "input"):
        records = inspection.feature_maps(model, [A, B], path, stage=stage)
        assert [record.call for record in records] == [0, 1]
    first, second = inspection.feature_maps(model, [A, B], path)
    turned, _ = inspection.feature_maps(model, [B, A], path)
    assert np.allclose(second.maps, turned.maps, atol=1e-6) and not np.allclose(first.maps, second.maps)
    for record in (first, second):
        value = inspection.arithmetic(model, path, [A, B], (1, 2), 0, call=record.call)
        assert np.isclose(value.value, record.maps[1, 2, 0], atol=1e-5)
    words = views.maps_text([first, second])
    assert ", call 0: " in words and ", call 1: " in words
    assert json.loads(first.to_json())["call"] == 0


def test_what_if_tells_them_apart_and_says_nothing_of_layers_used_once(model):
    tried = inspection.what_if(model, [A, B], {"right": 0.0})
    changed = {record.use for record in tried.difference if record.maps.any()}
    assert "inner/conv, call 1" in changed and "inner/conv, call 0" not in changed and "less" in changed
    assert "shared, call 1" in views.what_if_text(tried)
    (flat,) = inspection.feature_maps(model, [A, B], "flat")
    assert flat.call is None and flat.use == "flat"


def test_trace_and_equivariance_name_the_use(model):
    """Each value of a chain is that of the use that it names, as `arithmetic(call=...)` counts them."""
    (less,) = inspection.feature_maps(model, [A, B], "less")
    *place, channel = map(int, np.unravel_index(np.abs(less.maps).argmax(), less.maps.shape))
    chain = inspection.trace(model, "less", [A, B], place, channel, values=12)
    told = {(value.layer, value.call) for value in chain.values}
    assert {("inner/conv", 0), ("inner/conv", 1), ("less", None)} <= told
    for value in chain.values:
        if value.call is not None:
            one = inspection.arithmetic(model, value.layer, [A, B], value.position, value.filter, call=value.call)
            assert np.isclose(one.value, value.value, atol=1e-5)
        for part in value.largest:
            assert part.value is None or chain.values[part.value].use == part.use
    words = views.trace_text(chain)
    assert "inner/conv, call 1 [" in words and "less [" in words
    moved = inspection.equivariance(model, [A, B], 1)
    assert [each.use for each in moved.layers if each.layer == "shared"] == ["shared, call 0", "shared, call 1"]
    assert "inner/bend, call 1" in views.equivariance_text(moved)


@pytest.mark.parametrize("path", ["shared", "inner/conv"])
def test_sums_fields_and_partial_maps_name_the_use_that_their_numbers_are_of(model, path):
    """Each is held to the maps of the use that it names."""
    for call, record in enumerate(inspection.feature_maps(model, [A, B], path)):
        value = inspection.arithmetic(model, path, [A, B], (1, 2), 0, call=call)
        parts = inspection.partial_maps(model, path, [A, B], 0, call=call)
        field = inspection.receptive_field(model, path, (1, 2), 0, [A, B], call=call)
        assert np.isclose(value.value, record.maps[1, 2, 0], atol=1e-5)
        assert np.allclose(parts.total, record.maps[..., 0], atol=1e-5)
        assert np.array_equal(field.image, (A, B)[call])
        for told, text in ((value, views.arithmetic_text), (parts, views.partial_maps_text), (field, views.field_text)):
            assert told.use == f"{path}, call {call}" and text(told).startswith(told.use)
            assert json.loads(told.to_json())["call"] == call
    once = inspection.arithmetic(model, "less", [A, B], (1, 2))
    assert once.call is None and once.use == "less"
