"""Classes of users' own, above all those that bear a name of the library's: each is taken for what it is.

A file names such a class as its writer's own; who reads it passes the class, and never gets the library's silently.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import (
    Input,
    Model,
    constraints,
    initializers,
    layers,
    load_model,
    losses,
    metrics,
    optimizers,
    regularizers,
    schedules,
)
from pellucid.errors import ArgumentError, FileError
from pellucid.registry import custom_objects

X = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)


class Dense(layers.Layer):
    """Doubles."""

    def call(self, inputs: Any) -> Any:
        return inputs * 2.0


class Sequential(layers.Layer):
    """A layer that is no model, though it has what models have."""

    def __init__(self, factor: float = 3.0, **options: Any) -> None:
        super().__init__(**options)
        self.factor = factor
        self.network, self.layers = "a road map", []

    def call(self, inputs: Any) -> Any:
        return inputs * self.factor


class Functional(layers.Dense):
    """Derives from a layer of the library."""


class InputLayer(layers.Dense):
    """Is nowhere that data comes in."""


class Chain(pellucid.Sequential):
    """A chain of a user's own."""

    def total(self) -> int:
        """Something that the library's have not."""
        return self.count_params()


class Branches(Model):
    """A functional model of a user's own."""


OWN = {cls.__name__: cls for cls in (Dense, Sequential, Functional, InputLayer, Chain, Branches)}


def _plain() -> pellucid.Sequential:
    parts = [Dense(name="double"), Sequential(0.5, name="half"), InputLayer(4, name="in"), Functional(3, name="head")]
    return pellucid.Sequential([Input((6,)), *parts], name="plain")


def _chain() -> Chain:
    return Chain([Input((6,)), layers.Dense(4, activation="tanh"), Dense()], name="chain")


def _branches() -> Branches:
    x = Input((6,), name="x")
    h = layers.Dense(4, name="h")(x)
    return Branches(x, layers.Add(name="sum")([h, Dense(name="double")(h)]), name="branches")


def _nested() -> Model:
    x = Input((6,), name="x")
    return Model(x, layers.Add(name="sum")([_chain()(x), _branches()(x)]), name="nested")


MODELS = {make.__name__: make for make in (_plain, _chain, _branches, _nested)}
each_model = pytest.mark.parametrize("name", MODELS)


def _classes(model: Any) -> list[type]:
    """Of a model and all that it holds."""
    return [type(model), *(cls for layer in model.sublayers for cls in _classes(layer))]


@each_model
def test_files_bring_back_the_same_classes_and_numbers(name: str, tmp_path: Path) -> None:
    model = MODELS[name]()
    model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras", OWN)
    assert _classes(again) == _classes(model)
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


@each_model
@pytest.mark.parametrize("missing", OWN)
def test_without_a_class_a_file_is_refused(name: str, missing: str, tmp_path: Path) -> None:
    model = MODELS[name]()
    model.save(tmp_path / "model.keras")
    known = {own: cls for own, cls in OWN.items() if own != missing}
    if OWN[missing] in _classes(model):
        with pytest.raises(FileError, match=rf"{missing!r} is a class of the writer's own: pass custom_objects=\{{"):
            load_model(tmp_path / "model.keras", known)
    else:
        assert _classes(load_model(tmp_path / "model.keras", known)) == _classes(model)


def test_the_librarys_own_are_not_replaced(tmp_path: Path) -> None:
    """A file that means `layers.Dense` gets it, whoever else has that name."""
    pellucid.Sequential([Input((6,)), layers.Dense(3)]).save(tmp_path / "model.keras")
    assert _classes(load_model(tmp_path / "model.keras", OWN)) == [pellucid.Sequential, layers.Dense]


@each_model
def test_models_are_made_from_their_configuration(name: str) -> None:
    """The same structure, fresh weights; `get_weights` fits."""
    model = MODELS[name]()
    again = type(model).from_config(model.get_config(), custom_objects=OWN)
    assert _classes(again) == _classes(model)
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    if model.weights:
        assert not np.array_equal(again.predict(X), model.predict(X))
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


def test_configurations_need_no_shape() -> None:
    """A chain that does not know its input yet, and one whose first data tells."""
    model = pellucid.Sequential([layers.Dense(3, name="head")])
    again = pellucid.Sequential.from_config(model.get_config())
    assert not again.built and [layer.name for layer in again.layers] == ["head"]
    assert again.predict(X).shape == (4, 3)


def test_a_layer_in_two_inner_models_stays_one() -> None:
    shared = layers.Dense(6, name="shared")
    left = pellucid.Sequential([Input((6,)), shared], name="left")
    right = pellucid.Sequential([Input((6,)), layers.Dense(6, name="own"), shared], name="right")
    model = pellucid.Sequential([Input((6,)), left, right])
    again = pellucid.Sequential.from_config(model.get_config())
    assert again.layers[0].layers[0] is again.layers[1].layers[1]
    assert again.count_params() == model.count_params() == 2 * 42


class Own(pellucid.Sequential):
    """Makes its layers itself, and does not say how it is made again."""

    def __init__(self, units: int = 2, name: str | None = None) -> None:
        super().__init__([Input((6,)), layers.Dense(units)], name=name)


class Told(Own):
    """Says it."""

    def __init__(self, units: int = 2, name: str | None = None) -> None:
        super().__init__(units, name)
        self.units = units

    def get_config(self) -> dict[str, Any]:
        return {"units": self.units, "name": self.name}


class Ends(Model):
    """Takes neither inputs nor outputs."""

    def __init__(self, units: int) -> None:
        x = Input((6,))
        super().__init__(x, layers.Dense(units)(x))


def test_models_that_make_their_layers_themselves(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"Own makes its layers itself: write get_config\(\) and from_config\(\)"):
        Own.from_config(Own(3).get_config())
    with pytest.raises(ArgumentError, match=r"Ends is not made from inputs.*write get_config\(\)"):
        Ends.from_config(Ends(3).get_config())
    told = Told(5)
    assert Told.from_config(told.get_config()).output_shape == (None, 5)
    told.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras", {"Told": Told})
    assert type(again) is Told
    np.testing.assert_array_equal(again.predict(X), told.predict(X))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"layers": 3}, "no list of layers"),
        ({"layers": [{"class_name": "Dense", "config": {"name": "d", "units": -1}}]}, "units"),
        ({"layers": [{"class_name": "Dens", "config": {"name": "d", "units": 1}}]}, "did you mean 'Dense'"),
        ({"layers": [], "input_layers": [["x", 0, 0]], "output_layers": []}, "not a layer of it"),
        ({"name": "m", "units": 3}, "units"),
    ],
)
def test_wrong_configurations_are_explained(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"Model.from_config: .*{message}"):
        Model.from_config(config)


def test_the_summary_unfolds_models_and_nothing_else() -> None:
    lines: list[str] = []
    x = Input((6,), name="x")
    model = Model(x, Sequential(name="odd")(_chain()(x)))
    model.summary(print_fn=lines.append, expand_nested=True)
    (text,) = lines
    assert "chain (Chain)" in text and "odd (Sequential)" in text
    assert "  dense" in text, "the chain is unfolded"


class SGD(optimizers.SGD):
    """Derives from the library's, and has its name."""


class MeanSquaredError(losses.MeanSquaredError):
    """Likewise."""


class BinaryAccuracy(metrics.BinaryAccuracy):
    """Likewise."""


class CosineDecay(schedules.CosineDecay):
    """Likewise."""


class Ones(initializers.Ones):
    """Likewise."""


class L2(regularizers.L2):
    """Likewise."""


class NonNeg(constraints.NonNeg):
    """Likewise."""


KINDS = {
    "optimizer": (optimizers.serialize, optimizers.get, SGD(0.25)),
    "loss": (losses.serialize, losses.get, MeanSquaredError()),
    "metric": (
        metrics.serialize,
        lambda item: metrics.get(item, losses.loss_of("mse")),
        BinaryAccuracy(threshold=0.25),
    ),
    "schedule": (schedules.serialize, lambda item: schedules.get(item, "SGD"), CosineDecay(0.1, 10)),
    "initializer": (initializers.serialize, initializers.get, Ones()),
    "regularizer": (regularizers.serialize, regularizers.get, L2(0.25)),
    "constraint": (constraints.serialize, constraints.get, NonNeg()),
}


@pytest.mark.parametrize("kind", KINDS)
def test_records_of_a_users_class_are_its_own(kind: str) -> None:
    """Whatever the class is called; without it a record is refused, instead of making the library's of that name."""
    serialize, get, item = KINDS[kind]
    record, name = serialize(item), type(item).__name__
    assert record["registered_name"] == name and record["module"] is None
    with pytest.raises(ArgumentError, match=f"{kind}.* {name!r} is a class of the writer's own"):
        get(record)
    with custom_objects({name: type(item)}):
        again = get(record)
    assert type(again) is type(item) and again.get_config() == item.get_config()


@pytest.mark.parametrize("kind", KINDS)
def test_records_of_the_librarys_classes_are_not_replaced(kind: str) -> None:
    serialize, get, item = KINDS[kind]
    base = type(item).__mro__[1]
    record = serialize(base(**item.get_config()))
    assert record["registered_name"] is None and str(record["module"]).startswith("keras.")
    with custom_objects({base.__name__: type(item)}):
        assert type(get(record)) is base
        found = get({"class_name": base.__name__, "config": item.get_config()})
    assert type(found) is type(item), "a record without a module, as people write it, means what is passed"


def test_settings_that_a_users_class_does_not_take() -> None:
    record = optimizers.serialize(SGD()) | {"config": {"learning_rate": 0.5, "inertia": 3}}
    with (
        custom_objects({"SGD": SGD}),
        pytest.raises(ArgumentError, match=r"optimizer SGD cannot be made from .*inertia"),
    ):
        optimizers.get(record)


def test_how_a_model_was_compiled_goes_through_a_file(tmp_path: Path) -> None:
    """Optimiser, loss and metrics of a user's own, and settings of metrics."""
    model = pellucid.Sequential([Input((6,)), layers.Dense(1, activation="sigmoid")])
    model.compile(SGD(0.25), MeanSquaredError(), metrics=[BinaryAccuracy(threshold=0.25), "accuracy"])
    model.save(tmp_path / "model.keras")
    own = {"SGD": SGD, "MeanSquaredError": MeanSquaredError, "BinaryAccuracy": BinaryAccuracy}
    again = load_model(tmp_path / "model.keras", own)
    assert type(again.optimizer) is SGD
    y = (X[:, :1] > 0.3).astype(np.float32)
    assert again.evaluate(X, y, verbose=0) == model.evaluate(X, y, verbose=0)
    for missing in own:
        with pytest.raises(FileError, match=f"{missing!r} is a class of the writer's own.*compile=False"):
            load_model(tmp_path / "model.keras", {name: cls for name, cls in own.items() if name != missing})
    assert load_model(tmp_path / "model.keras", compile=False).optimizer is None


@pytest.mark.parametrize("threshold", [0.5, 0.7])
def test_settings_of_metrics_go_through_a_file(threshold: float, tmp_path: Path) -> None:
    model = pellucid.Sequential([Input((6,)), layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=[metrics.BinaryAccuracy(threshold=threshold)])
    model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras")
    x = np.linspace(-2, 2, 60).reshape(10, 6)
    p = model.predict(x)
    y = (p > 0.5).astype(np.float32)
    told = again.evaluate(x, y, verbose=0, return_dict=True)["binary_accuracy"]
    assert told == pytest.approx(float(((p > threshold) == y).mean()))
