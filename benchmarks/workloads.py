"""What is timed: networks, each written once, in the words that Keras and Pellucid share, and the data for them.

`network` receives a namespace of layers and the input, and returns the output. Keras and Pellucid pass their own
layers; PyTorch gets the namespace of `frameworks/torch_layers.py`, which makes a module of the same calls.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Network = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Workload:
    """One row of the table."""

    title: str
    network: Network
    input_shape: tuple[int, ...]
    target: str  # "classes" (softmax over 10), "yes or no" (sigmoid), "number", "mask" (sigmoid per pixel)
    batch: int
    steps: int  # in a block, so that a block takes about half a second
    optimizer: str = "sgd"
    trains: bool = True
    predicts: tuple[int, ...] = (1,)  # batch sizes of prediction


def mnist_cnn(layers: Any, x: Any) -> Any:
    """Row 1: the network of most tutorials."""
    x = layers.Conv2D(32, 3, activation="relu")(x)
    x = layers.Conv2D(64, 3, activation="relu")(x)
    x = layers.MaxPooling2D(2)(x)
    return _dense_head(layers, layers.Dropout(0.25)(x))


def keras_1_mnist_cnn(layers: Any, x: Any) -> Any:
    """Row 2: mnist_cnn.py, as Keras 1 had it."""
    x = layers.Conv2D(32, 3, activation="relu")(x)
    x = layers.Conv2D(32, 3, activation="relu")(x)
    x = layers.MaxPooling2D(2)(x)
    return _dense_head(layers, layers.Dropout(0.25)(x))


def _dense_head(layers: Any, x: Any) -> Any:
    x = layers.Dense(128, activation="relu")(layers.Flatten()(x))
    return layers.Dense(10, activation="softmax")(layers.Dropout(0.5)(x))


def cat_or_dog(layers: Any, x: Any) -> Any:
    """Row 3: two convolutions, each followed by pooling; one answer."""
    for _ in range(2):
        x = layers.MaxPooling2D(2)(layers.Conv2D(32, 3, activation="relu")(x))
    x = layers.Dense(128, activation="relu")(layers.Flatten()(x))
    return layers.Dense(1, activation="sigmoid")(x)


def small_vgg(layers: Any, x: Any) -> Any:
    """Row 4: three pairs of convolutions with batch normalisation."""
    for filters in (32, 64, 128):
        for _ in range(2):
            x = _normalized(layers, layers.Conv2D(filters, 3, padding="same", use_bias=False)(x))
        x = layers.MaxPooling2D(2)(x)
    return layers.Dense(10, activation="softmax")(layers.Flatten()(x))


def _normalized(layers: Any, x: Any, activation: str = "relu") -> Any:
    return layers.Activation(activation)(layers.BatchNormalization()(x))


def large_images(layers: Any, x: Any) -> Any:
    """Row 5: feature maps far larger than the processor's caches."""
    x = layers.Conv2D(64, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(32, 3, padding="same", activation="relu")(x)
    return layers.Dense(1, activation="sigmoid")(layers.GlobalAveragePooling2D()(x))


def short_sequences(layers: Any, x: Any) -> Any:
    """Row 6: so little arithmetic that the cost of a step is its overhead."""
    x = layers.Conv1D(64, 3, activation="relu")(x)
    x = layers.Conv1D(32, 3, activation="relu")(x)
    return layers.Dense(1)(layers.Flatten()(x))


def volumes(layers: Any, x: Any) -> Any:
    """Row 7: convolution in three dimensions."""
    for _ in range(2):
        x = layers.Conv3D(16, 3, padding="same", activation="relu")(x)
        x = layers.Conv3D(32, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling3D(2)(x)
    return layers.Dense(10, activation="softmax")(layers.Flatten()(x))


def resnet_18(layers: Any, x: Any) -> Any:
    """Row 8: ResNet-18 (He et al. 2015, table 1)."""
    x = _normalized(layers, layers.Conv2D(64, 7, strides=2, padding="same", use_bias=False)(x))
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    for filters in (64, 128, 256, 512):
        for block in range(2):
            strides = 2 if filters > 64 and block == 0 else 1
            x = _residual_block(layers, x, filters, strides, project=strides > 1)
    return layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling2D()(x))


def _residual_block(layers: Any, x: Any, filters: int, strides: int, project: bool) -> Any:
    y = _normalized(layers, layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)(x))
    y = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same", use_bias=False)(y))
    if project:
        x = layers.BatchNormalization()(layers.Conv2D(filters, 1, strides=strides, use_bias=False)(x))
    return layers.Activation("relu")(layers.Add()([x, y]))


def mobilenet_v2(layers: Any, x: Any) -> Any:
    """Rows 9 and 11: MobileNetV2 (Sandler et al. 2018, table 2)."""
    x = _normalized(layers, layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False)(x), "relu6")
    inputs = 32
    for expansion, filters, blocks, first in (
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ):
        for block in range(blocks):
            x = _inverted_residual(layers, x, inputs, expansion, filters, first if block == 0 else 1)
            inputs = filters
    x = _normalized(layers, layers.Conv2D(1280, 1, use_bias=False)(x), "relu6")
    return layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling2D()(x))


def _inverted_residual(layers: Any, x: Any, inputs: int, expansion: int, filters: int, strides: int) -> Any:
    y = x
    if expansion > 1:
        y = _normalized(layers, layers.Conv2D(expansion * inputs, 1, use_bias=False)(y), "relu6")
    y = layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False)(y)
    y = _normalized(layers, y, "relu6")
    y = layers.BatchNormalization()(layers.Conv2D(filters, 1, use_bias=False)(y))
    return layers.Add()([x, y]) if strides == 1 and inputs == filters else y


def separable_net(layers: Any, x: Any) -> Any:
    """Row 12: blocks of MobileNet (Howard et al. 2017, section 3.1), of a width and depth for images of 32x32."""
    x = _normalized(layers, layers.Conv2D(32, 3, padding="same", use_bias=False)(x))
    for filters, strides in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1)):
        x = layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False)(x)
        x = _normalized(layers, layers.Conv2D(filters, 1, use_bias=False)(_normalized(layers, x)))
    return layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling2D()(x))


def small_u_net(layers: Any, x: Any) -> Any:
    """Row 10: a U-Net (Ronneberger et al. 2015) of three levels."""

    def double(x: Any, filters: int) -> Any:
        for _ in range(2):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        return x

    skips = []
    for filters in (16, 32):
        skips.append(double(x, filters))
        x = layers.MaxPooling2D(2)(skips[-1])
    x = double(x, 64)
    for filters in (32, 16):
        x = double(layers.Concatenate()([skips.pop(), layers.UpSampling2D(2)(x)]), filters)
    return layers.Conv2D(1, 1, activation="sigmoid")(x)


ROWS = {
    1: Workload("MNIST CNN", mnist_cnn, (28, 28, 1), "classes", 128, 12, predicts=(1, 256)),
    2: Workload("Keras 1 mnist_cnn", keras_1_mnist_cnn, (28, 28, 1), "classes", 128, 16, "adadelta", predicts=(1, 256)),
    3: Workload("cat or dog", cat_or_dog, (64, 64, 3), "yes or no", 32, 30, "adam", predicts=(1, 32)),
    4: Workload("VGG-small, BN", small_vgg, (32, 32, 3), "classes", 64, 8, predicts=(1, 128)),
    5: Workload("256x256 images", large_images, (256, 256, 3), "yes or no", 8, 3, predicts=(1, 8)),
    6: Workload("Conv1D", short_sequences, (10, 32), "number", 64, 500, "adam", predicts=(1, 64)),
    7: Workload("Conv3D", volumes, (16, 16, 16, 1), "classes", 32, 6, "adam", predicts=(1, 32)),
    8: Workload("ResNet-18", resnet_18, (224, 224, 3), "classes", 16, 1, predicts=(1, 16)),
    9: Workload("MobileNetV2", mobilenet_v2, (224, 224, 3), "classes", 16, 1, trains=False, predicts=(1, 16)),
    10: Workload("U-Net small", small_u_net, (128, 128, 3), "mask", 8, 5, "adam", predicts=(1, 8)),
    11: Workload("MobileNetV2", mobilenet_v2, (224, 224, 3), "classes", 16, 1, predicts=()),  # row 9 predicts
    12: Workload("depthwise-separable", separable_net, (32, 32, 3), "classes", 64, 8, predicts=(1, 128)),
}

LOSSES = {
    "classes": "sparse_categorical_crossentropy",
    "yes or no": "binary_crossentropy",
    "number": "mean_squared_error",
    "mask": "binary_crossentropy",
}
"""The loss of each target, as Keras names it."""

OPTIMIZERS: dict[str, dict[str, float]] = {
    "sgd": {"learning_rate": 0.01, "momentum": 0.9},
    "adam": {"learning_rate": 0.001},
    "adadelta": {"learning_rate": 1.0},
}
"""The optimisers' arguments, as Keras names them; what is not named is the same in all frameworks, or set there."""


def data(workload: Workload, samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Random samples with a pattern in them that can be learned: speed does not depend on what they show."""
    generator = np.random.default_rng(0)
    x = generator.random((samples, *workload.input_shape), dtype=np.float32)
    if workload.target == "mask":
        return x, (x.mean(-1, keepdims=True) > 0.5).astype(np.float32)
    if workload.target == "number":
        return x, x.mean((1, 2))[:, None]
    classes = 10 if workload.target == "classes" else 2
    labels = generator.integers(classes, size=samples)
    x[np.arange(samples), labels] += 1.0  # a bright row, or plane, whose place is the class
    return x, labels if classes == 10 else labels[:, None].astype(np.float32)


def initial_weight(layer: str, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The same first weight in all frameworks: ("conv2d_1", "kernel", (3, 3, 32, 64)) in Keras's names and layout.

    Kernels are Glorot uniform, with the fans as Keras counts them, but those of depthwise convolutions He uniform: with
    Glorot's limit nothing of the input would reach the output, and a wrong network would predict the same.
    """
    if len(shape) == 1:
        return np.full(shape, name in ("gamma", "moving_variance"), np.float32)
    channels = 1 if layer.startswith("depthwise") else shape[-2] + shape[-1]
    limit = np.sqrt(6 / (np.prod(shape[:-2]) * channels))
    generator = np.random.default_rng(zlib.crc32(f"{layer}/{name}".encode()))
    return generator.uniform(-limit, limit, shape).astype(np.float32)
