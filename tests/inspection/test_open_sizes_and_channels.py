"""Models whose sizes are open, and models whose channels come first, are looked into like all others."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import Model, Sequential, layers
from pellucid.errors import DataError, PellucidError
from pellucid.inspection import arithmetic, feature_maps, filters
from pellucid.views import filters_text, maps_text

RNG = np.random.default_rng(0)


def test_open_sizes() -> None:
    """A sample may have any size where the model leaves it open, and must fit elsewhere."""
    conv = layers.Conv2D(4, 3, padding="same", name="conv")
    model = Sequential(
        [layers.Input((None, None, 1)), conv, layers.GlobalAveragePooling2D(), layers.Dense(2)], name="m"
    )
    for shape in ((7, 5, 1), (9, 9, 1)):
        sample = RNG.normal(size=shape).astype(np.float32)
        maps = feature_maps(model, sample)
        assert [record.maps.shape for record in maps] == [shape, (*shape[:2], 4), (4,), (2,)]
        assert maps_text(maps)
        value = arithmetic(model, "conv", sample, (6, 4), 3)
        assert value.agrees and value.engine_value == maps[1].maps[6, 4, 3]
    with pytest.raises(DataError, match=r"^m was built for samples of shape \(None, None, 1\), got \(7, 5, 3\)$"):
        feature_maps(model, np.zeros((7, 5, 3)))
    with pytest.raises(DataError, match=r"got \(2, 7, 5, 1\); pass one sample of it, x\[0\], not the batch$"):
        arithmetic(model, "conv", np.zeros((2, 7, 5, 1)), (0, 0))
    assert [each.sample for each in feature_maps(model, np.zeros((2, 7, 5, 1)), "input")] == ["0", "1"]


def _channels_first() -> Sequential:
    """Convolution, normalisation, activation and pooling: only some of them say where the channels are."""
    first = {"data_format": "channels_first"}
    return Sequential(
        [
            layers.Input((3, 8, 6)),
            layers.Rescaling(2.0, name="scaled"),
            layers.Conv2D(4, 3, padding="same", name="conv", **first),
            layers.BatchNormalization(axis=1, name="norm"),
            layers.ReLU(name="relu"),
            layers.MaxPooling2D(2, name="pool", **first),
            layers.Permute((2, 3, 1), name="turned"),
            layers.ReLU(name="last"),
            layers.Flatten(name="flat"),
        ]
    )


def test_channels_first() -> None:
    """Maps come with their channels at the end, and position and filter mean the same for every layer."""
    model, sample = _channels_first(), RNG.normal(size=(3, 8, 6)).astype(np.float32)
    maps = feature_maps(model, sample)
    shapes = [(8, 6, 3), (8, 6, 3), *[(8, 6, 4)] * 3, (4, 3, 4), (4, 3, 4), (4, 3, 4), (48,)]
    assert [record.maps.shape for record in maps] == shapes
    np.testing.assert_array_equal(maps[0].maps, np.moveaxis(sample, 0, -1))
    for record, layer in zip(maps[1:-1], model.layers, strict=False):
        answers = np.asarray(Model(model.inputs, layer.output).predict(sample[np.newaxis]))[0]
        expected = answers if record.layer in ("turned", "last") else np.moveaxis(answers, 0, -1)
        np.testing.assert_array_equal(record.maps, expected)
        value = arithmetic(model, record.layer, sample, (3, 2), 1)
        assert value.engine_value == record.maps[3, 2, 1]
    assert maps[-1].maps.shape == (48,)


def test_channels_first_with_several_batch_axes_and_inside() -> None:
    """The number of axes behind the channels is that of the layer; models inside tell by their own layers."""
    inside = layers.Input((2, 5, 4))
    inner = Model(inside, layers.ReLU()(layers.Conv2D(3, 2, data_format="channels_first")(inside)), name="inner")
    model = Sequential([layers.Input((2, 5, 4)), layers.ReLU(name="before"), inner, layers.ReLU(name="behind")])
    assert [record.maps.shape for record in feature_maps(model, np.ones((2, 5, 4)))] == [
        (5, 4, 2), (5, 4, 2), (4, 3, 3), (4, 3, 3),
    ]  # fmt: skip
    film = Sequential([layers.Input((7, 2, 5)), layers.Conv1D(3, 2, data_format="channels_first"), layers.ReLU()])
    assert [record.maps.shape for record in feature_maps(film, np.ones((7, 2, 5)))] == [(7, 5, 2), (7, 4, 3), (7, 4, 3)]


@pytest.mark.parametrize(
    ("layer", "weights"),
    [
        (layers.Conv2D(2, 3, name="new"), ("kernel", "bias")),
        (layers.Dense(2, name="new"), ("kernel", "bias")),
        (layers.SeparableConv2D(2, 3, name="new"), ("depthwise_kernel", "pointwise_kernel", "bias")),
        (layers.BatchNormalization(name="new"), ("gamma", "beta", "moving_mean", "moving_variance")),
        (layers.PReLU(name="new"), ("alpha",)),
    ],
)
def test_weights_that_are_not_made_yet(layer: layers.Layer, weights: tuple[str, ...]) -> None:
    """They are missing in the way of attributes, and say how they come to be."""
    for weight in weights:
        assert not hasattr(layer, weight)
        with pytest.raises(PellucidError, match=rf'^{type(layer).__name__} "new" has no {weight} before it knows its'):
            getattr(layer, weight)
    with pytest.raises(AttributeError, match=r"has no attribute 'colour'$"):
        layer.colour  # noqa: B018


def test_what_is_left_out_names_the_argument() -> None:
    """`limit` is what a caller can change."""
    model = _channels_first()
    assert filters_text(filters(model.layers[1]), limit=2).endswith("2 of 4 filters shown; limit=None shows all.")
