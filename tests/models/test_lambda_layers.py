"""A layer made of a function: in memory the function goes with its name; a file has the name alone."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from pellucid import Input, Sequential, layers, load_model, ops
from pellucid.errors import ArgumentError
from pellucid.models.cloning import clone_model

X = np.full((2, 3), 2.0, np.float32)


def cube(x: object, factor: float = 1.0) -> object:
    return factor * x**3  # type: ignore[operator]


@pytest.mark.parametrize("function", [cube, ops.square])
def test_named_functions_in_memory(function: object) -> None:
    layer = layers.Lambda(function)
    again = layers.Lambda.from_config(layer.get_config())
    np.testing.assert_array_equal(again(X), layer(X))
    assert again.get_config() == layer.get_config()
    model = Sequential([Input((3,)), layer])
    np.testing.assert_array_equal(Sequential.from_config(model.get_config())(X), layer(X))


def test_expressions_in_memory() -> None:
    config = layers.Lambda(lambda x: x**2).get_config()
    with pytest.raises(ValueError, match="Lambda"):
        layers.Lambda.from_config(config)
    np.testing.assert_array_equal(layers.Lambda.from_config(config, safe_mode=False)(X), X**2)


def test_expressions_are_cloned() -> None:
    """Whoever clones a model has its functions already; what a configuration alone holds is refused as ever."""
    inside = Sequential([layers.Lambda(lambda x: x + 1), layers.Conv2D(2, 3)])
    twice = layers.TimeDistributed(layers.Lambda(lambda x: x * 2))
    model = Sequential([Input((3, 8, 8, 1)), layers.TimeDistributed(inside), twice])
    again = clone_model(model)
    again.set_weights(model.get_weights())
    x = np.random.default_rng(0).normal(size=(2, 3, 8, 8, 1))
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
    with pytest.raises(ValueError, match="lambda expression"):
        Sequential.from_config(model.get_config())


def test_copies() -> None:
    layer = layers.Lambda(cube, arguments={"factor": 2.0})
    for config in (copy.deepcopy(layer.get_config()), pickle.loads(pickle.dumps(layer.get_config()))):
        np.testing.assert_array_equal(layers.Lambda.from_config(config)(X), 2 * X**3)


def test_files_hold_a_name(tmp_path: Path) -> None:
    config = json.loads(json.dumps(layers.Lambda(cube).get_config()))
    assert config["function"] == "cube"
    with pytest.raises(ArgumentError, match="code in files is never run"):
        layers.Lambda.from_config(config)
    path = tmp_path / "model.keras"
    model = Sequential([Input((3,)), layers.Lambda(cube)])
    model.save(path)
    np.testing.assert_array_equal(load_model(path, custom_objects={"cube": cube})(X), model(X))


@pytest.mark.parametrize("inside", [False, True])
def test_expressions_are_saved_by_number(tmp_path: Path, inside: bool) -> None:
    """Their code is in no file; more in tests/models/test_functions_without_names.py."""
    model = Sequential([Input((3,)), layers.Lambda(lambda x: x + 1.0)])
    if inside:
        model = Sequential([Input((3,)), model])
    with pytest.warns(UserWarning, match="1 of the model's has none of its own"):
        model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras", custom_objects={"<function 1>": lambda x: x + 1.0})
    np.testing.assert_array_equal(again(X), model(X))
