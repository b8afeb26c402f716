"""`keras.applications.imagenet_utils._obtain_input_shape`: by which networks of third parties check `input_shape`."""

from __future__ import annotations

from typing import Any

from pellucid.cli.old_keras.conv_utils import normalize_data_format
from pellucid.errors import ShapeError, shown

ORDERINGS = {"tf": "channels_last", "th": "channels_first"}


def obtain_input_shape(
    input_shape: Any,
    default_size: int,
    min_size: int,
    data_format: str | None = None,
    require_flatten: bool = True,
    weights: Any = None,
    *,
    dim_ordering: str | None = None,
    include_top: bool | None = None,
) -> tuple[int | None, ...]:
    """The shape of one image for a network.

    Args:
        input_shape: as it was asked for; None for what is usual.
        default_size: rows and columns of what is usual.
        min_size: the smallest number of rows and columns.
        data_format: where the channels stand; in Keras 1 `dim_ordering`, "tf" or "th".
        require_flatten: whether the size has to be known; in Keras 1 `include_top`.
        weights: "imagenet" for weights that are for three channels.
        dim_ordering: see `data_format`.
        include_top: see `require_flatten`.

    Raises:
        ShapeError: the shape cannot be.

    Example:
        >>> obtain_input_shape(None, 224, 32, "channels_last", require_flatten=True)
        (224, 224, 3)
        >>> obtain_input_shape(None, 224, 32, "channels_last", require_flatten=False)
        (None, None, 3)

    Source: keras_applications/imagenet_utils.py 1.0.6 and keras/applications/imagenet_utils.py of Keras 1.2.2.
    """
    told = data_format if dim_ordering is None else dim_ordering
    last = normalize_data_format(ORDERINGS.get(str(told), told)) == "channels_last"
    fixed = require_flatten if include_top is None else include_top
    if input_shape is not None and len(input_shape) != 3:
        raise ShapeError(f"input_shape is of one image, three numbers such as (224, 224, 3), got {shown(input_shape)}")
    given = None if input_shape is None else tuple(input_shape)
    channels = 3 if given is None or weights == "imagenet" else given[-1 if last else 0]
    usual = (default_size, default_size, channels) if last else (channels, default_size, default_size)
    if weights == "imagenet" and fixed and given not in (None, usual):
        raise ShapeError(f"weights of the whole network are for images of {usual}, got input_shape={given}")
    sizes = (None, None) if given is None else given[:2] if last else given[1:]
    if any(size is not None and size < min_size for size in sizes):
        raise ShapeError(f"the network takes images of {min_size}x{min_size} or more, got input_shape={given}")
    if given is not None and weights == "imagenet" and given[-1 if last else 0] != 3:
        raise ShapeError(f"weights of ImageNet are for images of 3 channels, got input_shape={given}")
    if given is None:
        found: tuple[int | None, ...] = usual if fixed else (None, None, 3) if last else (3, None, None)
    else:
        found = given
    if fixed and None in found:
        raise ShapeError(f"a network that ends in Flatten needs the size of its images, got input_shape={given}")
    return found
