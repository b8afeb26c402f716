"""The page as a whole: what it weighs, what a screen reader finds, and whether it fits narrow and wide screens.

`EXPLORER_PICTURES=folder` keeps a picture of every panel at three widths, light and dark; `make test` has them in
build/explorer.
"""

from __future__ import annotations

import os
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from held import meanwhile
from playwright.sync_api import expect

from pellucid.explorer import Served
from pellucid.explorer.app import PAGE

AXE = files("axe_playwright_python") / "axe.min.js"
WIDTHS = (360, 1280, 3840)
MOST_BYTES = 300_000


def test_it_is_light() -> None:
    """Page, style and scripts together."""
    assert sum(path.stat().st_size for path in PAGE.iterdir()) < MOST_BYTES


def test_nothing_comes_from_elsewhere() -> None:
    """No address of another server in any file."""
    for path in PAGE.iterdir():
        addresses = [word for word in path.read_text().split() if "://" in word and "www.w3.org/2000/svg" not in word]
        assert addresses == [], path.name


def _opened(page: Any, word: str) -> None:
    """Another panel, with a layer and a value chosen."""
    page.get_by_role("tab", name=word, exact=True).click()
    page.wait_for_timeout(150)  # for what it asks the server


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(browser: Any, served: Served, scheme: str) -> None:
    """Axe finds nothing wrong on any panel."""
    page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme=scheme)
    page.goto(f"{served.address}#layer=conv&value=2,2,1&filter=1&lesson=1")
    page.wait_for_selector("html[data-ready]")
    page.evaluate(AXE.read_text())
    rules = {"runOnly": ["color-contrast"]} if scheme == "dark" else {}  # all else is the same in both
    for word in page.get_by_role("tab").all_text_contents():
        _opened(page, word)
        found = page.evaluate("rules => axe.run(document, rules)", rules)["violations"]
        assert [(word, each["id"], each["nodes"][0]["html"]) for each in found] == []
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_fits(browser: Any, served: Served, width: int) -> None:
    """The page itself never scrolls sideways, whatever panel is shown; its parts may."""
    kept = os.environ.get("EXPLORER_PICTURES")
    for scheme in ("light", "dark") if kept else ("light",):
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page.goto(f"{served.address}#layer=conv&value=2,2,1&filter=1")
        page.wait_for_selector("html[data-ready]")
        for word in page.get_by_role("tab").all_text_contents():
            _opened(page, word)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, word
            if kept:
                page.screenshot(path=Path(kept) / f"{word.lower()}-{width}-{scheme}.png")
        page.close()


@pytest.mark.parametrize("size", [(240, 320), (640, 300), (640, 400)])  # the last: 1280x800, enlarged to 200%
def test_a_low_window(browser: Any, served: Served, size: tuple[int, int]) -> None:
    """Network and panel keep a size to work in; the page scrolls to what is below."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(f"{served.address}#layer=conv&value=2,2,1&panel=value")
    page.wait_for_selector("html[data-ready]")
    for part in ("#network", "#panel"):
        assert page.locator(part).bounding_box()["height"] >= 150, part
    page.get_by_role("tab", name="Keep", exact=True).click()
    page.locator("#panel").get_by_role("button", name="Copy this place").click()
    expect(page.locator("#panel")).to_contain_text("This place: #")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    page.close()


def test_a_cell_on_a_large_screen(browser: Any, served: Served) -> None:
    """Where all is drawn larger, a click still meets the cell that is below it."""
    page = browser.new_page(viewport={"width": 3840, "height": 2160})
    page.goto(f"{served.address}#layer=conv&panel=layer&map=2")
    page.wait_for_selector("html[data-ready]")
    page.locator("#panel .large-map .map").first.wait_for()
    box = page.locator("#panel .large-map canvas").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 5.5 / 6, box["y"] + box["height"] * 3.5 / 6)
    expect(page.locator(".way b")).to_have_text("conv[3, 5, 2]")
    page.close()


def test_tabs_by_keys(page: Any) -> None:
    """One stop on the way of the Tab key; arrows go around, Home and End to the ends, and what is reached is shown."""
    tabs = page.get_by_role("tab")
    names = tabs.all_text_contents()
    assert tabs.evaluate_all("all => all.filter((tab) => tab.tabIndex === 0).length") == 1
    tabs.first.focus()
    for key, name in (("ArrowLeft", names[-1]), ("ArrowRight", names[0]), ("ArrowRight", names[1]),
                      ("End", names[-1]), ("Home", names[0])):  # fmt: skip
        page.keyboard.press(key)
        chosen = page.get_by_role("tab", selected=True)
        expect(chosen).to_have_text(name)
        expect(chosen).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#panel")).to_be_focused()


def test_scripts_are_asked_for_at_once() -> None:
    """The page names all modules that its first picture needs, so that the browser need not read one to learn of the
    next; and no others, which come when it is there."""
    named = re.findall(r'<link rel="modulepreload" href="/page/([\w.]+)">', (PAGE / "index.html").read_text())
    needed, left = set[str](), ["main.js"]
    while left:
        found = set(re.findall(r'^import [^;]* from "/page/([\w.]+)";', (PAGE / left.pop()).read_text(), re.MULTILINE))
        left += found - needed
        needed |= found
    assert named == sorted(needed)
    assert not any(name.endswith("_panel.js") for name in named)


def test_panels_are_loaded_when_the_page_is_there(page: Any) -> None:
    """Somebody who goes to a panel before it is loaded sees it when it is; the others come by themselves."""
    loaded = "performance.getEntriesByType('resource').filter((each) => /_panel.js$/.test(each.name)).length"
    page.wait_for_function(f"() => {loaded} === {len(list(PAGE.glob('*_panel.js')))}")


def test_a_panel_that_cannot_be_loaded_is_told_and_asked_for_again(browser: Any, served: Served) -> None:
    """Where the server is gone for a moment, and somebody goes to a panel that is not there yet."""
    with browser.new_context() as context:
        page, refused = context.new_page(), [True]
        page.route("**/page/*_panel.js", lambda route: route.abort() if refused else route.continue_())
        page.goto(served.address)
        expect(page.locator("#problem")).to_contain_text("this panel cannot be shown")
        refused.clear()
        page.get_by_role("tab", name="Filter").click()
        expect(page.locator("#panel canvas").first).to_be_visible()
        expect(page.locator("#problem")).to_be_hidden()
        page.get_by_role("tab", name="Input").click()
        expect(page.locator("#panel canvas").first).to_be_visible()


def test_a_panel_that_did_not_come_ahead(browser: Any, served: Served) -> None:
    """Is no trouble of who looks at another; and where somebody goes to it, pressing its tab again asks again."""
    with browser.new_context() as context:
        page, refused, asked = context.new_page(), [True], list[str]()

        def refuse(route: Any) -> None:
            asked.append(route.request.url)
            if refused:
                route.abort()
            else:
                route.continue_()

        page.route("**/page/filter_panel.js", refuse)
        page.goto(served.address)
        meanwhile(page, lambda: bool(asked))
        page.wait_for_timeout(100)
        expect(page.locator("#problem")).to_be_hidden()
        tab = page.get_by_role("tab", name="Filter")
        tab.click()
        expect(page.locator("#problem")).to_contain_text("this panel cannot be shown")
        refused.clear()
        tab.click()
        expect(page.locator("#panel canvas").first).to_be_visible()
        expect(page.locator("#problem")).to_be_hidden()


def test_the_first_panel_does_not_come(browser: Any, served: Served) -> None:
    """All else is there nevertheless, a lesson too, and nothing is thrown that nobody catches."""
    with browser.new_context() as context:
        page, thrown = context.new_page(), list[str]()
        page.on("pageerror", lambda error: thrown.append(str(error)))
        page.route("**/page/layer_panel.js", lambda route: route.abort())
        page.goto(f"{served.address}#panel=layer&layer=conv&lesson=1&step=0")
        page.wait_for_selector("html[data-ready]")
        expect(page.locator("#problem")).to_contain_text("this panel cannot be shown")
        expect(page.locator("#lesson")).to_be_visible()
        assert thrown == []


def test_a_mistake_of_the_page_is_told(browser: Any, served: Served) -> None:
    """A panel that came and does not run, and what is thrown later: nobody sits before a still picture."""
    with browser.new_context() as context:
        page = context.new_page()
        broken = "throw new RangeError('broken on purpose');"
        page.route("**/page/filter_panel.js", lambda r: r.fulfill(body=broken, content_type="text/javascript"))
        page.goto(served.address)
        page.wait_for_selector("html[data-ready]")
        page.get_by_role("tab", name="Filter").click()
        problem = page.locator("#problem")
        expect(problem).to_contain_text("mistake of its own (RangeError: broken on purpose). Load it again")
        page.get_by_role("tab", name="Input").click()
        expect(page.locator("#panel canvas").first).to_be_visible()
        expect(problem).to_be_hidden()
        page.evaluate("setTimeout(() => null.broken, 0)")
        expect(problem).to_contain_text("mistake of its own (TypeError")


def test_many_pages_of_one_browser(browser: Any, served: Served) -> None:
    """One of them listens for all, since a browser makes few connections to a server; where it goes, another does."""
    with browser.new_context() as context:
        first, second = context.new_page(), context.new_page()
        for page in (first, second):
            page.goto(f"{served.address}#panel=train")
            page.wait_for_selector("html[data-ready]")
        assert len(served.study.events._subscriptions) == 1
        for step, gone in ((1, None), (2, first)):
            if gone is not None:
                gone.close()
            served.study.training.start(1)
            for page in {first, second} - {gone}:
                expect(page.locator(".training-status")).to_contain_text(f"Paused: step {step},")
