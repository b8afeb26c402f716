"""Whole models of Keras 2 and tf.keras, and weights alone of every Keras; against NumPy and Keras 3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from checks.old_files import chain, write_model
from checks.old_networks import predicted

from pellucid import Input, Sequential, layers, load_model
from pellucid.conversion import load, load_weights
from pellucid.errors import FileError

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


SCALARS = {"iterations": np.float32(7), "m_schedule": np.float32(0.9), "learning_rate": np.float32(0.25)}


@pytest.mark.parametrize(
    ("kind", "settings", "version", "scalars", "kinds"),
    [
        ("SGD", {"lr": 0.25, "momentum": 0.9, "decay": 0.0, "nesterov": True}, "1.2.2", ["iterations"], 1),
        ("SGD", {"lr": 0.25, "momentum": 0.9, "decay": 0.01, "nesterov": True}, "2.1.6", ["iterations"], 1),
        ("RMSprop", {"lr": 0.25, "rho": 0.9, "decay": 0.0, "epsilon": 1e-8}, "1.1.0", [], 1),
        ("Adagrad", {"lr": 0.25, "decay": 0.0, "epsilon": 1e-7}, "2.3.1", ["iterations"], 1),
        ("Adadelta", {"lr": 1.0, "rho": 0.95, "decay": 0.0, "epsilon": 1e-8}, "2.0.3", [], 2),
        ("Adam", {"lr": 0.25, "amsgrad": False, "decay": 0.0, "epsilon": None}, "2.2.4", ["iterations"], 2),
        ("Adamax", {"lr": 0.25, "decay": 0.0, "epsilon": 1e-8}, "2.1.6", ["iterations"], 2),
        ("Nadam", {"lr": 0.25, "schedule_decay": 0.004, "epsilon": 1e-7}, "2.3.1", ["iterations", "m_schedule"], 2),
        ("Adam", {"learning_rate": 0.25, "is_legacy_optimizer": False, "jit_compile": True}, "2.13.1",
         ["iterations", "learning_rate"], 2),
    ],
)  # fmt: skip
@pytest.mark.parametrize("backend", ["theano", "tensorflow"])
def test_what_optimisers_remember(
    kind: str,
    settings: dict[str, Any],
    version: str,
    scalars: list[str],
    kinds: int,
    backend: str,
    tmp_path: Path,
) -> None:
    """Each array finds its weight, and is turned as that is: here each is a multiple of it."""
    theano = backend == "theano"
    weights = {"b_conv": [("b_conv/kernel:0", _numbers(3, 2, 2, 4))], "a_out": [("a_out/kernel:0", _numbers(80, 3))]}
    names = [name for arrays in weights.values() for name, _ in arrays]
    if tuple(map(int, version.split("."))) < (2, 0, 6):
        names.sort()
    by_name = {name: array for arrays in weights.values() for name, array in arrays}
    if version == "2.13.1":
        slots = [by_name[name] * (each + 2) for name in names for each in range(kinds)]
    else:
        slots = [by_name[name] * (each + 2) for each in range(kinds) for name in names]
    slots += [np.zeros(1, np.float32)] * len(names) if "amsgrad" in settings else []
    state = [(name, SCALARS[name]) for name in scalars] + [(f"slot_{n}", slot) for n, slot in enumerate(slots)]
    conv = {"filters": 4, "kernel_size": [3, 2], "strides": [1, 1], "padding": "valid", "data_format": "channels_last"}
    config = chain(
        ("Conv2D", {"name": "b_conv", "use_bias": False, "batch_input_shape": [None, 6, 6, 2], **conv}),
        ("Flatten", {"name": "flat"}),
        ("Dense", {"name": "a_out", "units": 3, "use_bias": False}),
    )
    if version.startswith("1"):  # the axes as above, in Keras 1's words
        conv = {"nb_filter": 4, "nb_row": 3, "nb_col": 2, "border_mode": "valid", "dim_ordering": "tf", "bias": False}
        config["config"][0] = {
            "class_name": "Convolution2D",
            "config": {"name": "b_conv", "batch_input_shape": [None, 6, 6, 2], **conv},
        }
        config["config"][2]["config"] = {"name": "a_out", "output_dim": 3, "bias": False}
    training = {"optimizer_config": {"class_name": kind, "config": settings}, "loss": "mse", "metrics": ["mae"]}
    path = write_model(
        tmp_path / "o.h5",
        config,
        {**weights, "flat": []},
        version=version,
        backend=backend,
        training=training,
        optimizer=state,
    )
    model, report = load(path)
    kernel, matrix = (arrays[0][1] for arrays in weights.values())
    turned = [kernel[::-1, ::-1] if theano else kernel, matrix]
    found = [variable.numpy() for variable in model.optimizer.variables if variable.shape]
    expected = [array * (each + 2) for array in turned for each in range(kinds)]
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)
    assert model.optimizer.iterations == (7 if scalars else 0)
    assert not [each for each in report.lost if "begins anew" in each]
    assert bool(scalars) != any("number of steps" in each for each in report.lost)


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


def test_names_and_precisions_that_no_layer_has_today(tmp_path: Path) -> None:
    """Names with slashes and spaces, as converted networks have them; layers that computed in halves."""
    net = _Written((5, 4, 2))
    first = net.convolution("conv1/7x7 s2", "input_1", 2, 3, 3, use_bias=True, dtype="float16")
    policy = {"class_name": "Policy", "config": {"name": "mixed_float16"}}
    last = net.convolution("conv2/3x3", first, 3, 2, 1, dtype=policy)
    path = write_model(tmp_path / "o.h5", net.record(last), net.arrays, version="2.4.0", backend="tensorflow")
    with pytest.warns(
        UserWarning, match=r"computed in float16 compute in float32; layers that computed in mixed_float16"
    ):
        model = load_model(path)
    assert [layer.name for layer in model.layers] == ["input_1", "conv1_7x7 s2", "conv2_3x3"]
    x = _numbers(2, 5, 4, 2)
    kernel, bias = (array for _, array in net.arrays["conv1/7x7 s2"])
    maps = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    maps = sum(maps[:, i : i + 5, j : j + 4] @ kernel[i, j] for i in range(3) for j in range(3)) + bias
    expected = maps @ net.arrays["conv2/3x3"][0][1][0, 0]
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-4, atol=1e-5)
    named = Sequential([Input((5, 4, 2)), layers.Conv2D(3, 3, name="conv1_7x7 s2")])
    assert load_weights(named, path, by_name=True).count("matched") == 2


def _hard_sigmoid(x: np.ndarray) -> np.ndarray:
    """As it was in Keras 1 and 2."""
    return np.clip(0.2 * x + 0.5, 0, 1)


def test_hard_sigmoid_computes_what_it_did(tmp_path: Path) -> None:
    """In a chain and in a network, behind weights, used twice, and as the output."""
    w, x = _numbers(4, 4), 3 * _numbers(5, 4)
    settings = {"units": 4, "use_bias": False, "activation": "hard_sigmoid"}
    config = chain(
        ("Dense", {"name": "d", "batch_input_shape": [None, 4], **settings}),
        ("Activation", {"name": "a", "activation": "hard_sigmoid"}),
    )
    arrays = {"d": [("d/kernel:0", w)], "a": []}
    path = write_model(tmp_path / "o.h5", config, arrays, version="2.2.4", backend="tensorflow")
    expected = _hard_sigmoid(_hard_sigmoid(x @ w))
    model = load_model(path)
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-5, atol=1e-6)
    with pytest.warns(UserWarning, match="Keras 3 computes another of that name"):
        model.save(tmp_path / "again.h5")
    np.testing.assert_array_equal(load_model(tmp_path / "again.h5").predict(x), model.predict(x))
    net = _Written((4,))
    net.add("Dense", "d", ["input_1"], {"kernel": w}, **settings)
    net.layers[-1]["inbound_nodes"].append([["d", 0, 0, {}]])
    net.add("Add", "both", ["d", "d"], {})
    net.layers[-1]["inbound_nodes"][0][1][1] = 1
    record = net.record("d")
    record["config"]["output_layers"] = [["d", 1, 0], ["both", 0, 0]]
    path = write_model(tmp_path / "n.h5", record, net.arrays, version="2.2.4", backend="tensorflow")
    once = _hard_sigmoid(x @ w)
    twice = _hard_sigmoid(once @ w)
    for found, wanted in zip(load_model(path).predict(x, verbose=0), (twice, once + twice), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


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


def _refused(path: Path, *settings: tuple[str, dict[str, Any]], version: str = "2.2.4") -> None:
    load_model(write_model(path, chain(*settings), {settings[0][1]["name"]: []}, version=version, backend="tensorflow"))


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
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
