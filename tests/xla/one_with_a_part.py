"""A program for `test_xla_parts`: one of two processes with two devices each, which has a part of the data of its own.

Arguments: the number of this process, the port, and what is tried. Prints what came out as JSON in the last line.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

import pellucid
from pellucid import Sequential, distributed, layers, optimizers, utils

RNG = np.random.default_rng(0)
X, Y = RNG.random((36, 6, 6, 1), np.float32), np.arange(36) % 3


def compiled(engine: str = "xla") -> Sequential:
    """With all that could depend on who has which samples."""
    pellucid.clear_session()
    pellucid.set_random_seed(3)
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
    model.compile(
        optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"], engine=engine
    )
    return model


class Batches(utils.PyDataset):
    """Four samples each, by number; notes which were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []

    def __len__(self) -> int:
        return 9

    def __getitem__(self, index: int) -> Any:
        self.asked.append(index)
        return X[4 * index : 4 * index + 4], Y[4 * index : 4 * index + 4]


def stream(first: int, stop: int, fails: bool = False) -> Iterator[Any]:
    """Batches of four, one after the other."""
    for start in range(first, stop, 4):
        if fails and start > first:
            raise OSError("the disk is gone")
        yield X[start : min(start + 4, stop)], Y[start : min(start + 4, stop)]


def fed(number: int) -> dict[str, Any]:
    """Three kinds of data; a model that learns its shape from the first, too."""
    told: dict[str, Any] = {}
    held = distributed.local((X[number::2], Y[number::2]), batch_size=4, shuffle=False)
    batches = Batches()
    model = compiled()
    history = model.fit(distributed.shard(batches), epochs=2, verbose=0, shuffle=False, validation_data=held).history
    told["shared out"] = {**history, "weights": [w.tolist() for w in model.get_weights()]}
    told["asked"] = batches.asked
    model = compiled()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        mine = distributed.local(stream(18 * number, 18 * number + (14 if number else 18)))
        history = model.fit(mine, epochs=1, verbose=0).history
    told["streams"] = {**history, "weights": [w.tolist() for w in model.get_weights()]}
    told["warned"] = [str(each.message) for each in caught]
    return told


def main(number: int, port: str, what: str) -> None:
    """Join the other process and do it."""
    distributed.initialize(f"127.0.0.1:{port}", 2, number, heartbeat_s=5, stuck_s=30)
    if what == "fails":
        compiled().fit(distributed.local(stream(0, 16, fails=number == 1)), verbose=0)
    elif what == "native":
        compiled("native").fit(distributed.local((X, Y)), verbose=0)
    else:
        print(json.dumps({"number": number, **fed(number)}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
