"""The drawing rule against numbers computed in another way."""

import numpy as np
import pytest

from pellucid.errors import ArgumentError
from pellucid.views.colors import color_limits, describe_rule, ink_on, paint


def oklab_lightness(color):
    """Lightness in OKLab, from B. Ottosson's matrices."""
    channels = np.asarray(color) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    cones = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    return float(np.cbrt(cones @ linear) @ [0.2104542553, 0.7936177850, -0.0040720468])


def test_paint_equals_the_rule_number_by_number(color_of):
    values = np.random.default_rng(1).normal(size=500)
    painted = paint(values, 1.5)
    assert painted.dtype == np.uint8
    for value, color in zip(values, painted, strict=True):
        assert np.abs(color.astype(int) - color_of(value, 1.5)).max() <= (0 if abs(value) > 1.5 else 1)


@pytest.mark.parametrize(
    ("value", "color"),
    [(0.0, (255, 255, 255)), (-0.0, (255, 255, 255)), (2.0, (101, 40, 0)), (-2.0, (8, 60, 117)), (9.0, (101, 40, 0)),
     (1.0, (218, 124, 72)), (-1.0, (91, 154, 234))],
)  # fmt: skip
def test_landmarks_of_the_scale(value, color):
    assert tuple(paint(np.array(value), 2.0).tolist()) == color


def test_equal_magnitudes_are_equally_dark_and_darker_is_farther():
    steps = np.linspace(0, 1, 41)
    orange = [oklab_lightness(color) for color in paint(steps, 1.0)]
    blue = [oklab_lightness(color) for color in paint(-steps, 1.0)]
    assert np.abs(np.subtract(orange, blue)).max() < 0.02
    assert (np.diff(orange) < 0).all() and (np.diff(blue) < 0).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_a_number_gets_a_grey_that_no_number_has(value):
    grey = paint(np.array(value), 1.0).tolist()
    assert grey == [128, 128, 128]
    ramp = paint(np.linspace(-1, 1, 20001), 1.0).astype(int)
    assert np.abs(ramp - 128).max(axis=1).min() > 20


def test_a_layer_of_zeros_is_white():
    assert (paint(np.zeros((3, 3)), 0.0) == 255).all()


def test_limits_may_differ_from_item_to_item(color_of):
    painted = paint(np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([[1.0], [4.0]]))
    assert tuple(painted[0, 0]) == color_of(1.0, 1.0) and tuple(painted[1, 1]) == color_of(1.0, 4.0)


def test_integers_and_tiny_limits_are_drawn():
    assert tuple(paint(np.array([200], dtype=np.uint8), 200)[0]) == (101, 40, 0)
    assert tuple(paint(np.array([1e300]), 5e-324)[0]) == (101, 40, 0)


def test_limits_leave_out_what_is_not_a_number():
    values = np.array([[1.0, np.nan], [np.inf, -3.0], [np.nan, np.nan]])
    assert color_limits(values, "filter").tolist() == [1.0, 3.0, 0.0]
    assert color_limits(values, "layer").tolist() == [3.0, 3.0, 3.0]


def test_an_unknown_scale_is_refused_with_the_nearest():
    with pytest.raises(ArgumentError, match=r"unknown colour scale 'layers'; did you mean 'layer'\?"):
        color_limits(np.ones((1, 1)), "layers")


def test_ink_can_be_read_on_every_colour():
    """Contrast of at least 4.5, as WCAG 2.2 asks of text."""
    papers = paint(np.linspace(-1, 1, 401), 1.0)

    def luminance(color):
        channels = color / 255
        return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4) @ [
            0.2126,
            0.7152,
            0.0722,
        ]

    paper, ink = luminance(papers), luminance(ink_on(papers))
    contrast = (np.maximum(paper, ink) + 0.05) / (np.minimum(paper, ink) + 0.05)
    assert contrast.min() >= 4.5


def test_the_rule_in_words_tells_what_grey_is():
    assert "grey is not a number" in describe_rule(np.array([np.nan, 1.0]))
    assert "grey" not in describe_rule(np.array([1.0]))
