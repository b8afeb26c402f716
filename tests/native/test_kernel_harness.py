"""Kernels against plain loops, under the address and undefined-behaviour sanitizers (native/tests/conv_harness.cc)."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from sampling import one_of

from pellucid.engines import available_isas

ROOT = Path(__file__).parents[2]
COMPILER = shutil.which("c++")
LEVELS = {
    "avx512": ["-march=x86-64-v4", "-mavx512bf16", "-mprefer-vector-width=512", "-DPELLUCID_VECTOR_FLOATS=16"],
    "avx2": ["-mavx2", "-mfma", "-DPELLUCID_VECTOR_FLOATS=8"],
    "sse2": ["-DPELLUCID_VECTOR_FLOATS=4"],
    "neon": ["-DPELLUCID_VECTOR_FLOATS=4"],
}


def sources(isa: str) -> list[Path]:
    """Those that the head of the harness lists; one of them is of a single level."""
    head = (ROOT / "native" / "tests" / "conv_harness.cc").read_text().split("#include")[0]
    found = []
    for folder, names in re.findall(r"(native/\w+)/\{([\w,]+)\}\.cc", head):
        found += [ROOT / folder / f"{name}.cc" for name in names.split(",") if name != "pairs" or isa == "avx512"]
    return [*found, ROOT / "native/tests/conv_harness.cc", ROOT / "native/runtime/thread_pool.cc"]


@pytest.mark.skipif(COMPILER is None, reason="no C++ compiler on this machine")
@pytest.mark.parametrize("isa", one_of(available_isas()))
def test_kernels_touch_only_their_arrays_and_compute_what_is_defined(isa: str, tmp_path: Path) -> None:
    program = tmp_path / "conv_harness"
    flags = [
        "-std=c++20",
        "-O1",
        "-fno-math-errno",
        "-fno-trapping-math",
        "-ffp-contract=fast",
        "-pthread",
        "-Wno-psabi",
    ]
    flags += ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", f"-DPELLUCID_ISA={isa}", *LEVELS[isa]]
    flags += [f"-I{ROOT / 'native' / folder}" for folder in ("include", "kernels")]
    build = subprocess.run([str(COMPILER), *flags, *sources(isa), "-o", program], capture_output=True, text=True)
    if "asan" in build.stderr and build.returncode != 0:
        pytest.skip("this compiler has no AddressSanitizer")
    assert build.returncode == 0, build.stderr
    result = subprocess.run([program, "test", "40"], capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "40 cases, 0 failures" in result.stdout
