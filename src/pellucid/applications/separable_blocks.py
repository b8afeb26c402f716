"""Xception: separable convolutions, with a shortcut around every two or three.

Source: Chollet, Xception, arXiv 1610.02357; keras.applications.xception.
"""

from __future__ import annotations

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

FILES = ("0a58e3b7378bc2990ea3b43d5981f1f6", "b0042744bf5b25fce3cb969f33bebb97")


def xception(wanted: Wanted) -> Model:
    """The network; see the module."""
    top = "" if wanted.include_top else "_notop"
    name = f"xception_weights_tf_dim_ordering_tf_kernels{top}.h5"
    file = weights_file(wanted.checked(), Pretrained(name, FILES[not wanted.include_top], f"{MIRROR}/xception"))
    start = input_of(wanted, 299, 71)
    x: Any = layers.Conv2D(32, 3, strides=2, use_bias=False, name="block1_conv1")(start)
    x = layers.Activation("relu", name="block1_conv1_act")(_normalised(x, "block1_conv1_bn"))
    x = layers.Conv2D(64, 3, use_bias=False, name="block1_conv2")(x)
    x = layers.Activation("relu", name="block1_conv2_act")(_normalised(x, "block1_conv2_bn"))
    for block, filters in ((2, (128, 128)), (3, (256, 256)), (4, (728, 728))):
        x = _shrunk(x, block, filters)
    for block in range(5, 13):
        before = x
        for number in (1, 2, 3):
            x = _separable(x, 728, f"block{block}", number)
        x = layers.add([x, before])
    x = _shrunk(x, 13, (728, 1024))
    for number, maps in enumerate((1536, 2048), 1):
        conv = layers.SeparableConv2D(maps, 3, padding="same", use_bias=False, name=f"block14_sepconv{number}")
        x = _normalised(conv(x), f"block14_sepconv{number}_bn")
        x = layers.Activation("relu", name=f"block14_sepconv{number}_act")(x)
    return model_of(wanted, start, ended(x, wanted, names=(None, None)), file)


def _normalised(x: Any, name: str | None = None) -> Any:
    return layers.BatchNormalization(axis=channels_axis(), name=name)(x)


def _separable(x: Any, filters: int, name: str, number: int, *, cut: bool = True) -> Any:
    """Cut off at 0, convolved, normalised."""
    if cut:
        x = layers.Activation("relu", name=f"{name}_sepconv{number}_act")(x)
    conv = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_sepconv{number}")
    return _normalised(conv(x), f"{name}_sepconv{number}_bn")


def _shrunk(x: Any, block: int, filters: tuple[int, int]) -> Any:
    """Half the rows and columns, beside a convolution of 1x1 that makes the same."""
    shortcut = _normalised(layers.Conv2D(filters[1], 1, strides=2, padding="same", use_bias=False)(x))
    for number, count in enumerate(filters, 1):
        x = _separable(x, count, f"block{block}", number, cut=(block, number) != (2, 1))
    x = layers.MaxPooling2D(3, strides=2, padding="same", name=f"block{block}_pool")(x)
    return layers.add([x, shortcut])
