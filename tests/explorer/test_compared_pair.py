"""One filter, map or unit of two models: both answers on one scale, and their difference, held to `inspection`."""

from __future__ import annotations

import re
from typing import Any

import httpx
import numpy as np
import pytest
from canvases import canvas_pixels
from playwright.sync_api import expect
from trainings import digits_network, rest

from pellucid import Sequential, layers, set_random_seed
from pellucid.explorer import Study, serve
from pellucid.explorer.wire import unpacked
from pellucid.inspection import compare, feature_maps
from pellucid.views.colors import paint


@pytest.fixture
def beginning(study: Study) -> Sequential:
    """The model as it was before the steps that the study's has made."""
    early = digits_network()
    early.set_weights(study.model.get_weights())
    study.training.start(3)
    rest(study.training)
    return early


def _answers(model: Any, study: Study, layer: str) -> np.ndarray:
    return feature_maps(model, study.samples.sample(0), layer)[0].maps


def test_numbers(client: httpx.Client, study: Study, beginning: Sequential) -> None:
    """Maps and units beside those that they are matched with, by filters or by answers; else beside their numbers."""
    x = study.samples.x[:256]
    found = {each.a: each for each in compare(study.model, beginning, x).layers}
    found |= {each.a: each for each in compare(study.model, beginning, x, layers=["pool"]).layers}
    for layer in ("conv", "pool", "flat", "digit"):
        here, there = (_answers(model, study, layer) for model in (study.model, beginning))
        for number in range(here.shape[-1]):
            head, arrays = unpacked(client.get(f"compare/pair/{layer}?a=now&b=0&number={number}").content)
            other = int(found[layer].match[number]) if layer in found else number
            assert head["numbers"] == [number, other] and head["counts"] == [here.shape[-1]] * 2
            one, two = here[..., [number]], there[..., [other]]
            assert np.array_equal(arrays["a"], one) and np.array_equal(arrays["b"], two)
            assert np.array_equal(arrays["difference"], one - two)
            assert head["limit"] == max(np.abs(one).max(), np.abs(two).max())
            assert head["largest_difference"] == np.abs(one - two).max()
            if layer in found:
                expected = found[layer].sign[number] * found[layer].likeness[number]
                assert head["likeness"] == pytest.approx(expected, abs=1e-12)
            else:
                assert head["likeness"] is None
    head, _ = unpacked(client.get("compare/pair/conv?a=now&b=0").content)
    assert head["numbers"][0] == found["conv"].likeness.argmin()  # there is something to see


@pytest.mark.parametrize("number", ["6", "-1", "1.5", "none", "99999999999999"])
def test_no_such_map(client: httpx.Client, study: Study, beginning: Sequential, number: str) -> None:
    """Is refused in a sentence."""
    answer = client.get("compare/pair/conv", params={"a": "now", "b": "0", "number": number})
    assert answer.status_code == 400 and "0 to" in answer.json()["error"]


def test_another_model(study: Study, browser: Any) -> None:
    """Of other sizes: no difference, said so; where the other has none to stand beside, that is said in its place."""
    set_random_seed(5)
    other = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 5, name="conv"), layers.Flatten(), layers.Dense(10)])
    with serve(Study(study.model, study.samples, against=other)) as served:
        page = browser.new_page()
        page.goto(f"{served.address}#panel=compare&layer=conv&map=1")
        section = page.get_by_role("region", name="One map of both")
        expect(section.locator("canvas:not(.text)")).to_have_count(2)
        expect(section.get_by_role("heading")).to_contain_text("conv, map 1 beside map")
        base, token = served.address.split("/?token=")
        with httpx.Client(base_url=f"{base}/api/", headers={"x-pellucid-token": token}, timeout=30) as client:
            heads = [client.get(f"compare/pair/conv?number={number}") for number in range(6)]
        without = [number for number, head in enumerate(heads) if head.status_code == 400]
        assert len(without) == 2
        head, arrays = unpacked(heads[min({*range(6)} - {*without})].content)
        assert head["largest_difference"] is None and set(arrays) == {"a", "b"}
        page.evaluate(f"location.hash = 'panel=compare&layer=conv&map={without[0]}'")
        expect(section.locator(".said")).to_contain_text("none of them stands beside")
        expect(section.locator("canvas").first).to_be_hidden()
        page.close()


def test_on_the_page(page: Any, study: Study, beginning: Sequential) -> None:
    """A pair is pressed: three pictures in the colours of `views`; arrow keys walk over the numbers of all three."""
    page.evaluate("location.hash = 'panel=compare&layer=conv'")
    section = page.get_by_role("region", name="One map of both")
    pair = page.locator("figure[data-map='4']").first
    pair.get_by_role("button").click()
    heading = section.get_by_role("heading")
    expect(heading).to_contain_text("conv, map 4 beside map")
    expect(pair).to_have_attribute("aria-current", "true")
    assert "map=4" in page.url
    other = int(re.search(r"beside map (\d+)", heading.text_content())[1])  # type: ignore[index]
    here, there = _answers(study.model, study, "conv")[..., 4], _answers(beginning, study, "conv")[..., other]
    limit = float(max(np.abs(here).max(), np.abs(there).max()))
    shown = [canvas_pixels(section.locator("canvas:not(.text)").nth(place)) for place in range(3)]
    for pixels, values, darkest in zip(
        shown, (here, there, here - there), (limit, limit, np.abs(here - there).max()), strict=True
    ):
        assert (pixels == paint(values, float(darkest))).all()
    maps = section.get_by_role("group")
    maps.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    told = section.locator(".said").text_content()
    place = re.match(r"\[(\d+), (\d+)\]: here (\S+), the other (\S+), difference (\S+)\.$", told)
    assert place and (int(place[1]), int(place[2])) == (1, 3)
    expected = [here[1, 3], there[1, 3], here[1, 3] - there[1, 3]]
    np.testing.assert_allclose([float(each) for each in place.groups()[2:]], expected, rtol=1e-3, atol=1e-7)
    study.choose_sample(5)  # the maps follow the input, and whoever works with the keys stays there
    expect(section.locator(".said")).not_to_have_text(told)
    expect(maps).to_be_focused()


def test_a_unit(page: Any, study: Study, beginning: Sequential) -> None:
    """By its number, or by its block in the row of all."""
    page.evaluate("location.hash = 'panel=compare&layer=digit'")
    section = page.get_by_role("region", name="One map of both")
    row = page.locator(".side-pair canvas").last
    row.click(position={"x": row.evaluate("c => c.clientWidth") * 0.75, "y": 5})
    expect(section.get_by_role("heading")).to_contain_text("digit, unit 7 beside unit")
    section.get_by_label("Number of the unit").fill("3")
    section.get_by_label("Number of the unit").press("Enter")
    expect(section.get_by_role("heading")).to_contain_text("digit, unit 3 beside unit")
    other = int(re.search(r"beside unit (\d+)", section.get_by_role("heading").text_content())[1])  # type: ignore[index]
    here, there = _answers(study.model, study, "digit")[3], _answers(beginning, study, "digit")[other]
    told = re.match(r"here (\S+), the other (\S+), difference (\S+)\.$", section.locator(".said").text_content())
    assert told
    np.testing.assert_allclose([float(each) for each in told.groups()], [here, there, here - there], rtol=1e-3)
