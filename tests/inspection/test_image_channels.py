"""Layers that read the colours of an image know it; all others do not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, inspection, layers
from pellucid.views import filters_text

RGB = ("red", "green", "blue")


def _after(*between: layers.Layer) -> tuple[str, ...] | None:
    conv = layers.Conv2D(2, 3, name="conv")
    model = Sequential([layers.Input((16, 16, 3)), *between, conv])
    return inspection.filters(model.get_layer("conv")).input_names


CASES: dict[str, tuple[Callable[[], tuple[str, ...] | None], bool]] = {
    "at once": (_after, True),
    "scaled, padded, pooled": (
        lambda: _after(layers.Rescaling(0.5), layers.ZeroPadding2D(1), layers.MaxPooling2D(2)),
        True,
    ),
    "behind weights": (lambda: _after(layers.Conv2D(3, 3)), False),
    "behind a normalisation": (lambda: _after(layers.BatchNormalization()), False),
    "behind another order": (lambda: _after(layers.Permute((2, 1, 3))), False),
}


@pytest.mark.parametrize("case", CASES)
def test_who_reads_colours(case: str) -> None:
    look, expected = CASES[case]
    assert look() == (RGB if expected else None)


@pytest.mark.parametrize(
    "layer",
    [layers.Conv2D(2, 3, data_format="channels_first"), layers.SeparableConv2D(2, 3), layers.DepthwiseConv2D(3)],
    ids=lambda layer: type(layer).__name__,
)
def test_layers_of_every_kind(layer: layers.Layer) -> None:
    """A depthwise filter reads one channel alone, whichever; a pointwise kernel reads what is behind it."""
    shape = (3, 16, 16) if getattr(layer, "data_format", "") == "channels_first" else (16, 16, 3)
    model = Sequential([layers.Input(shape), layer])
    names = [bank.input_names for bank in inspection.all_filters(model)]
    assert names[0] == (RGB if isinstance(layer, layers.Conv2D) else None)


def test_inner_models_and_other_ranks() -> None:
    inner = Sequential([layers.Input((16, 16, 3)), layers.Conv2D(2, 3)])
    image = Input((16, 16, 3))
    assert inspection.all_filters(Model(image, inner(image)))[0].input_names == RGB
    line = Sequential([layers.Input((16, 3)), layers.Conv1D(2, 3)])
    assert inspection.all_filters(line)[0].input_names is None


def test_the_terminal_names_the_colours() -> None:
    model = Sequential([layers.Input((8, 8, 3)), layers.Conv2D(2, 2, name="c")])
    model.layers[0].kernel[...] = np.ones((2, 2, 3, 2))
    bank = inspection.filters(model.layers[0])
    assert "red" in filters_text(bank) and "colour" not in filters_text(bank)
    assert "\x1b[48;2;255;255;255m" in filters_text(bank, color=True) and "colour" in filters_text(bank, color=True)
