"""A file holds one idea: no source has more than 400 lines, whatever its language, tests and benchmarks included."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("src", "native", "benchmarks", "tests")
SUFFIXES = {".py", ".h", ".cc"}
MOST_LINES = 400
FILES = sorted(
    path.relative_to(ROOT)
    for room in ROOMS
    for path in (ROOT / room).rglob("*")
    if path.suffix in SUFFIXES and "__pycache__" not in path.parts
)


def test_the_sources_are_found():
    for room in ROOMS:
        assert any(path.parts[0] == room for path in FILES), f"no source in {room}/"


@pytest.mark.parametrize("path", FILES, ids=str)
def test_file_is_short(path: Path):
    lines = len((ROOT / path).read_text("utf-8").splitlines())
    assert lines <= MOST_LINES, f"{path} has {lines} lines; divide it by idea, at most {MOST_LINES} lines a file"


def test_files_of_tests_have_names_of_their_own():
    """Two of one name in two folders cannot be collected together, each alone can: a mistake that hides."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
