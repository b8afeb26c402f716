"""All layers, under Keras's names. To add one: a class in the file of its family, a line here, a row in tests/cases.

Names of older Kerases (`Convolution2D`, `MaxPool2D`) are here too, but not in `__all__`.
"""

import importlib
from typing import TYPE_CHECKING, Any

from pellucid.absent import absent
from pellucid.layers.activation import (
    ELU,
    Activation,
    LeakyReLU,
    PReLU,
    ReLU,
    Softmax,
)
from pellucid.layers.adaptive_pooling import (
    AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D,
)
from pellucid.layers.base import Layer
from pellucid.layers.convolution import Conv1D, Conv2D, Conv3D
from pellucid.layers.cropping_padding import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from pellucid.layers.dense import Dense
from pellucid.layers.depthwise import DepthwiseConv1D, DepthwiseConv2D
from pellucid.layers.global_pooling import (
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
)
from pellucid.layers.input import Input, InputLayer
from pellucid.layers.lambda_layer import (
    Lambda,
)
from pellucid.layers.locally_connected import LocallyConnected1D, LocallyConnected2D
from pellucid.layers.lp_pooling import (
    GlobalLpPooling1D,
    GlobalLpPooling2D,
    GlobalLpPooling3D,
    LpPooling1D,
    LpPooling2D,
    LpPooling3D,
)
from pellucid.layers.merging import Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract
from pellucid.layers.merging_functions import (
    add,
    average,
    concatenate,
    dot,
    maximum,
    minimum,
    multiply,
    subtract,
)
from pellucid.layers.normalization import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    SpectralNormalization,
    UnitNormalization,
)
from pellucid.layers.old_names import (
    ABSENT,
    AtrousConvolution1D,
    AtrousConvolution2D,
    AvgPool1D,
    AvgPool2D,
    AvgPool3D,
    Convolution1D,
    Convolution1DTranspose,
    Convolution2D,
    Convolution2DTranspose,
    Convolution3D,
    Convolution3DTranspose,
    Deconvolution2D,
    Deconvolution3D,
    GlobalAvgPool1D,
    GlobalAvgPool2D,
    GlobalAvgPool3D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GlobalMaxPool3D,
    MaxPool1D,
    MaxPool2D,
    MaxPool3D,
    Merge,
    SeparableConvolution1D,
    SeparableConvolution2D,
    ThresholdedReLU,
    merge,
)
from pellucid.layers.preprocessing import (
    Rescaling,
    Resizing,
)
from pellucid.layers.records import offer, offer_later
from pellucid.layers.regularization import (
    ActivityRegularization,
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from pellucid.layers.reshaping import (
    Flatten,
    Identity,
    Permute,
    RepeatVector,
    Reshape,
)
from pellucid.layers.separable import SeparableConv1D, SeparableConv2D
from pellucid.layers.transposed import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose
from pellucid.layers.unpooling import MaxUnpooling1D, MaxUnpooling2D, MaxUnpooling3D
from pellucid.layers.upsampling import (
    UpSampling1D,
    UpSampling2D,
    UpSampling3D,
)
from pellucid.layers.windowed_pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from pellucid.old_modules import register

if TYPE_CHECKING:
    from pellucid.layers.augmentation import RandomBrightness, RandomContrast, RandomErasing, RandomFlip
    from pellucid.layers.bending import RandomElasticTransform, RandomPerspective, RandomShear
    from pellucid.layers.colouring import (
        RandomColorDegeneration,
        RandomColorJitter,
        RandomGrayscale,
        RandomHue,
        RandomSaturation,
    )
    from pellucid.layers.equalizing import Equalization
    from pellucid.layers.fitting import CenterCrop, Normalization
    from pellucid.layers.mixing import CutMix, MixUp
    from pellucid.layers.moving import RandomCrop, RandomRotation, RandomTranslation, RandomZoom
    from pellucid.layers.policies import AugMix, RandAugment
    from pellucid.layers.toning import (
        AutoContrast,
        RandomGaussianBlur,
        RandomInvert,
        RandomPosterization,
        RandomSharpness,
        Solarization,
    )

__all__ = [
    "ELU",
    "Activation",
    "ActivityRegularization",
    "AdaptiveAveragePooling1D",
    "AdaptiveAveragePooling2D",
    "AdaptiveAveragePooling3D",
    "AdaptiveMaxPooling1D",
    "AdaptiveMaxPooling2D",
    "AdaptiveMaxPooling3D",
    "Add",
    "AlphaDropout",
    "AugMix",
    "AutoContrast",
    "Average",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "BatchNormalization",
    "CenterCrop",
    "Concatenate",
    "Conv1D",
    "Conv1DTranspose",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "CutMix",
    "Dense",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Dot",
    "Dropout",
    "Equalization",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalLpPooling1D",
    "GlobalLpPooling2D",
    "GlobalLpPooling3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "GroupNormalization",
    "Identity",
    "Input",
    "InputLayer",
    "InputSpec",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "LocallyConnected1D",
    "LocallyConnected2D",
    "LpPooling1D",
    "LpPooling2D",
    "LpPooling3D",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "MaxUnpooling1D",
    "MaxUnpooling2D",
    "MaxUnpooling3D",
    "Maximum",
    "Minimum",
    "MixUp",
    "Multiply",
    "Normalization",
    "PReLU",
    "Permute",
    "RMSNormalization",
    "RandAugment",
    "RandomBrightness",
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomContrast",
    "RandomCrop",
    "RandomElasticTransform",
    "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomGrayscale",
    "RandomHue",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "Resizing",
    "SeparableConv1D",
    "SeparableConv2D",
    "Softmax",
    "Solarization",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "SpectralNormalization",
    "Subtract",
    "TimeDistributed",
    "UnitNormalization",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
    "add",
    "average",
    "concatenate",
    "dot",
    "maximum",
    "minimum",
    "multiply",
    "subtract",
]

offer({name: globals()[name] for name in __all__ if name in globals()})
register("pellucid")  # modules of older Kerases, such as `pellucid.layers.convolutional`


HOMES = {
    "AugMix": "policies",
    "AutoContrast": "toning",
    "CenterCrop": "fitting",
    "CutMix": "mixing",
    "Equalization": "equalizing",
    "InputSpec": "input_spec",
    "MixUp": "mixing",
    "Normalization": "fitting",
    "RandAugment": "policies",
    "RandomBrightness": "augmentation",
    "RandomColorDegeneration": "colouring",
    "RandomColorJitter": "colouring",
    "RandomContrast": "augmentation",
    "RandomCrop": "moving",
    "RandomElasticTransform": "bending",
    "RandomErasing": "augmentation",
    "RandomFlip": "augmentation",
    "RandomGaussianBlur": "toning",
    "RandomGrayscale": "colouring",
    "RandomHue": "colouring",
    "RandomInvert": "toning",
    "RandomPerspective": "bending",
    "RandomPosterization": "toning",
    "RandomRotation": "moving",
    "RandomSaturation": "colouring",
    "RandomSharpness": "toning",
    "RandomShear": "bending",
    "RandomTranslation": "moving",
    "RandomZoom": "moving",
    "Solarization": "toning",
    "TimeDistributed": "time_distributed",
}
"""The files of layers that few programs need, which come at their first use."""


def __getattr__(name: str) -> Any:
    if name in HOMES:
        return getattr(importlib.import_module(f"{__name__}.{HOMES[name]}"), name)
    raise absent(__name__, name, ABSENT)


offer_later(HOMES, __getattr__)
