"""What a unit sees, against what it reacts to: the support of the gradient of one unit with respect to the input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, ops
from pellucid.engines import get_engine
from pellucid.graph import Graph, builder, gradient
from pellucid.graph.ops import Input as InputOp
from pellucid.network.receptive_fields import receptive_fields


def _seen(model: Any, unit: tuple[int, ...], rank: int) -> list[tuple[int, int]]:
    """First and last input index along each axis to which the unit's value reacts."""
    shape = (1, *model.input_shape[1:])
    states = model.runtime.placed().states
    graph = Graph()
    x = graph.add(InputOp(shape, "x"))
    y = model.emit(x)
    choose = np.zeros(y.shape)
    choose[(0, *unit, slice(None))] = 1.0
    (grad,) = gradient(builder.reduce_sum(y * choose), [x])
    graph.outputs["grad"] = grad
    found = get_engine("reference").prepare(graph).run({"x": np.random.default_rng(0).random(shape)}, states)["grad"]
    places = np.argwhere(np.abs(found[0]).sum(axis=-1) > 0)
    return [(int(places[:, axis].min()), int(places[:, axis].max())) for axis in range(rank)]


def _ones(shape: tuple[int, ...]) -> np.ndarray:
    return np.ones(shape) / np.prod(shape[:-1])


def _conv(rank: int, *arguments: Any, **options: Any) -> layers.Layer:
    kind = getattr(layers, f"Conv{rank}D")
    return kind(*arguments, kernel_initializer=_ones, **options)


CHAINS = {
    "one window": (2, (20, 21, 1), lambda: [_conv(2, 2, 3)]),
    "two windows": (2, (20, 21, 1), lambda: [_conv(2, 2, (3, 5)), _conv(2, 2, 3)]),
    "strides": (2, (31, 33, 1), lambda: [_conv(2, 2, 3, strides=2), _conv(2, 3, (2, 4), strides=(1, 3))]),
    "dilation": (2, (30, 30, 1), lambda: [_conv(2, 2, 3, dilation_rate=(2, 3)), _conv(2, 1, 2)]),
    "padding": (2, (16, 17, 1), lambda: [_conv(2, 2, 4, padding="same"), _conv(2, 1, 3, strides=2, padding="same")]),
    "full": (1, (16, 1), lambda: [_conv(1, 2, 4, padding="full"), _conv(1, 1, 3)]),
    "causal": (
        1, (26, 1), lambda: [_conv(1, 2, 3, padding="causal", dilation_rate=2), _conv(1, 1, 2, padding="causal")],
    ),
    "average pooling": (2, (24, 24, 1), lambda: [_conv(2, 2, 3), layers.AveragePooling2D(2), _conv(2, 2, 3)]),
    "volumes": (3, (9, 10, 11, 1), lambda: [_conv(3, 2, (2, 3, 2)), layers.AveragePooling3D((1, 2, 3), strides=1)]),
    "points between": (
        2, (14, 14, 1),
        lambda: [_conv(2, 2, 3), layers.Activation("softplus"), layers.Dropout(0.5), layers.Dense(3), _conv(2, 1, 2)],
    ),
    "channels first": (2, (18, 19, 1), lambda: [
        layers.Conv2D(1, (3, 2), kernel_initializer=_ones), layers.AveragePooling2D((2, 3)),
    ]),
}  # fmt: skip


@pytest.mark.parametrize("case", CHAINS)
def test_chains(case: str) -> None:
    """The unit in the middle, and the first."""
    rank, shape, make = CHAINS[case]
    model = Sequential([Input(shape), *make()])
    fields = receptive_fields(model.network)[model.network.calls[-1]]
    assert fields is not None
    sizes = model.output_shape[1:-1]
    for unit in ([size // 2 for size in sizes], [0] * rank):
        expected = []
        for field, index, size in zip(fields, unit, shape, strict=False):
            first, last = field.of(index)
            expected.append((max(first, 0), min(last, size - 1)))
        assert _seen(model, tuple(unit), rank) == expected


def test_branches_see_what_either_sees() -> None:
    """A 3x3 and a 5x5 branch that meet, then a skip."""
    x = Input((20, 20, 1))
    small = layers.Conv2D(2, 3, padding="same", kernel_initializer=_ones)(x)
    large = layers.Conv2D(2, 5, padding="same", kernel_initializer=_ones)(x)
    model = Model(x, layers.Concatenate()([layers.Add()([small, large]), x]))
    fields = receptive_fields(model.network)[model.network.calls[-1]]
    assert fields is not None
    assert [(field.size, field.start) for field in fields] == [(5, -2), (5, -2)]
    assert _seen(model, (10, 9), 2) == [(8, 12), (7, 11)]


def test_what_sees_everything_or_is_not_known() -> None:
    """Dense and global pooling; branches of different steps; "same" with a step on an open size."""
    x = Input((8, 8, 1))
    model = Model(x, layers.Dense(2)(layers.Flatten()(layers.Conv2D(1, 3)(x))))
    assert receptive_fields(model.network)[model.network.calls[-1]] is None
    crossed = Model(x, layers.Add()([layers.MaxPooling2D(2)(x), layers.Conv2D(1, 5)(x)]))
    assert receptive_fields(crossed.network)[crossed.network.calls[-1]] is None
    wide = Sequential([Input((None, None, 1)), layers.Conv2D(1, 3, strides=2, padding="same")])
    assert receptive_fields(wide.network)[wide.network.calls[-1]] is None


class Own(layers.Layer):
    """A layer as a user writes one: two convolutions of its own and a step between them."""

    def build(self, input_shape: Any) -> None:
        self.first = self.add_weight(shape=(3, 2, input_shape[-1], 2), initializer=_ones, name="first")
        self.second = self.add_weight(shape=(2, 3, 2, 1), initializer=_ones, name="second")

    def call(self, inputs: Any) -> Any:
        between = ops.average_pool(ops.conv(inputs, self.first), 2, strides=2)
        return ops.conv(between, self.second, padding="same")[:, 1:]


def _inner() -> Sequential:
    return Sequential([Input((18, 19, 1)), _conv(2, 2, 3), layers.AveragePooling2D(2)], name="inner")


MORE = {
    "a layer of a user": (2, (20, 21, 1), lambda: [Own()]),
    "behind one": (2, (30, 31, 1), lambda: [_conv(2, 2, 3), Own(), _conv(2, 1, 2)]),
    "a model inside": (2, (20, 21, 1), lambda: [_conv(2, 1, 3), _inner(), _conv(2, 1, 3)]),
    "locally connected": (2, (9, 8, 1), lambda: [
        layers.LocallyConnected2D(2, (3, 2), strides=(1, 2), kernel_initializer="ones"), _conv(2, 1, 2),
    ]),
    "cropping and padding": (2, (12, 13, 1), lambda: [
        layers.ZeroPadding2D(((2, 0), (1, 1))), _conv(2, 1, 3), layers.Cropping2D(((0, 1), (2, 0))),
    ]),
    "transposed with step 1": (2, (9, 8, 1), lambda: [
        layers.Conv2DTranspose(2, (3, 2), kernel_initializer="ones"), _conv(2, 1, 2),
    ]),
    "normalised channels": (2, (12, 13, 1), lambda: [_conv(2, 1, (3, 2)), layers.RMSNormalization(), _conv(2, 1, 2)]),
}  # fmt: skip


@pytest.mark.parametrize("case", MORE)
def test_fields_follow_from_the_operations(case: str) -> None:
    """Whoever wrote the layer: what the gradient of a unit reaches is what it is said to see."""
    rank, shape, make = MORE[case]
    model = Sequential([Input(shape), *make()])
    fields = receptive_fields(model.network)[model.network.calls[-1]]
    assert fields is not None
    sizes = model.output_shape[1:-1]
    for unit in ([size // 2 for size in sizes], [0] * rank, [size - 1 for size in sizes]):
        expected = []
        for field, index, size in zip(fields, unit, shape, strict=False):
            first, last = field.of(index)
            expected.append((max(first, 0), min(last, size - 1)))
        assert _seen(model, tuple(unit), rank) == expected


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_padding_modes_see_as_far_as_zeros_do(mode: str) -> None:
    """In the middle there is no difference."""
    fields = []
    for padding_mode in ("zeros", mode):
        model = Sequential([Input((16, 17, 1)), layers.Conv2D(2, (3, 4), padding="same", padding_mode=padding_mode)])
        fields.append(receptive_fields(model.network)[model.network.calls[-1]])
    assert fields[0] == fields[1]
    assert fields[0] is not None


def test_statistics_of_a_whole_map_see_it_whole() -> None:
    """A unit that is divided by what all others gave; one that is scaled by the mean of its map."""
    for layer in (layers.GroupNormalization(1), layers.Softmax(axis=1)):
        model = Sequential([Input((8, 8, 2)), layers.Conv2D(2, 3), layer])
        assert receptive_fields(model.network)[model.network.calls[-1]] is None
    x = Input((8, 8, 2))
    y = layers.Conv2D(2, 3)(x)
    model = Model(x, layers.Multiply()([y, layers.GlobalAveragePooling2D(keepdims=True)(y)]))
    assert receptive_fields(model.network)[model.network.calls[-1]] is None
