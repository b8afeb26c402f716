"""Files of tf.keras 2.12 and 2.15, made by these (`golden/make_of_tf_keras.py`): predictions, and training goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from pellucid import Sequential, layers, load_model, models
from pellucid.errors import FileError
from pellucid.formats.weight_groups import places_of_today

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", ["tf_keras_2_12.keras", "tf_keras_2_15.keras", "tf_keras_2_15.h5"])
@pytest.mark.parametrize("untrusted", [False, True])
def test_a_model_of_tf_keras(name: str, untrusted: bool) -> None:
    """With functions between layers, a model inside, and what Adam remembers: a step more gives what it gave there."""
    held = np.load((GOLDEN / name).with_suffix(".npz"))
    x, y = [held["x0"], held["x1"]], [held["y0"], held["y1"]]
    model = load_model(GOLDEN / name, untrusted=untrusted)
    for number, found in enumerate(model.predict(x, verbose=0)):
        np.testing.assert_allclose(found, held[f"found{number}"], rtol=0, atol=2e-6)
    model.train_on_batch(x, y)
    for number, found in enumerate(model.predict(x, verbose=0)):
        np.testing.assert_allclose(found, held[f"after{number}"], rtol=0, atol=2e-4)  # its square roots are of 1e-7


@pytest.mark.parametrize("name", ["tf_keras_2_12.keras", "tf_keras_2_15.keras"])
def test_weights_alone_of_such_a_file(name: str) -> None:
    """They fill a model of the same layers."""
    path = GOLDEN / name
    model = load_model(path)
    again = models.clone_model(model)
    again.load_weights(path)
    for first, second in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)


def test_the_text_of_a_model() -> None:
    """`to_json` of 2.13 and later names modules, in paths that are none today."""
    record = {
        "class_name": "Sequential",
        "config": {"name": "chain", "layers": [_input((4,)), _layer("Dense", {"units": 2, "name": "d"})]},
        "keras_version": "2.15.0",
        "backend": "tensorflow",
    }
    assert models.model_from_json(json.dumps(record)).output_shape == (None, 2)


def _layer(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    return {"module": "keras.layers", "class_name": kind, "config": config, "registered_name": None}


def _input(shape: tuple[int, ...]) -> dict[str, Any]:
    return _layer("InputLayer", {"batch_input_shape": [None, *shape], "dtype": "float32", "name": "in"})


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (("SeparableConv2D", {"filters": 2, "kernel_size": 2, "groups": 1, "kernel_initializer": None}), (5, 4, 3)),
        (("DepthwiseConv2D", {"kernel_size": 2, "groups": 1, "kernel_constraint": None}), (5, 4, 3)),
        (("RandomFlip", {"rng_type": "stateful", "mode": "horizontal"}), (5, 4, 3)),
        (("RandomRotation", {"rng_type": "stateless", "factor": 0.1}), (5, 4, 3)),
        (("Normalization", {"axis": -1, "mean": [1.0, 2.0], "variance": 4.0}), (2,)),
        (("ReLU", {"max_value": {"class_name": "__numpy__", "config": {"value": 1.5, "dtype": "float32"}}}), (2,)),
        (("SpectralNormalization", {"layer": _layer("Dense", {"units": 2, "name": "d"}), "power_iterations": 1}), (3,)),
    ],
)
def test_options_that_only_tf_keras_wrote(layer: tuple[str, dict[str, Any]], shape: tuple[int, ...]) -> None:
    """They are read over, or put into today's form."""
    kind, config = layer
    record = {"class_name": "Sequential", "config": {"layers": [_input(shape), _layer(kind, {**config, "name": "l"})]}}
    model = models.model_from_json(json.dumps({**record, "keras_version": "2.15.0"}))
    assert type(model.layers[0]).__name__ == kind


def test_one_variance_beside_several_means() -> None:
    """As tf.keras computes it: (x - mean) / sqrt(variance), the number for all."""
    config = {"axis": -1, "mean": [1.0, 2.0], "variance": 4.0, "name": "l"}
    record = {"class_name": "Sequential", "config": {"layers": [_input((2,)), _layer("Normalization", config)]}}
    model = models.model_from_json(json.dumps({**record, "keras_version": "2.15.0"}))
    np.testing.assert_allclose(model.predict([[3.0, 8.0]], verbose=0), [[1.0, 3.0]], rtol=1e-6)


def _function(function: str, **given: Any) -> dict[str, Any]:
    """A model that calls a function of TensorFlow's."""
    config = {"name": f"tf.{function}", "trainable": True, "dtype": "float32", "function": function}
    called = {"class_name": "TFOpLambda", "config": config, "name": config["name"]}
    return {
        "class_name": "Functional",
        "config": {
            "name": "net",
            "layers": [
                {**_input((3,)), "name": "in", "inbound_nodes": []},
                {**called, "inbound_nodes": [["in", 0, 0, {"name": None, **given}]]},
            ],
            "input_layers": [["in", 0, 0]],
            "output_layers": [[config["name"], 0, 0]],
        },
        "keras_version": "2.15.0",
    }


X = np.array([[-1.5, 0.25, 2.0]], np.float32)
PADDED: dict[str, Any] = {"paddings": [[0, 0], [1, 2]], "constant_values": 0}


@pytest.mark.parametrize(
    ("function", "given", "expected"),
    [
        ("math.truediv", {"y": 127.5}, X / 127.5),
        ("math.subtract", {"y": ["in", 0, 0]}, X * 0),
        ("nn.bias_add", {"bias": [1.0, 2.0, 3.0]}, X + np.arange(1, 4)),
        ("nn.leaky_relu", {"alpha": 0.5}, np.where(X > 0, X, X / 2)),
        ("math.reduce_sum", {"axis": -1, "keepdims": True}, X.sum(-1, keepdims=True)),
        ("compat.v1.pad", {**PADDED, "mode": "CONSTANT"}, np.pad(X, PADDED["paddings"])),
        ("compat.v1.pad", {**PADDED, "mode": "REFLECT"}, np.pad(X, PADDED["paddings"], "reflect")),
        ("expand_dims", {"axis": 1}, X[:, None]),
        ("reverse", {"axis": [1]}, X[:, ::-1]),
    ],
)  # fmt: skip
def test_functions_of_tensorflow(function: str, given: dict[str, Any], expected: np.ndarray) -> None:
    """Against NumPy; `golden` has them from TensorFlow itself."""
    model = models.model_from_json(json.dumps(_function(function, **given)))
    np.testing.assert_allclose(model.predict(X, verbose=0), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("function", "given", "why"),
    [
        ("io.read_file", {}, "unknown function of TensorFlow's in the model file 'io.read_file'"),
        ("linalg.matmul", {"b": ["in", 0, 0], "transpose_b": True}, "calls linalg.matmul with transpose_b=True"),
        ("nn.silu", {"beta": 2.0}, "calls nn.silu with beta=2.0"),
        ("cast", {"dtype": "string"}, "cast"),
        ("math.add", {"y": ["nowhere", 0, 0]}, "nowhere"),
    ],
)
def test_functions_that_are_not_read(function: str, given: dict[str, Any], why: str) -> None:
    """One sentence with the name, and no model."""
    with pytest.raises((FileError, ValueError), match=why):
        models.model_from_json(json.dumps(_function(function, **given)))


def test_groups_of_2_12_are_counted_anew() -> None:
    """That version counted a layer with weights twice, and models inside likewise."""
    old = "_layer_checkpoint_dependencies"
    groups = [f"{old}/dense/vars", f"{old}/dense_2/vars", f"{old}/dense_10/vars", f"{old}/model/{old}/conv2d_4/vars"]
    found = places_of_today([*groups, "optimizer/vars"])
    assert list(found.values()) == [
        "layers/dense/vars",
        "layers/dense_1/vars",
        "layers/dense_2/vars",
        "layers/model/layers/conv2d/vars",
        "optimizer/vars",
    ]


def test_older_optimizers_beside_newer_ones(tmp_path: Path) -> None:
    """tf.keras kept both: the arrays of the older lie moment by moment, whatever the version."""
    model = Sequential([layers.Input((2,)), layers.Dense(2, name="a"), layers.Dense(2, name="b")])
    model.compile("adam", "mse")
    model.train_on_batch(np.ones((2, 2)), np.zeros((2, 2)))
    model.save(tmp_path / "model.h5")
    with h5py.File(tmp_path / "model.h5", "a") as file:
        group = file["optimizer_weights"]
        names = [name.decode() for name in group.attrs["weight_names"]]
        kept = [name for name in names if "momentum" in name] + [name for name in names if "velocity" in name]
        (count,) = [name for name in names if "iteration" in name]
        group.move(count, "Adam/iter:0")
        group.attrs["weight_names"] = [b"Adam/iter:0", *(name.encode() for name in kept)]
    again = load_model(tmp_path / "model.h5")
    for first, second in zip(model.optimizer.variables, again.optimizer.variables, strict=True):
        np.testing.assert_array_equal(first.numpy(), second.numpy())
