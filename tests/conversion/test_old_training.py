"""How models of Keras 2 with two outputs were compiled, in each form in which files have it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checks.old_files import write_model

from pellucid import load_model
from pellucid.errors import FileError

RNG = np.random.default_rng(11)
ADAM = {"class_name": "Adam", "config": {"lr": 0.1, "beta_1": 0.9, "beta_2": 0.999, "decay": 0.0, "epsilon": 1e-7}}


def _written(path: Path, training: dict[str, Any]) -> Path:
    begin = {"name": "i", "batch_input_shape": [None, 4], "dtype": "float32", "sparse": False}
    layers = [{"class_name": "InputLayer", "name": "i", "config": begin, "inbound_nodes": []}]
    arrays: dict[str, list[tuple[str, np.ndarray]]] = {"i": []}
    for name, units, activation in (("a", 2, "linear"), ("b", 3, "softmax")):
        config = {"name": name, "units": units, "use_bias": False, "activation": activation}
        layers.append({"class_name": "Dense", "name": name, "config": config, "inbound_nodes": [[["i", 0, 0, {}]]]})
        arrays[name] = [(f"{name}/kernel:0", RNG.normal(size=(4, units)))]
    ends = {"input_layers": [["i", 0, 0]], "output_layers": [["a", 0, 0], ["b", 0, 0]]}
    config = {"class_name": "Model", "config": {"name": "m", "layers": layers, **ends}}
    told = {"optimizer_config": ADAM, "loss_weights": None, "sample_weight_mode": None, **training}
    return write_model(path, config, arrays, version="2.2.4", backend="tensorflow", training=told)


def _wrapped(name: str, function: str) -> dict[str, Any]:
    return {"class_name": "MeanMetricWrapper", "config": {"name": name, "dtype": "float32", "fn": function}}


SQUARED = {"class_name": "MeanSquaredError", "config": {"reduction": "auto", "name": "mean_squared_error"}}


@pytest.mark.parametrize(
    ("training", "told"),
    [
        ({"loss": "mse", "metrics": ["mae"]}, ["a_loss", "a_mae", "b_loss", "b_mae", "loss"]),
        (
            {"loss": {"a": "mse", "b": "cosine"}, "metrics": {"b": "accuracy"}, "loss_weights": {"a": 0.5, "b": 1.0}},
            ["a_loss", "b_accuracy", "b_loss", "loss"],
        ),
        (
            {"loss": ["mse", "kld"], "metrics": [["mae"], ["acc"]], "loss_weights": [0.5, 1.0]},
            ["a_loss", "a_mae", "b_acc", "b_loss", "loss"],
        ),
        (
            {"loss": {"a": SQUARED, "b": "kld"}, "metrics": [[], [_wrapped("acc", "categorical_accuracy")]]},
            ["a_loss", "b_acc", "b_loss", "loss"],
        ),
    ],
)
def test_losses_and_metrics(training: dict[str, Any], told: list[str], tmp_path: Path) -> None:
    """One for all outputs, by names, in lists, as records of tf.keras."""
    model = load_model(_written(tmp_path / "model.h5", training))
    targets = [np.ones((4, 2)), np.eye(3)[[0, 1, 2, 0]]]
    assert sorted(model.fit(np.ones((4, 4)), targets, verbose=0).history) == told
    assert model.optimizer.learning_rate == pytest.approx(0.1)


def test_what_is_unknown_is_told_with_the_way_around(tmp_path: Path) -> None:
    """A loss of the writer's own: the model itself can be had."""
    path = _written(tmp_path / "model.h5", {"loss": "my_loss", "metrics": []})
    with pytest.raises(FileError, match=r"'my_loss'.*load_model\(path, compile=False\) reads the model without it"):
        load_model(path)
    assert load_model(path, compile=False).optimizer is None
    assert load_model(path, custom_objects={"my_loss": lambda t, p: (t - p) ** 2}).optimizer is not None
