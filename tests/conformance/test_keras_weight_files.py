"""Files of weights, records and JSON in both directions: what one library writes, the other reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import keras_oracle
import numpy as np
import pytest
from networks import NETWORKS, outputs, samples

import pellucid
from pellucid import models, saving

assert keras_oracle.keras is keras

PAIRS = [(pellucid, keras), (keras, pellucid)]
both_ways = pytest.mark.parametrize(("writer", "reader"), PAIRS, ids=["ours to Keras", "Keras to ours"])


def _disturbed(model: Any) -> Any:
    rng = np.random.default_rng(3)
    model.set_weights([rng.normal(size=array.shape).astype(np.float32) * 0.4 for array in model.get_weights()])
    return model


@both_ways
@pytest.mark.parametrize("network", NETWORKS)
def test_weights(writer: Any, reader: Any, network: str, tmp_path: Path) -> None:
    """All weights arrive, in their places."""
    model, other = _disturbed(NETWORKS[network](writer)), NETWORKS[network](reader)
    model.save_weights(tmp_path / "model.weights.h5")
    other.load_weights(tmp_path / "model.weights.h5")
    for wanted, got in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(got, wanted)
    x = samples(model, 3)
    for wanted, got in zip(outputs(model, x), outputs(other, x), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)


def _own(library: Any) -> Any:
    class Own(library.Model):
        """A class of a user's own with a weight of its own, and layers in lists, in further ones, and in another."""

        def __init__(self) -> None:
            super().__init__(name="own")
            self.blocks = [library.layers.Dense(4), library.layers.Dense(3)]
            self.pairs = {"x": [library.layers.Dense(3)], "a": (library.layers.Dense(3), library.layers.Dense(3))}
            self.nested = [[library.layers.Dense(3)], library.layers.Dense(3)]
            self.out = library.layers.Dense(3)
            self._last = library.layers.Dense(3)
            self.head = library.Sequential([library.layers.Dense(2, activation="tanh")])

        def build(self, input_shape: Any) -> None:
            self.scale = self.add_weight(shape=(2,), initializer="ones", name="scale")
            for layer, size in zip(self.blocks, (input_shape[-1], 4), strict=True):
                layer.build((None, size))
            for layer in self._others():
                layer.build((None, 3))
            self.head.build((None, 3))
            self.built = True

        def _others(self) -> list[Any]:
            return [*self.pairs["x"], *self.pairs["a"], *self.nested[0], self.nested[1], self.out, self._last]

        def call(self, inputs: Any) -> Any:
            for layer in [*self.blocks, *self._others()]:
                inputs = layer(inputs)
            return self.head(inputs) * self.scale

    model = Own()
    model(np.ones((2, 5), np.float32))
    return model


@both_ways
def test_weights_of_a_class_of_ones_own(writer: Any, reader: Any, tmp_path: Path) -> None:
    """Those that the model makes itself too."""
    model, other, x = _disturbed(_own(writer)), _own(reader), np.ones((2, 5), np.float32)
    model.save_weights(tmp_path / "own.weights.h5")
    other.load_weights(tmp_path / "own.weights.h5")
    np.testing.assert_allclose(np.asarray(other(x)), np.asarray(model(x)), rtol=1e-5)


@both_ways
def test_training_goes_on(writer: Any, reader: Any, tmp_path: Path) -> None:
    """What the optimiser remembers is in the file: the other library's next steps are the same."""
    x = np.random.default_rng(0).normal(size=(8, 6)).astype(np.float32)
    y = x[:, :1] * 2.0
    made = []
    for library in (writer, reader):
        model = library.Sequential([library.layers.Input((6,)), library.layers.Dense(1)])
        model.compile(library.optimizers.Adam(0.01), "mse")
        made.append(model)
    model, other = made
    if reader is keras:
        other.optimizer.build(other.trainable_variables)  # otherwise Keras passes over what the file holds of it
    for _ in range(5):
        model.train_on_batch(x, y)
    model.save_weights(tmp_path / "model.weights.h5")
    other.load_weights(tmp_path / "model.weights.h5")
    for each in made:
        for _ in range(5):
            each.train_on_batch(x, y)
    for wanted, got in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(got, wanted, atol=2e-6)
    assert int(other.optimizer.iterations) == 10


@both_ways
@pytest.mark.parametrize("network", NETWORKS)
def test_json(writer: Any, reader: Any, network: str) -> None:
    """Structure goes through text."""
    model = NETWORKS[network](writer)
    other = reader.models.model_from_json(model.to_json())
    assert [layer.name for layer in other.layers] == [layer.name for layer in model.layers]
    assert [w.shape for w in other.get_weights()] == [w.shape for w in model.get_weights()]


def _objects(library: Any) -> list[Any]:
    return [
        library.layers.Conv2D(3, 2, activation="relu", kernel_regularizer=library.regularizers.L2(0.25), name="c"),
        library.losses.BinaryCrossentropy(from_logits=True),
        library.metrics.BinaryAccuracy(threshold=0.75),
        library.optimizers.SGD(0.25, momentum=0.5, name="steps"),
        library.optimizers.schedules.ExponentialDecay(0.5, 2, 0.25),
        library.initializers.Constant(0.5),
        library.regularizers.L2(0.25),
        library.constraints.MaxNorm(2),
        library.activations.relu,
        slice(None, 20, 1),
        ...,
        b"bytes",
        np.array([0.5, 1.0]),
        {"a": [1, "b", None, True, 0.5]},
    ]


@both_ways
def test_records(writer: Any, reader: Any) -> None:
    """What one writes of an object, the other makes the same object of."""
    for made, wanted in zip(_objects(writer), _objects(reader), strict=True):
        record = json.loads(json.dumps(writer.saving.serialize_keras_object(made)))
        got = reader.saving.deserialize_keras_object(record)
        if hasattr(wanted, "get_config"):
            assert type(got) is type(wanted) and got.get_config() == wanted.get_config()
        elif isinstance(wanted, np.ndarray):
            np.testing.assert_array_equal(got, wanted)
        else:
            assert got == wanted


def test_registered_names_are_keras_s() -> None:
    """A class that both know under one name goes through records."""
    found = {}
    for library in (pellucid, keras):

        @library.saving.register_keras_serializable("conformance", "Twice")
        class Twice(library.layers.Layer):
            """Doubles."""

            def call(self, inputs: Any) -> Any:
                return inputs * 2.0

        found[library] = Twice
    record = saving.serialize_keras_object(found[pellucid](name="t"))
    assert record["registered_name"] == "conformance>Twice"
    assert isinstance(keras.saving.deserialize_keras_object(record), found[keras])
    theirs = keras.saving.serialize_keras_object(found[keras](name="t"))
    assert isinstance(saving.deserialize_keras_object(json.loads(json.dumps(theirs))), found[pellucid])
    del saving.get_custom_objects()["conformance>Twice"]


@pytest.mark.parametrize("network", NETWORKS)
def test_clones_are_keras_s(network: str) -> None:
    """The same layers with the names of the model, and weights of the same shapes in the same order."""
    model = NETWORKS[network](pellucid)
    ours, theirs = models.clone_model(model), keras.models.clone_model(NETWORKS[network](keras))
    assert [layer.name for layer in ours.layers] == [layer.name for layer in model.layers]
    assert [type(layer).__name__ for layer in ours.layers] == [type(layer).__name__ for layer in theirs.layers]
    assert [weight.shape for weight in ours.get_weights()] == [weight.shape for weight in theirs.get_weights()]
