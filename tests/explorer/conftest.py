"""A study that is served, and a real browser on its page; without Chromium these tests are skipped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from trainings import digits_network

from pellucid import datasets
from pellucid.explorer import Learning, Samples, Served, Study, serve

CHROMIUM = shutil.which("chromium")
PATIENCE_MS = 30_000
"""So long a test waits for what it expects on a page: where two workers share two cores, five seconds are soon gone."""
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
"""A picture that moves, and nobody who has to be asked."""


@pytest.fixture
def study() -> Study:
    """Of a small network, with held-out digits and what to train it on."""
    (x, y), (x_test, y_test) = datasets.digits.load_data()
    learning = Learning({"x": x[:512], "y": y[:512], "batch_size": 64}, (x_test, y_test))
    return Study(digits_network(), Samples(x_test, y_test, tuple("0123456789"), "digits, held out"), learning)


@pytest.fixture
def served(study: Study) -> Iterator[Served]:
    """The study at an address of its own."""
    with serve(study) as served:
        yield served


@pytest.fixture
def client(served: Served) -> Iterator[httpx.Client]:
    """Somebody who knows the token and asks below /api/."""
    base, token = served.address.split("/?token=")
    with httpx.Client(base_url=f"{base}/api/", headers={"x-pellucid-token": token}, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, for all tests of a file."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here: `make test` installs it where it may")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *CAMERA])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any, served: Served) -> Iterator[Any]:
    """The page of the study, ready; what it logs as an error fails the test."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if _is_error(message) else None)
    page.goto(served.address)
    page.wait_for_selector("html[data-ready]")
    yield page
    page.close()
    assert problems == []


def _is_error(message: Any) -> bool:
    """Whether the page did something wrong; what the server refuses, the browser logs besides."""
    return message.type == "error" and "400 (Bad Request)" not in message.text
