"""`get_updates` and `K.function`: loops of GANs of Keras 1 and 2 make the steps of `train_on_batch` and of tapes."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import GradientTape, Input, Sequential, layers, ops, optimizers
from pellucid import backend as K
from pellucid.errors import ArgumentError, ShapeError

RNG = np.random.default_rng(4)
X, Y = RNG.normal(size=(6, 5, 5, 2)).astype(np.float32), RNG.normal(size=(6, 1)).astype(np.float32)


def critic(seed: int = 0) -> Sequential:
    start = iter(range(seed, seed + 9))
    return Sequential(
        [
            layers.Conv2D(3, 3, activation="tanh", input_shape=(5, 5, 2), kernel_initializer=normal(next(start))),
            layers.Flatten(),
            layers.Dense(1, kernel_initializer=normal(next(start))),
        ]
    )


def normal(seed: int) -> object:
    from pellucid import initializers

    return initializers.RandomNormal(stddev=0.3, seed=seed)


@pytest.mark.parametrize("as_keras_1", [False, True])
def test_steps_are_those_of_training(as_keras_1: bool) -> None:
    one, other = critic(), critic()
    target = K.placeholder((None, 1))
    loss = K.mean(K.square(one.output - target))
    adam, weights = optimizers.Adam(0.01), one.trainable_weights
    updates = adam.get_updates(weights, [], loss) if as_keras_1 else adam.get_updates(loss=loss, params=weights)
    train = K.function([one.input, target], [loss], updates)
    other.compile(optimizers.Adam(0.01), "mse")
    for _ in range(4):
        assert float(train([X, Y])[0]) == pytest.approx(float(other.train_on_batch(X, Y)), rel=1e-5)
    for mine, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-6)


def test_a_penalty_of_gradients_with_an_input_that_is_mixed() -> None:
    """The critic of a Wasserstein GAN, whose loss has the gradient between real and made images, as by tapes."""
    one, other = critic(), critic()
    real, made, share = Input((5, 5, 2)), Input((5, 5, 2)), K.placeholder((None, 1, 1, 1))
    mixed = Input((5, 5, 2), tensor=share * real + (1 - share) * made)
    slope = K.gradients(one(mixed), [mixed])[0]
    penalty = K.mean(K.square(K.sqrt(K.sum(K.square(slope), axis=[1, 2, 3])) - 1))
    loss = K.mean(one(made)) - K.mean(one(real)) + 10 * penalty
    updates = optimizers.SGD(0.01).get_updates(one.trainable_weights, [], loss)
    train = K.function([real, made, share], [loss, penalty], updates)
    reals, mades, shares = X[:3], X[3:], RNG.uniform(size=(3, 1, 1, 1)).astype(np.float32)
    by_hand = optimizers.SGD(0.01)
    for _ in range(3):
        with GradientTape() as outer:
            between = shares * reals + (1 - shares) * mades
            with GradientTape() as inner:
                inner.watch(between)
                judged = other(between)
            slopes = inner.gradient(judged, between)
            expected = ops.mean(ops.square(ops.sqrt(ops.sum(ops.square(slopes), axis=(1, 2, 3))) - 1))
            total = ops.mean(other(mades)) - ops.mean(other(reals)) + 10 * expected
        by_hand.apply_gradients(
            zip(outer.gradient(total, other.trainable_variables), other.trainable_variables, strict=True)
        )
        found = train([reals, mades, shares])
        assert [float(each) for each in found] == pytest.approx([float(total), float(expected)], rel=1e-4)


def test_updates_of_both_kinds_and_what_is_no_step() -> None:
    model = critic()
    loss, count = K.mean(model.output), K.variable(0.0)
    steps = optimizers.SGD(0.1).get_updates(loss, model.trainable_weights)
    train = K.function([model.input], [loss], [*steps, (count, K.sum(model.input) * 0 + 2)])
    first, second = (float(train([X])[0]) for _ in range(2))
    assert second < first and float(K.get_value(count)) == 2
    with pytest.raises(ArgumentError, match=r"such as v \+ 1, is a number already"):
        K.function([model.input], [loss], [(count, count + 1)])
    with pytest.raises(ArgumentError, match=r"K\.update\(v, new\) sets v at once here: call it in the loop"):
        K.function([], [], [K.update(each, K.clip(each, -0.1, 0.1)) for each in model.trainable_weights])
    with pytest.raises(ArgumentError, match=r"SGD\.get_updates: constraints are said where a layer is made"):
        optimizers.SGD(0.1).get_updates(model.trainable_weights, {model.trainable_weights[0]: None}, loss)
    with pytest.raises(ArgumentError, match=r"Adam\.get_updates takes a loss and a list of weights, got"):
        optimizers.Adam().get_updates(loss, [X])
    with pytest.raises(ArgumentError, match=r"takes \(loss, params\), or \(params, constraints, loss\)"):
        optimizers.Adam().get_updates(loss, [], loss)


def test_updates_by_what_comes_in_are_made_when_the_function_runs() -> None:
    """A moving average as batch normalisation keeps it, a counter of samples, and what is taken over."""
    x = Input((2,))
    kept, count, last, lower = (K.variable(value) for value in ([1.0, 2.0], 5.0, [0.0, 0.0], [0.0, 0.0]))
    mean = K.mean(x, axis=0)
    updates = [
        K.moving_average_update(kept, mean, 0.75),
        K.update_add(count, K.sum(K.ones_like(x)) / 2),
        K.update_sub(lower, mean),
        K.update(last, mean),
    ]
    assert K.get_value(count) == 5 and K.get_value(last).tolist() == [0, 0]
    seen = K.function([x], [mean], updates)
    average, total = np.array([1.0, 2.0]), np.zeros(2)
    for batch in (np.array([[1.0, 3.0], [3.0, 5.0]]), np.array([[-4.0, 8.0]])):
        seen([batch])
        average, total = 0.75 * average + 0.25 * batch.mean(axis=0), total + batch.mean(axis=0)
        np.testing.assert_allclose(K.get_value(kept), average, rtol=1e-6)
        assert K.get_value(last).tolist() == batch.mean(axis=0).tolist()
        assert K.get_value(lower).tolist() == (-total).tolist()
    assert K.get_value(count) == 8
    with pytest.raises(ShapeError, match=r"K\.update: the variable has shape \(2,\), its new value \(None, 2\)"):
        K.update(last, x)
