"""Kills one of several processes of a training at random moments, starts them again, and compares the bits.

    python benchmarks/kills.py                      four processes on this machine, ten kills
    python benchmarks/kills.py --processes 2 --kills 3 --seed 5

Each moment is drawn between the start of a run and its usual end: so kills fall into the meeting of the processes, into
compiling, steps, and the writing of a record. The others get `--patience` seconds to notice and to end, and are killed
then, as a scheduler does. A training that reaches its end must equal the run without a kill to the last bit; then
another one begins, until so many processes were killed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EPOCHS, PAUSE_S = 4, 0.05
HEARTBEAT_S = 5


def train(given: argparse.Namespace) -> None:
    """One of the processes: go on where the last record is, and let the first one write the bits of the weights."""
    import numpy as np

    import pellucid
    from pellucid import Sequential, callbacks, distributed, layers, optimizers

    class Pause(callbacks.Callback):
        """Makes steps long enough to be hit."""

        def on_train_batch_end(self, batch: int, logs: object = None) -> None:
            """Wait."""
            time.sleep(PAUSE_S)

    distributed.initialize(
        f"127.0.0.1:{given.port}", given.processes, given.process, heartbeat_s=HEARTBEAT_S, stuck_s=30
    )
    pellucid.set_random_seed(3)
    rng = np.random.default_rng(0)
    x, y = rng.random((96, 6, 6, 1), np.float32), rng.integers(0, 3, 96)
    model = Sequential(
        [
            layers.Input((6, 6, 1)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"], engine="xla")
    keeping = callbacks.BackupAndRestore(given.folder / "run", save_freq=1, delete_checkpoint=False)
    history = model.fit(x, y, batch_size=12, epochs=EPOCHS, verbose=0, callbacks=[keeping, Pause()])
    bits = hashlib.sha256(b"".join(np.ascontiguousarray(weight).tobytes() for weight in model.get_weights()))
    if distributed.is_first():
        (given.folder / "bits").write_text(f"{bits.hexdigest()} {history.history['loss'][-1]!r}")


def started(count: int, folder: Path) -> list[subprocess.Popen[bytes]]:
    """All processes of a run."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": ""}
    command = [sys.executable, __file__, "--processes", str(count), "--port", port, "--folder", str(folder)]
    with (folder / "said.txt").open("ab") as said:
        return [
            subprocess.Popen([*command, "--process", str(number)], env=environment, stdout=said, stderr=said)
            for number in range(count)
        ]


def ended(processes: list[subprocess.Popen[bytes]], patience: float) -> int:
    """How many ended by themselves within so many seconds; the others are killed."""
    until, count = time.monotonic() + patience, 0
    for process in processes:
        try:
            process.wait(max(0.0, until - time.monotonic()))
            count += 1
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return count


def finished(count: int, folder: Path) -> str:
    """Run to the end; what the first process wrote."""
    folder.mkdir(exist_ok=True)
    processes = started(count, folder)
    ended(processes, 300)
    if any(process.returncode for process in processes):
        raise SystemExit(f"a run without a kill failed: {(folder / 'said.txt').read_text()[-3000:]}")
    return (folder / "bits").read_text()


def killed(count: int, folder: Path, usual: float, draw: random.Random, patience: float) -> str:
    """Run, and kill one process at a moment that is drawn; what came of it, or "" where all had ended before."""
    processes = started(count, folder)
    after = draw.uniform(0.2, 1.0) * usual
    time.sleep(after)
    victim = draw.randrange(count)
    was_running = processes[victim].poll() is None
    processes[victim].send_signal(signal.SIGKILL)
    noticed = ended(processes, patience) - 1
    if not was_running:
        return ""
    return f"process {victim} killed after {after:.1f} s, {noticed} of {count - 1} others ended by themselves"


def compare(count: int, kills: int, seed: int, patience: float) -> bool:
    """Whether runs with kills come to the bits of one without; says what was done.

    A training that came to its end in spite of the kills is compared, and another one begins.
    """
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        begin = time.monotonic()
        expected = finished(count, Path(place, "whole"))
        usual = time.monotonic() - begin
        print(f"{count} processes, without a kill: {expected} ({usual:.1f} s)", flush=True)
        done, of_this, trainings, are_equal = 0, 0, 1, True
        while done < kills or of_this:
            folder = Path(place, f"killed {trainings}")
            folder.mkdir(exist_ok=True)
            what = killed(count, folder, usual, draw, patience) if done < kills else ""
            if what:
                done, of_this = done + 1, of_this + 1
                print(f"{done:3}  {what}", flush=True)
                continue
            found = finished(count, folder)
            said = "the same bits" if found == expected else "OTHER BITS"
            print(f"     training {trainings}, after {of_this} kills: {found}; {said}", flush=True)
            are_equal &= found == expected
            of_this, trainings = 0, trainings + 1
        return are_equal


def main() -> None:
    """Train, or let others train and kill them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patience", type=float, default=2 * HEARTBEAT_S)
    parser.add_argument("--process", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--port", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.process is not None:
        train(given)
    elif not compare(given.processes, given.kills, given.seed, given.patience):
        sys.exit(1)


if __name__ == "__main__":
    main()
