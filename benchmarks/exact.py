"""How much of the processor's peak the direct kernels reach: `NativeEngine(exact=True)`, convolution by convolution.

    make exact                      rows 1, 3 and 4 of the comparison, a minute; on a machine that does nothing else
    make exact ROWS=10 JSON=file    other rows; all numbers

A training step of each row, kernel by kernel. The peak is measured between the steps (`inspection.profile`), since the
clock sinks under load.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
from pathlib import Path
from typing import Any

from compare import processor
from frameworks.keras_like import exact_profile
from workloads import ROWS

RUNS = 31
USUAL = "1,3,4"


def measure(row: int, threads: int) -> dict[str, Any]:
    """The convolutions of a row: seconds and share of the peak of each call, and of all together."""
    profile = exact_profile(ROWS[row], threads, RUNS)
    calls = [call for call in profile.calls if call.kind.startswith("convolution")]
    seconds = sum(profile.time(call) for call in calls)
    return {
        "row": row,
        "network": ROWS[row].title,
        "peak_gflops": 1e-9 * profile.peak,
        "share": sum(call.operations for call in calls) / seconds / profile.peak,
        "calls": [
            {
                "layer": call.layer,
                "kind": call.kind,
                "kernel": call.variant,
                "ms": 1e3 * profile.time(call),
                "share": profile.peak_share(call),
            }
            for call in calls
        ],
    }


def show(result: dict[str, Any]) -> None:
    """A line per call."""
    print(f"{result['row']} {result['network']} (peak {result['peak_gflops']:.0f} GFLOP/s)")
    for call in result["calls"]:
        print(f"  {call['layer']:22} {call['kind']:40} {call['kernel']:13} {call['ms']:8.3f} ms {call['share']:5.0%}")
    print(f"  all convolutions {result['share']:.0%}", flush=True)


def main() -> None:
    """Measure, print, and write the numbers if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default=USUAL, help=f"rows of the comparison, with commas between; all: {USUAL}")
    parser.add_argument("--json", type=Path, help="write all numbers to this file")
    options = parser.parse_args()
    threads = len(os.sched_getaffinity(0))
    results = []
    for row in (USUAL if options.rows == "all" else options.rows).split(","):
        results.append(measure(int(row), threads))
        show(results[-1])
    if options.json is not None:
        facts = {"date": datetime.date.today().isoformat(), "processor": processor(), "threads": threads}
        options.json.write_text(json.dumps({**facts, "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
