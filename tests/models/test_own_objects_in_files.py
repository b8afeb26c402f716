"""Classes and functions of users' own in files and records: registered, in scopes, in configurations."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, load_model, losses, models, saving
from pellucid.errors import ArgumentError, ArgumentTypeError, FileError

X = np.linspace(-1, 1, 12, dtype=np.float32).reshape(4, 3)


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    """What a test registers is forgotten."""
    known = saving.get_custom_objects()
    before = dict(known)
    yield
    known.clear()
    known.update(before)


def _registered() -> tuple[type, Any]:
    @saving.register_keras_serializable("shop")
    class Scaled(layers.Layer):
        """Multiplies what an inner layer gives; its configuration has that layer in it."""

        def __init__(self, inner: Any, factor: float = 2.0, **options: Any) -> None:
            super().__init__(**options)
            self.inner, self.factor = inner, factor

        def get_config(self) -> dict[str, Any]:
            return dict(factor=self.factor, inner=self.inner, **super().get_config())

        @classmethod
        def from_config(cls, config: dict[str, Any]) -> Any:
            config["inner"] = saving.deserialize_keras_object(config["inner"])
            return cls(**config)

        def call(self, inputs: Any) -> Any:
            return self.inner(inputs) * self.factor

    @saving.register_keras_serializable("shop")
    def squared(x: Any) -> Any:
        return x * x

    return Scaled, squared


def test_registered_objects_need_no_custom_objects(tmp_path: Path) -> None:
    """A layer in a layer's configuration, and an activation."""
    scaled, squared = _registered()
    model = Sequential([Input((3,)), scaled(layers.Dense(2, activation=squared), 3.0)])
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    assert loaded.layers[0].factor == 3.0 and loaded.layers[0].inner.activation is squared
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(load_model(tmp_path / "model.keras")))
    thread.start()
    thread.join()
    assert len(found) == 1, "other threads know them too"


def test_what_is_not_known_is_refused(tmp_path: Path) -> None:
    """And the message says both ways to make it known; the class may be passed under its own name."""
    scaled, _ = _registered()
    Sequential([Input((3,)), scaled(layers.Dense(2))]).save(tmp_path / "model.keras")
    saving.get_custom_objects().clear()
    with pytest.raises(FileError, match=r"'Scaled' is a class of the writer's own: .*register_keras_serializable"):
        load_model(tmp_path / "model.keras")
    assert load_model(tmp_path / "model.keras", {"Scaled": scaled}).layers[0].factor == 2.0
    with saving.custom_object_scope({"Scaled": scaled}):
        assert load_model(tmp_path / "model.keras").layers[0].factor == 2.0
    with pytest.raises(FileError):
        load_model(tmp_path / "model.keras")


def test_names() -> None:
    """Of what is registered, and of what is not."""
    scaled, squared = _registered()
    assert saving.get_registered_name(scaled) == "shop>Scaled"
    assert saving.get_registered_name(layers.Dense) == "Dense"
    assert saving.get_registered_object("shop>squared") is squared
    assert saving.get_registered_object("squared") is None
    record = {"module": "builtins", "class_name": "function", "config": "squared", "registered_name": "function"}
    assert saving.deserialize_keras_object(record) is squared, "Keras up to 3.6 left packages out"
    with pytest.raises(ArgumentError, match=r"Cannot register a class .*get_config method, .*write it"):
        saving.register_keras_serializable()(type("Plain", (), {}))


REFUSED = {
    "code": ({"class_name": "__lambda__", "config": {"value": ["4wEAAAA=", None, None]}}, "never run"),
    "an unknown class": ({"class_name": "Popen", "module": "subprocess", "config": {}}, "nothing is known of"),
    "a class without a module": ({"class_name": "Dense", "config": {"units": 3}}, "nothing is known of"),
    "a function that is none": ({"class_name": "function", "config": "load_model"}, "is a function of your own"),
    "a function by a list": ({"class_name": "function", "config": ["relu"]}, "has its name as 'config'"),
    "options in a list": (
        {"class_name": "Dense", "module": "keras.layers", "config": [3]},
        "Expected 'config' to be a dict",
    ),
    "two names": (
        {"class_name": "Dense", "module": "keras.layers", "registered_name": "builtins.eval", "config": {"units": 3}},
        "is Pellucid's own, but the record says",
    ),
    "objects in an array": ({"class_name": "__numpy__", "config": {"value": [1], "dtype": "object"}}, "not known"),
    "an unequal array": ({"class_name": "__numpy__", "config": {"value": [[1], 2], "dtype": "float32"}}, "damaged"),
    "a slice of nothing": ({"class_name": "__slice__", "config": {}}, "damaged"),
    "an object": (object(), "is made of text, numbers"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("safe_mode", [True, False])
def test_records_that_are_refused(case: str, safe_mode: bool) -> None:
    """Whatever safe_mode says."""
    record, message = REFUSED[case]
    with pytest.raises(ArgumentError, match=message):
        saving.deserialize_keras_object(record, safe_mode=safe_mode)


def relu(x: Any) -> Any:
    """Bears the name of one of the library's."""
    return x


@pytest.mark.parametrize(
    ("thing", "message"),
    [(lambda x: x, "no name of its own"), (relu, "has the name of one of Pellucid's"), (object(), "cannot be written")],
)
def test_what_cannot_be_written(thing: Any, message: str) -> None:
    """Is refused when it is written, not when it is read."""
    with pytest.raises(ArgumentError, match=message):
        saving.serialize_keras_object({"a": [thing]})


def test_a_list_in_itself() -> None:
    """Neither is written nor read."""
    itself: list[Any] = []
    itself.append(itself)
    for function in (saving.serialize_keras_object, saving.deserialize_keras_object):
        with pytest.raises(ArgumentError, match="is one in itself"):
            function(itself)


def test_a_compiled_model_is_a_record() -> None:
    """With how it was compiled."""
    model = Sequential([Input((3,)), layers.Dense(2)])
    model.compile("adam", losses.MeanSquaredError(reduction="sum"), metrics=["mse"])
    again = saving.deserialize_keras_object(json.loads(json.dumps(saving.serialize_keras_object(model))))
    assert again.optimizer.name == "adam" and again.output_shape == (None, 2)


class _Asks(Model):
    """A functional class with an argument of its own."""

    def __init__(self, *ends: Any, level: int = 1, **options: Any) -> None:
        super().__init__(*ends, **options)
        self.level = level

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "level": self.level}


class _AsksInRow(Sequential):
    """A chain with one."""

    def __init__(self, *chain: Any, level: int = 1, **options: Any) -> None:
        super().__init__(*chain, **options)
        self.level = level

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "level": self.level}


def test_arguments_of_models(tmp_path: Path) -> None:
    """Come back: they were dropped silently."""
    x = Input((3,))
    made = (_Asks(x, layers.Dense(2)(x), level=3), _AsksInRow([Input((3,)), layers.Dense(2)], level=3))
    for model in made:
        assert type(model).from_config(model.get_config()).level == 3
        model.save(tmp_path / "model.keras")
        assert load_model(tmp_path / "model.keras", {type(model).__name__: type(model)}).level == 3


class _Forgets(layers.Layer):
    """Its configuration leaves out an argument that has a default."""

    def __init__(self, factor: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.factor = factor

    def get_config(self) -> dict[str, Any]:
        return super().get_config()

    def call(self, inputs: Any) -> Any:
        return inputs * self.factor


def test_what_a_configuration_leaves_out_is_told(tmp_path: Path) -> None:
    """The layer in the file would be another one."""
    with pytest.warns(UserWarning, match=r"its get_config\(\) leaves out 'factor'"):
        Sequential([Input((3,)), _Forgets(2.0)]).save(tmp_path / "model.keras")


class _BuiltItsWay(layers.Layer):
    """Says itself for what it was built."""

    def build(self, input_shape: Any) -> None:
        self.gain = self.add_weight(shape=(input_shape[-1],), initializer="ones")
        self.made_for = input_shape[-1]

    def get_build_config(self) -> dict[str, Any]:
        return {"channels": self.made_for}

    def build_from_config(self, config: dict[str, Any]) -> None:
        self.build((None, config["channels"]))

    def call(self, inputs: Any) -> Any:
        return inputs * self.gain


def test_build_configurations_of_ones_own(tmp_path: Path) -> None:
    """Are written, and heeded."""
    model = Sequential([Input((3,)), _BuiltItsWay()])
    model.layers[0].gain.assign([1.0, 2.0, 3.0])
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras", {"_BuiltItsWay": _BuiltItsWay})
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def test_clones_of_models_of_ones_own() -> None:
    """As a whole; with layers of one's own in between."""
    x = Input((3,))
    clone = models.clone_model(_Asks(x, _Forgets(2.0)(x), level=3))
    assert isinstance(clone, _Asks) and clone.level == 3
    with pytest.raises(ArgumentTypeError, match="clone_model takes a model"):
        models.clone_model(layers.Dense(2))


def test_clones_share_what_the_model_shares() -> None:
    """A layer that is used twice is one layer of the clone, in models inside too."""
    shared = layers.Dense(3, name="shared")
    inner = Sequential([Input((3,)), shared], name="inner")
    x = Input((3,))
    model = Model(x, inner(shared(x)) + 1.0)
    for recursive in (False, True):
        clone = models.clone_model(model, recursive=recursive)
        assert len(clone.weights) == 2 and clone.get_layer("shared") is clone.get_layer("inner").layers[0]
        clone.set_weights(model.get_weights())
        np.testing.assert_array_equal(clone.predict(X), model.predict(X))
    seen = []
    clone = models.clone_model(model, clone_function=lambda layer: seen.append(layer.name) or layer)
    assert seen == ["shared", "inner"] and clone.get_layer("shared") is shared


def test_clones_on_other_tensors() -> None:
    """Arranged as the inputs of the model."""
    a, b = Input((3,), name="a"), Input((3,), name="b")
    model = Model({"a": a, "b": b}, {"sum": a + b})
    c, d = Input((3,), name="c"), Input((3,), name="d")
    clone = models.clone_model(model, input_tensors={"a": c, "b": d})
    assert clone.input["a"] == c and clone.predict({"a": X, "b": X})["sum"].shape == (4, 3)
    with pytest.raises(ArgumentError, match="input_tensors is a dictionary with"):
        models.clone_model(model, input_tensors=[c, d])
    chain = Sequential([Input((3,)), layers.Dense(2)])
    with pytest.raises(ArgumentError, match="is a chain, whose layers are not called"):
        models.clone_model(chain, call_function=lambda layer, x: layer(x))
    with pytest.raises(ArgumentTypeError, match="clone_function is to give a layer"):
        models.clone_model(chain, clone_function=lambda layer: None)


class _Steep:
    """A function with a setting, as an object."""

    def __init__(self, slope: float) -> None:
        self.slope = slope

    def __call__(self, inputs: Any) -> Any:
        return inputs * self.slope

    def get_config(self) -> dict[str, Any]:
        return {"slope": self.slope}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(**config)


def test_objects_as_activations(tmp_path: Path) -> None:
    """Are written with their settings; a class that cannot be made again is refused when it is read."""
    model = Sequential([Input((3,)), layers.Dense(2, activation=_Steep(0.5))])
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras", {"_Steep": _Steep})
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    assert loaded.layers[0].activation.slope == 0.5
    with pytest.raises(FileError, match=r"'_Steep' is a class of the writer's own: pass custom_objects"):
        load_model(tmp_path / "model.keras")
    bare = type("_Steep", (), {"__init__": _Steep.__init__, "__call__": _Steep.__call__})
    with pytest.raises(FileError, match=r"_Steep has no from_config"):
        load_model(tmp_path / "model.keras", {"_Steep": bare})
