"""Twelve filters as arrays: where the weights of `Conv2D(12, kernel_size=3)` are, and what their axes mean."""

from __future__ import annotations

import numpy as np

from pellucid import Sequential, set_random_seed
from pellucid.inspection import filters
from pellucid.layers import Conv2D


def _model() -> Sequential:
    model = Sequential()
    model.add(Conv2D(12, kernel_size=3, input_shape=(25, 25, 1)))
    return model


def test_shapes() -> None:
    """3 rows, 3 columns, 1 channel, 12 filters; and a bias of 12 zeros."""
    model = _model()
    for weights in (model.get_weights(), model.layers[0].get_weights()):
        assert weights[0].shape == (3, 3, 1, 12)
        assert weights[1].shape == (12,)
        assert weights[1].tolist() == [0.0] * 12
    assert model.layers[0].count_params() == 3 * 3 * 1 * 12 + 12 == 120
    assert model.output_shape == (None, 23, 23, 12)


def test_where_the_values_come_from() -> None:
    """Glorot uniform, with the square root: within sqrt(6 / (fan_in + fan_out)), and close to it."""
    set_random_seed(1)
    kernel = _model().get_weights()[0]
    limit = np.sqrt(6 / (3 * 3 * 1 + 3 * 3 * 12))
    assert np.abs(kernel).max() <= limit
    assert np.abs(kernel).max() > 0.9 * limit
    assert abs(kernel.mean()) < 0.2 * limit
    assert len(np.unique(kernel)) == kernel.size


def test_every_filter_by_number() -> None:
    """The record names the axes; filter 11 is `kernel[..., 11]`."""
    layer = _model().layers[0]
    bank = filters(layer)
    assert bank.axes == ("rows", "columns", "in", "filter")
    assert bank.filters == 12
    for number in range(12):
        np.testing.assert_array_equal(bank.filter(number), layer.get_weights()[0][..., number])


def test_setting_them() -> None:
    """What goes in comes out, and the next prediction uses it."""
    model = _model()
    kernel, bias = np.zeros((3, 3, 1, 12)), np.arange(12.0)
    kernel[1, 1, 0, :] = 1
    model.set_weights([kernel, bias])
    assert np.array_equal(model.get_weights()[0], kernel)
    image = np.random.default_rng(0).integers(0, 9, (1, 25, 25, 1)).astype(float)
    maps = np.asarray(model.predict(image))
    for number in range(12):
        np.testing.assert_array_equal(maps[0, ..., number], image[0, 1:-1, 1:-1, 0] + number)
