"""The thread pool of the native engine under ThreadSanitizer (native/tests/thread_pool_test.cc)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

NATIVE = Path(__file__).parents[2] / "native"
COMPILER = shutil.which("c++")


@pytest.mark.skipif(COMPILER is None, reason="no C++ compiler on this machine")
def test_thread_pool_has_no_races(tmp_path: Path) -> None:
    program = tmp_path / "thread_pool_test"
    sources = [NATIVE / "tests" / "thread_pool_test.cc", NATIVE / "runtime" / "thread_pool.cc"]
    flags = ["-std=c++20", "-O1", "-g", "-pthread", "-fsanitize=thread", f"-I{NATIVE / 'include'}"]
    build = subprocess.run([str(COMPILER), *flags, *sources, "-o", program], capture_output=True, text=True)
    if "tsan" in build.stderr and build.returncode != 0:
        pytest.skip("this compiler has no ThreadSanitizer")
    assert build.returncode == 0, build.stderr
    result = subprocess.run([program], capture_output=True, text=True, timeout=120)
    if "unexpected memory mapping" in result.stderr:
        pytest.skip("ThreadSanitizer does not run on this kernel")
    assert result.returncode == 0, result.stdout + result.stderr
