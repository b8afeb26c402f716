"""Variables: the weights of layers, and those that are made alone."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Input, Model, Variable, initializers, layers, ops
from pellucid.dispatch import Array
from pellucid.errors import DataError, PellucidError, ShapeError


def test_a_variable_is_made_of_values_or_of_an_initialiser() -> None:
    """With what Keras's has."""
    made = Variable([[1, 2], [3, 4]], name="table")
    assert (made.name, made.path, made.shape, made.ndim, made.size) == ("table", "table", (2, 2), 2, 4)
    assert made.dtype == "float32" and made.trainable and type(made.value) is Array
    assert Variable(initializers.Ones(), shape=(3,)).numpy().tolist() == [1.0, 1.0, 1.0]
    assert Variable("zeros", (2,), "float32", False).trainable is False
    assert Variable(lambda shape, dtype=None: np.full(shape, 7.0), shape=(1,)).numpy().tolist() == [7.0]
    assert Variable(1.0).shape == () and Variable(1.0).name.startswith("variable")


def test_assignments() -> None:
    """They return the variable, so that they can be chained."""
    variable = Variable([1.0, 2.0])
    assert variable.assign([3.0, 4.0]) is variable
    assert variable.assign_add([1.0, 1.0]).assign_sub(2.0).numpy().tolist() == [2.0, 3.0]
    variable[0] = 9
    assert variable.value.tolist() == [9.0, 3.0] and len(variable) == 2


ARITHMETIC: dict[str, Callable[[Any], Any]] = {
    "add": lambda v: v + 1,
    "radd": lambda v: 1 + v,
    "subtract": lambda v: v - [1.0, 2.0, 3.0],
    "rsubtract": lambda v: np.ones(3, np.float32) - v,
    "multiply": lambda v: v * v,
    "divide": lambda v: v / 2,
    "rdivide": lambda v: 6 / v,
    "power": lambda v: v**2,
    "negative": lambda v: -v,
    "absolute": lambda v: abs(-v),
    "matmul": lambda v: v @ np.ones((3, 2), np.float32),
    "greater": lambda v: (v > 1.5) * 1.0,
    "a part": lambda v: v[1:],
}


@pytest.mark.parametrize("name", ARITHMETIC)
def test_arithmetic_gives_arrays(name: str) -> None:
    """What NumPy gives for the values, as an array with numpy()."""
    values = np.array([1.0, 2.0, 3.0], np.float32)
    found = ARITHMETIC[name](Variable(values))
    assert isinstance(found, Array)
    np.testing.assert_allclose(found, ARITHMETIC[name](values), rtol=1e-6)


def test_weights_are_variables() -> None:
    """Those of layers, after a call on an array too."""
    layer = layers.Dense(2)
    layer(np.ones((1, 3)))
    assert isinstance(layer.kernel, pellucid.Variable) and layer.kernel.path == f"{layer.name}/kernel"
    norm = layers.BatchNormalization()
    norm(np.ones((1, 3)))
    assert len(norm.weights) == 4 and all(isinstance(weight, Variable) for weight in norm.weights)


def test_a_layer_of_ones_own_keeps_count() -> None:
    """assign_add in a call is done when the call is, and read back within it."""

    class Counting(layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.count = self.add_weight((), "zeros", name="count", trainable=False)

        def call(self, x: Any) -> Any:
            self.count.assign_add(ops.sum(x) * 0.0 + 1.0)
            return x * self.count

    layer = Counting()
    found = [float(layer(np.ones((1, 1)), training=True)[0, 0]) for _ in range(3)]
    assert found == [1.0, 2.0, 3.0] and float(layer.count.numpy()) == 3.0


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda variable: pickle.loads(pickle.dumps(variable))])
def test_copies_are_others(copied: Callable[[Variable], Variable]) -> None:
    """With the same values, in a memory of their own."""
    first = Variable([1.0, 2.0], name="first")
    second = copied(first)
    second.assign([5.0, 6.0])
    assert first.numpy().tolist() == [1.0, 2.0] and second.name == "first"


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "no shape": (lambda: Variable("zeros", name="v"), r"^v needs a shape, for which the initialiser 'zeros'"),
    "a shape that differs": (
        lambda: Variable([1.0], shape=(2,), name="v"),
        r"^v: the values have shape \(1,\), not \(2,\)",
    ),
    "text": (lambda: Variable(["x"], name="v"), r"^v takes numbers"),
    "another type": (lambda: Variable([1.0], dtype="int32", name="v"), r"^v holds float32 numbers, got dtype='int32'"),
    "NaN": (lambda: Variable([np.nan], name="v"), r"^v: the value at \(0,\) is nan"),
}


def test_beside_a_symbolic_tensor() -> None:
    """A model reads it each time, and training leaves it alone; no layer has it."""
    own, x = Variable([1.0, 2.0]), Input((2,))
    model = Model(x, layers.Dense(2, kernel_initializer="ones")(x * own) + own)
    ones = np.ones((1, 2))
    assert model.predict(ones).tolist() == [[4.0, 5.0]] and len(model.weights) == 2
    own.assign([2.0, 2.0])
    assert model.predict(ones).tolist() == [[6.0, 6.0]]
    model.compile("sgd", "mse")
    model.fit(ones, ones, verbose=0)
    assert own.numpy().tolist() == [2.0, 2.0] and model.layers[-1].kernel.numpy()[0, 0] != 1.0


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said(case: str) -> None:
    """With the variable's name."""
    call, message = WRONG[case]
    with pytest.raises(PellucidError, match=message):
        call()


def test_an_addition_that_does_not_fit_changes_nothing() -> None:
    """Another shape, or a sum that is no number."""
    variable = Variable([1.0, 3e38])
    with pytest.raises(ShapeError):
        variable.assign_add(np.ones((2, 2)))
    with pytest.raises(DataError):
        variable.assign_add(3e38)
    assert variable.numpy().tolist() == [1.0, float(np.float32(3e38))]
