"""Layers of the user's own: weights, gradient, engines, saving, constants."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases.own_layers import Affine, Residual, X

from pellucid import Input, Model, Sequential, layers, load_model, ops
from pellucid.errors import ArgumentError, FileError, PellucidError
from pellucid.graph import builder
from pellucid.legacy import LegacyWarning


class Split(layers.Layer):
    """Two results; adds a penalty."""

    def call(self, inputs: Any) -> Any:
        self.add_loss(builder.reduce_sum(inputs * inputs) * 0.5)
        return inputs * 2.0, inputs + 1.0


class Mix(layers.Layer):
    """Takes a list without saying so."""

    def call(self, inputs: Any) -> Any:
        a, b = inputs
        return a - b


def test_weights_and_values() -> None:
    """y = x w + b, on both engines."""
    layer = Affine(4)
    model = Sequential([Input((5,)), layer])
    assert [weight.name for weight in layer.weights] == ["w", "b"]
    expected = X.astype(np.float64) @ layer.w.numpy() + layer.b.numpy()
    for engine in ("native", "reference"):
        np.testing.assert_allclose(model.predict(X, engine=engine), expected, atol=1e-6)


def test_training_follows_the_gradient() -> None:
    """One step of plain gradient descent, by hand; `call` is told that it is in training."""
    layer = Affine(1, weights=[np.ones((5, 1)), [0.0]])
    model = Sequential([Input((5,)), layer])
    model.compile("sgd", "mse")
    y = np.zeros((6, 1))
    model.train_on_batch(X, y)
    out = 2 * X.sum(axis=1, keepdims=True)
    grad = (2 * out * 2).T @ X / 6
    np.testing.assert_allclose(layer.w.numpy().ravel(), 1 - 0.01 * grad.ravel(), rtol=1e-5)


def test_saving_needs_the_classes(tmp_path: Path) -> None:
    """With them the same numbers come back; without them the message says how to pass them."""
    model = Sequential([Input((5,)), Residual(), Affine(2)])
    model.save(tmp_path / "own.keras")
    own = {"Residual": Residual, "Affine": Affine}
    again = load_model(tmp_path / "own.keras", custom_objects=own)
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    with pytest.raises(FileError, match=r"'Residual'.*custom_objects=\{'Residual': Residual\}"):
        load_model(tmp_path / "own.keras", custom_objects={"Affine": Affine})


def test_several_results() -> None:
    """A layer that returns two tensors, one that takes two, and a penalty."""
    x = Input((5,))
    double, more = Split()(x)
    model = Model(x, [Mix()([double, more]), more])
    difference, second = model.predict(X)
    np.testing.assert_allclose(difference, X * 2 - (X + 1), atol=1e-6)
    np.testing.assert_allclose(second, X + 1, atol=1e-6)
    model.compile("sgd", ["mse", "mse"])
    zero = np.zeros_like(X)
    expected = np.mean((X - 1) ** 2) + np.mean((X + 1) ** 2) + 0.5 * np.sum(X**2)
    assert model.evaluate(X, [zero, zero], verbose=0, batch_size=6)[0] == pytest.approx(expected, rel=1e-5)


WRONG = {
    "no call": (lambda: Sequential([Input((3,)), layers.Layer()]), "has no call"),
    "a call that returns nothing": (
        lambda: Sequential([Input((3,)), type("Nothing", (layers.Layer,), {"call": lambda self, x: None})()]),
        "must return a tensor, got NoneType",
    ),
    "a misspelt option": (lambda: Affine(3, nmae="x"), "Affine: unknown argument 'nmae'; did you mean 'name'"),
    "a list for one tensor": (
        lambda: layers.Dense(2)([Input((3,)), Input((3,))]), "is called on one tensor or array, got a list of 2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said(case: str) -> None:
    """One sentence each."""
    make, message = WRONG[case]
    with pytest.raises(PellucidError, match=message):
        make()


def test_options_need_not_be_kept() -> None:
    """A layer's configuration is how it was made, with what it was given since."""

    class Forgetful(layers.Layer):
        def __init__(self, size: int, other: tuple[int, ...] = (1, 2), **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.sizes = size, size

    layer = Forgetful(3, name="f")
    assert layer.get_config() == {"name": "f", "trainable": True, "size": 3, "other": (1, 2)}
    layer.size = 4
    assert Forgetful.from_config(layer.get_config()).sizes == (4, 4)


def test_layers_that_hand_nothing_on(tmp_path: Path) -> None:
    """Whose `__init__` takes its own arguments alone: files and copies give them names, and freeze them."""

    class Shift(layers.Layer):
        def __init__(self, by: Any, times: int = 1) -> None:
            super().__init__()
            self.total = by["amount"] * times

        def call(self, inputs: Any) -> Any:
            return inputs + self.total

    class Wide(layers.Dense):
        def __init__(self, half: int) -> None:
            super().__init__(half * 2, activation="relu")

    wide = Wide(2)
    wide.trainable = False
    model = Sequential([Input((5,)), Shift({"amount": 0.5}, 3), wide])
    model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras", custom_objects={"Shift": Shift, "Wide": Wide})
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    assert not again.layers[1].trainable
    assert again.get_config() == model.get_config()


class _Plain(layers.Layer):
    """Takes anything."""

    def __init__(self, value: Any = None, *more: Any, **options: Any) -> None:
        super().__init__(**options)

    def call(self, inputs: Any) -> Any:
        return inputs * 2.0


class _Leaves(_Plain):
    """Its configuration leaves out an argument that it needs."""

    def __init__(self, value: Any) -> None:
        super().__init__()

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name}


class _Adds(_Plain):
    """Its configuration has one that it does not take."""

    def __init__(self) -> None:
        super().__init__()

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "more": 1}


NOT_SAVED: dict[str, tuple[Callable[[], Any], str]] = {
    "a layer": (
        lambda: _Plain(layers.Dense(2)),
        r"its 'value': <Dense .*> is a layer among the .*write get_config\(\)",
    ),
    "a function": (lambda: _Plain(abs), r"its configuration cannot be written as JSON: .*builtin"),
    "an array": (lambda: _Plain(np.ones(2)), r"its configuration cannot be written as JSON: .*ndarray"),
    "NaN": (lambda: _Plain(float("nan")), r"its configuration cannot be written as JSON"),
    "arguments without names": (lambda: _Plain(1, 2), r"was made with \*arguments, .*: write get_config\(\)"),
    "one left out": (
        lambda: _Leaves(1),
        r"^_Leaves cannot be made again without its 'value': let get_config\(\) return",
    ),
    "one too many": (lambda: _Adds(), r"^_Adds takes no 'more': let get_config\(\) return the arguments"),
}


@pytest.mark.parametrize("case", NOT_SAVED)
def test_what_would_not_come_back_is_not_saved(case: str, tmp_path: Path) -> None:
    """With the layer, and what to do."""
    make, message = NOT_SAVED[case]
    with pytest.raises(ArgumentError, match=message) as caught:
        Sequential([Input((5,)), make()]).save(tmp_path / "model.keras")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_own_compute_output_shape_is_not_needed() -> None:
    """It may be there (Keras code has it), before the weights are, and may even be wrong."""

    class Told(Affine):
        def compute_output_shape(self, input_shape: Any) -> Any:
            return (None, 99)

    model = Sequential([Input((5,)), Told(4), layers.Dense(2)])
    assert model.predict(X).shape == (6, 2)


def test_weights_made_at_once(tmp_path: Path) -> None:
    """In `__init__`, as where no input shape is needed."""

    class Temperature(layers.Layer):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.t = self.add_weight(shape=(), initializer="ones", name="t")

        def call(self, inputs: Any) -> Any:
            return inputs / self.t

    model = Sequential([Input((5,)), Temperature()])
    model.compile("sgd", "mse")
    model.fit(X, 2 * X, verbose=0)
    assert model.get_weights()[0] != 1.0
    model.save(tmp_path / "t.keras")
    again = load_model(tmp_path / "t.keras", custom_objects={"Temperature": Temperature})
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


def test_own_kinds_of_library_layers(tmp_path: Path) -> None:
    """A subclass keeps options and files, and what it settles itself."""

    class Doubled(layers.Dense):
        def call(self, inputs: Any) -> Any:
            return super().call(inputs) * 2.0

    model = Sequential([Input((5,)), Doubled(3, activation="relu", kernel_regularizer="l2")])
    model.save(tmp_path / "doubled.keras")
    again = load_model(tmp_path / "doubled.keras", custom_objects={"Doubled": Doubled})
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert again.layers[0].get_config() == model.layers[0].get_config()

    class Narrow(layers.Conv2D):
        def __init__(self, filters: int, **kwargs: Any) -> None:
            super().__init__(filters, 3, padding="same", **kwargs)

    narrow = Narrow(4, activation="relu")
    assert narrow.get_config()["activation"] == "relu"
    Sequential([Input((8, 8, 1)), narrow]).save(tmp_path / "narrow.keras")
    found = load_model(tmp_path / "narrow.keras", custom_objects={"Narrow": Narrow}).layers[0]
    assert (found.kernel_size, found.padding, found.filters) == ((3, 3), "same", 4)


def test_constants_of_a_layer() -> None:
    """Made in `build`, also where the layer is first met inside another one."""

    class Doubling(layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.two = ops.ones((input_shape[-1],)) * 2.0

        def call(self, inputs: Any) -> Any:
            return inputs * self.two

    class Holding(layers.Layer):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.inner = Doubling()

        def call(self, inputs: Any) -> Any:
            return self.inner(inputs)

    for layer in (Doubling(), Holding()):
        np.testing.assert_array_equal(Sequential([Input((5,)), layer]).predict(X), 2 * X)


def test_a_tensor_that_is_kept_between_calls() -> None:
    """It belongs to the graph that is gone."""

    class Keeping(layers.Layer):
        def call(self, inputs: Any) -> Any:
            if not hasattr(self, "seen"):
                self.seen = ops.mean(inputs)
            return inputs - self.seen

    model = Sequential([Input((5,)), Keeping()])
    with pytest.raises(PellucidError, match="a tensor of another graph"):
        model.predict(X)


class _Counting(layers.Layer):
    """Counts its steps."""

    def build(self, input_shape: object) -> None:
        self.steps = self.add_weight(shape=(), initializer="zeros", trainable=False, name="steps")

    def call(self, inputs):  # type: ignore[no-untyped-def]
        self.steps.assign_add(1)
        self.steps.assign_sub(0.5)
        return inputs


def test_a_plain_number_is_added_in_each_step_and_not_while_the_graph_is_built() -> None:
    model = Sequential([Input((2,)), _Counting(), layers.Dense(1)])
    model.compile("sgd", "mse")
    assert model.layers[0].steps.numpy() == 0.0
    model.fit(np.ones((6, 2)), np.ones((6, 1)), batch_size=2, epochs=2, verbose=0)
    assert model.layers[0].steps.numpy() == 3.0


@pytest.mark.parametrize("given", [{}, {"shape": (3, 4)}])
def test_a_name_in_the_place_of_the_shape(given: dict[str, Any]) -> None:
    """Keras 2 had the name first: it is taken for that, with the word of today."""
    with pytest.warns(LegacyWarning, match=r"add_weight\(name='matrix'"):
        made = layers.Layer().add_weight("matrix", **given)
    assert made.name == "matrix"
    assert made.shape == given.get("shape", ())
