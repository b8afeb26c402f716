"""Layers that a block holds, a layer of a user's own: asked about by path, they are looked at as all others are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, inspection, layers, ops, set_random_seed
from pellucid.errors import ArgumentError

X = np.random.default_rng(0).random((6, 8, 8, 4), np.float32)


class Residual(layers.Layer):
    """Two convolutions, and what they were given; a function between them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.first = layers.Conv2D(4, 3, padding="same", name="first")
        self.norm = layers.BatchNormalization(name="norm")
        self.second = layers.Conv2D(4, 3, padding="same", activation="relu", name="second")

    def call(self, x: Any, training: bool | None = None) -> Any:
        """The second on the first, beside the input."""
        return x + self.second(ops.tanh(self.norm(self.first(x), training=training)))


class Stage(layers.Layer):
    """Blocks in a list."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.blocks = [Residual(name="one"), Residual(name="two")]

    def call(self, x: Any) -> Any:
        """One after the other."""
        for block in self.blocks:
            x = block(x)
        return x


class Own(Model):
    """A model with a `call` of its own that has blocks."""

    def __init__(self) -> None:
        super().__init__(name="own")
        self.stage, self.mean = Stage(name="stage"), layers.GlobalAveragePooling2D(name="mean")
        self.end = layers.Dense(3, activation="softmax", name="end")

    def call(self, x: Any) -> Any:
        """One after the other."""
        return self.end(self.mean(self.stage(x)))


def _own() -> tuple[Model, Any, str]:
    model = Own()
    model.build((None, 8, 8, 4))
    return model, model.stage, "stage"


def _chain() -> tuple[Model, Any, str]:
    stage = Stage(name="stage")
    end = [layers.GlobalAveragePooling2D(name="mean"), layers.Dense(3, activation="softmax", name="end")]
    return Sequential([Input((8, 8, 4)), stage, *end]), stage, "stage"


def _inside() -> tuple[Model, Any, str]:
    begin, x = Input((8, 8, 4)), Input((8, 8, 4))
    stage = Stage(name="stage")
    inner = Model(begin, stage(begin), name="inner")
    y = layers.GlobalAveragePooling2D(name="mean")(inner(x))
    return Model(x, layers.Dense(3, activation="softmax", name="end")(y)), stage, "inner/stage"


MODELS: dict[str, Callable[[], tuple[Model, Any, str]]] = {"own": _own, "chain": _chain, "inside": _inside}


@pytest.fixture(params=MODELS)
def made(request: Any) -> tuple[Model, Any, str]:
    """A model, its stage, and the path to that."""
    set_random_seed(3)
    model, stage, path = MODELS[request.param]()
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(X, np.arange(6) % 3, verbose=0)
    return model, stage, path


def _conv(x: np.ndarray, layer: Any) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, ((1, 1), (1, 1), (0, 0))), (3, 3), (0, 1))
    found: np.ndarray = np.einsum("ijcab,abcf->ijf", windows, layer.kernel.numpy()) + layer.bias.numpy()
    return found


def _residual(x: np.ndarray, block: Any) -> np.ndarray:
    maps, norm = _conv(x, block.first), block.norm
    scale = norm.gamma.numpy() / np.sqrt(norm.moving_variance.numpy() + norm.epsilon)
    inner = np.tanh((maps - norm.moving_mean.numpy()) * scale + norm.beta.numpy())
    return x + np.maximum(_conv(inner, block.second), 0.0)


def test_maps_and_values(made: tuple[Model, Any, str]) -> None:
    """Held to NumPy: float32's rounding of some hundred products apart."""
    model, stage, path = made
    one, two = stage.blocks
    maps = _conv(_residual(X[0], one), two.first)
    for told in (f"{path}/two/first", two.first):
        (record,) = inspection.feature_maps(model, X[0], told)
        assert record.layer == f"{path}/two/first"
        np.testing.assert_allclose(record.maps, maps, atol=2e-5)
        value = inspection.arithmetic(model, told, X[0], (2, 3), 1)
        assert value.value == pytest.approx(maps[2, 3, 1], abs=2e-5)
        partial = inspection.partial_maps(model, told, X[0], 1)
        np.testing.assert_allclose(partial.total, maps[..., 1], atol=2e-5)
    assert inspection.receptive_field(model, two.first, (4, 4), 0).size == (7, 7)
    chain = inspection.trace(model, f"{path}/two/first", X[0], (2, 3), 1)
    assert chain.values[0].value == pytest.approx(maps[2, 3, 1], abs=2e-5)


def test_searches_and_changes(made: tuple[Model, Any, str]) -> None:
    """What excites a unit most is the largest of its answers; what would be with another filter is what then is."""
    model, stage, path = made
    first = f"{path}/one/first"
    answers = np.stack([_conv(x, stage.blocks[0].first) for x in X])
    patches = inspection.top_patches(model, X, first, count=1)
    np.testing.assert_allclose(patches.values[:, 0], answers.max(axis=(0, 1, 2))[patches.units], rtol=1e-4)
    assert inspection.saliency(model, X[0], layer=first, unit=1).by_place.shape == (8, 8)
    assert inspection.activation_maximum(model, first, 0, (4, 4), steps=2).image.shape == (8, 8, 4)
    assert inspection.compare(model, model, X, layers=[first]).layers[0].match.tolist() == [0, 1, 2, 3]
    tried = inspection.what_if(model, X[0], {first: {1: 0.0}}, layers=[f"{path}/two/second"])
    shown = {record.layer for record in tried.after}
    assert {first, f"{path}/two/second"} <= shown
    stage.blocks[0].first.filter(1).set(np.zeros((3, 3, 4)))
    np.testing.assert_allclose(tried.outputs_after[0], model.predict(X[:1], verbose=0)[0], atol=1e-6)


def test_looking_changes_nothing(made: tuple[Model, Any, str]) -> None:
    """No use is remembered, no name taken; nobody who asks about the block gets anything else than before."""
    model, stage, path = made
    parts = [part for layer in model.layers for part in layer.with_parts()]
    uses = [len(layer.calls) for layer in parts]
    before = inspection.feature_maps(model, X[0], path)[0].maps
    inspection.feature_maps(model, X[0], f"{path}/one/second")
    assert [len(layer.calls) for layer in parts] == uses
    np.testing.assert_array_equal(inspection.feature_maps(model, X[0], path)[0].maps, before)
    np.testing.assert_allclose(before, _residual(_residual(X[0], stage.blocks[0]), stage.blocks[1]), atol=5e-5)


class Weighted(layers.Layer):
    """A block with a weight of its own, which no network of its layers has."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.conv = layers.Conv2D(4, 3, padding="same", name="conv")

    def build(self, input_shape: Any) -> None:
        """The weight."""
        self.scale = self.add_weight((1,), name="scale", initializer="ones")

    def call(self, x: Any) -> Any:
        """Scaled."""
        return self.conv(x) * self.scale


def test_what_cannot_be_opened_says_so() -> None:
    model = Sequential([Input((8, 8, 4)), Weighted(name="block"), layers.Flatten(name="flat")])
    assert inspection.feature_maps(model, X[0], "block")[0].maps.shape == (8, 8, 4)
    with pytest.raises(ArgumentError, match=r"holds 'conv', but is looked at as one layer.*no weights of their own"):
        inspection.feature_maps(model, X[0], "block/conv")
