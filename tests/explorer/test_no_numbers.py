"""A network whose weights are NaN is right for nothing, on every panel."""

from __future__ import annotations

import warnings
from typing import Any

import httpx
import numpy as np
from playwright.sync_api import expect
from trainings import NAMES, digits_network

from pellucid import Model, datasets
from pellucid.explorer import Samples, Study, serve
from pellucid.explorer.asked import Asked
from pellucid.explorer.inputs import next_mistake
from pellucid.explorer.teaching import book_page


def _study(against: Model | None = None) -> Study:
    """Of such a network, on 20 samples from the first zero on."""
    (_, _), (x, y) = datasets.digits.load_data()
    model = digits_network()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the weights are NaN is what this is about
        model.layers[-1].bias[...] = np.full(10, np.nan)
    first = int(np.flatnonzero(y == 0)[0])
    return Study(model, Samples(x[first : first + 20], y[first : first + 20], NAMES, "digits"), against=against)


def test_every_sample_is_a_mistake() -> None:
    study = _study()
    assert next_mistake(study) == 0  # of the first class, which is where the largest of NaN is found
    with serve(study) as served:
        base, token = served.address.split("/?token=")
        asked = {"a": "now", "b": "now"}
        told = httpx.get(f"{base}/api/compare", params=asked, headers={"x-pellucid-token": token}, timeout=30).json()
    assert told["a"]["accuracy"] == 0.0 and told["same_answer"] == 0.0


def test_compared(browser: Any) -> None:
    """By how much answers differ that are no numbers is not told as one."""
    with serve(_study(digits_network())) as served, browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{served.address}#panel=compare&layer=digit")
        expect(page.locator("#panel")).to_contain_text("by how much they differ cannot be told")
        expect(page.locator("#panel")).not_to_contain_text("NaN at most")
        expect(page.locator("#panel")).not_to_contain_text("±0")


def test_pages_of_the_book_that_train() -> None:
    """A loss is found by how the network ends: what it says adds up to nothing."""
    study = _study()
    for number in range(len(study.lessons)):
        told = book_page(study, Asked({"number": str(number)}, {}, b""))
        assert told.status_code == 200, study.lessons[number].title
