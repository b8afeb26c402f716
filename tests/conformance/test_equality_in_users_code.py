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
