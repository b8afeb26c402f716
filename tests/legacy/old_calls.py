"""Every argument of Keras 1's layers and what it is today, written down by hand from Keras's own sources.

Source: keras/layers of Keras 1.2.2 (names, order); keras/legacy/interfaces.py of Keras 2.2.4 (what became of them).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Argument:
    """One old argument, or several that became one: their values, and what stands in their place."""

    old: Mapping[str, Any]
    today: Mapping[str, Any]
    required: bool = False


@dataclass(frozen=True)
class OldSignature:
    """A class of Keras 1 with all its arguments in order, and the class of today.

    Attributes:
        owner: as it was called.
        today: as it is called.
        arguments: in Keras 1's order.
        unordered: arguments that were given by name only.
        same_order: whether a call by position is no old call: order and meaning are today's.
    """

    owner: str
    today: str
    arguments: Sequence[Argument]
    unordered: Sequence[Argument] = field(default=())
    same_order: bool = False

    @property
    def required(self) -> list[Argument]:
        """Those that every call has."""
        return [argument for argument in self.arguments if argument.required]

    @property
    def optional(self) -> list[Argument]:
        """Those that a call may lack."""
        return [*(argument for argument in self.arguments if not argument.required), *self.unordered]


def one(old: str, today: str, value: Any, becomes: Any = ..., *, required: bool = False) -> Argument:
    """An argument with another name, perhaps with another value."""
    return Argument({old: value}, {today: value if becomes is ... else becomes}, required)


def same(name: str, value: Any) -> Argument:
    """An argument that is called as ever."""
    return one(name, name, value)


def gone(name: str, value: Any) -> Argument:
    """An argument that has no place today."""
    return Argument({name: value}, {})


FILTERS = one("nb_filter", "filters", 6, required=True)
ROWS = Argument({"nb_row": 3, "nb_col": 2}, {"kernel_size": (3, 2)}, required=True)
BEGIN = (
    one("init", "kernel_initializer", "normal", "random_normal"),
    same("activation", "relu"),
    same("weights", None),
    one("border_mode", "padding", "same"),
)
PENALTIES = (
    one("W_regularizer", "kernel_regularizer", "l2"),
    one("b_regularizer", "bias_regularizer", "l1"),
    same("activity_regularizer", "l2"),
    one("W_constraint", "kernel_constraint", "max_norm"),
    one("b_constraint", "bias_constraint", "non_neg"),
    one("bias", "use_bias", True),
)
SEPARABLE_PENALTIES = (
    same("depthwise_regularizer", "l2"),
    same("pointwise_regularizer", "l1"),
    one("b_regularizer", "bias_regularizer", "l1"),
    same("activity_regularizer", "l2"),
    same("depthwise_constraint", "max_norm"),
    same("pointwise_constraint", "non_neg"),
    one("b_constraint", "bias_constraint", "non_neg"),
    one("bias", "use_bias", False),
)
SUBSAMPLE = one("subsample", "strides", (2, 1))
CHANNELS = one("dim_ordering", "data_format", "th", "channels_first")
SEQUENCE = Argument({"input_dim": 4, "input_length": 10}, {"input_shape": (10, 4)})
COMMON = (same("name", "old"), same("trainable", False))
IMAGE = (*COMMON, same("input_shape", (3, 8, 8)))
TWO_INITIALIZERS = Argument(
    {"init": "uniform"}, {"depthwise_initializer": "random_uniform", "pointwise_initializer": "random_uniform"}
)
FILTER_LENGTH = one("filter_length", "kernel_size", 3, required=True)
STEP = one("subsample_length", "strides", 2)

VOLUME = Argument({"kernel_dim1": 2, "kernel_dim2": 3, "kernel_dim3": 1}, {"kernel_size": (2, 3, 1)}, required=True)

CONVOLUTIONS = (
    OldSignature("Convolution1D", "Conv1D", (FILTERS, FILTER_LENGTH, *BEGIN, STEP, *PENALTIES, SEQUENCE), COMMON),
    OldSignature(
        "AtrousConvolution1D",
        "Conv1D",
        (
            FILTERS,
            FILTER_LENGTH,
            *BEGIN,
            one("subsample_length", "strides", 1),
            one("atrous_rate", "dilation_rate", 2),
            *PENALTIES,
        ),
        (*COMMON, SEQUENCE),
    ),
    OldSignature("Convolution2D", "Conv2D", (FILTERS, ROWS, *BEGIN, SUBSAMPLE, CHANNELS, *PENALTIES), IMAGE),
    OldSignature(
        "AtrousConvolution2D",
        "Conv2D",
        (
            FILTERS,
            ROWS,
            *BEGIN,
            one("subsample", "strides", (1, 1)),
            one("atrous_rate", "dilation_rate", (2, 2)),
            CHANNELS,
            *PENALTIES,
        ),
        IMAGE,
    ),
    OldSignature(
        "Deconvolution2D",
        "Conv2DTranspose",
        (
            FILTERS,
            ROWS,
            gone("output_shape", (None, 6, 16, 8)),
            *BEGIN,
            SUBSAMPLE,
            CHANNELS,
            *PENALTIES,
        ),
        IMAGE,
    ),
    OldSignature(
        "LocallyConnected1D",
        "LocallyConnected1D",
        (FILTERS, FILTER_LENGTH, *BEGIN, STEP, *PENALTIES, SEQUENCE),
        COMMON,
    ),
    OldSignature(
        "LocallyConnected2D", "LocallyConnected2D", (FILTERS, ROWS, *BEGIN, SUBSAMPLE, CHANNELS, *PENALTIES), IMAGE
    ),
    OldSignature(
        "SeparableConvolution2D",
        "SeparableConv2D",
        (
            FILTERS,
            ROWS,
            TWO_INITIALIZERS,
            *BEGIN[1:],
            one("subsample", "strides", (2, 2)),
            same("depth_multiplier", 2),
            CHANNELS,
            *SEPARABLE_PENALTIES,
        ),
        IMAGE,
    ),
    OldSignature(
        "Convolution3D",
        "Conv3D",
        (
            FILTERS,
            VOLUME,
            *BEGIN,
            one("subsample", "strides", (2, 1, 1)),
            one("dim_ordering", "data_format", "tf", "channels_last"),
            *PENALTIES,
        ),
        (*COMMON, same("input_shape", (8, 8, 8, 1))),
    ),
    OldSignature(
        "Deconvolution3D",
        "Conv3DTranspose",
        (
            FILTERS,
            VOLUME,
            gone("output_shape", (None, 6, 16, 8, 8)),
            *BEGIN,
            one("subsample", "strides", (2, 1, 1)),
            one("dim_ordering", "data_format", "tf", "channels_last"),
            *PENALTIES,
        ),
        COMMON,
    ),
)

POOL_SIZE, STRIDES = same("pool_size", (3, 2)), same("strides", (2, 2))
VALID = one("border_mode", "padding", "same")
DEFAULT = one("dim_ordering", "data_format", "default", None)

OTHERS = (
    OldSignature(
        "Dense",
        "Dense",
        (
            one("output_dim", "units", 5, required=True),
            one("init", "kernel_initializer", "uniform", "random_uniform"),
            *BEGIN[1:3],
            *PENALTIES,
            Argument({"input_dim": 7}, {"input_shape": (7,)}),
        ),
        COMMON,
    ),
    *(
        OldSignature(
            f"{kind}Pooling1D",
            f"{kind}Pooling1D",
            (one("pool_length", "pool_size", 3, required=True), one("stride", "strides", 2), VALID),
            COMMON,
            same_order=True,
        )
        for kind in ("Max", "Average")
    ),
    *(
        OldSignature(
            f"{kind}Pooling2D", f"{kind}Pooling2D", (POOL_SIZE, STRIDES, VALID, CHANNELS), COMMON, same_order=True
        )
        for kind in ("Max", "Average")
    ),
    *(
        OldSignature(
            f"{kind}Pooling3D",
            f"{kind}Pooling3D",
            (same("pool_size", (2, 2, 2)), same("strides", (2, 1, 1)), VALID, DEFAULT),
            COMMON,
            same_order=True,
        )
        for kind in ("Max", "Average")
    ),
    *(
        OldSignature(name, name, (one("dim_ordering", "data_format", "th", "channels_first"),), COMMON, same_order=True)
        for name in (
            "GlobalMaxPooling2D",
            "GlobalAveragePooling2D",
            "GlobalMaxPooling3D",
            "GlobalAveragePooling3D",
        )
    ),
    OldSignature(
        "BatchNormalization",
        "BatchNormalization",
        (
            same("epsilon", 1e-4),
            gone("mode", 0),
            same("axis", -1),
            same("momentum", 0.9),
            same("weights", None),
            one("beta_init", "beta_initializer", "zero", "zeros"),
            one("gamma_init", "gamma_initializer", "one", "ones"),
            same("gamma_regularizer", "l2"),
            same("beta_regularizer", "l1"),
        ),
        COMMON,
    ),
    OldSignature("Dropout", "Dropout", (one("p", "rate", 0.25, required=True),), COMMON, same_order=True),
    OldSignature("SpatialDropout1D", "SpatialDropout1D", (one("p", "rate", 0.25, required=True),), same_order=True),
    *(
        OldSignature(
            f"SpatialDropout{rank}D",
            f"SpatialDropout{rank}D",
            (one("p", "rate", 0.25, required=True), CHANNELS),
            same_order=True,
        )
        for rank in (2, 3)
    ),
    OldSignature(
        "GaussianDropout", "GaussianDropout", (one("p", "rate", 0.5, required=True),), COMMON, same_order=True
    ),
    OldSignature(
        "GaussianNoise", "GaussianNoise", (one("sigma", "stddev", 0.5, required=True),), COMMON, same_order=True
    ),
    OldSignature("UpSampling1D", "UpSampling1D", (one("length", "size", 3, required=True),), COMMON, same_order=True),
    OldSignature("UpSampling2D", "UpSampling2D", (same("size", (2, 3)), CHANNELS), COMMON, same_order=True),
    OldSignature("UpSampling3D", "UpSampling3D", (same("size", (2, 3, 1)), CHANNELS), COMMON, same_order=True),
    OldSignature(
        "ZeroPadding2D",
        "ZeroPadding2D",
        (one("padding", "padding", (1, 2, 3, 4), ((1, 2), (3, 4)), required=True), CHANNELS),
        COMMON,
        same_order=True,
    ),
    OldSignature("ZeroPadding3D", "ZeroPadding3D", (same("padding", (1, 2, 3)), CHANNELS), COMMON, same_order=True),
    OldSignature("Cropping2D", "Cropping2D", (same("cropping", ((1, 1), (0, 1))), CHANNELS), COMMON, same_order=True),
    OldSignature(
        "Cropping3D", "Cropping3D", (same("cropping", ((1, 1), (0, 1), (1, 0))), CHANNELS), COMMON, same_order=True
    ),
    OldSignature(
        "LeakyReLU", "LeakyReLU", (one("alpha", "negative_slope", 0.1, required=True),), COMMON, same_order=True
    ),
    OldSignature(
        "PReLU",
        "PReLU",
        (one("init", "alpha_initializer", "one", "ones"), same("weights", [[1.0]]), same("shared_axes", [1, 2])),
        COMMON,
    ),
    OldSignature("ThresholdedReLU", "ReLU", (one("theta", "threshold", 0.5, required=True),), COMMON),
)

SIGNATURES = (*CONVOLUTIONS, *OTHERS)
