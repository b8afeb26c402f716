"""All layers, under Keras's names. To add one: a class in the file of its family, a line here, a row in tests/cases."""

from pellucid.layers.activation import Activation, ReLU, Softmax
from pellucid.layers.base import Layer
from pellucid.layers.convolution import Conv1D, Conv2D, Conv3D
from pellucid.layers.dense import Dense
from pellucid.layers.input import Input, InputLayer
from pellucid.layers.merging import Add, Concatenate
from pellucid.layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from pellucid.layers.regularization import Dropout
from pellucid.layers.reshaping import Flatten

__all__ = [
    "Activation",
    "Add",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "Concatenate",
    "Conv1D",
    "Conv2D",
    "Conv3D",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "Input",
    "InputLayer",
    "Layer",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "ReLU",
    "Softmax",
]
