"""`keras.engine`: layers, models and tensors, where Keras 1 and 2 had them."""

from __future__ import annotations

from pellucid.cli.old_keras.layer_utils import get_source_inputs as get_source_inputs
from pellucid.layers import Input as Input
from pellucid.layers import InputLayer as InputLayer
from pellucid.layers import InputSpec as InputSpec
from pellucid.layers import Layer as Layer
from pellucid.layers.old_names import Merge as Merge
from pellucid.layers.old_names import merge as merge
from pellucid.models import Model as Model
from pellucid.models import Sequential as Sequential

Container = Network = Model
BACKEND = "tensorflow"
"""What scripts are told computes, which choose by it between TensorFlow's words and Theano's."""
