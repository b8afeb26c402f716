"""Class numbers as metrics of users' own see them: with a last axis of size 1 where they came so, as in Keras."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest

import pellucid

RNG = np.random.default_rng(8)
X, Y = RNG.normal(size=(22, 4)).astype(np.float32), RNG.integers(0, 3, (22, 1))
KERNEL = RNG.normal(size=(4, 3)).astype(np.float32)


def _hits(library: Any) -> Any:
    """The metric of Keras's guide, which counts on class numbers (batch, 1)."""
    ops = library.ops

    class Hits(library.metrics.Metric):
        def __init__(self) -> None:
            super().__init__(name="hits")
            self.hits = self.add_variable(shape=(), name="hits", initializer="zeros")

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            chosen = ops.reshape(ops.argmax(y_pred, axis=1), (-1, 1))
            values = ops.cast(ops.cast(y_true, "int32") == ops.cast(chosen, "int32"), "float32")
            self.hits.assign_add(ops.sum(values))

        def result(self) -> Any:
            return self.hits + 0.0

    return Hits()


def _share(library: Any) -> Any:
    """A function that cannot do with class numbers (batch,)."""
    ops = library.ops

    def share(y_true: Any, y_pred: Any) -> Any:
        return ops.cast(
            ops.equal(ops.cast(y_true[:, 0], "int32"), ops.cast(ops.argmax(y_pred, -1), "int32")), "float32"
        )

    return share


def _model(library: Any, *metrics: Any) -> Any:
    layer = library.layers.Dense(3, activation="softmax")
    model = library.Sequential([library.layers.Input((4,)), layer])
    model.set_weights([KERNEL, np.zeros(3, np.float32)])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[*metrics, "accuracy"])
    return model


def _batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for start in range(0, 22, 8):
        yield X[start : start + 8], Y[start : start + 8]


HOW: dict[str, Any] = {"batch_size": 8, "shuffle": False, "verbose": 0}
WAYS: dict[str, Callable[[Any], Any]] = {
    "arrays": lambda model: model.fit(X, Y, **HOW).history,
    "validated": lambda model: model.fit(X, Y, validation_split=0.3, **HOW).history,
    "weights of classes": lambda model: model.fit(X, Y, class_weight={0: 1.0, 1: 3.0, 2: 0.5}, **HOW).history,
    "a generator": lambda model: model.fit(_batches(), verbose=0).history,
    "an evaluation": lambda model: model.evaluate(X, Y, batch_size=8, verbose=0, return_dict=True),
    "a batch": lambda model: model.train_on_batch(X, Y, return_dict=True),
}


@pytest.mark.parametrize("way", WAYS)
def test_as_they_came(way: str) -> None:
    told = [WAYS[way](_model(library, _hits(library), _share(library))) for library in (keras, pellucid)]
    theirs, ours = ({name: np.ravel(value) for name, value in each.items()} for each in told)
    assert theirs.keys() == ours.keys()
    for name in theirs:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-5, err_msg=name)
    assert way == "weights of classes" or ours["hits"] <= 22


def test_without_that_axis_pairs_are_told_of() -> None:
    """In Keras each sample is compared with each other, in silence."""
    model = _model(pellucid, _hits(pellucid))
    with pytest.warns(UserWarning, match=r"Hits\.update_state\(\) combines each of 22 samples with each other"):
        model.evaluate(X, Y[:, 0], batch_size=22, verbose=0)


def test_what_looks_into_a_step_sees_them_too() -> None:
    """Records of a step are made of the same targets, in the shape that the loss takes."""
    model = _model(pellucid, _hits(pellucid))
    plain = _model(pellucid)
    found = [
        pellucid.inspection.what_if(each, X[0], {each.layers[0].name: {"bias": np.ones(3)}}, y=Y[0]).loss_before
        for each in (model, plain)
    ]
    assert found[0] == found[1] is not None


def _looking(library: Any, seen: set[tuple[int, ...]]) -> Any:
    """A model that notes the shape of the targets which its `compute_loss` gets."""

    class Net(library.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = library.layers.Dense(3, activation="softmax", kernel_initializer="zeros")

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs)

        def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None) -> Any:
            seen.add(tuple(y.shape)[1:])
            return super().compute_loss(x, y, y_pred, sample_weight)

    return Net()


@pytest.mark.parametrize("targets", [Y, Y[:, 0]], ids=["(22, 1)", "(22,)"])
def test_compute_loss_gets_them_so(targets: np.ndarray) -> None:
    told = []
    for library in (keras, pellucid):
        seen: set[tuple[int, ...]] = set()
        model = _looking(library, seen)
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        told.append((seen, model.fit(X, targets, batch_size=11, shuffle=False, verbose=0).history["loss"]))
    assert told[0][0] == told[1][0]
    np.testing.assert_allclose(told[1][1], told[0][1], rtol=1e-5)
