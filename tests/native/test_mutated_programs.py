"""Programs with one number changed, under the address and undefined-behaviour sanitizers: refused, or nothing strays.

The harness (native/tests/program_harness.cc) is the runtime with the kernels of one level, built anew: minutes, so it
runs with `make test-long` alone.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sampling

from pellucid import Input, Sequential, layers
from pellucid.engines import native

ROOT = Path(__file__).parents[2]
COMPILER = shutil.which("c++")
LEVEL = ["-DPELLUCID_ISA=sse2", "-DPELLUCID_VECTOR_FLOATS=4"]
FLAGS = [
    "-std=c++20",
    "-O1",
    "-g",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-ffp-contract=fast",
    "-pthread",
    "-Wno-psabi",
]
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
ROUNDS = 3000


class _Recorder:
    """Stands for the extension, and keeps what programs are made of."""

    def __init__(self, extension: Any) -> None:
        self.extension, self.programs = extension, []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.extension, name)

    def Program(self, instructions: Any, arena: int, isa: str | None, fixed: int) -> Any:
        self.programs.append((instructions, arena, fixed))
        return self.extension.Program(instructions, arena, isa, fixed)


def _programs(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Those of training steps and predictions of small networks."""
    recorder = _Recorder(native._native)
    monkeypatch.setattr(native, "_native", recorder)
    for stack in (
        [layers.Conv2D(3, 3, padding="same", activation="relu"), layers.MaxPooling2D(2)],
        [
            layers.DepthwiseConv2D(3, strides=2),
            layers.BatchNormalization(),
            layers.AveragePooling2D(2),
            layers.Flatten(),
        ],
        [layers.UpSampling2D(2, interpolation="bilinear"), layers.Dropout(0.5), layers.GlobalMaxPooling2D()],
    ):
        model = Sequential([Input((8, 7, 2)), *stack, layers.Flatten(), layers.Dense(3, activation="softmax")])
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        x = np.random.default_rng(0).normal(size=(4, 8, 7, 2)).astype(np.float32)
        model.train_on_batch(x, np.array([0, 1, 2, 1]))
        model.predict(x, verbose=0)
    return recorder.programs


def _text(program: Any) -> str:
    """A program as the harness reads it."""
    instructions, arena, fixed = program
    lines = [f"program {arena} {fixed} {len(instructions)}"]
    for op, inputs, outputs, ints, floats in instructions:
        lists = [[each for place in places for each in place] for places in (inputs, outputs)]
        counted = [(len(inputs), lists[0]), (len(outputs), lists[1]), (len(ints), ints), (len(floats), floats)]
        lines.append(" ".join([op, *(" ".join(map(_number, [count, *values])) for count, values in counted)]))
    return "\n".join(lines) + "\n"


def _number(value: Any) -> str:
    return repr(float(value)) if isinstance(value, float) else str(int(value))


def _sources() -> list[Path]:
    """The kernels and the runtime, as CMake lists them; of the levels there is one, so none is chosen."""
    listed = re.findall(r"native/(?:kernels|runtime)/\w+\.cc", (ROOT / "CMakeLists.txt").read_text())
    left_out = ("kernels/pairs.cc", "runtime/isa.cc")
    found = [ROOT / path for path in dict.fromkeys(listed) if not path.endswith(left_out)]
    return [*found, ROOT / "native/tests/program_harness.cc"]


@pytest.mark.skipif(COMPILER is None, reason="no C++ compiler on this machine")
@pytest.mark.skipif(sampling.SAMPLES, reason="the harness takes minutes to build; make test-long runs it")
def test_a_changed_program_is_refused_or_stays_within_its_arrays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some thousand changes of each program."""
    (tmp_path / "programs.txt").write_text("".join(map(_text, _programs(monkeypatch))))
    flags = [
        *FLAGS,
        *SANITIZE,
        *LEVEL,
        *(f"-I{ROOT / 'native' / folder}" for folder in ("include", "kernels", "runtime")),
    ]

    def compiled(source: Path) -> tuple[Path, subprocess.CompletedProcess[str]]:
        target = tmp_path / f"{source.stem}_{source.parent.name}.o"
        command = [str(COMPILER), *flags, "-c", str(source), "-o", str(target)]
        return target, subprocess.run(command, capture_output=True, text=True, check=False)

    with ThreadPoolExecutor(2) as pool:
        built = list(pool.map(compiled, _sources()))
    said = "".join(done.stderr for _, done in built)
    assert all(done.returncode == 0 for _, done in built), said[:4000]
    program = tmp_path / "program_harness"
    objects = [str(target) for target, _ in built]
    linked = subprocess.run(
        [str(COMPILER), *SANITIZE, "-pthread", *objects, "-o", str(program)],
        capture_output=True,
        text=True,
        check=False,
    )
    if "asan" in linked.stderr and linked.returncode:
        pytest.skip("this compiler has no AddressSanitizer")
    assert linked.returncode == 0, linked.stderr[:4000]
    command = [str(program), str(tmp_path / "programs.txt"), str(ROUNDS)]
    found = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
    assert found.returncode == 0, (found.stdout + found.stderr)[:4000]
    ran = re.search(r"(\d+) changed ones ran", found.stdout)
    assert ran is not None and int(ran[1]) > ROUNDS // 10, found.stdout
