"""`model.explore()`: a handle in a script, the page in a notebook's cell, and who may show it in a frame."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import expect

from pellucid import Sequential, layers
from pellucid.explorer import Samples, Served, Study, serve, study_of


@pytest.fixture
def notebook(served: Served) -> Iterator[str]:
    """A page of another origin on this machine that shows what a cell would show."""
    cell = f"<!doctype html><title>Notebook</title>{served._repr_html_()}".encode()

    class Cell(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(cell)

        def log_message(self, *told: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Cell)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_in_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    """A handle with the address, which is printed; `y` of any form says what is right."""
    model = Sequential([layers.Input((8, 8, 1)), layers.Flatten(), layers.Dense(2)], name="tiny")
    with model.explore(np.ones((3, 8, 8, 1)), np.eye(2)[[0, 1, 1]], class_names=("no", "yes"), browser=False) as served:
        assert capsys.readouterr().out == f"tiny: {served.address}\n"
        assert httpx.get(served.address).status_code == 200
        assert served.study.samples.label(2) == "yes"
        assert "token" not in repr(served)
    with pytest.raises(httpx.ConnectError):
        httpx.get(served.address)


@pytest.mark.parametrize("shape", [(3, 8, 8), (0, 8, 8, 1), (3, 8, 8, 2)])
def test_samples_that_do_not_fit(shape: tuple[int, ...]) -> None:
    """Said before anything is served."""
    with pytest.raises(ValueError, match=r"takes samples as an array of shape .samples, 8, 8, 1"):
        Sequential([layers.Input((8, 8, 1)), layers.Flatten()]).explore(np.ones(shape), browser=False)


def test_who_may_show_it(served: Served) -> None:
    """A notebook on this machine that knows the token, and nobody else."""

    def policy(address: str) -> str:
        return str(httpx.get(address).headers["content-security-policy"]).rpartition("frame-ancestors ")[2]

    assert policy(f"{served.address}&frame=http://localhost:8888") == "http://localhost:8888"
    assert policy(served.address) == "'none'"
    base = served.address.partition("?")[0]
    for frame in ("http://evil.example", "http://localhost:8888.evil.example", "http://localhost:8888 *", "*", "null"):
        assert policy(f"{served.address}&frame={frame}") == "'none'"
    assert policy(f"{base}?token=x&frame=http://localhost:8888") == "'none'"


def test_the_page_in_a_cell(browser: Any, notebook: str, study: Study) -> None:
    """The frame shows the network, and the report steps aside."""
    page = browser.new_page()
    page.goto(notebook)
    live = page.frame_locator("iframe[title=Pellucid]")
    live.locator("html[data-ready]").wait_for()
    page.locator("iframe[title=Pellucid]").wait_for(state="visible")
    assert page.locator("iframe[srcdoc]").is_hidden()
    live.locator("[data-id=pool]").click()
    live.locator("h2:has-text('pool')").wait_for()
    live.get_by_role("tab", name="Input").click()
    live.get_by_role("button", name="Use the camera").click()  # which the cell has to allow
    expect(live.locator("#panel p").first).to_contain_text("The camera's picture")
    page.close()


def test_a_server_that_is_gone(browser: Any, notebook: str, served: Served) -> None:
    """The report stays."""
    served.stop()
    page = browser.new_page()
    page.goto(notebook)
    assert page.locator("iframe[srcdoc]").is_visible()
    assert page.locator("iframe[title=Pellucid]").is_hidden()
    page.frame_locator("iframe[srcdoc]").get_by_text("digits_net").first.wait_for()
    page.close()


def test_names_are_no_html(browser: Any, study: Study) -> None:
    """Classes that are called like elements are text, on the page and in the cell."""
    name = "<img src=x onerror=document.title='taken'>"
    with serve(Study(study.model, Samples(study.samples.x, study.samples.y, (name,) * 10, name))) as served:
        page = browser.new_page()
        page.goto(served.address)
        page.wait_for_selector("html[data-ready]")
        expect(page.locator("#panel p").first).to_contain_text(f"which is {name}")
        assert page.locator("img").count() == 0
        assert page.title() == "digits_net: Pellucid"
        page.set_content(served._repr_html_())
        page.frame_locator("iframe[srcdoc]").get_by_text("digits_net").first.wait_for()
        assert page.frame_locator("iframe[srcdoc]").locator("img[src=x]").count() == 0
        page.close()


def test_learning_of_a_compiled_model() -> None:
    """The page trains as the model was compiled."""
    model = Sequential([layers.Input((4,)), layers.Dense(2)])
    model.compile("sgd", "mse", metrics=["mae"])
    learning = study_of(model, np.ones((5, 4)), np.ones((5, 2))).learning
    assert learning is not None
    model.compile(learning.optimizer, learning.loss, metrics=list(learning.metrics))
    assert model.get_compile_config()["optimizer"]["class_name"] == "SGD"
    assert study_of(model).learning is None
