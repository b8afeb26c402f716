"""The gradient that reaches each layer while a model trains, as curves; several models in panels on one scale."""

from __future__ import annotations

import math
import textwrap
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.gradient_flow import Flow, GradientFlow
from pellucid.views.figures.letters import writable
from pellucid.views.figures.page import FONT, INK, PALE_INK, Panels, new_figure, text_width
from pellucid.views.flow_words import describe_flow, say_kept
from pellucid.views.given import page_width, record_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["gradient_flow_figure"]

_PANEL, _LEFT, _TOP, _BOTTOM = (330, 280), 78, 92, 56
_FIRST, _LAST = np.array([0.62, 0.80, 0.95]), np.array([0.03, 0.20, 0.42])
_TITLE, _LINE = 40, 20  # height of the title, and of each further line of it
_SMALLEST = 150  # width of a panel on a narrow page
_LETTER = 6.4  # width of a letter of what is said above a panel
_APART = 15  # units between two names
_MOST_NAMES = _PANEL[1] // _APART


@explained
def gradient_flow_figure(flow: GradientFlow, *, width: int | None = None) -> Figure:
    """Draws the gradient of a typical weight of each layer over the steps of a training, a panel for each model.

    All panels have one scale, which is logarithmic: a step upwards is ten times as much. The first layer is palest, the
    last darkest.

    Args:
        flow: the record.
        width: of the page [1/100 inch], what it needs by default, at least 320: panels that do not fit stand below each
            other.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> flow = Flow("relu", ("a", "b"), np.array([[0.5, 1.0], [0.25, 0.5]]), (1, 1))
        >>> figure = gradient_flow_figure(GradientFlow((0, 5), (flow,)))
        >>> [line.get_label() for line in figure.axes[0].lines]
        ['a', 'b']
    """
    record = record_of(flow, GradientFlow)
    right = 24 + max(round(text_width(name, 8)) for each in record.flows for name in each.layers)
    pitch = _LEFT + _PANEL[0] + right
    title = describe_flow(record)
    usual = max(len(record.flows) * pitch, 560, 48 + math.ceil(text_width(title, 12, "bold")))
    across = page_width(width, usual)
    lines = [title] if width is None else textwrap.wrap(title, max(int(across - 48) // 10, 12))
    panel = _PANEL[0] if pitch <= across else max(across - _LEFT - right, _SMALLEST)
    pitch = min(pitch, max(across, _LEFT + panel + right))
    above = _TITLE + (len(lines) - 1) * _LINE
    told = [_told(each, panel + right) for each in record.flows]
    top = _TOP - _TITLE + 15 * max((each.count("\n") for each in told), default=0)
    places = Panels(len(record.flows), (max(across, pitch), above), (pitch, top + _PANEL[1] + _BOTTOM))
    figure = new_figure(*places.size)
    for number, line in enumerate(lines):
        place = 24 / places.size[0], 1 - (18 + number * _LINE) / places.size[1]
        figure.text(*place, line, size=12, weight="bold", color=INK, va="top", family=FONT)
    low, high = _limits(record)
    for index, each in enumerate(record.flows):
        axes = figure.add_axes(places.area(index, (_LEFT, top), (panel, _PANEL[1])))
        _panel(axes, record.steps, each, (low, high), told[index])
    return figure


def _limits(record: GradientFlow) -> tuple[float, float]:
    values = np.concatenate([each.typical.ravel() for each in record.flows])
    positive = values[np.isfinite(values) & (values > 0)]
    if not positive.size:
        return 1e-3, 1.0
    return float(positive.min()) / 2, float(positive.max()) * 2


def _told(flow: Flow, room: float) -> str:
    """How much of the gradient comes to the first layer, in lines that fit."""
    kept = say_kept(flow).partition(": ")[2]
    return textwrap.fill(kept[0].upper() + kept[1:], max(int(room / _LETTER), 16))


def _panel(axes: Axes, steps: tuple[int, ...], flow: Flow, limits: tuple[float, float], told: str) -> None:
    from matplotlib.ticker import MaxNLocator

    typical, count = flow.typical, len(flow.layers)
    axes.set_yscale("log")
    axes.set_ylim(*limits)
    span = max(steps[-1] - steps[0], 1)
    axes.set_xlim(steps[0], steps[0] + span)
    marker = "o" if len(steps) == 1 else ""
    for place, name in enumerate(flow.layers):
        share = place / max(count - 1, 1)
        color = tuple((1 - share) * _FIRST + share * _LAST)
        values = np.where(typical[:, place] > 0, typical[:, place], np.nan)
        axes.plot(steps, values, color=color, linewidth=1.8, label=name, marker=marker)
    _names(axes, flow, limits)
    axes.set_title(
        writable(flow.model),
        loc="left",
        pad=18 + 10 * told.count("\n"),
        color=INK,
        fontsize=11,
        fontweight="bold",
        fontfamily=FONT,
    )
    axes.text(0, 1.02, told, transform=axes.transAxes, color=PALE_INK, fontsize=8, fontfamily=FONT)
    axes.grid(True, axis="y", color="#e3e6eb", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.set_xlabel("step", color=PALE_INK, fontsize=8.5, fontfamily=FONT)
    axes.tick_params(colors=PALE_INK, labelsize=8, labelfontfamily=FONT)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _names(axes: Axes, flow: Flow, limits: tuple[float, float]) -> None:
    """The name of each layer behind its curve, apart from the others; of many layers that of every second, third..."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    low, high = np.log(limits)
    step = -(-len(flow.layers) // _MOST_NAMES)
    last = flow.typical[-1][::step]
    ends = np.log(np.clip(np.where(np.isfinite(last) & (last > 0), last, limits[0]), *limits))
    apart, places = (high - low) / _PANEL[1] * _APART, np.array(ends)
    order = np.argsort(ends, kind="stable")
    for before, after in pairwise(order):
        places[after] = max(places[after], places[before] + apart)
    over = places.max(initial=high) - high
    places -= max(over, 0.0)
    unit = (high - low) / _PANEL[1]
    for place, name in enumerate(flow.layers[::step]):
        line = Path([(1.0, np.exp(ends[place])), (1.03, np.exp(places[place]))])
        axes.add_patch(
            PathPatch(line, transform=axes.get_yaxis_transform(), clip_on=False, edgecolor=PALE_INK, linewidth=0.5)
        )
        axes.text(
            1.035,
            np.exp(places[place] - unit),
            writable(name),
            transform=axes.get_yaxis_transform(),
            fontsize=8,
            fontfamily=FONT,
            color=INK,
            va="center_baseline",
            parse_math=False,
        )
