"""Train the MNIST network with Pellucid, PyTorch and Keras side by side, and print how many times faster Pellucid is.

    make bench                      the whole comparison, about three minutes
    make bench PAIRS=5              a short look

Every framework runs in a process of its own on the same cores with as many threads. Blocks alternate (A B C, C B A,
...), so that each block of a peer has a block of Pellucid beside it in time; the result is the median of the ratios of
such pairs, with the interval that 95% of bootstrap samples of the pairs give. A machine that is busy slows both sides
of a pair, not its ratio.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import random
import statistics
import subprocess
import sys
from pathlib import Path

OURS, PEERS = "pellucid", ("torch", "keras")
HERE = Path(__file__).parent


class Worker:
    """A framework's process."""

    def __init__(self, name: str, steps: int, threads: int) -> None:
        environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
        command = [sys.executable, str(HERE / "worker.py"), name, str(steps), str(threads)]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        self.losses: list[float] = []

    def block(self) -> float:
        """Train one block; seconds per step."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.process.args[2]} ended without an answer; run worker.py by hand to see why")
        seconds, loss = map(float, answer.split())
        self.losses.append(loss)
        return seconds

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(timeout=30)


def interval(ratios: list[float], samples: int = 2000) -> tuple[float, float]:
    """The middle 95% of the medians of bootstrap samples."""
    chance = random.Random(0)
    medians = sorted(statistics.median(chance.choices(ratios, k=len(ratios))) for _ in range(samples))
    return medians[int(0.025 * samples)], medians[int(0.975 * samples)]


def measure(pairs: int, steps: int, threads: int) -> dict[str, object]:
    """Run the blocks and return all numbers."""
    workers = {name: Worker(name, steps, threads) for name in (OURS, *PEERS)}
    try:
        for worker in workers.values():
            worker.block(), worker.block()
        seconds: dict[str, list[float]] = {name: [] for name in workers}
        for number in range(pairs):
            names = list(workers) if number % 2 == 0 else list(reversed(workers))
            for name in names:
                seconds[name].append(workers[name].block())
            print(f"\r{number + 1}/{pairs} rounds", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
    finally:
        for worker in workers.values():
            worker.close()
    results: dict[str, object] = {}
    for name, times in seconds.items():
        ratios = [peer / ours for peer, ours in zip(times, seconds[OURS], strict=True)]
        results[name] = {
            "ms_per_step": 1e3 * statistics.median(times),
            "times_pellucid": statistics.median(ratios),
            "interval": interval(ratios),
            "first_loss": workers[name].losses[0],
            "last_loss": workers[name].losses[-1],
        }
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=20, help="rounds of one block per framework")
    parser.add_argument("--steps", type=int, default=12, help="training steps of a block (batch 128)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--json", type=Path, help="write the numbers to this file too")
    options = parser.parse_args()
    results = measure(options.pairs, options.steps, options.threads)
    print(f"MNIST CNN, batch 128, SGD with momentum, fit(), {options.threads} threads, load {os.getloadavg()[0]:.1f}")
    print(f"{'':10} {'ms/step':>8} {'time / ours':>12} {'95% interval':>15} {'loss: first, last block':>25}")
    for name, row in results.items():
        low, high = row["interval"]  # type: ignore[index]
        print(
            f"{name:10} {row['ms_per_step']:8.1f} {row['times_pellucid']:12.2f} {f'{low:.2f} to {high:.2f}':>15} "  # type: ignore[index]
            f"{row['first_loss']:16.3f} {row['last_loss']:8.3f}"  # type: ignore[index]
        )
    if options.json:
        machine = {"processor": platform.processor() or platform.machine(), "threads": options.threads}
        date = datetime.date.today().isoformat()
        options.json.write_text(json.dumps({"date": date, "machine": machine, "results": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
