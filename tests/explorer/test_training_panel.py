"""Training and comparing on the page, with real clicks and keys; its numbers are those of `fit` and `inspection`."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from canvases import canvas_pixels
from trainings import fitted, rest, wait_for

from pellucid.explorer import Study
from pellucid.inspection import confusion
from pellucid.views.colors import paint

_SAYS_WHEN_DRAWN = """() => {
  const frame = window.requestAnimationFrame, put = CanvasRenderingContext2D.prototype.putImageData;
  let isFrame = false;
  window.requestAnimationFrame = (act) => frame(() => { isFrame = true; act(); isFrame = false; });
  CanvasRenderingContext2D.prototype.putImageData = function (...given) {
    if (isFrame && this.canvas.closest(".kernels")) console.log("drawn in a frame");
    return put.apply(this, given);
  };
}"""


def opened(page: Any, panel: str) -> Any:
    """The panel, shown."""
    page.get_by_role("tab", name=panel).click()
    return page.locator("#panel")


def status(page: Any, words: str) -> str:
    """What is said of the training, once these words are in it."""
    line = page.locator(".training-status", has_text=words)
    line.wait_for()
    return str(line.text_content())


def under(named: Any, canvas: Any) -> np.ndarray:
    """The pixels of a canvas below an element that lies on it."""
    place, whole = named.bounding_box(), canvas.bounding_box()
    top, left = round(place["y"] - whole["y"]), round(place["x"] - whole["x"])
    return canvas_pixels(canvas)[top : top + round(place["height"]), left : left + round(place["width"])]


def test_keys_train(page: Any, study: Study) -> None:
    """s makes a step, e the rest of the epoch: the numbers are those of `fit`, the counts those of `inspection`."""
    opened(page, "Train")
    status(page, "Paused: step 0")
    page.keyboard.press("s")
    status(page, "Paused: step 1, epoch 1, batch 1 of 8")
    page.keyboard.press("e")
    said = status(page, "Paused: step 8, epoch 2")
    _, history = fitted(1)
    held = re.search(r"held out: loss ([0-9.]+), accuracy ([0-9.]+)", said)
    assert held is not None
    assert np.allclose(
        [float(each) for each in held.groups()], [history[f"val_{k}"][0] for k in ("loss", "accuracy")], rtol=1e-3
    )
    found = confusion(study.model, study.samples.x, study.samples.y)
    page.get_by_text(f"Right for {float(f'{100 * found.accuracy:.4g}'):g}% of 360 samples, after step 8").wait_for()
    cells = page.locator(".confusion td[data-color]").all_text_contents()
    assert [int(cell or 0) for cell in cells] == found.counts.ravel().tolist()
    assert page.locator(".curve .line.own").first.get_attribute("d").startswith("M")


def test_space_starts_and_pauses(page: Any, study: Study) -> None:
    """Space starts and pauses; a page that is loaded anew sees the run, and the maps follow."""
    opened(page, "Train")
    status(page, "Paused: step 0")
    page.keyboard.press(" ")
    status(page, "Training: ")
    wait_for(lambda: study.live.is_watched)  # the filters are in sight, and come thirty times a second
    with page.expect_event("console", lambda message: message.text == "drawn in a frame"):
        page.evaluate(_SAYS_WHEN_DRAWN)
    page.reload()
    status(page, "Training: ")
    page.keyboard.press(" ")
    status(page, "Paused: ")
    rest(study.training)
    status(page, f"Paused: step {study.training.step:,},")
    record = study.maps("conv")
    expected = paint(record.maps[..., 2], float(np.abs(record.maps).max()))
    shown = page.locator("[data-id=conv] canvas").nth(2)
    page.wait_for_timeout(0)
    for _ in range(100):
        if (canvas_pixels(shown) == expected).all():
            break
        page.wait_for_timeout(20)
    assert (canvas_pixels(shown) == expected).all()


def test_fields(page: Any, study: Study) -> None:
    """The rate is typed, optimiser and batch size are chosen; what cannot be is said at the top."""
    opened(page, "Train")
    status(page, "Paused")
    page.get_by_label("Optimiser").select_option("sgd")
    page.get_by_label("Batch size").fill("32")
    page.get_by_label("Batch size").press("Enter")
    page.get_by_label("Learning rate").fill("0.125")
    page.get_by_label("Learning rate").press("Enter")
    page.get_by_label("A picture every").select_option("5")
    page.get_by_label("Learning rate").press("s")  # in a field no step is made
    page.get_by_label("Learning rate").fill("0.125")
    page.get_by_role("button", name="One step").click()
    status(page, "step 1, epoch 1, batch 1 of 16")
    ready = study.training.ready
    assert (ready.optimizer, ready.rate, ready.batch_size, study.training.speed) == ("SGD", 0.125, 32, 5)
    page.get_by_label("Learning rate").fill("-1")
    page.get_by_label("Learning rate").press("Enter")
    page.locator("#problem", has_text="a learning rate is a number above 0").wait_for()
    page.get_by_label("Batch size").fill("3,5")  # neither 3 nor 35
    page.get_by_label("Batch size").press("Enter")
    page.locator("#problem", has_text="got '3,5'").wait_for()
    assert study.training.ready.batch_size == 32
    page.get_by_text("Gradients and the next step").click()
    page.get_by_label("Filter", exact=True).fill("1,5")
    page.get_by_label("Filter", exact=True).press("Enter")
    page.locator("#problem", has_text="filter is a whole number").wait_for()


def test_the_past(page: Any, study: Study) -> None:
    """The scrubber shows a moment by its keys, starting there makes a branch, and the old one can be chosen again."""
    opened(page, "Train")
    status(page, "Paused")
    for step in (1, 2, 3):
        page.keyboard.press("s")
        status(page, f"Paused: step {step},")
    late = study.model.get_weights()[0]
    scrubber = page.get_by_label("Moment of the training")
    scrubber.focus()
    scrubber.press("Home")
    status(page, "Showing a moment of the past: step 0")
    page.locator("input[aria-valuetext='step 0, epoch 1']").wait_for()
    page.get_by_role("button", name="Latest").click()
    page.locator(".past output", has_text="the latest, step 3").wait_for()
    assert np.array_equal(study.model.get_weights()[0], late)
    scrubber.focus()
    scrubber.press("ArrowLeft")
    status(page, "Showing a moment of the past: step 2")
    page.get_by_role("button", name="One step").click()
    status(page, "Paused: step 3")
    page.get_by_label("Run").locator("option", has_text="run 2, from step 2 of run 1").wait_for(state="attached")
    page.get_by_label("Run").select_option("run 1")
    tries = 0
    while study.training.course.branch != 0 and tries < 200:
        page.wait_for_timeout(50)
        tries += 1
    assert study.training.course.branch == 0


def test_the_next_step_and_two_moments(page: Any, study: Study) -> None:
    """The gradient of a filter in the colours of `views`; two moments with their filters matched."""
    opened(page, "Train")
    status(page, "Paused")
    page.keyboard.press("s")
    status(page, "Paused: step 1,")
    live, named = page.locator(".kernels canvas"), page.get_by_role("img", name="Filter 3", exact=True)
    named.wait_for()
    bank = study.model.layers[0].kernel.numpy()
    side = 44 // 3
    drawn = np.kron(paint(bank[..., 0, 3], float(np.abs(bank).max())), np.ones((side, side, 1), np.uint8))
    for _ in range(200):
        if (under(named, live) == drawn).all():
            break
        page.wait_for_timeout(20)
    assert (under(named, live) == drawn).all()
    page.get_by_text("Gradients and the next step").click()
    page.locator(".next-step figure").first.wait_for()
    kernel = study.model.layers[0].kernel.numpy()[..., 0, 0]
    shown = canvas_pixels(page.locator(".next-step canvas").first)
    assert (shown == paint(kernel, float(np.abs(kernel).max()))).all()
    panel = opened(page, "Compare")
    panel.get_by_text("step 0 of run 1 is right for").wait_for()
    assert panel.locator(".likeness tbody tr").count() == 2
    panel.locator(".matched h2", has_text="What conv answers to the input").wait_for()
    panel.locator(".matched").first.locator("figure.side-pair").nth(5).wait_for()
    assert "a=" not in page.url  # what is not chosen does not stand in the address
    panel.get_by_label("This").select_option("0")
    panel.get_by_text("step 0 of run 1 is right for").wait_for()
    assert "a=0" in page.url
