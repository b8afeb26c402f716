"""What looking costs: the maps of all layers beside a prediction of the same samples, and what the difference is.

    make looking                       a minute; QUICK=1 few rounds, JSON=file all numbers
    python benchmarks/looking.py --rows 1,9 --samples 1,4 --rounds 50

All is measured in the time of one thread, in rounds in which each thing has its turn; the least of all rounds counts,
so other programs on the machine matter little. Beside a prediction (`model.predict`) and `inspection.feature_maps`
stand the two parts of the latter, the program that computes the maps and the records around them, and what no way of
computing the maps can go below: a prediction, which keeps none, and writing as many zeros as there are numbers in them.
It fails where the program takes more than 1.3 times as long as that, or the records more than 0.1 ms, 25 us for each
and the time in which the input is copied (a record keeps its numbers, whatever becomes of the array).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from workloads import ROWS

import pellucid
from pellucid import inspection, layers
from pellucid.inspection.seen import look_at

BOUND, RECORDS, RECORD, BYTE = 1.3, 100e-6, 25e-6, 0.5e-9
ENOUGH = 2.0
"""Seconds of rounds for each network, where not told otherwise."""


def least(things: dict[str, Callable[[], object]], rounds: int | None) -> dict[str, float]:
    """The least time of each, in turns [s]."""
    for thing in things.values():
        thing()  # programs are made at the first call
    found, end = dict.fromkeys(things, float("inf")), time.perf_counter() + ENOUGH
    done = 0
    while done < rounds if rounds is not None else time.perf_counter() < end or done < 10:
        for name, thing in things.items():
            start = time.thread_time()
            thing()
            found[name] = min(found[name], time.thread_time() - start)
        done += 1
    return found


def looked_at(row: int, count: int, rounds: int | None) -> dict[str, float]:
    """A network and so many samples: the times [s], and how many records there are."""
    workload = ROWS[row]
    image = layers.Input(workload.input_shape)
    model = pellucid.Model(image, workload.network(layers, image), seed=0)
    x = np.random.default_rng(0).normal(size=(count, *workload.input_shape)).astype(np.float32)
    seen, run = look_at(model, [x.shape], None, None, None, training=False, given=False)
    memory = [np.empty(tensor.shape, np.float32) for tensor in seen.graph.outputs.values()]
    samples = x if count > 1 else x[0]
    records = len(inspection.feature_maps(model, samples))

    def write() -> None:
        for array in memory:
            array.fill(0)

    found = least(
        {
            "predict": lambda: model.predict(x, verbose=0),
            "maps": lambda: inspection.feature_maps(model, samples),
            "program": lambda: run([x]),
            "write": write,
        },
        rounds,
    )
    return {**found, "records": records, "bytes": sum(array.nbytes for array in memory), "input": x.nbytes}


def told(row: int, count: int, found: dict[str, float]) -> bool:
    """Print a line; whether the bounds hold."""
    predict, maps, program, write = (found[name] for name in ("predict", "maps", "program", "write"))
    floor, around = predict + write, maps - program
    of_records = RECORDS + RECORD * found["records"] + BYTE * found["input"]
    good = program <= BOUND * floor and around <= of_records
    print(
        f"{row:2} {ROWS[row].title:20} {count:3} predict {predict * 1e3:7.3f} ms  maps {maps / predict:5.2f} times"
        f"  program {program / predict:5.2f}  predict and zeros {floor / predict:5.2f}"
        f" ({found['bytes'] / 1e6:6.1f} MB)  records {around * 1e3:6.3f} ms ({found['records']:4.0f})"
        f"{'' if good else '  MORE'}",
        flush=True,
    )
    return good


def main() -> int:
    """Run all; 1 where something costs more than it may."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rows", default="1,4,5,8,9", help="numbers of networks, with commas")
    parser.add_argument("--samples", default="1,4", help="how many are looked at at once, with commas")
    parser.add_argument("--rounds", type=int, help=f"by default as many as fit into {ENOUGH:g} s for each network")
    parser.add_argument("--json", help="a file for all numbers")
    arguments = parser.parse_args()
    pellucid.set_threads(1)
    good, numbers = True, {}
    for row in map(int, arguments.rows.split(",")):
        for count in map(int, arguments.samples.split(",")):
            numbers[f"{row} of {count}"] = found = looked_at(row, count, arguments.rounds)
            good &= told(row, count, found)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(numbers, indent=1))
    return int(not good)


if __name__ == "__main__":
    raise SystemExit(main())
