"""Maps as large as a screen are told and drawn small by the same numbers as others, not by copies of all of them."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.explorer.looking import fewer
from pellucid.inspection.map_records import FeatureMaps
from pellucid.views.colors import color_limits


@pytest.mark.parametrize("size", [5, 56, 57, 112, 113, 1079])
@pytest.mark.parametrize("axis", [0, 1])
def test_cells_stand_for_the_largest_number(size: int, axis: int) -> None:
    rng = np.random.default_rng(size)
    values = rng.standard_normal((size, 3, 2) if axis == 0 else (3, size, 2)).astype(np.float32)
    step = -(-size // 56)
    groups = [np.take(values, range(first, min(first + step, size)), axis) for first in range(0, size, step)]
    expected = [np.take_along_axis(g, np.abs(g).argmax(axis, keepdims=True), axis) for g in groups]
    assert np.array_equal(fewer(values, axis), np.concatenate(expected, axis))


@pytest.mark.parametrize("odd", [[], [np.nan], [np.inf], [-np.inf, np.nan]])
@pytest.mark.parametrize("sign", [1, -1])
def test_what_is_no_number_counts_for_nothing(odd: list[float], sign: int) -> None:
    """Extremes and limits are those of the others, as NumPy has them in float64."""
    values = np.float32(sign) * np.random.default_rng(1).random((4, 5, 3), np.float32)
    values.reshape(-1)[: len(odd)] = odd
    finite = values[np.isfinite(values)].astype(np.float64)
    record = FeatureMaps("c", "Conv2D", values)
    assert record.extremes == (finite.min(), finite.max())
    right = [np.abs(channel[np.isfinite(channel)].astype(np.float64)).max() for channel in values.reshape(-1, 3).T]
    assert color_limits(np.moveaxis(values, -1, 0), "filter").tolist() == right
    assert color_limits(np.moveaxis(values, -1, 0)).tolist() == [max(right)] * 3
    nothing = FeatureMaps("c", "Conv2D", np.full((2, 2, 1), np.nan, np.float32))
    assert nothing.extremes is None and color_limits(nothing.maps).tolist() == [0.0, 0.0]


def test_whole_numbers_of_the_least_kind() -> None:
    assert color_limits(np.array([[-128, 5]], np.int8)).tolist() == [128.0]
    assert color_limits(np.array([[200, 5]], np.uint8)).tolist() == [200.0]
