"""Conditions and loops: as Keras has them on arrays, written out in layers, both sides where only a run will tell."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from pellucid import GradientTape, Input, Model, Sequential, Variable, layers, ops
from pellucid.errors import ArgumentError

X = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)


@pytest.mark.parametrize("library", [ops, keras.ops], ids=["ours", "Keras"])
def test_on_arrays(library: Any) -> None:
    """The same in both libraries."""
    assert np.allclose(library.cond(np.array(True), lambda: X + 1, lambda: X), X + 1)
    assert np.allclose(library.fori_loop(0, 3, lambda i, x: x + i, X), X + 3)
    found = library.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x * 2), (0, X))
    assert int(found[0]) == 3 and np.allclose(found[1], 8 * X)
    capped = library.while_loop(lambda i: i < 10, lambda i: (i + 1,), (0,), maximum_iterations=4)
    assert int(capped[0]) == 4
    assert np.allclose(library.map(lambda x: x * 2, X), 2 * X)
    sums = library.map(lambda pair: {"sum": pair[0] + pair[1], "first": pair[0]}, (X, X + 1))
    assert np.allclose(sums["sum"], 2 * X + 1) and np.allclose(sums["first"], X)
    assert np.allclose(library.vectorized_map(lambda x: x - 1, library.convert_to_tensor(X)), X - 1)
    assert np.allclose(library.switch(1, [lambda x: x, lambda x: -x], X), -X)
    assert np.allclose(library.switch(9, [lambda x: x, lambda x: -x], X), -X)


class Chosen(layers.Layer):
    """Twice as much where the batch is bright, else the negative; and three times around."""

    def call(self, inputs: Any) -> Any:
        bright = ops.cond(ops.mean(inputs) > 0, lambda: (inputs * 2, inputs), lambda: (-inputs, inputs))
        return ops.fori_loop(0, 3, lambda i, x: x + i, bright[0])


def test_in_a_layer() -> None:
    """Both sides are computed, one is chosen; the gradient goes to that one."""
    model = Sequential([Input((4,)), Chosen()])
    for x in (np.abs(X), -np.abs(X)):
        expected = (2 * x if x.mean() > 0 else -x) + 3
        np.testing.assert_allclose(model.predict(x, batch_size=6, verbose=0), expected, rtol=1e-6)
        variable = Variable(x)
        with GradientTape() as tape:
            loss = ops.sum(model(variable))
        np.testing.assert_allclose(tape.gradient(loss, variable), np.full_like(x, 2 if x.mean() > 0 else -1))


def test_while_a_model_is_described() -> None:
    """A condition of the model's own, and parts of an axis that is known."""
    inputs = Input((4,), batch_size=3)
    chosen = ops.cond(ops.sum(inputs) > 0, lambda: inputs, lambda: inputs * 0)
    rows = ops.map(lambda row: row * 2, inputs)
    model = Model(inputs, [chosen, rows])
    for x in (np.abs(X[:3]), -np.abs(X[:3])):
        first, second = model.predict(x, batch_size=3, verbose=0)
        np.testing.assert_allclose(first, np.maximum(x, 0))
        np.testing.assert_allclose(second, 2 * x)


def test_what_cannot_be_known() -> None:
    """One sentence each."""
    inputs = Input((4,))
    with pytest.raises(ArgumentError, match=r"ops\.while_loop: whether it goes on must be known"):
        ops.while_loop(lambda x: ops.sum(x) > 0, lambda x: x - 1, inputs)
    with pytest.raises(ArgumentError, match=r"ops\.fori_loop: upper must be known"):
        ops.fori_loop(0, inputs[0, 0], lambda i, x: x, inputs)
    with pytest.raises(ArgumentError, match="first axis whose size is known, got sizes \\[None\\]"):
        ops.map(lambda x: x, inputs)
    with pytest.raises(ArgumentError, match=r"ops\.cond: a condition is one number"):
        ops.cond(X > 0, lambda: 1, lambda: 0)
    with pytest.raises(ArgumentError, match=r"ops\.cond: a condition is one number, got shape \(None, 4\)"):
        ops.cond(inputs > 0, lambda: inputs, lambda: inputs)
    with pytest.raises(ArgumentError, match="in the same arrangement"):
        ops.cond(ops.sum(inputs) > 0, lambda: (inputs, inputs), lambda: inputs)
    with pytest.raises(ArgumentError, match="does not end within 65,536 turns"):
        ops.while_loop(lambda i: True, lambda i: i, 0)
    with pytest.raises(ArgumentError, match="turns would be written out"):
        ops.fori_loop(0, 10**9, lambda i, x: x, 0)
