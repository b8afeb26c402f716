"""What is refused is said, for as long as it takes to read it, and leaves nothing behind in the fields."""

from __future__ import annotations

import io
import re
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from pellucid.explorer import Served, Study, looking, serve

_DROP = """(bytes) => {
  const files = new DataTransfer();
  files.items.add(new File([new Uint8Array(bytes)], "x.png", { type: "image/png" }));
  const drop = new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true });
  document.body.dispatchEvent(drop);
  return drop.defaultPrevented;
}"""


def _opened(page: Any, panel: str) -> Any:
    page.get_by_role("tab", name=panel, exact=True).click()
    return page.locator("#panel")


@pytest.mark.parametrize(("field", "typed", "usual"), [("rate", "fast", "0.001"), ("batch_size", "-3", "64")])
def test_a_refusal_can_be_read(page: Any, study: Study, field: str, typed: str, usual: str) -> None:
    """The line that says it moves the page, which is drawn anew: that takes the line away no more."""
    panel = _opened(page, "Train")
    entry, problem = panel.locator(f"[name={field}]"), page.locator("#problem")
    expect(entry).to_have_value(usual)
    entry.fill(typed)
    entry.press("Enter")
    expect(problem).to_contain_text(typed)
    study.changed("weights")  # of itself the page asks for much, and gets it
    expect(page.locator("#network canvas").first).to_be_visible()
    page.wait_for_timeout(400)
    expect(problem).to_contain_text(typed)
    entry.blur()
    expect(entry).to_have_value(usual)
    page.keyboard.press("s")
    expect(panel.locator(".training-status")).to_contain_text("Paused: step 1")
    expect(problem).to_be_hidden()


def test_no_number_of_a_sample(page: Any, study: Study) -> None:
    """The sample stays, in the field too; an empty field is not sample 0."""
    panel, problem = page.locator("#panel"), page.locator("#problem")
    study.choose_sample(5)
    entry = panel.get_by_label("Number of the sample")
    expect(entry).to_have_value("5")
    for typed, said in (
        ("3.5", "got 3.5"),
        ("3,5", "got '3,5'"),
        ("", "got ''"),
        ("-4", "got -4"),
        ("99999", "got 99999"),
    ):
        entry.fill(typed)
        entry.press("Enter")
        expect(problem).to_contain_text(f"0 to 359, {said}")
        expect(entry).to_have_value("5")
    assert study.chosen.number == 5
    for key, wanted in (("ArrowUp", "6"), ("ArrowDown", "5"), ("ArrowDown", "4")):
        entry.press(key)
        expect(panel).to_contain_text(f"Sample {wanted} of")
        expect(entry).to_have_value(wanted)
    assert study.chosen.number == 4


def test_an_address_with_a_sample_that_there_is_not(browser: Any, served: Served) -> None:
    """As of a restart with fewer samples: another is shown, and it is said that it is another."""
    page = browser.new_page()
    with page.expect_response(
        "**/api/events"
    ):  # which tells which sample is the input, and takes the sentence not away
        page.goto(f"{served.address}#sample=99999")
    page.wait_for_selector("html[data-ready]")
    expect(page).to_have_url(re.compile("sample=0"))
    page.wait_for_timeout(300)
    expect(page.locator("#problem")).to_contain_text("there are samples 0 to 359, got 99999")
    page.evaluate("location.hash = '#sample=7'")
    expect(page.locator("#panel")).to_contain_text("Sample 7 of")
    expect(page.locator("#problem")).to_be_hidden()
    page.close()


def test_a_file_dropped_anywhere(page: Any, study: Study) -> None:
    """It becomes the input, and never takes the page away."""
    written = io.BytesIO()
    Image.fromarray(np.full((8, 8), 255, np.uint8)).save(written, "PNG")
    for panel in ("Input", "Layer", "Keep"):
        study.choose_sample(0)
        _opened(page, panel)
        with page.expect_response("**/api/input/file"):
            assert page.evaluate(_DROP, list(written.getvalue()))
        assert study.chosen.source == "file"
        assert np.allclose(study.chosen.x, study.entry().brightness[1])


def test_a_file_that_is_refused_and_one_that_is_taken(page: Any, study: Study) -> None:
    """The line goes with the file that is taken, whatever came between."""
    written, chosen = io.BytesIO(), page.get_by_label("An image file")
    Image.fromarray(np.full((8, 8), 255, np.uint8)).save(written, "PNG")
    chosen.set_input_files({"name": "x.png", "mimeType": "image/png", "buffer": b"no picture"})
    expect(page.locator("#problem")).to_contain_text("it looks like text")
    chosen.set_input_files({"name": "y.png", "mimeType": "image/png", "buffer": written.getvalue()})
    expect(page.locator("#problem")).to_be_hidden()
    assert study.chosen.source == "file"


@pytest.mark.parametrize("step", ["-1", "1.5"])
def test_steps_that_a_lesson_has_not(page: Any, step: str) -> None:
    """An address that was cut or typed leads to a step that there is."""
    page.evaluate(f"location.hash = '#lesson=3&step={step}'")
    expect(page.locator("#lesson")).to_contain_text(" of ")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("#lesson")).to_contain_text(" of ")


def test_a_value_that_there_is_not(page: Any) -> None:
    """The panel says so, instead of showing nothing, or the value before; and it finds back."""
    panel = page.locator("#panel")
    page.evaluate("location.hash = '#layer=conv&value=1,1,0&panel=value'")
    expect(panel).to_contain_text("conv[1, 1, 0]")
    page.evaluate("location.hash = '#layer=conv&value=99,1,0&panel=value'")
    expect(panel).to_contain_text("there is no value [99, 1, 0]")
    page.evaluate("location.hash = '#layer=conv&value=1,2,0&panel=value'")
    expect(panel).to_contain_text("conv[1, 2, 0]")


def test_a_stream_that_is_torn_off(browser: Any, study: Study, served: Served) -> None:
    """As by a server that was killed: the page says it, and goes on asking for the server that comes after it."""
    page = browser.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(served.address)
    page.wait_for_selector("html[data-ready]")
    with page.expect_request("**/api/events"):
        served.stop()
    expect(page.locator("#problem")).to_contain_text("stopped")
    token = served.address.rpartition("=")[2]
    with serve(study, port=served.port):  # as after a restart: another token
        expect(page.locator("#problem")).to_contain_text("open the address", timeout=15_000)
    with serve(study, port=served.port, token=token):
        expect(page.locator("#problem")).to_be_hidden(timeout=15_000)
        page.get_by_label("Number of the sample").fill("9")
        page.keyboard.press("Enter")
        expect(page.locator("#panel")).to_contain_text("Sample 9")
    page.close()
    assert problems == []


def test_numbers_beside_a_moment_of_the_past(page: Any) -> None:
    """What was held out is told of the moment that is shown, not of a later epoch."""
    panel = _opened(page, "Train")
    status = panel.locator(".training-status")
    expect(status).to_contain_text("Paused: step 0,")  # keys are heard from then on
    for step in (8, 16):
        page.keyboard.press("e")
        expect(status).to_contain_text(f"Paused: step {step},")
    latest = str(status.text_content())
    panel.get_by_label("Moment of the training").focus()
    page.keyboard.press("Home")
    expect(status).to_contain_text("Showing a moment of the past: step 0")
    expect(status).not_to_contain_text("held out")
    page.keyboard.press("End")
    expect(status).to_have_text(latest)


def test_what_breaks_inside(client: httpx.Client, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is answered without a line of the program, and the connection goes on."""
    monkeypatch.setattr(looking.Study, "maps", lambda study, layer: 1 / 0)
    answer = client.get("maps/conv")
    assert (answer.status_code, "connection" in answer.headers) == (500, False)
    assert answer.json()["error"] == "something went wrong (ZeroDivisionError); the terminal says more"
    assert client.get("edits").status_code == 200


def test_weights_that_are_refused(page: Any, study: Study) -> None:
    """A cell and a field, drawn ahead of the server, show what is in the model again."""
    page.evaluate("location.hash = '#layer=conv&filter=2&panel=filter'")
    panel, problem = page.locator("#panel"), page.locator("#problem")
    cell, before = panel.locator(".weight").first, study.model.layers[0].kernel.numpy()
    expect(panel).to_contain_text("conv, filter 2")
    shown = str(cell.text_content())
    entry = panel.get_by_label("Value of the chosen weight")
    entry.fill("1e39")
    entry.press("Enter")
    expect(problem).to_contain_text("that float32 can hold")
    expect(cell).to_have_text(shown)
    for typed in ("1e39", ""):
        bias = panel.get_by_label("Bias", exact=True)
        bias.fill(typed)
        bias.press("Enter")
        bias.blur()
        expect(bias).to_have_value("0")
    assert np.array_equal(study.model.layers[0].kernel.numpy(), before)
