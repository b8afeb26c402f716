"""For the examples of docstrings: each begins like a new program, with names from the start and the same seeds.

What an example prints must not depend on which examples ran before it, or on the luck of a draw.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import pellucid


@pytest.fixture(autouse=True)
def fresh_example() -> Iterator[None]:
    """Automatic names and seeds begin again."""
    pellucid.utils.clear_session()
    pellucid.utils.set_random_seed(0)
    yield
