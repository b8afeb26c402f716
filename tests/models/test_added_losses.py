"""What layers add to the loss in `call`: trained on, told by `losses`, also by models and in models inside others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, ops
from pellucid.errors import PellucidError

X = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)


class Costly(layers.Layer):
    """Adds the sum of what it is given, times a rate that is learned."""

    def build(self, input_shape: Any) -> None:
        self.rate = self.add_weight((), "ones", name="rate")

    def call(self, inputs: Any, training: bool = False) -> Any:
        self.add_loss(ops.sum(inputs) * self.rate)
        if training:
            self.add_loss([0.5, ops.mean(inputs)])
        return inputs


def _called_by_itself(layer: layers.Layer, training: bool) -> list[float]:
    layer(X, training=training)
    return [float(loss) for loss in layer.losses]


WAYS: dict[str, Any] = {
    "a layer": lambda: Costly(),
    "a chain": lambda: Sequential([Costly()]),
    "a chain in a chain": lambda: Sequential([Sequential([Costly()])]),
    "a functional model": lambda: Model(x := Input((2,)), Costly()(x)),
}


@pytest.mark.parametrize("way", WAYS)
def test_losses_are_those_of_the_last_call(way: str) -> None:
    thing = WAYS[way]()
    assert _called_by_itself(thing, False) == [10.0]
    assert _called_by_itself(thing, True) == [10.0, 0.5, 2.5]
    thing(X * 2)
    assert [float(loss) for loss in thing.losses] == [20.0]
    assert [float(loss) for loss in thing.losses] == [20.0]


def test_what_is_changed_later_does_not_count() -> None:
    model, x = Sequential([Costly()]), X.copy()
    model(x)
    x[...] = 0
    assert float(model.losses[0]) == 10


def test_they_are_trained_on_without_another_loss() -> None:
    """d(loss) / d(rate) is the sum of the inputs; evaluate has the form without `training`."""
    layer = Costly()
    model = Sequential([layers.Input((2,)), layer])
    model.compile("sgd")
    assert model.train_on_batch(X) == 13.0
    np.testing.assert_allclose(layer.rate.numpy(), 1 - 0.01 * 10, rtol=1e-6)
    assert model.evaluate(X, verbose=0) == pytest.approx(9.0)


def test_beside_penalties_of_weights_and_outputs() -> None:
    dense = layers.Dense(1, kernel_initializer="ones", kernel_regularizer="l2", activity_regularizer="l1")
    model = Sequential([layers.Input((2,)), Costly(), dense])
    model(X)
    assert [round(float(loss), 6) for loss in model.losses] == [10.0, 0.05, 0.02]
    dense.trainable = False
    assert len(model.losses) == 2  # as in Keras: a penalty of weights that are not trained is none


class Bound(layers.Dense):
    """Holds its kernel small as Keras 2 lets one write it: with a function that says the number."""

    def call(self, inputs: Any) -> Any:
        self.add_loss([lambda: 0.5 * ops.sum(ops.square(self.kernel)), 0.25])
        return super().call(inputs)


def test_a_function_is_asked_for_its_number_in_each_step() -> None:
    """By hand: of a kernel of ones the loss is 0.5 * 2 + 0.25, its slope the kernel itself."""
    model = Sequential([layers.Input((2,)), Bound(1, kernel_initializer="ones")])
    model.compile("sgd")
    assert [model.train_on_batch(X), model.train_on_batch(X)] == pytest.approx([1.25, 0.99**2 + 0.25])
    np.testing.assert_allclose(model.layers[0].kernel.numpy(), 0.99**2, rtol=1e-6)


def test_where_nothing_is_added_nothing_is_kept() -> None:
    model = Sequential([layers.Input((2,)), layers.Dense(1)])
    model(X)
    assert model.losses == [] and model._called is None


def test_refused() -> None:
    with pytest.raises(PellucidError, match="add_loss is called from call"):
        Costly().add_loss(1.0)

    for thing in (layers.Dense(1), Sequential([layers.Input((2,)), layers.Dense(1)])):
        with pytest.raises(
            PellucidError, match="a function of weights is a penalty of theirs, such as kernel_regularizer"
        ):
            thing.add_loss(lambda: 1.0)

    class Vector(layers.Layer):
        def call(self, inputs: Any) -> Any:
            self.add_loss(ops.sum(inputs, axis=1))
            return inputs

    with pytest.raises(PellucidError, match=r"a penalty is one number, got shape \(2,\)"):
        Vector()(X)


@pytest.mark.parametrize(("name", "instead"), [("add_metric", "compile.metrics="), ("add_update", "weight.assign")])
def test_methods_of_older_layers_say_what_to_write(name: str, instead: str) -> None:
    with pytest.raises(AttributeError, match=instead):
        getattr(Costly(), name)
    assert not hasattr(layers.Dense(2), name)
