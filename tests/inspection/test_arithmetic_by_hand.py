"""The arithmetic of one value against sums made by NumPy alone, for every geometry; and against the engine."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers
from pellucid.errors import ArgumentError, DataError
from pellucid.inspection import arithmetic


@dataclass(frozen=True)
class Geometry:
    """A convolution layer and the shape of a sample, channels last."""

    shape: tuple[int, ...]
    filters: int
    kernel: tuple[int, ...]
    options: dict[str, Any] = field(default_factory=dict)
    activation: str = "linear"

    @property
    def rank(self) -> int:
        """Number of spatial axes."""
        return len(self.kernel)


GEOMETRIES = {
    "1D": Geometry((9, 2), 3, (3,)),
    "1D causal": Geometry((9, 2), 3, (3,), {"padding": "causal", "dilation_rate": 2}, "tanh"),
    "1D full": Geometry((7, 2), 2, (4,), {"padding": "full", "strides": 2}),
    "2D": Geometry((6, 7, 3), 4, (3, 2), {}, "relu"),
    "2D same": Geometry((5, 6, 2), 3, (3, 3), {"padding": "same", "strides": (2, 1)}),
    "2D even same": Geometry((5, 6, 2), 3, (2, 4), {"padding": "same"}, "sigmoid"),
    "2D dilated": Geometry((9, 9, 1), 2, (3, 3), {"dilation_rate": (2, 3)}),
    "2D groups": Geometry((5, 5, 6), 4, (2, 2), {"groups": 2, "strides": 2}, "softplus"),
    "2D depthwise": Geometry((4, 4, 3), 6, (3, 3), {"groups": 3, "padding": "same"}),
    "2D pointwise": Geometry((3, 3, 5), 2, (1, 1), {"use_bias": False}),
    "2D softmax": Geometry((4, 4, 2), 5, (2, 2), {}, "softmax"),
    "2D first": Geometry((5, 6, 3), 4, (3, 3), {"padding": "same", "data_format": "channels_first"}, "elu"),
    "2D first softmax": Geometry((3, 4, 2), 3, (2, 2), {"data_format": "channels_first"}, "softmax"),
    "3D": Geometry((4, 5, 4, 2), 3, (2, 3, 2), {"padding": "same", "strides": (1, 2, 2)}),
    "3D first": Geometry((3, 4, 3, 4), 2, (2, 2, 2), {"groups": 2, "data_format": "channels_first"}, "relu"),
}

ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda t: t,
    "tanh": np.tanh,
    "relu": lambda t: np.maximum(t, 0),
    "sigmoid": lambda t: 1 / (1 + np.exp(-t)),
    "softplus": lambda t: np.log1p(np.exp(t)),
    "elu": lambda t: np.where(t > 0, t, np.expm1(t)),
    "softmax": lambda t: np.exp(t) / np.exp(t).sum(-1, keepdims=True),
}


@dataclass
class Looked:
    """A model of one convolution, a sample with channels last, and what NumPy says about it."""

    model: Sequential
    x: np.ndarray
    totals: np.ndarray
    values: np.ndarray


@pytest.fixture(params=GEOMETRIES)
def looked(request: pytest.FixtureRequest, convolve: Callable[..., np.ndarray]) -> Looked:
    """One of the geometries, with random weights and a random sample."""
    geometry, rng = GEOMETRIES[request.param], np.random.default_rng(0)
    rank, options = geometry.rank, geometry.options
    layer = getattr(layers, f"Conv{rank}D")(
        geometry.filters, geometry.kernel, activation=geometry.activation, name="conv", **options
    )
    x = rng.normal(size=geometry.shape).astype(np.float32)
    model = Sequential([Input(_in_format(x, options).shape), layer])
    model.set_weights([rng.normal(size=weight.shape).astype(np.float32) for weight in model.weights])
    spread = [
        numbers if isinstance(numbers, tuple) else (numbers,) * rank
        for numbers in (options.get("strides", 1), options.get("dilation_rate", 1))
    ]
    bias = model.get_weights()[1].astype(np.float64) if options.get("use_bias", True) else 0.0
    groups, padding = options.get("groups", 1), options.get("padding", "valid")
    totals = convolve(x, model.get_weights()[0], bias, *spread, padding, groups)
    as_given, last = _in_format(totals, options), totals.ndim - 1
    values = ACTIVATIONS[geometry.activation](as_given)  # softmax goes along the last axis, whatever that holds
    return Looked(model, x, totals, np.moveaxis(values, 0, last) if as_given is not totals else values)


def _in_format(x: np.ndarray, options: dict[str, Any]) -> np.ndarray:
    return np.moveaxis(x, -1, 0) if options.get("data_format") == "channels_first" else x


def _sample(looked: Looked) -> np.ndarray:
    return _in_format(looked.x, {"data_format": looked.model.layers[0].data_format})


def test_every_value(looked: Looked) -> None:
    """Totals and values agree with NumPy in float64, and with the engine up to float32 rounding."""
    for *position, number in itertools.product(*map(range, looked.totals.shape)):
        value = arithmetic(looked.model, "conv", _sample(looked), position, number)
        assert value.total == pytest.approx(looked.totals[(*position, number)], abs=1e-12)
        assert value.value == pytest.approx(looked.values[(*position, number)], abs=1e-6)
        assert value.agrees
        assert (value.output_index, value.filter) == (tuple(position), number)


def test_the_engines_value_is_that_of_predict(looked: Looked) -> None:
    """To the bit, for the native engine; the place of a value does not change it."""
    maps = np.asarray(looked.model.predict(_sample(looked)[np.newaxis]))[0]
    if looked.model.layers[0].data_format == "channels_first":
        maps = np.moveaxis(maps, 0, -1)
    assert maps.shape == looked.totals.shape
    for *position, number in itertools.product(*map(range, maps.shape)):
        value = arithmetic(looked.model, "conv", _sample(looked), position, number)
        assert value.engine_value == float(maps[(*position, number)])


def test_every_product(looked: Looked) -> None:
    """Input, weight and place of each product are the sample's and the kernel's own; sums add up."""
    kernel, x = looked.model.get_weights()[0], looked.x
    shape = looked.totals.shape
    for *position, number in {tuple(0 for _ in shape), tuple(n // 2 for n in shape), tuple(n - 1 for n in shape)}:
        value = arithmetic(looked.model, "conv", _sample(looked), position, number)
        assert len(value.products) == kernel[..., 0].size
        first = value.products[0].channel
        for product in value.products:
            inside = all(0 <= place < size for place, size in zip(product.position, x.shape[:-1], strict=True))
            assert product.is_padding != inside
            assert product.input == (x[(*product.position, product.channel)] if inside else 0)
            assert product.weight == kernel[(*product.tap, product.channel - first, number)]
            assert product.product == float(product.input) * float(product.weight)
        assert len({(product.tap, product.channel) for product in value.products}) == len(value.products)
        by_channel = [
            sum(product.product for product in value.products if product.channel == channel)
            for channel in value.channels
        ]
        assert value.channel_sums == pytest.approx(by_channel, abs=1e-12)
        assert value.total == pytest.approx(value.sum + value.bias, abs=1e-12)


def test_groups_read_their_own_channels() -> None:
    """Filters 2 and 3 of two groups read channels 3, 4, 5."""
    model = Sequential([Input((3, 3, 6)), layers.Conv2D(4, 2, groups=2, name="conv")])
    for number, channels in enumerate([(0, 1, 2), (0, 1, 2), (3, 4, 5), (3, 4, 5)]):
        assert arithmetic(model, "conv", np.ones((3, 3, 6)), (0, 0), number).channels == channels


@pytest.mark.parametrize("activation", ["linear", "relu", "softmax", "log_softmax"])
def test_dense(activation: str) -> None:
    """Each input times its weight; softmax takes all units into account."""
    model = Sequential([Input((6,)), layers.Dense(4, activation, name="head")])
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=(6, 4)), rng.normal(size=4)])
    x = rng.normal(size=6).astype(np.float32)
    kernel, bias = (array.astype(np.float64) for array in model.get_weights())
    totals = x @ kernel + bias
    softmax = ACTIVATIONS["softmax"](totals)
    expected = {"linear": totals, "softmax": softmax, "log_softmax": np.log(softmax)}.get(activation)
    expected = np.maximum(totals, 0) if expected is None else expected
    answers = np.asarray(model.predict(x[np.newaxis]))[0]
    for unit in range(4):
        value = arithmetic(model, "head", x, (), unit)
        assert value.total == pytest.approx(totals[unit], abs=1e-12)
        assert value.value == pytest.approx(expected[unit], abs=1e-6)
        assert value.engine_value == float(answers[unit])
        assert [product.product for product in value.products] == pytest.approx(x * kernel[:, unit], abs=1e-12)
        assert value.is_dense
        assert value.agrees


def test_dense_along_the_last_axis() -> None:
    """A dense layer on a map: one value per place and unit."""
    model = Sequential([Input((2, 3, 4)), layers.Dense(5, name="head")])
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)
    answers = np.asarray(model.predict(x[np.newaxis]))[0]
    for place in itertools.product(range(2), range(3)):
        value = arithmetic(model, "head", x, place, 3)
        assert [product.input for product in value.products] == x[place].tolist()
        assert value.engine_value == float(answers[(*place, 3)])


def test_deep_inside_a_model() -> None:
    """The products read what the layer before it gives: behind a convolution, a pooling, a sum."""
    x = Input((8, 8, 1))
    first = layers.Conv2D(3, 3, padding="same", activation="relu", name="first")(x)
    pooled = layers.MaxPooling2D(2, name="pooled")(layers.Add()([first, x_times(first)]))
    model = Model(x, layers.Dense(2, name="head")(layers.Flatten()(layers.Conv2D(2, 3, name="second")(pooled))))
    sample = np.random.default_rng(0).normal(size=(8, 8, 1)).astype(np.float32)
    inside = np.asarray(Model(x, pooled).predict(sample[np.newaxis]))[0]
    maps = np.asarray(Model(x, model.get_layer("second").output).predict(sample[np.newaxis]))[0]
    value = arithmetic(model, "second", sample, (1, 0), 1)
    assert {(product.position, product.channel): product.input for product in value.products} == {
        ((row, column), channel): inside[row, column, channel]
        for row in (1, 2, 3)
        for column in (0, 1, 2)
        for channel in range(3)
    }
    assert value.engine_value == pytest.approx(float(maps[1, 0, 1]), abs=1e-6)
    assert value.agrees


def x_times(tensor: Any) -> Any:
    """A second branch of the same shape."""
    return layers.Conv2D(3, 1, name="branch")(tensor)


def test_by_the_reference_engine(looked: Looked) -> None:
    """Its value comes closer still."""
    value = arithmetic(looked.model, "conv", _sample(looked), [0] * (looked.x.ndim - 1), 0, engine="reference")
    assert value.engine_value == pytest.approx(value.value, abs=1e-6)


def test_after_training_it_is_the_trained_value() -> None:
    """Nothing is cached over a change of the weights."""
    model = Sequential([Input((4, 4, 1)), layers.Conv2D(2, 3, name="conv"), layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    x, before = np.ones((4, 4, 1)), None
    for _ in range(2):
        value = arithmetic(model, "conv", x, (0, 0), 1)
        assert value.total == pytest.approx(float(model.get_weights()[0][..., 1].sum()) + value.bias, abs=1e-6)
        assert value.total != before
        before = value.total
        model.fit(x[np.newaxis], [[3.0]], verbose=0)


def test_formula() -> None:
    """The layer's own numbers stand in it."""
    model = Sequential(
        [Input((9, 9, 1)), layers.Conv2D(2, 3, strides=(2, 1), padding="same", activation="relu", name="conv")]
    )
    assert arithmetic(model, "conv", np.ones((9, 9, 1)), (0, 0)).formula == (
        "y[i, j, f] = relu(bias[f] + sum over l, m, c of x[2i+l-1, j+m-1, c] * kernel[l, m, c, f])"
    )


def _one(**arguments: Any) -> object:
    model = Sequential(
        [Input((8, 8, 1)), layers.Conv2D(4, 3, name="conv"), layers.Flatten(name="flat"), layers.Dense(2, name="head")],
        name="net",
    )
    return arithmetic(model, **{"layer": "conv", "sample": np.ones((8, 8, 1)), "position": (0, 0), **arguments})


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no such layer": ({"layer": "cov"}, r"^unknown layer of net 'cov'; did you mean 'conv'\?"),
    "the path into a layer that is no model": ({"layer": "conv/x"}, r'^Conv2D "conv" is no model, so there is no'),
    "a use that is not there": ({"call": 1}, r"^'conv' is used once, counted from 0; there is no call 1$"),
    "too far": (
        {"position": (6, 0)},
        r'^Conv2D "conv" gives feature maps of \(6, 6\), there is no position \(6, 0\): say one from \(0, 0\) to \(5,',
    ),
    "from the end": ({"position": (-1, 0)}, r"there is no position \(-1, 0\): say one from \(0, 0\) to \(5, 5\)$"),
    "one number": ({"position": (0,)}, r"there is no position \(0,\): say one from \(0, 0\) to \(5, 5\)$"),
    "no position": ({"position": ()}, r"there is no position \(\): say one from \(0, 0\) to \(5, 5\)$"),
    "a position for a dense layer": (
        {"layer": "head"},
        r'^Dense "head" gives numbers that have no places, so there is no',
    ),
    "filter too large": ({"filter": 4}, r'^Conv2D "conv" has filters 0 to 3, there is no filter 4$'),
    "filter below 0": ({"filter": -1}, r"has filters 0 to 3, there is no filter -1$"),
    "a batch": ({"sample": np.ones((1, 8, 8, 1))}, r"built for samples of shape \(8, 8, 1\)"),
    "another size": ({"sample": np.ones((9, 8, 1))}, r"built for samples of shape \(8, 8, 1\)"),
    "NaN": ({"sample": np.full((8, 8, 1), np.nan)}, r"NaN"),
    "text": ({"sample": np.full((8, 8, 1), "a")}, r"must hold numbers"),
    "an engine that is not there": ({"engine": "abacus"}, r"unknown engine 'abacus'"),
    "a fraction as position": ({"position": (0.5, 0)}, r"position"),
    "a fraction as filter": ({"filter": 0.5}, r"filter"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_not_there(case: str) -> None:
    """One sentence each."""
    arguments, message = WRONG[case]
    with pytest.raises((ArgumentError, DataError), match=message) as caught:
        _one(**arguments)
    assert "\n" not in str(caught.value)
