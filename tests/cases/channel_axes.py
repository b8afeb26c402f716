"""Where the channels are in the result of a row of the table of layers, read from the row itself."""

from __future__ import annotations

import re

from cases.rows import LayerCase


def channel_axis(case: LayerCase, rank: int) -> int:
    """Keras's convention: last, unless a data format says first, or an axis of a normalisation names another one."""
    named = case.arguments.get("axis", -1)
    if case.layer.endswith("Normalization") and rank > 2 and isinstance(named, int) and named % rank:
        return named % rank
    first = case.arguments.get("data_format") == "channels_first"
    spatial = int(re.search(r"([123])D", case.layer).group(1)) if re.search(r"[123]D", case.layer) else rank - 2
    return rank - spatial - 1 if first and rank >= spatial + 2 else rank - 1
