"""Where Keras 1 and 2 had the layers that belong to no family."""

from pellucid.layers.activation import Activation
from pellucid.layers.dense import Dense
from pellucid.layers.lambda_layer import Lambda
from pellucid.layers.old_names import Merge
from pellucid.layers.regularization import (
    ActivityRegularization,
    Dropout,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from pellucid.layers.reshaping import Flatten, Permute, RepeatVector, Reshape

__all__ = [
    "Activation",
    "ActivityRegularization",
    "Dense",
    "Dropout",
    "Flatten",
    "Lambda",
    "Merge",
    "Permute",
    "RepeatVector",
    "Reshape",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
]
