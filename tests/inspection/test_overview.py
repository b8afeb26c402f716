"""Overviews of deep layers, held to NumPy: which filters and slices are shown, and what they are made of."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import inspection, layers, views
from pellucid.errors import ArgumentError, ArgumentTypeError
from pellucid.inspection import FilterBank
from pellucid.views.scales import overview_limits

RNG = np.random.default_rng(0)
KERNELS = [(5, 6, 9), (3, 3, 7, 40), (3, 3, 1, 3), (2, 3, 3, 5, 6), (1, 1, 20, 10), (12, 4)]


@pytest.mark.parametrize("shape", KERNELS, ids=str)
def test_the_strongest_come_first(shape):
    kernel = RNG.normal(size=shape) * RNG.uniform(0.1, 3, shape[-2:])
    seen = inspection.overview(FilterBank("c", kernel), most_filters=4, most_slices=3)
    energies = np.square(kernel).reshape(-1, *shape[-2:]).sum(axis=0)
    assert seen.numbers == tuple(np.argsort(-energies.sum(axis=0))[:4].tolist())
    assert np.allclose(seen.norms, np.sqrt(energies.sum(axis=0)))
    for place, number in enumerate(seen.numbers):
        order = np.argsort(-energies[:, number])[:3]
        assert seen.channels[place].tolist() == order.tolist()
        assert np.allclose(seen.shares[place], energies[order, number] / energies[:, number].sum())
        for step, channel in enumerate(order):
            assert np.array_equal(seen.slices[place, step], kernel[..., channel, number])


@pytest.mark.parametrize("shape", KERNELS, ids=str)
def test_components_are_those_of_the_singular_values(shape):
    kernel = RNG.normal(size=shape)
    seen = inspection.overview(FilterBank("c", kernel))
    rows = kernel.reshape(-1, shape[-1] * shape[-2]).T
    _, sizes, patterns = np.linalg.svd(rows, full_matrices=False)
    count = len(seen.component_shares)
    assert np.allclose(seen.component_shares, (sizes**2 / (sizes**2).sum())[:count])
    assert count == min(8, len(sizes))
    assert np.allclose(np.abs((seen.components.reshape(count, -1) * patterns[:count]).sum(axis=1)), 1.0)
    one = np.linalg.svd(kernel[..., seen.numbers[0]].reshape(-1, shape[-2]), compute_uv=False)
    assert seen.filter_shares[0] == pytest.approx(one[0] ** 2 / (one**2).sum())


def test_one_filter_is_unfolded():
    bank = FilterBank("c", RNG.normal(size=(3, 3, 50, 8)))
    seen = inspection.overview(bank, 5)
    assert seen.numbers == (5,) and sorted(seen.channels[0].tolist()) == list(range(50))
    assert seen.shares.sum() == pytest.approx(1.0)
    assert views.overview_text(seen).startswith("c, filter 5: all its 50 slices of 3x3")


def test_zeros_have_an_overview_too():
    seen = inspection.overview(FilterBank("c", np.zeros((3, 3, 4, 6))))
    assert seen.component_shares == (0.0,) and not seen.shares.any()
    views.overview_figure(seen)


def test_bad_arguments_are_told():
    layer = layers.Conv2D(4, 3, name="c")
    layer.build((None, 6, 6, 2))
    with pytest.raises(ArgumentError, match='"c" has filters 0 to 3, got 4'):
        inspection.overview(layer, 4)
    with pytest.raises(ArgumentError, match="most_slices must be at least 1, got 0"):
        inspection.overview(layer, most_slices=0)
    with pytest.raises(ArgumentTypeError, match="overview takes a layer"):
        inspection.overview(3)
    with pytest.raises(ArgumentError, match="did you mean 'slice'"):
        views.overview_figure(inspection.overview(layer), scale="slices")


@pytest.mark.parametrize("scale", ["layer", "filter", "slice"])
def test_the_pixels_follow_the_scale_that_is_stated(scale):
    kernel = RNG.normal(size=(3, 3, 10, 6))
    seen = inspection.overview(FilterBank("c", kernel), most_slices=4)
    figure = views.overview_figure(seen, scale=scale)
    texts = " ".join(text.get_text() for text in figure.axes[0].texts)
    assert {"layer": "one scale for the whole layer", "filter": "each filter on", "slice": "each slice on"}[
        scale
    ] in texts
    pixels = figure.axes[0].images[1].get_array()
    limits = {
        "layer": np.abs(seen.slices).max(),
        "filter": np.abs(seen.slices[0]).max(),
        "slice": np.abs(seen.slices[0, 0]).max(),
    }
    expected = views.paint(seen.slices[0, 0], limits[scale])
    rows = np.flatnonzero((pixels == expected[0, 0]).all(axis=2).any(axis=1))
    cell = 34 // 3
    top = rows[0]
    left = np.flatnonzero((pixels[top] == expected[0, 0]).all(axis=1))[0]
    found = pixels[top + cell // 2 :: cell, left + cell // 2 :: cell][:3, :3]
    assert np.array_equal(found, expected)


def test_deep_layers_are_short_in_the_terminal_and_quick_to_see():
    bank = FilterBank("c", RNG.normal(size=(3, 3, 512, 512)))
    assert len(views.overview_text(inspection.overview(bank))) < 20_000
    assert len(views.overview_text(inspection.overview(bank, 3))) < 40_000
    assert len(views.overview_text(inspection.overview(bank, most_filters=512, most_slices=512))) < 40_000
    text = views.filters_text(bank)
    assert len(text) < 20_000 and text.endswith("limit=None shows all.")


def test_numbers_of_many_slices_do_not_overlap():
    seen = inspection.overview(FilterBank("c", RNG.normal(size=(3, 3, 2000, 40))), most_filters=20, most_slices=8)
    figure = views.overview_figure(seen)
    canvas = figure.canvas.get_renderer()
    boxes = [text.get_window_extent(canvas) for text in figure.axes[0].texts]
    for place, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[place + 1 :])


def test_the_largest_weight_is_that_of_the_layer_whatever_is_shown():
    """One scale for the whole layer: two filters that are unfolded have the same colours for the same numbers."""
    kernel = RNG.normal(size=(3, 3, 8, 4))
    kernel[0, 0, 0, 0] = 50.0
    bank = FilterBank("c", kernel)
    for seen in (inspection.overview(bank), inspection.overview(bank, 3), inspection.overview(bank, most_slices=1)):
        assert seen.largest == 50.0
        assert (overview_limits(seen, "layer") == 50.0).all()
        assert "up to 50" in views.overview_text(seen).replace("\n", " ")
    apart = overview_limits(inspection.overview(bank, 3), "filter")
    assert apart.max() == pytest.approx(np.abs(kernel[..., 3]).max())
