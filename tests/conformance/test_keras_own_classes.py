"""Files with classes of users' own, and with settings of metrics: ours read by Keras, Keras's read here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import keras_oracle
import numpy as np
import pytest

import pellucid
from pellucid import layers, metrics
from pellucid.errors import FileError

assert keras_oracle.keras is keras

X = np.random.default_rng(0).normal(size=(64, 6)).astype(np.float32)


def _classes(library: Any) -> dict[str, type]:
    """Classes of a user's own for one library, by the names that files have; two bear names of the library's."""
    k = library.layers

    class Dense(k.Layer):
        """Doubles."""

        def call(self, inputs: Any) -> Any:
            return inputs * 2.0

    class Chain(library.Sequential):
        """A chain of a user's own."""

    class Branches(library.Model):
        """A functional model of a user's own."""

    class SGD(library.optimizers.SGD):
        """Derives from the library's."""

    return {cls.__name__: cls for cls in (Dense, Chain, Branches, SGD)}


def _network(library: Any, own: dict[str, Any]) -> Any:
    pellucid.set_random_seed(1)
    keras.utils.set_random_seed(1)
    k = library.layers
    chain = own["Chain"](
        [library.Input((6,)), k.Dense(4, activation="tanh"), own["Dense"](name="double")], name="chain"
    )
    x = library.Input((6,), name="x")
    h = k.Dense(4, name="h")(x)
    branches = own["Branches"](x, k.Add(name="sum")([h, own["Dense"](name="again")(h)]), name="branches")
    z = library.Input((6,), name="z")
    joined = k.Concatenate(name="join")([chain(z), branches(z)])
    model = library.Model(z, k.Dense(1, activation="sigmoid", name="head")(joined), name="outer")
    model.compile(own["SGD"](0.25), "binary_crossentropy", metrics=[library.metrics.BinaryAccuracy(threshold=0.7)])
    return model


def _types(model: Any) -> list[str]:
    inside = [name for layer in model.layers if hasattr(layer, "layers") for name in _types(layer)]
    return [type(model).__name__, *(type(layer).__name__ for layer in model.layers), *inside]


def _same(ours: Any, theirs: Any) -> None:
    """The same structure and numbers; metrics with the same settings."""
    renamed = {"Functional": "Model"}
    assert [renamed.get(name, name) for name in _types(theirs)] == _types(ours)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X, verbose=0), atol=1e-6)
    p = ours.predict(X)
    y = (p > 0.5).astype(np.float32)
    told = ours.evaluate(X, y, verbose=0), theirs.evaluate(X, y, verbose=0)
    np.testing.assert_allclose(*told, atol=1e-6)
    assert told[0][1] == pytest.approx(float(((p > 0.7) == y).mean())) and told[0][1] < 1, "the threshold counts"


def test_keras_reads_ours(tmp_path: Path) -> None:
    own, keras_own = _classes(pellucid), _classes(keras)
    ours = _network(pellucid, own)
    ours.save(tmp_path / "model.keras")
    theirs = keras.models.load_model(tmp_path / "model.keras", custom_objects=keras_own)
    assert type(theirs.get_layer("chain")) is keras_own["Chain"] and type(theirs.optimizer) is keras_own["SGD"]
    assert isinstance(theirs.get_layer("branches"), keras_own["Branches"])
    _same(ours, theirs)


def test_we_read_theirs(tmp_path: Path) -> None:
    own, keras_own = _classes(pellucid), _classes(keras)
    theirs = _network(keras, keras_own)
    theirs.save(tmp_path / "model.keras")
    ours = pellucid.load_model(tmp_path / "model.keras", own)
    assert type(ours.get_layer("chain")) is own["Chain"] and type(ours.optimizer) is own["SGD"]
    assert type(ours.get_layer("branches")) is own["Branches"]
    _same(ours, theirs)


@pytest.mark.parametrize("missing", ["Dense", "Chain", "Branches", "SGD"])
def test_what_of_theirs_is_not_passed_is_not_made_up(missing: str, tmp_path: Path) -> None:
    """A `Dense` of the writer's own does not become ours."""
    _network(keras, _classes(keras)).save(tmp_path / "model.keras")
    own = _classes(pellucid)
    with pytest.raises(FileError, match=f"{missing!r} is a class of the writer's own: pass custom_objects"):
        pellucid.load_model(tmp_path / "model.keras", {name: cls for name, cls in own.items() if name != missing})


@pytest.mark.parametrize("ours_first", [True, False])
def test_models_are_made_from_each_others_configuration(ours_first: bool) -> None:
    """`from_config` of the one takes `get_config` of the other."""
    libraries = (pellucid, keras) if ours_first else (keras, pellucid)
    k = libraries[0].layers
    stack = [libraries[0].Input((8, 8, 1)), k.Conv2D(3, 3, name="c"), k.Flatten(name="f"), k.Dense(2, name="d")]
    model = libraries[0].Sequential(stack, name="stack")
    again = libraries[1].Sequential.from_config(model.get_config())
    assert [layer.name for layer in again.layers] == ["c", "f", "d"] and again.count_params() == model.count_params()
    x = libraries[0].Input((4,), name="x")
    functional = libraries[0].Model(x, k.Add(name="a")([k.Dense(4, name="d")(x), x]), name="functional")
    again = libraries[1].Model.from_config(functional.get_config())
    assert [layer.name for layer in again.layers] == ["x", "d", "a"] and again.count_params() == 20


def test_accuracy_stays_what_it_is(tmp_path: Path) -> None:
    """The word fits itself to the loss in both libraries, hence it is the word that files have."""
    model = pellucid.Sequential([layers.Input((6,)), layers.Dense(3, activation="softmax")])
    told = ["accuracy", metrics.SparseCategoricalAccuracy(name="hits")]
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=told)
    model.save(tmp_path / "model.keras")
    y = np.arange(64) % 3
    expected = model.evaluate(X, y, verbose=0)
    np.testing.assert_allclose(pellucid.load_model(tmp_path / "model.keras").evaluate(X, y, verbose=0), expected)
    np.testing.assert_allclose(
        keras.models.load_model(tmp_path / "model.keras").evaluate(X, y, verbose=0), expected, atol=1e-6
    )
