"""The little of TensorFlow that `pellucid run` has: data sets, functions of arrays, images; against NumPy and Keras."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from pellucid import Sequential, layers, utils
from pellucid.cli.keras_imports import keras_is_pellucid, missing
from pellucid.data.sources.pipelines import Dataset
from pellucid.errors import ArgumentError


@pytest.fixture
def tf() -> Iterator[Any]:
    with keras_is_pellucid():
        import tensorflow

        yield tensorflow


X = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)


def test_data_sets_are_rows_of_steps() -> None:
    numbers = Dataset.range(10)
    assert [x.tolist() for x in numbers.batch(4)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert [x.tolist() for x in numbers.batch(4, drop_remainder=True)] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert [int(x) for x in numbers.skip(2).take(3).repeat(2)] == [2, 3, 4, 2, 3, 4]
    assert [int(x) for x in numbers.filter(lambda x: x % 3 == 0)] == [0, 3, 6, 9]
    assert [(int(a), float(b)) for a, b in Dataset.zip((numbers.skip(8), numbers.map(lambda x: x / 2)))] == [
        (8, 0.0),
        (9, 0.5),
    ]
    assert [int(x) for x in numbers.batch(3).unbatch()] == list(range(10))
    assert (len(numbers.batch(4)), int(numbers.repeat().cardinality())) == (3, -1)
    pairs = Dataset.from_tensor_slices(({"a": X}, np.arange(3))).map(lambda x, y: (x["a"] * 2, y))
    np.testing.assert_array_equal(next(iter(pairs.batch(3)))[0], X * 2)
    with pytest.raises(ArgumentError, match="as many samples each"):
        Dataset.from_tensor_slices((X, np.arange(2)))


def test_shuffling_and_caching() -> None:
    """Each time another order of the same; a seed repeats it; a cache asks once."""
    orders = Dataset.range(20).shuffle(20, seed=1)
    first, second = ([int(x) for x in orders] for _ in range(2))
    assert sorted(first) == sorted(second) == list(range(20)) and first != second
    assert [int(x) for x in Dataset.range(20).shuffle(20, seed=1)] == first
    asked: list[int] = []
    kept = Dataset.range(3).map(lambda x: asked.append(int(x)) or x).cache()
    assert [int(x) for x in kept] == [int(x) for x in kept] == [0, 1, 2] == asked


def test_fit_takes_them() -> None:
    x = np.random.default_rng(1).normal(size=(32, 3)).astype(np.float32)
    y = x @ np.array([[1.0], [-2.0], [0.5]], np.float32)
    data = Dataset.from_tensor_slices((x, y)).shuffle(32).batch(8).prefetch(-1)
    model = Sequential([layers.Dense(1, input_shape=(3,))])
    model.compile(keras_free_sgd(), "mse")
    history = model.fit(data, validation_data=data, epochs=12, verbose=0).history
    assert history["val_loss"][-1] < 0.05 * history["loss"][0]
    assert model.predict(data, verbose=0).shape == (32, 1)


def keras_free_sgd() -> Any:
    from pellucid import optimizers

    return optimizers.SGD(0.1)


FUNCTIONS: dict[str, Any] = {
    "reduce_mean": (lambda tf: tf.reduce_mean(X, axis=1, keepdims=True), X.mean(1, keepdims=True)),
    "reduce_sum": (lambda tf: tf.math.reduce_sum(X, axis=[0, 1]), X.sum()),
    "argmax": (lambda tf: tf.argmax(X), X.argmax(0)),
    "one_hot": (lambda tf: tf.one_hot([0, 2], 3), np.eye(3)[[0, 2]]),
    "concat": (lambda tf: tf.concat([X, X], axis=-1), np.concatenate([X, X], -1)),
    "stack": (lambda tf: tf.stack([X, X]), np.stack([X, X])),
    "reshape": (lambda tf: tf.reshape(X, [2, -1]), X.reshape(2, -1)),
    "squeeze": (lambda tf: tf.squeeze(tf.expand_dims(X, 0)), X),
    "newaxis": (lambda tf: tf.constant(X)[:, tf.newaxis], X[:, None]),
    "cast": (lambda tf: tf.cast(X * 10, tf.int32), (X * 10).astype(np.int32)),
    "transpose": (lambda tf: tf.transpose(X, perm=[1, 0]), X.T),
    "clip_by_value": (lambda tf: tf.clip_by_value(X, -0.5, 0.5), X.clip(-0.5, 0.5)),
    "shape": (lambda tf: tf.shape(X)[0] * 2, 6),
    "softmax": (lambda tf: tf.nn.softmax(X), np.exp(X) / np.exp(X).sum(-1, keepdims=True)),
    "softmax_cross_entropy along an axis": (
        lambda tf: tf.nn.softmax_cross_entropy_with_logits(labels=np.ones_like(X), logits=X, axis=0),
        -(X - np.log(np.exp(X).sum(0, keepdims=True))).sum(0),
    ),
    "l2_normalize": (lambda tf: tf.nn.l2_normalize(X, axis=1), X / np.linalg.norm(X, axis=1, keepdims=True)),
    "logits": (
        lambda tf: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[1, 0, 3], logits=X),
        np.log(np.exp(X).sum(1)) - X[[0, 1, 2], [1, 0, 3]],
    ),
    "sigmoid logits": (
        lambda tf: tf.nn.sigmoid_cross_entropy_with_logits(labels=np.ones_like(X), logits=X),
        np.log1p(np.exp(-X)),
    ),
    "math": (lambda tf: tf.math.log(tf.math.abs(X)), np.log(abs(X))),
    "conv2d": (
        lambda tf: tf.nn.conv2d(X[None, ..., None], np.ones((2, 2, 1, 1)), strides=[1, 1, 1, 1], padding="VALID"),
        (X[:-1, :-1] + X[1:, :-1] + X[:-1, 1:] + X[1:, 1:])[None, ..., None],
    ),
    "convert": (lambda tf: tf.image.convert_image_dtype(np.array([0, 255], np.uint8), tf.float32), [0.0, 1.0]),
    "flip": (lambda tf: tf.image.flip_left_right(X[..., None]), X[:, ::-1, None]),
    "Variable": (lambda tf: tf.Variable(X, trainable=False).assign_add(X), 2 * X),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(tf: Any, name: str) -> None:
    function, expected = FUNCTIONS[name]
    np.testing.assert_allclose(np.asarray(function(tf)), expected, rtol=1e-5, atol=1e-5)


def test_images(tf: Any, tmp_path: Path) -> None:
    pixels = np.random.default_rng(2).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    utils.save_img(tmp_path / "image.png", pixels, scale=False)
    content = tf.io.read_file(str(tmp_path / "image.png"))
    read = tf.image.decode_png(content, channels=3)
    np.testing.assert_array_equal(read, pixels)
    for method in ("bilinear", "nearest", "bicubic"):
        ours = tf.image.resize(read, [4, 5], method=method)
        theirs = keras.ops.image.resize(pixels.astype(np.float32), (4, 5), interpolation=method)
        np.testing.assert_allclose(np.asarray(ours, np.float32), np.asarray(theirs), atol=1e-2)


def test_a_tape_sees_arithmetic(tf: Any) -> None:
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(x * x + 3.0 * x[::-1])
    assert tape.gradient(y, x).tolist() == [5.0, 7.0]


def test_what_there_is_not_says_so(tf: Any) -> None:
    """And what does nothing, too."""
    assert missing("tensorflow.keras.layers.Dense") is None and missing("tensorflow.data.AUTOTUNE") is None
    assert "the little of tf" in str(missing("tensorflow.raw_ops"))
    assert "the little of tf" in str(missing("tensorflow.nn.ctc_loss"))
    with pytest.warns(UserWarning, match="does nothing"):
        tf.config.experimental.set_memory_growth(None, True)
    assert tf.function(lambda x: x)(3) == 3 and tf.function(input_signature=None)(abs)(-3) == 3


def test_confusion_matrix(tf: Any) -> None:
    """As NumPy counts; predictions that are probabilities are told what to take."""
    truth, said = np.random.default_rng(1).integers(0, 4, (2, 50))
    found = tf.math.confusion_matrix(truth, said, num_classes=5)
    assert found.numpy().dtype == np.int32
    assert np.array_equal(found, np.histogram2d(truth, said, bins=[range(6), range(6)])[0])
    with pytest.raises(ArgumentError, match=r"take tf.argmax\(predictions, axis=1\)"):
        tf.math.confusion_matrix([0, 1], [[0.1, 0.9], [0.2, 0.8]])
    with pytest.raises(ArgumentError, match="whole numbers from 0 to 1"):
        tf.math.confusion_matrix([0, 2], [0, 1], num_classes=2)


def test_where_of_one_or_three(tf: Any) -> None:
    assert tf.where([True, False], 1.0, 2.0, name="n").tolist() == [1.0, 2.0]
    assert tf.where([[False, True], [True, False]]).tolist() == [[0, 1], [1, 0]]
