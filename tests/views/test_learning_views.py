"""How a filter learns, drawn and written: the numbers are the records', the pictures obey the drawing rule."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

import pellucid
from pellucid import Sequential, callbacks, inspection, layers, views
from pellucid.errors import ArgumentError
from pellucid.inspection import FilterFilm, FilterUpdate, Flow, GradientFlow, Influence
from tests.views.conftest import expected_color

AXES = ("rows", "columns", "channels")


@cache
def _records() -> dict[str, Any]:
    """One of each kind, of a small training."""
    pellucid.set_random_seed(0)
    x, y = np.random.default_rng(0).random((24, 6, 6, 1)).astype(np.float32), np.arange(24) % 3
    model = Sequential([
        layers.Input((6, 6, 1)), layers.Conv2D(4, 3, activation="relu", name="conv"), layers.Flatten(),
        layers.Dense(3, activation="softmax"),
    ])  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy")
    history = callbacks.FilterHistory(states=3)
    model.fit(x, y, epochs=3, batch_size=8, verbose=0, callbacks=history)
    ask = {"recorded": history, "batch_size": 8}
    return {
        "gradient": inspection.kernel_gradient(model, x, y, "conv", 2),
        "update": inspection.update(model, x, y, "conv", 2),
        "influence": inspection.influence(model, x, y, "conv", 2, **ask),
        "images": inspection.influence(model, x, y, "conv", 2, by="image", **ask),
        "film": inspection.filter_film(history, "conv"),
        "flow": inspection.gradient_flow(model, x, y, points=3),
        "influential": inspection.influential_images(model, x, y, x[0], 0, recorded=history),
    }


@pytest.mark.parametrize("name", ["gradient", "update", "influence", "images", "film", "flow", "influential"])
def test_each_shows_itself_everywhere(name: str) -> None:
    record = _records()[name]
    page, picture = record._repr_html_(), record._repr_png_()
    assert page.startswith("<div") and "<script" not in page and "http" not in page.replace("http://www.w3.org", "")
    assert len(page) < 1_000_000
    width, height = PIL.Image.open(io.BytesIO(picture)).size
    assert 300 < width < 2000 and 100 < height < 4000
    assert str(record).splitlines()[0].strip()
    assert str(record) != repr(record)
    told = json.loads(record.to_json())
    assert told["record"] == type(record).__name__
    assert told["axes"] == list(record.axes)


def _change() -> Influence:
    parts = np.array([[[[2.0], [0.0]]], [[[-0.5], [1.0]]], [[[0.0], [0.25]]]])
    before, after = np.zeros((1, 2, 1)), parts.sum(axis=0)
    names = ("0", "1", "weight_decay")
    return Influence("c", "Conv2D", 3, "Adam", (0, 9), "class", names, 2, (5, 4), parts, before, after, AXES)


def test_parts_are_painted_on_one_scale(read_back: Any) -> None:
    picture = read_back(views.influence_figure(_change()))
    assert {"class 0", "class 1", "weight decay", "all together", "before", "after"} <= set(picture.texts)
    for value in (2.0, -0.5, 1.0, 0.25):
        assert picture.count(expected_color(value, 2.0)) > 0, value


def test_parts_as_text_tell_shares_and_distances() -> None:
    lines = views.influence_text(_change()).splitlines()
    change = np.array([1.5, 1.25])
    for name, part in (("class 0", [2.0, 0.0]), ("class 1", [-0.5, 1.0]), ("weight decay", [0.0, 0.25])):
        (line,) = (each for each in lines if each.endswith(name))
        share = np.dot(part, change) / np.dot(change, change)
        assert float(line.split("%")[0]) == pytest.approx(100 * share, abs=0.06)
        assert float(line.split("%")[1].split()[0]) == pytest.approx(np.linalg.norm(part), rel=5e-3)
    assert lines[0] == "c, filter 3: who wrote it in 9 steps of Adam (0 to 9), by class"


def test_of_many_images_the_strongest_are_told_and_the_rest_together() -> None:
    record = _records()["images"]
    text = views.influence_text(record, limit=3)
    assert sum(" image " in line for line in text.splitlines()) == 3
    assert f"{record.groups - 3} others" in text
    shares = [float(line.split("%")[0]) for line in text.splitlines() if "%" in line and "|" in line]
    assert sum(shares[:-1]) == pytest.approx(100.0, abs=0.5)


def test_an_update_that_does_nothing_can_be_drawn() -> None:
    nothing = np.zeros((2, 3, 3, 1))
    record = FilterUpdate("c", "Conv2D", 0, "SGD", 0, ("loss", "momentum"), nothing, nothing[0], nothing[0], AXES)
    assert "Nothing changes" in views.update_text(record)
    assert "100.0%" not in views.update_text(record)
    views.update_figure(record)


def test_the_gradient_tells_its_products() -> None:
    record = _records()["gradient"]
    text = views.kernel_gradient_text(record, limit=2)
    entry = tuple(np.unravel_index(np.argmax(np.abs(record.gradient)), record.gradient.shape))
    push = record.pushes(tuple(map(int, entry)), 1)[0]
    assert f"image {push.image} at {push.position}" in text
    assert "does not slide" in views.kernel_gradient_text(replace(record, correlations=()))
    views.kernel_gradient_figure(replace(record, correlations=()))


def _film(*spatial: int, channels: int = 1, filters: int = 2) -> FilterFilm:
    frames = np.linspace(-1, 1, 5).reshape(5, *(1,) * (len(spatial) + 2)) * np.ones((5, *spatial, channels, filters))
    return FilterFilm("c", "Conv2D", (0, 10, 20, 30, 45), frames, AXES[: len(spatial)] + AXES[2:])


def test_a_film_as_a_gif_has_every_frame_in_its_colours(tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    views.save_film(_film(3, 3), path, seconds=1.0)
    with PIL.Image.open(path) as image:
        assert image.n_frames == 5
        for place, value in enumerate((-1.0, -0.5, 0.0, 0.5, 1.0)):
            image.seek(place)
            pixels = np.asarray(image.convert("RGB")).reshape(-1, 3).astype(int)
            near = np.abs(pixels - np.array(expected_color(value, 1.0))).max(axis=1) <= 8  # of a palette of 64
            assert near.sum() >= 2 * 9 * 14 * 14, value


def test_a_film_as_a_page_has_a_slider_and_needs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "film.html"
    views.save_film(_film(3, 3), path)
    page = path.read_text("utf-8")
    assert 'type="range" min="0" max="4"' in page
    assert page.count("data:image/png;base64,") == 5
    assert "http" not in page
    assert "step 45: 6 from the beginning" in page  # the root of 9 times 2 squared
    with pytest.raises(ArgumentError, match="format of a film"):
        views.save_film(_film(3, 3), tmp_path / "film.mov")


@pytest.mark.parametrize("spatial", [(), (5,), (3, 3), (2, 3, 3)])
@pytest.mark.parametrize("channels", [1, 40])
def test_films_of_all_shapes_are_drawn(spatial: tuple[int, ...], channels: int, tmp_path: Path) -> None:
    frames = np.random.default_rng(0).normal(size=(3, *spatial, channels, 6))
    film = FilterFilm("c", "Conv", (0, 5, 9), frames, (*(f"axis {n}" for n in range(len(spatial))), "channels"))
    assert "6 filters" in views.film_text(film)
    assert views.film_figure(film, frames=2).axes
    views.save_film(film, tmp_path / "film.gif")


def test_the_flow_of_two_models_has_one_scale() -> None:
    flows = (Flow("a", ("x", "y"), np.array([[1.0, 10.0]] * 2), (1, 1)), Flow("b", ("x",), np.array([[0.0]] * 2), (1,)))
    record = GradientFlow((0, 5), flows)
    first, second = views.gradient_flow_figure(record).axes
    assert first.get_ylim() == second.get_ylim() == (0.5, 20.0)
    np.testing.assert_allclose(first.lines[1].get_ydata(), [10.0, 10.0])
    assert "first layer gets 0.1 times" in views.gradient_flow_text(record)


def test_influential_images_say_that_they_are_an_estimate() -> None:
    record = _records()["influential"]
    text = views.influential_images_text(record)
    assert "An estimate (TracIn)" in text
    best = int(np.argmax(record.scores))
    assert f"    {best}, class {best % 3}: " in text
    assert "TracIn" in " ".join(each.get_text() for each in views.influential_images_figure(record).axes[0].texts)


def test_the_title_of_one_flow_is_whole() -> None:
    """The figure is as wide as its title, however narrow its panel."""
    record = GradientFlow((0, 5000), (Flow("a", ("x", "y"), np.array([[1.0, 10.0]] * 2), (1, 1)),))
    figure = views.gradient_flow_figure(record)
    figure.canvas.draw()
    assert figure.texts[0].get_window_extent().x1 < figure.get_size_inches()[0] * figure.dpi


def test_a_filter_that_reads_images_is_shown_them_as_photographs(read_back: Any) -> None:
    """The greys of the image that pushed most, not the orange of numbers."""
    record = _records()["gradient"]
    assert record.reads_image
    by_image = record.by_image().reshape(24, -1)
    strongest = int(np.argmax(np.abs(by_image @ record.gradient.ravel())))
    image = np.rint(record.correlations[0].inputs[strongest][..., 0] * 255).astype(int)
    picture = read_back(views.kernel_gradient_figure(record, limit=1))
    assert all(picture.count((value, value, value)) for value in np.unique(image).tolist())
    assert not inspection.KernelGradient(
        "c", "Conv1D", 0, 1.0, np.ones((1, 1)), np.ones((1, 1)), np.zeros((1, 1)), (), ("taps", "channels")
    ).reads_image


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_parts_that_are_no_numbers(number: float) -> None:
    """A training that has diverged is shown as such: no bar, no share, and what to do."""
    before, parts = np.ones((2, 1)), np.array([[[0.5], [number]], [[0.25], [0.0]]])
    told = "conv", "Conv1D", 0, "SGD", 7, ("loss", "decay")
    step = FilterUpdate(*told, parts, before, before + parts.sum(axis=0), ("taps", "channels"))
    text = str(step)
    assert "Some of it is NaN or infinite" in " ".join(text.split()) and "NaN" in text and "nan%" not in text
    assert views.update_figure(step) is not None and "NaN" in step._repr_html_()
