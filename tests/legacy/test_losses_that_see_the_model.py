"""Losses of Keras 1 and 2 that use tensors of the model beside their own two: penalties of gradients, latent codes."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

import pellucid
from pellucid import Input, Model, Sequential, layers, optimizers
from pellucid import backend as K
from pellucid.errors import ArgumentError

RNG = np.random.default_rng(0)
REAL, FAKE = RNG.normal(size=(2, 6, 3)).astype(np.float32)


def penalty(y_true: Any, y_pred: Any, between: Any, weight: float) -> Any:
    """That of the improved Wasserstein GAN, as keras-contrib writes it."""
    slopes = K.square(K.gradients(y_pred, between)[0])
    norms = K.sqrt(K.sum(slopes, axis=np.arange(1, len(slopes.shape))))
    return K.mean(weight * K.square(1 - norms))


def test_a_penalty_of_gradients_by_a_tensor_inside_the_model() -> None:
    pellucid.set_random_seed(1)
    critic = Sequential([layers.Dense(4, activation="tanh", input_shape=(3,)), layers.Dense(1)])
    real, fake = Input((3,)), Input((3,))
    between = layers.Average()([real, fake])
    model = Model([real, fake], critic(between))
    w1, b1, w2, b2 = (torch.tensor(each, requires_grad=True) for each in critic.get_weights())
    model.compile(optimizers.SGD(0.1), partial(penalty, between=between, weight=10.0))
    found = model.train_on_batch([REAL, FAKE], np.zeros((6, 1)))

    x = ((torch.tensor(REAL) + torch.tensor(FAKE)) / 2).requires_grad_()
    judged = torch.tanh(x @ w1 + b1) @ w2 + b2
    (slopes,) = torch.autograd.grad(judged.sum(), x, create_graph=True)
    loss = (10 * (1 - slopes.square().sum(1).sqrt()) ** 2).mean()
    loss.backward()
    assert float(found) == pytest.approx(loss.item(), rel=1e-5)
    np.testing.assert_allclose(critic.get_weights()[0], (w1 - 0.1 * w1.grad).detach(), atol=1e-6)
    np.testing.assert_allclose(critic.get_weights()[2], (w2 - 0.1 * w2.grad).detach(), atol=1e-6)


def test_a_loss_and_a_metric_of_a_latent_code() -> None:
    x = Input((3,))
    code = layers.Dense(2, name="code")(x)
    model = Model(x, layers.Dense(3, name="out")(code))

    def size(y_true: Any, y_pred: Any) -> Any:
        return K.mean(K.square(code), axis=-1)

    def loss(y_true: Any, y_pred: Any) -> Any:
        return K.mean(K.square(y_true - y_pred), axis=-1) + 0.5 * size(y_true, y_pred)

    model.compile(optimizers.SGD(0.1), loss, metrics=[size])
    codes, made = K.function([x], [code, model.output])([REAL])
    first, sizes = model.evaluate(REAL, REAL, verbose=0)
    assert sizes == pytest.approx(np.square(codes).mean(), rel=1e-5)
    assert first == pytest.approx(np.square(made - REAL).mean() + 0.5 * sizes, rel=1e-5)
    kernel, out = model.get_layer("code").kernel.numpy(), model.get_layer("out").kernel.numpy()
    slope = REAL.T @ (2 / REAL.size * (made - REAL) @ out.T + codes / codes.size)
    model.train_on_batch(REAL, REAL)
    np.testing.assert_allclose(model.get_layer("code").kernel.numpy(), kernel - 0.1 * slope, atol=1e-6)


def test_a_tensor_of_another_model_is_told() -> None:
    x, other = Input((3,)), Input((3,), name="elsewhere")
    model = Model(x, layers.Dense(1)(x))
    model.compile("sgd", lambda y_true, y_pred: K.mean(y_pred) + K.mean(other))
    with pytest.raises(ArgumentError, match=r"elsewhere.* is no input of this model"):
        model.train_on_batch(REAL, np.zeros((6, 1)))


def test_a_scope_of_names_changes_nothing() -> None:
    with K.name_scope("losses/"):
        assert K.get_value(K.sum(K.constant([1.0, 2.0]))) == 3
    with pytest.raises(ArgumentError, match="name_scope"):
        K.name_scope(3)
