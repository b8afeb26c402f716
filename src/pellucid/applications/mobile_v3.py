"""MobileNetV3, small and large: blocks of version 2 whose maps weigh each other.

Source: Howard et al., Searching for MobileNetV3, arXiv 1905.02244; keras.applications.mobilenet_v3.
"""

from __future__ import annotations

from typing import Any

from pellucid import layers
from pellucid.applications.frame import (
    IMAGENET,
    MIRROR,
    Pretrained,
    Wanted,
    channels_axis,
    input_of,
    model_of,
    pooled,
    weights_file,
)
from pellucid.applications.mobile import correct_pad, divisible, normalised
from pellucid.checks import flag, fraction, number
from pellucid.errors import ArgumentError
from pellucid.models import Model

FILES = {
    "large_224_0.75": ("765b44a33ad4005b3ac83185abf1d0eb", "40af19a13ebea4e2ee0c676887f69a2e"),
    "large_224_1.0": ("59e551e166be033d707958cf9e29a6a7", "07fb09a5933dd0c8eaafa16978110389"),
    "large_minimalistic_224_1.0": ("675e7b876c45c57e9e63e6d90a36599c", "ec5221f64a2f6d1ef965a614bdae7973"),
    "small_224_0.75": ("cb65d4e5be93758266aa0a7f2c6708b7", "ebdb5cc8e0b497cd13a7c275d475c819"),
    "small_224_1.0": ("8768d4c2e7dee89b9d02b2d03d65d862", "d3e8ec802a04aa4fc771ee12a9a9b836"),
}
Block = tuple[float, int, bool, int, bool, bool]
"""Expansion, maps, whether the kernel is large, steps, whether maps weigh each other, whether all is cut at 0."""

SMALL: list[Block] = [
    (1, 16, False, 2, True, True), (72 / 16, 24, False, 2, False, True), (88 / 24, 24, False, 1, False, True),
    (4, 40, True, 2, True, False), *[(6, 40, True, 1, True, False)] * 2, *[(3, 48, True, 1, True, False)] * 2,
    (6, 96, True, 2, True, False), *[(6, 96, True, 1, True, False)] * 2,
]  # fmt: skip
LARGE: list[Block] = [
    (1, 16, False, 1, False, True), (4, 24, False, 2, False, True), (3, 24, False, 1, False, True),
    (3, 40, True, 2, True, True), *[(3, 40, True, 1, True, True)] * 2, (6, 80, False, 2, False, False),
    (2.5, 80, False, 1, False, False), *[(2.3, 80, False, 1, False, False)] * 2,
    *[(6, 112, False, 1, True, False)] * 2, (6, 160, True, 2, True, False), *[(6, 160, True, 1, True, False)] * 2,
]  # fmt: skip


def mobilenet_v3(
    size: str, alpha: float, minimalistic: bool, dropout_rate: float, include_preprocessing: bool, wanted: Wanted
) -> Model:
    """One of the two.

    Args:
        size: "small" or "large".
        alpha: how many of the maps there are.
        minimalistic: kernels of 3x3 only, no maps that weigh each other, nothing but what is cut off at 0.
        dropout_rate: before the last layer.
        include_preprocessing: whether pixels from 0 to 255 come in.
        wanted: what was asked for.
    """
    number(wanted.name, "alpha", alpha, 0.0)
    flag(wanted.name, "minimalistic", minimalistic)
    kind = f"{size}{'_minimalistic' if minimalistic else ''}_224_{float(alpha)}"
    if wanted.weights == IMAGENET and kind not in FILES:
        raise ArgumentError(f"{wanted.name}: there are weights of {', '.join(FILES)}, not of {kind}")
    top = "" if wanted.include_top else "_no_top_v2"
    md5 = FILES[kind][not wanted.include_top] if kind in FILES else None
    pretrained = Pretrained(f"weights_mobilenet_v3_{kind}_float{top}.h5", md5, f"{MIRROR}/mobilenet_v3")
    file = weights_file(wanted.checked(), pretrained)
    start = input_of(wanted, 224, 32)
    x: Any = layers.Rescaling(1.0 / 127.5, -1.0)(start) if include_preprocessing else start
    x = layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False, name="conv")(x)
    x = _active(normalised(x, "conv_bn"), cut=minimalistic)
    for place, (expansion, maps, is_large, strides, weighs, cut) in enumerate(SMALL if size == "small" else LARGE):
        kernel = 5 if is_large and not minimalistic else 3
        block = (expansion, divisible(maps * alpha), kernel, strides, weighs and not minimalistic, cut or minimalistic)
        x = _block(x, place, *block)
    last = divisible(x.shape[channels_axis()] * 6)
    points = {"small": 1024, "large": 1280}[size]
    points = divisible(points * alpha) if alpha > 1.0 else points
    x = layers.Conv2D(last, 1, padding="same", use_bias=False, name="conv_1")(x)
    x = _active(normalised(x, "conv_1_bn"), cut=minimalistic)
    if not wanted.include_top:
        return model_of(wanted, start, pooled(x, wanted, ("avg_pool", "max_pool")), file)
    x = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = _active(layers.Conv2D(points, 1, padding="same", name="conv_2")(x), cut=minimalistic)
    x = layers.Dropout(dropout_rate)(x) if fraction(wanted.name, "dropout_rate", dropout_rate) > 0 else x
    x = layers.Flatten()(layers.Conv2D(wanted.classes, 1, padding="same", name="logits")(x))
    x = layers.Activation(wanted.classifier_activation, name="predictions")(x)
    return model_of(wanted, start, x, file)


def _active(x: Any, *, cut: bool) -> Any:
    return layers.ReLU()(x) if cut else layers.Activation("hard_swish")(x)


def _block(x: Any, place: int, expansion: float, maps: int, kernel: int, strides: int, weighs: bool, cut: bool) -> Any:
    before, channels = x, x.shape[channels_axis()]
    name = f"expanded_conv_{place}" if place else "expanded_conv"
    inner = divisible(channels * expansion)
    if place:
        x = layers.Conv2D(inner, 1, padding="same", use_bias=False, name=f"{name}_expand")(x)
        x = _active(normalised(x, f"{name}_expand_bn"), cut=cut)
    if strides == 2:
        x = layers.ZeroPadding2D(correct_pad(x, kernel), name=f"{name}_depthwise_pad")(x)
    padding = "same" if strides == 1 else "valid"
    x = layers.DepthwiseConv2D(kernel, strides, padding, use_bias=False, name=f"{name}_depthwise")(x)
    x = _active(normalised(x, f"{name}_depthwise_bn"), cut=cut)
    x = _weighed(x, inner, f"{name}_squeeze_excite") if weighs else x
    x = layers.Conv2D(maps, 1, padding="same", use_bias=False, name=f"{name}_project")(x)
    x = normalised(x, f"{name}_project_bn")
    return layers.Add(name=f"{name}_add")([before, x]) if strides == 1 and channels == maps else x


def _weighed(x: Any, maps: int, name: str) -> Any:
    """Each map times a number from 0 to 1 that follows from the means of all."""
    y = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_avg_pool")(x)
    y = layers.Conv2D(divisible(maps * 0.25), 1, padding="same", name=f"{name}_conv")(y)
    y = layers.ReLU(name=f"{name}_relu")(y)
    y = layers.Conv2D(maps, 1, padding="same", name=f"{name}_conv_1")(y)
    y = layers.ReLU(6.0)(y + 3.0) * (1.0 / 6.0)
    return layers.Multiply(name=f"{name}_mul")([x, y])
