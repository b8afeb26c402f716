"""The maps of one filter before they are summed, as text."""

from __future__ import annotations

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.map_records import FeatureMaps
from pellucid.inspection.partial_maps import PartialMaps
from pellucid.views.colors import color_limits
from pellucid.views.given import record_of, room_of, switch_of
from pellucid.views.map_words import range_words
from pellucid.views.partial_words import describe_partial, say_compared, say_order, sums_of
from pellucid.views.precision import short
from pellucid.views.terminal.lines import NARROWEST, Line, paragraph, render
from pellucid.views.terminal.maps import map_lines, most_maps

__all__ = ["partial_maps_text"]


@explained
def partial_maps_text(
    partial: PartialMaps, *, width: int = 80, color: bool = False, limit: int | str | None = None
) -> str:
    """Writes what each channel adds to a feature map, the strongest first, then their sum, and the sum with the bias.

    Args:
        partial: the maps.
        width: columns of the terminal, 20 or more (less is taken as 20); what does not fit beside goes below.
        color: whether maps are painted, with 24-bit colours; see `terminal_color`. Otherwise they are shades in ASCII.
        limit: show only so many maps, and say so; "few" as many as some sixty lines hold; by default all. The sums are
            of all of them.

    Returns:
        the text, without a final newline.

    Raises:
        ArgumentError: `limit` is below 1.

    Example:
        >>> maps = np.array([[1.0, 2.0], [3.0, 4.0]])
        >>> record = PartialMaps("conv", "Conv1D", 0, (0, 1), maps, 0.5, "relu", np.array([3.5, 7.5]), 1e-6)
        >>> print(partial_maps_text(record))
        conv, filter 0: one map for each of the 2 channels that it reads
        The strongest first; a number is that of the channel. Blank is zero, then . : =
        + * x # % @ up to 4.
        1     0
        **@@  ==##
        <BLANKLINE>
        sum of all, from 3 to 7
        ++@@
        <BLANKLINE>
        sum + bias (0.5) = the map before relu, from 3.5 to 7.5
        **@@
        The engine's map is this sum, to the last digit.
    """
    record, limit = record_of(partial, PartialMaps), most_maps(limit)
    color, width = switch_of("color", color), max(room_of("width", width), NARROWEST)
    order = list(record.strongest)
    ordered = FeatureMaps(record.layer, record.kind, record.maps[..., order])
    names = [str(record.channels[place]) for place in order]
    lines = paragraph(describe_partial(record), width, bold=True)
    darkest = float(color_limits(ordered.maps[None])[0])
    lines += map_lines(ordered, darkest, limit, color, width, names=names, before=say_order(record))
    for name, total in sums_of(record).items():
        lines += [[], *_sum(record, name, total, color, width)]
    return render([*lines, *paragraph(say_compared(record), width)], color)


def _sum(record: PartialMaps, name: str, total: np.ndarray, color: bool, width: int) -> list[Line]:
    darkest = float(color_limits(total[None])[0])
    title = paragraph(f"{name}, {range_words(total)}", width, bold=True)
    if not record.spatial:
        return paragraph(f"{name}: {short(float(total), 6)}", width, bold=True)
    maps = FeatureMaps(record.layer, record.kind, total[..., None])
    return [*title, *map_lines(maps, darkest, None, color, width, names=[""], before=None)]
