"""Where Keras 1 and 2 had activations that are layers of their own."""

from pellucid.layers.activation import ELU, LeakyReLU, PReLU, ReLU, Softmax
from pellucid.layers.old_names import ThresholdedReLU

__all__ = [
    "ELU",
    "LeakyReLU",
    "PReLU",
    "ReLU",
    "Softmax",
    "ThresholdedReLU",
]
