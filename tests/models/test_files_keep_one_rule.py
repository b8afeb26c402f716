"""One rule for who writes a file and who reads it: what was saved loads, and what could not load is not saved."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, load_model
from pellucid.errors import ArgumentError
from pellucid.formats.keras_v3 import read_keras, write_keras

X = np.array([[1.0, -2.0]], np.float32)


@pytest.mark.parametrize("kind", ["chain", "network"])
def test_models_nested_as_deep_as_can_be(kind: str, tmp_path: Path) -> None:
    """All that can be made is saved and loaded; one level more is refused when it is made."""

    def around(inner: Model) -> Model:
        x = Input((2,))
        return Sequential([Input((2,)), inner]) if kind == "chain" else Model(x, inner(x))

    model: Model = Sequential([Input((2,)), layers.Dense(2)])
    for _ in range(99):
        model = around(model)
    model.save(tmp_path / "deep.keras")
    np.testing.assert_array_equal(load_model(tmp_path / "deep.keras").predict(X), model.predict(X))
    with pytest.raises(ArgumentError, match=r"^models may be nested 100 deep; this one would be the next$"):
        around(model)


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_a_training_that_diverged(odd: float, tmp_path: Path) -> None:
    """Weights and what the optimiser remembers come back as they were, with one warning."""
    model = Sequential([Input((2,)), layers.Dense(2, name="d")])
    model.compile("adam", "mse")
    model.train_on_batch(X, X)
    with pytest.warns(UserWarning, match="d/bias"):
        model.layers[0].bias[1] = odd
    model.train_on_batch(X, X)
    model.save(tmp_path / "odd.keras")
    with pytest.warns(UserWarning, match=r"odd\.keras: the value of .* as in a training that has diverged") as told:
        again = load_model(tmp_path / "odd.keras")
    assert len(told) == 1 and told[0].filename == __file__
    for mine, read in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, read)
    for kept, found in zip(model.optimizer.variables, again.optimizer.variables, strict=True):
        np.testing.assert_array_equal(kept.numpy(), found.numpy())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again.set_weights(model.get_weights())


def _layer_with(value: Any) -> Callable[[], Model]:
    def scaled(x: Any, value: Any) -> Any:
        return x * 2.0

    return lambda: Sequential([Input((2,)), layers.Lambda(scaled, arguments={"value": value})])


def _renamed() -> Model:
    model = Sequential([Input((2,)), layers.Dense(2, name="a"), layers.Dense(2, name="b")])
    model.layers[1].name = "a"
    return model


def _nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


NO_FILES: dict[str, tuple[Callable[[], Model], str]] = {
    "keys that are no text": (_layer_with({1: 2}), r"the key 1 of a dictionary is not text"),
    "a set": (_layer_with({1, 2}), r"set is not JSON serializable"),
    "NaN": (_layer_with(float("nan")), r"not JSON compliant"),
    "a list in lists": (_layer_with(_nested(600)), r"nested more than 500 levels deep"),
    "a list too deep for Python": (_layer_with(_nested(5000)), r"cannot be written as JSON"),
    "a long text": (_layer_with("x" * 17_000_000), r"has 17,0\d\d,\d\d\d bytes; at most 16,777,216 are accepted"),
    "two layers of one name": (_renamed, r'^Sequential ".*" has several layers of one name: a$'),
}


@pytest.mark.parametrize("case", NO_FILES)
def test_what_could_not_be_read_is_not_written(case: str, tmp_path: Path) -> None:
    """One sentence, and no file."""
    make, message = NO_FILES[case]
    with pytest.raises(ArgumentError, match=message) as caught:
        make().save(tmp_path / "model.keras")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_groups_as_deep_as_are_read(tmp_path: Path) -> None:
    """The limits of the weights are those of the reader."""
    path = tmp_path / "deep.keras"
    write_keras(path, {}, {}, {"/".join(["a"] * 399 + ["vars"]): [np.ones(1)]})
    assert len(read_keras(path).weights) == 1
    with pytest.raises(ArgumentError, match=r"would be nested 401 deep; files hold at most 400 levels"):
        write_keras(path, {}, {}, {"/".join(["a"] * 400 + ["vars"]): [np.ones(1)]})
    with pytest.raises(ArgumentError, match=r"holds at most 200,000 groups and arrays, this one would have 200,0"):
        write_keras(path, {}, {}, {"vars": [np.ones(())] * 200_000})


class Größe(layers.Layer):
    """A name that is not English."""

    def call(self, inputs: Any) -> Any:
        return inputs * 2.0


class Parted(layers.Layer):
    """A part under such a name, and one under a name that files use themselves."""

    def __init__(self, part: str, **options: Any) -> None:
        super().__init__(**options)
        self.part = part
        setattr(self, part, layers.Dense(2))

    def call(self, inputs: Any) -> Any:
        return getattr(self, self.part)(inputs)


def test_names_of_classes_and_attributes(tmp_path: Path) -> None:
    """Weights lie under them in files; those that cannot be there are refused before anything is written."""
    for layer, name in ((Parted("x" * 256), "xxx"), (Parted("a/b"), "a/b"), (Parted("."), ".")):
        with pytest.raises(ArgumentError, match=rf"a file keeps weights under the names of classes .*give '{name}"):
            Sequential([Input((2,)), layer]).save(tmp_path / "model.keras")
    assert list(tmp_path.iterdir()) == []
    for layer in (*map(Parted, ("vars", "layers", "_optimizer", "länge")), Größe(name="g")):
        model = Sequential([Input((2,)), layer])
        model.save(tmp_path / "model.keras")
        again = load_model(tmp_path / "model.keras", custom_objects={"Parted": Parted, "Größe": Größe})
        np.testing.assert_array_equal(again.predict(X), model.predict(X))


@pytest.mark.parametrize("name", ["a/b", "", "x" * 256, "a\tb", 3, None])
def test_names_that_a_layer_is_given_late(name: Any) -> None:
    """Are checked as those that it is made with."""
    layer = layers.Dense(2, name="before")
    with pytest.raises(ArgumentError, match=r"^a name takes 1 to 255 letters that can be seen"):
        layer.name = name
    assert layer.name == "before"


@pytest.mark.parametrize("factor", [[2**40, 1], [True, False], [1e-300, 2.5], [-3, 2]])
def test_arrays_in_a_model(factor: list[Any], tmp_path: Path) -> None:
    """Whole numbers of any size, and others."""
    x = Input((2,))
    model = Model(x, x * np.array(factor))
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(load_model(tmp_path / "model.keras").predict(X), model.predict(X))
