"""The pictures that a training leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pellucid import Model
from pellucid.cli.verdicts import Verdict, forget_pictures, verdict_figures
from pellucid.errors import ArgumentError
from pellucid.formats.atomic import atomic_write
from pellucid.inspection import FilterBank, all_filters, arithmetic, feature_maps, variations
from pellucid.inspection.records import Arithmetic
from pellucid.layers.random_draws import Augmentation
from pellucid.views import (
    arithmetic_figure,
    curves_figure,
    filters_figure,
    maps_figure,
    save_figure,
    variations_figure,
)

SAMPLE_NAME = "held-out-image.png"
MOST_LAYERS = 8
"""Filters of more are not drawn; `pellucid filters` shows any."""


def save_sample(sample: np.ndarray, path: Path, scale: float | None = 1 / 255) -> None:
    """Write one image (rows, columns, 1 or 3) as a PNG file, pixel by pixel; bytes were multiplied with the scale, and
    where there was none it goes from black to white."""
    from PIL import Image

    if scale is None:
        sample, scale = (sample - sample.min()) / max(np.ptp(sample), np.finfo(np.float32).tiny), 1 / 255
    pixels = np.round(sample / np.float32(scale)).astype(np.uint8)
    with atomic_write(path) as file:
        Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(file, format="PNG")


def draw_pictures(
    model: Model,
    before: Sequence[FilterBank],
    sample: np.ndarray,
    value: Arithmetic | None,
    folder: Path,
    found: Verdict | None = None,
) -> list[Path]:
    """Every filter of every convolutional layer before and after training, every feature map of one sample, the curves
    (of more than one epoch), the arithmetic of one value, and what is taken for what.

    Args:
        model: trained.
        before: its filters before training, from `all_filters`.
        sample: one image, without a batch axis.
        value: the value whose arithmetic is drawn, from `strongest_answer`, if there is one.
        found: what the model says of images of which that is known.
        folder: where the files go.

    Returns:
        the files.
    """
    after = all_filters(model, "after training")
    figures = {
        f"filters-{old.layer.replace('/', '-')}.png": filters_figure([old, new])
        for old, new in list(zip(before, after, strict=True))[:MOST_LAYERS]
    }
    if any(isinstance(layer, Augmentation) for layer in model.layers):
        figures["augmented.png"] = variations_figure(variations(model, sample))
    figures["feature-maps.png"] = maps_figure(feature_maps(model, sample)[: 3 * MOST_LAYERS])
    if model.history is not None and len(model.history.epoch) > 1:
        figures["curves.png"] = curves_figure(model.history)
    if value is not None:
        figures["one-value.png"] = arithmetic_figure(value)
    if found is not None:
        figures |= verdict_figures(found)
        forget_pictures(folder, figures)
    files = [folder / name for name in figures]
    for path, figure in zip(files, figures.values(), strict=True):
        save_figure(figure, path)
    return files


def strongest_answer(model: Model, layer: str, sample: np.ndarray) -> Arithmetic:
    """How the largest value in a layer's feature maps of one sample comes about."""
    found = [record.maps for record in feature_maps(model, sample) if record.layer == layer]
    if not found:
        raise ArgumentError(f"{model.name} has no layer {layer!r}")
    *position, number = (int(index) for index in np.unravel_index(int(found[0].argmax()), found[0].shape))
    return arithmetic(model, layer, sample, position, number)
