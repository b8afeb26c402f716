"""What is kept: the model as a file, pictures, the report, the place in the address."""

from __future__ import annotations

import contextlib
import io
import queue
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from trainings import rest

from pellucid import Model, layers, load_model
from pellucid.errors import ArgumentError
from pellucid.explorer import (
    Samples,
    Served,
    Study,
    keeping,
    serve,
)


def test_the_model(client: httpx.Client, study: Study, tmp_path: Path) -> None:
    """A file that answers as the model in the study does, edits and all."""
    study.model.layers[0].kernel[0, 0, 0, 0] = 5.0
    (tmp_path / "kept.keras").write_bytes(client.get("keep/model").content)
    x = np.asarray(study.samples.x[:8], np.float32)
    assert np.array_equal(load_model(tmp_path / "kept.keras").predict(x, verbose=0), study.model.predict(x, verbose=0))


@pytest.mark.parametrize(
    "query", ["of=maps&layer=pool", "of=filters&layer=conv", "of=sum&layer=conv&value=2,3,1",
              "of=trace&layer=pool&value=1,1,0", "of=field&layer=pool&value=1,1,0", "of=sum&layer=digit&value=4"]
)  # fmt: skip
def test_pictures(client: httpx.Client, query: str) -> None:
    """Each is a picture that can be opened."""
    image = Image.open(io.BytesIO(client.get(f"keep/picture?{query}").content))
    assert min(image.size) > 100


def test_a_second_use_of_a_layer() -> None:
    """Its pictures are its own, not those of the first; a layer with two banks shows the one that is chosen."""
    x = layers.Input((6, 6, 2))
    twice = layers.Conv2D(2, 3, padding="same", name="twice")
    model = Model(x, layers.SeparableConv2D(3, 3, name="sep")(twice(twice(x))))
    drawn = np.random.default_rng(0).random((2, 6, 6, 2))
    with serve(Study(model, Samples(drawn))) as served:
        base, token = served.address.split("/?token=")
        with httpx.Client(base_url=f"{base}/api/", headers={"x-pellucid-token": token}, timeout=30) as client:
            shown = [
                client.get(f"keep/picture?{query}").content
                for query in (
                    "of=maps&layer=twice", "of=maps&layer=twice%231", "of=sum&layer=twice&value=2,2,1",
                    "of=sum&layer=twice%231&value=2,2,1", "of=filters&layer=sep&bank=depthwise_kernel",
                    "of=filters&layer=sep&bank=pointwise_kernel", "of=field&layer=twice%231&value=2,2,1",
                )
            ]  # fmt: skip
    assert all(picture.startswith(b"\x89PNG") for picture in shown)
    assert len(set(shown)) == len(shown)


def test_what_is_no_picture(client: httpx.Client) -> None:
    """It is said what there is."""
    for query, part in (
        ("of=nonsense", "unknown picture"),
        ("of=maps&format=exe", "unknown format"),
        ("of=sum&layer=conv&value=1,2", "conv"),
        ("of=sum&layer=conv&value=1;2", "whole numbers"),
        ("of=filters&layer=pool", "filters"),
        ("of=filters&layer=../../x", "has no layer"),
    ):
        answer = client.get(f"keep/picture?{query}")
        assert answer.status_code == 400
        assert part in answer.json()["error"].lower()


def test_on_the_page(page: Any) -> None:
    """A click on the tab and on SVG gives a file; its name says what it is of."""
    page.locator("[data-id=conv]").click()
    page.get_by_role("tab", name="Keep").click()
    with page.expect_download() as download:
        page.locator("#panel p", has_text="Its filters").get_by_role("button", name="SVG").click()
    assert download.value.suggested_filename == "conv-filters.svg"
    assert b"<svg" in Path(download.value.path()).read_bytes()[:400]
    expect(page.locator("#panel [aria-live]")).to_contain_text("conv-filters.svg")


def test_a_value_of_the_input(page: Any) -> None:
    """It comes about by nothing, so there is no picture of how."""
    for layer, count in (("conv", 1), ("input", 0)):
        page.evaluate(f"location.hash = '#panel=keep&layer={layer}&value=2,3,0'")
        expect(page.locator("#panel h2").first).to_have_text(f"Pictures of {layer}")
        for says in ("The sum of the value", "What the value sees"):
            expect(page.locator("#panel p", has_text=says)).to_have_count(count)


def test_pictures_of_the_training(client: httpx.Client, study: Study) -> None:
    """What there is of it; before an epoch has ended it is said that there are no curves."""
    assert "no epoch" in client.get("keep/picture?of=curves").json()["error"]
    study.training.start(to_epoch=True)
    rest(study.training)
    for of in ("curves", "confusion"):
        assert min(Image.open(io.BytesIO(client.get(f"keep/picture?of={of}").content)).size) > 100
    assert b"Accuracy" in client.get("keep/picture?of=curves&format=svg").content


@pytest.mark.parametrize(
    ("button", "name", "begins"),
    [
        ("The model as a file", "digits_net.keras", b"PK"),
        ("Everything as a report", "digits_net.html", b"<!doctype html"),
    ],
)
def test_files_on_the_page(page: Any, button: str, name: str, begins: bytes) -> None:
    """A click gives the file."""
    page.get_by_role("tab", name="Keep").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    assert download.value.suggested_filename == name
    assert Path(download.value.path()).read_bytes()[:20].lower().startswith(begins.lower())


def test_a_report_that_is_broken_off(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told how far it is, and ends before its next part when somebody has had enough; another can be made."""
    goes_on = threading.Event()

    def slowly(*given: Any, on_section: Any, **settings: Any) -> str:
        on_section("Layers", 1, 2)
        assert goes_on.wait(30)
        on_section("Filters", 2, 2)
        return "<!doctype html>"

    monkeypatch.setattr(keeping, "report_html", slowly)
    page.get_by_role("tab", name="Keep").click()
    make, stop = (page.get_by_role("button", name=name) for name in ("Everything as a report", "Break it off"))
    said = page.locator("#panel [aria-live]")
    expect(stop).to_be_hidden()
    make.focus()
    page.keyboard.press("Enter")
    expect(said).to_contain_text("part 1 of 2: Layers")
    expect(make).to_be_disabled()
    with page.expect_response(lambda response: "report/stop" in response.url):
        stop.click()
    goes_on.set()
    expect(said).to_have_text("It was broken off, with 1 of 2 parts made.")
    expect(stop).to_be_hidden()
    expect(page.locator("#problem")).to_be_hidden()
    with page.expect_download() as download:
        make.click()
    assert download.value.suggested_filename == "digits_net.html"


def test_after_a_restart(browser: Any, served: Served, study: Study) -> None:
    """What stood behind # shows the same numbers behind the new address: layer, value, sample."""
    page = browser.new_page()
    page.goto(f"{served.address}#layer=conv&value=2,3,1&panel=value")
    before = page.locator("#panel .total")
    before.wait_for()
    first = before.text_content()
    page.get_by_role("tab", name="Input").click()
    page.get_by_label("Number of the sample").fill("17")
    page.keyboard.press("Enter")
    expect(page.locator("#panel p").first).to_contain_text("Sample 17 of")
    page.get_by_role("tab", name="Value").click()
    before.wait_for()
    expect(before).not_to_have_text(str(first))
    place, shown = page.url.partition("#")[2], before.text_content()
    page.close()
    served.stop()
    with serve(Study(study.model, study.samples)) as again:
        page = browser.new_page()
        page.goto(f"{again.address}#{place}")
        expect(page.locator("#panel .total")).to_have_text(str(shown))
        assert again.study.chosen.number == 17
        page.get_by_role("tab", name="Input").click()
        page.evaluate("location.hash = location.hash.replace('sample=17', 'sample=5')")
        expect(page.locator("#panel p").first).to_contain_text("Sample 5 of")
        again.study.choose(study.samples.sample(0), "drawing")
        expect(page.locator("#panel p").first).to_contain_text("A drawing")
        page.wait_for_function("() => !location.hash.includes('sample')")
        page.close()


def test_a_report_for_a_page_that_is_closed(
    client: httpx.Client, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends before its next part: nobody is left to have it."""
    ended: queue.Queue[Exception | None] = queue.Queue()

    def endlessly(model: Any, *data: Any, on_section: Any, **told: Any) -> str:
        try:
            for number in range(1, 600):
                on_section("Layers", number, 600)
                time.sleep(0.05)
        except ArgumentError as error:
            ended.put(error)
            raise
        ended.put(None)
        return "<!doctype html>"

    monkeypatch.setattr(keeping, "report_html", endlessly)
    with pytest.raises(httpx.ReadTimeout):
        client.get("keep/report?job=r", timeout=0.3)
    assert "broken off" in str(ended.get(timeout=20))
    assert client.post("keep/report/stop", json={"job": "r"}).json() == {"was_under_way": False}


def test_more_reports_than_are_made_at_a_time(
    client: httpx.Client, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one too many is refused at once, with a sentence; when one is done there is room again."""
    monkeypatch.setattr(keeping, "report_html", lambda *given, **told: "<!doctype html>")
    with contextlib.ExitStack() as others:
        for number in range(4):
            others.enter_context(study.making.of(f"r{number}"))
        refused = client.get("keep/report?job=r4")
        assert (refused.status_code, "already" in refused.json()["error"]) == (400, True)
    assert client.get("keep/report?job=r4").status_code == 200


def test_reports_without_a_word(client: httpx.Client, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """Are told apart all the same, and of a word there is one at a time."""
    monkeypatch.setattr(keeping, "report_html", lambda *given, **told: "<!doctype html>")
    with study.making.of("") as tell:
        with study.making.of(""):
            tell("Layers", 1, 2)
        tell("Layers", 2, 2)
        assert client.get("keep/report").status_code == 200
    with study.making.of("r1"):
        refused = client.get("keep/report?job=r1")
        assert (refused.status_code, "another word" in refused.json()["error"]) == (400, True)
    assert client.get("keep/report?job=r1").status_code == 200
