"""What stands behind # may be of another network, or of nobody: the page shows what there is instead."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from pellucid.explorer import Served


def test_places_that_are_not_there(browser: Any, served: Served) -> None:
    """A panel, a page, a filter, a weight, channels of a sum: the first is shown, and no error is thrown."""
    page = browser.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(served.address)
    page.wait_for_selector("html[data-ready]")
    panel = page.locator("#panel")
    for place, seen, begins in (
        ("panel=constructor", "canvas.large", ""),
        ("panel=layer&layer=conv&page=99", ".large-map .map", "Click a cell"),
        ("panel=layer&layer=conv&page=-1", ".large-map .map", "Click a cell"),
        ("panel=filter&layer=conv&bank=nothing", "button.weight", ""),
        ("panel=filter&layer=conv&filter=9999", "button.weight", ""),
        ("panel=value&layer=conv&value=2,2,1&first=99", ".trio", ""),
    ):
        page.evaluate("(place) => void (location.hash = place)", place)
        expect(panel.locator(seen).first).to_be_visible()
        expect(panel).to_contain_text(begins)
        expect(page.locator("#problem")).to_be_hidden()
    page.evaluate("location.hash = 'panel=constructor&layer=conv&bank=nothing'")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    expect(panel.locator("canvas.large")).to_be_visible()
    page.evaluate("location.hash = 'panel=value&layer=nothing&value=0'")
    expect(page.locator("#problem")).to_contain_text("has no layer 'nothing'")
    page.evaluate("location.hash = 'panel=layer&layer=nothing'")
    expect(panel).to_contain_text("has no layer 'nothing'")
    expect(panel).to_contain_text("Press a box of the network")
    page.evaluate("location.hash = 'panel=layer&layer=conv'")
    expect(panel.locator(".large-map .map")).to_be_visible()
    page.evaluate("location.hash = 'panel=layer&layer=nothing'")
    page.get_by_role("tab", name="Keep").click()
    expect(page.locator("#problem")).to_be_hidden()
    assert problems == []
    page.close()


def test_a_late_choice_does_not_bring_back_the_place_that_was_left(page: Any) -> None:
    """An address that was typed counts at once, also in the moment before the browser tells of it."""
    page.evaluate(
        """async () => {
            const { choose } = await import("/page/store.js");
            location.hash = "panel=filter&layer=conv&filter=3";
            await new Promise((done) => addEventListener("hashchange", () => setTimeout(done), { once: true }));
            location.hash = "panel=value&layer=conv&value=2,2,1";
            choose({ filter: "", bank: "" });  // as the filter's panel does when its answer comes
        }"""
    )
    expect(page.locator("#panel .trio").first).to_be_visible()
    assert "panel=value" in page.url and "value=2,2,1" in page.url


def test_back_and_forward(page: Any) -> None:
    """The browser's own buttons go from panel to panel and from layer to layer, and not away from the page."""
    conv = page.locator('#network [data-id="conv"]')
    conv.click()
    page.locator("#panel .large-map .map").click(position={"x": 20, "y": 20})
    page.locator("#panel .total").first.wait_for()
    page.locator("#panel").press("ArrowRight")
    page.get_by_role("tab", name="Lessons").click()
    page.locator("#panel li button").first.click()
    page.get_by_role("button", name="Next", exact=True).click()
    lesson, chosen = page.locator("#lesson"), page.get_by_role("tab", selected=True)
    expect(lesson).to_contain_text("2 of 3")
    page.go_back()
    expect(lesson).to_contain_text("1 of 3")
    while "lesson=" in page.evaluate("location.hash"):
        page.go_back()
    expect(lesson).to_be_hidden()
    expect(chosen).to_have_text("Lessons")
    page.go_back()
    expect(chosen).to_have_text("Value")
    expect(page.locator(".way b")).to_contain_text("conv[")  # the window that was slid to, not each step of it
    page.go_back()
    expect(chosen).to_have_text("Layer")
    page.go_back()
    expect(chosen).to_have_text("Input")
    expect(conv).to_have_attribute("aria-current", "false")
    page.go_forward()
    expect(chosen).to_have_text("Layer")
    expect(conv).to_have_attribute("aria-current", "true")
