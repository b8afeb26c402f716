"""Layers under the names that older Kerases gave them, and what is said of those that there are no more.

A name that stood for nothing but another name is the same class here. One under which calls were written otherwise is an
`OldName`: it makes today's class, and tables say how its calls are to be read (see `legacy`).
"""

from __future__ import annotations

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
from pellucid.layers.merging import Add, Concatenate
from pellucid.layers.windowed_pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from pellucid.legacy import OldName

MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
GlobalMaxPool1D, GlobalMaxPool2D, GlobalMaxPool3D = GlobalMaxPooling1D, GlobalMaxPooling2D, GlobalMaxPooling3D
GlobalAvgPool1D, GlobalAvgPool2D, GlobalAvgPool3D = (
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
)

Convolution1D = OldName("Convolution1D", Conv1D)
Convolution2D = OldName("Convolution2D", Conv2D)
Convolution3D = OldName("Convolution3D", Conv3D)
AtrousConvolution1D = OldName("AtrousConvolution1D", Conv1D)
AtrousConvolution2D = OldName("AtrousConvolution2D", Conv2D)
ThresholdedReLU = OldName("ThresholdedReLU", ReLU)

MERGING: dict[str, tuple[type[Layer], tuple[str, ...]]] = {
    "sum": (Add, ()),
    "concat": (Concatenate, ("concat_axis",)),
}
"""For each `mode` of Keras 1 the layer of today, and which arguments it needs."""
