"""Sizes that a script computes: in the call of a layer they are numbers, however they were put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, ops
from pellucid import backend as K
from pellucid.cli.keras_imports import keras_is_pellucid
from pellucid.errors import ArgumentError, ShapeError
from pellucid.layers import Layer

X = np.arange(48, dtype=np.float32).reshape(2, 4, 6)
SPLIT, DOUBLED, ONES = X.reshape(2, 4, 2, 3), np.tile(X, (1, 2, 1)), np.ones_like(X)
OF_EACH = np.arange(2.0)[:, None, None] + X

CASES: dict[str, tuple[Callable[[Any, Any], Any], np.ndarray]] = {
    "tf.concat": (lambda tf, x: tf.reshape(x, tf.concat([tf.shape(x)[:-1], [2, 3]], axis=0)), SPLIT),
    "tf.stack": (lambda tf, x: tf.reshape(x, tf.stack([tf.shape(x)[0], 4, 2, 3])), SPLIT),
    "tf.reduce_prod": (lambda tf, x: tf.reshape(x, (-1, tf.reduce_prod(tf.shape(x)[1:]))), X.reshape(2, 24)),
    "tf.tile": (lambda tf, x: tf.tile(x, tf.constant([1, 2, 1])), DOUBLED),
    "tf.tile, of the batch": (lambda tf, x: tf.tile(tf.ones((1, 4, 6)), [tf.shape(x)[0], 1, 1]) + x, ONES + X),
    "tf.fill": (lambda tf, x: tf.fill([tf.shape(x)[0], 4, 6], 2.0) + x, X + 2),
    "tf.fill, with a tensor": (lambda tf, x: tf.fill(tf.shape(x), tf.reduce_max(x)), X * 0 + 47),
    "tf.zeros": (lambda tf, x: tf.zeros(tf.shape(x)) + x, X),
    "tf.broadcast_to": (lambda tf, x: tf.broadcast_to(x[:, :1], tf.shape(x)), X[:, :1].repeat(4, 1)),
    "tf.slice": (lambda tf, x: tf.slice(x, [0, 1, 0], [tf.shape(x)[0], 2, -1]), X[:, 1:3]),
    "tf.range": (lambda tf, x: tf.cast(tf.range(tf.shape(x)[0]), "float32")[:, None, None] + x, OF_EACH),
    "tf.range, with steps": (
        lambda tf, x: tf.cast(tf.range(start=1, limit=13, delta=2), tf.float32) + x,
        X + np.r_[1:13:2],
    ),
    "tf.eye": (lambda tf, x: tf.eye(4, batch_shape=[tf.shape(x)[0]]) @ x, X),
    "tf.repeat": (lambda tf, x: tf.repeat(x, tf.shape(x)[1] // 2, axis=1), X.repeat(2, 1)),
    "tf.one_hot": (lambda tf, x: x[:, :2] * tf.one_hot([0, 2], tf.shape(x)[2]), X[:, :2] * np.eye(6)[[0, 2]]),
    "tf.gather": (
        lambda tf, x: tf.gather(tf.reshape(x, (-1, 6)), tf.range(tf.shape(x)[0]) * 4),
        X.reshape(-1, 6)[[0, 4]],
    ),
    "tf.gather of each sample": (
        lambda tf, x: tf.gather(x, tf.argsort(x[..., 0], direction="DESCENDING")[:, :2], batch_dims=1),
        X[:, :1:-1],
    ),
    "tf.gather of the flat batch": (
        lambda tf, x: tf.gather(tf.reshape(x, (-1,)), tf.cast(x[:, 0, :2] * 0 + 7, tf.int32)),
        np.full((2, 2), 7.0),
    ),
    "K.stack": (lambda tf, x: K.tile(K.ones((1, 4, 6)), K.stack([K.shape(x)[0], 1, 1])) + x, ONES + X),
    "K.concatenate": (lambda tf, x: K.reshape(x, K.concatenate([K.shape(x)[:-1], [2, 3]])), SPLIT),
    "K.prod": (lambda tf, x: K.reshape(x, (-1, K.prod(K.shape(x)[1:]))), X.reshape(2, 24)),
    "K.arange": (lambda tf, x: K.cast(K.arange(0, K.shape(x)[0]), "float32")[:, None, None] + x, OF_EACH),
    "ops.stack": (lambda tf, x: ops.reshape(x, ops.stack([ops.shape(x)[0], 24])), X.reshape(2, 24)),
    "ops.prod": (lambda tf, x: ops.reshape(x, (-1, ops.prod(ops.shape(x)[1:]))), X.reshape(2, 24)),
    "ops.repeat": (lambda tf, x: ops.repeat(x, ops.add(1, 1), axis=ops.subtract(2, 1)), X.repeat(2, 1)),
    "ops.zeros": (lambda tf, x: ops.zeros(ops.stack(ops.shape(x))) + x, X),
}
TRUNCATED: dict[str, tuple[Callable[[Any, Any], Any], np.ndarray]] = {
    "int32": (lambda tf, x: tf.cast(x / 4 - 6, tf.int32), np.trunc(X / 4 - 6)),
    "bool": (lambda tf, x: tf.cast(x, tf.bool), X != 0),
    "convert_to_tensor": (lambda tf, x: tf.convert_to_tensor(x, dtype=tf.float32), X),
}


@pytest.fixture
def tf() -> Iterator[Any]:
    with keras_is_pellucid():
        import tensorflow

        yield tensorflow


class Calling(Layer):
    """A layer of a user's own whose `call` is a function."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self.held = SimpleNamespace(function=function)

    def call(self, x: Any) -> Any:
        return self.held.function(x)


@pytest.mark.parametrize("name", [*CASES, *TRUNCATED])
def test_in_a_layer_and_at_once(tf: Any, name: str) -> None:
    function, expected = (CASES | TRUNCATED)[name]
    assert np.array_equal(np.asarray(function(tf, X)), expected)
    layer = Calling(lambda x: function(tf, x))
    assert np.array_equal(Sequential([Input((4, 6)), layer]).predict(X, verbose=0), expected)


@pytest.mark.parametrize("name", TRUNCATED)
def test_types_in_a_described_model(tf: Any, name: str) -> None:
    function, expected = TRUNCATED[name]
    image = Input((4, 6))
    model = Model(image, layers.Activation("linear")(function(tf, image)))
    assert np.array_equal(model.predict(X, verbose=0), expected)


def test_an_open_size_is_what_is_left(tf: Any) -> None:
    image = Input((4, 6))
    for found in (
        ops.reshape(image, (*ops.shape(image)[:-1], 2, 3)),
        tf.reshape(image, (tf.shape(image)[0], 4, 2, 3)),
        K.reshape(image, (K.shape(image)[0], 4, 2, 3)),
    ):
        assert np.array_equal(Model(image, found).predict(X, verbose=0), SPLIT)


@pytest.mark.parametrize(
    "function",
    [
        lambda tf, x: tf.zeros(tf.shape(x)),
        lambda tf, x: tf.tile(x, [1, tf.shape(x)[0], 1]),
        lambda tf, x: tf.fill([tf.shape(x)[0], 3], 1.0),
        lambda tf, x: tf.range(tf.shape(x)[0]),
        lambda tf, x: tf.slice(x, [0, 0, 0], [tf.shape(x)[0], 1, 1]),
        lambda tf, x: tf.eye(2, batch_shape=[tf.shape(x)[0]]),
    ],
)
def test_open_sizes_are_refused(tf: Any, function: Callable[[Any, Any], Any]) -> None:
    """Nobody knows the batch where a model is described; a layer does, and that is said."""
    with pytest.raises(ArgumentError, match=r"is open.*in a Lambda, it is a number"):
        function(tf, Input((4, 6)))


def test_what_a_run_decides_is_no_size() -> None:
    """Neither what comes in nor what is drawn."""
    for size in (lambda x: ops.max(x), lambda x: ops.floor(ops.sum(x * 0.0) + 2.0)):
        with pytest.raises(ArgumentError, match="whole number"):
            Sequential([Input((4, 6)), Calling(lambda x, size=size: ops.repeat(x, size(x), axis=1))]).predict(X)


def test_no_more_rows_than_can_be_told_apart() -> None:
    """A place is a float32 number: behind 2^24 it would be that of its neighbour."""
    with pytest.raises(ShapeError, match="16,777,216 rows"):
        Sequential([Input((2**24 + 1,)), Calling(lambda x: ops.take(x, ops.argmax(x, axis=1), axis=1))])
