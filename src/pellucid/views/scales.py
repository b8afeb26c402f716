"""What gets the darkest colour in an overview: the largest weight of the layer, of the filter, or of the slice."""

from __future__ import annotations

import numpy as np

from pellucid.inspection.given import one_of
from pellucid.inspection.overview import Overview

__all__ = ["SCOPES", "overview_limits", "scale_words"]

SCOPES = {
    "layer": "one scale for the whole layer",
    "filter": "each filter on its own scale",
    "slice": "each slice on its own scale",
}


def overview_limits(overview: Overview, scale: str) -> np.ndarray:
    """The magnitude that is darkest in each slice (filters, slices); raises `ArgumentError` for an unknown scale."""
    one_of("colour scale", scale, list(SCOPES))
    if scale == "layer":
        return np.full(overview.channels.shape, overview.largest)
    finite = np.where(np.isfinite(overview.slices), np.abs(overview.slices), 0.0)
    largest = finite.reshape(*overview.channels.shape, -1).max(axis=2).astype(np.float64)
    return np.broadcast_to(largest.max(axis=1, keepdims=True), largest.shape) if scale == "filter" else largest


def scale_words(scale: str) -> str:
    """The scale in a sentence."""
    return f"Every block is one weight; {SCOPES[scale]}."
