"""Whatever comes late, an answer or a piece of news, takes back nothing that somebody has done since.

Each answer is held until the test has done something else; so nothing here hangs on who is faster.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from held import Held, meanwhile
from playwright.sync_api import expect
from trainings import rest, wait_for

from pellucid.explorer import Study


def go(page: Any, place: str) -> None:
    """To another place of the page."""
    page.evaluate("place => { location.hash = place; }", place)


def test_the_answer_of_an_input_before(page: Any, study: Study) -> None:
    """The header tells of the input of the moment, though what was said of the one before comes after it."""
    held = Held(page, "together|answer", "POST")
    study.choose_sample(1)
    held.wait()
    study.choose_sample(2)
    page.wait_for_timeout(100)
    held.release()
    scores = np.asarray(study.model.predict(study.samples.x[2:3], verbose=0))[0]
    expect(page.locator("#answer b")).to_have_text(f"{scores.argmax()}: {scores.max():.4g}")


def test_a_number_that_is_typed_meanwhile(page: Any, study: Study) -> None:
    """The number of a sample: what is typed while the one before is on its way stays, and counts."""
    field = page.get_by_label("Number of the sample")
    held = Held(page, "input$", "POST")
    field.fill("5")
    field.press("Enter")
    held.wait()
    field.fill("12")
    held.release()
    expect(page.locator("#panel p").first).to_contain_text("Sample 5 ")
    expect(field).to_have_value("12")
    field.press("Enter")
    expect(page.locator("#panel p").first).to_contain_text("Sample 12 ")


@pytest.mark.parametrize("how", ["arrow", "button"])
def test_pressed_again_and_again(page: Any, study: Study, how: str) -> None:
    """Each press counts, however late the answers come: of the arrow key in the field, and of the button beside it."""
    field = page.get_by_label("Number of the sample")
    pressed = field if how == "arrow" else page.get_by_label("The next sample", exact=True)
    held = Held(page, "input$", "POST", before=True)
    for _ in range(3):
        pressed.press("ArrowUp" if how == "arrow" else "Enter")
    held.wait()
    held.release()
    expect(page.locator("#panel p").first).to_contain_text("Sample 3 ")
    expect(field).to_have_value("3")
    assert study.chosen.number == 3


def test_a_drawing_that_is_on_its_way(page: Any, study: Study) -> None:
    """Takes not the place of a sample that is chosen after it."""
    held = Held(page, "input/pixels", "POST", before=True)
    page.locator("canvas.board").click()
    held.wait()
    field = page.get_by_label("Number of the sample")
    field.fill("5")
    field.press("Enter")
    page.wait_for_timeout(60)
    held.release()
    expect(page.locator("#panel p").first).to_contain_text("Sample 5 ")
    assert study.chosen.number == 5


def test_a_weight_that_is_changed_by_keys(page: Any, study: Study) -> None:
    """Alt and an arrow, again before the answer to the first is drawn: three steps are three steps."""
    go(page, "panel=filter&layer=conv")
    cell = page.locator("button.weight").first
    cell.wait_for()
    kernel = study.model.layers[0].kernel
    first = kernel.numpy()[0, 0, 0, 0]
    held = Held(page, r"filter/conv\?|together", "POST")
    alone = Held(page, r"filter/conv\?")
    cell.press("Alt+ArrowUp")
    meanwhile(page, lambda: bool(held.asked or alone.asked))
    once = kernel.numpy()[0, 0, 0, 0] - first
    cell.press("Alt+ArrowUp")
    wait_for(lambda: np.isclose(kernel.numpy()[0, 0, 0, 0], first + 2 * once, atol=1e-5))
    held.release()
    alone.release()
    page.wait_for_timeout(60)
    cell.press("Alt+ArrowUp")
    wait_for(lambda: np.isclose(kernel.numpy()[0, 0, 0, 0], first + 3 * once, atol=1e-5))
    shown = f"{first + 3 * once:.3g}".replace("0.", ".", 1)
    expect(cell).to_have_text(shown)


def test_undo_while_an_edit_is_under_way(page: Any, study: Study) -> None:
    """What is asked for one behind the other is done in that order: an edit after "undo" is not put before it."""
    go(page, "panel=filter&layer=conv")
    cell = page.locator("button.weight").first
    cell.wait_for()
    sent: list[str] = []

    def note(request: Any) -> None:
        if request.method == "POST" and "/api/edits" in request.url:
            sent.append(request.url.split("/api/")[1])

    page.on("request", note)
    held = Held(page, "edits", "POST", before=True)
    for keys in ("Alt+ArrowUp", "Alt+ArrowUp", "Control+z", "Alt+ArrowUp"):
        cell.press(keys)
    held.wait()
    held.release()
    meanwhile(page, lambda: len(sent) == 4)
    assert sent == ["edits", "edits", "edits/undo", "edits"]


def test_a_bias_is_shown_as_it_was_typed(page: Any, study: Study) -> None:
    """Also where the field is left before the server has answered."""
    go(page, "panel=filter&layer=conv")
    bias = page.get_by_label("Bias", exact=True)
    expect(bias).to_have_value("0")
    held = Held(page, "edits$", "POST", before=True)
    bias.fill("0.25")
    bias.press("Tab")
    held.wait()
    expect(bias).to_have_value("0.25")
    held.release()
    expect(page.locator("ol.edits li").first).to_contain_text("conv, filter 0")
    assert study.model.layers[0].bias.numpy()[0] == 0.25
    expect(bias).to_have_value("0.25")


def test_the_slide_of_the_past(page: Any, study: Study) -> None:
    """Three presses lead three moments back, though the first is answered after the third."""
    for _ in range(4):
        study.training.start(1)
        rest(study.training)
    go(page, "panel=train")
    past = page.locator("input[name=moment]")
    expect(past).to_have_value("4")
    held = Held(page, "training$", "POST", before=True)
    past.press("ArrowLeft")
    held.wait()
    past.press("ArrowLeft")
    held.release()
    past.press("ArrowLeft")
    expect(page.locator("output").first).to_contain_text("step 1")
    expect(past).to_have_value("1")
    assert study.training.course.at is not None


def test_where_somebody_goes_while_a_lesson_begins(page: Any, study: Study) -> None:
    """The sample of a step comes late: it takes nobody back to the place of the lesson."""
    held = Held(page, "input$", "POST", before=True)
    go(page, "lesson=0&step=0")
    expect(page.locator("#lesson")).to_be_visible()
    page.get_by_role("tab", name="Keep").click()
    page.wait_for_timeout(60)
    held.release()
    page.wait_for_timeout(60)
    expect(page.get_by_role("tab", selected=True)).to_have_text("Keep")


def test_where_somebody_goes_before_a_lesson_is_there(page: Any) -> None:
    """The lesson itself comes late: it is told, and leads nobody away."""
    held = Held(page, "lessons/0")
    go(page, "lesson=0&step=0")
    held.wait()
    page.get_by_role("tab", name="Keep").click()
    held.release()
    expect(page.locator("#lesson")).to_be_visible()
    expect(page.get_by_role("tab", selected=True)).to_have_text("Keep")


def test_a_filter_that_is_typed_meanwhile(page: Any, study: Study) -> None:
    """The number in "Gradients and the next step"."""
    go(page, "panel=train&layer=conv")
    held = Held(page, "training/step/")
    page.get_by_text("Gradients and the next step").click()
    held.wait()
    field = page.get_by_label("Filter", exact=True)
    field.fill("4")
    held.release()
    expect(page.locator(".next-step figure").first).to_be_visible()
    expect(field).to_have_value("4")
    field.press("Enter")
    expect(page.locator("#panel")).to_contain_text("filter 4 of conv")


def test_a_list_that_is_open(page: Any, study: Study) -> None:
    """News shut no list that somebody has opened: its entries are the same, and one that is new comes to them."""
    study.training.start(1)
    rest(study.training)
    go(page, "panel=compare")
    lists = page.locator("#panel select")
    expect(lists.first.locator("option")).to_have_count(3)
    page.evaluate("document.querySelectorAll('#panel option').forEach((option) => { option.wasThere = true; })")
    study.training.start(1)
    rest(study.training)
    expect(lists.first.locator("option")).to_have_count(4)
    there = lists.first.evaluate("list => [...list.options].map((option) => !!option.wasThere)")
    assert there == [True, True, True, False]
    go(page, "panel=filter&layer=conv")
    banks = page.get_by_label("Weight", exact=True)
    expect(banks.locator("option")).to_have_count(1)
    banks.evaluate("list => { list.options[0].wasThere = true; }")
    said = page.locator(".story").text_content()
    study.training.start(1)
    expect(page.locator(".story")).not_to_have_text(said)
    assert banks.evaluate("list => list.options[0].wasThere")


def test_keys_before_a_layer_is_there(page: Any) -> None:
    """An arrow key moves by the maps of the layer that is touched, never by those of the one before."""
    go(page, "panel=value&layer=pool&value=2,2,0")
    page.locator("#panel .total, #panel .trio").first.wait_for()
    held = Held(page, r"value/conv|together", "POST")
    alone = Held(page, r"value/conv")
    go(page, "panel=value&layer=conv&value=5,4,0")
    page.locator("#panel").press("ArrowRight")
    meanwhile(page, lambda: bool(held.asked or alone.asked))
    held.release()
    alone.release()
    expect(page.locator(".way b")).to_contain_text("conv[5, ")
    assert "value=5%2C4%2C0" in page.url or "value=5,4,0" in page.url or "value=5%2C5%2C0" in page.url


def test_a_row_that_is_pressed_as_news_come(page: Any, study: Study) -> None:
    """Between pressing and letting go all is drawn anew: the press counts."""
    study.training.start(1)
    rest(study.training)
    go(page, "panel=compare&layer=digit")
    row = page.locator("figure.side-pair:has-text('unit by unit') canvas").last
    row.wait_for()
    row.scroll_into_view_if_needed()
    expect(page.get_by_role("region", name="One map of both").get_by_role("heading")).to_contain_text("digit, unit")
    page.wait_for_timeout(100)
    box = row.bounding_box()
    page.mouse.move(box["x"] + 0.65 * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    with page.expect_response(lambda response: "compare/maps" in response.url):
        study.changed("weights")
    page.wait_for_timeout(60)
    page.mouse.up()
    expect(page.get_by_role("region", name="One map of both").get_by_role("heading")).to_contain_text("digit, unit 6 ")


def test_back_by_the_keys_on_the_panel_of_what_is_kept(page: Any) -> None:
    """The browser's "back" leads to another layer: the keys stay on the panel."""
    go(page, "panel=keep&layer=conv")
    page.get_by_role("button", name="PNG").first.wait_for()
    go(page, "panel=keep&layer=pool")
    expect(page.locator("#panel h2").first).to_contain_text("pool")
    page.get_by_role("button", name="Copy this place").focus()
    page.go_back()
    expect(page.locator("#panel h2").first).to_contain_text("conv")
    assert page.evaluate("document.getElementById('panel').contains(document.activeElement)")
