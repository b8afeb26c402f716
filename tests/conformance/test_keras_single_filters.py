"""Freezing one filter, held to Keras: there a constraint puts the frozen numbers back after each step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras_oracle import check_close

import pellucid
from pellucid import load_model

OPTIMIZERS = {"SGD": {"learning_rate": 0.05, "momentum": 0.9}, "Adam": {"learning_rate": 0.003}}


class Back(keras.constraints.Constraint):
    """The last axis counts filters; some of them are what they were."""

    def __init__(self, kept: np.ndarray, filters: list[int]) -> None:
        self.kept, self.mask = kept, np.isin(np.arange(kept.shape[-1]), filters)

    def __call__(self, w: Any) -> Any:
        return keras.ops.where(self.mask, self.kept, keras.ops.convert_to_tensor(w))


def _built(library: Any, frozen: dict[str, list[int]] | None = None, weights: list[np.ndarray] | None = None) -> Any:
    """A chain of three layers with filters; with constraints that hold some where a list says which."""

    def held(name: str, place: int) -> dict[str, Any]:
        if frozen is None or weights is None:
            return {}
        kernel, bias = weights[2 * place : 2 * place + 2]
        return {"kernel_constraint": Back(kernel, frozen[name]), "bias_constraint": Back(bias, frozen[name])}

    of = library.layers
    model = library.Sequential(
        [
            of.Input((8, 8, 2)),
            of.Conv2D(4, 3, activation="relu", name="a", **held("a", 0)),
            of.Conv2D(6, 3, groups=2, activation="tanh", name="b", **held("b", 1)),
            of.Flatten(),
            of.Dense(3, name="c", **held("c", 2)),
        ]
    )
    if weights is not None:
        model.set_weights(weights)
    return model


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_twenty_steps_with_frozen_filters(optimizer: str) -> None:
    frozen = {"a": [1], "b": [0, 5], "c": [2]}
    ours = _built(pellucid)
    for name, numbers in frozen.items():
        for number in numbers:
            ours.get_layer(name).filter(number).freeze()
    first = ours.get_weights()
    theirs = _built(keras, frozen, first)
    for model, library in ((ours, pellucid), (theirs, keras)):
        model.compile(getattr(library.optimizers, optimizer)(**OPTIMIZERS[optimizer]), "mse")
    rng = np.random.default_rng(0)
    for _ in range(20):
        x, y = rng.normal(size=(8, 8, 8, 2)).astype(np.float32), rng.normal(size=(8, 3)).astype(np.float32)
        ours.train_on_batch(x, y), theirs.train_on_batch(x, y)
    assert not np.array_equal(first[0], ours.get_weights()[0])
    for mine, reference in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        check_close("frozen filters: weights after training", mine, reference, 1e-4)


def test_keras_reads_a_file_that_says_what_is_frozen(tmp_path: Path) -> None:
    ours = _built(pellucid)
    ours.get_layer("b").filter(3).freeze()
    ours.save(tmp_path / "model.keras")
    theirs = keras.models.load_model(tmp_path / "model.keras")
    x = np.random.default_rng(0).normal(size=(2, 8, 8, 2)).astype(np.float32)
    check_close("files, frozen filters", ours.predict(x), theirs.predict(x, verbose=0), 1e-5)
    assert load_model(tmp_path / "model.keras").get_layer("b").filter(3).is_frozen
