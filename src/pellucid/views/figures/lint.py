"""What a look for faults found, as a figure: kind by kind, each with what was measured against its threshold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pellucid.calls import explained
from pellucid.inspection.findings import Finding, Lint
from pellucid.views.captions import describe_lint
from pellucid.views.figures.page import INK, MARGIN, PALE_INK, Page
from pellucid.views.given import page_width, record_of
from pellucid.views.lint_words import grouped, measured, where

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["lint_figure"]

_TEXT, _AXIS = 560, 240  # widths of what is said, and of what was measured
_BESIDE = 2 * MARGIN + _TEXT + MARGIN + _AXIS  # width of a page from which on they stand side by side
_MOST = 60  # groups that are drawn
_FAULT, _LIMIT = "#a74900", "#1f68bc"


@explained
def lint_figure(lint: Lint, *, width: int | None = None) -> Figure:
    """Draws what was found, kind by kind and layer by layer: where, the numbers, the cure, and beside them the scale.

    On the scale a blue line is the threshold, an orange mark what was measured, one for each filter or channel.

    Args:
        lint: what `inspection.lint` found.
        width: of the page [1/100 inch], 872 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> silent = [Finding("dead", "conv", k, "range of its answers", 0.0, 1e-6, {}, "Take it out.") for k in (3, 4)]
        >>> texts = lint_figure(Lint("tiny", tuple(silent), 100, 1000, ("dead",))).axes[0].texts
        >>> texts[0].get_text(), texts[3].get_text()
        ('tiny: 2 findings, in its weights and its answers to 100 samples', 'dead: conv, filters 3-4')
    """
    record = record_of(lint, Lint)
    page = Page(page_width(width, _BESIDE), width)
    y = page.paragraph(describe_lint(record), MARGIN, 18, size=13, weight="bold")
    groups = grouped(record)
    if groups:
        side = "On the right" if page.width >= _BESIDE else "Below"
        rule = f"{side} what was measured: an orange mark for each filter, a blue line at the threshold."
        y = page.paragraph(rule, MARGIN, y + 2, color=PALE_INK) + 10
    looked_for = f"Looked for: {', '.join(record.looked_for)}." if record.looked_for else "Nothing was looked for."
    y = page.paragraph(looked_for, MARGIN, y, size=8, color=PALE_INK) + 12
    for together in groups[:_MOST]:
        y = _group(page, together, y) + 14
    left = len(groups) - _MOST
    notes = [f"{left} further groups of findings are not drawn."] if left > 0 else []
    for note in [*notes, *record.notes]:
        y = page.paragraph(note, MARGIN, y, size=8, color=PALE_INK) + 2
    return page.finish()


def _group(page: Page, together: Sequence[Finding], y: float) -> float:
    """The findings of one kind in one layer; returns the y below them."""
    top, whole = y, page.width
    beside = whole >= _BESIDE
    if beside:
        page.width = whole - _AXIS - MARGIN  # what is said ends before the scale
    y = page.paragraph(f"{together[0].kind}: {where(together)}", MARGIN, y, size=10, weight="bold")
    y = page.paragraph(measured(together), MARGIN + 12, y)
    for cure in dict.fromkeys(finding.cure for finding in together[:3]):
        y = page.paragraph(cure, MARGIN + 12, y, color=PALE_INK)
    page.width = max(whole, page.width)
    if beside:
        _scale(page, together, whole - MARGIN - _AXIS, top + 14)
        return max(y, top + 44)
    return _scale(page, together, MARGIN + 12, y + 10)


def _scale(page: Page, together: Sequence[Finding], x: float, y: float) -> float:
    """What was measured beside its threshold, on a line from the least to the most of them; returns the y below it."""
    values = [each.value for each in together if math.isfinite(each.value)]
    threshold = together[0].threshold
    numbers = [*values, *([threshold] if math.isfinite(threshold) else [])]
    if not numbers:
        return y
    low, high = min(numbers), max(numbers)
    unit = (_AXIS - 16) / ((high - low) or 1.0)
    page.box(x, y + 5, _AXIS, 0.8, fill=PALE_INK)
    for value in values:
        page.box(x + 6 + (value - low) * unit, y, 3, 11, fill=_FAULT, edge=_FAULT)
    if math.isfinite(threshold):
        page.box(x + 7 + (threshold - low) * unit, y - 4, 1.2, 19, fill=_LIMIT)
    page.text(x, y + 18, f"{low:.4g}", size=7, color=INK)
    if high > low:
        page.text(x + _AXIS, y + 18, f"{high:.4g}", size=7, color=INK, align="right")
    return y + 32
