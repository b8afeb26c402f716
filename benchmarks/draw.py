"""The table as a picture: how many times as long the fastest peer takes, and the share of the processor's peak."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from frameworks.contestants import OURS
from peers import fastest


def draw(document: dict[str, Any], path: Path) -> None:
    """Two panels, a bar for each task: ratios with their intervals on the left, shares of the peak on the right."""
    from matplotlib.figure import Figure

    results = [result for result in document["results"][::-1] if fastest(result) is not None]
    figure = Figure(figsize=(12, 1.6 + 0.36 * len(results)), layout="constrained")
    ratios, shares = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    places = range(len(results))
    for place, result in zip(places, results, strict=True):
        best = fastest(result)
        peer = result["contestants"][best]
        ratio, (low, high) = peer["times_ours"], peer["interval"]
        color = "#2a7f62" if ratio >= 1 else "#b3541e"
        ratios.barh(place, ratio, color=color, height=0.7)
        ratios.plot([low, high], [place, place], color="black", linewidth=1.5)
        ratios.text(max(ratio, high) + 0.05, place, f"{ratio:.2f}   {best}", va="center", fontsize=8)
        for shift, share, color, label in (
            (0.18, result["contestants"][OURS]["peak_share"], "#2a7f62", "Pellucid"),
            (-0.18, peer["peak_share"], "#b9c3bd", "fastest peer"),
        ):
            shares.barh(place + shift, share, height=0.34, color=color, label=label if place == 0 else None)
    ratios.axvline(1, color="black", linewidth=0.8)
    ratios.set_yticks(places, [result["task"] for result in results], fontsize=9)
    ratios.set_xlabel("time of the fastest peer / time of Pellucid, with 95% interval")
    ratios.set_xlim(0, 1.35 * max(ratios.get_xlim()[1], 1))
    shares.axvline(1, color="black", linewidth=0.8)
    shares.set_xlabel("plain arithmetic per second / multiply-add peak\n(beyond 1: Winograd's method multiplies less)")
    shares.legend(loc="lower right", fontsize=8)
    machine = f"{document['threads']} cores of {document['processor']}"
    figure.suptitle(f"Pellucid and the fastest of its peers, {machine}, {document['date']}", fontsize=11)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[1]).with_suffix(".png"))
