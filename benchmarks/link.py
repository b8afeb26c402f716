"""How long processes take to sum numbers: the link of `scaling_model.py`, measured between those that are there.

    python benchmarks/link.py                                   two processes on this machine, over loopback
    python benchmarks/link.py --coordinator HOST:PORT --processes N --process I      on each of N machines

Prints seconds of a sum by its size, and the latency and the bandwidth that describe them best, in the terms of the
model: t = 2 (N - 1) a + 2 (N - 1) / N * bytes / b. `--json FILE` writes them.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SIZES = (1, 1_000, 30_000, 250_000, 1_200_000, 4_000_000)
"""Numbers of float32 that are summed."""
ROUNDS = 40


def usual(times: list[float]) -> float:
    """The lower quartile: what others do on the machine makes times longer, never shorter."""
    return sorted(times)[len(times) // 4]


def measured(count: int, rounds: int) -> dict[int, float]:
    """The time of a sum [s], by its bytes; the first three warm up."""
    import jax
    import numpy as np
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

    from pellucid.engines.xla.joining import least

    mesh = Mesh(np.array(jax.devices()), ("devices",))
    parts, whole = (NamedSharding(mesh, PartitionSpec(*axes)) for axes in (("devices",), ()))
    add = jax.jit(lambda x: x.sum(axis=0), out_shardings=whole)
    found = {}
    for size in SIZES:
        array = jax.make_array_from_process_local_data(parts, np.ones((1, size), np.float32), (count, size))
        times = []
        for _ in range(rounds + 3):
            least([0])  # all begin together
            begin = time.perf_counter()
            jax.block_until_ready(add(array))
            times.append(time.perf_counter() - begin)
        found[4 * size] = usual(times[3:])
    return found


def exchanged(rounds: int) -> float:
    """The time in which the processes tell each other a number [s]."""
    from pellucid.engines.xla.joining import least

    times = []
    for _ in range(rounds + 3):
        begin = time.perf_counter()
        least([0])
        times.append(time.perf_counter() - begin)
    return usual(times[3:])


def described(times: dict[int, float], count: int) -> dict[str, float]:
    """Latency of a message [s] and bytes a second: of the smallest sum, and of what the largest takes longer."""
    smallest, largest = min(times), max(times)
    moved = 2 * (count - 1) / count * (largest - smallest)
    return {
        "latency": times[smallest] / (2 * (count - 1)),
        "bandwidth": moved / max(times[largest] - times[smallest], 1e-9),
    }


def join(given: argparse.Namespace) -> None:
    """One of the processes: measure, and let the first one tell."""
    from pellucid import distributed

    distributed.initialize(given.coordinator, given.processes, given.process)
    times = measured(given.processes, given.rounds)
    told: dict[str, Any] = {"processes": given.processes, "seconds by bytes": times}
    told |= {"exchange": exchanged(given.rounds), **described(times, given.processes)}
    if not distributed.is_first():
        return
    for size, seconds in times.items():
        print(f"{size / 1e6:10.3f} MB  {seconds * 1e3:8.2f} ms")
    print(f"a number told to each other: {told['exchange'] * 1e3:.2f} ms")
    print(f"latency {told['latency'] * 1e6:.0f} us, bandwidth {told['bandwidth'] / 1e9:.2f} GB/s")
    if given.json:
        given.json.write_text(json.dumps(told, indent=1))


def main() -> None:
    """Join, or start two processes here that do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coordinator")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--process", type=int)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    if given.coordinator is not None:
        join(given)
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        coordinator = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {**os.environ, "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, __file__, "--coordinator", coordinator, "--processes", str(given.processes)]
    command += ["--rounds", str(given.rounds)] + (["--json", str(given.json)] if given.json else [])
    started = [
        subprocess.Popen([*command, "--process", str(number)], env=environment) for number in range(given.processes)
    ]
    sys.exit(max(process.wait() for process in started))


if __name__ == "__main__":
    main()
