"""What a training step costs as its batch, images, channels and threads grow: no more than the arithmetic does.

    make scaling                      all four, some minutes; on a machine that does nothing else
    make scaling QUICK=1 JSON=file    few sizes and rounds; all numbers, and a picture beside them

One network of two convolutions, trained by Pellucid alone; one size changes, the others stay. Blocks of all sizes
alternate, and the median of each size counts. Times are divided by the arithmetic, the floating point operations that
the definition asks of each thread: this cost should stay flat or fall. It may rise with the number of threads only, by
what they lose to each other.
"""

from __future__ import annotations

import argparse
import datetime
import functools
import json
import math
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from compare import processor, say
from frameworks.keras_like import arithmetic, pellucid_trainer
from workloads import Workload

import pellucid
from pellucid.engines.native import fma_peak

BLOCK = 40e9  # floating point operations of a block: some tenths of a second


@dataclass(frozen=True)
class Point:
    """The sizes of one training step."""

    batch: int = 32
    image: int = 32
    channels: int = 32
    threads: int = len(os.sched_getaffinity(0))

    @functools.cached_property
    def gflop(self) -> float:
        """Of a step, for each thread."""
        return 1e-9 * arithmetic(self.workload(1), self.batch, training=True) / self.threads

    def workload(self, steps: int) -> Workload:
        """So many steps with these sizes."""
        network = functools.partial(two_convolutions, self.channels)
        return Workload("two convolutions", network, (self.image, self.image, 3), "classes", self.batch, steps)


AXES = {
    "batch": [8, 16, 32, 64, 128, 256],
    "image": [16, 32, 64, 128],
    "channels": [8, 16, 32, 64, 128],
    "threads": list(range(1, Point.threads + 1)),
}
UNITS = {"batch": "images", "image": "pixels, height and width", "channels": "of each convolution", "threads": ""}


def two_convolutions(channels: int, layers: Any, x: Any) -> Any:
    """Convolutions do nearly all the arithmetic, whatever the sizes."""
    for _ in range(2):
        x = layers.Conv2D(channels, 3, padding="same", activation="relu")(x)
    x = layers.GlobalAveragePooling2D()(layers.MaxPooling2D(2)(x))
    return layers.Dense(10, activation="softmax")(x)


def timed_block(point: Point) -> Callable[[], float]:
    """A function that trains a block and returns the seconds of a step."""
    steps = max(2, math.ceil(BLOCK / (1e9 * point.gflop * point.threads)))
    train = pellucid_trainer(point.workload(steps), point.threads)

    def block() -> float:
        pellucid.set_threads(point.threads)
        start = time.perf_counter()
        train()
        return (time.perf_counter() - start) / steps

    return block


def measure(axis: str, values: list[int], rounds: int) -> list[dict[str, float]]:
    """Seconds, arithmetic and cost of each size, in the order of the values."""
    points = [replace(Point(), **{axis: value}) for value in values]
    blocks = [timed_block(point) for point in points]
    for number, block in enumerate(blocks):
        say(f"{axis}: first block of {values[number]}")
        block()
    seconds: list[list[float]] = [[] for _ in points]
    peaks: list[list[float]] = [[] for _ in points]
    for number in range(rounds):
        say(f"{axis}: round {number + 1} of {rounds}")
        order = range(len(points)) if number % 2 == 0 else reversed(range(len(points)))
        for place in order:
            seconds[place].append(blocks[place]())
            peaks[place].append(1e-9 * fma_peak() / points[place].threads)
    return [
        {
            axis: value,
            "ms": 1e3 * statistics.median(times),
            "gflop_of_a_thread": point.gflop,
            "ms_per_gflop": 1e3 * statistics.median(times) / point.gflop,
            "peak_share": point.gflop / statistics.median(times) / statistics.median(peak),
        }
        for value, point, times, peak in zip(values, points, seconds, peaks, strict=True)
    ]


def growth(results: list[dict[str, float]]) -> float:
    """By how much the cost rises, at most, over that of any smaller size: 0.03 is 3%."""
    costs = [result["ms_per_gflop"] for result in results]
    return max(cost / min(costs[: place + 1]) for place, cost in enumerate(costs)) - 1


def show(axis: str, results: list[dict[str, float]]) -> None:
    """The table of one axis."""
    heads = axis, "ms/step", "GFLOP/thread", "ms/GFLOP", "of peak", "to the first"
    print("\r" + "".join(f"{head:>14}" for head in heads).ljust(100))
    for r in results:
        first = r["ms_per_gflop"] / results[0]["ms_per_gflop"]
        print(
            f"{r[axis]:14}{r['ms']:14.2f}{r['gflop_of_a_thread']:14.3f}{r['ms_per_gflop']:14.2f}"
            f"{r['peak_share']:14.0%}{first:14.2f}"
        )
    print(f"  ms/GFLOP rises by {growth(results):.0%} at most\n", flush=True)


def draw(document: dict[str, Any], path: Path) -> None:
    """A panel for each axis: the times, and the slope of the arithmetic from the first of them."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 3.6), layout="constrained")
    panels = figure.subplots(1, len(document["axes"]), squeeze=False)[0]
    for panel, (axis, results) in zip(panels, document["axes"].items(), strict=True):
        values, times = [r[axis] for r in results], [r["ms"] for r in results]
        slope = [times[0] * r["gflop_of_a_thread"] / results[0]["gflop_of_a_thread"] for r in results]
        panel.loglog(values, slope, "--", color="#b3541e", label="as the arithmetic")
        panel.loglog(values, times, "o-", color="#2a7f62", label="measured")
        panel.set_xticks(values, [str(value) for value in values])
        panel.set_yticks(times, [f"{ms:.3g}" for ms in times])  # each panel has a scale of its own
        panel.minorticks_off()
        panel.margins(0.15)
        panel.set_xlabel(f"{axis} [{UNITS[axis]}]" if UNITS[axis] else axis)
        panel.set_title(f"ms per GFLOP rises by {growth(results):.0%} at most", fontsize=9)
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("time of a training step [ms]")
    panels[0].legend(fontsize=8)
    base = ", ".join(f"{name} {value}" for name, value in document["base"].items())
    figure.suptitle(f"Training two convolutions; if not varied: {base}. {document['processor']}", fontsize=10)
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--axes", default=",".join(AXES), help="some of the axes, as batch,threads")
    parser.add_argument("--quick", action="store_true", help="three sizes of each axis, three rounds instead of nine")
    parser.add_argument("--json", type=Path, help="write all numbers to this file, and a picture beside it")
    options = parser.parse_args()
    base = Point()
    document: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "processor": processor(),
        "base": {"batch": base.batch, "image": base.image, "channels": base.channels, "threads": base.threads},
        "axes": {},
    }
    for axis in options.axes.split(","):
        values, rounds = (AXES[axis][:3], 3) if options.quick else (AXES[axis], 9)
        document["axes"][axis] = measure(axis, values, rounds)
        show(axis, document["axes"][axis])
        if options.json:
            options.json.write_text(json.dumps(document, indent=1) + "\n")
            draw(document, options.json.with_suffix(".png"))


if __name__ == "__main__":
    main()
