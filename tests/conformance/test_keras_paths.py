"""The paths of weights are Keras's: they begin with the models and layers in which a layer was built."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import pellucid

X = np.ones((2, 3), np.float32)


def _chain(library: Any) -> Any:
    """Built at once, with a normalisation, whose averages are weights too."""
    layers = library.layers
    return library.Sequential(
        [layers.Input((3,)), layers.Dense(2, name="d"), layers.BatchNormalization(name="b")], name="chain"
    )


def _late(library: Any) -> Any:
    """Built for data, with a chain inside that is."""
    inner = library.Sequential([library.layers.Dense(2, name="d")], name="inner")
    model = library.Sequential([inner, library.layers.Dense(1, name="e")], name="outer")
    model(X)
    return model


def _known_inside(library: Any) -> Any:
    """What was built before keeps its path."""
    inner = library.Sequential([library.layers.Input((3,)), library.layers.Dense(2, name="d")], name="inner")
    built = library.layers.Dense(1, name="e")
    built.build((None, 2))
    return library.Sequential([library.layers.Input((3,)), inner, built], name="outer")


def _described(library: Any) -> Any:
    x = library.layers.Input((3,))
    inner = library.Sequential([library.layers.Dense(2, name="d")], name="inner")
    return library.Model(x, library.layers.Dense(1, name="e")(inner(x)), name="net")


def _own(library: Any) -> Any:
    """Layers inside a layer inside a model, all of the user's own, weights made at each occasion."""

    class Block(library.layers.Layer):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.first = library.layers.Dense(2, name="first")
            self.early = self.add_weight(shape=(2,), name="early")

        def build(self, input_shape: Any) -> None:
            self.own = self.add_weight(shape=(2,), name="own")
            self.second = library.layers.Dense(2, name="second")
            self.second.build(input_shape)

        def call(self, inputs: Any) -> Any:
            return self.first(inputs) + self.second(inputs) + self.own + self.early

    class Net(library.Model):
        def __init__(self) -> None:
            super().__init__(name="net")
            self.block, self.chain = Block(name="block"), library.Sequential([Block(name="last")], name="chain")

        def call(self, inputs: Any) -> Any:
            return self.chain(self.block(inputs))

    model = Net()
    model(X)
    return model


def _cloned(library: Any) -> Any:
    return library.models.clone_model(_chain(library))


@pytest.mark.parametrize("make", [_chain, _late, _known_inside, _described, _own, _cloned])
def test_paths(make: Any) -> None:
    mine, theirs = make(pellucid), make(keras)
    assert [weight.path for weight in mine.weights] == [weight.path for weight in theirs.weights]
    assert [weight.name for weight in mine.weights] == [weight.name for weight in theirs.weights]


def test_an_optimiser_calls_what_it_keeps_after_them() -> None:
    found = []
    for library in (pellucid, keras):
        library.utils.clear_session()
        model = _chain(library)
        model.compile("adam", "mse")
        model.fit(X, np.ones((2, 2)), verbose=0)
        found.append([variable.path for variable in model.optimizer.variables])
    assert found[0] == found[1]


@pytest.mark.parametrize("make", [_chain, _late, _described])
def test_a_model_that_is_read_has_the_paths_of_the_one_that_was_written(make: Any, tmp_path: Any) -> None:
    """In Keras it has not: there a map from paths to optimisers says something else of it."""
    model = make(pellucid)
    model.save(tmp_path / "model.keras")
    paths = [weight.path for weight in model.weights]
    assert [weight.path for weight in pellucid.load_model(tmp_path / "model.keras").weights] == paths
    model.layers[-1].name = "renamed"
    head = paths[-1].split("/")[:-2]
    assert model.weights[-1].path.split("/")[:-1] == [*head, "renamed"]
