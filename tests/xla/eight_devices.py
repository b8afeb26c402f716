"""A program for `test_xla_devices`: trains a small network on one device and on several, and prints what came out."""

from __future__ import annotations

import json
from typing import Any

import jax
import numpy as np

import pellucid
from pellucid import Sequential, layers, optimizers
from pellucid.engines import XLAEngine

RNG = np.random.default_rng(0)
X, Y = RNG.random((48, 8, 8, 1), np.float32), np.arange(48) % 4


def trained(engine: XLAEngine) -> tuple[dict[str, Any], Any]:
    """What is told of a training whose last batches are of uneven size, and where the weights live."""
    pellucid.clear_session()
    pellucid.set_random_seed(3)
    model = Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(6, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(4, activation="softmax"),
        ]
    )
    optimizer = optimizers.SGD(0.05, momentum=0.9)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], engine=engine)
    history = model.fit(X, Y, batch_size=40, epochs=3, verbose=0).history
    predictions = model.predict(X[:3], verbose=0).tolist()
    weights = [weight.tolist() for weight in model.get_weights()]
    state = model.layers[0].kernel.state
    return {**history, "predictions": predictions, "weights": weights}, state


def turned(engine: XLAEngine) -> list[Any]:
    """Weights behind images that are turned at random: they are gathered pixel by pixel."""
    pellucid.clear_session()
    pellucid.set_random_seed(7)
    model = Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.RandomRotation(0.1),
            layers.Conv2D(4, 3),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile(optimizers.SGD(0.05), "sparse_categorical_crossentropy", engine=engine)
    model.fit(X, Y, batch_size=20, verbose=0)
    return [weight.tolist() for weight in model.get_weights()]


def share(state: Any) -> float:
    """How much of a state a device holds."""
    return float(state.array.addressable_shards[0].data.size / state.array.size)


def windows(engine: XLAEngine) -> bool:
    """Whether parts of a state are written and read as those of an array are, where shares are uneven too."""
    state, expected = engine.state(5001), np.zeros(5001, np.float32)
    for start, size in ((0, 1), (4990, 11), (620, 10), (1000, 3000)):
        expected[start : start + size] = new = RNG.random(size, np.float32)
        state.write(start, new)
        if not np.array_equal(state.read(start, size), new):
            return False
    return np.array_equal(state.read(), expected)


mesh = jax.sharding.Mesh(np.array(jax.devices()[4:]), ("batch",))
told: dict[str, Any] = {"one": trained(XLAEngine())[0], "four of a mesh": trained(XLAEngine(mesh))[0]}
told["eight"], whole = trained(XLAEngine(8))
told["eight again"] = trained(XLAEngine(8))[0]
told["eight, fsdp"], part = trained(XLAEngine(8, fsdp=True))
told["shares"] = {"eight": share(whole), "eight, fsdp": share(part)}
told["windows"] = [windows(engine) for engine in (XLAEngine(8), XLAEngine(8, fsdp=True))]
told["turned"] = [turned(engine) for engine in (XLAEngine(), XLAEngine(8), XLAEngine(8, fsdp=True))]
print(json.dumps(told))
