"""A photograph, a kernel and its map: in their own colours, by the drawing rule, in numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, filterbank, layers
from pellucid.errors import ArgumentError, DataError, ShapeError
from pellucid.inspection import arithmetic, filtered_image, filtered_image_by
from pellucid.views import filtered_figure, filtered_text
from pellucid.views.photographs import kernel_in_color

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("name", sorted(filterbank.names()))
def test_every_kernel_with_a_name(name: str) -> None:
    """The map is the sum of pixels times weights, tap by tap."""
    image, kernel = RNG.random((12, 13)), np.atleast_2d(filterbank.get(name))
    found, (rows, columns) = filtered_image(image, name), kernel.shape
    expected = sum(
        kernel[i, j] * image[i : 13 - rows + i, j : 14 - columns + j] for i in range(rows) for j in range(columns)
    )
    np.testing.assert_allclose(found.map, expected, atol=1e-5)
    assert filtered_text(found, width=40)


def test_figure(read_back: Callable[..., Any], color_of: Callable[..., Any]) -> None:
    """The photograph in its colours, the kernel and the map by the drawing rule, the numbers in their cells."""
    image = np.zeros((3, 4, 3), np.uint8)
    image[...] = (10, 200, 30)
    kernel = np.zeros((1, 1, 3))
    kernel[..., 0], kernel[..., 1] = 2.0, -1.0
    picture = read_back(filtered_figure(filtered_image(image, kernel, "mine")))
    side = 95 * picture.scale
    box = picture.box((10, 200, 30))
    assert (box.height, box.width) == (pytest.approx(3 * side, abs=4), pytest.approx(4 * side, abs=4))
    limit = (200 - 20) / 255
    assert picture.count(color_of(-limit, limit)) > 11 * side * side
    assert picture.count(color_of(2.0, 2.0)) and picture.count(color_of(-1.0, 2.0))
    assert picture.count(tuple(kernel_in_color(kernel)[0, 0].tolist()))
    assert all(word in picture.words() for word in ("red", "green", "blue", "2", "-1", "in colour"))


def test_filter_of_a_model() -> None:
    """The map is the layer's; each of its values is what `arithmetic` explains; deep kernels show their strongest."""
    model = Sequential(
        [Input((8, 8, 3)), layers.Conv2D(16, 3, activation="relu", name="a"), layers.Conv2D(4, 3, name="b")]
    )
    x = RNG.random((8, 8, 3))
    first, deep = (filtered_image_by(model, layer, x, 2) for layer in ("a", "b"))
    assert first.map[3, 4] == arithmetic(model, "a", x, (3, 4), 2).engine_value
    assert first.channel_names == ("red", "green", "blue") and first.made == "sums of products, after relu"
    assert deep.map[1, 2] == pytest.approx(arithmetic(model, "b", x, (1, 2), 2).engine_value, abs=1e-6)
    assert deep.channel_names[15] == "channel 15" and not deep.is_first
    norms = np.linalg.norm(deep.kernel.reshape(9, 16), axis=0)
    assert f"channel {norms.argmax()}" in filtered_text(deep)
    assert "The 8 strongest of 16 slices." in filtered_text(deep)
    assert filtered_figure(deep)


def test_channels_first() -> None:
    """The same map, wherever the channels are."""
    last = Sequential([Input((6, 7, 3)), layers.Conv2D(2, 3, name="a")])
    first = Sequential([Input((3, 6, 7)), layers.Conv2D(2, 3, data_format="channels_first", name="a")])
    first.set_weights(last.get_weights())
    x = RNG.random((6, 7, 3))
    one, other = filtered_image_by(last, "a", x, 1), filtered_image_by(first, "a", np.moveaxis(x, -1, 0), 1)
    np.testing.assert_allclose(one.map, other.map, atol=1e-6)
    assert one.image.shape == other.image.shape


@pytest.mark.parametrize(
    ("image", "kernel", "error", "words"),
    [
        (np.zeros((4, 4)), "sobol_x", ArgumentError, "did you mean 'sobel_x'"),
        (np.zeros((2, 4)), "sobel_x", ShapeError, "does not fit on an image"),
        (np.zeros((4, 4)), np.zeros((3, 3, 3)), ShapeError, "reads 3 channels, the image has 1"),
        (np.zeros((4, 4, 2)), "sobel_x", ShapeError, "an image is an array"),
        (np.zeros((4, 4)), np.zeros((3, 3, 2)), ShapeError, "a kernel is an array"),
        (np.full((4, 4), np.nan), "sobel_x", DataError, "NaN"),
    ],
)
def test_what_cannot_be(image: Any, kernel: Any, error: type[Exception], words: str) -> None:
    """One sentence."""
    with pytest.raises(error, match=words):
        filtered_image(image, kernel)
