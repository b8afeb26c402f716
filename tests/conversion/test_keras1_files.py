"""Whole models of Keras 1: its words, its order of axes, Theano's kernels; against SciPy, on oblong maps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from checks.old_files import chain, convolved, correlated, transposed, write_model

from pellucid import Input, Model, Sequential, layers, load_model
from pellucid.conversion import load, load_weights
from pellucid.errors import FileError

RNG = np.random.default_rng(17)
ROWS, COLUMNS = 7, 6


def _numbers(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def _convolution(
    name: str, filters: int, size: tuple[int, int], order: str, **others: Any
) -> tuple[str, dict[str, Any]]:
    """A convolution as Keras 1.2.2 wrote it down."""
    common: dict[str, Any] = {
        "name": name,
        "trainable": True,
        "nb_filter": filters,
        "nb_row": size[0],
        "nb_col": size[1],
        "init": "glorot_uniform",
        "activation": "linear",
        "border_mode": "valid",
        "subsample": [1, 1],
        "dim_ordering": order,
        "W_regularizer": {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.01},
        "b_regularizer": None,
        "activity_regularizer": None,
        "W_constraint": {"name": "MaxNorm", "m": 2, "axis": 0},
        "b_constraint": None,
        "bias": True,
    }
    return "Convolution2D", {**common, **others}


def _dense(name: str, units: int) -> tuple[str, dict[str, Any]]:
    config = {"name": name, "output_dim": units, "init": "glorot_uniform", "activation": "linear", "bias": True}
    return "Dense", {**config, "input_dim": None, "W_regularizer": None, "b_constraint": None}


def _predicted(model: Model, x: np.ndarray) -> np.ndarray:
    result = model.predict(x[None], verbose=0)
    assert isinstance(result, np.ndarray)
    return result[0]


@pytest.mark.parametrize("backend", ["theano", "tensorflow"])
@pytest.mark.parametrize("order", ["th", "tf"])
def test_convolution_flatten_and_dense(tmp_path: Path, backend: str, order: str) -> None:
    """The order of the axes is the layer's, whichever backend; Theano alone turns kernels round."""
    end = ":0" if backend == "tensorflow" else ""
    kernel, bias = _numbers(4, 2, 3, 2), _numbers(4)  # (out, in, rows, columns)
    weights, offset = _numbers(4 * 5 * 5, 3), _numbers(3)
    x = _numbers(2, ROWS, COLUMNS)
    shape = [None, 2, ROWS, COLUMNS] if order == "th" else [None, ROWS, COLUMNS, 2]
    config = chain(
        _convolution("conv", 4, (3, 2), order, batch_input_shape=shape, input_dtype="float32"),
        ("Flatten", {"name": "flat", "trainable": True}),
        _dense("out", 3),
    )
    stored = kernel if order == "th" else kernel.transpose(2, 3, 1, 0)
    arrays = {
        "conv": [(f"conv_W{end}", stored), (f"conv_b{end}", bias)],
        "flat": [],
        "out": [(f"out_W{end}", weights), (f"out_b{end}", offset)],
    }
    model = load_model(write_model(tmp_path / "old.h5", config, arrays, version="1.2.2"))
    maps = (convolved if backend == "theano" else correlated)(x.astype(float), kernel.astype(float))
    maps += bias[:, None, None]
    row = (maps if order == "th" else maps.transpose(1, 2, 0)).ravel()
    given = x if order == "th" else x.transpose(1, 2, 0)
    np.testing.assert_allclose(_predicted(model, given), row @ weights + offset, rtol=1e-5, atol=1e-5)
    layer = model.get_layer("conv")
    assert (layer.kernel_regularizer.l2, layer.kernel_constraint.max_value) == (0.01, 2)  # type: ignore[attr-defined]


@pytest.mark.parametrize("backend", ["theano", "tensorflow"])
@pytest.mark.parametrize("later", [True, False])
def test_convolution_over_one_axis(tmp_path: Path, backend: str, later: bool) -> None:
    """Its kernel had four axes: (length, 1, in, out) since 1.1, (out, in, length, 1) before."""
    kernel, x, end = _numbers(5, 3, 4), _numbers(3, 9), ":0" if backend == "tensorflow" else ""  # (out, in, length)
    stored = kernel.transpose(2, 1, 0)[:, None] if later else kernel[..., None]
    config = chain(
        (
            "Convolution1D",
            {
                "name": "conv",
                "batch_input_shape": [None, 9, 3],
                "input_dim": 3,
                "input_length": 9,
                "nb_filter": 5,
                "filter_length": 4,
                "border_mode": "valid",
                "subsample_length": 1,
                "init": "uniform",
                "activation": "linear",
                "bias": False,
            },
        ),
        ("MaxPooling1D", {"name": "pool", "pool_length": 2, "stride": 2, "border_mode": "valid"}),
    )
    path = write_model(tmp_path / "old.h5", config, {"conv": [(f"conv_W{end}", stored)], "pool": []}, version="1.1.0")
    maps = (convolved if backend == "theano" else correlated)(x.astype(float), kernel.astype(float))
    np.testing.assert_allclose(_predicted(load_model(path), x.T), maps.reshape(5, 3, 2).max(-1).T, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("backend", ["theano", "tensorflow"])
@pytest.mark.parametrize("order", ["th", "tf"])
def test_transposed_convolution(tmp_path: Path, backend: str, order: str) -> None:
    """Its kernel was that of the convolution whose gradient it is, turned round by Theano."""
    kernel, x, end = _numbers(2, 3, 3, 2), _numbers(2, 4, 5), ":0" if backend == "tensorflow" else ""
    laid = kernel[..., ::-1, ::-1] if backend == "theano" else kernel  # what each number lays, as TensorFlow has it
    shape = [None, 2, 4, 5] if order == "th" else [None, 4, 5, 2]
    _, options = _convolution("up", 3, (3, 2), order, batch_input_shape=shape, subsample=[2, 1], bias=False)
    out = [None, 3, 9, 6] if order == "th" else [None, 9, 6, 3]
    config = chain(("Deconvolution2D", {**options, "output_shape": out}))
    stored = kernel.transpose((1, 0, 2, 3) if order == "th" else (2, 3, 0, 1))
    path = write_model(tmp_path / "old.h5", config, {"up": [(f"up_W{end}", stored)]}, version="1.2.2")
    result = transposed(x.astype(float), laid.astype(float), (2, 1))
    given, expected = (x, result) if order == "th" else (x.transpose(1, 2, 0), result.transpose(1, 2, 0))
    np.testing.assert_allclose(_predicted(load_model(path), given), expected, rtol=1e-5, atol=1e-5)
    larger = chain(("Deconvolution2D", {**options, "output_shape": [size and size + 1 for size in out]}))
    with pytest.raises(FileError, match=r"was told to give maps of .*; by its strides and padding it gives"):
        load_model(write_model(tmp_path / "larger.h5", larger, {"up": [(f"up_W{end}", stored)]}, version="1.2.2"))


@pytest.mark.parametrize("order", ["th", "tf"])
def test_convolution_over_volumes(tmp_path: Path, order: str) -> None:
    """Three axes, of different sizes."""
    kernel, x = _numbers(3, 2, 2, 3, 1), _numbers(2, 4, 5, 3)
    shape = [None, 2, 4, 5, 3] if order == "th" else [None, 4, 5, 3, 2]
    config = chain(
        (
            "Convolution3D",
            {
                "name": "c",
                "nb_filter": 3,
                "kernel_dim1": 2,
                "kernel_dim2": 3,
                "kernel_dim3": 1,
                "dim_ordering": order,
                "batch_input_shape": shape,
                "bias": False,
                "subsample": [1, 1, 1],
            },
        )
    )
    stored = kernel if order == "th" else kernel.transpose(2, 3, 4, 1, 0)
    path = write_model(tmp_path / "old.h5", config, {"c": [("c_W", stored)]}, version="1.2.2")
    maps = convolved(x.astype(float), kernel.astype(float))
    given, expected = (x, maps) if order == "th" else (x.transpose(1, 2, 3, 0), maps.transpose(1, 2, 3, 0))
    np.testing.assert_allclose(_predicted(load_model(path), given), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("order", ["th", "tf"])
def test_separable_convolution(tmp_path: Path, order: str) -> None:
    """Each channel by itself, then the mixture; never turned round."""
    depthwise, pointwise, bias = _numbers(2, 3, 3, 2), _numbers(4, 6, 1, 1), _numbers(4)  # (multiplier, in, rows, cols)
    x = _numbers(3, ROWS, COLUMNS)
    shape = [None, 3, ROWS, COLUMNS] if order == "th" else [None, ROWS, COLUMNS, 3]
    _, options = _convolution("sep", 4, (3, 2), order, batch_input_shape=shape, depth_multiplier=2)
    options = {key: value for key, value in options.items() if not key.startswith("W_")}
    config = chain(("SeparableConvolution2D", options))
    if order == "th":
        arrays = [depthwise, pointwise]
    else:
        arrays = [depthwise.transpose(2, 3, 1, 0), pointwise.transpose(2, 3, 1, 0)]
    names = [f"sep_{name}:0" for name in ("depthwise_kernel", "pointwise_kernel", "b")]
    path = write_model(tmp_path / "o.h5", config, {"sep": [*zip(names, [*arrays, bias], strict=True)]}, version="1.2.2")
    each = [correlated(x[c : c + 1].astype(float), depthwise[m : m + 1, c : c + 1]) for c in range(3) for m in range(2)]
    maps = np.einsum("cij,oc->oij", np.concatenate(each), pointwise[..., 0, 0]) + bias[:, None, None]
    given, expected = (x, maps) if order == "th" else (x.transpose(1, 2, 0), maps.transpose(1, 2, 0))
    np.testing.assert_allclose(_predicted(load_model(path), given), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("names", [["gamma", "beta", "running_mean", "running_std"]])
@pytest.mark.parametrize("places", [[0, 1, 2, 3], [1, 0, 3, 2]])
def test_batch_normalization(tmp_path: Path, names: Sequence[str], places: Sequence[int]) -> None:
    """Its arrays are known by their names, in any order; "running_std" of whole files is a variance."""
    arrays = [_numbers(2), _numbers(2), _numbers(2), np.abs(_numbers(2))]
    x = _numbers(2, 3, 4)
    options = {
        "name": "bn",
        "mode": 0,
        "axis": 1,
        "epsilon": 0.01,
        "momentum": 0.9,
        "batch_input_shape": [None, 2, 3, 4],
    }
    config = chain(("BatchNormalization", {**options, "gamma_regularizer": None, "beta_regularizer": None}))
    stored = [(f"bn_{names[place]}:0", arrays[place]) for place in places]
    path = write_model(tmp_path / "old.h5", config, {"bn": stored}, version="1.2.2")
    gamma, beta, mean, variance = (array[:, None, None].astype(float) for array in arrays)
    expected = (x - mean) / np.sqrt(variance + 0.01) * gamma + beta
    np.testing.assert_allclose(_predicted(load_model(path), x), expected, rtol=1e-5, atol=1e-5)
    options["mode"] = 2
    config = chain(("BatchNormalization", options))
    with pytest.raises(FileError, match=r"'bn' cannot be read: .*mode=2 cannot be said today"):
        load_model(write_model(tmp_path / "old.h5", config, {"bn": stored}, version="1.2.2"))


def test_layers_that_did_not_say_where_channels_stand(tmp_path: Path) -> None:
    """Of some layers Keras 1 forgot the order of the axes; the others of the model say it."""
    kernel, x = _numbers(3, 2, 2, 2), _numbers(2, ROWS, COLUMNS)
    config = chain(
        ("ZeroPadding2D", {"name": "pad", "padding": [1, 0], "batch_input_shape": [None, 2, ROWS, COLUMNS]}),
        _convolution("conv", 3, (2, 2), "th", bias=False),
        ("UpSampling2D", {"name": "up", "size": [2, 1]}),
        ("SpatialDropout2D", {"name": "drop", "p": 0.5}),
        ("GlobalMaxPooling2D", {"name": "max", "dim_ordering": "th"}),
    )
    arrays = {"pad": [], "conv": [("conv_W", kernel)], "up": [], "drop": [], "max": []}
    path = write_model(tmp_path / "old.h5", config, arrays, version="1.2.2")
    maps = convolved(np.pad(x, ((0, 0), (1, 1), (0, 0))).astype(float), kernel.astype(float))
    np.testing.assert_allclose(_predicted(load_model(path), x), maps.max((1, 2)), rtol=1e-5, atol=1e-5)
    mixed = chain(
        *(
            (name, c | {"dim_ordering": "tf"} if name == "GlobalMaxPooling2D" else c)
            for name, c in ((item["class_name"], item["config"]) for item in config["config"])
        )
    )
    with pytest.raises(FileError, match="does not say where the ZeroPadding2D 'pad' has its channels"):
        load_model(write_model(tmp_path / "mixed.h5", mixed, arrays, version="1.2.2"))


def test_a_chain_that_begins_with_a_merge(tmp_path: Path) -> None:
    """Two branches of their own; the weights of all lie flat in the file."""
    w1, w2, w3 = _numbers(3, 4), _numbers(2, 4), _numbers(4, 2)

    def branch(name: str, size: int) -> dict[str, Any]:
        kind, options = _dense(name, 4)
        return chain((kind, {**options, "bias": False, "batch_input_shape": [None, size]}))

    merge = {"name": "merge_1", "mode": "sum", "mode_type": "raw", "concat_axis": -1, "dot_axes": -1}
    kind, options = _dense("out", 2)
    config = chain(
        ("Merge", {**merge, "layers": [branch("left", 3), branch("right", 2)]}), (kind, {**options, "bias": False})
    )
    arrays = {"left": [("left_W", w1)], "right": [("right_W", w2)], "out": [("out_W", w3)]}
    model, report = load(write_model(tmp_path / "old.h5", config, arrays, version="1.2.2"))
    a, b = _numbers(1, 3), _numbers(1, 2)
    np.testing.assert_allclose(model.predict([a, b], verbose=0), (a @ w1 + b @ w2) @ w3, rtol=1e-5, atol=1e-5)
    assert report.count("matched") == 3


def test_a_network_of_branches(tmp_path: Path) -> None:
    """`merge` made a layer; a model inside counts its uses from 1, and is used twice."""
    inner = chain(("Dense", {"name": "shared", "output_dim": 3, "bias": False, "batch_input_shape": [None, 3]}))
    merge = {"name": "cat", "mode": "concat", "mode_type": "raw", "concat_axis": 1, "dot_axes": -1}
    layers = [
        {
            "name": "in",
            "class_name": "InputLayer",
            "inbound_nodes": [],
            "config": {"name": "in", "batch_input_shape": [None, 3], "input_dtype": "float32", "sparse": False},
        },
        {
            "name": "inner",
            "class_name": "Sequential",
            "config": inner["config"],
            "inbound_nodes": [[["in", 0, 0]], [["inner", 1, 0]]],
        },
        {"name": "cat", "class_name": "Merge", "config": merge, "inbound_nodes": [[["inner", 1, 0], ["inner", 2, 0]]]},
    ]
    config = {
        "class_name": "Model",
        "config": {"name": "net", "layers": layers, "input_layers": [["in", 0, 0]], "output_layers": [["cat", 0, 0]]},
    }
    w, x = _numbers(3, 3), _numbers(2, 3)
    path = write_model(
        tmp_path / "old.h5", config, {"in": [], "inner": [("shared_W:0", w)], "cat": []}, version="1.0.8"
    )
    expected = np.concatenate([x @ w, x @ w @ w], axis=1)
    np.testing.assert_allclose(load_model(path).predict(x, verbose=0), expected, rtol=1e-5, atol=1e-5)


def _windows(x: np.ndarray, size: tuple[int, int], strides: tuple[int, int], before: tuple[int, int]) -> np.ndarray:
    """Windows that begin at -before and at every step from there; outside is NaN."""
    counts = [-(-n // s) for n, s in zip(x.shape[1:], strides, strict=True)]
    padded = np.full((x.shape[0], *(n + 20 for n in x.shape[1:])), np.nan)
    padded[:, 10 : 10 + x.shape[1], 10 : 10 + x.shape[2]] = x
    starts = [[10 + i * s - b for i in range(n)] for n, s, b in zip(counts, strides, before, strict=True)]
    return np.stack(
        [np.stack([padded[:, i : i + size[0], j : j + size[1]] for j in starts[1]], 1) for i in starts[0]], 1
    )


@pytest.mark.parametrize(("rows", "columns"), [(7, 6), (6, 9)])
@pytest.mark.parametrize(("size", "strides"), [((3, 2), (2, 1)), ((4, 3), (1, 1)), ((5, 3), (3, 2))])
def test_theanos_same_is_laid_evenly(
    tmp_path: Path, rows: int, columns: int, size: tuple[int, int], strides: tuple[int, int]
) -> None:
    """Half a kernel before the map, whatever its size: TensorFlow puts what is odd behind."""
    kernel, x = _numbers(3, 2, *size), _numbers(2, rows, columns)
    shape = [None, 2, rows, columns]
    config = chain(
        _convolution(
            "c", 3, size, "th", border_mode="same", subsample=list(strides), bias=False, batch_input_shape=shape
        )
    )
    path = write_model(tmp_path / "old.h5", config, {"c": [("c_W", kernel)]}, version="1.2.2")
    windows = np.nan_to_num(_windows(x, size, strides, (size[0] // 2, size[1] // 2)))
    expected = np.einsum("copij,fcij->fop", windows, kernel[..., ::-1, ::-1])
    np.testing.assert_allclose(_predicted(load_model(path), x), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", ["Max", "Average"])
@pytest.mark.parametrize(("size", "strides"), [((3, 2), (2, 2)), ((2, 2), (2, 2)), ((5, 4), (3, 1)), ((3, 3), (1, 1))])
def test_theanos_same_pooling(tmp_path: Path, kind: str, size: tuple[int, int], strides: tuple[int, int]) -> None:
    """Size - 1 before the map, or size - 2 where it is odd; means are of what lies inside."""
    x = _numbers(2, ROWS, COLUMNS)
    options = {"pool_size": list(size), "strides": list(strides), "border_mode": "same", "dim_ordering": "th"}
    config = chain(
        _convolution("one", 2, (1, 1), "th", batch_input_shape=[None, 2, ROWS, COLUMNS], bias=False),
        (f"{kind}Pooling2D", {"name": "pool", **options}),
    )
    arrays = {"one": [("one_W", np.eye(2)[..., None, None])], "pool": []}
    before = tuple(n - 2 if n > 2 and n % 2 else n - 1 for n in size)
    windows = _windows(x, size, strides, (before[0], before[1]))
    expected = (np.nanmax if kind == "Max" else np.nanmean)(windows, axis=(3, 4))
    model = load_model(write_model(tmp_path / "old.h5", config, arrays, version="1.2.2"))
    np.testing.assert_allclose(_predicted(model, x), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("whole", [True, False])
def test_weights_of_channels_first_onto_channels_last(tmp_path: Path, whole: bool) -> None:
    """Kernels are turned, and the rows behind the flattened map put into the order that it has here."""
    first, last, variance = _numbers(4, 2, 3, 2), _numbers(100, 3), np.abs(_numbers(100))
    norm = [(f"norm_{name}:0", _numbers(100)) for name in ("gamma", "beta", "running_mean")]
    arrays = {
        "conv": [("conv_W:0", first)],
        "flat": [],
        "norm": [*norm, ("norm_running_std:0", variance)],
        "out": [("out_W:0", last)],
    }
    kind, dense = _dense("out", 3)
    config = chain(
        _convolution("conv", 4, (3, 2), "th", bias=False, batch_input_shape=[None, 2, ROWS, COLUMNS]),
        ("Flatten", {"name": "flat"}),
        ("BatchNormalization", {"name": "norm", "mode": 0, "axis": 1, "epsilon": 0.01}),
        (kind, {**dense, "bias": False}),
    )
    path = write_model(tmp_path / "old.h5", config, arrays, version="1.2.2")
    if not whole:
        with h5py.File(path, "r+") as file, h5py.File(tmp_path / "weights.h5", "w") as other:
            for name in arrays:
                file.copy(f"model_weights/{name}", other)
            other.attrs["layer_names"] = file["model_weights"].attrs["layer_names"]
    model = Sequential(
        [
            Input((ROWS, COLUMNS, 2)),
            layers.Conv2D(4, (3, 2), use_bias=False),
            layers.Flatten(),
            layers.BatchNormalization(epsilon=0.01),
            layers.Dense(3, use_bias=False),
        ]
    )
    report = load_weights(model, path if whole else tmp_path / "weights.h5")
    x = _numbers(2, ROWS, COLUMNS)
    np.testing.assert_allclose(
        _predicted(model, x.transpose(1, 2, 0)), _predicted(load_model(path), x), rtol=1e-4, atol=1e-5
    )
    assert report.count("reshaped") == 6
