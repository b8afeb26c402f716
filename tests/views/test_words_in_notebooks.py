"""What stands beside pictures and numbers in notebooks: what moved, what labels count, and that none is cut off."""

import re

import numpy as np
import pytest

from pellucid import Sequential, inspection, layers
from pellucid.callbacks import History
from pellucid.inspection.gradient_flow import Flow, GradientFlow
from pellucid.views.boards import Board, Chart
from pellucid.views.html_board import board_html

SAMPLES = {
    "sequence": ((8, 2), layers.Conv1D),
    "image": ((8, 8, 2), layers.Conv2D),
    "volume": ((4, 4, 4, 2), layers.Conv3D),
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_what_moved_is_called_what_it_is(kind):
    shape, conv = SAMPLES[kind]
    model = Sequential([layers.Input(shape), conv(3, 3, padding="same")])
    moved = inspection.equivariance(model, np.random.default_rng(0).random(shape), 1)
    by = "by 1," if kind == "sequence" else f"by {moved.shift},"
    for words in (str(moved), moved._repr_html_()):
        assert f"the {kind} moved {by}" in " ".join(words.split()) and "(1,)" not in words


def test_a_move_that_strides_do_not_divide_is_marked():
    model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(3, 3), layers.MaxPooling2D(2)])
    x = np.random.default_rng(0).random((8, 8, 1))
    html = inspection.equivariance(model, x, (0, 1))._repr_html_()
    assert ">(0, 1)<" in html and ">(0, 0)~<" in html and "~ The strides do not divide the shift" in html
    assert "~" not in inspection.equivariance(model, x, (0, 2))._repr_html_()


def test_one_step_of_a_gradient_is_one_column():
    one = GradientFlow((3,), (Flow("net", ("a", "b"), np.array([[0.5, 1.0]]), (1, 1)),))
    html = one._repr_html_()
    assert html.count(">step 3<") == 1 and html.count(">0.5<") == 1 and "at step 3" in html and "at step 3" in str(one)
    two = GradientFlow((0, 1500), (Flow("net", ("a",), np.array([[0.5], [0.25]]), (1,)),))._repr_html_()
    assert ">step 0<" in two and ">step 1,500<" in two and ">0.25<" in two


@pytest.mark.parametrize(
    ("shape", "said"),
    [((3, 3, 3, 1, 2), "filter:channel, depth"), ((3, 3, 2, 2), "filter:channel."), ((3, 3, 1, 2), None)],
)
def test_labels_above_slices_say_what_they_count(shape, said):
    html = inspection.FilterBank("c", np.random.default_rng(0).normal(size=shape))._repr_html_()
    assert (said or "filter:channel") in html if said else "filter:channel" not in html
    assert (">1:0" in html) == (said is not None)


def test_a_filter_that_is_unfolded_is_not_told_to_be_unfolded():
    bank = inspection.FilterBank("c", np.random.default_rng(0).normal(size=(3, 3, 32, 64)))
    assert "unfolds filter k" in bank._repr_html_()
    unfolded = Sequential([layers.Input((8, 8, 4)), layers.Conv2D(3, 3)])
    assert "unfolds filter k" not in inspection.overview(unfolded.layers[0], 1)._repr_html_()


def texts(html):
    """Where each label of an axis begins and ends, by the widest of usual fonts, and how wide its picture is."""
    for svg in re.findall(r"<svg.*?</svg>", html, re.S):
        width = float(re.search(r'<svg width="(\d+)"', svg)[1])
        for x, anchor, text in re.findall(r'<text x="([\d.]+)"[^>]*text-anchor="(\w+)">([-+.e\d]+)</text>', svg):
            start = float(x) - {"end": 1, "middle": 0.5}[anchor] * 7 * len(text)
            yield text, start, start + 7 * len(text), width


def test_no_label_of_an_axis_is_cut_off():
    history = History()
    history.epoch = [0, 12345]
    history.history = {"loss": [0.0004242, -1.234e-05]}
    curves = {"a": (np.array([0.0, 0.154]), np.array([-0.000123, 0.000123]))}
    board = board_html(Board("title", [], [Chart("", "across", curves)]))
    for html in (history._repr_html_(), board):
        found = list(texts(html))
        assert len(found) >= 3
        for text, start, end, width in found:
            assert start >= 0 and end <= width, text
