"""DenseNet: each layer sees the maps of all before it.

Source: Huang et al., Densely connected convolutional networks, arXiv 1608.06993; keras.applications.densenet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid import layers
from pellucid.applications.frame import (
    MIRROR,
    Pretrained,
    Wanted,
    channels_axis,
    ended,
    input_of,
    model_of,
    weights_file,
)
from pellucid.applications.residual import EPSILON, normalised
from pellucid.models import Model

GROWTH = 32
FILES = {
    "densenet121": ("9d60b8095a5708f2dcce2bca79d332c7", "30ee3e1110167f948a6b9946edeeb738"),
    "densenet169": ("d699b8f76981ab1b30698df4c175e90b", "b8c4d4c20dd625c148057b9ff1c1176b"),
    "densenet201": ("1ceb130c1ea1b78c3bf6114dbdfd8807", "c13680b51ded0fb44dff2d8f86ac8bb1"),
}


def densenet(kind: str, repeats: Sequence[int], wanted: Wanted) -> Model:
    """A network of four dense blocks.

    Args:
        kind: by which Keras calls its files.
        repeats: how many layers there are in each block.
        wanted: what was asked for.
    """
    top = "" if wanted.include_top else "_notop"
    name = f"{kind}_weights_tf_dim_ordering_tf_kernels{top}.h5"
    file = weights_file(wanted.checked(), Pretrained(name, FILES[kind][not wanted.include_top], f"{MIRROR}/densenet"))
    start = input_of(wanted, 224, 32)
    x: Any = layers.ZeroPadding2D(3)(start)
    x = normalised(layers.Conv2D(64, 7, strides=2, use_bias=False, name="conv1_conv")(x), "conv1")
    x = layers.MaxPooling2D(3, strides=2, name="pool1")(layers.ZeroPadding2D(1)(x))
    for block, count in enumerate(repeats, 2):
        for number in range(1, count + 1):
            x = _grown(x, f"conv{block}_block{number}")
        if block < 5:
            x = normalised(x, f"pool{block}")
            half = x.shape[channels_axis()] // 2
            x = layers.Conv2D(half, 1, use_bias=False, name=f"pool{block}_conv")(x)
            x = layers.AveragePooling2D(2, strides=2, name=f"pool{block}_pool")(x)
    x = layers.BatchNormalization(axis=channels_axis(), epsilon=EPSILON, name="bn")(x)
    x = layers.Activation("relu", name="relu")(x)
    return model_of(wanted, start, ended(x, wanted), file)


def _grown(x: Any, name: str) -> Any:
    """With 32 maps more."""
    new = layers.Conv2D(4 * GROWTH, 1, use_bias=False, name=f"{name}_1_conv")(normalised(x, f"{name}_0"))
    new = layers.Conv2D(GROWTH, 3, padding="same", use_bias=False, name=f"{name}_2_conv")(normalised(new, f"{name}_1"))
    return layers.Concatenate(axis=channels_axis(), name=f"{name}_concat")([x, new])
