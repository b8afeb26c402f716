"""The pictures that a training leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pellucid import Model
from pellucid.errors import ArgumentError
from pellucid.formats.atomic import atomic_write
from pellucid.inspection import FilterBank, all_filters, arithmetic, feature_maps
from pellucid.inspection.records import Arithmetic
from pellucid.views import arithmetic_figure, curves_figure, filters_figure, maps_figure, save_figure

SAMPLE_NAME = "held-out-image.png"


def save_sample(sample: np.ndarray, path: Path) -> None:
    """Write one grey image (rows, columns, 1) of values 0..1 as a PNG file, pixel by pixel."""
    from PIL import Image

    with atomic_write(path) as file:
        Image.fromarray(np.round(sample[..., 0] * 255).astype(np.uint8)).save(file, format="PNG")


def draw_pictures(
    model: Model, before: Sequence[FilterBank], sample: np.ndarray, value: Arithmetic, folder: Path
) -> list[Path]:
    """Every filter of every convolutional layer before and after training, every feature map of one sample, the curves
    (of more than one epoch), and the arithmetic of one value.

    Args:
        model: trained.
        before: its filters before training, from `all_filters`.
        sample: one image, without a batch axis.
        value: the value whose arithmetic is drawn, from `strongest_answer`.
        folder: where the files go.

    Returns:
        the files.
    """
    after = all_filters(model, "after training")
    figures = {
        f"filters-{old.layer.replace('/', '-')}.png": filters_figure([old, new])
        for old, new in zip(before, after, strict=True)
    }
    figures["feature-maps.png"] = maps_figure(feature_maps(model, sample))
    if model.history is not None and len(model.history.epoch) > 1:
        figures["curves.png"] = curves_figure(model.history)
    figures["one-value.png"] = arithmetic_figure(value)
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
