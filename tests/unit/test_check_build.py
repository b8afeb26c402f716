"""What `make` says before it builds: one line with what is missing and what to install."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "native" / "check_build.py"


def said(**environment: str) -> tuple[int, str]:
    """Exit code and what stands on the error stream."""
    changed = {name: value for name, value in os.environ.items() if name != "CXX"} | environment
    done = subprocess.run([sys.executable, SCRIPT], env=changed, capture_output=True, text=True, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_compilers(tmp_path: Path) -> None:
    """One that works is not spoken of; none, one that is missing and one that refuses C++20 are."""
    old = tmp_path / "old"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    new = tmp_path / "new"
    new.write_text("#!/bin/sh\nexit 0\n")
    new.chmod(0o755)
    assert said(CXX=str(new)) == (0, "")
    for environment, problem in (
        ({"PATH": str(tmp_path)}, "there is none; install one (Debian, Ubuntu: apt install g++;"),
        ({"CXX": "no-such-compiler"}, "CXX=no-such-compiler is no program; install one"),
        ({"CXX": str(old)}, f"{old} is none; install one"),
    ):
        code, text = said(**environment)
        assert code == 1
        assert text.startswith("pellucid: a C++20 compiler is needed (GCC 11+, Clang 14+), ")
        assert problem in text and text.count("\n") == 1


def test_an_old_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """The script itself is written so that an old Python can say that it is too old."""
    names: dict[str, object] = {"__name__": "check_build"}
    exec(compile(SCRIPT.read_text(), str(SCRIPT), "exec"), names)
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    problem = names["obstacle"]()  # type: ignore[operator]
    assert problem == f"Python 3.11 or newer is needed, {sys.executable} is 3.9.2; say PYTHON=/path/to/python3.11"
