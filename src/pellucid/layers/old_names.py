"""Layers under the names that older Kerases gave them, and what is said of those that there are no more.

A name that stood for nothing but another name is the same class here. One under which calls were written otherwise is
an `OldName`: it makes today's class, and tables say how its calls are to be read (see `legacy`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pellucid.dispatch.symbolic import SymbolicTensor
from pellucid.errors import ArgumentError, unknown_name
from pellucid.layers.activation import ReLU
from pellucid.layers.base import Layer
from pellucid.layers.convolution import Conv1D, Conv2D, Conv3D
from pellucid.layers.global_pooling import (
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
)
from pellucid.layers.lambda_layer import Lambda
from pellucid.layers.merging import Add, Average, Concatenate, Dot, Maximum, Multiply
from pellucid.layers.separable import SeparableConv1D, SeparableConv2D
from pellucid.layers.transposed import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose
from pellucid.layers.windowed_pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from pellucid.legacy import OldName
from pellucid.legacy.warning import tell
from pellucid.legacy.wording import call_text

__all__ = [
    "AtrousConvolution1D",
    "AtrousConvolution2D",
    "AvgPool1D",
    "AvgPool2D",
    "AvgPool3D",
    "Convolution1D",
    "Convolution1DTranspose",
    "Convolution2D",
    "Convolution2DTranspose",
    "Convolution3D",
    "Convolution3DTranspose",
    "Deconvolution2D",
    "Deconvolution3D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalAvgPool3D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPool3D",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
    "Merge",
    "SeparableConvolution1D",
    "SeparableConvolution2D",
    "ThresholdedReLU",
    "merge",
]

MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
GlobalMaxPool1D, GlobalMaxPool2D, GlobalMaxPool3D = GlobalMaxPooling1D, GlobalMaxPooling2D, GlobalMaxPooling3D
GlobalAvgPool1D, GlobalAvgPool2D = GlobalAveragePooling1D, GlobalAveragePooling2D
GlobalAvgPool3D = GlobalAveragePooling3D
Convolution1DTranspose, Convolution2DTranspose = Conv1DTranspose, Conv2DTranspose
Convolution3DTranspose = Conv3DTranspose
SeparableConvolution1D = SeparableConv1D

Convolution1D = OldName("Convolution1D", Conv1D)
Convolution2D = OldName("Convolution2D", Conv2D)
Convolution3D = OldName("Convolution3D", Conv3D)
AtrousConvolution1D = OldName("AtrousConvolution1D", Conv1D)
AtrousConvolution2D = OldName("AtrousConvolution2D", Conv2D)
Deconvolution2D = OldName("Deconvolution2D", Conv2DTranspose)
Deconvolution3D = OldName("Deconvolution3D", Conv3DTranspose)
SeparableConvolution2D = OldName("SeparableConvolution2D", SeparableConv2D)
ThresholdedReLU = OldName("ThresholdedReLU", ReLU)

MERGING: dict[str, tuple[type[Layer], dict[str, str], dict[str, Any]]] = {
    "sum": (Add, {}, {}),
    "mul": (Multiply, {}, {}),
    "ave": (Average, {}, {}),
    "max": (Maximum, {}, {}),
    "concat": (Concatenate, {"axis": "concat_axis"}, {}),
    "dot": (Dot, {"axes": "dot_axes"}, {}),
    "cos": (Dot, {"axes": "dot_axes"}, {"normalize": True}),
}
"""For each `mode` of Keras 1 the layer of today, and its options: those that old arguments give, and fixed ones."""


def merge(
    inputs: Sequence[SymbolicTensor],
    mode: str | Callable[..., Any] = "sum",
    concat_axis: int = -1,
    dot_axes: int | Sequence[int] = -1,
    output_shape: Any = None,
    name: str | None = None,
) -> Any:
    """Keras 1's one function for all layers that join tensors.

    Args:
        inputs: symbolic tensors.
        mode: "sum", "mul", "concat", "ave", "max", "dot" or "cos"; today `Add`, `Multiply`, `Concatenate`, `Average`,
            `Maximum` and, for the last two, `Dot`; or a function of the list of tensors, today `Lambda`.
        concat_axis: along which "concat" joins.
        dot_axes: along which "dot" and "cos" multiply.
        output_shape: what such a function gives; see `Lambda`.
        name: of the layer.

    Returns:
        the symbolic tensor that the layer makes of them.

    Raises:
        ArgumentError: the mode is unknown.

    Example:
        >>> from pellucid import Input, legacy
        >>> with legacy.collected() as found:
        ...     y = merge([Input((4,)), Input((2,))], mode="concat")
        >>> y.shape, found[0].old, found[0].today
        ((None, 6), "merge(inputs, mode='concat')", 'Concatenate(axis=-1)(inputs)')

    Source: keras.layers.merge of Keras 1.2.2.
    """
    given = {"mode": mode, "concat_axis": concat_axis, "dot_axes": dot_axes, "name": name}
    return _joining("merge", given, output_shape, ("inputs",))(inputs)


def Merge(
    layers: Sequence[Layer] | None = None,
    mode: str | Callable[..., Any] = "sum",
    concat_axis: int = -1,
    dot_axes: int | Sequence[int] = -1,
    output_shape: Any = None,
    name: str | None = None,
) -> Layer:
    """Keras 1's one class for all layers that join tensors; the same arguments as `merge`.

    Args:
        layers: None; models that it put at the head of a chain are joined otherwise today, as the error shows.
        mode: see `merge`.
        concat_axis: see `merge`.
        dot_axes: see `merge`.
        output_shape: see `merge`.
        name: of the layer.

    Returns:
        today's layer, to be called on a list of symbolic tensors.

    Raises:
        ArgumentError: `layers` is given, or the mode is unknown.

    Example:
        >>> from pellucid import legacy
        >>> with legacy.collected() as found:
        ...     type(Merge(mode="sum")).__name__
        'Add'

    Source: keras.layers.Merge of Keras 1.2.2.
    """
    if layers is not None:
        raise ArgumentError(
            "Merge([left, right]) put models at the head of a chain; today: Model([left.input, right.input], "
            "Concatenate()([left.output, right.output])), or Add, Multiply, ... for another mode"
        )
    given = {"mode": mode, "concat_axis": concat_axis, "dot_axes": dot_axes, "name": name}
    return _joining("Merge", given, output_shape)


def _joining(called: str, given: dict[str, Any], output_shape: Any, tensors: tuple[str, ...] = ()) -> Layer:
    """Today's layer for one of Keras 1's modes; tells the call in today's words."""
    mode = given["mode"]
    if callable(mode):
        tell(
            f"{called}({'inputs, ' if tensors else ''}mode=function)",
            f"Lambda(function){'(inputs)' if tensors else ''}",
        )
        return Lambda(mode, output_shape=output_shape, name=given["name"])
    if output_shape is not None:
        raise ArgumentError(f"{called}: output_shape says what a function gives; {mode!r} says it itself")
    if mode not in MERGING:
        raise unknown_name("mode", mode, MERGING)
    cls, options, fixed = MERGING[mode]
    named = {} if given["name"] is None else {"name": given["name"]}
    settings = {today: given[old] for today, old in options.items()} | fixed | named
    used = {"mode": mode} | {old: given[old] for old in options.values() if given[old] != -1} | named
    made = call_text(cls.__name__, (), settings)
    tell(call_text(called, tensors, used).replace("'inputs'", "inputs"), f"{made}(inputs)" if tensors else made)
    return cls(**settings)
