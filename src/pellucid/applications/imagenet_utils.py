"""What the networks share, where Keras has it."""

from __future__ import annotations

from typing import Any

from pellucid.applications.frame import decode_predictions, prepared
from pellucid.checks import word

__all__ = ["decode_predictions", "preprocess_input"]

MODES = ("caffe", "tf", "torch")


def preprocess_input(x: Any, data_format: str | None = None, mode: str = "caffe") -> Any:
    """Pixels from 0 to 255 as a network wants them.

    Args:
        x: images, or a symbolic tensor.
        data_format: "channels_last" or "channels_first"; that of `config.image_data_format()` by default.
        mode: "caffe" (blue first, the mean of ImageNet taken off), "tf" (from -1 to 1), or "torch" (normalised by the
            mean and deviation of ImageNet).

    Example:
        >>> preprocess_input([[[0.0, 255.0, 0.0]]], mode="tf").tolist()
        [[[-1.0, 1.0, -1.0]]]

    Source: keras.applications.imagenet_utils.preprocess_input.
    """
    return prepared(x, data_format, word("preprocess_input", "mode", mode, MODES))
