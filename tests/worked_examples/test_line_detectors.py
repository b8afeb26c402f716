"""Detectors of vertical and of horizontal lines: Conv2D with weights set by hand, every product and sum shown."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from pellucid import Sequential
from pellucid.inspection import arithmetic, feature_maps
from pellucid.layers import Conv2D

VERTICAL = [[0, 1, 0], [0, 1, 0], [0, 1, 0]]
HORIZONTAL = [[0, 0, 0], [1, 1, 1], [0, 0, 0]]
COLUMNS = [[0, 0, 0, 1, 1, 0, 0, 0]] * 8  # a vertical line, two pixels wide
ROWS = np.transpose(COLUMNS).tolist()


def _detector(*filters: list[list[int]]) -> Sequential:
    """One layer with the given filters, as the tutorial types it."""
    model = Sequential()
    model.add(Conv2D(len(filters), (3, 3), input_shape=(8, 8, 1), name="lines"))
    kernel = np.stack([np.asarray(weights) for weights in filters], axis=-1)[:, :, np.newaxis, :]
    model.set_weights([kernel, np.zeros(len(filters))])
    return model


def _image(pixels: list[list[int]]) -> np.ndarray:
    return np.asarray(pixels).reshape(1, 8, 8, 1)


def test_the_vertical_detector_as_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Every one of the six rows of the feature map is 0 0 3 3 0 0."""
    yhat = np.asarray(_detector(VERTICAL).predict(_image(COLUMNS)))
    for row in range(yhat.shape[1]):
        print([float(yhat[0, row, column, 0]) for column in range(yhat.shape[2])])
    assert capsys.readouterr().out == "[0.0, 0.0, 3.0, 3.0, 0.0, 0.0]\n" * 6


def test_the_horizontal_detector_as_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Every one of the six columns of the feature map is 0 0 3 3 0 0."""
    yhat = np.asarray(_detector(HORIZONTAL).predict(_image(ROWS)))
    for column in range(yhat.shape[2]):
        print(yhat[0, :, column, 0].tolist())
    assert capsys.readouterr().out == "[0.0, 0.0, 3.0, 3.0, 0.0, 0.0]\n" * 6


@pytest.mark.parametrize("position", list(itertools.product(range(6), range(6))))
@pytest.mark.parametrize(
    ("weights", "pixels"), [(VERTICAL, COLUMNS), (HORIZONTAL, ROWS)], ids=["vertical", "horizontal"]
)
def test_each_product_and_sum(weights: list[list[int]], pixels: list[list[int]], position: tuple[int, int]) -> None:
    """The nine products of each of the 36 values: input, weight, product, place, and their sum."""
    row, column = position
    value = arithmetic(_detector(weights), "lines", _image(pixels)[0], position)
    window = np.asarray(pixels)[row : row + 3, column : column + 3]
    assert np.array_equal([product.input for product in value.products], window.ravel())
    assert np.array_equal([product.weight for product in value.products], np.ravel(weights))
    assert np.array_equal([product.product for product in value.products], (window * weights).ravel())
    taps = list(itertools.product(range(3), range(3)))
    assert [product.tap for product in value.products] == taps
    assert [product.position for product in value.products] == [(row + i, column + j) for i, j in taps]
    along = column if weights is VERTICAL else row
    assert value.channel_sums == (value.sum,) == (value.value,) == (value.engine_value,) == ([0, 0, 3, 3, 0, 0][along],)


def test_both_maps_combined_show_all_lines() -> None:
    """A cross: each detector answers fully to its own line, and the larger of both maps has 3 along each of them."""
    cross = np.maximum(COLUMNS, ROWS).tolist()
    maps = np.asarray(_detector(VERTICAL, HORIZONTAL).predict(_image(cross)))[0]
    line = np.array([0, 0, 3, 3, 0, 0])
    assert (maps[:, 2:4, 0] == 3).all()
    assert (maps[2:4, :, 1] == 3).all()
    combined = maps.max(axis=-1)
    on_a_line = (line[np.newaxis] == 3) | (line[:, np.newaxis] == 3)
    assert (combined[on_a_line] == 3).all()
    assert (combined[~on_a_line] < 3).all()


def test_each_detector_is_blind_to_the_other_line() -> None:
    """On a vertical line the horizontal detector never reaches 3: at most two of its pixels lie on the line."""
    maps = np.asarray(_detector(VERTICAL, HORIZONTAL).predict(_image(COLUMNS)))[0]
    assert maps[..., 0].tolist() == [[0, 0, 3, 3, 0, 0]] * 6
    assert maps[..., 1].tolist() == [[0, 1, 2, 2, 1, 0]] * 6


def test_the_maps_as_records() -> None:
    """What the views draw is what `predict` gives."""
    model = _detector(VERTICAL, HORIZONTAL)
    image, lines = feature_maps(model, _image(COLUMNS)[0])
    np.testing.assert_array_equal(image.maps, _image(COLUMNS)[0])
    np.testing.assert_array_equal(lines.maps, np.asarray(model.predict(_image(COLUMNS)))[0])
    assert (lines.channels, lines.spatial) == (2, (6, 6))
