"""What a sample of the tests leaves out: never the core, in the end nothing, and always the same in one commit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sampling
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = [f"row {number}" for number in range(400)]
COMMITS = [f"{number:040x}" for number in range(40)]


def chosen(commit: str) -> set[str]:
    return {name for name in NAMES if sampling.is_chosen(name, commit)}


def test_a_commit_runs_about_a_third_and_always_the_same() -> None:
    for commit in COMMITS:
        assert chosen(commit) == chosen(commit)
        assert 0.3 < len(chosen(commit)) / len(NAMES) < 0.5


def test_commits_share_a_core_and_leave_nothing_out_together() -> None:
    core, everything = set.intersection(*map(chosen, COMMITS)), set.union(*map(chosen, COMMITS))
    assert 0.05 < len(core) / len(NAMES) < 0.15
    assert everything == set(NAMES)
    assert chosen("") >= core, "outside of git"


def test_nothing_is_left_out_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "SAMPLES", False)
    assert all(map(sampling.runs, NAMES)) and sampling.one_of(["a", "b", "c", "d"]) == ["a", "b", "c", "d"]


def test_variants_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "SAMPLES", True)
    seen = set()
    for commit in COMMITS:
        monkeypatch.setattr(sampling, "commit", lambda commit=commit: commit)
        (only,) = sampling.one_of(("widest", "middle", "least"))
        seen.add(only)
    assert seen == {"widest", "middle", "least"}


@pytest.mark.parametrize("wish", [50, settings(max_examples=50)])
@pytest.mark.parametrize(("turn", "examples"), [(True, 50), (False, 5)])
def test_a_test_whose_turn_it_is_not_draws_a_tenth(
    wish: int | settings, turn: bool, examples: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "runs", lambda name: turn)
    calls = []

    @sampling.drawn(wish)
    @given(st.integers())
    def test(number: int) -> None:
        calls.append(number)

    run: Callable[[], None] = test
    run()
    assert len(calls) == examples
