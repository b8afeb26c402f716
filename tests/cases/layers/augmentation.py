"""Layers that vary images while training."""

from __future__ import annotations

from cases.layers.writing import FIRST, row

ROWS = (
    row("movement", "RandomFlip", (4, 3, 5, 2)),
    row("movement", "RandomFlip", (4, 3, 5, 2), mode="vertical", seed=2, training=True),
    row("movement", "RandomFlip", (4, 2, 3, 5), data_format=FIRST, training=True),
    row("movement", "RandomFlip", (6, 3, 5, 2), mode="horizontal", seed=4, alternating=True, training=True),
    row("composition", "RandomContrast", (3, 4, 5, 2), factor=0.5, value_range=(-9, 9), training=True),
    row("elementwise", "RandomBrightness", (3, 4, 5, 2), factor=0.5, value_range=(-9, 9), seed=4, training=True),
    row("elementwise", "RandomErasing", (3, 6, 5, 2), factor=(0.5, 1.0), fill_value=0.5, training=True),
    row("composition", "RandomErasing", (3, 6, 5, 3), factor=(1.0, 1.0), scale=0.5, value_range=(0, 1), training=True),
    row("composition", "RandomTranslation", (2, 5, 4, 3), height_factor=0.3, width_factor=0.4, training=True),
    row(
        "composition", "RandomTranslation", (2, 5, 4, 3), height_factor=0.3, width_factor=0.4, fill_mode="wrap",
        interpolation="nearest", training=True,
    ),
    row("composition", "RandomZoom", (2, 5, 4, 3), height_factor=0.4, fill_mode="nearest", seed=1, training=True),
    row("composition", "RandomZoom", (2, 3, 5, 4), height_factor=0.4, data_format=FIRST, training=True),
    row("composition", "RandomRotation", (2, 5, 4, 3), factor=0.2, fill_mode="constant", fill_value=0.5, training=True),
    row("composition", "RandomCrop", (2, 6, 5, 3), height=3, width=2, training=True),
    row("composition", "RandomCrop", (2, 6, 5, 3), height=3, width=2),
    row("composition", "RandomCrop", (2, 6, 5, 3), height=9, width=2, training=True),
    row("composition", "RandomShear", (2, 5, 4, 3), x_factor=0.4, y_factor=(0.1, 0.3), training=True),
    row("composition", "RandomPerspective", (3, 5, 4, 2), factor=(0.5, 1.0), scale=0.4, training=True),
    row(
        "composition", "RandomElasticTransform", (2, 6, 9, 2), factor=(0.5, 1.0), value_range=(-9, 9), training=True,
        fill_mode="mirror",
    ),
    row("composition", "MixUp", (4, 3, 5, 2), alpha=0.5, seed=3, training=True),
    row("composition", "CutMix", (4, 6, 5, 2), training=True),
    row("composition", "Equalization", (2, 4, 5, 2), value_range=(-9, 9), training=True),
    row(
        "composition", "ContrastLimitedAdaptiveHistogramEqualization", (2, 7, 5, 2), value_range=(-9, 9),
        tile_grid_size=(2, 3), training=True,
    ),
    row("composition", "RandAugment", (3, 6, 5, 3), value_range=(-9, 9), seed=1, training=True),
    row("composition", "AugMix", (3, 6, 5, 3), value_range=(-9, 9), chain_depth=1, seed=1, training=True),
    row("composition", "RandomGrayscale", (16, 4, 5, 3), factor=0.5, seed=1, training=True),
    row("composition", "RandomColorDegeneration", (3, 4, 5, 3), factor=0.5, value_range=(-9, 9), training=True),
    row("composition", "RandomHue", (3, 4, 5, 3), factor=0.5, value_range=(-9, 9), training=True),
    row("composition", "RandomSaturation", (3, 4, 5, 3), factor=0.5, value_range=(-9, 9), training=True),
    row(
        "composition", "RandomColorJitter", (3, 4, 5, 3), brightness_factor=0.1, contrast_factor=0.1,
        saturation_factor=0.4, hue_factor=0.2, value_range=(-9, 9), training=True,
    ),
    row("elementwise", "RandomInvert", (3, 4, 5, 2), factor=(0.5, 0.5), value_range=(0, 1), training=True),
    row("elementwise", "RandomPosterization", (3, 4, 5, 2), factor=(3, 5), value_range=(-3, 3), training=True),
    row("composition", "Solarization", (3, 4, 5, 2), threshold_factor=0.5, value_range=(-9, 9), training=True),
    row("composition", "AutoContrast", (3, 4, 5, 2)),
    row("composition", "RandomSharpness", (3, 4, 5, 2), factor=0.9, value_range=(-9, 9), training=True),
    row("composition", "RandomGaussianBlur", (3, 4, 5, 2), kernel_size=(5, 3), value_range=(-9, 9), training=True),
    row("composition", "CenterCrop", (2, 7, 6, 3), height=3, width=4),
    row("composition", "CenterCrop", (2, 3, 7, 6), height=9, width=4, data_format=FIRST),
    row("composition", "Normalization", (3, 4, 5)),
    row("composition", "Normalization", (3, 4, 5), axis=(1, 2), invert=True),
    row("composition", "Normalization", (3, 4, 5), axis=None, mean=0.5, variance=4.0),
    row("composition", "Normalization", (3, 4), mean=[0.5, 1.0, 2.0, 0.0], variance=[4.0, 1.0, 0.5, 1.0]),
)  # fmt: skip
