"""The table of convolutions: how Keras 1 and 2 called them.

Source: keras/layers/convolutional.py and local.py of Keras 1.2.2; keras/legacy/interfaces.py of Keras 2.2.4.
"""

from __future__ import annotations

from collections.abc import Mapping

from pellucid.legacy.positions import is_no_step, kernel_sizes, when
from pellucid.legacy.rows import COMMON_NAMES, COMMON_VALUES, INPUT_DIM
from pellucid.legacy.spelling import Dropped, Join, Order, Spelling

Names = Mapping[str, str | tuple[str, ...]]

WINDOW: Names = {"nb_filter": "filters", "border_mode": "padding", **COMMON_NAMES}
BIAS: Names = {"b_regularizer": "bias_regularizer", "b_constraint": "bias_constraint", "bias": "use_bias"}
WEIGHTS: Names = {
    "init": "kernel_initializer",
    "W_regularizer": "kernel_regularizer",
    "W_constraint": "kernel_constraint",
    **BIAS,
}
SEPARABLE: Names = {"init": ("depthwise_initializer", "pointwise_initializer"), **BIAS}
DILATED: Names = {**WEIGHTS, "atrous_rate": "dilation_rate"}

PENALTIES: Order = ("W_regularizer", "b_regularizer", "activity_regularizer", "W_constraint", "b_constraint", "bias")
SEPARABLE_PENALTIES: Order = (
    "depthwise_regularizer",
    "pointwise_regularizer",
    "b_regularizer",
    "activity_regularizer",
    "depthwise_constraint",
    "pointwise_constraint",
    "b_constraint",
    "bias",
)
BEGIN: Order = ("init", "activation", "weights", "border_mode")
SEQUENCE_TAIL: Order = ("subsample_length", *PENALTIES, "input_dim", "input_length")
IMAGE_TAIL: Order = ("subsample", "dim_ordering", *PENALTIES)
SEPARABLE_TAIL: Order = ("subsample", "depth_multiplier", "dim_ordering", *SEPARABLE_PENALTIES)

OUTPUT_SHAPE = "the size of the output follows from strides and padding"
STACK_SIZE = "the number of input channels follows from the input"
NO_KERNEL = "tf.keras took it and made nothing of it; what the layer has is {}"
WITHOUT_KERNEL: Mapping[str, Mapping[str, Dropped]] = {
    kind: {
        f"kernel_{what}": Dropped((), (), NO_KERNEL.format(" and ".join(f"{part}_{what}" for part in parts)))
        for what in ("initializer", "regularizer", "constraint")
    }
    for kind, parts in {"separable": ("depthwise", "pointwise"), "depthwise": ("depthwise",)}.items()
}
"""Arguments that convolutions of two kinds took from the one that they were derived from, and did not heed."""
ROWS: Order = ("nb_row", "nb_col")
VOLUME: Order = ("kernel_dim1", "kernel_dim2", "kernel_dim3")


def _over_one_axis(
    today: str, *, tail: Order = SEQUENCE_TAIL, weights: Names = WEIGHTS, name_is_old: bool = False
) -> Spelling:
    """A row for a convolution over one axis.

    Args:
        today: the class, as it is called now.
        tail: what stood behind border_mode in Keras 1's order.
        weights: names of what has to do with kernel and bias.
        name_is_old: whether the class has another name today.
    """
    return Spelling(
        today,
        name_is_old=name_is_old,
        order=when(2, is_no_step, ("nb_filter", "filter_length", *BEGIN, *tail)),
        names={**WINDOW, **weights, "filter_length": "kernel_size", "subsample_length": "strides"},
        joins=(Join("input_shape", ("input_length", "input_dim"), optional=("input_length",)),),
        values=COMMON_VALUES,
    )


def _over_axes(
    today: str,
    parts: Order,
    *,
    tail: Order = IMAGE_TAIL,
    between: Order = (),
    weights: Names = WEIGHTS,
    keras1_name: bool = False,
    refuse: bool = True,
    name_is_old: bool = False,
    unheeded: Mapping[str, Dropped] | None = None,
) -> Spelling:
    """A row for a convolution over two or three axes, where each size of the kernel was an argument of its own.

    Args:
        today: the class, as it is called now.
        parts: the sizes of the kernel.
        tail: what stood behind border_mode in Keras 1's order.
        between: what stood between the sizes and `init`.
        weights: names of what has to do with kernel and bias.
        keras1_name: whether the row is for Keras 1's name of the class, and with it for Keras 1's bare numbers.
        refuse: whether bare numbers are refused where Keras 1 and Keras 3 read them differently.
        name_is_old: whether the class has another name today.
        unheeded: arguments that meant nothing.
    """
    words = {**WINDOW, **weights, "subsample": "strides", "dim_ordering": "data_format"}
    dropped = {"stack_size": Dropped((), (int,), STACK_SIZE), **(unheeded or {})}
    if between:
        dropped["output_shape"] = Dropped((), (tuple, list), OUTPUT_SHAPE)
    order = kernel_sizes(
        today,
        ("nb_filter", *parts, *between, *BEGIN, *tail),
        parts,
        old_words=frozenset((*words, *dropped)) - frozenset(unheeded or ()),
        keras1_name=keras1_name,
        refuse=refuse,
        oldest=("nb_filter", "stack_size", *parts, *BEGIN, "subsample"),
    )
    joins = (Join("kernel_size", parts), INPUT_DIM)
    return Spelling(today, name_is_old, order, words, joins, dropped, COMMON_VALUES)


ATROUS_1D: Order = ("subsample_length", "atrous_rate", *PENALTIES)
ATROUS_2D: Order = ("subsample", "atrous_rate", "dim_ordering", *PENALTIES)
SHAPE: Order = ("output_shape",)

CONVOLUTIONS: dict[str, Spelling] = {
    "Conv1D": _over_one_axis("Conv1D", weights=DILATED),
    "Convolution1D": _over_one_axis("Conv1D", weights=DILATED),
    "AtrousConvolution1D": _over_one_axis("Conv1D", tail=ATROUS_1D, weights=DILATED, name_is_old=True),
    "LocallyConnected1D": _over_one_axis("LocallyConnected1D"),
    "Conv2D": _over_axes("Conv2D", ROWS, weights=DILATED),
    "Convolution2D": _over_axes("Conv2D", ROWS, weights=DILATED, keras1_name=True),
    "AtrousConvolution2D": _over_axes(
        "Conv2D", ROWS, tail=ATROUS_2D, weights=DILATED, keras1_name=True, name_is_old=True
    ),
    "LocallyConnected2D": _over_axes("LocallyConnected2D", ROWS),
    "SeparableConv2D": _over_axes(
        "SeparableConv2D", ROWS, tail=SEPARABLE_TAIL, weights=SEPARABLE, unheeded=WITHOUT_KERNEL["separable"]
    ),
    "SeparableConvolution2D": _over_axes(
        "SeparableConv2D",
        ROWS,
        tail=SEPARABLE_TAIL,
        weights=SEPARABLE,
        keras1_name=True,
        unheeded=WITHOUT_KERNEL["separable"],
    ),
    **{
        name: Spelling(
            name, names=COMMON_NAMES, joins=(INPUT_DIM,), dropped=dict(WITHOUT_KERNEL[kind]), values=COMMON_VALUES
        )
        for name, kind in (
            ("SeparableConv1D", "separable"),
            ("DepthwiseConv1D", "depthwise"),
            ("DepthwiseConv2D", "depthwise"),
        )
    },
    "Conv2DTranspose": _over_axes("Conv2DTranspose", ROWS, between=SHAPE, refuse=False),
    "Deconvolution2D": _over_axes("Conv2DTranspose", ROWS, between=SHAPE, keras1_name=True, name_is_old=True),
    "Conv3D": _over_axes("Conv3D", VOLUME),
    "Convolution3D": _over_axes("Conv3D", VOLUME, keras1_name=True),
    "Conv3DTranspose": _over_axes("Conv3DTranspose", VOLUME, between=SHAPE, refuse=False),
    "Deconvolution3D": _over_axes("Conv3DTranspose", VOLUME, between=SHAPE, keras1_name=True, name_is_old=True),
}
