"""What `make guard` says of its measurements: a limit that is broken is told, and one that is kept is not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
from verdict import depend_on_threads, timed, told, until_decided, weighed


def pairs(ratio: float, spread: float = 0.0, count: int = 31) -> list[tuple[float, float]]:
    """Pairs of seconds whose ratios lie around one, evenly."""
    shifts = [spread * (2 * number / (count - 1) - 1) for number in range(count)]
    return [(2e-3, 2e-3 * (ratio + shift)) for shift in shifts]


@pytest.mark.parametrize(
    ("ratio", "spread", "verdict"),
    [
        (1.0, 0.0, "ok"),
        (0.5, 0.0, "ok"),
        (1.029, 0.0, "ok"),
        (1.031, 0.0, "above 3%"),
        (1.0, 0.01, "ok"),
        (1.025, 0.03, "above 3%"),  # the median does not say so, the end of the interval does
        (2.0, 0.5, "above 3%"),
    ],
)
def test_the_end_of_the_interval_counts(ratio: float, spread: float, verdict: str) -> None:
    finding = timed("something", pairs(ratio, spread))
    assert finding.verdict == verdict
    assert finding.low <= finding.ratio <= finding.high
    assert finding.ratio == pytest.approx(ratio) and finding.before == pytest.approx(2.0)
    assert str(finding).startswith("something") and str(finding).endswith(verdict)


def test_a_limit_of_time_counts_instead_of_the_ratio() -> None:
    assert timed("door", [(2e-6, 3.9e-6)] * 5, "us", limit=4.0).verdict == "ok"
    assert timed("door", [(9e-6, 4.1e-6)] * 5, "us", limit=4.0).verdict == "above 4 us"


def test_megabytes() -> None:
    assert weighed("installed", 225.0, 249.9, 250.0).verdict == "ok"
    assert weighed("installed", 225.0, 250.1, 250.0).verdict == "above 250 MB"
    assert weighed("wheel", 1.0, 2.0).verdict == "ok" and weighed("wheel", 1.0, 2.0).ratio == 2.0


@pytest.mark.parametrize(("ratio", "spread", "rounds"), [(1.0, 0.01, 1), (1.5, 0.01, 1), (1.03, 0.05, 3)])
def test_what_is_undecided_is_measured_again(ratio: float, spread: float, rounds: int) -> None:
    asked = []

    def measure() -> list[tuple[float, float]]:
        asked.append(1)
        return pairs(ratio, spread)

    assert len(until_decided(measure, 3)) == 31 * rounds == 31 * len(asked)


def test_bits_must_not_depend_on_threads_and_may_differ_from_before() -> None:
    same = {"before": {1: "a", 2: "a"}, "now": {1: "a", 2: "a"}}
    other = {"before": {1: "a", 2: "a"}, "now": {1: "b", 2: "b"}}
    wrong = {"before": {1: "a", 2: "a"}, "now": {1: "b", 2: "c"}}
    assert depend_on_threads(same) == depend_on_threads(other) == [] and depend_on_threads(wrong) == ["now"]
    assert told(same).endswith("as before") and told(other).endswith("other bits than before")
    assert told(wrong) == "not the same bits for all numbers of threads (now)"
