"""Where the time goes as a figure: a bar per kernel call, as long as it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.calls import explained
from pellucid.engines.kernel_calls import KernelCall
from pellucid.frozen import Frozen
from pellucid.inspection.profile import Profile
from pellucid.views.captions import describe_profile
from pellucid.views.figures.page import INK, MARGIN, PALE_INK, Page, text_width
from pellucid.views.given import page_width, record_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["profile_figure"]

_COLORS = {"convolution": "#1f68bc", "matrix": "#6a51a3", "max": "#a74900", "average": "#a74900"}
_OTHER = "#7b8794"
_BARS, _WORDS, _ROW = 420, 330, 21  # widths of the columns, and the height of a bar with its gap
_SHORTEST = 120  # of the longest bar, where names stand beside
_SMALLEST = 0.002  # share of the time below which calls are drawn as one bar


@explained
def profile_figure(profile: Profile, *, width: int | None = None) -> Figure:
    """Draws each kernel call as a bar: convolutions blue, matrix products violet, pooling orange, the rest grey.

    Beside the bar stand its time, its speed against the processor's peak, and which kernel was chosen. Calls that take
    less than 0.2% of the time share the last bar.

    Args:
        profile: the calls, measured.
        width: of the page [1/100 inch], by default what it needs, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> call = KernelCall("edges", "convolution", "direct 6x64", "", 30_000_000, 4000, seconds=0.003)
        >>> figure = profile_figure(Profile("tiny", "prediction", 2, 1, 20e9, [call]))
        >>> [text.get_text() for text in figure.axes[0].texts][2:]
        ['edges: convolution', '3.000 ms, 50% of peak, direct 6x64']
    """
    record_of(profile, Profile)
    names = round(MARGIN + max((text_width(_name(call)) for call in profile.calls), default=0))
    page = Page(page_width(width, names + _BARS + _WORDS), width)
    form = _Form.on(page, names)
    title, *rest = describe_profile(profile)
    y = page.paragraph(title, MARGIN, MARGIN, size=11, weight="bold")
    for text in rest:
        y = page.paragraph(text, MARGIN, y, size=8.5, color=PALE_INK)
    y += 10
    longest = max((profile.time(call) for call in profile.calls), default=0.0)
    small = [call for call in profile.calls if profile.time(call) < _SMALLEST * profile.seconds]
    for call in profile.calls:
        if call not in small:
            words = f"{1e3 * profile.time(call):.3f} ms{_speed(profile, call)}, {call.variant}"
            y = _bar(page, form, y, _name(call), profile.time(call) / longest, _color(call), words)
    if small:
        seconds = sum(profile.time(call) for call in small)
        share = min(seconds / longest, 1.0) if longest else 0.0
        _bar(page, form, y, f"{len(small)} others", share, _OTHER, f"{1e3 * seconds:.3f} ms together")
    return page.finish()


def _speed(profile: Profile, call: KernelCall) -> str:
    is_arithmetic = call.kind.startswith(("convolution", "matrix"))
    return f", {profile.peak_share(call):.0%} of peak" if is_arithmetic else ""


def _color(call: KernelCall) -> str:
    return next((color for word, color in _COLORS.items() if call.kind.startswith(word)), _OTHER)


def _name(call: KernelCall) -> str:
    return f"{call.layer}: {call.kind}"


class _Form(Frozen):
    """Where the bars begin, how long the longest is, and whether names and words stand above them and below."""

    left: float
    longest: float
    is_stacked: bool

    @staticmethod
    def on(page: Page, names: int) -> _Form:
        """The form of a page with names of a width."""
        beside = page.width - names - _WORDS
        if beside >= _SHORTEST:
            return _Form(names + 10.0, float(min(beside, _BARS)), is_stacked=False)
        return _Form(float(MARGIN), float(page.room), is_stacked=True)


def _bar(page: Page, form: _Form, y: float, name: str, share: float, color: str, words: str) -> float:
    x, length = form.left, share * form.longest
    if form.is_stacked:
        y = page.paragraph(name, x, y)
        page.box(x, y, max(length, 1), _ROW - 9, fill=color)
        return page.paragraph(words, x, y + _ROW - 6, size=8) + 4
    middle = y + _ROW / 2
    page.text(x - 10, middle, name, size=8.5, align="right", anchor="center")
    page.box(x, y + 3, max(length, 1), _ROW - 6, fill=color)
    page.text(x + 6 + length, middle, words, size=8, color=INK, anchor="center")
    return y + _ROW
