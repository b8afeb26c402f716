"""Descriptions and draws as pictures and text: every number is there, nothing sticks out."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import filterbank, inspection, layers, views

SHAPES = [
    (layers.Conv1D(3, 5, name="c"), (None, 9, 2)),
    (layers.Conv2D(3, 3, name="c"), (None, 6, 6, 1)),
    (layers.Conv2D(3, 11, name="c"), (None, 20, 20, 3)),
    (layers.Conv2D(3, 3, name="c"), (None, 6, 6, 40)),
    (layers.Conv3D(3, 3, name="c"), (None, 6, 6, 6, 2)),
    (layers.Conv2D(3, 1, name="c"), (None, 6, 6, 4)),
]


def _built(layer, shape):
    if not layer.built:
        layer.build(shape)
    return layer


@pytest.mark.parametrize(("layer", "shape"), SHAPES)
@pytest.mark.parametrize("width", [20, 80])
def test_text_fits_and_tells_everything(layer, shape, width):
    seen = inspection.describe(_built(layer, shape).filter(1))
    lines = views.description_text(seen, width=width).splitlines()
    assert max(map(len, lines)) <= width and len(lines) < 200
    words = " ".join(" ".join(lines).split())
    for part in ("frequency", "DC gain", "energy", "symmetry", "resembles", "drawn by GlorotUniform"):
        assert part in words
    name = seen.main.nearest.name.split("(")[0]
    assert name.replace(" ", "") in words.replace(" ", "")  # a long word may have to be broken


@pytest.mark.parametrize(("layer", "shape"), SHAPES)
def test_figure_shows_the_kernel_and_what_it_resembles(layer, shape):
    seen = inspection.describe(_built(layer, shape).filter(1))
    figure = views.description_figure(seen)
    axes = figure.axes[0]
    shown = len(seen.patterns) if len(seen.channels) > 1 else 0
    assert len(axes.images) == 1 + min(len(seen.main.matches), 3) + shown
    texts = [text.get_text() for text in axes.texts]
    assert f"darkest: {np.abs(seen.main.kernel).max():.3g}" in texts
    width, height = figure.get_size_inches() * 100
    for image in axes.images:
        left, right, bottom, top = image.get_extent()
        assert 0 <= left < right <= width and 0 <= top < bottom <= height


def test_the_pixels_are_the_kernel_by_the_drawing_rule():
    seen = inspection.describe(filterbank.sobel_x())
    pixels = views.description_figure(seen).axes[0].images[0].get_array()
    cell = pixels.shape[0] // 3
    assert np.array_equal(pixels[cell // 2 :: cell, cell // 2 :: cell], views.paint(filterbank.sobel_x(), 2.0))


@pytest.mark.parametrize("name", ["glorot_uniform", "he_normal", "orthogonal", "zeros", "sobel_x", "random_normal"])
def test_a_draw_is_drawn_with_its_theory(name):
    layer = _built(layers.Conv2D(8, 3, kernel_initializer=name, name="c"), (None, 6, 6, 4))
    draw = inspection.initial_draw(layer)
    axes = views.initial_draw_figure(draw).axes[1]
    assert [bar.get_height() for bar in axes.patches] == pytest.approx(draw.densities.tolist())
    assert len(axes.lines) == (draw.law is not None)
    if draw.law is not None:
        x, y = axes.lines[0].get_data()
        assert np.allclose(y, draw.law.density(x))
    text = views.initial_draw_text(draw, width=100)
    assert f"{draw.distance:.4f}" in text and max(map(len, text.splitlines())) <= 100
    bars = text.partition("How many")[2].partition(":\n")[2].splitlines()
    assert sum(int(line.split()[-1]) for line in bars) == draw.values.size


def test_after_training_it_says_how_far_the_values_have_come():
    layer = _built(layers.Conv2D(8, 3, name="c"), (None, 6, 6, 4))
    layer.filter(1).set(np.ones((3, 3, 4)))
    text = " ".join(views.initial_draw_text(inspection.initial_draw(layer)).split())
    assert "now distance" in text and "handcrafted: an array (in part)" in text


def test_no_zero_has_a_sign():
    """Of a kernel that is nearly as much odd as even, so that its cosine with itself turned is just below zero."""
    kernel = np.array([[1.0, 0.5], [0.5, -0.25 - 1e-4]])  # 2 * (1 * -0.2501 + 0.5 * 0.5) = -0.0002, of 1.5626
    turned = float((kernel * kernel[::-1, ::-1]).sum() / (kernel**2).sum())
    layer = _built(layers.Conv2D(1, 2, name="c"), (None, 6, 6, 1))
    seen = inspection.describe(layer.filter(0).set(kernel[..., None]))
    assert seen.main.symmetry["half turn"] == pytest.approx(turned, rel=1e-3) and -0.005 < turned < 0
    assert "half turn 0.00" in " ".join(views.description_text(seen).split())
