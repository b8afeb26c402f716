"""What slides a window, read from ONNX, against ONNX Runtime: every padding, rounding, stride and gap, not square."""

from __future__ import annotations

import numpy as np
import pytest
from checks.onnx_files import RNG, check, file_of, model_of
from onnx import helper

from pellucid import layers, load_model
from pellucid.errors import FileError

CONVOLUTIONS = [
    {},
    {"pads": [1, 2, 0, 1]},
    {"pads": [1, 1, 1, 1], "strides": [2, 3]},
    {"dilations": [2, 1], "pads": [2, 0, 2, 1]},
    {"auto_pad": "SAME_UPPER", "strides": [2, 2]},
    {"auto_pad": "SAME_LOWER", "strides": [2, 2]},
    {"auto_pad": "SAME_LOWER"},
    {"auto_pad": "VALID", "strides": [1, 2]},
]


@pytest.mark.parametrize("groups, filters", [(1, 6), (2, 6), (4, 4), (4, 8)])
@pytest.mark.parametrize("options", CONVOLUTIONS, ids=str)
def test_convolution(options, groups, filters):
    constants = {
        "w": RNG.normal(size=(filters, 4 // groups, 3, 2)).astype(np.float32),
        "b": RNG.normal(size=filters).astype(np.float32),
    }
    node = helper.make_node("Conv", ["x", "w", "b"], ["y"], group=groups, **options)
    model = check(file_of([node], ("n", 4, 9, 8), constants), 2, 4, 9, 8)
    kind = layers.DepthwiseConv2D if groups == 4 else layers.Conv2D
    assert [type(layer) for layer in model.layers] == [layers.InputLayer, kind]


TRANSPOSED = [
    {},
    {"strides": [2, 3]},
    {"strides": [2, 3], "pads": [1, 0, 2, 1]},
    {"strides": [2, 3], "output_padding": [1, 2]},
    {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]},
    {"strides": [2, 2], "pads": [0, 1, 0, 0], "output_padding": [1, 0]},
    {"dilations": [2, 1], "pads": [1, 1, 1, 0]},
    {"strides": [2, 2], "auto_pad": "SAME_UPPER"},
    {"strides": [2, 2], "output_shape": [9, 8]},
]


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("options", TRANSPOSED, ids=str)
def test_transposed_convolution(options, groups):
    constants = {
        "w": RNG.normal(size=(4, 3, 3, 2)).astype(np.float32),
        "b": RNG.normal(size=3 * groups).astype(np.float32),
    }
    node = helper.make_node("ConvTranspose", ["x", "w", "b"], ["y"], group=groups, **options)
    check(file_of([node], ("n", 4, 5, 4), constants), 2, 4, 5, 4)


POOLS = [
    {"kernel_shape": [3, 2]},
    {"kernel_shape": [3, 2], "strides": [2, 2]},
    {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]},
    {"kernel_shape": [3, 2], "strides": [2, 1], "pads": [2, 0, 1, 1]},
    {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1},
    {"kernel_shape": [2, 3], "strides": [3, 2], "pads": [1, 1, 0, 1], "ceil_mode": 1},
    {"kernel_shape": [3, 2], "strides": [2, 2], "auto_pad": "SAME_UPPER"},
    {"kernel_shape": [3, 2], "strides": [2, 2], "auto_pad": "SAME_LOWER"},
]


@pytest.mark.parametrize("kind", ["MaxPool", "AveragePool", "AveragePool with zeros", "LpPool"])
@pytest.mark.parametrize("options", POOLS, ids=str)
def test_pooling(options, kind):
    name, _, counts = kind.partition(" ")
    options = {key: value for key, value in options.items() if (name, key) != ("LpPool", "ceil_mode")}  # it has none
    more = {"count_include_pad": 1} if counts else {}
    node = helper.make_node(name, ["x"], ["y"], **options, **more)
    check(file_of([node], ("n", 3, 10, 7)), 2, 3, 10, 7)


@pytest.mark.parametrize("size", [[4], [3, 4, 5]])
@pytest.mark.parametrize("kind", ["MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"])
def test_pooling_of_one_and_three_axes(kind, size):
    options = {} if kind.startswith("Global") else {"kernel_shape": [2] * len(size), "pads": [1] * len(size) * 2}
    check(file_of([helper.make_node(kind, ["x"], ["y"], **options)], ("n", 3, *size)), 2, 3, *size)


@pytest.mark.parametrize(
    "options, why",
    [
        ({"kernel_shape": [2, 2], "dilations": [2, 2]}, "gaps"),
        ({"kernel_shape": [2, 2], "pads": [2, 2, 2, 2]}, "below the pool size"),
        ({"kernel_shape": [2, 2], "pads": [-1, 0, 0, 0]}, "pads"),
        ({"kernel_shape": [2]}, "does not fit"),
        ({"kernel_shape": [2, 2], "auto_pad": "NONSENSE"}, "auto_pad"),
        ({}, "kernel_shape"),
    ],
)
def test_windows_that_no_layer_has_are_refused(options, why):
    with pytest.raises(FileError, match=f"MaxPool 'pool' cannot be read: .*{why}"):
        model_of(file_of([helper.make_node("MaxPool", ["x"], ["y"], name="pool", **options)], ("n", 3, 8, 6)))


def test_unpooling_of_what_was_pooled_is_a_layer():
    pool = helper.make_node("MaxPool", ["x"], ["m", "at"], kernel_shape=[2, 3], strides=[2, 3])
    twice = helper.make_node("Mul", ["m", "two"], ["n"])
    back = helper.make_node("MaxUnpool", ["n", "at"], ["y"], kernel_shape=[2, 3], strides=[2, 3])
    model = check(file_of([pool, twice, back], ("n", 3, 8, 6), {"two": np.array(2, np.float32)}), 2, 3, 8, 6)
    assert isinstance(model.layers[-1], layers.MaxUnpooling2D)


@pytest.mark.parametrize("options", [{"kernel_shape": [2, 2]}, {"kernel_shape": [2, 3], "strides": [2, 2]}])
def test_unpooling_that_is_none_of_that_pooling_is_refused(options):
    pool = helper.make_node("MaxPool", ["x"], ["m", "at"], kernel_shape=[2, 3], strides=[2, 3])
    back = helper.make_node("MaxUnpool", ["m", "at"], ["y"], **options)
    with pytest.raises(FileError, match="its window is not that of the pooling"):
        model_of(file_of([pool, back], ("n", 3, 8, 6)))


def test_places_of_maxima_that_are_used_otherwise_are_refused():
    pool = helper.make_node("MaxPool", ["x"], ["m", "at"], kernel_shape=[2, 2])
    cast = helper.make_node("Cast", ["at"], ["y"], to=1)
    with pytest.raises(FileError, match="where the maxima lie is used, and by more than an unpooling"):
        model_of(file_of([pool, cast], ("n", 3, 8, 6)))


def test_channels_that_a_file_leaves_open_are_those_of_its_first_kernel():
    kernel = RNG.normal(size=(4, 3, 3, 2)).astype(np.float32)
    model = check(
        file_of([helper.make_node("Conv", ["x", "w"], ["y"])], ("n", "c", "h", "w"), {"w": kernel}), 2, 3, 6, 5
    )
    assert model.input_shape == (None, None, None, 3)


MODES = [
    ("nearest", grid, rounding)
    for grid in ("half_pixel", "asymmetric", "align_corners")
    for rounding in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
] + [
    (mode, grid, "floor") for mode in ("linear", "cubic") for grid in ("half_pixel", "pytorch_half_pixel", "asymmetric")
]


@pytest.mark.parametrize("scales", [(2.0, 3.0), (0.5, 1.0), (1.5, 0.75)], ids=str)
@pytest.mark.parametrize("mode, grid, rounding", MODES)
def test_resize(mode, grid, rounding, scales):
    node = helper.make_node(
        "Resize", ["x", "", "s"], ["y"], mode=mode, coordinate_transformation_mode=grid, nearest_mode=rounding
    )
    sizes = (8, 4) if grid == "align_corners" else (6, 8)
    file = file_of([node], ("n", 3, *sizes), {"s": np.array([1, 1, *scales], np.float32)})
    check(file, 2, 3, *sizes, digits=5e-6)


def test_resize_by_two_is_a_layer_that_takes_any_size():
    node = helper.make_node(
        "Resize",
        ["x", "", "s"],
        ["y"],
        mode="nearest",
        nearest_mode="floor",
        coordinate_transformation_mode="asymmetric",
    )
    proto = file_of([node], ("n", 3, "h", "w"), {"s": np.array([1, 1, 2, 2], np.float32)})
    model = check(proto, 2, 3, 5, 7)
    assert isinstance(model.layers[-1], layers.UpSampling2D) and model.input_shape == (None, None, None, 3)


def test_upsample_of_old_versions():
    node = helper.make_node("Upsample", ["x"], ["y"], mode="nearest", scales=[1.0, 1.0, 2.0, 3.0])
    check(file_of([node], ("n", 3, 4, 5), opset=7), 2, 3, 4, 5)


def test_a_model_with_amounts_of_padding_goes_through_keras_files(tmp_path):
    options = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 0, 1, 2]}
    model = model_of(file_of([helper.make_node("MaxPool", ["x"], ["y"], **options)], ("n", 3, 10, 7)))
    x = RNG.normal(size=(2, 10, 7, 3))
    model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(x), model.predict(x))


def test_weights_that_the_file_computes_itself():
    """As weight normalisation is exported: a direction, its norm, and a length, at each run."""
    nodes = [
        helper.make_node("ReduceL2", ["v"], ["n"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Div", ["v", "n"], ["d"]),
        helper.make_node("Mul", ["d", "g"], ["w"]),
        helper.make_node("Conv", ["x", "w"], ["y"]),
    ]
    constants = {
        "v": RNG.normal(size=(4, 3, 3, 2)).astype(np.float32),
        "g": RNG.normal(size=(4, 1, 1, 1)).astype(np.float32),
    }
    model = check(file_of(nodes, ("n", 3, 6, 5), constants), 2, 3, 6, 5)
    assert [type(layer) for layer in model.layers] == [layers.InputLayer, layers.Conv2D]
