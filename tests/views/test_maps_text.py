"""Feature maps in the terminal."""

import re

import numpy as np
import pytest

from pellucid.errors import ArgumentError
from pellucid.inspection.records import FeatureMaps
from pellucid.views import maps_text

HALF = re.compile(r"\x1b\[38;2;(\d+);(\d+);(\d+)(?:;48;2;(\d+);(\d+);(\d+))?m\N{UPPER HALF BLOCK}")


def test_shades_row_by_row_with_the_scale_in_numbers():
    answers = np.array([[0.0, 1.0, 2.0], [2.0, 0.0, 0.1]])[:, :, None]
    assert maps_text([FeatureMaps("conv", "Conv2D", answers)]).split("\n") == [
        "conv (Conv2D): 1 map of 2x3, from 0 to 2",
        "Blank is zero, then . : = + * x # % @ up to 2.",
        "0",
        "  **@@",
        "@@  ..",
    ]


def test_half_blocks_hold_two_rows_each(color_of):
    answers = np.array([[0.0, -1.0], [0.5, 1.0], [0.25, 0.0]])
    text = maps_text([FeatureMaps("conv", "Conv2D", answers[:, :, None])], color=True)
    lines = [HALF.findall(line) for line in text.split("\n") if HALF.search(line)]
    assert len(lines) == 2
    upper = [[tuple(map(int, cell[:3])) for cell in line] for line in lines]
    assert upper == [[color_of(value, 1.0) for value in row] for row in (answers[0], answers[2])]
    assert [tuple(map(int, cell[3:])) for cell in lines[0]] == [color_of(value, 1.0) for value in answers[1]]
    assert all(cell[3:] == ("", "", "") for cell in lines[1]), "below the last row is nothing"


def test_outputs_are_bars_with_labels_and_the_largest_marked():
    maps = [FeatureMaps("dense", "Dense", np.array([0.25, -0.5, 1.0]))]
    assert maps_text(maps, class_names=["cat", "dog", "emu"], width=29).split("\n") == [
        "dense: 3 values, from -0.5 to",
        "1",
        "Numbers are exact.",
        "  cat  0.25 ####",
        "  dog -0.50 --------",
        "> emu  1.00 ################",
    ]


def test_a_bar_of_nan_is_empty():
    text = maps_text([FeatureMaps("dense", "Dense", np.array([np.nan, 1.0]))])
    assert re.search(r"^  0 nan ?$", text, re.MULTILINE) and "> 1   1 ###" in text
    assert text.endswith("Value 0 holds NaN or infinity.")


def test_a_limit_and_dead_maps_are_stated():
    answers = np.ones((2, 2, 4))
    answers[..., 3] = 0
    text = maps_text([FeatureMaps("conv", "Conv2D", answers)], limit=2)
    assert "2 of 4 maps shown; limit=None shows all." in text and "Map 3 is zero everywhere." in text
    with pytest.raises(ArgumentError, match="limit must be at least 1 map"):
        maps_text([FeatureMaps("conv", "Conv2D", answers)], limit=0)


def test_nan_is_marked_in_maps():
    answers = np.array([[np.nan, 1.0], [1.0, 1.0]])[:, :, None]
    record = FeatureMaps("conv", "Conv2D", answers)
    assert "??@@" in maps_text([record]) and "?? is not a number" in maps_text([record])
    assert "?" in maps_text([record], color=True) and "grey is not a number" in maps_text([record], color=True)


@pytest.mark.parametrize("width", [20, 47, 80])
@pytest.mark.parametrize("color", [False, True])
def test_every_rank_fits_the_width(width, color, distinct):
    shapes = [(8, 8, 3), (30, 100, 2), (90, 2), (4, 6, 6, 2), (288,), (10,)]
    maps = [FeatureMaps(f"layer{i}", "", distinct(*shape)) for i, shape in enumerate(shapes)]
    text = maps_text(maps, width=width, color=color)
    plain = re.sub(r"\x1b\[[\d;]*m", "", text)
    assert len(re.findall("^layer", plain, re.MULTILINE)) == len(shapes)
    assert max(map(len, plain.split("\n"))) <= width
    assert "farthest from zero in a square of" in " ".join(plain.split())
    assert color or text.isascii()


def test_what_is_too_wide_keeps_its_peaks():
    image = np.zeros((40, 200, 1))
    image[17, 133] = -3.0
    text = maps_text([FeatureMaps("input", "", image)], width=40)
    assert "in a square of 10x10." in " ".join(text.split()) and text.count("-@") == 1
    rows = text.split("\n0\n")[1].split("\n")
    assert rows[1].index("-@") == 2 * (133 // 10)


@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([-1.26, 0.0, 4.58], "from -1.26 to 4.58"),
        ([0.449, 0.9], "from 0.449 to 0.9"),
        ([-2.0, -1.0], "from -2 to -1"),
        ([0.5, 0.5], "all 0.5"),
        ([np.nan, np.nan], "none of them a finite number"),
        ([np.nan, 1.0, 2.0], "from 1 to 2"),
    ],
)
def test_the_range_is_that_of_the_values(values, words, color):
    """And not that of the colours, which lie around zero."""
    maps = np.array(values)[:, None, None]
    text = re.sub(r"\x1b\[[0-9;]*m", "", maps_text([FeatureMaps("conv", "Conv2D", maps)], color=color))
    assert text.split("\n")[0] == f"conv (Conv2D): 1 map of {len(values)}x1, {words}"


def test_a_photograph_is_a_photograph_in_colours():
    """Red, green and blue are painted as they are, not as three squares of orange."""
    image = np.zeros((2, 2, 3))
    image[0, 0], image[0, 1], image[1, 0] = (1, 0, 0), (0, 1, 0), (1, 1, 1)
    record = FeatureMaps("input", "", image, is_picture=True)
    painted = re.findall(r"48;2;(\d+);(\d+);(\d+)m", maps_text([record], color=True))
    assert painted == [("255", "0", "0"), ("0", "255", "0"), ("255", "255", "255"), ("0", "0", "0")]
    plain = maps_text([record], width=40)
    assert "input: 3 channels of 2x2, from 0 to 1" in plain and "Drawn as a picture" in plain
    wide = maps_text([FeatureMaps("input", "", np.ones((4, 100, 3)), is_picture=True)], width=40)
    assert "Too wide: each cell is the mean of a square of 5x5." in wide.replace("\n", " ")
    assert max(map(len, wide.split("\n"))) <= 40
