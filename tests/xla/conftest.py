"""For tests of the XLA engine: XLA does here what it does for users, all its optimisations included."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import pytest


@pytest.fixture
def optimized() -> Iterator[None]:
    """Programs are optimised as they usually are; other tests leave that out, since it takes long."""
    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", False)
    yield
    jax.config.update("jax_disable_most_optimizations", before)
