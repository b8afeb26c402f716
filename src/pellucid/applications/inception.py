"""InceptionV3: branches of several kernels beside each other, whose maps are put together.

Source: Szegedy et al., Rethinking the Inception architecture, arXiv 1512.00567; keras.applications.inception_v3.
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

FILES = ("9a0d58056eeedaa3f26cb7ebd46da564", "bcbd6486424b2319ff4ef7d526e38f63")
Branch = tuple[tuple[int, int, int], ...]
"""Maps, rows and columns of the kernels of a branch."""


def inception_v3(wanted: Wanted) -> Model:
    """The network; see the module."""
    top = "" if wanted.include_top else "_notop"
    name = f"inception_v3_weights_tf_dim_ordering_tf_kernels{top}.h5"
    file = weights_file(wanted.checked(), Pretrained(name, FILES[not wanted.include_top], f"{MIRROR}/inception_v3"))
    start = input_of(wanted, 299, 75)
    x: Any = _conv(start, 32, 3, 3, strides=2, padding="valid")
    x = _conv(_conv(x, 32, 3, 3, padding="valid"), 64, 3, 3)
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = _conv(_conv(x, 80, 1, 1, padding="valid"), 192, 3, 3, padding="valid")
    x = layers.MaxPooling2D(3, strides=2)(x)
    for number, last in enumerate((32, 64, 64)):
        branches = (((64, 1, 1),), ((48, 1, 1), (64, 5, 5)), ((64, 1, 1), (96, 3, 3), (96, 3, 3)))
        x = _mixed(x, branches, last, f"mixed{number}")
    x = _shrunk(x, (((384, 3, 3),), ((64, 1, 1), (96, 3, 3), (96, 3, 3))), "mixed3")
    for number, maps in ((4, 128), (5, 160), (6, 160), (7, 192)):
        x = _mixed(x, _long(maps), 192, f"mixed{number}")
    x = _shrunk(x, (((192, 1, 1), (320, 3, 3)), ((192, 1, 1), (192, 1, 7), (192, 7, 1), (192, 3, 3))), "mixed8")
    for number in range(2):
        x = _spread(x, number)
    return model_of(wanted, start, ended(x, wanted, names=(None, None)), file)


def _conv(x: Any, filters: int, rows: int, columns: int, *, strides: int = 1, padding: str = "same") -> Any:
    x = layers.Conv2D(filters, (rows, columns), strides=strides, padding=padding, use_bias=False)(x)
    x = layers.BatchNormalization(axis=channels_axis(), scale=False)(x)
    return layers.Activation("relu")(x)


def _along(x: Any, branch: Branch) -> Any:
    for kernel in branch:
        x = _conv(x, *kernel)
    return x


def _together(parts: list[Any], name: str | None = None) -> Any:
    return layers.concatenate(parts, axis=channels_axis(), name=name)


def _averaged(x: Any, filters: int) -> Any:
    return _conv(layers.AveragePooling2D(3, strides=1, padding="same")(x), filters, 1, 1)


def _mixed(x: Any, branches: tuple[Branch, ...], last: int, name: str) -> Any:
    parts = [_along(x, branch) for branch in branches]
    return _together([*parts, _averaged(x, last)], name)


def _long(maps: int) -> tuple[Branch, ...]:
    """Kernels of a row and of a column in turn."""
    return (
        ((192, 1, 1),),
        ((maps, 1, 1), (maps, 1, 7), (192, 7, 1)),
        ((maps, 1, 1), (maps, 7, 1), (maps, 1, 7), (maps, 7, 1), (192, 1, 7)),
    )


def _shrunk(x: Any, branches: tuple[Branch, ...], name: str) -> Any:
    """Half the rows and columns: each branch ends with a step of two."""
    parts = [_conv(_along(x, branch[:-1]), *branch[-1], strides=2, padding="valid") for branch in branches]
    return _together([*parts, layers.MaxPooling2D(3, strides=2)(x)], name)


def _spread(x: Any, number: int) -> Any:
    """Branches that divide once more at their ends."""
    single = _conv(x, 320, 1, 1)
    middle = _conv(x, 384, 1, 1)
    middle = _together([_conv(middle, 384, 1, 3), _conv(middle, 384, 3, 1)], f"mixed9_{number}")
    double = _conv(_conv(x, 448, 1, 1), 384, 3, 3)
    double = _together([_conv(double, 384, 1, 3), _conv(double, 384, 3, 1)])
    return _together([single, middle, double, _averaged(x, 192)], f"mixed{9 + number}")
