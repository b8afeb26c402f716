"""The page by the keys alone: what is pressed keeps the focus, or what stands beside it has it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from pellucid.explorer import Study


def go(page: Any, place: str) -> None:
    """To another place by its address."""
    page.evaluate("(place) => void (location.hash = place)", place)


def test_a_button_that_slides_can_be_pressed_again(page: Any) -> None:
    """Of a value: at the border, where nothing is left to press, the panel has the focus, and arrow keys go on."""
    go(page, "panel=value&layer=conv&value=2,2,1")
    left = page.get_by_label("One to the left")
    left.focus()
    for column in (1, 0):
        expect(left).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".way b")).to_have_text(f"conv[2, {column}, 1]")
    expect(page.locator("#panel")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".way b")).to_have_text("conv[2, 1, 1]")


def test_from_a_map_to_the_value_and_back(page: Any) -> None:
    """Enter opens a value in another panel, whose keys work at once; Escape leads back."""
    go(page, "panel=layer&layer=conv")
    large = page.locator(".large-map")
    large.focus()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".way b")).to_have_text("conv[1, 0, 0]")
    expect(page.locator("#panel")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".way b")).to_have_text("conv[1, 1, 0]")
    page.keyboard.press("Escape")
    expect(large).to_be_visible()
    expect(page.locator("#panel")).to_be_focused()


def test_undone_to_the_last(page: Any, client: httpx.Client) -> None:
    """Undo can be pressed until there is nothing to undo; then what can be pressed beside it has the focus."""
    for value in (0.25, 0.5):
        client.post("edits", json={"layer": "conv", "number": 0, "do": "numbers", "at": 0, "value": value})
    go(page, "panel=filter&layer=conv")
    undo, redo = (page.get_by_role("button", name=name, exact=True) for name in ("Undo", "Redo"))
    undo.focus()
    page.keyboard.press("Enter")
    expect(redo).to_be_enabled()
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")
    expect(undo).to_be_disabled()
    expect(redo).to_be_focused()
    expect(page.get_by_role("button", name="Reset all")).to_be_disabled()


def test_through_a_lesson(page: Any) -> None:
    """Next is pressed again and again, Back where there is no next, and the panel is there when it ends."""
    go(page, "lesson=0&step=0")
    lesson = page.locator("#lesson")
    following = lesson.get_by_role("button", name="Next")
    following.focus()
    for step in (2, 3):
        expect(following).to_be_focused()
        page.keyboard.press("Enter")
        expect(lesson).to_contain_text(f"{step} of 3")
    expect(lesson.get_by_role("button", name="Back")).to_be_focused()
    lesson.get_by_role("button", name="End the lesson").focus()
    page.keyboard.press("Enter")
    expect(lesson).to_be_hidden()
    expect(page.locator("#panel")).to_be_focused()


@pytest.mark.parametrize("panel", ["compare", "train"])
def test_another_layer_has_no_value_of_the_one_before(page: Any, study: Study, panel: str) -> None:
    """Who chooses a layer in a table goes on there; nothing of the other layer is asked of it."""
    study.training.start(1)
    go(page, f"panel={panel}&layer=conv&value=2,2,1&filter=1&page=3")
    if panel == "train":
        page.get_by_text("Gradients and the next step").click()
    row = page.locator("#panel").get_by_role("button", name="digit").first
    row.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-id=digit]")).to_have_attribute("aria-current", "true")
    page.wait_for_timeout(200)  # for what it asks the server
    expect(row).to_be_focused()
    expect(page.locator("#problem")).to_be_hidden()
    assert "value" not in page.url and "page=3" not in page.url
