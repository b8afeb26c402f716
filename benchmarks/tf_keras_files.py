"""Files in the words of Keras 2, read by tf.keras itself: one model for each kind of layer, predictions compared.

Prints a line for each model that tf.keras refuses or computes otherwise, then how many it read; fails where there was
one. It needs TensorFlow, which is no part of the tests' environment.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tf_keras

from pellucid import Input, Model, Sequential, layers, optimizers

TOLERANCE = 5e-6  # of the largest value
COARSE = {"UpSampling2D bicubic": 2e-3}  # TensorFlow looks its weights up in a table of 1,024
IMAGE, ROW, VOLUME = (6, 5, 4), (7, 4), (4, 5, 3, 2)
LAYERS: list[tuple[layers.Layer, tuple[int, ...]]] = [
    (layers.Dense(3, "tanh"), (4,)),
    (layers.Conv1D(3, 2, padding="causal", dilation_rate=2), ROW),
    (layers.Conv2D(4, (3, 2), strides=(2, 1), padding="same", groups=2, activation="gelu"), IMAGE),
    (layers.Conv2D(2, 3, padding=((2, 0), (1, 1))), IMAGE),
    (layers.Conv3D(2, 2, padding="full"), VOLUME),
    (layers.Conv1DTranspose(2, 3, strides=2), ROW),
    (layers.Conv2DTranspose(2, 3, strides=2, padding="same"), IMAGE),
    (layers.Conv3DTranspose(2, 2, strides=2), VOLUME),
    (layers.DepthwiseConv1D(3, depth_multiplier=2), ROW),
    (layers.DepthwiseConv2D(3, padding="same"), IMAGE),
    (layers.SeparableConv1D(3, 2), ROW),
    (layers.SeparableConv2D(3, 2, depth_multiplier=2), IMAGE),
    (layers.LocallyConnected1D(3, 2), ROW),
    (layers.LocallyConnected2D(3, 2), IMAGE),
    (layers.MaxPooling1D(2), ROW),
    (layers.MaxPooling2D(2, padding="same"), IMAGE),
    (layers.MaxPooling3D(2), VOLUME),
    (layers.AveragePooling1D(2), ROW),
    (layers.AveragePooling2D((3, 2), strides=2, padding="same"), IMAGE),
    (layers.AveragePooling3D(2), VOLUME),
    (layers.GlobalAveragePooling2D(keepdims=True), IMAGE),
    (layers.GlobalMaxPooling3D(), VOLUME),
    (layers.BatchNormalization(axis=1), IMAGE),
    (layers.LayerNormalization(), IMAGE),
    (layers.GroupNormalization(2), IMAGE),
    (layers.UnitNormalization(), IMAGE),
    (layers.ReLU(2.0, 0.1, 0.2), IMAGE),
    (layers.LeakyReLU(0.2), IMAGE),
    (layers.PReLU(shared_axes=[1, 2]), IMAGE),
    (layers.ELU(0.5), IMAGE),
    (layers.Softmax(axis=-1), IMAGE),
    (layers.Dropout(0.5), IMAGE),
    (layers.SpatialDropout2D(0.5), IMAGE),
    (layers.GaussianNoise(0.5), IMAGE),
    (layers.Flatten(), IMAGE),
    (layers.Reshape((10, 12)), IMAGE),
    (layers.Permute((3, 1, 2)), IMAGE),
    (layers.RepeatVector(3), (4,)),
    (layers.Cropping2D(((1, 0), (1, 2))), IMAGE),
    (layers.ZeroPadding2D(((1, 0), (1, 2))), IMAGE),
    (layers.UpSampling2D((2, 3)), IMAGE),
    (layers.UpSampling2D(2, interpolation="bilinear"), IMAGE),
    (layers.UpSampling2D(2, interpolation="bicubic", name="bicubic"), IMAGE),
    (layers.Rescaling(0.5, -1.0), IMAGE),
    (layers.Resizing(4, 7), IMAGE),
    (layers.CenterCrop(3, 2), IMAGE),
    (layers.RandomFlip(), IMAGE),
    (layers.RandomRotation(0.2), IMAGE),
]


def _models() -> Iterator[tuple[str, Model]]:
    for layer, shape in LAYERS:
        kind = type(layer).__name__ + (" bicubic" if layer.name == "bicubic" else "")
        yield kind, Sequential([Input(shape), layer])
    for name in ("SGD", "RMSprop", "Adam", "AdamW", "Adadelta", "Adagrad", "Adamax", "Nadam", "Ftrl"):
        model = Sequential([Input((4,)), layers.Dense(3), layers.Dense(2)])
        model.compile(getattr(optimizers, name)(0.01), "mse", metrics=["mae"])
        model.fit(np.ones((4, 4)), np.zeros((4, 2)), verbose=0)
        yield f"{name}, compiled", model
    inner = Sequential([Input(IMAGE), layers.Conv2D(4, 3, padding=1), layers.BatchNormalization()], name="inner")
    first, second = Input(IMAGE, name="first"), Input(IMAGE, name="second")
    joined = layers.Concatenate()([inner(first), inner(inner(second))])
    yield "two inputs, a model inside", Model([first, second], [layers.Dense(2)(joined), layers.Add()([first, second])])


def _predicted(model: Any, x: list[np.ndarray]) -> list[np.ndarray]:
    found = model.predict(x if len(x) > 1 else x[0], verbose=0)
    return found if isinstance(found, list) else [found]


def main() -> int:
    """Compare all; returns the number of models that are not read, or compute otherwise."""
    rng, failed, count = np.random.default_rng(0), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for name, model in _models():
            count += 1
            for weight in model.weights:
                weight.assign(rng.uniform(0.1, 1.0, weight.shape))
            x = [rng.normal(size=(3, *tensor.shape[1:])).astype(np.float32) for tensor in model.inputs]
            path = Path(folder) / "model.h5"
            model.save(path)
            try:
                theirs = _predicted(tf_keras.models.load_model(path), x)
            except (TypeError, ValueError, NotImplementedError) as error:
                print(f"{name}: tf.keras does not read it: {str(error)[:300]}")
                failed += 1
                continue
            for ours, other in zip(_predicted(model, x), theirs, strict=True):
                distance = float(np.abs(ours - other).max() / np.abs(ours).max())
                if not distance <= COARSE.get(name, TOLERANCE):
                    print(f"{name}: the predictions differ by {distance:.1e} of the largest")
                    failed += 1
    print(f"tf.keras {tf_keras.__version__} reads {count - failed} of {count} models as they are")
    return failed


if __name__ == "__main__":
    sys.exit(bool(main()))
