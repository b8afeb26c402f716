"""Whole models of Keras 2 and tf.keras, and weights alone of every Keras; against NumPy and Keras 3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from checks.old_files import chain, write_model, write_weights
from checks.old_networks import predicted

from pellucid import Input, Sequential, layers, load_model, models
from pellucid.conversion import load, load_weights, save_weights
from pellucid.errors import ArgumentError, FileError

RNG = np.random.default_rng(5)


def _numbers(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


ZEROS, ONES = ({"class_name": name, "config": {}} for name in ("Zeros", "Ones"))
GLOROT = {
    "class_name": "VarianceScaling",
    "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None},
}


class _Written:
    """A functional model of Keras 2.0.5, layer by layer."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        begin = {"batch_input_shape": [None, *shape], "dtype": "float32", "sparse": False, "name": "input_1"}
        self.layers: list[dict[str, Any]] = [
            {"class_name": "InputLayer", "name": "input_1", "config": begin, "inbound_nodes": []}
        ]
        self.arrays: dict[str, list[tuple[str, np.ndarray]]] = {"input_1": []}

    def add(self, kind: str, name: str, sources: list[str], arrays: dict[str, np.ndarray], **config: Any) -> str:
        nodes = [[[source, 0, 0, {}] for source in sources]]
        options = {"name": name, "trainable": True, **config}
        self.layers.append({"class_name": kind, "name": name, "config": options, "inbound_nodes": nodes})
        self.arrays[name] = [(f"{name}/{part}:0", array) for part, array in arrays.items()]
        return name

    def convolution(self, name: str, source: str, inputs: int, filters: int, size: int, **config: Any) -> str:
        common = {"data_format": "channels_last", "dilation_rate": [1, 1], "use_bias": False, "activation": "linear"}
        regular = {"kernel_regularizer": {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.01}}}
        options = {**common, **regular, "strides": [1, 1], "padding": "same", "kernel_initializer": GLOROT, **config}
        kernel = _numbers(size, size, inputs, filters) * 0.3
        arrays = {"kernel": kernel} | ({"bias": _numbers(filters)} if options["use_bias"] else {})
        return self.add("Conv2D", name, [source], arrays, filters=filters, kernel_size=[size, size], **options)

    def separable(self, name: str, source: str, inputs: int, filters: int) -> str:
        arrays = {
            "depthwise_kernel": _numbers(3, 3, inputs, 1) * 0.3,
            "pointwise_kernel": _numbers(1, 1, inputs, filters),
        }
        options = {
            "strides": [1, 1],
            "padding": "same",
            "depth_multiplier": 1,
            "use_bias": False,
            "activation": "linear",
        }
        initial = {"depthwise_initializer": GLOROT, "pointwise_initializer": GLOROT}
        return self.add(
            "SeparableConv2D", name, [source], arrays, filters=filters, kernel_size=[3, 3], **options, **initial
        )

    def normalised(self, name: str, source: str, size: int) -> str:
        parts = ("gamma", "beta", "moving_mean", "moving_variance")
        values = (1 + 0.1 * _numbers(size), _numbers(size), _numbers(size), np.abs(_numbers(size)) + 0.5)
        arrays = dict(zip(parts, values, strict=True))
        initial = {"gamma_initializer": ONES, "beta_initializer": ZEROS, "moving_variance_initializer": ONES}
        options = {"axis": -1, "momentum": 0.99, "epsilon": 0.001, "center": True, "scale": True, **initial}
        return self.add("BatchNormalization", name, [source], arrays, **options)

    def record(self, output: str) -> dict[str, Any]:
        ends = {"input_layers": [["input_1", 0, 0]], "output_layers": [[output, 0, 0]]}
        return {"class_name": "Model", "config": {"name": "model_1", "layers": self.layers, **ends}}


def _small_xception(path: Path, version: str = "2.0.5") -> _Written:
    """What "tiny XCEPTION" has: separable convolutions beside a convolution, pooled, added, averaged."""
    net = _Written((13, 10, 1))
    first = net.normalised("bn_1", net.convolution("conv2d_1", "input_1", 1, 4, 3, padding="valid"), 4)
    rest = net.add("Activation", "activation_1", [first], {}, activation="relu")
    side = net.normalised("bn_2", net.convolution("conv2d_2", rest, 4, 6, 1, strides=[2, 2]), 6)
    deep = net.normalised("bn_3", net.separable("separable_conv2d_1", rest, 4, 6), 6)
    deep = net.add("Activation", "activation_2", [deep], {}, activation="relu")
    deep = net.normalised("bn_4", net.separable("separable_conv2d_2", deep, 6, 6), 6)
    pool = {"pool_size": [3, 3], "strides": [2, 2], "padding": "same", "data_format": "channels_last"}
    deep = net.add("MaxPooling2D", "max_pooling2d_1", [deep], {}, **pool)
    both = net.add("Add", "add_1", [deep, side], {})
    last = net.convolution("conv2d_3", both, 6, 3, 3, use_bias=True)
    mean = net.add("GlobalAveragePooling2D", "mean", [last], {}, data_format="channels_last")
    end = net.add("Activation", "predictions", [mean], {}, activation="softmax")
    settings = {"lr": 0.0010000000474974513, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-08, "decay": 0.0}
    training = {
        "optimizer_config": {"class_name": "Adam", "config": settings},
        "loss": "categorical_crossentropy",
        "metrics": ["accuracy"],
        "sample_weight_mode": None,
        "loss_weights": None,
    }
    trained = [(name, a) for arrays in net.arrays.values() for name, a in arrays if "moving" not in name]
    if version == "2.0.5":
        trained.sort()
    slots = [(f"Variable_{n}:0", a * scale) for scale in (2, 3) for n, (_, a) in enumerate(trained)]
    slots = [(f"Variable_{n}:0", array) for n, (_, array) in enumerate(slots)]
    state = [("iterations:0", np.float32(246)), *slots]
    write_model(
        path, net.record(end), net.arrays, version=version, backend="tensorflow", training=training, optimizer=state
    )
    return net


@pytest.mark.parametrize("version", ["2.0.5", "2.1.6"])
def test_a_network_with_its_training(version: str, tmp_path: Path) -> None:
    """Predictions are those that NumPy computes from the arrays; moments find their weights, in that Keras's order."""
    net = _small_xception(tmp_path / "old.hdf5", version)
    model, report = load(tmp_path / "old.hdf5")
    x = _numbers(3, 13, 10, 1)
    np.testing.assert_allclose(model.predict(x, verbose=0), predicted(tmp_path / "old.hdf5", x), rtol=0, atol=1e-5)
    assert report.count("matched") == len(report.rows) == sum(map(len, net.arrays.values()))
    assert (model.optimizer.iterations, report.lost) == (246, ())
    values = {weight.path: weight.numpy() for weight in model.weights}
    slots = {v.name: v.numpy() for v in model.optimizer.variables if v.shape}
    for path, value in values.items():
        if "moving" not in path:
            for kind, scale in (("momentum", 2), ("velocity", 3)):
                np.testing.assert_array_equal(slots[f"{path.replace('/', '_')}_{kind}"], value * scale)


def test_the_words_of_tf_keras(tmp_path: Path) -> None:
    """Options that mean nothing, axes in lists, arrays with wrappings, records of policies."""
    depthwise = {
        "kernel_size": [3, 2],
        "strides": [1, 1],
        "padding": "valid",
        "data_format": "channels_last",
        "groups": 1,
    }
    settings = [
        ("InputLayer", {"name": "in", "batch_input_shape": [None, 6, 5, 2], "dtype": "float32", "ragged": False}),
        ("DepthwiseConv2D", {"name": "d", "depth_multiplier": 1, "dilation_rate": [1, 1], **depthwise}),
        ("BatchNormalization", {"name": "b", "axis": [3], "momentum": 0.9, "epsilon": 0.01, "fused": True,
                                "renorm": False, "dtype": {"class_name": "Policy", "config": {"name": "float32"}}}),
        ("LeakyReLU", {"name": "l", "alpha": {"type": "ndarray", "value": 0.25}, "dtype": "float32"}),
        ("ReLU", {"name": "r", "max_value": {"type": "ndarray", "value": 6.0}, "negative_slope": 0.5}),
    ]  # fmt: skip
    kernel, bias = _numbers(3, 2, 2, 1), _numbers(2)
    parts = [_numbers(2), _numbers(2), _numbers(2), np.abs(_numbers(2))]
    names = [f"b/{part}:0" for part in ("gamma", "beta", "moving_mean", "moving_variance")]
    arrays = {
        "d": [("d/depthwise_kernel:0", kernel), ("d/bias:0", bias)],
        "b": [*zip(names, parts, strict=True)],
        "l": [],
        "r": [],
    }
    config = {"name": "s", "layers": chain(*settings)["config"], "build_input_shape": [None, 6, 5, 2]}
    path = write_model(
        tmp_path / "o.h5",
        {"class_name": "Sequential", "config": config},
        arrays,
        version="2.11.0",
        backend="tensorflow",
    )
    x = _numbers(1, 6, 5, 2)
    maps = sum(x[:, i : i + 4, j : j + 4] * kernel[i, j, :, 0] for i in range(3) for j in range(2)) + bias
    maps = (maps - parts[2]) / np.sqrt(parts[3] + 0.01) * parts[0] + parts[1]
    maps = np.where(maps < 0, maps * 0.25 * 0.5, np.minimum(maps, 6))
    np.testing.assert_allclose(load_model(path).predict(x, verbose=0), maps, rtol=1e-5, atol=1e-5)


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


def test_a_call_that_asked_for_training_keeps_its_form(tmp_path: Path) -> None:
    """Dropout that was called with training=True drops in predictions, too."""
    net = _Written((50,))
    net.add("Dropout", "drop", ["input_1"], {}, rate=0.5)
    net.layers[-1]["inbound_nodes"][0][0][3] = {"training": True}
    path = write_model(tmp_path / "o.h5", net.record("drop"), net.arrays, version="2.4.0", backend="tensorflow")
    assert 5 < (load_model(path).predict(np.ones((1, 50)), verbose=0) == 0).sum() < 45


def test_a_model_inside_lists_what_is_trained_first(tmp_path: Path) -> None:
    """All its arrays lie in one group, those that were trained before those that were not."""
    net = _Written((4,))
    inner = chain(
        ("Dense", {"name": "dense_1", "units": 3, "use_bias": False, "batch_input_shape": [None, 4]}),
        ("BatchNormalization", {"name": "bn", "epsilon": 0.001}),
        ("Dense", {"name": "dense_2", "units": 3, "use_bias": False}),
    )
    net.add("Sequential", "inner", ["input_1"], {}, layers=inner["config"])
    net.layers[-1]["config"] = inner["config"]
    w1, w2, parts = _numbers(4, 3), _numbers(3, 3), [_numbers(3), _numbers(3), _numbers(3), np.abs(_numbers(3))]
    trained = [("dense_1/kernel:0", w1), ("bn/gamma:0", parts[0]), ("bn/beta:0", parts[1]), ("dense_2/kernel:0", w2)]
    kept = [("bn/moving_mean:0", parts[2]), ("bn/moving_variance:0", parts[3])]
    net.arrays["inner"] = [*trained, *kept]
    record = net.record("inner")
    record["config"]["output_layers"] = [["inner", 1, 0]]
    path = write_model(tmp_path / "o.h5", record, net.arrays, version="2.2.4", backend="tensorflow")
    x = _numbers(2, 4)
    expected = ((x @ w1 - parts[2]) / np.sqrt(parts[3] + 0.001) * parts[0] + parts[1]) @ w2
    np.testing.assert_allclose(load_model(path).predict(x, verbose=0), expected, rtol=1e-5, atol=1e-5)


def test_hdf5_files_of_keras_3(tmp_path: Path) -> None:
    """What Keras 3 writes as `.h5`: models inside, used twice; predictions and steps of the training."""
    k = keras.layers
    image, start = keras.Input((6, 5, 2)), keras.Input((6, 5, 2))
    inner = keras.Sequential([keras.Input((6, 5, 2)), k.Conv2D(2, 3, padding="same"), k.BatchNormalization()])
    other = keras.Model(start, k.Conv2D(2, (1, 2), padding="same")(start))
    maps = other(k.Add()([inner(image), inner(inner(image))]))
    theirs = keras.Model(image, [k.Concatenate()([maps, other(maps)]), k.GlobalMaxPooling2D()(maps)])
    theirs.save(tmp_path / "model.h5")
    x = _numbers(3, 6, 5, 2)
    here, there = load_model(tmp_path / "model.h5").predict(x, verbose=0), theirs.predict(x, verbose=0)
    for mine, their in zip(here, there, strict=True):
        np.testing.assert_allclose(mine, their, rtol=1e-5, atol=1e-6)


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
    with pytest.raises(FileError, match=r'Dense "second": second/kernel has shape \(48, 4\), .* \(48, 2\)'):
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


def _refused(path: Path, *settings: tuple[str, dict[str, Any]], version: str = "2.2.4") -> None:
    load_model(write_model(path, chain(*settings), {settings[0][1]["name"]: []}, version=version, backend="tensorflow"))


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("Activation", {"activation": "hard_sigmoid"}, r"hard_sigmoid, which was clip\(0.2 x \+ 0.5, 0, 1\)"),
        ("UpSampling2D", {"size": [2, 2], "interpolation": "bilinear"}, "resizes bilinearly as Keras 2.2.4 did"),
        ("Lambda", {"function": ["4wEA", None, None], "function_type": "lambda"}, "holds a function as code"),
        ("LSTM", {"units": 3}, "no layer class 'LSTM'"),
        ("TFOpLambda", {"function": "math.multiply"}, "'TFOpLambda'"),
    ],
)
def test_what_cannot_be_right_is_refused(kind: str, options: dict[str, Any], words: str, tmp_path: Path) -> None:
    """By the layer's name, in one sentence."""
    with pytest.raises(FileError, match=words):
        _refused(tmp_path / "o.h5", (kind, {"name": "odd", "batch_input_shape": [None, 4, 4, 2], **options}))


def test_a_configuration_that_lies_about_sizes(tmp_path: Path) -> None:
    """It asks for more than the file holds: refused before the memory is taken."""
    config = chain(("Dense", {"name": "d", "units": 10**5, "batch_input_shape": [None, 10**5]}))
    path = write_model(tmp_path / "o.h5", config, {"d": [("d/kernel:0", _numbers(2, 2))]}, version="2.2.4")
    with pytest.raises(FileError, match="asks for more weights than it holds"):
        load_model(path)
