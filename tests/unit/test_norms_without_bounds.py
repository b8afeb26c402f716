"""A gradient whose norm float32 does not hold is told of; divided by an infinite norm it would be a step of 0."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import optimizers
from pellucid.errors import DataError

RULES: dict[str, Any] = {
    "clipnorm": lambda: optimizers.SGD(0.1, clipnorm=1.0),
    "global_clipnorm": lambda: optimizers.SGD(0.1, global_clipnorm=1.0),
    "muon": lambda: optimizers.Muon(0.1, weight_decay=None),
}


@pytest.mark.parametrize("name", RULES)
def test_a_norm_that_is_too_large_stops_the_step(name: str) -> None:
    weight = np.ones((3, 4))
    with pytest.raises(DataError, match=r"would become NaN or infinite.*Look at the gradients"):
        RULES[name]().apply([np.eye(3, 4) * 1e25], [weight])
    assert (weight == 1.0).all()


@pytest.mark.parametrize("name", RULES)
def test_one_that_is_just_held_does_not_matter(name: str) -> None:
    """The step is that of a gradient of ordinary size, for its direction is the same."""
    large, small = np.ones((3, 4)), np.ones((3, 4))
    RULES[name]().apply([np.eye(3, 4) * 1e18], [large])
    RULES[name]().apply([np.eye(3, 4) * 1e3], [small])
    np.testing.assert_allclose(large, small, rtol=1e-6)
