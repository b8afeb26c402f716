"""Two models that are built otherwise are compared by what they say, where their layers cannot be."""

from __future__ import annotations

from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import expect

from pellucid import Sequential, layers, set_random_seed
from pellucid.explorer import Study, serve


@pytest.fixture
def other() -> Sequential:
    """Of fewer layers with units than the network of the study."""
    set_random_seed(3)
    end = [layers.Flatten(name="flat"), layers.Dense(10, activation="softmax", name="all")]
    return Sequential([layers.Input((8, 8, 1)), *end], name="other")


def test_what_both_say(study: Study, other: Sequential) -> None:
    """How often each is right, how often both say the same; and that their layers are not compared, and why."""
    with serve(Study(study.model, study.samples, study.learning, against=other)) as served:
        base, token = served.address.split("/?token=")
        told = httpx.get(f"{base}/api/compare?a=now&b=against", headers={"x-pellucid-token": token}, timeout=30).json()
    x, y = study.samples.first(256)
    both = [np.asarray(model.predict(x, verbose=0)) for model in (study.model, other)]
    assert told["samples"] == 256 and told["layers"] == []
    assert np.isclose(told["same_answer"], np.mean(both[0].argmax(-1) == both[1].argmax(-1)))
    assert np.isclose(told["largest_difference"], np.abs(both[0] - both[1]).max(), atol=1e-5)
    x, y = study.samples.first(2000)
    says = np.asarray(other.predict(x, verbose=0)).argmax(-1)
    assert np.isclose(told["b"]["accuracy"], np.mean(says == np.asarray(y)))
    (note,) = told["notes"]
    assert note.startswith("Their layers are not compared: ") and "layers=" not in note


def test_on_the_page(study: Study, other: Sequential, browser: Any) -> None:
    """It is told where the comparison stands, and no trouble; maps are shown of layers of one name."""
    with serve(Study(study.model, study.samples, study.learning, against=other)) as served:
        page, problems = browser.new_page(), list[str]()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"{served.address}#panel=compare&layer=conv")
        said = page.locator("#panel [role=status]").first
        expect(said).to_contain_text("Both say the same for")
        expect(said).to_contain_text("Their layers are not compared")
        expect(page.locator("#problem")).to_be_hidden()
        page.evaluate("location.hash = 'panel=compare&layer=flat'")
        expect(page.locator("#panel .matched h2")).to_have_text("What flat answers to the input")
        page.evaluate("location.hash = 'panel=compare&layer=pool'")
        expect(page.locator("#panel .matched h2")).to_have_count(0)
        expect(page.locator("#problem")).to_be_hidden()
        page.close()
        assert problems == []
