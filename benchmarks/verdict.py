"""What the guard says of a measurement: before, now, their ratio and how sure it is, and which limit is broken."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from measure import interval

MOST_SLOWDOWN = 0.03
"""The upper end of the interval of now / before may lie this far above 1."""

Pairs = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Finding:
    """A line of the table.

    Attributes:
        what: was measured.
        unit: of `before` and `now`.
        before: the median of the kept build; None where it was not measured.
        now: the median of this checkout.
        ratio: the median of now / before over the pairs.
        low: the lower end of the 95% interval of `ratio`; equal to it where there are no pairs.
        high: the upper end.
        verdict: "ok", or what is broken.
    """

    what: str
    unit: str
    before: float
    now: float
    ratio: float
    low: float
    high: float
    verdict: str = "ok"

    def __str__(self) -> str:
        between = f"{self.low:.3f} to {self.high:.3f}" if self.high > self.low else ""
        return (
            f"{self.what:<50} {self.before:10.4g} {self.now:10.4g} {self.unit:<3} {self.ratio:6.3f}  {between:<16}"
            f"  {self.verdict}"
        )


HEAD = f"{'what':<50} {'before':>10} {'now':>10} {'':<3} {'ratio':>6}  {'95% interval':<16}  verdict"


def is_undecided(pairs: Pairs) -> bool:
    """Whether the limit lies inside the interval: more pairs would tell."""
    low, high = interval([now / before for before, now in pairs])
    return low - 1 <= MOST_SLOWDOWN < high - 1


def timed(what: str, pairs: Pairs, unit: str = "ms", limit: float | None = None) -> Finding:
    """Judge pairs of seconds: by the slowdown, or by the time now [units] where there is a limit for that."""
    scale = {"ms": 1e3, "us": 1e6}[unit]
    before, now = (scale * statistics.median(times) for times in zip(*pairs, strict=True))
    ratios = [after / first for first, after in pairs]
    low, high = interval(ratios)
    if limit is None:
        verdict = f"above {MOST_SLOWDOWN:.0%}" if high - 1 > MOST_SLOWDOWN else "ok"
    else:
        verdict = f"above {limit:g} {unit}" if now > limit else "ok"
    return Finding(what, unit, before, now, statistics.median(ratios), low, high, verdict)


def weighed(what: str, before: float, now: float, limit: float | None = None) -> Finding:
    """Judge megabytes."""
    verdict = f"above {limit:g} MB" if limit is not None and now > limit else "ok"
    return Finding(what, "MB", before, now, now / before, now / before, now / before, verdict)


def until_decided(measure: Callable[[], Pairs], most: int) -> Pairs:
    """Measure, and again, at most so many times, while the limit lies inside the interval of all pairs together."""
    pairs = list(measure())
    for _ in range(most - 1):
        if not is_undecided(pairs):
            break
        pairs += measure()
    return pairs


Prints = dict[str, dict[int, str]]
"""SHA-256 of weights, by side and number of threads."""


def depend_on_threads(prints: Prints) -> list[str]:
    """The sides whose weights are not the same for all numbers of threads."""
    return [side for side, of in prints.items() if len(set(of.values())) > 1]


def told(prints: Prints) -> str:
    """Whether the sides agree, which no limit asks for."""
    depending = depend_on_threads(prints)
    if depending:
        return f"not the same bits for all numbers of threads ({', '.join(depending)})"
    sides = {value for of in prints.values() for value in of.values()}
    return f"the same bits for all numbers of threads; {'as' if len(sides) == 1 else 'other bits than'} before"
