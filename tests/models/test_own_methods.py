"""Methods of models that users write: `call` and `compute_loss` are heeded, with gradients; others are refused."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Input, Model, Sequential, layers, load_model, ops
from pellucid.errors import ArgumentError, DataError
from pellucid.models.own_methods import INSTEAD

RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 4)).astype(np.float32)
Y = RNG.normal(size=(24, 3)).astype(np.float32)


class Own(Model):
    """Layers as attributes, and a form for training."""

    def __init__(self, units: int = 5, **options: Any) -> None:
        super().__init__(**options)
        self.units, self.factor = units, 1.0
        self.blocks = [layers.Dense(units, activation="tanh", kernel_regularizer="l2"), layers.Dropout(0.5)]
        self.head = layers.Dense(3)

    def call(self, inputs: Any, training: Any = None) -> Any:
        for block in self.blocks:
            inputs = block(inputs)
        return self.head(inputs) * self.factor


class Shifted(Sequential):
    """A chain whose result is changed."""

    def call(self, inputs: Any) -> Any:
        return super().call(inputs) + 1.0


class Doubled(Model):
    """Between inputs and outputs, and then changed."""

    def call(self, inputs: Any) -> Any:
        return super().call(inputs) * 2.0


def _functional(cls: type[Any]) -> Any:
    x = Input((4,))
    return cls(x, layers.Dense(3, kernel_regularizer="l2")(x))


def _twin(model: Own) -> Sequential:
    """The same network, described."""
    first = layers.Dense(5, "tanh", kernel_regularizer="l2")
    twin = Sequential([Input((4,)), first, layers.Dropout(0.5), layers.Dense(3)])
    twin.set_weights(model.get_weights())
    return twin


def test_a_model_of_its_call_is_trained_as_one_of_its_layers() -> None:
    """Predictions, losses with penalties, dropout and weights are the same to the bit."""
    pellucid.set_random_seed(3)
    model = Own()
    assert model.predict(X).shape == (24, 3)
    twin = _twin(model)
    twin.runtime.seed = model.runtime.seed
    found = []
    for each in (model, twin):
        each.compile("adam", "mse", metrics=["mse"])
        history = each.fit(X, Y, epochs=3, batch_size=8, validation_split=0.25, verbose=0).history
        found.append((history, each.evaluate(X, Y, verbose=0), each.predict(X).tolist(), np.asarray(each(X)).tolist()))
    assert found[0] == found[1]
    assert [layer.name for layer in model.layers] == [*(layer.name for layer in model.blocks), model.head.name]


def test_what_a_call_reads_may_change() -> None:
    model = Own()
    before = np.asarray(model.predict(X))
    model.factor = 3.0
    np.testing.assert_allclose(model.predict(X), before * 3, rtol=1e-6)
    model.blocks.pop()
    np.testing.assert_allclose(model.predict(X), before * 3, rtol=1e-6)


@pytest.mark.parametrize("make", [Own, lambda: _functional(Doubled), lambda: Shifted([layers.Dense(3)])])
@pytest.mark.parametrize("way", ["copy", "pickle", "nested", "engine", "trained copy"])
def test_it_is_a_model_like_others(make: Callable[[], Any], way: str) -> None:
    model = make()
    expected = np.asarray(model.predict(X))
    if way == "pickle":
        model = pickle.loads(pickle.dumps(model))
    elif way == "copy":
        model = copy.deepcopy(model)
    elif way == "nested":
        x = Input((4,))
        model = Model(x, model(x))
    elif way == "engine":
        np.testing.assert_allclose(model.predict(X, engine="reference"), expected, atol=1e-5)
    else:
        model.compile("sgd", "mse")
        model.fit(X, Y, verbose=0)
        again, expected = copy.deepcopy(model), np.asarray(model.predict(X))
        assert again.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)
        model = again
    np.testing.assert_array_equal(model.predict(X), expected)


def test_a_call_over_described_layers() -> None:
    """It may use what is between inputs and outputs, or not."""
    doubled, shifted = _functional(Doubled), Shifted([layers.Dense(3)])
    np.testing.assert_allclose(doubled.predict(X), 2 * np.asarray(doubled.layers[1](X)), rtol=1e-6)
    np.testing.assert_allclose(shifted.predict(X), np.asarray(shifted.layers[0](X)) + 1, rtol=1e-5)
    shifted.add(layers.Dense(2))
    assert shifted.predict(X).shape == (24, 2)


def test_files(tmp_path: Path) -> None:
    """What is written is read again by whoever passes the class, with what the optimiser remembers."""
    model = Own(units=6, name="mine")
    model.compile("adam", "mse")
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "own.keras")
    again = load_model(tmp_path / "own.keras", {"Own": Own})
    assert (type(again), again.units, again.name) == (Own, 6, "mine")
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    for each in (model, again):
        each.stepper.runtime.seed = 1
    options = {"verbose": 0, "shuffle": False}  # each `fit` of a model has orders of its own
    assert again.fit(X, Y, **options).history == model.fit(X, Y, **options).history


def test_several_inputs_and_outputs() -> None:
    class Two(Model):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = layers.Dense(2), layers.Dense(3)

        def call(self, inputs: Any) -> Any:
            return [self.a(inputs[0]), self.b(inputs[1])]

    model = Two()
    model.compile("sgd", ["mse", "mae"])  # before it is known how many outputs there are
    told = model.fit([X, X[:, :2]], [X[:, :2], Y], verbose=0).history
    assert sorted(told) == [
        "loss",
        "mae_loss",
        "mse_loss",
    ]  # told by their losses, as in Keras
    wrong = Two()
    wrong.compile("sgd", ["mse", "mse", "mse"])
    with pytest.raises(ArgumentError, match=r"has 2 outputs .*, got 3 in loss"):
        wrong.fit([X, X[:, :2]], [X[:, :2], Y], verbose=0)
    first, second = model.predict([X, X[:, :2]])
    assert (first.shape, second.shape) == ((24, 2), (24, 3))
    model.compile("sgd", ["mse", "mse"])  # of two of one name Keras tells the last
    assert len(model.fit([X, X[:, :2]], [X[:, :2], Y], verbose=0).history) == 2


def test_weights_that_the_model_makes_itself() -> None:
    class Linear(Model):
        def build(self, input_shape: Any) -> None:
            self.kernel = self.add_weight((input_shape[-1], 3), name="kernel")

        def call(self, inputs: Any) -> Any:
            return ops.matmul(inputs, self.kernel)

    model = Linear()
    model.build((None, 4))
    model.compile("sgd", "mse")
    before = model.kernel.numpy()
    model.fit(X, Y, verbose=0)
    assert not np.array_equal(before, model.kernel.numpy())
    np.testing.assert_allclose(model.predict(X), X @ model.kernel.numpy(), atol=1e-5)


# ---- the loss ----


class Absolute(Model):
    """A loss of its own, with a factor and a weight that no layer between inputs and outputs has."""

    def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None) -> Any:
        error, weights = ops.mean(ops.absolute(y_pred - y)), ops.sum(ops.square(self.extra.kernel))
        return error * self.factor + weights + sum(self.losses)


def test_a_loss_of_ones_own() -> None:
    """Its value, its gradient (one step of SGD against the formula), and penalties where it adds them."""
    model = _functional(Absolute)
    model.factor, model.extra = 2.0, layers.Dense(2, use_bias=False)
    model.extra.build((None, 2))
    model.compile(pellucid.optimizers.SGD(0.1))
    dense, extra = model.layers[1], model.extra.kernel.numpy()
    kernel, predicted = dense.kernel.numpy(), np.asarray(model.predict(X))
    expected = 2 * np.abs(predicted - Y).mean() + (extra**2).sum() + 0.01 * (kernel**2).sum()
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(expected, rel=1e-5)
    assert model.train_on_batch(X, Y) == pytest.approx(expected, rel=1e-5)
    slope = 2 * X.T @ np.sign(predicted - Y) / Y.size + 0.02 * kernel
    np.testing.assert_allclose(dense.kernel.numpy(), kernel - 0.1 * slope, atol=1e-5)
    np.testing.assert_allclose(model.extra.kernel.numpy(), extra * 0.8, rtol=1e-5)
    model.factor = 0.0
    assert model.evaluate(X, Y, verbose=0) < expected / 2


def test_the_compiled_loss_within_it() -> None:
    """`super().compute_loss`, which knows the penalties; and whether it is training."""

    class Twice(Model):
        def compute_loss(self, x: Any, y: Any, y_pred: Any, sample_weight: Any, training: bool = True) -> Any:
            return super().compute_loss(x, y, y_pred, sample_weight) * (2.0 if training else 1.0)

    model, plain = _functional(Twice), _functional(Model)
    plain.set_weights(model.get_weights())
    for each in (model, plain):
        each.compile("sgd", "mse", metrics=["mse"])
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(plain.evaluate(X, Y, verbose=0))
    assert model.train_on_batch(X, Y)[0] == pytest.approx(2 * plain.train_on_batch(X, Y)[0])
    assert float(plain.compute_loss(X, Y, plain(X))) == pytest.approx(plain.evaluate(X, Y, verbose=0)[0])


@pytest.mark.parametrize("is_weighted", [False, True])
def test_metrics_beside_a_loss_of_ones_own(is_weighted: bool) -> None:
    """No loss in `compile` is needed for them; "accuracy" fits itself to the targets."""
    model = _functional(Absolute)
    model.factor, model.extra = 2.0, layers.Dense(2, use_bias=False)
    model.extra.build((None, 2))
    weights = np.linspace(0.5, 2.0, 24).astype(np.float32) if is_weighted else None
    told = {"weighted_metrics": ["mae", "accuracy"]} if is_weighted else {"metrics": ["mae", "accuracy"]}
    model.compile("sgd", **told)
    predicted = np.asarray(model.predict(X))
    logs = model.evaluate(X, Y, sample_weight=weights, batch_size=7, verbose=0, return_dict=True)
    assert logs["mae"] == pytest.approx(np.average(np.abs(predicted - Y).mean(axis=1), weights=weights), rel=1e-5)
    hits = predicted.argmax(axis=1) == Y.argmax(axis=1)
    assert logs["accuracy"] == pytest.approx(np.average(hits, weights=weights), rel=1e-5)
    assert {"loss", "mae", "accuracy", "val_mae"} <= set(model.fit(X, Y, validation_split=0.25, verbose=0).history)


def test_metrics_want_targets_though_the_loss_does_not() -> None:
    model = _functional(Absolute)
    model.compile("sgd", metrics=["sparse_categorical_accuracy"])
    with pytest.raises(DataError, match="there are no targets; pass y"):
        model.fit(X, verbose=0)


def test_a_loss_without_targets() -> None:
    class Same(Model):
        def compute_loss(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
            assert y is None
            return ops.mean(ops.square(y_pred - x[:, :3]))

    model = _functional(Same)
    model.compile("sgd")
    assert model.fit(X, epochs=30, verbose=0).history["loss"][-1] < model.fit(X, verbose=0).history["loss"][0] * 2


@pytest.mark.parametrize("result", [3.0, None, "rows"])
def test_a_loss_that_is_not_one_number(result: Any) -> None:
    class Wrong(Model):
        def compute_loss(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
            return ops.mean(y_pred, axis=-1) if result == "rows" else result

    model = _functional(Wrong)
    model.compile("sgd")
    with pytest.raises(ArgumentError, match=r"compute_loss\(\) must return one number"):
        model.fit(X, Y, verbose=0)


@pytest.mark.parametrize("penalty", ["kernel_regularizer", "activity_regularizer"])
def test_penalties_alone_are_trained_on(penalty: str) -> None:
    model = Sequential([Input((4,)), layers.Dense(3, **{penalty: "l2"})])
    model.compile("sgd")
    before = np.abs(model.get_weights()[0]).sum()
    history = model.fit(X, epochs=5, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert np.abs(model.get_weights()[0]).sum() < before


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_nothing_to_make_small(method: str) -> None:
    model = _functional(Model)
    model.layers[1].kernel_regularizer = None
    model.compile("sgd")
    with pytest.raises(ArgumentError, match="there is nothing to make small; compile it with a loss"):
        getattr(model, method)(X, Y)


# ---- what is refused ----


@pytest.mark.parametrize("name", INSTEAD)
@pytest.mark.parametrize("base", [Model, Sequential])
def test_methods_that_would_never_be_called(name: str, base: type[Any]) -> None:
    """The message names the method and what to write instead."""
    cls = type("Mine", (base,), {name: lambda self, *arguments: None})
    with pytest.raises(ArgumentError) as caught:
        model = _functional(cls) if base is Model else cls([Input((4,)), layers.Dense(3)])
        model.compile("sgd", "mse")
    assert name in str(caught.value) and INSTEAD[name] in str(caught.value)


@pytest.mark.parametrize("name", [*INSTEAD, "call", "compute_loss"])
def test_methods_are_not_put_onto_objects(name: str) -> None:
    with pytest.raises(ArgumentError, match=name):
        setattr(_functional(Model), name, lambda *arguments: None)


def test_an_evaluation_of_ones_own_is_not_that_of_validation_data() -> None:
    class Careful(Model):
        def evaluate(self, *arguments: Any, **options: Any) -> Any:
            return "mine"

    model = _functional(Careful)
    model.compile("sgd", "mse")
    assert model.evaluate(X, Y) == "mine"
    model.fit(X, Y, verbose=0)
    with pytest.raises(ArgumentError, match=r"evaluate\(\) would not be called"):
        model.fit(X, Y, validation_split=0.5, verbose=0)


def test_a_model_of_nothing() -> None:
    with pytest.raises(ArgumentError, match="needs inputs and outputs; or write a class"):
        Model()
    said: list[str] = []
    Own().summary(print_fn=said.append)
    assert "Not built" in said[0]
