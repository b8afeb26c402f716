"""The words of a description and of a draw, which figures and terminal share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid.inspection.describing import Description, Pattern
from pellucid.inspection.initial_draw import InitialDraw
from pellucid.inspection.laws import Law
from pellucid.inspection.overview import Overview
from pellucid.views.captions import list_numbers

__all__ = [
    "channel_rows",
    "draw_facts",
    "facts",
    "more_channels",
    "overview_notes",
    "overview_title",
    "say_law",
    "say_values",
    "share_words",
    "title_of",
    "what_is_shown",
]

_MOST_SHARES = 5
_COLORS = {3: ("red", "green", "blue")}


def title_of(description: Description) -> str:
    """Which filter, and how large it is.

    Example:
        >>> import numpy as np
        >>> from pellucid.inspection import describe
        >>> title_of(describe(np.eye(3)))
        'the kernel: 3x3 over 1 channel'
    """
    *spatial, channels = description.kernel.shape
    size = f"{spatial[0]} tap{'s' * (spatial[0] != 1)}" if len(spatial) == 1 else "x".join(map(str, spatial))
    return f"{description.label}: {size} over {channels} channel{'s' * (channels != 1)}"


def what_is_shown(description: Description) -> str:
    """What `description.main` is, in one sentence."""
    if len(description.channels) == 1:
        return "The kernel on its one channel."
    return (
        "The pattern that times one number per channel comes nearest to the kernel on all channels (first principal "
        f"component): {100 * description.shares[0]:.3g}% of the energy."
    )


def _without_rounding(pattern: Pattern) -> float:
    """The sum of a kernel's numbers; 0 where it is no more than their rounding."""
    size = float(np.abs(pattern.kernel).sum())
    return pattern.dc_gain if abs(pattern.dc_gain) > 1e-12 * size else 0.0


def facts(pattern: Pattern) -> list[tuple[str, str]]:
    """What is known of a pattern, as pairs of a name and a value.

    Example:
        >>> from pellucid import filterbank
        >>> from pellucid.inspection import describe
        >>> dict(facts(describe(filterbank.sobel_x()).main))["orientation"]
        'varies at 0 degrees (0 right, 90 down), coherence 0.55'
    """
    direction = (
        "no direction stands out"
        if pattern.orientation is None
        else f"varies at {pattern.orientation:.3g} degrees (0 right, 90 down), coherence {pattern.coherence:.2f}"
    )
    frequency = (
        f"{pattern.frequency:.3g} cycles per tap, a wave of {pattern.wavelength:.3g} taps"
        if pattern.frequency
        else "0: it answers plain areas most"
    )
    symmetry = ", ".join(f"{name} {value:z.2f}" for name, value in pattern.symmetry.items())
    found = [("orientation", direction)] if pattern.kernel.ndim > 1 else []
    found += [
        ("frequency", frequency),
        ("DC gain", f"{_without_rounding(pattern):.4g} (sum of its numbers, what it makes of ones)"),
        ("energy", f"{pattern.energy:.4g} (sum of squares)"),
    ]
    if pattern.kernel.ndim > 1:
        part = f"{100 * pattern.separability:.3g}% of the energy in one product of a kernel per axis"
        found.append(("separable", part))
    found.append(("symmetry", f"{symmetry} (1 even, -1 odd)"))
    found.append(("resembles", "; ".join(map(str, pattern.matches[:3])) or "nothing: it is zero"))
    return found


def share_words(shares: Sequence[float]) -> str:
    """The largest shares of the energy in words.

    Example:
        >>> share_words([0.5, 0.25, 0.125, 0.0625, 0.04, 0.0225])
        '50%, 25%, 12.5%, 6.25%, 4% of the energy; 1 more'
    """
    more = len(shares) - _MOST_SHARES
    rest = f"; {more} more" if more > 0 else ""
    return ", ".join(f"{100 * share:.3g}%" for share in shares[:_MOST_SHARES]) + f" of the energy{rest}"


def channel_rows(description: Description) -> list[tuple[str, str, str]]:
    """Of each channel that is described its number, its share of the energy, and what it resembles."""
    is_first = min(description.channels) == 0
    names = _COLORS.get(len(description.channels), ()) if len(description.axes) == 2 and is_first else ()
    rows = []
    for channel, pattern in zip(description.channels, description.patterns, strict=False):
        name = f"{channel} ({names[channel]}, if RGB)" if names else str(channel)
        part = pattern.energy / description.energy if description.energy else 0.0
        rows.append((name, f"{100 * part:.3g}%", str(pattern.nearest) if pattern.nearest else "zero"))
    return rows


def draw_facts(draw: InitialDraw) -> list[tuple[str, str]]:
    """What is known of a draw, as pairs of a name and a value."""
    *inner, last = draw.shape
    drawn = "the draw itself, repeated from its seed" if draw.law is not None else "those that it gives"
    what = drawn if draw.is_draw else "those of now: the draw is not known"
    found = [
        ("initializer", draw.initializer),
        ("shape", f"{draw.shape}: {' x '.join(map(str, [*inner, last]))} = {draw.values.size:,} numbers"),
        ("fans", f"fan-in {draw.fan_in:,}, fan-out {draw.fan_out:,}"),
        ("formula", draw.formula),
        ("values", f"{what}; mean {draw.values.mean():.4g}, standard deviation {draw.values.std():.4g}"),
    ]
    if draw.law is not None:
        found.append(("theory", f"mean {draw.law.center:.4g}, standard deviation {draw.law.stddev:.4g}"))
    if draw.distance is not None:
        usual = f"; 95 of 100 such draws stay below {draw.usual_distance:.4f}" if draw.law is not None else ""
        found.append(("distance", f"{draw.distance:.4f} (Kolmogorov-Smirnov, 0 is perfect){usual}"))
    else:
        found.append(("distance", "none: no distribution is known"))
    if draw.distance_now is not None:
        found.append(("now", f"distance {draw.distance_now:.4f}; {draw.provenance}"))
    return found


def more_channels(description: Description) -> str:
    """A sentence on channels that are not described one by one; empty where all are."""
    left = description.channels[len(description.patterns) :]
    if not left:
        return ""
    part = sum(map(description.energy_of, left)) / (description.energy or 1.0)
    named = list_numbers("channel", sorted(left)) if len(left) <= 6 else f"{len(left)} weaker channels"
    return f"{named.capitalize()} together: {100 * part:.3g}% of the energy."


def overview_title(overview: Overview) -> str:
    """Which layer, and what of it is shown.

    Example:
        >>> import numpy as np
        >>> from pellucid import inspection
        >>> bank = inspection.FilterBank("c", np.zeros((3, 3, 4, 100)))
        >>> overview_title(inspection.overview(bank)), overview_title(inspection.overview(bank, 7))
        ('c: 100 filters of 3x3 over 4 channels, the 32 strongest', 'c, filter 7: all its 4 slices of 3x3')
    """
    spatial = overview.spatial
    size = "x".join(map(str, spatial)) if len(spatial) > 1 else f"{spatial[0]} taps" if spatial else "1 weight"
    moment = f", {overview.moment}" if overview.moment else ""
    width = overview.channels.shape[1]
    if len(overview.numbers) == 1 and width == overview.in_channels and overview.filters > 1:
        return f"{overview.layer}, filter {overview.numbers[0]}: all its {width} slices of {size}{moment}"
    filters, channels = (
        f"{count} {noun}{'s' * (count != 1)}"
        for count, noun in ((overview.filters, "filter"), (overview.in_channels, "channel"))
    )
    text = f"{overview.layer}: {filters} of {size} over {channels}"
    text += f", the {len(overview.numbers)} strongest" if len(overview.numbers) < overview.filters else ""
    return text + (f", the {width} strongest slices of each" if width < overview.in_channels else "") + moment


def overview_notes(overview: Overview) -> list[str]:
    """How the slices were chosen, and what is not shown."""
    rest = 1 - sum(overview.component_shares)
    notes = ["Filters are sorted by their norm (the root of the sum of squares), slices of a filter by theirs."]
    shown = float(overview.shares.sum(axis=1).mean())
    if overview.channels.shape[1] < overview.in_channels:
        notes[0] += f" The slices shown have {100 * shown:.3g}% of the energy of their filters."
    one = 100 * sum(overview.filter_shares) / len(overview.filter_shares)
    notes.append(
        "The patterns are the principal components of all slices (about zero), with their shares of the energy"
        + (f"; {100 * rest:.2g}% is left" if rest > 5e-4 else "")
        + f". One pattern for each filter, times a number per input channel, explains {one:.3g}% of the filters shown."
    )
    return notes


def say_values(draw: InitialDraw) -> str:
    """What the bars of a histogram count."""
    return f"{draw.values.size:,} values" + ("" if draw.is_draw else " as they are now")


def say_law(law: Law) -> str:
    """Which density stands beside the bars."""
    return f"theory: {law.kind if law.kind != 'sphere' else 'one axis of a random direction'}"
