"""Eight devices in one process give the numbers of one, and the same bits again; with shared out weights too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sampling
from cases.compositions import COMPOSITIONS
from cases.layers import LAYERS
from cases.operations import OPERATIONS

HERE = Path(__file__).parent


def _on_eight(program: str, *arguments: str, optimized: bool) -> Any:
    """What a process with eight devices tells."""
    flags = "--xla_force_host_platform_device_count=8"
    environment = {**os.environ, "XLA_FLAGS": flags, "JAX_DISABLE_MOST_OPTIMIZATIONS": str(int(not optimized))}
    command = [sys.executable, HERE / program, *arguments]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """Of trainings."""
    return dict(_on_eight("eight_devices.py", optimized=True))


def test_rows_of_the_tables() -> None:
    """Operations, losses, metrics, optimisers, layers, with their gradients: the numbers of one device, and the same
    bits again. Four rows whose turn it is; `make test-long` takes each tenth."""
    rows = range(len(OPERATIONS) + len(COMPOSITIONS) + len(LAYERS))
    first = int(sampling.commit() or "0", 16) % 10
    chosen = [*rows[first :: len(rows) // 4]][:4] if sampling.SAMPLES else [*rows[first::10]]
    found = _on_eight("rows_on_devices.py", *map(str, chosen), optimized=False)
    assert [each for each in found if each["wrong"]] == []
    assert len(found) == len(chosen) and max(each["devices"] for each in found) > 1


@pytest.mark.parametrize("form", ["eight", "eight, fsdp", "four of a mesh"])
def test_numbers_are_those_of_one_device(told: dict[str, Any], form: str) -> None:
    """Loss, metric, predictions and weights, moving averages of normalisation over the whole batch among them."""
    one, several = told["one"], told[form]
    for name in ("loss", "accuracy", "predictions"):
        np.testing.assert_allclose(several[name], one[name], rtol=1e-4, atol=1e-6)
    for theirs, ours in zip(one["weights"], several["weights"], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)


def test_the_same_bits_again(told: dict[str, Any]) -> None:
    assert told["eight"] == told["eight again"]


def test_what_lies_where(told: dict[str, Any]) -> None:
    """Weights are whole on each device, or an eighth of them is; a batch that cannot be shared out evenly is whole."""
    assert told["shares"] == {"eight": 1.0, "eight, fsdp": 0.125}


def test_parts_of_states(told: dict[str, Any]) -> None:
    assert told["windows"] == [True, True]


def test_images_that_are_turned_and_shared_weights(told: dict[str, Any]) -> None:
    """Gathers, a convolution and a normalisation behind them: shares of weights must not reach into any of these."""
    one, *several = told["turned"]
    for weights in several:
        for ours, theirs in zip(weights, one, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)
