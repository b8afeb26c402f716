"""Every filter of a layer, read back from the pixels: sign, orientation, order, block by block."""

import numpy as np
import pytest

from pellucid.errors import ArgumentError, ShapeError
from pellucid.inspection.records import FilterBank
from pellucid.views import filters_figure

DARK_ORANGE, DARK_BLUE, WHITE, GREY = (101, 40, 0), (8, 60, 117), (255, 255, 255), (128, 128, 128)


def boxes(picture, kernel, color_of):
    """The block of every weight (spatial..., in, filter), found by its colour."""
    found = np.empty(kernel.shape, dtype=object)
    for index, weight in np.ndenumerate(kernel):
        found[index] = picture.box(color_of(weight, 1.0))
    return found


@pytest.fixture
def blocks(distinct, read_back, color_of):
    """Draws a kernel of distinct weights and finds the block of each."""

    def draw(*shape):
        kernel = distinct(*shape)
        picture = read_back(filters_figure(FilterBank("conv", kernel))).panel()
        return kernel, boxes(picture, kernel, color_of)

    return draw


def test_each_weight_is_a_square_of_its_colour(blocks):
    _, found = blocks(3, 3, 1, 20)
    cells = {(box.height, box.width, box.filled) for box in found.ravel()}
    assert len(cells) == 1
    height, width, filled = cells.pop()
    assert height == width >= 20 and filled


def test_row_0_is_on_top_and_column_0_left(blocks):
    _, found = blocks(3, 3, 1, 20)
    for k in range(20):
        cell = found[0, 0, 0, k].height
        for row in range(3):
            for column in range(3):
                box = found[row, column, 0, k]
                assert box.top == found[0, 0, 0, k].top + row * cell
                assert box.left == found[0, 0, 0, k].left + column * cell


def test_filters_stand_in_reading_order(blocks):
    _, found = blocks(3, 3, 1, 20)
    corners = [(found[0, 0, 0, k].top, found[0, 0, 0, k].left) for k in range(20)]
    assert corners == sorted(corners) and len(set(corners)) == 20


def test_channels_stand_side_by_side_in_order(blocks):
    _, found = blocks(3, 3, 4, 6)
    for k in range(6):
        corners = [found[0, 0, channel, k] for channel in range(4)]
        assert len({box.top for box in corners}) == 1
        steps = np.diff([box.left for box in corners])
        assert len(set(steps)) == 1 and steps[0] > 3 * corners[0].width


def test_depth_goes_to_the_right_within_a_channel(blocks):
    _, found = blocks(3, 3, 3, 2, 4)
    for k in range(4):
        lefts = [found[depth, 0, 0, channel, k].left for channel in range(2) for depth in range(3)]
        assert lefts == sorted(lefts)
        assert len({found[depth, 0, 0, channel, k].top for channel in range(2) for depth in range(3)}) == 1
        within = lefts[1] - lefts[0] - 3 * found[0, 0, 0, 0, k].width
        between = lefts[3] - lefts[2] - 3 * found[0, 0, 0, 0, k].width
        assert 0 < within < between


def test_dense_weights_are_wrapped_row_by_row(blocks):
    _, found = blocks(60, 4)
    for unit in range(4):
        corners = [(found[i, unit].top, found[i, unit].left) for i in range(60)]
        assert corners == sorted(corners)
        assert len({top for top, _ in corners}) == 6 and len({left for _, left in corners}) == 10


def test_all_slices_of_a_large_layer_are_drawn(read_back, color_of, distinct):
    """64 filters over 32 channels: 2048 slices, each number the same number of pixels, one slice checked in place."""
    kernel = np.where(np.random.default_rng(0).random((3, 3, 32, 64)) < 0.5, 1.0, -1.0)
    kernel[:, :, 21:23, 37:39] = distinct(3, 3, 2, 2) * 0.9
    picture = read_back(filters_figure(FilterBank("conv", kernel), limit=None)).panel()
    marks = boxes(picture, kernel[:, :, 21:23, 37:39], color_of)
    cell = marks[0, 0, 0, 0].height
    assert cell >= 3
    assert picture.count(DARK_ORANGE) == (kernel == 1).sum() * cell**2
    assert picture.count(DARK_BLUE) == (kernel == -1).sum() * cell**2
    first, right, below = marks[0, 0, 0, 0], marks[0, 0, 1, 0], marks[0, 0, 0, 1]
    assert right.top == first.top and 3 * cell < right.left - first.left <= 6 * cell
    assert (first.top, first.left) < (below.top, below.left)
    last = marks[2, 2, 0, 0]
    assert (last.top - first.top, last.left - first.left) == (2 * cell, 2 * cell)


def test_a_one_dimensional_kernel_is_bars_from_a_line_at_zero(read_back, color_of):
    kernel = np.array([0.5, -1.0, 0.25, 1.0]).reshape(4, 1, 1)
    picture = read_back(filters_figure(FilterBank("conv1d", kernel))).panel()
    half, down, quarter, up = (picture.box(color_of(weight, 1.0)) for weight in kernel.ravel())
    assert half.left < down.left < quarter.left < up.left
    assert up.height == pytest.approx(2 * half.height, abs=4) and half.height == pytest.approx(
        2 * quarter.height, abs=4
    )
    baseline = up.top + up.height
    assert half.top + half.height == quarter.top + quarter.height == baseline
    assert abs(down.top - baseline) <= 2 * picture.scale and down.top >= baseline


def test_before_stands_left_of_after_on_the_same_scale(read_back, color_of, distinct):
    before = distinct(3, 3, 1, 20) * 0.5
    after = distinct(3, 3, 1, 20, seed=1)
    figure = filters_figure([FilterBank("conv", before, None, "before training"),
                             FilterBank("conv", after, None, "after training")])  # fmt: skip
    picture = read_back(figure)
    assert "before training" in picture.texts and "after training" in picture.texts
    left, right = picture.half(0).panel(), picture.half(1).panel()
    assert left.count(DARK_ORANGE) == left.count(DARK_BLUE) == 0 and right.count(DARK_ORANGE) > 0
    for side, kernel in ((left, before), (right, after)):
        found = boxes(side, kernel, color_of)
        assert found[2, 1, 0, 7].top > found[0, 1, 0, 7].top and all(box.filled for box in found.ravel())


def test_each_filter_may_have_its_own_scale(read_back):
    kernel = np.stack([np.array([[0.25, 0], [0, 0]]), np.array([[-4.0, 0], [0, 0]])], axis=-1)[:, :, None, :]
    bank = FilterBank("conv", np.tile(kernel, (1, 1, 1, 30)))
    own, shared = (read_back(filters_figure(bank, scale=scale)) for scale in ("filter", "layer"))
    assert own.panel().count(DARK_ORANGE) == own.panel().count(DARK_BLUE) > 0
    assert shared.panel().count(DARK_ORANGE) == 0
    assert "own scale" in own.words() and "0: 0.25, 1: 4," in own.words()
    assert "one scale for the whole layer" in shared.words() and {"4", "-4"} <= set(shared.texts)


def test_a_filter_of_zeros_is_white_and_named(read_back, distinct):
    kernel = distinct(3, 3, 1, 32)
    kernel[..., 5] = 0
    picture = read_back(filters_figure(FilterBank("conv", kernel)))
    side = 3 * round(picture.panel().count(DARK_BLUE) ** 0.5)
    assert picture.panel().count(WHITE) >= side**2
    assert "Filter 5 is zero everywhere." in picture.texts


def test_nan_is_grey_crossed_out_and_named(read_back, distinct):
    kernel = distinct(3, 3, 1, 32)
    kernel[1, 1, 0, 9] = np.nan
    picture = read_back(filters_figure(FilterBank("conv", kernel, None, "after training")))
    block = picture.panel().box(GREY)
    assert block.height == block.width and not block.filled
    middle = picture.panel().pixels[block.top + block.height // 2, block.left + block.width // 2]
    assert middle.tolist() == [0, 0, 0]
    assert "Filter 9 holds NaN or infinity." in picture.texts and "grey is not a number" in picture.words()


def test_titles_say_what_is_seen(read_back, distinct):
    picture = read_back(filters_figure(FilterBank("conv2d", distinct(3, 3, 1, 32), None, "before training")))
    assert "conv2d: 32 filters of 3x3 over 1 channel, before training" in picture.texts
    assert {"-1", "0", "1"} <= set(picture.texts), "the numbers at the colour bar"
    assert {str(number) for number in range(32)} <= set(picture.texts), "a number for each filter"


def test_filters_over_red_green_and_blue_stand_in_colour_first(read_back, color_of):
    """Each block: mid-grey for zero, brighter for what is positive, darker for what is negative; then the channels."""
    kernel = np.zeros((2, 2, 3, 1))
    kernel[0, 0, :, 0], kernel[1, 1, :, 0] = (1.0, 0.0, -1.0), (-0.5, 0.25, 0.0)
    picture = read_back(filters_figure(FilterBank("stem", kernel, input_names=("red", "green", "blue"))))
    colored, signed = picture.box((255, 128, 0)), picture.panel().box(color_of(-0.5, 1.0))
    assert (
        colored.filled and colored.height == colored.width and picture.count((128, 128, 128)) >= 2 * colored.height**2
    )
    assert picture.count((64, 160, 128)) == colored.height**2
    assert colored.left < signed.left
    assert "colour" in picture.texts and "Left each filter in colour: grey is zero" in picture.words()
    assert picture.texts.count("0.25") == 1, "the numbers stand in the channels, not in the colours"


def test_a_layer_with_very_many_slices_is_drawn_by_its_strongest(read_back, color_of):
    """Filters by norm, slices by norm, at the last moment; all moments on one scale; the components below."""
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(3, 3, 32, 64)) * 0.1
    kernel[:, :, 7, 5] = 1.0
    kernel[0, 0, 7, 5] = -0.875
    picture = read_back(filters_figure(FilterBank("deep", kernel)))
    numbers = [text for text in picture.texts if text.startswith("filter ")]
    assert numbers[0] == "filter 5" and len(numbers) == 32
    norms = np.sqrt(np.square(kernel).sum(axis=(0, 1, 2)))
    assert numbers == [f"filter {number}" for number in np.argsort(-norms)[:32]]
    words = picture.words()
    assert "2,048 slices are too many to be looked at" in words and "limit=None draws all" in words
    assert "principal components" in words
    assert picture.texts[picture.texts.index("filter 5") + 2] == "7", "its strongest channel comes first"
    assert picture.count(color_of(-0.875, 1.0)) > 0
    before, after = FilterBank("deep", kernel * 0.5, None, "before"), FilterBank("deep", kernel, None, "after")
    both = read_back(filters_figure([before, after]))
    assert [text for text in both.texts if text.startswith("filter ")] == numbers * 2
    assert both.count(color_of(-0.4375, 1.0)) > 0 and {"before", "after"} <= set(both.texts)


def test_a_limit_is_kept_and_said(read_back, distinct):
    picture = read_back(filters_figure(FilterBank("conv", distinct(3, 3, 1, 32)), limit=5))
    assert "5 of 32 filters are drawn; limit=None draws all." in picture.words()
    with pytest.raises(ArgumentError, match="limit must be at least 1 filter, got 0"):
        filters_figure(FilterBank("conv", distinct(3, 3, 1, 32)), limit=0)


def test_channels_can_have_names(read_back, distinct):
    bank = FilterBank("stem", distinct(3, 3, 3, 16), input_names=("red", "green", "blue"))
    assert {"red", "green", "blue"} <= set(read_back(filters_figure(bank)).texts)


def test_weights_of_small_layers_are_written_into_their_blocks(read_back):
    kernel = np.array([[0.0, 0.25], [-0.5, 1.0]]).reshape(2, 2, 1, 1)
    picture = read_back(filters_figure(FilterBank("conv", kernel)))
    assert {"0.00", "0.25", "-0.50", "1.00"} <= set(picture.texts)
    assert "The weights in the blocks are exact." in picture.words()


@pytest.mark.parametrize(
    ("shape", "words"),
    [((1, 1, 1), "1 filter of 1 tap over 1 channel"), ((5, 2, 3), "3 filters of 5 taps over 2 channels"),
     ((1, 1, 8, 4), "4 filters of 1x1 over 8 channels"), ((3, 3, 1, 1), "1 filter of 3x3 over 1 channel"),
     ((11, 11, 3, 16), "16 filters of 11x11 over 3 channels"), ((2, 3, 4, 1, 2), "2 filters of 2x3x4 over 1 channel"),
     ((127, 3), "3 units with 127 weights each"), ((1, 1), "1 unit with 1 weight each")],
)  # fmt: skip
def test_every_shape_is_drawn(read_back, distinct, shape, words):
    picture = read_back(filters_figure(FilterBank("layer", distinct(*shape))))
    assert f"layer: {words}" in picture.texts
    assert picture.panel().pixels.size


def test_a_user_style_changes_nothing(read_back, distinct):
    import matplotlib.pyplot as plt

    bank = FilterBank("conv", distinct(3, 3, 1, 32))
    plain = read_back(filters_figure(bank)).pixels
    with plt.style.context("dark_background"):
        styled = read_back(filters_figure(bank)).pixels
    assert np.array_equal(plain, styled)


def test_kernels_of_different_shapes_cannot_stand_side_by_side(distinct):
    with pytest.raises(ShapeError, match="kernels of one shape"):
        filters_figure([FilterBank("a", distinct(3, 3, 1, 2)), FilterBank("a", distinct(3, 3, 1, 3))])
    with pytest.raises(ArgumentError, match="got none"):
        filters_figure([])


def test_a_picture_beyond_all_measure_is_refused():
    with pytest.raises(ArgumentError, match="largest side is 60000; draw fewer layers or filters at a time"):
        filters_figure(FilterBank("conv", np.ones((1, 1, 40_000, 1))), limit=None)
