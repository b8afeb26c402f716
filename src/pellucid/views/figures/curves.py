"""Loss and metrics over the epochs of a training as a figure, training and validation in one panel."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from pellucid.callbacks import History
from pellucid.calls import explained
from pellucid.inspection.records import TrainingCurves
from pellucid.views.figures.letters import writable
from pellucid.views.figures.page import FONT, INK, PALE_INK, Panels, new_figure, text_width
from pellucid.views.given import curves_of, page_width
from pellucid.views.precision import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["curves_figure", "group_curves"]

_STYLES = {"training": ("#1f68bc", "-", "o"), "validation": ("#a74900", "--", "s")}
_PANEL, _LEFT, _RIGHT, _TOP, _BOTTOM = (330, 240), 74, 120, 66, 58
_SMALLEST = 110  # width of a panel on a narrow page
_MOST_MARKERS = 30
_MOST_TICKS = 8
_POINTS_PER_UNIT = 0.72


def group_curves(curves: Mapping[str, Sequence[float]]) -> dict[str, dict[str, np.ndarray]]:
    """Training and validation curves of the same quantity brought together.

    Returns:
        for each quantity, "training" and "validation" as far as they are there.

    Example:
        >>> groups = group_curves({"loss": [0.9], "accuracy": [0.5], "val_loss": [0.8]})
        >>> {name: list(curves) for name, curves in groups.items()}
        {'loss': ['training', 'validation'], 'accuracy': ['training']}
    """
    groups: dict[str, dict[str, np.ndarray]] = {}
    for name, values in curves.items():
        kind = "validation" if name.startswith("val_") else "training"
        groups.setdefault(name.removeprefix("val_"), {})[kind] = np.asarray(values, dtype=np.float64)
    return groups


@explained
def curves_figure(
    history: History | TrainingCurves | Mapping[str, Sequence[float]], *, width: int | None = None
) -> Figure:
    """Draws every curve of a training against the epochs, one panel per quantity.

    The last value stands at the end of each curve, rounded to 4 significant digits. NaN leaves a gap.

    Args:
        history: what `fit` returned; or the curves by name.
        width: of the page [1/100 inch], what it needs by default, at least 320: panels that do not fit stand below each
            other.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Raises:
        ArgumentError: there is no curve, or it has no epoch.

    Example:
        >>> figure = curves_figure({"loss": [0.9, 0.4], "val_loss": [0.8, 0.5]})
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['lower is better', 'training 0.4', 'validation 0.5']
    """
    record = curves_of(history)
    groups = group_curves(record.curves)
    last = [f"{kind} {short(_last(values))}" for curves in groups.values() for kind, values in curves.items()]
    right = max(_RIGHT, *(round(text_width(text)) + 30 for text in last))
    titles = [round(text_width(_title(name), 11, "bold")) + 12 for name in groups]
    pitch = _LEFT + max(_PANEL[0] + right, *titles)
    across = page_width(width, len(groups) * pitch)
    panel = _PANEL[0] if pitch <= across else max(across - _LEFT - right, _SMALLEST)
    pitch = min(pitch, max(across, _LEFT + panel + right))
    places = Panels(len(groups), (max(across, pitch), 0), (pitch, _TOP + _PANEL[1] + _BOTTOM))
    figure = new_figure(*places.size)
    for index, (name, curves) in enumerate(groups.items()):
        axes = figure.add_axes(places.area(index, (_LEFT, _TOP), (panel, _PANEL[1])))
        _panel(axes, name, curves, record.epochs)
    return figure


def _panel(axes: Axes, name: str, curves: Mapping[str, np.ndarray], epochs: Sequence[int]) -> None:
    from matplotlib.ticker import FuncFormatter

    axes.set_title(
        writable(_title(name)),
        loc="left",
        pad=21,
        color=INK,
        fontsize=11,
        fontweight="bold",
        fontfamily=FONT,
        parse_math=False,
    )
    axes.text(
        0,
        1.03,
        _hint(name, curves),
        transform=axes.transAxes,
        color=PALE_INK,
        fontsize=8,
        fontfamily=FONT,
        parse_math=False,
    )
    for kind, values in curves.items():
        color, line, marker = _STYLES[kind]
        mark = marker if len(epochs) <= _MOST_MARKERS else ""
        axes.plot(epochs, values, color=color, linestyle=line, linewidth=1.6, marker=mark, markersize=4, label=kind)
    margin = max(0.05 * (epochs[-1] - epochs[0]), 0.2)
    axes.set_xlim(epochs[0] - margin, epochs[-1] + margin)
    _label_ends(axes, curves, epochs)
    axes.set_xticks(_whole_epochs(epochs))
    axes.set_facecolor("white")
    axes.grid(True, axis="y", color="#e3e6eb", linewidth=0.8, linestyle="-")
    axes.grid(False, axis="x")
    axes.set_axisbelow(True)
    axes.set_xlabel("epoch", color=PALE_INK, fontsize=8.5, fontfamily=FONT)
    axes.tick_params(colors=PALE_INK, labelsize=8, labelfontfamily=FONT)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value, 6)))  # no power of ten in the corner
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#aab1bc")


def _whole_epochs(epochs: Sequence[int]) -> list[int]:
    """Up to eight epochs that were there, evenly apart: the last always, the first where there is room.

    Example:
        >>> _whole_epochs(range(1, 4)), _whole_epochs(range(1, 101)), _whole_epochs([7])
        ([1, 2, 3], [20, 40, 60, 80, 100], [7])
    """
    count = epochs[-1] - epochs[0] + 1
    if count <= _MOST_TICKS:
        return list(epochs)
    powers = (10**power for power in range(len(str(count))))
    step = next(factor * power for power in powers for factor in (1, 2, 5) if count <= factor * power * _MOST_TICKS)
    ticks = [epoch for epoch in epochs if epoch % step == 0 and epochs[-1] - epoch >= step / 2]
    return [*ticks, epochs[-1]]


def _title(name: str) -> str:
    return f"{name.replace('_', ' ').capitalize()} after each epoch"


def _last(values: np.ndarray) -> float:
    """The last number that is one; NaN where none is."""
    finite = values[np.isfinite(values)]
    return float(finite[-1]) if len(finite) else math.nan


def _hint(name: str, curves: Mapping[str, np.ndarray]) -> str:
    """What is good in this panel, and whether a curve has gaps."""
    hint = {"loss": "lower is better", "accuracy": "share of correct answers, higher is better"}.get(name, "")
    gaps = sum(int((~np.isfinite(values)).sum()) for values in curves.values())
    missing = f"{gaps} value{'' if gaps == 1 else 's'} not finite, not drawn" if gaps else ""
    return "; ".join(part for part in (hint, missing) if part)


def _label_ends(axes: Axes, curves: Mapping[str, np.ndarray], epochs: Sequence[int]) -> None:
    """Writes name and last value at the end of each curve, apart from each other."""
    low, high = axes.get_ylim()
    apart = 0.11 * (high - low)
    ends = []
    for kind, values in curves.items():
        if math.isfinite(_last(values)):
            ends.append((_last(values), kind))
    ends.sort()
    heights = [value for value, _ in ends]
    if len(heights) == 2 and heights[1] - heights[0] < apart:
        middle = sum(heights) / 2
        heights = [middle - apart / 2, middle + apart / 2]
        outside = min(heights[0] - low, 0.0) + max(heights[1] - high, 0.0)
        heights = [height - outside for height in heights]  # neither below the panel nor above it
    for height, (value, kind) in zip(heights, ends, strict=True):
        axes.annotate(
            f"{kind} {short(value)}",
            (epochs[-1], value),
            xytext=(14, (height - value) / (high - low) * _PANEL[1] * _POINTS_PER_UNIT),
            textcoords="offset points",
            color=_STYLES[kind][0],
            fontsize=8.5,
            fontfamily=FONT,
            va="center",
            annotation_clip=False,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
            arrowprops={"arrowstyle": "-", "color": _STYLES[kind][0], "linewidth": 0.7, "shrinkA": 1, "shrinkB": 4},
        )
