"""What the same words of Keras 1 and 2 computed, where that was something else than today.

Theano put as many zeros before a map as behind it, which today's "same" does not where a window moves by more than one
or has an even size; and no file says so but by its backend. Not imported before an old file is read.

Source: keras/backend/theano_backend.py (conv2d, pool2d, conv2d_transpose) and tensorflow_backend.py
(resize_images) of Keras 1.2.2, 2.0.5 and 2.2.4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.errors import FileError

__all__ = ["as_computed"]

Config = dict[str, Any]

CONVOLUTIONS = ("Conv1D", "Conv2D", "Conv3D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D")
TRANSPOSED = ("Conv2DTranspose", "Conv3DTranspose")
POOLING = ("MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D")
CHANGED = {"hard_sigmoid": "hard_sigmoid_keras2"}
"""Activations that another name has today."""


def as_computed(name: str, config: Config, version: str, *, theano: bool) -> Config:
    """The options of a layer that computes today what this one computed then.

    Args:
        name: of its class, today's.
        config: its options in today's words.
        version: the Keras that wrote it.
        theano: whether Theano computed it.

    Raises:
        FileError: no layer of today's computes that.

    Example:
        >>> options = {"name": "conv", "kernel_size": (3, 2), "strides": (2, 1), "padding": "same"}
        >>> as_computed("Conv2D", options, "2.0.5", theano=True)["padding"]
        ((1, 1), (1, 0))
        >>> as_computed("Conv2D", options, "2.0.5", theano=False)["padding"]
        'same'
    """
    if not version.startswith("3"):
        _check_same_functions(name, config, version)
        config = config | {"activation": CHANGED[config["activation"]]} if _has_changed(config) else config
    if not theano or config.get("padding") != "same":
        return config
    sizes = _sizes(config, "pool_size" if name in POOLING else "kernel_size", 1)
    steps, gaps = (_sizes(config, key, len(sizes)) for key in ("strides", "dilation_rate"))
    if not sizes or not len(sizes) == len(steps) == len(gaps):
        return config  # what is wrong with it the layer says itself
    if name in CONVOLUTIONS:
        return config | {"padding": _around_kernel(sizes, steps, gaps)}
    if name in TRANSPOSED and any(step != 1 for step in steps):
        raise FileError(
            f"the {name} {config.get('name')!r} has padding 'same' with strides {steps}, which Theano laid otherwise "
            "than TensorFlow and today; it cannot be read"
        )
    if name.startswith("Average") and name in POOLING and not version.startswith("1") and max(sizes) > 1:
        raise FileError(
            f"the {name} {config.get('name')!r} has padding 'same', where Theano counted the zeros around a map among "
            "the numbers; today they are not, so it cannot be read"
        )
    if name in POOLING:
        given = steps if config.get("strides") is not None else sizes
        return config | {"padding": _around_pool(sizes, given)}
    return config


def _has_changed(config: Mapping[str, Any]) -> bool:
    """Whether the activation of a layer has kept its name and computes something else today."""
    return isinstance(config.get("activation"), str) and config["activation"] in CHANGED


def _check_same_functions(name: str, config: Mapping[str, Any], version: str) -> None:
    """Refuse functions that have kept their name and compute something else."""
    numbers = tuple(map(int, re.findall(r"\d+", version)[:2]))
    of_tensorflow = "tf" in version or numbers >= (2, 4)
    if name == "UpSampling2D" and config.get("interpolation") == "bilinear" and not of_tensorflow:
        raise FileError(
            f"the {name} {config.get('name')!r} resizes bilinearly as Keras {version} did, from the corners of pixels; "
            "today's goes from their centres and gives other numbers, so it cannot be read"
        )


def _sizes(config: Mapping[str, Any], key: str, rank: int) -> tuple[int, ...]:
    """An option that is one whole number for each axis, or one for all; empty where it is something else."""
    value = config.get(key)
    found = tuple(value) if isinstance(value, list | tuple) else (1 if value is None else value,) * rank
    return found if all(type(each) is int and 0 < each < 2**31 for each in found) else ()


def _around_kernel(sizes: Sequence[int], steps: Sequence[int], gaps: Sequence[int]) -> Any:
    """Theano's amounts before and behind: half a kernel, less one behind where its size is even; or "same"."""
    reach = [(size - 1) * gap + 1 for size, gap in zip(sizes, gaps, strict=True)]
    if all(each % 2 for each in reach) and all(step == 1 for step in steps):
        return "same"
    return tuple((each // 2, (each - 1) // 2) for each in reach)


def _around_pool(sizes: Sequence[int], steps: Sequence[int]) -> Any:
    """Theano's amounts before a map, and as many behind as its windows need there."""
    if all(size == 1 or (size == 3 and step == 1) for size, step in zip(sizes, steps, strict=True)):
        return "same"
    before = [size - 2 if size > 2 and size % 2 else size - 1 for size in sizes]
    return tuple((pad, size - 1 - pad) for pad, size in zip(before, sizes, strict=True))
