"""The figures of a change and of a shift, read back as pixels and text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid.inspection import Equivariance, FeatureMaps, ShiftedLayer, WhatIf
from pellucid.views import equivariance_figure, what_if_figure


def _tried() -> WhatIf:
    before = np.zeros((3, 3, 4))
    before[..., 0], before[..., 1] = 1.0, 0.5
    after = before.copy()
    after[..., 1], after[0, 0, 3] = -1.0, 0.25
    maps = [FeatureMaps("conv", "Conv2D", each) for each in (before, after)]
    still = FeatureMaps("pool", "MaxPooling2D", np.ones((2, 2, 4)))
    return WhatIf("net", ("conv, filter 1",), (maps[0], still), (maps[1], still), (), (), 0.5, 0.75)


def test_maps_that_change_most_come_first(read_back: Any, color_of: Any) -> None:
    """In three pictures on one scale, the largest number of before and after being the darkest."""
    picture = read_back(what_if_figure(_tried()))
    numbers = [text for text in picture.texts if text.isdigit()]
    assert numbers == ["1", "3"]
    assert (
        "Loss 0.5, would be 0.75." in picture.words()
        and "pool (MaxPooling2D): 4 maps of 2x2: does not change" in picture.words()
    )
    assert "largest difference 1.5, darkest 1" in picture.words()
    panel = picture.panel()
    half, whole = panel.box(color_of(0.5, 1.0)), panel.box(color_of(-1.0, 1.0))
    assert half.filled and half.left < whole.left
    assert picture.count(color_of(0.25, 1.0)) > 0


def test_what_is_left_out_is_said(read_back: Any) -> None:
    picture = read_back(what_if_figure(_tried(), limit=1))
    assert "3 maps that change less, or not at all, are not drawn." in picture.words()
    assert [text for text in picture.texts if text.isdigit()] == ["1"]
    assert "2 maps that change less, or not at all" in read_back(what_if_figure(_tried())).words()


@pytest.mark.parametrize("shape", [(10,), (6, 2), (5, 4, 3), (3, 3, 3, 2), (100,)])
def test_maps_of_every_rank(shape: tuple[int, ...], read_back: Any) -> None:
    first, second = (FeatureMaps("a", "A", np.random.default_rng(seed).normal(size=shape)) for seed in (0, 1))
    picture = read_back(what_if_figure(WhatIf("net", (), (first,), (second,), (), ())))
    assert f"largest difference {np.abs(first.maps - second.maps).max():.4g}" in picture.words()


def test_bars_are_as_long_as_the_errors(read_back: Any) -> None:
    conv = ShiftedLayer("conv", "Conv2D", (1, 0), True, 0.25, 0.5, 0.5, 0.75, np.zeros((4, 4)))
    pool = ShiftedLayer("pool", "MaxPooling2D", (0, 0), False, None, None, 0.0, 0.125, np.zeros((4, 4)))
    picture = read_back(equivariance_figure(Equivariance("net", (1, 0), "wrap", (conv, pool))))
    blue, orange = picture.box((0x1F, 0x68, 0xBC)), picture.box((0xA7, 0x49, 0x00))
    assert blue.width / orange.width == pytest.approx(0.5, abs=0.02)
    assert "net: the image moved by (1, 0), what left came in on the other side" in picture.words()
    assert {"25.0%", "50.0%", "75.0%", "12.5%", "pool, moved by (0, 0) (not exact)"} <= set(picture.texts)
