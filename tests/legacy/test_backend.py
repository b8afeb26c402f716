"""`pellucid.backend` computes what Keras's backend module computed, with its defaults, and on tensors as on arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, config, layers
from pellucid import backend as K
from pellucid.errors import ArgumentError
from pellucid.legacy import written_for

X = np.random.default_rng(0).normal(size=(3, 4, 5)).astype(np.float32)
A, B = X[0], X[1].T
CUBE = X[:2, :2, :2].reshape(1, 2, 2, 2, 1)
LOCAL = np.random.default_rng(1).normal(size=(2, 10, 3)).astype(np.float32)
LOCAL2 = np.random.default_rng(2).normal(size=(4, 30, 3)).astype(np.float32)

CASES: dict[str, tuple[Callable[[], Any], Any]] = {
    "abs": (lambda: K.abs(X), np.abs(X)),
    "all": (lambda: K.all(X > 0, axis=1), (X > 0).all(1)),
    "any": (lambda: K.any(X > 0, axis=1), (X > 0).any(1)),
    "arange": (lambda: K.arange(2, 8, 3), [2, 5]),
    "argmax": (lambda: K.argmax(X), X.argmax(-1)),
    "argmin": (lambda: K.argmin(X), X.argmin(-1)),
    "batch_dot": (lambda: K.batch_dot(X, X, axes=[2, 2]), np.einsum("bij,bkj->bik", X, X)),
    "batch_dot along the usual axes": (lambda: K.batch_dot(X, np.swapaxes(X, 1, 2)), X @ np.swapaxes(X, 1, 2)),
    "batch_dot of vectors": (lambda: K.batch_dot(A, A, 1), (A * A).sum(1, keepdims=True)),
    "batch_dot of a vector": (lambda: K.batch_dot(X[:, 0], X, (1, 2)), np.einsum("bj,bkj->bk", X[:, 0], X)),
    "batch_normalization": (
        lambda: K.batch_normalization(X, X.mean(), X.var(), 0.5, 2.0, epsilon=0.1),
        (X - X.mean()) / np.sqrt(X.var() + 0.1) * 2 + 0.5,
    ),
    "cast_to_floatx": (lambda: K.cast_to_floatx([1, 2]), [1, 2]),
    "cumprod": (lambda: K.cumprod(X, axis=1), np.cumprod(X, 1)),
    "in_top_k": (lambda: K.in_top_k([[0.1, 0.7, 0.2]], [2], 2), [1]),
    "pool3d": (
        lambda: K.pool3d(X.reshape(1, 3, 4, 5, 1), (3, 2, 5), (3, 2, 5)),
        X.reshape(3, 2, 2, 5).max((0, 2, 3)).reshape(1, 1, 2, 1, 1),
    ),
    "resize_volumes": (
        lambda: K.resize_volumes(X[None, ..., None], 2, 1, 3),
        X.repeat(2, 0).repeat(3, 2)[None, ..., None],
    ),
    "spatial_3d_padding": (
        lambda: K.spatial_3d_padding(X[None, ..., None], ((1, 0), (0, 2), (1, 1))),
        np.pad(X[None, ..., None], ((0, 0), (1, 0), (0, 2), (1, 1), (0, 0))),
    ),
    "temporal_padding": (lambda: K.temporal_padding(X, (2, 1)), np.pad(X, ((0, 0), (2, 1), (0, 0)))),
    "slice": (lambda: K.slice(X, (0, 1, 2), (2, -1, 2)), X[:2, 1:, 2:4]),
    "separable_conv1d": (
        lambda: K.separable_conv1d(X, np.ones((2, 5, 1)), np.eye(5, 3)[None]),
        (X[:, :-1] + X[:, 1:])[..., :3],
    ),
    "conv3d_transpose": (
        lambda: K.conv3d_transpose(
            X[:2, :2, :2].reshape(1, 2, 2, 2, 1), np.ones((2, 2, 2, 1, 1)), (1, 4, 4, 4, 1), (2, 2, 2)
        ),
        X[:2, :2, :2].reshape(1, 2, 2, 2, 1).repeat(2, 1).repeat(2, 2).repeat(2, 3),
    ),
    "ctc_batch_cost": (  # of the label 0: all three ways but that of none twice
        lambda: K.ctc_batch_cost([[0.0]], [[[0.6, 0.4], [0.3, 0.7]]], [[2.0]], [[1.0]]),
        [[-np.log(1 - 0.4 * 0.7)]],
    ),
    "is_tensor": (lambda: [K.is_tensor(K.variable(A)), K.is_tensor([1.0])], [1, 0]),
    "is_placeholder": (lambda: [K.is_placeholder(Input((2,))), K.is_placeholder(A)], [1, 0]),
    "cast": (lambda: K.cast(X > 0, "float32"), (X > 0).astype(np.float32)),
    "clip": (lambda: K.clip(X, -0.5, 0.5), X.clip(-0.5, 0.5)),
    "concatenate": (lambda: K.concatenate([X, X]), np.concatenate([X, X], -1)),
    "cos": (lambda: K.cos(X), np.cos(X)),
    "cumsum": (lambda: K.cumsum(X), np.cumsum(X, 0)),
    "dot": (lambda: K.dot(A, B), A @ B),
    "elu": (lambda: K.elu(X, 0.5), np.where(X > 0, X, 0.5 * np.expm1(X))),
    "equal": (lambda: K.equal(X, X), np.ones_like(X)),
    "exp": (lambda: K.exp(X), np.exp(X)),
    "expand_dims": (lambda: K.expand_dims(X), X[..., None]),
    "eye": (lambda: K.eye(3), np.eye(3)),
    "greater": (lambda: K.greater(X, 0.0), X > 0),
    "greater_equal": (lambda: K.greater_equal(X, X), np.ones_like(X)),
    "l2_normalize": (lambda: K.l2_normalize(X, axis=1), X / np.linalg.norm(X, axis=1, keepdims=True)),
    "less": (lambda: K.less(X, 0.0), X < 0),
    "less_equal": (lambda: K.less_equal(X, X), np.ones_like(X)),
    "log": (lambda: K.log(np.abs(X)), np.log(np.abs(X))),
    "logsumexp": (lambda: K.logsumexp(X, axis=1), np.log(np.exp(X).sum(1))),
    "max": (lambda: K.max(X, axis=1), X.max(1)),
    "maximum": (lambda: K.maximum(X, 0.5), np.maximum(X, 0.5)),
    "mean": (lambda: K.mean(X, axis=1, keepdims=True), X.mean(1, keepdims=True)),
    "min": (lambda: K.min(X), X.min()),
    "minimum": (lambda: K.minimum(X, 0.5), np.minimum(X, 0.5)),
    "not_equal": (lambda: K.not_equal(X, X), np.zeros_like(X)),
    "one_hot": (lambda: K.one_hot(np.array([0, 2]), 3), np.eye(3)[[0, 2]]),
    "ones": (lambda: K.ones((2, 3)), np.ones((2, 3))),
    "ones_like": (lambda: K.ones_like(X), np.ones_like(X)),
    "permute_dimensions": (lambda: K.permute_dimensions(X, (2, 0, 1)), X.transpose(2, 0, 1)),
    "pow": (lambda: K.pow(X, 2), X**2),
    "prod": (lambda: K.prod(X, axis=1), X.prod(1)),
    "relu": (lambda: K.relu(X, alpha=0.1, max_value=0.5), np.minimum(np.where(X > 0, X, 0.1 * X), 0.5)),
    "repeat_elements": (lambda: K.repeat_elements(X, 2, 1), np.repeat(X, 2, 1)),
    "reshape": (lambda: K.reshape(X, (12, 5)), X.reshape(12, 5)),
    "reverse": (lambda: K.reverse(X, 1), X[:, ::-1]),
    "round": (lambda: K.round(X * 3), np.round(X * 3)),
    "sigmoid": (lambda: K.sigmoid(X), 1 / (1 + np.exp(-X))),
    "sign": (lambda: K.sign(X), np.sign(X)),
    "sin": (lambda: K.sin(X), np.sin(X)),
    "softmax": (lambda: K.softmax(X), np.exp(X) / np.exp(X).sum(-1, keepdims=True)),
    "softplus": (lambda: K.softplus(X), np.log1p(np.exp(X))),
    "softsign": (lambda: K.softsign(X), X / (1 + np.abs(X))),
    "sqrt": (lambda: K.sqrt(np.abs(X)), np.sqrt(np.abs(X))),
    "square": (lambda: K.square(X), X * X),
    "squeeze": (lambda: K.squeeze(X[:, :1], 1), X[:, 0]),
    "stack": (lambda: K.stack([A, A]), np.stack([A, A])),
    "std": (lambda: K.std(X, axis=0), X.std(0)),
    "stop_gradient": (lambda: K.stop_gradient(X), X),
    "sum": (lambda: K.sum(X, axis=(0, 2)), X.sum((0, 2))),
    "switch": (lambda: K.switch(X > 0, X, 0.0), np.where(X > 0, X, 0)),
    "tanh": (lambda: K.tanh(X), np.tanh(X)),
    "tile": (lambda: K.tile(A, (2, 1)), np.tile(A, (2, 1))),
    "transpose": (lambda: K.transpose(A), A.T),
    "var": (lambda: K.var(X, axis=0), X.var(0)),
    "zeros": (lambda: K.zeros((2, 3)), np.zeros((2, 3))),
    "zeros_like": (lambda: K.zeros_like(X), np.zeros_like(X)),
}


def folded(rows: np.ndarray) -> np.ndarray:
    """Half of what there was and the next row, from the first to the last."""
    found = np.zeros_like(rows[0])
    for row in rows:
        found = found * 0.5 + row
    return found


CASES |= {
    "batch_flatten": (lambda: K.batch_flatten(X), X.reshape(len(X), -1)),
    "bias_add": (lambda: K.bias_add(X, X[0, 0]), X + X[0, 0]),
    "binary_crossentropy": (lambda: K.binary_crossentropy([[0.0, 1.0]], [[0.2, 0.2]]), -np.log([[0.8, 0.2]])),
    "categorical_crossentropy": (lambda: K.categorical_crossentropy([[0.0, 1.0]], [[0.2, 0.8]]), -np.log([0.8])),
    "sparse_categorical_crossentropy": (lambda: K.sparse_categorical_crossentropy([1], [[0.2, 0.8]]), -np.log([0.8])),
    "constant": (lambda: K.constant(3.0, shape=(2, 2)), np.full((2, 2), 3.0)),
    "conv1d": (lambda: K.conv1d(X, np.ones((1, X.shape[-1], 1))), X.sum(-1, keepdims=True)),
    "conv2d": (lambda: K.conv2d(X[None], np.ones((1, 1, X.shape[-1], 1)))[0], X.sum(-1, keepdims=True)),
    "conv3d": (lambda: K.conv3d(X[None, None], np.ones((1, 1, 1, X.shape[-1], 1)))[0, 0], X.sum(-1, keepdims=True)),
    "conv2d_transpose": (
        lambda: K.conv2d_transpose(X[None], np.ones((2, 1, 1, 5)), (None, 6, 4, 1), (2, 1)),
        X.sum(-1, keepdims=True).repeat(2, 0)[None],
    ),
    "depthwise_conv2d": (lambda: K.depthwise_conv2d(X[None], np.full((1, 1, 5, 1), 2.0))[0], 2 * X),
    "separable_conv2d": (
        lambda: K.separable_conv2d(X[None], np.full((1, 1, 5, 1), 2.0), np.ones((1, 1, 5, 1)))[0],
        2 * X.sum(-1, keepdims=True),
    ),
    "dropout": (lambda: K.dropout(X, 0.0), X),
    "random_bernoulli": (lambda: K.random_bernoulli((3,), 1.0), np.ones(3)),
    "truncated_normal": (lambda: K.truncated_normal((3,), 2.0, 0.0), np.full(3, 2.0)),
    "local_conv1d": (
        lambda: K.local_conv1d(X, LOCAL, [2], [2]),
        np.einsum("bwf,wfn->bwn", np.stack([X[:, k : k + 2].reshape(3, 10) for k in (0, 2)], 1), LOCAL),
    ),
    "local_conv2d": (
        lambda: K.local_conv2d(X[None], LOCAL2, (2, 3), (1, 1), (2, 2)),
        np.stack([np.stack([X[r : r + 2, c : c + 3].ravel() @ LOCAL2[2 * r + c] for c in range(2)]) for r in range(2)])[
            None
        ],
    ),
    "flatten": (lambda: K.flatten(X), X.ravel()),
    "gather": (lambda: K.gather(X, [1, 0]), X[[1, 0]]),
    "hard_sigmoid": (lambda: K.hard_sigmoid(X * 3), np.clip(X * 0.6 + 0.5, 0, 1)),
    "identity": (lambda: K.identity(X), X),
    "in_test_phase": (lambda: K.in_test_phase(X, 0.0), X),
    "in_train_phase": (lambda: K.in_train_phase(0.0, X), X),
    "pool2d": (lambda: K.pool2d(X[None], (1, 1)), X[None]),
    "random_binomial": (lambda: K.random_binomial((3,), 0.0), np.zeros(3)),
    "random_normal": (lambda: K.random_normal((3,), 2.0, 0.0), np.full(3, 2.0)),
    "random_uniform": (lambda: K.random_uniform((3,), 2.0, 2.0), np.full(3, 2.0)),
    "repeat": (lambda: K.repeat(A, 3), np.repeat(A[:, None], 3, 1)),
    "resize_images": (lambda: K.resize_images(X[None], 2, 1)[0], np.repeat(X, 2, 0)),
    "spatial_2d_padding": (lambda: K.spatial_2d_padding(X[None])[0], np.pad(X, [(1, 1), (1, 1), (0, 0)])),
}
"""Those whose arguments or names are written out."""
CASES |= {
    "foldl": (lambda: K.foldl(lambda total, x: total - 2 * x, A), A[0] - 2 * A[1:].sum(0)),
    "foldl from a number": (lambda: K.foldl(lambda total, x: total * 0.5 + x, A, np.zeros_like(A[0])), folded(A)),
    "foldr": (lambda: K.foldr(lambda total, x: total * 0.5 + x, A, np.zeros_like(A[0])), folded(A[::-1])),
    "map_fn": (lambda: K.map_fn(lambda x: x[0] * x, A), A[:, :1] * A),
    "map_fn of two": (lambda: K.map_fn(lambda x: x[0] - x[1], (A, A[::-1])), A - A[::-1]),
    "print_tensor": (lambda: K.print_tensor(X, message="x"), X),
    "reshape by name": (lambda: K.reshape(x=X, shape=(12, -1)), X.reshape(12, 5)),
    "permute_dimensions by name": (lambda: K.permute_dimensions(X, pattern=(2, 0, 1)), X.transpose(2, 0, 1)),
    "repeat_elements by name": (lambda: K.repeat_elements(X, rep=2, axis=1), np.repeat(X, 2, 1)),
    "reverse by name": (lambda: K.reverse(X, axes=[0, 1]), X[::-1, ::-1]),
    "tile by name": (lambda: K.tile(A, n=2), np.tile(A, (1, 2))),
    "pow by name": (lambda: K.pow(X, a=3), X**3),
    "one_hot by name": (lambda: K.one_hot(indices=[0, 2], num_classes=3), np.eye(3)[[0, 2]]),
    "eye by name": (lambda: K.eye(size=(2, 3), name="diagonal"), np.eye(2, 3)),
    "zeros by name": (lambda: K.zeros((2,), dtype="float32", name="start"), np.zeros(2)),
    "equal by name": (lambda: K.equal(x=A, y=A), np.ones_like(A)),
    "maximum by name": (lambda: K.maximum(x=X, y=0.5), np.maximum(X, 0.5)),
    "cumprod along the first axis": (lambda: K.cumprod(X), np.cumprod(X, 0)),
    "relu above a threshold": (lambda: K.relu(X, threshold=0.5), np.where(X > 0.5, X, 0)),
    "switch of functions": (
        lambda: K.switch(X > 0, then_expression=lambda: X, else_expression=lambda: -X),
        np.abs(X),
    ),
    "switch for each sample": (
        lambda: K.switch(np.array([True, False, True]), X, 0.0 * X),
        X * np.array([1, 0, 1])[:, None, None],
    ),
    "switch for all": (lambda: K.switch(np.array(True), X, 0.0 * X), X),
    "stop_gradient of a list": (lambda: K.stop_gradient([X, X]), np.stack([X, X])),
    "classes first": (
        lambda: K.categorical_crossentropy([[[0.0], [1.0]]], [[[0.2], [0.8]]], axis=1),
        -np.log([[0.8]]),
    ),
    "resize_images, bilinear": (
        lambda: K.resize_images(np.array([[[[0.0], [4.0]]]]), 1, 2, "channels_last", "bilinear")[0, 0, :, 0],
        [0, 1, 3, 4],
    ),
}
"""Those whose arguments had other names, or more of them."""
SETTINGS = {"count_params", "dtype", "function", "gradients", "is_keras_tensor", "learning_phase", "placeholder"}
SETTINGS |= {"batch_get_value", "batch_set_value", "eval", "get_value", "random_normal_variable", "set_value", "update"}
SETTINGS |= {"random_uniform_variable", "set_learning_phase", "update_add", "update_sub", "variable"}
SETTINGS |= {"backend", "clear_session", "epsilon", "floatx", "image_data_format", "image_dim_ordering", "int_shape"}
SETTINGS |= {"ndim", "set_floatx", "set_image_data_format", "set_image_dim_ordering", "set_session", "shape"}


@pytest.mark.parametrize("name", CASES)
def test_function(name: str) -> None:
    function, expected = CASES[name]
    np.testing.assert_allclose(np.asarray(function(), np.float64), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("shapes", "axes", "expected"),
    [
        (((2, 3, 4, 5), (2, 3, 5, 6)), None, "bnij,bnjk->bnik"),
        (((2, 3, 4, 5), (2, 3, 5, 6)), (3, 2), "bnij,bnjk->bnik"),
        (((2, 3, 4, 5), (2, 3, 6, 5)), (3, 3), "bnij,bnkj->bnik"),
        (((2, 3, 5, 4), (2, 3, 5, 6)), [2, 2], "bnji,bnjk->bnik"),
        (((2, 3, 4), (2, 3, 4, 6)), [2, 2], "bnj,bnjk->bnk"),
        (((2, 3, 6), (2, 3, 4, 6)), [2, 3], "bnj,bnkj->bnk"),
        (((2, 3, 4, 6), (2, 3, 6)), [3, 2], "bnij,bnj->bni"),
    ],
)
def test_products_of_matrices(shapes: tuple[Any, Any], axes: Any, expected: str) -> None:
    """Up to Keras 2.2.4 `batch_dot` multiplied the matrices in the last two axes, as networks of capsules need it."""
    x, y = (np.random.default_rng(k).normal(size=shape).astype(np.float32) for k, shape in enumerate(shapes))
    with written_for(2), pytest.warns(UserWarning, match="as up to Keras 2.2.4"):
        found = K.batch_dot(x, y, axes)
    np.testing.assert_allclose(found, np.einsum(expected, x, y), rtol=1e-5, atol=1e-6)


def test_every_function_has_a_case() -> None:
    """Those that only Keras 1 had have theirs in `test_backend_of_keras1`."""
    first = {name for name in K.__all__ if getattr(K, name).__module__ == "pellucid.backend.first_names"}
    assert set(K.__all__) == {name for name in CASES if name.isidentifier()} | SETTINGS | first


def test_inside_a_layer() -> None:
    """The functions that are written out work on tensors of a graph."""

    class Several(layers.Layer):
        """One of each."""

        def call(self, inputs: Any) -> Any:
            x = K.relu(K.concatenate([inputs, K.clip(inputs, -0.5, 0.5)]), alpha=0.1)
            return K.l2_normalize(K.cumsum(K.expand_dims(x)), axis=1)

    y = Sequential([Input((4,)), Several()]).predict(A[:, :4])
    x = np.concatenate([A[:, :4], A[:, :4].clip(-0.5, 0.5)], -1)
    x = np.cumsum(np.where(x > 0, x, 0.1 * x)[..., None], 0)
    np.testing.assert_allclose(y, x / np.linalg.norm(x, axis=1, keepdims=True), rtol=1e-5)


def test_shapes() -> None:
    x = Input((28, 28, 1))
    y = layers.Conv2D(4, 3)(x)
    assert K.int_shape(x) == (None, 28, 28, 1) and K.int_shape(y) == (None, 26, 26, 4)
    assert K.int_shape(X) == K.shape(X) == (3, 4, 5) and K.ndim(X) == 3


def test_order_of_axes() -> None:
    """Keras 1's words and today's set one thing."""
    assert (K.image_dim_ordering(), K.image_data_format()) == ("tf", "channels_last")
    try:
        K.set_image_dim_ordering("th")
        assert (K.image_dim_ordering(), config.image_data_format()) == ("th", "channels_first")
        assert layers.Conv2D(4, 3).data_format == "channels_first"
        K.set_image_data_format("channels_last")
        assert K.image_dim_ordering() == "tf"
    finally:
        config.set_image_data_format("channels_last")
    with pytest.raises(ArgumentError, match=r"unknown dim_ordering 'theano'. Known: tf, th"):
        K.set_image_dim_ordering("theano")
    assert (K.backend(), K.floatx(), K.epsilon()) == ("pellucid", "float32", 1e-7)
