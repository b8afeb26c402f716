"""One framework in a process of its own: trains a block each time a line comes in, and answers with time and loss.

Run by `compare.py`; between blocks it waits for input, so that no thread of it spins while another is measured.
"""

from __future__ import annotations

import sys
import time

from workloads import BATCH, TRAINERS


def main() -> None:
    name, steps, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    train = TRAINERS[name](steps * BATCH, threads)
    for _ in sys.stdin:
        start = time.perf_counter()
        loss = train()
        print(f"{(time.perf_counter() - start) / steps!r} {loss!r}", flush=True)


if __name__ == "__main__":
    main()
