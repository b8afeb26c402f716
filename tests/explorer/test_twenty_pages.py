"""Twenty pages on one run, of which one has stopped reading: nobody waits for it, and what is kept for it is little."""

from __future__ import annotations

import socket
import threading

from trainings import rest, wait_for

from pellucid.explorer import Served, Study

PAGES = 20
MOST_LINES = 256  # that wait for one page
LONG = "x" * 4000
MOST = 20_000  # events, of which the system keeps some thousand for who does not read


def listening(served: Served) -> socket.socket:
    """A connection on which what happens is told, with little room for what is not read yet."""
    token = served.address.split("/?token=")[1]
    page = socket.socket()
    page.settimeout(30)
    page.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    page.connect(("127.0.0.1", served.port))
    asked = f"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nx-pellucid-token: {token}\r\n\r\n"
    page.sendall(asked.encode())
    read_until(page, b"event: hello")
    return page


def read_until(page: socket.socket, word: bytes, noting: bytes = b"event: missed") -> bool:
    """Read until a word comes; whether another came before."""
    tail, has_come = b"", False
    while word not in tail:
        part = page.recv(65536)
        assert part
        tail = tail[-len(noting) :] + part
        has_come = has_come or noting in tail
    return has_come


def test_one_of_twenty_stops_reading(served: Served, study: Study) -> None:
    """The training makes its steps, the other pages hear all, and the one that goes on is told that it missed some."""
    pages = [listening(served) for _ in range(PAGES)]  # each is answered before the next one comes
    wait_for(lambda: len(study.events._subscriptions) == PAGES)
    stopped, others = pages[0], pages[1:]
    heard: list[bool] = []
    readers = [
        threading.Thread(target=lambda page=page: heard.append(read_until(page, b"the last"))) for page in others
    ]
    for reader in readers:
        reader.start()
    study.training.start(50)
    first = study.events._subscriptions[0]  # that of the page that was there first
    for number in range(MOST):
        study.events.tell("changed", {"what": "nothing", "number": number, "and": LONG})
        if "event: missed" in "".join([*first._lines][:1]):
            break
    rest(study.training)
    assert study.training.step == 50
    waiting = [len(each._lines) + len(each._newest) for each in study.events._subscriptions]
    assert max(waiting) <= MOST_LINES + 8  # the last word of each kind besides
    study.events.tell("changed", {"what": "the last"})
    for reader in readers:
        reader.join(30)
    assert len(heard) == len(others)
    assert read_until(stopped, b"the last")  # so that it asks anew for all that it shows
    for page in pages:
        page.close()
    wait_for(lambda: not study.events._subscriptions)
