"""`.keras` files in both directions: what one library saves, the other loads, and it predicts the same."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras.src.saving import saving_lib
from keras_oracle import check_close
from networks import NETWORKS, branches, chain, outputs, samples

import pellucid
from pellucid import Input, Model, Sequential, layers, load_model

# What an optimiser remembers is not in our files; Keras says so when it loads a compiled model.
pytestmark = pytest.mark.filterwarnings("ignore:Skipping variable loading for optimizer:UserWarning")

by_network = pytest.mark.parametrize("build", NETWORKS.values(), ids=NETWORKS)


def _check_same(family: str, first: Any, second: Any) -> None:
    """Equal predictions, layer names and weights."""
    x = samples(first, 5)
    for mine, reference in zip(outputs(first, x), outputs(second, x), strict=True):
        check_close(f"files, {family}", mine, reference, 1e-5)
    assert [layer.name for layer in first.layers] == [layer.name for layer in second.layers]
    for mine, reference in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, reference)


def _disturb(model: Any) -> Any:
    """Weights that no initialiser makes, biases included."""
    rng = np.random.default_rng(3)
    model.set_weights([rng.normal(size=array.shape).astype(np.float32) * 0.4 for array in model.get_weights()])
    return model


@by_network
def test_keras_loads_ours(build: Callable[[Any], Any], tmp_path: Path) -> None:
    """Structure, names and weights arrive."""
    model = _disturb(build(pellucid))
    model.save(tmp_path / "ours.keras")
    _check_same("ours to Keras", model, keras.models.load_model(tmp_path / "ours.keras"))


@by_network
def test_we_load_theirs(build: Callable[[Any], Any], tmp_path: Path) -> None:
    """Structure, names and weights arrive."""
    model = _disturb(build(keras))
    model.save(tmp_path / "theirs.keras")
    _check_same("Keras to ours", load_model(tmp_path / "theirs.keras"), model)


def test_folders_and_open_files(tmp_path: Path) -> None:
    """What `zipped=False` makes, and what goes into an open file, in both directions."""
    model = _disturb(chain(pellucid))
    model.save(tmp_path / "ours", zipped=False)
    reference = keras.models.load_model(tmp_path / "ours")
    _check_same("a folder of ours to Keras", model, reference)
    reference.save(tmp_path / "theirs", zipped=False)
    _check_same("a folder of Keras to ours", load_model(tmp_path / "theirs"), reference)
    file = io.BytesIO()
    saving_lib.save_model(reference, file)
    file.seek(0)
    _check_same("an open file of Keras to ours", load_model(file), reference)


@by_network
def test_there_and_back(build: Callable[[Any], Any], tmp_path: Path) -> None:
    """From here to Keras and back: the predictions are the same to the bit."""
    model = _disturb(build(pellucid))
    model.save(tmp_path / "first.keras")
    keras.models.load_model(tmp_path / "first.keras").save(tmp_path / "second.keras")
    again, x = load_model(tmp_path / "second.keras"), samples(model, 5)
    for mine, back in zip(outputs(model, x), outputs(again, x), strict=True):
        np.testing.assert_array_equal(mine, back)
    assert again.name == model.name


@pytest.mark.parametrize("ours_first", [True, False])
def test_how_a_model_was_compiled(ours_first: bool, tmp_path: Path) -> None:
    """Optimiser, loss and metrics are in the file: `evaluate` works at once and agrees."""
    library, other = (pellucid, keras) if ours_first else (keras, pellucid)
    model = _disturb(chain(library))
    optimizer = library.optimizers.SGD(0.03, momentum=0.8, nesterov=True)
    model.compile(optimizer, library.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
    x, y = samples(model, 20), np.arange(20) % 5
    before = model.evaluate(x, y, verbose=0, return_dict=True)
    model.save(tmp_path / "model.keras")
    loaded = (load_model if other is pellucid else keras.models.load_model)(tmp_path / "model.keras")
    after = loaded.evaluate(x, y, verbose=0, return_dict=True)
    assert set(before) == set(after)
    for name, value in before.items():
        assert after[name] == pytest.approx(value, rel=1e-5)
    for setting, value in optimizer.get_config().items():
        if setting in loaded.optimizer.get_config():
            assert loaded.optimizer.get_config()[setting] == pytest.approx(value)


def test_adam_and_frozen_layers_survive(tmp_path: Path) -> None:
    """In both directions."""
    for library, load in ((pellucid, keras.models.load_model), (keras, load_model)):
        model = chain(library)
        model.layers[0].trainable = False
        model.compile(library.optimizers.Adam(0.004, beta_1=0.8), "sparse_categorical_crossentropy")
        model.save(tmp_path / "model.keras")
        loaded = load(tmp_path / "model.keras")
        assert [layer.trainable for layer in loaded.layers] == [False, *[True] * (len(model.layers) - 1)]
        assert len(loaded.trainable_weights) == len(model.trainable_weights)
        assert type(loaded.optimizer).__name__ == "Adam"
        assert float(loaded.optimizer.get_config()["beta_1"]) == pytest.approx(0.8)


def test_training_goes_on_after_loading_from_keras(tmp_path: Path) -> None:
    """The loaded model learns as the one in Keras does."""
    theirs = _disturb(branches(keras))
    theirs.compile(keras.optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy")
    theirs.save(tmp_path / "theirs.keras")
    ours = load_model(tmp_path / "theirs.keras")
    x, y = samples(ours, 24), np.arange(24) % 5
    settings = {"batch_size": 8, "epochs": 3, "shuffle": False, "verbose": 0}
    mine, reference = ours.fit(x, y, **settings), theirs.fit(x, y, **settings)
    np.testing.assert_allclose(mine.history["loss"], reference.history["loss"], rtol=1e-4)


def test_keras_sequential_that_was_built_by_data(tmp_path: Path) -> None:
    """Without an Input, the file says what shape the model was built for."""
    model = keras.Sequential([keras.layers.Conv2D(3, 3), keras.layers.Flatten(), keras.layers.Dense(2)])
    x = np.ones((2, 6, 6, 1), np.float32)
    expected = model.predict(x, verbose=0)
    model.save(tmp_path / "theirs.keras")
    np.testing.assert_allclose(load_model(tmp_path / "theirs.keras").predict(x), expected, atol=1e-5)


def test_initialisers_of_keras(tmp_path: Path) -> None:
    """Settings of initialisers and activations are read, and written again as Keras had them."""
    init = keras.initializers
    model = keras.Sequential(
        [
            keras.Input((5, 5, 1)),
            keras.layers.Conv2D(3, 3, kernel_initializer=init.HeNormal(seed=3), bias_initializer=init.Constant(0.5)),
            keras.layers.Flatten(),
            keras.layers.Dense(4, keras.activations.silu, kernel_initializer=init.Orthogonal(gain=2.0)),
            keras.layers.Dense(2, kernel_initializer=init.VarianceScaling(0.5, "fan_avg", "uniform", seed=1)),
        ]
    )
    model.save(tmp_path / "theirs.keras")
    ours = load_model(tmp_path / "theirs.keras")
    _check_same("initialisers", ours, model)
    assert ours.layers[0].get_config()["kernel_initializer"]["config"]["seed"] == 3
    assert ours.layers[2].get_config()["kernel_initializer"]["config"]["gain"] == 2.0
    ours.save(tmp_path / "ours.keras")
    _check_same("initialisers back", ours, keras.models.load_model(tmp_path / "ours.keras"))


def test_a_model_on_another_models_layers(tmp_path: Path) -> None:
    """Transfer learning: the layers are called by two models, the file of the second one stands on its own."""
    base = Sequential([Input((6, 6, 1)), layers.Conv2D(3, 3, name="conv"), layers.Flatten(name="flat")])
    x = Input((6, 6, 1), name="image")
    model = Model(x, layers.Dense(2, name="head")(base.layers[1](base.layers[0](x))))
    model.save(tmp_path / "ours.keras")
    for load in (load_model, keras.models.load_model):
        loaded = load(tmp_path / "ours.keras")
        np.testing.assert_allclose(outputs(model, samples(model, 3))[0], outputs(loaded, samples(model, 3))[0], 1e-5)


def test_names_that_other_models_use_too(tmp_path: Path) -> None:
    """Two models may name their layers alike; loading one does not touch the other."""
    first, second = _disturb(branches(pellucid)), branches(pellucid)
    first.save(tmp_path / "first.keras")
    second.save(tmp_path / "second.keras")
    before = second.get_weights()
    loaded = load_model(tmp_path / "first.keras")
    _check_same("equal names", loaded, first)
    for old, new in zip(before, second.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_settings_of_losses_and_metrics(tmp_path: Path) -> None:
    """Written by us, read by us and by Keras: the same names and the same values as before."""
    ours = chain(pellucid)
    metrics = [
        pellucid.metrics.BinaryAccuracy(threshold=0.2),
        pellucid.metrics.Precision([0.1, 0.2], name="precise"),
        pellucid.metrics.Recall(top_k=2, class_id=1, name="found"),
        pellucid.metrics.MeanSquaredError(name="squares"),
    ]
    ours.compile("sgd", pellucid.losses.CategoricalCrossentropy(label_smoothing=0.2, reduction="sum"), metrics=metrics)
    ours.save(tmp_path / "ours.keras")
    x, y = samples(ours, 10), np.eye(5)[np.arange(10) % 5]
    expected = ours.evaluate(x, y, verbose=0, return_dict=True)
    again, theirs = load_model(tmp_path / "ours.keras"), keras.saving.load_model(tmp_path / "ours.keras")
    assert set(expected) == {"loss", "binary_accuracy", "precise", "found", "squares"}
    for model, digits in ((again, 1e-7), (theirs, 1e-5)):
        told = model.evaluate(x, y, verbose=0, return_dict=True)
        assert set(told) == set(expected)
        for name, value in expected.items():
            np.testing.assert_allclose(np.asarray(told[name]), value, rtol=digits, err_msg=name)


def test_metrics_as_objects(tmp_path: Path) -> None:
    """Keras writes them with their settings."""
    theirs = chain(keras)
    metrics = [keras.metrics.SparseCategoricalAccuracy(name="right"), "accuracy"]
    theirs.compile(keras.optimizers.RMSprop(), keras.losses.SparseCategoricalCrossentropy(), metrics=metrics)
    theirs.save(tmp_path / "theirs.keras")
    ours = load_model(tmp_path / "theirs.keras")
    x, y = samples(ours, 10), np.arange(10) % 5
    mine, reference = (model.evaluate(x, y, verbose=0, return_dict=True) for model in (ours, theirs))
    assert set(mine) == set(reference) == {"loss", "right", "accuracy"}
    assert mine["right"] == pytest.approx(reference["right"])
