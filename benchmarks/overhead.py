"""What a training costs beyond its steps: `fit` beside the core's own loop; metrics, weights, clipping in a step.

    make overhead                      some minutes; QUICK=1 few rounds, JSON=file all numbers
    python benchmarks/overhead.py --rows 6 --rounds 3

All is measured in the time of the processor, on one thread, in blocks that alternate; the median of the ratios of
neighbouring blocks counts, so other programs on the machine matter little. A ratio is that of a block to the plain one
before it: for `fit` a loop that hands the same batches to the stepper at once, for the rest the same `fit` with a loss
and nothing else. It fails where `fit` takes more than 1.05 times as long as the loop (1.08 with its line of progress),
or something in a step more than 1.03 times.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from workloads import LOSSES, ROWS, data

import pellucid
from pellucid import layers, optimizers
from pellucid.data.sources.arrays import ArraySource
from pellucid.data.sources.source import Stretch

EPOCHS, BATCHES, SECONDS = 20, 500, 0.5
LOOP, LINE, STEP = 1.05, 1.08, 1.03
Block = Callable[[], object]


@dataclass(frozen=True)
class Extra:
    """Something that is asked for besides the loss."""

    compiled: dict[str, Any] = field(default_factory=dict)
    optimizer: dict[str, Any] = field(default_factory=dict)
    fitted: Callable[[np.ndarray], dict[str, Any]] = lambda y: {}


PLAIN = Extra()


def extras(target: str) -> dict[str, Extra]:
    """What may be asked for, by name."""
    metric = {"classes": "accuracy", "yes or no": "accuracy", "mask": "accuracy", "number": "mae"}[target]
    found = {
        f"metrics=[{metric!r}]": Extra({"metrics": [metric]}),
        "sample_weight": Extra(fitted=lambda y: {"sample_weight": np.linspace(0.5, 1.5, len(y), dtype=np.float32)}),
        "clipnorm": Extra(optimizer={"clipnorm": 1.0}),
        "clipvalue": Extra(optimizer={"clipvalue": 0.5}),
        "global_clipnorm": Extra(optimizer={"global_clipnorm": 1.0}),
    }
    if target == "classes":
        found["class_weight"] = Extra(fitted=lambda y: {"class_weight": {int(label): 1.0 for label in np.unique(y)}})
    return found


def model_of(row: int, extra: Extra) -> Any:
    """The network of a row, compiled."""
    workload = ROWS[row]
    image = layers.Input(workload.input_shape)
    model = pellucid.Model(image, workload.network(layers, image), seed=0)
    optimizer = optimizers.get({"class_name": workload.optimizer, "config": dict(extra.optimizer)})
    model.compile(optimizer, LOSSES[workload.target], **extra.compiled)
    return model


class Nowhere(io.StringIO):
    """A terminal that nobody looks at."""

    def isatty(self) -> bool:
        """Whatever asks shall draw its live line."""
        return True


def fitting(row: int, steps: int, extra: Extra = PLAIN, epochs: int = 1, verbose: int = 0) -> Block:
    """A `fit` of so many steps in each epoch, whose first steps have been made."""
    model, (x, y) = model_of(row, extra), data(ROWS[row], ROWS[row].batch * steps)
    arguments = {"batch_size": ROWS[row].batch, "epochs": epochs, "verbose": verbose, **extra.fitted(y)}

    def fit() -> None:
        with contextlib.redirect_stdout(Nowhere()):
            model.fit(x, y, **arguments)

    fit()
    return fit


def looping(row: int, steps: int, epochs: int) -> Block:
    """The same steps, those of an epoch in one call of the stepper."""
    model, batch = model_of(row, PLAIN), ROWS[row].batch
    x, y = data(ROWS[row], batch * steps)
    model.fit(x[:batch], y[:batch], batch_size=batch, verbose=0)
    stepper, order = model.stepper, np.random.default_rng(0).permutation(len(x))
    target = stepper.plan.objectives[0].target
    stretch = Stretch(ArraySource({"x0": x, target: y}, batch, shuffle=False).arrays, order.reshape(steps, batch))

    def loop() -> None:
        with stepper.tally(training=True) as tally:
            for _ in range(epochs):
                stepper.train_many(stretch, tally)

    loop()
    return loop


def seconds(block: Block) -> float:
    """Of the processor."""
    start = time.process_time()
    block()
    return time.process_time() - start


def ratios(plain: Block, others: dict[str, Block], rounds: int) -> dict[str, list[float]]:
    """For each of the others its time divided by that of the plain block before it."""
    found: dict[str, list[float]] = {name: [] for name in others}
    for _ in range(rounds):
        for name, other in others.items():
            before = seconds(plain)
            found[name].append(seconds(other) / before)
    return found


def told(what: str, values: Sequence[float], bound: float) -> bool:
    """Print a line; whether the bound holds."""
    middle = statistics.median(values)
    quarters = statistics.quantiles(values, n=4) if len(values) > 1 else [middle] * 3
    verdict = "" if middle <= bound else "  MORE"
    print(f"{what:60} {middle:6.3f} ({quarters[0]:.3f} to {quarters[2]:.3f}), at most {bound}{verdict}", flush=True)
    return middle <= bound


def main() -> int:
    """Run all; 1 where something costs more than it may."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rows", default="1,4,6", help="numbers of networks, with commas")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--epochs", type=int, default=EPOCHS, help=f"of {BATCHES} steps, for `fit` beside the loop")
    parser.add_argument("--json", help="a file for all numbers")
    arguments = parser.parse_args()
    pellucid.set_threads(1)  # threads that wait would count
    good, numbers = True, {}
    rows = [int(row) for row in arguments.rows.split(",")]
    if 6 in rows:
        sizes = {"steps": BATCHES, "epochs": arguments.epochs}
        lines = {"fit, silent": fitting(6, **sizes), "fit with its line": fitting(6, **sizes, verbose=1)}
        numbers["loop"] = ratios(looping(6, **sizes), lines, arguments.rounds)
        for name, values in numbers["loop"].items():
            bound = LINE if "line" in name else LOOP
            good &= told(f"6 {ROWS[6].title}: {name}, {BATCHES * arguments.epochs} steps", values, bound)
    for row in rows:
        begin = seconds(fitting(row, 2)) / 2
        steps = max(2, int(SECONDS / max(begin, 1e-5)))
        others = {name: fitting(row, steps, extra) for name, extra in extras(ROWS[row].target).items()}
        numbers[str(row)] = ratios(fitting(row, steps), others, arguments.rounds)
        for name, values in numbers[str(row)].items():
            good &= told(f"{row} {ROWS[row].title}: {name}, {steps} steps", values, STEP)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(numbers, indent=1))
    return int(not good)


if __name__ == "__main__":
    raise SystemExit(main())
