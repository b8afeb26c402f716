"""The forms that convolutions have on processors compute what XLA's own convolution does, which other devices run."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pellucid.engines.xla import windows
from pellucid.engines.xla.forms import MOST_TAPS, form_of
from pellucid.geometry import Window

SAME2, SAME3 = ((1, 1), (2, 0)), ((1, 1), (0, 2), (1, 0))
CASES = {
    "depthwise": (Window((3, 3), (1, 2), (1, 1), SAME2), 5, (2, 7, 6, 5), (3, 3, 1, 5)),
    "depthwise, two filters each, dilated": (Window((2, 3), (1, 1), (2, 1), SAME2), 3, (2, 7, 6, 3), (2, 3, 1, 6)),
    "depthwise, one axis": (Window((4,), (3,), (1,), ((3, 0),)), 4, (2, 11, 4), (4, 1, 4)),
    "three axes": (Window((3, 2, 3), (2, 1, 1), (1, 2, 1), SAME3), 1, (2, 5, 4, 6, 3), (3, 2, 3, 3, 4)),
    "groups": (Window((3, 2), (1, 2), (1, 1), SAME2), 3, (2, 7, 6, 6), (3, 2, 2, 9)),
    "groups, three axes": (Window((2, 2, 2), (1, 1, 1), (1, 1, 1), SAME3), 2, (1, 4, 4, 4, 4), (2, 2, 2, 2, 6)),
}


@pytest.mark.parametrize("name", CASES)
def test_forms_are_the_same_convolution(name: str) -> None:
    """Forward and both gradients, in float32 within its rounding."""
    window, groups, of_x, of_kernel = CASES[name]
    rng = np.random.default_rng(3)
    x, kernel = (jnp.asarray(rng.normal(size=shape), jnp.float32) for shape in (of_x, of_kernel))
    form = form_of(windows._convolve, window, groups, of_x[-1], of_kernel[-1])
    assert form is not windows._convolve
    found = []
    for convolve in (windows._convolve, form):
        y, back = jax.vjp(lambda x, kernel, convolve=convolve: convolve(window, groups, x, kernel), x, kernel)
        found.append([y, *back(jnp.sin(jnp.arange(y.size, dtype=jnp.float32)).reshape(y.shape))])
    for own, other in zip(*found, strict=True):
        np.testing.assert_allclose(other, own, rtol=1e-4, atol=2e-5)


def test_what_is_fast_stays_as_it_is() -> None:
    """And what would become a long program: a depthwise kernel of many taps is XLA's own."""
    plain = Window((3, 3), (1, 1), (1, 1), SAME2)
    assert form_of(windows._convolve, plain, 1, 8, 16) is windows._convolve
    large = Window((MOST_TAPS + 1,), (1,), (1,), ((0, 0),))
    assert form_of(windows._convolve, large, 100, 100, 100) is windows._convolve
