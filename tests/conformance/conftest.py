"""For all conformance tests: automatic names start anew, and the largest deviations are told at the end."""

from __future__ import annotations

from collections.abc import Iterator

import keras_oracle
import pytest
import torch

import pellucid


@pytest.fixture(autouse=True)
def _fresh_names() -> Iterator[None]:
    """Both libraries number their layers from the beginning; PyTorch leaves the other core to the other worker."""
    pellucid.clear_session()
    keras_oracle.keras.backend.clear_session()
    pellucid.set_random_seed(0)
    torch.set_num_threads(1)
    yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The largest deviation of each family (seen where tests run in this process: without -n)."""
    if keras_oracle.DEVIATIONS:
        terminalreporter.section("largest deviations from Keras and PyTorch")
        for family, value in sorted(keras_oracle.DEVIATIONS.items()):
            terminalreporter.write_line(f"{value:.1e}  {family}")
