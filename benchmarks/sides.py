"""The sides of a comparison of Pellucid with itself: each a wheel, and an environment that has nothing else in it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from frameworks.contestants import OURS
from measure import Task, Worker

IMPORT = """
import time
start = time.perf_counter()
import pellucid
pellucid.Sequential
print(time.perf_counter() - start, pellucid.__file__)
"""
FINGERPRINT = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from frameworks.keras_like import pellucid_trained
from workloads import ROWS
weights = pellucid_trained(ROWS[1], int(sys.argv[2]), int(sys.argv[3])).get_weights()
print(hashlib.sha256(b"".join(weight.tobytes() for weight in weights)).hexdigest())
"""
"""Row 1 after some steps; arguments: this folder, threads, steps."""


@dataclass(frozen=True)
class Side:
    """A folder with `wheel/*.whl` and `environment/`, made by the Makefile."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "environment" / "bin" / "python"

    def wheel_megabytes(self) -> float:
        """Size of the wheel [2^20 bytes]."""
        (wheel,) = (self.folder / "wheel").glob("*.whl")
        return wheel.stat().st_size / 2**20

    def installed_megabytes(self) -> float:
        """What the environment takes on disk [2^20 bytes], as `du` counts: Pellucid and all that it needs."""
        command = ["du", "-s", "--block-size=1024", str(self.folder / "environment")]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[0]) / 1024

    def import_seconds(self) -> float:
        """How long it takes in a new process until `pellucid.Sequential` is there."""
        seconds, where = self._run(IMPORT).split(maxsplit=1)
        if not Path(where).resolve().is_relative_to(self.folder.resolve()):
            raise RuntimeError(f"{self.python} imports {where}, not what is installed beside it")
        return float(seconds)

    def fingerprint(self, threads: int, steps: int) -> str:
        """SHA-256 of all weights of row 1 after some training steps."""
        return self._run(FINGERPRINT, str(Path(__file__).parent), str(threads), str(steps))

    def _run(self, program: str, *arguments: str) -> str:
        command = [str(self.python), "-c", program, *arguments]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


Block = Callable[[], float]


def blocks(task: Task, sides: list[Side], stack: ExitStack) -> list[Block]:
    """For each side a process that is warm, as a function that runs a block and returns seconds per step or call."""
    workers = [stack.enter_context(Worker(OURS, task, side.python)) for side in sides]
    for worker in workers:
        worker.warm()
    return [lambda worker=worker: worker.ask("block")["seconds"] for worker in workers]


def alternate(before: Block, now: Block, pairs: int) -> list[tuple[float, float]]:
    """So many pairs of blocks side by side in time: before and now, now and before, ..."""
    found = []
    for number in range(pairs):
        if number % 2 == 0:
            found.append((before(), now()))
        else:
            found.append((now(), before())[::-1])
    return found
