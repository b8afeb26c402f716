"""Steps that take long: who edits a weight meanwhile is told that it waits, and finds it done after the step."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
from playwright.sync_api import expect
from trainings import NAMES, digits_network, wait_for

from pellucid import datasets
from pellucid.explorer import Learning, Samples, Study, serve


class Gates:
    """Batches that come when they are let through, as from a slow disk: a step takes as long as its batch."""

    def __init__(self) -> None:
        self.open, self.asked = threading.Event(), threading.Event()
        (self.x, self.y), (self.x_test, self.y_test) = datasets.digits.load_data()

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        while True:
            self.asked.set()
            assert self.open.wait(30)
            yield self.x[:8], self.y[:8]


def test_an_edit_waits_for_the_step(browser: Any) -> None:
    gates = Gates()
    learning = Learning({"x": iter(gates), "steps_per_epoch": 100})
    study = Study(digits_network(), Samples(gates.x_test[:20], gates.y_test[:20], NAMES), learning)
    with serve(study) as served:
        page = browser.new_page()
        page.goto(f"{served.address}#layer=conv&filter=0&panel=filter")
        page.wait_for_selector("html[data-ready]")
        expect(page.locator("#waiting")).to_be_hidden()
        field = page.get_by_label("Value of the chosen weight")
        field.wait_for()
        study.training.start()
        wait_for(gates.asked.is_set)
        field.fill("2.5")
        field.press("Enter")
        expect(page.locator("#waiting")).to_contain_text("A step of the training is under way, which takes")
        assert page.locator(".edits").inner_text() == "nothing yet"
        gates.open.set()
        expect(page.locator(".edits li").first).to_contain_text("-> 2.5")
        study.training.pause()
        expect(page.locator("#waiting")).to_be_hidden()
        page.close()


def test_what_takes_long_without_a_training(page: Any, study: Study) -> None:
    """The same of anything else; the sentence goes when the answer is there."""
    page.evaluate("location.hash = 'layer=conv&filter=0&panel=filter'")
    field = page.get_by_label("Value of the chosen weight")
    field.wait_for()
    with study.editing():
        field.fill("1.5")
        field.press("Enter")
        expect(page.locator("#waiting")).to_have_text("Working on what was asked for …")
    expect(page.locator("#waiting")).to_be_hidden()
    assert study.model.layers[0].kernel[0, 0, 0, 0] == 1.5
