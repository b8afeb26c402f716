"""What the same words of Keras 1 and 2 computed, where that was something else than today.

Theano put as many zeros before a map as behind it, which today's "same" does not where a window moves by more than one
or has an even size; and no file says so but by its backend. Not imported before an old file is read.

Source: keras/backend/theano_backend.py (conv2d, pool2d, conv2d_transpose) and tensorflow_backend.py (resize_images,
hard_sigmoid) of Keras 1.2.2, 2.0.5 and 2.2.4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pellucid.errors import FileError

__all__ = ["as_computed"]

Config = dict[str, Any]

CONVOLUTIONS = ("Conv1D", "Conv2D", "Conv3D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D")
TRANSPOSED = ("Conv2DTranspose", "Conv3DTranspose")
POOLING = ("MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D")


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
    if not theano or config.get("padding") != "same":
        return config
    if name in CONVOLUTIONS:
        return config | {"padding": _around_kernel(config)}
    if name in TRANSPOSED and any(step != 1 for step in _sizes(config.get("strides", 1), 1)):
        raise FileError(
            f"the {name} {config.get('name')!r} has padding 'same' with strides {config['strides']}, which Theano laid "
            "otherwise than TensorFlow and today; it cannot be read"
        )
    if name in POOLING:
        return config | {"padding": _around_pool(name, config, version)}
    return config


def _check_same_functions(name: str, config: Mapping[str, Any], version: str) -> None:
    """Refuse functions that have kept their name and compute something else."""
    if config.get("activation") == "hard_sigmoid":
        raise FileError(
            f"the {name} {config.get('name')!r} has hard_sigmoid, which was clip(0.2 x + 0.5, 0, 1) in Keras 1 and 2; "
            "today's is relu6(x + 3) / 6, so it cannot be read"
        )
    numbers = tuple(map(int, re.findall(r"\d+", version)[:2]))
    of_tensorflow = "tf" in version or numbers >= (2, 4)
    if name == "UpSampling2D" and config.get("interpolation") == "bilinear" and not of_tensorflow:
        raise FileError(
            f"the {name} {config.get('name')!r} resizes bilinearly as Keras {version} did, from the corners of pixels; "
            "today's goes from their centres and gives other numbers, so it cannot be read"
        )


def _sizes(value: Any, rank: int) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (int(value),) * rank


def _around_kernel(config: Mapping[str, Any]) -> Any:
    """Theano's amounts before and behind: half a kernel, less one behind where its size is even; or "same"."""
    kernel = _sizes(config["kernel_size"], 1)
    rank = len(kernel)
    steps, gaps = (_sizes(config.get(key, 1), rank) for key in ("strides", "dilation_rate"))
    reach = [(size - 1) * gap + 1 for size, gap in zip(kernel, gaps, strict=True)]
    if all(each % 2 for each in reach) and all(step == 1 for step in steps):
        return "same"
    return tuple((each // 2, (each - 1) // 2) for each in reach)


def _around_pool(name: str, config: Mapping[str, Any], version: str) -> Any:
    """Theano's amounts before a map, and as many behind as its windows need there."""
    sizes = _sizes(config["pool_size"], 1)
    steps = _sizes(config.get("strides") or sizes, len(sizes))
    if name.startswith("Average") and not version.startswith("1") and max(sizes) > 1:
        raise FileError(
            f"the {name} {config.get('name')!r} has padding 'same', where Theano counted the zeros around a map among "
            "the numbers; today they are not, so it cannot be read"
        )
    if all(size == 1 or (size == 3 and step == 1) for size, step in zip(sizes, steps, strict=True)):
        return "same"
    before = [size - 2 if size > 2 and size % 2 else size - 1 for size in sizes]
    return tuple((pad, size - 1 - pad) for pad, size in zip(before, sizes, strict=True))
