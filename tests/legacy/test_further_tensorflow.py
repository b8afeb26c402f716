"""More of `tf` that scripts ask for, against NumPy, SciPy and PyTorch; it was held to TensorFlow 2.21 as well."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import special

from pellucid import Sequential, layers, optimizers
from pellucid.cli.keras_imports import keras_is_pellucid, missing
from pellucid.errors import ArgumentError

RNG = np.random.default_rng(8)
X, K = (RNG.normal(size=size).astype(np.float32) for size in ((2, 8, 8, 3), (3, 3, 3, 4)))
V, W = (RNG.normal(size=(3, 4)).astype(np.float32) for _ in range(2))
POSITIVE = (np.abs(V) + 1).astype(np.float32)
SQUARE = (V[:, :3] @ V[:, :3].T + 4 * np.eye(3)).astype(np.float32)


@pytest.fixture
def tf() -> Iterator[Any]:
    with keras_is_pellucid():
        import tensorflow

        yield tensorflow


def convolved(x: np.ndarray, kernel: np.ndarray, **how: Any) -> np.ndarray:
    """PyTorch's, in the order of axes that TensorFlow has."""
    rank = x.ndim - 2
    function = (torch.conv1d, torch.conv2d, torch.conv3d)[rank - 1]
    y = function(
        torch.from_numpy(np.moveaxis(x, -1, 1).copy()),
        torch.from_numpy(kernel.transpose(rank + 1, rank, *range(rank)).copy()),
        **how,
    )
    return np.moveaxis(y.numpy(), 1, -1)


CONVOLUTIONS: dict[str, tuple[Callable[[Any], Any], Callable[[], np.ndarray]]] = {
    "conv1d": (lambda tf: tf.nn.conv1d(X[:, 0], K[0], 2, "VALID"), lambda: convolved(X[:, 0], K[0], stride=2)),
    "conv2d": (
        lambda tf: tf.nn.conv2d(X, K, [1, 2, 2, 1], "VALID", data_format="NHWC", name="c"),
        lambda: convolved(X, K, stride=2),
    ),
    "of TensorFlow 1": (
        lambda tf: tf.compat.v1.nn.conv2d(X, filter=K, strides=[1, 1, 1, 1], padding="VALID", use_cudnn_on_gpu=True),
        lambda: convolved(X, K),
    ),
    "padding in numbers": (
        lambda tf: tf.nn.conv2d(X, K, 1, [[0, 0], [1, 1], [2, 2], [0, 0]]),
        lambda: convolved(X, K, padding=(1, 2)),
    ),
    "dilations": (
        lambda tf: tf.nn.conv2d(X, K, 1, "VALID", dilations=[1, 2, 2, 1]),
        lambda: convolved(X, K, dilation=2),
    ),
    "atrous": (lambda tf: tf.nn.atrous_conv2d(X, K, 2, "VALID"), lambda: convolved(X, K, dilation=2)),
    "convolution": (lambda tf: tf.nn.convolution(X, K, strides=2, padding="VALID"), lambda: convolved(X, K, stride=2)),
    "conv3d": (
        lambda tf: tf.nn.conv3d(X[None], K[None], [1, 1, 1, 1, 1], "VALID"),
        lambda: convolved(X[None], K[None]),
    ),
    "max_pool": (
        lambda tf: tf.nn.max_pool(value=X, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="VALID", name="p"),
        lambda: X.reshape(2, 4, 2, 4, 2, 3).max((2, 4)),
    ),
    "avg_pool3d": (
        lambda tf: tf.nn.avg_pool3d(X[None], 2, 2, "VALID"),
        lambda: X[None].reshape(1, 1, 2, 4, 2, 4, 2, 3).mean((2, 4, 6)),
    ),
    "pool": (
        lambda tf: tf.nn.pool(X, [2, 2], "MAX", strides=[2, 2]),
        lambda: X.reshape(2, 4, 2, 4, 2, 3).max((2, 4)),
    ),
    "separable": (
        lambda tf: tf.nn.separable_conv2d(X, np.ones((1, 1, 3, 1), np.float32), K[:1, :1], [1, 1, 1, 1], "VALID"),
        lambda: X @ K[0, 0],
    ),
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_windows(name: str, tf: Any) -> None:
    function, wanted = CONVOLUTIONS[name]
    np.testing.assert_allclose(np.asarray(function(tf)), wanted(), rtol=2e-5, atol=2e-5)


def test_windows_that_cannot_be(tf: Any) -> None:
    for call in (
        lambda: tf.nn.conv2d(X, K, 1, "SAME", data_format="NCHW"),
        lambda: tf.nn.conv2d(X, K, [2, 1, 1, 1], "SAME"),
        lambda: tf.nn.conv2d(X, K, [1, 1, 1], "SAME"),
        lambda: tf.nn.avg_pool(X, 2, 2, [[0, 0], [1, 1], [1, 1], [0, 0]]),
        lambda: tf.nn.pool(X, [2, 2], "MAX", dilations=[2, 2]),
        lambda: tf.nn.bias_add(X, np.ones(3), data_format="NCHW"),
    ):
        with pytest.raises(ArgumentError, match=r"tf\.nn\."):
            call()


NUMBERS: dict[str, tuple[Callable[[Any], Any], Callable[[], Any]]] = {
    "acos": (lambda tf: tf.acos(V / 4), lambda: np.arccos(V / 4)),
    "atan2": (lambda tf: tf.math.atan2(V, W), lambda: np.arctan2(V, W)),
    "asinh": (lambda tf: tf.asinh(V), lambda: np.arcsinh(V)),
    "tan": (lambda tf: tf.tan(V), lambda: np.tan(V)),
    "squared_difference": (lambda tf: tf.math.squared_difference(V, W), lambda: (V - W) ** 2),
    "floormod": (lambda tf: tf.math.floormod(V, POSITIVE), lambda: np.mod(V, POSITIVE)),
    "xlogy": (lambda tf: tf.math.xlogy([0.0, 2.0], [0.0, 3.0]), lambda: special.xlogy([0.0, 2.0], [0.0, 3.0])),
    "xlog1py": (lambda tf: tf.math.xlog1py([0.0, 2.0], [-1.0, 3.0]), lambda: special.xlog1py([0.0, 2.0], [-1.0, 3.0])),
    "multiply_no_nan": (lambda tf: tf.math.multiply_no_nan([np.inf, 2.0], [0.0, 3.0]), lambda: [0.0, 6.0]),
    "reciprocal_no_nan": (lambda tf: tf.math.reciprocal_no_nan(np.float32([0, 4])), lambda: [0.0, 0.25]),
    "polyval": (lambda tf: tf.math.polyval([2.0, 3.0, 4.0], V), lambda: np.polyval([2.0, 3.0, 4.0], V)),
    "is_nan": (lambda tf: tf.math.is_nan([np.nan, 1.0]), lambda: [True, False]),
    "is_finite": (lambda tf: tf.math.is_finite([np.inf, 1.0]), lambda: [False, True]),
    "is_non_decreasing": (lambda tf: tf.math.is_non_decreasing([1, 1, 2]), lambda: True),
    "is_strictly_increasing": (lambda tf: tf.math.is_strictly_increasing([1, 1, 2]), lambda: False),
    "invert_permutation": (lambda tf: tf.math.invert_permutation([2, 0, 1]), lambda: [1, 2, 0]),
    "saturate_cast": (lambda tf: tf.saturate_cast([-5.0, 3.7, 300.0], tf.uint8), lambda: [0, 3, 255]),
    "cumulative": (
        lambda tf: tf.math.cumulative_logsumexp(V, axis=1),
        lambda: np.log(np.cumsum(np.exp(V.astype(np.float64)), axis=1)),
    ),
    "cumulative backwards": (
        lambda tf: tf.math.cumulative_logsumexp(V, axis=1, reverse=True),
        lambda: np.log(np.cumsum(np.exp(V.astype(np.float64))[:, ::-1], axis=1))[:, ::-1],
    ),
    "exclusive": (
        lambda tf: tf.math.cumulative_logsumexp(V, axis=1, exclusive=True)[:, 1:],
        lambda: np.log(np.cumsum(np.exp(V.astype(np.float64)), axis=1))[:, :-1],
    ),
    "unsorted_segment_sum": (
        lambda tf: tf.math.unsorted_segment_sum(V, [1, 0, 1], 3),
        lambda: np.stack([V[1], V[0] + V[2], 0 * V[0]]),
    ),
    "unsorted_segment_mean": (
        lambda tf: tf.math.unsorted_segment_mean(V, [1, 0, 1], 3),
        lambda: np.stack([V[1], (V[0] + V[2]) / 2, 0 * V[0]]),
    ),
    "unsorted_segment_min": (
        lambda tf: tf.math.unsorted_segment_min(V, [1, 0, 1], 2),
        lambda: np.stack([V[1], np.minimum(V[0], V[2])]),
    ),
    "segment_mean": (lambda tf: tf.math.segment_mean(V, [0, 0, 1]), lambda: np.stack([(V[0] + V[1]) / 2, V[2]])),
    "crelu": (lambda tf: tf.nn.crelu(V), lambda: np.concatenate([V.clip(0), (-V).clip(0)], -1)),
    "zero_fraction": (lambda tf: tf.nn.zero_fraction([0.0, 1.0, 0.0, 2.0]), lambda: 0.5),
    "weighted": (
        lambda tf: tf.nn.weighted_cross_entropy_with_logits(labels=V.clip(0, 1), logits=W, pos_weight=2.5),
        lambda: -2.5 * V.clip(0, 1) * special.log_expit(W) - (1 - V.clip(0, 1)) * special.log_expit(-W),
    ),
    "average_loss": (lambda tf: tf.nn.compute_average_loss(V[:, 0]), lambda: V[:, 0].mean()),
    "of a larger batch": (
        lambda tf: tf.nn.compute_average_loss(V[:, 0], sample_weight=W[:, 0], global_batch_size=6),
        lambda: (V[:, 0] * W[:, 0]).sum() / 6,
    ),
    "regularization": (lambda tf: tf.nn.scale_regularization_loss(V), lambda: V.sum()),
    "matvec": (lambda tf: tf.linalg.matvec(SQUARE, V[:, 0]), lambda: SQUARE @ V[:, 0]),
    "normalize": (
        lambda tf: tf.linalg.normalize(V, axis=1)[0],
        lambda: V / np.linalg.norm(V, axis=1, keepdims=True),
    ),
    "eye": (lambda tf: tf.linalg.eye(2, 3, batch_shape=[2]), lambda: np.stack([np.eye(2, 3)] * 2)),
    "diag": (lambda tf: tf.linalg.diag(V), lambda: np.stack([np.diag(row) for row in V])),
    "cross": (lambda tf: tf.linalg.cross(V[:, :3], W[:, :3]), lambda: np.cross(V[:, :3], W[:, :3])),
    "inv": (lambda tf: tf.linalg.inv(SQUARE), lambda: np.linalg.inv(SQUARE)),
    "svd": (lambda tf: tf.linalg.svd(V)[0], lambda: np.linalg.svd(V, compute_uv=False)),
    "svd put together": (
        lambda tf: (lambda s, u, v: (u * s) @ tf.transpose(v))(*tf.linalg.svd(V)),
        lambda: V,
    ),
    "solve": (lambda tf: tf.linalg.solve(SQUARE, V), lambda: np.linalg.solve(SQUARE, V)),
    "scan": (lambda tf: tf.scan(lambda a, b: a + b, V), lambda: np.cumsum(V, axis=0)),
    "scan from": (
        lambda tf: tf.scan(lambda a, b: a * b, V, initializer=np.ones(4, np.float32)),
        lambda: np.cumprod(V, axis=0),
    ),
    "foldr": (lambda tf: tf.foldr(lambda a, b: a - b, V), lambda: V[2] - V[1] - V[0]),
    "decode_raw": (lambda tf: tf.io.decode_raw(b"\x01\x02\x03\x04", tf.uint16), lambda: [513, 1027]),
    "yiq": (lambda tf: tf.image.yiq_to_rgb(tf.image.rgb_to_yiq(X)), lambda: X),
    "transpose": (lambda tf: tf.image.transpose(X), lambda: X.swapaxes(1, 2)),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(name: str, tf: Any) -> None:
    function, wanted = NUMBERS[name]
    tolerance = 1e-3 if name == "yiq" else 2e-5  # TensorFlow's own numbers for the way back are no exact inverse
    np.testing.assert_allclose(np.asarray(function(tf)), wanted(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("size", [(14, 14), (5, 9), (20, 7), (7, 3)])
def test_an_image_in_the_middle_of_zeros(tf: Any, size: tuple[int, int]) -> None:
    """What is not margin is the image resized in its proportions; margins of both sides differ by two at most."""
    image = (1 + RNG.random((7, 10, 3))).astype(np.float32)
    made = np.asarray(tf.image.resize_with_pad(image, *size))
    rows, columns = (np.flatnonzero(made.any((axis, 2))) for axis in (1, 0))
    ratio = max(7 / size[0], 10 / size[1])
    inner = int(7 / ratio + 1e-4), int(10 / ratio + 1e-4)
    assert made.shape == (*size, 3) and (len(rows), len(columns)) == inner
    for place, room in ((rows, size[0]), (columns, size[1])):
        assert abs(place[0] - (room - 1 - place[-1])) <= 2
    part = made[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    np.testing.assert_allclose(part, np.asarray(tf.image.resize(image, inner)), rtol=1e-6)


def test_images_through_files(tf: Any) -> None:
    image = np.kron(RNG.integers(0, 256, (4, 4, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    content = tf.image.encode_jpeg(image, quality=60).numpy()
    assert bool(tf.image.is_jpeg(content)) and not bool(tf.image.is_jpeg(tf.io.encode_png(image)))
    assert tf.image.extract_jpeg_shape(content).tolist() == [32, 32, 3]
    np.testing.assert_array_equal(tf.image.adjust_jpeg_quality(image, 60), Image.open(io.BytesIO(content)))
    as_shares = tf.image.adjust_jpeg_quality((image / 255).astype(np.float32), 60)
    assert (
        as_shares.dtype == np.float32
        and np.abs(as_shares * 255 - np.asarray(Image.open(io.BytesIO(content)))).max() < 1
    )
    drawn = tf.image.random_jpeg_quality(image, 20, 90, seed=1)
    assert drawn.shape == image.shape and (np.asarray(drawn) != image).any()


def test_loops_and_choices(tf: Any) -> None:
    array = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
    for place in range(3):
        array = array.write(place, V[place])
    np.testing.assert_array_equal(array.stack(), V)
    np.testing.assert_array_equal(array.concat(), V.ravel())
    assert array.size() == 3 and array.unstack(W).read(1).tolist() == W[1].tolist()
    with pytest.raises(ArgumentError, match="there are 1 places, got 4"):
        tf.TensorArray(tf.float32, size=1).write(4, V)
    with pytest.raises(ArgumentError, match="nothing was written to place 0"):
        tf.TensorArray(tf.float32, size=1).stack()
    one, two = lambda: 1.0, lambda: 2.0
    assert tf.case([(tf.constant(False), one), (tf.constant(True), two)]) == 2.0
    assert tf.case([(tf.constant(False), one)], default=two) == 2.0
    with pytest.raises(ArgumentError, match="no condition holds"):
        tf.case([(False, one)])
    assert [tf.switch_case(place, [one, two]) for place in (0, 1, 7)] == [1.0, 2.0, 2.0]
    with tf.init_scope(), tf.control_dependencies([]):
        assert tf.group() is None and tf.no_op() is None and float(tf.timestamp()) > 1.6e9


def test_gradients_go_through_them(tf: Any) -> None:
    x = tf.Variable(V)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.math.squared_difference(tf.atan2(x, W), 0.5)) + tf.reduce_sum(
            tf.math.polyval([1.0, 2.0], x)
        )
    found = np.asarray(tape.gradient(loss, x))
    wanted = 2 * (np.arctan2(V, W) - 0.5) * W / (V**2 + W**2) + 1.0
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)
    with tf.GradientTape() as tape, pytest.raises(ArgumentError, match="no gradient here"):
        tf.linalg.inv(tf.Variable(SQUARE) * 1.0)


def test_optimizers_of_tensorflow_1(tf: Any) -> None:
    """They train as those of Keras do with the numbers that they had."""
    pairs = [
        (tf.train.AdamOptimizer(0.01), optimizers.Adam(0.01, epsilon=1e-8)),
        (tf.compat.v1.train.AdamOptimizer(), optimizers.Adam(0.001, epsilon=1e-8)),
        (tf.train.GradientDescentOptimizer(0.1), optimizers.SGD(0.1)),
        (tf.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True), optimizers.SGD(0.1, momentum=0.9, nesterov=True)),
        (tf.train.AdadeltaOptimizer(), optimizers.Adadelta(0.001, epsilon=1e-8)),
    ]
    for old, today in pairs:
        assert {**old.get_config(), "name": ""} == {**today.get_config(), "name": ""}
    dense = layers.Dense(1, use_bias=False, kernel_initializer="ones")
    model = Sequential([layers.Input((1,)), dense])
    model.compile(tf.train.AdagradOptimizer(0.5), "mse")
    model.train_on_batch([[1.0]], [[0.0]])  # gradient 2, square 4
    assert float(dense.kernel.numpy()[0, 0]) == pytest.approx(1.0 - 0.5 * 2.0 / np.sqrt(0.1 + 4.0), rel=1e-6)
    with keras_is_pellucid():
        assert "begins at 0: take that" in (missing("tensorflow.train.RMSPropOptimizer") or "")


def test_places_of_tensorflow(tf: Any) -> None:
    from tensorflow.compat.v1 import image, nn
    from tensorflow.python.client import device_lib

    assert nn.relu([-1.0, 1.0]).tolist() == [0.0, 1.0] and image.resize_bilinear(X, (4, 4)).shape == (2, 4, 4, 3)
    assert [each.device_type for each in device_lib.list_local_devices()] == ["CPU"]
    assert tf.compat.v1.newaxis is None and tf.dtypes.cast([1.7], tf.int32).tolist() == [1]
    assert tf.dtypes.as_dtype("float32") == tf.float32 and tf.half == tf.float16
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.nn.conv2d(X, K, [1, 1, 1], "SAME")
    with pytest.raises(tf.errors.NotFoundError):
        tf.io.read_file("no/such/file")

    @tf.autograph.experimental.do_not_convert
    def twice(x: float) -> float:
        return 2 * x

    assert twice(2.0) == 4.0
    assert tf.distribute.MultiWorkerMirroredStrategy().num_replicas_in_sync == 1


def test_settings_of_devices_do_nothing_and_say_so(tf: Any) -> None:
    with pytest.warns(UserWarning, match="does nothing"):
        tf.config.threading.set_intra_op_parallelism_threads(2)
    with pytest.warns(UserWarning, match="does nothing"):
        tf.config.set_logical_device_configuration(None, [tf.config.LogicalDeviceConfiguration(memory_limit=1024)])
    assert tf.config.functions_run_eagerly() and tf.config.experimental.get_memory_growth(None)


def test_tensors_never_change(tf: Any) -> None:
    """`a += b` makes another tensor, as in TensorFlow; what else bears the name of the first stays as it is."""
    first = tf.constant([1.0, 2.0])
    total = first
    total += 1.0
    total *= tf.constant([2.0, 3.0])
    total -= np.float32(1.0)
    total /= 2.0
    assert first.numpy().tolist() == [1.0, 2.0] and total.numpy().tolist() == [1.5, 4.0]
    weight = tf.Variable([3.0, 4.0])
    sums = tf.zeros(2)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(weight * weight)
    sums += weight * 1.0
    first += loss  # what a tape has seen, outside of it
    losses = 0.0
    for _ in range(2):
        losses += loss
    assert float(losses) == 50.0
    assert np.asarray(sums).tolist() == [3.0, 4.0] and np.asarray(first).tolist() == [26.0, 27.0]
    assert np.asarray(tape.gradient(loss, weight)).tolist() == [6.0, 8.0]


def test_a_checkpoint_goes_into_a_new_optimizer(tf: Any, tmp_path: Any) -> None:
    """It has made no step, and knows its weights from the model beside it."""

    def made() -> tuple[Any, Any, Any]:
        model = Sequential([layers.Input((2,)), layers.Dense(1)])
        optimizer = optimizers.Adam(0.1)
        return model, optimizer, tf.train.Checkpoint(optimizer=optimizer, model=model)

    model, optimizer, checkpoint = made()
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(np.ones((2, 2), np.float32)) ** 2)
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_weights), model.trainable_weights, strict=True))
    path = checkpoint.save(str(tmp_path / "ckpt"))
    again, other, restored = made()
    restored.restore(path)
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])
    assert int(other.iterations.numpy()) == 1
    for ours, theirs in zip(other.variables, optimizer.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))
