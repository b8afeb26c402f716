"""What ends all processes of a training: they differ, or one of them has an error. One process stands for several."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import processes
from pellucid.engines.xla import joining, leaving
from pellucid.errors import EngineError


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """three(theirs): this process is the first of three, of which the last has something else than this one."""
    monkeypatch.setattr(processes, "count", lambda: 3)
    fingerprints: list[np.ndarray] = []

    def have(theirs: Any) -> None:
        fingerprints.clear()
        monkeypatch.setattr(
            joining.multihost_utils, "process_allgather", lambda a, tiled: fingerprints.append(a) or [a] * 3
        )
        joining.agree(theirs, "weights")
        third = fingerprints[0]
        monkeypatch.setattr(joining.multihost_utils, "process_allgather", lambda a, tiled: np.stack([a, a, third]))

    return have


@pytest.mark.parametrize(
    ("mine", "theirs", "sentence"),
    [
        (
            np.ones(4, np.float32),
            np.zeros(4, np.float32),
            r"differ between the processes of this training: between process 2 and process 0; process 0 has it\.",
        ),
        (
            np.ones(4, np.float32),
            np.ones(5, np.float32),
            r"other networks.*weights differ between process 2 and process 0, in their number already \(4, 4, 5\)",
        ),
        ("a", "ab", r"weights differ between the processes of this training: between process 2 and process 0; "),
    ],
)
def test_who_differs_is_told(mine: Any, theirs: Any, sentence: str, three: Callable[[Any], None]) -> None:
    three(theirs)
    with pytest.raises(EngineError, match=sentence):
        joining.agree(mine, "weights", "it")
    three(mine)
    joining.agree(mine, "weights")


def test_the_first_thing_that_differs_is_told(three: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many; what is long is not shown."""
    mine = {"the layers": "a" * 100, "the epochs": "0 to 3"}
    asked = joining._fingerprints
    theirs: list[dict[str, str]] = []

    def of_three(content: bytes) -> np.ndarray:
        here = {str(mine).encode(): str(theirs[0]).encode(), **{mine[n].encode(): theirs[0][n].encode() for n in mine}}
        monkeypatch.setattr(joining.multihost_utils, "process_allgather", lambda array, tiled: array)
        return np.stack([asked(each)[0] for each in (content, content, here[content])])

    three("")
    monkeypatch.setattr(joining, "_fingerprints", of_three)
    for others, sentence in (
        ({"the layers": "a" * 99 + "b"}, r"the layers differ between .* process 2 and process 0\. Every"),
        ({"the epochs": "0 to 4"}, "the epochs differ between .* process 2 and process 0; process 0 has 0 to 3"),
    ):
        theirs[:] = [{**mine, **others}]
        with pytest.raises(EngineError, match=sentence):
            joining.agree_on(mine)
    theirs[:] = [mine]
    joining.agree_on(mine)


@pytest.mark.parametrize("asks", [joining.barrier, lambda: joining.least([1]), lambda: joining.agree("a", "words")])
def test_who_asks_when_another_is_gone(asks: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The library below speaks of its sockets."""

    def gone(array: Any, tiled: bool = False) -> Any:
        raise ValueError("UNKNOWN: Gloo AllGather failed: Connection closed by peer\nmore")

    monkeypatch.setattr(processes, "count", lambda: 2)
    monkeypatch.setattr(joining.multihost_utils, "process_allgather", gone)
    with pytest.raises(EngineError, match=r"cannot be asked any more: UNKNOWN.*by peer\. Another process"):
        asks()


@pytest.mark.parametrize(("error", "code"), [(ValueError("mine"), 1), (KeyboardInterrupt(), 130)])
def test_an_error_ends_a_process_soon(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is shown first; for the others, who may not come, nobody waits long."""
    left: list[int] = []
    shown: list[BaseException] = []
    for_ever = threading.Event()
    monkeypatch.setattr(leaving, "GRACE_S", 0.01)
    monkeypatch.setattr(leaving.os, "_exit", left.append)
    monkeypatch.setattr(leaving.jax.distributed, "shutdown", for_ever.wait)
    monkeypatch.setattr(processes, "_here", [1, 3])
    monkeypatch.setattr(sys, "excepthook", lambda kind, value, trace: shown.append(value))
    leaving.leaves_soon_after_errors()
    sys.excepthook(type(error), error, None)
    for_ever.set()
    assert shown == [error] and left == [code]
    assert capsys.readouterr().err.startswith("pellucid: process 1 of 3 ends by this error")
