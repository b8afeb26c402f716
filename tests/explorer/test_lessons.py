"""Lessons: those of the book fit every network, a teacher's is checked, and the page leads to the right place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import expect

from pellucid import Sequential, layers
from pellucid.explorer import Samples, Study, read_lesson, serve
from pellucid.explorer.app import PAGE
from pellucid.explorer.asked import Asked
from pellucid.explorer.lessons import PANELS, book_lessons
from pellucid.explorer.opening import study_of
from pellucid.explorer.teaching import book_page
from pellucid.learn import contents

TEACHERS = """
title = "The bars of a seven"
[[steps]]
say = "Look at this value."
panel = "layer"
layer = "conv"
value = [2, 99, 1]
sample = 7
[[steps]]
say = "No attention here."
layer = "attention"
"""


def test_one_for_each_question() -> None:
    """Eighteen, in the book's order."""
    assert [lesson.question for lesson in book_lessons()] == list(range(1, len(contents().splitlines()) + 1))


def test_panels_are_those_of_the_page() -> None:
    """The words that a lesson may say are those by which the page knows its panels, but for the lessons'."""
    listed = (PAGE / "panels.js").read_text().partition("const PANELS = {")[2].partition("};")[0]
    assert {*PANELS, "lessons"} == set(re.findall(r"(\w+): \{ title", listed))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("title = 3\n[[steps]]\nsay = 'b'", "title is text"),
        ("title = 'a'", "1 to 100 steps"),
        ("title = 'a'\nstep = 1", "Did you mean 'steps'"),
        ("title = 'a'\n[[steps]]\nsay = 'b'\npanel = 'filters'", "Did you mean 'filter'"),
        ("title = 'a'\n[[steps]]\nsay = 'b'\nvalue = [1, -1]", "whole numbers in brackets"),
        ("title = 'a'\n[[steps]]\nsay = 'b'\nsample = true", "sample is a whole number"),
        ("title = 'a'\nquestion = 19\n[[steps]]\nsay = 'b'", "1 to 18"),
        ("title = ", "no TOML"),
        ("a = " + "[" * 5000, "no TOML"),
    ],
)
def test_what_is_no_lesson(text: str, part: str, tmp_path: Path) -> None:
    """The file's name, and what is wrong with it."""
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"mine\.toml") as caught:
        read_lesson(path)
    assert part.lower() in str(caught.value).lower()


def test_where_they_lead(client: httpx.Client, study: Study) -> None:
    """Every step of every lesson chooses what there is in this network, or says that it is not there."""
    ids = {node.id for node in study.scene.nodes}
    for number in range(18):
        for step in client.get(f"lessons/{number}").json()["steps"]:
            if "layer" not in step["choose"]:
                continue
            assert step["choose"]["layer"] in ids
            if "value" in step["choose"]:
                place = tuple(map(int, step["choose"]["value"].split(",")))
                path = step["choose"]["layer"]
                assert np.isfinite(study.maps(path).maps[place])
    dropout = client.get("lessons/5").json()["steps"][0]
    assert dropout["choose"] == {}
    assert "no such layer: the first dropout layer" in dropout["say"]


def test_the_books_page(client: httpx.Client) -> None:
    """As `learn.page` writes it, on the layer that is chosen."""
    text = client.get("lessons/4/page?layer=conv").json()["text"]
    assert text.startswith("5. Why has pooling 0 parameters")
    assert "60" in text  # 3 * 3 * 1 * 6 + 6
    for path in ("lessons/18", "lessons/-1", "lessons/x", "lessons/%D9%A1"):
        assert client.get(path).status_code == 400


def test_a_teachers_lesson_on_the_page(browser: Any, study: Study, tmp_path: Path) -> None:
    """It comes first; its steps choose the input, the layer and the value, and reloading comes back to the step."""
    (tmp_path / "mine.toml").write_text(TEACHERS)
    own = Study(study.model, study.samples, lessons=[read_lesson(tmp_path / "mine.toml")])
    with serve(own) as served:
        page = browser.new_page()
        page.goto(served.address)
        page.get_by_role("tab", name="Lessons").click()
        page.get_by_role("button", name="The bars of a seven").click()
        expect(page.locator("#lesson p")).to_have_text("Look at this value.")
        expect(page.locator("h2")).to_contain_text("conv")
        assert own.chosen.number == 7
        assert "value=2%2C5%2C1" in page.url
        page.get_by_role("button", name="Next").click()
        expect(page.locator("#lesson p")).to_contain_text("no such layer: attention")
        page.reload()
        expect(page.locator("#lesson p")).to_contain_text("no such layer: attention")
        page.get_by_role("button", name="End the lesson").click()
        expect(page.locator("#lesson")).to_be_hidden()
        page.close()


def test_a_network_without_filters() -> None:
    """Lessons say what is missing, and nothing fails."""
    model = Sequential([layers.Input((4,)), layers.Dense(2)])
    with serve(Study(model, Samples(np.ones((2, 4))))) as served:
        base, token = served.address.split("/?token=")
        with httpx.Client(base_url=f"{base}/api/", headers={"x-pellucid-token": token}) as client:
            told = [client.get(f"lessons/{number}").json() for number in range(18)]
    assert "no such layer" in told[0]["steps"][0]["say"]


def test_pages_on_a_network_for_words() -> None:
    """Where a sample is a row of numbers, without channels: each page of the book is made on such a network too."""
    end = [layers.GlobalAveragePooling1D(), layers.Dense(2, activation="softmax")]
    model = Sequential([layers.Input((12,)), layers.Embedding(50, 6), layers.Conv1D(4, 3, name="conv"), *end])
    words = np.random.default_rng(0).integers(0, 50, (24, 12))
    study = study_of(model, words, words[:, 0] % 2)
    for number, lesson in enumerate(study.lessons):
        told = book_page(study, Asked({"number": str(number)}, {"layer": "conv"}, b""))
        assert told.status_code == 200, lesson.title
