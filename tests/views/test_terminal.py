"""Which streams get colours, and the table of a training."""

import io

import numpy as np
import pytest

from pellucid.inspection.records import FilterBank, TrainingCurves
from pellucid.views import curves_text, filters_text, terminal_color


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def __init__(self, encoding="utf-8"):
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self):
        return self._encoding

    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("environment", "answer"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, True),
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "xterm-kitty"}, True),
        ({"WT_SESSION": "1"}, True),
        ({"TERM": "screen-256color"}, False),
        ({"TERM": "screen-256color", "COLORTERM": "24bit"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"TERM": "xterm"}, False),
        ({"TERM": "dumb"}, False),
        ({}, False),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, True),
    ],
)
def test_colours_only_where_the_terminal_shows_them(environment, answer):
    assert terminal_color(Terminal(), environment) is answer


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "no such encoding", None])
def test_no_colours_where_the_encoding_lacks_block_characters(encoding):
    assert terminal_color(Terminal(encoding), {"COLORTERM": "truecolor"}) is False


def test_no_colours_in_files():
    assert terminal_color(io.StringIO(), {"COLORTERM": "truecolor"}) is False


def test_curves_are_a_table_that_repeats_the_epochs_where_it_wraps():
    history = TrainingCurves(
        {"loss": [0.5, 0.25], "accuracy": [0.9, 1.0], "val_loss": [float("nan"), 0.3]}, epochs=(9, 10)
    )
    assert curves_text(history, width=26).split("\n") == [
        "Numbers are rounded to 4",
        "decimals.",
        "epoch    loss  accuracy",
        "    9  0.5000    0.9000",
        "   10  0.2500    1.0000",
        "",
        "epoch  val_loss",
        "    9       nan",
        "   10    0.3000",
    ]


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"JPY_PARENT_PID": "1"}, {"COLUMNS": "5"}])
def test_the_text_depends_on_its_arguments_alone(variables, monkeypatch):
    bank = FilterBank("conv", np.linspace(-1, 1, 90).reshape(3, 3, 1, 10))
    before = filters_text(bank, width=100, color=True)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert filters_text(bank, width=100, color=True) == before
