"""For all tests: repeatable examples from hypothesis, and a table of the largest deviations at the end of a run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import hypothesis
import pytest

from pellucid import get_threads, set_threads

hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("repeatable")

os.environ["PELLUCID_POISON"] = "1"  # native memory begins as NaN: whoever reads what was never written shows it

_PROPERTY = "deviation"


@pytest.fixture
def note_deviation(record_property: Callable[[str, object], None]) -> Callable[[str, float], None]:
    """note_deviation(family, multiple): how far a result lay from the expected one, as a multiple of its tolerance."""

    def note(family: str, multiple: float) -> None:
        record_property(_PROPERTY, (family, float(multiple)))

    return note


@pytest.fixture
def keep_threads() -> Iterator[None]:
    """Afterwards engines use as many threads as before."""
    count = get_threads()
    yield
    set_threads(count)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell how much of the tolerances is used: near 1 a bound is too tight, or a bug begins."""
    families: dict[str, list[float]] = {}
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == _PROPERTY:
                families.setdefault(value[0], []).append(value[1])
    if families:
        terminalreporter.section("largest deviation, as a multiple of the tolerance")
    for family, multiples in sorted(families.items()):
        terminalreporter.write_line(f"{family:32} {max(multiples):6.3f} in {len(multiples)} checks")
