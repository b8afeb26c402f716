"""Where Keras 1 and 2 had the convolutions, and the layers that change the size of images."""

from pellucid.layers.convolution import Conv1D, Conv2D, Conv3D
from pellucid.layers.cropping_padding import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from pellucid.layers.depthwise import DepthwiseConv1D, DepthwiseConv2D
from pellucid.layers.old_names import (
    AtrousConvolution1D,
    AtrousConvolution2D,
    Convolution1D,
    Convolution1DTranspose,
    Convolution2D,
    Convolution2DTranspose,
    Convolution3D,
    Convolution3DTranspose,
    Deconvolution2D,
    Deconvolution3D,
    SeparableConvolution1D,
    SeparableConvolution2D,
)
from pellucid.layers.separable import SeparableConv1D, SeparableConv2D
from pellucid.layers.transposed import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose
from pellucid.layers.upsampling import UpSampling1D, UpSampling2D, UpSampling3D
from pellucid.layers.windowed_pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)

__all__ = [
    "AtrousConvolution1D",
    "AtrousConvolution2D",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "Conv1D",
    "Conv1DTranspose",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "Convolution1D",
    "Convolution1DTranspose",
    "Convolution2D",
    "Convolution2DTranspose",
    "Convolution3D",
    "Convolution3DTranspose",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "Deconvolution2D",
    "Deconvolution3D",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "SeparableConv1D",
    "SeparableConv2D",
    "SeparableConvolution1D",
    "SeparableConvolution2D",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
]
