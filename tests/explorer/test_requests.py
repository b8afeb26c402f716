"""What the server answers, and whom it refuses."""

from __future__ import annotations

from pathlib import Path

import httpx
import numpy as np
import pytest

from pellucid.errors import ArgumentError
from pellucid.explorer import Served, Study, app, serve
from pellucid.explorer.wire import unpacked
from pellucid.inspection import feature_maps


def test_maps(client: httpx.Client, study: Study) -> None:
    """The numbers of `inspection`, bit for bit."""
    head, arrays = unpacked(client.get("maps/conv?first=2&count=3").content)
    (record,) = feature_maps(study.model, study.samples.sample(0), "conv")
    assert np.array_equal(arrays["maps"], record.maps[..., 2:5])
    assert head["shape"] == [6, 6, 6]


def test_what_cannot_be_done_is_said(client: httpx.Client) -> None:
    """In the words of the library, with 400."""
    for answer, sentence in (
        (client.get("maps/none"), "digits_net has no layer 'none' with maps"),
        (client.get("maps/conv?first=-1"), "first is a whole number from 0 to 2147483648, got '-1'"),
        (client.post("input", json={"sample": 10**9}), "digits, held out: there are samples 0 to 359, got 1000000000"),
        (client.post("input", content=b"{"), "what was sent is no JSON"),
    ):
        assert (answer.status_code, answer.json()["error"]) == (400, sentence)


def test_who_is_refused(served: Served) -> None:
    """Without the token, for another host, from another page."""
    base, token = served.address.split("/?token=")
    known = {"x-pellucid-token": token}
    with httpx.Client(base_url=base) as client:
        assert client.get("/").status_code == 200
        assert client.get("/api/network", headers=known).status_code == 200
        assert client.get("/api/network").status_code == 403
        assert client.get("/api/network", headers={"x-pellucid-token": token + "a"}).status_code == 403
        assert client.get("/", headers={"host": f"evil.example:{served.port}"}).status_code == 400
        assert client.get("/", headers={"host": "127.0.0.1:1"}).status_code == 400
        assert client.get("/api/network", headers={**known, "origin": "http://evil.example"}).status_code == 403
        assert client.get("/page/../../pyproject.toml").status_code == 404
        assert "frame-ancestors 'none'" in client.get("/").headers["content-security-policy"]


def test_what_is_served_is_a_table(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's files as they are when it begins; no other path reaches the file system."""
    monkeypatch.setattr(app, "PAGE", tmp_path)
    for name in ("index.html", "a.js"):
        (tmp_path / name).write_text(name)
    with serve(study) as served, httpx.Client(base_url=served.address.partition("?")[0]) as client:
        (tmp_path / "b.js").write_text("b")
        assert client.get("/").text == "index.html"
        assert client.get("/page/a.js").text == "a.js"
        assert "javascript" in client.get("/page/a.js").headers["content-type"]
        assert client.get("/page/b.js").status_code == 404


def test_a_long_step_holds_nobody_up(client: httpx.Client, study: Study) -> None:
    """How the training stands, its curves and the maps are told while a step is under way, however long it takes."""
    client.get("training")
    with study.editing():  # as the training has it for the time of a step
        for path in ("training", "training/curves", "maps/conv", "answer"):
            assert client.get(path, timeout=20).status_code == 200


def test_told_to_answer_elsewhere(study: Study) -> None:
    """On the address that was named, by that name alone, and with the token."""
    with serve(study, exposed_on="127.0.0.2") as served:
        assert served.address.startswith(f"http://127.0.0.2:{served.port}/?token=")
        base, token = served.address.split("/?token=")
        assert httpx.get(f"{base}/api/answer").status_code == 403
        answer = httpx.get(f"{base}/api/answer", headers={"x-pellucid-token": token})
        assert answer.status_code == 200
        for other in ("localhost", "127.0.0.1", "evil.example"):
            assert httpx.get(base, headers={"host": f"{other}:{served.port}"}).status_code == 400
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.1:{served.port}/")


@pytest.mark.parametrize("address", ["0.0.0.0", "everywhere", "224.0.0.1", "::", "192.0.2.1"])
def test_addresses_that_this_machine_has_not(study: Study, address: str) -> None:
    """All of them at once is none: the page could not tell who is meant."""
    with pytest.raises(ArgumentError, match=address.replace(".", r"\.")):
        serve(study, exposed_on=address)


@pytest.mark.parametrize("error", [ValueError("a layer of the user's own"), ArgumentError("no"), MemoryError()])
def test_what_goes_wrong_ahead(
    served: Served, client: httpx.Client, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """What a page asks for first is made ahead; whatever goes wrong then ends nothing, and all else is answered."""

    def fail(study: Study) -> None:
        raise error

    monkeypatch.setattr(Study, "all_maps", fail)
    served.prepare()
    assert client.get("network").status_code == 200
