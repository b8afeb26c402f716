"""How our own files in this folder were made: `python make_of_pellucid.py FOLDER`, with Pellucid 0.1.0.

They hold a model after one step of Adam, in every format of models; `.npz` has what it predicted then, and after a
second step on the same data. Files of a release are never made anew: what was written once loads for ever.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from pellucid import Input, Model, __version__, layers, set_random_seed
from pellucid.data import Reading, TrainedOn


def network() -> Model:
    """Two branches, a layer that is used twice, normalisation, and maps that are not square in front of a matrix."""
    x = Input((8, 6, 3), name="image")
    stem = layers.Conv2D(4, 3, padding="same", activation="relu", name="stem")(x)
    shared = layers.DepthwiseConv2D(3, padding="same", name="shared")
    left = layers.BatchNormalization(name="norm")(shared(stem))
    right = layers.SeparableConv2D(4, (3, 2), padding="same", name="separable")(shared(left))
    pooled = layers.MaxPooling2D(2, name="pool")(layers.Add(name="sum")([left, right]))
    answer = layers.Dense(3, activation="softmax", name="answer")(layers.Flatten(name="flat")(pooled))
    return Model(x, answer, name="net")


def main(folder: Path) -> None:
    """Write the files of the Pellucid that is installed."""
    set_random_seed(7)
    model, rng = network(), np.random.default_rng(7)
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    model.trained_on = TrainedOn(Reading(8, 6, 3), 1.0, ("cat", "dog", "hen"))
    x, y = rng.normal(size=(8, 8, 6, 3)).astype("f4"), np.eye(3, dtype="f4")[rng.integers(0, 3, 8)]
    model.train_on_batch(x, y)
    name = f"pellucid_{'_'.join(__version__.split('.')[:2])}"
    for ending in ("keras", "h5", "onnx"):
        model.save(folder / f"{name}.{ending}")
    for ending in ("safetensors", "weights.h5"):
        model.save_weights(folder / f"{name}.{ending}")
    found = model.predict(x, verbose=0)
    model.train_on_batch(x, y)
    np.savez_compressed(folder / f"{name}.npz", x=x, y=y, found=found, after=model.predict(x, verbose=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
