"""Layers of the user's own: weights, gradient, engines, parts, saving."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, load_model, ops
from pellucid.errors import ArgumentError, FileError, PellucidError
from pellucid.graph import Tensor, builder

X = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)


class Affine(layers.Layer):
    """As Keras code writes it, `super().build` and `self.built` included."""

    def __init__(self, units: int = 3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape: Any) -> None:
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="glorot_uniform", name="w")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True, name="b")
        super().build(input_shape)
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        y = builder.matmul(inputs, self.w) + self.b
        return y * 2.0 if training else y


class Residual(layers.Layer):
    """Layers inside a layer: one as an attribute, two in a list, one that is made in `build`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.first = layers.Dense(5, activation="relu")
        self.more = [layers.Dense(5), Affine(5)]

    def build(self, input_shape: Any) -> None:
        self.gain = self.add_weight((1,), "ones", name="gain")
        self.last = layers.Dense(input_shape[-1])

    def call(self, inputs: Any) -> Any:
        y = self.first(inputs)
        for layer in self.more:
            y = layer(y)
        return inputs + self.last(y) * self.gain


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


def test_layers_inside_a_layer() -> None:
    """Their weights count, train, freeze; each is named."""
    block = Residual(name="block")
    model = Sequential([Input((5,)), block, layers.Dense(2)])
    assert [weight.path.split("/")[1] for weight in block.weights] == [
        "gain", "kernel", "bias", "kernel", "bias", "w", "b", "kernel", "bias",
    ]  # fmt: skip
    assert block.count_params() == 1 + 4 * 30
    model.compile("sgd", "mse")
    before = block.get_weights()
    model.fit(X, np.ones((6, 2)), verbose=0)
    assert all(not np.array_equal(a, b) for a, b in zip(before, block.get_weights(), strict=True))
    block.trainable = False
    assert block.trainable_weights == []
    assert len(model.trainable_weights) == 2
    frozen = block.get_weights()
    model.compile("sgd", "mse")
    model.fit(X, np.ones((6, 2)), verbose=0)
    assert all(map(np.array_equal, frozen, block.get_weights()))


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
    "a misspelt option": (lambda: Affine(3, nmae="x"), "unknown option of Affine 'nmae'; did you mean 'name'"),
    "a list for one tensor": (
        lambda: layers.Dense(2)([Input((3,)), Input((3,))]), "is called on one symbolic tensor, got a list of 2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said(case: str) -> None:
    """One sentence each."""
    make, message = WRONG[case]
    with pytest.raises(PellucidError, match=message):
        make()


def test_options_must_be_kept() -> None:
    """`get_config` says what is missing."""

    class Forgetful(layers.Layer):
        def __init__(self, size: int, **kwargs: Any) -> None:
            super().__init__(**kwargs)

    with pytest.raises(ArgumentError, match=r"keep the option 'size' as self\.size"):
        Forgetful(3).get_config()


class Own(layers.Layer):
    """A layer that computes what a function says of its input and of one weight, a vector."""

    def __init__(self, function: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.function = function

    def build(self, input_shape: Any) -> None:
        self.w = self.add_weight((input_shape[-1],), "random_normal", name="w")

    def call(self, inputs: Any) -> Any:
        return self.function(inputs, self.w)


ARITHMETIC = {
    "weight and weight": lambda x, w: x * (w + w) - (w - 2 * w) / (w * w + 1),
    "number and weight": lambda x, w: x + 2.0 * w - w / 3 + (1 - w) * (w + 0.5),
    "minus": lambda x, w: x + -w,
    "powers": lambda x, w: x * w**2 - w**3,
    "array and weight": lambda x, w: np.arange(5.0) * w + x,
    "weight and array": lambda x, w: w * np.arange(5.0) + x,
    "divided by a weight": lambda x, w: x / (w * w + 1.0),
    "a part of a weight": lambda x, w: x * w[1] + w[2:3],
    "a part of the input": lambda x, w: x[:, 1:4] * w[1:4],
    "one column": lambda x, w: x[:, 0:1] + x * w,
    "counted from the end": lambda x, w: x[..., -2:] * w[-2:],
    "a comparison": lambda x, w: (x > w) * x + (x <= 0.0) * w,
    "product of matrices": lambda x, w: (x * w) @ np.arange(10.0).reshape(5, 2),
}


@pytest.mark.parametrize("name", ARITHMETIC)
def test_arithmetic_is_that_of_arrays(name: str) -> None:
    """The same formula on arrays gives the same numbers, on both engines; and the weight learns."""
    layer = Own(ARITHMETIC[name])
    model = Sequential([Input((5,)), layer])
    expected = ARITHMETIC[name](X.astype(np.float64), layer.w.numpy().astype(np.float64))
    for engine in ("native", "reference"):
        np.testing.assert_allclose(model.predict(X, engine=engine), expected, rtol=1e-5, atol=1e-6)
    before = layer.w.numpy()
    model.compile("sgd", "mse")
    model.fit(X, np.full(expected.shape, 3.0), verbose=0)
    assert not np.array_equal(before, layer.w.numpy())


NO_VALUES = {
    "if": lambda x, w: x if ops.sum(x) > 0 else -x,
    "==": lambda x, w: ops.where(x == 0.0, x, -x),
    "float": lambda x, w: x * float(ops.sum(x)),
    "a NumPy function": lambda x, w: np.tanh(x),
    "a NumPy function of a weight": lambda x, w: x * np.tanh(w),
}


@pytest.mark.parametrize("name", NO_VALUES)
def test_tensors_have_no_values_yet(name: str) -> None:
    """What would silently decide once and for all is refused."""
    with pytest.raises((PellucidError, TypeError)):
        Sequential([Input((5,)), Own(NO_VALUES[name])])


def test_what_a_tensor_tells() -> None:
    """Shape, number of axes and type, as Keras code asks for them."""
    seen = []

    def look(x: Any, w: Any) -> Any:
        seen.append((x.shape[1:], x.ndim, x.dtype, isinstance(x, Tensor)))
        return x

    Sequential([Input((5,)), Own(look)])
    assert set(seen) == {((5,), 2, "float32", True)}


class Outer(layers.Layer):
    """Builds its parts itself, as Keras 3 recommends."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.first, self.second = layers.Dense(4, activation="relu"), Affine(5)

    def build(self, input_shape: Any) -> None:
        self.first.build(input_shape)
        self.second.build((*input_shape[:-1], 4))
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        return self.second(self.first(inputs))


def test_parts_that_are_built_by_hand_have_their_weights_once(tmp_path: Path) -> None:
    """In a layer, and alone."""
    model = Sequential([Input((5,)), Outer()])
    assert model.count_params() == 5 * 4 + 4 + 4 * 5 + 5
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(X, np.ones((6, 5)), verbose=0)
    assert not any(map(np.array_equal, before, model.get_weights()))
    model.save(tmp_path / "outer.keras")
    again = load_model(tmp_path / "outer.keras", custom_objects={"Outer": Outer, "Affine": Affine})
    np.testing.assert_array_equal(again.predict(X), model.predict(X))

    dense = layers.Dense(3)
    dense.build((None, 5))
    kernel = dense.kernel.numpy()
    Sequential([Input((5,)), dense])
    np.testing.assert_array_equal(dense.kernel.numpy(), kernel)
    assert len(dense.weights) == 2


def test_an_own_compute_output_shape_is_not_needed() -> None:
    """It may be there (Keras code has it), before the weights are, and may even be wrong."""

    class Told(Affine):
        def compute_output_shape(self, input_shape: Any) -> Any:
            return (None, 99)

    model = Sequential([Input((5,)), Told(4), layers.Dense(2)])
    assert model.predict(X).shape == (6, 2)


@pytest.mark.parametrize("how", ["an option", "set before", "set after"])
def test_a_frozen_layer_freezes_its_parts(how: str) -> None:
    """Whenever they are made."""
    block = Residual(trainable=how != "an option")
    if how == "set before":
        block.trainable = False
    model = Sequential([Input((5,)), block, layers.Dense(2)])
    if how == "set after":
        block.trainable = False
    assert block.trainable_weights == []
    before = block.get_weights()
    model.compile("adam", "mse")
    model.fit(X, np.ones((6, 2)), verbose=0)
    assert all(map(np.array_equal, before, block.get_weights()))
    block.trainable = True
    assert len(block.trainable_weights) == 9


def test_one_frozen_part() -> None:
    """The others learn."""
    block = Residual()
    block.first.trainable = False
    model = Sequential([Input((5,)), block])
    assert [weight.path for weight in block.weights if not weight.trainable] == [
        weight.path for weight in block.first.weights
    ]
    model.compile("sgd", "mse")
    before = block.get_weights()
    model.fit(X, np.ones((6, 5)), verbose=0)
    moved = [not np.array_equal(a, b) for a, b in zip(before, block.get_weights(), strict=True)]
    assert moved == [weight.trainable for weight in block.weights]


def test_weights_of_another_layer() -> None:
    """Tied: the decoder is the transposed encoder; its gradient has both parts."""

    class Tied(layers.Layer):
        def __init__(self, other: Any, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.kernel = other.kernel

        def call(self, inputs: Any) -> Any:
            return inputs @ ops.transpose(self.kernel)

    x = Input((5,))
    encoder = layers.Dense(2, use_bias=False)
    code = encoder(x)
    model = Model(x, Tied(encoder)(code))
    assert model.count_params() == 10
    kernel = encoder.kernel.numpy().astype(np.float64)
    model.compile("sgd", "mse")
    model.train_on_batch(X, X)
    error = 2 * (X @ kernel @ kernel.T - X) / X.size
    slope = X.T @ error @ kernel + error.T @ X @ kernel
    np.testing.assert_allclose(encoder.kernel.numpy(), kernel - 0.01 * slope, rtol=1e-5, atol=1e-7)


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


def test_a_model_inside_a_layer(tmp_path: Path) -> None:
    """Whether it knows its shape from the beginning or learns it: weights count, learn, and come back from a file."""

    class Around(layers.Layer):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.known = Sequential([Input((5,)), layers.Dense(4, activation="relu"), layers.Dense(5)])
            self.learns = Sequential([layers.Dense(3, activation="tanh"), layers.Dense(5)])

        def call(self, inputs: Any) -> Any:
            return inputs + self.known(inputs) * self.learns(inputs)

    model = Sequential([Input((5,)), Around()])
    assert model.count_params() == 24 + 25 + 18 + 20
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(X, np.ones((6, 5)), epochs=2, verbose=0)
    assert not any(map(np.array_equal, before, model.get_weights()))
    model.save(tmp_path / "around.keras")
    again = load_model(tmp_path / "around.keras", custom_objects={"Around": Around})
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


def test_the_form_for_training_reaches_the_parts() -> None:
    """Given on or not."""

    class Noisy(layers.Layer):
        def __init__(self, give_on: bool, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.give_on, self.drop = give_on, layers.Dropout(0.5)

        def call(self, inputs: Any, training: Any = None) -> Any:
            return self.drop(inputs, training=training) if self.give_on else self.drop(inputs)

    ones = np.ones((40, 5), np.float32)
    for give_on in (True, False):
        model = Sequential([Input((5,)), Noisy(give_on)])
        assert set(np.unique(model(ones, training=True))) == {0.0, 2.0}
        assert set(np.unique(model(ones))) == {1.0}


def test_own_kinds_of_library_layers(tmp_path: Path) -> None:
    """A subclass keeps options and files; options that it hides are said, not lost."""

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
    with pytest.raises(FileError, match=r"Narrow .* cannot be made: .* multiple values for"):
        load_model(tmp_path / "narrow.keras", custom_objects={"Narrow": Narrow})


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


def test_parts_in_every_kind_of_container(tmp_path: Path) -> None:
    """Lists of lists, lists with gaps, dictionaries: all weights count, learn and come back, each once."""

    class Containers(layers.Layer):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            dense = [layers.Dense(5) for _ in range(5)]
            self.rows = [[dense[0], dense[1]], [dense[2]]]
            self.gaps = [None, dense[3], 3]
            self.named = {"a": dense[4], "number": 1}
            self.again = dense[0]

        def call(self, inputs: Any) -> Any:
            y = self.again(self.rows[0][1](self.rows[1][0](inputs)))
            return self.named["a"](self.gaps[1](y)) + inputs

    model = Sequential([Input((5,)), Containers()])
    assert model.count_params() == 5 * 30
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(X, np.ones((6, 5)), epochs=2, verbose=0)
    assert not any(map(np.array_equal, before, model.get_weights()))
    model.save(tmp_path / "containers.keras")
    again = load_model(tmp_path / "containers.keras", custom_objects={"Containers": Containers})
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
