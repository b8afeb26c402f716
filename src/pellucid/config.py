"""Settings that hold for the whole process: where channels stand, what products are made of, where words go.

Example:
    >>> from pellucid import config
    >>> config.image_data_format()
    'channels_last'

Source: keras.config, https://keras.io/api/utils/config_utils/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pellucid.absent import absent
from pellucid.calls import explained
from pellucid.errors import ArgumentError, shown, unknown_name
from pellucid.warned import warn

__all__ = [
    "disable_interactive_logging",
    "disable_traceback_filtering",
    "dtype_policy",
    "enable_interactive_logging",
    "enable_traceback_filtering",
    "epsilon",
    "floatx",
    "image_data_format",
    "is_interactive_logging_enabled",
    "is_traceback_filtering_enabled",
    "set_dtype_policy",
    "set_floatx",
    "set_image_data_format",
]

DATA_FORMATS = ("channels_last", "channels_first")
DTYPE_POLICIES = {"float32": "float32", "mixed_bfloat16": "bfloat16"}
"""Each policy with the precision of the products in its layers, see `graph.ops.Product`."""
HALF_PRECISION = ("mixed_float16", "float16")
EPSILON = 1e-7

_settings = {"image_data_format": "channels_last", "dtype_policy": "float32", "said_by": "print"}


@explained
def image_data_format() -> str:
    """Where layers that are not told otherwise expect the channels: "channels_last" unless it was changed.

    Example:
        >>> image_data_format()
        'channels_last'
    """
    return _settings["image_data_format"]


@explained
def set_image_data_format(data_format: str) -> None:
    """Decide where layers that are made from now on expect the channels, if not told otherwise.

    Args:
        data_format: "channels_last" (batch, rows, columns, channels) or "channels_first" (batch, channels, rows,
            columns), in any case. Kernels are (rows, columns, in, out) either way.

    Raises:
        ArgumentError: it is neither.

    Example:
        >>> from pellucid import layers
        >>> set_image_data_format("channels_first")
        >>> layers.Conv2D(4, 3).data_format
        'channels_first'
        >>> set_image_data_format("channels_last")
    """
    word = data_format.lower() if isinstance(data_format, str) else data_format
    if not isinstance(word, str) or word not in DATA_FORMATS:
        raise unknown_name("data_format", data_format, DATA_FORMATS)
    _settings["image_data_format"] = word


@explained
def dtype_policy() -> str:
    """The policy of layers that are not told otherwise: "float32" unless it was changed.

    Example:
        >>> dtype_policy()
        'float32'
    """
    return _settings["dtype_policy"]


@explained
def set_dtype_policy(policy: object) -> None:
    """Decide the policy of layers that are made from now on, if not told otherwise by their `dtype`.

    With "mixed_bfloat16" the factors of products in convolutions and dense layers are rounded to bfloat16, numbers of 8
    significant bits, in predictions and gradients alike: relative errors of 0.2 to 0.3% of a layer's result. All that
    is kept stays float32: weights, activations, sums, and the arithmetic of every other layer. The native engine needs
    a processor with AVX512_BF16 for it, whose speed varies: AMD Zen 5 multiplies twice as fast as in float32, Intel
    servers half as fast (`pellucid doctor` measures it). Small layers, and convolutions for which Winograd's method is
    faster, stay in float32. The reference engine computes in float64 whatever the policy.

    Args:
        policy: "float32" or "mixed_bfloat16"; also a policy's record in a file, or an object with such a `name`.

    Raises:
        ArgumentError: it is another one.

    Example:
        >>> from pellucid import layers
        >>> set_dtype_policy("mixed_bfloat16")
        >>> layers.Dense(4).dtype_policy
        'mixed_bfloat16'
        >>> set_dtype_policy("float32")

    Source: keras.config.set_dtype_policy, https://keras.io/api/mixed_precision/policy/
    """
    _settings["dtype_policy"] = policy_name(policy)


def policy_name(policy: object) -> str:
    """The name of a policy that is given in one of the forms which `set_dtype_policy` takes; None is the process's."""
    if policy is None:
        return dtype_policy()
    options = policy.get("config") if isinstance(policy, Mapping) else None
    name = options.get("name") if isinstance(options, Mapping) else getattr(policy, "name", policy)
    if isinstance(name, str) and name in HALF_PRECISION:
        raise ArgumentError(
            f"{name} is no policy here: its numbers vanish below 6e-8, and no processor that this library runs on "
            'gains from them; "mixed_bfloat16" halves the bits of products and needs no scaling of the loss'
        )
    if not isinstance(name, str) or name not in DTYPE_POLICIES:
        raise unknown_name("dtype policy", name, DTYPE_POLICIES)
    return name


@explained
def epsilon() -> float:
    """The small number that keeps losses and constraints away from a division by zero; 1e-7, as in Keras.

    Example:
        >>> epsilon()
        1e-07
    """
    return EPSILON


@explained
def floatx() -> str:
    """The type of weights and activations: "float32".

    Example:
        >>> floatx()
        'float32'
    """
    return "float32"


@explained
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
    if not isinstance(value, str) or value != "float32":
        raise ArgumentError(
            f"weights and activations are float32, got {shown(value)}; engine='reference' is in float64"
        )


@explained
def enable_interactive_logging() -> None:
    """Let trainings print what they say: progress, and the words of callbacks. So it is unless it was changed.

    Example:
        >>> enable_interactive_logging()
        >>> is_interactive_logging_enabled()
        True

    Source: keras.config.enable_interactive_logging.
    """
    _settings["said_by"] = "print"


@explained
def disable_interactive_logging() -> None:
    """Let trainings hand what they say to the logger "pellucid" of Python's `logging`, as information.

    Progress is one line per epoch then. What becomes of the lines is the program's: `logging.basicConfig(level="INFO")`
    shows them. Text of no training (`summary`) is printed as before.

    Example:
        >>> disable_interactive_logging()
        >>> is_interactive_logging_enabled()
        False
        >>> enable_interactive_logging()

    Source: keras.config.disable_interactive_logging.
    """
    _settings["said_by"] = "logging"


@explained
def is_interactive_logging_enabled() -> bool:
    """Whether trainings print what they say, rather than log it.

    Example:
        >>> is_interactive_logging_enabled()
        True

    Source: keras.config.is_interactive_logging_enabled.
    """
    return _settings["said_by"] == "print"


@explained
def disable_traceback_filtering() -> None:
    """Let errors be told with all of the library's own lines: they always are.

    Example:
        >>> disable_traceback_filtering()
        >>> is_traceback_filtering_enabled()
        False

    Source: keras.config.disable_traceback_filtering.
    """


@explained
def enable_traceback_filtering() -> None:
    """Let errors be told without the library's own lines, which they are not: says so.

    Example:
        >>> import warnings
        >>> with warnings.catch_warnings(record=True) as said:
        ...     warnings.simplefilter("always")
        ...     enable_traceback_filtering()
        >>> len(said)
        1

    Source: keras.config.enable_traceback_filtering.
    """
    warn("enable_traceback_filtering does nothing: errors are told with all lines that led to them")


@explained
def is_traceback_filtering_enabled() -> bool:
    """False: errors are told with all lines that led to them.

    Example:
        >>> is_traceback_filtering_enabled()
        False

    Source: keras.config.is_traceback_filtering_enabled.
    """
    return False


def check_dtype(owner: str, dtype: object) -> None:
    """Raise `ArgumentError` unless a loss or metric is asked to compute in float32, or in nothing particular.

    Args:
        owner: as the message begins ("Mean").
        dtype: None, "float32", or an object with such a `name`.
    """
    if dtype is not None and not is_float32(dtype):
        raise ArgumentError(f"{owner}: numbers are float32, got dtype={shown(dtype)}; engine='reference' is in float64")


def is_float32(dtype: object) -> bool:
    """Whether it is the name of that type, or something that has this name, such as NumPy's."""
    name = dtype if isinstance(dtype, str) else getattr(dtype, "name", None)
    return isinstance(name, str) and name == "float32"


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
