"""A program for `test_xla_processes`: one of two processes with four devices each, which train together.

Arguments: the number of this process, the port, the folder to write into, and what goes wrong ("nothing" for nothing).
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

import pellucid
from pellucid import Sequential, callbacks, distributed, layers, optimizers
from pellucid.engines import XLAEngine
from pellucid.engines.xla.states import DeviceState

RNG = np.random.default_rng(0)
X, Y = RNG.random((48, 8, 8, 1), np.float32), np.arange(48) % 4


class Dies(callbacks.Callback):
    """Ends the process in the middle of a training, as a machine does whose power is cut."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """At the third step."""
        if batch == 2:
            os._exit(9)


class StandsStill(callbacks.Callback):
    """Waits for ever."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """At the third step."""
        if batch == 2:
            time.sleep(600)


class WritesSlowly(callbacks.Callback):
    """Leaves a file at the end of a training, some time after the other process has come there."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def on_train_end(self, logs: Any = None) -> None:
        """Of the first process."""
        if distributed.is_first():
            time.sleep(0.5)
            self.path.touch()


class Sparing(callbacks.BackupAndRestore):
    """Notes the most numbers of a state that a record brings together in one process."""

    most = 0

    def keep(self, logs: Any = None) -> None:
        """As usual."""
        read = DeviceState.read

        def noted(state: DeviceState, start: int = 0, size: int | None = None) -> np.ndarray:
            found = read(state, start, size)
            self.most = max(self.most, found.size)
            return found

        with mock.patch.object(DeviceState, "read", noted):
            super().keep(logs)


def network() -> Sequential:
    """With all that could depend on who has which samples."""
    return Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(6, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(4, activation="softmax"),
        ]
    )


def main(number: int, port: str, folder: Path, wrong: str) -> None:
    """Train, write, and print what came out as JSON in the last line."""
    distributed.initialize(f"127.0.0.1:{port}", 2, number, heartbeat_s=5, stuck_s=4)
    told, seen = dict[str, Any](), list[dict[str, Any]]()
    for fsdp in (False, True) if wrong == "nothing" else (False,):
        pellucid.clear_session()
        pellucid.set_random_seed(3 + number * (wrong == "seed"))
        model = network()
        engine = XLAEngine(fsdp=fsdp)
        model.compile(
            optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy", ["accuracy"], engine=engine
        )
        own = folder / f"fsdp {fsdp}"
        members: list[Any] = [
            callbacks.CSVLogger(own / "log.csv"),
            WritesSlowly(own / "ended"),
            Sparing(own / "run", save_freq=1, delete_checkpoint=wrong != "nothing"),
        ]
        if number == 0:  # as for a line of progress on a terminal, one process alone reads what is counted
            members.append(callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(dict(logs))))
        members += [Dies()] if wrong == "dies" and number == 1 else []
        members += [StandsStill()] if wrong == "stands still" and number == 1 else []
        x = X + np.float32(number * (wrong == "data"))
        history = model.fit(x, Y, batch_size=16, epochs=3, verbose=2, callbacks=members).history
        assert (own / "ended").exists()
        model.save(folder / f"fsdp {fsdp}.keras")
        distributed.barrier()
        assert (folder / f"fsdp {fsdp}.keras").exists()
        predictions = model.predict(X[:3], verbose=0).tolist()
        told[f"fsdp {fsdp}"] = {
            **history,
            "predictions": predictions,
            "weights": [w.tolist() for w in model.get_weights()],
            "most read": members[2].most,
        }
    print(json.dumps({"number": distributed.process_index(), "of": distributed.process_count(), **told}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4])
