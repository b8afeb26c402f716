"""For all conformance tests: equal seeds, and the largest deviations are told at the end."""

from __future__ import annotations

import keras
import keras_oracle
import pytest
import torch
from checks.keras_slopes import numbers_of

import pellucid


def pytest_configure(config: pytest.Config) -> None:
    """Keras and JAX disagree about a keyword of NumPy 2; that is not ours to mend."""
    config.addinivalue_line("filterwarnings", "ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(autouse=True)
def _start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeatable weights in both libraries; PyTorch leaves the other cores to the other workers, and gives its numbers
    also where Keras has left a gradient to be asked for."""
    monkeypatch.setattr(torch.Tensor, "__array__", numbers_of)
    pellucid.set_random_seed(0)
    keras.utils.set_random_seed(0)
    torch.set_num_threads(1)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The largest deviation of each family (seen where tests run in this process: without -n)."""
    if keras_oracle.DEVIATIONS:
        terminalreporter.section("largest deviations from Keras and PyTorch")
        for family, value in sorted(keras_oracle.DEVIATIONS.items()):
            terminalreporter.write_line(f"{value:.1e}  {family}")
