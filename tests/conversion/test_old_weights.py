"""Weights alone, of every Keras: by order, by name, with a report; the oldest files; JSON and its weights."""

from __future__ import annotations

from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from checks.old_files import chain, write_model, write_weights

from pellucid import Input, Sequential, layers, load_model, models
from pellucid.conversion import load_weights, save_weights
from pellucid.errors import ArgumentError, FileError

RNG = np.random.default_rng(7)


def _numbers(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def _net(names: tuple[str, str] = ("first", "second"), units: int = 2) -> Sequential:
    first, second = layers.Conv2D(3, (3, 2), name=names[0]), layers.Dense(units, name=names[1])
    return Sequential([Input((6, 5, 2)), first, layers.Flatten(), second])


def test_weights_by_order_and_by_name(tmp_path: Path) -> None:
    """By order names do not matter; by name layers without a partner keep their weights, and the report says so."""
    source = _net()
    save_weights(source, tmp_path / "weights.h5")
    target = _net(("a", "b"))
    target.load_weights(tmp_path / "weights.h5")
    for a, b in zip(source.get_weights(), target.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    partial = _net(("first", "other"))
    before = partial.layers[2].get_weights()
    report = load_weights(partial, tmp_path / "weights.h5", by_name=True)
    assert (report.count("matched"), report.count("left out"), report.count("missing")) == (2, 1, 1)
    np.testing.assert_array_equal(partial.layers[0].get_weights()[0], source.layers[0].get_weights()[0])
    np.testing.assert_array_equal(partial.layers[2].get_weights()[0], before[0])
    with pytest.raises(FileError, match="has no layer with a name of"):
        _net(("x", "y")).load_weights(tmp_path / "weights.h5", by_name=True)


@pytest.mark.filterwarnings("ignore:.*layers keep the weights that they had")
@pytest.mark.parametrize("by_name", [False, True])
def test_what_does_not_fit_is_refused_or_skipped(by_name: bool, tmp_path: Path) -> None:
    """Nothing has changed where it is refused; skipped are whole layers."""
    save_weights(_net(), tmp_path / "weights.h5")
    target = _net(units=4)
    before = target.get_weights()
    with pytest.raises(FileError, match=r'Dense "second": .*second/kernel has shape \(48, 4\), .* \(48, 2\)'):
        target.load_weights(tmp_path / "weights.h5", by_name=by_name)
    for a, b in zip(before, target.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    report = load_weights(target, tmp_path / "weights.h5", by_name=by_name, skip_mismatch=True)
    assert (report.count("matched"), report.count("left out")) == (2, 1)
    np.testing.assert_array_equal(target.layers[2].get_weights()[0], before[2])


def test_keras_reads_weights_alone(tmp_path: Path) -> None:
    """Files of weights of Keras 2 are read by Keras 3, by order and by name."""
    source = _net()
    save_weights(source, tmp_path / "weights.h5")
    k = keras.layers
    first, second = k.Conv2D(3, (3, 2), name="first"), k.Dense(2, name="second")
    theirs = keras.Sequential([keras.Input((6, 5, 2)), first, k.Flatten(), second])
    theirs.load_weights(tmp_path / "weights.h5")
    for a, b in zip(source.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_oldest_weights(tmp_path: Path) -> None:
    """Before Keras 1.0 layers had numbers, and batch normalisation kept deviations; Theano computed."""
    kernel, bias = _numbers(3, 2, 3, 2), _numbers(3)
    parts = [_numbers(3), _numbers(3), _numbers(3), np.abs(_numbers(3)) + 1]
    with h5py.File(tmp_path / "old.h5", "w") as file:
        file.attrs["nb_layers"] = 3
        for number, arrays in enumerate([[kernel, bias], [], parts]):
            group = file.create_group(f"layer_{number}")
            group.attrs["nb_params"] = len(arrays)
            for place, array in enumerate(arrays):
                group.create_dataset(f"param_{place}", data=array)
    first = layers.Conv2D(3, (3, 2), data_format="channels_first")
    model = Sequential([Input((2, 6, 5)), first, layers.ReLU(), layers.BatchNormalization(axis=1, epsilon=0.01)])
    report = load_weights(model, tmp_path / "old.h5")
    np.testing.assert_array_equal(model.layers[0].kernel, kernel[..., ::-1, ::-1].transpose(2, 3, 1, 0))
    x = _numbers(1, 3, 4, 4)
    normal = model.layers[2]
    gamma, beta, mean, deviation = (part[:, None, None] for part in parts)
    expected = (x - mean) / (deviation + 0.01) * gamma + beta
    np.testing.assert_allclose(normal(x), expected, rtol=1e-5, atol=1e-5)
    assert report.count("converted") == 1 and "Theano" in report.lost[0]
    with pytest.raises(FileError, match="no names of layers"):
        load_weights(model, tmp_path / "old.h5", by_name=True)


def test_a_model_as_json_and_its_weights(tmp_path: Path) -> None:
    """The other way that people kept models: `to_json`, and `save_weights` beside it."""
    text = (
        '{"class_name": "Sequential", "keras_version": "1.2.2", "config": [{"class_name": "Convolution2D", "config": {'
        '"name": "c", "nb_filter": 3, "nb_row": 3, "nb_col": 2, "dim_ordering": "th", "bias": false, '
        '"batch_input_shape": [null, 2, 6, 5]}}]}'
    )
    model, kernel = models.model_from_json(text), _numbers(3, 2, 3, 2)
    with h5py.File(tmp_path / "w.h5", "w") as file:
        write_weights(file, {"c": [("c_W:0", kernel)]})
    model.load_weights(tmp_path / "w.h5")
    np.testing.assert_array_equal(model.layers[0].kernel, kernel.transpose(2, 3, 1, 0))
    dense = {"class_name": "Dense", "config": {"output_dim": 3, "name": "d", "batch_input_shape": [None, 2]}}
    assert Sequential.from_config([dense]).output_shape == (None, 3)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="YAML is not read, since reading it can run code"):
        models.model_from_json("class_name: Sequential\nconfig: []\n")
    with pytest.raises(AttributeError, match="reading YAML can run code"):
        models.model_from_yaml  # noqa: B018


def test_a_bias_that_lay_filter_by_filter(tmp_path: Path) -> None:
    """With channels first Keras 2 took the bias of places as (filters, rows, columns), whatever its shape said."""
    common = {"kernel_size": [2, 2], "strides": [1, 1], "padding": "valid", "data_format": "channels_first"}
    config = chain(("LocallyConnected2D", {"name": "l", "filters": 2, "batch_input_shape": [None, 1, 4, 3], **common}))
    kernel, bias, x = _numbers(6, 4, 2), _numbers(3, 2, 2), _numbers(1, 4, 3)
    arrays = {"l": [("l/kernel:0", kernel), ("l/bias:0", bias)]}
    model = load_model(write_model(tmp_path / "o.h5", config, arrays, version="2.2.4", backend="tensorflow"))
    windows = np.stack([x[0, i : i + 2, j : j + 2].ravel() for i in range(3) for j in range(2)])
    expected = np.einsum("pt,ptf->fp", windows, kernel).reshape(2, 3, 2) + bias.reshape(2, 3, 2)
    np.testing.assert_allclose(model.predict(x[None], verbose=0)[0], expected, rtol=1e-5, atol=1e-5)
    model.save(tmp_path / "again.h5")
    np.testing.assert_array_equal(load_model(tmp_path / "again.h5").get_weights()[1], model.get_weights()[1])
    with h5py.File(tmp_path / "again.h5") as file:
        np.testing.assert_array_equal(file["model_weights/l/l/bias:0"], bias)
