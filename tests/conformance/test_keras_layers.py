"""Every layer against Keras's layer of that name: results, gradients, shapes, weights and configuration."""

from __future__ import annotations

from functools import cache
from typing import Any

import keras
import numpy as np
import pytest
from keras_cases import CASES
from keras_oracle import Case, answer_ours, answer_theirs, check_answers, made, make_ours, make_theirs, random_inputs

import pellucid
from pellucid import layers
from pellucid.engines import get_engine
from pellucid.graph import Graph, ops

by_case = pytest.mark.parametrize("case", CASES, ids=str)


@cache
def _pair(case_number: int) -> tuple[layers.Layer, keras.layers.Layer]:
    ours = make_ours(CASES[case_number])
    return ours, make_theirs(CASES[case_number], ours.get_weights())


def _both(case: Case) -> tuple[layers.Layer, keras.layers.Layer]:
    """The layer of a case in both libraries; Keras has taken our weights, so their shapes and order agree."""
    return _pair(CASES.index(case))


@by_case
def test_results_and_gradients(case: Case) -> None:
    """Outputs agree within 1e-5, gradients for inputs and weights within 1e-4."""
    ours, theirs = _both(case)
    inputs = random_inputs(case)
    check_answers(case.kind, answer_ours(ours, inputs), answer_theirs(theirs, inputs))


@by_case
def test_shapes_of_outputs_and_weights(case: Case) -> None:
    """With an open batch, as models use them; `count_params` follows."""
    ours, theirs = _both(case)
    shapes = [(None, *shape[1:]) for shape in case.inputs]
    shape = shapes[0] if len(shapes) == 1 else shapes
    found, expected = ours.compute_output_shape(shape), theirs.compute_output_shape(shape)
    assert found == (expected if isinstance(found, list) else tuple(expected))
    assert [weight.shape for weight in ours.weights] == [tuple(weight.shape) for weight in theirs.weights]
    assert [weight.name for weight in ours.weights] == [weight.name for weight in theirs.weights]
    assert ours.count_params() == theirs.count_params()


# What Keras writes into every configuration and Pellucid has one way to do.
FORGOTTEN_BY_KERAS = {"RandomGrayscale": "seed"}
"""A setting that Keras's layer does not write down."""
ONLY_IN_KERAS = {
    "activity_regularizer", "bias_constraint", "bias_regularizer", "dtype", "kernel_constraint", "kernel_regularizer",
    "quantization_config",
}  # fmt: skip


def _plain(value: Any) -> Any:
    """Lists for tuples; without what only Keras writes into a record inside another, where it says nothing."""
    if isinstance(value, dict):
        unused = ("input_axes", "output_axes", "quantization_config", "activity_regularizer")
        kept = {key: item for key, item in value.items() if key not in unused or item is not None}
        return {key: _plain(item) for key, item in kept.items() if key != "dtype"}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


@by_case
def test_configuration(case: Case) -> None:
    """The same keys and values (an initialiser is a record in both), and each library reads the other's."""
    ours, theirs = made(pellucid, case), made(keras, case)
    mine, reference = ours.get_config(), theirs.get_config()
    assert set(reference) - set(mine) <= ONLY_IN_KERAS
    kept = mine.keys() - {"name", FORGOTTEN_BY_KERAS.get(case.kind)}
    assert {key: _plain(mine[key]) for key in kept} == {key: _plain(reference[key]) for key in kept}
    again = type(theirs).from_config(dict(mine))
    assert _plain(again.get_config()) == _plain({**reference, "name": ours.name})
    shared = {key: value for key, value in reference.items() if key in mine}
    assert type(ours).from_config(shared).get_config() == {**mine, "name": theirs.name}


def test_every_layer_has_a_case() -> None:
    """A new layer cannot be forgotten here."""
    classes = {
        name
        for name in layers.__all__
        if isinstance(getattr(layers, name), type) and hasattr(keras.layers, name) and name != "InputSpec"
    }
    elsewhere = {"ContrastLimitedAdaptiveHistogramEqualization", "MaxNumBoundingBoxes"}  # tests of their own
    elsewhere |= {"Embedding", "MultiHeadAttention"}
    elsewhere |= {"CategoryEncoding", "Discretization", "IntegerLookup", "StringLookup", "TextVectorization"}
    assert classes - {"Layer", "InputLayer", "Lambda"} - elsewhere == {case.kind for case in CASES}


def test_dropout_in_training_as_in_keras() -> None:
    """Shares that are kept, and their scale, are Keras's; which elements are dropped is random in both."""
    layer, x = layers.Dropout(0.3, noise_shape=(None, 1, 64)), np.ones((50, 3, 64), np.float32)
    graph = Graph(training=True)
    graph.outputs["y"] = layer.emit(graph.add(ops.Input(x.shape, "x")))
    ours = get_engine("native").prepare(graph).run({"x": x}, {}, seed=1)["y"]
    theirs = np.asarray(keras.layers.Dropout(0.3, noise_shape=(None, 1, 64), seed=1)(x, training=True))
    for y in (ours, theirs):
        assert set(np.unique(y)) == {0, np.float32(1 / 0.7)}
        assert 0.27 < (y == 0).mean() < 0.33
        assert (y == y[:, :1]).all()


def test_input_layer_configuration() -> None:
    """Keras makes the same input from our configuration, and we from Keras's."""
    ours, theirs = layers.InputLayer((8, 8, 1), name="image"), keras.layers.InputLayer((8, 8, 1), name="image")
    again = keras.layers.InputLayer.from_config(ours.get_config())
    assert tuple(again.batch_shape) == tuple(theirs.batch_shape) == ours.batch_shape
    assert layers.InputLayer.from_config(theirs.get_config()).get_config() == ours.get_config()
