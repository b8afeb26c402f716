"""Networks for images of any size and any number of classes: `pellucid train --model NAME`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pellucid import Input, Model, Sequential, layers
from pellucid.errors import ArgumentError, unknown_name

Shape = tuple[int, int, int]

DROPPED = 0.3
MOMENTUM = 0.9  # of moving averages: a folder of two hundred images makes few steps


def network(name: str, shape: Shape, classes: int, front: Sequence[layers.Layer]) -> Model:
    """A new network.

    Args:
        name: one of `NETWORKS`.
        shape: of an image: (rows, columns, channels).
        classes: how many there are.
        front: layers that images go through first, which scale them or vary them.

    Raises:
        ArgumentError: there is no network of that name, it wants masks, or the images are too small for it.
    """
    if name in MASK_NETWORKS:
        raise ArgumentError(
            f"--model {name} tells the class of each place, so it wants masks beside the images; for classes of whole "
            f"images it is --model {', '.join(NETWORKS)}"
        )
    if name not in NETWORKS:
        raise unknown_name("model", name, NETWORKS)
    make, least = NETWORKS[name]
    if min(shape[:2]) < least:
        raise ArgumentError(
            f"--model {name} is for images of at least {least}x{least} pixels, got {shape[0]}x{shape[1]}"
        )
    return make(shape, classes, list(front))


def _head(classes: int) -> list[layers.Layer]:
    return [layers.Dropout(DROPPED, name="dropout"), layers.Dense(classes, activation="softmax", name="class")]


def _small(shape: Shape, classes: int, front: list[layers.Layer]) -> Model:
    """Three convolutions with normalisation, each with a pooling behind it."""
    chain: list[Any] = [Input(shape), *front]
    for number, filters in enumerate((32, 64, 128), start=1):
        chain += [
            layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"conv{number}"),
            layers.BatchNormalization(momentum=MOMENTUM, name=f"norm{number}"),
            layers.ReLU(name=f"relu{number}"),
            layers.MaxPooling2D(2, name=f"pool{number}"),
        ]
    return Sequential([*chain, layers.GlobalAveragePooling2D(name="mean"), *_head(classes)], name="small")


def _lenet(shape: Shape, classes: int, front: list[layers.Layer]) -> Model:
    """LeNet-5 in today's words: Y. LeCun et al., Gradient-based learning applied to document recognition, 1998."""
    return Sequential(
        [
            Input(shape),
            *front,
            layers.Conv2D(6, 5, padding="same", activation="relu", name="conv1"),
            layers.MaxPooling2D(2, name="pool1"),
            layers.Conv2D(16, 5, activation="relu", name="conv2"),
            layers.MaxPooling2D(2, name="pool2"),
            layers.Flatten(name="flatten"),
            layers.Dense(120, activation="relu", name="dense1"),
            layers.Dense(84, activation="relu", name="dense2"),
            *_head(classes),
        ],
        name="lenet",
    )


def _vgg(shape: Shape, classes: int, front: list[layers.Layer]) -> Model:
    """A small VGG: pairs of 3x3 convolutions, with normalisation. K. Simonyan and A. Zisserman, 2014."""
    chain: list[Any] = [Input(shape), *front]
    for block, filters in enumerate((32, 64, 128), start=1):
        for half in "ab":
            chain += [
                layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"conv{block}{half}"),
                layers.BatchNormalization(momentum=MOMENTUM, name=f"norm{block}{half}"),
                layers.ReLU(name=f"relu{block}{half}"),
            ]
        chain.append(layers.MaxPooling2D(2, name=f"pool{block}"))
    dense = [layers.GlobalAveragePooling2D(name="mean"), layers.Dense(256, activation="relu", name="hidden")]
    return Sequential([*chain, *dense, *_head(classes)], name="vgg")


def _through(x: Any, chain: Sequence[layers.Layer]) -> Any:
    for layer in chain:
        x = layer(x)
    return x


def _normed(layer: layers.Layer, *, relu: bool = True) -> list[layers.Layer]:
    """A layer, normalisation, and ReLU."""
    name = layer.name
    return [
        layer,
        layers.BatchNormalization(momentum=MOMENTUM, name=f"{name}_norm"),
        *([layers.ReLU(name=f"{name}_relu")] if relu else []),
    ]


def _resnet(shape: Shape, classes: int, front: list[layers.Layer]) -> Model:
    """A residual network of three stages with two blocks each. K. He et al., Deep residual learning, 2015."""
    image = Input(shape)
    x = _through(image, [*front, *_normed(_conv("stem", 32, 3, 1))])
    for stage, filters in enumerate((32, 64, 128), start=1):
        for block in "ab":
            name, stride = f"stage{stage}{block}", 2 if stage > 1 and block == "a" else 1
            inner = [
                *_normed(_conv(f"{name}_1", filters, 3, stride)),
                *_normed(_conv(f"{name}_2", filters, 3, 1), relu=False),
            ]
            short = _through(x, _normed(_conv(f"{name}_short", filters, 1, stride), relu=False)) if stride > 1 else x
            x = layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([_through(x, inner), short]))
    return Model(image, _through(x, [layers.GlobalAveragePooling2D(name="mean"), *_head(classes)]), name="resnet")


def _conv(name: str, filters: int, size: int, stride: int) -> layers.Layer:
    return layers.Conv2D(filters, size, strides=stride, padding="same", use_bias=False, name=name)


def _mobilenet(shape: Shape, classes: int, front: list[layers.Layer]) -> Model:
    """Depthwise and pointwise convolutions in turns. A. Howard et al., MobileNets, 2017."""
    chain: list[Any] = [Input(shape), *front, *_normed(_conv("stem", 32, 3, 2))]
    for number, (filters, stride) in enumerate(((64, 1), (128, 2), (128, 1), (256, 2), (256, 1)), start=1):
        depthwise = layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False, name=f"depthwise{number}")
        chain += [*_normed(depthwise), *_normed(_conv(f"pointwise{number}", filters, 1, 1))]
    return Sequential([*chain, layers.GlobalAveragePooling2D(name="mean"), *_head(classes)], name="mobilenet")


NETWORKS: dict[str, tuple[Callable[[Shape, int, list[layers.Layer]], Model], int]] = {
    "small": (_small, 8),
    "lenet": (_lenet, 12),
    "vgg": (_vgg, 8),
    "resnet": (_resnet, 8),
    "mobilenet": (_mobilenet, 16),
}
"""How each is made, and the smallest side of the images that it is for [pixels]."""
UNET = "unet"
MASK_NETWORKS = (UNET,)
"""Those that say a class for each place."""
STEPS = 3


def unet(shape: Shape, classes: int, front: Sequence[layers.Layer], *, pads: bool = False) -> Model:
    """Down by pooling, up by transposed convolution, with skips that keep the fine detail: a class for each place.

    Args:
        shape: of an image: (rows, columns, channels); sides are multiples of 8.
        classes: how many there are.
        front: layers that images go through first.
        pads: whether images of other sides get margins of zeros below and on the right, which are cut off at the end.

    Raises:
        ArgumentError: the sides are no multiples of 8, and it does not pad.

    Source: O. Ronneberger, P. Fischer and T. Brox, U-Net, 2015.
    """
    below, right = (-side % 2**STEPS for side in shape[:2])
    if (below or right) and not pads:
        raise ArgumentError(
            f"--model unet halves images {STEPS} times, so their sides are multiples of {2**STEPS}, got "
            f"{shape[0]}x{shape[1]}; give --size {max(round(shape[0] / 2**STEPS), 1) * 2**STEPS}"
        )
    image = Input(shape)
    margins = ((0, below), (0, right))
    x, skipped = _through(image, [*front, *[layers.ZeroPadding2D(margins, name="margins")] * bool(below or right)]), []
    for step in range(STEPS):
        x = _through(x, _twice(f"down{step + 1}", 16 * 2**step))
        skipped.append(x)
        x = layers.MaxPooling2D(2, name=f"pool{step + 1}")(x)
    x = _through(x, [*_twice("bottom", 16 * 2**STEPS), layers.Dropout(DROPPED, name="dropout")])
    for step in reversed(range(STEPS)):
        x = layers.Conv2DTranspose(16 * 2**step, 2, strides=2, name=f"wider{step + 1}")(x)
        x = layers.Concatenate(name=f"skip{step + 1}")([skipped[step], x])
        x = _through(x, _twice(f"up{step + 1}", 16 * 2**step))
    x = layers.Cropping2D(margins, name="cut")(x) if below or right else x
    return Model(image, layers.Conv2D(classes, 1, activation="softmax", name="class")(x), name=UNET)


def _twice(name: str, filters: int) -> list[layers.Layer]:
    return [*_normed(_conv(f"{name}a", filters, 3, 1)), *_normed(_conv(f"{name}b", filters, 3, 1))]
