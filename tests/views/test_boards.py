"""Boards: every record that is shown as one shows itself as figure, text and HTML, of all shapes, without breaking."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Sequential, inspection, layers, views
from pellucid.errors import ArgumentTypeError
from pellucid.inspection.record import Record, Records
from pellucid.views.boards import Board, Chart, Table, Tiles, plane_tile, sample_tile
from pellucid.views.figures.board import board_figure
from pellucid.views.html_board import board_html
from pellucid.views.terminal.board import board_text

RNG = np.random.default_rng(0)


def _records(shape: tuple[int, ...], conv: Any) -> dict[str, Any]:
    """One of each kind, of a model over samples of a shape."""
    pellucid.clear_session()
    pellucid.set_random_seed(1)
    model = Sequential([layers.Input(shape), conv(4, 2, activation="relu", name="conv"), layers.Flatten(),
                        layers.Dense(3, activation="softmax", name="head")], name="net")  # fmt: skip
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.layers[0].bias[1] = -90.0
    x, y = RNG.random((12, *shape)).astype(np.float32), RNG.integers(0, 3, 12)
    return {
        "saliency": inspection.saliency(model, x[0]),
        "top_patches": inspection.top_patches(model, (x, y), "conv"),
        "maximum": inspection.activation_maximum(model, "conv", 1, steps=3),
        "composition": inspection.composition(model, "head", 1, x=x[0]),
        "comparison": inspection.compare(model, model, x),
        "recurrence": inspection.recurrence([model, model, model], x),
        "confusion": inspection.confusion(model, x, y),
        "mistakes": inspection.mistakes(model, x, y, count=2),
        "importance": inspection.importance(model, (x, y), "conv"),
        "runs": inspection.training_runs({"a": {"loss": [2.0, np.nan, 1.0], "val_loss": [2.0, 1.0, 3.0]}}),
    }


SHAPES = {"image": ((6, 7, 1), layers.Conv2D), "colour": ((6, 7, 3), layers.Conv2D), "five": ((6, 7, 5), layers.Conv2D),
          "signal": ((9, 2), layers.Conv1D), "volume": ((4, 5, 4, 1), layers.Conv3D)}  # fmt: skip


@pytest.fixture(scope="module", params=SHAPES)
def shown(request: pytest.FixtureRequest) -> dict[str, Any]:
    return _records(*SHAPES[request.param])


class Checker(HTMLParser):
    """Tags that open and close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.open += [tag] if tag != "img" else []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_every_record_shows_itself(shown: dict[str, Any]) -> None:
    for name, record in shown.items():
        figure = getattr(views, f"{name}_figure")(record)
        assert len(figure.axes[0].texts) > 2, name
        for width in (20, 80):
            text = getattr(views, f"{name}_text")(record, width=width)
            assert text.isascii() and "orange" not in text, name
        if name != "confusion":  # numbers alone
            assert "\x1b[" in getattr(views, f"{name}_text")(record, color=True)
        written = str(record)
        assert "\n" in written and "object at" not in written, name
        page = record._repr_html_()
        checker = Checker()
        checker.feed(page)
        assert not checker.open and "script" not in checker.tags and len(page) < 300_000, name
        words = re.sub(r"base64,[^\"]*", "", page).lower().replace("not a number (nan", "")
        assert "nan" not in words or name == "runs", name
        told = json.loads(record.to_json())
        assert told and (isinstance(record, Records) or told["record"] == type(record).__name__)


def test_pictures_for_notebooks(shown: dict[str, Any]) -> None:
    for name in ("comparison", "mistakes", "top_patches"):
        assert shown[name]._repr_png_()[:4] == b"\x89PNG"


def test_numbers_of_the_record_stand_in_its_text(shown: dict[str, Any]) -> None:
    found = shown["importance"]
    text = views.importance_text(found)
    assert f"{found.added[found.order[0]]:.4g}" in text and f"{found.loss:.4g}" in text
    counts = shown["confusion"].counts
    rows = [line.split() for line in views.confusion_text(shown["confusion"]).splitlines()]
    assert ["0", *map(str, counts[0])] in [row[:4] for row in rows]
    assert "dead" in views.maximum_text(shown["maximum"]) and "dead" in views.top_patches_text(shown["top_patches"])


def test_no_mistakes_are_said() -> None:
    assert "Every sample was taken for what it is." in views.mistakes_text([])
    assert views.mistakes_figure(Records()).axes[0].texts


RECORDS = [
    "saliency",
    "top_patches",
    "composition",
    "maximum",
    "comparison",
    "confusion",
    "importance",
    "runs",
    "recurrence",
    "mistakes",
]


@pytest.mark.parametrize("name", RECORDS)
def test_anything_else_is_refused(name: str) -> None:
    for kind in ("figure", "text"):
        with pytest.raises(ArgumentTypeError, match="expected what inspection"):
            getattr(views, f"{name}_{kind}")(3)


def test_odd_numbers_are_drawn() -> None:
    """NaN, infinity, one point, equal values, nothing but zeros, a very wide picture."""
    odd = np.array([[np.nan, np.inf], [-1.0, 0.0]])
    parts = [
        Tiles("odd", [plane_tile("a", odd), plane_tile("b", np.zeros((2, 2))), plane_tile("c", np.ones((1, 900)))]),
        Chart("one", "x", {"a": (np.array([3]), np.array([2.0])), "b": (np.array([3]), np.array([np.nan]))}),
        Chart("equal", "x", {"a": (np.arange(3), np.full(3, 5.0))}, frozenset("a")),
        Tiles("samples", [sample_tile("s", np.full((3, 3, 1), np.nan)), sample_tile("t", RNG.normal(size=(4, 4, 3)))]),
    ]
    board = Board("odd", ["a"], parts)
    assert board_figure(board).axes and "<svg" in board_html(board)
    assert board_text(board, 40, False) and board_text(board, 40, True)


def test_records_are_read_only() -> None:
    for record in _records(*SHAPES["image"]).values():
        for each in record if isinstance(record, Records) else [record]:
            assert isinstance(each, Record)
            for value in vars(each).values():
                assert not isinstance(value, np.ndarray) or not value.flags.writeable


@pytest.mark.parametrize(
    ("low", "high"),
    [(0.0, 1.0), (4.8e-15, 0.829), (-0.0011, 0.236), (0.9951, 0.9999), (-3e6, 1e7), (1e-9, 2e-9), (1e300, 1.5e300)],
)
def test_marks_of_an_axis_are_round_and_hold_all_that_is_drawn(low: float, high: float) -> None:
    """Three to six at equal distances of 1, 2, 2.5 or 5 times a power of ten, each written apart from the others."""
    marks = Chart("c", "x", {"a": (np.arange(2), np.array([low, high]))}).marks
    values = np.array([value for value, _ in marks])
    assert 3 <= len(values) <= 6 and values[0] <= low + 1e-9 * abs(low) and values[-1] >= high * (1 - 1e-9)
    steps = np.diff(values)
    np.testing.assert_allclose(steps, steps[0], rtol=1e-6)
    lead = steps[0] / 10.0 ** np.floor(np.log10(steps[0]) + 1e-9)
    assert np.isclose([1, 2, 2.5, 5], lead, rtol=1e-6).any()
    assert len({written for _, written in marks}) == len(marks)
    np.testing.assert_allclose([float(written) for _, written in marks], values, atol=0.26 * steps[0])


def test_cells_of_several_lines_stand_below_each_other() -> None:
    """In figures, text and HTML; no glyph is missing for a line break."""
    board = Board("net", [], [Table("", ["layer", "how"], [["conv", "9 + 1 = 10\nsees 3x3"], ["pool", "0"]])])
    texts = {text.get_text(): text.get_position() for text in board_figure(board).axes[0].texts}
    assert texts["sees 3x3"][1] > texts["9 + 1 = 10"][1] and texts["pool"][1] > texts["sees 3x3"][1]
    assert texts["sees 3x3"][0] == texts["9 + 1 = 10"][0]
    lines = board_text(board, 80, color=False).splitlines()
    assert [line.split()[-1] for line in lines[-4:]] == ["how", "10", "3x3", "0"]
    assert "white-space:pre-wrap" in board_html(board)
