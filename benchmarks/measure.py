"""Alternating blocks of several processes, and what follows from them: medians of ratios, and how sure they are."""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from frameworks.contestants import CONTESTANTS, ROUNDED
from workloads import ROWS

HERE = Path(__file__).parent
WARM_STEPS = 20
HEATS = 3
Answer = dict[str, float]


class ContestantFailed(Exception):
    """A contestant's process ended; the last line that it wrote."""


@dataclass(frozen=True)
class Task:
    """What every contestant of a comparison does: train the network of a row, or predict batches with it."""

    row: int
    mode: str  # "train", "predict", "door" or "start"
    batch: int
    cores: tuple[int, ...]

    def __str__(self) -> str:
        what = {"start": "first step", "door": "predict, nothing to compute"}.get(self.mode, self.mode)
        return f"{self.row} {ROWS[self.row].title}: {what}, batch {self.batch}"


class Worker:
    """A contestant's process; its answers are dictionaries of numbers. `python` is the interpreter that has it."""

    def __init__(self, name: str, task: Task, python: str | Path = sys.executable) -> None:
        threads, cores = str(len(task.cores)), ",".join(map(str, task.cores))
        environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), threads)
        self.name, self.task = name, task
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed in __exit__
        self._process = subprocess.Popen(
            [python, str(HERE / "worker.py"), name, str(task.row), task.mode, str(task.batch), cores],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=environment | (CONTESTANTS | ROUNDED)[name].environment,
        )
        self.ready = self._answer()["seconds"]

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def ask(self, question: str) -> Answer:
        """Send a line and wait for the answer."""
        assert self._process.stdin
        self._process.stdin.write(question + "\n")
        self._process.stdin.flush()
        return self._answer()

    def warm(self) -> list[Answer]:
        """The first blocks, which nobody times: at least two, and 20 steps."""
        steps = ROWS[self.task.row].steps if self.task.mode == "train" else WARM_STEPS
        return [self.ask("block") for _ in range(max(2, min(5, -(-WARM_STEPS // steps))))]

    def _answer(self) -> Answer:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if line:
            return dict(json.loads(line))
        self._process.wait()
        self._errors.seek(0)
        raise ContestantFailed(f"{self.name}: {(self._errors.read().strip().splitlines() or ['no message'])[-1]}")


class Contest:
    """The processes of a task: one of them works at a time, the others wait for a line and cost memory alone.

    Attributes:
        left_out: why those that failed are not among them; those that are not installed are such.
    """

    def __init__(self, names: list[str], task: Task, say: Callable[[str], None]) -> None:
        self.left_out: dict[str, str] = {}
        self._task, self._say = task, say
        self._answers: dict[str, list[Answer]] = {name: [] for name in names}
        self._workers: dict[str, Worker] = {}
        self._open = ExitStack()

    def __enter__(self) -> Contest:
        """Start all; as many at once as there are cores, since importing and converting take most of the time."""
        with self._open, ThreadPoolExecutor(len(self._task.cores)) as pool:
            for name, worker in zip(self._answers, pool.map(self._start, self._answers), strict=True):
                if worker:
                    self._workers[name] = self._open.enter_context(worker)
            self._open = self._open.pop_all()
        return self

    def __exit__(self, *error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._open.close()

    def _start(self, name: str) -> Worker | None:
        self._say(f"{self._task}: {name} gets ready")
        try:
            return Worker(name, self._task)
        except ContestantFailed as error:
            self._leave_out(name, error)
            return None

    def _leave_out(self, name: str, error: ContestantFailed) -> None:
        self.left_out[name] = str(error)
        print(f"\n  left out: {error}", file=sys.stderr)

    def heats(self) -> dict[str, float]:
        """A few blocks of each, all in turns, so that a slow moment meets nobody alone; seconds of a step or call."""
        for name, worker in self._workers.items():
            self._say(f"{self._task}: {name} warms up")
            self._try(name, worker.warm)
        for heat in range(HEATS):
            self._say(f"{self._task}: heat {heat + 1} of {HEATS}")
            for name in self._racing():
                self._try(name, lambda name=name: [self._workers[name].ask("block")])
        best = {name: min(answer["seconds"] for answer in self._answers[name][-HEATS:]) for name in self._racing()}
        return dict(sorted(best.items(), key=lambda item: item[1]))

    def _racing(self) -> list[str]:
        return [name for name in self._workers if name not in self.left_out]

    def _try(self, name: str, run: Callable[[], list[Answer]]) -> None:
        """Keep the answers of a contestant, or why it ended."""
        try:
            self._answers[name] += run()
        except ContestantFailed as error:
            self._leave_out(name, error)

    def memory(self) -> dict[str, float]:
        """The most that each process has had [bytes]."""
        return {name: max(answer["memory"] for answer in self._answers[name]) for name in self._racing()}

    def rounds(self, names: list[str], pairs: int) -> dict[str, Any]:
        """Blocks in alternating order, the peak beside each; by contestant what `_summary` says.

        The first of the names is ours, with which the others are compared.
        """
        for name in set(names) & set(self.left_out):
            raise ContestantFailed(self.left_out[name])
        timed: dict[str, list[Answer]] = {name: [] for name in names}
        peaks: list[float] = []
        for number in range(pairs):
            self._say(f"{self._task}: round {number + 1} of {pairs}")
            peaks.append(self._workers[names[0]].ask("peak")["peak"])
            for name in names if number % 2 == 0 else reversed(names):
                timed[name].append(self._workers[name].ask("block"))
        for name in names:
            self._answers[name] += timed[name]
        results = {name: _summary(timed[name], timed[names[0]], self._answers[name], peaks) for name in names}
        return {"peak_gflops": 1e-9 * statistics.median(peaks), "contestants": results}


def _summary(answers: list[Answer], ours: list[Answer], all_blocks: list[Answer], peaks: list[float]) -> dict[str, Any]:
    ratios = [answer["seconds"] / our["seconds"] for answer, our in zip(answers, ours, strict=True)]
    seconds = [answer["seconds"] for answer in answers]
    return {
        "ms": 1e3 * statistics.median(seconds),
        "times_ours": statistics.median(ratios),
        "interval": interval(ratios),
        "peak_share_per_flop": statistics.median([1 / (s * peak) for s, peak in zip(seconds, peaks, strict=True)]),
        "results": [answer["result"] for answer in all_blocks],  # losses, or what `worker.py` tells of outputs
        "memory_mb": max(answer["memory"] for answer in all_blocks) / 2**20,
    }


def interval(ratios: list[float], samples: int = 2000) -> tuple[float, float]:
    """The middle 95% of the medians of bootstrap samples."""
    chance = random.Random(0)
    medians = sorted(statistics.median(chance.choices(ratios, k=len(ratios))) for _ in range(samples))
    return medians[int(0.025 * samples)], medians[int(0.975 * samples)]
