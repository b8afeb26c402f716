"""Detectors by their names: the lines of an 8x8 image, and the eight arcs of a ring."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import Sequential, filterbank
from pellucid.initializers import Filterbank
from pellucid.layers import Conv2D, Input

VERTICAL_LINE = np.repeat([[0, 0, 0, 1, 1, 0, 0, 0]], 8, axis=0)  # two pixels wide
DIRECTIONS = ["right", "bottom right", "bottom", "bottom left", "left", "top left", "top", "top right"]


def _maps(image: np.ndarray, filters: int, size: int, kernels: object) -> np.ndarray:
    """The feature maps of one layer whose kernels have names: (rows, columns, filters)."""
    rows, columns = image.shape
    layer = Conv2D(filters, size, kernel_initializer=kernels)
    return np.asarray(Sequential([Input((rows, columns, 1)), layer]).predict(image.reshape(1, rows, columns, 1)))[0]


def _ring(radius: float, size: int = 25) -> np.ndarray:
    """A circle in the middle of an image, one pixel wide."""
    y, x = np.mgrid[:size, :size] - size // 2
    return (np.abs(np.hypot(y, x) - radius) <= 0.5).astype(float)


def test_line_detectors_by_name() -> None:
    """The vertical detector gives 0 0 3 3 0 0 in every row; turned by a quarter, the horizontal one in every column."""
    vertical = _maps(VERTICAL_LINE, 1, 3, "vertical_line")[..., 0]
    assert vertical.tolist() == [[0, 0, 3, 3, 0, 0]] * 6
    horizontal = _maps(VERTICAL_LINE.T, 1, 3, "horizontal_line")[..., 0]
    assert horizontal.T.tolist() == [[0, 0, 3, 3, 0, 0]] * 6


def test_four_line_detectors_at_once() -> None:
    """Each of four lines is answered fully, with 5, by its own filter alone, and in the middle only by the others."""
    lines = [np.eye(9)[:, ::-1], np.eye(9), np.eye(9)[4] + np.zeros((9, 1)), (np.eye(9)[4] + np.zeros((9, 1))).T]
    own = [3, 2, 1, 0]  # antidiagonal, diagonal, vertical, horizontal
    for image, number in zip(lines, own, strict=True):
        maps = _maps(image, 4, 5, Filterbank("lines", settings={"size": 5}))
        assert [float(maps[..., f].max()) for f in range(4)] == [5 if f == number else 1 for f in range(4)]
        assert (maps[..., number] == 5).sum() == 5


@pytest.mark.parametrize("number", range(8), ids=DIRECTIONS)
def test_each_curve_detector_finds_its_part_of_a_ring(number: int) -> None:
    """All pixels of its arc at one place, where the ring bulges in its direction; at most 5 of 7 anywhere else."""
    maps = _maps(_ring(4), 8, 7, "curves")[..., number]
    angle = number * np.pi / 4
    row, column = np.unravel_index(int(maps.argmax()), maps.shape)
    assert (row - 9, column - 9) == (round(4 * np.sin(angle)), round(4 * np.cos(angle)))
    pixels = filterbank.bank("curves")[..., number].sum()
    assert maps[row, column] == pixels >= 7
    maps[row, column] = 0
    assert maps.max() <= pixels * 5 / 7


def test_a_curve_detector_is_weak_on_other_shapes() -> None:
    """Straight lines, a corner and curves that bend the other way give little more than half of what its own gives."""
    arc = filterbank.curve()  # bulges to the top left
    own = np.pad(arc, 6)
    others = [np.rot90(own, 2), np.pad(filterbank.vertical_line(7), 6), np.pad(filterbank.horizontal_line(7), 6)]
    others += [np.pad(filterbank.diagonal_line(7), 6), np.pad(filterbank.corner("bottom_right", 7), 6)]
    assert _maps(own, 1, 7, "curve").max() == arc.sum() == 7
    assert max(float(_maps(image, 1, 7, "curve").max()) for image in others) <= 4


def test_balanced_detectors_are_blind_to_bright_areas() -> None:
    """A curve in a bright image is found as well as on black; a plain bright image answers with 0."""
    balanced = Filterbank("curve", settings={"balanced": True})
    image = np.pad(filterbank.curve(), 6)
    on_black, on_bright = (_maps(image + light, 1, 7, balanced) for light in (0.0, 10.0))
    np.testing.assert_allclose(on_black, on_bright, atol=1e-4)
    np.testing.assert_allclose(_maps(np.full((12, 12), 10.0), 1, 7, balanced), 0, atol=1e-4)
