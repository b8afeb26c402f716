"""VGG16 and VGG19: rows of 3x3 convolutions between poolings.

Source: Simonyan and Zisserman, Very deep convolutional networks, arXiv 1409.1556; keras.applications.vgg16 and vgg19.
"""

from __future__ import annotations

from typing import Any

from pellucid import layers
from pellucid.applications.frame import MIRROR, Pretrained, Wanted, input_of, model_of, pooled, weights_file
from pellucid.models import Model

FILTERS = (64, 128, 256, 512, 512)
FILES = {
    "vgg16": ("64373286793e3c8b2b4e3219cbf3544b", "6d6bbae143d832006294945121d1f1fc"),
    "vgg19": ("cbe5617147190e668d6c5d5026f83318", "253f8cb515780f3b799900260a226db6"),
}
"""The MD5 of Keras's file with the top and of that without."""


def vgg(kind: str, repeats: tuple[int, ...], wanted: Wanted) -> Model:
    """One of the two.

    Args:
        kind: "vgg16" or "vgg19", by which Keras calls its files.
        repeats: how many convolutions there are in each block.
        wanted: what was asked for.
    """
    top = "" if wanted.include_top else "_notop"
    name = f"{kind}_weights_tf_dim_ordering_tf_kernels{top}.h5"
    file = weights_file(wanted.checked(), Pretrained(name, FILES[kind][not wanted.include_top], f"{MIRROR}/{kind}"))
    start = input_of(wanted, 224, 32)
    x: Any = start
    for block, (filters, count) in enumerate(zip(FILTERS, repeats, strict=True), 1):
        for number in range(1, count + 1):
            conv = layers.Conv2D(filters, 3, activation="relu", padding="same", name=f"block{block}_conv{number}")
            x = conv(x)
        x = layers.MaxPooling2D(2, strides=2, name=f"block{block}_pool")(x)
    if wanted.include_top:
        x = layers.Flatten(name="flatten")(x)
        x = layers.Dense(4096, activation="relu", name="fc1")(x)
        x = layers.Dense(4096, activation="relu", name="fc2")(x)
        x = layers.Dense(wanted.classes, activation=wanted.classifier_activation, name="predictions")(x)
    else:
        x = pooled(x, wanted)
    return model_of(wanted, start, x, file)
