"""What code for Keras does with models, and what it looks for in the messages of errors."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Input, KerasTensor, Model, Sequential, Variable, layers, models
from pellucid.errors import ArgumentError, DataError, FileError, ShapeError

X = np.ones((2, 4), np.float32)


def test_a_metric_that_is_a_number() -> None:
    """The same for each sample, weighted or not."""

    def two(y_true: Any, y_pred: Any) -> float:
        return 2.0

    model = Sequential([layers.Input((4,)), layers.Dense(2)])
    model.compile("sgd", "mse", metrics=[two])
    assert model.fit(X, np.ones((2, 2)), verbose=0).history["two"] == [2.0]
    model.compile("sgd", "mse", weighted_metrics=[two])
    assert model.evaluate(X, np.ones((2, 2)), sample_weight=np.array([1.0, 0.0]), verbose=0)[1] == 2.0


def test_flatten_layers() -> None:
    """All layers of a model and of those inside, each once."""
    shared = layers.Dense(4)
    inner = Sequential([layers.Input((4,)), shared, layers.ReLU()])
    x = Input((4,))
    model = Model(x, shared(inner(x)))
    found = model._flatten_layers()
    assert found[0] is model and len(found) == len(set(found))
    assert {inner, shared, inner.layers[1]} < set(found)
    assert model._flatten_layers(include_self=False, recursive=False) == list(model.layers)


def _old(*nodes: str) -> dict[str, Any]:
    """A model in the words of Keras 2: an input, and dense layers, each on what is named."""
    record: list[dict[str, Any]] = [
        {"class_name": "InputLayer", "name": "x", "config": {"batch_input_shape": [None, 4], "name": "x"}}
    ]
    for number, node in enumerate(nodes):
        name = f"d{number}"
        config = {"units": 3, "name": name}
        record.append({"class_name": "Dense", "name": name, "config": config, "inbound_nodes": [[[node, 0, 0, {}]]]})
    record[0]["inbound_nodes"] = []
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [[f"d{len(nodes) - 1}", 0, 0]]}
    return {"name": "net", "layers": record, **ends}


def test_from_config_in_the_words_of_keras_2() -> None:
    """As `model_from_json` reads them."""
    model = Model.from_config(_old("x", "d0"))
    assert [layer.name for layer in model.layers] == ["x", "d0", "d1"] and model.count_params() == 15 + 12


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        (("d1", "d0"), "connects layer 'd0' in a loop: what it is called on needs its result"),
        (("x", "gone"), r"refers to \['gone', 0, 0\], which is not a layer of it\. Missing node: gone"),
    ],
)
def test_connections_that_cannot_be(nodes: tuple[str, ...], message: str) -> None:
    """A loop is one; what is missing has a name."""
    with pytest.raises(ArgumentError, match=message):
        Model.from_config(_old(*nodes))


def test_none_for_an_optional_input_in_a_list() -> None:
    """Where the inputs have names, in the order of the alphabet."""

    class Sum(layers.Layer):
        def call(self, x: Any, y: Any = None) -> Any:
            return x if y is None else x + y

    a, b = Input((4,), name="a"), Input((4,), name="b", optional=True)
    model = Model({"a": a, "b": b}, Sum()(a, b))
    with pytest.warns(match="a list is taken in the order of the keys"):
        assert np.array_equal(model([X, None]), X)
    assert np.array_equal(model({"a": X, "b": X}), 2 * X)


def test_keras_tensor() -> None:
    """Whatever layers, functions and inputs give is one; arrays and variables are none; a model begins at one."""
    x = KerasTensor((None, 4), name="x")
    y = layers.Dense(3)(x)
    assert all(isinstance(each, KerasTensor) for each in (x, y, y * 2, Input((4,))))
    assert not any(isinstance(each, KerasTensor) for each in (X, Variable([1.0]), layers.Dense(3), None))
    assert Model(x, y).predict(X, verbose=0).shape == (2, 3) and x.shape == (None, 4)
    with pytest.raises(ArgumentError, match="KerasTensor: record_history must be True"):
        KerasTensor((2, 4), record_history=False)
    with pytest.raises(ArgumentError, match="inputs are dense arrays; got sparse=True"):
        KerasTensor((2, 4), sparse=True)


def _built(layer: layers.Layer, shape: tuple[int, ...]) -> layers.Layer:
    layer(np.ones(shape, np.float32))
    return layer


def _pair() -> Model:
    a, b = Input((4,), name="a"), Input((4,), name="b")
    return Model([a, b], a + b, name="pair")


SAID: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "features": (
        lambda: _built(layers.Dense(3, name="d"), (1, 4))(np.ones((1, 5))),
        ShapeError,
        'Dense "d" has weights for 4 input features, got 5; such an input is incompatible with the layer (expected '
        "axis -1 of input shape to have value 4)",
    ),
    "channels first": (
        lambda: _built(layers.Conv1D(3, 2, data_format="channels_first", name="c"), (1, 4, 6))(np.ones((1, 5, 6))),
        ShapeError,
        "(expected axis -2 of input shape to have value 4)",
    ),
    "a list of batches": (
        lambda: Sequential([layers.Input((4,)), layers.Dense(1)], name="net")([X, X]),
        DataError,
        "net expects 1 input, got a list of 2 arrays; it was built for samples of shape (4,)",
    ),
    "one of two": (lambda: _pair()(X), DataError, "pair expects 2 inputs"),
    "both shapes": (lambda: _pair()([X[:, :3], X]), DataError, "expected shape=(None, 4), found shape=(2, 3)"),
    "which output": (
        lambda: Model(a := Input((2,)), {"one": a * 2, "other": Input((2,)) * 3}),
        ArgumentError,
        "Output with path `other` is not connected to the inputs",
    ),
    "no tensors": (lambda: Model({"a": "x"}, Input((2,))), ArgumentError, "All `inputs` values must be KerasTensors"),
    "input_tensors": (
        lambda: models.clone_model(Model({"a": (a := Input((2,)))}, a * 2), input_tensors=[Input((2,))]),
        ArgumentError,
        "`input_tensors` must have the same structure as model.input",
    ),
    "no record of a layer": (
        lambda: Sequential.from_config({"name": "net", "layers": [{"module": "keras.layers"}]}),
        ArgumentError,
        "Expected a dictionary containing a 'config' key",
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_what_people_search_for(case: str) -> None:
    """It stands in the message, beside what we say of it."""
    call, kind, words = SAID[case]
    with pytest.raises(kind, match=re.escape(words)):
        call()


def test_weights_that_do_not_fit(tmp_path: Any) -> None:
    """In the words for shapes, and for a layer that the file does not know."""
    path = tmp_path / "net.weights.h5"
    Sequential([layers.Input((4,)), layers.Dense(3)]).save_weights(path)
    with pytest.raises(FileError, match=r"the file holds .* they must match"):
        Sequential([layers.Input((4,)), layers.Dense(5)]).load_weights(path)
    with pytest.raises(FileError, match=r"the file has none for it .* it received 0 variables"):
        Sequential([layers.Input((4,)), layers.Dense(3), layers.Dense(3)]).load_weights(path)
