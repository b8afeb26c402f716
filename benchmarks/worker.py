"""One contestant in a process of its own, pinned to its cores.

Run by `measure.py`: `worker.py CONTESTANT ROW MODE BATCH CORES`; MODE is train, predict, door or start, CORES such as
0,1. It tells how long it took until it was ready, then answers each line "block" with the time of a block of steps or
calls, and "peak" with the processor's multiply-add peak. Between blocks it waits for input, so that no thread of it
spins while another process is measured.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from frameworks import Contestant
    from workloads import Workload

CALLS = 0.25  # seconds of calls in a block of predictions
Answer = dict[str, float]


def main() -> None:
    name, row, mode, batch, cores = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5].split(",")
    os.sched_setaffinity(0, {int(core) for core in cores})
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what frameworks print must not be taken for answers
    start = time.perf_counter()
    from frameworks.contestants import CONTESTANTS, ROUNDED
    from workloads import ROWS

    make = {"train": _training, "predict": _prediction, "door": _door, "start": _start}[mode]
    block = make((CONTESTANTS | ROUNDED)[name], ROWS[row], batch, len(cores))
    print(json.dumps({"seconds": time.perf_counter() - start}), file=answers, flush=True)
    for line in sys.stdin:
        answer = {"peak": _peak()} if line.strip() == "peak" else block()
        answer["memory"] = _peak_memory()
        print(json.dumps(answer), file=answers, flush=True)


def _training(contestant: Contestant, workload: Workload, batch: int, threads: int) -> Callable[[], Answer]:
    """Blocks of training steps, timed per step."""
    assert contestant.make_trainer is not None
    train = contestant.make_trainer(workload, threads)

    def block() -> Answer:
        start = time.perf_counter()
        loss = train()
        return {"seconds": (time.perf_counter() - start) / workload.steps, "result": loss}

    return block


def _start(contestant: Contestant, workload: Workload, batch: int, threads: int) -> Callable[[], Answer]:
    """The very first step, with all that is built for it; the framework is imported before."""
    block = _training(contestant, replace(workload, steps=1), batch, threads)
    block()
    return block


def _prediction(contestant: Contestant, workload: Workload, batch: int, threads: int) -> Callable[[], Answer]:
    """Blocks of predictions, timed per batch."""
    from workloads import data

    assert contestant.make_predictor is not None
    predict = contestant.make_predictor(workload, batch, threads)
    x, _ = data(workload, batch)

    def block() -> Answer:
        start, calls = time.perf_counter(), 0
        while calls < 3 or time.perf_counter() - start < CALLS:
            outputs = predict(x)
            calls += 1
        seconds = (time.perf_counter() - start) / calls
        return {"seconds": seconds, "result": _told_apart(outputs)}

    return block


def _told_apart(outputs: np.ndarray) -> float:
    """Every other output less those between: what ten classes that are about as probable have in common is left out."""
    flat = outputs.astype("float64").ravel()
    return float(flat[::2].sum() - flat[1::2].sum())


def _door(contestant: Contestant, workload: Workload, batch: int, threads: int) -> Callable[[], Answer]:
    """Predictions of a network that computes nothing: what is left is the way of a batch to the engine and back."""
    idle = replace(workload, network=lambda layers, x: layers.Flatten()(x))
    return _prediction(contestant, idle, batch, threads)


def _peak_memory() -> float:
    """The most memory that this process has had [bytes]. `getrusage` would count what its parent had, too."""
    status = Path("/proc/self/status").read_text()
    return 1024 * float(status.partition("VmHWM:")[2].split()[0])


def _peak() -> float:
    from pellucid.engines.native import fma_peak

    return fma_peak()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
