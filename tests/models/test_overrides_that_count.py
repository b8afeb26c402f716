"""What a class of the user's own writes over: it counts as in Keras, or is refused where it would be passed over."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, optimizers
from pellucid.errors import ArgumentError, ShapeError
from pellucid.layers import InputSpec

X = np.random.default_rng(0).random((8, 4), np.float32)
Y = np.ones((8, 3), np.float32)


class Own(Model):
    """With a `call`."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(3)

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs)


def _functional(cls: type[Any]) -> Any:
    x = Input((4,))
    return cls(x, layers.Dense(3)(x))


def _chain() -> Any:
    return Sequential([Input((4,)), layers.Dense(3)])


MAKERS = {"own": Own, "functional": lambda: _functional(Model), "chain": _chain}


@pytest.mark.parametrize("name", ["trainable", "variables", "non_trainable_variables", "non_trainable_weights"])
@pytest.mark.parametrize("base", [Own, Model, Sequential])
def test_what_is_trained_is_not_said_by_a_property(base: type[Any], name: str) -> None:
    cls: Any = type("Mine", (base,), {name: property(lambda self: [])})
    model = cls() if base is Own else _functional(cls) if base is Model else cls([Input((4,)), layers.Dense(3)])
    with pytest.raises(ArgumentError, match=f"{name} would never be called.*freeze"):
        model.compile("sgd", "mse")


@pytest.mark.parametrize("name", ["variables", "compute_dtype", "variable_dtype"])
def test_layers_are_refused_likewise(name: str) -> None:
    class Held(layers.Dense):
        pass

    setattr(Held, name, property(lambda self: "float64"))
    inner = Sequential([Input((4,)), Held(3)])
    for model in (inner, Sequential([Input((4,)), inner])):
        with pytest.raises(ArgumentError, match=f'"held.*{name} would never be called'):
            model.compile("sgd", "mse")


@pytest.mark.parametrize("name", ["get_updates", "_resource_apply_dense", "stateless_apply", "iterations"])
@pytest.mark.parametrize("base", [optimizers.SGD, optimizers.Adam, optimizers.Optimizer])
def test_steps_of_old_optimisers_are_refused_where_they_are_written(base: type[Any], name: str) -> None:
    with pytest.raises(ArgumentError, match=f"Mine: {name} would never be called"):
        type("Mine", (base,), {name: lambda self, *given: None})


def test_the_end_of_a_training_is_told_to_an_optimizer() -> None:
    """Keras calls `finalize_variable_values` with the weights; so what an optimiser makes of them then stays."""
    told = []

    class Rounding(optimizers.SGD):
        def finalize_variable_values(self, var_list: Any) -> None:
            told.append(len(var_list))
            super().finalize_variable_values(var_list)
            for weight in var_list:
                weight.assign(np.round(weight.numpy(), 1))

    model = _chain()
    model.compile(Rounding(), "mse")
    model.fit(X, Y, epochs=2, verbose=0)
    kernel = model.get_weights()[0]
    assert told == [2]
    np.testing.assert_array_equal(kernel, np.round(kernel, 1))


@pytest.mark.parametrize("kind", MAKERS)
def test_a_model_keeps_to_the_input_spec_that_it_is_given(kind: str) -> None:
    model = MAKERS[kind]()
    model.compile("sgd", "mse")
    model.predict(X)
    model.predict(X)  # the short way
    model.input_spec = InputSpec(shape=(None, 5))
    ways = [model, model.predict, model.predict_on_batch, lambda x: model.fit(x, Y, verbose=0),
            lambda x: model.evaluate(x, Y, verbose=0), lambda x: model.train_on_batch(x, Y)]  # fmt: skip
    for way in ways:
        with pytest.raises(ShapeError, match="input_spec wants the shape"):
            way(X)
    model.input_spec = InputSpec(ndim=2, axes={-1: 4})
    for way in ways:
        way(X)
    assert model(X.tolist()).shape == (8, 3)
    model.input_spec = 3
    with pytest.raises(ArgumentError, match="input_spec must be an InputSpec"):
        model(X)
