"""`model.summary()` to the character: boxes, ASCII, narrow and wide."""

from __future__ import annotations

import io
import sys

import pytest

from pellucid import Input, Model, Sequential, layers
from pellucid.errors import ArgumentError


@pytest.fixture
def model() -> Sequential:
    """Digits as in the README, larger."""
    return Sequential(
        [
            Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ],
        name="digits",
    )


def _text(model: Model, line_length: int | None = None) -> str:
    told: list[str] = []
    model.summary(line_length=line_length, print_fn=told.append)
    assert len(told) == 1
    return told[0]


def test_exact_text(model: Sequential, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names, classes, shapes with an open batch, counts with separators, totals with sizes."""
    monkeypatch.setenv("COLUMNS", "100")
    assert (
        _text(model)
        == """\
Model: "digits"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━┓
┃ Layer (type)                 ┃ Output Shape       ┃ Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━┩
│ conv2d (Conv2D)              │ (None, 26, 26, 32) │     320 │
├──────────────────────────────┼────────────────────┼─────────┤
│ max_pooling2d (MaxPooling2D) │ (None, 13, 13, 32) │       0 │
├──────────────────────────────┼────────────────────┼─────────┤
│ flatten (Flatten)            │ (None, 5408)       │       0 │
├──────────────────────────────┼────────────────────┼─────────┤
│ dense (Dense)                │ (None, 10)         │  54,090 │
└──────────────────────────────┴────────────────────┴─────────┘
 Total params: 54,410 (212.54 KB)
 Trainable params: 54,410 (212.54 KB)
 Non-trainable params: 0 (0.00 B)"""
    )


def test_ascii_where_the_output_has_no_box_characters(model: Sequential, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same table in characters that every terminal and log can hold."""
    monkeypatch.setenv("COLUMNS", "100")
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii", write_through=True))
    model.summary()
    lines = written.getvalue().decode("ascii").splitlines()
    assert lines[1:5] == [
        "+------------------------------+--------------------+---------+",
        "| Layer (type)                 | Output Shape       | Param # |",
        "+------------------------------+--------------------+---------+",
        "| conv2d (Conv2D)              | (None, 26, 26, 32) |     320 |",
    ]
    assert lines[11] == "+------------------------------+--------------------+---------+"


@pytest.mark.parametrize("by_terminal", [True, False])
def test_narrow(model: Sequential, monkeypatch: pytest.MonkeyPatch, by_terminal: bool) -> None:
    """40 columns: cells wrap, nothing is dropped, no line is longer."""
    monkeypatch.setenv("COLUMNS", "40" if by_terminal else "100")
    lines = _text(model, None if by_terminal else 40).splitlines()
    assert max(map(len, lines)) == 40
    column = "".join(line.split("│")[1].strip() for line in lines if line.startswith("│")).replace(" ", "")
    for layer in model.layers:
        assert f"{layer.name}({type(layer).__name__})" in column
    assert any("54,090" in line for line in lines)


def test_wide(model: Sequential) -> None:
    """A given length is kept by every row."""
    lines = _text(model, 120).splitlines()
    assert {len(line) for line in lines[1:-3]} == {120}


@pytest.mark.parametrize("length", [0, 39, -5])
def test_too_narrow(model: Sequential, length: int) -> None:
    """Says the least."""
    with pytest.raises(
        ArgumentError, match=rf"^summary: line_length must be a whole number from 40 to 10000, got {length}$"
    ):
        model.summary(line_length=length)


def test_functional_model_and_frozen_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inputs are listed, layers in the model's order, and frozen weights are counted apart."""
    monkeypatch.setenv("COLUMNS", "100")
    x = Input((16,), name="x")
    a = layers.Dense(16, name="a")(x)
    model = Model(x, layers.Add(name="sum")([x, a]), name="residual")
    model.get_layer("a").trainable = False
    text = _text(model)
    order = [text.index(f"{name} (") for name in ("x", "a", "sum")]
    assert order == sorted(order)
    assert "(InputLayer)" in text
    assert text.endswith(
        " Total params: 272 (1.06 KB)\n Trainable params: 0 (0.00 B)\n Non-trainable params: 272 (1.06 KB)"
    )


def test_large_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands separators and megabytes."""
    monkeypatch.setenv("COLUMNS", "100")
    text = _text(Sequential([Input((1000,)), layers.Dense(1000)]))
    assert "1,001,000" in text
    assert "Total params: 1,001,000 (3.82 MB)" in text


def test_without_a_standard_output(model: Sequential, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program without a console (pythonw) can still have the text."""
    monkeypatch.setattr(sys, "stdout", None)
    assert "digits" in _text(model)


@pytest.mark.parametrize("positions", [(0.5, 0.8, 1.0), [40, 64, 80], (0.5, 0.8, 1.0, 1.0), [40, 64, 80, 99]])
def test_columns_end_where_it_is_said(model: Sequential, positions: list[float]) -> None:
    """In characters or in parts of the line; the place of a column that this table has not is of no account."""
    told: list[str] = []
    model.summary(80, positions, told.append)
    lines = told[0].splitlines()[1:-3]
    assert {len(line) for line in lines} == {80}
    assert all(line[place] in "┳╇┃│┼┴" for line in lines for place in (39, 63))


@pytest.mark.parametrize(
    ("positions", "what"),
    [([0.5, 1.0], "where 3 columns end"), ([0.5, 0.5, 1.0], "without room"), (["a", 1, 2], "number"), (3, "a list of")],
)
def test_places_that_no_columns_can_have(model: Sequential, positions: object, what: str) -> None:
    with pytest.raises(ArgumentError, match=what):
        model.summary(80, positions)  # type: ignore[arg-type]
