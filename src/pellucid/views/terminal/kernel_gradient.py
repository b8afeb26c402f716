"""The gradient of a filter as text: its numbers, the products that pushed its largest one, and the images."""

from __future__ import annotations

import textwrap

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.kernel_gradient import KernelGradient
from pellucid.views.given import limit_of, record_of, room_of, switch_of
from pellucid.views.gradient_words import describe_gradient, largest_entry, say_entry, say_push, strongest_images
from pellucid.views.part_words import part_bank, say_channels, strongest_channels
from pellucid.views.precision import whole_percent
from pellucid.views.terminal.filters import filters_text
from pellucid.views.terminal.lines import NARROWEST, Line, paragraph, plain, render

__all__ = ["kernel_gradient_text"]

_CHANNELS = 16


@explained
def kernel_gradient_text(
    gradient: KernelGradient, *, width: int = 80, color: bool = False, limit: int | None = 5
) -> str:
    """Writes the gradient of a filter, and for its largest number the places and images that pushed it most.

    Args:
        gradient: the record.
        width: columns of the terminal, 20 or more (less is taken as 20).
        color: whether cells are painted, with 24-bit colours; see `terminal_color`.
        limit: how many places and images are written at most; None for all.

    Returns:
        the text, without a final newline.

    Example:
        >>> from pellucid.inspection import Correlation
        >>> one = Correlation(np.ones((2, 1, 1)), np.array([[3.0], [-1.0]]), (1,), (1,), (1,), (0,))
        >>> arrays = np.ones((1, 1)), one.gradient(), np.zeros((1, 1))
        >>> print(kernel_gradient_text(KernelGradient("c", "Conv1D", 0, 1.0, *arrays, (one,), ("taps", "channels"))))
        c, filter 0: the gradient of the loss, which is 1
        The loss grows with a weight where it is positive; a step goes against it.
        <BLANKLINE>
        c, filter 0, gradient: 1 filter of 1 tap over 1 channel
        Weights are exact.
        <BLANKLINE>
        0
         2
        <BLANKLINE>
        Its largest number, 2 at tap 0, channel 0, is the sum of 2 products of an input
        and an error:
            image 0 at 0: input 1 times error 3 = 3
            image 1 at 0: input 1 times error -1 = -1
        <BLANKLINE>
        The images that push it most: 0 (150%), 1 (-50%).
    """
    record, most = record_of(gradient, KernelGradient), limit_of(limit, "place")
    width, color = max(room_of("width", width), NARROWEST), switch_of("color", color)
    title = f"{record.layer}, filter {record.filter}, gradient"
    chosen = strongest_channels(record.gradient, _CHANNELS)
    bank = part_bank(title, record.gradient.astype(np.float64), chosen)
    said = say_channels(record.gradient, chosen)
    lines: list[Line] = paragraph(describe_gradient(record), width, bold=True)
    lines += paragraph("The loss grows with a weight where it is positive; a step goes against it.", width)
    head = render([*lines, []], color) + "\n" + filters_text(bank, width=width, color=color) + "\n"
    lines = [[], *paragraph(said, width)] if said else []
    if not record.correlations:
        lines += [[], *paragraph("The layer does not slide this filter, so no places are told.", width)]
        return head + render(lines, color)
    entry, images = largest_entry(record), strongest_images(record)[:most]
    lines += [[], *paragraph(say_entry(record, entry), width)]
    for push in record.pushes(entry, most):
        lines += map(plain, textwrap.wrap(say_push(push), width, initial_indent="    ", subsequent_indent="      "))
    words = ", ".join(f"{number} ({whole_percent(share)})" for number, share in images)
    lines += [[], *paragraph(f"The images that push it most: {words}.", width)]
    return head + render(lines, color)
