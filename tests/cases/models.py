"""Small whole models, with data to train them on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pellucid import Input, Model, Sequential, layers, set_random_seed
from pellucid.engines import Engine
from pellucid.optimizers import Optimizer

CLASSES = 5
IMAGE = (8, 7, 2)


@dataclass(frozen=True)
class Data:
    """Images and their classes."""

    x: np.ndarray
    y: np.ndarray


def images(count: int, seed: int = 0) -> Data:
    """Random images of random classes, in float32."""
    rng = np.random.default_rng(seed)
    return Data(rng.normal(size=(count, *IMAGE)).astype(np.float32), rng.integers(0, CLASSES, count))


def small_cnn(seed: int = 1, *, dropout: float = 0.0) -> Sequential:
    """Convolution, pooling, dropout and dense layers; all weights follow from the seed."""
    set_random_seed(seed)
    return Sequential(
        [
            layers.Input(IMAGE),
            layers.Conv2D(6, 3, padding="same", activation="relu", name="first"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Conv2D(8, 2, strides=(1, 2), groups=2, activation="tanh", name="second"),
            layers.Dropout(dropout, name="drop"),
            layers.Flatten(name="flat"),
            layers.Dense(CLASSES, activation="softmax", name="classes"),
        ],
        name="small",
        seed=seed,
    )


def branched_cnn(seed: int = 1) -> Model:
    """Two branches that meet, an addition across, average pooling, and normalised answers."""
    set_random_seed(seed)
    x = Input(IMAGE, name="image")
    left = layers.Conv2D(4, 3, padding="same", activation="relu", name="left")(x)
    right = layers.Conv2D(4, (1, 5), padding="same", dilation_rate=(1, 2), name="right")(x)
    both = layers.Concatenate(name="both")([left, layers.Add(name="sum")([left, right])])
    y = layers.GlobalAveragePooling2D(name="mean")(layers.AveragePooling2D(2, padding="same", name="pool")(both))
    return Model(x, layers.Dense(CLASSES, activation="softmax", name="classes")(y), name="branched", seed=seed)


def shared_cnn(seed: int = 1) -> Model:
    """One layer used twice: its gradient is the sum of both uses."""
    set_random_seed(seed)
    x = Input(IMAGE, name="image")
    again = layers.Conv2D(IMAGE[-1], 3, padding="same", activation="tanh", name="again")
    y = layers.GlobalMaxPooling2D(name="largest")(layers.Add(name="sum")([again(again(x)), x]))
    return Model(x, layers.Dense(CLASSES, activation="softmax", name="classes")(y), name="shared", seed=seed)


def frozen_cnn(seed: int = 1) -> Sequential:
    """A network whose middle layer is not trained, so that the trained weights do not lie side by side."""
    model = small_cnn(seed)
    model.get_layer("second").trainable = False
    return model


def compiled(model: Model, engine: Engine, optimizer: Optimizer) -> Model:
    """The model, ready to be trained."""
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], engine=engine)
    return model
