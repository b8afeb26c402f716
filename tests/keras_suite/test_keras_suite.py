"""Keras's own tests pass on Pellucid at least as often as before: file by file, by a floor that only rises.

Of the files `make test` runs those whose turn it is with this commit, `make test-long` all. Where more pass than the
floor says, `python tests/keras_suite/run.py --raise` raises it.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import names
import pytest
import running
import sampling

KERAS = "3.15.1"
"""The version whose tests the floor counts: others have other tests."""
SECONDS = 150.0  # for a file: twenty times what the slowest takes on a calm machine


@pytest.mark.skipif(version("keras") != KERAS, reason=f"the floor counts the tests of Keras {KERAS}")
@pytest.mark.parametrize("file", [file for file, least in running.floor().items() if least and sampling.runs(file)])
def test_as_many_pass_as_before(file: str) -> None:
    records = running.run_file(file, SECONDS)
    failed = [
        f"{record['test']}: {record['kind']}: {record['message'][:200]}"
        for record in records
        if running.kind_of(record) == "failed"
    ]
    assert running.passing(records) >= running.floor()[file], "\n".join([f"of {file} fail:", *failed])


def test_every_file_of_the_floor_is_there() -> None:
    assert version("keras") != KERAS or set(running.floor()) <= set(running.files())


def test_the_floor_only_rises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "FLOOR", tmp_path / "floor.json")
    running.FLOOR.write_text('{"a_test.py": 2, "b_test.py": 1}')
    passed = {"status": "pass"}
    records = [{"file": "a_test.py", **passed}, {"file": "b_test.py", **passed}, {"file": "b_test.py", **passed}]
    assert running.raise_floor(records) == ["b_test.py"]
    assert running.floor() == {"a_test.py": 2, "b_test.py": 2}


def test_a_missing_name_fails_where_it_is_used_and_nowhere_else() -> None:
    """A test that stops at it is no test that passes."""
    absent = names.Missing("layers.Nothing")
    assert isinstance(absent.anything, names.Missing)
    names.STATE["running"] = True
    try:
        with pytest.raises(names.MissingFeature, match=r"pellucid has no layers\.Nothing"):
            absent(3)
    finally:
        names.STATE["running"] = False
