"""The ladder as a picture: how fast each rung computes the same convolution, against what the processor can do at most.

    make ladder JSON=ladder.json
    python benchmarks/draw_ladder.py ladder.json docs/images/ladder.png

Needs Matplotlib, which Pellucid brings along; the ladder itself needs no Python.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

MEANINGS = (
    "the definition\nseven plain loops",
    "the same loops\nin the order of memory",
    "copied into a matrix (im2col)\nmatrix product in blocks",
    "sums kept in registers\nPellucid, exact",
    "Winograd's method, F(4x4, 3x3)\nPellucid, by default",
)
OTHERS, OURS, PEAK = "#b9c3bd", "#2a7f62", "#b3541e"


def draw(document: dict[str, Any], path: Path) -> None:
    """A bar for each rung, the first one on top; a line for the peak."""
    from matplotlib.figure import Figure

    rungs, peak = document["rungs"], document["peak_gflops"]
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    axes = figure.subplots()
    for place, rung in enumerate(rungs):
        is_ours, speed = "Pellucid" in MEANINGS[place], rung["gflops"]
        axes.barh(place, speed, color=OURS if is_ours else OTHERS, height=0.66)
        text = f"{speed:.0f}   {rungs[0]['ms'] / rung['ms']:.0f} x the first" if place else f"{speed:.1f}"
        # Inside a long bar, where no text can cross the line of the peak.
        color, side = ("white", "right") if is_ours else ("black", "left")
        offset = (-6 if is_ours else 6, 0)
        axes.annotate(
            text, (speed, place), xytext=offset, textcoords="offset points", ha=side, va="center", color=color
        )
    axes.axvline(peak, color=PEAK, linewidth=1.5)
    for text, place in (
        (f"FMA peak: the most that this core can do, {peak:.0f}", -0.25),
        ("beyond the peak, since Winograd's method does the\nsame work with a quarter of the multiplications", 4.6),
    ):
        axes.annotate(text, (peak, place), xytext=(6, 0), textcoords="offset points", va="center", color=PEAK)
    axes.set_yticks(range(len(rungs)), [f"{number}  {what}" for number, what in enumerate(MEANINGS, 1)])
    axes.set_ylim(len(rungs), -0.6)
    axes.set_xlim(0, 1.05 * max(rungs[-1]["gflops"], peak))
    axes.set_xlabel("speed in GFLOP/s: billions of the definition's additions and multiplications, per second")
    axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle("One 3x3 convolution, 32 to 64 channels, computed in five ways by one core", fontsize=12)
    machine = f"{document['processor']}, vectors of {document['vector_floats']} floats, {document['date']}"
    axes.set_title(machine, fontsize=8, color="#555555")
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
