"""A blur whose kernel is wider than its weights reach costs no more than what it mixes; SciPy's gives the numbers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from pellucid import layers

IMAGE = np.random.default_rng(0).uniform(0, 255, (1, 40, 36, 1)).astype(np.float32)


@pytest.mark.parametrize("size", [33, 2**31 - 1])
@pytest.mark.parametrize("sigma", [0.3, 1.0])
def test_pixels_beyond_all_weights(size: int, sigma: float) -> None:
    """They have the weight 0 in float32. Sums of 31 products of up to 255, in float32: 255 * 31 / 2^24."""
    blur = layers.RandomGaussianBlur((1.0, 1.0), kernel_size=size, sigma=(sigma, sigma))
    found = np.asarray(blur(IMAGE, training=True))[0, :, :, 0]
    expected = gaussian_filter(IMAGE[0, :, :, 0].astype(np.float64), sigma, mode="constant", radius=20)
    np.testing.assert_allclose(found, expected, atol=255 * 31 / 2**24)
