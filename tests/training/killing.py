"""Trainings that are killed at random moments, and go on: a program of its own, which forks one process for each life.

    python killing.py FOLDER COUNT SEED

prints for each of COUNT trainings how often it was killed, and ends with 1 unless all end with the bits of the one that
was not. A life ends at a drawn batch, or after a drawn time: then also while a record is written.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from pellucid import Input, Model, Sequential, callbacks, layers, optimizers
from pellucid import random as seeds

RNG = np.random.default_rng(0)
X, Y = RNG.random((61, 6, 6, 1)).astype(np.float32), RNG.integers(0, 3, 61)
BATCH_SIZE, EPOCHS, KEPT_EVERY = 8, 6, 3
BATCHES = EPOCHS * 7  # a seventh of the samples is held back
MOST_LIVES = 8


def known(optimizer: type, **wanted: Any) -> dict[str, Any]:
    """Those of the settings that an optimiser has."""
    return {name: value for name, value in wanted.items() if name in inspect.signature(optimizer).parameters}


def optimizer(number: int) -> optimizers.Optimizer:
    """Several kinds in turn, with all that they can remember."""
    rate = optimizers.schedules.ExponentialDecay(0.02, 3, 0.9)
    if number % 2:
        return optimizers.SGD(rate, momentum=0.9, nesterov=True, weight_decay=0.01, clipnorm=1.0)
    more = known(optimizers.Adam, use_ema=True, ema_overwrite_frequency=5, gradient_accumulation_steps=2)
    return optimizers.Adam(0.01, **more)


class Falling(callbacks.Callback):
    """Takes off a tenth of the learning rate before each epoch, which would be done twice for one that is resumed."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if isinstance(self.model.optimizer.learning_rate, float):
            self.model.optimizer.learning_rate *= 0.9


class Dying(callbacks.Callback):
    """Kills the process behind a batch, before or after the training was kept."""

    def __init__(self, batch: int) -> None:
        super().__init__()
        self.left = batch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)


def model(number: int, seed: int) -> Model:
    """With dropout, moving averages, an inner model."""
    seeds.set_random_seed(seed)
    inner = Sequential([Input((4, 4, 4)), layers.Dropout(0.4), layers.BatchNormalization()], name="inner")
    made = Sequential([Input((6, 6, 1)), layers.Conv2D(4, 3, activation="relu"), inner, layers.Flatten()])
    made.add(layers.Dense(3, activation="softmax"))
    made.compile(optimizer(number), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made


def live(folder: Path, number: int, seed: int, dies_at: int | None, frequency: str | int) -> None:
    """One life: trains to the end, unless it is killed, and writes down what came of it."""
    trained = model(number, seed)
    dying = [] if dies_at is None else [Dying(dies_at)]
    stopping = callbacks.EarlyStopping("val_loss", patience=4, restore_best_weights=True)
    keeping = callbacks.BackupAndRestore(folder / "kept", save_freq=frequency)
    told = [keeping, stopping, Falling(), *dying]
    history = trained.fit(X, Y, batch_size=BATCH_SIZE, epochs=EPOCHS, validation_split=1 / 7, callbacks=told, verbose=0)
    digest = hashlib.sha256(b"".join(array.tobytes() for array in trained.get_weights())).hexdigest()
    result = {
        "weights": digest,
        "history": history.history,
        "epochs": history.epoch,
        "steps": trained.optimizer.iterations,
    }
    (folder / "result.json").write_text(json.dumps(result))


def fork(*arguments: Any) -> int:
    """The process of a life."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        live(*arguments)
        code = 0
    finally:
        os._exit(code)


def undisturbed(folder: Path, number: int) -> tuple[str, float]:
    """What comes of a training that nobody kills, and how long it takes."""
    folder.mkdir(parents=True)
    began = time.perf_counter()
    pid = fork(folder, number, 1, None, KEPT_EVERY)
    assert os.waitpid(pid, 0)[1] == 0
    assert not (folder / "kept").exists()
    return (folder / "result.json").read_text(), time.perf_counter() - began


def killed(folder: Path, number: int, draw: random.Random, seconds: float) -> tuple[str, int]:
    """What comes of a training that is killed again and again, and how often it was."""
    folder.mkdir(parents=True)
    frequency = draw.choice([1, KEPT_EVERY, "epoch"])
    for lives in range(MOST_LIVES + 1):
        by_batch = draw.random() < 0.5
        dies_at = draw.randrange(BATCHES) if by_batch and lives < MOST_LIVES else None
        has_record = any((folder / "kept").glob("*.run"))
        seed = 100 + lives if has_record else 1  # that of the record counts
        pid = fork(folder, number, seed, dies_at, frequency)
        if not by_batch and lives < MOST_LIVES:
            time.sleep(draw.uniform(0.2, 1.0) * seconds)
            os.kill(pid, signal.SIGKILL)
        if os.waitpid(pid, 0)[1] == 0:
            return (folder / "result.json").read_text(), lives
    raise AssertionError("the last life was not killed, and failed")


def main(folder: Path, count: int, seed: str) -> int:
    """The exit code."""
    expected = [undisturbed(folder / f"whole{number}", number) for number in range(2)]
    wrong = 0
    for run in range(count):
        result, seconds = expected[run % 2]
        found, kills = killed(folder / f"run{run}", run, random.Random(f"{seed} {run}"), seconds)
        wrong += found != result
        print(f"training {run}: killed {kills} times, {'the same bits' if found == result else found}", flush=True)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
