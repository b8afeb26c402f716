"""Keras itself reads what is written here, and what Keras writes is read here: the same numbers, in the same groups."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers as k

from pellucid.formats.keras_v3 import encode_keras, read_keras, write_keras
from pellucid.formats.weight_groups import layer_groups


def _sequential() -> keras.Model:
    model = keras.Sequential(
        [
            k.Input((12, 12, 1)),
            k.Conv2D(4, 3, activation="relu", name="stem"),
            k.MaxPooling2D(2),
            k.Conv2D(3, 2),
            k.BatchNormalization(),
            k.ReLU(),
            k.PReLU(),
            k.Dropout(0.2),
            k.Flatten(),
            k.Dense(10),
            k.Softmax(),
        ],
        name="digits",
    )
    model.compile(optimizer=keras.optimizers.Adam(), loss="sparse_categorical_crossentropy")
    model.fit(np.ones((4, 12, 12, 1), np.float32), np.arange(4), verbose=0)
    return model


def _functional() -> keras.Model:
    x = k.Input((12, 12, 1), name="picture")
    left = k.Conv2D(2, 3, padding="same", name="left")(x)
    right = k.Conv2D(2, 3, padding="same", use_bias=False)(x)
    both = k.Concatenate()([k.Add()([left, right]), k.SeparableConv2D(2, 3, padding="same")(x)])
    flat = k.Flatten()(both)
    return keras.Model(x, [k.Dense(3, name="a")(flat), k.Dense(2, name="b")(flat)])


def _nested() -> keras.Model:
    inner = keras.Sequential([k.Input((12, 12, 1)), k.Conv2D(2, 3), k.Conv2D(2, 3)])
    return keras.Sequential([k.Input((12, 12, 1)), inner, k.Conv2D(1, 3), k.GlobalAveragePooling2D()])


MODELS: dict[str, Callable[[], keras.Model]] = {"sequential": _sequential, "functional": _functional, "nested": _nested}


def _expected_weights(model: keras.Model, parent: str = "") -> dict[str, list[np.ndarray]]:
    """The weights of each layer under the name that `layer_groups` computes for it."""
    groups = layer_groups([type(layer).__name__ for layer in model.layers], parent=parent)
    weights = {}
    for group, layer in zip(groups, model.layers, strict=True):
        if isinstance(layer, keras.Model):
            weights |= _expected_weights(layer, group)
        else:
            weights[f"{group}/vars"] = layer.get_weights()
    return weights


def _outputs(model: keras.Model) -> list[np.ndarray]:
    image = np.random.default_rng(0).normal(size=(2, 12, 12, 1)).astype(np.float32)
    outputs = model(image, training=False)
    return [keras.ops.convert_to_numpy(output) for output in (outputs if isinstance(outputs, list) else [outputs])]


@pytest.mark.parametrize("kind", MODELS)
def test_files_of_keras(tmp_path: Path, kind: str) -> None:
    """Every layer's weights are in the group that `layer_groups` names, in the order of `get_weights`."""
    model = MODELS[kind]()
    model.save(tmp_path / "theirs.keras")
    contents = read_keras(tmp_path / "theirs.keras")
    assert contents.config["class_name"] == type(model).__name__
    assert contents.metadata["keras_version"] == keras.__version__
    expected = _expected_weights(model)
    for group, arrays in expected.items():
        found = contents.weights.get(group, [])
        assert [array.shape for array in found] == [array.shape for array in arrays]
        for ours, theirs in zip(found, arrays, strict=True):
            np.testing.assert_array_equal(ours, theirs)
    layers_in_file = {group for group, arrays in contents.weights.items() if arrays and group.startswith("layers/")}
    assert layers_in_file == {group for group, arrays in expected.items() if arrays}


@pytest.mark.parametrize("kind", MODELS)
def test_keras_loads_our_files(tmp_path: Path, kind: str) -> None:
    """Written from the configuration and from weights by name, Keras computes the same outputs to the bit."""
    model = MODELS[kind]()
    model.save(tmp_path / "theirs.keras")
    config = read_keras(tmp_path / "theirs.keras").config
    weights = {group: [array + 1 for array in arrays] for group, arrays in _expected_weights(model).items()}
    names = {group: "some_name" for group in weights}
    write_keras(tmp_path / "ours.keras", config, {"keras_version": "3.0.0"}, weights, names=names)
    loaded = keras.models.load_model(tmp_path / "ours.keras", compile=False)
    for before, after in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(before + 1, after)
    model.set_weights([array + 1 for array in model.get_weights()])
    for ours, theirs in zip(_outputs(loaded), _outputs(model), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_optimizer_state_survives(tmp_path: Path) -> None:
    """Step count and slots are kept as a group of their own, and Keras goes on with them."""
    model = _sequential()
    model.save(tmp_path / "theirs.keras")
    contents = read_keras(tmp_path / "theirs.keras")
    assert int(contents.weights["optimizer/vars"][0]) == 1
    (tmp_path / "ours.keras").write_bytes(encode_keras(contents.config, contents.metadata, contents.weights))
    loaded = keras.models.load_model(tmp_path / "ours.keras")
    for before, after in zip(model.optimizer.variables, loaded.optimizer.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(before), np.asarray(after))


def test_every_class_name_of_keras() -> None:
    """The snake case of all layers is Keras's own."""
    from keras.src.utils.naming import to_snake_case

    names = [name for name, value in vars(k).items() if inspect.isclass(value)]
    assert len(names) > 100
    for name in [*names, "Functional", "My_Layer", "HTTPLayer2", "A", "Conv2DBNReLU6"]:
        assert layer_groups([name]) == [f"layers/{to_snake_case(name)}"]
