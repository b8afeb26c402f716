"""Images in another size, without their proportions being changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid import ops
from pellucid.calls import explained

__all__ = ["smart_resize"]


@explained
def smart_resize(x: Any, size: Sequence[int], interpolation: str = "bilinear", data_format: str | None = None) -> Any:
    """The largest part in the middle of images that has the proportions of a size, in that size.

    Args:
        x: one image, or a batch.
        size: rows and columns [pixels].
        interpolation: "bilinear", "nearest", "bicubic", "lanczos3" or "lanczos5".
        data_format: "channels_last" or "channels_first"; the process's default if None.

    Returns:
        images of that size, float32.

    Raises:
        ArgumentError: an argument is out of range, or a word is unknown.

    Example:
        >>> smart_resize([[[0.0], [1.0], [2.0], [3.0]]] * 2, (1, 1)).tolist()
        [[[1.5]]]

    Source: keras.preprocessing.image.smart_resize.
    """
    return ops.image.resize(x, size, interpolation, crop_to_aspect_ratio=True, data_format=data_format)
