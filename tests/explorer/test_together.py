"""Several questions in one request are answered as each alone is; events are told as they happen."""

from __future__ import annotations

import struct
import threading

import httpx
import pytest
from playwright.sync_api import Page, expect

from pellucid.explorer import Study
from pellucid.explorer.events import Events

PATHS = [
    "answer", "thumbnails?layers=%5B%22conv%22%5D", "maps/conv?first=1&count=2", "value/conv?at=1%2C2%2C3", "input",
    "filter/conv?number=2", "training", "field/digit?at=1",
]  # fmt: skip


def parts(message: bytes) -> list[tuple[int, bytes]]:
    """Status and bytes of each answer."""
    found = []
    while message:
        status, length = struct.unpack_from("<II", message)
        found.append((status, message[8 : 8 + length]))
        message = message[8 + length :]
    return found


def test_as_each_alone(client: httpx.Client) -> None:
    """To the byte, with what is refused in its place."""
    paths = [*PATHS, "maps/nothing", "value/conv?at=9,9,9", "no/such", "maps/%2e%2e%2fetc", ""]
    found = parts(client.post("together", json={"paths": paths}).content)
    assert [status for status, _ in found] == [200] * len(PATHS) + [400, 400, 404, 400, 404]
    for path, (status, content) in zip(paths, found, strict=True):
        alone = client.get(path)
        assert alone.status_code == status, path
        if status != 404:
            assert alone.content == content, path


@pytest.mark.parametrize(
    "sent", [{}, {"paths": "answer"}, {"paths": [1]}, {"paths": ["answer"] * 33}, {"paths": ["a" * 30_000]}]
)
def test_refused(client: httpx.Client, sent: dict[str, object]) -> None:
    """What is no list of questions; orders are none."""
    assert client.post("together", json=sent).status_code == 400
    assert parts(client.post("together", json={"paths": ["together", "edits/undo"]}).content)[1][0] == 404


def test_an_error_is_its_own(client: httpx.Client, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """What breaks one answer breaks no other, and tells no path."""

    def broken(name: str) -> None:
        raise RuntimeError("/home/somebody/secret.py")

    monkeypatch.setattr(study, "maps", broken)
    (one, other) = parts(client.post("together", json={"paths": ["maps/conv", "training"]}).content)
    assert (one[0], other[0]) == (500, 200)
    assert b"secret" not in one[1] and b"RuntimeError" in one[1]


def test_one_request_for_a_touched_value(page: Page) -> None:
    """The page asks at once for all that it draws at once."""
    page.locator("#network [data-id=conv]").click()
    page.get_by_role("group", name="Map 0").press("ArrowRight")
    page.get_by_role("group", name="Map 0").press("Enter")
    expect(page.locator("#panel .way")).to_contain_text("conv[")
    page.wait_for_timeout(300)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.split("/api/")[-1]))
    before = page.locator("#panel .way b").text_content()
    cells = page.locator("#panel .cell").evaluate_all("all => { globalThis.cells = all; return all.length; }")
    page.locator("#panel").press("ArrowDown")
    expect(page.locator("#panel .way b")).not_to_have_text(str(before))
    assert asked == ["together"]
    same = "all => all.filter((each, index) => each === globalThis.cells[index]).length"
    assert page.locator("#panel .cell").evaluate_all(same) == cells  # changed, not made anew


def test_told_at_once() -> None:
    """Whoever waits for events is woken by them, from whatever thread they come."""
    came, events = threading.Event(), Events()
    subscription = events.subscribe(came.set)
    threading.Thread(target=lambda: events.tell("changed", {"what": "input"})).start()
    assert came.wait(30)
    assert subscription.waiting() == ['event: changed\ndata: {"what": "input"}\n\n']
