"""Activations are Keras's, in value and slope, also where they bend; and do not overflow."""

from __future__ import annotations

import jax
import keras
import numpy as np
import pytest

from pellucid import activations
from pellucid.errors import ArgumentError, ShapeError
from pellucid.graph import Graph, ops

BENDS = [-3.0, 0.0, 3.0, 6.0]
POINTS = np.concatenate([np.linspace(-8.0, 8.0, 28), BENDS]).reshape(4, 8)
WEIGHTS = np.random.default_rng(1).normal(size=POINTS.shape)  # so that the gradient of softmax's sum is not 0

pytestmark = pytest.mark.usefixtures("float64")


def of_keras(name):
    """Keras's function; for tanh, which Keras rounds to float32, the JAX function that it stands for."""
    return jax.numpy.tanh if name == "tanh" else keras.activations.get(name)


@pytest.mark.parametrize("name", activations.ACTIVATIONS)
def test_value_is_that_of_keras(name, compute):
    ours = compute(activations.get(name), x=POINTS)
    np.testing.assert_allclose(ours, of_keras(name)(POINTS), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", activations.ACTIVATIONS)
def test_slope_is_that_of_keras_also_at_bends(name, gradient_of):
    ours = gradient_of(lambda x, w: activations.get(name)(x) * w, "x", x=POINTS, w=WEIGHTS)
    theirs = jax.grad(lambda x: (of_keras(name)(x) * WEIGHTS).sum())(POINTS)
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", sorted(set(activations.ACTIVATIONS) - {"exponential"}))
def test_large_inputs_neither_overflow_nor_lose_the_slope(name, compute, gradient_of):
    x = np.array([[-1e4, 1e4], [1e4, 1e4]])
    assert np.isfinite(compute(activations.get(name), x=x)).all()
    assert np.isfinite(gradient_of(activations.get(name), "x", x=x)).all()


def test_settings_have_their_meaning(compute):
    x = np.array([-2.0, 3.0])
    assert compute(lambda x: activations.leaky_relu(x, 0.5), x=x).tolist() == [-1.0, 3.0]
    np.testing.assert_allclose(compute(lambda x: activations.elu(x, 2.0), x=x), [2 * (np.exp(-2.0) - 1), 3.0])


@pytest.mark.parametrize("name", ["softmax", "sigmoid"])
def test_probabilities_remember_their_logits(name):
    x = Graph().add(ops.Input((2, 3), "x"))
    assert activations.get(name)(x).logits is x


def test_softmax_without_a_class_axis_is_refused():
    with pytest.raises(ShapeError, match="batch axis and a class axis"):
        activations.softmax(Graph().add(ops.Input((3,), "x")))


def test_none_is_linear_and_functions_pass():
    x = Graph().add(ops.Input((3,), "x"))
    assert activations.get(None)(x) is x
    assert activations.get(activations.tanh) is activations.tanh


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        ("rellu", r"unknown activation 'rellu'; did you mean 'relu'\? Known: elu, "),
        (3, "must be a name such as 'relu' or a function of a tensor, got 3"),
        (dict, "must be a name"),
    ],
)
def test_unknown_activations_are_refused(identifier, message):
    with pytest.raises(ArgumentError, match=message):
        activations.get(identifier)


@pytest.mark.parametrize("name", activations.ACTIVATIONS)
def test_a_name_survives_serialisation_as_in_keras(name):
    written = activations.serialize(activations.get(name))
    assert activations.get(written) is activations.get(name)
    assert written == keras.activations.serialize(keras.activations.get(name))


def test_a_function_of_ones_own_cannot_be_serialised():
    def squared(x):
        return x * x

    with pytest.raises(ArgumentError, match="'squared' is a function of your own"):
        activations.serialize(squared)
