"""Settings that hold for the whole process: where the channels stand, and the small number that keeps divisions safe.

Example:
    >>> from pellucid import config
    >>> config.image_data_format()
    'channels_last'

Source: keras.config, https://keras.io/api/utils/config_utils/
"""

from __future__ import annotations

from pellucid.errors import ArgumentError, unknown_name

__all__ = [
    "epsilon",
    "floatx",
    "image_data_format",
    "set_floatx",
    "set_image_data_format",
]

DATA_FORMATS = ("channels_last", "channels_first")
EPSILON = 1e-7

_settings = {"image_data_format": "channels_last"}


def image_data_format() -> str:
    """Where layers that are not told otherwise expect the channels: "channels_last" unless it was changed.

    Example:
        >>> image_data_format()
        'channels_last'
    """
    return _settings["image_data_format"]


def set_image_data_format(data_format: str) -> None:
    """Decide where layers that are made from now on expect the channels, if not told otherwise.

    Args:
        data_format: "channels_last" (batch, rows, columns, channels) or "channels_first" (batch, channels, rows,
            columns). Kernels are (rows, columns, in, out) either way.

    Raises:
        ArgumentError: it is neither.

    Example:
        >>> from pellucid import layers
        >>> set_image_data_format("channels_first")
        >>> layers.Conv2D(4, 3).data_format
        'channels_first'
        >>> set_image_data_format("channels_last")
    """
    if data_format not in DATA_FORMATS:
        raise unknown_name("data_format", data_format, DATA_FORMATS)
    _settings["image_data_format"] = data_format


def epsilon() -> float:
    """The small number that keeps losses and constraints away from a division by zero; 1e-7, as in Keras.

    Example:
        >>> epsilon()
        1e-07
    """
    return EPSILON


def floatx() -> str:
    """The type of weights and activations: "float32".

    Example:
        >>> floatx()
        'float32'
    """
    return "float32"


def set_floatx(value: str) -> None:
    """Accepts "float32", the one type that there is.

    Args:
        value: "float32".

    Raises:
        ArgumentError: it is another one; the reference engine computes in float64 (`compile(engine="reference")`).

    Example:
        >>> set_floatx("float32")
        >>> floatx()
        'float32'
    """
    if value != "float32":
        raise ArgumentError(f"weights and activations are float32, got {value!r}; engine='reference' is in float64")
