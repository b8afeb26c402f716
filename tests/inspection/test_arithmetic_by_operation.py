"""The arithmetic of layers of all kinds against sums written once more in NumPy, from the definitions alone."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, ops
from pellucid.errors import ArgumentError
from pellucid.inspection import Arithmetic, arithmetic
from pellucid.layers import Layer

RNG = np.random.default_rng(0)


def made(shape: tuple[int, ...], layer: Layer) -> tuple[Sequential, np.ndarray, dict[str, np.ndarray]]:
    """A model of one layer with random positive weights, a sample, and the weights by name in float64."""
    model = Sequential([Input(shape), layer])
    model.set_weights([RNG.uniform(0.2, 1.0, weight.shape) for weight in model.weights])
    weights = {weight.name: weight.numpy().astype(np.float64) for weight in model.weights}
    return model, RNG.normal(size=shape).astype(np.float32), weights


def agree(model: Model, layer: str, x: np.ndarray, expected: np.ndarray, **options: Any) -> list[Arithmetic]:
    """The arithmetic of elements all over a result with channels last, which must give the expected totals."""
    values, places = [], list(itertools.product(*map(range, expected.shape)))
    for *position, number in places[:: len(places) // 40 + 1]:
        value = arithmetic(model, layer, x, position, number, **options)
        assert value.total == pytest.approx(expected[(*position, number)], rel=1e-9, abs=1e-9)
        assert value.agrees
        values.append(value)
    return values


def correlate(x: np.ndarray, kernel: np.ndarray, stride: int = 1) -> np.ndarray:
    """Sums over taps and channels of an image with channels last, nothing padded."""
    rows, columns = (1 + (n - k) // stride for n, k in zip(x.shape[:2], kernel.shape[:2], strict=True))
    y = np.zeros((rows, columns, kernel.shape[-1]))
    for i, j in np.ndindex(rows, columns):
        seen = x[i * stride : i * stride + kernel.shape[0], j * stride : j * stride + kernel.shape[1]]
        y[i, j] = np.einsum("klc,klcf->f", seen, kernel)
    return y


def depthwise(x: np.ndarray, kernel: np.ndarray, stride: int = 1) -> np.ndarray:
    """Each channel with filters of its own: channel * multiplier + number."""
    parts = [correlate(x[..., c : c + 1], kernel[:, :, c : c + 1], stride) for c in range(x.shape[-1])]
    return np.concatenate(parts, axis=-1)


def same(x: np.ndarray, k: int, mode: str = "constant") -> np.ndarray:
    """x with the padding that a window of k taps and step 1 needs to keep its size."""
    before = (k - 1) // 2
    return np.pad(x, [(before, k - 1 - before)] * 2 + [(0, 0)], mode=mode)


def test_depthwise() -> None:
    """Channel c gives maps c * multiplier and following; weights are elements of the layer's own array."""
    layer = layers.DepthwiseConv2D(3, depth_multiplier=2, strides=2, name="deep")
    model, x, weights = made((7, 6, 3), layer)
    values = agree(model, "deep", x, depthwise(x, weights["kernel"], 2) + weights["bias"])
    for value in values:
        assert value.channels == (value.filter // 2,)
        for product in value.products:
            assert product.weight == weights["kernel"][product.weight_index]
            assert product.weight_index == (*product.tap, value.filter // 2, value.filter % 2)
            assert product.input == x[(*product.position, product.channel)]
    assert values[0].formula == (
        "y[i, j, f] = bias[f] + sum over l, m of x[2i+l, 2j+m, f//2] * kernel[l, m, f//2, f%2]"
    )


def test_depthwise_channels_first() -> None:
    """The same numbers with the channels in front, padding included."""
    layer = layers.DepthwiseConv2D(3, padding="same", data_format="channels_first", name="deep")
    model, x, weights = made((3, 5, 4), layer)
    last = np.moveaxis(x, 0, -1)
    for value in agree(model, "deep", x, depthwise(same(last, 3), weights["kernel"]) + weights["bias"]):
        for product in value.products:
            inside = all(0 <= i < n for i, n in zip(product.position, last.shape, strict=False))
            assert product.is_padding != inside
            assert product.input == (last[(*product.position, product.channel)] if inside else 0)


def test_separable_has_two_steps() -> None:
    """The products read what the depthwise steps gave, each of which is explained."""
    model, x, weights = made((5, 6, 3), layers.SeparableConv2D(4, 2, depth_multiplier=2, name="sep"))
    around = depthwise(x, weights["depthwise_kernel"])
    expected = around @ weights["pointwise_kernel"][0, 0] + weights["bias"]
    for value in agree(model, "sep", x, expected)[:20]:
        steps = {step.name: step for step in value.steps}
        assert len(value.products) == len(steps) == 6
        for product in value.products:
            step = steps[product.source]
            assert step.result == pytest.approx(around[(*value.output_index, product.channel)], abs=1e-12)
            assert len(step.products) == 4
            for inner in step.products:
                assert inner.input == x[(*inner.position, inner.channel)]
                assert inner.weight == weights["depthwise_kernel"][inner.weight_index]


@pytest.mark.parametrize(("stride", "dilation", "padding"), [(1, 1, "valid"), (2, 1, "valid"), (3, 2, "valid"),
                                                             (2, 1, "same"), (1, 2, "same")])  # fmt: skip
def test_transposed(stride: int, dilation: int, padding: str) -> None:
    """Every input spreads its filter; what reaches an element is added up."""
    layer = layers.Conv2DTranspose(2, 3, strides=stride, dilation_rate=dilation, padding=padding, name="up")
    model, x, weights = made((4, 3, 2), layer)
    reach = (3 - 1) * dilation + 1
    full = np.zeros((3 * stride + reach + stride, 2 * stride + reach + stride, 2))
    for i, j, k, m in np.ndindex(4, 3, 3, 3):
        full[i * stride + k * dilation, j * stride + m * dilation] += weights["kernel"][k, m] @ x[i, j]
    sizes = model.output_shape[1:-1]
    first = 0 if padding == "valid" else _first_kept(stride, reach)
    expected = full[first : first + sizes[0], first : first + sizes[1]] + weights["bias"]
    for value in agree(model, "up", x, expected):
        for product in value.products:
            assert product.input == x[(*product.position, product.channel)]
            assert product.weight == weights["kernel"][(*product.tap, value.filter, product.channel)]
            place = [p * stride + t * dilation - first for p, t in zip(product.position, product.tap, strict=True)]
            assert tuple(place) == value.output_index


def _first_kept(stride: int, reach: int) -> int:
    """Where TensorFlow's "same" begins in the full result: the padding of the convolution that it is the adjoint of."""
    return max(reach - stride, 0) // 2


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_locally_connected(padding: str, data_format: str) -> None:
    """Each place has weights of its own."""
    shape = (4, 5, 2) if data_format == "channels_last" else (2, 4, 5)
    layer = layers.LocallyConnected2D(3, 3, padding=padding, data_format=data_format, name="local")
    model, x, weights = made(shape, layer)
    last = x if data_format == "channels_last" else np.moveaxis(x, 0, -1)
    wide = same(last, 3) if padding == "same" else last
    rows, columns = wide.shape[0] - 2, wide.shape[1] - 2
    expected = np.zeros((rows, columns, 3))
    for i, j in np.ndindex(rows, columns):
        seen = wide[i : i + 3, j : j + 3].astype(np.float64)
        patch = seen.ravel() if data_format == "channels_last" else np.moveaxis(seen, -1, 0).ravel()
        expected[i, j] = patch @ weights["kernel"][i * columns + j] + weights["bias"][i, j]
    for value in agree(model, "local", x, expected):
        for product in value.products:
            assert product.input == last[(*product.position, product.channel)]
            assert product.weight == weights["kernel"][product.weight_index]
            assert product.weight_index[0] == value.output_index[0] * columns + value.output_index[1]


@pytest.mark.parametrize(("mode", "numpy_mode"), [("reflect", "reflect"), ("replicate", "edge"), ("circular", "wrap")])
def test_padding_modes(mode: str, numpy_mode: str) -> None:
    """What stands in the padding is an element of the input, and is named as such."""
    model, x, weights = made((4, 5, 2), layers.Conv2D(2, 3, padding="same", padding_mode=mode, name="conv"))
    for value in agree(model, "conv", x, correlate(same(x, 3, numpy_mode), weights["kernel"]) + weights["bias"]):
        assert len(value.products) == 18
        for product in value.products:
            assert not product.is_padding
            assert product.input == x[(*product.position, product.channel)]


def test_several_batch_axes() -> None:
    """The position begins with the further batch axes."""
    model, x, weights = made((2, 3, 4, 5, 2), layers.Conv2D(2, 3, name="conv"))
    expected = np.array([[correlate(image, weights["kernel"]) for image in images] for images in x]) + weights["bias"]
    for value in agree(model, "conv", x, expected):
        assert all(product.position[:2] == value.output_index[:2] for product in value.products)
        assert all(product.input == x[(*product.position, product.channel)] for product in value.products)


def test_max_pooling() -> None:
    """The window, and the winner: the first of those that are equal."""
    model, x, _ = made((5, 6, 2), layers.MaxPooling2D(3, strides=2, padding="same", name="pool"))
    x = np.round(x * 2)  # ties
    wide = np.pad(x, [(1, 1), (0, 1), (0, 0)], constant_values=-np.inf)
    expected = np.zeros((3, 3, 2))
    for i, j in np.ndindex(3, 3):
        expected[i, j] = wide[2 * i : 2 * i + 3, 2 * j : 2 * j + 3].max(axis=(0, 1))
    for value in agree(model, "pool", x, expected):
        assert value.combination == "maximum"
        numbers = [product.input for product in value.products]
        winners = [number for number, product in enumerate(value.products) if product.weight]
        assert winners == [numbers.index(max(numbers))]
        assert all(product.input == x[(*product.position, value.filter)] for product in value.products)


def test_average_pooling_counts_what_is_inside() -> None:
    """Padding does not count: at the edge the mean is of fewer terms."""
    model, x, _ = made((5, 6, 2), layers.AveragePooling2D(3, strides=2, padding="same", name="pool"))
    wide = np.pad(x.astype(np.float64), [(1, 1), (0, 1), (0, 0)], constant_values=np.nan)
    expected = np.zeros((3, 3, 2))
    for i, j in np.ndindex(3, 3):
        expected[i, j] = np.nanmean(wide[2 * i : 2 * i + 3, 2 * j : 2 * j + 3], axis=(0, 1))
    values = agree(model, "pool", x, expected)
    assert {len(value.products) for value in values} == {4, 6, 9}
    for value in values:
        assert value.combination == "mean"
        assert all(product.weight == 1 / len(value.products) for product in value.products)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_global_pooling(data_format: str) -> None:
    """Each term is an element of one feature map."""
    axes = (0, 1) if data_format == "channels_last" else (1, 2)
    for layer, function in (
        (layers.GlobalAveragePooling2D(data_format=data_format, name="pool"), np.mean),
        (layers.GlobalMaxPooling2D(data_format=data_format, name="pool"), np.max),
    ):
        model, x, _ = made((3, 4, 5), layer)
        for value in agree(model, "pool", x, function(x.astype(np.float64), axis=axes)):
            assert len(value.products) == 60 // x.shape[-1 if data_format == "channels_last" else 0]
            for product in value.products:
                place = (*product.position, value.filter)
                place = place if data_format == "channels_last" else (value.filter, *product.position)
                assert product.input == x[place]


def test_lp_pooling() -> None:
    """The sum of powers, then the root."""
    model, x, _ = made((4, 4, 2), layers.LpPooling2D(2, p=3, name="pool"))
    for i, j, c in np.ndindex(2, 2, 2):
        window = np.abs(x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c].astype(np.float64)) ** 3
        value = arithmetic(model, "pool", x, (i, j), c)
        assert value.total == pytest.approx(window.sum())
        assert value.value == pytest.approx(window.sum() ** (1 / 3))
        assert value.agrees


def test_batch_normalisation_is_a_scale_and_a_shift() -> None:
    """Folded from mean, variance, gamma and beta, which the steps name with their numbers."""
    model, x, w = made((3, 2, 4), layers.BatchNormalization(epsilon=0.01, name="norm"))
    scale = w["gamma"] / np.sqrt(w["moving_variance"] + 0.01)
    for value in agree(model, "norm", x, (x - w["moving_mean"]) * scale + w["beta"]):
        (product,) = value.products
        c = value.filter
        assert product.input == x[(*value.output_index, c)]
        assert product.weight == pytest.approx(scale[c], rel=1e-12)
        assert value.bias == pytest.approx(w["beta"][c] - w["moving_mean"][c] * scale[c], rel=1e-12)
        assert value.steps[0].operands == {
            f"gamma[{c}]": w["gamma"][c], f"moving_variance[{c}]": w["moving_variance"][c],
        }  # fmt: skip


@pytest.mark.parametrize("kind", ["layer", "group", "rms", "unit"])
def test_other_normalisation(kind: str) -> None:
    """Statistics of the sample itself, as steps."""
    layer = {
        "layer": layers.LayerNormalization(epsilon=0.01, name="norm"),
        "group": layers.GroupNormalization(2, epsilon=0.01, name="norm"),
        "rms": layers.RMSNormalization(epsilon=0.01, name="norm"),
        "unit": layers.UnitNormalization(name="norm"),
    }[kind]
    model, x, w = made((3, 2, 4), layer)
    x64 = x.astype(np.float64)
    parts = x64.reshape(3, 2, 2, 2)
    expected = {
        "layer": (x64 - x64.mean(-1, keepdims=True)) / np.sqrt(x64.var(-1, keepdims=True) + 0.01),
        "group": ((parts - parts.mean((0, 1, 3), keepdims=True))
                  / np.sqrt(parts.var((0, 1, 3), keepdims=True) + 0.01)).reshape(x.shape),
        "rms": x64 / np.sqrt((x64**2).mean(-1, keepdims=True) + 0.01),
        "unit": x64 / np.linalg.norm(x64, axis=-1, keepdims=True),
    }[kind]  # fmt: skip
    expected = expected * w.get("gamma", w.get("scale", 1.0)) + w.get("beta", 0.0)
    for value in agree(model, "norm", x, expected):
        assert value.steps


class OwnConvolution(Layer):
    """A layer as a user writes one: a convolution, a factor per filter, an activation."""

    def build(self, input_shape: Any) -> None:
        self.taps = self.add_weight(shape=(2, 2, input_shape[-1], 3), name="taps")
        self.factor = self.add_weight(shape=(3,), name="factor")

    def call(self, inputs: Any) -> Any:
        return ops.tanh(ops.conv(inputs, self.taps) * self.factor)


def test_layers_of_users() -> None:
    """Explained by what they emit: the factor times the sum, which is a step."""
    model, x, w = made((3, 4, 2), OwnConvolution(name="own"))
    sums = correlate(x, w["taps"])
    values = agree(model, "own", x, sums * w["factor"])
    for value in values:
        place = (*value.output_index, value.filter)
        assert value.activation == "tanh"
        assert value.value == pytest.approx(math.tanh(sums[place] * w["factor"][value.filter]), abs=1e-9)
        (product,) = value.products
        assert (product.weight_name, product.weight_index) == ("factor", (value.filter,))
        (step,) = value.steps
        assert step.result == pytest.approx(sums[place], abs=1e-9)
        assert len(step.products) == 8


def test_residual_of_a_user() -> None:
    """No single sum: a formula of the input and of what a step gave."""

    class Residual(Layer):
        def build(self, input_shape: Any) -> None:
            self.kernel = self.add_weight(shape=(input_shape[-1], input_shape[-1]), name="kernel")

        def call(self, inputs: Any) -> Any:
            return inputs + ops.relu(ops.matmul(inputs, self.kernel))

    model, x, w = made((4,), Residual(name="own"))
    for value in agree(model, "own", x, x + np.maximum(x @ w["kernel"], 0)):
        assert value.combination == "expression"
        assert value.formula == f"y = x[{value.filter}] + relu(s1)"
        assert value.steps[0].result == pytest.approx(float(x @ w["kernel"][:, value.filter]))


def test_what_only_moves_numbers_says_where_from() -> None:
    """A number of a flattened map is that of a place."""
    model, x, _ = made((2, 3, 2), layers.Flatten(name="flat"))
    for number, value in enumerate(agree(model, "flat", x, x.ravel())):
        i, j, c = np.unravel_index(number, x.shape)
        assert value.formula == f"y = x[{i}, {j}, {c}]"


def test_inside_models_and_for_each_use() -> None:
    """The path leads into models inside; each use of a layer reads what it was given there."""
    inside = Input((5, 5, 2))
    conv = layers.Conv2D(2, 3, padding="same", name="conv")
    inner = Model(inside, conv(conv(inside)), name="inner")
    x = Input((5, 5, 2))
    model = Model(x, inner(layers.ReLU(name="relu")(inner(x))), name="outer")
    model.set_weights([RNG.normal(size=weight.shape) for weight in model.weights])
    sample = RNG.normal(size=(5, 5, 2)).astype(np.float32)
    kernel, bias = (array.astype(np.float64) for array in model.get_weights())
    given = sample
    for use in range(4):
        expected = correlate(same(given, 3), kernel) + bias
        for index in ((0, 0, 1), (2, 3, 0)):
            value = arithmetic(model, "inner/conv", sample, index[:2], index[2], call=use, engine="reference")
            assert value.total == pytest.approx(expected[index], rel=1e-5)
            assert value.agrees
        given = np.maximum(expected, 0) if use == 1 else expected
    with pytest.raises(ArgumentError, match=r"^'inner/conv' is used 4 times, counted from 0; there is no call 4$"):
        arithmetic(model, "inner/conv", sample, (0, 0), call=4)
    with pytest.raises(ArgumentError, match=r"unknown layer of inner 'con'; did you mean 'conv'"):
        arithmetic(model, "inner/con", sample, (0, 0))


def test_what_has_no_rule_says_so() -> None:
    """The operation is named."""
    model = Sequential([Input((4, 3)), layers.Lambda(lambda x: ops.argmax(x, axis=-1), name="best")])
    with pytest.raises(ArgumentError, match=r'^Lambda "best": there is no rule that explains the operation ArgMax$'):
        arithmetic(model, "best", np.ones((4, 3)), (), 1)
