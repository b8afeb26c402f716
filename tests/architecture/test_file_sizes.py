"""A file holds one idea: no source has more than 400 lines, whatever its language, tests and benchmarks included."""

from __future__ import annotations

from pathlib import Path

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


def test_files_are_short():
    """Divide a longer one by idea."""
    lines = {str(path): len((ROOT / path).read_text("utf-8").splitlines()) for path in FILES}
    assert {path: count for path, count in lines.items() if count > MOST_LINES} == {}


def test_files_of_tests_have_names_of_their_own():
    """Two of one name in two folders cannot be collected together, each alone can: a mistake that hides."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
