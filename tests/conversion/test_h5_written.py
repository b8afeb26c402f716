"""Models in `.h5` files: in the words of Keras 2, read by Keras 3 and here; what Keras 2 lacks is refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pyfive
import pytest

from pellucid import Input, Model, Sequential, conversion, layers, load_model, ops
from pellucid.errors import ArgumentError

RNG = np.random.default_rng(3)
ROWS, COLUMNS = 12, 10


def _chain() -> Sequential:
    return Sequential(
        [
            Input((ROWS, COLUMNS, 2)),
            layers.Conv2D(4, (3, 2), activation="relu", kernel_regularizer="l2", kernel_constraint="max_norm"),
            layers.BatchNormalization(),
            layers.SeparableConv2D(6, 3, padding="same", pointwise_initializer="he_normal"),
            layers.DepthwiseConv2D(3, strides=2),
            layers.LeakyReLU(0.1),
            layers.PReLU(),
            layers.Conv2DTranspose(3, 3, strides=2, padding="same", activation="silu"),
            layers.UpSampling2D((2, 1), interpolation="bilinear"),
            layers.ZeroPadding2D(((1, 0), (2, 1))),
            layers.SpatialDropout2D(0.2),
            layers.AveragePooling2D((3, 2), padding="same"),
            layers.LayerNormalization(),
            layers.Conv2D(6, 1, groups=3, use_bias=False),
            layers.Flatten(),
            layers.Dense(3, activation="softmax", kernel_initializer="orthogonal"),
        ]
    )


def _branches() -> Model:
    """Models inside, one of them used twice, and layers of one name in two places."""
    image = Input((6, 5, 2))
    inner = Sequential(
        [Input((6, 5, 2)), layers.Conv2D(2, 3, padding="same", name="conv"), layers.BatchNormalization()]
    )
    start = Input((6, 5, 2))
    other = Model(start, layers.Conv2D(2, 1, name="conv")(start))
    joined = layers.Add()([inner(image), inner(inner(image))])
    maps = other(joined)
    ends = [layers.Concatenate()([maps, other(maps)]), layers.Dense(2)(layers.GlobalAveragePooling2D()(maps))]
    return Model(image, ends)


def _volumes() -> Model:
    return Sequential(
        [Input((5, 4, 3, 2)), layers.Conv3D(3, 2), layers.MaxPooling3D((2, 1, 1)), layers.Reshape((18, 2, 1)[:2])]
    )


def _strips() -> Model:
    x = Input((9, 3))
    return Model(x, layers.Dense(2)(layers.Flatten()(layers.LocallyConnected1D(2, 3)(layers.Conv1D(3, 2)(x)))))


def _as_list(result: Any) -> list[np.ndarray]:
    return result if isinstance(result, list) else [result]


@pytest.mark.parametrize("make", [_chain, _branches, _volumes])
def test_keras_reads_what_is_written(make: Callable[[], Model], tmp_path: Path) -> None:
    """The same predictions there within rounding, and here to the bit."""
    model = make()
    for weight in model.weights:  # moving averages and all
        weight.assign(np.abs(RNG.normal(size=weight.shape)).astype(np.float32) * 0.3 + 0.1)
    model.save(tmp_path / "model.h5")
    x = RNG.normal(size=(3, *model.input_shape[1:])).astype(np.float32)
    mine, here = _as_list(model.predict(x, verbose=0)), load_model(tmp_path / "model.h5")
    theirs = _as_list(keras.models.load_model(tmp_path / "model.h5", compile=False).predict(x, verbose=0))
    for a, b, c in zip(mine, theirs, _as_list(here.predict(x, verbose=0)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6 * np.abs(a).max())
        np.testing.assert_array_equal(a, c)


def test_a_second_reader_finds_the_same(tmp_path: Path) -> None:
    """pyfive, which shares no code with libhdf5: all texts and arrays."""
    model = _chain()
    model.compile("adam", "mse")
    model.save(tmp_path / "model.h5")
    other = pyfive.File(str(tmp_path / "model.h5"))
    with h5py.File(tmp_path / "model.h5") as file:
        assert json.loads(file.attrs["model_config"]) == json.loads(_text(other.attrs["model_config"]))
        for layer in model.layers:
            group, theirs = file["model_weights"][layer.name], other["model_weights"][layer.name]
            names = [_text(name) for name in theirs.attrs["weight_names"]]
            assert names == [_text(name) for name in group.attrs["weight_names"]]
            for name in names:
                np.testing.assert_array_equal(theirs[name][...], group[name][...])


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def test_layers_that_keras_3_has_no_more(tmp_path: Path) -> None:
    """Keras 2 had layers that are connected locally; they come back as they were."""
    model = _strips()
    model.save(tmp_path / "model.h5")
    x = RNG.normal(size=(3, 9, 3)).astype(np.float32)
    np.testing.assert_array_equal(load_model(tmp_path / "model.h5").predict(x, verbose=0), model.predict(x, verbose=0))


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd", "adadelta"])
def test_a_training_goes_on(optimizer: str, tmp_path: Path) -> None:
    """The optimiser's state, loss and metrics are in the file; Keras takes over the number of steps."""
    model = Sequential([Input((6,)), layers.Dense(5, activation="tanh"), layers.BatchNormalization(), layers.Dense(3)])
    model.compile(optimizer, "mse", metrics=["mae"])
    x, y = RNG.normal(size=(16, 6)), RNG.normal(size=(16, 3))
    model.fit(x, y, batch_size=8, epochs=2, verbose=0)
    model.save(tmp_path / "model.h5")
    again = load_model(tmp_path / "model.h5")
    theirs = keras.models.load_model(tmp_path / "model.h5")
    assert again.optimizer.iterations == int(theirs.optimizer.iterations) == 4
    for each in (model, again):
        each.fit(x, y, batch_size=8, shuffle=False, verbose=0)
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_optimizers_of_models_inside(tmp_path: Path) -> None:
    """The order of the weights changes when models inside are opened, and that of the moments with it."""
    model = _branches()
    model.compile("adam", ["mse", "mse"])
    x = RNG.normal(size=(4, 6, 5, 2))
    targets = [np.ones((4, 6, 5, 4)), np.zeros((4, 2))]
    model.fit(x, targets, epochs=2, verbose=0)
    model.save(tmp_path / "model.h5")
    again = load_model(tmp_path / "model.h5")
    for each in (model, again):
        each.fit(x, targets, epochs=2, shuffle=False, verbose=0)
    for a, b in zip(_as_list(model.predict(x, verbose=0)), _as_list(again.predict(x, verbose=0)), strict=True):
        np.testing.assert_array_equal(a, b)


def _values(value: Any, key: str) -> Iterator[Any]:
    """All values of a key, wherever it lies."""
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from _values(item, key)
    if isinstance(value, dict) and key in value:
        yield value[key]


def test_the_words_are_those_of_keras_2(tmp_path: Path) -> None:
    """What Keras 3 writes and Keras 2 cannot read is not there: batch_shape, modules, records of policies."""
    model = _chain()
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    model.save(tmp_path / "model.h5")
    with h5py.File(tmp_path / "model.h5") as file:
        config, training = (json.loads(file.attrs[name]) for name in ("model_config", "training_config"))
    for word in ("batch_shape", "module", "registered_name", "build_config", "autocast", "quantization_config"):
        assert not list(_values([config, training], word)), word
    assert set(_values(config, "dtype")) == {"float32"}
    first, *rest = config["config"]["layers"]
    assert first["config"]["batch_input_shape"] == [None, ROWS, COLUMNS, 2]
    assert [layer["config"]["groups"] for layer in rest if "groups" in layer["config"]] == [3]
    assert next(layer["config"]["alpha"] for layer in rest if layer["class_name"] == "LeakyReLU") == pytest.approx(0.1)
    assert (training["metrics"], training["optimizer_config"]["class_name"]) == (["accuracy"], "Adam")


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (layers.AdaptiveAveragePooling2D((2, 2), name="odd"), "no AdaptiveAveragePooling2D"),
        (layers.Conv1D(2, 3, padding=1, data_format="channels_first", name="odd"), "no padding="),
        (layers.MaxPooling2D(2, padding=((1, 1), (1, 0)), name="odd"), "no padding="),
        (layers.Conv2D(2, 3, padding="same", padding_mode="reflect", name="odd"), "no padding_mode='reflect'"),
        (layers.Activation("hard_sigmoid", name="odd"), "no activation that computes 'hard_sigmoid'"),
        (layers.RMSNormalization(name="odd"), "no RMSNormalization"),
    ],
)
def test_what_keras_2_lacks_is_refused_by_name(layer: layers.Layer, words: str, tmp_path: Path) -> None:
    """Nothing is written then."""
    model = Sequential([Input((6, 5) if isinstance(layer, layers.Conv1D) else (6, 5, 2)), layer])
    with pytest.raises(ArgumentError, match=rf'"odd" cannot be written for Keras 2, which has {words}'):
        model.save(tmp_path / "model.h5")
    assert not (tmp_path / "model.h5").exists()


def test_layers_of_ones_own(tmp_path: Path) -> None:
    """They stand in the file by their class, and are found among `custom_objects`; here and in Keras 3."""

    class Twice(layers.Layer):
        def __init__(self, times: float = 2.0, **options: Any) -> None:
            super().__init__(**options)
            self.times = times

        def call(self, inputs: Any) -> Any:
            return inputs * self.times

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "times": self.times}

    class Theirs(keras.layers.Layer):
        def __init__(self, times: float = 2.0, **options: Any) -> None:
            super().__init__(**options)
            self.times = times

        def call(self, inputs: Any) -> Any:
            return inputs * self.times

    model = Sequential([Input((4,)), layers.Dense(3), Twice(3.0, name="own")])
    model.save(tmp_path / "model.h5")
    x = RNG.normal(size=(2, 4)).astype(np.float32)
    mine = load_model(tmp_path / "model.h5", custom_objects={"Twice": Twice})
    np.testing.assert_array_equal(mine.predict(x, verbose=0), model.predict(x, verbose=0))
    theirs = keras.models.load_model(tmp_path / "model.h5", custom_objects={"Twice": Theirs})
    np.testing.assert_allclose(theirs.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-5, atol=1e-6)


def test_functions_between_layers_are_refused(tmp_path: Path) -> None:
    """Models of Keras 2 are made of layers alone."""
    x = Input((4,))
    with pytest.raises(ArgumentError, match="made of layers alone"):
        Model(x, layers.Dense(2)(ops.exp(x))).save(tmp_path / "model.h5")


def test_the_report_says_what_is_lost(tmp_path: Path) -> None:
    """What no prediction depends on is left out with a sentence."""
    model = Sequential(
        [Input((6, 5, 2)), layers.Conv2D(2, 3, kernel_initializer="lines", dtype="mixed_bfloat16", name="conv")]
    )
    report = conversion.save(model, tmp_path / "model.h5")
    assert report.lost == (
        'Conv2D "conv": its kernel_initializer, which drew values that are in the file',
        'Conv2D "conv" computes in mixed_bfloat16; in the file it computes in float32',
    )
    assert report.count("matched") == 2
