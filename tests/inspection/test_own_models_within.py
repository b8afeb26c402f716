"""A model whose `call` a user wrote, within another one, as tutorials write blocks of a ResNet: one operation there."""

from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, inspection, layers, ops

RNG = np.random.default_rng(0)
IMAGE = (8, 8, 2)


class Block(Model):
    """`class ResnetIdentityBlock(tf.keras.Model)`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.first = layers.Conv2D(3, 3, padding="same", name="first")
        self.norm = layers.BatchNormalization(name="norm")
        self.short = layers.Conv2D(3, 1, name="short")

    def call(self, inputs: Any, training: bool = False) -> Any:
        """What a convolution adds to the shortcut."""
        return ops.relu(self.norm(self.first(inputs), training=training) + self.short(inputs))


def sequence() -> Model:
    return Sequential([Input(IMAGE), Block(name="block"), layers.GlobalAveragePooling2D(name="gap")])


def chained() -> Model:
    image = Input(IMAGE)
    inner = Model(image, Block(name="block")(image), name="inner")
    return Sequential([Input(IMAGE), inner, layers.GlobalAveragePooling2D(name="gap")])


def test_values_are_traced_through_it() -> None:
    """Both ended in a RecursionError."""
    model, x = sequence(), RNG.normal(size=IMAGE).astype(np.float32)
    answer = model.get_layer("block").predict(x[None])[0]
    chain = inspection.trace(model, "block", x, position=(4, 4), filter=1)
    assert chain.values[0].value == pytest.approx(float(answer[4, 4, 1]), abs=1e-5)
    behind = inspection.trace(model, "gap", x, filter=1)
    assert behind.values[0].value == pytest.approx(float(answer[..., 1].mean()), abs=1e-5)
    assert behind.values[1].layer == "block"
    field = inspection.receptive_field(model, "block", (4, 4), 1, x)
    assert field.spans == ((3, 5), (3, 5))


@pytest.mark.parametrize("make", [sequence, chained])
def test_what_is_in_it_is_looked_at(make: Any) -> None:
    """It was said to need numbers, and its convolutions to have no maps."""
    model, x = make(), RNG.normal(size=IMAGE).astype(np.float32)
    path = "block/first" if make is sequence else "inner/block/first"
    block = model.get_layer(path.removesuffix("/first").split("/")[0])
    block = block if make is sequence else block.get_layer("block")
    expected = block.first(x[None])[0]
    np.testing.assert_allclose(inspection.feature_maps(model, x, path)[0].maps, expected, atol=1e-5)
    value = inspection.arithmetic(model, path, x, position=(4, 4), filter=1)
    assert value.value == pytest.approx(float(expected[4, 4, 1]), abs=1e-5)
