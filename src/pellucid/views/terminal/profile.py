"""Where the time goes, as a table of text."""

from __future__ import annotations

import textwrap

from pellucid.calls import explained
from pellucid.engines.kernel_calls import KernelCall
from pellucid.inspection.profile import Profile
from pellucid.views.captions import describe_profile
from pellucid.views.given import record_of, room_of
from pellucid.views.terminal.lines import NARROWEST, Line, paragraph, plain, render

__all__ = ["profile_text"]

_HEADS = ("ms", "share", "GFLOP/s", "of peak")
_NARROW, _INDENT = 64, "    "  # columns below which names stand on lines of their own; before what is said of a kernel


@explained
def profile_text(profile: Profile, *, width: int = 80) -> str:
    """Writes each kernel call with its time, share of the whole and speed; below it which kernel was chosen and why.

    Args:
        profile: the calls, measured.
        width: columns of the terminal, 20 or more (less is taken as 20); where a line does not fit it is broken.

    Returns:
        the text, without a final newline.

    Example:
        >>> call = KernelCall("edges", "convolution", "direct 6x64", "few channels", 30_000_000, 4000, seconds=0.003)
        >>> dense = KernelCall("dense", "matrix product", "6x64", "", 1_000_000, 4000, seconds=0.001)
        >>> print(profile_text(Profile("tiny", "prediction", 2, 1, 20e9, [call, dense])))
        tiny: prediction, batch 2: 4.000 ms on 1 thread, 31 MFLOP
        Peak of the processor: 20 GFLOP/s. Operations are those of the plain definition.
        <BLANKLINE>
                                                ms  share  GFLOP/s  of peak
        edges: convolution                   3.000    75%     10.0      50%
            direct 6x64: few channels
        dense: matrix product                1.000    25%      1.0       5%
            6x64
    """
    record_of(profile, Profile)
    width = max(room_of("width", width), NARROWEST)
    table = [(f"{call.layer}: {call.kind}", _numbers(profile, call)) for call in profile.calls]
    is_narrow = width < _NARROW
    columns = [len(head) if is_narrow else max(len(head), 7) for head in _HEADS]
    room = (
        0
        if is_narrow
        else max(min(max((len(name) for name, _ in table), default=0), width - sum(columns) - 2 * len(columns)), 37)
    )
    lines: list[Line] = [line for text in describe_profile(profile) for line in paragraph(text, width)]
    lines += [[], _row("", _HEADS, room, columns)]
    for call, (name, numbers) in zip(profile.calls, table, strict=True):
        if len(name) > room:
            lines += paragraph(name, width)
        lines.append(_row(name if len(name) <= room else "", numbers, room, columns))
        said = ": ".join(filter(None, (call.variant, call.reason)))
        lines += [plain(line) for line in textwrap.wrap(said, width, initial_indent=_INDENT, subsequent_indent=_INDENT)]
    return render(lines, color=False)


def _numbers(profile: Profile, call: KernelCall) -> tuple[str, ...]:
    seconds = profile.time(call)
    share = f"{seconds / profile.seconds:.0%}" if profile.seconds else ""
    if not call.operations or not seconds:
        return f"{1e3 * seconds:.3f}", share, "", ""
    return f"{1e3 * seconds:.3f}", share, f"{1e-9 * call.operations / seconds:.1f}", f"{profile.peak_share(call):.0%}"


def _row(name: str, cells: tuple[str, ...], room: int, columns: list[int]) -> Line:
    return plain(f"{name:<{room}}" + "".join(f"  {cell:>{size}}" for cell, size in zip(cells, columns, strict=True)))
