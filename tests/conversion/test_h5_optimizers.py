"""Optimisers that Keras 2 lacks in `.h5` files, and arrays that tf.keras leaves out of its own."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from pellucid import Input, Sequential, layers, load_model, optimizers

RNG = np.random.default_rng(5)
X, Y = RNG.normal(size=(16, 6, 5, 2)).astype(np.float32), RNG.normal(size=(16, 3)).astype(np.float32)
SINCE = ["AdamW", "Lion", "Adafactor", "Lamb", "Muon", "ScheduleFreeAdamW"]


def _trained(name: str, settings: dict[str, Any]) -> Sequential:
    model = Sequential([Input((6, 5, 2)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(3)])
    model.compile(getattr(optimizers, name)(0.01, **settings), "mse", metrics=["mae"])
    model.fit(X, Y, epochs=2, batch_size=8, shuffle=False, verbose=0)
    return model


def _check_they_go_on_alike(model: Sequential, again: Any) -> None:
    for each in (model, again):
        each.fit(X, Y, epochs=2, batch_size=8, shuffle=False, verbose=0)
    for wanted, got in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("name", [*SINCE, "Nadam"])
def test_a_training_goes_on(name: str, tmp_path: Path) -> None:
    """The file says for us alone how the model was compiled, where Keras 2 could not be told so."""
    model = _trained(name, {"clipnorm": 0.5})
    path = tmp_path / "model.h5"
    if name in SINCE:
        with pytest.warns(UserWarning, match=f"Keras 2 has no optimiser {name}; Pellucid reads it"):
            model.save(path)
        theirs = keras.models.load_model(path)  # whoever does not know the record reads the model
        np.testing.assert_allclose(theirs.predict(X, verbose=0), model.predict(X, verbose=0), rtol=0, atol=1e-5)
    else:
        model.save(path)
    again = load_model(path)
    assert again.optimizer.get_config() == model.optimizer.get_config()
    assert again.metrics_names == model.metrics_names
    _check_they_go_on_alike(model, again)


def _as_tf_keras_has_it(path: Path, left_out: Any) -> None:
    """The file as tf.keras 2.11 to 2.21 writes it: its name and settings of the optimiser, fewer arrays."""
    with h5py.File(path, "r+") as file:
        own = "pellucid_training_config"
        name = own if own in file.attrs else "training_config"
        told = json.loads(file.attrs[name])
        del file.attrs[name]
        kind, settings = told["optimizer_config"]["class_name"], told["optimizer_config"]["config"]
        known = {key: value for key, value in settings.items() if not key.startswith(("loss_scale", "gradient_acc"))}
        told["optimizer_config"] = {"class_name": f"Custom>{kind}", "config": {**known, "is_legacy_optimizer": False}}
        file.attrs["training_config"] = json.dumps(told)
        group = file["optimizer_weights"]
        names = [each.decode() for each in group.attrs["weight_names"]]
        kept = [each for each in names if not left_out(each, group[each])]
        group.attrs["weight_names"] = np.array([each.encode() for each in kept])
        for each in set(names) - set(kept):
            del group[each]


@pytest.mark.parametrize("name", ["AdamW", "Lion", "Adafactor", "Nadam"])
def test_a_training_of_tf_keras_goes_on(name: str, tmp_path: Path) -> None:
    """It keeps no learning rate, no factors of vectors, and not what Nadam has multiplied up."""
    model, path = _trained(name, {}), tmp_path / "model.h5"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(path)
    _as_tf_keras_has_it(path, lambda key, array: array.shape == () and "iteration" not in key)
    if name == "Nadam":
        with pytest.warns(UserWarning, match="made anew of the number of steps"):
            again = load_model(path)
    else:
        again = load_model(path)
    for wanted, got in zip(model.optimizer.variables, again.optimizer.variables, strict=True):
        np.testing.assert_allclose(got.numpy(), wanted.numpy(), rtol=1e-6)
    assert again.optimizer.iterations == 4
    if name != "Nadam":
        _check_they_go_on_alike(model, again)
