"""Single changes of an image (an array of three axes), by given numbers or by random ones.

What is random is drawn from NumPy's own generator, as in Keras: `numpy.random.seed` repeats it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.arraylike import NoNumbers, array_of
from pellucid.checks import is_whole, number, whole
from pellucid.data.images.affine import FILL_MODES, affine_map, resampled
from pellucid.data.images.pictures import array_to_img, img_to_array
from pellucid.errors import ArgumentError, ArgumentTypeError, shown, unknown_name

Image = np.ndarray


def apply_affine_transform(
    x: Image,
    theta: float = 0,
    tx: float = 0,
    ty: float = 0,
    shear: float = 0,
    zx: float = 1,
    zy: float = 1,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> Image:
    """An image that is rotated, shifted, sheared and zoomed about its centre.

    Args:
        x: three axes, in any order.
        theta: angle [degrees].
        tx: shift over the rows [pixels]: positive shows what lies below.
        ty: shift over the columns [pixels].
        shear: angle [degrees].
        zx: how many rows of the image one of the result stands for; above 1 it gets smaller.
        zy: the same of columns.
        row_axis, col_axis, channel_axis: where these stand.
        fill_mode: what is seen outside: "nearest", "constant", "reflect" or "wrap".
        cval: that constant.
        order: 0 for the nearest pixel, 1 for bilinear.

    Raises:
        ArgumentError: a word is unknown, a number impossible, or the axes are not three.

    Example:
        >>> apply_affine_transform(np.array([[[1.0, 2.0], [3.0, 4.0]]]), tx=1).tolist()
        [[[3.0, 4.0], [3.0, 4.0]]]

    Source: keras.preprocessing.image.apply_affine_transform of Keras 2.2.4.
    """
    axes = (row_axis, col_axis, channel_axis)
    x = numbers_of("apply_affine_transform", x)
    if x.ndim != 3 or not all(map(is_whole, axes)) or set(axes) != {0, 1, 2}:
        raise ArgumentError(
            "apply_affine_transform takes an image of three axes, and row_axis, col_axis and channel_axis name them: "
            f"0, 1 and 2 in some order; got shape {x.shape} and {shown(axes)}"
        )
    if not isinstance(fill_mode, str) or fill_mode not in FILL_MODES:
        raise unknown_name("fill_mode", fill_mode, FILL_MODES)
    order = whole("apply_affine_transform", "order", order, 0, 1)  # the nearest pixel, or bilinear
    named = {"theta": theta, "tx": tx, "ty": ty, "shear": shear, "zx": zx, "zy": zy}
    theta, tx, ty, shear, zx, zy = (number("apply_affine_transform", name, each) for name, each in named.items())
    if (theta, tx, ty, shear, zx, zy) == (0, 0, 0, 0, 1, 1):
        return x
    image = x.transpose(axes)
    matrix, offset = affine_map((image.shape[0], image.shape[1]), theta, tx, ty, shear, zx, zy)
    result = resampled(image, matrix, offset, fill_mode, number("apply_affine_transform", "cval", cval), order)
    return result.transpose(np.argsort(axes))


def flip_axis(x: Image, axis: int) -> Image:
    """An image mirrored along an axis.

    Example:
        >>> flip_axis(np.array([[[1.0, 2.0]]]), 2).tolist()
        [[[2.0, 1.0]]]

    Source: keras.preprocessing.image.flip_axis of Keras 1 and 2.
    """
    x = numbers_of("flip_axis", x)
    return np.flip(x, whole("flip_axis", "axis", axis, -x.ndim, x.ndim - 1))


def apply_channel_shift(x: Image, intensity: float, channel_axis: int = 0) -> Image:
    """A number added to all of an image, which stays between its smallest and largest number.

    Example:
        >>> apply_channel_shift(np.array([[[0.0, 5.0, 9.0]]]), 3.0).tolist()
        [[[3.0, 8.0, 9.0]]]

    Source: keras.preprocessing.image.apply_channel_shift of Keras 2.2.4.
    """
    x = numbers_of("apply_channel_shift", x)
    return np.clip(x + number("apply_channel_shift", "intensity", intensity), x.min(), x.max())


def apply_brightness_shift(x: Image, brightness: float, scale: bool = True) -> Image:
    """An image (rows, columns, channels) made darker (below 1) or brighter.

    Args:
        x: the image.
        brightness: factor, >= 0.
        scale: whether it is stretched to 0..255 first; otherwise only where a number lies outside, and back.

    Example:
        >>> apply_brightness_shift(np.full((1, 1, 3), 100.0), 0.5, scale=False).tolist()
        [[[50.0, 50.0, 50.0]]]

    Source: keras.preprocessing.image.apply_brightness_shift of Keras 2.2.4.
    """
    from PIL import ImageEnhance

    factor = number("apply_brightness_shift", "brightness", brightness, 0.0)
    x = numbers_of("apply_brightness_shift", x)
    smallest, largest = x.min(), x.max()
    is_outside = bool(smallest < 0 or largest > 255)
    image = array_to_img(x, "channels_last", scale=is_outside or scale)
    result = img_to_array(ImageEnhance.Brightness(image).enhance(factor), "channels_last")
    return result / 255 * (largest - smallest) + smallest if is_outside and not scale else result


def random_rotation(
    x: Image,
    rg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Image:
    """An image rotated by up to `rg` degrees to either side; see `apply_affine_transform`.

    Example:
        >>> random_rotation(np.ones((1, 4, 4)), 30).shape
        (1, 4, 4)

    Source: keras.preprocessing.image.random_rotation of Keras 1 and 2.
    """
    theta = _up_to("random_rotation", "rg", rg)
    axes = (row_axis, col_axis, channel_axis)
    return apply_affine_transform(x, theta, 0, 0, 0, 1, 1, *axes, fill_mode, cval, interpolation_order)


def random_shift(
    x: Image,
    wrg: float,
    hrg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Image:
    """An image shifted by up to these parts of its width and height; see `apply_affine_transform`.

    Example:
        >>> random_shift(np.ones((1, 4, 4)), 0.2, 0.2).shape
        (1, 4, 4)

    Source: keras.preprocessing.image.random_shift of Keras 1 and 2.
    """
    x = numbers_of("random_shift", x)
    rows, columns = (
        x.shape[whole("random_shift", name, axis, -x.ndim, x.ndim - 1)]
        for name, axis in (("row_axis", row_axis), ("col_axis", col_axis))
    )
    tx = _up_to("random_shift", "hrg", hrg) * rows
    ty = _up_to("random_shift", "wrg", wrg) * columns
    axes = (row_axis, col_axis, channel_axis)
    return apply_affine_transform(x, 0, tx, ty, 0, 1, 1, *axes, fill_mode, cval, interpolation_order)


def random_shear(
    x: Image,
    intensity: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Image:
    """An image sheared by up to `intensity` degrees to either side; see `apply_affine_transform`.

    Example:
        >>> random_shear(np.ones((1, 4, 4)), 10).shape
        (1, 4, 4)

    Source: keras.preprocessing.image.random_shear of Keras 1 and 2.
    """
    shear = _up_to("random_shear", "intensity", intensity)
    axes = (row_axis, col_axis, channel_axis)
    return apply_affine_transform(x, 0, 0, 0, shear, 1, 1, *axes, fill_mode, cval, interpolation_order)


def random_zoom(
    x: Image,
    zoom_range: Sequence[float],
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Image:
    """An image zoomed by factors from a range, rows and columns each by its own; see `apply_affine_transform`.

    Example:
        >>> random_zoom(np.ones((1, 4, 4)), (0.8, 1.2)).shape
        (1, 4, 4)

    Source: keras.preprocessing.image.random_zoom of Keras 1 and 2.
    """
    low, high = pair("random_zoom", "zoom_range", zoom_range)
    zx, zy = (1.0, 1.0) if low == high == 1 else np.random.uniform(low, high, 2)
    axes = (row_axis, col_axis, channel_axis)
    return apply_affine_transform(x, 0, 0, 0, 0, zx, zy, *axes, fill_mode, cval, interpolation_order)


def random_channel_shift(x: Image, intensity_range: float, channel_axis: int = 0) -> Image:
    """See `apply_channel_shift`, by up to `intensity_range` to either side.

    Example:
        >>> random_channel_shift(np.zeros((1, 2, 2)), 5.0).max()
        np.float64(0.0)

    Source: keras.preprocessing.image.random_channel_shift of Keras 1 and 2.
    """
    return apply_channel_shift(x, _up_to("random_channel_shift", "intensity_range", intensity_range), channel_axis)


def random_brightness(x: Image, brightness_range: Sequence[float], scale: bool = True) -> Image:
    """See `apply_brightness_shift`, by a factor from a range.

    Example:
        >>> random_brightness(np.zeros((2, 2, 3)), (0.5, 1.5)).max()
        np.float32(0.0)

    Source: keras.preprocessing.image.random_brightness of Keras 2.2.4.
    """
    low, high = pair("random_brightness", "brightness_range", brightness_range)
    return apply_brightness_shift(x, np.random.uniform(low, high), scale)


def pair(owner: str, name: str, value: Any) -> tuple[float, float]:
    """Two numbers, from the smaller to the larger; raises `ArgumentError` for all else."""
    listed = isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim == 1)
    items = list(value) if listed else []
    if len(items) != 2:
        raise ArgumentError(f"{owner}: {name} is two numbers (from, to), got {shown(value)}")
    return number(owner, name, items[0]), number(owner, name, items[1])


def numbers_of(owner: str, x: Any, *, may_be_empty: bool = False) -> np.ndarray:
    """An array with axes and numbers; raises `ArgumentError` for all else."""
    try:
        array = array_of(x)
    except NoNumbers as error:
        raise ArgumentTypeError(f"{owner} takes an image, an array of numbers, got {error}") from error
    if not array.ndim or not (array.size or may_be_empty):
        raise ArgumentError(f"{owner} takes an image, an array of numbers, got one of shape {array.shape}")
    return array


def _up_to(owner: str, name: str, most: Any) -> float:
    """A random number up to some size, to either side."""
    size = number(owner, name, most)
    return float(np.random.uniform(-size, size))
