"""ResNet: blocks whose input is added to what they make of it, in two versions.

Source: He et al., Deep residual learning, arXiv 1512.03385, and Identity mappings, arXiv 1603.05027;
keras.applications.resnet and resnet_v2.
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
from pellucid.models import Model

EPSILON = 1.001e-5
FILES = {
    "resnet50": ("2cb95161c43110f7111970584f804107", "4d473c1dd8becc155b73f8504c6f6626"),
    "resnet101": ("f1aeb4b969a6efcfb50fad2f0c20cfc5", "88cf7a10940856eca736dc7b7e228a21"),
    "resnet152": ("100835be76be38e30d865e96f2aaae62", "ee4c566cf9a93f14d82f913c2dc6dd0c"),
    "resnet50v2": ("3ef43a0b657b3be2300d5770ece849e0", "fac2f116257151a9d068a22e544a4917"),
    "resnet101v2": ("6343647c601c52e1368623803854d971", "c0ed64b8031c3730f411d2eb4eea35b5"),
    "resnet152v2": ("a49b44d1979771252814e80f8ec446f9", "ed17cf2e0169df9d443503ef94b23b33"),
}
FILTERS = (64, 128, 256, 512)


def resnet(kind: str, repeats: Sequence[int], wanted: Wanted) -> Model:
    """A network of four stacks of blocks.

    Args:
        kind: by which Keras calls its files; ends in "v2" for the second version.
        repeats: how many blocks there are in each stack.
        wanted: what was asked for.
    """
    top = "" if wanted.include_top else "_notop"
    name = f"{kind}_weights_tf_dim_ordering_tf_kernels{top}.h5"
    file = weights_file(wanted.checked(), Pretrained(name, FILES[kind][not wanted.include_top], f"{MIRROR}/resnet"))
    second = kind.endswith("v2")
    start = input_of(wanted, 224, 32)
    x: Any = layers.ZeroPadding2D(3, name="conv1_pad")(start)
    x = layers.Conv2D(64, 7, strides=2, name="conv1_conv")(x)
    x = x if second else normalised(x, "conv1")
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    for stack, (filters, count) in enumerate(zip(FILTERS, repeats, strict=True), 2):
        for number in range(1, count + 1):
            name = f"conv{stack}_block{number}"
            if second:
                steps = 2 if number == count and stack < 5 else 1
                x = second_block(x, filters, steps, name, is_first=number == 1)
            else:
                steps = 2 if number == 1 and stack > 2 else 1
                x = first_block(x, filters, steps, name, is_first=number == 1)
    x = normalised(x, "post") if second else x
    return model_of(wanted, start, ended(x, wanted), file)


def normalised(x: Any, name: str, relu: bool = True) -> Any:
    """Normalised by the batch, and cut off at 0."""
    x = layers.BatchNormalization(axis=channels_axis(), epsilon=EPSILON, name=f"{name}_bn")(x)
    return layers.Activation("relu", name=f"{name}_relu")(x) if relu else x


def first_block(x: Any, filters: int, strides: int, name: str, *, is_first: bool) -> Any:
    """Convolutions of 1x1, 3x3 and 1x1, each normalised, and the input beside them."""
    shortcut = x
    if is_first:
        shortcut = layers.Conv2D(4 * filters, 1, strides=strides, name=f"{name}_0_conv")(x)
        shortcut = normalised(shortcut, f"{name}_0", relu=False)
    x = normalised(layers.Conv2D(filters, 1, strides=strides, name=f"{name}_1_conv")(x), f"{name}_1")
    x = normalised(layers.Conv2D(filters, 3, padding="same", name=f"{name}_2_conv")(x), f"{name}_2")
    x = normalised(layers.Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x), f"{name}_3", relu=False)
    x = layers.Add(name=f"{name}_add")([shortcut, x])
    return layers.Activation("relu", name=f"{name}_out")(x)


def second_block(x: Any, filters: int, strides: int, name: str, *, is_first: bool) -> Any:
    """Normalised before each convolution; the sum is left as it is."""
    before = normalised(x, f"{name}_preact")
    if is_first:
        shortcut = layers.Conv2D(4 * filters, 1, strides=strides, name=f"{name}_0_conv")(before)
    else:
        shortcut = layers.MaxPooling2D(1, strides=strides)(x) if strides > 1 else x
    x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_1_conv")(before)
    x = layers.ZeroPadding2D(1, name=f"{name}_2_pad")(normalised(x, f"{name}_1"))
    x = layers.Conv2D(filters, 3, strides=strides, use_bias=False, name=f"{name}_2_conv")(x)
    x = layers.Conv2D(4 * filters, 1, name=f"{name}_3_conv")(normalised(x, f"{name}_2"))
    return layers.Add(name=f"{name}_out")([shortcut, x])
