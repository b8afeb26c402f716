"""What is said of the change of a filter and of its parts; for figures, terminal and notebooks alike."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from pellucid.command_words import hint
from pellucid.frozen import Frozen
from pellucid.inspection.computed_kernels import BENT
from pellucid.inspection.influence import Influence
from pellucid.inspection.records import FilterBank
from pellucid.inspection.update import FilterUpdate
from pellucid.views.captions import say_depths
from pellucid.views.precision import short

__all__ = [
    "PartRow",
    "bar_length",
    "describe_change",
    "moved",
    "part_bank",
    "part_rows",
    "percent",
    "say_channels",
    "say_parts",
    "say_remainder",
    "strongest_channels",
    "whole_row",
]


class PartRow(Frozen):
    """One line of a table of parts.

    Args:
        name: of the part.
        share: how far it goes along the change, as a share of it.
        moved: the root of the sum of its squares.
        values: what it adds to each weight.
    """

    name: str
    share: float
    moved: float
    values: np.ndarray


def describe_change(record: FilterUpdate | Influence) -> str:
    """Whose change it is.

    Example:
        >>> parts, weights = np.array([[[2.0]], [[-0.5]]]), (np.zeros((1, 1)), np.full((1, 1), 1.5))
        >>> told = "c", "Conv1D", 0, "SGD", (0, 9), "class", ("0", "1"), 2, (5, 4)
        >>> describe_change(Influence(*told, parts, *weights, ("taps", "channels")))
        'c, filter 0: who wrote it in 9 steps of SGD (0 to 9), by class'
    """
    of = "bias of filter" if record.kernel_axes[-1:] == ("bias",) else "filter"
    made = f" (computed from {record.computed_from})" if record.computed_from else ""
    whose = f"{record.layer}, {of} {record.filter}{made}"
    if isinstance(record, FilterUpdate):
        return f"{whose}: what makes step {record.step} of {record.optimizer}"
    first, last = record.steps
    return (
        f"{whose}: who wrote it in {last - first:,} steps of {record.optimizer} ({first:,} to {last:,}), by {record.by}"
    )


def say_parts(record: FilterUpdate | Influence) -> list[str]:
    """How to read the parts."""
    share = "A share says how far a part goes along the change: all together 100%; below 0 it goes against it."
    if isinstance(record, FilterUpdate):
        first = "Loss and penalties are plain descent at the optimizer's rate; what follows is what each stage added."
        return [first, *_say_computed(record), share]
    return [f"{sum(record.seen):,} samples were seen.", *_say_computed(record), share]


def _say_computed(record: FilterUpdate | Influence) -> list[str]:
    """What the parts are of a kernel that is computed."""
    if not record.computed_from:
        return []
    bent = f' "{BENT}" is what the formula of the kernel adds where it is no straight line.' * (BENT in record.names)
    return [f"A part is what a step of {record.computed_from} does to the kernel, by its slope there.{bent}"]


def say_remainder(record: FilterUpdate | Influence) -> str:
    """How near the parts come to the change."""
    if not record.change.any():
        return "Nothing changes: the filter is frozen, nothing pushes it, or gradients are gathered for a later step."
    if not (np.isfinite(record.change).all() and np.isfinite(record.parts).all()):
        finds = hint("inspection.lint(model)", {"": "pellucid lint"})
        return f"Some of it is NaN or infinite, so that there are no shares; {finds} finds such weights."
    largest = float(np.abs(record.remainder).max(initial=0.0))
    if largest == 0:
        return "The parts add up to the change, to the last digit."
    return f"The parts add up to the change but for rounding: {largest:.2g} at most."


def part_rows(record: FilterUpdate | Influence, limit: int | None) -> list[PartRow]:
    """The parts in their order; of groups of samples, where there are more than `limit`, the strongest and the rest.

    Example:
        >>> parts, weights = np.array([[[2.0]], [[-0.5]]]), (np.zeros((1, 1)), np.full((1, 1), 1.5))
        >>> told = "c", "Conv1D", 0, "SGD", (0, 9), "class", ("0", "1"), 2, (5, 4)
        >>> made = Influence(*told, parts, *weights, ("taps", "channels"))
        >>> [(row.name, round(row.share, 2)) for row in part_rows(made, None)]
        [('class 0', 1.33), ('class 1', -0.33)]
    """
    shares, parts = record.shares, record.parts.astype(np.float64)
    rows = [
        PartRow(_name(record, place), float(shares[place]), float(np.linalg.norm(part)), part)
        for place, part in enumerate(parts)
    ]
    groups = record.groups if isinstance(record, Influence) else 0
    if limit is None or groups <= limit:
        return rows
    order = sorted(range(groups), key=lambda place: -abs(rows[place].share))
    rest = parts[order[limit:]].sum(axis=0)
    left = PartRow(f"{groups - limit} others", float(shares[order[limit:]].sum()), float(np.linalg.norm(rest)), rest)
    return [*(rows[place] for place in order[:limit]), left, *rows[groups:]]


def whole_row(record: FilterUpdate | Influence) -> PartRow:
    """All parts together: the change itself."""
    change = record.change
    return PartRow("all together", 1.0 if change.any() else 0.0, float(np.linalg.norm(change)), change)


def _name(record: FilterUpdate | Influence, place: int) -> str:
    name = record.names[place].replace("_", " ")
    is_class = isinstance(record, Influence) and place < record.groups and record.by == "class"
    return f"class {name}" if is_class and name.lstrip("-").isdigit() else name


def strongest_channels(values: np.ndarray, most: int) -> list[int] | None:
    """The channels of an array of a filter's shape that are drawn, where there are more than `most`; None for all.

    Example:
        >>> strongest_channels(np.array([[3.0, 0.0, -4.0, 1.0]]), 2)
        [0, 2]
    """
    if not 2 <= values.ndim <= 4 or values.shape[-1] <= most:
        return None
    sizes = np.linalg.norm(values.reshape(-1, values.shape[-1]), axis=0)
    return sorted(int(channel) for channel in np.argsort(-sizes, kind="stable")[:most])


def say_channels(values: np.ndarray, chosen: list[int] | None) -> str:
    """That not all channels are drawn, and how the slices of a volume lie; "" where there is nothing to say."""
    left = [] if chosen is None else [f"Of {values.shape[-1]} channels the {len(chosen)} strongest are drawn."]
    return " ".join(left + (say_depths(len(values), "channel") if values.ndim == 4 else []))


def part_bank(layer: str, values: np.ndarray, chosen: list[int] | None) -> FilterBank:
    """An array of a filter's shape, as a bank of one filter, of some channels or of all."""
    if not 2 <= values.ndim <= 4:  # a unit of a dense layer, or a depthwise filter of one axis
        return FilterBank(layer, values.reshape(-1, 1))
    return FilterBank(layer, (values if chosen is None else values[..., chosen])[..., None])


def bar_length(share: float, shares: Iterable[float]) -> float:
    """How long the bar of a share is, below 0 for one against the change: as a part of the longest of all.

    Example:
        >>> bar_length(-0.5, [2.0, -0.5, float("nan")]), bar_length(float("nan"), [2.0, float("nan")])
        (-0.25, 0.0)
    """
    longest = max((abs(each) for each in shares if np.isfinite(each)), default=0.0)
    return share / longest if longest and np.isfinite(share) else 0.0


def percent(share: float) -> str:
    """A share as text.

    Example:
        >>> percent(0.1234), percent(-0.00001), percent(12.5), percent(float("nan"))
        ('12.3%', '0.0%', '1250%', 'NaN')
    """
    if not np.isfinite(share):
        return "NaN"
    text = f"{100 * share:.0f}%" if abs(share) >= 10 else f"{100 * share:.1f}%"
    return text.removeprefix("-") if float(text[:-1]) == 0 else text


def moved(size: float) -> str:
    """How far a part moved the filter."""
    return short(size, 3)
