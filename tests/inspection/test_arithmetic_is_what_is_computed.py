"""The products that are listed are those that the engine adds up: over every kind of layer, rank, stride, dilation,
group, padding and padding mode. What rounding explains is not refused (what it does not: `tests/sabotage`)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, layers, ops
from pellucid.engines import NativeEngine
from pellucid.engines.native import bfloat16_speed
from pellucid.inspection import Arithmetic, arithmetic

UNIT = 2.0**-24
SIZES = (7, 6, 5)
STEPS = [(1, 1), (2, 1), (1, 2), (3, 2)]  # stride and dilation
MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""Padding modes, with NumPy's name for them."""


def _amounts(padding: Any, axis: int, taps: int, stride: int, dilation: int) -> tuple[int, int]:
    """What the words mean, from their definitions."""
    reach, size = (taps - 1) * dilation, SIZES[axis]
    if padding == "same":
        total = max((math.ceil(size / stride) - 1) * stride + reach + 1 - size, 0)
        return total // 2, total - total // 2
    if isinstance(padding, str):
        return {"valid": (0, 0), "full": (reach, reach), "causal": (reach, 0)}[padding]
    return (padding, padding) if isinstance(padding, int) else padding[axis]


def _paddings(rank: int) -> list[Any]:
    words = ["valid", "same", "full", *(["causal"] if rank == 1 else [])]
    return [*words, 1, ((2, 1), (0, 3), (1, 0))[:rank], ((0, 2), (3, 0), (0, 1))[:rank]]


def _sliding() -> Iterator[tuple[str, int, Any, str, str, int, int, int]]:
    """Every kind with every padding and mode; strides, dilations, groups and orders of axes take turns."""
    turns = itertools.cycle(itertools.product(STEPS, (1, 2), ("channels_last", "channels_first")))
    kinds = [("Conv", 1), ("Conv", 2), ("Conv", 3), ("DepthwiseConv", 1), ("DepthwiseConv", 2), ("SeparableConv", 1),
             ("SeparableConv", 2)]  # fmt: skip
    for (kind, rank), mode in itertools.product(kinds, MODES):
        for padding in _paddings(rank):
            (stride, dilation), groups, order = next(turns)
            yield kind, rank, padding, mode, order, stride, dilation, groups if kind == "Conv" else 1


def _model(layer: layers.Layer, order: str, rank: int, channels: int = 2) -> tuple[Sequential, np.ndarray]:
    """The layer alone with random weights, and a sample."""
    rng = np.random.default_rng(rank)
    spatial = SIZES[:rank]
    shape = (*spatial, channels) if order == "channels_last" else (channels, *spatial)
    model = Sequential([layers.Input(shape), layer])
    model.set_weights([rng.normal(size=weight.shape) for weight in model.weights])
    return model, rng.normal(size=shape).astype(np.float32)


def _explained(model: Sequential, sample: np.ndarray, order: str, rank: int) -> Iterator[Arithmetic]:
    """Values at both ends, each held to what the model predicts."""
    answers = np.asarray(model.predict(sample[np.newaxis]))[0]
    maps = answers if order == "channels_last" else np.moveaxis(answers, 0, -1)
    for share in (0, 1):
        *place, number = (share * (size - 1) for size in maps.shape)
        value = arithmetic(model, "layer", sample, place, number)
        products = [product.product for product in value.products]
        largest = max(products, default=0.0, key=abs) if value.combination == "maximum" else 0.0
        total = largest if value.combination == "maximum" else math.fsum(products) + value.bias
        size = math.fsum(map(abs, products)) + abs(value.bias)
        steps = sum(len(step.products) for step in value.steps)
        bound = (len(products) + steps + 4) * UNIT * (size + steps * np.abs(sample).max() * 4)
        assert abs(total - float(maps[(*place, number)])) <= bound, (value.output_index, total, maps[(*place, number)])
        yield value


@pytest.mark.parametrize("kind", ["Conv", "DepthwiseConv", "SeparableConv"])
def test_sliding_kernels(kind: str) -> None:
    """The sum of the listed products is the engine's value, and each names the cell that is read: in padding the one
    that is mirrored, repeated or taken from the other end."""
    count = 0
    for own, rank, padding, mode, order, stride, dilation, groups in _sliding():
        if own != kind:
            continue
        taps = (3, 2, 3)[:rank]
        options = {"strides": stride, "dilation_rate": dilation, "padding": padding, "padding_mode": mode}
        options |= {"groups": groups} if kind == "Conv" else {}
        filters = [] if kind == "DepthwiseConv" else [4]
        layer = getattr(layers, f"{kind}{rank}D")(*filters, taps, data_format=order, name="layer", **options)
        model, sample = _model(layer, order, rank)
        last = sample if order == "channels_last" else np.moveaxis(sample, 0, -1)
        weights = {weight.name: weight.numpy() for weight in model.weights}
        sources = []
        for axis in range(rank):
            before, after = _amounts(padding, axis, taps[axis], stride, dilation)
            places = np.arange(SIZES[axis])
            outside = {"constant_values": -1} if mode == "zeros" else {}
            sources.append(np.pad(places, (before, after), MODES[mode], **outside))  # type: ignore[call-overload]
        for value in _explained(model, sample, order, rank):
            read = value.steps if kind == "SeparableConv" else [value]
            for product in itertools.chain.from_iterable(each.products for each in read):
                where = [source[o * stride + t * dilation]
                         for source, o, t in zip(sources, value.output_index, product.tap, strict=True)]  # fmt: skip
                assert product.is_padding == (-1 in where)
                if not product.is_padding:
                    assert product.position == tuple(where)
                    assert product.input == last[(*where, product.channel)]
                assert product.weight == weights[product.weight_name][product.weight_index]
            count += 1
    assert count >= 2 * 2 * 4 * 6  # ends, ranks, modes, paddings


OTHERS: list[tuple[str, int, dict[str, Any]]] = [
    *[(f"Conv{rank}DTranspose", rank, {"filters": 3, "kernel_size": 3, "strides": stride, "padding": padding,
                                       "dilation_rate": dilation if stride == 1 else 1})
      for rank in (1, 2, 3) for stride, dilation in STEPS for padding in ("valid", "same")],
    *[(f"LocallyConnected{rank}D", rank, {"filters": 3, "kernel_size": 3, "strides": stride, "padding": padding})
      for rank in (1, 2) for stride in (1, 2) for padding in ("valid", "same")],
    *[(f"{kind}Pooling{rank}D", rank, {"pool_size": 3, "strides": stride, "padding": padding})
      for kind in ("Max", "Average", "Lp") for rank in (1, 2, 3) for stride in (1, 2) for padding in ("valid", "same")],
    *[(f"Global{kind}Pooling{rank}D", rank, {}) for kind in ("Max", "Average") for rank in (1, 2, 3)],
    *[(f"ZeroPadding{rank}D", rank, {"padding": 1}) for rank in (2, 3)],
    *[(f"UpSampling{rank}D", rank, {"size": 2}) for rank in (2, 3)],
]  # fmt: skip


@pytest.mark.parametrize("order", ["channels_last", "channels_first"])
def test_other_layers_on_maps(order: str) -> None:
    """Transposed and locally connected kernels, pooling, moved numbers: all in both orders."""
    for name, rank, options in OTHERS:
        cls = getattr(layers, name)
        model, sample = _model(cls(**options, data_format=order, name="layer"), order, rank)
        answers = np.asarray(model.predict(sample[np.newaxis], engine="reference"))[0]
        maps = answers if order == "channels_last" else np.moveaxis(answers, 0, -1)
        for index in {(0,) * maps.ndim, tuple(size - 1 for size in maps.shape)}:
            value = arithmetic(model, "layer", sample, index[:-1], index[-1])
            assert value.value == pytest.approx(float(maps[index]), rel=1e-9, abs=1e-9)
            assert value.agrees


def _computed(layer: layers.Layer, sample: np.ndarray, size: float = 1.0, **options: Any) -> list[Arithmetic]:
    """A few dozen values of a layer, none of which may be refused."""
    rng = np.random.default_rng(1)
    model = Sequential([layers.Input(sample.shape), layer])
    model.set_weights([rng.normal(size=weight.shape) * size for weight in model.weights])
    places = list(np.ndindex(model.output_shape[1:]))
    chosen = [places[number] for number in rng.integers(0, len(places), 24)]
    return [arithmetic(model, layer.name, sample, place[:-1], place[-1], **options) for place in chosen]


@pytest.mark.parametrize("kind", [layers.Conv2D, layers.Conv2DTranspose])
def test_winograds_method_is_not_refused(kind: type[layers.Layer]) -> None:
    """It mixes neighbours that no product reads: beside large numbers, sums of zeros come out as almost nothing."""
    rng = np.random.default_rng(0)
    sample = np.zeros((16, 16, 32))
    sample[9, 9] = 1000 * rng.normal(size=32)
    model = Sequential([layers.Input(sample.shape), kind(32, 3, padding="same", name="layer")])  # type: ignore[call-arg]
    model.set_weights([rng.normal(size=(3, 3, 32, 32)), np.zeros(32)])
    answers = np.asarray(model.predict(sample[np.newaxis]))[0]
    largest = float(np.abs(answers).max())
    answers[8:11, 8:11] = 0  # where products read the numbers
    row, column, number = np.unravel_index(int(np.abs(answers).argmax()), answers.shape)
    assert answers[row, column, number] != 0, "the method was not used, or is exact now"
    value = arithmetic(model, "layer", sample, (row, column), number)
    assert value.value == 0 and value.engine_value == answers[row, column, number]
    assert value.agrees and value.rounding is not None and value.rounding < 1e-3 * largest
    exact = arithmetic(model, "layer", sample, (row, column), number, engine=NativeEngine(exact=True))
    assert exact.engine_value == 0 and exact.rounding is None


@pytest.mark.skipif(bfloat16_speed() == 0, reason="this machine has no products of bfloat16 numbers")
@pytest.mark.filterwarnings("ignore:this processor multiplies bfloat16")
def test_bfloat16_is_not_refused() -> None:
    """Where the layer's policy, or the engine, rounds factors to eight bits."""
    rng = np.random.default_rng(0)
    images, vector = rng.normal(size=(24, 24, 16)), rng.normal(size=(500,))
    values = _computed(layers.Conv2D(16, 3, strides=2, dtype="mixed_bfloat16", activation="gelu"), images)
    values += _computed(layers.Conv2D(16, 3, strides=2), images, engine=NativeEngine(bfloat16=True))
    values += _computed(layers.Dense(64, dtype="mixed_bfloat16", activation="softmax"), vector)
    assert all(value.agrees for value in values)
    assert any(value.rounding is not None for value in values)


def test_the_ends_of_float32_are_not_refused() -> None:
    """What float32 cannot hold, or takes for zero, is no other calculation."""
    rng = np.random.default_rng(0)
    for size, weight in ((1e30, 1e9), (1e37, 1.0), (1e-25, 1e-16), (1e-38, 1.0)):
        for activation in ("linear", "relu", "tanh"):
            layer = layers.Conv2D(4, 3, activation=activation)
            assert all(value.agrees for value in _computed(layer, rng.normal(size=(8, 8, 3)) * size, weight))


@pytest.mark.parametrize("function", ["floor", "greater", "where", "divide", "sqrt", "log", "power"])
def test_jumps_and_poles_within_rounding_are_not_refused(function: str) -> None:
    """Sums that cancel to nothing lie on either side of a jump, as rounding has it."""

    class Jump(layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.kernel = self.add_weight(shape=(input_shape[-1], 8), name="kernel")

        def call(self, x: Any) -> Any:
            y = ops.matmul(x, self.kernel)
            z = ops.matmul(ops.flip(x, axis=-1), ops.flip(self.kernel, axis=0))  # the same in another order
            found = {
                "floor": lambda: ops.floor((y - z) * 1e6), "greater": lambda: ops.cast(y > z, "float32"),
                "where": lambda: ops.where(y > z, y, 5.0), "divide": lambda: 1.0 / (y - z + 1e-7),
                "sqrt": lambda: ops.sqrt(ops.abs(y - z)), "log": lambda: ops.log(ops.abs(y - z) + 1e-30),
                "power": lambda: ops.power(ops.abs(y - z), 0.3),
            }  # fmt: skip
            return found[function]()

    sample = np.random.default_rng(0).normal(size=(40,)) * 100
    assert all(value.agrees for value in _computed(Jump(name="jump"), sample))


def test_the_formula_of_a_padding_that_is_not_of_zeros() -> None:
    """It reads the padded input, and says so."""
    for mode, expected in (("zeros", "x[i+l-1, j+m-1, c]"), ("reflect", "p[i+l, j+m, c]")):
        layer = layers.Conv2D(2, 3, padding="same", padding_mode=mode, name="layer")
        model, sample = _model(layer, "channels_last", 2)
        formula = arithmetic(model, "layer", sample, (0, 0)).formula
        assert expected in formula
        assert formula.endswith("where p is x with its padding") == (mode != "zeros")
