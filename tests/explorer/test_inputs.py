"""Inputs from everywhere: mistakes, files, drawings; and what is no input."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from canvases import canvas_pixels
from PIL import Image
from playwright.sync_api import expect

from pellucid import Sequential, layers
from pellucid.data.images.files import read_image
from pellucid.explorer import Samples, Served, Study, serve
from pellucid.explorer.inputs import next_mistake
from pellucid.views.colors import paint


def _png(pixels: np.ndarray) -> bytes:
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG")
    return written.getvalue()


def test_mistakes(study: Study) -> None:
    """The next one, from the beginning again behind the last: as `predict` over all samples tells."""
    said = np.asarray(study.model.predict(np.asarray(study.samples.x, np.float32), verbose=0)).argmax(axis=1)
    assert study.samples.y is not None
    wrong = np.flatnonzero(said != study.samples.y)
    assert next_mistake(study) == wrong[0]
    assert next_mistake(study, int(wrong[3])) == wrong[4]
    assert next_mistake(study, int(wrong[-1])) == wrong[0]
    right = Study(study.model, Samples(study.samples.x, said))
    with pytest.raises(ValueError, match="gets all 360 of them right"):
        next_mistake(right)


def test_a_file(client: httpx.Client, study: Study, tmp_path: Path) -> None:
    """Read as `pellucid predict` reads it: upright, scaled, 0..1."""
    pixels = np.random.default_rng(0).integers(0, 256, (30, 20, 3), np.uint8)
    (tmp_path / "x.png").write_bytes(_png(pixels))
    assert client.post("input/file", content=_png(pixels)).status_code == 200
    expected = read_image(tmp_path / "x.png", size=(8, 8), channels=1) / np.float32(255)
    assert np.allclose(study.chosen.x, expected, atol=1e-7)
    assert study.chosen.source == "file"


def test_what_is_no_image(client: httpx.Client, study: Study) -> None:
    """It is said, and the input stays."""
    for content, said in (
        (b"", "is not a JPEG, PNG"),
        (b"hello", "is not a JPEG, PNG"),
        (_png(np.zeros((8, 8), np.uint8))[:40], "begins as a PNG image and is damaged"),
        (b"GIF89a" + b"\xff" * 99, "begins as a GIF image and is damaged"),
    ):
        answer = client.post("input/file", content=content)
        assert answer.status_code == 400
        assert f"what was sent {said}" in answer.json()["error"]
    assert study.version == 0
    for query, body in (("rows=8&columns=8&source=drawing", b"abc"), ("rows=0&columns=8&source=drawing", b"")):
        assert client.post(f"input/pixels?{query}", content=body).status_code == 400
    assert client.post("input/pixels?rows=1&columns=1&source=elsewhere", content=b"abcd").status_code == 400


def test_an_image_that_is_too_large(client: httpx.Client) -> None:
    """Is refused in our words alone: what libraries warn of, with their paths, is for nobody."""
    written = io.BytesIO()
    Image.new("1", (12_000, 9_000)).save(written, "PNG")  # so large that Pillow warns of it, too
    answer = client.post("input/file", content=written.getvalue())
    said = "what was sent declares 12,000 x 9,000 pixels; at most 64,000,000 pixels are accepted. Scale it down first"
    assert (answer.status_code, answer.json()["error"]) == (400, said)


@pytest.mark.parametrize("channels_first", [False, True])
def test_colours_and_orders_of_axes(channels_first: bool) -> None:
    """A picture is brought into the order and the range that the samples have."""
    form = "channels_first" if channels_first else "channels_last"
    shape = (3, 6, 6) if channels_first else (6, 6, 3)
    model = Sequential([layers.Input(shape), layers.Conv2D(2, 3, data_format=form)])
    study = Study(model, Samples(np.full((1, *shape), 255.0)))
    assert study.entry().size == (6, 6, 3)


def test_drawing(page: Any, study: Study) -> None:
    """A stroke of the mouse is the input, and the answer in the header follows."""
    board = page.locator(".board")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 112)
    page.mouse.down()
    page.mouse.move(box["x"] + 190, box["y"] + 112, steps=6)
    page.mouse.up()
    expect(page.locator("#panel p").first).to_contain_text("A drawing")
    assert study.chosen.source == "drawing"
    drawn = study.chosen.x[..., 0]
    assert drawn[3:5, 2:6].min() > 0.3  # a bar across the middle, white on black as the samples are
    assert drawn[[0, 1, 6, 7]].max() == 0


def test_dropping_and_typing(page: Any, study: Study, tmp_path: Path) -> None:
    """A file from the dialogue; then a number from the keyboard."""
    (tmp_path / "x.png").write_bytes(_png(np.full((8, 8), 200, np.uint8)))
    page.locator("input[type=file]").set_input_files(tmp_path / "x.png")
    expect(page.locator("#panel p").first).to_contain_text("A file")
    assert np.allclose(study.chosen.x, 200 / 255)
    page.get_by_label("Number of the sample").fill("17")
    page.keyboard.press("Enter")
    expect(page.locator("#panel p").first).to_contain_text("Sample 17")
    assert study.chosen.number == 17


def test_news_do_not_replace_what_is_being_typed(page: Any, study: Study) -> None:
    """Another page chooses a sample meanwhile: the picture follows, the field keeps its digits until they are sent."""
    page.get_by_role("tab", name="Input").click()
    told, field = page.locator("#panel p").first, page.get_by_label("Number of the sample")
    expect(field).to_have_value("0")
    field.fill("17")
    study.choose_sample(5)
    expect(told).to_contain_text("Sample 5 of")
    expect(field).to_have_value("17")
    page.keyboard.press("Enter")
    expect(told).to_contain_text("Sample 17 of")
    study.choose_sample(4)
    expect(field).to_have_value("4")


def test_models_without_pictures(served: Served) -> None:
    """A model of series has no board, and files are refused with a sentence."""
    model = Sequential([layers.Input((16, 2)), layers.Conv1D(3, 3)])
    study = Study(model, Samples(np.ones((4, 16, 2))))
    assert study.entry().size is None


@pytest.mark.parametrize("shape", [(16, 3), (5,), (4, 6, 5, 1)])
def test_numbers_are_drawn_as_they_lie(browser: Any, shape: tuple[int, ...]) -> None:
    """A series channel by channel, a row as a row, a volume plane by plane; where there are no weights, too."""
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype(np.float32)
    model = Sequential([layers.Input(shape), layers.ReLU(name="relu")])
    planes = {2: lambda x: list(x.T[:, np.newaxis]), 1: lambda x: [x[np.newaxis]], 4: lambda x: list(x[..., 0])}[
        len(shape)
    ]
    with serve(Study(model, Samples(x))) as served:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"{served.address}#panel=filter")
        page.wait_for_selector("html[data-ready]")
        expect(page.locator("#panel")).to_contain_text("no weights")
        served.study.choose_sample(1)
        page.get_by_role("tab", name="Input", exact=True).click()
        drawn = page.locator("#panel .mosaic canvas")
        expect(drawn).to_have_count(len(planes(x[1])))
        for place, plane in enumerate(planes(x[1])):
            assert (canvas_pixels(drawn.nth(place)) == paint(plane, float(np.abs(x[1]).max()))).all()
        assert problems == []
        page.close()


def test_the_next_mistake(page: Any, study: Study) -> None:
    """A click goes from mistake to mistake, as `predict` tells them."""
    expect(page.locator("#panel p").first).to_contain_text("Sample 0 of")
    first = next_mistake(study, 0)
    for number in (first, next_mistake(study, first)):
        page.get_by_role("button", name="Next mistake").click()
        expect(page.locator("#panel p").first).to_contain_text(f"Sample {number} of")
        assert study.chosen.number == number


def test_the_camera(page: Any, study: Study) -> None:
    """Its picture is the input, in the range of the samples, again and again until it is stopped."""
    page.get_by_role("button", name="Use the camera").click()
    expect(page.locator("#panel p").first).to_contain_text("The camera's picture")
    assert study.chosen.source == "camera"
    assert 0 <= study.chosen.x.min() < study.chosen.x.max() <= 1
    seen = study.version
    expect(page.get_by_role("button", name="Stop the camera")).to_be_visible()
    for _ in range(200):
        if study.version > seen:
            break
        page.wait_for_timeout(50)
    assert study.version > seen
    page.get_by_role("button", name="Stop the camera").click()
    page.wait_for_timeout(300)  # a last picture may be on its way
    page.get_by_label("Number of the sample").fill("3")
    page.keyboard.press("Enter")
    expect(page.locator("#panel p").first).to_contain_text("Sample 3 of")
