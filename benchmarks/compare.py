"""Train and run twelve networks with Pellucid and its peers side by side, and print how many times as long these take.

    make bench                          the whole table; an hour
    make bench ROWS=1,4 QUICK=1         two rows, few rounds
    make bench ROWS=1,3 BF16=1          training with products of bfloat16 numbers, beside PyTorch's

First every peer, in each of its forms (PyTorch eager or compiled, channels first or last; Keras on TensorFlow or JAX;
...), runs for a few blocks. The three fastest then run against Pellucid: blocks of about half a second alternate (A B C
D, D C B A, ...), so that each block of a peer has a block of Pellucid beside it in time, and the processor's
multiply-add peak is measured in each round. All live side by side on the same cores, with as many threads as cores; one
of them works at a time, and the others wait without a thread that spins (some 10 GB for the largest networks). What
counts is the median of the ratios of such pairs, with the interval that 95% of bootstrap samples of the pairs give. A
machine that is busy slows both sides of a pair, not its ratio.

All start from the same weights and see the same batches in the same order; the losses of all blocks are compared, and
the predictions too, so that equal work is proven. Where a network strides over an even size (rows 8, 9, 11, 12),
PyTorch, and what runs its exports, pads on both sides, Keras and LiteRT at the end alone: the work is the same, the
numbers are so on odd sizes, where `tests/benchmarks` compares them.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import json
import os
import sys
from pathlib import Path
from typing import Any

from draw import draw
from frameworks.contestants import BFLOAT16, CONTESTANTS, OURS, ROUNDED
from frameworks.keras_like import arithmetic
from measure import Contest, Task
from peers import leanest
from workloads import ROWS

EXACT = "pellucid exact"
PACKAGES = (
    "pellucid",
    "torch",
    "tensorflow-cpu",
    "keras",
    "jax",
    "onnxruntime",
    "openvino",
    "ai-edge-litert",
    "MNN",
    "numpy",
)


def say(text: str) -> None:
    """One line of progress that the next one overwrites."""
    if sys.stderr.isatty():
        print(f"\r{text:<100}", end="", file=sys.stderr, flush=True)


def tasks_of(rows: list[int], modes: list[str], cores: tuple[int, ...]) -> list[Task]:
    """What is to be measured, in the order of the table."""
    tasks = []
    for row in rows:
        if "train" in modes and ROWS[row].trains:
            tasks.append(Task(row, "train", ROWS[row].batch, cores))
        if "predict" in modes:
            tasks += [Task(row, "predict", batch, cores) for batch in ROWS[row].predicts]
    return tasks


def compare(task: Task, pairs: int, finalists: int, bfloat16: bool = False) -> dict[str, Any]:
    """Heats, then rounds."""
    contestants = ROUNDED if bfloat16 else CONTESTANTS
    able = [name for name, c in contestants.items() if (c.make_trainer if task.mode == "train" else c.make_predictor)]
    if bfloat16:
        able.append(OURS)
    ours = [name for name in (BFLOAT16, OURS, EXACT) if name in able]
    with Contest(able, task, say) as contest:
        alone = contest.heats()
        memory = contest.memory()
        peers = [name for name in alone if name not in ours]
        result = contest.rounds([*ours, *peers[:finalists]], pairs)
    flops = arithmetic(ROWS[task.row], task.batch, training=task.mode == "train")
    for contestant in result["contestants"].values():
        contestant["peak_share"] = flops * contestant.pop("peak_share_per_flop")
    return {
        "task": str(task),
        "row": task.row,
        "mode": task.mode,
        "batch": task.batch,
        "gflop": 1e-9 * flops,
        "alone_ms": {name: 1e3 * alone[name] for name in peers},
        "alone_mb": {name: memory[name] / 2**20 for name in peers},
        "left_out": contest.left_out,
        **result,
    }


def difference(ours: list[float], theirs: list[float]) -> float:
    """How far two curves of losses, or two outputs, are apart: the largest difference over the largest value."""
    return max(abs(a - b) for a, b in zip(ours, theirs, strict=False)) / max(map(abs, ours))


def show(result: dict[str, Any]) -> None:
    """The lines of one task."""
    print(f"\r{result['task']}  ({result['gflop']:.2f} GFLOP, peak {result['peak_gflops']:.0f} GFLOP/s)".ljust(100))
    ours = next(iter(result["contestants"].values()))["results"]
    for name, numbers in result["contestants"].items():
        low, high = numbers["interval"]
        print(
            f"  {name:<28} {numbers['ms']:9.3f} ms {numbers['times_ours']:6.2f} x ours ({low:.2f} to {high:.2f})"
            f" {numbers['peak_share']:6.0%} of peak {numbers['memory_mb']:6.0f} MB"
            f"  results differ by {difference(ours, numbers['results']):.1e}",
            flush=True,
        )
    if lean := leanest(result):
        print(f"  the leanest peer: {lean[0]}, {lean[1]:.0f} MB")
    if result["left_out"]:
        print(f"  not measured: {', '.join(result['left_out'])}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default="all", help="numbers of rows, as 1,4; or all")
    parser.add_argument("--modes", default="train,predict")
    parser.add_argument(
        "--quick", action="store_true", help="5 rounds against the fastest peer, instead of 15 and three"
    )
    parser.add_argument("--bfloat16", action="store_true", help="training with products of bfloat16 numbers")
    parser.add_argument("--cores", default=",".join(map(str, sorted(os.sched_getaffinity(0)))))
    parser.add_argument("--json", type=Path, help="write all numbers to this file, and a picture beside it")
    options = parser.parse_args()
    rows = list(ROWS) if options.rows == "all" else [int(row) for row in options.rows.split(",")]
    cores = tuple(int(core) for core in options.cores.split(","))
    document: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "processor": processor(),
        "threads": len(cores),
        "versions": {name: version(name) for name in PACKAGES},
        "results": [],
    }
    modes = ["train"] if options.bfloat16 else options.modes.split(",")
    for task in tasks_of(rows, modes, cores):
        document["results"].append(compare(task, *((5, 1) if options.quick else (15, 3)), options.bfloat16))
        show(document["results"][-1])
        if options.json:
            options.json.write_text(json.dumps(document, indent=1) + "\n")
        if options.json and not options.bfloat16:
            draw(document, options.json.with_suffix(".png"))


def version(package: str) -> str | None:
    """Of an installed package; a peer that is not there is left out, and its version is None."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    wanted = dict(line.split("\t: ", 1) for line in lines if "\t: " in line)
    wanted = {key.strip(): value for key, value in wanted.items()}
    return f"{wanted['model name']}, family {wanted['cpu family']} model {wanted['model']}"


if __name__ == "__main__":
    main()
