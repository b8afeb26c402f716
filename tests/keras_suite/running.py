"""Runs test files of Keras's, each in a process of its own, and counts what came of their tests."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import names

HERE = Path(__file__).resolve().parent
FLOOR = HERE / "floor.json"
SCOPE = (
    "layers/convolutional",
    "layers/pooling",
    "layers/activations",
    "layers/normalization",
    "layers/regularization",
    "layers/reshaping",
    "layers/merging",
    "layers/core",
    "initializers",
    "regularizers",
    "constraints",
    "activations",
    "losses",
    "metrics",
    "optimizers",
    "callbacks",
    "models",
    "trainers",
    "saving",
)
"""The folders of Keras's whose tests say something about Pellucid."""
SILENCE = 45.0
"""A worker that says nothing for so many seconds hangs: a test may take less (`worker.SECONDS_PER_TEST`)."""

Record = dict[str, Any]


def files(where: Sequence[str] = SCOPE) -> list[str]:
    """The test files of folders (or files) below keras/src, in order."""
    paths = [names.SRC / name for name in where]
    found = [path for top in paths for path in ([top] if top.is_file() else sorted(top.rglob("*_test.py")))]
    return [path.relative_to(names.SRC).as_posix() for path in found]


def run_file(file: str, seconds: float = 60.0, words: Sequence[str] = (), backend: str = "jax") -> list[Record]:
    """The outcomes of one file; a worker that dies or hangs is started again behind the test that it died of.

    Args:
        file: as `files` names it.
        seconds: at most for the whole file.
        words: options for the worker.
        backend: Keras's, where the worker runs Keras itself.
    """
    done, records, end = 0, [], time.monotonic() + seconds
    while True:
        lines, code = _work([file, "--done", str(done), *words], end, "--trace" in words, backend)
        started = lines[-1] if lines and lines[-1]["status"] == "started" else None
        records += [{"file": file, **line} for line in lines if line["status"] != "started"]
        late = code is None
        failure = {
            "file": file,
            "status": "fail",
            "kind": "TooSlow" if late else "Crash",
            "message": f"exit code {code}",
        }
        if started is None:
            if late:
                records.append({**failure, "test": "(rest)", "message": "time for the file is over"})
            elif code and not records:
                records.append({**failure, "test": "(import)"})
            return records
        records.append({**failure, "test": started["test"]})
        done = started["number"] + 1
        if time.monotonic() > end:
            return records


def _work(words: list[str], end: float, aloud: bool, backend: str) -> tuple[list[Record], int | None]:
    """What one worker tells, and its exit code; None where it was stopped because it said nothing any more."""
    read, write = os.pipe()
    command = [sys.executable, str(HERE / "worker.py"), *words, "--fd", str(write)]
    surroundings = {**os.environ, "OMP_NUM_THREADS": "2", "KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"}
    sink = None if aloud else subprocess.DEVNULL
    child = subprocess.Popen(
        command, pass_fds=[write], stdout=sink, stderr=sink, env=surroundings, stdin=subprocess.DEVNULL
    )
    os.close(write)
    text, late = b"", False
    with os.fdopen(read, "rb", buffering=0) as pipe, selectors.DefaultSelector() as wait:
        wait.register(pipe, selectors.EVENT_READ)
        while True:
            if not wait.select(max(0.0, min(SILENCE, end - time.monotonic()))):
                late = True
                child.kill()
                break
            chunk = pipe.read(65536)
            if not chunk:
                break
            text += chunk
    code = child.wait()
    whole = text.decode().split("\n")[:-1]
    return [json.loads(line) for line in whole], None if late else code


def kind_of(record: Record) -> str:
    """The column that an outcome is counted in."""
    status = record["status"]
    if status == "pass":
        return "by bridge" if record.get("bridges") else "passed"
    return {"n/a": "n/a", "words": "wording"}.get(status, "failed")


def passing(records: Sequence[Record]) -> int:
    """How many tests pass as they are written."""
    return sum(record["status"] == "pass" for record in records)


def floor() -> dict[str, int]:
    """How many tests of each file have passed before."""
    return json.loads(FLOOR.read_text("utf-8"))


def raise_floor(records: Sequence[Record]) -> list[str]:
    """Write down where more tests pass now; the files. It is never lowered."""
    table = floor()
    ran = sorted({record["file"] for record in records})
    now = {file: passing([record for record in records if record["file"] == file]) for file in ran}
    higher = [file for file in ran if now[file] > table.get(file, 0)]
    table |= {file: now[file] for file in higher}
    FLOOR.write_text(json.dumps(dict(sorted(table.items())), indent=1) + "\n", "utf-8")
    return higher
