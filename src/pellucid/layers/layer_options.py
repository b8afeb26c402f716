"""The keyword arguments that layers take besides their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy.typing as npt


class CommonOptions(TypedDict, total=False):
    """The keyword arguments of layers that have `activity_regularizer` among their own.

    name: how the layer is called in summaries, files and messages; made from the class by default.
    trainable: whether training changes its weights.
    weights: initial values, as `get_weights` returns them.
    input_shape: shape of one sample, where the layer is the first of a `Sequential` model.
    dtype: "float32" or "mixed_bfloat16", see `config.set_dtype_policy`; what that says by default.
    """

    name: str | None
    trainable: bool
    weights: Sequence[npt.ArrayLike] | None
    input_shape: Sequence[int | None] | None
    dtype: object


class LayerOptions(CommonOptions, total=False):
    """The keyword arguments that every layer takes: `CommonOptions`, and

    activity_regularizer: penalty on the layer's output, added to the loss; averaged over the batch.
    """

    activity_regularizer: object


class ImageOptions(LayerOptions, total=False):
    """The keyword arguments of layers for images: `LayerOptions`, and

    bounding_box_format: what the four numbers of a bounding box are, "xyxy" for example; see `data/boxes.py`.
    """

    bounding_box_format: str | None
