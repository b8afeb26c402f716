"""What is compared with Keras, of the normalisation layers (in prediction; training has tests of its own)."""

from __future__ import annotations

from keras_oracle import case

_IMAGES = (2, 6, 5, 2)
_CONVOLUTION = case("Conv2D", _IMAGES, filters=3, kernel_size=2, name="inside")

CASES = [
    case("BatchNormalization", (4, 7)),
    case("BatchNormalization", (2, 5, 3), epsilon=0.1, momentum=0.5, scale=False),
    case("BatchNormalization", (2, 4, 5, 3), center=False, gamma_initializer="uniform", beta_constraint="non_neg"),
    case("BatchNormalization", (2, 3, 4, 5), axis=1, center=False, scale=False),
    case("BatchNormalization", (2, 2, 3, 4, 5), axis=-2, moving_mean_initializer="ones", gamma_regularizer="l2"),
    case("BatchNormalization", (3, 4), renorm=True, renorm_clipping={"rmax": 3.0, "dmax": 5.0}, renorm_momentum=0.9),
    case("LayerNormalization", (3, 8)),
    case("LayerNormalization", (2, 5, 7), center=False, gamma_constraint="max_norm", beta_regularizer="l2"),
    case("LayerNormalization", (2, 3, 4, 5), axis=1, epsilon=0.1),
    case("LayerNormalization", (2, 3, 4, 5), axis=[1, 2, 3], scale=False),
    case("LayerNormalization", (2, 3, 4, 5), axis=[-3, -1]),
    case("LayerNormalization", (2, 3, 4, 5), axis=[2, -1], beta_initializer="ones"),
    case("GroupNormalization", (2, 64)),
    case("GroupNormalization", (2, 5, 6), groups=3, epsilon=0.1),
    case("GroupNormalization", (2, 4, 3, 6), groups=2, center=False),
    case("GroupNormalization", (2, 4, 3, 6), groups=-1, scale=False),
    case("GroupNormalization", (2, 6, 3, 4), groups=3, axis=1),
    case("GroupNormalization", (2, 3, 6, 4), groups=1, axis=-2),
    case("GroupNormalization", (2, 2, 3, 2, 4), groups=4),
    case("RMSNormalization", (3, 8)),
    case("RMSNormalization", (2, 3, 4, 5), epsilon=0.1),
    case("RMSNormalization", (2, 3, 4, 5), axis=[2, 3]),
    case("UnitNormalization", (3, 8)),
    case("UnitNormalization", (2, 3, 4, 5), axis=1),
    case("UnitNormalization", (2, 3, 4, 5), axis=[1, -1]),
    case("SpectralNormalization", (3, 5), layer=case("Dense", (3, 5), units=4, name="inside")),
    case("SpectralNormalization", _IMAGES, layer=_CONVOLUTION, power_iterations=3),
]
