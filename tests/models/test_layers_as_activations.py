"""A layer as the activation of another: built with it, learned with it, changed late, looked at; or refused aloud."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, inspection, layers
from pellucid.errors import ArgumentError, ShapeError

X = np.random.default_rng(0).normal(size=(3, 7, 6, 2)).astype(np.float32)


def test_its_weights_are_made_with_the_layer() -> None:
    """In the order in which a model without further layers would have them; frozen with it."""
    layer = layers.Conv2D(4, 3, activation=layers.PReLU(name="slope"), name="maps")
    layer.build((None, 7, 6, 2))
    assert [weight.path for weight in layer.weights] == ["maps/kernel", "maps/bias", "maps/slope/alpha"]
    assert layer.weights[2].shape == (5, 4, 4)
    layer.trainable = False
    assert layer.trainable_weights == []


def test_open_sizes() -> None:
    """What an activation asks of its input is said as if it stood behind the layer."""
    image = Input((None, None, 2))
    shared = Model(image, layers.Conv2D(4, 3, activation=layers.PReLU(shared_axes=[1, 2]))(image))
    assert shared.output_shape == (None, None, None, 4) and shared.predict(X).shape == (3, 5, 4, 4)
    with pytest.raises(ShapeError, match=r'^PReLU "p": axes that are not shared must have known sizes'):
        layers.Conv2D(4, 3, activation=layers.PReLU(name="p"))(image)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies(copied: Callable[[Any], Any]) -> None:
    model = Sequential([Input((7, 6, 2)), layers.Conv2D(4, 3, activation=layers.PReLU(alpha_initializer="uniform"))])
    expected = model.predict(X)
    np.testing.assert_array_equal(copied(model).predict(X), expected)


def test_a_dropout_acts_in_training_alone() -> None:
    layer = layers.Dense(50, activation=layers.Dropout(0.5))
    assert (layer(X) != 0).all()
    assert 0.3 < float((layer(X, training=True) == 0).mean()) < 0.7


def test_late_settings() -> None:
    """Another activation, and another slope of the one that is there, count from the next run on."""
    model = Sequential([Input((2,)), layers.Dense(3, activation=layers.LeakyReLU(0.5)), layers.Dense(1)])
    model.compile("adam", "mse")
    rows, ones = X[0, 0], np.ones((6, 1))
    model.fit(rows, ones, verbose=0)
    hidden = Model(model.inputs, model.layers[0].output)
    kernel, bias = model.layers[0].get_weights()
    sums = rows @ kernel + bias
    for slope in (0.5, 0.25, -1.0):
        if slope == 0.25:
            model.layers[0].activation.negative_slope = slope
        if slope == -1.0:  # alpha = -1: an absolute value
            model.layers[0].activation = layers.PReLU(alpha_initializer=-np.ones(3))
        wanted = np.where(sums >= 0, sums, slope * sums)
        np.testing.assert_allclose(hidden.predict(rows), wanted, rtol=1e-5, atol=1e-6)
    model.fit(rows, ones, verbose=0)
    assert len(model.weights) == 5
    assert not (model.layers[0].activation.alpha.numpy() == -1).any()


def test_configurations() -> None:
    """Plain data, from which the same comes again."""
    config = layers.Dense(3, activation=layers.ELU(0.25, name="bend")).get_config()
    assert config["activation"]["class_name"] == "ELU"
    again = layers.Dense.from_config(config).activation
    assert isinstance(again, layers.ELU) and (again.alpha, again.name) == (0.25, "bend")


def test_one_value_explained() -> None:
    """The total, and by which layer it was changed; a function without a name is what it does."""
    for activation, called in ((layers.PReLU(alpha_initializer="uniform"), "PReLU"), (lambda x: x * 2.0, "multiply")):
        model = Sequential([Input((7, 6, 2)), layers.Conv2D(3, 3, activation=activation, name="maps")])
        value = inspection.arithmetic(model, "maps", X[0], position=(2, 3), filter=1)
        assert called in value.activation
        assert value.value == pytest.approx(float(model.predict(X[:1])[0, 2, 3, 1]), rel=1e-5)


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "a class": (lambda: layers.ReLU, r'^Dense "d": activation must be a name, a function or a layer, such as ReLU\(\)'),
    "a class by name": (lambda: "ReLU", r"^Dense \"d\": unknown activation 'ReLU'; did you mean 'relu'"),
    "a record of none": (lambda: {"class_name": "Relu6", "config": {}}, r'^Dense "d": activation: unknown layer class'),
    "no record": (lambda: {"name": "relu"}, r'^Dense "d": activation: the record of a layer has'),
    "a number": (lambda: 3, r'^Dense "d": activation must be a name'),
    "a layer of two": (
        lambda: layers.Add(name="a"),
        r'^Add "a": the layer should be called on a list of at least 2 inputs',
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_activation(case: str) -> None:
    make, message = WRONG[case]
    with pytest.raises(ArgumentError, match=message):
        layers.Dense(3, activation=make(), name="d")(X)
