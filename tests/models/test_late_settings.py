"""Settings that are changed after a layer has been used count from the next run on, or are refused."""

from __future__ import annotations

import dataclasses
import threading
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, engines, layers, regularizers
from pellucid.errors import ArgumentError, ShapeError
from pellucid.training import runtime

X = np.array([[-2.0, -1.0, 3.0, 4.0]], np.float32)


def _behind(layer: layers.Layer) -> Model:
    x = Input((4,))
    return Model(x, layer(x))


CHANGES: dict[str, tuple[Any, str, Any]] = {
    "negative_slope": (lambda: layers.LeakyReLU(negative_slope=0.5), "negative_slope", 0.25),
    "max_value": (lambda: layers.ReLU(), "max_value", 2.0),
    "activation by name": (lambda: layers.Dense(3, kernel_initializer="ones"), "activation", "tanh"),
    "epsilon": (lambda: layers.LayerNormalization(), "epsilon", 2.0),
    "scale of a rescaling": (lambda: layers.Rescaling(2.0), "scale", 5.0),
    "alpha of elu": (lambda: layers.ELU(), "alpha", 0.1),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_setting_counts_from_the_next_prediction_on(name: str) -> None:
    make, setting, value = CHANGES[name]
    layer = make()
    model = _behind(layer)
    before = model.predict(X)
    setattr(layer, setting, value)
    after = model.predict(X)
    assert not np.array_equal(before, after)
    fresh = type(layer)(**layer.get_config())
    if layer.weights:
        fresh.build((None, 4))
        fresh.set_weights(layer.get_weights())
    np.testing.assert_array_equal(after, _behind(fresh).predict(X))


def test_a_rate_counts_in_training() -> None:
    layer = layers.Dropout(0.0)
    model = _behind(layer)
    assert (model(X, training=True) == X).all()
    layer.rate = 0.999
    assert (model(X, training=True) == 0).all()


def test_a_setting_inside_an_inner_model_counts() -> None:
    layer = layers.LeakyReLU(negative_slope=0.5)
    outer = Sequential([Input((4,)), Sequential([Input((4,)), layer]), layers.Rescaling(1.0)])
    assert outer.predict(X)[0, 0] == -1.0
    layer.negative_slope = 0.25
    assert outer.predict(X)[0, 0] == -0.5


def test_a_setting_counts_in_training_and_evaluation() -> None:
    layer = layers.LeakyReLU(negative_slope=0.5)
    model = _behind(layer)
    model.compile("sgd", "mse")
    target = np.zeros((1, 4), np.float32)
    first = model.evaluate(X, target, verbose=0), model.train_on_batch(X, target)
    layer.negative_slope = 0.0
    second = model.evaluate(X, target, verbose=0), model.train_on_batch(X, target)
    assert first[0] == first[1] == (1 + 0.25 + 9 + 16) / 4
    assert second[0] == second[1] == 25 / 4


def test_a_penalty_that_comes_late_counts() -> None:
    dense = layers.Dense(3, kernel_initializer="ones", activation="linear")
    model = _behind(dense)
    model.compile("sgd", "mse")
    target = model.predict(X)
    assert model.evaluate(X, target, verbose=0) == 0
    dense.kernel_regularizer = "l2"
    assert np.isclose(model.evaluate(X, target, verbose=0), 0.01 * 12)
    dense.kernel_regularizer = regularizers.L1(0.5)
    assert np.isclose(model.evaluate(X, target, verbose=0), 6.0)
    dense.kernel_regularizer = None
    assert model.evaluate(X, target, verbose=0) == 0


def test_a_constraint_that_comes_late_counts() -> None:
    dense = layers.Dense(3, kernel_initializer="ones", use_bias=False)
    model = _behind(dense)
    model.compile("sgd", "mse")
    model.fit(X, np.zeros((1, 3)), verbose=0)
    dense.kernel_constraint = "unit_norm"
    model.fit(X, np.zeros((1, 3)), verbose=0)
    np.testing.assert_allclose(np.linalg.norm(dense.kernel.numpy(), axis=0), 1.0, rtol=1e-6)


def test_freezing_counts_without_compiling_again_and_momentum_is_kept() -> None:
    first, second = layers.Dense(4, name="first"), layers.Dense(1, name="second")
    model = Sequential([Input((4,)), first, second])
    model.compile("adam", "mse")
    model.fit(X, np.ones((1, 1)), epochs=3, verbose=0)
    remembered, of_frozen = (model.stepper.read("momentum", dense.kernel) for dense in (second, first))
    assert remembered.any() and of_frozen.any()
    first.trainable, frozen = False, first.get_weights()
    model.evaluate(X, np.ones((1, 1)), verbose=0)
    np.testing.assert_array_equal(model.stepper.read("momentum", second.kernel), remembered)
    model.fit(X, np.ones((1, 1)), verbose=0)
    assert all(map(np.array_equal, frozen, first.get_weights()))
    np.testing.assert_array_equal(model.stepper.read("momentum", first.kernel), of_frozen)
    assert not np.array_equal(model.stepper.read("momentum", second.kernel), remembered)
    first.trainable = True
    model.fit(X, np.ones((1, 1)), verbose=0)
    assert not all(map(np.array_equal, frozen, first.get_weights()))


def test_an_array_for_a_weight_sets_it() -> None:
    dense = layers.Dense(3, use_bias=False)
    model = _behind(dense)
    model.predict(X)
    dense.kernel = np.ones((4, 3))
    assert (model.predict(X) == X.sum()).all()
    model.compile("sgd", "mse")
    model.fit(X, np.zeros((1, 3)), verbose=0)
    assert not (dense.kernel.numpy() == 1).all()


REFUSED: dict[str, tuple[str, Any, type[Exception], str]] = {
    "another shape": ("kernel", np.ones(4), ShapeError, r"kernel has shape \(4, 3\), got \(4,\)"),
    "no weight": ("kernel", None, ArgumentError, "kernel is a weight, which training and files know; .* be removed"),
    "weights that would not fit": ("units", 5, ArgumentError, "weights that were made for units=3"),
    "a bias that is not there": ("use_bias", False, ArgumentError, "weights that were made for use_bias=True"),
    "an activation that is none": ("activation", "rleu", ArgumentError, "did you mean 'relu'"),
    "a penalty that is none": ("kernel_regularizer", "l3", ArgumentError, "regularizer"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_and_changes_nothing(name: str) -> None:
    setting, value, error, message = REFUSED[name]
    dense = layers.Dense(3)
    model = _behind(dense)
    before = model.predict(X)
    with pytest.raises(error, match=message):
        setattr(dense, setting, value)
    np.testing.assert_array_equal(model.predict(X), before)


def test_another_weight_in_the_place_of_one_is_refused() -> None:
    first, second = layers.Dense(3), layers.Dense(3)
    _behind(first), _behind(second)
    with pytest.raises(ArgumentError, match="cannot be replaced by another weight"):
        first.kernel = second.kernel


@pytest.mark.parametrize("kind", [lambda: _behind(layers.Dense(3)), lambda: Sequential([Input((4,)), layers.Dense(3)])])
def test_the_layers_of_a_model_are_not_assigned(kind: Any) -> None:
    model = kind()
    with pytest.raises(ArgumentError, match=r"is reserved for the layers|the layers of a chain are not set"):
        model.layers = []
    assert model.predict(X).shape == (1, 3)


def test_attributes_of_a_users_own_are_free() -> None:
    dense = layers.Dense(3)
    model = _behind(dense)
    model.predict(X)
    dense.note = "the first"
    model.title = "a model"
    assert (dense.note, model.title, model.predict(X).shape) == ("the first", "a model", (1, 3))


def test_a_change_costs_one_program_and_going_back_none() -> None:
    """Programs are kept under what they were made from: a layer that is frozen and thawed in turn (as GANs do) finds
    both its programs again."""
    dense = layers.Dense(3)
    model = _behind(dense)
    model.compile("sgd", "mse")
    target, programs = np.zeros((1, 3)), []
    for number in range(6):
        dense.trainable = bool(number % 2)
        model.train_on_batch(X, target)
        programs.append(len(model.runtime._programs._kept))
    assert programs[1:] == [programs[1]] * 5


class Blocks(layers.Layer):
    """Parts in a list, a factor in another, an array: all of which change without the layer."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = [layers.Dense(2, use_bias=False)]
        self.factors, self.by_name, self.mask = [[1.0], 0], {"shift": 0.0}, np.ones(2, np.float32)
        self.seen: list[Any] = []

    def call(self, inputs: Any) -> Any:
        for block in self.blocks:
            inputs = block(inputs)
        self.seen.append(inputs)
        return inputs * self.factors[0][0] * self.mask[0] + self.by_name["shift"]


def _double(layer: Any) -> None:
    layer.factors[0][0] = 2.0


def _shift(layer: Any) -> None:
    layer.by_name["shift"] = 3.0


def _mask(layer: Any) -> None:
    layer.mask[0] = 0.0


@pytest.mark.parametrize(
    ("change", "expected"),
    [(_double, lambda y: 2 * y), (_shift, lambda y: y + 3), (_mask, lambda y: 0 * y)],
    ids=["list", "dict", "array"],
)
def test_what_changes_inside_an_attribute_counts(change: Any, expected: Any) -> None:
    layer = Blocks()
    model = _behind(layer)
    before = model.predict(X)
    change(layer)
    np.testing.assert_allclose(model.predict(X), expected(before), rtol=1e-6)
    np.testing.assert_allclose(model(X), expected(before), rtol=1e-6)


@pytest.mark.parametrize("size", [1, 3], ids=["same size", "another size"])
def test_a_part_that_is_appended_counts_and_trains(size: int) -> None:
    layer = Blocks()
    model = _behind(layer)
    model.compile("sgd", "mse")
    x = np.repeat(X, size, axis=0)
    before = model.predict(X)
    layer.blocks.append(layers.Dense(2))
    after = model.predict(x)
    (last,) = layer.blocks[1:]
    kernel, bias = last.get_weights()
    np.testing.assert_allclose(after, np.repeat(before @ kernel + bias, size, axis=0), rtol=1e-5)
    model.train_on_batch(x, np.ones((size, 2)))
    assert not np.array_equal(kernel, last.get_weights()[0])


def test_a_part_that_a_used_layer_is_given_counts() -> None:
    class Late(layers.Layer):
        part: Any = None

        def call(self, inputs: Any) -> Any:
            return inputs if self.part is None else self.part(inputs)

    layer = Late()
    model = _behind(layer)
    np.testing.assert_array_equal(model.predict(X), X)
    layer.part = layers.Dense(2, kernel_initializer="ones")
    for _ in range(2):
        np.testing.assert_array_equal(model.predict(X), [[4.0, 4.0]])
    assert model.count_params() == 10


def test_the_same_value_again_makes_no_new_program() -> None:
    class Setting(layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.part, self.emitted = layers.LeakyReLU(), 0

        def call(self, inputs: Any) -> Any:
            self.part.negative_slope = 0.25
            self.emitted += 1
            return self.part(inputs)

    layer = Setting()
    model = _behind(layer)
    for _ in range(2):
        assert model.predict(X)[0, 0] == -0.5
    emitted = layer.emitted
    for _ in range(10):
        assert model.predict(X)[0, 0] == -0.5
    assert layer.emitted == emitted


def test_a_penalty_that_cannot_be_hashed_is_no_trouble() -> None:
    @dataclasses.dataclass
    class Penalty(regularizers.Regularizer):
        factor: float

        def __call__(self, x: Any) -> Any:
            return (x * x).sum() * self.factor

    model = _behind(layers.Dense(2, kernel_regularizer=Penalty(0.5)))
    assert model.predict(X).shape == (1, 2)


def test_a_setting_counts_though_another_thread_emits_the_layer() -> None:
    emitting, changed = threading.Event(), threading.Event()

    class Factor(layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.factor = 1.0

        def call(self, inputs: Any) -> Any:
            y = inputs * self.factor
            if threading.current_thread() is other:
                emitting.set()
                assert changed.wait(10)
            return y

    other = threading.Thread(target=lambda: model.predict(np.repeat(X, 5, axis=0)))
    layer = Factor()
    model = _behind(layer)
    model.predict(X)
    other.start()
    assert emitting.wait(10)
    layer.factor = 2.0
    changed.set()
    other.join(10)
    for size in (1, 5):
        np.testing.assert_array_equal(model.predict(np.repeat(X, size, axis=0)), np.repeat(2 * X, size, axis=0))


def test_a_setting_counts_though_it_changes_while_a_short_way_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = layers.ReLU()
    model = _behind(layer)

    def change() -> None:
        layer.max_value = 2.0
        model.predict(np.repeat(X, 2, axis=0))

    def quick_run(program: Any) -> Any:
        run = engines.quick_run(program)
        monkeypatch.undo()
        thread = threading.Thread(target=change)
        thread.start()
        thread.join(10)
        return run

    monkeypatch.setattr(runtime, "quick_run", quick_run)
    model.predict(X)
    np.testing.assert_array_equal(model.predict(X), [[0.0, 0.0, 2.0, 2.0]])


DERIVED: dict[str, tuple[Any, str, Any]] = {
    "factors": (lambda: layers.UpSampling2D(2), "size", (3, 3)),
    "factors of one axis": (lambda: layers.UpSampling1D(2), "size", 3),
    "margins": (lambda: layers.ZeroPadding2D(1), "padding", ((2, 0), (1, 3))),
    "margins of one axis": (lambda: layers.ZeroPadding1D(1), "padding", (2, 0)),
    "margins that go": (lambda: layers.Cropping2D(1), "cropping", ((2, 0), (1, 0))),
    "axes": (lambda: layers.Softmax(), "axis", 1),
    "window": (lambda: layers.MaxPooling2D(2), "pool_size", (3, 3)),
    "factors of three axes": (lambda: layers.UpSampling3D(2), "size", (1, 2, 3)),
}


@pytest.mark.parametrize("name", DERIVED)
def test_what_follows_from_a_setting_follows_it_when_it_changes(name: str) -> None:
    make, setting, value = DERIVED[name]
    layer = make()
    rank = {"1": 1, "3": 3}.get(type(layer).__name__[-2], 2)
    x = np.random.default_rng(0).normal(size=(1, *(7, 8, 9)[:rank], 2)).astype(np.float32)
    a = Input(x.shape[1:])
    model = Model(a, layer(a))
    model.predict(x)
    setattr(layer, setting, value)
    b = Input(x.shape[1:])
    fresh = Model(b, type(layer)(**layer.get_config())(b))
    np.testing.assert_array_equal(model.predict(x), fresh.predict(x))
    assert fresh.predict(x).shape != make()(x).shape or not np.array_equal(fresh.predict(x), make()(x))
