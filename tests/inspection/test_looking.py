"""Looking never touches: a model that was looked at in every way trains on exactly as its twin that was not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Sequential, layers, naming, random
from pellucid.inspection import all_filters, arithmetic, equivariance, feature_maps, filters, lint, profile, what_if
from pellucid.network.receptive_fields import receptive_fields
from pellucid.views import (
    arithmetic_text,
    equivariance_text,
    filters_text,
    lint_text,
    maps_text,
    profile_text,
    what_if_text,
)

RNG = np.random.default_rng(0)
X, Y = RNG.random((12, 9, 8, 2), dtype=np.float32), np.arange(12) % 3


def _model() -> Sequential:
    pellucid.clear_session()
    pellucid.set_random_seed(0)
    inner = Sequential([layers.Input((7, 6, 4)), layers.SeparableConv2D(3, 2, name="sep")], name="inner")
    model = Sequential(
        [
            layers.Input((9, 8, 2)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.BatchNormalization(name="norm"),
            inner,
            layers.MaxPooling2D(2, name="pool"),
            layers.Dropout(0.5, name="drop"),
            layers.Flatten(name="flat"),
            layers.Dense(3, activation="softmax", name="head"),
        ],
        name="net",
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def _look(model: Sequential) -> None:
    """At everything, in every form."""
    for bank in all_filters(model):
        filters_text(bank)
    filters(model.layers[0])
    maps_text(feature_maps(model, X[0]))
    feature_maps(model, X[0], engine="reference")
    for layer, position in {"conv": (1, 2), "norm": (0, 0), "inner/sep": (2, 1), "pool": (0, 1), "head": ()}.items():
        arithmetic_text(arithmetic(model, layer, X[0], position, 1))
        arithmetic(model, layer, X[0], position, 1, engine="reference")
    profile_text(profile(model, X, runs=1))
    lint_text(lint(model, X, initial=model.get_weights()))
    what_if_text(what_if(model, X[0], {"conv": {0: 0.0}, "inner/sep": {1: 0.0}, "input": 0.5}, 1))
    equivariance_text(equivariance(model, X[0], (0, 1)))
    model.summary(derive=True, expand_nested=True, print_fn=lambda text: None)
    receptive_fields(model.network)
    if model.stepper.slots is not None:
        model.stepper.capture()
        [variable.numpy() for variable in model.stepper.plan.optimizer.variables]
    repr(model)
    repr([model.layers, model.weights, model.network.calls])


def _attributes(model: Sequential) -> dict[str, Any]:
    return {
        name: value if isinstance(value, int | float | str | bool) else id(value) for name, value in vars(model).items()
    }


def _storages(model: Sequential) -> list[tuple[str, int]]:
    return [(weight.state.name, weight.offset) for weight in model.weights]


def _course(looks: Callable[[Sequential], None]) -> dict[str, Any]:
    """Train, look, train on; what came of it, and what the next model would be like."""
    model = _model()
    looks(model)
    losses = model.fit(X, Y, epochs=1, batch_size=5, verbose=0).history["loss"]
    looks(model)
    losses += model.fit(X, Y, epochs=1, batch_size=5, verbose=0).history["loss"]
    looks(model)
    storages = _storages(model)
    first = storages[0][0]
    return {
        "weights": [array.tobytes() for array in model.get_weights()],
        "losses": losses,
        "storages": [(name == first, offset) for name, offset in storages],
        "seed": random.next_seed(),
        "name": layers.Conv2D(2, 3).name,
        "model name": Sequential([layers.Input((4,)), layers.Dense(2)]).name,
        "unique": naming.unique_name("functional"),
    }


def test_training_goes_on_as_if_nobody_had_looked() -> None:
    """Bits of all weights, losses, the storage of all weights, the next seed, the next automatic names."""
    assert _course(_look) == _course(lambda model: None)


@pytest.mark.parametrize("trained", [False, True])
def test_nothing_of_the_model_is_written(trained: bool) -> None:
    """Each attribute is the object that it was; each weight lives where it lived; before the first training too."""
    model = _model()
    if trained:
        model.fit(X, Y, batch_size=5, verbose=0)
    before = _attributes(model), _storages(model), [weight.state.read().tobytes() for weight in model.weights]
    calls = [list(layer.calls) for layer in model.layers]
    _look(model)
    after = _attributes(model), _storages(model), [weight.state.read().tobytes() for weight in model.weights]
    assert after == before
    assert [layer.calls for layer in model.layers] == calls


def test_the_profile_of_a_training_step_trains_nothing() -> None:
    """Weights and optimiser go on from where they were."""

    def looks(model: Sequential) -> None:
        profile(model, X[:5], Y[:5], runs=1)

    assert _course(looks) == _course(lambda model: None)
