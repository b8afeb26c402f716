"""All layers, under Keras's names.

To add one: a class in the file of its family, its name in the three lists here, a row in tests/cases.

Names of older Kerases (`Convolution2D`, `MaxPool2D`) are here too, but not in `__all__`. A family is loaded when one of
its names is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

from pellucid.absent import absent
from pellucid.layers.records import offer
from pellucid.old_modules import register

if TYPE_CHECKING:
    from pellucid.layers.activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
    from pellucid.layers.adaptive_pooling import (
        AdaptiveAveragePooling1D,
        AdaptiveAveragePooling2D,
        AdaptiveAveragePooling3D,
        AdaptiveMaxPooling1D,
        AdaptiveMaxPooling2D,
        AdaptiveMaxPooling3D,
    )
    from pellucid.layers.attention import AdditiveAttention, Attention
    from pellucid.layers.augmentation import RandomBrightness, RandomContrast, RandomErasing, RandomFlip
    from pellucid.layers.base import Layer
    from pellucid.layers.bending import RandomElasticTransform, RandomPerspective, RandomShear
    from pellucid.layers.box_counts import MaxNumBoundingBoxes
    from pellucid.layers.categories import CategoryEncoding, Discretization
    from pellucid.layers.colouring import (
        RandomColorDegeneration,
        RandomColorJitter,
        RandomGrayscale,
        RandomHue,
        RandomSaturation,
    )
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
    from pellucid.layers.einsum_dense import EinsumDense
    from pellucid.layers.embedding import Embedding
    from pellucid.layers.equalizing import ContrastLimitedAdaptiveHistogramEqualization, Equalization
    from pellucid.layers.fitting import CenterCrop, Normalization
    from pellucid.layers.global_pooling import (
        GlobalAveragePooling1D,
        GlobalAveragePooling2D,
        GlobalAveragePooling3D,
        GlobalMaxPooling1D,
        GlobalMaxPooling2D,
        GlobalMaxPooling3D,
    )
    from pellucid.layers.input import Input, InputLayer
    from pellucid.layers.input_spec import InputSpec
    from pellucid.layers.lambda_layer import Lambda
    from pellucid.layers.locally_connected import LocallyConnected1D, LocallyConnected2D
    from pellucid.layers.lookup import IntegerLookup, StringLookup
    from pellucid.layers.lp_pooling import (
        GlobalLpPooling1D,
        GlobalLpPooling2D,
        GlobalLpPooling3D,
        LpPooling1D,
        LpPooling2D,
        LpPooling3D,
    )
    from pellucid.layers.merging import Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract
    from pellucid.layers.merging_functions import add, average, concatenate, dot, maximum, minimum, multiply, subtract
    from pellucid.layers.mixing import CutMix, MixUp
    from pellucid.layers.moving import RandomRotation, RandomTranslation, RandomZoom
    from pellucid.layers.multi_head_attention import MultiHeadAttention
    from pellucid.layers.normalization import (
        BatchNormalization,
        GroupNormalization,
        LayerNormalization,
        RMSNormalization,
        SpectralNormalization,
        UnitNormalization,
    )
    from pellucid.layers.old_names import (
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
    from pellucid.layers.pieces import RandomCrop
    from pellucid.layers.policies import AugMix, RandAugment
    from pellucid.layers.preprocessing import Rescaling, Resizing
    from pellucid.layers.records import deserialize, serialize
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
    from pellucid.layers.reshaping import Flatten, Identity, Permute, RepeatVector, Reshape
    from pellucid.layers.separable import SeparableConv1D, SeparableConv2D
    from pellucid.layers.text_vectorization import TextVectorization
    from pellucid.layers.time_distributed import TimeDistributed
    from pellucid.layers.toning import (
        AutoContrast,
        RandomGaussianBlur,
        RandomInvert,
        RandomPosterization,
        RandomSharpness,
        Solarization,
    )
    from pellucid.layers.transposed import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose
    from pellucid.layers.unpooling import MaxUnpooling1D, MaxUnpooling2D, MaxUnpooling3D
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
    "AdditiveAttention",
    "AlphaDropout",
    "Attention",
    "AugMix",
    "AutoContrast",
    "Average",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "BatchNormalization",
    "CategoryEncoding",
    "CenterCrop",
    "Concatenate",
    "ContrastLimitedAdaptiveHistogramEqualization",
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
    "Discretization",
    "Dot",
    "Dropout",
    "EinsumDense",
    "Embedding",
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
    "IntegerLookup",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "LocallyConnected1D",
    "LocallyConnected2D",
    "LpPooling1D",
    "LpPooling2D",
    "LpPooling3D",
    "MaxNumBoundingBoxes",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "MaxUnpooling1D",
    "MaxUnpooling2D",
    "MaxUnpooling3D",
    "Maximum",
    "Minimum",
    "MixUp",
    "MultiHeadAttention",
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
    "StringLookup",
    "Subtract",
    "TextVectorization",
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
    "deserialize",
    "dot",
    "maximum",
    "minimum",
    "multiply",
    "serialize",
    "subtract",
]

_FAMILIES = {
    "activation": "ELU Activation LeakyReLU PReLU ReLU Softmax",
    "adaptive_pooling": "AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D "
    "AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D",
    "attention": "AdditiveAttention Attention",
    "augmentation": "RandomBrightness RandomContrast RandomErasing RandomFlip",
    "base": "Layer",
    "bending": "RandomElasticTransform RandomPerspective RandomShear",
    "box_counts": "MaxNumBoundingBoxes",
    "categories": "CategoryEncoding Discretization",
    "colouring": "RandomColorDegeneration RandomColorJitter RandomGrayscale RandomHue RandomSaturation",
    "convolution": "Conv1D Conv2D Conv3D",
    "cropping_padding": "Cropping1D Cropping2D Cropping3D ZeroPadding1D ZeroPadding2D ZeroPadding3D",
    "dense": "Dense",
    "depthwise": "DepthwiseConv1D DepthwiseConv2D",
    "einsum_dense": "EinsumDense",
    "embedding": "Embedding",
    "equalizing": "ContrastLimitedAdaptiveHistogramEqualization Equalization",
    "fitting": "CenterCrop Normalization",
    "global_pooling": "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D "
    "GlobalMaxPooling2D GlobalMaxPooling3D",
    "input": "Input InputLayer",
    "input_spec": "InputSpec",
    "lambda_layer": "Lambda",
    "locally_connected": "LocallyConnected1D LocallyConnected2D",
    "lookup": "IntegerLookup StringLookup",
    "lp_pooling": "GlobalLpPooling1D GlobalLpPooling2D GlobalLpPooling3D LpPooling1D LpPooling2D LpPooling3D",
    "merging": "Add Average Concatenate Dot Maximum Minimum Multiply Subtract",
    "merging_functions": "add average concatenate dot maximum minimum multiply subtract",
    "mixing": "CutMix MixUp",
    "moving": "RandomRotation RandomTranslation RandomZoom",
    "multi_head_attention": "MultiHeadAttention",
    "normalization": "BatchNormalization GroupNormalization LayerNormalization RMSNormalization SpectralNormalization "
    "UnitNormalization",
    "old_names": "AtrousConvolution1D AtrousConvolution2D AvgPool1D AvgPool2D AvgPool3D Convolution1D "
    "Convolution1DTranspose Convolution2D Convolution2DTranspose Convolution3D Convolution3DTranspose "
    "Deconvolution2D Deconvolution3D GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D GlobalMaxPool1D "
    "GlobalMaxPool2D GlobalMaxPool3D MaxPool1D MaxPool2D MaxPool3D Merge SeparableConvolution1D "
    "SeparableConvolution2D ThresholdedReLU merge",
    "pieces": "RandomCrop",
    "policies": "AugMix RandAugment",
    "preprocessing": "Rescaling Resizing",
    "regularization": "ActivityRegularization AlphaDropout Dropout GaussianDropout GaussianNoise SpatialDropout1D "
    "SpatialDropout2D SpatialDropout3D",
    "records": "deserialize serialize",
    "reshaping": "Flatten Identity Permute RepeatVector Reshape",
    "separable": "SeparableConv1D SeparableConv2D",
    "text_vectorization": "TextVectorization",
    "toning": "AutoContrast RandomGaussianBlur RandomInvert RandomPosterization RandomSharpness Solarization",
    "time_distributed": "TimeDistributed",
    "transposed": "Conv1DTranspose Conv2DTranspose Conv3DTranspose",
    "unpooling": "MaxUnpooling1D MaxUnpooling2D MaxUnpooling3D",
    "upsampling": "UpSampling1D UpSampling2D UpSampling3D",
    "windowed_pooling": "AveragePooling1D AveragePooling2D AveragePooling3D MaxPooling1D MaxPooling2D MaxPooling3D",
}
"""Each file with the public names that it has."""

HOMES = {name: family for family, names in _FAMILIES.items() for name in names.split()}
"""The file of each name."""

_NO_LAYERS = {"Input", "InputSpec"}

_HASHED = "Keras's comes of a hash that is not here; StringLookup numbers words, and loses none"
_RECURRENT = "Pellucid is for convolutional networks and has no recurrent layers; Conv1D looks along a sequence"
REASONS = {
    **dict.fromkeys(("SimpleRNN", "LSTM", "GRU", "RNN", "Recurrent", "ConvLSTM2D", "Bidirectional"), _RECURRENT),
    **dict.fromkeys(
        ("Masking", "TimeDistributedDense", "ConvLSTM1D", "ConvLSTM3D", "CuDNNLSTM", "CuDNNGRU"), _RECURRENT
    ),
    **dict.fromkeys(("SimpleRNNCell", "LSTMCell", "GRUCell", "ConvLSTM2DCell", "StackedRNNCells"), _RECURRENT),
    **dict.fromkeys(("Hashing", "HashedCrossing"), _HASHED),
    "Highway": "Keras took it out; write a Layer with two Dense layers and ops.sigmoid",
    "MaxoutDense": "Keras took it out; write a Layer with a Dense layer, ops.reshape and ops.max",
    "ParametricSoftplus": "Keras took it out; write a Layer with two weights and ops.softplus",
    "SReLU": "Keras took it out; write a Layer with four weights and ops.where",
}
"""Layers of older Kerases that there are not, and what to do instead."""


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise absent(__name__, name, REASONS)
    value = globals()[name] = getattr(importlib.import_module(f"{__name__}.{HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *HOMES})


offer((name for name in __all__ if name[0].isupper() and name not in _NO_LAYERS), __getattr__)
register("pellucid")  # modules of older Kerases, such as `pellucid.layers.convolutional`
