"""Processes that do not fit together are told before anything is computed."""

from __future__ import annotations

from pathlib import Path

import pytest
from together import together

from pellucid import distributed
from pellucid.engines.xla import joining
from pellucid.errors import EngineError

PROGRAM = Path(__file__).with_name("one_that_meets.py")


def test_who_waits_in_vain_ends_with_a_sentence() -> None:
    (alone,) = together(PROGRAM, "2", "1.5", count=1, devices=1)
    assert alone.returncode == 86 and alone.stdout == ""
    assert "process 0 of 2 waited 2 seconds for the others: another did not come" in alone.stderr


def test_numbers_of_processes_that_differ() -> None:
    for process in together(PROGRAM, "2,3", "120", devices=1):
        assert process.returncode == 1 and "joined" not in process.stdout
        assert "the numbers of processes that were given differ" in process.stderr


def test_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """JAX says that an address "should be defined"; here it is said what to do."""

    def initialize(*given: object, **named: object) -> None:
        raise ValueError("coordinator_address should be defined.")

    monkeypatch.setattr(joining.jax.distributed, "initialize", initialize)
    with pytest.raises(EngineError, match=r"neither Slurm nor Open MPI.*initialize\('10\.0\.0\.1:1234', 2, 0\)"):
        distributed.initialize()
