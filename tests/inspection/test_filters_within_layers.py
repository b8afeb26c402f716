"""Filters that lie in a layer which another layer holds: a wrapper's, a block's of a user's own."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, inspection, layers, ops
from pellucid.callbacks import FilterHistory
from pellucid.errors import ArgumentError

FILM, IMAGE = (3, 8, 8, 1), (8, 8, 1)
RNG = np.random.default_rng(0)


class Block(layers.Layer):
    """Two convolutions, one after the other."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.first = layers.Conv2D(3, 3, padding="same", activation="relu", name="first")
        self.second = layers.Conv2D(4, 3, padding="same", name="second")

    def call(self, inputs: Any) -> Any:
        """One after the other."""
        return self.second(self.first(inputs))


class OneOfEach(layers.Layer):
    """A convolution and a dense layer behind it: only one slides."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.slides = layers.Conv2D(4, 3, name="slides")
        self.mixes = layers.Dense(2, name="mixes")

    def call(self, inputs: Any) -> Any:
        """One after the other."""
        return self.mixes(self.slides(inputs))


class OwnAndHeld(layers.Layer):
    """A kernel of its own behind a convolution."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.held = layers.Conv2D(3, 3, padding="same", name="held")

    def build(self, input_shape: Any) -> None:
        """The kernel."""
        self.kernel = self.add_weight(shape=(3, 3, 3, 4), name="kernel")

    def call(self, inputs: Any) -> Any:
        """One after the other."""
        return ops.conv(self.held(inputs), self.kernel)


class Scaled(layers.Layer):
    """A wrapper that computes a kernel from that of its layer, which is no filter of it then."""

    def __init__(self, layer: Any, **options: Any) -> None:
        super().__init__(**options)
        self.layer = layer

    def build(self, input_shape: Any) -> None:
        """A gain for each filter."""
        self.layer.build(input_shape)
        self.gain = self.add_weight(shape=(4,), initializer="ones", name="gain")

    def call(self, inputs: Any) -> Any:
        """The convolution with the larger kernel."""
        return ops.conv(inputs, self.layer.kernel * self.gain)


def wrapped(layer: Any) -> Any:
    return layers.TimeDistributed(layer, name="layer")


CASES: dict[str, tuple[Callable[[], Any], tuple[int, ...], Callable[[Any], dict[str, Any]]]] = {
    "wrapper": (lambda: wrapped(layers.Conv2D(4, 3)), FILM, lambda it: {"layer": it.layer}),
    "two wrappers": (
        lambda: layers.TimeDistributed(wrapped(layers.Conv1D(4, 3)), name="layer"),
        (2, *FILM[1:]),
        lambda it: {"layer": it.layer.layer},
    ),
    "wrapped chain": (
        lambda: wrapped(Sequential([layers.Conv2D(4, 3)])),
        FILM,
        lambda it: {"layer": it.layer.layers[0]},
    ),
    "spectral": (
        lambda: layers.SpectralNormalization(layers.Conv2D(4, 3), name="layer"),
        IMAGE,
        lambda it: {"layer": it.layer},
    ),
    "block": (lambda: Block(name="layer"), IMAGE, lambda it: {"layer/first": it.first, "layer/second": it.second}),
    "wrapped block": (
        lambda: wrapped(Block(name="block")),
        FILM,
        lambda it: {"layer/block/first": it.layer.first, "layer/block/second": it.layer.second},
    ),
    "one that slides": (
        lambda: OneOfEach(name="layer"),
        IMAGE,
        lambda it: {"layer": it.slides, "layer/mixes": it.mixes},
    ),
    "own and held": (lambda: OwnAndHeld(name="layer"), IMAGE, lambda it: {"layer": it, "layer/held": it.held}),
}


@pytest.mark.parametrize("case", CASES)
def test_they_are_followed_and_their_steps_explained(case: str) -> None:
    """The film ends with the kernel as it is; a step that is told is the step that is made; influences add up to it."""
    make, shape, parts = CASES[case]
    layer = make()
    model = Sequential([Input(shape), layer, layers.Flatten(), layers.Dense(2, name="end")])
    model.compile("adam", "mse")
    x, y = RNG.normal(size=(12, *shape)), RNG.normal(size=(12, 2))
    history, named = FilterHistory(), FilterHistory(layers=layer)
    whole = FilterHistory(layers=["layer"])
    model.fit(x, y, epochs=2, batch_size=4, verbose=0, callbacks=[history, named, whole])
    held = parts(layer)
    assert {path for path, _ in named.banks} == {path for path, _ in whole.banks} == set(held)
    assert {path for path, _ in history.banks} == {p for p, each in held.items() if not isinstance(each, layers.Dense)}
    for path, each in held.items():
        kernel = each.kernel.numpy()
        for told in (path, each):
            film = inspection.filter_film(named, told)
            np.testing.assert_array_equal(film.frames[-1], kernel)
            wrote = inspection.influence(model, x, y, told, 1, recorded=named, batch_size=4, by="image")
            np.testing.assert_array_equal(wrote.after, kernel[..., 1])
            assert wrote.layer == path
            assert np.abs(wrote.remainder).max() < 1e-6
    steps = {path: inspection.update(model, x[:4], y[:4], path, 1) for path in held}
    before = {path: each.kernel.numpy()[..., 1] for path, each in held.items()}
    model.train_on_batch(x[:4], y[:4])
    for path, step in steps.items():
        np.testing.assert_array_equal(step.before, before[path])
        np.testing.assert_array_equal(step.after, held[path].kernel.numpy()[..., 1])


class One(layers.Layer):
    """A convolution and dropout, which a training alone does."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.conv, self.drop = layers.Conv2D(3, 3, name="conv"), layers.Dropout(0.5, name="drop")

    def call(self, inputs: Any, training: bool = False) -> Any:
        """As tutorials write it."""
        maps = self.conv(inputs)
        return self.drop(maps, training=training) if training else maps


def test_the_only_one_has_two_names() -> None:
    """That of the block, and its own path; numbers are the same."""
    model = Sequential([Input(IMAGE), One(name="block"), layers.Flatten(), layers.Dense(2, name="end")])
    model.compile("sgd", "mse")
    history, x, y = FilterHistory(), RNG.normal(size=(4, *IMAGE)), np.ones((4, 2))
    model.fit(x, y, batch_size=2, verbose=0, callbacks=history)
    conv = model.layers[0].conv
    for told in ("block", "block/conv", conv):
        np.testing.assert_array_equal(inspection.filter_film(history, told).frames[-1], conv.kernel.numpy())
        step = inspection.update(model, x, y, told, 2)
        np.testing.assert_array_equal(step.before, conv.kernel.numpy()[..., 2])
        assert inspection.feature_maps(model, x[0], told)[0].maps.shape == (6, 6, 3)


def test_of_several_one_is_to_be_named() -> None:
    model = Sequential([Input(IMAGE), Block(name="block"), layers.Flatten(), layers.Dense(2, name="end")])
    model.compile("sgd", "mse")
    history = FilterHistory()
    model.fit(np.ones((4, *IMAGE)), np.ones((4, 2)), batch_size=2, verbose=0, callbacks=history)
    with pytest.raises(ArgumentError, match=r"several .* block/first, block/second"):
        inspection.filter_film(history, "block")
    with pytest.raises(ArgumentError, match=r"Known: block/first, block/second"):
        inspection.filter_film(history, "block/third")
    with pytest.raises(ArgumentError, match=r"'third'. Known: block/first, block/second, end"):
        model.fit(np.ones((4, *IMAGE)), np.ones((4, 2)), verbose=0, callbacks=FilterHistory(layers=["third"]))


def test_a_kernel_that_is_computed_from_that_of_a_part_is_told_once() -> None:
    layer = Scaled(layers.Conv2D(4, 3, name="part"), name="layer")
    model = Sequential([Input(IMAGE), layer])
    assert dict(model.layers_with_filters) == {"layer": layer}


def test_what_two_layers_hold_is_found_by_the_name_of_either() -> None:
    """It goes by the first; the second was said to be unknown."""
    shared = layers.Conv1D(1, 1, name="shared")
    first, second = (layers.TimeDistributed(shared, name=name) for name in ("first", "second"))
    model = Sequential([Input((3, 8, 1)), first, second, layers.Flatten(), layers.Dense(2, name="end")])
    model.compile("sgd", "mse")
    x, y = RNG.normal(size=(4, 3, 8, 1)), RNG.normal(size=(4, 2))
    history = FilterHistory(layers="second")
    model.fit(x, y, batch_size=2, verbose=0, callbacks=history)
    for told in ("first", "second", first, second, shared):
        film = inspection.filter_film(history, told)
        wrote = inspection.influence(model, x, y, told, 0, recorded=history, batch_size=2, by="image")
        assert film.layer == wrote.layer == "first"
        np.testing.assert_array_equal(wrote.after, shared.kernel.numpy()[..., 0])


PARTIAL = {
    "relu": (lambda: wrapped(layers.Conv2D(4, 3, activation="relu")), (3, 8, 8, 2)),
    "one filter": (lambda: wrapped(layers.Conv2D(1, 3, activation="relu")), (3, 8, 8, 1)),
    "groups": (lambda: wrapped(layers.Conv2D(4, 3, groups=2, activation="relu")), (3, 8, 8, 2)),
    "transposed": (lambda: wrapped(layers.Conv2DTranspose(4, 3, strides=2, activation="relu")), (3, 4, 4, 2)),
    "rows": (lambda: wrapped(layers.Dense(4, activation="relu")), (5, 3)),
    "two wrappers": (lambda: layers.TimeDistributed(wrapped(layers.Conv1D(4, 3, activation="relu"))), (2, 3, 7, 2)),
}


@pytest.mark.parametrize("case", PARTIAL)
def test_partial_maps_of_steps(case: str) -> None:
    """They add up, step by step, to what the model predicts: float32's rounding of a few products apart."""
    make, shape = PARTIAL[case]
    layer = make()
    model = Sequential([Input(shape), layer])
    x = RNG.normal(size=shape).astype(np.float32)
    answers = model.predict(x[None])[0]
    number = answers.shape[-1] - 1
    maps = inspection.partial_maps(model, layer, x, number)
    assert maps.activation == "relu"
    assert maps.spatial == answers.shape[:-1]
    np.testing.assert_allclose(np.maximum(maps.total, 0.0), answers[..., number], atol=1e-5)
    before = inspection.feature_maps(model, x, layer, stage="before activation")[0]
    np.testing.assert_allclose(before.maps[..., number], maps.total, atol=1e-5)


@pytest.mark.parametrize("around", [layers.TimeDistributed, layers.SpectralNormalization])
def test_channels_of_what_is_wrapped(around: Any) -> None:
    """A layer within a wrapper says where the channels are."""
    shape = (2, 8, 8) if around is layers.SpectralNormalization else (3, 2, 8, 8)
    layer = around(layers.Conv2D(4, 3, data_format="channels_first"))
    model = Sequential([Input(shape), layer])
    x = RNG.normal(size=shape).astype(np.float32)
    maps = inspection.feature_maps(model, x, layer)[0].maps
    np.testing.assert_array_equal(maps, np.moveaxis(model.predict(x[None])[0], -3, -1))
