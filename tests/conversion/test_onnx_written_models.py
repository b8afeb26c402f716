"""Whole models written as ONNX: run by ONNX Runtime on batches and images of several sizes, and read again."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import onnx
import pytest
from cases.models import branched_cnn, shared_cnn, small_cnn
from checks.onnx_engine import ran

from pellucid import Input, Model, Sequential, config, layers, load_model, ops, set_random_seed
from pellucid.conversion import save
from pellucid.conversion.onnx.saving import OPSET, to_proto
from pellucid.errors import ArgumentError

NETWORKS = Path(__file__).parents[2] / "examples" / "networks"
CLOSE = {"rtol": 1e-5, "atol": 1e-5}  # of numbers around 1, behind sums of a few hundred products


class Gate(layers.Layer):
    """A layer of a user's own, with a choice by a comparison."""

    def build(self, input_shape):
        self.gain = self.add_weight(shape=(input_shape[-1],), initializer="random_normal", name="gain")

    def call(self, inputs):
        return ops.where(inputs > 0.1, ops.expm1(inputs * self.gain), ops.log1p(ops.square(inputs)))


class Noisy(layers.Layer):
    """Draws random numbers when it predicts, which no file can say."""

    def call(self, inputs):
        return inputs + layers.GaussianNoise(1.0)(inputs, training=True)


def _settle(model: Model, seed: int = 0) -> Model:
    """Weights, averages and variances that are not those of the start."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        low = 0.5 if "variance" in weight.path else -0.5
        weight.assign(rng.uniform(low, 1.0, weight.shape) / max(1, np.prod(weight.shape[:-1])) ** 0.5)
    return model


def _samples(model: Model, count: int, sizes: dict[int, int] | None = None) -> list[np.ndarray]:
    rng = np.random.default_rng(count)
    shapes = [[n or (sizes or {})[axis] for axis, n in enumerate(x.shape[1:], start=1)] for x in model.inputs]
    return [rng.normal(size=(count, *shape)).astype(np.float32) for shape in shapes]


def _rows(outputs: object) -> list[np.ndarray]:
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]


def _check(model: Model, proto: onnx.ModelProto, counts: tuple[int, ...] = (1, 4), sizes: dict[int, int] | None = None):
    for count in counts:
        arrays = _samples(model, count, sizes)
        expected = _rows(model.predict(arrays if len(arrays) > 1 else arrays[0], verbose=0))
        for found, right in zip(ran(proto, *arrays), expected, strict=True):
            np.testing.assert_allclose(found, right, **CLOSE)


@pytest.fixture
def build_example(monkeypatch):
    monkeypatch.syspath_prepend(str(NETWORKS))
    return lambda name: importlib.import_module(name).build()


@pytest.mark.parametrize("name", sorted(path.stem for path in NETWORKS.glob("*.py") if path.stem != "small_data"))
def test_every_example_is_written_and_read_again(name, build_example, tmp_path):
    set_random_seed(1)
    model = _settle(build_example(name))
    sizes = {1: 12, 2: 20, 3: 8}
    _check(model, to_proto(model), sizes=sizes)
    if any(None in x.shape[1:] for x in model.inputs):
        _check(model, to_proto(model), (2,), {1: 36, 2: 16, 3: 9})
    model.save(tmp_path / "model.onnx")
    again = load_model(tmp_path / "model.onnx")
    arrays = _samples(model, 3, sizes)
    for found, right in zip(_rows(again.predict(arrays[0])), _rows(model.predict(arrays[0])), strict=True):
        np.testing.assert_allclose(found, right, **CLOSE)


@pytest.mark.parametrize("make", [small_cnn, branched_cnn, shared_cnn])
def test_models_of_branches_and_shared_layers(make):
    model = _settle(make())
    _check(model, to_proto(model))


def test_layers_of_ones_own_models_inside_and_operators_between():
    inner = Sequential([layers.Input((5, 7, 4)), layers.Conv2D(4, 3, padding="same"), Gate()], name="inner")
    x, y = Input((5, 7, 4), name="left"), Input((5, 7, 1), name="right")
    z = inner(x) * 2.0 + layers.Conv2D(4, (1, 3), padding="same")(y)[..., ::-1]
    model = _settle(Model([x, y], {"maps": z, "mean": layers.GlobalAveragePooling2D()(inner(z))}))
    proto = to_proto(model)
    assert [each.name for each in proto.graph.input] == ["left", "right"]
    assert [each.name for each in proto.graph.output] == ["maps", "mean"]
    arrays = _samples(model, 3)
    expected = model.predict(arrays)
    for name, found in zip(("maps", "mean"), ran(proto, *arrays), strict=True):
        np.testing.assert_allclose(found, expected[name], **CLOSE)


class Own(Model):
    """A model that its own `call` describes."""

    def __init__(self):
        super().__init__(name="own")
        self.conv, self.head = layers.Conv2D(4, 3, name="conv"), layers.Dense(3, name="head")

    def call(self, inputs):
        maps = self.conv(inputs)
        return self.head(ops.mean(maps, axis=(1, 2)) - ops.max(ops.relu(maps), axis=(1, 2)))


def test_a_model_with_a_call_of_its_own():
    model = Own()
    model.build((None, 8, 6, 2))
    _check(model, to_proto(_settle(model)))


def test_a_model_that_does_not_know_its_input_says_so(tmp_path):
    with pytest.raises(ArgumentError, match="does not know its input shape"):
        Sequential([layers.Dense(3)]).save(tmp_path / "model.onnx")


def test_images_of_any_size():
    model = Sequential(
        [
            layers.Input((None, None, 3)),
            layers.Conv2D(4, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.UpSampling2D((2, 3)),
            layers.Conv2DTranspose(5, 3, strides=2),
            layers.Conv2D(2, 1, activation="softmax"),
        ]
    )
    proto = to_proto(_settle(model))
    dims = proto.graph.input[0].type.tensor_type.shape.dim
    assert [dim.dim_param or dim.dim_value for dim in dims] == ["batch", "size_1", "size_2", 3]
    for sizes in ({1: 6, 2: 10}, {1: 13, 2: 4}):
        _check(model, proto, (2,), sizes)


def test_global_pooling_of_any_size_is_one_mean():
    model = Sequential([layers.Input((None, None, 3)), layers.GlobalAveragePooling2D(), layers.Dense(2)])
    proto = to_proto(_settle(model))
    assert [node.op_type for node in proto.graph.node] == ["ReduceMean", "Reshape", "Gemm"]
    _check(model, proto, (1, 3), {1: 5, 2: 9})


def test_what_depends_on_the_size_is_refused_by_name_until_the_size_is_given():
    model = Sequential([layers.Input((None, None, 3)), layers.Conv2D(4, 3, strides=2, padding="same", name="odd")])
    with pytest.raises(ArgumentError, match=r'Conv2D "odd" cannot be written as ONNX: .* depends on the size'):
        to_proto(model)
    _check(_settle(model), to_proto(model, input_shape=(9, 12, 3)), sizes={1: 9, 2: 12})


@pytest.mark.parametrize("shape", [(9, 12), (9, 12, 4), [(9, 12, 3)] * 2, (0, 12, 3), "9x12", (9.0, 12, 3)])
def test_an_input_shape_that_is_none_is_refused(shape):
    model = Sequential([layers.Input((None, None, 3)), layers.Conv2D(4, 3, strides=2, padding="same")])
    with pytest.raises(ArgumentError, match="input_shape is that of one sample"):
        to_proto(model, input_shape=shape)


@pytest.mark.parametrize("version", [12, 999, 17.0, "17", True])
def test_a_version_that_is_none_is_refused(version):
    with pytest.raises(ArgumentError, match="opset_version"):
        to_proto(small_cnn(), opset_version=version)


def test_a_fixed_batch_stands_in_the_file():
    proto = to_proto(small_cnn(), batch_size=2)
    assert proto.graph.input[0].type.tensor_type.shape.dim[0].dim_value == 2
    _check(small_cnn(), proto, (2,))


def test_random_numbers_in_predictions_are_refused_by_name():
    model = Sequential([layers.Input((4,)), Noisy(name="noisy")])
    with pytest.raises(ArgumentError, match=r"GaussianNoise .* cannot be written as ONNX: it draws random numbers"):
        to_proto(model)


def test_an_input_that_is_an_output_and_one_that_nothing_needs():
    x, y = Input((3, 2), name="x"), Input((4,), name="unused")
    model = Model([x, y], [x, layers.ReLU(name="out")(x), x])
    arrays = _samples(model, 2)
    results = ran(to_proto(model), *arrays)
    for found, right in zip(results, [arrays[0], np.maximum(arrays[0], 0), arrays[0]], strict=True):
        np.testing.assert_array_equal(found, right)


def test_the_file_is_one_with_a_stated_version_and_a_report(tmp_path):
    model = small_cnn()
    model.compile("adam", "sparse_categorical_crossentropy")
    report = save(model, tmp_path / "small.onnx")
    proto = onnx.load(tmp_path / "small.onnx", load_external_data=False)
    assert [(each.domain, each.version) for each in proto.opset_import] == [("", OPSET)]
    assert [path.name for path in tmp_path.iterdir()] == ["small.onnx"]
    assert not any(tensor.external_data for tensor in proto.graph.initializer)
    assert {row.source for row in report.rows} >= {"first", "pool", "second", "classes"}
    assert report.lost == ("how the model was compiled, and what its optimiser remembers",)
    nodes = [node.op_type for node in proto.graph.node]
    assert nodes == ["Transpose", "Conv", "Relu", "MaxPool", "Conv", "Tanh", "Transpose", "Reshape", "Gemm", "Softmax"]


def test_what_onnx_has_as_one_operation_is_written_as_one_and_comes_back(tmp_path):
    model = Sequential(
        [
            layers.Input((6, 5, 3)),
            layers.Conv2D(4, 3, name="conv"),
            layers.BatchNormalization(name="norm", epsilon=0.01),
            layers.PReLU(shared_axes=(1, 2), name="slope"),
            layers.BatchNormalization(center=False, scale=False, name="plain"),
            layers.ELU(0.5, name="elu"),
            layers.LeakyReLU(0.1, name="leaky"),
            layers.ReLU(0.75, name="capped"),
            layers.Activation("softplus", name="plus"),
            layers.Flatten(name="flat"),
            layers.Dense(3, activation="hard_sigmoid", name="head"),
            layers.BatchNormalization(name="last"),
        ]
    )
    proto = to_proto(_settle(model))
    _check(model, proto)
    assert [node.op_type for node in proto.graph.node] == [
        "Transpose", "Conv", "BatchNormalization", "PRelu", "BatchNormalization", "Elu", "LeakyRelu", "Clip",
        "Softplus", "Transpose", "Reshape", "Gemm", "HardSigmoid", "BatchNormalization",
    ]  # fmt: skip
    model.save(tmp_path / "model.onnx")
    again = load_model(tmp_path / "model.onnx")
    for name in ("conv", "norm", "slope", "elu", "leaky", "capped", "flat", "head", "last"):
        assert type(again.get_layer(name)) is type(model.get_layer(name))
    assert again.get_layer("norm").epsilon == 0.01 and again.get_layer("elu").alpha == 0.5
    assert again.get_layer("capped").max_value == 0.75
    np.testing.assert_allclose(again.predict(_samples(model, 2)[0]), model.predict(_samples(model, 2)[0]), **CLOSE)


def test_weights_are_kept_to_the_bit(tmp_path):
    model = _settle(small_cnn())
    model.save(tmp_path / "small.onnx")
    again = load_model(tmp_path / "small.onnx")
    for old, new in zip(model.weights, again.weights, strict=True):
        np.testing.assert_array_equal(old.numpy(), new.numpy())


def test_products_of_bfloat16_are_said_to_be_lost(tmp_path):
    model = Sequential([layers.Input((4,)), layers.Dense(3, dtype="mixed_bfloat16")])
    assert any("bfloat16" in each for each in save(model, tmp_path / "model.onnx").lost)


def test_channels_first_models_keep_their_order():
    before = config.image_data_format()
    model = Sequential(
        [
            layers.Input((3, 8, 6)),
            layers.Conv2D(4, 3, data_format="channels_first"),
            layers.MaxPooling2D(2, data_format="channels_first"),
        ]
    )
    proto = to_proto(_settle(model))
    assert [node.op_type for node in proto.graph.node] == ["Conv", "MaxPool"]
    _check(model, proto)
    assert config.image_data_format() == before


def test_export_takes_what_onnx_has_and_says_so_where_another_format_has_not(tmp_path):
    model = Sequential([layers.Input((None, None, 3)), layers.Conv2D(4, 3, strides=2, padding="same")], name="open")
    model.export(tmp_path / "open.onnx", opset_version=15, batch_size=2, input_shape=(9, 12, 3))
    proto = onnx.load(tmp_path / "open.onnx")
    assert proto.opset_import[0].version == 15
    assert [dim.dim_value for dim in proto.graph.input[0].type.tensor_type.shape.dim] == [2, 9, 12, 3]
    with pytest.raises(ArgumentError, match=r"opset_version means nothing for .*; it is for '.onnx'"):
        model.export(tmp_path / "open.py", opset_version=15)
