"""`tf.random`, `tf.nn.dropout` and `tf.image.random_*`: at once for arrays, and in a model anew in each step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers
from pellucid.cli.keras_imports import keras_is_pellucid
from pellucid.errors import ArgumentError
from pellucid.layers import Layer

X = np.random.default_rng(0).uniform(0.2, 0.8, (16, 6, 8, 3)).astype(np.float32)
DRAWS: dict[str, Callable[[Any, Any], Any]] = {
    "noise": lambda tf, x: x + tf.random.normal(tf.shape(x)),
    "noise with a seed": lambda tf, x: x + tf.random.normal(tf.shape(x), 1.0, 0.5, seed=3),
    "uniform": lambda tf, x: x * tf.random.uniform(tf.shape(x), 0.5, 1.5),
    "whole numbers": lambda tf, x: x + tf.cast(tf.random.uniform((6, 8, 3), 0, 9, tf.int32), tf.float32),
    "dropout": lambda tf, x: tf.nn.dropout(x, 0.5),
    "channels dropped": lambda tf, x: tf.nn.dropout(x, rate=0.5, noise_shape=[None, 1, 1, 3]),
    "left and right": lambda tf, x: tf.image.random_flip_left_right(x),
    "up and down": lambda tf, x: tf.image.random_flip_up_down(x),
    "brightness": lambda tf, x: tf.image.random_brightness(x, 0.3),
    "contrast": lambda tf, x: tf.image.random_contrast(x, 0.5, 2.0),
    "hue": lambda tf, x: tf.image.random_hue(x, 0.3),
    "saturation": lambda tf, x: tf.image.random_saturation(x, 0.3, 2.0),
}
OF_OPERANDS = [name for name in DRAWS if not name.startswith(("noise", "uniform", "whole"))]


@pytest.fixture
def tf() -> Iterator[Any]:
    with keras_is_pellucid():
        import tensorflow

        yield tensorflow


class Drawing(Layer):
    """A layer of a user's own with such a function in its `call`."""

    def __init__(self, tf: Any, change: Callable[[Any, Any], Any]) -> None:
        super().__init__()
        self.library, self.change = [tf], [change]

    def call(self, x: Any) -> Any:
        return self.change[0](self.library[0], x)


@pytest.mark.parametrize("name", DRAWS)
def test_each_step_of_a_layer_draws_anew(tf: Any, name: str) -> None:
    model = Sequential([Input((6, 8, 3)), Drawing(tf, DRAWS[name])])
    first, second = (model.predict(X, verbose=0) for _ in range(2))
    assert not np.array_equal(first, second)
    at_once = [np.asarray(DRAWS[name](tf, X)) for _ in range(2)]
    assert not np.array_equal(*at_once) and at_once[0].shape == first.shape


@pytest.mark.parametrize("name", OF_OPERANDS)
def test_a_described_model_draws_in_each_step(tf: Any, name: str) -> None:
    image = Input((6, 8, 3))
    model = Model(image, layers.Activation("linear")(DRAWS[name](tf, image)))
    first, second = (model.predict(X, verbose=0) for _ in range(2))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("within", [False, True])
def test_images_of_a_batch_are_mirrored_each_by_itself(tf: Any, within: bool) -> None:
    change = DRAWS["left and right"]
    x = np.tile(X, (20, 1, 1, 1))
    found = Sequential([Input((6, 8, 3)), Drawing(tf, change)]).predict(x, verbose=0) if within else change(tf, x)
    mirrored = (np.asarray(found) != x).any(axis=(1, 2, 3))
    np.testing.assert_array_equal(found[mirrored], x[mirrored][:, :, ::-1])
    assert 0.4 < mirrored.mean() < 0.6  # 320 images: 3.6 standard deviations


@pytest.mark.parametrize("within", [False, True])
def test_pieces_lie_everywhere(tf: Any, within: bool) -> None:
    """Each place is as probable as the others; the pieces are parts of the image."""
    image = np.arange(30.0, dtype=np.float32).reshape(1, 5, 6, 1)

    def cut(library: Any, x: Any) -> Any:
        return library.image.random_crop(x, (1, 3, 5, 1))

    model = Sequential([Input((5, 6, 1)), Drawing(tf, cut)])
    corners = []
    for _ in range(240):
        piece = np.asarray(model.predict(image, verbose=0) if within else cut(tf, image))[0, :, :, 0]
        top, left = divmod(int(piece[0, 0]), 6)
        np.testing.assert_array_equal(piece, image[0, top : top + 3, left : left + 5, 0])
        corners.append((top, left))
    counts = np.array([corners.count(place) for place in set(corners)])
    assert len(counts) == 6 and counts.min() > 20  # 40 of each, with a deviation of 6
    with pytest.raises(ArgumentError, match="does not lie in"):
        tf.image.random_crop(image, (1, 6, 6, 1))


def test_sequences_of_seeds(tf: Any) -> None:
    """As in TensorFlow: one seed gives another number each time, from `set_seed` on the same ones; pairs the same."""
    drawn = []
    for _ in range(2):
        tf.random.set_seed(7)
        drawn.append([float(tf.random.uniform((), seed=3)) for _ in range(4)])
    assert drawn[0] == drawn[1] and len(set(drawn[0])) == 4
    pairs = [tf.random.stateless_uniform((5,), seed) for seed in ((1, 2), (1, 2), (2, 1))]
    assert np.array_equal(*pairs[:2]) and not np.array_equal(*pairs[1:])
    images = [np.asarray(tf.image.stateless_random_brightness(X, 0.9, seed=(1, 2))) for _ in range(2)]
    assert np.array_equal(*images) and not np.array_equal(images[0], X)
    generators = [tf.random.Generator.from_seed(5) for _ in range(2)]
    for _ in range(2):
        one, other = (each.normal((4,)) for each in generators)
        assert np.array_equal(one, other) and not np.array_equal(one, generators[0].normal((4,)))
        generators[1].normal((4,))
    assert np.asarray(generators[0].make_seeds(2)).shape == (2, 2)


@pytest.mark.parametrize("name", ["gamma", "truncated_normal", "shuffle"])
def test_what_a_layer_cannot_draw(tf: Any, name: str) -> None:
    """It would be drawn once, for all steps."""
    arguments = {"gamma": ((2,), 1.0), "truncated_normal": ((2,),), "shuffle": ([1.0, 2.0],)}[name]
    getattr(tf.random, name)(*arguments)
    layer = Drawing(tf, lambda library, x: x + getattr(library.random, name)(*arguments)[0])
    with pytest.raises(ArgumentError, match=f"tf.random.{name} does not draw in the call of a layer"):
        layer(X)


def test_a_shape_that_is_open(tf: Any) -> None:
    """Numbers that were drawn while a model is described would be the same in all steps."""
    image = Input((6, 8, 3))
    with pytest.raises(ArgumentError, match=r"draws shapes that are known, got .None, 6, 8, 3.; in a layer's call"):
        tf.random.normal(tf.shape(image))
    model = Model(image, layers.Lambda(lambda x: x + tf.random.normal(tf.shape(x)))(image))
    assert not np.array_equal(*(model.predict(X, verbose=0) for _ in range(2)))


def test_the_shares_of_a_dropout(tf: Any) -> None:
    dropped = np.asarray(tf.nn.dropout(np.ones((100, 100), np.float32), 0.25))
    assert set(np.unique(dropped)) == {0.0, np.float32(1 / 0.75)} and abs((dropped == 0).mean() - 0.25) < 0.02
    by_channel = np.asarray(tf.nn.dropout(X, rate=0.5, noise_shape=[None, 1, 1, 3]))
    is_kept = by_channel != 0
    assert (is_kept == is_kept[:, :1, :1]).all() and 0 < is_kept.mean() < 1
    with pytest.raises(ArgumentError, match="rate is from 0 to below 1"):
        tf.nn.dropout(X, 1.0)
