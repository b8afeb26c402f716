"""What a look for faults found, as text: kind by kind and layer by layer, with the numbers and what helps."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from pellucid.calls import explained
from pellucid.inspection.findings import Finding, Lint
from pellucid.views.captions import describe_lint, list_numbers
from pellucid.views.given import record_of, room_of
from pellucid.views.terminal.lines import NARROWEST

__all__ = ["lint_text"]


@explained
def lint_text(lint: Lint, *, width: int = 80) -> str:
    """Writes each finding with its evidence and its cure; those of one kind in one layer stand together.

    Args:
        lint: what was found.
        width: columns of the terminal, 20 or more (less is taken as 20).

    Returns:
        the text, without a final newline.

    Example:
        >>> from pellucid.inspection import Finding
        >>> silent = [Finding("dead", "conv", k, "range of its answers", 0.0, 1e-6, {}, "Take it out.") for k in (3, 4)]
        >>> print(lint_text(Lint("tiny", tuple(silent), 100, 1000, ("dead",), ("100 of 1000 samples were used.",))))
        tiny: 2 findings, in its weights and its answers to 100 samples
        <BLANKLINE>
        dead: conv, filters 3-4
            range of its answers 0 (threshold 1e-06)
            Take it out.
        <BLANKLINE>
        100 of 1000 samples were used.
    """
    record_of(lint, Lint)
    width = max(room_of("width", width), NARROWEST)
    lines = textwrap.wrap(describe_lint(lint), width)
    groups: dict[tuple[str, str, bool], list[Finding]] = {}
    for finding in lint.findings:
        groups.setdefault((finding.kind, finding.layer, finding.filter is None), []).append(finding)
    for together in groups.values():
        lines += ["", *textwrap.wrap(f"{together[0].kind}: {_places(together)}", width)]
        for text in (_numbers(together), *dict.fromkeys(finding.cure for finding in together[:3])):
            lines += textwrap.wrap(text, width, initial_indent="    ", subsequent_indent="    ")
    for note in lint.notes:
        lines += ["", *textwrap.wrap(note, width)]
    return "\n".join(lines)


def _places(together: Sequence[Finding]) -> str:
    """The layer with the numbers of filters or channels."""
    first = together[0]
    if first.filter is not None:
        return f"{first.layer}, {list_numbers('filter', [each.filter for each in together if each.filter is not None])}"
    channels = [each.channel for each in together if each.channel is not None]
    return f"{first.layer}, {list_numbers('input channel', channels)}" if channels else first.layer


def _numbers(together: Sequence[Finding]) -> str:
    """Measure, threshold and evidence of one; of several the range of the measure."""
    if len(together) == 1:
        return together[0].numbers
    values = [each.value for each in together]
    low, high = (f"{value:.4g}" for value in (min(values), max(values)))
    return f"{together[0].measure} {low if low == high else f'{low} to {high}'} (threshold {together[0].threshold:.4g})"
