"""The words of what a look for faults found; for figures, terminal and notebooks alike."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.inspection.findings import Finding, Lint
from pellucid.views.captions import list_numbers

__all__ = ["grouped", "measured", "where"]


def grouped(lint: Lint) -> list[list[Finding]]:
    """The findings of one kind in one layer together, in the order in which they were found."""
    groups: dict[tuple[str, str, bool], list[Finding]] = {}
    for finding in lint.findings:
        groups.setdefault((finding.kind, finding.layer, finding.filter is None), []).append(finding)
    return list(groups.values())


def where(together: Sequence[Finding]) -> str:
    """The layer of a group with the numbers of filters or channels."""
    first = together[0]
    if first.filter is not None:
        return f"{first.layer}, {list_numbers('filter', [each.filter for each in together if each.filter is not None])}"
    channels = [each.channel for each in together if each.channel is not None]
    return f"{first.layer}, {list_numbers('input channel', channels)}" if channels else first.layer


def measured(together: Sequence[Finding]) -> str:
    """Measure, threshold and evidence of one finding; of several the range of the measure."""
    if len(together) == 1:
        return together[0].numbers
    values = [each.value for each in together]
    low, high = (f"{value:.4g}" for value in (min(values), max(values)))
    return f"{together[0].measure} {low if low == high else f'{low} to {high}'} (threshold {together[0].threshold:.4g})"
