"""The sum behind one value as a picture: every number is there, in its place, with its sign."""

import numpy as np
import pytest

from pellucid.views import arithmetic_figure


def position(figure, text):
    """Where a text stands, as (x, y) from the top left, one entry per occurrence."""
    return [item.get_position() for axes in figure.axes for item in axes.texts if item.get_text() == text]


def test_every_number_stands_in_its_place(explain):
    """Distinct weights of a 3x3 kernel: columns to the right, rows down; inputs left of weights left of products."""
    kernel = np.arange(1.0, 10.0).reshape(3, 3, 1, 1) * 10
    image = np.full((5, 5, 1), 2.0)
    figure = arithmetic_figure(explain(image, kernel, at=(1, 2)))
    weights = np.array([position(figure, str(int(weight)))[0] for weight in kernel.ravel()]).reshape(3, 3, 2)
    assert (np.diff(weights[:, :, 0], axis=1) == 50).all() and (np.diff(weights[:, :, 1], axis=0) == 30).all()
    assert (np.diff(weights[:, :, 0], axis=0) == 0).all() and (np.diff(weights[:, :, 1], axis=1) == 0).all()
    product = next(place for place in position(figure, "180"))
    inputs = position(figure, "2")
    assert max(x for x, _ in inputs[:9]) < weights[..., 0].min() and weights[..., 0].max() < product[0]


def test_sums_bias_activation_and_value_are_shown(explain, read_back):
    image = np.ones((3, 3, 2))
    kernel = np.full((3, 3, 2, 1), -0.25)
    picture = read_back(arithmetic_figure(explain(image, kernel, bias=0.5, activation="relu")))
    texts = picture.texts
    assert texts.count("-2.25") == 2 and "-4.50" in texts and "0.50" in texts and "-4.00" in texts
    assert "relu \N{RIGHTWARDS ARROW}" in texts and "sum of 2 channels" in texts
    assert "The engine computed 0.00: equal." in texts and "Every number is exact as shown." in texts


def test_padding_is_marked_once_for_each_cell_outside(explain, read_back):
    record = explain(np.ones((4, 4, 1)), np.ones((3, 3, 1, 1)), at=(0, 0), padding=1)
    picture = read_back(arithmetic_figure(record))
    assert picture.texts.count("pad") == 5 == sum(product.is_padding for product in record.products)
    assert "Cells marked pad lie outside the input" in picture.words()
    assert "-1" in picture.texts, "the position of the row outside"


def test_cells_have_the_colours_of_their_numbers(explain, read_back, color_of):
    kernel = np.array([[1.0, -0.5], [0.25, -1.0]]).reshape(2, 2, 1, 1)
    figure = arithmetic_figure(explain(np.full((2, 2, 1), 3.0), kernel))
    picture = read_back(figure)
    for weight in kernel.ravel():
        x, y = position(figure, f"{weight:.2f}")[0]
        left, top = round((x - 22) * picture.scale), round((y + 11) * picture.scale)
        assert tuple(picture.pixels[top, left]) == color_of(weight, 1.0)


@pytest.mark.parametrize(
    ("engine_value", "sentence"),
    [(9.0, "The engine computed 9: equal."), (9.0 + 1e-7, "equal up to float32 rounding, the difference is 1.0e-07")],
)
def test_the_comparison_with_the_engine_is_honest(explain, read_back, engine_value, sentence):
    record = explain(np.ones((3, 3, 1)), np.ones((3, 3, 1, 1)), engine_value=engine_value)
    assert sentence in read_back(arithmetic_figure(record)).words()


def test_rounded_numbers_say_so(explain, read_back):
    generator = np.random.default_rng(0)
    record = explain(generator.random((3, 3, 4)), generator.normal(size=(3, 3, 4, 1)))
    assert "Numbers are rounded to" in read_back(arithmetic_figure(record)).words()


@pytest.mark.parametrize(
    ("image", "kernel", "at"),
    [((8, 1), (3, 1, 2), (2,)), ((4, 4, 4, 2), (3, 3, 3, 2, 2), (1, 1, 1)), ((20,), (20, 3), ())],
)
def test_every_rank_is_drawn(explain, read_back, image, kernel, at):
    record = explain(np.arange(np.prod(image)).reshape(image) / 10, np.ones(kernel), at=at)
    picture = read_back(arithmetic_figure(record))
    assert ("output of unit 0" if not at else f"output {list(at)} of filter 0") in picture.words()
    assert len(picture.texts) > 3 * len(record.products)
