"""The filter panel under real clicks and keys: what stands on the page is what stands in the weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from canvases import canvas_pixels
from held import meanwhile
from playwright.sync_api import expect

from pellucid import filterbank
from pellucid.explorer import Study
from pellucid.inspection import top_patches
from pellucid.views.colors import paint


def open_filter(page: Any, number: int) -> None:
    """Open a filter of the layer "conv"."""
    page.locator("[data-id=conv]").click()
    page.locator("#tab-filter").click()
    page.locator(f".tile:nth-child({number + 1})").click()
    page.wait_for_selector(f"h2:has-text('conv, filter {number}')")


DONE = ".edits li:not(.undone)"


def edited(page: Any, words: str) -> None:
    """Wait for the latest edit in the list."""
    expect(page.locator(DONE).first).to_contain_text(words)


def short(value: float) -> str:
    """A number as the page writes it."""
    return f"{float(f'{value:.4g}'):.12g}"


def test_all_filters_and_one(page: Any, study: Study) -> None:
    """Pictures have the colours of `views`; arrow keys choose the filter beside; the address keeps the choice."""
    kernel = study.model.get_layer("conv").kernel.numpy()
    open_filter(page, 2)
    expected = paint(kernel[..., 0, 2], float(np.abs(kernel).max()))
    assert (canvas_pixels(page.locator(".tile canvas").nth(2)) == expected).all()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("h2:has-text('conv, filter 3')")
    assert "filter=3" in page.url
    weight = page.locator(".weight").nth(4)
    assert weight.get_attribute("aria-label").startswith("[1, 1, 0]: ")
    assert float(weight.get_attribute("aria-label").split(": ")[1]) == np.float32(f"{kernel[1, 1, 0, 3]:.4g}")
    page.reload()
    page.wait_for_selector("h2:has-text('conv, filter 3')")
    page.get_by_label("turned by half a turn").check()
    expect(page.locator(".weight").first).to_have_attribute("data-at", "8")


def test_a_weight_by_keys(page: Any, study: Study) -> None:
    """Typed, stepped and undone: the weights, the maps and the answer follow, and the list of edits tells."""
    conv = study.model.get_layer("conv")
    begun = conv.kernel.numpy()
    open_filter(page, 1)
    page.locator(".weight").first.click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.keyboard.type("-1")
    page.keyboard.press("Enter")
    edited(page, f". conv, filter 1, weight [1, 1, 0]: {begun[1, 1, 0, 1]:.4g} -> -1")
    assert conv.kernel.numpy()[1, 1, 0, 1] == -1
    scores = np.asarray(study.model.predict(study.chosen.x[None], verbose=0))[0]
    expect(page.locator("#answer")).to_contain_text(f"{scores.argmax()}: {short(scores.max())}")
    row = page.locator(".numbers tr").filter(has=page.get_by_role("rowheader", name=f"{scores.argmax()}", exact=True))
    expect(row.locator("td").last).to_have_text(short(scores.max()))
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+ArrowUp")
    edited(page, "conv, filter 1, weight [1, 1, 0]: -1 -> -0.96")
    page.keyboard.press("Control+z")
    edited(page, f". conv, filter 1, weight [1, 1, 0]: {begun[1, 1, 0, 1]:.4g} -> -1")
    page.keyboard.press("Control+z")
    expect(page.locator(DONE)).to_have_count(0)
    assert np.array_equal(conv.kernel.numpy(), begun)
    page.keyboard.press("Control+Shift+z")
    edited(page, "conv, filter 1, weight [1, 1, 0]")
    assert conv.kernel.numpy()[1, 1, 0, 1] == -1
    for field, said in (("Value of the chosen weight", "got '0,5'"), ("Bias", "got '0,5'")):
        page.get_by_label(field).fill("0,5")  # as it is written in half of the world; it is not 5
        page.get_by_label(field).press("Enter")
        expect(page.locator("#problem")).to_contain_text(said)
    assert conv.kernel.numpy()[1, 1, 0, 1] == -1 and conv.bias.numpy()[1] == 0
    page.locator(".weight").nth(4).focus()
    page.keyboard.type("-.5")
    page.keyboard.press("Enter")
    edited(page, "conv, filter 1, weight [1, 1, 0]: -1 -> -0.5")


def test_by_mouse(page: Any, study: Study) -> None:
    """Dragged up a weight grows, in one edit; the wheel turns it; the brush paints what it is led over."""
    kernel = study.model.get_layer("conv").kernel
    before, limit = kernel.numpy()[1, 1, 0, 0], float(np.abs(kernel.numpy()[..., 0]).max())
    open_filter(page, 0)
    cell = page.locator(".weight").nth(4)
    cell.scroll_into_view_if_needed()
    box = cell.bounding_box()
    page.mouse.move(box["x"] + 9, box["y"] + 9)
    page.mouse.down()
    page.mouse.move(box["x"] + 9, box["y"] - 11, steps=5)
    page.mouse.up()
    expect(page.locator(DONE)).to_have_count(1)
    edited(page, f"-> {before + 5 * limit / 50:.4g}")
    page.mouse.move(box["x"] + 9, box["y"] + 9)
    page.mouse.wheel(0, -100)
    expect(page.locator(DONE)).to_have_count(2)
    assert kernel.numpy()[1, 1, 0, 0] > before
    page.get_by_label("Value to paint with").fill("2")
    page.get_by_label("Paint with", exact=True).check()
    first, last = (page.locator(".weight").nth(at).bounding_box() for at in (0, 2))
    page.mouse.move(first["x"] + 9, first["y"] + 9)
    page.mouse.down()
    page.mouse.move(last["x"] + 9, last["y"] + 9, steps=12)
    page.mouse.up()
    edited(page, "conv, filter 0, weights: 3 painted with 2")
    assert kernel.numpy()[0, :, 0, 0].tolist() == [2, 2, 2]


def test_a_kernel_by_name_and_formula(page: Any, study: Study) -> None:
    """A name with its settings, a formula; what cannot be is said at the top; freezing shows."""
    conv = study.model.get_layer("conv")
    open_filter(page, 5)
    tools = page.locator(".tools")
    tools.get_by_label("Kernel with a name").select_option("gabor")
    tools.get_by_label("wavelength").fill("3")
    tools.get_by_role("button", name="Set the kernel").click()
    edited(page, "conv, filter 5: gabor(")
    expected = filterbank.gabor(size=3, wavelength=3)
    np.testing.assert_allclose(conv.filter(5).kernel[..., 0], expected, rtol=1e-5, atol=1e-7)
    tools.get_by_label("Formula", exact=True).fill("x * y")
    tools.get_by_label("Formula", exact=True).press("Enter")
    edited(page, "conv, filter 5: x * y")
    assert conv.filter(5).kernel[..., 0].tolist() == [[1, 0, -1], [0, 0, 0], [-1, 0, 1]]
    tools.get_by_label("Formula", exact=True).fill("x *")
    tools.get_by_label("Formula", exact=True).press("Enter")
    expect(page.locator("#problem")).to_contain_text("a formula is arithmetic of rows (y)")
    tools.get_by_role("button", name="Freeze this filter").click()
    expect(page.locator(".tile").nth(5)).to_contain_text("❄")
    assert conv.filter(5).is_held
    page.get_by_role("button", name="Reset all").click()
    edited(page, "reset: ")


def test_what_is_told(page: Any, study: Study) -> None:
    """The parts that are opened tell what `inspection` does; a layer without weights says who has some."""
    open_filter(page, 4)
    expect(page.locator(".facts").first).to_contain_text("symmetry")
    for summary in ("How it was drawn", "What excites it", "Its gradient"):
        page.locator("summary", has_text=summary).click()
    expect(page.locator(".bars span")).not_to_have_count(0)
    expect(page.locator("progress")).to_be_hidden()
    top = top_patches(study.model, study.samples.x, "conv", 4)
    expect(page.locator(".patch span")).to_have_text([short(value) for value in top.values[0]])
    expect(page.locator("details p", has_text="Loss ")).to_contain_text("of 1 sample, as")
    page.locator(".patch").first.click()
    page.locator("#tab-input").click()
    expect(page.locator("#panel p").first).to_contain_text(f"Sample {top.samples[0, 0]} of")
    page.locator("[data-id=pool]").click()
    page.locator("#tab-filter").click()
    expect(page.locator("#panel")).to_contain_text("pool has no weights")
    page.locator("#panel").get_by_role("button", name="digit").click()
    page.wait_for_selector("h2:has-text('digit, unit 0')")


def test_what_comes_late_is_asked_of_no_other_layer(page: Any, study: Study) -> None:
    """An answer is on its way when a layer without weights is chosen: that is said in the panel, and is no problem."""
    held: list[Any] = []
    is_held = True

    def pass_on(route: Any) -> None:
        if is_held and "filter" in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    open_filter(page, 1)
    page.route("**/api/**", pass_on)
    study.changed("weights")
    meanwhile(page, lambda: bool(held))
    page.locator("[data-id=pool]").click()
    expect(page.locator("#panel")).to_contain_text("pool has no weights")
    is_held = False
    for route in held:
        route.continue_()
    page.wait_for_timeout(400)
    expect(page.locator("#problem")).to_be_hidden()
