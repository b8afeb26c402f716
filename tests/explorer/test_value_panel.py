"""A value touched on the page by clicks and keys: the numbers are those of `predict` and `inspection`."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from canvases import canvas_pixels
from playwright.sync_api import expect

from pellucid.explorer import Study
from pellucid.inspection import arithmetic, feature_maps
from pellucid.views.colors import color_limits, paint


def shown(page: Any, name: str) -> float:
    """A number of the line of sums."""
    return float(page.locator(f"[data-of='{name}'] b").inner_text())


def touch(page: Any, layer: str, at: str) -> None:
    """A value by its address."""
    page.evaluate(f"location.hash = 'layer={layer}&panel=value&value={at}'")
    page.wait_for_selector(f".way b:text-is('{layer}[{at.replace(',', ', ')}]')")


def test_a_cell_is_clicked(page: Any, study: Study) -> None:
    """From a box to its map to a cell: its patch, kernel and products, and what the network computed."""
    page.locator("[data-id=conv]").click()
    page.get_by_role("button", name="Enlarge map 2").click()
    view = page.locator(".large-map .map")
    page.wait_for_selector("figure[aria-current=true] [aria-label='Map 2']", state="attached")
    size = view.bounding_box()["width"] / 6
    view.click(position={"x": 3.5 * size, "y": 1.5 * size})
    page.wait_for_selector("[data-part=products]")
    assert page.url.split("#")[1].startswith("layer=conv")
    record = arithmetic(study.model, "conv", study.chosen.x, (1, 3), 2)
    assert shown(page, "value") == pytest.approx(record.value, rel=1e-3)
    assert shown(page, "total") == pytest.approx(record.total, rel=1e-3)
    cells = page.locator("[data-part=products] .cell").all_inner_texts()
    assert [float(text) for text in cells] == pytest.approx([p.product for p in record.products], rel=0.01, abs=1e-9)
    products = np.array([product.product for product in record.products])
    limit = float(color_limits(products[None])[0])
    first = page.locator("[data-part=products] .cell").nth(0).evaluate("c => c.style.background")
    assert first == "rgb({}, {}, {})".format(*paint(products[:1], limit)[0])
    assert page.locator("[data-id=input] .seen").count() == 1


def test_keys_slide_the_window(page: Any, study: Study) -> None:
    """Arrow keys, Page Up and Down; the field on the input moves with it, at the border it stops."""
    touch(page, "conv", "0,5,0")
    page.locator("#panel").focus()
    for key, at in (
        ("ArrowDown", (1, 5, 0)),
        ("ArrowLeft", (1, 4, 0)),
        ("PageDown", (1, 4, 1)),
        ("ArrowUp", (0, 4, 1)),
    ):
        page.keyboard.press(key)
        page.wait_for_selector(f".way b:text-is('conv[{', '.join(map(str, at))}]')")
        assert shown(page, "value") == pytest.approx(float(study.maps("conv").maps[at]), rel=1e-3, abs=1e-9)
    page.wait_for_selector("[data-id=input] .seen[style*='left: 50%']")
    page.keyboard.press("ArrowUp")
    assert page.url.endswith("value=0%2C4%2C1")
    page.keyboard.press("Escape")
    page.wait_for_selector(".large-map")


def test_back_to_the_pixels_and_again(page: Any, study: Study) -> None:
    """Each term is a button: from a class to a pixel, and back along the crumbs or by Backspace."""
    scores = np.asarray(study.model.predict(study.chosen.x[None], verbose=0))[0]
    touch(page, "digit", "4")
    assert shown(page, "value") == pytest.approx(float(scores[4]), rel=1e-3)
    assert page.get_by_text("softmax:").count() == 1
    for expected in ("flat[", "pool[", "conv[", "input["):
        page.locator(".terms td button, .operands button, [data-part=inputs] button").first.click()
        page.wait_for_selector(f".way b:has-text('{expected}')")
    assert page.locator(".way button").count() == 4
    place = tuple(map(int, page.locator(".way b").inner_text()[len("input[") : -1].split(", ")))
    assert shown(page, "value") == pytest.approx(float(study.chosen.x[place]), rel=1e-3)
    page.locator("#panel").focus()
    page.keyboard.press("Backspace")
    page.wait_for_selector(".way b:has-text('conv[')")
    page.locator(".way button").first.click()
    page.wait_for_selector(".way b:text-is('digit[4]')")


def test_a_true_convolution(page: Any, study: Study) -> None:
    """The kernel is drawn turned, and the sentence says that the sum is the same."""
    touch(page, "conv", "2,2,3")
    value = shown(page, "value")
    upright = page.locator("[data-part=weights] .cell").all_inner_texts()
    page.get_by_role("button", name="as a true convolution").click()
    page.wait_for_selector("[aria-pressed=true]")
    assert page.locator("[data-part=weights] .cell").all_inner_texts() == upright[::-1]
    assert page.get_by_text("the same products and the same sum").count() == 1
    assert shown(page, "value") == value


def test_another_input_under_a_touched_value(page: Any, study: Study) -> None:
    """The panel follows the input; so do the maps beside it, in the colours of `views`."""
    (record,) = feature_maps(study.model, study.samples.sample(11), "pool")
    at = np.unravel_index(record.maps.argmax(), record.maps.shape)
    touch(page, "pool", ",".join(map(str, at)))
    study.choose_sample(11)
    page.wait_for_selector(f"[data-of='the largest'] b:text-is('{float(f'{record.maps.max():.4g}'):g}')")
    drawn = canvas_pixels(page.locator(".two-maps figure canvas").nth(1))
    assert (drawn == paint(record.maps[..., at[-1]], float(record.maps.max()))).all()


def test_a_map_by_keys_alone(page: Any, study: Study) -> None:
    """From the box to the enlarged map, to a cell, to its value; and what else there is to see of it."""
    page.locator("[data-id=conv]").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".large-map .map")
    page.locator(".large-map").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "PageDown"):  # the first shows the cursor
        page.keyboard.press(key)
    page.wait_for_selector(".said:text-is('[1, 1, 1]')")
    page.keyboard.press("Enter")
    page.wait_for_selector(".way b:text-is('conv[1, 1, 1]')")
    page.get_by_text("Back to the pixels").click()
    page.wait_for_selector(".back li:has-text('input[')")
    page.get_by_text("What each channel adds").click()
    page.wait_for_selector("[aria-label='What channel 0 adds']")


def test_on_a_small_screen(page: Any) -> None:
    """At 360 pixels nothing but the panels themselves scrolls sideways."""
    page.set_viewport_size({"width": 360, "height": 740})
    for layer, at in (("conv", "2,2,3"), ("digit", "4")):
        touch(page, layer, at)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
        assert page.evaluate("() => document.scrollingElement.scrollLeft") == 0
        assert page.locator("#panel").evaluate("p => p.scrollWidth <= p.clientWidth"), layer


def test_the_cell_on_another_map(page: Any, study: Study) -> None:
    """The cell that is named is one of the map that is enlarged: of a value in the address its own, then any other."""
    page.evaluate("location.hash = 'panel=layer&layer=conv&value=2,3,1'")
    large, said = page.locator("#panel .large-map"), page.locator("#panel .said")
    expect(large).to_have_attribute("aria-label", re.compile("^Map 1:"))
    expect(said).to_have_text("[2, 3, 1]")
    page.get_by_role("button", name="Enlarge map 4").click()
    expect(said).to_have_text("[2, 3, 4]")
    large.press("Enter")
    expect(page.locator("#panel .way b")).to_have_text("conv[2, 3, 4]")
    number = page.locator("[data-of='value'] b")
    expect(number).to_have_text(f"{study.maps('conv').maps[2, 3, 4]:.4g}")
