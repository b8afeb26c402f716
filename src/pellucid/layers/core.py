"""Where Keras 1 and 2 had the layers that are no special ones."""

from pellucid.layers.activation import Activation
from pellucid.layers.dense import Dense
from pellucid.layers.old_names import Merge
from pellucid.layers.regularization import (
    ActivityRegularization,
    Dropout,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from pellucid.layers.reshaping import Flatten

__all__ = [
    "Activation",
    "ActivityRegularization",
    "Dense",
    "Dropout",
    "Flatten",
    "Merge",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
]
