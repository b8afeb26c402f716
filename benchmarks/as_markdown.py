"""The JSON of a comparison as the table that the README quotes: `as_markdown.py FILE`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from frameworks.contestants import OURS
from peers import fastest, leanest


def table(document: dict[str, Any]) -> str:
    """A line per task: both times, their ratio with its interval, and the memory of both and of the leanest peer."""
    lines = [
        "| | Pellucid | the fastest peer | times as long (95% interval) | memory, MB | the leanest peer's, MB |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *map(_line, document["results"])])


def _line(result: dict[str, Any]) -> str:
    ours, best, lean = result["contestants"][OURS], fastest(result), leanest(result)
    if best is None or lean is None:
        return f"| {result['task']} | {_ms(ours['ms'])} ms | no peer could be measured | | {ours['memory_mb']:.0f} | |"
    peer = result["contestants"][best]
    low, high = peer["interval"]
    memory = f"{ours['memory_mb']:.0f} to {peer['memory_mb']:.0f}"
    return (
        f"| {result['task']} | {_ms(ours['ms'])} ms | {_ms(peer['ms'])} ms, {best} "
        f"| **{peer['times_ours']:.2f}** ({low:.2f} to {high:.2f}) | {memory} | {lean[1]:.0f}, {lean[0]} |"
    )


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:.3g}" if milliseconds < 100 else f"{milliseconds:.0f}"


if __name__ == "__main__":
    print(table(json.loads(Path(sys.argv[1]).read_text())))
