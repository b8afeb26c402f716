"""What a look for faults found, as text: kind by kind and layer by layer, with the numbers and what helps."""

from __future__ import annotations

import textwrap

from pellucid.calls import explained
from pellucid.inspection.findings import Lint
from pellucid.views.captions import describe_lint
from pellucid.views.given import record_of, room_of
from pellucid.views.lint_words import grouped, measured, where
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
    record = record_of(lint, Lint)
    width = max(room_of("width", width), NARROWEST)
    lines = textwrap.wrap(describe_lint(record), width)
    for together in grouped(record):
        lines += ["", *textwrap.wrap(f"{together[0].kind}: {where(together)}", width)]
        for text in (measured(together), *dict.fromkeys(finding.cure for finding in together[:3])):
            lines += textwrap.wrap(text, width, initial_indent="    ", subsequent_indent="    ")
    for note in record.notes:
        lines += ["", *textwrap.wrap(note, width)]
    return "\n".join(lines)
