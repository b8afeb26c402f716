"""`==` and `!=` of tensors in code of users' own compare element by element, as in Keras's guides; not objects."""

from __future__ import annotations

from types import ModuleType

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

import pellucid
from pellucid.errors import PellucidError
from pellucid.graph import Graph, ops

X = np.array([[0.0, 1.0, 2.0], [2.0, 2.0, 5.0]], np.float32)


def told(library: ModuleType) -> list[np.ndarray]:
    """What a layer, a loss and a metric make of comparisons; the metric is that of the guide."""
    o = library.ops

    class Twos(library.layers.Layer):
        def call(self, inputs):
            return o.cast(inputs == 2, "float32") - o.cast(inputs != o.max(inputs), "float32")

    class Hits(library.metrics.Metric):
        def __init__(self, name="hits", **kwargs):
            super().__init__(name=name, **kwargs)
            self.hits = self.add_weight(name="hits", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            chosen = o.reshape(o.argmax(y_pred, axis=1), (-1, 1))
            values = o.cast(y_true, "int32") == o.cast(chosen, "int32")
            self.hits.assign(self.hits + o.sum(o.cast(values, "float32")))

        def result(self):
            return o.convert_to_tensor(self.hits)

    def missed(y_true, y_pred):
        return o.mean(o.cast(y_true == 1.0, "float32") * o.square(y_pred - y_true), axis=-1)

    model = library.Sequential([library.layers.Input((3,)), Twos()])
    model.compile(loss=missed, metrics=[Hits()])
    results = model.evaluate(X, np.array([[1.0], [0.0]], np.float32), verbose=0)
    return [model.predict(X, verbose=0), *map(np.asarray, results)]


def test_as_with_keras() -> None:
    for mine, theirs in zip(told(pellucid), told(keras), strict=True):
        assert_allclose(mine, theirs, rtol=1e-6)


def test_a_tensor_is_no_answer_and_the_library_still_asks_for_objects() -> None:
    graph = Graph()
    a, b = graph.add(ops.Input((2,), "a")), graph.add(ops.Input((2,), "b"))
    assert (a == b).shape == (a != 1.0).shape == (2,)
    assert (a == None) is False and (a != None) is True  # noqa: E711
    assert {a: 1, b: 2}[b] == 2
    with pytest.raises(PellucidError, match=r"choose by ops\.where"):
        assert a == b


EXPRESSIONS = {
    "a number": lambda v, other: v == 1.0,
    "not a number": lambda v, other: v != 2.0,
    "another": lambda v, other: v == other,
    "an array on the left": lambda v, other: np.array([1.0, 5.0, 3.0], np.float32) == v,
    "a function of NumPy's": lambda v, other: np.exp(v) + np.square(other),
    "the largest": lambda v, other: np.max(v) + np.sum(other),
    "two in a function": lambda v, other: np.add(v, other),
    "a number of NumPy's on the left": lambda v, other: np.float32(3) * v,
}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_variables(expression: str) -> None:
    """Element by element too, and NumPy takes them for arrays."""
    values = np.array([1.0, 2.0, 3.0], np.float32), np.array([1.0, 0.0, 3.0], np.float32)
    ours, theirs = (
        np.asarray(EXPRESSIONS[expression](*map(library.Variable, values)), np.float32) for library in (pellucid, keras)
    )
    assert_allclose(ours, theirs, rtol=1e-6)


def test_variables_in_a_layer_and_as_keys() -> None:
    class Own(pellucid.layers.Layer):
        def build(self, input_shape):
            self.w = self.add_weight(shape=(3,), initializer="ones")

        def call(self, x):
            return x * (self.w == 1.0) + np.float32(2) * self.w + np.ones(3) * self.w - (np.zeros(3) == self.w)

    assert_allclose(Own()(np.ones((1, 3))), [[4.0, 4.0, 4.0]])
    first, second = pellucid.Variable([1.0]), pellucid.Variable([1.0])
    assert {first: "a", second: "b"}[second] == "b"
    assert first != None and (first == None) is False  # noqa: E711
    with pytest.raises(PellucidError, match=r"cannot write into <Variable .*use assign\(\)"):
        np.add(first, 1.0, out=first)
