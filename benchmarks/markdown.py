"""The JSON of a comparison as the table that the README quotes: `markdown.py FILE`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from frameworks.contestants import OURS


def table(document: dict[str, Any]) -> str:
    """A line per task: both times, their ratio with its interval, and the memory of both."""
    lines = [
        "| | Pellucid | the fastest peer | times as long (95% interval) | memory, MB |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *map(_line, document["results"])])


def _line(result: dict[str, Any]) -> str:
    contestants = result["contestants"]
    peers = {name: numbers for name, numbers in contestants.items() if not name.startswith(OURS)}
    best = min(peers, key=lambda name: peers[name]["times_ours"])
    ours, peer = contestants[OURS], peers[best]
    low, high = peer["interval"]
    memory = f"{ours['memory_mb']:.0f} to {peer['memory_mb']:.0f}"
    return (
        f"| {result['task']} | {_ms(ours['ms'])} ms | {_ms(peer['ms'])} ms, {best} "
        f"| **{peer['times_ours']:.2f}** ({low:.2f} to {high:.2f}) | {memory} |"
    )


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:.3g}" if milliseconds < 100 else f"{milliseconds:.0f}"


if __name__ == "__main__":
    print(table(json.loads(Path(sys.argv[1]).read_text())))
