"""A value followed back to the pixels: sums that hold, products that are those of the definition, the largest first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases.channel_axes import channel_axis
from cases.layers import LAYERS
from cases.rows import LayerCase
from checks.problem import make_layer

from pellucid import Input, Model, Sequential, layers
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError
from pellucid.inspection import Chain, arithmetic, trace
from pellucid.views import trace_text

RNG = np.random.default_rng(0)


def check(chain: Chain, largest: int) -> None:
    """Each sum is the engine's, what is listed is what is largest, and each value that is followed is the one read."""
    for value in chain.values:
        assert abs(value.sum - value.total) <= value.bound + 1e-6 * abs(value.total) + 1e-12
        sizes = [abs(part.product) for part in value.largest]
        assert sizes == sorted(sizes, reverse=True) and len(sizes) <= largest
        for part in value.largest:
            assert part.product == pytest.approx(part.input * part.slope, abs=1e-12)
            if part.value is not None:
                read = chain.values[part.value]
                assert (read.layer, read.position, read.filter) == (part.layer, part.position, part.channel)
                assert read.value == part.input


def _net() -> Model:
    parts = [layers.Conv2D(4, 3, activation="relu", name="a"), layers.MaxPooling2D(2, name="p"),
             layers.Conv2D(5, 2, padding="same", use_bias=False, activation="tanh", name="b"), layers.Dropout(0.5),
             layers.Flatten(), layers.Dense(6, activation="relu", name="c"),
             layers.Dense(3, activation="softmax", name="d")]  # fmt: skip
    model = Sequential([Input((10, 10, 2)), *parts])
    model.set_weights([RNG.normal(size=weight.shape) * 0.5 for weight in model.weights])
    return model


def test_leads_to_the_pixels() -> None:
    """Along the largest contributions, through all layers; those that only move are passed."""
    model, x = _net(), RNG.normal(size=(10, 10, 2))
    chain = trace(model, "d", x, (), 1, values=1)
    check(chain, 5)
    way = [chain.values[0]]
    while (number := way[-1].largest[0].value if way[-1].largest else None) is not None:
        way.append(chain.values[number])
    assert [value.layer for value in way] == ["d", "c", "b", "p", "a"][: len(way)]
    assert not way[-1].largest or not way[-1].largest[0].product or way[-1].largest[0].layer == "input"
    assert len(trace(model, "d", x, (), 1, values=30).values) == 30


@pytest.mark.parametrize(("layer", "position"), [("a", (3, 4)), ("b", (1, 2)), ("c", ()), ("d", ())])
def test_is_the_arithmetic(layer: str, position: tuple[int, ...]) -> None:
    """The first sum has the products, the bias and the total that `arithmetic` has, whose sums are of another kind."""
    model, x = _net(), RNG.normal(size=(10, 10, 2))
    value, found = (
        trace(model, layer, x, position, 1, largest=1024, values=1).values[0],
        arithmetic(model, layer, x, position, 1),
    )
    expected = sorted((each.product for each in found.products if each.product), key=abs, reverse=True)
    listed = [part.product for part in value.largest if part.product]
    np.testing.assert_allclose(np.abs(listed), np.abs(expected), rtol=1e-4, atol=1e-6)
    assert value.rest == pytest.approx(0, abs=1e-6) and value.added == pytest.approx(found.bias, abs=1e-6)
    assert value.total == pytest.approx(found.total, rel=1e-5, abs=1e-5) and value.activation == found.activation
    assert value.value == pytest.approx(found.value, rel=1e-5, abs=1e-5)


def test_of_a_thousand_inputs() -> None:
    """What matters is listed, the rest is one sum."""
    model = Sequential([Input((1024,)), layers.Dense(2, name="d")])
    x = RNG.normal(size=1024)
    (value,) = trace(model, "d", x, (), 1, largest=5).values
    products = x.astype(np.float32).astype(float) * np.asarray(model.layers[0].kernel)[:, 1]
    order = np.argsort(-np.abs(products))
    assert [part.channel for part in value.largest] == order[:5].tolist() and value.others == 1019
    assert value.rest == pytest.approx(products[order[5:]].sum(), rel=1e-6)
    assert len(trace_text(trace(model, "d", x, (), 1)).splitlines()) < 14


@pytest.mark.parametrize("case", [case for case in LAYERS if not case.training][::4], ids=lambda case: case.name)
def test_every_layer(case: LayerCase) -> None:
    """Whatever a layer is made of: a sum that holds, or slopes and what they leave."""
    if len(case.inputs) != 1:
        pytest.skip("several inputs")
    (shape,) = case.inputs
    x = Input(shape[1:])
    model = Model(x, make_layer(case)(x))
    model.set_weights([RNG.uniform(0.2, 0.9, weight.shape) for weight in model.weights])
    sample = RNG.normal(size=shape[1:]).astype(np.float32)
    y = np.asarray(model.predict(sample[np.newaxis]))
    axis = channel_axis(case, y.ndim)
    position = tuple(size // 2 for place, size in enumerate(y.shape) if place not in (0, axis))
    try:
        chain = trace(model, model.layers[-1], sample, position)
    except ArgumentError as error:
        assert "returns the input as it is" in str(error) and np.allclose(y, sample)
        return
    check(chain, 5)
    found = y[0][(*position[: axis - 1], 0, *position[axis - 1 :])] if y.ndim > 1 else y[0]
    assert chain.values[0].value == pytest.approx(float(found), rel=1e-4, abs=1e-5)
    assert trace_text(chain, width=60)


def test_branches_and_models_inside() -> None:
    """Both ways of a sum, and the layers of a model inside by their paths."""
    i = Input((6, 6, 2))
    inner = Model(i, layers.Conv2D(3, 3, padding="same", name="deep")(i), name="inner")
    x = Input((6, 6, 2))
    model = Model(x, layers.Add(name="sum")([inner(x), layers.Conv2D(3, 1, name="short")(x)]))
    chain = trace(model, "sum", RNG.normal(size=(6, 6, 2)), (2, 3), 1)
    check(chain, 5)
    assert {part.layer for part in chain.values[0].largest} == {"inner/deep", "short"}
    assert trace(model, "inner/deep", np.ones((6, 6, 2)), (2, 3), 1).values[0].layer == "inner/deep"


def test_text() -> None:
    """Numbers of values in brackets lead on; no line is wider than asked."""
    text = trace_text(trace(_net(), "d", RNG.normal(size=(10, 10, 2)), (), 1), width=70)
    assert text.startswith("[0] d unit 1 = ") and "the other" in text and "after softmax" in text
    assert max(map(len, text.splitlines())) <= 70


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"layer": "e"}, ArgumentError, "unknown layer"),
        ({"position": (9, 9)}, ArgumentError, "no position"),
        ({"filter": 4}, ArgumentError, "filters 0 to 3"),
        ({"largest": 0}, ArgumentError, "largest is a whole number"),
        ({"values": 1.5}, ArgumentError, "values is a whole number"),
        ({"sample": np.zeros((3, 3))}, DataError, "samples of shape"),
        ({"layer": 7}, ArgumentTypeError, "told by its name"),
    ],
)
def test_what_cannot_be(arguments: dict[str, Any], error: type[Exception], words: str) -> None:
    """One sentence."""
    with pytest.raises(error, match=words):
        trace(_net(), **{"layer": "a", "sample": np.zeros((10, 10, 2)), "position": (0, 0), **arguments})
