"""Models with branches: what they compute, what can be taken out of them, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, inspection, layers, load_model
from pellucid.dispatch.symbolic import SymbolicTensor
from pellucid.errors import ArgumentError, DataError, ShapeError

X = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)


def test_a_diamond_by_hand() -> None:
    """A split, two branches, a sum and a concatenation, against NumPy."""
    x = Input((4,))
    left, right = layers.Dense(3, "relu", name="left")(x), layers.Dense(3, name="right")(x)
    model = Model(x, layers.Concatenate()([layers.Add()([left, right]), x, right]))
    (lk, lb), (rk, rb) = (model.get_layer(name).get_weights() for name in ("left", "right"))
    a, b = np.maximum(X @ lk + lb, 0), X @ rk + rb
    np.testing.assert_allclose(model.predict(X), np.concatenate([a + b, X, b], axis=1), atol=1e-6)


def test_one_layer_used_three_times() -> None:
    """One set of weights; its gradient is the sum over the uses."""
    x = Input((4,))
    layer = layers.Dense(4, use_bias=False, name="again")
    model = Model(x, layer(layer(layer(x))))
    (kernel,) = model.get_weights()
    assert model.count_params() == 16
    np.testing.assert_allclose(model.predict(X), X @ kernel @ kernel @ kernel, atol=1e-5)
    model.compile("sgd", "mse")
    before = model.evaluate(X, np.zeros((5, 4)), verbose=0)
    model.fit(X, np.zeros((5, 4)), epochs=3, verbose=0)
    assert model.evaluate(X, np.zeros((5, 4)), verbose=0) < before


def test_an_inner_result_as_a_model() -> None:
    """`Model(model.inputs, layer.output)` is the usual way to look inside; both see the same weights."""
    model = Sequential([Input((4,)), layers.Dense(3, "tanh", name="inner"), layers.Dense(2)])
    inside = Model(model.inputs, model.get_layer("inner").output)
    kernel, bias = model.get_layer("inner").get_weights()
    np.testing.assert_allclose(inside.predict(X), np.tanh(X @ kernel + bias), atol=1e-6)
    model.get_layer("inner").set_weights([kernel * 0, bias * 0 + 1])
    np.testing.assert_allclose(inside.predict(X), np.full((5, 3), np.tanh(1)), atol=1e-6)


def test_output_is_that_of_the_first_use() -> None:
    """As in Keras; a layer that was never used has none."""
    layer = layers.Dense(4, name="used")
    with pytest.raises(ArgumentError, match=r'^Dense "used" has'):
        _ = layer.output
    x = Input((4,))
    first = layer(x)
    layer(first)
    assert layer.output.call is first.call


def test_several_outputs_and_an_input_as_output() -> None:
    """In the order in which they were given."""
    x, z = Input((4,)), Input((2,))
    y = layers.Dense(3)(x)
    model = Model([x, z], [y, z, y])
    first, second, third = model.predict([X, X[:, :2]])
    np.testing.assert_array_equal(first, third)
    np.testing.assert_array_equal(second, X[:, :2])
    assert model.output_shape == [(None, 3), (None, 2), (None, 3)]
    assert model.input_shape == [(None, 4), (None, 2)]


def test_as_many_targets_as_outputs() -> None:
    """Said by `fit`, before any step."""
    x = Input((4,))
    model = Model(x, [layers.Dense(2)(x), layers.Dense(3)(x)], name="two_ends")
    model.compile("sgd", "mse")
    with pytest.raises(DataError, match=r"^two_ends has 2 outputs; pass a list of 2 arrays as y, got ndarray$"):
        model.fit(X, np.zeros((5, 2)), verbose=0)


def test_two_inputs_train() -> None:
    """A weight behind each input moves."""
    x, z = Input((4,), name="x"), Input((2,), name="z")
    model = Model([x, z], layers.Add()([layers.Dense(3, name="a")(x), layers.Dense(3, name="b")(z)]))
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit([X, X[:, :2]], np.ones((5, 3)), epochs=2, verbose=0, validation_data=([X, X[:, 2:]], np.ones((5, 3))))
    assert all((old != new).any() for old, new in zip(before, model.get_weights(), strict=True))


def _two_inputs() -> Model:
    x, z = Input((4,), name="x"), Input((2,), name="z")
    return Model([x, z], layers.Concatenate()([x, z]), name="pair")


DATA_FOR_TWO = {
    "one array": (X, r"^pair expects 2 inputs; pass a list of 2 arrays, got 1$"),
    "three arrays": ([X, X, X], r"^pair expects 2 inputs; pass a list of 2 arrays, got 3$"),
    "other order": ([X[:, :2], X], r"^pair, input 'x' was built for samples of shape \(4,\), got an array of shape"),
    "other lengths": ([X, X[:3, :2]], r"^pair: all inputs need as many samples, got \[5, 3\]$"),
}


@pytest.mark.parametrize("case", DATA_FOR_TWO)
def test_data_for_two_inputs(case: str) -> None:
    """Each message names the input."""
    x, message = DATA_FOR_TWO[case]
    with pytest.raises(DataError, match=message):
        _two_inputs().predict(x)


def _named_twice() -> Model:
    x = Input((4,))
    return Model(x, layers.Dense(2, name="a")(layers.Dense(2, name="a")(x)), name="m")


def _foreign() -> Model:
    return Model(Input((4,), name="mine"), layers.Dense(2)(Input((4,), name="other")), name="m")


def _lists() -> SymbolicTensor:
    return layers.Dense(2, name="d")([Input((4,)), Input((4,))])


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "an output of other inputs": (_foreign, r"depend on the input 'other', which is not among the model's inputs; add"),
    "two layers of one name": (_named_twice, r"^m: layer names must differ; used twice: a$"),
    "no outputs": (lambda: Model(Input((4,)), []), r"^outputs of a model are symbolic tensors, from Input\(...\)"),
    "an inner tensor as input, another as output": (
        lambda: Model(layers.Dense(3, name="first")(Input((4,))), Input((4,), name="other")),
        r"^the outputs depend on the input 'other', which is not among the model's inputs; add it$",
    ),
    "an array as input": (lambda: Model(X, Input((4,))), r"^inputs of a model are symbolic tensors"),
    "a layer as output": (lambda: Model(Input((4,)), layers.Dense(2)), r"^outputs of a model are symbolic tensors"),
    "a layer called on a text": (
        lambda: layers.Dense(2, name="d")("text"),
        r'^Dense "d" is called on symbolic tensors to describe a model, or on arrays of numbers .* at once; got str$',
    ),
    "a layer called on an array beside a symbolic tensor": (
        lambda: layers.Add(name="s")([Input((4,)), X]),
        r'^Add "s" is called on symbolic tensors or on arrays, not both: got <SymbolicTensor .*> beside ndarray$',
    ),
    "two tensors for one": (_lists, r'^Dense "d"'),
    "no tensor": (lambda: layers.Dense(2, name="d")([]), r'^Dense "d"'),
    "a sum of one": (
        lambda: layers.Add(name="s")(Input((4,))),
        r'^Add "s": the layer should be called on a list of at least 2 inputs',
    ),
    "a sum of unlike shapes": (
        lambda: layers.Add(name="s")([Input((4,)), Input((5,))]),
        r'^Add "s": tensors to be joined need one shape, or 1 where they differ; got \[\(None, 4\), \(None, 5\)\]$',
    ),
    "unlike ranks": (
        lambda: layers.Concatenate(name="c")([Input((4,)), Input((4, 4))]),
        r'^Concatenate "c": tensors to be joined need equally many axes, got',
    ),
    "unlike sizes": (lambda: layers.Concatenate(name="c")([Input((4, 2)), Input((3, 2))]), r'^Concatenate "c"'),
    "the batch as axis": (
        lambda: layers.Concatenate(axis=0, name="c")([Input((4,)), Input((4,))]),
        r'^Concatenate "c": axis=0 is not an axis of samples of \(4,\)$',
    ),
    "an axis beyond": (lambda: layers.Softmax(axis=3, name="s")(Input((4,))), r'^Softmax "s": axis=3 is not an axis'),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_a_model(case: str) -> None:
    """One sentence each, by the name of the layer or of the model."""
    make, message = REFUSED[case]
    with pytest.raises(ArgumentError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_a_layer_used_again_must_fit_its_weights() -> None:
    """The second input has other channels than the kernel was made for."""
    layer = layers.Conv2D(3, 3, name="conv")
    layer(Input((8, 8, 1)))
    assert layer(Input((5, 9, 1))).shape == (None, 3, 7, 3)
    with pytest.raises(ShapeError, match=r'^Conv2D "conv"'):
        layer(Input((8, 8, 3)))


def test_reshaping_what_is_open(tmp_path: Path) -> None:
    """An open size that a target shape decides is checked when an input comes."""
    model = Sequential([Input((None,)), layers.Reshape((3, 5)), layers.Dense(2)])
    assert model.output_shape == (None, 3, 2)
    assert layers.Reshape((3, 5))(Input(batch_shape=(2, None))).shape == (2, 3, 5)
    x = np.random.default_rng(0).normal(size=(2, 15))
    expected = x.reshape(2, 3, 5).astype(np.float32) @ model.get_weights()[0]
    np.testing.assert_allclose(model.predict(x), expected, atol=1e-6)
    with pytest.raises(ShapeError, match=r"14 numbers of .* cannot be arranged as"):
        model.predict(np.ones((2, 14)))
    model.summary(derive=True, print_fn=lambda line: None)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(load_model(tmp_path / "model.keras").predict(x), model.predict(x))
    assert [bank.layer for bank in inspection.all_filters(model)] == []
