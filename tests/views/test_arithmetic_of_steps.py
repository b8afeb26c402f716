"""Values that come about otherwise than by one sum of products: means, maxima, formulas, and the steps before."""

from __future__ import annotations

import dataclasses
import re

import pytest

from pellucid.inspection.records import Arithmetic, Product, Step
from pellucid.views import arithmetic_figure, arithmetic_text

WINDOW = [(0, 0), (0, 1), (1, 0), (1, 1)]
NUMBERS = [0.5, -2.0, 3.0, 1.5]


def _pooled(combination: str) -> Arithmetic:
    shares = [0.25] * 4 if combination == "mean" else [0.0, 0.0, 1.0, 0.0]
    products = [
        Product(tap, (2 + tap[0], 4 + tap[1]), 1, number, share, number * share)
        for tap, number, share in zip(WINDOW, NUMBERS, shares, strict=True)
    ]
    result = sum(product.product for product in products)
    return Arithmetic(
        "pool", "Pooling", (1, 2), 1, products, (result,), 0.0, result, "linear", result, result, "y = ...",
        combination=combination,
    )  # fmt: skip


def _steps() -> Arithmetic:
    """A sum of two products that read what two steps gave; the bias is a formula of a weight."""
    inner = tuple(Product((k,), (k,), 0, float(k + 1), 0.5, (k + 1) / 2) for k in range(2))
    steps = (
        Step("s1", "sum of products", "sum of 2 products such as x[0, 0] * deep[0, 0]", {"x[0, 0]": 1.0}, inner, 1.5),
        Step("s2", "expression", "2 * beta[3]", {"beta[3]": 0.25}, (), 0.5),
    )
    product = Product((0,), (0,), 0, 1.5, 2.0, 3.0, source="s1", weight_name="wide", weight_index=(0, 0, 3))
    return Arithmetic(
        "sep", "SeparableConv1D", (0,), 3, [product], (3.0,), 0.5, 3.5, "relu", 3.5, 3.5, "y = relu(sum + s2)",
        steps=steps, rounding=1e-6,
    )  # fmt: skip


def _formula() -> Arithmetic:
    step = Step("y", "expression", "x[0] + relu(x[0])", {"x[0]": 0.5}, (), 1.0)
    return Arithmetic(
        "own", "Own", (), 0, [], (), 0.0, 1.0, "linear", 1.0, 1.0, "y = x[0] + relu(x[0])",
        combination="expression", steps=(step,), rounding=1e-6,
    )  # fmt: skip


def test_a_maximum_shows_its_winner():
    text = arithmetic_text(_pooled("maximum"))
    winners = [line for line in text.split("\n") if "largest" in line]
    assert winners == ["tap [1, 0] input [3, 4]     3.0 largest"]
    assert re.search(r"maximum += +3\.0", text)
    assert " x " not in text and "bias" not in text and "linear" not in text


def test_a_mean_shows_its_terms():
    text = arithmetic_text(_pooled("mean"))
    assert "tap [0, 1] input [2, 5]  -2.000 x 0.250 = -0.500" in text
    assert re.search(r"mean += +0\.750", text) and "bias" not in text


def test_steps_come_first_with_their_products():
    lines = arithmetic_text(_steps(), width=120).split("\n")
    places = [next(n for n, line in enumerate(lines) if line.startswith(start)) for start in (
        "s1 = sum of 2 products such as x[0, 0] * deep[0, 0] = 1.50", "weight [0] input [0]  1.00 x 0.50 = 0.50",
        "weight [1] input [1]  2.00 x 0.50 = 1.00", "s2 = 2 * beta[3] = 0.50, where beta[3] = 0.25",
        "weight [0] s1  1.50 x 2.00 = 3.00",
    )]  # fmt: skip
    assert places == sorted(places)
    assert lines[-1] == "Every number is exact as shown."


def test_a_limit_leaves_out_steps_and_says_so():
    text = arithmetic_text(_steps(), width=120, limit=1)
    assert "1 of 2 steps shown; limit=None shows all." in text
    assert "input [1]" not in text and "s2 = " not in text and "1.50 x 2.00 = 3.00" in text


def test_a_formula_needs_no_table():
    text = arithmetic_text(_formula())
    assert "y = x[0] + relu(x[0]) = 1.0, where x[0] = 0.5" in text
    assert "sum" not in text.replace("also hold", "").split("The engine")[0]
    assert "The engine computed 1.0: equal." in text


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize("make", [_steps, _formula, lambda: _pooled("mean"), lambda: _pooled("maximum")])
def test_nothing_is_wider_than_the_terminal(make, width):
    lines = arithmetic_text(make(), width=width).split("\n")
    assert max(map(len, lines)) <= width


def test_figures_of_all_kinds(read_back):
    words = {kind: read_back(arithmetic_figure(record)).words() for kind, record in {
        "maximum": _pooled("maximum"), "mean": _pooled("mean"), "steps": _steps(), "formula": _formula(),
    }.items()}  # fmt: skip
    assert "1 for the largest" in words["maximum"] and "largest 3.0" in words["maximum"]
    assert "1 / count" in words["mean"] and "bias" not in words["mean"]
    assert "s2 = 2 * beta[3] = 0.50, where beta[3] = 0.25" in words["steps"]
    assert "steps, channel 0" in words["steps"] and "bias" in words["steps"]
    assert "One step after the other" in words["formula"] and "before activation" not in words["formula"]


def test_what_is_left_out_is_said(read_back):
    record = dataclasses.replace(_steps(), left_out=7)
    assert "7 further values are not explained: there are too many." in arithmetic_text(record)
    assert "Steps that are not drawn: 7." in read_back(arithmetic_figure(record)).words()
