"""Every layer against Keras's layer of that name: results, gradients, shapes, weights and configuration."""

from __future__ import annotations

from functools import cache
from typing import Any

import keras
import numpy as np
import pytest
from keras_oracle import Case, answer_ours, answer_theirs, check_answers, make_ours, make_theirs, random_inputs

from pellucid import layers
from pellucid.engines import get_engine
from pellucid.graph import Graph, ops


def _case(kind: str, *shapes: tuple[int, ...], **options: Any) -> Case:
    return Case(kind, options, shapes)


ACTIVATIONS = [
    "elu", "exponential", "hard_sigmoid", "leaky_relu", "linear", "log_softmax", "relu", "relu6", "sigmoid", "silu",
    "softmax", "softplus", "softsign", "tanh",
]  # fmt: skip

CASES = [
    _case("Conv1D", (2, 11, 3), filters=4, kernel_size=3, padding="same", activation="tanh"),
    _case("Conv1D", (2, 11, 3), filters=4, kernel_size=3, padding="causal", dilation_rate=2),
    _case("Conv1D", (2, 6, 14), filters=4, kernel_size=4, strides=3, data_format="channels_first", use_bias=False),
    _case("Conv2D", (2, 9, 8, 3), filters=5, kernel_size=3, activation="relu"),
    _case("Conv2D", (2, 9, 8, 3), filters=5, kernel_size=(2, 4), strides=(2, 3), padding="same"),
    _case("Conv2D", (2, 9, 10, 4), filters=6, kernel_size=3, groups=2, dilation_rate=2, activation="softmax"),
    _case("Conv2D", (2, 3, 9, 8), filters=5, kernel_size=3, padding="same", data_format="channels_first"),
    _case("Conv2D", (1, 5, 5, 1), filters=1, kernel_size=1, use_bias=False),
    _case("Conv3D", (2, 5, 6, 7, 2), filters=3, kernel_size=(2, 3, 2), activation="sigmoid"),
    _case("Conv3D", (2, 2, 5, 6, 7), filters=4, kernel_size=2, strides=2, padding="same", data_format="channels_first"),
    _case("Dense", (3, 7), units=5, activation="softmax"),
    _case("Dense", (3, 4, 7), units=5, use_bias=False),
    _case("Dense", (2, 3, 2, 6), units=1),
    _case("MaxPooling1D", (2, 9, 3), pool_size=3, strides=2),
    _case("MaxPooling1D", (2, 3, 9), pool_size=2, padding="same", data_format="channels_first"),
    _case("MaxPooling2D", (2, 7, 8, 3)),
    _case("MaxPooling2D", (2, 7, 8, 3), pool_size=(3, 2), strides=(2, 3), padding="same"),
    _case("MaxPooling2D", (2, 3, 7, 8), data_format="channels_first"),
    _case("MaxPooling3D", (2, 5, 6, 7, 2), pool_size=2, strides=1, padding="same"),
    _case("MaxPooling3D", (2, 2, 5, 6, 7), pool_size=(1, 2, 3), data_format="channels_first"),
    _case("AveragePooling1D", (2, 9, 3), pool_size=3, strides=2, padding="same"),
    _case("AveragePooling1D", (2, 3, 9), pool_size=2, data_format="channels_first"),
    _case("AveragePooling2D", (2, 7, 8, 3), pool_size=2),
    _case("AveragePooling2D", (2, 7, 8, 3), pool_size=(3, 2), strides=(2, 3), padding="same"),
    _case("AveragePooling2D", (2, 3, 7, 8), pool_size=3, strides=1, padding="same", data_format="channels_first"),
    _case("AveragePooling3D", (2, 5, 6, 7, 2), pool_size=2, strides=1, padding="same"),
    _case("AveragePooling3D", (2, 2, 5, 6, 7), pool_size=(1, 2, 3), data_format="channels_first"),
    _case("GlobalMaxPooling1D", (2, 9, 3)),
    _case("GlobalMaxPooling2D", (2, 7, 8, 3), keepdims=True),
    _case("GlobalMaxPooling3D", (2, 2, 5, 6, 7), data_format="channels_first"),
    _case("GlobalAveragePooling1D", (2, 9, 3), keepdims=True),
    _case("GlobalAveragePooling2D", (2, 3, 7, 8), data_format="channels_first", keepdims=True),
    _case("GlobalAveragePooling3D", (2, 5, 6, 7, 2)),
    _case("Flatten", (2, 3, 4, 5)),
    _case("Flatten", (2, 3, 4, 5), data_format="channels_first"),
    _case("Flatten", (2, 6)),
    _case("ReLU", (2, 40)),
    _case("ReLU", (2, 40), max_value=1.0, negative_slope=0.1, threshold=0.5),
    _case("ReLU", (2, 40), negative_slope=0.3),
    _case("Softmax", (2, 3, 5)),
    _case("Softmax", (2, 3, 5), axis=1),
    _case("Dropout", (2, 30), rate=0.5),
    _case("Add", (2, 3, 4), (2, 3, 4)),
    _case("Add", (2, 3, 4), (2, 3, 4), (2, 3, 4)),
    _case("Concatenate", (2, 3, 4), (2, 3, 2)),
    _case("Concatenate", (2, 3, 4), (2, 1, 4), (2, 2, 4), axis=1),
    *[_case("Activation", (2, 3, 7), activation=name) for name in ACTIVATIONS],
]  # fmt: skip

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
    assert ours.compute_output_shape(*shapes) == theirs.compute_output_shape(shapes[0] if len(shapes) == 1 else shapes)
    assert [weight.shape for weight in ours.weights] == [tuple(weight.shape) for weight in theirs.weights]
    assert [weight.name for weight in ours.weights] == [weight.name for weight in theirs.weights]
    assert ours.count_params() == theirs.count_params()


# What Keras writes into every configuration and Pellucid has one way to do.
ONLY_IN_KERAS = {
    "activity_regularizer", "bias_constraint", "bias_regularizer", "dtype", "kernel_constraint", "kernel_regularizer",
    "quantization_config",
}  # fmt: skip


def _plain(value: Any) -> Any:
    """Lists for tuples; without the axes that Keras's variance scaling can be given, where they are not."""
    if isinstance(value, dict):
        unused = ("input_axes", "output_axes")
        return {key: _plain(item) for key, item in value.items() if key not in unused or item is not None}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


@by_case
def test_configuration(case: Case) -> None:
    """The same keys and values (an initialiser is a record in both), and each library reads the other's."""
    ours, theirs = getattr(layers, case.kind)(**case.options), getattr(keras.layers, case.kind)(**case.options)
    mine, reference = ours.get_config(), theirs.get_config()
    assert set(reference) - set(mine) <= ONLY_IN_KERAS
    assert {key: _plain(mine[key]) for key in mine if key != "name"} == {
        key: _plain(reference[key]) for key in mine if key != "name"
    }
    again = type(theirs).from_config(mine)
    assert _plain(again.get_config()) == _plain({**reference, "name": ours.name})
    shared = {key: value for key, value in reference.items() if key in mine}
    assert type(ours).from_config(shared).get_config() == {**mine, "name": theirs.name}


def test_every_layer_has_a_case() -> None:
    """A new layer cannot be forgotten here."""
    classes = {name for name in layers.__all__ if isinstance(getattr(layers, name), type)}
    assert classes - {"Layer", "InputLayer"} == {case.kind for case in CASES}


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
