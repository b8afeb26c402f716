"""The figures of a value that is followed back, and of faults, held to the records that they draw."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, inspection, layers
from pellucid.inspection import Finding, Lint
from pellucid.views import lint_figure, lint_text, to_html, trace_figure, trace_text

RNG = np.random.default_rng(2)
ORANGE, BLUE = (210, 105, 30), (31, 104, 188)


@pytest.fixture
def model() -> Sequential:
    return Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(3, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Flatten(),
            layers.Dense(2, name="head"),
        ]
    )


def test_every_number_of_a_chain_stands_in_its_figure(model: Sequential, read_back: Callable[..., Any]) -> None:
    chain = inspection.trace(model, "head", RNG.random((8, 8, 1)), filter=1)
    picture = read_back(trace_figure(chain))
    assert picture.texts[0].startswith("head unit 1 = ") and "followed back to the input" in picture.texts[0]
    said = trace_text(chain)
    for number, value in enumerate(chain.values):
        assert any(text.startswith(f"[{number}] {value.layer} ") for text in picture.texts)
    for text in picture.texts:
        if " x " in text and "largest" not in text:
            assert text in said
    pixels = {part.position for value in chain.values for part in value.largest if part.layer == "input"}
    assert pixels and f"the {len(pixels)} pixels among the largest parts" in picture.words()


def test_bars_are_as_long_as_the_numbers(read_back: Callable[..., Any]) -> None:
    """3 to the right in orange and -1 to the left in blue: lengths of three to one."""
    dense = layers.Dense(1, weights=[np.array([[3.0], [-1.0]]), [0.0]], name="d")
    chain = inspection.trace(Sequential([layers.Input((2,)), dense]), "d", np.ones(2))
    picture = read_back(trace_figure(chain))
    assert picture.count(ORANGE) == pytest.approx(3 * picture.count(BLUE), rel=0.1)


@pytest.mark.parametrize("shape", [(8,), (20, 2), (6, 6, 6, 1), (5, 5, 4)], ids=str)
def test_chains_of_every_rank_are_drawn(shape: tuple[int, ...]) -> None:
    model = Sequential([layers.Input(shape), layers.Flatten(), layers.Dense(3, name="a"), layers.Dense(2, name="b")])
    chain = inspection.trace(model, "b", RNG.normal(size=shape))
    assert (trace_figure(chain) and chain.sample is not None) or len(shape) > 4
    page = to_html(chain)
    assert "A value, followed back to the input" in page and chain._repr_png_()
    assert len(json.loads(chain.to_json())["values"]) == len(chain.values)


def test_no_chain_is_a_tower(model: Sequential) -> None:
    chain = inspection.trace(model, "head", RNG.random((8, 8, 1)), largest=20, values=40)
    width, height = trace_figure(chain).get_size_inches() * 100
    assert width < 1800 and height < 9000


def _finding(kind: str, number: int, value: float) -> Finding:
    return Finding(kind, "conv", number, "largest answer", value, 0.5, {}, "Take it out.")


def test_faults_stand_together_with_a_mark_for_each(read_back: Callable[..., Any]) -> None:
    findings = tuple(_finding("dead", k, value) for k, value in enumerate((0.0, 0.25, 0.125)))
    lint = Lint("net", findings, 10, 20, ("dead",), ("10 of 20 samples were used.",))
    picture = read_back(lint_figure(lint))
    assert "dead: conv, filters 0-2" in picture.texts and "10 of 20 samples were used." in picture.texts
    assert {"0", "0.5"} <= set(picture.texts), "the ends of the scale"
    one, three = (read_back(lint_figure(Lint("net", findings[:n], 1, 1, ()))).count((167, 73, 0)) for n in (1, 3))
    assert three == 3 * one > 0
    assert "dead: conv, filters 0-2" in lint_text(lint)


@pytest.mark.parametrize("values", [(), (np.nan,), (np.inf, 1.0), (0.5,)], ids=str)
def test_odd_findings_are_drawn(values: tuple[float, ...]) -> None:
    """None, numbers that are none, one at the threshold."""
    findings = tuple(_finding("exploding", k, value) for k, value in enumerate(values))
    assert lint_figure(Lint("net", findings, 0, 0, ("exploding",)))
    assert Lint("net", findings, 0, 0, ())._repr_png_()
