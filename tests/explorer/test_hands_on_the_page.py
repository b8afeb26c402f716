"""Keys where a box or a slide has the focus, a finger that paints, and a camera that is given too late."""

from __future__ import annotations

from typing import Any

import numpy as np
from held import meanwhile
from playwright.sync_api import expect
from trainings import rest, wait_for

from pellucid.explorer import Served, Study


def test_keys_beside_fields_that_take_no_text(page: Any, study: Study) -> None:
    """Ctrl-Z and Ctrl-Y on the box "Paint with", a letter on the slide of the past; a field for text has its own."""
    page.evaluate("location.hash = 'panel=filter&layer=conv'")
    kernel = study.model.layers[0].kernel
    first = kernel.numpy()
    page.locator("button.weight").first.press("Alt+ArrowUp")
    expect(page.locator("ol.edits li").first).to_contain_text("conv, filter 0")
    second = kernel.numpy()
    box = page.get_by_role("checkbox", name="Paint with")
    text = page.get_by_label("Formula", exact=True)
    for focused, keys, expected in ((text, "Control+z", second), (box, "Control+z", first), (box, "Control+y", second)):
        focused.press(keys)
        if focused is text:
            page.wait_for_timeout(150)  # nothing is to happen
        meanwhile(page, lambda expected=expected: np.array_equal(kernel.numpy(), expected))
    page.get_by_role("tab", name="Train").click()
    page.locator("input[name=moment]").press("s")
    expect(page.locator(".training-status")).to_contain_text("Paused: step 1,")
    rest(study.training)


def test_a_finger_paints(browser: Any, served: Served) -> None:
    """With the brush the page does not scroll below the finger."""
    page = browser.new_page(viewport={"width": 400, "height": 700}, has_touch=True)
    page.goto(f"{served.address}#panel=filter&layer=conv")
    page.get_by_role("checkbox", name="Paint with").check()
    cells = page.locator("button.weight")
    cells.nth(1).scroll_into_view_if_needed()
    begin, end = (cells.nth(at).bounding_box() for at in (1, 7))
    x, top, bottom = begin["x"] + 10, begin["y"] + 5, end["y"] + 5
    session = page.context.new_cdp_session(page)
    moves = [("touchMove", [top + (bottom - top) * part / 8]) for part in range(1, 9)]
    for kind, points in (("touchStart", [top]), *moves, ("touchEnd", [])):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for y in points]})
    expect(page.locator("ol.edits li").first).to_contain_text("3 painted with 1")
    page.close()


def test_a_camera_that_is_given_too_late(page: Any, study: Study) -> None:
    """Whoever has gone on to another panel meanwhile is not filmed."""
    page.evaluate("""() => {
        const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (...wanted) => {
            await new Promise((done) => setTimeout(done, 200));
            return window.given = await ask(...wanted);
        };
    }""")
    page.get_by_role("button", name="Use the camera").click()
    page.get_by_role("tab", name="Layer").click()
    wait_for(lambda: page.evaluate("window.given?.getTracks().every((track) => track.readyState === 'ended')"))
    page.wait_for_timeout(150)
    assert study.chosen.source == "sample"
