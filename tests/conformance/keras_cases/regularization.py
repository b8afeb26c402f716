"""What is compared with Keras, of the layers that disturb training (in prediction; training has tests of its own)."""

from __future__ import annotations

from keras_oracle import case

CASES = [
    case("Dropout", (2, 30), rate=0.5),
    case("Dropout", (2, 3, 4), rate=0.25, noise_shape=(None, 1, 4), seed=3),
    case("SpatialDropout1D", (2, 3, 4), rate=0.5),
    case("SpatialDropout2D", (2, 3, 4, 5), rate=0.5, seed=3),
    case("SpatialDropout2D", (2, 3, 4, 5), rate=0.5, data_format="channels_first"),
    case("SpatialDropout3D", (2, 3, 4, 5, 2), rate=0.5, data_format="channels_first"),
    case("AlphaDropout", (2, 30), rate=0.5),
    case("AlphaDropout", (2, 3, 4), rate=0.25, noise_shape=(None, 1, 4), seed=3),
    case("GaussianDropout", (2, 30), rate=0.5, seed=3),
    case("GaussianNoise", (2, 30), stddev=0.5),
    case("ActivityRegularization", (2, 30), l1=0.1, l2=0.2),
]
