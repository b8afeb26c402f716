"""Layers that are called on several things, as attention is on query and value: shown, touched and edited as others."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, inspection, layers, set_random_seed
from pellucid.errors import ArgumentError
from pellucid.explorer.asked import Asked
from pellucid.explorer.editing import edit
from pellucid.explorer.opening import study_of
from pellucid.explorer.touching import value
from pellucid.explorer.wire import unpacked


class Beside(layers.Layer):
    """A convolution of one thing, and another beside it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.conv = layers.Conv2D(3, 3, name="conv")

    def call(self, a: Any, b: Any, scale: float = 2.0) -> Any:
        """What it computes of both."""
        return self.conv(a) * scale + b[:, 1:-1, 1:-1]


class Product(layers.Layer):
    """Without weights."""

    def call(self, a: Any, b: Any) -> Any:
        """What it computes of both."""
        return a * b


def _beside() -> Model:
    x = Input((6, 6, 1))
    y = Beside(name="beside")(x, b=x)
    return Model(x, Product(name="product")(y, y))


def _attention() -> Model:
    x = Input((6, 4))
    y = layers.MultiHeadAttention(2, 3, name="heads")(x, x)
    return Model(x, layers.Add(name="add")([x, y]))


@pytest.mark.parametrize(("made", "banks"), [(_beside, {"beside": 3}), (_attention, {})])
def test_it_is_opened(made: Any, banks: dict[str, int]) -> None:
    """Each layer is a box with its filters, and the values that are told are those of a prediction."""
    set_random_seed(1)
    model = made()
    x = np.random.default_rng(0).random((2, *model.inputs[0].shape[1:]), np.float32)
    study = study_of(model, x)
    nodes = {node.id: node for node in study.scene.nodes}
    assert nodes[model.layers[1].name].banks == banks
    answer = np.asarray(model.predict(x[:1], verbose=0))[0]
    at = tuple(size - 1 for size in answer.shape)
    sent = Asked({"layer": model.layers[-1].name}, {"at": ",".join(map(str, at))}, b"")
    head, _ = unpacked(bytes(value(study, sent).body))
    assert np.isclose(head["value"], answer[at], atol=1e-5)
    model.summary(derive=True)


def test_its_filters_are_edited() -> None:
    """As those of a layer that is called on one thing."""
    study = study_of(model := _beside())
    sent = {"layer": "beside", "do": "numbers", "number": 1, "at": 4, "value": -3}
    edit(study, Asked({}, {}, json.dumps(sent).encode()))
    assert inspection.filters(model.layers[1]).kernel[1, 1, 0, 1] == -3
    assert model.layers[1].conv.kernel.numpy()[1, 1, 0, 1] == -3


def test_nothing_tells_what_it_is_called_on() -> None:
    """Where it was called on arrays alone, that is said."""
    layer = Beside()
    layer(np.ones((1, 6, 6, 1)), np.ones((1, 6, 6, 3)))
    with pytest.raises(ArgumentError, match="has no filters"):
        inspection.filters(layer)
    with pytest.raises(ArgumentError, match="use it in a model first"):
        inspection.formula(layer)
