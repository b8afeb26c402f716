"""What is compared with Keras, of the layers that vary images (in prediction; training has tests of its own)."""

from __future__ import annotations

from keras_oracle import case

CASES = [
    case("RandomFlip", (2, 6, 5, 3), mode="vertical", seed=3),
    case("RandomContrast", (2, 6, 5, 3), factor=0.3, value_range=(0, 1)),
    case("RandomContrast", (2, 6, 5, 3), factor=(0.2, 0.3)),
    case("RandomBrightness", (2, 6, 5, 3), factor=0.3),
    case("RandomErasing", (2, 6, 5, 3), factor=0.5, scale=(0.1, 0.2), fill_value=3.0),
    case("RandomErasing", (2, 6, 5, 3)),
    case("RandomTranslation", (2, 6, 5, 3), height_factor=0.3, width_factor=(-0.1, 0.2), fill_mode="wrap"),
    case("RandomZoom", (2, 6, 5, 3), height_factor=0.3),
    case("RandomZoom", (2, 6, 5, 3), height_factor=0.3, width_factor=(-0.1, 0.2), interpolation="nearest", seed=1),
    case("RandomRotation", (2, 6, 5, 3), factor=0.2, fill_mode="constant", fill_value=0.5),
    case("RandomRotation", (2, 3, 6, 5), factor=(-0.1, 0.2), data_format="channels_first"),
    case("RandomCrop", (2, 6, 5, 3), height=6, width=5, seed=3),
    case("RandomShear", (2, 6, 5, 3), x_factor=(0.1, 0.3), y_factor=(0.0, 0.2), seed=1),
    case("RandomPerspective", (2, 6, 5, 3), factor=0.3, scale=0.5, interpolation="nearest"),
    case("RandomElasticTransform", (2, 6, 5, 3), scale=(0.1, 0.4), fill_mode="mirror", value_range=(0, 1)),
    case("CutMix", (2, 6, 5, 3), factor=(0.3, 0.4), seed=2),
    case("MixUp", (2, 6, 5, 3), alpha=0.4),
    case("Equalization", (2, 6, 5, 3), value_range=(0, 1), bins=64),
    case("RandAugment", (2, 6, 5, 3), num_ops=3, factor=0.2, interpolation="nearest"),
    case("AugMix", (2, 6, 5, 3), num_chains=2, chain_depth=1, factor=0.2, alpha=0.5, all_ops=False),
    case("RandomGrayscale", (2, 6, 5, 3), factor=0.3),
    case("RandomColorDegeneration", (2, 6, 5, 3), factor=0.3, seed=2),
    case("RandomHue", (2, 6, 5, 3), factor=0.3, value_range=(0, 1)),
    case("RandomSaturation", (2, 6, 5, 3), factor=(0.2, 0.3)),
    case("RandomColorJitter", (2, 6, 5, 3), brightness_factor=0.3, hue_factor=(0.1, 0.2)),
    case("RandomInvert", (2, 6, 5, 3), factor=0.3),
    case("RandomPosterization", (2, 6, 5, 3), factor=(3, 5)),
    case("Solarization", (2, 6, 5, 3), addition_factor=0.3, threshold_factor=(0.2, 0.3)),
    case("AutoContrast", (2, 6, 5, 3), value_range=(-1, 1)),
    case("RandomSharpness", (2, 6, 5, 3), factor=0.3),
    case("RandomGaussianBlur", (2, 6, 5, 3), factor=0.3, kernel_size=(5, 3), sigma=0.5),
    case("CenterCrop", (2, 7, 6, 3), height=3, width=4),
    case("CenterCrop", (2, 7, 6, 3), height=9, width=4),
    case("CenterCrop", (2, 3, 7, 6), height=4, width=5, data_format="channels_first"),
    case("Normalization", (3, 4, 5), mean=[0.1, 0.2, 0.3, 0.4, 0.5], variance=[1.0, 2.0, 3.0, 4.0, 5.0]),
    case("Normalization", (3, 4, 5), axis=None, mean=0.5, variance=4.0, invert=True),
]
