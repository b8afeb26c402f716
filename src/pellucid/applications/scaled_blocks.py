"""EfficientNet: one small network, made wider, deeper and for larger images by one rule.

Source: Tan, Le, EfficientNet, arXiv 1905.11946; keras.applications.efficientnet.
"""

from __future__ import annotations

import math
from typing import Any

from pellucid import layers
from pellucid.applications.frame import (
    IMAGENET,
    Pretrained,
    Wanted,
    channels_axis,
    ended,
    input_of,
    model_of,
    weights_file,
)
from pellucid.applications.mobile import correct_pad, divisible
from pellucid.frozen import Frozen
from pellucid.initializers import VarianceScaling
from pellucid.models import Model

FOLDER = "https://storage.googleapis.com/keras-applications"
BLOCKS = [
    (3, 1, 32, 16, 1, 1), (3, 2, 16, 24, 6, 2), (5, 2, 24, 40, 6, 2), (3, 3, 40, 80, 6, 2), (5, 3, 80, 112, 6, 1),
    (5, 4, 112, 192, 6, 2), (3, 1, 192, 320, 6, 1),
]  # fmt: skip
"""Kernel, how often, maps before and behind, expansion and steps of the blocks of the smallest."""
DEVIATIONS = (0.229, 0.224, 0.225)
LEFT_OUT = 0.2  # of the last block's samples while training; of those before it less


class Scale(Frozen):
    """How much larger than the smallest one of them is.

    Attributes:
        width: times as many maps.
        depth: times as many blocks.
        size: rows and columns of an image.
        dropout: which share is left out before the last layer.
        hashes: MD5 of the files of weights with and without the top.
    """

    width: float
    depth: float
    size: int
    dropout: float
    hashes: tuple[str, str]


SCALES = {
    "efficientnetb0": Scale(
        1.0, 1.0, 224, 0.2, ("902e53a9f72be733fc0bcb005b3ebbac", "50bc09e76180e00e4465e1a485ddc09d")
    ),
    "efficientnetb1": Scale(
        1.0, 1.1, 240, 0.2, ("1d254153d4ab51201f1646940f018540", "74c4e6b3e1f6a1eea24c589628592432")
    ),
    "efficientnetb2": Scale(
        1.1, 1.2, 260, 0.3, ("b15cce36ff4dcbd00b6dd88e7857a6ad", "111f8e2ac8aa800a7a99e3239f7bfb39")
    ),
    "efficientnetb3": Scale(
        1.2, 1.4, 300, 0.3, ("ffd1fdc53d0ce67064dc6a9c7960ede0", "af6d107764bb5b1abb91932881670226")
    ),
    "efficientnetb4": Scale(
        1.4, 1.8, 380, 0.4, ("18c95ad55216b8f92d7e70b3a046e2fc", "ebc24e6d6c33eaebbd558eafbeedf1ba")
    ),
    "efficientnetb5": Scale(
        1.6, 2.2, 456, 0.4, ("ace28f2a6363774853a83a0b21b9421a", "38879255a25d3c92d5e44e04ae6cec6f")
    ),
    "efficientnetb6": Scale(
        1.8, 2.6, 528, 0.5, ("165f6e37dce68623721b423839de8be5", "9ecce42647a20130c1f39a5d4cb75743")
    ),
    "efficientnetb7": Scale(
        2.0, 3.1, 600, 0.5, ("8c03f828fec3ef71311cd463b6759d99", "cbcfe4450ddf6f3ad90b1b398090fe4a")
    ),
}


def efficientnet(kind: str, wanted: Wanted) -> Model:
    """One of the eight.

    Args:
        kind: a key of `SCALES`.
        wanted: what was asked for.
    """
    scale = SCALES[kind]
    ending, md5 = (".h5", scale.hashes[0]) if wanted.include_top else ("_notop.h5", scale.hashes[1])
    file = weights_file(wanted.checked(), Pretrained(f"{kind}{ending}", md5, FOLDER))
    start = input_of(wanted, scale.size, 32)
    x: Any = layers.Normalization(axis=channels_axis() % 4)(layers.Rescaling(1.0 / 255.0)(start))
    if wanted.weights == IMAGENET:  # as those were trained
        x = layers.Rescaling([1.0 / math.sqrt(deviation) for deviation in DEVIATIONS])(x)
    x = layers.ZeroPadding2D(correct_pad(x, 3), name="stem_conv_pad")(x)
    x = _active(_convolved(x, _maps(32, scale), "stem_conv", kernel=3, strides=2, padding="valid"), "stem")
    counts = [math.ceil(scale.depth * repeats) for _, repeats, *_ in BLOCKS]
    done = 0
    for group, (count, (kernel, _, before, behind, expansion, strides)) in enumerate(zip(counts, BLOCKS, strict=True)):
        for place in range(count):
            name = f"block{group + 1}{chr(ord('a') + place)}_"
            maps = _maps(behind if place else before, scale), _maps(behind, scale)
            left_out = LEFT_OUT * done / sum(counts)
            x = _block(x, name, kernel, maps, expansion, 1 if place else strides, left_out)
            done += 1
    x = _active(_convolved(x, _maps(1280, scale), "top_conv"), "top")
    if not wanted.include_top:
        return model_of(wanted, start, ended(x, wanted), file)
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    x = layers.Dropout(scale.dropout, name="top_dropout")(x)
    spread = VarianceScaling(1.0 / 3.0, "fan_out", "uniform")
    last = layers.Dense(
        wanted.classes, activation=wanted.classifier_activation, kernel_initializer=spread, name="predictions"
    )
    return model_of(wanted, start, last(x), file)


def _maps(count: int, scale: Scale) -> int:
    return divisible(count * scale.width)


def _spread() -> VarianceScaling:
    return VarianceScaling(2.0, "fan_out", "truncated_normal")


def _convolved(x: Any, maps: int, name: str, *, kernel: int = 1, strides: int = 1, padding: str = "same") -> Any:
    """Convolved without an offset, since it is normalised next."""
    return layers.Conv2D(
        maps, kernel, strides=strides, padding=padding, use_bias=False, kernel_initializer=_spread(), name=name
    )(x)


def _normalised(x: Any, name: str) -> Any:
    return layers.BatchNormalization(axis=channels_axis() % 4, name=name)(x)


def _active(x: Any, name: str) -> Any:
    return layers.Activation("silu", name=f"{name}_activation")(_normalised(x, f"{name}_bn"))


def _block(x: Any, name: str, kernel: int, maps: tuple[int, int], expansion: int, strides: int, left_out: float) -> Any:
    """Expand, look at each map, weigh the maps, shrink; and add what came in."""
    start, (before, behind) = x, maps
    if expansion != 1:
        x = _active(_convolved(x, before * expansion, f"{name}expand_conv"), f"{name}expand")
    if strides == 2:
        x = layers.ZeroPadding2D(correct_pad(x, kernel), name=f"{name}dwconv_pad")(x)
    x = layers.DepthwiseConv2D(
        kernel, strides, "valid" if strides == 2 else "same", use_bias=False, depthwise_initializer=_spread(),
        name=f"{name}dwconv",
    )(x)  # fmt: skip
    x = layers.Activation("silu", name=f"{name}activation")(_normalised(x, f"{name}bn"))
    x = _weighed(x, name, before * expansion, max(1, int(before * 0.25)))
    x = _normalised(_convolved(x, behind, f"{name}project_conv"), f"{name}project_bn")
    if strides != 1 or before != behind:
        return x
    if left_out > 0:
        x = layers.Dropout(left_out, noise_shape=(None, 1, 1, 1), name=f"{name}drop")(x)
    return layers.Add(name=f"{name}add")([x, start])


def _weighed(x: Any, name: str, maps: int, few: int) -> Any:
    """Maps times what a small network on their means says of each."""
    shape = (maps, 1, 1) if channels_axis() == 1 else (1, 1, maps)
    y = layers.Reshape(shape, name=f"{name}se_reshape")(layers.GlobalAveragePooling2D(name=f"{name}se_squeeze")(x))
    for part, count, activation in (("reduce", few, "silu"), ("expand", maps, "sigmoid")):
        y = layers.Conv2D(
            count, 1, padding="same", activation=activation, kernel_initializer=_spread(), name=f"{name}se_{part}"
        )(y)
    return layers.Multiply(name=f"{name}se_excite")([x, y])
