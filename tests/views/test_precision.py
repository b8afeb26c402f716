"""Numbers on the screen say how they are rounded, and whether their sums hold."""

import re
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid import Sequential, inspection, layers, views
from pellucid.views.descriptions import facts
from pellucid.views.precision import number_format, precision_note

FINITE = st.floats(-1e9, 1e9, allow_subnormal=False)


@pytest.mark.parametrize(
    ("values", "text"),
    [([0.0, 3.0], "3"), ([0.5, 3.0], "3.0"), ([0.375, 3.0], "3.000"), ([-0.0, 3.0], "3"), ([1 / 3, 3.0], "3.00000"),
     ([1e-7, 3.0], "3.00000"), ([1e8, 3.0], "3.00000e+00"), ([np.nan, 3.0], "3"), ([99.9999999, 3.0], "3.0000")],
)  # fmt: skip
def test_the_shortest_format_that_is_enough(values, text):
    assert number_format(values)(3.0) == text


def test_only_what_can_be_read_back_is_called_exact():
    assert number_format([0.25, 8.0]).describe() == "exact"
    assert number_format([np.float32(0.1)]).describe() == "rounded to 6 decimals"
    assert number_format([1e-9]).describe() == "rounded to 6 significant digits"
    assert number_format([0.04], digits=1).describe() == "rounded to 2 decimals"


def test_negative_zero_has_no_sign():
    assert number_format([0.0, 1.0])(-0.0) == "0"


@given(st.lists(FINITE, min_size=1, max_size=20), st.integers(1, 8))
def test_the_stated_precision_holds(values, digits):
    form = number_format(values, digits)
    for value in values:
        shown = float(form(value))
        if form.exact:
            assert shown == value
        elif form.scientific:
            assert abs(shown - value) <= 0.5000001 * abs(value) * 10.0 ** -(digits - 1)
        else:
            assert abs(shown - value) <= 0.5000001 * 10.0**-form.decimals


@given(st.lists(FINITE, min_size=1, max_size=20))
def test_the_note_says_by_how_much_visible_sums_are_off(terms):
    total = float(np.sum(terms))
    form = number_format([*terms, total], 4)
    note = precision_note(form, [(terms, total)])
    gap = abs(sum((Decimal(form(term)) for term in terms), Decimal(0)) - Decimal(form(total)))
    stated = re.search(r"off by up to (\S+)\.$", note)
    if form.exact:
        assert note == "Every number is exact as shown."
    elif gap:
        assert stated and float(stated[1]) == float(f"{float(gap):.1g}")
    else:
        assert note.endswith("the sums also hold as shown.")


def test_sums_with_nan_are_left_out_of_the_note():
    form = number_format([1 / 3])
    assert precision_note(form, [([float("nan"), 1.0], float("nan"))]).endswith("also hold as shown.")


def test_tiny_weights_are_no_zeros() -> None:
    """Weights of 1e-30 beside inputs of 0.6: each kind of number shows its digits, in text, figure and page."""
    model = Sequential([layers.Input((4, 4, 1)), layers.Conv2D(1, 3, activation="relu", name="c")])
    kernel = np.arange(1.0, 10.0).reshape(3, 3, 1, 1) * 1e-30
    model.set_weights([kernel, np.zeros(1)])
    x = np.full((4, 4, 1), 0.625)
    value = inspection.arithmetic(model, "c", x, (0, 0), 0)
    drawn = " ".join(text.get_text() for text in views.arithmetic_figure(value).axes[0].texts)
    for text in (str(value), drawn, value._repr_html_(), str(inspection.trace(model, "c", x, (0, 0), 0))):
        assert "9.000e-30" in text and "5.625e-30" in text and "2.81" in text and "0.000000" not in text
    gain = dict(facts(inspection.describe(model.layers[0].filter(0)).main))["DC gain"]
    assert gain.startswith("4.5e-29")
