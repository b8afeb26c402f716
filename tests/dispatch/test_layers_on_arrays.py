"""Layers called on arrays: built at the first use, computed at once, with the numbers that a model of them gives."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from cases.layers import LAYERS
from cases.rows import LayerCase
from checks.arrays import generator

from pellucid import Input, Model, Sequential, layers, ops, set_random_seed
from pellucid.dispatch import Array
from pellucid.errors import ArgumentError, ShapeError

X = np.random.default_rng(0).normal(size=(4, 6, 6, 3)).astype(np.float32)


def made(case: LayerCase) -> tuple[layers.Layer, Any]:
    """The layer of a row, and arrays to call it on."""
    rng = generator(case.name)
    arrays = [rng.uniform(0.1, 1.0, shape).astype(np.float32) for shape in case.inputs]
    layer = getattr(layers, case.layer)(**case.arguments)
    return layer, arrays if layer.takes_lists and len(arrays) > 1 else arrays[0]


@pytest.mark.parametrize("case", LAYERS, ids=lambda case: case.name)
def test_the_numbers_are_those_of_a_model(case: LayerCase) -> None:
    """For every row of the table of layers, outside training, to the bit."""
    layer, given = made(case)
    found = layer(given, training=False)
    assert layer.built
    symbols = [Input(shape[1:]) for shape in case.inputs]
    model = Model(symbols, layer(symbols if isinstance(given, list) else symbols[0]))
    expected = model.predict(given)
    for result, wanted in zip(*([x] if not isinstance(x, list) else x for x in (found, expected)), strict=True):
        assert isinstance(result, Array) and result.dtype == np.float32
        np.testing.assert_array_equal(result, wanted)


@pytest.mark.parametrize("case", [case for case in LAYERS if case.training], ids=lambda case: case.name)
def test_training_is_repeatable_and_draws_anew(case: LayerCase) -> None:
    """The same after the same seed; different from call to call where anything is drawn at random."""
    drawn = []
    for _ in range(2):
        set_random_seed(3)
        layer, given = made(case)
        drawn.append([layer(given, training=True) for _ in range(2)])
    for first, again in zip(*drawn, strict=True):
        np.testing.assert_array_equal(first, again)
    in_turn = getattr(layer, "alternating", False)  # all of an epoch alike
    is_random = "Dropout" in case.layer or case.layer == "GaussianNoise" or getattr(layer, "seed", None) is not None
    is_random = is_random and not in_turn
    if is_random and 0 < getattr(layer, "rate", 0.5) < 1:
        assert not np.array_equal(*drawn[0])


def test_moving_averages_are_those_of_keras() -> None:
    """Updated by calls with training=True, used and left alone by others."""
    array = keras.ops.convert_to_numpy
    ours, theirs = layers.BatchNormalization(momentum=0.8), keras.layers.BatchNormalization(momentum=0.8)
    for number in range(3):
        x = X * (number + 1) + number
        np.testing.assert_allclose(ours(x, training=True), array(theirs(x, training=True)), rtol=1e-4, atol=1e-5)
        for mine, wanted in zip(ours.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_allclose(mine, wanted, rtol=1e-5, atol=1e-6)
    before = ours.get_weights()
    np.testing.assert_allclose(ours(X), array(theirs(X)), rtol=1e-4, atol=1e-5)
    assert all(map(np.array_equal, before, ours.get_weights()))


def test_a_layer_that_a_model_holds_follows_its_training() -> None:
    """One weight, two ways to use it."""
    model = Sequential([Input((6, 6, 3)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    before = model.layers[0](X)
    model.fit(X, np.ones((4, 1)), verbose=0)
    after = model.layers[0](X)
    assert not np.array_equal(before, after)
    np.testing.assert_array_equal(after, Model(model.inputs, model.layers[0].output).predict(X))
    model.layers[0].set_weights([np.zeros((3, 3, 3, 2)), np.ones(2)])
    assert (model.layers[0](X) == 1).all()


class Twice(layers.Layer):
    """A layer of a user's own, with a layer inside that is called on the tensor and on a constant."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.dense = layers.Dense(3)

    def call(self, x: Any, training: bool = False) -> Any:
        y = self.dense(x) + self.dense(np.ones((1, 6)))
        return ops.multiply(y, 2.0) if training else y


def test_a_layer_of_ones_own() -> None:
    """Its `call` sees tensors, its inner layer constants too, and `training` reaches it."""
    layer, x = Twice(), X[0, 0, :, :1].T
    found = layer(x)
    kernel, bias = layer.get_weights()
    np.testing.assert_allclose(found, x @ kernel + np.ones((1, 6)) @ kernel + 2 * bias, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(layer(x, training=True), found * 2)


def test_numbers_in_lists_are_an_array() -> None:
    """For a layer of one input; a merging layer takes several."""
    layer = layers.Dense(2)
    np.testing.assert_array_equal(layer([[1, 2], [3, 4]]), layer(np.array([[1.0, 2.0], [3.0, 4.0]])))
    assert layers.Add()([[[1.0]], [[2.0]]]).tolist() == [[3.0]]
    assert layers.Flatten()([[[True]], [[False]]]).tolist() == [[1.0], [0.0]]


def test_losses_are_those_of_the_last_call() -> None:
    """Of the activity first, then of the weights."""
    layer = layers.Dense(
        2, use_bias=False, kernel_initializer="ones", kernel_regularizer="l2", activity_regularizer="l1"
    )
    assert layer.losses == []
    layer(np.ones((4, 3)))
    assert [round(float(loss), 6) for loss in layer.losses] == [0.06, 0.06]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_a_copy_computes_the_same(copied: Callable[[layers.Layer], layers.Layer]) -> None:
    """And goes on drawing where the original was."""
    layer = layers.Dropout(0.5)
    layer(X, training=True)
    np.testing.assert_array_equal(copied(layer)(X, training=True), layer(X, training=True))


WRONG: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "a text": (lambda: layers.Dense(2, name="d")("x"), ArgumentError, r'^Dense "d" .* arrays of numbers .* got str$'),
    "None": (lambda: layers.Dense(2, name="d")(None), ArgumentError, r'^Dense "d" .* got NoneType$'),
    "ragged": (lambda: layers.Dense(2, name="d")([[1], [1, 2]]), ArgumentError, r'^Dense "d" got parts of different'),
    "other channels": (
        lambda: [layer := layers.Dense(2, name="d"), layer(np.ones((1, 3))), layer(np.ones((1, 4)))],
        ShapeError,
        r'^Dense "d"',
    ),
    "an image too small": (lambda: layers.Conv2D(2, 9, name="c")(X), ShapeError, r'^Conv2D "c"'),
    "one for a sum": (
        lambda: layers.Add(name="s")(X),
        ArgumentError,
        r'^Add "s": the layer should be called on a list of at least 2 inputs',
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said(case: str) -> None:
    """One sentence, with the layer's name."""
    call, kind, message = WRONG[case]
    with pytest.raises(kind, match=message):
        call()


def test_batches_of_a_known_size_show_in_shapes() -> None:
    """Inputs may say how many samples they hold; a model computes batches of every size all the same."""
    x = Input((6, 6, 3), batch_size=4)
    assert x.shape == (4, 6, 6, 3) == Input(batch_shape=(4, 6, 6, 3)).shape
    y = layers.Flatten()(layers.Conv2D(2, 3)(x) + 1)
    assert y.shape == (4, 32)
    assert layers.Dense(2).compute_output_shape((5, 3)) == (5, 2)
    assert Model(x, y).predict(X[:3]).shape == (3, 32)
    again = layers.InputLayer.from_config(x.call.layer.get_config())
    assert again.batch_shape == (4, 6, 6, 3)
    for wrong in ({}, {"shape": (3,), "batch_shape": (4, 3)}, {"batch_size": 2, "batch_shape": (4, 3)}):
        with pytest.raises(ArgumentError, match=r"a shape is a tuple|batch_shape says both"):
            Input(**wrong)
    with pytest.raises(ArgumentError, match="unknown dtype 'float64'"):
        Input((3,), dtype="float64")


def test_a_layer_without_weights_is_built_by_build() -> None:
    """As those with weights are."""
    layer = layers.ReLU()
    layer.build((None, 3))
    assert layer.built and layer.input_shape == (None, 3)


@pytest.mark.parametrize("name", ["RMSNormalization", "LayerNormalization", "BatchNormalization", "GroupNormalization"])
def test_normalisation_of_inputs_with_more_axes_than_the_first(name: str) -> None:
    """Along the same axis, counted from the end."""
    options = {"groups": -1} if name == "GroupNormalization" else {}
    layer, same = (getattr(layers, name)(**options) for _ in range(2))
    layer.build((None, 6, 3))
    np.testing.assert_array_equal(layer(X, training=True), same(X, training=True))
