"""CIFAR-10 to 94%: the recipe of examples/cifar10_94.py in Pellucid and in PyTorch, seed after seed in turns.

    make cifar DATA=folder                    one seed; SEEDS=5 five, HOLD_OUT=5000 tests on the last 5,000 of training
    make cifar DATA=folder SEEDS=5 FRAMEWORKS="pellucid,pellucid exact"         Winograd's method beside plain sums
    python benchmarks/cifar.py --data folder --samples 1000 --epochs 1          whether it starts

Each run is a process of its own, one after the other on all cores. Times are those of training and of the last test,
with all that is made in the first step; tests between the epochs are not counted. JSON=file writes all numbers and,
beside it, a picture of the curves with the records that others have published, whose machines are named.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from compare import processor

HERE = Path(__file__).parent
TWIN = str(HERE / "cifar_torch.py")
EXAMPLE = str(HERE.parent / "examples" / "cifar10_94.py")
COMMANDS = {
    "pellucid": [EXAMPLE],
    "pellucid exact": [EXAMPLE],
    "torch": [TWIN],
    "torch compile": [TWIN, "--compile"],
}
ENVIRONMENTS = {"pellucid exact": {"PELLUCID_EXACT": "1"}}  # plain sums, not Winograd's method
COLORS = {"pellucid": "#2a7f62", "pellucid exact": "#3f7fbf", "torch": "#b3541e", "torch compile": "#7a5a9c"}
GOAL = 0.94
PUBLISHED = (
    ("airbench94_muon, A100", 2.59),
    ("Jordan 2024, A100", 3.29),
    ("hlb-CIFAR10, A100", 6.3),
    ("Page 2019, V100", 26.0),
)
"""Seconds to 94% on graphics processors, as their authors say: other machines, so no comparison of programs.

Source: https://github.com/KellerJordan/cifar10-airbench, https://github.com/tysam-code/hlb-CIFAR10, and How to Train
Your ResNet 8 by D. Page.
"""


def run(framework: str, seed: int, passed_on: list[str]) -> dict[str, Any]:
    """One training in a process of its own; its record, or why there is none."""
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "record.json"
        command = [sys.executable, *COMMANDS[framework], "--seed", str(seed), "--json", str(record), *passed_on]
        environment = os.environ | ENVIRONMENTS.get(framework, {})
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        if done.returncode:
            return {"failed": (done.stderr.strip().splitlines() or ["no message"])[-1]}
        found: dict[str, Any] = json.loads(record.read_text())
        return found


def line(framework: str, runs: list[dict[str, Any]]) -> str:
    """What is told of a framework: mean and range of the accuracy, the mean time."""
    failed = [each["failed"] for each in runs if "failed" in each]
    if failed:
        return f"{framework:14} failed: {failed[0]}"
    found = [each["accuracy"] for each in runs]
    seconds = statistics.mean(each["seconds"] for each in runs)
    spread = f" ({min(found):.4f} to {max(found):.4f})" if len(found) > 1 else ""
    return f"{framework:14} {statistics.mean(found):.4f}{spread}  {seconds:7.1f} s"


def means(runs: list[dict[str, Any]]) -> tuple[float, float]:
    """Of the seconds, and of the accuracy."""
    return statistics.mean(each["seconds"] for each in runs), statistics.mean(each["accuracy"] for each in runs)


def compared(results: dict[str, list[dict[str, Any]]]) -> list[str]:
    """How many times as long each other framework takes, and by how much its accuracy differs."""
    good = {name: [each for each in runs if "failed" not in each] for name, runs in results.items()}
    ours, told = good.pop("pellucid", []), []
    for name, runs in good.items():
        if ours and runs:
            (our_time, our_share), (time, share) = (means(each) for each in (ours, runs))
            gap = 100 * (our_share - share)
            told.append(f"{name}: {time / our_time:.2f} times as long as Pellucid, which has {gap:+.2f} points")
    return told


def draw(document: dict[str, Any], path: Path) -> None:
    """Accuracy over the seconds of training, a line for each run, the last point with six views of each image."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.2), layout="constrained")
    axes = figure.subplots()
    for name, runs in document["results"].items():
        for number, each in enumerate(each for each in runs if "failed" not in each):
            times = [epoch["seconds"] for epoch in each["epochs"]]
            label = f"{name}: {line('', [each]).strip()}" if len(runs) == 1 else line(name, runs)
            axes.plot(
                [*times, each["seconds"]],
                [100 * epoch["test"] for epoch in each["epochs"]] + [100 * each["accuracy"]],
                color=COLORS[name],
                linewidth=0.9,
                marker=".",
                label=label if number == 0 else None,
            )
            axes.plot(each["seconds"], 100 * each["accuracy"], marker="o", markersize=4, color=COLORS[name])
    for number, (who, seconds) in enumerate(PUBLISHED):
        axes.plot(seconds, 100 * GOAL, marker="D", color="grey", markersize=5)
        axes.annotate(
            f"{who}: {seconds:g} s",
            (seconds, 100 * GOAL),
            xytext=(0, -16 - 13 * (number % 3)),
            textcoords="offset points",
            ha="center",
            fontsize=7,
            color="dimgrey",
        )
    axes.axhline(100 * GOAL, color="grey", linewidth=0.8, linestyle="--")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlim(left=1)
    all_runs = itertools.chain(*document["results"].values())
    low = min((epoch["test"] for each in all_runs for epoch in each.get("epochs", [])), default=0.5)
    axes.set_ylim(max(0.0, 100 * low - 5), 100)
    axes.set_xlabel("seconds of training (large dots: with the last test, six views of each image)")
    axes.set_ylabel(f"accuracy on {document['test images']:,} images [%]")
    axes.legend(loc="lower left", fontsize=8, title="accuracy, seconds in all")
    machine = f"{document['cores']} cores of {document['processor']}"
    figure.suptitle(
        f"CIFAR-10 on {machine}, {document['date']}\n"
        "(grey: published times to 94% on graphics processors, which are other machines)",
        fontsize=10,
    )
    figure.savefig(path, dpi=110)


def main() -> int:
    """Run all, tell the table; 1 where a run failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--frameworks", default="pellucid,torch", help=f"names with commas: {', '.join(COMMANDS)}")
    parser.add_argument("--seeds", type=int, default=1, help="how many, from 1 on")
    parser.add_argument("--json", help="a file for all numbers, and a picture beside it")
    arguments, passed_on = parser.parse_known_args()
    names = arguments.frameworks.split(",")
    unknown = [name for name in names if name not in COMMANDS]
    if unknown:
        parser.error(f"there is no framework {unknown[0]!r}; known: {', '.join(COMMANDS)}")
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for seed, name in itertools.product(range(1, arguments.seeds + 1), names):
        results[name].append(run(name, seed, passed_on))
        print(f"seed {seed}: {line(name, results[name][-1:])}", file=sys.stderr, flush=True)
    good = [each for runs in results.values() for each in runs if "failed" not in each]
    tested = good[0]["test images"] if good else 0
    print(f"CIFAR-10: accuracy on {tested:,} images with six views of each, mean (range), and seconds in all")
    for text in (*(line(name, runs) for name, runs in results.items()), *compared(results)):
        print(text)
    if arguments.json:
        document = {
            "date": datetime.date.today().isoformat(),
            "processor": processor(),
            "cores": len(os.sched_getaffinity(0)),
        }
        document |= {"test images": tested, "results": results}
        Path(arguments.json).write_text(json.dumps(document, indent=1) + "\n")
        draw(document, Path(arguments.json).with_suffix(".png"))
    return int(len(good) < arguments.seeds * len(names))


if __name__ == "__main__":
    raise SystemExit(main())
