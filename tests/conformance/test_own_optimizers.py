"""Optimisers of users' own, written once and trained with in both libraries: weights, what is kept, and files."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

import pellucid
from pellucid.errors import ArgumentError

X, Y = (np.random.default_rng(n).normal(size=(32, size)).astype(np.float32) for n, size in ((0, 4), (1, 2)))
FIRST = [np.random.default_rng(2).normal(size=shape).astype(np.float32) for shape in ((4, 3), (3,), (3, 2), (2,))]


def classes(library: ModuleType) -> dict[str, type]:
    """The same text for both."""
    ops, optimizers = library.ops, library.optimizers

    class MyAdam(optimizers.Optimizer):
        def __init__(self, learning_rate=0.01, beta_1=0.9, beta_2=0.999, **kwargs):
            super().__init__(learning_rate=learning_rate, **kwargs)
            self.beta_1, self.beta_2 = beta_1, beta_2

        def build(self, variables):
            if self.built:
                return
            super().build(variables)
            self._means, self._squares = self.add_optimizer_variables(variables, ["mean", "square"])

        def update_step(self, gradient, variable, learning_rate):
            rate, step = ops.cast(learning_rate, variable.dtype), ops.cast(self.iterations + 1, variable.dtype)
            mean = self._means[self._get_variable_index(variable)]
            square = self._squares[self._get_variable_index(variable)]
            alpha = rate * ops.sqrt(1 - ops.power(self.beta_2, step)) / (1 - ops.power(self.beta_1, step))
            self.assign_add(mean, (gradient - mean) * (1 - self.beta_1))
            self.assign_add(square, (ops.square(gradient) - square) * (1 - self.beta_2))
            self.assign_sub(variable, mean * alpha / (ops.sqrt(square) + 1e-7))

        def get_config(self):
            return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2}

    class Heavy(optimizers.Optimizer):
        def build(self, variables):
            super().build(variables)
            self.velocity = [self.add_variable_from_reference(v, name="velocity") for v in variables]

        def update_step(self, gradient, variable, learning_rate):
            velocity = self.velocity[self._get_variable_index(variable)]
            velocity.assign(0.9 * velocity - self.learning_rate * gradient)
            variable.assign_add(velocity)

    class Normed(optimizers.SGD):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient / (1e-3 + ops.norm(gradient)), variable, learning_rate)

    class Centred(optimizers.Adam):
        def apply(self, grads, trainable_variables=None):
            centred = [g - ops.mean(g) if len(g.shape) > 1 else g for g in grads]
            return super().apply(centred, trainable_variables)

    return {each.__name__: each for each in (MyAdam, Heavy, Normed, Centred)}


CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "from the guide": ("MyAdam", {}),
    "with options": ("MyAdam", {"clipnorm": 0.1, "weight_decay": 0.01, "gradient_accumulation_steps": 2}),
    "one array": ("Heavy", {"learning_rate": 0.02, "clipvalue": 0.2}),
    "a step of the library's, along another gradient": ("Normed", {"learning_rate": 0.05, "momentum": 0.5}),
    "gradients changed in apply": ("Centred", {"learning_rate": 0.01}),
}


def trained(library: ModuleType, name: str, settings: dict[str, Any]) -> Any:
    dense = library.layers.Dense
    model = library.Sequential([library.layers.Input((4,)), dense(3, activation="tanh"), dense(2)])
    model.set_weights(FIRST)
    model.compile(classes(library)[name](**settings), "mse")
    model.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
    return model


@pytest.mark.parametrize("case", CASES)
def test_trains_as_with_keras_and_goes_on_from_either_file(case: str, tmp_path) -> None:
    name, settings = CASES[case]
    mine, theirs = trained(pellucid, name, settings), trained(keras, name, settings)
    for weight, other in zip(mine.get_weights(), theirs.get_weights(), strict=True):
        assert_allclose(weight, other, rtol=2e-4, atol=2e-5)
    for kept, other in zip(mine.optimizer.variables, theirs.optimizer.variables, strict=True):
        assert_allclose(kept.numpy(), np.asarray(other), rtol=1e-3, atol=2e-5)
        assert kept.shape == tuple(other.shape)
    theirs.save(tmp_path / "model.keras")
    loaded = pellucid.models.load_model(tmp_path / "model.keras", custom_objects=classes(pellucid))
    for kept, other in zip(loaded.optimizer.variables, theirs.optimizer.variables, strict=True):
        assert_allclose(kept.numpy(), np.asarray(other), rtol=1e-6)
    loaded.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
    theirs.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
    for weight, other in zip(loaded.get_weights(), theirs.get_weights(), strict=True):
        assert_allclose(weight, other, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("name", ["MyAdam", "Heavy", "Normed"])
def test_steps_at_once_as_with_keras(name: str) -> None:
    """On weights, on arrays, and where one of several optimisers is the user's own."""
    made = [classes(library)[name](learning_rate=0.1, weight_decay=0.1) for library in (pellucid, pellucid, keras)]
    values = FIRST[:2]
    weights, arrays = [pellucid.Variable(v, name=str(n)) for n, v in enumerate(values)], [v.copy() for v in values]
    variables = [keras.Variable(value) for value in values]
    for _ in range(3):
        for optimizer, moved in zip(made, (weights, arrays, variables), strict=True):
            optimizer.apply([np.ones_like(value) for value in values], moved)
    for weight, array, variable in zip(weights, arrays, variables, strict=True):
        assert_allclose(weight.numpy(), np.asarray(variable), rtol=1e-5, atol=1e-6)
        assert_allclose(array, np.asarray(variable), rtol=1e-5, atol=1e-6)
    chosen = pellucid.optimizers.OptimizerMap(classes(pellucid)[name](0.1, weight_decay=0.1))
    both, again = pellucid.optimizers.MultiOptimizer(chosen), [v.copy() for v in values]
    for _ in range(3):
        both.apply([np.ones_like(value) for value in values], again)
    for array, other in zip(again, arrays, strict=True):
        assert_allclose(array, other, rtol=1e-6)


def test_what_would_happen_once_is_refused() -> None:
    class Counting(pellucid.optimizers.Optimizer):
        def __init__(self):
            super().__init__(0.1)
            self.count = 0

        def update_step(self, gradient, variable, learning_rate):
            self.count += 1
            self.assign_sub(variable, gradient)

    class OfValues(pellucid.optimizers.Optimizer):
        def update_step(self, gradient, variable, learning_rate):
            variable.assign(np.sign(np.asarray(gradient)))

    class Global(pellucid.optimizers.Optimizer):
        def build(self, variables):
            super().build(variables)
            self.total = self.add_variable((), name="total")

        def update_step(self, gradient, variable, learning_rate): ...

    class Forgetful(pellucid.optimizers.SGD):
        def apply(self, grads, trainable_variables=None):
            return super().apply(grads[:1], trainable_variables[:1])

    for optimizer, words in (
        (Counting(), "self.count"),
        (OfValues(0.1), "pellucid.ops"),
        (Global(0.1), "belongs to no weight"),
        (Forgetful(), "each of the same variables"),
    ):
        model = pellucid.Sequential([pellucid.layers.Input((4,)), pellucid.layers.Dense(2)])
        model.compile(optimizer, "mse")
        with pytest.raises(ArgumentError, match=words):
            model.fit(X, Y, verbose=0)


def test_parts_of_a_step_by_hand_as_with_keras() -> None:
    for settings in ({"clipnorm": 1.0}, {"clipvalue": 1.0}, {"global_clipnorm": 1.0}, {}):
        grads = [np.array([100.0, -50.0], np.float32), None, np.array([[3.0]], np.float32)]
        tensors = [None if grad is None else keras.ops.convert_to_tensor(grad) for grad in grads]
        mine = pellucid.optimizers.SGD(**settings)._clip_gradients(grads)
        theirs = keras.optimizers.SGD(**settings)._clip_gradients(tensors)
        assert mine[1] is None
        assert_allclose(mine[0], theirs[0], rtol=1e-6)
        assert_allclose(mine[2], theirs[2], rtol=1e-6)
    weight = pellucid.Variable(FIRST[0], name="w", owner="dense")
    optimizer = pellucid.optimizers.Adam(0.1, use_ema=True, gradient_accumulation_steps=2)
    optimizer.build([weight])
    optimizer.apply([np.ones_like(FIRST[0])])
    assert_allclose(optimizer._accumulated_gradients[0].numpy(), np.ones_like(FIRST[0]))
    assert_allclose(optimizer._model_variables_moving_average[0].numpy(), weight.numpy())
    store: dict[str, np.ndarray] = {}
    optimizer.save_own_variables(store)
    other = pellucid.optimizers.Adam(0.1, use_ema=True, gradient_accumulation_steps=2)
    other.build([pellucid.Variable(FIRST[0], name="w", owner="dense")])
    other.load_own_variables(store)
    for kept, wanted in zip(other.variables, optimizer.variables, strict=True):
        assert_allclose(kept.numpy(), wanted.numpy())
    muon = pellucid.optimizers.Muon(rms_rate=0.2)
    assert_allclose(muon.lr_adjust(np.ones((4, 2))), np.full((4, 2), 0.4), rtol=1e-6)
    orthogonal = muon.zeropower_via_newtonschulz5([[0.2499, 0.9105], [0.2655, 0.8824]], 5)
    assert_allclose(orthogonal, [[-0.4422, 0.6457], [0.7285, 0.2968]], atol=1e-3)  # as Keras's
