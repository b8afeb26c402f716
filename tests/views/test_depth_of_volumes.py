"""Slices of volumes along the depth: a line between them that is seen, and what each of them is."""

import numpy as np

from pellucid import inspection, views
from pellucid.views.figures.mosaic import BACKGROUND, arrange, draw
from pellucid.views.figures.overview import tile_pixels


def words_of(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_each_slice_of_a_map_is_named():
    record = inspection.FeatureMaps("c", "Conv3D", np.random.default_rng(0).normal(size=(5, 6, 6, 2)))
    words = words_of(views.maps_figure([record]))
    assert {"0", "0:1", "0:4", "1", "1:4"} <= set(words) and "0:5" not in words
    assert any("5 slices of a map along the depth stand side by side" in each for each in words)
    flat = words_of(views.maps_figure([inspection.FeatureMaps("c", "Conv2D", np.ones((6, 6, 2)))]))
    assert not any("depth" in each or ":1" in each for each in flat)
    html = record._repr_html_()
    assert ">0:4<" in html and ">1:0<" in html


def test_filters_and_overviews_say_how_slices_lie():
    bank = inspection.FilterBank("c", np.random.default_rng(0).normal(size=(2, 3, 3, 2, 4)))
    for figure in (views.filters_figure(bank), views.overview_figure(inspection.overview(bank))):
        assert any("2 slices of a channel along the depth" in each for each in words_of(figure))


def test_the_line_between_slices_is_narrower_than_that_between_maps():
    slices = np.ones((2, 1, 3, 4, 4))
    mosaic = arrange(slices, (200, 900), (12, 0))
    row = draw(slices, np.ones(2), mosaic)[mosaic.corner(0)[1] + 2, :, :]
    is_line = (row == BACKGROUND).all(axis=-1)
    edges = np.flatnonzero(np.diff(is_line.astype(int)))
    widths = np.diff(edges)[1::2].tolist()  # between the first slice and the last
    assert len(widths) == 5 and min(widths) >= 3 and max(widths) == widths[2] >= 3 * widths[0]
    pixels = tile_pixels(np.ones((1, 2, 3, 3)), np.ones(1))[0]
    assert (pixels[5, 1:-1] == BACKGROUND).all(axis=-1).sum() >= 3
