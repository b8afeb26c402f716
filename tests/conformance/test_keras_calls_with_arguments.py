"""Layers and models of a user's own that are called on several things: dictionaries, further tensors, plain values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import keras_oracle
import numpy as np
import pytest

import pellucid
from pellucid.errors import ArgumentError

assert keras_oracle.keras is keras

A, B = (np.random.default_rng(n).normal(size=(8, 4)).astype(np.float32) for n in (0, 1))
Y = np.random.default_rng(2).normal(size=(8, 3)).astype(np.float32)


def _classes(library: Any) -> dict[str, type]:
    class Mixed(library.layers.Layer):
        """Two tensors, the second of which may be missing, and a number."""

        def build(self, x_shape: Any, other_shape: Any = None) -> None:
            self.sizes = (x_shape, other_shape)
            self.gain = self.add_weight(shape=(x_shape[-1],), initializer="ones", name="gain")

        def call(self, x: Any, other: Any = None, scale: float = 1.0, training: bool = False) -> Any:
            return scale * self.gain * (x if other is None else x + other)

    class Apart(library.layers.Layer):
        """From a dictionary to a dictionary."""

        def call(self, given: Any) -> Any:
            return {"sum": given["a"] + given["b"], "both": [given["a"], given["a"] * given["b"]]}

    class Named(library.Model):
        """A model of dictionaries."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.one, self.two = library.layers.Dense(3), library.layers.Dense(1)

        def call(self, inputs: Any, training: bool = False) -> Any:
            hidden = self.one(inputs["a"]) * inputs["b"][:, :1]
            return {"y": hidden, "z": self.two(hidden)}

    return {cls.__name__: cls for cls in (Mixed, Apart, Named)}


OURS, THEIRS = _classes(pellucid), _classes(keras)


def _both(make: Any) -> tuple[Any, Any]:
    """The same in both libraries."""
    return make(keras, THEIRS), make(pellucid, OURS)


def _same(ours: Any, theirs: Any) -> None:
    if isinstance(theirs, dict):
        assert list(ours) == list(theirs)
        for key, value in theirs.items():
            _same(ours[key], value)
    elif isinstance(theirs, list | tuple):
        assert len(ours) == len(theirs)
        for mine, value in zip(ours, theirs, strict=True):
            _same(mine, value)
    else:
        np.testing.assert_allclose(np.asarray(ours), keras.ops.convert_to_numpy(theirs), rtol=2e-5, atol=1e-6)


CALLS = {
    "one": lambda layer: layer(A),
    "two": lambda layer: layer(A, B),
    "by name": lambda layer: layer(A, other=B, scale=3.0),
    "a number alone": lambda layer: layer(A, None, scale=0.5),
    "with the form": lambda layer: layer(A, B, training=True),
}


@pytest.mark.parametrize("case", CALLS)
def test_on_arrays(case: str) -> None:
    """Further arguments reach `call`, and `build` learns their shapes."""
    theirs, ours = _both(lambda library, own: own["Mixed"]())
    _same(CALLS[case](ours), CALLS[case](theirs))
    assert ours.sizes[0] == (None, 4)


def test_what_does_not_fit() -> None:
    """Is said with the name of the layer."""
    layer = OURS["Mixed"](name="mixed")
    for call, message in (
        (lambda: layer(A, extra=1), "unknown argument 'extra'"),
        (lambda: layer(A, B, 1.0, True, B), "mixed"),
        (lambda: layer(pellucid.Input((4,)), B), "not both"),
    ):
        with pytest.raises(ArgumentError, match=message):
            call()


def _functional(library: Any, own: Any) -> Any:
    a, b = library.Input((4,), name="a"), library.Input((4,), name="b")
    mixed = own["Mixed"](name="mixed")
    apart = own["Apart"](name="apart")({"a": mixed(a, b, scale=2.0), "b": mixed(b)})
    x = library.layers.Dense(3, name="dense", kernel_initializer="ones")(apart["sum"] + apart["both"][1])
    model = library.Model({"a": a, "b": b}, x)
    model.compile("sgd", "mse")
    return model


def test_functional_models(tmp_path: Path) -> None:
    """The same numbers, in training too; a file, a clone and a copy keep the arguments."""
    theirs, ours = _both(_functional)
    given = {"a": A, "b": B}
    _same(ours.predict(given), theirs.predict(given, verbose=0))
    losses = [model.fit(given, Y, epochs=3, shuffle=False, verbose=0).history["loss"] for model in (ours, theirs)]
    _same(*losses)
    expected = ours.predict(given)
    ours.save(tmp_path / "model.keras")
    again = pellucid.load_model(tmp_path / "model.keras", custom_objects=OURS)
    np.testing.assert_array_equal(again.predict(given), expected)
    with pellucid.saving.custom_object_scope(OURS):
        clone = pellucid.models.clone_model(ours)
    clone.set_weights(ours.get_weights())
    np.testing.assert_array_equal(clone.predict(given), expected)
    theirs.save(tmp_path / "theirs.keras")
    read = pellucid.load_model(tmp_path / "theirs.keras", custom_objects=OURS)
    np.testing.assert_allclose(read.predict(given), expected, rtol=1e-5, atol=1e-6)


def test_own_models_of_dictionaries() -> None:
    """Losses and metrics by the keys that `call` gives, compiled before anything is known."""
    theirs, ours = _both(lambda library, own: own["Named"]())
    given, wanted = {"a": A, "b": B}, {"y": Y, "z": Y[:, :1]}
    assert list(ours(given)) == list(theirs(given))
    ours.set_weights(theirs.get_weights())
    fresh = OURS["Named"]()
    for model in (theirs, ours, fresh):
        model.compile("sgd", {"y": "mse", "z": "mae"}, {"y": 1.0, "z": 0.5}, metrics={"z": ["mse"]})
    told = [m.fit(given, wanted, epochs=2, shuffle=False, verbose=0).history for m in (theirs, ours, fresh)]
    assert sorted(told[0]) == sorted(told[1]) == sorted(told[2])
    for name, values in told[0].items():
        np.testing.assert_allclose(told[1][name], values, rtol=2e-5, err_msg=name)
    _same(ours.predict(given), theirs.predict(given, verbose=0))


def test_chains_of_structures() -> None:
    """A chain begins and ends with what its layers take and give."""
    theirs, ours = _both(lambda library, own: library.Sequential([own["Apart"]()]))
    _same(ours({"a": A, "b": B}), theirs({"a": A, "b": B}))
    ours.summary(print_fn=lambda text: None)
    added = pellucid.Sequential([pellucid.layers.Add(), pellucid.layers.Dense(2, kernel_initializer="ones")])
    np.testing.assert_allclose(added([A, B])[:, 0], (A + B).sum(axis=1), rtol=1e-5, atol=1e-6)
    added.pop()
    np.testing.assert_array_equal(added([A, B]), A + B)
