"""Filters in the terminal: exact on small banks, whole on all, coloured by the one rule."""

import re

import numpy as np
import pytest

from pellucid.errors import ArgumentError, ShapeError
from pellucid.inspection.records import FilterBank
from pellucid.views import filters_text

EDGE = np.array([[-1.0, 0.0, 0.5], [-1.0, 0.0, 1.0]]).reshape(2, 3, 1, 1)
CELL = re.compile(r"\x1b\[(?:38;2;[\d;]*?)?48;2;(\d+);(\d+);(\d+)m([^\x1b]*)\x1b\[0m")


def test_numbers_are_written_row_by_row():
    assert filters_text(FilterBank("edge", EDGE, moment="by hand")).split("\n") == [
        "edge: 1 filter of 2x3 over 1 channel, by hand",
        "Weights are exact.",
        "",
        "0",
        " -1.0  0.0  0.5",
        " -1.0  0.0  1.0",
    ]


def test_shades_give_sign_and_magnitude():
    assert filters_text(FilterBank("edge", EDGE), numbers=False).split("\n") == [
        "edge: 1 filter of 2x3 over 1 channel",
        "Blank is zero, then . : = + * x # % @ up to 1; a minus in front is negative.",
        "",
        "0",
        "-@  **",
        "-@  @@",
    ]


def test_colours_follow_the_drawing_rule(color_of):
    text = filters_text(FilterBank("edge", EDGE), color=True)
    rows = [CELL.findall(line) for line in text.split("\n") if CELL.search(line)]
    painted = [[tuple(map(int, cell[:3])) for cell in row] for row in rows]
    assert painted == [[color_of(weight, 1.0) for weight in row] for row in EDGE[:, :, 0, 0]]
    assert {cell[3] for row in rows for cell in row} == {"  "}


def test_numbers_can_stand_in_coloured_cells():
    text = filters_text(FilterBank("edge", EDGE), color=True, numbers=True)
    assert [cell[3].strip() for cell in CELL.findall(text)] == ["-1.0", "0.0", "0.5", "-1.0", "0.0", "1.0"]


def test_channels_and_depth_are_numbered():
    kernel = np.arange(8.0).reshape(2, 1, 1, 2, 2)
    assert filters_text(FilterBank("volume", kernel), width=60).split("\n") == [
        "volume: 2 filters of 2x1x1 over 2 channels",
        "Weights are exact. The number above each slice is its",
        "channel:depth.",
        "",
        "filter 0",
        "0:0  0:1  1:0  1:1",
        " 0    4    2    6",
        "",
        "filter 1",
        "0:0  0:1  1:0  1:1",
        " 1    5    3    7",
    ]


def test_moments_follow_each_other_on_one_scale():
    before, after = (FilterBank("conv", np.full((1, 1, 1, 1), value), moment=moment)
                     for value, moment in ((0.5, "before"), (1.0, "after")))  # fmt: skip
    text = filters_text([before, after], numbers=False)
    assert re.search(r"over 1 channel, before\n.*\n\n0\n\*\*\n\nconv: .*, after\n\n0\n@@$", text)


def test_each_filter_may_have_its_own_scale():
    kernel = np.array([0.25, 4.0]).reshape(1, 1, 1, 2)
    own = filters_text(FilterBank("conv", kernel), numbers=False, scale="filter")
    shared = filters_text(FilterBank("conv", kernel), numbers=False)
    assert own.endswith("@@  @@") and shared.endswith("..  @@")
    assert "the filter's own largest weight" in own and "up to 4." in shared


def test_a_limit_is_stated():
    bank = FilterBank("conv", np.ones((3, 3, 1, 32)))
    text = filters_text(bank, limit=8)
    assert text.endswith("8 of 32 filters shown; limit=None shows all.")
    assert "shown" not in filters_text(bank, limit=32)
    with pytest.raises(ArgumentError, match="limit must be at least 1 filter, got 0"):
        filters_text(bank, limit=0)


def test_zero_and_nan_are_told():
    kernel = np.ones((2, 2, 1, 3))
    kernel[..., 0] = 0
    kernel[0, 0, 0, 2] = np.nan
    for options in ({}, {"numbers": False}, {"color": True}):
        text = filters_text(FilterBank("conv", kernel), **options)
        assert "Filter 0 is zero everywhere." in text and "Filter 2 holds NaN or infinity." in text
        assert "nan" in text or "??" in text


@pytest.mark.parametrize("width", [20, 33, 80, 200])
@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize("numbers", [None, False, True])
@pytest.mark.parametrize(
    "shape",
    [(5, 1, 3), (40, 2, 2), (3, 3, 1, 1), (3, 3, 5, 3), (11, 11, 1, 2), (3, 50, 1, 1), (2, 3, 3, 2, 2), (288, 2)],
)
def test_nothing_is_wider_than_the_terminal_and_nothing_is_lost(width, color, numbers, shape, distinct):
    kernel = distinct(*shape)
    text = filters_text(FilterBank("layer", kernel), width=width, color=color, numbers=numbers)
    plain = re.sub(r"\x1b\[[\d;]*m", "", text)
    assert max(map(len, plain.split("\n"))) <= width
    assert text.isascii()
    cells = len(CELL.findall(text)) if color else len(re.findall(r"\d\.\d+", plain.partition("\n\n")[2]))
    words = " ".join(plain.split())
    if "Too wide" in words:
        assert re.search(r"square of \d+x\d+", words)
    elif color or "Weights are" in words:
        assert cells == kernel.size


def test_a_narrower_terminal_is_taken_as_twenty_columns():
    bank = FilterBank("layer", EDGE)
    assert filters_text(bank, width=1) == filters_text(bank, width=20)


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(ShapeError, match="kernels of one shape"):
        filters_text([FilterBank("a", np.ones((1, 1, 2))), FilterBank("a", np.ones((2, 1, 2)))])
