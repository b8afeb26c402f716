"""`K.function`, `K.gradients`, values and tapes: recipes that look into a model, held to PyTorch and differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import pellucid
from pellucid import Input, Model, Sequential, layers, losses, ops, optimizers
from pellucid import backend as K
from pellucid.errors import ArgumentError, ShapeError
from pellucid.tape import GradientTape

RNG = np.random.default_rng(0)


def small(training: bool = False) -> Any:
    """A convolution, a batch normalisation where it is to be trained, and three classes."""
    pellucid.set_random_seed(3)
    middle = [layers.BatchNormalization()] if training else []
    return Sequential(
        [
            layers.Conv2D(4, 3, activation="tanh", input_shape=(8, 8, 1), name="conv"),
            *middle,
            layers.Flatten(),
            layers.Dense(3, activation="softmax", name="out"),
        ]
    )


def differences(function: Any, x: np.ndarray, places: list[tuple[int, ...]], step: float = 1e-2) -> np.ndarray:
    """The slopes at some places, from two values each."""
    found = []
    for place in places:
        beside = [x.copy(), x.copy()]
        beside[0][place] += step
        beside[1][place] -= step
        found.append((float(function(beside[0])) - float(function(beside[1]))) / (2 * step))
    return np.array(found)


PLACES = [(0, 1, 1, 0), (0, 3, 4, 0), (0, 6, 2, 0)]


def test_gradient_ascent_on_the_input() -> None:
    """The recipe of 2016: the loss is the mean of a filter's map; its gradient is normalised, and followed."""
    model = small()
    image = model.input
    loss = K.mean(model.get_layer("conv").output[:, :, :, 1])
    grads = K.gradients(loss, image)[0]
    raw = K.function([image], [loss, grads])
    grads /= K.sqrt(K.mean(K.square(grads))) + 1e-5
    iterate = K.function([image, K.learning_phase()], [loss, grads])
    x = RNG.uniform(size=(1, 8, 8, 1)).astype(np.float32)
    slopes = raw([x])[1]
    np.testing.assert_allclose(
        [slopes[place] for place in PLACES], differences(lambda x: raw([x])[0], x, PLACES), atol=2e-4
    )
    first, step = iterate([x, 0])
    assert float(np.sqrt((step**2).mean())) == pytest.approx(1.0, rel=1e-2)
    for _ in range(5):
        last, step = iterate([x, 0])
        x += step * 0.5
    assert last > first


def test_grad_cam_of_a_class() -> None:
    """The gradient of a class with respect to what a layer in the middle gives."""
    model = small()
    conv = model.get_layer("conv")
    weights = K.gradients(model.output[:, 2], conv.output)[0]
    x = RNG.uniform(size=(2, 8, 8, 1)).astype(np.float32)
    maps, found = K.function([model.input], [conv.output, weights])([x])
    behind = Model(conv.output, model.output)
    places = [(1, 2, 3, 0), (0, 5, 5, 3)]
    expected = differences(lambda maps: behind.predict(maps, verbose=0)[:, 2].sum(), maps, places)
    np.testing.assert_allclose([found[place] for place in places], expected, atol=2e-4)


def test_gradients_with_respect_to_weights() -> None:
    model = small()
    kernel = model.get_layer("out").kernel
    x = RNG.uniform(size=(2, 8, 8, 1)).astype(np.float32)
    found = K.function([model.input], K.gradients(K.sum(K.log(model.output[:, 0])), [kernel]))([x])[0]
    hidden = Model(model.input, model.layers[-2].output).predict(x, verbose=0)
    probabilities = model.predict(x, verbose=0)
    expected = hidden.T @ (np.eye(3)[[0, 0]] - probabilities)  # of log softmax
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_style_transfer_in_small() -> None:
    """Three images in one batch, Gram matrices, a loss in parts, and its gradient at the third image."""
    style, content = (RNG.uniform(size=(1, 8, 8, 1)).astype(np.float32) for _ in range(2))
    image = K.placeholder((1, 8, 8, 1))
    whole = K.concatenate([K.variable(content), K.variable(style), image], axis=0)
    features = layers.Conv2D(4, 3, activation="relu")(whole)

    def gram(x: Any) -> Any:
        rows = K.batch_flatten(K.permute_dimensions(x, (2, 0, 1)))
        return K.dot(rows, K.transpose(rows))

    loss = 0.1 * K.sum(K.square(features[2, :, :, :] - features[0, :, :, :]))
    loss = loss + K.sum(K.square(gram(features[1, :, :, :]) - gram(features[2, :, :, :]))) / 50.0
    outputs = K.function([image], [loss, *K.gradients(loss, image)])
    x = RNG.uniform(size=(1, 8, 8, 1)).astype(np.float32)
    values = outputs([x])
    expected = differences(lambda x: outputs([x])[0], x, PLACES, 1e-3)
    np.testing.assert_allclose([values[1][place] for place in PLACES], expected, rtol=2e-2, atol=1e-3)


def test_values() -> None:
    x = K.variable([1.0, 2.0], name="x")
    K.set_value(x, [3.0, 4.0])
    assert K.eval(x * 2.0).tolist() == [6.0, 8.0]
    model = small()
    model.compile(optimizers.SGD(0.5, momentum=0.9), "mse")
    K.set_value(model.optimizer.lr, K.get_value(model.optimizer.lr) * 0.5)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.25)
    model.optimizer.lr = 0.125
    assert float(K.get_value(model.optimizer.learning_rate)) == pytest.approx(0.125)
    K.batch_set_value([(model.weights[1], np.full(4, 7.0))])
    assert K.batch_get_value(model.weights)[1].tolist() == [7.0] * 4
    assert K.argmax([[1.0, 3.0, 2.0]]).dtype == np.int64
    counter = K.variable(0.0)
    a = Input((1,))
    count = K.function([a], [a * 2.0], updates=[(counter, counter + K.sum(a))])
    count([[[1.0], [2.0]]])
    assert float(K.get_value(counter)) == 3.0


def test_dropout_by_the_learning_phase() -> None:
    x = Input((1000,))
    dropped = K.function([x, K.learning_phase()], [layers.Dropout(0.5)(x)])
    ones = np.ones((1, 1000))
    assert dropped([ones, 0])[0].tolist() == ones.tolist()
    assert 300 < (dropped([ones, 1])[0] == 0).sum() < 700


def test_random_numbers_in_a_layer_are_drawn_anew() -> None:
    """The sampling of a variational autoencoder."""

    def sampling(args: Any) -> Any:
        mean, log_sigma = args
        epsilon = K.random_normal(shape=(K.shape(mean)[0], 2), mean=0.0, stddev=1.0)
        return mean + K.exp(log_sigma) * epsilon

    a, b = Input((2,)), Input((2,))
    model = Model([a, b], layers.Lambda(sampling, output_shape=(2,))([a, b]))
    x = np.zeros((500, 2))
    first = model.predict([x, x], verbose=0)
    assert abs(first.mean()) < 0.15 and 0.9 < first.std() < 1.1
    assert model.predict([x, x - 50.0], verbose=0) == pytest.approx(0.0, abs=1e-6)


def test_what_cannot_be() -> None:
    a, b = Input((1,)), Input((1,))
    with pytest.raises(ArgumentError, match="not among the inputs"):
        K.function([a], [a + b])
    with pytest.raises(ArgumentError, match="GradientTape"):
        K.gradients(np.ones(3), [a])
    with pytest.raises(ArgumentError, match=r"K\.function has 1 inputs, got 2"):
        K.function([a], [a])([1, 2])
    with pytest.raises(ArgumentError, match="training=True"):
        K.set_learning_phase(1)


# Tapes ----------------------------------------------------------------------------------------------------------------


def test_a_loop_by_hand_makes_the_steps_of_fit() -> None:
    """With momentum, batch normalisation and its averages; to float32's digits."""
    x, y = RNG.uniform(size=(24, 8, 8, 1)).astype(np.float32), RNG.integers(0, 3, 24)
    fitted, by_hand = small(training=True), small(training=True)
    by_hand.set_weights(fitted.get_weights())
    fitted.compile(optimizers.SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy")
    fitted.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    optimizer, loss_of = optimizers.SGD(0.1, momentum=0.9), losses.SparseCategoricalCrossentropy()
    for _ in range(2):
        for start in range(0, 24, 8):
            part = slice(start, start + 8)
            with GradientTape() as tape:
                loss = loss_of(y[part], by_hand(x[part], training=True))
            gradients = tape.gradient(loss, by_hand.trainable_variables)
            optimizer.apply_gradients(zip(gradients, by_hand.trainable_variables, strict=True))
    for ours, theirs in zip(by_hand.get_weights(), fitted.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_gradients_of_gradients_are_torchs() -> None:
    """The penalty of a critic's slope, with respect to its weights."""
    critic = Sequential([layers.Dense(5, activation="tanh", input_shape=(3,)), layers.Dense(1)])
    x = RNG.normal(size=(4, 3)).astype(np.float32)
    with GradientTape() as outer:
        with GradientTape() as inner:
            inner.watch(x)
            scores = critic(x)
        slopes = inner.gradient(scores, x)
        norms = ops.sqrt(ops.sum(ops.square(slopes), axis=1))
        penalty = ops.mean((norms - 1.0) ** 2)
    found = outer.gradient(penalty, critic.trainable_variables)
    a, b, c, _ = (torch.tensor(weight, requires_grad=True) for weight in critic.get_weights())
    there = torch.tensor(x, requires_grad=True)
    scores = torch.tanh(there @ a + b) @ c
    (slopes,) = torch.autograd.grad(scores.sum(), there, create_graph=True)
    ((slopes.norm(dim=1) - 1) ** 2).mean().backward()
    for ours, theirs in zip(found, (a.grad, b.grad, c.grad), strict=False):
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-4, atol=1e-6)


def test_a_tape_says_what_it_has_not_seen() -> None:
    x = pellucid.Variable([2.0])
    y = x * 3.0
    with GradientTape() as tape:
        z = x * 3.0
    with pytest.raises(ArgumentError, match="was not computed while this tape ran"):
        tape.gradient(y, x)
    with GradientTape(persistent=True) as tape:
        z = x * x
    assert [float(tape.gradient(z, x)[0]) for _ in range(2)] == [4.0, 4.0]
    other = pellucid.Variable([1.0])
    assert tape.gradient(z, [x, other])[1] is None
    assert tape.gradient(z, [other], unconnected_gradients="zero")[0].tolist() == [0.0]
    with GradientTape() as tape:
        z = x * x
    tape.gradient(z, x)
    with pytest.raises(ArgumentError, match="persistent=True"):
        tape.gradient(z, x)


def test_a_saliency_map_of_an_image() -> None:
    """With respect to an array, through a model of two outputs; numbers can be read while the tape runs."""
    model = small()
    both = Model(model.input, [model.get_layer("conv").output, model.output])
    x = RNG.uniform(size=(1, 8, 8, 1)).astype(np.float32)
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
        maps, predictions = both(x)
        best = int(np.argmax(predictions.numpy()[0]))
        score = predictions[:, best]
    slopes, of_maps = tape.gradient(score, [x, maps])
    expected = differences(lambda x: model.predict(x, verbose=0)[0, best], x, PLACES)
    np.testing.assert_allclose([slopes[place] for place in PLACES], expected, atol=2e-4)
    assert of_maps.shape == maps.shape


def test_images_laid_beside_those_that_come() -> None:
    """Style transfer: a ready-made network over a batch of three, of which only one is an input."""
    kept = [K.variable(np.full((1, 6, 6, 3), value)) for value in (1.0, 2.0)]
    came = K.placeholder((1, 6, 6, 3))
    beside = K.concatenate([*kept, came], axis=0)
    conv = layers.Conv2D(2, 3, name="conv")
    model = Model(came, conv(beside))
    style, found = model.get_layer("conv").output[1], model.get_layer("conv").output[2]
    loss = K.sum(K.square(style - found))
    value, slope = K.function([came], [loss, *K.gradients(loss, came)])([np.full((1, 6, 6, 3), 2.0)])
    assert value == 0 and slope.shape == (1, 6, 6, 3)
    assert model.predict(np.zeros((1, 6, 6, 3)), verbose=0).shape == (3, 4, 4, 2)
    with pytest.raises(ShapeError, match=r"gives shape \(3, 4, 4, 2\) for batches of 1, which cannot be trained"):
        model.compile("sgd", "mse")


def test_sizes_that_are_known_when_it_runs() -> None:
    """Deep dream divides by the number of activations, whatever the size of the image."""
    image = Input((None, None, 3))
    maps = layers.Conv2D(2, 3, kernel_initializer="ones")(image)
    scaled = K.sum(maps) / K.prod(K.cast(K.shape(maps), "float32"))
    run = K.function([image], [scaled, *K.gradients(scaled, image)])
    for rows, columns in ((5, 6), (8, 4)):
        mean, slope = run([np.ones((1, rows, columns, 3))])
        assert mean == pytest.approx(27.0) and slope.sum() == pytest.approx(27.0, rel=1e-5)
        assert slope[0, 0, 0, 0] == pytest.approx(1 / ((rows - 2) * (columns - 2)))
