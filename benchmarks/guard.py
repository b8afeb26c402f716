"""Has Pellucid become slower, larger or less exact? This checkout against a kept build, on the same cores, in turns.

    make guard              all of it; some eight minutes, on a machine that does nothing else
    make guard QUICK=1      few rounds: whether it works, not how fast anything is
    make guard JSON=file    all numbers

Training and prediction run in two processes that live side by side; their blocks alternate, and what counts is the
median of the ratios of neighbours with the interval of 95% of bootstrap samples. Its upper end must stay below a
slowdown of 3%. Where that limit lies inside the interval, the row is measured again, up to three times.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from compare import processor, say
from measure import Task
from sides import Side, alternate, blocks
from verdict import HEAD, Finding, depend_on_threads, timed, told, until_decided, weighed
from workloads import ROWS

GUARDED = (1, 4, 6, 8)
DOOR_ROW = 6
MOST_DOOR = 4.0  # us; of a prediction of one sample, outside of all arithmetic
MOST_INSTALLED = 250.0  # MB
STEPS = 50  # of training before weights are compared


def tasks(cores: tuple[int, ...]) -> list[Task]:
    """What the two processes do, in the order of the table."""
    train = [Task(row, "train", ROWS[row].batch, cores) for row in GUARDED]
    predict = [Task(row, "predict", batch, cores) for row in GUARDED for batch in ROWS[row].predicts]
    return [*train, *predict, Task(DOOR_ROW, "door", 1, cores)]


def guard_task(task: Task, before: Side, now: Side, pairs: int, most: int) -> Finding:
    """The two sides in turns."""
    with ExitStack() as stack:
        first, second = blocks(task, [before, now], stack)

        def measure() -> list[tuple[float, float]]:
            say(f"{task}: {pairs} pairs of blocks")
            return alternate(first, second, pairs)

        if task.mode == "door":
            return timed(str(task), measure(), "us", MOST_DOOR)
        found = until_decided(measure, most)
    return timed(str(task), found, "us" if found[0][0] < 1e-3 else "ms")


def guard_import(before: Side, now: Side, pairs: int, most: int) -> Finding:
    """`import pellucid`, with what makes models, a new process each time; the first of each side is not counted."""
    say("import pellucid.Sequential")
    alternate(before.import_seconds, now.import_seconds, 1)
    found = until_decided(lambda: alternate(before.import_seconds, now.import_seconds, pairs), most)
    return timed("import pellucid.Sequential", found)


def guard_sizes(before: Side, now: Side) -> list[Finding]:
    """Megabytes, before anything has run."""
    return [
        weighed("wheel", before.wheel_megabytes(), now.wheel_megabytes()),
        weighed("installed", before.installed_megabytes(), now.installed_megabytes(), MOST_INSTALLED),
    ]


def fingerprints(before: Side, now: Side) -> dict[str, dict[int, str]]:
    """SHA-256 of the weights of row 1 after some steps, by side and number of threads."""
    say(f"weights after {STEPS} steps, 1 and 2 threads")
    sides = {"before": before, "now": now}
    return {name: {threads: side.fingerprint(threads, STEPS) for threads in (1, 2)} for name, side in sides.items()}


def tell(finding: Finding) -> Finding:
    """Print a line as soon as it is known."""
    print(("\r" if sys.stderr.isatty() else "") + str(finding), flush=True)
    return finding


def guard(before: Side, now: Side, cores: tuple[int, ...], quick: bool) -> dict[str, Any]:
    """Measure everything and print it line by line; what is returned can be written as JSON."""
    pairs, most = (3, 1) if quick else (31, 3)
    print(f"{processor()}, {len(cores)} cores; {pairs} pairs of blocks for each line\n{HEAD}")
    findings = [tell(finding) for finding in guard_sizes(before, now)]
    findings.append(tell(guard_import(before, now, pairs, most)))
    findings += [tell(guard_task(task, before, now, pairs, most)) for task in tasks(cores)]
    prints = fingerprints(before, now)
    depending = depend_on_threads(prints)
    print(f"weights after {STEPS} steps: {told(prints)}".ljust(100))
    broken = [finding.what for finding in findings if finding.verdict != "ok"]
    broken += [f"the weights of {side} depend on the number of threads" for side in depending]
    print("all within their limits" if not broken else f"broken limits: {'; '.join(broken)}", flush=True)
    return {
        "date": datetime.date.today().isoformat(),
        "processor": processor(),
        "threads": len(cores),
        "findings": [dataclasses.asdict(finding) for finding in findings],
        "fingerprints": prints,
        "broken": broken,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path, help="folder of the kept build: wheel/ and environment/")
    parser.add_argument("now", type=Path, help="folder of this checkout's build")
    parser.add_argument("--quick", action="store_true", help="3 pairs of blocks, instead of 31 up to 93")
    parser.add_argument("--cores", default=",".join(map(str, sorted(os.sched_getaffinity(0))[:2])))
    parser.add_argument("--json", type=Path, help="write all numbers to this file")
    options = parser.parse_args()
    os.environ.pop("PYTHONPATH", None)  # each side imports what is installed in it
    cores = tuple(int(core) for core in options.cores.split(","))
    try:
        document = guard(Side(options.before), Side(options.now), cores, options.quick)
    except KeyboardInterrupt:
        sys.exit("\nstopped; nothing is left running")
    if options.json:
        options.json.write_text(json.dumps(document, indent=1) + "\n")
    sys.exit(1 if document["broken"] else 0)


if __name__ == "__main__":
    main()
