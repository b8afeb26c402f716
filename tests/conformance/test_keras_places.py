"""Where a layer stands (`path`), and losses that `super().compute_loss` adds: as Keras itself has them."""

from __future__ import annotations

import copy
from typing import Any

import keras
import numpy as np
import pytest

import pellucid

X, Y = np.arange(12).reshape(4, 3).astype(np.float32) / 10, np.ones((4, 2), np.float32)


def _nested(library: Any) -> Any:
    """A model with a chain, and with a layer that has two of its own."""

    class Block(library.layers.Layer):  # type: ignore[misc]
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.first, self.second = library.layers.Dense(3, name="first"), library.layers.Dense(2, name="second")

        def call(self, x: Any) -> Any:
            return self.second(self.first(x))

    image = library.Input((4, 4, 1))
    inner = [library.layers.Conv2D(2, 2, name="conv"), library.layers.Flatten(name="flat")]
    chain = library.Sequential(inner, name="chain")
    return library.Model(image, Block(name="block")(chain(image)), name="net")


def test_paths_are_those_of_keras() -> None:
    found = []
    for library in (keras, pellucid):
        model = _nested(library)
        _, chain, block = model.layers
        parts = [model, chain, *chain.layers, block, block.first, block.second]
        found.append([each.path for each in parts])
        assert library.layers.Dense(2).path is None
    assert found[0] == found[1]


def test_a_path_follows_its_names_and_is_copied() -> None:
    model = _nested(pellucid)
    conv = model.layers[1].layers[0]
    conv.name = "stem"
    assert conv.path == "chain/stem" == conv.kernel.path.rpartition("/")[0]
    assert copy.deepcopy(conv).path == "chain/stem"


def test_a_class_of_the_users_own_may_call_something_else_so() -> None:
    class Loader(pellucid.layers.Layer):
        def __init__(self, path: str) -> None:
            super().__init__()
            self.path = path

        def call(self, x: Any) -> Any:
            return x * 2.0

    layer = Loader("weights.npz")
    assert np.array_equal(layer(Y), 2 * Y)
    assert layer.path == "weights.npz"


@pytest.mark.parametrize("by_name", [False, True])
@pytest.mark.parametrize("weights", [None, [[2.0, 0.5], 3.0]])
def test_compute_loss_adds_several_losses_of_one_output(by_name: bool, weights: Any) -> None:
    told = []
    for library in (keras, pellucid):

        class Own(library.Model):  # type: ignore[name-defined,misc]
            def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None) -> Any:
                return super().compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight) * 2.0

        x = library.Input((3,))
        heads = [library.layers.Dense(2, kernel_initializer="ones", name=name)(x) for name in ("a", "b")]
        model = Own(x, {"p": heads[0], "q": heads[1]} if by_name else heads)
        losses: Any = [["mse", "mae"], "mse"]
        named = (lambda both: dict(zip("pq", both, strict=True))) if by_name else (lambda both: both)
        model.compile("sgd", named(losses), loss_weights=None if weights is None else named(weights))
        told.append(model.evaluate(X, named([Y, Y]), verbose=0, return_dict=True))
        told[-1]["trained"] = model.train_on_batch(X, named([Y, Y]), return_dict=True)["loss"]
    assert told[1] == pytest.approx(told[0], rel=1e-5)


def test_one_output_in_a_list_is_handed_out_alone() -> None:
    """By `predict` and by a call on arrays; one in a dictionary stays there."""
    for library in (keras, pellucid):
        x = library.Input((3,))
        y = library.layers.Dense(2)(x)
        for ends in ((x, [y]), ([x], [y]), ([x], y)):
            model = library.Model(*ends)
            assert model.output_shape == (None, 2)
            assert np.shape(model.predict(X, verbose=0)) == (4, 2) == tuple(np.shape(model(X)))
            model.compile("sgd", "mse")
            model.fit(X, [Y], verbose=0)
        assert list(library.Model(x, {"y": y}).predict(X, verbose=0)) == ["y"]
