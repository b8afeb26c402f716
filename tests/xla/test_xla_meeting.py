"""Processes that do not fit together are told before anything is computed."""

from __future__ import annotations

from pathlib import Path

from together import together

PROGRAM = Path(__file__).with_name("one_that_meets.py")


def test_who_waits_in_vain_ends_with_a_sentence() -> None:
    (alone,) = together(PROGRAM, "2", "1.5", count=1, devices=1)
    assert alone.returncode == 86 and alone.stdout == ""
    assert "process 0 of 2 waited 2 seconds for the others: another did not come" in alone.stderr


def test_numbers_of_processes_that_differ() -> None:
    for process in together(PROGRAM, "2,3", "120", devices=1):
        assert process.returncode == 1 and "joined" not in process.stdout
        assert "the numbers of processes that were given differ" in process.stderr
