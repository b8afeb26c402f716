"""Every product and every sum as a table, equal to the engine's value or plainly not."""

import re

import numpy as np
import pytest

from pellucid import Sequential, inspection, layers
from pellucid.errors import ArgumentError
from pellucid.views import arithmetic_text

NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?"


def test_the_bump_detector_to_the_printed_digit(explain):
    """Input [0,0,0,1,1,0,0,0] and filter [0,1,0]: the third output is 1."""
    image = np.array([0, 0, 0, 1, 1, 0, 0, 0.0]).reshape(8, 1)
    kernel = np.array([0, 1.0, 0]).reshape(3, 1, 1)
    assert arithmetic_text(explain(image, kernel, at=(2,), formula="a formula")).split("\n") == [
        "conv: output [2] of filter 0",
        "a formula",
        "",
        "channel 0",
        "weight [0] input [2]  0 x 0 = 0",
        "weight [1] input [3]  1 x 1 = 1",
        "weight [2] input [4]  1 x 0 = 0",
        "",
        "sum of the products         = 1",
        "bias                        = 0",
        "sum + bias                  = 1",
        "The engine computed 1: equal.",
        "Every number is exact as shown.",
    ]


def test_channels_have_partial_sums_and_padding_is_marked(explain):
    record = explain(np.full((2, 2, 2), 2.0), np.full((2, 2, 2, 1), 0.5), at=(0, 0), padding=1, bias=-4.0,
                     activation="relu")  # fmt: skip
    assert arithmetic_text(record).split("\n")[2:] == [
        "channel 0",
        "weight [0, 0] input [-1, -1]  0.0 x 0.5 =  0.0 padding",
        "weight [0, 1] input [-1, 0]   0.0 x 0.5 =  0.0 padding",
        "weight [1, 0] input [0, -1]   0.0 x 0.5 =  0.0 padding",
        "weight [1, 1] input [0, 0]    2.0 x 0.5 =  1.0",
        "sum of channel 0                        =  1.0",
        "",
        "channel 1",
        "weight [0, 0] input [-1, -1]  0.0 x 0.5 =  0.0 padding",
        "weight [0, 1] input [-1, 0]   0.0 x 0.5 =  0.0 padding",
        "weight [1, 0] input [0, -1]   0.0 x 0.5 =  0.0 padding",
        "weight [1, 1] input [0, 0]    2.0 x 0.5 =  1.0",
        "sum of channel 1                        =  1.0",
        "",
        "sum of 2 channels                       =  2.0",
        "bias                                    = -4.0",
        "sum + bias                              = -2.0",
        "after relu                              =  0.0",
        "The engine computed 0.0: equal.",
        "Every number is exact as shown.",
    ]


def test_the_table_can_be_read_back_and_adds_up(explain):
    generator = np.random.default_rng(0)
    record = explain(generator.random((5, 5, 3)), generator.normal(size=(3, 3, 3, 1)), at=(1, 1), bias=0.1)
    text = arithmetic_text(record)
    rows = re.findall(rf"({NUMBER}) x +({NUMBER}) = +({NUMBER})", text)
    assert len(rows) == 27
    assert sum(float(row[2]) for row in rows) == pytest.approx(record.sum, abs=27 * 0.5e-5)
    for row, product in zip(rows, record.products, strict=True):
        assert [float(number) for number in row] == pytest.approx(
            [product.input, product.weight, product.product], abs=0.51e-5
        )
    total = re.search(rf"sum \+ bias += +({NUMBER})", text)
    assert total and float(total[1]) == pytest.approx(record.total, abs=0.51e-5)
    assert "Numbers are rounded to" in text


def test_dense_layers_count_their_inputs(explain):
    record = explain(np.array([1.0, 2.0, 3.0]), np.array([[4.0], [5.0], [6.0]]), bias=-1.0)
    lines = arithmetic_text(record).split("\n")
    assert lines[:5] == [
        "conv: output of unit 0",
        "",
        "input 0  1 x 4 =  4",
        "input 1  2 x 5 = 10",
        "input 2  3 x 6 = 18",
    ]
    assert not any("channel" in line for line in lines) and "sum of the products = 32" in " ".join(
        "".join(lines).split()
    )


def test_a_limit_leaves_the_sums_whole(explain):
    record = explain(np.ones((3, 3, 2)), np.ones((3, 3, 2, 1)))
    text = arithmetic_text(record, limit=4)
    assert "4 of 18 products shown; limit=None shows all." in text and len(re.findall(" x ", text)) == 4
    assert re.search(r"sum of 2 channels += 18", text) and "sum of channel" not in text
    with pytest.raises(ArgumentError, match="limit must be at least 1 product"):
        arithmetic_text(record, limit=0)


def test_narrow_terminals_get_two_lines_for_a_product(explain):
    record = explain(np.full((3, 3, 2), 1 / 3), np.full((3, 3, 2, 1), 1 / 7), at=(0, 0), padding=1)
    text = arithmetic_text(record, width=40)
    assert max(map(len, text.split("\n"))) <= 40 and len(re.findall(" x ", text)) == 18
    equals = {line.rindex("=") for line in text.split("\n") if "=" in line}
    assert len(equals) == 1, "all sums stay below each other"


def test_colours_show_the_sign_of_every_factor(explain, color_of):
    kernel = np.array([1.0, -0.5]).reshape(2, 1, 1)
    text = arithmetic_text(explain(np.full((2, 1), 4.0), kernel), color=True)
    painted = re.findall(r"48;2;(\d+);(\d+);(\d+)m *(-?[\d.]+)", text)
    found = [(float(number), (int(r), int(g), int(b))) for r, g, b, number in painted]
    assert found == [
        (4.0, color_of(4, 4)), (1.0, color_of(1, 1)), (4.0, color_of(4, 4)),
        (4.0, color_of(4, 4)), (-0.5, color_of(-0.5, 1)), (-2.0, color_of(-2, 4)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("engine_value", "sentence"),
    [(9.0, "The engine computed 9: equal."), (9.0 + 1e-7, "equal up to float32 rounding, the difference is 1.0e-07")],
)
def test_the_comparison_with_the_engine_is_honest(explain, engine_value, sentence):
    record = explain(np.ones((3, 3, 1)), np.ones((3, 3, 1, 1)), engine_value=engine_value)
    assert sentence in " ".join(arithmetic_text(record).split())


def test_a_layer_without_bias_adds_none():
    """Its sum is followed by what is made of it; a bias of 0 is told where the layer has one."""
    for use_bias, told in ((True, ["bias", "sum + bias", "after relu"]), (False, ["after relu"])):
        conv = layers.Conv2D(1, 2, use_bias=use_bias, activation="relu", name="c")
        model = Sequential([layers.Input((3, 3, 1)), conv])
        text = arithmetic_text(inspection.arithmetic(model, "c", np.ones((3, 3, 1)), position=(0, 0), filter=0))
        sums = [line.split("=")[0].strip() for line in text.splitlines() if "=" in line and "weight" not in line]
        assert [name for name in sums if name in ("bias", "sum + bias", "after relu")] == told
