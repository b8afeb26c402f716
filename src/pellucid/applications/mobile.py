"""MobileNet, versions 1 to 3: convolutions of each map by itself, then of all maps at each place.

Source: Howard et al., arXiv 1704.04861; Sandler et al., arXiv 1801.04381; Howard et al., arXiv 1905.02244;
keras.applications.mobilenet, mobilenet_v2, mobilenet_v3.
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
from pellucid.checks import number, whole
from pellucid.config import image_data_format
from pellucid.errors import ArgumentError
from pellucid.models import Model

SIZES = (128, 160, 192, 224)
FIRST = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
"""Maps and steps of the blocks of the first version."""
SECOND = [
    (16, 1, 1), (24, 2, 6), (24, 1, 6), (32, 2, 6), *[(32, 1, 6)] * 2, (64, 2, 6), *[(64, 1, 6)] * 3,
    *[(96, 1, 6)] * 3, (160, 2, 6), *[(160, 1, 6)] * 2, (320, 1, 6),
]  # fmt: skip
"""Maps, steps and expansion of the blocks of the second."""


def divisible(count: float, by: int = 8) -> int:
    """The nearest multiple, at most a tenth less.

    Example:
        >>> divisible(18.0), divisible(11.0)
        (24, 16)
    """
    found = max(by, int(count + by / 2) // by * by)
    return found + by if found < 0.9 * count else found


def correct_pad(x: Any, kernel: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Zeros around maps before a step of two, as if they were of even size."""
    sizes = x.shape[2:4] if image_data_format() == "channels_first" else x.shape[1:3]
    odd = (1, 1) if sizes[0] is None else tuple(1 - size % 2 for size in sizes)
    half = kernel // 2
    return (half - odd[0], half), (half - odd[1], half)


def normalised(x: Any, name: str, momentum: float = 0.999) -> Any:
    """Normalised by the batch."""
    return layers.BatchNormalization(axis=channels_axis(), epsilon=1e-3, momentum=momentum, name=name)(x)


def size_of(wanted: Wanted, sizes: tuple[int, ...]) -> int:
    """The rows for which there are weights; 224 for others."""
    shape = wanted.input_shape
    if shape is None and wanted.input_tensor is not None:
        shape = wanted.input_tensor.shape[1:]
    if shape is None or len(shape) != 3:
        return 224
    rows, columns = shape[1:] if image_data_format() == "channels_first" else shape[:2]
    return int(rows) if rows == columns and rows in sizes else 224


def named_size(input_shape: Any, input_tensor: Any, sizes: tuple[int, ...]) -> Any:
    """The rows of an image as Keras has them in the names of its models."""
    shape = input_tensor.shape[1:] if input_shape is None and input_tensor is not None else input_shape
    if not isinstance(shape, list | tuple) or len(shape) != 3:
        return 224
    return shape[1 if image_data_format() == "channels_first" else 0]


def mobilenet(alpha: float, depth_multiplier: int, dropout: float, wanted: Wanted) -> Model:
    """The first version; `alpha` is how many of the maps there are."""
    number("MobileNet", "alpha", alpha, 0.0)
    whole("MobileNet", "depth_multiplier", depth_multiplier, 1)
    texts = {1.0: "1_0", 0.75: "7_5", 0.5: "5_0", 0.25: "2_5"}
    if wanted.weights == IMAGENET and (alpha not in texts or depth_multiplier != 1):
        raise ArgumentError(f"MobileNet: there are weights for alpha {', '.join(map(str, texts))}, got {alpha}")
    rows = size_of(wanted, SIZES)
    top = "" if wanted.include_top else "_no_top"
    file_name = f"mobilenet_{texts.get(alpha, '')}_{rows}_tf{top}.h5"
    file = weights_file(wanted.checked(), Pretrained(file_name, None, f"{MIRROR}/mobilenet"))
    start = input_of(wanted, rows, 32)
    x: Any = layers.Conv2D(int(32 * alpha), 3, padding="same", use_bias=False, strides=2, name="conv1")(start)
    x = layers.ReLU(6.0, name="conv1_relu")(normalised(x, "conv1_bn", 0.99))
    for block, (filters, strides) in enumerate(FIRST, 1):
        if strides == 2:
            x = layers.ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{block}")(x)
        padding = "same" if strides == 1 else "valid"
        x = layers.DepthwiseConv2D(
            3, strides, padding, depth_multiplier=depth_multiplier, use_bias=False, name=f"conv_dw_{block}"
        )(x)
        x = layers.ReLU(6.0, name=f"conv_dw_{block}_relu")(normalised(x, f"conv_dw_{block}_bn", 0.99))
        x = layers.Conv2D(int(filters * alpha), 1, padding="same", use_bias=False, name=f"conv_pw_{block}")(x)
        x = layers.ReLU(6.0, name=f"conv_pw_{block}_relu")(normalised(x, f"conv_pw_{block}_bn", 0.99))
    if not wanted.include_top:
        return model_of(wanted, start, pooled(x, wanted), file)
    x = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = layers.Dropout(dropout, name="dropout")(x)
    x = layers.Conv2D(wanted.classes, 1, padding="same", name="conv_preds")(x)
    x = layers.Reshape((wanted.classes,), name="reshape_2")(x)
    x = layers.Activation(wanted.classifier_activation, name="predictions")(x)
    return model_of(wanted, start, x, file)


def mobilenet_v2(alpha: float, wanted: Wanted) -> Model:
    """The second version: blocks that expand, look at each map, and shrink again."""
    number("MobileNetV2", "alpha", alpha, 0.0)
    rows = size_of(wanted, (96, *SIZES))
    top = "" if wanted.include_top else "_no_top"
    file_name = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{float(alpha)}_{rows}{top}.h5"
    file = weights_file(wanted.checked(), Pretrained(file_name, None, f"{MIRROR}/mobilenet_v2"))
    start = input_of(wanted, rows, 32)
    x: Any = layers.Conv2D(divisible(32 * alpha), 3, strides=2, padding="same", use_bias=False, name="Conv1")(start)
    x = layers.ReLU(6.0, name="Conv1_relu")(normalised(x, "bn_Conv1"))
    for block, (filters, strides, expansion) in enumerate(SECOND):
        x = _inverted(x, divisible(int(filters * alpha)), strides, expansion, block)
    last = divisible(1280 * alpha) if alpha > 1.0 else 1280
    x = normalised(layers.Conv2D(last, 1, use_bias=False, name="Conv_1")(x), "Conv_1_bn")
    x = layers.ReLU(6.0, name="out_relu")(x)
    if not wanted.include_top:
        return model_of(wanted, start, pooled(x, wanted), file)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(wanted.classes, activation=wanted.classifier_activation, name="predictions")(x)
    return model_of(wanted, start, x, file)


def _inverted(x: Any, filters: int, strides: int, expansion: int, block: int) -> Any:
    before, channels = x, x.shape[channels_axis()]
    name = f"block_{block}" if block else "expanded_conv"
    if block:
        x = layers.Conv2D(expansion * channels, 1, padding="same", use_bias=False, name=f"{name}_expand")(x)
        x = layers.ReLU(6.0, name=f"{name}_expand_relu")(normalised(x, f"{name}_expand_BN"))
    if strides == 2:
        x = layers.ZeroPadding2D(correct_pad(x, 3), name=f"{name}_pad")(x)
    padding = "same" if strides == 1 else "valid"
    x = layers.DepthwiseConv2D(3, strides, padding, use_bias=False, name=f"{name}_depthwise")(x)
    x = layers.ReLU(6.0, name=f"{name}_depthwise_relu")(normalised(x, f"{name}_depthwise_BN"))
    x = layers.Conv2D(filters, 1, padding="same", use_bias=False, name=f"{name}_project")(x)
    x = normalised(x, f"{name}_project_BN")
    return layers.Add(name=f"{name}_add")([before, x]) if channels == filters and strides == 1 else x
