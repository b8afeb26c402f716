"""The strongest slices of the strongest filters of a deep layer as text."""

from __future__ import annotations

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.overview import Overview
from pellucid.views.colors import describe_rule
from pellucid.views.descriptions import overview_notes, overview_title
from pellucid.views.given import record_of, room_of, switch_of
from pellucid.views.scales import overview_limits, scale_words
from pellucid.views.terminal.lines import NARROWEST, Line, beside, paragraph, plain, render
from pellucid.views.terminal.tiles import Cells, describe_shades, shrink, tile

__all__ = ["overview_text"]

MOST_TILES = 512
"""Slices that are written; further ones are counted."""


@explained
def overview_text(overview: Overview, *, width: int = 80, color: bool = False, scale: str = "layer") -> str:
    """Writes the strongest slices of the strongest filters, and the patterns that all slices are made of.

    At most 512 slices are written, whatever the layer has, and it says so.

    Args:
        overview: what `inspection.overview` gives.
        width: columns of the terminal, 20 or more (less is taken as 20).
        color: whether cells are painted, with 24-bit colours; see `terminal_color`. Otherwise they are shades in ASCII.
        scale: "layer" gives all slices one scale, "filter" each filter its own, "slice" each slice.

    Returns:
        the text, without a final newline.

    Raises:
        ArgumentError: the scale is unknown.

    Example:
        >>> from pellucid import inspection
        >>> bank = inspection.FilterBank("deep", np.ones((3, 3, 32, 64)))
        >>> print(overview_text(inspection.overview(bank)).splitlines()[0])
        deep: 64 filters of 3x3 over 32 channels, the 32 strongest, the 8 strongest
    """
    seen, color = record_of(overview, Overview), switch_of("color", color)
    width = max(room_of("width", width), NARROWEST)
    limits, cells = overview_limits(seen, scale), Cells(color)
    darkest = f"{limits.max():.4g}" if scale == "layer" else f"the {scale}'s largest weight"
    rule = f"{describe_rule(seen.slices)} The darkest is {darkest}." if color else describe_shades(seen.slices, darkest)
    lines = paragraph(overview_title(seen), width, bold=True)
    lines += paragraph(f"{scale_words(scale)} {rule} Above each slice stands its input channel.", width)
    most = max(1, MOST_TILES // seen.channels.shape[1])
    for item, number in enumerate(seen.numbers[:most]):
        share = f"{100 * seen.shares[item].sum():.3g}% of its energy"
        lines += [[], *paragraph(f"filter {number}, norm {seen.norms[number]:.3g}; shown: {share}", width, bold=True)]
        blocks = [
            [plain(str(int(channel))), *_tile(values, limit, cells, width)]
            for channel, values, limit in zip(seen.channels[item], seen.slices[item], limits[item], strict=True)
        ]
        lines += beside(blocks[:MOST_TILES], width)
    lines += [[], *paragraph("What all slices of the layer are made of, each on its own scale:", width, bold=True)]
    shares = [f"{100 * share:.3g}%" for share in seen.component_shares]
    patterns = [
        [plain(share), *_tile(pattern, float(np.abs(pattern).max()), cells, width)]
        for share, pattern in zip(shares, seen.components, strict=True)
    ]
    lines += beside(patterns, width)
    left = [f"{most} of {len(seen.numbers)} filters are written here."] if most < len(seen.numbers) else []
    left += [f"{MOST_TILES} of its slices are written here."] if seen.channels.shape[1] > MOST_TILES else []
    for sentence in [*left, *overview_notes(seen)]:
        lines += paragraph(sentence, width)
    return render(lines, color)


def _tile(values: np.ndarray, limit: float, cells: Cells, width: int) -> list[Line]:
    """One slice; those along the depth below each other."""
    planes = values.reshape((1,) * (3 - values.ndim) + values.shape)
    most = max(width // cells.room, 1)
    return [line for plane in planes for line in tile(shrink(plane, most)[0], limit, cells)]
