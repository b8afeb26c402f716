"""The network on the page: every box, its maps in the colours of `views`, another input at a click."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from canvases import canvas_cover, canvas_pixels
from playwright.sync_api import expect

from pellucid import Sequential, layers
from pellucid.explorer import Samples, Study, serve
from pellucid.inspection import feature_maps
from pellucid.views.colors import paint


def test_boxes_and_maps(page: Any, study: Study) -> None:
    """Each layer is a box; a thumbnail has the pixels that `views` gives these numbers."""
    assert page.locator(".box").evaluate_all("boxes => boxes.map(b => b.dataset.id)") == [
        "input", "conv", "pool", "flat", "digit",
    ]  # fmt: skip
    (record,) = feature_maps(study.model, study.samples.sample(0), "conv")
    expected = paint(record.maps[..., 2], float(np.abs(record.maps).max()))
    shown = canvas_pixels(page.locator("[data-id=conv] canvas").nth(2))
    assert (shown == expected).all()


def test_another_input(page: Any, study: Study) -> None:
    """A class is chosen on the panel: the answer in the header is what `predict` says of that sample."""
    page.get_by_role("button", name="7", exact=True).click()
    expect(page.locator("#panel p").first).to_contain_text("which is 7")
    number = study.chosen.number
    assert number is not None
    assert study.samples.label(number) == "7"
    scores = np.asarray(study.model.predict(study.samples.x[number : number + 1], verbose=0))[0]
    expect(page.locator("#answer b")).to_contain_text(f"{scores.argmax()}:")


def test_a_layer_in_the_address(page: Any, browser: Any) -> None:
    """A click on a box opens its panel; reloading shows the same again, without the token in the address."""
    page.locator("[data-id=pool]").click()
    page.wait_for_selector("h2:has-text('pool')")
    assert page.url.endswith("#layer=pool&panel=layer")
    assert "token" not in page.url
    page.reload()
    page.wait_for_selector("h2:has-text('pool')")


@pytest.mark.parametrize("shape", [(3, 210), (210, 3), (40, 2, 3), (40, 2, 1), (2, 3, 40, 1), (1, 1)])
def test_maps_stay_in_their_box(browser: Any, shape: tuple[int, ...]) -> None:
    """Long and thin ones too, of any number of axes: no box shows anything beyond its border."""
    model = Sequential([layers.Input(shape), layers.Activation("relu")])
    with serve(Study(model, Samples(np.random.default_rng(0).random((1, *shape), np.float32)))) as served:
        page = browser.new_page()
        page.goto(served.address)
        page.wait_for_selector(".box .map")
        beyond = "box => Math.max(0, ...[...box.querySelectorAll('.map')].map(map => {" + (
            "const [a, b] = [map.getBoundingClientRect(), box.getBoundingClientRect()];"
            "return Math.max(a.bottom - b.bottom, b.top - a.top, a.right - b.right, b.left - a.left, 2 - a.height); }))"
        )
        assert page.locator(".box").evaluate_all(f"boxes => boxes.map({beyond})") == [0, 0]
        page.close()


def test_numbers_on_a_picture_can_be_read(page: Any, study: Study) -> None:
    """Where a picture is black its numbers are white, and black where it is white."""
    page.evaluate("location.hash = '#layer=input&panel=layer'")
    text = page.locator("#panel canvas.text").first
    text.wait_for()
    rows, columns, _ = study.samples.sample(0).shape
    inks = canvas_cover(text).astype(np.float64)
    side = inks.shape[0] // rows
    cells = inks[: rows * side, : columns * side].reshape(rows, side, columns, side, 4)
    ink = (cells[..., :3].mean(-1) * cells[..., 3]).sum((1, 3)) / cells[..., 3].sum((1, 3))
    sample = study.samples.sample(0)[..., 0]
    grey = (sample - min(sample.min(), 0)) / (sample.max() - min(sample.min(), 0))
    assert (grey < 0.3).any() and (grey > 0.8).any()
    assert (ink[grey < 0.3] > 200).all() and (ink[grey > 0.8] < 55).all()
