"""For all tests: repeatable examples from hypothesis; at the end, the largest deviations and where the time went."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
import sampling
from on_jax import is_on_jax

from pellucid import get_threads, set_threads

hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("repeatable")

os.environ.setdefault("KERAS_BACKEND", "torch")  # before the first import of Keras; `on_jax.py` says why
os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"  # of programs that run once, on small arrays
# What XLA has compiled is kept, for other processes and the next run: most of the time of these tests went there. An
# entry is found by the program, the options and JAX's version; nothing of ours decides whether it holds.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parents[1] / "build" / "compiled-by-xla"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
os.environ["PELLUCID_POISON"] = "1"  # native memory begins as NaN: whoever reads what was never written shows it

# A shell starts what runs in the background with Ctrl-C ignored, and so would be all that is started here.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_PROPERTY = "deviation"


@pytest.fixture
def note_deviation(record_property: Callable[[str, object], None]) -> Callable[[str, float], None]:
    """note_deviation(family, multiple): how far a result lay from the expected one, as a multiple of its tolerance."""

    def note(family: str, multiple: float) -> None:
        record_property(_PROPERTY, (family, float(multiple)))

    return note


@pytest.fixture
def impatient_threads() -> Iterator[None]:
    """Python's threads change places as often as it lets them."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.fixture
def keep_threads() -> Iterator[None]:
    """Afterwards engines use as many threads as before."""
    count = get_threads()
    yield
    set_threads(count)


def pytest_configure(config: pytest.Config) -> None:
    """A mark for what compares with Keras on JAX."""
    config.addinivalue_line("markers", "keras_on_jax: needs a process in which Keras computes on JAX (`on_jax.py`)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of Keras's backends a process has one."""
    elsewhere = pytest.mark.skip(reason="compares with Keras on JAX: test_keras_on_jax*.py run it in another process")
    for item in items:
        if is_on_jax(item.nodeid):
            item.add_marker(pytest.mark.keras_on_jax)
            if os.environ["KERAS_BACKEND"] != "jax":
                item.add_marker(elsewhere)


def pytest_collection_finish() -> None:
    """Python's collector looks at tens of thousands of tests no more, which took it two seconds in the midst of one."""
    gc.collect()
    gc.freeze()


def pytest_report_header() -> str:
    """Whether anything is left out."""
    if not sampling.SAMPLES:
        return "long tables: all rows"
    return f"long tables: the rows of commit {sampling.commit()[:7] or '(none)'}; `make test-long` runs all"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Two tables."""
    tell_deviations(terminalreporter)
    tell_seconds(terminalreporter)


def tell_seconds(terminalreporter: pytest.TerminalReporter) -> None:
    """How long the tests of each folder took, all workers together, fixtures included."""
    seconds: dict[str, float] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                folder = "/".join(report.nodeid.split("::")[0].split("/")[:2])
                seconds[folder] = seconds.get(folder, 0.0) + report.duration
    if len(seconds) > 1:
        terminalreporter.section("seconds of tests, all workers together")
        for folder, spent in sorted(seconds.items(), key=lambda item: -item[1]):
            terminalreporter.write_line(f"{folder:32} {spent:8.1f}")
        terminalreporter.write_line(f"{'total':32} {sum(seconds.values()):8.1f}")


def tell_deviations(terminalreporter: pytest.TerminalReporter) -> None:
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
