"""First layers (of 1 to 4 channels) give whole numbers for whole-number kernels and images, with any number of threads.

The reference engine computes in float64 by the definition, which is exact for whole numbers: so filters that are set by
hand can be checked by hand.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, layers, set_threads

KERNELS, STRIDES, PADDINGS = (1, 3, 5, 7), (1, 2), ("valid", "same")
SHAPES: dict[str, tuple[int, ...]] = {
    "Conv1D": (130,),
    "Conv2D": (33, 30),
    "Conv3D": (8, 9, 10),
    "Conv1DTranspose": (40,),
    "Conv2DTranspose": (12, 13),
    "Conv3DTranspose": (4, 5, 4),
    "DepthwiseConv1D": (60,),
    "DepthwiseConv2D": (28, 30),
    "SeparableConv1D": (60,),
    "SeparableConv2D": (28, 30),
}


def check(parts: list[Any], shape: tuple[int, ...], samples: int = 2) -> None:
    """Exactly the numbers of the definition, with one thread and with two."""
    rng = np.random.default_rng(len(parts) + sum(shape))
    model = Sequential([Input(shape), *parts])
    model.set_weights([rng.integers(-8, 9, weight.shape) for weight in model.weights])
    images = rng.integers(0, 256, (samples, *shape)).astype(np.uint8)
    expected = model.predict(images, engine="reference")
    assert (expected == np.round(expected)).all() and np.abs(expected).max() < 2**24
    for threads in (1, 2):
        set_threads(threads)
        np.testing.assert_array_equal(model.predict(images), expected)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("name", SHAPES)
def test_every_layer(name: str, channels: int, keep_threads: None) -> None:
    """Kernels of 1 to 7 taps, with strides, in both paddings; few filters and many."""
    shape = (*SHAPES[name], channels)
    for number, (taps, stride, padding) in enumerate(itertools.product(KERNELS, STRIDES, PADDINGS)):
        many = (8, 32)[number % 2] if "3D" not in name else 4
        filters = {"depth_multiplier": 1 + number % 3} if name.startswith("Depthwise") else {"filters": many}
        check([getattr(layers, name)(kernel_size=taps, strides=stride, padding=padding, **filters)], shape)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("taps", [3, 5])
def test_large_images_and_what_follows(taps: int, channels: int, keep_threads: None) -> None:
    """Where images are cut into parts, and where activation and pooling are computed in the same go."""
    convolution = layers.Conv2D(32, taps, padding="same", activation="relu")
    check([convolution, layers.MaxPooling2D(2)], (96, 64, channels), samples=1)


@pytest.mark.parametrize("form", ["channels_last", "channels_first"])
def test_both_data_formats_and_dilation(form: str, keep_threads: None) -> None:
    shape = (20, 22, 3) if form == "channels_last" else (3, 20, 22)
    for taps in KERNELS:
        check([layers.Conv2D(16, taps, dilation_rate=2, data_format=form)], shape)
