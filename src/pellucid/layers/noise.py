"""Where Keras 1 and 2 had the layers that disturb with noise."""

from pellucid.layers.regularization import AlphaDropout, GaussianDropout, GaussianNoise

__all__ = ["AlphaDropout", "GaussianDropout", "GaussianNoise"]
