"""What a folder of JPEGs costs: decoding alone, training alone, the first epoch and later ones, beside Keras.

    python benchmarks/folders.py                                     2,000 JPEGs of 480x480, trained at 64x64
    python benchmarks/folders.py --images 10000 --rounds 5 --json file
    python benchmarks/folders.py --keras .venv-bench/bin/python      Keras on TensorFlow beside, with tf.data

Each round is a process of each library, in turns on the same cores; the medians count. Both read the same files to the
same pixels (`image_dataset_from_directory`, kept in memory after the first epoch) and train the same three convolutions
with Adam in batches of 64. In Pellucid also as `pellucid train FOLDER` reads: JPEGs in a draft. It fails where a later
epoch waits for images for 2% of its time or more, or where a first one takes more than 1.15 times the larger of
decoding and training alone and half of the smaller; unless it takes no more than 1.1 times both together, for where
each alone keeps all cores busy, none can be shorter than that.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SIDE, SIZE, BATCH = 480, 64, 64
FILES_PER_PATTERN = 50
MOST_FIRST, MOST_WAITING, MOST_OF_BOTH = 1.15, 0.02, 1.1
LATER = 3  # epochs whose median counts
UNTIMED = 2  # batches that each library prepares its programs on


def write_images(folder: Path, count: int) -> None:
    """JPEGs of two classes, as large as those of photographs: soft shapes and some noise."""
    from PIL import Image

    rng = np.random.default_rng(0)
    for number in range(count):
        if number % FILES_PER_PATTERN == 0:
            noise = rng.normal(0, 12, (SIDE, SIDE, 3))
        place = folder / ("cats", "dogs")[number % 2] / f"{number}.jpg"
        place.parent.mkdir(parents=True, exist_ok=True)
        coarse = Image.fromarray(rng.integers(0, 256, (12, 12, 3)).astype(np.uint8))
        pixels = np.asarray(coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC)) + noise + 40 * (number % 2)
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(place, quality=90)


def network(room: Any) -> Any:
    """The same in both libraries."""
    layers = room.layers
    filters = [
        part
        for count in (32, 64, 128)
        for part in (layers.Conv2D(count, 3, padding="same", activation="relu"), layers.MaxPooling2D(2))
    ]
    model = room.Sequential(
        [layers.Input((SIZE, SIZE, 3)), layers.Rescaling(1 / 255), *filters, layers.GlobalAveragePooling2D(),
         layers.Dense(2, activation="softmax")]
    )  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def seconds(what: Callable[[], object]) -> float:
    """How long it takes [s]."""
    start = time.perf_counter()
    what()
    return time.perf_counter() - start


def exhausted(batches: Any) -> None:
    """Go through all of it."""
    for _ in batches:
        pass


def measured(model: Any, make: Callable[[], Any], kept: Callable[[Any], Any]) -> dict[str, float]:
    """Seconds of decoding alone, of an epoch on arrays alone, of the first epoch from files and of later ones."""
    found = {"decoding": seconds(lambda: exhausted(make()))}
    first = next(iter(make()))
    x, y = (np.concatenate([np.asarray(part)] * len(make()))[: _count(make())] for part in first)
    model.fit(x[: UNTIMED * BATCH], y[: UNTIMED * BATCH], batch_size=BATCH, verbose=0)
    found["training"] = statistics.median(
        seconds(lambda: model.fit(x, y, batch_size=BATCH, verbose=0)) for _ in range(LATER)
    )
    images = kept(make())
    found["first"] = seconds(lambda: model.fit(images, verbose=0))
    found["later"] = statistics.median(seconds(lambda: model.fit(images, verbose=0)) for _ in range(LATER))
    return found


def _count(data: Any) -> int:
    return len(data) * BATCH


def of_pellucid(folder: str, *, draft: bool) -> dict[str, float]:
    """In Pellucid; with the share of the first and of later epochs in which nothing but waiting for images happened."""
    import pellucid
    from pellucid.cli.waiting import Watched
    from pellucid.data.folders.image_sets import ImageSet
    from pellucid.data.images.reading import Reading

    def make() -> Any:
        data = pellucid.utils.image_dataset_from_directory(
            folder, image_size=(SIZE, SIZE), batch_size=BATCH, seed=1, verbose=False
        )
        if not draft:
            return data
        return ImageSet(data.file_paths, data.targets, Reading(SIZE, SIZE), batch_size=BATCH, shuffle=True)

    model = network(pellucid)
    found = measured(model, make, lambda data: data.cache())
    watched = Watched(make().cache())
    for name in ("first", "later"):
        watched.waited = 0.0
        whole = seconds(lambda: model.fit(watched, verbose=0))
        found[f"waiting, {name}"] = watched.waited / whole
    return found


def of_keras(folder: str) -> dict[str, float]:
    """In Keras on TensorFlow, with tf.data as its guide has it."""
    os.environ |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    import keras
    import tensorflow as tf

    def make() -> Any:
        data = keras.utils.image_dataset_from_directory(
            folder, image_size=(SIZE, SIZE), batch_size=BATCH, seed=1, verbose=False
        )
        return data.prefetch(tf.data.AUTOTUNE)

    return measured(network(keras), make, lambda data: data.cache().prefetch(tf.data.AUTOTUNE))


WORKERS: dict[str, Callable[[str], dict[str, float]]] = {
    "pellucid": lambda folder: of_pellucid(folder, draft=False),
    "pellucid, draft": lambda folder: of_pellucid(folder, draft=True),
    "keras": of_keras,
}


def one_round(python: str, who: str, folder: str) -> dict[str, float]:
    """A process of its own; with the most memory that it had [MB]."""
    command = [python, __file__, "--worker", who, "--folder", folder]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def ratios(found: dict[str, float]) -> tuple[float, float]:
    """A first epoch as a multiple of the larger of both alone and half of the smaller, and of both together."""
    larger, smaller = (choose(found["decoding"], found["training"]) for choose in (max, min))
    return found["first"] / (larger + smaller / 2), found["first"] / (larger + smaller)


def told(who: str, found: dict[str, float], images: int) -> str:
    """One line of the table."""
    rate = {name: images / found[name] for name in ("decoding", "training", "first", "later")}
    return f"{who:<16}" + "".join(f"{rate[name]:10,.0f}" for name in rate) + f"{found['memory']:10,.0f}"


def main() -> int:
    """Measure, and say what misses."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keras", help="the Python that has Keras and TensorFlow; without it Pellucid alone")
    parser.add_argument("--json", help="a file for all numbers")
    parser.add_argument("--worker", choices=WORKERS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help="JPEGs in two sub-folders that are there already")
    options = parser.parse_args()
    if options.worker:
        found = WORKERS[options.worker](options.folder)
        print(json.dumps(found | {"memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
        return 0
    images = (
        options.images // BATCH * BATCH if options.folder is None else len(list(Path(options.folder).rglob("*.jpg")))
    )
    if not images or images % BATCH:
        parser.error(f"whole batches are measured: the number of images must be a multiple of {BATCH}, got {images}")
    with tempfile.TemporaryDirectory() as made:
        folder = options.folder or made
        if options.folder is None:
            write_images(Path(folder), images)
        whose = {"pellucid": sys.executable, "pellucid, draft": sys.executable}
        whose |= {"keras": options.keras} if options.keras else {}
        rounds: dict[str, list[dict[str, float]]] = {who: [] for who in whose}
        for _ in range(options.rounds):
            for who, python in whose.items():
                rounds[who].append(one_round(python, who, folder))
    medians = {
        who: {name: statistics.median(each[name] for each in runs) for name in runs[0]} for who, runs in rounds.items()
    }
    print(f"images/s{'':<8}" + "".join(f"{name:>10}" for name in ("decoding", "training", "first", "later", "MB")))
    for who, found in medians.items():
        print(told(who, found, images))
    missed = []
    for who in ("pellucid", "pellucid, draft"):
        found = medians[who]
        of_larger, of_both = ratios(found)
        waiting = f"{found['waiting, later']:.1%}"
        print(f"{who}: the first epoch takes {of_larger:.2f} times the larger and half of the smaller,")
        print(f"  {of_both:.2f} times both together; later ones wait for images for {waiting} of their time")
        too_long = of_larger > MOST_FIRST and of_both > MOST_OF_BOTH
        missed += [who] * (too_long or found["waiting, later"] >= MOST_WAITING)
    if options.json:
        Path(options.json).write_text(json.dumps({"images": images, "rounds": rounds}, indent=1) + "\n")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
