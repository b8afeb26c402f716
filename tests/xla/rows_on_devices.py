"""A program for `test_xla_devices`: rows of the tables and their gradients on several devices; prints what came out.

Arguments: the numbers of the rows. Each runs on as many devices as share one of its inputs evenly, eight at most; a
layer gets a batch of eight.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from cases.compositions import COMPOSITIONS
from cases.layers import LAYERS
from cases.operations import OPERATIONS
from cases.rows import Case, LayerCase
from checks.mismatch import Mismatch
from checks.parity import compare, prepared

from pellucid.engines import XLAEngine

ROWS: list[Case] = [*OPERATIONS, *COMPOSITIONS, *LAYERS]
MOST = 8


def of_eight(case: Case) -> Case:
    """A layer's row with a batch of eight."""
    if not isinstance(case, LayerCase):
        return case
    return dataclasses.replace(case, inputs=tuple((MOST, *shape[1:]) for shape in case.inputs))


def tried(case: Case) -> dict[str, object]:
    """How many devices share an input, and what is wrong: numbers that are not those of one device, or other bits."""
    problem, length = prepared(of_eight(case))
    sizes = [array.shape[0] for array in problem.inputs.values() if array.ndim]
    count = max((n for n in range(2, MOST + 1) if any(size and size % n == 0 for size in sizes)), default=1)
    one, several, again = (problem.run(XLAEngine(number)) for number in (1, count, count))
    told = [name for name, array in several.items() if array.tobytes() != again[name].tobytes()]
    runs = [several] + ([problem.run(XLAEngine(count, fsdp=True))] if problem.state and count > 1 else [])
    for found in runs:
        try:  # both round: each may lie so far from the right number as the table says
            compare(one, found, case, length, "float32", slack=2.0)
        except Mismatch as mismatch:
            told.append(str(mismatch))
    return {"name": case.name, "devices": count, "wrong": told}


if __name__ == "__main__":
    print(json.dumps([tried(ROWS[int(number)]) for number in sys.argv[1:]]))
