"""Small networks that are built alike with either library: `chain(pellucid)`, `chain(keras)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Library = Any  # the module pellucid or keras: both have Input, Model, Sequential and layers


def chain(library: Library) -> Any:
    """A small image classifier with every kind of layer that a tutorial has."""
    k = library.layers
    return library.Sequential(
        [
            library.Input((12, 11, 2)),
            k.Conv2D(6, 3, activation="relu"),
            k.MaxPooling2D(2),
            k.Conv2D(8, 3, strides=2, padding="same", activation="tanh", name="strided"),
            k.AveragePooling2D(2, strides=1, padding="same"),
            k.Dropout(0.0),
            k.Flatten(),
            k.Dense(7, activation="relu"),
            k.Dense(5, activation="softmax"),
        ]
    )


def branches(library: Library) -> Any:
    """Two inputs, a branch that splits and meets again, a sum, and a layer that is used twice."""
    k = library.layers
    image, more = library.Input((8, 8, 3), name="image"), library.Input((8, 8, 3), name="more")
    shared = k.Conv2D(4, 3, padding="same", activation="relu", name="shared")
    left, right = shared(image), shared(more)
    total = k.Add(name="total")([left, right, k.Conv2D(4, 1, use_bias=False, name="pointwise")(image)])
    small = k.MaxPooling2D(2, name="small")(total)
    wide = k.Concatenate(name="wide")([small, k.Conv2D(3, 2, strides=2, activation="sigmoid", name="other")(left)])
    pooled = k.GlobalAveragePooling2D(name="pooled")(wide)
    return library.Model([image, more], k.Dense(5, activation="softmax", name="head")(pooled))


def crossed(library: Library) -> Any:
    """A shared layer whose first use comes later in the network than its second."""
    k, x = library.layers, library.Input((4,), name="x")
    shared = k.Dense(4, activation="tanh", name="shared")
    deep = shared(k.Dense(4, name="before")(x))
    return library.Model(x, k.Concatenate(name="both")([deep, shared(x)]))


def sequence(library: Library) -> Any:
    """One axis, channels first, grouped and dilated."""
    k = library.layers
    return library.Sequential(
        [
            library.Input((4, 20)),
            k.Conv1D(6, 3, groups=2, dilation_rate=2, data_format="channels_first", activation="silu", name="conv2d"),
            k.MaxPooling1D(2, data_format="channels_first", name="dense_1"),
            k.Flatten(data_format="channels_first", name="dense"),
            k.Dense(6, name="flatten"),
            k.ReLU(max_value=2.0, negative_slope=0.1, name="conv1d_7"),
            k.Dense(3, name="softmax"),
            k.Softmax(name="last"),
        ],
        name="misleading_names",
    )


def volume(library: Library) -> Any:
    """Three axes, a residual connection, two outputs."""
    k, x = library.layers, library.Input((6, 5, 7, 2), name="volume")
    y = k.Conv3D(2, 3, padding="same", activation="softplus")(x)
    y = k.Activation("hard_sigmoid")(k.Add()([x, y]))
    y = k.AveragePooling3D(2)(y)
    flat = k.Flatten()(y)
    return library.Model(x, [k.Dense(3)(flat), k.GlobalMaxPooling3D()(y)], name="two_ends")


NETWORKS: dict[str, Callable[[Library], Any]] = {
    build.__name__: build for build in (chain, branches, crossed, sequence, volume)
}


def samples(model: Any, count: int, seed: int = 0) -> Any:
    """Random data for a model: an array, or a list of arrays where it has several inputs."""
    rng = np.random.default_rng(seed)
    arrays = [rng.normal(size=(count, *tensor.shape[1:])).astype(np.float32) for tensor in model.inputs]
    return arrays[0] if len(arrays) == 1 else arrays


def outputs(model: Any, x: Any) -> list[np.ndarray]:
    """What a model of either library predicts, always as a list."""
    answers = model.predict(x, verbose=0)
    return answers if isinstance(answers, list) else [answers]
