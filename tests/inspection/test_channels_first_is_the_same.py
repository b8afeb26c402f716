"""What is told of a network does not depend on where its channels are: the same network in both orders, as many filters
as rows and columns, so that sizes tell nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, layers
from pellucid.inspection import (
    activation_maximum,
    arithmetic,
    compare,
    composition,
    feature_maps,
    importance,
    kernel_gradient,
    receptive_field,
    saliency,
    top_patches,
)

IMAGES = np.random.default_rng(3).random((6, 6, 6, 3), np.float32)
CLASSES = np.arange(6) % 3


def _network(order: str) -> Model:
    """Activations of several kinds before and after what is moved."""
    is_first, k = order == "channels_first", {"data_format": order}
    image = Input((3, 6, 6) if is_first else (6, 6, 3))
    x = layers.Conv2D(4, 3, activation="relu", name="c", **k)(image)
    x = layers.DepthwiseConv2D(2, padding="same", activation="leaky_relu", name="dw", **k)(x)
    x = layers.BatchNormalization(axis=1 if is_first else -1, name="b")(x)
    x = layers.Conv2DTranspose(6, 3, activation="relu", name="t", **k)(x)
    x = layers.SeparableConv2D(4, 3, activation="relu", name="s", **k)(x)
    x = layers.GlobalAveragePooling2D(name="g", **k)(x)
    model = Model(image, layers.Dense(3, activation="softmax", name="d")(x))
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


LAST, FIRST = _network("channels_last"), _network("channels_first")
for each in (FIRST, LAST):  # both, so that both tell the same story of their weights
    each.set_weights(LAST.get_weights())

ASKED: dict[str, Callable[[Model, np.ndarray, str], Any]] = {
    "maps before activation": lambda model, x, layer: feature_maps(model, x[:1], layer, stage="before activation"),
    "maps before bias": lambda model, x, layer: feature_maps(model, x[:1], layer, stage="before bias"),
    "maps": lambda model, x, layer: feature_maps(model, x[:1], layer),
    "arithmetic": lambda model, x, layer: arithmetic(model, layer, x[0], (1, 2), 3).products,
    "saliency": lambda model, x, layer: saliency(model, x[0], layer=layer, unit=2),
    "saliency at a place": lambda model, x, layer: saliency(model, x[0], layer=layer, unit=2, position=(0, 3)),
    "composition": lambda model, x, layer: composition(model, layer, 2, x=x[0]),
    "importance": lambda model, x, layer: importance(model, (x, CLASSES), layer),
    "receptive field": lambda model, x, layer: receptive_field(model, layer, (1, 2), 3, x[:3]),
    "top patches": lambda model, x, layer: top_patches(model, x, layer, units=[1, 3], stage="before activation"),
    "kernel gradient": lambda model, x, layer: kernel_gradient(model, x, CLASSES, layer, 1),
    "activation maximum": lambda model, x, layer: activation_maximum(model, layer, 2, steps=3),
    "comparison": lambda model, x, layer: compare(model, model, x, layers=[layer]),
}


def _numbers(told: Any, path: str = "") -> Iterator[tuple[str, np.ndarray]]:
    """Every number of a record, with the way to it."""
    if isinstance(told, np.ndarray | int | float | np.number):
        yield path, np.asarray(told)
    elif dataclasses.is_dataclass(told):
        for each in dataclasses.fields(told):
            yield from _numbers(getattr(told, each.name), f"{path}.{each.name}")
    elif isinstance(told, list | tuple):
        for number, item in enumerate(told):
            yield from _numbers(item, f"{path}[{number}]")


@pytest.mark.parametrize("layer", ["c", "dw", "t", "s"])
@pytest.mark.parametrize("asked", ASKED)
def test_it_is_told_the_same(asked: str, layer: str) -> None:
    last = dict(_numbers(ASKED[asked](LAST, IMAGES, layer)))
    first = dict(_numbers(ASKED[asked](FIRST, np.moveaxis(IMAGES, -1, 1), layer)))
    assert last.keys() == first.keys()
    assert any(array.size for array in last.values())
    for path, array in last.items():
        # two programs, each within the rounding of float32 sums of some hundred products of numbers below 1
        np.testing.assert_allclose(first[path], array, rtol=1e-3, atol=2e-5, err_msg=path)
