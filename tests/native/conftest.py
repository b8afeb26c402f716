"""For all tests of the native engine: each instruction set level in turn; threads as before afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pellucid import _native


@pytest.fixture(autouse=True)
def _restore_threads() -> Iterator[None]:
    threads = _native.get_threads()
    yield
    _native.set_threads(threads)


@pytest.fixture(params=_native.available_isas())
def isa(request: pytest.FixtureRequest) -> str:
    return str(request.param)
